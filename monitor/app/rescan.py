"""Another look at the stored articles with the present list."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.app.run import ARTICLES_AT_ONCE
from monitor.match import Compiled
from monitor.model import Find
from monitor.pipeline import look_again
from monitor.ports import Archive


def look_through(
    archive: Archive,
    compiled: Compiled,
    now: datetime,
    *,
    since: timedelta | None = None,
    entities: Collection[str] = (),
    apply: bool = False,
) -> Iterator[Find]:
    """What another look brings, newest article first; with `entities`: for them alone. `apply` stores what it gains."""
    after = None if since is None else now - since
    up_to: int | None = None
    while batch := archive.articles(up_to, after, ARTICLES_AT_ONCE):
        finds = [_about(find, entities) for find in look_again(batch, compiled=compiled)]
        finds = [find for find in finds if find.gained or find.lost]
        if apply:
            archive.save(finds, now)
        yield from finds
        up_to = batch[-1].article.id - 1


def _about(find: Find, entities: Collection[str]) -> Find:
    if not entities:
        return find
    gained = tuple(hit for hit in find.gained if hit.entity in entities)
    return replace(find, gained=gained, lost=tuple(entity for entity in find.lost if entity in entities))
