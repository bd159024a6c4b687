"""What somebody decided on: in a digest a line at its end, in a report gone if it was ruled out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.digests import at
from messages.digest_days import sports
from messages.press_stories import DETENTION, SEARCH, SUMMONS, digest_of, quiet, story_with
from monitor.messages.content.layout import lay_out
from monitor.messages.content.page import Page
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.messages.content.reports.report import lay_out_report, report_counts, report_subject
from monitor.model import Decision, PressAct, ReviewItem, State, Verdict


def decided(story: ReviewItem, verdict: Verdict, state: State = State.DECIDED) -> ReviewItem:
    decision = Decision(story.id, 1, at(25, "07:10"), "aida", verdict, id=1)
    return replace(story, state=state, verdict=verdict, history=(decision,))


def lines_of(page: Page) -> dict[str, list[int]]:
    """Return the stories of each section, in full or in one line."""
    return {
        section.title: [*(card.item for card in section.cards), *(brief.item for brief in section.briefs)]
        for section in page.sections
    }


def test_what_was_ruled_out_or_answered_is_a_line_at_the_end_of_a_digest():
    digest = digest_of(decided(sports(), Verdict.NOT_RELEVANT), decided(DETENTION, Verdict.NOT_RELEVANT), quiet(10))
    assert lines_of(lay_out(digest)) == {"FIRST SEEN IN THESE 24 HOURS": [10], "NOT RELEVANT": [4, 1049]}
    (first, _) = next(s for s in lay_out(digest).sections if s.briefs).briefs
    assert (first.headline, first.facts, first.name) == ("Headline 4.", "Outlet 4", "")
    assert first.decision == "not relevant, 25 Nov"
    assert first.incidents == ()  # what was ruled out is told of nobody
    answered = digest_of(decided(sports(), Verdict.RELEVANT), quiet(10))
    assert lines_of(lay_out(answered)) == {"FIRST SEEN IN THESE 24 HOURS": [10], "REVIEWED": [1049]}
    both = digest_of(decided(sports(), Verdict.RELEVANT), decided(DETENTION, Verdict.NOT_RELEVANT), quiet(10))
    assert lines_of(lay_out(both)) == {"FIRST SEEN IN THESE 24 HOURS": [10], "REVIEWED": [4, 1049]}
    # For programs each stands where it stood.
    assert [story["item"] for story in as_json(answered)["sections"]["possible"]] == [1049]


def test_the_stories_of_a_person_are_counted_without_those_that_somebody_ruled_out():
    def counts(*stories: ReviewItem) -> dict[str, int]:
        return {person.name: person.stories for person in lay_out(digest_of(*stories, SUMMONS)).people}

    assert counts(quiet(10), quiet(11)) == {"Bektur Sapar uulu": 1, "Aizada Doolot": 2}
    assert counts(quiet(10), decided(quiet(11), Verdict.NOT_RELEVANT)) == {"Bektur Sapar uulu": 1, "Aizada Doolot": 1}
    assert counts(quiet(10), decided(quiet(11), Verdict.RELEVANT)) == {"Bektur Sapar uulu": 1, "Aizada Doolot": 2}
    (hit,) = quiet(11).hits
    not_this_one = replace(quiet(11), hits=(replace(hit, verdict=Verdict.NOT_RELEVANT),))
    assert counts(quiet(10), not_this_one)["Aizada Doolot"] == 1


@pytest.mark.parametrize(
    "story",
    [
        sports(),
        decided(sports(), Verdict.NOT_RELEVANT, State.FOLLOW_UP),  # back with news
        decided(sports(), Verdict.UNSURE, State.OPEN),
    ],
)
def test_a_possible_story_that_waits_stays_a_question(story: ReviewItem):
    assert lines_of(lay_out(digest_of(story))) == {"POSSIBLE, please look": [1049]}


def test_a_sure_story_that_was_judged_relevant_stays_where_it_is():
    assert lines_of(lay_out(digest_of(decided(DETENTION, Verdict.RELEVANT)))) == {"FIRST SEEN IN THESE 24 HOURS": [4]}


def test_a_mailed_report_leaves_out_what_was_ruled_out_and_asks_for_no_look():
    ruled_out = decided(SUMMONS, Verdict.NOT_RELEVANT)
    digest = digest_of(decided(DETENTION, Verdict.RELEVANT), ruled_out, quiet(10), sports())
    page = lay_out_report(digest)
    assert lines_of(page) == {"FIRST SEEN IN THESE 24 HOURS": [4, 10], "POSSIBLE": [1049]}
    assert "3 stories" not in page.title and report_subject(digest).endswith(": 3 stories")
    decisions = {card.item: card.decision for s in page.sections for card in s.cards}
    assert decisions == {4: "relevant", 10: "not yet reviewed", 1049: "not yet reviewed"}
    assert page.opening == ("3 stories in 3 articles: 1 relevant, 2 not yet reviewed; 1 more was not relevant.",)
    # Programs count it; a digest says nothing of what waits.
    assert report_counts(digest)["stories"] == {"new": 3, "follow_up": 0, "changed": 0, "older": 0, "possible": 1}
    assert "Not yet reviewed" not in as_text(digest) and "not yet reviewed" not in as_html(digest)


def test_an_act_that_nobody_reviewed_is_told_as_reported():
    day = digest_of(decided(DETENTION, Verdict.RELEVANT), SUMMONS)
    cards = {card.item: card.incidents[0].words.split(" · ")[0] for s in lay_out(day).sections for card in s.cards}
    assert cards == {DETENTION.id: "Detained", SUMMONS.id: "Reported: summoned"}
    # Bold is what somebody reviewed.
    page, text = as_html(day), as_text(day)
    for words, is_bold in (("Detained", True), ("Reported: summoned", False), ("detained", True), ("summoned", False)):
        (style,) = re.findall(rf'<span class="act" style="([^"]*)">{words}(?:\xa0· [^<]*)?</span>', page)
        assert ("font-weight:bold" in style) is is_bold, words
    assert "▪ Detained" in text and "▫ Reported: summoned" in text
    # In the box of a report the reviewed alone is told as a fact; that of a day waits as a whole.
    doubts = [(person.deed, person.doubt) for person in lay_out_report(day).people]
    assert doubts == [("detained", ""), ("summoned", "not yet reviewed")]
    assert not any(person.doubt for person in lay_out(day).people)


def test_a_relevant_story_that_was_possible_stands_in_a_report_beside_the_others():
    digest = digest_of(decided(DETENTION, Verdict.RELEVANT), decided(sports(), Verdict.RELEVANT))
    assert lines_of(lay_out_report(digest)) == {"FIRST SEEN IN THESE 24 HOURS": [4], "IN BRIEF": [1049]}
    assert lines_of(lay_out(digest)) == {"FIRST SEEN IN THESE 24 HOURS": [4], "REVIEWED": [1049]}
    assert lay_out_report(digest).opening == ("2 stories in 2 articles: 2 relevant.",)


@pytest.mark.parametrize(("days", "title"), [(7, "THIS WEEK"), (6, "IN THIS PERIOD"), (30, "IN THIS PERIOD")])
def test_the_stories_of_a_report_stand_below_the_words_of_its_period(days: int, title: str):
    digest = digest_of(DETENTION)
    window = replace(digest.input.window, since=digest.input.window.until - timedelta(days=days))
    report = lay_out_report(replace(digest, input=replace(digest.input, window=window)))
    assert lines_of(report) == {title: [4]}
    week = " this week" if days == 7 else ""
    assert report.title == f"1 event reported{week}: Melis Tokoev detained (24 Nov)"
    assert report.opening == ("1 story in 1 article: 1 not yet reviewed.",)


def test_a_story_in_one_line_keeps_what_was_done_before_its_headline():
    summonses = [replace(SUMMONS, id=number, hits=SUMMONS.hits) for number in range(30, 45)]
    digest = digest_of(DETENTION, *summonses, quiet(10))
    briefs = [brief for section in lay_out(digest).sections for brief in section.briefs]
    summoned, won = next(b for b in briefs if b.item != 10), next(b for b in briefs if b.item == 10)
    assert [*map(str, summoned.incidents)] == ["Reported: summoned"] and won.incidents == ()
    # What was done stands on a line of its own, as above a story in full.
    assert as_html(digest).count("Reported: summoned</span><br>") == sum(b.item != 10 for b in briefs)
    text = as_text(digest)
    assert f"[{summoned.item}] Headline 2., Outlet 2\n      ▫ Reported: summoned\n" in text


def test_a_possible_name_that_was_verified_is_told_without_doubt():
    verified, waiting = (
        lay_out_name_report(digest_of(story), None).parts[0][1][0].card.evidence[0]
        for story in (decided(sports(), Verdict.RELEVANT), sports())
    )
    assert (verified.name, verified.is_possible, str(verified.reason)) == ("Melis Tokoev", False, "")
    assert waiting.name == "Melis Tokoev?" and waiting.is_possible and str(waiting.reason) == "initial only"


RELEVANT = Verdict.RELEVANT
BEATING = story_with("Police beat the journalist Melis Tokoev.", 9, "12:00", PressAct.BEATEN)


@pytest.mark.parametrize(
    ("stories", "title"),
    [
        ((decided(DETENTION, RELEVANT), SUMMONS), "Melis Tokoev detained; reported: Bektur Sapar uulu summoned"),
        # The gravest first, whoever reviewed what.
        (
            (DETENTION, decided(SUMMONS, RELEVANT)),
            "Reported: Melis Tokoev detained; reviewed: Bektur Sapar uulu summoned",
        ),
        # Of two stories of one deed one is reviewed.
        ((DETENTION, replace(decided(DETENTION, RELEVANT), id=7), SEARCH), "Melis Tokoev detained; reported: Novaya Liniya searched"),
        # What has no room is counted once, of either kind.
        (
            (BEATING, decided(DETENTION, RELEVANT), SUMMONS, decided(SEARCH, RELEVANT)),
            "Reported: Melis Tokoev attacked; reviewed: Melis Tokoev detained; 2 more events",
        ),
        ((decided(DETENTION, RELEVANT), decided(SUMMONS, Verdict.NOT_RELEVANT)), "Melis Tokoev detained"),
        ((decided(DETENTION, RELEVANT, State.FOLLOW_UP), SUMMONS), "Reported: Melis Tokoev detained; Bektur Sapar uulu summoned"),
    ],
)  # fmt: skip
def test_reported_stands_before_what_nobody_reviewed_and_before_nothing_else(
    stories: tuple[ReviewItem, ...], title: str
):
    assert lay_out(digest_of(*stories)).title == title


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("ru", "Сообщают: Melis Tokoev", "; разобрано: Bektur"),
        ("ky", "Кабарларга ылайык: Melis", "; каралганы: Bektur"),
    ],
)
def test_a_title_in_two_parts_is_one_of_its_language(language: str, first: str, last: str):
    digest = replace(digest_of(DETENTION, decided(SUMMONS, RELEVANT)), language=language)
    title = lay_out(digest).title
    assert title.startswith(first) and last in title
