"""The use cases of the desk over the store of the closed watch, for users who are cleared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.app.closed_watch import ClosedWatch
from monitor.app.service import App
from monitor.model import ROW_ARTICLES, Act, AuditLine, FeedRecord, QueueFilter, QueueTab, ReviewItem, Run, User

if TYPE_CHECKING:
    from monitor.app.sources.desk import DeskSources
    from monitor.store.desk.users import SqlUsers


class ClosedApp(App):
    """The service over the closed watch. Accounts, sources and readings are those of the open one."""

    is_closed = True

    def __init__(self, open_app: App, watch: ClosedWatch) -> None:
        """Store the parts."""
        super().__init__(watch.settings, watch.store, watch.clock)
        self._open, self._watchlist, self._closed_watch = open_app, watch.watchlist, watch

    @property
    def people(self) -> SqlUsers:
        return self._open.people

    @property
    def sources(self) -> DeskSources:
        return self._open.sources

    def feeds(self) -> Sequence[FeedRecord]:
        return self._open.feeds()

    def runs(self, limit: int) -> Sequence[Run]:
        return self._open.runs(limit)

    def count_waiting(self) -> int:
        """Return the number of items that wait for a decision."""
        return self.desk.queue.page(QueueFilter(), self.clock(), 0).tab_counts[QueueTab.WAITING]

    def open_items(self, item: ReviewItem) -> Sequence[ReviewItem]:
        """Return the items of the open watch that hold articles of this item now, each with its first article."""
        numbers = self._open.store.archive.item_numbers([article.id for article in item.articles])
        return self._open.desk.cards.items(sorted({*numbers.values()}), ROW_ARTICLES)


def change_clearance(app: App, user: User, *, cleared: bool, by: User | None) -> User:
    """Clear an account for the closed watch or end that, and write it into the log of the closed watch.

    `by`: None at the terminal, where the last one can lose the right, too. Raises NotFound, InputError.
    """
    new_user = app.people.clear(user.id, cleared=cleared, even_last=by is None)
    record_clearance(app, user, new_user, by)
    return new_user


def record_clearance(app: App, before: User, after: User, by: User | None) -> None:
    """Write into the log of the closed watch if an account is cleared now or is not any more.

    Clearing somebody makes that watch. `by`: None at the terminal.
    """
    watch = app.closed_watch(create=after.cleared) if before.cleared != after.cleared else None
    if watch is not None:
        act, author = Act.CLEARED if after.cleared else Act.UNCLEARED, by.id if by else None
        line = AuditLine(app.clock(), author, act, after.id, "" if by else "terminal")
        watch.store.people.add_audit_line(line)
