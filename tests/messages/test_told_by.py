"""A tag tells no act that the article below it does not, unless it names the outlet that does."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.press_stories import (
    DETENTION_OF_MELIS,
    MELIS,
    RELEASE_OF_MELIS,
    SUMMONS_OF_MELIS,
    digest_of,
    merged_story,
    story_with,
)
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.layout import lay_out
from monitor.messages.content.render import as_text, page_as_html
from monitor.model import Custody, PressAct, ReviewItem
from monitor.text.incidents_shown import incidents_above
from monitor.text.lead import lead_article

QUESTIONING = f"The journalist {MELIS} was questioned and released."
BEATING = f"Police beat the journalist {MELIS}."
SPEECH = f"{MELIS} spoke to students."
ACTS = {QUESTIONING: PressAct.SUMMONED, BEATING: PressAct.BEATEN}
TELLINGS = st.tuples(
    st.sampled_from([DETENTION_OF_MELIS, SUMMONS_OF_MELIS, RELEASE_OF_MELIS, QUESTIONING, BEATING, SPEECH]),
    st.sampled_from(["en", "ru", "ky"]),
    st.booleans(),  # a copy of the first
)


def story_of_tellings(*tellings: tuple[str, str, bool]) -> ReviewItem:
    """Return a story of which each outlet tells a sentence, one hour after the other."""
    stories = []
    for number, (sentence, language, is_copy) in enumerate(tellings, 1):
        copy_of = 1 if is_copy and number > 1 else None
        stories.append(
            story_with(sentence, number, f"{8 + number:02}:00", ACTS.get(sentence), language, copy_of=copy_of)
        )
    return merged_story(*stories)


@given(st.lists(TELLINGS, min_size=1, max_size=6), st.sampled_from(["en", "ru", "ky", "de"]))
def test_each_act_of_a_tag_stands_in_the_article_below_or_has_its_outlet(tellings: list, language: str):
    item = story_of_tellings(*tellings)
    sentences = {f"Outlet {number}": sentence for number, (sentence, _, _) in enumerate(tellings, 1)}
    for shown in (lead_article(item, language), *item.articles):
        for incident in incidents_above(item, shown):
            tellers = [sentences[outlet] for outlet in (shown.outlet, *incident.tellers)]
            for act, custody in incident.mention.tellings:
                told_acts = {DETENTION_OF_MELIS: PressAct.DETAINED, SUMMONS_OF_MELIS: PressAct.SUMMONED} | ACTS
                assert act in {told_acts.get(sentence) for sentence in tellers}
                if custody is Custody.RELEASED:
                    assert {RELEASE_OF_MELIS, QUESTIONING} & {*tellers}
            assert shown.outlet not in incident.tellers
            assert all(outlet in str(incident.in_words()) for outlet in incident.tellers)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Reported: summoned and released · a journalist, Melis Tokoev · release told by Outlet 2"),
        ("ru", "Сообщают: официальный вызов, затем отпустили · журналист, Melis Tokoev · об освобождении: Outlet 2"),
        ("ky", "Кабарларга ылайык: чакыртуу, кийин бошотуу · журналист, Melis Tokoev · бошотулганы тууралуу: Outlet 2"),
    ],
)  # fmt: skip
def test_a_release_that_only_another_outlet_tells_has_its_outlet_in_each_message(language: str, words: str):
    item = story_of_tellings((SUMMONS_OF_MELIS, language, False), (RELEASE_OF_MELIS, "de", False))
    digest = replace(digest_of(item), language=language)
    for page in (lay_out(digest), lay_out_alert(digest)):
        assert [*map(str, page.sections[0].cards[0].incidents)] == [words]
        assert words in " ".join(unescape(page_as_html(page)).split())
    assert words in " ".join(as_text(digest).replace("\n", " ").split())


def test_an_act_that_the_shown_article_does_not_tell_has_its_outlet():
    item = story_of_tellings((DETENTION_OF_MELIS, "ru", False), (SPEECH, "en", False))
    (incident,) = incidents_above(item, lead_article(item, "en"))
    assert str(incident.in_words()) == "detained · a journalist, Melis Tokoev · told by Outlet 1"
    assert list(map(str, incident.acts_in_words())) == ["detained (Outlet 1)"]
    (incident,) = incidents_above(item, lead_article(item, "ru"))
    assert str(incident.in_words()) == "detained · a journalist, Melis Tokoev"


def test_of_two_articles_in_ones_language_the_one_that_tells_the_gravest_act_leads():
    item = story_of_tellings((BEATING, "en", False), (SUMMONS_OF_MELIS, "en", False))
    assert lead_article(item, "en").outlet == "Outlet 1"
    item = story_of_tellings((QUESTIONING, "en", False), (SUMMONS_OF_MELIS, "en", False))
    assert lead_article(item, "en").outlet == "Outlet 1"
