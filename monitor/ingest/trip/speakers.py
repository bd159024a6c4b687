"""Pure. Who may speak for an address: its own site, through its own feed. What other feeds say is told by them.

Else whoever named an address first would own it: the site's own article would count as known (docs/design/reading.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from monitor.model import Entry, Feed
from monitor.urls import article_key, outlet_name, site_of


def speaks_for(entry: Entry, url: str) -> bool:
    """Return whether an entry may speak for an address: it is of its feed's site, or of one that the operator names.

    A link that somebody adds by hand speaks for its own site, also if it leads elsewhere.
    """
    feed = entry.feed.feed
    own_site = site_of(entry.item.url if entry.feed.by_hand else feed.url)
    return site_of(url) in {own_site, *feed.speaks_for}


def is_of_own_site(entry: Entry) -> bool:
    """Return whether an entry links to a site that its feed may speak for, or to nothing."""
    return not entry.item.url or speaks_for(entry, entry.item.url)


def entry_key(entry: Entry) -> str:
    """Return the key of an article that is an entry's alone."""
    return f"entry:{entry.id}"


def page_key(entry: Entry, url: str) -> str:
    """Return the key of the article at an address, as an entry leads to it.

    Pages of other sites have one for each feed: what one outlet lists is never known for another one.
    """
    key = article_key(url)
    return key if speaks_for(entry, url) else f"linked:{entry.feed.number}:{key}"


def link_key(entry: Entry) -> str:
    """Return the key of the article that an entry links to, or of the entry if it has no link."""
    return page_key(entry, entry.item.url) if entry.item.url else entry_key(entry)


@dataclass(frozen=True, slots=True)
class Outlets:
    """The outlets of the sites whose feeds we read."""

    by_site: Mapping[str, Feed] = field(default_factory=dict)

    @classmethod
    def of_feeds(cls, feeds: Iterable[Feed]) -> Self:
        """Return the outlets of these feeds; a site's own feed goes before one that may speak for it, too."""
        feeds = tuple(feeds)
        by_address = [(site_of(feed.url), feed) for feed in feeds]
        by_choice = [(site, feed) for feed in feeds for site in feed.speaks_for]
        return cls(dict(reversed([*by_address, *by_choice])))

    def feed_of(self, url: str) -> Feed | None:
        """Return the first feed of the site of an address, or None."""
        return self.by_site.get(site_of(url))

    def of_link(self, entry: Entry) -> str:
        """Return the outlet of the page that an entry links to."""
        return entry.feed.feed.outlet if is_of_own_site(entry) else self.name_of(entry.item.url)

    def name_of(self, url: str) -> str:
        """Return the outlet of an address; if we read no feed of its site, its host."""
        feed = self.feed_of(url)
        return feed.outlet if feed else outlet_name(url)
