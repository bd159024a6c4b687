"""A database with all that a few days bring, and what is done with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy import text as sql

from kit.judged import POSSIBLE, SILENT, judged
from kit.judged import join as join_article
from kit.store import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    article,
    backlog,
    ended,
    filed,
    hit,
    item,
    sketch,
    stored,
    watch,
)
from monitor.model import (
    Delivery,
    Mailing,
    Outcome,
    Rendering,
    Result,
    ReviewItem,
    Run,
    Verdict,
    Window,
)
from monitor.review.decisions import undo
from monitor.store import Store
from monitor.store import tables as t

RETENTION = timedelta(days=90)
THEN, TICK = NOW + RETENTION + MINUTE, timedelta(microseconds=1)


def undone(store: Store, item: ReviewItem, at: datetime = NOW) -> ReviewItem:
    after, line = undo(item, item.history[-1], "aida", at)
    return store.reviews.save(after, was=item.version, decision=line)


def join(store: Store, item: ReviewItem, copy_of: int | None = None, at: datetime = NOW) -> ReviewItem:
    return join_article(store, item, stored(store, hit(), at=at, outlet="Herald"), copy_of=copy_of, at=at)


def mailed(store: Store, since: datetime, until: datetime, *to: str) -> Window:
    mailing = Mailing(Window(since, until), until, Rendering("Digest", "text", "<p>html</p>"))
    deliveries = [
        Delivery("mail", recipient, f"<{until:%Y%m%dT%H%M%S}.{recipient}>", until, mailing.rendering)
        for recipient in to or ("desk@x.example",)
    ]
    assert store.outbox.put(mailing.window, lambda _: (mailing, deliveries))
    return mailing.window


def whole_way(store: Store) -> None:
    """Fill a database with every kind of row; article, entry, story and item numbers are in the comments."""
    watch(store)
    fingerprint = sketch(1, -2, names=(7,), numbers=(8,))
    one = filed(store, hit(), fingerprint=fingerprint)  # article 1, item 1: decided and undone, with a copy
    two = filed(store, hit(), hit("Nobody", "cholpon", **POSSIBLE))  # article 2, item 2: decided, then a follow-up
    one = join(store, one, copy_of=one.lead.id)  # article 3
    undone(store, judged(store, one, Verdict.NOT_RELEVANT))  # decisions 1 and 2
    join(store, judged(store, two, Verdict.RELEVANT))  # decision 3, article 4
    judged(store, filed(store), Verdict.LATER, until=NOW + DAY)  # article 5, item 3, decision 4
    judged(store, filed(store, hit(), hit("court", "kos")), Verdict.RELEVANT, entity="melis")  # article 6, item 4
    filed(store, hit(**POSSIBLE))  # article 7, item 5
    seven, silent, waiting, kept_entry = backlog(store, *(item(n) for n in range(9001, 9005)))  # entries 8 to 11
    store.entries.save_result(ended(seven, "nobody"))  # article 8
    store.entries.save_result(
        replace(ended(seven, "nobody"), article=article("nobody", title="Edited"), fingerprint=sketch(5))
    )
    store.entries.save_result(ended(silent, "silent", hit(**SILENT), outcome=Outcome.COUNTED))  # article 9
    store.entries.save_result(Result(waiting, NOW, Outcome.PENDING, "timeout", due=NOW + HOUR))
    store.entries.save_result(Result(kept_entry, NOW, Outcome.DUPLICATE, "the article is known already"))
    for day in range(3):
        mailed(store, NOW + (day - 3) * DAY, NOW + (day - 2) * DAY)
    (delivery, *_) = store.outbox.claim("mail", NOW, NOW + MINUTE)
    store.outbox.mark_sent(delivery, NOW)
    store.runs.save(Run(NOW - HOUR))
    store.runs.save(Run(NOW, ended=NOW))
    store.entries.release()


def run(store: Store, *statements: str, **values: object) -> None:
    with store.database.writing("a test") as connection:
        for statement in statements:
            connection.execute(sql(statement), values)


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.database.reading() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in t.Row.metadata.tables.items()
        }
