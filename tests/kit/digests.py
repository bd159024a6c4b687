"""Digest inputs: a window, stories and feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.match.incidents.custody import custody_of_name
from monitor.model import (
    Confidence,
    EntityType,
    Feed,
    FeedRecord,
    FeedStatus,
    Field,
    ItemArticle,
    ItemHit,
    ItemMention,
    Mention,
    Message,
    ReviewItem,
    Span,
    State,
    TextFrom,
    Window,
)

BISHKEK = ZoneInfo("Asia/Bishkek")


WINDOW = Window(datetime(2026, 11, 24, 2, tzinfo=UTC), datetime(2026, 11, 25, 2, tzinfo=UTC))


def at(day: int, clock: str) -> datetime:
    """Return a time in Bishkek, by a day of November and a clock time."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=BISHKEK).astimezone(UTC)


def article(
    number: int, outlet: str, headline: str, when: datetime, language: str = "ru", **fields: object
) -> ItemArticle:
    plain = ItemArticle(
        id=number,
        outlet=outlet,
        language=language,
        headline=headline,
        url=f"https://news.example/n/{number}",
        published=when,
        first_seen=when + timedelta(minutes=3),
        filed=when + timedelta(minutes=5),
        text_from=TextFrom.PAGE,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def hit(
    name: str,
    sentence: str,
    words: str,
    *why: str,
    where: int,
    kind: EntityType = EntityType.PERSON,
    is_sure: bool = True,
    alerts: bool = True,
    because: str = "",
    field: Field = Field.TEXT,
) -> ItemHit:
    confidence = Confidence.STRONG if is_sure else Confidence.POSSIBLE
    start = sentence.find(words)
    mention = Mention(
        name.lower().replace(" ", "-"),
        name,
        Span(start, start + len(words)),
        words,
        field,
        confidence,
        97.0 if is_sure else 70.0,
        why,
        custody=custody_of_name(sentence, words),
    )
    item_mention = ItemMention(mention, where, sentence)
    return ItemHit(name.lower().replace(" ", "-"), name, kind, confidence, alerts, (item_mention,), why=because)


def inflected(*words: tuple[str, str]) -> list[Message]:
    return [Message("“{}”: {} of {}", word, Message("genitive or accusative"), listed) for word, listed in words]


def item(number: int, articles: Sequence[ItemArticle], hits: Sequence[ItemHit], **fields: object) -> ReviewItem:
    plain = ReviewItem(number, 1, State.OPEN, number, articles[0].first_seen, tuple(articles), tuple(hits))
    return replace(plain, **fields)  # type: ignore[arg-type]


def answered(meaning: str, status: int) -> Message:
    """Return why a feed was not read, as the fetcher says it of a server's answer."""
    return Message("{} ({})", Message(meaning), status)


def feed(number: int, outlet: str, status: FeedStatus = FeedStatus.OK, **fields: object) -> FeedRecord:
    plain = FeedRecord(
        number, Feed(f"feed-{number}", f"https://f{number}.example/rss", outlet), status, last_ok=at(25, "07:47")
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def feeds(count: int, *other_feeds: FeedRecord) -> tuple[FeedRecord, ...]:
    return (*(feed(n, f"Outlet {n}") for n in range(1, count + 1 - len(other_feeds))), *other_feeds)


def arrest() -> ReviewItem:
    when = at(24, "16:12")
    copies = [
        article(2 + n, outlet, "Арест Токоеву продлён", when + timedelta(hours=1, minutes=n), copy_of=1)
        for n, outlet in enumerate(("Stadion", "Утро", "Утро", "Вести Юга", "Север"))
    ]
    kyrgyz = article(9, "Тоо Кабар", "Токоевдин камагы узартылды", when + timedelta(hours=2), "ky")
    sentence = "Суд Нижнего района Аксуура оставил Токоева Мелиса под стражей до 20 января, сообщил его адвокат."
    return item(
        1042,
        [article(1, "Ак-Булак", "Суд продлил арест Мелису Токоеву", when), *copies, kyrgyz],
        [
            hit(
                "Melis Tokoev",
                sentence,
                "Токоева Мелиса",
                *inflected(("Мелиса", "Melis"), ("Токоева", "Tokoev")),
                where=1,
            ),
            hit("KOS", "Дело ведёт КОС.", "КОС", "acronym", where=1, kind=EntityType.ORGANIZATION),
            hit("Tolkun Media", "Для «Толкун Медиа».", "Толкун Медиа", "same name", where=1, kind=EntityType.OUTLET),
            hit("Cholpon Arzyeva", "Там была Арзыева.", "Арзыева", "surname only", where=1, is_sure=False),
        ],
    )
