"""The page of recipients: administrators edit recipients.yaml, send a test, and send again what was not accepted."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.desk import OURS, Browser, account, client
from kit.recipient_forms import clear, file, save, typed
from kit.smtp_server import Mailbox
from kit.store import NOW
from monitor.app.recipients_file import RecipientsFile
from monitor.model import Act, Delivery, Mailing, MessageKind, Rendering, Role, Window
from monitor.web import create_desk
from web.recipient_desk import FILE, app, mailbox, root

__all__ = ["app", "mailbox", "root"]


def test_nobody_but_administrators_reaches_it(app: App):
    """The roles below an operator's are tested with all routes."""
    browser = client(create_desk(app), account(app, "Aida", Role.OPERATOR))
    for path in ("/new", "/0", "/test", "/retry"):
        answer = browser.post(f"/recipients{path}", data={"to": "x@b.example", "delivery": "1"}, headers=OURS)
        assert answer.status_code == 403 and file(app) == FILE, path
    assert browser.get("/recipients").status_code == 403
    assert "/recipients" not in browser.get("/queue").text


def test_a_change_writes_the_lines_of_that_recipient_and_a_line_of_the_log(app: App, root: Browser):
    assert "anna@b.example" in root.get("/recipients").text
    assert sorted(typed(root, "1")["names"]) == ["cholpon", "melis"]
    names = {"names": ["melis"], "language": "ky"}
    assert save(root, "1", **names, digest="daily", digest_at="07:30", at_once="true").status_code == 303
    changed = FILE.replace("[melis, cholpon]", "[melis]")
    assert file(app).startswith(changed) and app.publisher.composer.recipients[1].language == "ky"
    assert app.publisher.composer.recipients[1].scope.names == ("melis",)
    assert next(line.act for line in app.people.audit(10)) is Act.CHANGED_RECIPIENTS


def test_a_recipient_is_added_and_removed(app: App, root: Browser):
    assert save(root, "new", to="carl@b.example", digest="", report="weekly").status_code == 303
    assert [r.address.partition("@")[0] for r in app.publisher.composer.recipients] == ["anna", "bek", "carl"]
    assert save(root, "1", "remove").status_code == 303
    assert [r.address for r in app.publisher.composer.recipients] == ["anna@b.example", "carl@b.example"]
    assert file(app).startswith(FILE.partition("  - to: bek")[0])


def test_the_recipient_that_is_shown_is_removed_beside_an_item_that_is_none(app: App, root: Browser):
    text = FILE.replace("  - to: bek", "  -\n  - to: bek")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    assert re.findall(r'href="/recipients/(\w+)"', root.get("/recipients").text) == ["new", "0", "2"]
    assert save(root, "2", "remove").status_code == 303
    assert file(app) == text.partition("  - to: bek")[0]


@pytest.mark.parametrize(
    ("values", "field", "fault"),
    [
        ({"to": "anna"}, "to", "this is no address of the channel mail"),
        ({"to": ""}, "to", "missing"),
        ({"to": "BEK@b.example"}, "to", "this address is on the list already"),
        ({"quiet_to": ""}, "quiet", "both times are needed"),
        ({"quiet_to": "27:00"}, "quiet", "write a time of day"),
        ({"quiet_to": "22:00"}, "quiet", "the quiet hours end when they begin"),
        ({"digest": "", "at_once": ""}, "digest", "choose a digest, names for immediate alerts, or a report"),
        ({"subject": "names", "show_names": "false"}, "subject", "subjects are never encrypted"),
        ({"key": "none.asc"}, "key", "there is no such file"),
        ({"most_a_day": "-3"}, "most_a_day", "write a number from 1 to 1000"),
        ({"digest": "monday", "digest_at": ""}, "digest_at", "write a time of day"),
        ({"digest": "daily", "digest_at": "25:70"}, "digest_at", "write a time of day"),
    ],
)
def test_what_will_not_do_is_told_at_its_field_and_nothing_typed_is_lost(
    app: App, root: Browser, values: dict[str, str], field: str, fault: str
):
    valid_fields = {"quiet_from": "22:00", "quiet_to": "07:00", "name": "Anna", "language": "ky"}
    answer = save(root, "0", **valid_fields | values)
    assert answer.status_code == 400 and file(app) == FILE
    page = html.fromstring(answer.text)
    assert fault in page.get_element_by_id(f"{field}-fault").text_content()
    assert str(app.settings.home) not in answer.text
    shown = page.get_element_by_id("recipient").fields
    assert all(shown[name] == value for name, value in valid_fields.items() if name not in values)


@pytest.mark.parametrize("hours", [("22:00", "07:00"), ("2200", "700"), ("22", "7"), ("22.00", "7.00")])
def test_hours_are_typed_with_the_keys_that_a_phone_shows_for_digits(app: App, root: Browser, hours: tuple[str, str]):
    assert save(root, "0", quiet_from=hours[0], quiet_to=hours[1], digest="daily", digest_at="730").status_code == 303
    assert 'quiet: "22:00-07:00"' in file(app) and 'daily: "07:30"' in file(app)
    form = html.fromstring(root.get("/recipients/0").text).get_element_by_id("recipient")
    fields = [form.inputs[name] for name in ("digest_at", "quiet_from", "quiet_to")]
    assert [(one.value, one.get("type"), one.get("inputmode")) for one in fields] == [
        (hour, None, "numeric") for hour in ("07:30", "22:00", "07:00")
    ]


