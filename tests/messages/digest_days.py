"""An invented day with a story of each kind, a quiet day, and the digests of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kit.digests import BISHKEK, WINDOW, answered, arrest, article, at, feed, feeds, hit, item
from monitor.messages.content.stories.build import make_digest
from monitor.model import (
    Code,
    Decision,
    DigestInput,
    EntityType,
    FeedStatus,
    Field,
    ListChange,
    Message,
    ReviewItem,
    State,
    TextFrom,
    Verdict,
)

NEXT = datetime(2026, 11, 26, 2, tzinfo=UTC)
NOVAYA = feed(
    44,
    "Novaya Liniya",
    FeedStatus.REFUSED,
    detail=answered("the server refuses to show this", 403),
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
        Message("“{}” is {} with an initial", "М. Токоев", "Melis Tokoev", code=Code.INITIAL_ALONE),
        where=50,
        is_sure=False,
    )
    return item(1049, [article(50, "Stadion", "Чемпионат области завершён", at(24, "20:00"))], [maybe])


def surname_in_a_title() -> ReviewItem:
    title = "Арзыева жөнүндө"
    maybe = hit(
        "Cholpon Arzyeva",
        title,
        "Арзыева",
        Message("“{}” is the surname of {}", "Арзыева", "Cholpon Arzyeva", code=Code.SURNAME_ALONE),
        where=51,
        is_sure=False,
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
    stories = (only_copies, follow_up, agency, arrest, summons, outlet_story, sports, surname_in_a_title)
    return quiet_day(
        items=tuple(story() for story in stories),
        waiting=11,
        feeds=feeds(44, NOVAYA, feed(43, "Taza Süz", FeedStatus.EMPTY, status_since=at(19, "12:00"))),
        feeds_read=43,
        articles_from_feed=38,
        counted={"KOS": 14},
        watchlist_changes=(ListChange(("aibek-saltanov", "ulan-beriev")),),
    )


def quiet_day(**fields: object) -> DigestInput:
    quiet = DigestInput(
        window=WINDOW,
        waiting=4,
        oldest_waiting=at(23, "09:00"),
        feeds=feeds(44),
        feeds_read=44,
        last_read=at(25, "07:47"),
        articles=1316,
    )
    return replace(quiet, **fields)  # type: ignore[arg-type]


def digest(happened: DigestInput, **fields: object):
    return replace(make_digest(happened, BISHKEK), **fields)  # type: ignore[arg-type]
