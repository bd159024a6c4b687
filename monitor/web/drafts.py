"""Decisions that came after the session had ended: shown to their author again, never stored unasked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from monitor.model import Verdict

LASTS = timedelta(minutes=10)
LONGEST_ACT, LONGEST_NOTE = 60, 2_000
AT_ONCE = 500  # stories that one step may judge
LONGEST_CHOICE = AT_ONCE * 22
MANY = 0  # in place of an item's number: the stories of one step
_DECISION = re.compile(r"(?:/items/([0-9]{1,9})|/queue/together)/decide(?:\?|$)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A verdict with its note, as a form sends them. `author` is the person that the form was shown to.

    `seen`: the stories that one step was to judge, as `number:version`.
    """

    act: str = ""
    note: str = ""
    author: int | None = None
    seen: str = ""

    @classmethod
    def of_form(cls, path: str, form: Mapping[str, object]) -> Draft:
        """Read the decision that was sent to this path. It is empty where the form is another, or not valid."""
        if not _DECISION.match(path):
            return cls()
        act, text, author, seen = (str(form.get(name) or "") for name in ("act", "note", "author", "seen"))
        known = len(act) <= LONGEST_ACT and act.partition(":")[0] in set(Verdict)
        number = int(author) if re.fullmatch("[0-9]{1,9}", author) else None
        if not known or number is None:
            return cls()
        return cls(act, text[:LONGEST_NOTE], number, seen if len(seen) <= LONGEST_CHOICE else "")

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.act.partition(":")[0])

    @property
    def stories(self) -> list[str]:
        return self.seen.split()


@dataclass(slots=True)
class Drafts:
    """The last draft of each person, for ten minutes. In memory alone: a note may hold names."""

    _held: dict[int, tuple[int, Draft, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, person: int, path: str, draft: Draft, now: datetime) -> None:
        """Keep the draft that was sent to this path, for its author alone: a note is not for whoever signs in next."""
        decision = _DECISION.match(path)
        if decision and draft.author == person:
            with self._lock:
                self._held[person] = int(decision[1] or MANY), draft, now + LASTS

    def of(self, person: int, item: int, now: datetime) -> Draft | None:
        """Return the person's draft for an item, or for MANY."""
        with self._lock:
            number, draft, until = self._held.get(person, (-1, Draft(), now))
        return draft if number == item and now < until else None

    def drop(self, person: int) -> None:
        with self._lock:
            self._held.pop(person, None)
