"""The words of a digest in the reader's language: golden texts, subjects, links, times."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kit.digests import arrest, at, feed, feeds, item
from messages.digest_days import NEXT, NOVAYA, digest, full_day, only_copies, quiet_day, sports, summons
from monitor.messages.content.layout import subject
from monitor.messages.content.render import as_text
from monitor.messages.content.stories.build import make_digest
from monitor.model import DigestInput, FeedState, FeedStatus, ListChange, Silence, Trouble, TroubleKind

GOLDEN = Path(__file__).parents[1] / "data" / "digest"  # what `in_words` gives; read it whole before you replace it


def in_words(happened: DigestInput, **options: object) -> str:
    day_digest = digest(happened, **options)
    return f"Subject: {subject(day_digest)}\n\n{as_text(day_digest)}"


# ---- what it reads like ---------------------------------------------------------------------------------------------


def check_golden(name: str, text: str, tmp_path: Path) -> None:
    """Compare a digest with its golden file."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    expected = (GOLDEN / name).read_text(encoding="utf-8")
    assert text == expected, f"if all of it reads well: cp {tmp_path / name} {GOLDEN / name}"


@pytest.mark.parametrize(
    ("name", "happened"),
    [
        ("full", full_day()),
        ("quiet", quiet_day()),
        ("broken", quiet_day(feeds_read=0, articles=0, last_read=at(23, "14:10"))),
    ],
)
def test_a_day_reads_as_its_readers_want_it(name: str, happened: DigestInput, tmp_path: Path):
    check_golden(f"{name}.txt", in_words(happened, next_at=NEXT, contact="admin@ngo.example"), tmp_path)


@pytest.mark.parametrize("language", ["ru", "ky"])
def test_a_day_reads_in_the_readers_language(language: str, tmp_path: Path):
    text = in_words(full_day(), next_at=NEXT, contact="admin@ngo.example", language=language)
    check_golden(f"full.{language}.txt", text, tmp_path)
    assert max(len(line) for line in text.splitlines()[1:]) <= 76


@pytest.mark.parametrize(
    ("language", "subjects"),
    [
        ("ru", ("1 новый; все источники прочитаны (44)", "2 новых; все источники прочитаны (44)")),
        ("ky", ("1 жаңы; бардык булактар окулду (44)", "2 жаңы; бардык булактар окулду (44)")),
    ],
)
def test_plurals_are_those_of_the_language(language: str, subjects: tuple[str, str]):
    for items, words in zip(((arrest(),), (arrest(), summons())), subjects, strict=True):
        assert words in subject(digest(quiet_day(items=items), language=language))


@pytest.mark.parametrize("language", ["ru", "ky"])
def test_no_word_of_a_digest_is_left_in_english_but_what_is_stored(language: str):
    latin_words = re.findall(r"[A-Za-z]{3,}", as_text(digest(everything_wrong(), language=language)))
    assert set(latin_words) <= {"HTTP", "Outlet", "watchlist", "yaml", "monitor", "doctor"}


def everything_wrong() -> DigestInput:
    """Return a day of many troubles and no story: it holds each of our sentences except those of stories."""
    broken = [feed(n, f"Outlet {n}", status) for n, status in enumerate(FeedStatus) if not status.is_healthy]
    lost = feed(50, "Outlet 50", memory=FeedState(overflow_first=at(24, "09:00"), overflow_last=at(24, "09:00")))
    still = feed(51, "Outlet 51")
    paused = feed(52, "Outlet 52")
    return quiet_day(
        feeds=(*broken, lost, still, replace(paused, feed=replace(paused.feed, paused=True))),
        silent=(Silence(still, at(1, "09:00"), timedelta(days=2)),),
        never_reviewed=3,
        watchlist_changes=(ListChange(("a",), ("b", "c"), ("d",)),),
        troubles=tuple(Trouble(k, at(24, "12:38"), u) for k in TroubleKind for u in (None, at(24, "12:52"))),
    )


