"""Lines of the audit log, as requests write them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from monitor.home import Home
from monitor.model import Act, AuditLine, User
from monitor.web.security import home_of, request_context

# These lines are written before or without a change; all others, once it is stored.
_ACTS_OF_READING = frozenset({Act.READ_SENSITIVE, Act.EXPORTED, Act.TRIED_PAGE, Act.ASKED_SITE, Act.REFUSED})


def write_audit_line(
    request: Request,
    act: Act,
    subject: int | None = None,
    detail: str = "",
    user: User | None = None,
    *,
    home: Home | None = None,
) -> None:
    """Write one line of the audit log, by the given user or the one who is signed in; `home`: of another watch.

    Most acts are written down once they are stored: the receipt of their form says so, also if nothing after it works.
    """
    if act not in _ACTS_OF_READING and (receipt := request.scope.get("receipt")):
        receipt.mark_stored()
    home = home or home_of(request)
    actor = user or request_context(request).signed_in_user
    home.store.people.add_audit_line(AuditLine(home.clock(), actor.id, act, subject, detail))


def write_audit_line_for_items(request: Request, act: Act, numbers: Sequence[int]) -> None:
    """Write one line of the audit log about several items, none for no items."""
    if len(numbers) == 1:
        write_audit_line(request, act, subject=numbers[0])
    elif numbers:
        write_audit_line(request, act, detail=" ".join(map(str, numbers)))