def test_all_faults_are_told_at_once(root: Browser):
    page = html.fromstring(save(root, "new", to="vera", quiet_from="22:00", digest="", most_a_day="0").text)
    faults = {e.get("id").removesuffix("-fault") for e in page.find_class("field-fault")}
    assert faults == {"to", "quiet", "digest", "most_a_day"}


def test_a_fault_is_told_in_the_language_of_the_reader(app: App):
    vera = client(create_desk(app), account(app, "Vera", Role.ADMIN, "ru"))
    page = html.fromstring(save(vera, "0", quiet_from="22:00").text)
    assert page.get_element_by_id("quiet-fault").text_content().strip() == "нужно указать оба времени"


CHOICES = {"true": "true yes Yes on 1 y", "false": "false no No OFF 0 n"}


@pytest.mark.check
def test_the_form_shows_a_choice_of_the_file_in_any_spelling_and_saving_keeps_it(app: App, root: Browser):
    for written, shown in [*((text, value) for value, texts in CHOICES.items() for text in texts.split()), ("", "")]:
        text = f"{FILE}    show_names: {written}\n    at_once: {written or 'no'}\n"
        (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
        fields = typed(root, "1")
        assert fields["show_names"] == shown, written
        assert fields["at_once"] == ("true" if shown == "true" else ""), written
        before = app.publisher.composer.recipients
        assert save(root, "1", **({"digest": "daily"} if shown != "true" else {})).status_code == 303, written
        assert app.publisher.composer.recipients == before, written


def test_a_form_that_changes_nothing_changes_no_byte(app: App, root: Browser):
    """Spellings that the form has no field for, too."""
    text = f"{FILE}    weekly: Monday 8:00\n    at_once: yes\n    quiet: 22:00 - 7:00\n    follow_ups: changes\n    channel: mail\n"
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    for index in "01":
        assert save(root, index).status_code == 303
    assert file(app) == text


def test_a_refused_form_comes_back_with_its_choices(app: App, root: Browser):
    clear(app, "Root")
    choices = {"show_names": "false", "sensitive": "true", "digest": "monday", "digest_at": "06:15"}
    page = html.fromstring(save(root, "1", name="true", at_once="true", to="x", **choices).text)
    assert {name: page.get_element_by_id("recipient").fields[name] for name in choices} == choices
    assert page.get_element_by_id("recipient").xpath(".//input[@name='at_once'][@checked]")
    assert save(root, "1", name="true", at_once="true", **choices).status_code == 303
    (_, bek) = app.publisher.composer.recipients
    assert (bek.name, bek.shows_names, bool(bek.alerts), bek.cleared) == ("true", False, True, True)
    assert 'weekly: "monday 06:15"' in file(app)


CLOSED_LINE = "    sensitive: yes\n    key: bek.asc\n"


def test_who_is_not_cleared_gives_nobody_the_messages_of_the_closed_watch(app: App, root: Browser):
    assert 'name="sensitive"' not in root.get("/recipients/new").text
    assert save(root, "new", to="mine@b.example", sensitive="true").status_code == 303
    assert "mine@b.example" in file(app) and "sensitive" not in file(app)
    clear(app, "Root")
    assert save(root, "new", to="hers@b.example", sensitive="true").status_code == 303
    assert [r.address for r in app.publisher.composer.recipients if r.cleared] == ["hers@b.example"]


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({"digest": "daily", "digest_at": "07:30"}, True),
        ({"to": "mine@b.example"}, False),
        ({"key": ""}, False),
        ({"show_names": "true"}, False),
        ({"channel": "webhook", "to": "https://mine.example/hook", "key": ""}, False),
    ],
)
def test_who_is_not_cleared_sends_them_nowhere_else(app: App, root: Browser, values: dict[str, str], stays: bool):
    (app.settings.home / "recipients.yaml").write_text(FILE + CLOSED_LINE, "utf-8")
    (app.settings.home / "bek.asc").write_text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "utf-8")
    assert save(root, "1", **values).status_code == 303
    assert ("sensitive: true" in file(app) or "sensitive: yes" in file(app)) is stays


@pytest.mark.parametrize("field", ["names", "outlets", "countries"])
def test_who_is_not_cleared_changes_nothing_of_what_they_are_about(app: App, root: Browser, field: str):
    """A line that is about one closed name would be about all of them without its names."""
    value = {"names": "melis", "outlets": "Post", "countries": "KG"}[field]
    lines = FILE.replace("    names: [melis, cholpon]\n", CLOSED_LINE) + f"    {field}: [{value}]\n"
    (app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    (app.settings.home / "bek.asc").write_text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "utf-8")
    assert save(root, "1").status_code == 303
    assert "sensitive" in file(app)
    assert save(root, "1", **{field: []}).status_code == 303
    assert "sensitive" not in file(app)


