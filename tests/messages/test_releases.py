"""Who was let go: never in red, with a sign that needs no colour, and told as how it stands now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from kit.digests import at
from messages.press_stories import DETENTION_OF_MELIS, MELIS, PERSON, RELEASE_OF_MELIS, SEARCH, digest_of, merged_story
from messages.press_stories import story_with as story
from monitor.match.incidents.custody import custody_of_name
from monitor.messages.content.layout import lay_out
from monitor.messages.content.render import as_html, name_report_as_html, name_report_as_text
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.messages.content.stories.build import Digest
from monitor.model import Entity, PressAct, ReviewItem, Verdict
from monitor.pictures.bars import Fate, SignRow, draw_signs

LET_GO = f"The journalist {MELIS} was detained and later released."
JUST_LET_GO = f"{MELIS} was let go."
ENTITY = Entity("melis-tokoev", MELIS, PERSON)


def released(number: int = 8, clock: str = "12:00") -> ReviewItem:
    return story(LET_GO, number, clock, PressAct.DETAINED)


def report_of(*stories: ReviewItem, language: str = "en") -> Digest:
    return replace(digest_of(*stories), language=language)


def words_in(page: str, kind: str) -> list[str]:
    nodes = html.fromstring(page).xpath(f"//*[contains(@class, '{kind}')]")
    return [node.text_content().strip().replace("\u00a0", " ") for node in nodes]


def test_in_a_mail_a_release_is_ink_and_everything_else_that_was_done_is_red():
    mail = as_html(digest_of(released(), SEARCH))
    assert words_in(mail, "act") == ["searched", "Reported: searched · a newsroom, Novaya Liniya"]
    assert "released" in words_in(mail, "ink") and f"Reported: released · a journalist, {MELIS}" in words_in(
        mail, "ink"
    )


def test_a_row_of_the_digest_tells_a_release_apart_from_what_was_done_besides():
    beaten = story(f"Police beat the journalist {MELIS}.", 9, "12:00", PressAct.BEATEN)
    (person,) = lay_out(digest_of(released(), beaten, SEARCH)).people[:1]
    assert [(deed.words, deed.is_release) for deed in person.deeds] == [("attacked", False), ("released", True)]


@pytest.mark.parametrize("entity", [ENTITY, None])
def test_in_a_report_a_release_is_ink(entity: Entity | None):
    page = name_report_as_html(lay_out_name_report(digest_of(released(), SEARCH), entity))
    in_ink = [words for words in words_in(page, "release") if words]
    assert in_ink and all(words.lower().startswith("released") for words in in_ink)


@pytest.mark.parametrize("fate", [Fate.RELEVANT, Fate.UNDECIDED])
def test_a_release_has_a_sign_that_is_no_square(fate: Fate):
    row = lay_out_name_report(digest_of(released()), ENTITY).signs
    assert [(words, sign) for words, sign, _ in row] == [("released", "✓")]
    picture = draw_signs(SignRow("released", "✓", (None, fate), is_act=True))
    assert "<rect" not in picture and (">✓<" if fate is Fate.RELEVANT else ">(✓)<") in picture


@pytest.mark.parametrize(
    ("tellings", "sentence_now"),
    [
        ([(DETENTION_OF_MELIS, 24)], "Custody, as last told: detained (24 Nov), not yet reviewed."),
        ([(DETENTION_OF_MELIS, 23), (LET_GO, 24)], "Custody, as last told: released (24 Nov), not yet reviewed."),
        ([(LET_GO, 23), (DETENTION_OF_MELIS, 24)], "Custody, as last told: detained (24 Nov), not yet reviewed."),
        ([(DETENTION_OF_MELIS, 23), (JUST_LET_GO, 24)], "Custody, as last told: released (24 Nov), not yet reviewed."),
        ([(JUST_LET_GO, 23), (DETENTION_OF_MELIS, 24)], "Custody, as last told: detained (24 Nov), not yet reviewed."),
        ([(f"Police beat the journalist {MELIS}.", 24)], ""),
        ([(JUST_LET_GO, 24)], ""),  # from what?
    ],
)
def test_a_report_says_how_a_person_stands_now_by_what_was_told_last(
    tellings: list[tuple[str, int]], sentence_now: str
):
    stories = []
    for number, (sentence, day) in enumerate(tellings, 1):
        act = PressAct.BEATEN if "beat" in sentence else PressAct.DETAINED
        one = story(sentence, number, "12:00", None if sentence == JUST_LET_GO else act)
        if sentence == JUST_LET_GO:
            (name,) = one.hits
            (place,) = name.mentions
            place = replace(place, mention=replace(place.mention, custody=custody_of_name(sentence, MELIS)))
            one = replace(one, hits=(replace(name, mentions=(place,)),))
        # Filed within the window, whatever its outlet's day.
        stories.append(replace(one, articles=(replace(one.articles[0], published=at(day, "09:00")),)))
    digest = digest_of(*stories)
    since = replace(digest.input.window, since=at(20, "00:00"))
    report = lay_out_name_report(replace(digest, input=replace(digest.input, window=since)), ENTITY)
    assert report.custody_sentence == sentence_now
    assert sentence_now in " ".join(name_report_as_text(report).split())
    assert lay_out_name_report(digest, None).custody_sentence == ""


def test_a_release_that_a_later_article_of_the_story_tells_has_the_day_of_that_article():
    detention, free = story(DETENTION_OF_MELIS, 1, "09:00"), story(RELEASE_OF_MELIS, 2, "12:00")
    free = replace(free, articles=(replace(free.articles[0], published=at(25, "07:00"), first_seen=at(25, "07:00")),))
    digest = digest_of(replace(merged_story(detention, free), verdict=Verdict.RELEVANT))
    report = lay_out_name_report(digest, ENTITY)
    assert (
        report.leads == (("Reviewed:", "released (24 Nov)."),)
        and report.custody_sentence == "Custody, as last told: released (25 Nov)."
    )


@pytest.mark.parametrize(
    ("language", "sentence_now"),
    [
        ("ru", "О содержании под стражей в последний раз сообщали: освобождение (24 нояб.)."),
        ("ky", "Камакта болуу тууралуу акыркы кабар: бошотуу (24‑ноя.)."),
    ],
)
def test_how_a_person_stands_is_told_in_the_readers_language(language: str, sentence_now: str):
    report = lay_out_name_report(report_of(replace(released(), verdict=Verdict.RELEVANT), language=language), ENTITY)
    assert report.custody_sentence == sentence_now
