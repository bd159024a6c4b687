"""What of the queue is asked for, as it stands in an address: opaque numbers, never a name or what is searched for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from monitor.model import Confidence, QueueFilter, QueueTab, Reason

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for, which page of it, and whether it is shown in Latin letters, too.

    `at` is the item that the reader comes back from: its page is shown, whatever `page` says.
    """

    sought: QueueFilter = QueueFilter()
    page: int = 1
    at: int | None = None
    latin: bool = False
    since: str = ""  # days, as the form shows them
    until: str = ""
    search: str = ""  # the number under which the words are kept

    @classmethod
    def read(cls, query: Mapping[str, str], zone: ZoneInfo, search: str = "", words: str = "") -> Filters:
        """What is no filter is none: an old or broken link shows more, not an error."""
        since, until = _day(query.get("since", "")), _day(query.get("until", ""))
        page = _number(query.get("page", ""), digits=5)
        sought = QueueFilter(
            split=_one_of(QueueTab, query.get("show", "")) or QueueTab.WAITING,
            entity=_number(query.get("name", "")),
            outlet=query.get("outlet", "")[:200],
            language=query.get("lang", "")[:20],
            country=query.get("country", "")[:20],
            confidence=_one_of(Confidence, query.get("sure", "")),
            reason=_one_of(Reason, query.get("because", "")),
            since=_midnight(since, zone) if since else None,
            until=_midnight(until + timedelta(days=1), zone) if until else None,
            words=words,
        )
        days = (since.isoformat() if since else "", until.isoformat() if until else "")
        latin, at = query.get("latin") == "1", _number(query.get("at", ""))
        return cls(sought, max(page or 1, 1), at, latin, *days, search=search)

    def fields(self) -> dict[str, str]:
        """What stands in the address, without the page."""
        sought = self.sought
        fields = {
            "show": "" if sought.split is QueueTab.WAITING else sought.split.value,
            "name": "" if sought.entity is None else str(sought.entity),
            "outlet": sought.outlet,
            "lang": sought.language,
            "country": sought.country,
            "sure": sought.confidence.value if sought.confidence else "",
            "because": sought.reason.value if sought.reason else "",
            "since": self.since,
            "until": self.until,
            "latin": "1" if self.latin else "",
            "q": self.search,
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether a filter is set, other than the split and the words."""
        return bool(self.fields().keys() - {"show", "latin", "q"})

    def link(self, path: str, **more: object) -> str:
        query = urlencode({**self.fields(), **{name: str(value) for name, value in more.items() if value}})
        return f"{path}?{query}" if query else path

    def back_to(self, item: int) -> str:
        """Return the address of the list, at the row of an item. The fragment is for browsers without scripts."""
        return f"{self.link('/queue', at=item)}#place"

    def other_letters(self, path: str, **more: object) -> str:
        """The same, with Latin letters shown or not."""
        return replace(self, latin=not self.latin).link(path, **more)

    def in_split(self, split: QueueTab) -> Filters:
        return replace(self, sought=replace(self.sought, split=split), page=1)

    def bare(self) -> Filters:
        """Return the split and the words alone."""
        sought = QueueFilter(self.sought.split, words=self.sought.words)
        return Filters(sought, latin=self.latin, search=self.search)

    def without_words(self) -> Filters:
        return replace(self, sought=replace(self.sought, words=""), page=1, search="")


def _number(text: str, digits: int = 9) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _one_of(kind: type[E], text: str) -> E | None:
    return kind(text) if text in set(kind) else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 < day.year < 2200 else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
