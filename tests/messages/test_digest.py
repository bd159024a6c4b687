"""The sections of a digest, its counts, and what programs read of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.digests import WINDOW, arrest, article, at, hit, item
from messages.digest_days import (
    NEXT,
    agency,
    digest,
    follow_up,
    full_day,
    only_copies,
    outlet_story,
    quiet_day,
    sports,
    summons,
)
from messages.press_stories import digest_of, quiet
from monitor.messages.content.layout import lay_out, subject
from monitor.messages.content.phrasing import excerpt
from monitor.messages.content.render import as_json, as_text
from monitor.messages.content.stories.build import LISTED_SECTIONS, DigestStory
from monitor.model import Change, Decision, Entity, EntityType, Field, Finding, ReviewItem, State, TextFrom, Verdict
from monitor.review.scope import with_local_names


def test_json_is_english_whatever_the_readers_language():
    assert as_json(digest(full_day(), language="ky")) == as_json(digest(full_day()))


# ---- the sections ---------------------------------------------------------------------------------------------------


def section_of(one: ReviewItem) -> str:
    sections = as_json(digest(quiet_day(items=(one,))))["sections"]
    (name,) = [name for name, stories in sections.items() if stories]
    return str(name)


@pytest.mark.parametrize(
    ("one", "section"),
    [
        (arrest(), "new"),
        (follow_up(), "follow_up"),
        (sports(), "possible"),
        (only_copies(), "spreading"),
        (item(5, [replace(arrest().articles[1], copy_of=77)], arrest().hits), "new"),
        (replace(follow_up(), state=State.OPEN, history=(), verdict=None), "follow_up"),
        (replace(arrest(), state=State.DECIDED, verdict=Verdict.NOT_RELEVANT), "new"),
        (replace(follow_up(), hits=(replace(sports().hits[0], mentions=follow_up().hits[0].mentions),)), "possible"),
        (replace(agency(), hits=(replace(agency().hits[0], alerts=False),)), "possible"),
    ],
)
def test_a_story_stands_in_the_section_of_what_happened_to_it(one: ReviewItem, section: str):
    assert section_of(one) == section


@pytest.mark.parametrize("section", LISTED_SECTIONS)
def test_a_story_of_each_section_stands_in_mail_subject_and_first_lines(section: str):
    finding = Finding(Change.SENTENCE, "Второй мяч", "Третий мяч", article=50, version=2, found=at(24, "21:00"))
    with_story = {section: (DigestStory(sports(), sports().lead, sports().articles, (finding,)),)}
    issue = digest(quiet_day(), **with_story)
    assert "[1049]" in as_text(issue), f"`story_sections` has no section for {section}"
    assert subject(issue) != subject(digest(quiet_day())), f"`_stories_in_short` does not count {section}"
    without_it = digest(quiet_day(items=(follow_up() if section == "new" else arrest(),)))
    page, before = lay_out(replace(without_it, **with_story)), lay_out(without_it)
    assert (page.title, page.opening) != (before.title, before.opening), f"the first lines do not count {section}"


def test_an_article_filed_as_the_window_ends_is_for_the_next_one():
    lead = arrest().articles[0]
    assert section_of(item(1, [replace(lead, filed=WINDOW.since)], arrest().hits)) == "new"
    next_digest = digest(quiet_day(items=(item(1, [replace(lead, filed=WINDOW.until)], arrest().hits),)))
    assert as_json(next_digest)["counts"]["stories"] == 0


def test_people_come_first_then_outlets_then_bodies_then_the_hour():
    issue = digest(replace(full_day(), items=(agency(), outlet_story(), summons(), arrest())))
    assert [story.item.id for story in issue.new] == [1042, 1043, 1044, 1041]


def test_a_follow_up_shows_the_new_article_and_the_decision_it_follows():
    text = as_text(digest(quiet_day(items=(follow_up(),))))
    assert "FOLLOW-UP to a story you reviewed on 23 Nov\n  [1017] Адвокат: Токоева не пускают" in text
    assert "Токоева задержали" not in text
    undecided = replace(follow_up(), state=State.OPEN, history=(), verdict=None)
    assert "FOLLOW-UP to a story you know\n" in as_text(digest(quiet_day(items=(undecided,))))


def test_an_undone_decision_is_not_told_as_one():
    undo = Decision(1017, 2, at(23, "12:00"), "aida", None, undoes=5, id=6)
    text = as_text(digest(quiet_day(items=(replace(follow_up(), history=(*follow_up().history, undo)),))))
    assert "you reviewed" not in text
    assert "Decision" not in text


def test_a_follow_up_that_was_decided_again_tells_what_stands_now():
    new_decision = Decision(1017, 2, at(25, "07:30"), "aida", Verdict.NOT_RELEVANT, id=6)
    one = replace(follow_up(), state=State.DECIDED, history=(*follow_up().history, new_decision))
    text = as_text(digest(quiet_day(items=(one,))))
    assert "not relevant, 25 Nov\n" in text
    assert "23 Nov" not in text.partition("FOLLOW-UP")[2]
    assert "Why it is back" not in text


def test_what_was_decided_meanwhile_is_said():
    decision = Decision(1042, 1, at(25, "07:10"), "aida", Verdict.NOT_RELEVANT, id=1)
    text = as_text(digest(quiet_day(items=(replace(arrest(), state=State.DECIDED, history=(decision,)),))))
    assert "; not relevant, 25 Nov\n" in text.replace("\n  not", " not")


def test_the_surest_words_of_the_article_shown_are_quoted():
    one = arrest()
    first, title = one.hits[0], "Суд продлил арест Мелису Токоеву"
    in_title = hit("Melis Tokoev", title, "Мелису Токоеву", "full name", where=1, field=Field.TITLE).mentions[0]
    weak = hit("Melis Tokoev", "Он же М. Токоев.", "М. Токоев", "initial", where=1, is_sure=False).mentions[0]
    in_copy = hit("Melis Tokoev", "Копия: Токоев Мелис.", "Токоев Мелис", "full name", where=2).mentions[0]
    earlier = hit("Melis Tokoev", "Токоев молчал.", "Токоев", "surname", where=1).mentions[0]
    earlier = replace(earlier, mention=replace(earlier.mention, score=90.0))
    with_mentions = replace(first, mentions=(weak, in_copy, in_title, earlier, *first.mentions))
    text = as_text(digest(quiet_day(items=(replace(one, hits=(with_mentions,)),))))
    assert "оставил Токоева Мелиса под" in text
    assert "Копия" not in text


@pytest.mark.parametrize(
    ("sentence", "words", "shown"),
    [
        ("Коротко о Токоеве.", "Токоеве", "«Коротко о Токоеве.»"),
        (
            "a" * 20 + " " + "b" * 20 + " Melis Tokoev " + "c" * 20 + " " + "d" * 20,
            "Melis Tokoev",
            f"«…{'b' * 20} Melis Tokoev {'c' * 20}…»",
        ),
        ("a" * 200 + " Tokoev, " + "c" * 200, "Tokoev", "«…Tokoev…»"),
        ("", "Tokoev", "«Tokoev»"),
        ("another sentence", "Tokoev", "«Tokoev»"),
        ("Melis\n\u202eTokoev\u2028spoke", "Melis\nTokoev", "«Melis Tokoev spoke»"),
    ],
)
def test_an_excerpt_keeps_the_matched_words_whole(sentence: str, words: str, shown: str):
    assert str(excerpt(sentence, words)) == shown


# ---- counts that add up ---------------------------------------------------------------------------------------------


_ARTICLES = st.lists(st.tuples(st.integers(20, 26), st.booleans()), min_size=1, max_size=5)
_STORIES = st.lists(st.tuples(_ARTICLES, st.booleans(), st.sampled_from(EntityType)), max_size=12)


def _a_story(number: int, days: list[tuple[int, bool]], is_sure: bool, kind: EntityType) -> ReviewItem:
    days.sort()
    articles = [
        article(
            number * 10 + n,
            f"Outlet {n}",
            f"Story {number}",
            at(day, "09:00"),
            copy_of=number * 10 if n and copy else None,
        )
        for n, (day, copy) in enumerate(days)
    ]
    named = hit(
        "Melis Tokoev",
        "Melis Tokoev spoke.",
        "Melis Tokoev",
        "same name",
        where=number * 10,
        kind=kind,
        is_sure=is_sure,
    )
    return item(number, articles, [named])


@given(_STORIES)
def test_counts_add_up_and_no_story_is_told_twice(stories: list[tuple[list[tuple[int, bool]], bool, EntityType]]):
    items = tuple(_a_story(100 + n, *story) for n, story in enumerate(stories))
    issue = digest(quiet_day(items=items))
    gained = [one.id for one in items if any(a.filed in WINDOW for a in one.articles)]
    record = as_json(issue)
    everywhere = [story["item"] for section in record["sections"].values() for story in section]
    assert sorted(everywhere) == gained
    assert {name: len(section) for name, section in record["sections"].items()} == {
        name: record["counts"][name] for name in record["sections"]
    }
    assert record["counts"]["stories"] == len(gained)
    for kind, count in (("new", len(issue.new)), ("follow-ups?", len(issue.follow_up))):
        count_line = re.search(rf"(\d+) {kind}[,;]", subject(issue))
        assert (int(count_line[1]) if count_line else 0) == count
    shown = re.findall(r"\[(\d+)]", as_text(issue))
    assert len(shown) == len(set(shown)) == min(10, len(issue.possible)) + len(issue.new) + len(issue.follow_up)
    json.dumps(record)


def test_the_first_lines_say_what_the_sections_hold():
    text = as_text(digest(full_day()))
    assert text.startswith("4 new stories: ") and text.count("1 follow-up") == 1  # nothing twice
    deck = "11 not yet reviewed: 4 new, 1 follow-up, 2 possible, 4 from before (since Mon 23 Nov)"
    trouble = (
        "2 copies joined 1 story you know. 43 of 44 sources read, last at 07:47; Novaya Liniya refuses our server."
    )
    assert deck in text.replace("\n", " ") and trouble in text.replace("\n", " ")


def test_programs_get_ids_counts_and_times_in_utc():
    record = json.loads(json.dumps(as_json(digest(full_day(), next_at=NEXT))))
    assert record["window"] == {
        "since": "2026-11-24T02:00:00Z",
        "until": "2026-11-25T02:00:00Z",
        "timezone": "Asia/Bishkek",
    }
    assert record["counts"]["stories"] == len(full_day().items)
    assert record["waiting"] == {"count": 11, "oldest": "2026-11-23T03:00:00Z"}
    assert [h["entity"] for h in record["sections"]["new"][0]["hits"]] == [
        "melis-tokoev",
        "kos",
        "tolkun-media",
        "cholpon-arzyeva",
    ]
    assert record["sources"]["refused"][0]["feed"] == "feed-44"
    assert record["alarm"] == ""


@pytest.mark.parametrize("origin", TextFrom)
def test_only_a_story_of_a_summary_is_said_to_be_one(origin: TextFrom):
    (lead,) = quiet(10).articles
    page = lay_out(digest_of(replace(quiet(10), articles=(replace(lead, text_from=origin),))))
    facts = page.sections[0].cards[0].facts
    assert ("only title and summary" in facts) is (origin is TextFrom.FEED)


def test_a_body_that_is_only_counted_has_its_name_in_the_readers_language():
    local = with_local_names(full_day(), {"kos": "КОС"}, [Entity("kos", "KOS"), Entity("mia", "MIA")])
    assert local.counted == {"КОС": 14} and full_day().counted == {"KOS": 14}
    assert with_local_names(full_day(), {"mia": "МВД"}, [Entity("kos", "KOS")]).counted == {"KOS": 14}
