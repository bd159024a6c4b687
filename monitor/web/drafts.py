"""Decisions sent after the session had ended: shown to their author again after sign-in, never stored by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from monitor.model import Verdict

DRAFT_LIFETIME = timedelta(minutes=10)
MAX_ACT_LENGTH, MAX_NOTE_LENGTH = 60, 2_000
MAX_BULK_ITEMS = 500  # items that one decision may cover
# room for a number, a colon, a version and a space each
MAX_CHOICE_LENGTH = MAX_BULK_ITEMS * 22
# in place of an item's number: a decision on many items
BULK_DRAFT = 0
# Under any first part of a path, so that an answer does not tell which ones are the desk of a watch.
_DECISION = re.compile(r"(/[\w-]+)?(?:/items/([0-9]{1,9})|/queue/together)/decide(?:\?|$)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A verdict and its note, as the form sent them.

    `author` is the id of the user that the form was shown to. `chosen` holds the items of a decision on many, as
    `number:version` with spaces between.
    """

    act: str = ""
    note: str = ""
    author: int | None = None
    chosen: str = ""

    @classmethod
    def from_form(cls, path: str, form: Mapping[str, object]) -> Draft:
        """Return the decision of a form sent to this path; an empty draft for other forms and invalid values."""
        if not _DECISION.match(path):
            return cls()
        act, text, author, chosen = (str(form.get(name) or "") for name in ("act", "note", "author", "seen"))
        is_verdict = len(act) <= MAX_ACT_LENGTH and (act == "note" or act.partition(":")[0] in set(Verdict))
        number = int(author) if re.fullmatch("[0-9]{1,9}", author) else None
        if not is_verdict or number is None:
            return cls()
        return cls(act, text[:MAX_NOTE_LENGTH], number, chosen if len(chosen) <= MAX_CHOICE_LENGTH else "")

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.act.partition(":")[0])

    @property
    def chosen_items(self) -> list[str]:
        return self.chosen.split()


@dataclass(slots=True)
class Drafts:
    """The last draft of each user, for ten minutes. Only in memory: a note may contain watched names."""

    _drafts: dict[int, tuple[str, int, Draft, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def save(self, user: int, path: str, draft: Draft, now: datetime) -> None:
        """Keep a draft if this user is its author: another user of the same browser must not see the note."""
        match = _DECISION.match(path)
        if match and draft.author == user:
            with self._lock:
                self._drafts[user] = match[1] or "", int(match[2] or BULK_DRAFT), draft, now + DRAFT_LIFETIME

    def load(self, user: int, base: str, item: int, now: datetime) -> Draft | None:
        """Return the user's draft for an item, or for `BULK_DRAFT`, of the watch whose addresses start with `base`."""
        with self._lock:
            *place, draft, until = self._drafts.get(user, ("", -1, Draft(), now))
        return draft if place == [base, item] and now < until else None

    def drop(self, user: int) -> None:
        with self._lock:
            self._drafts.pop(user, None)
