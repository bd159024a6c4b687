"""The page of recipients: administrators edit recipients.yaml, send a test, and send again what was not accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.app import App
from kit.desk import OURS, Browser, account, client
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Web
from kit.smtp_server import Mailbox
from kit.store import NOW
from monitor.model import Act, Delivery, Mailing, MessageKind, Rendering, Role, Window
from monitor.web import create_desk

FILE = """# Who is told what.
recipients:
  - to: anna@b.example   # our editor
    at_once: true
  - to: bek@b.example
    names: [melis, cholpon]
"""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as made:
        yield made


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


def file(app: App) -> str:
    return (app.settings.home / "recipients.yaml").read_text("utf-8")


def version(page: str) -> str:
    match = re.search(r'name="version" value="([0-9a-f]+)"', page)
    assert match
    return match[1]


def save(root: Browser, index: str, act: str = "save", **values: str):  # type: ignore[no-untyped-def]
    form = {"version": version(root.get("/recipients").text), "index": index, "act": act, "channel": "mail", **values}
    return root.post("/recipients", data=form, headers=OURS, follow_redirects=False)


def test_nobody_but_administrators_reaches_it(app: App):
    """The roles below an operator's are tested with all routes."""
    browser = client(create_desk(app), account(app, "Aida", Role.OPERATOR))
    for path in ("", "/test", "/retry"):
        answer = browser.post(f"/recipients{path}", data={"to": "x@b.example", "delivery": "1"}, headers=OURS)
        assert answer.status_code == 403 and file(app) == FILE, path
    assert browser.get("/recipients").status_code == 403
    assert "/recipients" not in browser.get("/queue").text


def test_a_change_writes_the_lines_of_that_recipient_and_a_line_of_the_log(app: App, root: Browser):
    page = root.get("/recipients").text
    assert "anna@b.example" in page and 'value="melis, cholpon"' in page
    answer = save(root, "1", to="bek@b.example", names="melis", language="ky", daily="07:30", at_once="true")
    assert answer.status_code == 303
    changed = FILE.replace("[melis, cholpon]", "[melis]")
    assert file(app).startswith(changed) and app.publisher.composer.recipients[1].language == "ky"
    assert app.publisher.composer.recipients[1].scope.names == ("melis",)
    assert next(line.act for line in app.people.audit(10)) is Act.CHANGED_RECIPIENTS


def test_a_recipient_is_added_and_removed(app: App, root: Browser):
    assert save(root, "new", to="carl@b.example", report="weekly").status_code == 303
    assert [r.address for r in app.publisher.composer.recipients] == [
        "anna@b.example",
        "bek@b.example",
        "carl@b.example",
    ]
    assert save(root, "1", "remove", to="bek@b.example").status_code == 303
    assert [r.address for r in app.publisher.composer.recipients] == ["anna@b.example", "carl@b.example"]
    assert file(app).startswith(FILE.partition("  - to: bek")[0])


def test_the_recipient_that_is_shown_is_removed_beside_an_item_that_is_none(app: App, root: Browser):
    text = FILE.replace("  - to: bek", "  -\n  - to: bek")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    numbers = re.findall(r'name="index" value="(\w+)"', root.get("/recipients").text)
    assert numbers == ["0", "2", "new"]
    assert save(root, "2", "remove", to="bek@b.example").status_code == 303
    assert file(app) == text.partition("  - to: bek")[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [({"to": "anna@b.example", "daily": "soon"}, "not a time of day"), ({"to": ""}, "to: missing")],
)
def test_a_value_that_will_not_do_is_shown_again_with_the_reason(
    app: App, root: Browser, values: dict[str, str], words: str
):
    answer = save(root, "0", **values, quiet="22:00-07:00")
    assert answer.status_code == 400 and words in answer.text and 'value="22:00-07:00"' in answer.text
    assert file(app) == FILE


def chosen(page: str, name: str, index: str) -> str:
    match = re.search(rf'<select id="{name}-{index}".*?</select>', page)
    assert match
    options = re.findall(r'value="(\w*)"( selected)?', match[0])
    return next((value for value, is_selected in options if is_selected), options[0][0])


CHOICES = {"true": "true yes Yes on 1 y", "false": "false no No OFF 0 n"}


def test_the_form_shows_a_choice_of_the_file_in_any_spelling_and_saving_keeps_it(app: App, root: Browser):
    for written, shown in [*((text, value) for value, texts in CHOICES.items() for text in texts.split()), ("", "")]:
        line = f"    show_names: {written}\n    at_once: {written or 'no'}\n"
        (app.settings.home / "recipients.yaml").write_text(FILE + line, "utf-8")
        page = root.get("/recipients").text
        assert chosen(page, "show_names", "1") == shown, written
        assert chosen(page, "at_once", "1") == ("true" if shown == "true" else ""), written
        before = app.publisher.composer.recipients
        form = {name: chosen(page, name, "1") for name in ("show_names", "at_once")}
        assert save(root, "1", to="bek@b.example", names="melis, cholpon", **form).status_code == 303, written
        assert app.publisher.composer.recipients == before, written


