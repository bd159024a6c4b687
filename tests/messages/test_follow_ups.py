"""A story that comes back shows what is new in it, whose news that is, and that its decision is one of before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.digests import article, at, hit, item
from messages.press_stories import digest_of, quiet
from monitor.messages.content.layout import lay_out
from monitor.messages.content.render import as_html, as_text, name_report_as_text
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.model import Decision, Field, Message, Passage, ReviewItem, Span, State, Verdict
from monitor.pictures.bars import Fate
from monitor.text.lead import order_articles

OLD, OLD_HEADLINE = "The reporter Melis Tokoev was summoned by the city court.", "A reporter is summoned"
NEW, NEW_HEADLINE = "Мелис Токоев назвал судье своего адвоката.", "Журналист ответил суду"
NEW_SOURCE = "New: Ak-Bulak (Russian), 25 Nov 06:55"


def story_that_came_back(*news: Passage, new_headline: str = NEW_HEADLINE, **fields: object) -> ReviewItem:
    earlier = article(1, "Valley Post", OLD_HEADLINE, at(22, "10:00"), "en")
    new_article = article(2, "Ak-Bulak", new_headline, at(25, "06:55"), own_sentences=news)
    first, second = (
        hit("Melis Tokoev", words, name, where=number)
        for number, words, name in ((1, OLD, "Melis Tokoev"), (2, NEW, "Мелис Токоев"))
    )
    judged = Decision(1, 1, at(23, "11:00"), "aida", Verdict.RELEVANT, id=5)
    story = item(1, [earlier, new_article], [replace(first, mentions=(*first.mentions, *second.mentions))])
    came_back = {"state": State.FOLLOW_UP, "history": (judged,), "verdict": Verdict.RELEVANT}
    reason = {"reopened": Message("a new article from {}", "Ak-Bulak"), "reopened_at": at(25, "07:00")}
    return replace(story, **{**came_back, **reason, **fields})


def sentence(text: str, field: Field = Field.TEXT) -> Passage:
    return Passage(field, Span(0, len(text)), text)


@pytest.mark.parametrize("own_sentences", [(), (sentence(NEW),), (sentence(NEW_HEADLINE, Field.TITLE), sentence(NEW))])
def test_what_is_new_is_quoted_with_its_outlet_and_its_own_date(own_sentences: tuple[Passage, ...]):
    (card,) = lay_out(digest_of(story_that_came_back(*own_sentences))).sections[0].cards
    (evidence,) = card.evidence
    assert (card.headline, str(evidence.excerpt), evidence.source) == (OLD_HEADLINE, f"«{NEW}»", NEW_SOURCE)
    assert [str(report) for report in card.reports] == [f"Ak-Bulak (ru): {NEW_HEADLINE}"]
    for form in (as_text, as_html):
        text = " ".join(form(digest_of(story_that_came_back(*own_sentences))).split())
        assert OLD not in text and text.count("New: ") == 1


def test_a_new_headline_over_known_sentences_is_what_is_new_and_stands_once():
    (card,) = lay_out(digest_of(story_that_came_back(sentence(NEW_HEADLINE, Field.TITLE)))).sections[0].cards
    assert [str(evidence.excerpt) for evidence in card.evidence] == [f"«{NEW_HEADLINE}»"] and not card.reports


def test_the_reader_whose_headline_is_the_new_articles_own_needs_no_other_source():
    (card,) = lay_out(replace(digest_of(story_that_came_back(sentence(NEW))), language="ru")).sections[0].cards
    assert card.headline == NEW_HEADLINE and [evidence.source for evidence in card.evidence] == [""]
    assert card.facts[0].startswith("Ak-Bulak, 25")


def test_of_several_new_articles_the_one_that_brought_it_back_is_quoted_and_says_why():
    story = story_that_came_back()
    later_article = article(3, "Taza Suz", "Журналист вышел из суда", at(25, "07:20"))
    (name,), (also_there,) = story.hits, hit("Melis Tokoev", NEW, "Мелис Токоев", where=3).mentions
    hits = (replace(name, mentions=(*name.mentions, also_there)),)
    story = replace(story, articles=(story.articles[0], later_article, story.articles[1]), hits=hits)
    assert order_articles(story, "en", story.articles[1:])[0] is later_article
    for reopened_at, source in (("07:00", NEW_SOURCE), ("07:25", "New: Taza Suz (Russian), 25 Nov 07:20")):
        (card,) = lay_out(digest_of(replace(story, reopened_at=at(25, reopened_at)))).sections[0].cards
        assert [evidence.source for evidence in card.evidence] == [source] and not card.notes
    # In the reader's own language rather than by who was first, whom it still names.
    own_article = replace(later_article, language="en")
    (card,) = (
        lay_out(digest_of(replace(story, articles=(story.articles[0], own_article, story.articles[2]))))
        .sections[0]
        .cards
    )
    assert card.headline == own_article.headline
    assert [str(note) for note in card.notes] == ["Why it is back: a new article from Ak-Bulak"]


def test_a_report_calls_what_came_to_a_story_of_before_its_period_a_follow_up():
    report = lay_out_name_report(digest_of(story_that_came_back(), quiet(10)), None)
    remarks = {event.card.item: event.remark for _, events in report.parts for event in events}
    assert remarks == {1: "follow-up", 10: ""}
    # What came since its decision nobody reviewed.
    assert {event.fate for _, events in report.parts for event in events} == {Fate.UNDECIDED}
    judged = lay_out_name_report(digest_of(story_that_came_back(state=State.DECIDED)), None)
    assert [event.fate for _, events in judged.parts for event in events] == [Fate.RELEVANT]
    assert "follow-up" in name_report_as_text(report)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "was relevant on 23 Nov"), ("ru", "раньше: по теме, 23 нояб."), ("ky", "мурда: тиешелүү, 23‑ноя.")],
)
def test_the_decision_of_before_does_not_read_as_one_of_now(language: str, words: str):
    def decision_on(story: ReviewItem) -> str:
        return lay_out(replace(digest_of(story), language=language)).sections[0].cards[0].decision

    assert decision_on(story_that_came_back()) == words
    judged_again = Decision(1, 2, at(25, "07:30"), "aida", Verdict.RELEVANT, id=6)
    history = (*story_that_came_back().history, judged_again)
    now = decision_on(story_that_came_back(state=State.DECIDED, history=history))
    assert now != words and "25" in now


def test_of_a_story_in_part_judged_and_not_come_back_the_decision_is_one_of_now():
    story = story_that_came_back(state=State.OPEN, reopened="", reopened_at=None)
    (card,) = lay_out(digest_of(story)).sections[0].cards
    assert card.decision == "relevant, 23 Nov"
