"""The page of recipients: administrators edit recipients.yaml, send a test, and send again what was not accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.desk import OURS, Browser, account, client
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Web
from kit.recipient_forms import clear, file, save, typed
from kit.smtp_server import Mailbox
from kit.store import NOW
from monitor.model import Act, Delivery, Mailing, MessageKind, Rendering, Role, Window
from monitor.web import create_desk
from web.queue_desk import sign_in

FILE = """# Who is told what.
recipients:
  - to: anna@b.example   # our editor
    at_once: true
  - to: bek@b.example
    names: [melis, cholpon]
"""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
def app(mailbox: Mailbox, tmp_path: Path) -> Iterator[App]:
    with Web(Outlet("post", "en")) as web:
        home = furnish(tmp_path / "home", web)
        (home / "recipients.yaml").write_text(FILE, "utf-8")
        with (home / "monitor.env").open("a") as env:
            env.write(f"MONITOR_SMTP_URL={mailbox.url}\n")
        app = open_app(home, Clock())
        app.sync_files()
        yield app
        app.close()


@pytest.fixture
def root(app: App) -> Browser:
    return client(create_desk(app), account(app, "Root", Role.ADMIN))


def words(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page).get_element_by_id("main").itertext()).split())


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
        ({"quiet_to": "22:00"}, "quiet", "the quiet hours end when they begin"),
        ({"digest": "", "at_once": ""}, "digest", "choose a digest, names to be told at once, or a report"),
        ({"subject": "names", "show_names": "false"}, "subject", "subjects are never encrypted"),
        ({"key": "none.asc"}, "key", "there is no such file"),
        ({"most_a_day": "0"}, "most_a_day", "this will not do"),
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
    shown = page.forms[0].fields
    assert all(shown[name] == value for name, value in valid_fields.items() if name not in values)


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
    assert {name: page.forms[0].fields[name] for name in choices} == choices
    assert page.forms[0].xpath(".//input[@name='at_once'][@checked]")
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


def test_an_edit_of_a_file_that_changed_meanwhile_is_refused(app: App, root: Browser):
    form = typed(root, "0", to="x@b.example")
    first = FILE.replace("recipients:\n", "recipients:\n  - to: dina@b.example\n")
    (app.settings.home / "recipients.yaml").write_text(first, "utf-8")
    answer = root.post("/recipients/0", data=form, headers=OURS)
    assert answer.status_code == 409 and file(app) == first
    shown_form = html.fromstring(answer.text).forms[0]
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


# ---- sentences and boxes --------------------------------------------------------------------------------------------

EVERYTHING = """\
recipients:
  - to: anna@b.example
    name: Anna
    language: ru
    daily: 8:00
    at_once: true
    at_once_names: [melis, cholpon, gone-long-ago]
    quiet: 22:00-7:00
    outlets: [Post]
  - to: team
    channel: notify
    weekly: monday 09:30
    report: monthly
  - {to: other, channel: notify, language: ky, at_once: true}
