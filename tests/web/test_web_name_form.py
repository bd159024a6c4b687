"""The form of a name during a phone call: what it would bring, forms of watched names, who is told at once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.names import SECRET, names_desk, names_on_list
from kit.recipient_forms import file
from kit.store import HOUR, MINUTE
from monitor.app.closed.closed_home import watch_of
from monitor.app.names.service import NameService
from monitor.messages.composer import Composer
from monitor.model import Act, AlertPolicy, Role, WatchlistChange
from monitor.web import create_desk
from web.names_pages import app, fields, operator, words
from web.queue_desk import followed, sign_in

__all__ = ["app", "operator"]

RECIPIENTS = """\
recipients:
  - to: anna@b.example   # our editor
    name: Anna
  - to: https://robot.example/secret
    channel: webhook
    name: Robot
    at_once: yes
  - to: nameless@b.example
    at_once: true
  - to: clara@b.example
    name: Clara
    sensitive: true
    at_once_names: [melis]
  - to: dan@b.example
    name: Dan
    names: [somebody-else]
"""


def preview_page(browser: Browser, names: str, **fields: str) -> str:
    return browser.post("/names/add", {"names": names, "act": "look", **fields}).text


# ---- what it would bring --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        ("Азат Нуров", "1 article, 0 already in the queue for others, 1 new"),
        ("Press Council\nАзат Нуров", "1 article, 0 already in the queue for others, 1 new"),
        ("Nobody Anywhere", "None of the 4 articles of the last 30 days names what will be added."),
        ("alone\nАзат Нуров", "1 article, 0 already in the queue for others, 0 new, 1 not for the queue"),
    ],
)
def test_a_preview_says_how_much_of_it_is_in_the_queue_already(operator: Browser, names: str, counts: str):
    first, _, other_names = names.partition("\n")
    alert = {"alert": "with-others"} if first == "alone" else {}
    page = preview_page(operator, other_names if alert else names, **alert)
    (figures,) = html.fromstring(page).find_class("figures")
    assert " ".join(figures.text_content().split()) == counts


def test_a_listed_names_own_articles_are_not_called_those_of_others(app: App, operator: Browser):
    number = app.store.cards.entity_numbers()["melis"]
    form = {"names": "Melis Tokoev", "aliases": "Tokoev", "type": "person", "version": "1", "act": "look"}
    assert "1 article, 1 already in the queue, 0 new" in words(operator.post(f"/names/{number}/edit", form).text)


def test_every_field_is_previewed_while_one_types(operator: Browser):
    """The element that asks listens to the whole form, and sends all of it."""
    form = next(f for f in html.fromstring(operator.get("/names/add").text).forms if "name-form" in f.get("class"))
    preview = form.get_element_by_id("preview")
    assert preview.get("hx-trigger").startswith("input from:#name-form")
    assert (preview.get("hx-include"), preview.get("hx-target")) == ("closest form", "#look")
    assert "1 article" not in words(preview_page(operator, "Somebody Else"))
    assert "1 article" in words(preview_page(operator, "Somebody Else", aliases="Азат Нуров"))


# ---- forms of watched names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("Мелису Токоеву", "Мелису Токоеву dative of Melis Tokoev, watched already"),
        ("Токоевым Мелисом", "instrumental of Melis Tokoev, watched already"),
        ("МЕЛИС ТОКОЕВ", "found as Melis Tokoev, watched already"),
        ("Melis Tokoev", "Melis Tokoev watched already"),
    ],
)
def test_a_form_of_a_watched_name_is_recognised(app: App, operator: Browser, typed: str, note: str):
    page = preview_page(operator, typed)
    assert note in words(page)
    number = app.store.cards.entity_numbers()["melis"]
    assert f'href="/names/{number}"' in page


@pytest.mark.parametrize("typed", ["Мелису Токоеву, репортёру", "М. Токоев", "Мелису", "Melis Tokoevich Asanov"])
def test_what_only_holds_a_watched_name_or_may_be_one_is_not(operator: Browser, typed: str):
    assert "watched already" not in words(preview_page(operator, typed))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Эмилу Доолотову", "Эмил Доолотов"),
        ("Айгуль Бекову\nЭмил Доолотов", "Айгуль Бекова"),
        ("Эмил Доолотов", ""),
        ("Алина Иванова", ""),
        ("Министерству обороны", ""),
        ("Мелису Токоеву", ""),  # is watched already, which is said
    ],
)
def test_a_new_name_in_another_case_is_offered_in_the_nominative(operator: Browser, typed: str, offered: str):
    buttons = html.fromstring(preview_page(operator, typed)).xpath("//button[starts-with(@value,'help:nominative-')]")
    assert [button.text_content() for button in buttons] == ([offered] if offered else [])


def test_the_offered_nominative_takes_the_place_of_what_was_typed(operator: Browser):
    page = html.fromstring(
        operator.post("/names/add", {"names": "KOS\nЭмилу Доолотову", "act": "help:nominative-1"}).text
    )
    assert page.get_element_by_id("names").text.split("\n")[-2:] == ["KOS", "Эмил Доолотов"]


def test_each_typed_name_has_a_card_in_the_order_of_typing(operator: Browser):
    page = html.fromstring(preview_page(operator, "Melis Tokoev\nАзат Нуров\nАйгуль Бекову\nМелису Токоеву"))
    cards = [" ".join(card.text_content().split()) for card in page.find_class("typed-name")]
    assert cards[0] == "Melis Tokoev watched already"
    assert cards[1].startswith("Азат Нуров person new: 1 article in 30 days Will also find")
    assert cards[2].startswith("Айгуль Бекову needs your answer This looks l")
    assert cards[3] == "Мелису Токоеву dative of Melis Tokoev, watched alreadyAdd it as another name"
    assert page.get_element_by_id("save-label").text_content() == "Add 1 name"
    # What becomes of all of them stands above.
    (outcomes,) = page.find_class("outcomes")
    assert outcomes.text_content().split() == "will be added: 1 needs your answer: 1 watched already: 2".split()


def test_a_form_of_a_watched_name_is_added_only_by_its_button(app: App, operator: Browser):
    before = names_on_list(app)
    typed = {"names": "Мелису Токоеву\nАзат Нуров"}
    page = html.fromstring(operator.post("/names/add", {**typed, "act": "look"}).text)  # told before it is saved
    assert words(html.tostring(page, encoding="unicode")).count("watched already") == 2  # above all, and at the name
    operator.post("/names/add", {**typed, "act": "save"})
    assert set(names_on_list(app)) - set(before) == {"Азат Нуров"}
    page = operator.post("/names/add", {**typed, "act": "help:separate-0"}).text
    assert "It is added as another name." in words(page)
    operator.post("/names/add", fields(page, act="save"))
    assert set(names_on_list(app)) - set(before) == {"Азат Нуров", "Мелису Токоеву"}


@pytest.mark.parametrize("place", ["", "2", "-1", "x"])
def test_a_nominative_of_no_typed_name_changes_nothing(operator: Browser, place: str):
    typed = "KOS\nЭмилу Доолотову"
    page = html.fromstring(operator.post("/names/add", {"names": typed, "act": f"help:nominative-{place}"}).text)
    assert page.get_element_by_id("names").text.strip() == typed


def test_a_page_lights_one_entry_of_the_navigation(operator: Browser):
    for path, lit in (("/names/add", "+ Name W"), ("/names", "Names"), ("/press", "Names"), ("/queue", "Queue")):
        entries = html.fromstring(operator.get(path).text).xpath("//header//*[@aria-current]")
        assert [" ".join(entry.text_content().split()) for entry in entries] == [lit]


@pytest.mark.check
def test_a_closed_name_is_as_one_that_nobody_watches(app: App, operator: Browser):
    pages = [preview_page(operator, name) for name in (SECRET, "Aizana Hidden")]
    same = [re.sub(r"Aiz\w+|Айз\w+|[0-9a-f]{20}", "", page) for page in pages]
    assert same[0] == same[1]
    app.sync_files()  # makes the closed watch
    boss = account(app, "Boss", Role.ADMIN)
    app.people.clear(boss.id, cleared=True)
    assert "watched already" in words(preview_page(client(create_desk(app), boss), f"{SECRET}\nAzat Nurov"))


def test_one_word_in_two_scripts_is_watched_as_an_outlet(app: App, operator: Browser):
    assert operator.post("/names/add", {"names": "Kloop / Клооп", "act": "save"}).status_code == 303
    assert {e.name: e.type.value for e in app.watchlist().entities}["Kloop / Клооп"] == "outlet"


# ---- who is told at once --------------------------------------------------------------------------------------------


@pytest.fixture
def recipients(app: App) -> None:
    (app.settings.home / "recipients.yaml").write_text(RECIPIENTS, "utf-8")


def boxes(page: str) -> dict[str, bool]:
    labels = html.fromstring(page).xpath("//fieldset[contains(@class,'tell')]//label[input[@name='tell']]")
    return {" ".join(label.text_content().split()): bool(label.xpath("input/@checked")) for label in labels}


def marks(page: str) -> dict[str, str]:
    labels = html.fromstring(page).xpath("//fieldset[contains(@class,'tell')]//label[input[@name='tell']]")
    return {" ".join(label.text_content().split()): label.xpath("input/@value")[0] for label in labels}


@pytest.mark.usefixtures("recipients")
def test_an_operator_ticks_who_is_told_at_once_and_sees_no_address(app: App, operator: Browser):
    page = operator.get("/names/add").text
    assert [*boxes(page)] == ["Anna (mail)", "Robot (webhook)", "Clara (mail)"]
    assert "everybody who gets urgent names Robot (webhook), +1 only these people" in words(page)
    assert "b.example" not in page and "robot.example" not in page
    form = {
        "names": "Azat Nurov",
        "act": "save",
        "offered": list(marks(page).values()),
        "tell": marks(page)["Anna (mail)"],
        "at_once": "people",
    }
    assert operator.post("/names/add", form).status_code == 303
    (entity,) = (e for e in app.watchlist().entities if e.name == "Azat Nurov")
    assert not entity.urgent
    # Anna had no times, and so the daily digest: she keeps it.
    expected = f"name: Anna\n    daily: 08:00\n    at_once_names: [{entity.id}]\n"
    assert expected in file(app).replace("'", "").replace('"', "") and "# our editor" in file(app)
    urgent_names = {
        r.name: app.publisher.composer.urgent_entities(r.alerts)
        for r in app.publisher.composer.listed.recipients
        if r.alerts
    }
    assert urgent_names == {"Anna": {entity.id}, "Robot": set(), "": set(), "Clara": {"melis"}}
    assert app.people.audit(9)[0].act is Act.CHANGED_RECIPIENTS


@pytest.mark.usefixtures("recipients")
def test_the_page_of_a_name_says_who_is_told_at_once_to_operators_alone(app: App, operator: Browser):
    page = f"/names/{app.store.cards.entity_numbers()['melis']}"
    assert "Immediate alerts Clara (mail)" in words(operator.get(page).text)
    reader = client(create_desk(app), account(app, "Rita", Role.READER))
    assert "Clara" not in reader.get(page).text


@pytest.mark.usefixtures("recipients")
def test_who_is_limited_to_other_names_is_named_without_a_tick(app: App, operator: Browser):
    for page in ("/names/add", f"/names/{app.entity_number('melis')}/edit"):
        text = operator.get(page).text
        assert "Limited to other names: Dan" in words(text) and not any("Dan" in label for label in boxes(text))


@pytest.mark.usefixtures("recipients")
def test_a_tick_is_taken_out_without_another_change_and_other_lines_stay(app: App, operator: Browser):
    number = app.store.cards.entity_numbers()["melis"]
    page = operator.get(f"/names/{number}/edit").text
    assert any("Clara" in label and is_ticked for label, is_ticked in boxes(page).items())
    form = {
        name: value for name, value in html.fromstring(page).forms[0].form_values() if name not in {"tell", "offered"}
    }
    form |= {"act": "save", "offered": list(marks(page).values()), "at_once": "nobody"}
    assert operator.post(f"/names/{number}/edit", form).headers["location"] == f"/names/{number}?said=saved"
    assert file(app) == RECIPIENTS.replace("at_once_names: [melis]", "at_once_names: []")
    (clara,) = (r for r in app.publisher.composer.listed.recipients if r.name == "Clara")
    assert (clara.alerts, clara.digest) == (None, None)  # she gets no digest by losing her last name


def cleared(app: App) -> Browser:
    app.sync_files()  # makes the closed watch
    boss = account(app, "Boss", Role.ADMIN)
    app.people.clear(boss.id, cleared=True)
    return client(create_desk(app), boss)


@pytest.mark.check
@pytest.mark.usefixtures("recipients")
def test_no_line_is_ticked_for_a_closed_name_and_open_names_are_recognised(app: App):
    browser = cleared(app)
    page = browser.get("/closed/names/add").text
    assert boxes(page) == {} and "everybody who gets urgent names nobody yet" in words(page)
    shown = browser.post("/closed/names/add", {"names": "Мелису Токоеву\nАйзада Хидден", "act": "look"}).text
    assert 'href="/names/1"' in shown and 'href="/closed/names/' in shown
    every = list(marks(browser.get("/names/add").text).values())
    number = re.findall(r"/closed/names/([0-9]+)", browser.get("/closed/names").text)[0]
    for address in ("/names/add", "/closed/names/add", f"/closed/names/{number}/edit"):
        names = SECRET if "edit" in address else f"Azat {len(address)} Nurov"
        form = {"names": names, "act": "save", "sensitive": "1", "offered": every, "tell": every, "urgent": "1"}
        assert browser.post(address, form).status_code == 303
    assert file(app) == RECIPIENTS
    assert not any(line.act is Act.CHANGED_RECIPIENTS for line in app.people.audit(99))


@pytest.mark.check
@pytest.mark.parametrize("address", ["/names/add", "/closed/names/add"])
def test_who_adds_a_name_openly_finds_the_same_ticks_whether_or_not_it_is_closed(
    tmp_path: Path, sqlite_with_tables: Path, address: str
):
    worlds = []
    for is_closed in (True, False):
        (folder := tmp_path / str(is_closed)).mkdir()
        app = names_desk(folder, sqlite_with_tables)
        (folder / "recipients.yaml").write_text(RECIPIENTS, "utf-8")
        browser = cleared(app)
        operator, admin = (client(browser.desk, account(app, role.value, role)) for role in (Role.OPERATOR, Role.ADMIN))
        if is_closed:  # and somebody who is cleared tries to tick everybody for it
            every = list(marks(operator.get("/names/add").text).values())
            form = {"names": "Azat Nurov", "act": "save", "sensitive": "1", "offered": every, "tell": every}
            assert browser.post(address, form).status_code == 303
        page_words = [words(admin.get(page).text) for page in ("/recipients", "/recipients/3")]
        name = operator.post("/names/add", {"names": "Azat Nurov", "act": "save"}).headers["location"].partition("?")[0]
        page_words += [words(operator.get(page).text) for page in (name, f"{name}/edit")]
        assert "Immediate alerts nobody" in page_words[2] and not any(boxes(operator.get(f"{name}/edit").text).values())
        worlds.append([name, *page_words, file(app)])
        app.close()
    assert worlds[0] == worlds[1] and worlds[0][-1] == RECIPIENTS


@pytest.mark.check
@pytest.mark.usefixtures("recipients")
def test_a_name_that_moves_to_the_closed_watch_leaves_its_ticks_behind_for_nobody_to_find(app: App):
    browser, number = cleared(app), app.store.cards.entity_numbers()["melis"]
    page = html.fromstring(browser.get(f"/names/{number}/edit").text)
    form = {name: value for name, value in page.forms[0].form_values() if name not in {"tell", "offered"}}
    form |= {"act": "save", "sensitive": "1", "offered": list(marks(html.tostring(page, encoding="unicode")).values())}
    form |= {"tell": form["offered"]}
    assert browser.post(f"/names/{number}/edit", form).status_code == 303
    assert file(app) == RECIPIENTS.replace("at_once_names: [melis]", "at_once_names: []")
    assert not any(line.act is Act.CHANGED_RECIPIENTS for line in app.people.audit(99))


def test_an_id_of_the_file_is_that_of_the_open_name_alone(app: App):
    app.sync_files()
    closed = watch_of(app, closed=True)
    (entity,) = closed.store.watchlists.current().entities
    assert Composer(closed).urgent_entities(AlertPolicy(urgent=False, names=(entity.id,))) == set()
    marked = WatchlistChange(changed=((entity, replace(entity, urgent=True)),))
    NameService(closed).save(marked, "Boss")
    assert Composer(closed).urgent_entities() == {entity.id}


def test_the_boxes_keep_their_ticks_while_the_form_is_looked_at(app: App, operator: Browser, recipients: None):
    page = operator.get("/names/add").text
    form = {"offered": [*marks(page).values()], "tell": [*marks(page).values()][1], "names": "Azat Nurov"}
    assert [*boxes(operator.post("/names/add", form).text).values()] == [False, True, False]
    assert file(app) == RECIPIENTS


def test_without_recipients_it_says_that_nobody_is_told_yet(operator: Browser):
    page = operator.get("/names/add").text
    assert boxes(page) == {} and "nobody yet" in words(page)
    # A name can be marked before anybody is told; operators open no recipients.
    assert html.fromstring(page).xpath("//fieldset//*[@id='at-once-urgent']") and not html.fromstring(page).xpath(
        "//fieldset//*[@href]"
    )


def test_a_recipient_is_told_of_a_name_of_its_own_beside_marked_ones(app: App):
    urgent = app.publisher.composer.urgent_entities
    assert urgent(AlertPolicy(names=("melis", "nobody"))) == {"melis"}
    assert urgent(AlertPolicy(urgent=False)) == urgent(AlertPolicy()) == set()


# ---- the session ends -----------------------------------------------------------------------------------------------


@pytest.mark.check
@pytest.mark.parametrize("act", ["save", "look", ""])
def test_what_was_typed_is_back_after_signing_in_again(app: App, operator: Browser, act: str):
    author = app.store.people.by_name("Olga").id
    form = {"names": "Азат Нуров\nГүлзат Ташбаева", "asked_by": "the lawyer", "alert": "with-others", "author": author}
    app.clock.now += 13 * HOUR
    sign_in_page = operator.post("/names/add", form | {"act": act})
    assert sign_in_page.status_code == 401 and "What you typed is kept." in sign_in_page.text
    sign_in_page = sign_in(operator, "Olga", sign_in_page.text, "a wrong password")  # once more
    answer = sign_in(operator, "Olga", sign_in_page.text)
    assert answer.headers["location"] == "/names/add"  # no name in an address
    page = followed(operator, answer).text
    restored_form = html.fromstring(page).forms[0]
    assert "your session had ended" in words(page) and "2 articles" in words(page)
    assert (restored_form.fields["names"].strip(), restored_form.fields["asked_by"]) == (form["names"], "the lawyer")
    assert restored_form.fields["alert"] == "with-others" and "Азат Нуров" not in names_on_list(app)
    assert operator.post("/names/add", form | {"act": "save"}).status_code == 303
    assert "session had ended" not in operator.get("/names/add").text


def test_what_was_typed_comes_back_to_its_author_alone_and_for_ten_minutes(app: App, operator: Browser):
    account(app, "Other", Role.OPERATOR)
    form = {"names": "Азат Нуров", "author": app.store.people.by_name("Olga").id, "act": "look"}
    stranger = client(operator.desk)
    page = stranger.post("/names/add", form).text
    assert "Нуров" not in followed(stranger, sign_in(stranger, "Other", page)).text
    second_browser = client(operator.desk)
    assert "Нуров" in followed(second_browser, sign_in(second_browser, "Olga", page)).text
    app.clock.now += 11 * MINUTE
    assert "Нуров" not in second_browser.get("/names/add").text


def test_a_form_too_long_for_the_sign_in_page_is_dropped_and_one_may_sign_in(app: App, operator: Browser):
    form = {"names": "Ж" * 9_000, "author": app.store.people.by_name("Olga").id, "act": "look"}
    stranger = client(operator.desk)
    page = stranger.post("/names/add", form).text
    assert "What you typed is kept." not in page
    assert sign_in(stranger, "Olga", page).status_code == 303
