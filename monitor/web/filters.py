"""The queue's filters in a page's address: opaque numbers, never a watched name or the words of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from monitor.model import Confidence, QueueFilter, QueueTab, Reason
from monitor.store.desk.queue_tabs import WAITING

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a list, its page number, and whether headlines are also shown in Latin letters.

    `at` is the item that the user comes back from: the page with that item is shown, and `page` is ignored.
    """

    queue_filter: QueueFilter = QueueFilter()
    page: int = 1
    at: int | None = None
    latin: bool = False
    since: str = ""  # days in ISO format, for the form
    until: str = ""
    search: str = ""  # the number of the search in `Searches`
    base: str = ""  # the start of the addresses of the watch that is shown

    @classmethod
    def from_query(
        cls, query: Mapping[str, str], zone: ZoneInfo, search: str = "", words: str = "", reader: str = ""
    ) -> Filters:
        """Return the filters in a query string; `reader` is the user who asks.

        Invalid ones are ignored: an old link shows more, not an error.
        """
        since, until = _parse_day(query.get("since", "")), _parse_day(query.get("until", ""))
        page = parse_number(query.get("page", ""), digits=5)
        queue_filter = QueueFilter(
            tab=_parse_enum(QueueTab, query.get("show", "")) or QueueTab.WAITING,
            entity=parse_number(query.get("name", "")),
            outlet=query.get("outlet", "")[:200],
            language=query.get("lang", "")[:20],
            country=query.get("country", "")[:20],
            confidence=_parse_enum(Confidence, query.get("sure", "")),
            reason=_parse_enum(Reason, query.get("because", "")),
            since=_midnight(since, zone) if since else None,
            # the whole last day belongs to the range
            until=_midnight(until + timedelta(days=1), zone) if until else None,
            words=words,
            colleague=reader if query.get("to") == "me" else "",
            gravest_first=query.get("by") == "gravest",
        )
        days = (since.isoformat() if since else "", until.isoformat() if until else "")
        latin, at = query.get("latin") == "1", parse_number(query.get("at", ""))
        return cls(queue_filter, max(page or 1, 1), at, latin, *days, search=search)

    def query_fields(self) -> dict[str, str]:
        """Return the parameters of the address, without the page."""
        queue_filter = self.queue_filter
        fields = {
            "show": "" if queue_filter.tab is QueueTab.WAITING else queue_filter.tab.value,
            "name": "" if queue_filter.entity is None else str(queue_filter.entity),
            "outlet": queue_filter.outlet,
            "lang": queue_filter.language,
            "country": queue_filter.country,
            "sure": queue_filter.confidence.value if queue_filter.confidence else "",
            "because": queue_filter.reason.value if queue_filter.reason else "",
            "since": self.since,
            "until": self.until,
            "latin": "1" if self.latin else "",
            "q": self.search,
            "to": "me" if queue_filter.colleague else "",
            "by": "gravest" if queue_filter.gravest_first else "",
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def has_filters(self) -> bool:
        """Return whether any filter is set, apart from the tab and the words."""
        return bool(self.query_fields().keys() - {"show", "latin", "q", "to", "by"})

    def link(self, path: str, **parameters: object) -> str:
        """Return a path of this watch with these filters and further parameters; empty parameters are left out."""
        query = urlencode({**self.query_fields(), **{name: str(value) for name, value in parameters.items() if value}})
        return f"{self.base}{path}?{query}" if query else self.base + path

    def link_back_to(self, item: int) -> str:
        """Return the link to the list, at an item's row. The fragment is for browsers without JavaScript."""
        return f"{self.link('/queue', at=item)}#place"

    def toggled_latin_link(self, path: str, **parameters: object) -> str:
        """Return the link to the same page with Latin letters switched on or off."""
        return replace(self, latin=not self.latin).link(path, **parameters)

    def in_order(self, *, gravest_first: bool) -> Filters:
        """Return the same list with the gravest first, or the newest."""
        return replace(self, queue_filter=replace(self.queue_filter, gravest_first=gravest_first))

    def in_tab(self, tab: QueueTab) -> Filters:
        return replace(self, queue_filter=replace(self.queue_filter, tab=tab, colleague=""), page=1)

    def of_name(self, number: int) -> Filters:
        """Return the list of what waits about one watched name."""
        queue_filter = QueueFilter(entity=number, gravest_first=self.queue_filter.gravest_first)
        return Filters(queue_filter, latin=self.latin, base=self.base)

    def asked_of(self, name: str) -> Filters:
        """Return the list of the questions to this user."""
        return replace(
            self, queue_filter=QueueFilter(QueueTab.ASKED, colleague=name), page=1, search="", since="", until=""
        )

    def without_filters(self) -> Filters:
        """Return only the tab and the words."""
        queue_filter = self.queue_filter
        queue_filter = QueueFilter(queue_filter.tab, words=queue_filter.words, gravest_first=queue_filter.gravest_first)
        return Filters(queue_filter, latin=self.latin, search=self.search, base=self.base)

    def without_words(self) -> Filters:
        return replace(self, queue_filter=replace(self.queue_filter, words=""), page=1, search="")


def parse_number(text: str, digits: int = 9) -> int | None:
    """Return the number of an address or a form, or None. Nine digits fit an id; PostgreSQL refuses larger ones."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _parse_enum(kind: type[E], text: str) -> E | None:
    return kind(text) if text in set(kind) else None


def _parse_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 < day.year < 2200 else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def other_tabs_with_matches(filters: Filters, counts: Mapping[QueueTab, int]) -> list[QueueTab]:
    """Return the other tabs with results of this search."""
    current_tab = filters.queue_filter.tab
    tabs = [
        tab for tab in (QueueTab.WAITING, QueueTab.LATER, QueueTab.DECIDED) if tab is not current_tab and counts[tab]
    ]
    # `waiting` includes the narrower tab that is open: offer it only if it has more results
    is_all = current_tab in WAITING and counts[current_tab] == counts[QueueTab.WAITING]
    return [tab for tab in tabs if not (tab is QueueTab.WAITING and is_all)]