def test_a_refused_form_comes_back_with_its_choices(app: App, root: Browser):
    clear(app, "Root")
    choices = {"show_names": "false", "at_once": "true", "sensitive": "true"}
    page = save(root, "1", to="bek@b.example", name="true", daily="soon", **choices).text
    assert {name: chosen(page, name, "1") for name in choices} == choices
    assert save(root, "1", to="bek@b.example", name="true", daily="08:00", **choices).status_code == 303
    (_, bek) = app.publisher.composer.recipients
    assert (bek.name, bek.shows_names, bool(bek.alerts), bek.cleared) == ("true", False, True, True)


def clear(app: App, name: str) -> None:
    person = app.people.by_name(name)
    assert person is not None
    app.people.clear(person.id, cleared=True)


CLOSED_LINE = "    sensitive: yes\n    key: bek.asc\n"


def test_who_is_not_cleared_gives_nobody_the_messages_of_the_closed_watch(app: App, root: Browser):
    assert 'name="sensitive"' not in root.get("/recipients").text
    assert save(root, "new", to="mine@b.example", sensitive="true").status_code == 303
    assert "mine@b.example" in file(app) and "sensitive" not in file(app)
    clear(app, "Root")
    assert save(root, "new", to="hers@b.example", sensitive="true").status_code == 303
    assert [r.address for r in app.publisher.composer.recipients if r.cleared] == ["hers@b.example"]


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({"daily": "07:30"}, True),
        ({"to": "mine@b.example"}, False),
        ({"key": ""}, False),
        ({"show_names": "true"}, False),
        ({"channel": "webhook", "to": "https://mine.example/hook", "key": ""}, False),
    ],
)
def test_who_is_not_cleared_sends_them_nowhere_else(app: App, root: Browser, values: dict[str, str], stays: bool):
    (app.settings.home / "recipients.yaml").write_text(FILE + CLOSED_LINE, "utf-8")
    as_before = {"to": "bek@b.example", "key": "bek.asc", "names": "melis, cholpon"}
    assert save(root, "1", **(as_before | values)).status_code == 303
    assert ("sensitive: true" in file(app) or "sensitive: yes" in file(app)) is stays


@pytest.mark.parametrize("field", ["names", "outlets", "countries"])
def test_who_is_not_cleared_changes_nothing_of_what_they_are_about(app: App, root: Browser, field: str):
    """A line that is about one closed name would be about all of them without its names."""
    value = {"names": "melis", "outlets": "Post", "countries": "KG"}[field]
    lines = FILE.replace("    names: [melis, cholpon]\n", CLOSED_LINE) + f"    {field}: [{value}]\n"
    (app.settings.home / "recipients.yaml").write_text(lines, "utf-8")
    as_before = {"to": "bek@b.example", "key": "bek.asc"}
    assert save(root, "1", **as_before, **{field: value}).status_code == 303
    assert "sensitive" in file(app)
    assert save(root, "1", **as_before).status_code == 303
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
    told = set()
    for key in ("monitor.db", "none.db"):
        (app.settings.home / "recipients.yaml").write_text(f"{FILE}    key: {key}\n", "utf-8")
        (problem,) = re.findall("(?<=: key: ).*?(?=<)", root.get("/recipients").text)
        told.add(problem.replace(key, ""))
    assert len(told) == 1


def test_an_edit_of_a_file_that_changed_meanwhile_is_refused(app: App, root: Browser):
    form = {"version": version(root.get("/recipients").text), "index": "0", "to": "x@b.example", "channel": "mail"}
    (app.settings.home / "recipients.yaml").write_text(FILE + "  - to: dina@b.example\n", "utf-8")
    answer = root.post("/recipients", data=form, headers=OURS)
    assert answer.status_code == 409 and "x@b.example" in answer.text and "dina@b.example" in file(app)


def test_a_broken_file_is_told_with_its_place(app: App, root: Browser):
    (app.settings.home / "recipients.yaml").write_text("recipients:\n  - {to: anna\n", "utf-8")
    answer = root.get("/recipients")
    assert answer.status_code == 200 and "recipients.yaml:2:" in answer.text


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
    assert "the server refused it" in page and "told at once" in page
    number = outbox.records()[0].id
    assert root.post("/recipients/retry", data={"delivery": str(number)}, headers=OURS).status_code == 303
    assert outbox.records()[0].refused is None
    assert root.post("/recipients/retry", data={"delivery": "999"}, headers=OURS).status_code == 404
