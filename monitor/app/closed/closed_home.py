"""The closed watch of a home: a database beside the open one. Most homes have none. And who is cleared for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from monitor.errors import MonitorError, NotFound
from monitor.home import Home
from monitor.model import ROW_ARTICLES, Act, AuditLine, QueueFilter, QueueTab, ReviewItem, User
from monitor.store import open_store

SCHEMA = "closed"  # on PostgreSQL


def closed_watch(home: Home, *, create: bool = False) -> Home | None:
    """Return the watch of the closed names, which only the cleared may know of; None if no name was ever closed."""
    if home.is_closed:
        return home
    file = home.settings.closed_database_file
    if not home.cache.closed and (create or (file.exists() if file else home.store.database.has_schema(SCHEMA))):
        store = open_store(home.settings.closed_database_url, schema=SCHEMA)
        home.cache.closed = Home(home.settings, store, home.clock, home.make_sandbox, base=home)
    return home.cache.closed


def watch_of(home: Home, *, closed: bool) -> Home:
    """Return the closed watch, or else the open one. Raises NotFound if no name is closed."""
    watch = closed_watch(home) if closed else home
    if watch is None:
        raise NotFound("no name was ever marked sensitive, so there is no closed watch; leave out --closed")
    return watch


def count_waiting(closed: Home) -> int:
    """Return the number of items that wait for a decision."""
    return closed.store.queue.page(QueueFilter(), closed.clock(), 0).tab_counts[QueueTab.WAITING]


def open_items(closed: Home, item: ReviewItem) -> Sequence[ReviewItem]:
    """Return the items of the open watch that hold articles of this item now, each with its first article."""
    store = closed.open_watch.store
    numbers = store.archive.item_numbers([article.id for article in item.articles])
    return store.cards.items(sorted({*numbers.values()}), ROW_ARTICLES)


log = logging.getLogger(__name__)


def change_clearance(home: Home, user: User, *, cleared: bool, by: User | None) -> User:
    """Clear an account for the closed watch or end that, and write it into the log of the closed watch.

    `by`: None at the terminal, where the last one can lose the right, too. Raises NotFound, InputError.
    """
    new_user = home.people.clear(user.id, cleared=cleared, even_last=by is None)
    _record_clearance(home, user, new_user, by)
    return new_user


def record_loss(home: Home, before: User, after: User, by: User) -> None:
    """Write into the log of the closed watch if an account has lost the right by another change.

    Call when that change was answered: neither time nor an error of the closed store may tell who was cleared.
    """
    try:
        _record_clearance(home, before, after, by)
    except MonitorError as error:
        log.warning("the log of the closed watch lacks an end of what an account was cleared for: %s", error)


def _record_clearance(home: Home, before: User, after: User, by: User | None) -> None:
    """Write into the log of the closed watch if an account is cleared now or is not any more.

    Clearing somebody makes that watch. `by`: None at the terminal.
    """
    watch = closed_watch(home, create=after.cleared) if before.cleared != after.cleared else None
    if watch is not None:
        act, author = Act.CLEARED if after.cleared else Act.UNCLEARED, by.id if by else None
        line = AuditLine(home.clock(), author, act, after.id, "" if by else "terminal")
        watch.store.people.add_audit_line(line)
