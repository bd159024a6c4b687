"""Forms sent after the session had ended: shown to their author again after sign-in, never stored by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote

from starlette.datastructures import ImmutableMultiDict

from monitor.model import Verdict

DRAFT_LIFETIME = timedelta(minutes=10)  # to sign in again; it is in memory alone (docs/design/desk.md)
MAX_ACT_LENGTH, MAX_NOTE_LENGTH = 60, 2_000
MAX_BULK_ITEMS = 500  # items that one decision may cover
# room for a number, a colon, a version and a space each
MAX_CHOICE_LENGTH = MAX_BULK_ITEMS * 22
# in place of an item's number: a decision on many items
BULK_DRAFT = 0
# Under any first part of a path, so that an answer does not tell which ones are the desk of a watch.
_DECISION = re.compile(r"(/[\w-]+)?(?:/items/([0-9]{1,9})|/queue/together)/decide(?:\?|$)")
# Forms that take long to fill in.
_LONG_FORM = re.compile(r"((?:/[\w-]+)?/(?:names/add|names/[0-9]{1,9}/edit|recipients/(?:new|[0-9]{1,9})))(?:\?|$)")
# The form of the sign-in page holds the long form, percent-encoded; it may have 64 kB.
MAX_KEPT_BYTES = 50_000

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A verdict and its note, or all `fields` of a long form, as the form sent them.

    `author` is the id of the user that the form was shown to. `chosen` holds the items of a decision on many, as
    `number:version` with spaces between.
    """

    act: str = ""
    note: str = ""
    author: int | None = None
    chosen: str = ""
    fields: Fields = ()

    @classmethod
    def from_form(cls, path: str, form: ImmutableMultiDict[str, Any]) -> Draft:
        """Return the draft of a form sent to this path; an empty one for other forms and invalid values."""
        author = str(form.get("author") or "")
        number = int(author) if re.fullmatch("[0-9]{1,9}", author) else None
        if number is None:
            return cls()
        if _LONG_FORM.match(path):
            fields = ((name, value) for name, value in form.multi_items() if isinstance(value, str))
            draft = cls(author=number, fields=tuple(pair for pair in fields if pair[0] != "author"))
            return draft if len(quote(draft.hidden_text)) <= MAX_KEPT_BYTES else cls()
        if not _DECISION.match(path):
            return cls()
        act, text, chosen = (str(form.get(name) or "") for name in ("act", "note", "seen"))
        is_verdict = len(act) <= MAX_ACT_LENGTH and (act == "note" or act.partition(":")[0] in set(Verdict))
        if not is_verdict:
            return cls()
        return cls(act, text[:MAX_NOTE_LENGTH], number, chosen if len(chosen) <= MAX_CHOICE_LENGTH else "")

    @property
    def hidden_text(self) -> str:
        """Return the fields as the text of a hidden field; `read_hidden_text` reads it."""
        return json.dumps(self.fields, ensure_ascii=False) if self.fields else ""

    @staticmethod
    def read_hidden_text(text: str) -> Sequence[tuple[str, str]]:
        """Return the fields that `hidden_text` wrote; none of anything else."""
        try:
            pairs = json.loads(text)
            return [(str(name), str(value)) for name, value in pairs]
        except (ValueError, TypeError):
            return []

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.act.partition(":")[0])

    @property
    def chosen_items(self) -> list[str]:
        return self.chosen.split()


@dataclass(slots=True)
class Drafts:
    """The last draft of each user, for ten minutes. Only in memory: a draft may contain watched names."""

    _drafts: dict[int, tuple[str, Draft, datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def save(self, user: int, path: str, draft: Draft, now: datetime) -> None:
        """Keep a draft if this user is its author: another user of the same browser must not see what it holds."""
        place = _place_of(path)
        if place and draft.author == user:
            with self._lock:
                self._drafts[user] = place, draft, now + DRAFT_LIFETIME

    def load(self, user: int, base: str, item: int, now: datetime) -> Draft | None:
        """Return the user's draft for an item, or for `BULK_DRAFT`, of the watch whose addresses start with `base`."""
        return self._load(user, _decision_place(base, item), now)

    def load_form(self, user: int, path: str, now: datetime) -> Draft | None:
        """Return the user's draft of the long form with this address."""
        return self._load(user, path, now)

    def _load(self, user: int, place: str, now: datetime) -> Draft | None:
        with self._lock:
            kept_place, draft, until = self._drafts.get(user, ("", Draft(), now))
        return draft if place == kept_place and now < until else None

    def drop(self, user: int) -> None:
        with self._lock:
            self._drafts.pop(user, None)


def _place_of(path: str) -> str:
    """Return where the draft of a form sent to this path belongs; empty for other forms."""
    if match := _DECISION.match(path):
        return _decision_place(match[1] or "", int(match[2] or BULK_DRAFT))
    match = _LONG_FORM.match(path)
    return match[1] if match else ""


def _decision_place(base: str, item: int) -> str:
    return f"{base}/items/{item}"
