"""Who is cleared for the closed watch: changes, and their lines in its log."""

from __future__ import annotations

import logging

from monitor.app.closed.closed_home import closed_watch
from monitor.errors import MonitorError
from monitor.home import Home
from monitor.model import Act, AuditLine, User

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
