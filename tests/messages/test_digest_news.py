"""The sentence on a digest's card: what an article brought stands before the background that it repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from kit.digests import WINDOW, article, at, hit, item
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.cards import make_card
from monitor.messages.content.render import as_html, as_text
from monitor.messages.content.stories.build import make_digest
from monitor.model import AlertReason, Confidence, DigestInput, Field, ItemHit, Passage, ReviewItem, Span

WHEN = at(24, "12:00")
BACKGROUND = "Токоев пишет о судах."
NIGHT, LAWYER = "Ночью <его> увели люди в масках.", "Адвоката Токоева не пустили."
TITLE = "Токоев: жизнь"
TEXT = f"{BACKGROUND} {NIGHT} {LAWYER}"


def news_story(*brought: str, names: Sequence[str] = (BACKGROUND, LAWYER), field: Field = Field.TEXT) -> ReviewItem:
    """Return a story of an article that was known and one that repeats it and brings sentences."""
    passages = tuple(Passage(field, Span(TEXT.find(s), TEXT.find(s) + len(s)), s) for s in brought)
    first_article = article(1, "Ак-Булак", TITLE, WHEN.replace(day=20))
    news = article(2, "Север", TITLE, WHEN, own_sentences=passages)
    return item(7, [first_article, news], [named(sentence) for sentence in names])


def named(sentence: str, name: str = "Melis Tokoev") -> ItemHit:
    word = "Токоева" if "Токоева" in sentence else "Токоев"
    plain = hit(name, sentence, word, where=2)
    start = TEXT.index(sentence) + sentence.index(word)
    (mention,) = plain.mentions
    placed = replace(mention, mention=replace(mention.mention, span=Span(start, start + len(word))))
    return replace(plain, mentions=(placed,))


def merged(story: ReviewItem) -> ReviewItem:
    """Return the story with all mentions in one hit."""
    mentions = tuple(mention for one in story.hits for mention in one.mentions)
    return replace(story, hits=(replace(story.hits[0], mentions=mentions),))


def digest_of(story: ReviewItem):
    return make_digest(DigestInput(WINDOW, (story,)), ZoneInfo("Asia/Bishkek"))


def excerpts(story: ReviewItem) -> list[str]:
    digest = digest_of(story)
    return [str(line.excerpt) for line in make_card(digest, digest.follow_up[0]).evidence]


@pytest.mark.parametrize(
    ("brought", "shown"),
    [
        ((LAWYER,), f"«{LAWYER}»"),
        ((NIGHT, LAWYER), f"«{LAWYER}»"),  # one with a name comes first
        ((NIGHT,), f"«{NIGHT}»"),
        ((), f"«{BACKGROUND}»"),
    ],
)
def test_a_card_shows_a_sentence_that_the_article_brought(brought: tuple[str, ...], shown: str):
    assert excerpts(merged(news_story(*brought))) == [shown]


def test_a_new_sentence_without_a_name_stands_once():
    story = news_story(NIGHT, names=(BACKGROUND,))
    two_names = replace(story, hits=(*story.hits, named(BACKGROUND, "Cholpon")))
    assert excerpts(two_names) == [f"«{NIGHT}»"]
    both = replace(story, hits=(*story.hits, named(LAWYER, "Cholpon")))
    both = replace(both, articles=(both.articles[0], news_story(NIGHT, LAWYER).articles[1]))
    assert excerpts(both) == [f"«{LAWYER}»"]  # the other name stands in what is new


def test_in_a_new_story_a_sentence_without_a_name_does_not_stand_below_the_headline():
    story = merged(news_story(NIGHT))
    digest = digest_of(replace(story, articles=tuple(replace(a, first_seen=WHEN, filed=WHEN) for a in story.articles)))
    assert [str(line.excerpt) for line in make_card(digest, digest.new[0]).evidence] == [f"«{BACKGROUND}»"]


def test_a_new_headline_is_no_sentence_of_the_card_and_a_first_article_brings_nothing():
    story = merged(news_story(TITLE, field=Field.TITLE))
    assert excerpts(story) == [f"«{BACKGROUND}»"]
    first_alone = merged(news_story(LAWYER))
    digest = digest_of(replace(first_alone, articles=first_alone.articles[1:]))
    assert [str(line.excerpt) for line in make_card(digest, digest.new[0]).evidence] == [f"«{BACKGROUND}»"]


def test_a_sentence_without_a_name_is_whole_in_text_and_html():
    digest = digest_of(news_story(NIGHT, names=(BACKGROUND,)))
    assert f"Melis Tokoev  «{NIGHT}»" in as_text(digest)
    page = as_html(digest)
    assert ">Ночью &lt;его&gt; увели люди в масках.<" in page and "<b>Melis" not in page


# ---- what other outlets wrote ---------------------------------------------------------------------------------------


def story_told_by(*headlines: str) -> ReviewItem:
    """Return a story of today that so many outlets told in their own words."""
    articles = [article(n, f"Outlet {n}", title, WHEN, "en") for n, title in enumerate(headlines, start=1)]
    return item(7, articles, [hit("Melis Tokoev", "Tokoev was held.", "Tokoev", where=1)])


def grey_lines(*headlines: str) -> tuple[list[str], str]:
    """Return the headlines of other outlets on the card, and what its first line says of these outlets."""
    digest = digest_of(story_told_by(*headlines))
    card = make_card(digest, digest.new[0])
    return [report.headline for report in card.reports], card.facts[0].removeprefix("Outlet 1, 24 Nov 12:00")


LEAD = "Court keeps reporter Melis Tokoev in custody"


def test_two_headlines_of_other_outlets_are_enough_and_the_others_are_named_or_counted():
    headlines = (
        "A lawyer was not let in",
        "Colleagues wait at the gate",
        "Officials say nothing",
        "Silence from the ministry",
        "A court date is set",
    )
    assert grey_lines(LEAD, *headlines[:2]) == ([*headlines[:2]], ", and 2 more outlets")
    assert grey_lines(LEAD, *headlines) == ([*headlines[:2]], ", and 5 more outlets")
    # Who copies most of a report may become its lead: whose report it was stays named.
    assert grey_lines(LEAD, *headlines[:3]) == ([*headlines[:2]], ", and Outlet 4")
    assert grey_lines(LEAD, LEAD, LEAD) == ([], ", and Outlet 2, Outlet 3")
    assert grey_lines(LEAD, LEAD, LEAD, LEAD) == ([], ", and 3 more outlets")
    assert grey_lines(LEAD) == ([], "")
    page = as_html(digest_of(story_told_by(LEAD, *headlines)))
    assert "24 Nov 12:00, and 5 more outlets" in page and "Officials say nothing" not in page


@pytest.mark.parametrize(
    ("headline", "is_shown"),
    [
        (LEAD, False),
        ("Court keeps reporter Melis Tokoyev in custody for 60 more days", False),
        ("Reporter Tokoev kept in custody by the court", False),
        ("Tokoev's lawyer was not let into the court", True),
        ("Colleagues of the reporter wait at the gate", True),
    ],
)
def test_no_grey_line_says_the_same_as_the_headline(headline: str, is_shown: bool):
    reports, more_words = grey_lines(LEAD, headline)
    assert reports == ([headline] if is_shown else [])
    assert more_words == (", and 1 more outlet" if is_shown else ", and Outlet 2")


def test_an_outlet_counts_once_however_many_articles_it_has():
    story = story_told_by(LEAD, "A lawyer was not let in", "Colleagues wait at the gate", "Officials say nothing")
    outlets = ("Outlet 1", "Outlet 1", "Outlet 2", "Outlet 2")
    articles = tuple(replace(a, outlet=outlet) for a, outlet in zip(story.articles, outlets, strict=True))
    digest = digest_of(replace(story, articles=articles))
    assert make_card(digest, digest.new[0]).facts[0] == "Outlet 1, 24 Nov 12:00, and 1 more outlet"


def test_no_grey_line_says_the_same_as_another():
    second_headline = "Colleagues wait at the gate of the prison"
    assert grey_lines(LEAD, second_headline, "At the prison gate colleagues wait") == (
        [second_headline],
        ", and Outlet 3",
    )


def listed_in_alert(*headlines: str) -> list[str]:
    """Return the lines below the stories of an alert about a story that so many outlets told."""
    digest = digest_of(story_told_by(*headlines))
    reasons = tuple(AlertReason(7, "melis-tokoev", article) for article in digest.new[0].item.articles)
    page = lay_out_alert(replace(digest, reasons=reasons))
    return [line.text for section in page.sections for line in section.lines]


def test_an_alert_lists_what_its_stories_do_not_show_and_no_outlet_hides_another():
    assert listed_in_alert(LEAD) == [] == listed_in_alert(LEAD, "A lawyer was not let in")
    # Who has the headline of another is told, too; who comes after two others as well.
    assert listed_in_alert(LEAD, LEAD) == [f"Outlet 2: {LEAD} (Melis Tokoev) [7]"]
    assert listed_in_alert(LEAD, "A lawyer was not let in", "Colleagues wait at the gate", "Officials say nothing") == [
        "Outlet 4: Officials say nothing (Melis Tokoev) [7]"
    ]


def test_a_sentence_that_stands_on_the_card_is_not_told_again_under_another_outlet():
    words = "Tokoev was held for nine hours, the {} reports."
    first = article(1, "Outlet 1", LEAD, WHEN, "en")
    second = article(
        2, "Outlet 2", LEAD, WHEN, "en", own_sentences=(Passage(Field.TEXT, Span(0, 46), words.format("Post")),)
    )
    hits = [hit("Melis Tokoev", words.format(word), "Tokoev", where=n) for n, word in ((1, "Courier"), (2, "Post"))]
    story = item(7, [first, second], [replace(hits[0], mentions=(*hits[0].mentions, *hits[1].mentions))])
    digest = digest_of(story)
    card = make_card(digest, digest.new[0])
    assert not card.reports and card.facts == ("Outlet 1, 24 Nov 12:00, and Outlet 2",)
    news = replace(second, own_sentences=(Passage(Field.TEXT, Span(90, 130), "His lawyer was sent away at the gate."),))
    told_digest = digest_of(replace(story, articles=(first, news)))
    (report,) = make_card(told_digest, told_digest.new[0]).reports
    assert "His lawyer was sent away" in report.sentence


@pytest.mark.parametrize(
    ("sentence", "is_shown"),
    [
        ("Tokoev's case: the hearing is put off", False),
        ("The hearing of Tokoev's case is put off again.", False),
        ("A race that Tokoev won ended in the rain.", True),
    ],
)
def test_the_words_of_a_possible_name_never_repeat_the_headline(sentence: str, is_shown: bool):
    lead = article(1, "Север", "Tokoev's case: the hearing is put off", WHEN)
    doubtful = replace(hit("Melis Tokoev", sentence, "Tokoev", where=1), confidence=Confidence.POSSIBLE)
    digest = make_digest(DigestInput(WINDOW, (item(1, [lead], [doubtful]),)), ZoneInfo("Asia/Bishkek"))
    assert (f"«{sentence}»" in as_text(digest)) is is_shown and "Melis Tokoev?" in as_text(digest)
    assert as_html(digest).count("put off") == 1
