"""Rows of the list: which names stand there, answers that are called so, and days that are days."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.digests import article, at, hit, item
from kit.store import NOW, filed
from monitor.model import Decision, EntityType, Field, Incident, ItemHit, PressAct, Role, State, Verdict, VictimKind
from monitor.model.press import Custody
from monitor.text.incidents_shown import incidents_above
from monitor.text.lead import TextPart
from monitor.web import create_desk
from monitor.web.item_view import further_acts, grave_news, names_beside, near_name
from web.queue_desk import aida, app, bakyt, change_headline, filled, judge, words_of

__all__ = ["aida", "app", "bakyt", "filled"]

BODY = hit(
    "Committee for Public Calm",
    "The Committee for Public Calm met.",
    "Committee",
    where=1,
    kind=EntityType.ORGANIZATION,
)
OUTLET = hit("Kloop", "Kloop wrote.", "Kloop", where=1, kind=EntityType.OUTLET)
EMIL = hit("Emil Doolotov", "Doolotov came.", "Doolotov", where=1)
MAYBE = hit("Aza Ismailova", "Ismailova came.", "Ismailova", where=1, is_sure=False)
IN_TITLE = hit("Melis Tokoev", "Tokoev is free", "Tokoev", where=1, field=Field.TITLE)
ELSEWHERE = hit("Cholpon Arzyeva", "Arzyeva is free", "Arzyeva", where=2, field=Field.TITLE)


@pytest.mark.parametrize(
    ("headline", "hits", "shown", "more_names"),
    [
        ("A session", [BODY, OUTLET, EMIL], ["Emil Doolotov", "Kloop"], 1),
        ("A session", [MAYBE, EMIL], ["Emil Doolotov", "Aza Ismailova"], 0),
        ("A session", [BODY], ["Committee for Public Calm"], 0),  # the first, however long
        ("Tokoev is free", [IN_TITLE, EMIL], ["Melis Tokoev", "Emil Doolotov"], 0),
        ("Tokoev is free", [IN_TITLE, OUTLET], ["Melis Tokoev", "Kloop"], 0),  # an outlet is not the story's subject
        ("Doolotov, Emil: a portrait", [EMIL], ["Emil Doolotov"], 0),  # also where the headline says it
        ("DOOLOTOV speaks", [EMIL], ["Emil Doolotov"], 0),
        ("A session", [ELSEWHERE], ["Cholpon Arzyeva"], 0),  # in another article's headline
        ("A session", [EMIL, *(replace(EMIL, entity=f"e{n}") for n in range(9))], ["Emil Doolotov"] * 2, 8),
        ("A session", [], [], 0),
    ],
)
def test_each_row_has_its_names_as_far_as_there_is_room(headline, hits, shown, more_names):  # type: ignore[no-untyped-def]
    story = item(7, [article(1, "Post", headline, at(24, "16:12")), article(2, "Other", "x", at(24, "17:00"))], hits)
    chips, rest_count = names_beside(story, lambda one: one.name)
    assert ([chip.name for chip in chips], rest_count) == (shown, more_names)


@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        ("A session", ["Melis Tokoev", "Novaya Liniya"]),
        ("Melis Tokoev is held", ["Melis Tokoev", "Novaya Liniya"]),  # else the outlet would seem to be held
    ],
)
def test_who_suffered_stands_first_beside_what_was_done(headline: str, shown: list[str]):
    sentence, victim = "A court held Melis Tokoev of Novaya Liniya.", "Melis Tokoev"
    arrest = Incident((PressAct.DETAINED,), VictimKind.PERSON, "journalist", victim)
    press = hit("Press", sentence, victim, arrest.in_words(victim), where=1, kind=EntityType.PRESS)
    press = replace(
        press, mentions=tuple(replace(m, mention=replace(m.mention, incident=arrest)) for m in press.mentions)
    )
    people = [hit("Novaya Liniya", sentence, "Novaya Liniya", where=1, kind=EntityType.OUTLET),
              hit(victim, sentence, victim, where=1), press]  # fmt: skip
    story = item(7, [article(1, "Post", headline, at(24, "16:12"))], people)
    (incident,) = story.incidents
    assert incident.in_words() == "detained · a journalist, Melis Tokoev"
    assert incident.in_words(without=[one.entity for one in people]) == "detained · a journalist"
    chips, _ = names_beside(story, lambda one: one.name)
    assert [chip.name for chip in chips] == shown


def test_names_make_room_for_what_else_was_done():
    story = item(7, [article(1, "Post", "A session", at(24, "16:12"))], [EMIL, MAYBE])
    for further, shown in (((), 2), (("searched", "attacked"), 1), (("x" * 99,), 1)):
        assert len(names_beside(story, lambda one: one.name, further)[0]) == shown


def press_hit(number: int, *acts: PressAct, role: str = "journalist", custody: Custody = Custody.TAKEN) -> ItemHit:
    sentence = "They came."
    of_press = hit("Press", sentence, "They", where=1, kind=EntityType.PRESS)
    (mention,) = of_press.mentions
    incident = Incident(acts, VictimKind.PERSON, role, f"Somebody {number}")
    return replace(
        of_press, mentions=(replace(mention, mention=replace(mention.mention, incident=incident, custody=custody)),)
    )


@pytest.mark.parametrize(
    ("tellings", "further", "further_count"),
    [
        ([(PressAct.DETAINED,), (PressAct.SEARCHED,)], ["searched"], 0),
        # The gravest stands first in the row.
        ([(PressAct.DETAINED,), (PressAct.SUMMONED,), (PressAct.BEATEN,)], ["detained", "summoned"], 0),
        ([(PressAct.DETAINED,), (PressAct.FINED, PressAct.SUMMONED), (PressAct.BEATEN,)], ["detained", "summoned"], 1),
        ([(PressAct.DETAINED,)], [], 0),
        ([(PressAct.DETAINED, PressAct.SEARCHED)], [], 0),  # the first says both
        ([], [], 0),
    ],
)
def test_a_row_tells_what_else_was_done_the_gravest_first(tellings, further, further_count):  # type: ignore[no-untyped-def]
    hits = [press_hit(number, *acts) for number, acts in enumerate(tellings)]
    merged = [replace(hits[0], mentions=tuple(m for one in hits for m in one.mentions))] if hits else []
    story = replace(item(7, [article(1, "Post", "A session", at(24, "16:12"))], merged))
    words, further_words = further_acts(incidents_above(story, story.lead))
    assert [list(map(str, words)), further_words] == [further, further_count]


IN_CUSTODY, SET_FREE = (PressAct.DETAINED, Custody.KEPT), (PressAct.DETAINED, Custody.RELEASED)


@pytest.mark.parametrize(
    ("state", "acts", "grave"),
    [
        (State.OPEN, [IN_CUSTODY], (True, False)),
        (State.OPEN, [SET_FREE], (False, False)),
        (State.OPEN, [(PressAct.KILLED, Custody.TAKEN), (PressAct.FINED, Custody.TAKEN)], (True, False)),
        (State.OPEN, [(PressAct.SEARCHED, Custody.TAKEN)], (False, False)),
        (State.OPEN, [], (False, False)),
        (State.FOLLOW_UP, [IN_CUSTODY], (False, False)),  # reviewed
        (State.DECIDED, [IN_CUSTODY], (False, False)),
        (State.LATER, [IN_CUSTODY], (False, False)),
    ],
)
def test_only_what_is_grave_and_not_reviewed_is_red(state, acts, grave):  # type: ignore[no-untyped-def]
    places = [one for act, custody in acts for one in press_hit(1, act, custody=custody).mentions]
    filed = article(1, "Post", "A session", at(24, "16:12"))
    last = Decision(7, 1, at(24, "18:00"), "Aida", Verdict.RELEVANT)
    story = item(7, [filed], [replace(press_hit(1), mentions=tuple(places))], state=state)
    story = replace(story, history=(last,) if state is not State.OPEN else ())
    assert grave_news(story, incidents_above(story, story.lead)) == grave


def test_a_grave_act_that_is_first_told_after_the_decision_is_red():
    articles = [article(1, "Post", "A session", at(24, "16:12")), article(2, "Post", "A session", at(25, "09:00"))]
    (beating,) = press_hit(1, PressAct.BEATEN).mentions
    hits = [replace(press_hit(1), mentions=(replace(beating, article=2),))]
    story = item(7, articles, hits, state=State.FOLLOW_UP)
    for clock, grave in (("08:00", True), ("10:00", False)):
        decided = replace(story, history=(Decision(7, 1, at(25, clock), "Aida", Verdict.RELEVANT),))
        assert grave_news(decided, incidents_above(decided, decided.lead)) == (grave, False)


def test_a_headline_is_bold_until_somebody_reviews_its_story(aida: Browser):
    judge(aida, 4, "later:1")
    for tab, weight in (("new", "line unread"), ("later", "line")):
        page = html.fromstring(aida.get(f"/queue?show={tab}").text)
        assert {p.get("class") for p in page.xpath("//p[a[@class='open']]")} == {weight}


def test_a_row_shows_of_a_changed_headline_only_what_changed(app: App, aida: Browser):
    same = "Reporters of the valley who wrote about the sale of the shore say that Melis Tokoev was"
    change_headline(app, 3, f"{same} detained", f"{same} questioned")
    rows = html.fromstring(aida.get("/queue").text).xpath("//li[@class='row']//span[@class='again']")
    (changed,) = [row for row in rows if "headline changed" in row.text_content()]
    assert [part.text_content() for part in changed.xpath(".//del | .//ins")] == ["before: detained", "now: questioned"]
    assert "Reporters of the valley" not in changed.text_content() and "became" not in changed.text_content()


def test_the_change_on_a_card_leads_to_its_article_unless_that_is_shown(app: App, aida: Browser):
    change_headline(app, 2, "He was detained", "He was questioned")
    lead = app.item(2).articles[0].id
    (copy,) = [a.id for a in app.item(2).articles if a.id != lead]
    for shown, links in ((lead, []), (copy, [f"/items/2?article={lead}"])):
        page = html.fromstring(aida.get(f"/items/2?article={shown}").text)
        assert page.xpath("//p[@class='again']//a/@href") == links
        # The label has the colour of a warning, what was written has its own.
        assert page.xpath("normalize-space(//p[@class='again']/text())") == "New in it:"
        assert page.xpath("//p[@class='again']/span[@class='change']//ins")


def test_decided_possible_items_stand_under_their_own_heading(aida: Browser):
    judge(aida, 1, "not-relevant")
    judge(aida, 3, "relevant")
    assert headings(aida, "/queue?show=decided") == ["Today", "Possible"]


def test_the_button_of_the_filters_stays_and_closes_them(aida: Browser):
    def button(query: str) -> tuple[str, str | None]:
        (link,) = html.fromstring(aida.get(f"/queue{query}").text).xpath("//a[. = 'Filters']")
        return link.get("href"), link.get("aria-current")

    assert button("") == ("/queue?filters=1", None)
    assert button("?filters=1") == ("/queue", "true")
    # What is filtered stays so.
    assert button("?sure=strong&filters=1") == ("/queue?sure=strong&filters=1", "true")


def test_a_row_shows_its_names_below_the_headline_and_counts_the_rest(app: App, aida: Browser):
    row = html.fromstring(aida.get("/queue").text).xpath("//li[.//a[@id='item-3']]")[0]
    assert [" ".join(chip.text_content().split()) for chip in row.find_class("chip")] == [
        "Melis Tokoev",
        "Cholpon Arzyeva",
    ]
    assert not row.find_class("line")[0].find_class("chip")
    possible = html.fromstring(aida.get("/queue").text).xpath("//li[.//a[@id='item-1']]")[0]
    assert "possible" in possible.text_content()


def headings(browser: Browser, link: str = "/queue") -> list[str]:
    return html.fromstring(browser.get(link).text).xpath("//li[@class='part']/h2/text()")


def test_a_line_parts_possible_items_from_the_clear_ones_above_them(aida: Browser):
    rows = html.fromstring(aida.get("/queue").text).xpath("//ol[@class='rows']/li")
    line = [row.get("class") for row in rows].index("part", 1)
    assert rows[line].text_content() == "Possible" and 1 < line < len(rows) - 1
    assert [bool(row.find_class("possible")) for row in rows[:line]] == [False] * line
    assert all(row.find_class("possible") for row in rows[line + 1 :])
    for filters in ("show=possible", "sure=strong", "sure=possible"):
        assert headings(aida, f"/queue?{filters}") == ["Today"]


def test_a_day_heads_the_items_that_came_on_it_and_their_times_need_no_day(app: App):
    for days in (1, 1, 2):
        filed(app.store, at=NOW + timedelta(days=days))
    app.clock.now = NOW + timedelta(days=2)  # type: ignore[attr-defined]
    days = ["Today", "Yesterday", "Monday, 2 March 2026"]
    reader = client(create_desk(app), account(app, "Vera", Role.READER))
    assert headings(reader) == [*days, "Possible"]
    *times, possible = html.fromstring(reader.get("/queue").text).xpath("//p[@class='meta']/time/text()")
    assert all(re.fullmatch(r"\d\d:\d\d", time) for time in times) and len(times) == 6
    assert possible == "2 Mar"  # its heading says no day


def test_no_order_by_gravity_is_offered_where_no_list_of_the_press_is(aida: Browser):
    page = aida.get("/queue").text
    assert "Gravest first" not in page and headings(aida, "/queue?by=gravest") == ["Gravest first", "Possible"]


def test_a_row_shows_the_time_by_which_it_is_sorted(app: App, aida: Browser):
    rows = html.fromstring(aida.get("/queue").text).xpath("//li[@class='row']")
    numbers = [int(row.xpath("string(.//a[@class='open']/@id)").removeprefix("item-")) for row in rows]
    shown = [datetime.fromisoformat(row.xpath("string(.//p[@class='meta']/time/@datetime)")) for row in rows]
    assert shown == [max(a.filed for a in app.item(number).articles) for number in numbers]


def test_an_answer_is_called_an_answer_in_the_list_and_on_its_tab(aida: Browser, bakyt: Browser):
    judge(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    assert "Asked of you 1" in words_of(bakyt, "/queue")
    judge(bakyt, 3, "unsure", version=2, colleague="Aida", note="It is.")
    page = words_of(aida, "/queue")
    assert "Answers to you 1" in page and "Bakyt answers you: It is." in page and "asks you" not in page
    judge(bakyt, 4, "unsure", colleague="Aida", note="And he?")
    assert "Asked and answered 2" in words_of(aida, "/queue")


def test_six_entries_lead_everywhere_and_the_newsroom_has_the_rest(app: App):
    root = client(create_desk(app), account(app, "Root", Role.ADMIN))

    def entries(path: str, place: str) -> list[str]:
        return [" ".join(a.text_content().split()) for a in html.fromstring(root.get(path).text).xpath(f"{place}/a")]

    top, newsroom_nav = "//header[@class='top']/nav", "//main/nav[@aria-label='Newsroom']"
    assert entries("/queue", top) == ["Queue", "Digest", "Archive", "Names", "Sources", "Newsroom"]
    assert entries("/queue", newsroom_nav) == []
    for path in ("/statistics", "/runs", "/recipients", "/recipients/new", "/people", "/audit"):
        assert entries(path, newsroom_nav) == ["Statistics", "Runs", "Recipients", "People", "Log"]
        page = html.fromstring(root.get(path).text)
        assert [a.text_content() for a in page.xpath(f"{top}/a[@aria-current]")] == ["Newsroom"]
        assert len(page.xpath(f"{newsroom_nav}/a[@aria-current='page']")) == 1
    reader = client(create_desk(app), account(app, "Reader", Role.READER))
    assert [a.text_content() for a in html.fromstring(reader.get("/runs").text).xpath(f"{newsroom_nav}/a")] == [
        "Statistics",
        "Runs",
    ]


def test_days_before_the_first_reading_are_no_days(app: App, aida: Browser):
    """The first reading of this desk is today's."""
    day = app.today()
    days = html.fromstring(aida.get("/digest").text).xpath("//nav[contains(@class, 'days')]/a/@href")
    assert days == ["/digest", f"/digest/{day}"]
    assert aida.get(f"/digest/{day}").status_code == 200
    assert aida.get(f"/digest/{day - timedelta(days=1)}").status_code == 404
    assert "The last 1 day" in words_of(aida, "/statistics")


