"""Typed names with a question: in the nominative, of which country? They are added with the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.names import names_on_list
from kit.store import HOUR, NOW
from monitor.app.names.service import NameService
from monitor.model import Delivery, Feed, Mailing, Rendering, Role, WatchlistChange, Window
from monitor.web import create_desk
from web.names_pages import app, fields, operator, words

__all__ = ["app", "operator"]


@pytest.mark.check
def test_a_name_with_an_open_question_is_added_only_with_its_answer(app: App, operator: Browser):
    before = names_on_list(app)
    typed = {"names": "Айгуль Бекову\nАзат Нуров\nГКНБ\nЭмилу Доолотову", "act": "save"}
    page = operator.post("/names/add", typed).text
    assert set(names_on_list(app)) - set(before) == {"Азат Нуров"}
    # What was not added is not lost: it stands in the form with its question.
    assert "1 name is added." in words(page)
    assert fields(page)["names"].split("\n")[-3:] == ["Айгуль Бекову", "ГКНБ", "Эмилу Доолотову"]
    for answer in ("nominative-0", "body-1-TJ", "separate-2"):
        page = operator.post("/names/add", fields(page, act=f"help:{answer}")).text
    assert html.fromstring(page).get_element_by_id("save-label").text_content() == "Add 3 names"
    assert operator.post("/names/add", fields(page, act="save")).status_code == 303
    added = set(names_on_list(app)) - set(before)
    assert added == {"Азат Нуров", "Айгуль Бекова", "ГКНБ", "Эмилу Доолотову"}


def test_who_answers_nothing_adds_nothing(app: App, operator: Browser):
    before = names_on_list(app)
    page = operator.post("/names/add", {"names": "ГКНБ\nЭмилу Доолотову", "act": "save"})
    assert page.status_code == 200 and names_on_list(app) == before
    assert (
        html.fromstring(page.text).get_element_by_id("save-link").text_content() == "Add names Answer 2 questions first"
    )
    assert "2 countries have “ГКНБ”. Which one is meant?" in words(page.text)


def test_a_question_about_a_case_says_which_and_a_button_adds_a_spelling(operator: Browser):
    page = operator.post("/names/add", {"names": "Эмилу Доолотову", "act": "look"}).text
    assert "This looks like Эмил Доолотов (dative)." in words(page).replace(" .", ".")
    page = operator.post("/names/add", {"names": "Азат Нуров", "act": "look"}).text
    (button,) = html.fromstring(page).xpath("//button[starts-with(@value, 'help:spelling-')]")
    assert " ".join(button.text_content().split()) == "+ Азат Нур уулу"
    page = operator.post("/names/add", fields(page, act=button.get("value"))).text
    assert fields(page)["aliases"] == "Азат Нур уулу" and "help:spelling-" not in page


def test_one_of_several_names_gets_a_spelling_by_its_button(app: App, operator: Browser):
    page = operator.post("/names/add", {"names": "Эмил Саматов\nАзат Нуров", "act": "look"}).text
    page = operator.post("/names/add", fields(page, act="help:spelling-1-Азат Нур уулу")).text
    assert html.fromstring(page).xpath("//dl/div[dt = 'Other spellings']/dd/bdi/text()") == ["Азат Нур уулу"]
    assert "help:spelling-1" not in page
    assert fields(page)["aliases"] == "" and "help:spelling-0" in page
    assert operator.post("/names/add", fields(page, act="save")).status_code == 303
    aliases = {entity.name: entity.aliases for entity in app.watchlist().entities}
    assert (aliases["Азат Нуров"], aliases["Эмил Саматов"]) == (("Азат Нур уулу",), ())


def test_a_body_without_its_country_is_added_and_the_card_asks_for_it(operator: Browser):
    def fates(typed: str) -> list[tuple[str, str]]:
        page = html.fromstring(operator.post("/names/add", {"names": typed, "act": "look"}).text)
        return [(fate.text_content(), fate.get("class")) for fate in page.xpath("//span[starts-with(@class, 'fate')]")]

    assert fates("Ministry of Justice") == fates("Азат Нуров") == []  # only what is not added says so
    page = operator.post("/names/add", {"names": "Ministry of Justice\nАзат Нуров", "act": "look"}).text
    assert words(page).count("state its country") == 1  # of the body, and not of the person


def test_a_body_that_several_countries_have_is_added_for_any_and_can_be_narrowed(app: App, operator: Browser):
    def question(**typed: str) -> tuple[str, list[str]]:
        page = html.fromstring(operator.post("/names/add", {"names": "Ministry of Public Calm", **typed}).text)
        buttons = page.xpath("//section[contains(@class, 'typed-name')]//p[@class='buttons']/button")
        return page.xpath("string(//span[starts-with(@class, 'fate')])"), [b.text_content() for b in buttons]

    assert question(act="look") == ("", ["Kyrgyzstan"])
    sources = [Feed(code, f"https://{code}.example/rss", code, country=code) for code in ("KZ", "XX", "KG")]
    app.store.feeds.sync_list(sources, NOW)
    choices = ("", ["Kyrgyzstan", "Kazakhstan"])
    assert question(act="look") == choices
    page = operator.post("/names/add", {"names": "Ministry of Public Calm", "act": "look"}).text
    assert "organisation For any country. Narrow it:" in words(page)
    assert not any(
        sentence in words(page) for sentence in ("each of them counts", "needs your answer", "Which one is meant")
    )
    # Of a body whose country only an answer tells, nothing is added before it.
    page = words(operator.post("/names/add", {"names": "ГКНБ", "act": "look"}).text)
    assert "needs your answer" in page and "Any of them" in page and "Add 1 name" not in page
    assert question(act="help:body-0-KZ")[0] == question(act="help:separate-0")[0] == ""
    # A country that was not offered is none; a person has no such question.
    assert question(act="help:body-0-XX") == choices
    assert question(names="Азат Нуров", act="look")[0] == ""
    # Of a body that one country alone has, the sentence says whose it is.
    assert question(names="КНБ", act="look") == ("", ["State body: Kazakhstan"])


def test_articles_are_counted_once_where_there_are_none(operator: Browser):
    page = words(operator.post("/names/add", {"names": "Эмил Саматов\nРустам Калыков", "act": "look"}).text)
    assert (
        page.count("None of the 4 articles of the last 30 days names") == 1
        and "0 articles" not in page
        and "new:" not in page
    )


def test_the_way_to_the_first_question_does_not_look_like_the_button_that_saves(operator: Browser):
    page = html.fromstring(operator.post("/names/add", {"names": "ГКНБ", "act": "look"}).text)
    button, link = page.get_element_by_id("save-link")
    assert (button.text, button.get("type"), button.get("disabled") is not None) == ("Add names", "button", True)
    assert link.get("class") == "again" and link.get("href") == "#asks-0"


@pytest.mark.parametrize("path", ["/names/1/edit", "/names/add"])
def test_an_empty_name_is_told_at_its_field(operator: Browser, path: str):
    answer = operator.post(path, {"names": " ", "act": "save"})
    page = html.fromstring(answer.text)
    (field,) = page.xpath("//*[@aria-invalid='true']")
    assert answer.status_code == 400 and field.name == "names"
    assert page.get_element_by_id(field.get("aria-describedby")).text_content() == "the name is missing"
    # At the field, and above with a link to it; the preview stays, of what is listed, and says so.
    assert words(answer.text).count("the name is missing") == 2
    assert page.xpath("//section[@role='alert']//a/@href") == ["#names"]
    assert page.xpath("//section[@role='alert']")[0].text_content().strip() == "Nothing was savedthe name is missing"
    cards = [" ".join(card.text_content().split()) for card in page.find_class("typed-name")]
    assert [card.partition(" Will also find")[0] for card in cards] == ["Melis Tokoev person saved version"] * (
        path != "/names/add"
    )


def test_the_preview_of_new_names_stays_where_their_details_are_wrong(app: App, operator: Browser):
    before = names_on_list(app)
    for wrong in ({"watch_until": "soon"}, {"names": "Азат Нуров\nЭмил Саматов", "aliases": "Азат"}):
        typed = {"names": "Азат Нуров", **wrong, "act": "save"}
        answer = operator.post("/names/add", typed)
        page = html.fromstring(answer.text)
        assert answer.status_code == 400 and names_on_list(app) == before
        titles = [card.xpath("string(h3/bdi)") for card in page.find_class("typed-name")]
        assert titles == typed["names"].split("\n")
        assert "1 article, 0 already in the queue for others, 1 new" in words(answer.text)
        assert page.xpath("//*[@autofocus]/@id") == ["names"]  # not the button that saves


def test_a_form_with_another_fault_says_it_above(operator: Browser):
    answer = operator.post("/names/1/edit", {"names": "Melis Tokoev", "watch_until": "soon", "act": "save"})
    assert answer.status_code == 400 and words(answer.text).count("is no day") == 1


def test_an_empty_list_of_names_is_no_fault_before_it_is_saved(operator: Browser):
    page = operator.post("/names/add", {"names": "", "act": "look"})
    assert page.status_code == 200 and "aria-invalid" not in page.text


def test_without_recipients_the_way_to_them_stands_beside_the_mark(app: App):
    boss = client(create_desk(app), account(app, "Boss", Role.ADMIN))
    (alert_box,) = html.fromstring(boss.get("/names/add").text).xpath("//fieldset[contains(@class, 'tell')]")
    assert alert_box.xpath(".//a/@href") == ["/recipients"]
    assert alert_box.xpath(".//input/@value") == ["nobody", "urgent"]
    boss.post("/names/add", {"names": "Azat Nurov", "at_once": "urgent", "act": "save"})
    assert [entity.urgent for entity in app.watchlist().entities if entity.name == "Azat Nurov"] == [True]


def test_what_waits_for_an_answer_is_counted_beside_what_is_added(operator: Browser):
    page = html.fromstring(operator.post("/names/add", {"names": "Азат Нуров\nАйгуль Бекову", "act": "look"}).text)
    assert page.xpath("string(//*[@id='save-label'])") == "Add 1 name"
    assert page.get_element_by_id("save-note").text_content() == "1 other stays here until you answer"


@pytest.mark.parametrize(
    ("name", "kind", "advice"), [("Ministry of Calm", "organization", True), ("Nura Hasanova", "person", False)]
)
def test_advice_to_state_a_country_leads_to_its_field(app: App, operator: Browser, name: str, kind: str, advice: bool):
    saved = operator.post("/names/add", {"names": name, "type": kind, "act": "save"}).headers["location"]
    path = saved.partition("?")[0]
    of_name = html.fromstring(operator.get(path).text)
    assert ("state its country" in of_name.text_content()) is advice
    assert of_name.xpath("//section[@class='warnings']//a/@href") == [f"{path}/edit#country"] * advice
    # The list offers its usual country with a button; one without countries has none to offer.
    form = {"names": f"{name} Too", "type": kind}
    assert ("help:body-0-KG" in operator.post("/names/add", {**form, "act": "look"}).text) is advice
    with_country = [entity for entity in app.watchlist().entities if entity.country]
    change = WatchlistChange(changed=tuple((entity, replace(entity, country="")) for entity in with_country))
    NameService(app).save(change, "Boss")
    page = html.fromstring(operator.post("/names/add", {**form, "act": "look"}).text)
    assert page.xpath("//div[@class='warned']//a/@href") == ["#country"] * advice
    assert page.get_element_by_id("country").tag == "select"


def test_the_form_of_a_name_says_whose_messages_do_not_arrive(app: App, operator: Browser):
    text = "recipients: [{to: anna@b.example, name: Anna}, {to: clara@b.example, name: Clara, at_once: yes}]"
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    app.settings = app.settings.model_copy(update={"smtp_url": "smtps://mail.b.example"})
    mailing = Mailing(window := Window(NOW - HOUR, NOW), NOW, Rendering("subject", "text", "html"))
    deliveries = [Delivery("mail", f"{name}@b.example", name, NOW, mailing.rendering) for name in ("anna", "clara")]
    app.store.outbox.put(window, lambda _: (mailing, deliveries))

    def recipients_offered() -> str:
        return words(operator.get("/names/add").text).partition("Immediate alerts ")[2].partition(" Advanced")[0]

    everybody, single = "nobody at once everybody who gets urgent names Clara (mail", "only these people"
    assert recipients_offered() == f"{everybody}) {single} Anna (mail) Clara (mail)"
    claimed = app.store.outbox.claim("mail", NOW, NOW + HOUR)
    for delivery in claimed:
        app.store.outbox.mark_failed(delivery, NOW, "550 no such user", refused=True)
    fault, advice = "messages have not arrived since 2 Mar, 08:00", "Ask an administrator to set it right."
    assert recipients_offered() == (
        f"{everybody}: {fault}) {single} Anna (mail: {fault}) Clara (mail: {fault}){advice}"
    )
    app.store.outbox.mark_sent(claimed[1], NOW)
    assert recipients_offered() == f"{everybody}) {single} Anna (mail: {fault}) Clara (mail){advice}"


@pytest.mark.parametrize("typed", ["Мелису Токоеву", "МЕЛИС ТОКОЕВ", "Melis Tokoev"])
def test_what_is_watched_already_is_said_once_and_opened_where_the_button_stood(
    app: App, operator: Browser, typed: str
):
    page = operator.post("/names/add", {"names": typed, "act": "look"}).text
    assert words(page).count("watched already") == 1
    (link,) = html.fromstring(page).xpath("//*[@id='save-link']/*")
    assert (link.text, link.get("href")) == (
        "Open Melis Tokoev",
        f"/names/{app.store.cards.entity_numbers()['melis']}",
    )
    # Of several there is no single page: the button is dead.
    page = html.fromstring(operator.post("/names/add", {"names": "Мелису Токоеву\nMelis Tokoev", "act": "look"}).text)
    assert page.xpath("//*[@id='save-link']/button/@disabled") and not page.find_class("outcomes")
    assert page.get_element_by_id("save-note").text_content() == "2 watched already, not added"
