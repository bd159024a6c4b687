"""One article and one sentence stand for a story on every page and in every message, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.store import CHOLPON, HOUR, KOS, MELIS, NOW, filed, hit, mention, stored, watch
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.layout import lay_out
from monitor.messages.content.render import as_json, as_text, page_as_html
from monitor.model import (
    CARD_ARTICLES,
    PRESS_ID,
    ROW_ARTICLES,
    Confidence,
    Field,
    Hit,
    Incident,
    Placement,
    PressAct,
    Role,
    Span,
    VictimKind,
    press_entity,
)
from monitor.text.lead import lead_article, lead_sentence
from monitor.web import create_desk
from web.queue_desk import relate

# Outlet -> headline, sentence with the name, its spelling; the headline names nobody, the sentence says more.
LANGUAGES = {
    "ru": ("Утро", "Суд продлил арест", "Мелис Токоев остаётся под стражей до весны, сказал адвокат.", "Мелис Токоев"),
    "en": ("Post", "Court extends an arrest", "Melis Tokoev stays in custody until spring, said a lawyer.", "Melis Tokoev"),
    "ky": ("Тоо", "Сот камакты узартты", "Мелис Токоев жазга чейин камакта калат, деди адвокат.", "Мелис Токоев"),
}  # fmt: skip


# What the text says first: it names him as surely, and says nothing of what was done.
ASIDES = {
    "ru": "Мелис Токоев пришёл в синем костюме.",
    "en": "Melis Tokoev came in a blue suit.",
    "ky": "Мелис Токоев көк костюм кийип келди.",
}


def detention(name: str, text: str, place: int) -> Hit:
    """Return what a text tells of somebody at its second place of the name."""
    incident = Incident((PressAct.DETAINED,), VictimKind.PERSON, "journalist", name)
    act_mention = mention(name, text, PRESS_ID, incident=incident, span=Span(place, place + len(name)))
    return Hit(PRESS_ID, (act_mention,), Confidence.STRONG, alerts=True, why="of the press")


def placed(text: str, language: str) -> dict[str, object]:
    outlet, title, _, _ = LANGUAGES[language]
    return {"text": text, "title": title, "language": language, "outlet": outlet}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    """Return a desk with a story that three outlets tell in three languages, the Russian one first, and a short one."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("lead"), clock=lambda: NOW + HOUR)
    watch(app.store, MELIS, CHOLPON, KOS, press_entity())
    first = None
    for number, language in enumerate(LANGUAGES):
        sentence, name = LANGUAGES[language][2:]
        text, at = f"{ASIDES[language]} {sentence}", NOW - (5 - number) * HOUR
        hits = hit(name, text=text), detention(name, text, text.rindex(name))
        if first is None:
            first = filed(app.store, *hits, at=at, **placed(text, language))
            continue
        article = stored(app.store, *hits, at=at, **placed(text, language))
        item = app.item(first.id)
        app.store.stories.file(article, Placement(item.story), item, at, expected_version=item.version)
    filed(app.store, hit(), at=NOW - HOUR, title="A second story")
    yield app
    app.close()


def reader(app: App, language: str) -> Browser:
    name = f"Reader {language}"
    account_of_name = next((person for person in app.store.people.everyone() if person.name == name), None)
    return client(create_desk(app), account_of_name or account(app, name, Role.REVIEWER, language))


