"""What was done to somebody is over where the same story says so of this very person, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.digests import article, at, hit
from messages.press_stories import DETENTION_OF_MELIS as DETENTION
from messages.press_stories import MELIS as NAME
from messages.press_stories import PERSON, digest_of, merged_story, quiet, story_of, story_with
from messages.press_stories import RELEASE_OF_MELIS as RELEASE
from messages.press_stories import SUMMONS_OF_MELIS as SUMMONS
from monitor.match.incidents.custody import withdrawn_acts
from monitor.messages.content.layout import lay_out
from monitor.model import Change, Field, Finding, PressAct, ReviewItem
from monitor.serialize import item_row


def label_of(*stories: ReviewItem) -> str:
    (incident, *_) = merged_story(*stories).incidents
    return str(incident.in_words())


@pytest.mark.parametrize(
    ("tellings", "words"),
    [
        ([(DETENTION, "10:00"), (RELEASE, "12:00")], "released"),
        ([(SUMMONS, "10:00"), (RELEASE, "12:00")], "summoned and released"),
        ([(f"The journalist {NAME} was questioned and released.", "10:00")], "summoned and released"),
        (
            [(DETENTION, "10:00"), (f"The journalist {NAME} was questioned and released.", "12:00")],
            "released",
        ),
        # What was before, what came again, and what is told of others or is to come.
        ([(DETENTION, "10:00"), (RELEASE, "09:00")], "detained"),
        ([(DETENTION, "10:00"), (RELEASE, "11:00"), (DETENTION, "12:00")], "detained"),
        ([(DETENTION, "10:00"), (f"{NAME} said that the driver was released.", "12:00")], "detained"),
        ([(DETENTION, "10:00"), (f"Colleagues ask that {NAME} be released.", "12:00")], "detained"),
        ([(DETENTION, "10:00"), ("Aibek Stranger was released.", "12:00")], "detained"),
    ],
)
def test_a_later_article_ends_what_was_done_to_the_same_person(tellings: list[tuple[str, str]], words: str):
    stories = []
    for number, (sentence, clock) in enumerate(tellings, 1):
        if NAME in sentence:
            stories.append(story_with(sentence, number, clock, PressAct.SUMMONED if "questioned" in sentence else None))
        else:
            outlet = article(number, f"Outlet {number}", "Headline.", at(24, clock), "en")
            stories.append(
                replace(
                    quiet(number), articles=(outlet,), hits=(hit("Aibek", sentence, "Aibek Stranger", where=number),)
                )
            )
    assert label_of(*stories) == f"{words} · a journalist, {NAME}"


def test_two_who_were_taken_are_not_both_free_when_one_is():
    sentence = f"Police detained the journalists {NAME} and Aida Bek."
    names = (NAME, NAME, PERSON), ("Aida Bek", "Aida Bek", PERSON)
    both = story_of(PressAct.DETAINED, sentence, f"journalists {NAME} and Aida Bek", *names)
    both = replace(both, articles=(replace(both.articles[0], published=at(24, "10:00")),))
    one_free = merged_story(both, story_with(RELEASE, 2, "20:00"))
    assert not one_free.incidents[0].is_over
    aida = replace(story_with(RELEASE, 3, "21:00"), hits=(hit("Aida Bek", "Aida Bek was freed.", "Aida Bek", where=3),))
    assert merged_story(both, story_with(RELEASE, 2, "20:00"), aida).incidents[0].is_over


def test_a_headline_that_lets_somebody_go_counts_before_what_its_text_repeats():
    second_story = story_with(DETENTION, 2, "12:00")
    headline = hit(NAME, RELEASE, NAME, where=2, field=Field.TITLE)
    titled = replace(second_story, hits=(headline, *second_story.hits))
    assert label_of(story_with(DETENTION, 1, "10:00"), titled).startswith("released")
    in_text = replace(
        second_story, hits=(replace(headline, mentions=hit(NAME, RELEASE, NAME, where=2).mentions), *second_story.hits)
    )
    assert label_of(story_with(DETENTION, 1, "10:00"), in_text).startswith("detained ·")


def edit(before: str, after: str, kind: Change = Change.SENTENCE, clock: str = "14:00", **fields: object) -> Finding:
    fields["withdrawn_acts"] = withdrawn_acts(before, after)
    return Finding(kind, before, after, article=2, version=2, found=at(24, clock), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("finding", "is_reworded"),
    [
        (edit(DETENTION, f"{NAME} and the driver were released."), True),
        (edit(DETENTION, f"{NAME} gave an interview."), True),
        (edit(DETENTION, "", Change.NAME_REMOVED, entity="melis-tokoev"), True),
        (edit("Токоева задержали", "Токоева ждали", Change.HEADLINE, entity="melis-tokoev"), True),
        (edit(DETENTION, f"Police detained the reporter {NAME} at noon."), False),
        (edit(f"{NAME} spoke.", f"{NAME} spoke to us."), False),
        (edit("Police detained Aibek Stranger.", "Aibek Stranger was released."), False),
        (edit(DETENTION, "The page is gone.", Change.GONE), False),
        (edit(DETENTION, f"{NAME} gave an interview.", clock="09:00"), False),
    ],
)
def test_what_an_outlet_has_reworded_since_stands_beside_the_act(finding: Finding, is_reworded: bool):
    edited_story = story_with(f"{NAME} was seen at the court.", 2, "09:00", findings=(finding,))
    words = f"detained · a journalist, {NAME}"
    assert label_of(story_with(DETENTION, 1, "10:00"), edited_story) == (
        f"{words} · wording changed since" if is_reworded else words
    )


@pytest.mark.parametrize(
    ("stories", "custody", "is_reworded"),
    [
        ([story_with(DETENTION, 1, "10:00")], "taken", False),
        ([story_with(DETENTION, 1, "10:00"), story_with(RELEASE, 2, "12:00")], "released", False),
        (
            [story_with(f"A court extended the arrest of the journalist {NAME}.", 1, "10:00", PressAct.DETAINED)],
            "kept",
            False,
        ),
        (
            [story_with(f"Police searched the home of the journalist {NAME}.", 1, "10:00", PressAct.SEARCHED)],
            None,
            False,
        ),
        (
            [
                story_with(DETENTION, 1, "10:00"),
                story_with(f"{NAME} spoke.", 2, "09:00", findings=(edit(DETENTION, f"{NAME} spoke."),)),
            ],
            "taken",
            True,
        ),
    ],
)
def test_programs_are_told_how_far_it_went(stories: list[ReviewItem], custody: str | None, is_reworded: bool):
    story = merged_story(*stories)
    row = item_row(story, story.lead)
    assert row["incident_states"] == [{"custody": custody, "reworded": is_reworded}]
    sentences = [m["sentence"] for hit in row["hits"] for m in hit["mentions"] if m.get("custody") == "released"]
    assert sentences == [RELEASE] * (custody == "released")


@pytest.mark.parametrize(
    ("language", "release", "rewording"),
    [
        ("en", "summoned and released", "wording changed since"),
        ("ru", "официальный вызов, затем отпустили", "текст с тех пор изменён"),
        ("ky", "чакыртуу, кийин бошотуу", "андан бери текст өзгөртүлдү"),
    ],
)
def test_a_mail_says_in_each_language_that_it_is_over_or_was_reworded(language: str, release: str, rewording: str):
    released = merged_story(story_with(SUMMONS, 1, "10:00"), story_with(RELEASE, 2, "12:00"))
    page = lay_out(replace(digest_of(released, quiet(9)), language=language))
    assert release in page.title and page.people[0].deed == release
    assert page.sections[0].cards[0].incidents[0].words.partition(": ")[2].startswith(release)
    reworded = merged_story(
        story_with(DETENTION, 1, "10:00"), story_with(f"{NAME} spoke.", 2, "09:00", findings=(edit(DETENTION, ""),))
    )
    page = lay_out(replace(digest_of(reworded, quiet(9)), language=language))
    assert page.people[0].deed.endswith(rewording) and page.sections[0].cards[0].incidents[0].words.endswith(rewording)
    assert rewording not in page.title