def test_no_page_says_that_something_takes_no_time(app: App, aida: Browser):
    for number in (4, 3, 2):  # within one moment
        judge(aida, number, "relevant")
    assert "0 seconds" not in words_of(aida, "/statistics")


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("In court ", "In court "),
        ("", ""),
        ("The ministry said on Monday in a long statement that the reporter ", "… that the reporter "),
    ],
)
def test_the_sentence_of_a_row_begins_a_few_words_before_the_name(before: str, shown: str):
    name, end = TextPart("Melis", is_mention=True), TextPart(" was seen.")
    parts = [TextPart(before), name, end] if before else [name, end]
    assert "".join(part.text for part in near_name(parts)) == f"{shown}Melis was seen."


@pytest.mark.parametrize("words", ["two reporters of a local radio station", "Bektur Sapar uulu", "Melis"])
def test_before_a_longer_name_stand_fewer_words_so_that_it_is_whole(words: str):
    name = TextPart(words, is_mention=True)
    start, shown, _ = near_name([TextPart("The court in the capital ordered police to hold "), name, TextPart(" on.")])
    assert shown == name and start.text.startswith("… ") and start.text[2:] in "ordered police to hold "
    assert len(start.text) + len(words) <= max(32, 2 + len(words))


def test_a_sentence_that_names_nobody_is_shown_from_its_start():
    sentence = [TextPart("Nobody is named in this sentence, however long it may be.")]
    assert near_name(sentence) == sentence