def test_numbers_and_old_dates_are_said_as_the_language_has_it_and_do_not_break():
    day = quiet_day(oldest_waiting=at(23, "09:00").replace(year=2025))
    russian, kyrgyz = (as_text(digest(day, language=language)).replace("\n", " ") for language in ("ru", "ky"))
    assert "1\u00a0316 новых статей" in russian
    assert "вс, 23 нояб. 2025\u202fг.)" in russian
    assert "2025\N{NON-BREAKING HYPHEN}ж. 23\N{NON-BREAKING HYPHEN}ноя., жек.)" in kyrgyz


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        (full_day(), "[monitor] 4 new, 1 follow-up; 1 source refuses us - Wed 25 Nov"),
        (quiet_day(), "[monitor] nothing new; all 44 sources read - Wed 25 Nov"),
        (quiet_day(items=(sports(),)), "[monitor] nothing clear, 1 possible; all 44 sources read - Wed 25 Nov"),
        (quiet_day(items=(only_copies(),)), "[monitor] nothing new; all 44 sources read - Wed 25 Nov"),
        (quiet_day(feeds_read=40), "[monitor] nothing new; 40 of 44 sources read - Wed 25 Nov"),
        (quiet_day(feeds_read=0), "[monitor] broken: nothing was read - Wed 25 Nov"),
        (quiet_day(last_read=at(24, "14:10")), "[monitor] broken: nothing is read any more - Wed 25 Nov"),
        (quiet_day(feeds_read=3), "[monitor] broken: 3 of 44 sources read - Wed 25 Nov"),
        (quiet_day(items=(arrest(),), feeds_read=3), "[monitor] 1 new; 3 of 44 sources read - Wed 25 Nov"),
        (quiet_day(feeds=()), "[monitor] broken: nothing was read - Wed 25 Nov"),
        (
            quiet_day(feeds=feeds(44, NOVAYA, replace(NOVAYA, number=45), feed(46, "B", FeedStatus.TLS))),
            "[monitor] nothing new; 2 sources refuse us, 1 source cannot be read - Wed 25 Nov",
        ),
    ],
)
def test_the_subject_says_how_much_and_whether_it_can_be_trusted(happened: DigestInput, line: str):
    assert subject(digest(happened)) == line


# ---- links, zone, closing -------------------------------------------------------------------------------------------


def test_with_a_desk_stories_link_to_it_by_number():
    text = as_text(digest(quiet_day(items=(arrest(),)), base_url="https://desk.example/"))
    assert "  https://desk.example/items/1042\n" in text
    assert "news.example" not in text


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ({}, "All 44 sources were read."),
        ({"contact": "admin@ngo.example"}, "All 44 sources were read."),
        ({"next_at": NEXT}, "Next digest: Thu 26 Nov 08:00."),
        (
            {"next_at": NEXT, "contact": "admin@ngo.example"},
            "Next digest: Thu 26 Nov 08:00. If it does not come, tell admin@ngo.example",
        ),
    ],
)
def test_the_last_line_says_when_the_next_comes_where_that_is_known(options: dict[str, object], last: str):
    assert as_text(digest(quiet_day(), **options)).splitlines()[-1].strip() == last


def test_times_are_those_of_the_reader():
    day_digest = make_digest(full_day(), timezone=ZoneInfo("America/New_York"))
    assert "\nMon 23 Nov 21:00 to Tue 24 Nov 21:00 (New York), by the time we first saw\nit." in as_text(day_digest)


@pytest.mark.parametrize(
    ("zone", "language", "place"),
    [
        ("America/New_York", "ru", "Нью-Йорк"),
        ("America/Argentina/Buenos_Aires", "ky", "Buenos Aires"),
        ("America/Montreal", "en", "Montreal"),
        ("Factory", "ru", "Factory"),
    ],
)
def test_the_zone_is_told_by_its_city_where_it_has_one(zone: str, language: str, place: str):
    day_digest = replace(make_digest(full_day(), ZoneInfo(zone)), language=language)
    assert f"({place})" in as_text(day_digest).replace("\n", " ")


def test_a_date_in_the_future_is_not_believed():
    lead = replace(arrest().articles[0], published=at(24, "23:59"), first_seen=at(24, "16:15"))
    assert "Ак-Булак (Russian), 24 Nov 16:15" in as_text(digest(quiet_day(items=(item(1, [lead], arrest().hits),))))


def test_an_old_date_is_told_with_its_year():
    assert "oldest since Sun 23 Nov 2025." in as_text(
        digest(quiet_day(oldest_waiting=at(23, "09:00").replace(year=2025)))
    )
