"""Whether the recipients that a page names are reached now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import Request

from monitor.app.reach import reach_by_mark
from monitor.app.recipients_file import AlertChoice
from monitor.model import Reach, ReachState
from monitor.web.security import home_of


def reaches_of(request: Request, choices: Iterable[AlertChoice]) -> Mapping[str, Reach]:
    """Return whether alerts reach these recipients now, by their marks."""
    marks = [choice.mark for choice in choices]
    reaches = reach_by_mark(home_of(request)) if marks else {}
    return {mark: reaches.get(mark, Reach(ReachState.LEFT_OUT)) for mark in marks}