def test_what_a_closed_account_had_mailed_is_named_where_it_is_closed(app: App, root: Browser):
    evil = account(app, "Evil Eve", Role.ADMIN)
    browser = client(create_desk(app), evil)
    hook = "https://hooks.example/secret-path"
    assert save(browser, "new", to="mine@e.example").status_code == 303
    assert save(browser, "new", to=hook, channel="webhook").status_code == 303
    assert save(browser, "new", to="gone@e.example", name="gone").status_code == 303
    assert save(browser, "4", act="remove").status_code == 303
    assert save(root, "new", to="hers@e.example", name="evil  EVE").status_code == 303
    page = root.get("/people").text
    assert "mine@e.example" not in page and "hooks.example" not in page
    assert root.post(f"/people/{evil.id}", data={"role": "reader", "closed": "1"}, headers=OURS).status_code == 303
    note = re.search(r'<p class="note">Messages go on to (.*?)\.? <a href="/recipients">', root.get("/people").text)
    assert note and sorted(note[1].split(", ")) == ["evil EVE", "hooks.example", "mine@e.example"]
    log = root.get("/audit").text
    assert "changed the recipients</td>" in log  # no hash of an address is shown
    for index in ("4", "3", "2"):
        assert save(root, index, act="remove").status_code == 303
    assert "Messages go on" not in root.get("/people").text


def test_a_key_tells_of_no_file_whether_it_is_there(app: App, root: Browser):
    fault_texts = set()
    for key in ("monitor.db", "none.db"):
        fault_texts.add(html.fromstring(save(root, "1", key=key).text).get_element_by_id("key-fault").text_content())
        (app.settings.home / "recipients.yaml").write_text(f"{FILE}    key: {key}\n", "utf-8")
        (problem,) = re.findall("(?<=: key: ).*?(?=<)", root.get("/recipients").text)
        assert str(app.settings.home) not in problem
        fault_texts.add(problem.replace(key, ""))
        (app.settings.home / "recipients.yaml").write_text(FILE, "utf-8")
    assert len(fault_texts) == 2  # one at the form, one on the list


def test_no_page_holds_a_hash_by_which_a_closed_id_in_the_file_is_guessed(app: App, root: Browser, tmp_path: Path):
    text = FILE.replace("cholpon]", "closed/hers]")
    for folder in (app.settings.home, tmp_path):
        (folder / "recipients.yaml").write_text(text, "utf-8")
    version = typed(root, "1")["version"]
    assert version == RecipientsFile(app.settings.home).version != RecipientsFile(tmp_path).version


def test_an_edit_of_a_file_that_changed_meanwhile_is_refused(app: App, root: Browser):
    form = typed(root, "0", to="x@b.example")
    first = FILE.replace("recipients:\n", "recipients:\n  - to: dina@b.example\n")
    (app.settings.home / "recipients.yaml").write_text(first, "utf-8")
    answer = root.post("/recipients/0", data=form, headers=OURS)
    assert answer.status_code == 409 and file(app) == first
    shown_form = html.fromstring(answer.text).get_element_by_id("recipient")
    assert (shown_form.action, shown_form.fields["to"]) == ("/recipients/1", "x@b.example")  # its line moved


def test_a_broken_file_is_told_with_its_place(app: App, root: Browser):
    (app.settings.home / "recipients.yaml").write_text("recipients:\n  - {to: anna\n", "utf-8")
    answer = root.get("/recipients")
    assert answer.status_code == 200 and "recipients.yaml:2:" in answer.text
    assert str(app.settings.home) not in answer.text


def test_a_test_is_sent_at_once(root: Browser, mailbox: Mailbox):
    answer = root.post("/recipients/test", data={"to": "anna@b.example"}, headers=OURS)
    assert answer.status_code == 303 and "Sent." in root.get(answer.headers["location"]).text
    (mail,) = mailbox.received
    assert mail.to == "anna@b.example" and "no news" in mail.text
    for to in ("nobody", ""):
        assert root.post("/recipients/test", data={"to": to}, headers=OURS).status_code == 400
    assert len(mailbox.received) == 1


def test_what_was_refused_is_shown_and_goes_out_again(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    delivery = Delivery(
        "mail", "anna@b.example", "<1@b.example>", NOW, Rendering("s", "t", "h"), kind=MessageKind.ALERT
    )
    outbox = app.store.outbox
    assert outbox.put(window, lambda _: (Mailing(window, NOW, delivery.rendering), [delivery]), "a", MessageKind.ALERT)
    outbox.mark_failed(delivery, NOW, "the server refused it", refused=True)
    page = root.get("/recipients").text
    assert "the server refused it" in page and "immediate alert" in page
    number = outbox.records()[0].id
    assert root.post("/recipients/retry", data={"delivery": str(number)}, headers=OURS).status_code == 303
    assert outbox.records()[0].refused is None
    assert root.post("/recipients/retry", data={"delivery": "999"}, headers=OURS).status_code == 404