"""


def test_a_recipient_is_who_and_how_and_then_one_sentence(app: App, root: Browser):
    (app.settings.home / "recipients.yaml").write_text(EVERYTHING, "utf-8")
    page = words(root.get("/recipients").text)
    assert "Anna mail · anna@b.example every day at 8:00 in Russian · at once about urgent names and 3 names" in page
    assert "3 names (1 is not on your list) · quiet 22:00–7:00 · only outlets: Post No message yet." in page
    assert "team chat every week, Monday at 9:30, in English · a report every month · without names" in page
    assert "other chat at once about urgent names · in Kyrgyz · without names" in page
    assert "Anna every day at 8:00 in Russian · at once" in words(root.get("/recipients/0").text)  # its form, too


def test_what_went_to_a_recipient_last_stands_there(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    delivery = Delivery("mail", "Anna@b.example", "<1@b.example>", NOW, Rendering("s", "t", "h"))
    assert app.store.outbox.put(window, lambda _: (Mailing(window, NOW, delivery.rendering), [delivery]), "a")
    assert "A message waits since" in words(root.get("/recipients").text)
    app.store.outbox.mark_failed(delivery, NOW, "550 refused", refused=True)
    assert words(root.get("/recipients").text).partition("Correct the address")[2].count("Send again") == 1


def list_name(app: App, mark: str = ", sensitive: true") -> None:
    with app.settings.watchlist.open("a", encoding="utf-8") as watchlist:
        watchlist.write(f"  - {{id: secret-name, name: Aizada Hidden{mark}}}\n")
    app.sync_files()


@pytest.mark.parametrize("field", ["names", "at_once_names"])
def test_a_closed_name_is_as_one_that_nobody_watches_to_who_is_not_cleared(app: App, root: Browser, field: str):
    list_name(app)
    page_texts = []
    for hidden_name in ("secret-name", "gone-long-ago"):
        text = FILE.replace("names: [melis, cholpon]", f"{field}: [melis, {hidden_name}]")
        (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
        pages = [root.get(path).text for path in ("/recipients", "/recipients/1")]
        assert not any("secret" in page or "Hidden" in page or hidden_name in page for page in pages)
        page_texts.append([re.sub(r'value="[0-9a-f]{16}"', "", page) for page in pages])
        assert typed(root, "1")[field] == ["*", "melis"]
        assert save(root, "1", **{field: ["*", "cholpon"]}).status_code == 303
        assert f"{field}: [{hidden_name}, cholpon]" in file(app)  # kept, though it was not shown
        assert save(root, "1", **{field: ["cholpon"]}).status_code == 303
        assert f"{field}: [cholpon]" in file(app)
    assert page_texts[0] == page_texts[1]


def test_the_cleared_choose_closed_names_by_name(app: App, root: Browser):
    list_name(app)
    clear(app, "Root")
    assert "Aizada Hidden" in words(root.get("/recipients/1").text)
    assert save(root, "1", names=["closed/secret-name"]).status_code == 303
    assert "names: [closed/secret-name]" in file(app)
    assert typed(root, "1")["names"] == ["closed/secret-name"]


def test_a_name_that_is_added_openly_is_in_no_line_that_names_the_closed_one_with_its_id(app: App, root: Browser):
    list_name(app)
    text = FILE.replace("[melis, cholpon]", "[closed/secret-name]")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    page = root.get("/recipients/1").text
    list_name(app, mark="")
    assert "secret-name" in root.get("/recipients/1").text  # there is a box to tick,
    assert typed(root, "1")["names"] == ["*"]  # which is not ticked
    assert root.get("/recipients").text.count("1 is not on your list") == 1
    assert page.count('value="*" checked') == 1


def test_an_id_of_a_closed_name_to_be_told_at_once_is_on_no_list_to_the_cleared_either(app: App, root: Browser):
    list_name(app)
    clear(app, "Root")
    text = FILE.replace("at_once: true", "at_once_names: [melis, secret-name]  # by hand")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    assert "2 names (1 is not on your list)" in words(root.get("/recipients").text)
    page = html.fromstring(root.get("/recipients/0").text)
    values = {field: set(page.xpath(f"//input[@name='{field}']/@value")) for field in ("names", "at_once_names")}
    assert values["names"] - values["at_once_names"] == {"closed/secret-name"}
    assert save(root, "0", name="Anna", at_once_names=["*", "melis"]).status_code == 303
    assert "    at_once_names: [melis, secret-name]  # by hand\n" in file(app)


def test_what_was_typed_of_a_recipient_is_back_after_signing_in_again(app: App, root: Browser):
    author = str(app.people.by_name("Root").id)  # type: ignore[union-attr]
    form = typed(root, "1", name="Bek", names=["cholpon"], digest="friday", author=author) | {"act": "save"}
    root.cookies.clear()
    sign_in_page = root.post("/recipients/1", form)
    assert sign_in_page.status_code == 401 and file(app) == FILE
    answer = sign_in(root, "Root", sign_in_page.text)
    assert answer.headers["location"] == "/recipients/1"
    page = root.get("/recipients/1").text
    form = html.fromstring(page).forms[0]
    assert "session had ended" in words(page) and (form.fields["name"], form.fields["digest"]) == ("Bek", "friday")
    assert form.xpath(".//input[@name='names'][@checked]/@value") == ["cholpon"]