def words(element: html.HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.check
@pytest.mark.parametrize("language", LANGUAGES)
def test_headline_and_sentence_are_the_same_wherever_a_reader_meets_a_story(app: App, language: str):
    _, title, sentence, _ = LANGUAGES[language]
    browser = reader(app, language)
    item = app.item(1)
    versions = {number: app.item(number).version for number in (1, 2)}
    row = html.fromstring(browser.get("/queue").text).xpath("//li[.//a[@id='item-1']]")[0]
    assert words(row.xpath(".//a[@id='item-1']")[0]) == title
    assert words(row.xpath(".//*[@class='excerpt']")[0]) == sentence

    card = html.fromstring(browser.get("/items/1").text)
    assert words(card.get_element_by_id("headline")) == title
    assert sentence in words(card.get_element_by_id("main"))

    merging = {"pick": [f"{number}:{version}" for number, version in versions.items()], "merging": "1"}
    merge = html.fromstring(browser.post("/queue/together", merging).text)
    assert words(merge.xpath("//a[@id='item-1']")[0]) == title
    assert sentence in words(merge.get_element_by_id("main"))

    digest = app.digest(None, language)
    pages = {
        "desk": browser.get("/digest").text,
        "mail": page_as_html(lay_out(digest)),
        "alert": page_as_html(lay_out_alert(digest)),
        "report": app.publisher.composer.report(timedelta(days=7), "", language)["html"],
    }
    other_leads = [lead for code, lead in LANGUAGES.items() if code != language]
    for page in pages.values():
        text = words(html.fromstring(page))
        assert title in text and sentence in text
        # The headlines of the others are told, as theirs, below it; their sentences are not.
        assert all(text.index(title) < text.index(headline) for _, headline, _, _ in other_leads)
        assert not any(other_sentence in text for _, _, other_sentence, _ in other_leads)
        assert not any(aside in text for aside in ASIDES.values())
    assert all(f"): {headline}\n" in as_text(digest) for _, headline, _, _ in other_leads)

    browser.post("/items/1/decide", {"act": "relevant", "version": item.version})
    toast = html.fromstring(browser.get("/queue").text).xpath("//form[contains(@class, 'undo')]//*[@class='of']")
    assert [words(line) for line in toast] == [title]
    app.undo(by=f"Reader {language}", item=1)


def test_programs_get_one_headline_whoever_asks(app: App):
    title = LANGUAGES["en"][1]
    relate(app, 2, 1, 1.0)
    for language in LANGUAGES:
        browser = reader(app, language)
        rows = browser.get("/queue.json").json()["items"]
        assert {row["id"]: row["headline"] for row in rows}[1] == title
        assert f",{title}," in browser.get("/queue.csv").text
        assert f">{title}</title>" in browser.get("/queue.atom").text
        sections = as_json(app.digest(None, language))["sections"]
        assert [row["headline"] for row in sections["new"] if row["item"] == 1] == [title]
        for of_second in (row for row in (*rows, *sections["new"]) if row["id"] == 2):
            assert [(near["headline"], near["language"]) for near in of_second["related"]] == [(title, "en")]
        entities = map(json.loads, browser.get("/queue/ftm").text.splitlines())
        events = {row["id"]: row["properties"]["name"] for row in entities if row["schema"] == "Event"}
        assert events["monitor-item-1"] == [title]


def test_in_a_language_that_no_article_has_the_one_that_names_most_people_leads(app: App):
    item = app.item(1)
    assert lead_article(item, "de").headline == LANGUAGES["ky"][1]  # of equal ones the newest
    assert lead_article(item, "de", until=NOW - 4 * HOUR).headline == LANGUAGES["ru"][1]


@pytest.fixture
def desk(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    app = opened_copy(sqlite_with_tables, tmp_path)
    watch(app.store)
    yield app
    app.close()


def test_a_headline_that_names_a_person_leads_before_a_newer_one_that_does_not(desk: App):
    text = "Melis Tokoev was brought to the court."
    titled = "Melis Tokoev before the judge"
    named = hit("Melis Tokoev", text=titled)
    in_title = replace(named, mentions=tuple(replace(m, field=Field.TITLE) for m in named.mentions))
    first = filed(desk.store, in_title, at=NOW - 3 * HOUR, title=titled, text="He was brought there at nine.")
    article = stored(desk.store, hit(text=text), at=NOW, title="Today in court", text=text, outlet="Herald")
    desk.store.stories.file(article, Placement(first.story), desk.item(first.id), NOW, expected_version=1)
    assert lead_article(desk.item(first.id), "en").headline == titled


@pytest.mark.parametrize(
    ("text", "title", "shown"),
    [
        ("Tokoev is free — Post. Melis Tokoev came home at noon.", "Tokoev is free", "Melis Tokoev came home at noon."),
        ("Melis Tokoev is free.", "Melis Tokoev is free", ""),
        ("KOS searched the flat. Melis Tokoev was led away.", "A search", "Melis Tokoev was led away."),
    ],
)
def test_a_sentence_is_not_the_headline_again_and_prefers_a_person(desk: App, text: str, title: str, shown: str):
    hits = [hit("KOS", "kos", text)] if "KOS" in text else []
    person = hit(text=text)
    if text.startswith("Tokoev"):
        person = replace(person, mentions=(mention("Tokoev", text), *person.mentions))
    hits.append(person)
    item = desk.item(filed(desk.store, *hits, title=title, text=text).id)
    lead = lead_sentence(item, lead_article(item, "en"))
    assert (lead.text if lead else "") == shown


def test_a_large_story_has_one_headline_in_a_list_and_on_its_card(desk: App):
    """A list loads few of its articles, a card more, a terminal all."""
    first = None
    for number in range(40):
        language = [*LANGUAGES][number % 3]
        sentence, name = LANGUAGES[language][2:]
        at, title = NOW - (50 - number) * HOUR, f"Headline {number}"
        name_hit, fields = hit(name, text=sentence), {"text": sentence, "title": title, "language": language}
        outlet = f"Outlet {number % 4}"
        if first is None:
            first = filed(desk.store, name_hit, at=at, outlet=outlet, **fields)
            continue
        article, item = stored(desk.store, name_hit, at=at, outlet=outlet, **fields), desk.item(first.id)
        copy_of = item.first.id if number % 5 == 0 else None
        placement = Placement(item.story, copy_of=copy_of)
        desk.store.stories.file(article, placement, item, at, expected_version=item.version)
    pages = [desk.store.cards.items([1], page)[0] for page in (ROW_ARTICLES, CARD_ARTICLES)]
    assert len(pages[0].articles) < len(pages[1].articles) < 40
    for language in (*LANGUAGES, "de"):
        headlines = {lead_article(item, language).headline for item in (*pages, desk.item(1))}
        assert len(headlines) == 1


def test_a_tag_names_the_outlet_of_an_act_wherever_its_article_does_not_tell_it(
    tmp_path: Path, sqlite_with_tables: Path
):
    desk = opened_copy(sqlite_with_tables, tmp_path, clock=lambda: NOW + HOUR)
    watch(desk.store, MELIS, press_entity())
    name, told_text, text = "Melis Tokoev", "Police took the reporter Melis Tokoev.", "Melis Tokoev spoke of it."
    hits = hit(text=told_text), detention(name, told_text, told_text.rindex(name))
    first = filed(desk.store, *hits, at=NOW - 2 * HOUR, title="Взят", text=told_text, language="ru", outlet="Утро")
    article = stored(
        desk.store, hit(text=text), at=NOW - HOUR, title="Speech", text=text, language="en", outlet="Herald"
    )
    desk.store.stories.file(article, Placement(first.story), desk.item(first.id), NOW - HOUR, expected_version=1)
    browser = reader(desk, "en")
    queue, card, digest = (html.fromstring(browser.get(page).text) for page in ("/queue", "/items/1", "/digest"))
    tags = [words(page.find_class("incident")[0]) for page in (queue, card, digest)]
    assert all(tag.lower().startswith("reported: detained") and tag.endswith("told by Утро") for tag in tags), tags
    page = html.fromstring(browser.get(f"/items/1?article={first.articles[0].id}").text)
    assert "told by" not in words(page.find_class("incident")[0])  # it is shown
    mail = page_as_html(lay_out(desk.digest(None, "ru")))
    assert "источник: Утро" not in mail and "задержание" in mail.lower()
    desk.close()
