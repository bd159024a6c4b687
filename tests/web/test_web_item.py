"""The card of an item, its stored texts, and who else is looking at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import delete, insert, select, update

from kit import digests
from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.home import Clock
from kit.store import COMMON_NAME, DAY, HOUR, MINUTE, NOW, TEXT, article, entity_numbers, filed, hit, mention, watch
from monitor.model import (
    REASON_OTHER_SCRIPT,
    REASON_ROMANISATION,
    Code,
    Confidence,
    EntityType,
    Incident,
    ItemMention,
    Message,
    PressAct,
    Reason,
    Role,
    Span,
    StoredText,
    TextFrom,
    Verdict,
    VictimKind,
)
from monitor.serialize import item_row
from monitor.store import tables as t
from monitor.web import create_desk
from monitor.web.item_view import TextPart, _marked_paragraphs, build_article_view, split_at_mentions
from monitor.web.presence import Claims
from web.queue_desk import aida, app, filled, judge, words_of

__all__ = ["aida", "app", "filled"]


# ---- who is looking -------------------------------------------------------------------------------------------------


@pytest.mark.check
def test_colleagues_see_who_is_looking_for_ten_minutes_and_may_decide_all_the_same(app: App):
    desk = create_desk(app)
    aida, bakyt = (client(desk, account(app, name, Role.REVIEWER)) for name in ("Aida", "Bakyt"))

    def viewers(browser: Browser, path: str) -> list[str]:
        page = html.fromstring(browser.get(path).text)
        return [" ".join(e.text_content().split()) for e in page.xpath("//p[@class='looking']/span[2]")]

    aida.get("/items/4")
    assert viewers(bakyt, "/queue") == ["Aida is looking"] and viewers(aida, "/queue") == []
    assert viewers(bakyt, "/items/4") == ["Aida is looking"] and viewers(aida, "/items/4") == ["Bakyt is looking"]
    app.clock.now += 9 * MINUTE  # type: ignore[attr-defined]
    aida.get("/items/4")
    app.clock.now += 2 * MINUTE  # type: ignore[attr-defined]
    assert viewers(bakyt, "/queue") == ["Aida is looking"] and viewers(aida, "/items/4") == []  # she opened it again
    aida.get("/items/3")  # one looks at one thing
    assert viewers(bakyt, "/items/4") == [] and viewers(bakyt, "/items/3") == ["Aida is looking"]
    assert judge(bakyt, 3, "relevant") == (303, "/items/2") and viewers(bakyt, "/queue?show=decided") != []
    judge(aida, 2, "relevant", query="?outlet=Copycat")
    assert viewers(bakyt, "/queue") == []


def test_readers_are_not_shown_as_viewers(app: App):
    desk = create_desk(app)
    reader, aida = (client(desk, account(app, role, role)) for role in (Role.READER, Role.REVIEWER))
    reader.get("/items/4")
    assert "is looking" not in aida.get("/queue").text and "pick" not in reader.get("/queue").text


def test_a_clock_that_was_set_back_keeps_nobody_as_viewer_for_ever():
    claims = Claims()
    claims.claim(1, "Aida", NOW + DAY)
    assert claims.viewed_by_others("Bakyt", NOW + DAY) == {1: ["Aida"]} and claims.viewed_by_others("Bakyt", NOW) == {}


# ---- the card -------------------------------------------------------------------------------------------------------


def test_a_card_says_how_often_a_name_was_right_and_how_sure_that_is(app: App, aida: Browser):
    def record_lines() -> list[str]:
        page = html.fromstring(aida.get("/items/4").text)
        return [" ".join(e.text_content().split()) for e in page.xpath("//p[@class='so-far']")]

    assert record_lines() == [] and "no earlier decision" in aida.get("/items/4").text
    judge(aida, 4, "relevant")  # of itself a card says nothing
    judge(aida, 1, "not-relevant")  # without a reason that is no word on the name
    assert record_lines() == [] and "no earlier decision" not in aida.get("/items/4").text
    judge(aida, 3, "relevant")
    judge(aida, 2, "not-relevant:another-person")
    assert record_lines() == ["Correct in 1 of 2 stories so far: too few to go by."]
    app.undo(by="Aida", item=2)
    assert record_lines() == ["Correct in 1 of 1 story so far: too few to go by."]


def test_the_most_similar_earlier_decisions_are_on_the_card(tmp_path: Path, sqlite_with_tables: Path):
    app = opened_copy(sqlite_with_tables, tmp_path)
    app.clock = Clock(NOW)
    watch(app.store)
    plain = {"text": "M. Tokoev ran.", "outlet": "Sport"}
    full_name = {"text": TEXT, "outlet": "Sport"}
    for n, fields in enumerate(
        (full_name, plain, {**plain, "outlet": "Herald"}, {**full_name, "outlet": "Herald"}, full_name, full_name)
    ):
        name = "M. Tokoev" if fields["text"] != TEXT else "Melis Tokoev"
        filed(app.store, hit(name, text=fields["text"]), title=f"Number {n + 1}", at=NOW + n * MINUTE, **fields)
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    for n in range(1, 6):
        judge(browser, n, "not-relevant:another-person" if n in {2, 3} else "relevant")
    page = html.fromstring(browser.get("/items/6").text)
    lines = [" ".join(e.text_content().split()) for e in page.xpath("//section[@class='earlier']//li")]
    assert [words.split(" · ")[1].split(" also")[0] for words in lines] == ["Number 5", "Number 1", "Number 4"]
    assert "relevant" in lines[0] and "also as Melis Tokoev, also at Sport" in lines[0] and "Aida" in lines[0]
    assert "also at" not in lines[2] and "also as Melis Tokoev" in lines[2]
    assert page.xpath("//section[@class='earlier']//a/@href") == ["/items/5", "/items/1", "/items/4"]
    likely = page.xpath("//p[@class='so-far']")[0].text_content()
    assert "Correct in 3 of 5 stories so far: of a hundred, likely 23 to 88." in " ".join(likely.split())
    earlier_rows = html.fromstring(browser.get("/items/2").text).xpath("//section[@class='earlier']//li")
    assert "another person" in earlier_rows[0].text_content() and "also as M. Tokoev" in " ".join(
        earlier_rows[0].text_content().split()
    )
    app.close()


def test_the_evidence_of_an_article_is_at_hand_on_the_card(aida: Browser):
    page = html.fromstring(aida.get("/items/2").text)
    assert page.xpath("//code/@title")[0] == f"SHA-256: {sha256(TEXT.encode()).hexdigest()}"
    assert "fetched" in page.xpath("//section[@class='paper']")[0].text_content()
    live = page.xpath("//section[@class='paper']//a[@target='_blank']")[0]
    assert live.get("rel") == "noreferrer noopener external"


def test_the_link_to_an_article_tells_its_outlet_nothing_and_its_stored_address_stays(
    tmp_path: Path, sqlite_with_tables: Path
):
    app = opened_copy(sqlite_with_tables, tmp_path)
    watch(app.store)
    item = app.item(filed(app.store, url="https://post.example/news?id=7&utm_source=rss").id)
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    for address in (f"/items/{item.id}", f"/items/{item.id}/articles/{item.articles[0].id}"):
        page = html.fromstring(browser.get(address).text)
        assert page.xpath("//a[starts-with(@href, 'https://post.example')]/@href") == ["https://post.example/news?id=7"]
    assert "news?id=7&utm_source=rss" in page.text_content()
    assert item.articles[0].url.endswith("&utm_source=rss")
    app.close()


def test_a_card_shows_each_name_in_its_words_with_the_reason(aida: Browser):
    page = aida.get("/items/4?latin=1").text
    mark = '<mark><a href="#name-1" title="Melis Tokoev" data-whose="Melis Tokoev">Мелис Токоев</a></mark>'
    assert f"{mark} остаётся под стражей" in page
    assert "Melis Tokoev ostaetsya" in page and 'lang="ru-Latn"' in page
    assert "the name as listed" in page and "Our saved copy" in page
    article = aida.get("/items/2/articles/2").text
    assert sha256(TEXT.encode()).hexdigest() in article and 'rel="noreferrer noopener external"' in article


def answers(browser: Browser, number: int) -> list[str]:
    buttons = html.fromstring(browser.get(f"/items/{number}").text).xpath("//div[@class='verdicts']/button")
    return [" ".join(button.text_content().split()) for button in buttons[:2]]


def test_the_top_of_a_card_says_why_a_name_is_only_possible(aida: Browser):
    def top(number: int) -> list[str]:
        block = html.fromstring(aida.get(f"/items/{number}").text).xpath("//div[@class='to-names']/p")
        return [" ".join(line.text_content().split()) for line in block]

    assert top(1) == [f"Is this Melis Tokoev? {COMMON_NAME}"]  # the reason of this desk's mention
    assert top(4) == ["Named: Melis Tokoev"]
    assert answers(aida, 4) == ["Relevant A", "Not relevant X"]
    # What the top says, the list of reasons does not say once more; what it does not say, the list does.
    assert [aida.get(f"/items/{n}").text.count(why) for n, why in ((1, COMMON_NAME), (4, "the name as listed"))] == [
        1,
        1,
    ]
    judge(aida, 1, "relevant")
    assert top(1) == ["Named: Melis Tokoev"] and aida.get("/items/1").text.count(COMMON_NAME) == 1


def test_the_buttons_answer_whether_a_possible_name_is_the_watched_one(app: App, aida: Browser):
    assert answers(aida, 1) == ["Yes, relevant A", "No, another person X"]
    (no,) = html.fromstring(aida.get("/items/1").text).xpath("//button[@data-key='x']/@value")
    judge(aida, 1, no)
    (decision,) = app.item(1).history
    assert (decision.verdict, decision.reason) == (Verdict.NOT_RELEVANT, Reason.ANOTHER_PERSON)
    # Beside another name that waits, the answer is about the story.
    text = "Melis Tokoev knows Cholpon Arzyeva."
    possible, cholpon = hit(text=text, confidence=Confidence.POSSIBLE), hit("Cholpon Arzyeva", "cholpon", text=text)
    item = filed(app.store, possible, cholpon, text=text)
    assert answers(aida, item.id) == ["Relevant A", "Not relevant X"]
    judge(aida, item.id, "relevant", entity=entity_numbers(app.store)["cholpon"])
    assert answers(aida, item.id) == ["Yes, relevant A", "No, another person X"]


def test_a_possible_name_has_its_reason_in_short_in_its_row_until_it_is_judged(aida: Browser):
    def chips(number: int) -> str:
        (row,) = html.fromstring(aida.get("/queue").text).xpath(f"//li[.//a[@id='item-{number}']]")
        return " ".join(row.xpath("string(.//p[@class='chips'])").split())

    assert chips(1) == f"Melis Tokoev? (possible) {COMMON_NAME}" and chips(4) == "Melis Tokoev"


@pytest.mark.parametrize(
    ("published", "text_from", "facts"),
    [
        (NOW - 3 * HOUR, TextFrom.PAGE, "published 2 Mar, 05:00 (3 hours ago) · found 08:00"),
        (NOW - DAY, TextFrom.PAGE, "published 1 Mar, 08:00 (1 day ago) · found 2 Mar, 08:00"),
        (NOW - DAY, TextFrom.FEED, "published 1 Mar, 08:00 (1 day ago) · found 2 Mar, 08:00 · only title and summary"),
        (None, TextFrom.PAGE, "found 2 Mar, 08:00"),
    ],
)
def test_a_card_says_when_it_was_published_and_when_found(
    app: App, aida: Browser, published: datetime | None, text_from: TextFrom, facts: str
):
    item = filed(app.store, hit(), published=published, text_from=text_from)
    page = html.fromstring(aida.get(f"/items/{item.id}").text)
    line = " ".join(page.xpath("string(//header/p[@class='facts'])").split())
    assert line.partition("English · ")[2] == facts
    assert "only title and summary" not in page.xpath("string(//section[@class='paper'])")


def test_a_card_says_when_its_present_words_are_later_than_its_publication(app: App, aida: Browser):
    """As where an outlet uses an old address again, or adds a name to an article of last month."""
    item = filed(app.store, hit(), published=NOW - 30 * DAY)
    for stored, is_said in ((-29 * DAY - 20 * HOUR, False), (-DAY, True)):
        with app.store.database.writing("a test") as connection:
            of_article = t.article_version.c.article == item.articles[0].id
            version = connection.execute(select(t.article_version).where(of_article)).first()._asdict()
            second = version | {"version": version["version"] + 1, "stored": NOW + stored}
            connection.execute(delete(t.article_version).where(of_article, t.article_version.c.version > 1))
            connection.execute(insert(t.article_version).values(second | {"version": 2}))
            connection.execute(update(t.article).where(t.article.c.id == item.articles[0].id).values(version=2))
        page = html.fromstring(aida.get(f"/items/{item.id}").text)
        line = " ".join(page.xpath("string(//header/p[@class='facts'])").split())
        assert ("its present words are of 1 Mar, 08:00" in line) is is_said, line
        assert ("its present words" in line) is is_said


def test_a_possible_name_is_answered_where_the_story_is_unless_there_are_others(app: App, aida: Browser):
    def name_parts(browser: Browser, number: int) -> list[str]:
        (name,) = html.fromstring(browser.get(f"/items/{number}").text).xpath("//section[.//h2[. = 'Melis Tokoev']]")
        parts = name.xpath(".//h2 | .//p[@class='tags'] | .//form/button | .//summary[@data-key]")
        return [words for part in parts if (words := " ".join(part.text_content().split()))]

    assert name_parts(aida, 1) == ["Melis Tokoev", "possible"]
    text = "Melis Tokoev knows Cholpon Arzyeva."
    cholpon = hit("Cholpon Arzyeva", entity="cholpon", text=text)
    two = filed(app.store, hit(text=text, confidence=Confidence.POSSIBLE), cholpon, text=text)
    assert name_parts(aida, two.id) == ["Melis Tokoev", "possible", "Separately…"]
    assert name_parts(aida, 4) == ["Melis Tokoev", "Separately…"]
    reader = client(create_desk(app), account(app, "Rita", Role.READER))
    assert name_parts(reader, 1) == ["Melis Tokoev", "possible"]
    judge(aida, 1, "relevant", entity=entity_numbers(app.store)["melis"])
    assert name_parts(aida, 1) == ["Melis Tokoev", "possible relevant", "Separately…"]


def test_a_card_folds_away_whose_romanisation_a_name_follows(app: App, aida: Browser):
    text = "Суд отпустил Melis Tokoev."
    detail = Message(REASON_ROMANISATION, "Tokoev", Message("{} for {}", "kh", "х"), code=Code.ROMANISATION)
    named = replace(mention("Melis Tokoev", text), why=(Message(REASON_OTHER_SCRIPT, "Tokoev", "Токоев"), detail))
    item = filed(app.store, replace(hit(text=text), mentions=(named,)), text=text)
    page = html.fromstring(aida.get(f"/items/{item.id}").text)
    (fold,) = page.xpath("//details[@class='why']//details")
    assert "open" not in fold.attrib
    assert [e.text_content() for e in fold] == ["How it is romanised", "letters of Tokoev: kh for х"]
    (reason,) = page.xpath("//details[@class='why']/ul/li/ul/li")
    assert reason.text_content() == "“Tokoev” = Токоев in the other script"
    (mention_row,) = item_row(app.item(item.id), item.lead)["hits"][0]["mentions"]
    assert (mention_row["why"], mention_row["romanisation"]) == ([str(named.why[0])], [str(detail)])


def test_a_card_does_not_say_of_a_judged_name_that_it_was_never_judged(app: App, aida: Browser):
    assert "no earlier decision" in words_of(aida, "/items/3")
    judge(aida, 3, "relevant")
    assert "no earlier decision" not in words_of(aida, "/items/3")


@pytest.mark.parametrize(("language", "does", "done"), [("ru", "разделить сюжет", "сюжет разделён"),
                                                        ("ky", "окуяны бөлүү", "окуя бөлүндү")])  # fmt: skip
def test_the_list_of_keys_says_what_a_key_does_not_what_was_done(app: App, language: str, does: str, done: str):
    page = client(create_desk(app), account(app, "Vera", Role.REVIEWER, language)).get("/queue").text
    assert does in page and done not in page


def test_a_stored_text_is_whole_and_shows_where_it_names_somebody(app: App, aida: Browser):
    text = "  Melis Tokoev <b>was held</b>.\n\nCholpon Arzyeva\tknows Melis\nTokoev; Melis Tokoev does not.\n"
    named = (hit("Melis Tokoev", text=text), hit("Cholpon Arzyeva", entity="cholpon", text=text))
    item = filed(app.store, *named, at=NOW, text=text, title="Held")
    page = f"/items/{item.id}/articles/{item.lead.id}"
    shown = html.fromstring(aida.get(page).text).xpath("//div[@class='text']")[0]
    assert [p.text_content().strip() for p in shown] == [line.strip() for line in text.splitlines() if line]
    marked = ["Melis Tokoev", "Cholpon Arzyeva"]
    assert [mark.text_content() for mark in shown.iter("mark")] == marked
    assert [a.get("title") for a in shown.iter("a")] == marked
    assert all("/names/" in a.get("href") for a in shown.iter("a"))


def test_a_date_without_a_time_is_shown_with_the_sources_own_words(app: App, aida: Browser):
    date_line = "the source wrote: 02.03.2026"
    for precision, shown in (("moment", False), ("day", True)):
        with app.store.database.writing("a test") as connection:
            values = {"published": NOW, "published_precision": precision, "published_raw": "02.03.2026"}
            connection.execute(update(t.article_version).where(t.article_version.c.article == 2).values(values))
        assert (date_line in aida.get("/items/2/articles/2").text) is shown


@pytest.mark.parametrize(
    ("precision", "words"), [("moment", "published"), ("day", "published"), ("updated", "updated")]
)
def test_an_article_whose_source_dates_changes_alone_is_called_updated(app: App, aida: Browser, precision, words):
    with app.store.database.writing("a test") as connection:
        values = {"published": NOW, "published_precision": precision, "published_raw": "2026-03-02T10:00:00Z"}
        connection.execute(update(t.article_version).where(t.article_version.c.article == 2).values(values))
    card = html.fromstring(aida.get("/items/2").text).xpath("string(//span[@class='age']/..)")
    assert {word for word in ("published", "updated") if f"{word} " in card} == {words}
    terms = html.fromstring(aida.get("/items/2/articles/2").text).xpath("//dt/text()")
    assert {"Published", "Updated"} & {*terms} == {words.capitalize()}


@given(st.text("абв .\n", max_size=2700), st.data())
def test_an_article_is_its_own_text_with_its_places_marked(source: str, data: st.DataObject):
    place = st.integers(0, len(source)).flatmap(lambda a: st.integers(a, len(source)).map(lambda b: Span(a, b)))
    inside = sorted(data.draw(st.lists(place, max_size=4)), key=lambda s: s.start)
    parts = list(split_at_mentions(source, Span(0, len(source)), inside))
    assert "".join(p.text for p in parts) == source
    paragraphs = "".join(
        p.text for parts in _marked_paragraphs(source, dict.fromkeys(inside, ("melis",))) for p in parts
    )
    assert "".join(paragraphs.split()) == "".join(source.split())


def test_a_word_named_twice_in_a_sentence_is_marked_twice():
    source = "Kos asked Kos."
    parts = split_at_mentions(source, Span(0, len(source)), [Span(0, 3), Span(10, 13)])
    assert list(parts) == [TextPart("Kos", True), TextPart(" asked "), TextPart("Kos", True), TextPart(".")]


def test_words_for_whom_an_act_struck_are_marked_only_where_they_cut_no_name_in_two():
    text = "Guards held a reporter of Novaya Liniya. They let an editor go."
    incident = Incident((PressAct.DETAINED,), VictimKind.PERSON)
    hits = [
        (
            digests.hit("Press", text, words, where=1, kind=EntityType.PRESS),
            mention(words, text, "press", alias="detained", incident=incident),
        )
        for words in ("a reporter of Novaya", "an editor")
    ]
    hits.append(
        (digests.hit("Novaya Liniya", text, "Novaya Liniya", where=1), mention("Novaya Liniya", text, "novaya"))
    )
    marked = [replace(of, mentions=(ItemMention(place, 1, text),)) for of, place in hits]
    story = digests.item(7, [digests.article(1, "Post", "A session", NOW)], marked)
    view = build_article_view(story, story.articles[0], StoredText(article("post.example/1", text, "A session"), ""))
    assert [part.text for p in view.paragraphs for part in p.parts if part.is_mention] == ["Novaya Liniya", "an editor"]
