"""What the digest tells, and that it cannot lie: golden texts, counts that add up, hostile headlines."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.digests import BISHKEK, WINDOW, arrest, article, at, feed, feeds, hit, item
from monitor.digest import Alarm, as_html, as_json, as_text, make_digest, subject
from monitor.digest.build import LISTED_SECTIONS, DigestStory
from monitor.digest.layout import lay_out
from monitor.digest.phrasing import clean, excerpt, safe_link, shorten
from monitor.model import (
    Change,
    Confidence,
    Decision,
    DigestInput,
    EntityType,
    FeedRecord,
    FeedState,
    FeedStatus,
    Field,
    Finding,
    ListChange,
    Message,
    ReviewItem,
    Silence,
    State,
    TextFrom,
    Trouble,
    TroubleKind,
    Verdict,
)

GOLDEN = Path(__file__).parents[1] / "data" / "digest"  # what `in_words` gives; read it whole before you replace it
NEXT = datetime(2026, 11, 26, 2, tzinfo=UTC)


NOVAYA = feed(
    44,
    "Novaya Liniya",
    FeedStatus.REFUSED,
    detail="the server refuses to show this (403)",
    status_since=at(24, "22:05"),
    failures=9,
    last_ok=at(24, "07:05"),
)


def summons() -> ReviewItem:
    when = at(24, "18:40")
    return item(
        1043,
        [
            article(20, "Тоо Кабар", "Журналист Чолпон Арзыева сотко чакырылды", when, "ky"),
            article(21, "Taza Süz", "Чолпон Арзыева сотко чакырылды", when + timedelta(minutes=9), "ky", copy_of=20),
            article(22, "Aksuur Courier", "Reporter summoned", when + timedelta(hours=1), "en"),
        ],
        [
            hit("Cholpon Arzyeva", "Сот Арзыевага чакыруу кагазын жиберди.", "Арзыевага", Message("dative"), where=20),
        ],
    )


def agency() -> ReviewItem:
    body = hit(
        "KOS",
        "Сотрудники КОС пришли к журналистам газеты.",
        "КОС",
        "acronym in capitals",
        where=30,
        kind=EntityType.ORGANIZATION,
        because="beside a press word: журналистам",
    )
    return item(1041, [article(30, "Утро", "Обыск в редакции", at(24, "09:00"), text_from=TextFrom.FEED)], [body])


def outlet_story() -> ReviewItem:
    named = hit(
        "Novaya Liniya", "Сайт «Новая линия» открыт.", "Новая линия", "same name", where=35, kind=EntityType.OUTLET
    )
    return item(1044, [article(35, "Север", "Сайт снова открыт", at(25, "06:10"))], [named])


def follow_up() -> ReviewItem:
    sentence = "По словам защиты, Токоеву отказано в осмотре третий день подряд."
    decision = Decision(1017, 1, at(23, "11:00"), "aida", Verdict.RELEVANT, id=5)
    return item(
        1017,
        [
            article(40, "Ак-Булак", "Токоева задержали", at(22, "10:00")),
            article(41, "Ак-Булак", "Адвокат: Токоева не пускают к врачу", at(25, "06:55")),
        ],
        [
            replace(
                hit("Melis Tokoev", sentence, "Токоеву", Message("the full name stands in this article"), where=41),
                verdict=Verdict.RELEVANT,
            )
        ],
        state=State.FOLLOW_UP,
        history=(decision,),
        verdict=Verdict.RELEVANT,
        reopened=Message("a new article from {}", "Ак-Булак"),
        reopened_at=at(25, "07:00"),
    )


def sports() -> ReviewItem:
    maybe = hit(
        "Melis Tokoev",
        "Второй мяч забил М. Токоев.",
        "М. Токоев",
        Message("“{}” is {} with an initial", "М. Токоев", "Melis Tokoev"),
        where=50,
        sure=False,
    )
    return item(1049, [article(50, "Stadion", "Чемпионат области завершён", at(24, "20:00"))], [maybe])


def surname_in_a_title() -> ReviewItem:
    title = "Арзыева жөнүндө"
    maybe = hit(
        "Cholpon Arzyeva",
        title,
        "Арзыева",
        Message("“{}” is the surname of {}", "Арзыева", "Cholpon Arzyeva"),
        where=51,
        sure=False,
        field=Field.TITLE,
    )
    only = article(51, "Taza Süz", title, at(24, "21:00"), "ky", text_from=TextFrom.FEED)
    return item(1050, [only], [maybe])


def only_copies() -> ReviewItem:
    return item(
        990,
        [
            article(60, "Утро", "Старое", at(22, "10:00")),
            article(61, "Север", "Старое", at(24, "10:00"), copy_of=60),
            article(62, "Stadion", "Старое", at(24, "11:00"), copy_of=60),
        ],
        [hit("Melis Tokoev", "Мелис Токоев.", "Мелис Токоев", "same name", where=60)],
    )


def full_day() -> DigestInput:
    return DigestInput(
        window=WINDOW,
        items=(
            only_copies(),
            follow_up(),
            agency(),
            arrest(),
            summons(),
            outlet_story(),
            sports(),
            surname_in_a_title(),
        ),
        waiting=11,
        oldest_waiting=at(23, "09:00"),
        feeds=feeds(44, NOVAYA, feed(43, "Taza Süz", FeedStatus.EMPTY, status_since=at(19, "12:00"))),
        feeds_read=43,
        last_read=at(25, "07:47"),
        articles=1316,
        articles_from_feed=38,
        counted={"KOS": 14},
        watchlist_changes=(ListChange(("aibek-saltanov", "ulan-beriev"), source="file: Aibek Saltanov, Ulan Beriev"),),
    )


def quiet_day(**more: object) -> DigestInput:
    quiet = DigestInput(
        window=WINDOW,
        waiting=4,
        oldest_waiting=at(23, "09:00"),
        feeds=feeds(44),
        feeds_read=44,
        last_read=at(25, "07:47"),
        articles=1316,
    )
    return replace(quiet, **more)  # type: ignore[arg-type]


def digest(happened: DigestInput, **more: object):
    return replace(make_digest(happened, BISHKEK), **more)  # type: ignore[arg-type]


def in_words(happened: DigestInput, **more: object) -> str:
    made = digest(happened, **more)
    return f"Subject: {subject(made)}\n\n{as_text(made)}"


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
    said = in_words(full_day(), next_at=NEXT, contact="admin@ngo.example", language=language)
    check_golden(f"full.{language}.txt", said, tmp_path)
    assert max(len(line) for line in said.splitlines()[1:]) <= 76


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
    left = re.findall(r"[A-Za-z]{3,}", as_text(digest(everything_wrong(), language=language)))
    assert set(left) <= {"HTTP", "Outlet", "watchlist", "yaml", "monitor", "doctor"}


def everything_wrong() -> DigestInput:
    """A day of many troubles and no story: each sentence of ours, but for those of stories."""
    broken = [feed(n, f"Outlet {n}", status) for n, status in enumerate(FeedStatus) if not status.is_healthy]
    lost = feed(50, "Outlet 50", memory=FeedState(overflow_first=at(24, "09:00"), overflow_last=at(24, "09:00")))
    still = feed(51, "Outlet 51")
    paused = feed(52, "Outlet 52")
    return quiet_day(
        feeds=(*broken, lost, still, replace(paused, feed=replace(paused.feed, paused=True))),
        silent=(Silence(still, at(1, "09:00"), timedelta(days=2)),),
        never_reviewed=3,
        watchlist_changes=(ListChange(("a",), ("b", "c"), ("d",), "watchlist.yaml"),),
        troubles=tuple(Trouble(k, at(24, "12:38"), u) for k in TroubleKind for u in (None, at(24, "12:52"))),
    )


def test_json_is_english_whatever_the_readers_language():
    assert as_json(digest(full_day(), language="ky")) == as_json(digest(full_day()))


def test_numbers_and_old_dates_are_said_as_the_language_has_it_and_do_not_break():
    day = quiet_day(oldest_waiting=at(23, "09:00").replace(year=2025))
    russian, kyrgyz = (as_text(digest(day, language=language)).replace("\n", " ") for language in ("ru", "ky"))
    assert "1\u00a0316 новых статей" in russian
    assert "вс, 23 нояб. 2025\u202fг.)" in russian
    assert "2025-ж. 23-ноя., жек.)" in kyrgyz


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        (full_day(), "[monitor] 4 new, 1 follow-up; 1 source refuses us - Wed 25 Nov"),
        (quiet_day(), "[monitor] nothing new; all 44 sources read - Wed 25 Nov"),
        (quiet_day(items=(sports(),)), "[monitor] nothing clear, 1 possible; all 44 sources read - Wed 25 Nov"),
        (quiet_day(items=(only_copies(),)), "[monitor] nothing new; all 44 sources read - Wed 25 Nov"),
        (quiet_day(feeds_read=40), "[monitor] nothing new; 40 of 44 sources read - Wed 25 Nov"),
        (quiet_day(feeds_read=0), "[monitor] broken: nothing could be fetched - Wed 25 Nov"),
        (quiet_day(last_read=at(24, "14:10")), "[monitor] broken: nothing can be fetched any more - Wed 25 Nov"),
        (quiet_day(feeds_read=3), "[monitor] broken: 3 of 44 sources read - Wed 25 Nov"),
        (quiet_day(items=(arrest(),), feeds_read=3), "[monitor] 1 new; 3 of 44 sources read - Wed 25 Nov"),
        (quiet_day(feeds=()), "[monitor] broken: nothing could be fetched - Wed 25 Nov"),
        (
            quiet_day(feeds=feeds(44, NOVAYA, replace(NOVAYA, number=45), feed(46, "B", FeedStatus.TLS))),
            "[monitor] nothing new; 2 sources refuse us, 1 source cannot be read - Wed 25 Nov",
        ),
    ],
)
def test_the_subject_says_how_much_and_whether_it_can_be_trusted(happened: DigestInput, line: str):
    assert subject(digest(happened)) == line


def test_the_subject_never_holds_a_name():
    line = subject(digest(full_day()))
    names = {word for one in full_day().items for h in one.hits for word in h.name.split()}
    outlets = {a.outlet for one in full_day().items for a in one.articles} | {"Novaya Liniya"}
    assert not [name for name in names | outlets if name in line]


# ---- quiet or broken ------------------------------------------------------------------------------------------------

DOWN = feed(1, "A", FeedStatus.UNREACHABLE, detail="the name of its server is not found (DNS)", failures=1)


@pytest.mark.parametrize(
    ("why", "happened", "alarm"),
    [
        ("all read", quiet_day(), Alarm.NONE),
        ("a few fail", quiet_day(feeds=feeds(3, DOWN)), Alarm.NONE),
        (
            "a paused feed is not missed",
            quiet_day(feeds=feeds(3, replace(DOWN, feed=replace(DOWN.feed, paused=True)))),
            Alarm.NONE,
        ),
        ("half of them were read", quiet_day(feeds_read=22), Alarm.NONE),
        ("half of them fail", quiet_day(feeds=feeds(4, DOWN, DOWN)), Alarm.NONE),
        ("read five hours ago", quiet_day(last_read=at(25, "03:00")), Alarm.NONE),
        ("nothing was read", quiet_day(feeds_read=0), Alarm.NOTHING_READ),
        ("read, then nothing for half a day", quiet_day(last_read=at(24, "14:10")), Alarm.NOTHING_READ),
        ("under half were read", quiet_day(feeds_read=21), Alarm.FEW_READ),
        ("read in the morning, most fail now", quiet_day(feeds=feeds(3, DOWN, DOWN), feeds_read=3), Alarm.FEW_READ),
        ("nothing to read", quiet_day(feeds=(), feeds_read=0), Alarm.NOTHING_READ),
    ],
)
def test_silence_is_quiet_only_when_the_sources_were_read(why: str, happened: DigestInput, alarm: Alarm):
    made = digest(happened)
    assert made.alarm == alarm, why
    assert as_text(made).startswith("DO NOT READ THIS AS QUIET: ") == bool(alarm)
    assert as_html(made).count("DO NOT READ THIS AS QUIET: ") == bool(alarm)
    assert ("This is quiet, not broken" in as_text(made)) == (why == "all read" or "ago" in why or "paused" in why)


def test_a_stop_is_told_with_its_hours():
    text = as_text(digest(quiet_day(last_read=at(24, "14:10"))))
    assert text.startswith("DO NOT READ THIS AS QUIET: nothing could be fetched Tue 24 Nov 14:10 to Wed\n25 Nov 08:00.")


def test_a_day_before_anything_was_read_is_no_outage_and_has_no_trouble_of_later():
    refuses = feed(1, "A", FeedStatus.REFUSED, status_since=at(26, "09:00"), failures=1)
    day = quiet_day(feeds=feeds(1, refuses), feeds_read=0, last_read=None, began=at(26, "09:00"))
    text = as_text(digest(day))
    assert text.startswith("DO NOT READ THIS AS QUIET: no source was read before Thu 26 Nov 09:00.")
    assert "refuses" not in text and "refuses" in as_text(
        digest(quiet_day(feeds=feeds(1, replace(refuses, status_since=at(24, "09:00")))))
    )


def test_trouble_that_the_run_found_which_writes_the_digest_is_told_in_it():
    refuses = feed(1, "A", FeedStatus.THROTTLED, status_since=at(25, "08:05"), failures=3)
    told = make_digest(quiet_day(feeds=feeds(1, refuses), began=at(1, "09:00")), BISHKEK).sources
    assert [state.number for state in told.unreadable] == [1]


def test_sources_that_bring_no_article_at_all_are_doubted():
    text = as_text(digest(quiet_day(articles=0)))
    assert "please check that this is right" in " ".join(text.split())
    assert "quiet, not broken" not in text


def test_a_file_that_does_not_load_is_the_first_line_with_its_hour_and_where_to_look():
    broken = Trouble(TroubleKind.WATCHLIST, at(24, "12:38"))
    for day in (full_day(), quiet_day()):
        text = " ".join(as_text(digest(replace(day, troubles=(broken,)))).split())
        assert text.startswith(
            "PLEASE FIX: watchlist.yaml cannot be read, and the last good watchlist is in force, "
            "since 24 Nov 12:38 (details: monitor doctor)."
        )


def test_trouble_that_is_over_is_told_in_the_past_below_the_stories():
    over = Trouble(TroubleKind.WATCHLIST, at(24, "12:38"), at(24, "12:52"))
    longer = Trouble(TroubleKind.DISK, at(23, "12:38"), at(24, "12:52"))
    text = " ".join(as_text(digest(quiet_day(troubles=(longer, over)))).split())
    assert "PLEASE FIX" not in text
    assert (
        "TROUBLE THAT IS OVER 23 Nov 12:38 to 24 Nov 12:52: the disk was nearly full. 24 Nov 12:38 to "
        "12:52: watchlist.yaml could not be read, and the watchlist before it was in force."
    ) in text
    told = as_json(digest(quiet_day(troubles=(over,)), language="ru"))
    assert told["problems"] == []
    assert told["troubles"] == [
        {
            "kind": "watchlist",
            "since": "2026-11-24T06:38:00Z",
            "until": "2026-11-24T06:52:00Z",
            "says": "watchlist.yaml could not be read, and the watchlist before it was in force",
        }
    ]


def test_what_waits_is_not_told_of_a_day_that_is_over():
    over = as_text(digest(quiet_day(waiting=None, oldest_waiting=None)))
    assert "waits" not in over and "Waiting" not in over
    assert "Nothing waits for you." in as_text(digest(quiet_day(waiting=0, oldest_waiting=None)))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (replace(NOVAYA, failures=1), "Novaya Liniya refuses our server (HTTP 403) since 24 Nov 22:05, 1 try."),
        (replace(NOVAYA, status_since=None, detail="", failures=0), "Novaya Liniya refuses our server."),
        (DOWN, "A cannot be read, 1 try: the name of its server is not found (DNS)."),
        (
            feed(1, "A", FeedStatus.GONE, detail="the server says it is gone for good (410)"),
            "A has given up this feed (HTTP 410).",
        ),
        (
            feed(1, "A", FeedStatus.UNPARSABLE, detail="evil\n\u202edetail"),
            "A sends what cannot be read as a feed: evil detail.",
        ),
        (
            feed(1, "A", FeedStatus.REFUSED, detail="withheld for legal reasons, the server says (451)"),
            "A is not allowed to show us its feed (HTTP 451).",
        ),
        (
            feed(1, "A", memory=FeedState(overflow_first=at(23, "09:00"), overflow_last=at(24, "09:00"))),
            "A brings more between two visits than its feed holds: items may be lost.",
        ),
        (feed(1, "A", memory=FeedState(overflow_last=at(24, "07:00"))), "All 3 sources were read."),
        (feed(1, "A", memory=FeedState(undated=at(20, "09:00"))), "All 3 sources were read."),
        (feed(1, "A", FeedStatus.NEW, last_ok=None), "Not read in this time: A."),
        (feed(1, "A", last_ok=at(23, "09:00")), "Not read in this time: A."),
        (feed(1, "A", status_since=None), "All 3 sources were read."),
    ],
)
def test_a_source_in_trouble_is_told_in_plain_words(state: FeedRecord, line: str):
    made = digest(quiet_day(feeds=feeds(3, state), feeds_read=3))
    sources = " ".join(as_text(made).partition("SOURCES")[2].split())
    assert sources.startswith(line)
    caveat = "This alone does not show that it is blocked in the country."
    assert (caveat in sources) == (state.status in {FeedStatus.REFUSED, FeedStatus.UNREACHABLE})


@pytest.mark.parametrize("status", [s for s in FeedStatus if not s.is_healthy and s is not FeedStatus.NEW])
def test_every_trouble_of_a_source_is_told(status: FeedStatus):
    text = as_text(digest(quiet_day(feeds=feeds(3, feed(3, "Taza Süz", status)))))
    assert "  Taza Süz " in text
    assert "All 3" not in text.partition("SOURCES")[2]


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
    made = digest(quiet_day(), **with_story)
    assert "[1049]" in as_text(made), f"`lay_out` has no section for {section}"
    assert subject(made) != subject(digest(quiet_day())), f"`_stories_in_short` does not count {section}"
    other = digest(quiet_day(items=(follow_up() if section == "new" else arrest(),)))
    opening = lay_out(replace(other, **with_story)).opening
    assert opening != lay_out(other).opening, f"`_opening` does not count {section}"


def test_an_article_filed_as_the_window_ends_is_for_the_next_one():
    lead = arrest().articles[0]
    assert section_of(item(1, [replace(lead, filed=WINDOW.since)], arrest().hits)) == "new"
    later = digest(quiet_day(items=(item(1, [replace(lead, filed=WINDOW.until)], arrest().hits),)))
    assert as_json(later)["counts"]["stories"] == 0


def test_people_come_first_then_outlets_then_bodies_then_the_hour():
    made = digest(replace(full_day(), items=(agency(), outlet_story(), summons(), arrest())))
    assert [told.item.id for told in made.new] == [1042, 1043, 1044, 1041]


def test_a_follow_up_shows_the_new_article_and_the_decision_it_follows():
    text = as_text(digest(quiet_day(items=(follow_up(),))))
    assert "FOLLOW-UP to a story you decided on 23 Nov\n  [1017] Адвокат: Токоева не пускают" in text
    assert "Токоева задержали" not in text
    undecided = replace(follow_up(), state=State.OPEN, history=(), verdict=None)
    assert "FOLLOW-UP to a story you know\n" in as_text(digest(quiet_day(items=(undecided,))))


def test_an_undone_decision_is_not_told_as_one():
    undo = Decision(1017, 2, at(23, "12:00"), "aida", None, undoes=5, id=6)
    text = as_text(digest(quiet_day(items=(replace(follow_up(), history=(*follow_up().history, undo)),))))
    assert "you decided" not in text
    assert "Decision" not in text


def test_a_follow_up_that_was_decided_again_tells_what_stands_now():
    again = Decision(1017, 2, at(25, "07:30"), "aida", Verdict.NOT_RELEVANT, id=6)
    one = replace(follow_up(), state=State.DECIDED, history=(*follow_up().history, again))
    text = as_text(digest(quiet_day(items=(one,))))
    assert "Decision on 25 Nov: not relevant\n" in text
    assert "23 Nov" not in text.partition("FOLLOW-UP")[2]
    assert "Why it is back" not in text


def test_what_was_decided_meanwhile_is_said():
    said = Decision(1042, 1, at(25, "07:10"), "aida", Verdict.NOT_RELEVANT, id=1)
    text = as_text(digest(quiet_day(items=(replace(arrest(), state=State.DECIDED, history=(said,)),))))
    assert "Decision on 25 Nov: not relevant" in text


def test_the_surest_words_of_the_article_shown_are_quoted():
    one = arrest()
    first, title = one.hits[0], "Суд продлил арест Мелису Токоеву"
    in_title = hit("Melis Tokoev", title, "Мелису Токоеву", "full name", where=1, field=Field.TITLE).mentions[0]
    weak = hit("Melis Tokoev", "Он же М. Токоев.", "М. Токоев", "initial", where=1, sure=False).mentions[0]
    in_copy = hit("Melis Tokoev", "Копия: Токоев Мелис.", "Токоев Мелис", "full name", where=2).mentions[0]
    earlier = hit("Melis Tokoev", "Токоев молчал.", "Токоев", "surname", where=1).mentions[0]
    earlier = replace(earlier, mention=replace(earlier.mention, score=90.0))
    many = replace(first, mentions=(weak, in_copy, in_title, earlier, *first.mentions))
    text = as_text(digest(quiet_day(items=(replace(one, hits=(many,)),))))
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


def _a_story(number: int, days: list[tuple[int, bool]], sure: bool, kind: EntityType) -> ReviewItem:
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
        "Melis Tokoev", "Melis Tokoev spoke.", "Melis Tokoev", "same name", where=number * 10, kind=kind, sure=sure
    )
    return item(number, articles, [named])


@given(_STORIES)
def test_counts_add_up_and_no_story_is_told_twice(stories: list[tuple[list[tuple[int, bool]], bool, EntityType]]):
    items = tuple(_a_story(100 + n, *story) for n, story in enumerate(stories))
    made = digest(quiet_day(items=items))
    gained = [one.id for one in items if any(a.filed in WINDOW for a in one.articles)]
    told = as_json(made)
    everywhere = [story["item"] for section in told["sections"].values() for story in section]
    assert sorted(everywhere) == gained
    assert {name: len(section) for name, section in told["sections"].items()} == {
        name: told["counts"][name] for name in told["sections"]
    }
    assert told["counts"]["stories"] == len(gained)
    for kind, count in (("new", len(made.new)), ("follow-ups?", len(made.follow_up))):
        found = re.search(rf"(\d+) {kind}[,;]", subject(made))
        assert (int(found[1]) if found else 0) == count
    shown = re.findall(r"\[(\d+)]", as_text(made))
    assert len(shown) == len(set(shown)) == min(10, len(made.possible)) + len(made.new) + len(made.follow_up)
    json.dumps(told)


def test_the_first_lines_say_what_the_sections_hold():
    text = as_text(digest(full_day()))
    assert "4 new stories (12 articles, 6 of them copies). 1 follow-up. 2 copies joined\n1 story you know." in text
    assert "2 possible mentions. Waiting for you: 11, oldest since Mon 23 Nov." in text


# ---- what the world may not do to a mail ----------------------------------------------------------------------------

HOSTILE = '<script>alert(1)</script><img src=x onerror="a()">" onclick="b()'


def hostile_day() -> DigestInput:
    lead = article(
        1,
        HOSTILE,
        f"{HOSTILE}\r\nBcc: x@y.example\u202e\u2066 gnp.exe\x00\x1b[31m",
        at(24, "10:00"),
        language='ru" onload="x',
        url="javascript:alert(1)",
    )
    named = hit(f"Melis {HOSTILE}", f"{HOSTILE} Токоев {HOSTILE}", "Токоев", HOSTILE, where=1, because=HOSTILE)
    broken = feed(2, HOSTILE, FeedStatus.REFUSED, detail=HOSTILE)
    return quiet_day(
        items=(item(7, [lead], [named, replace(named, entity="other", confidence=Confidence.POSSIBLE)]),),
        feeds=feeds(9, broken),
        counted={HOSTILE: 2},
        watchlist_changes=(ListChange(("a",), source=HOSTILE),),
    )


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_nothing_from_outside_becomes_markup():
    page = as_html(digest(hostile_day(), contact=HOSTILE, next_at=NEXT, base_url="javascript:alert(1)//"))
    tags = Tags(page).seen
    assert {tag for tag, _ in tags} <= {
        *("html", "head", "meta", "title", "style", "body", "p", "h2", "h3", "span", "div", "b", "br", "small", "mark")
    }
    assert {name for _, attributes in tags for name in attributes} <= {
        *("lang", "charset", "name", "content", "class", "dir")
    }
    assert "&lt;script&gt;" in page


def test_the_page_fetches_nothing_and_links_only_to_the_web():
    tags = Tags(as_html(digest(full_day()))).seen
    assert not {tag for tag, _ in tags} & {"img", "script", "link", "iframe", "video", "object", "form", "base"}
    links = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert len(links) == len(digest(full_day()).listed_stories) == len(full_day().items) - 1
    assert all(href and href.startswith("https://news.example/") for href in links)
    assert "url(" not in as_html(digest(full_day()))
    assert "@import" not in as_html(digest(full_day()))


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (("“{}” is {}", "“{}” = {} in the other script", "“{}” has the words of {}"), "“A” has the words of B"),
        (("“{}” is {}", "“{}” = {} in the other script"), "“A” is B"),  # there is no more to say
    ],
)
def test_a_reason_that_says_no_more_than_the_name_gives_way(why: tuple[str, ...], told: str):
    reasons = [Message(message, "A", "B") for message in why]
    named = hit("Melis Tokoev", "Мелис Токоев", "Мелис Токоев", *reasons, where=1)
    for confidence, shown in ((Confidence.STRONG, False), (Confidence.POSSIBLE, True)):
        one = item(1, [arrest().articles[0]], [replace(named, confidence=confidence)])
        assert (f"possible: {told}\n" in as_text(digest(quiet_day(items=(one,))))) is shown  # a clear one needs none


def test_a_headline_names_its_language():
    page = as_html(digest(full_day()))
    assert '<span dir="auto" lang="ky">Журналист Чолпон Арзыева сотко чакырылды</span>' in page


def test_matched_words_are_marked_in_a_passage_that_names_its_language():
    page = as_html(digest(full_day(), language="ru"))
    assert '<html lang="ru">' in page
    assert '<span dir="auto" lang="ky">«Сот <mark>Арзыевага</mark> чакыруу кагазын жиберди.»</span>' in page
    assert page.count("<mark>") == len(digest(full_day()).listed_stories)
    assert (
        "дательный падеж" not in page
        and "под вопросом: " in page
        and "Почему снова здесь: новая статья, Ак-Булак" in page
    )
    lead = replace(arrest().articles[0], language="")
    assert '<span dir="auto" lang="">Суд' in as_html(digest(quiet_day(items=(item(1, [lead], arrest().hits),))))


def test_what_troubles_a_source_and_changed_the_list_is_told_in_the_readers_language():
    larger = feed(1, "A", FeedStatus.TOO_LARGE, detail=Message("larger than {} MB", "10"), failures=1)
    foreign = feed(2, "B", FeedStatus.UNPARSABLE, detail="nobody says this now")
    change = ListChange(changed=("a", "b"), source="watchlist.yaml")
    page = as_html(digest(quiet_day(feeds=feeds(3, larger, foreign), watchlist_changes=(change,)), language="ru"))
    assert "больше 10 МБ." in page and "larger" not in page
    assert "изменено: 2 из файла watchlist.yaml" in page and "changed" not in page
    assert '<span lang="en">nobody says this now.</span>' in page


@pytest.mark.parametrize(
    ("source", "author", "told"),
    [
        ("desk", "Aida", "+1 — Aida"),
        ("terminal", "root", "+1 — root"),
        ("list.csv", "root", "+1 by list.csv"),
        ("watchlist.yaml", "", "+1 by watchlist.yaml"),
    ],
)
def test_an_edit_of_the_list_is_signed_and_a_file_is_named(source: str, author: str, told: str):
    change = ListChange(("a",), source=source, author=author)
    assert told in as_text(digest(quiet_day(watchlist_changes=(change,))))
    assert change.without(["b"]) == change and change.without(["a"]) is None


def test_text_has_no_controls_and_no_foreign_lines():
    text = as_text(digest(hostile_day()))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)
    assert "\nBcc" not in text
    assert "javascript:" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://ak-bulak.example/n/1?a=1&b=2", True),
        ("http://пример.example/новость", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//host.example/x", False),
        ("https://a.example/x\nBcc: y", False),
        ("https://a.example/\u202egnp", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, followed: bool):
    assert safe_link(url) == (url if followed else "")


def test_long_headlines_are_cut_at_a_word():
    shown = shorten("слово " * 100, 120)
    assert len(shown) <= 120
    assert shown.endswith("слово…")


def test_the_joiners_of_persian_spelling_stay():
    word = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert clean(f" {word}\u200b\n") == word


@pytest.mark.parametrize("headline", ["", " \u200b\u202e\n"])
def test_a_story_without_a_headline_is_told_all_the_same(headline: str):
    lead = replace(arrest().articles[0], headline=headline)
    assert "\n1 (no headline)  " in as_text(digest(quiet_day(items=(item(1, [lead], arrest().hits),))))


def test_lines_are_short_enough_to_be_quoted():
    made = digest(full_day(), next_at=NEXT, contact="admin@ngo.example")
    assert max(len(line) for line in as_text(made).splitlines()) <= 76


def test_a_very_long_day_says_how_much_more_there_is():
    long = "Заголовок «о деле» & <b> " * 20
    items = tuple(
        item(
            n,
            [article(n, "Ак-Булак", long, at(24, "10:00"), url=f"https://a.example/{'x' * 1900}{n}")],
            [hit(f"Name {k} {n}", f"{long} Токоев {long}", "Токоев", long, where=n) for k in range(9)],
        )
        for n in range(1, 400)
    )
    made = digest(quiet_day(items=items, watchlist_changes=(ListChange(("a",), source=long),)))
    for told in (as_text(made), as_html(made)):
        assert "399 new stories" in told
        assert "and 339 more stories; the queue has them all." in told
        assert len(re.findall(r"\[\d+]", told)) == 60
    assert len(as_json(made)["sections"]["new"]) == 399


def test_an_ordinary_day_is_told_whole_in_html():
    page = as_html(digest(full_day()))
    for number in (1042, 1043, 1044, 1041, 1017, 1049, 1050):
        assert page.count(f"[{number}]") == 1
    assert " more stor" not in page


# ---- links, zone, closing -------------------------------------------------------------------------------------------


def test_with_a_desk_stories_link_to_it_by_number():
    text = as_text(digest(quiet_day(items=(arrest(),)), base_url="https://desk.example/"))
    assert "  https://desk.example/items/1042\n" in text
    assert "news.example" not in text


@pytest.mark.parametrize(
    ("more", "last"),
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
def test_the_last_line_says_when_the_next_comes_where_that_is_known(more: dict[str, object], last: str):
    assert as_text(digest(quiet_day(), **more)).splitlines()[-1].strip() == last


def test_times_are_those_of_the_reader():
    made = make_digest(full_day(), timezone=ZoneInfo("America/New_York"))
    assert as_text(made).startswith("Mon 23 Nov 21:00 to Tue 24 Nov 21:00 (New York), by the time we first saw\nit.")


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
    made = replace(make_digest(full_day(), ZoneInfo(zone)), language=language)
    assert f"({place})" in as_text(made).partition("\n\n")[0].replace("\n", " ")


def test_a_date_in_the_future_is_not_believed():
    lead = replace(arrest().articles[0], published=at(24, "23:59"), first_seen=at(24, "16:15"))
    assert "Ак-Булак (ru) 24 Nov 16:15" in as_text(digest(quiet_day(items=(item(1, [lead], arrest().hits),))))


def test_an_old_date_is_told_with_its_year():
    assert "oldest since Sun 23 Nov 2025." in as_text(
        digest(quiet_day(oldest_waiting=at(23, "09:00").replace(year=2025)))
    )


def test_programs_get_ids_counts_and_times_in_utc():
    told = json.loads(json.dumps(as_json(digest(full_day(), next_at=NEXT))))
    assert told["window"] == {
        "since": "2026-11-24T02:00:00Z",
        "until": "2026-11-25T02:00:00Z",
        "timezone": "Asia/Bishkek",
    }
    assert told["counts"]["stories"] == len(full_day().items)
    assert told["waiting"] == {"count": 11, "oldest": "2026-11-23T03:00:00Z"}
    assert [h["entity"] for h in told["sections"]["new"][0]["hits"]] == [
        "melis-tokoev",
        "kos",
        "tolkun-media",
        "cholpon-arzyeva",
    ]
    assert told["sources"]["refused"][0]["feed"] == "feed-44"
    assert told["alarm"] == ""
