"""Pure. The queue as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree

from monitor.decode import clean
from monitor.locale import catalogue
from monitor.model import Confidence, ReviewItem
from monitor.rows import instant
from monitor.store.desk import split_of
from monitor.web import say
from monitor.web.card import excerpt
from monitor.web.filters import Filters
from monitor.web.render import visible

ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Feed:
    """A list of items as a feed. `home`: what the desk's addresses begin with; `numbers`: of entities, by id; `more`:
    the address of what comes after these items, where there is more."""

    home: str
    filters: Filters
    language: str
    now: datetime
    numbers: Mapping[str, int]
    more: str | None = None

    def write(self, items: Sequence[ReviewItem], empty_since: datetime) -> bytes:
        words, query = catalogue(self.language).gettext, self.filters.link("")
        root = etree.Element(f"{{{ATOM}}}feed", {LANG: self.language}, nsmap={None: ATOM})
        _add(root, "id", f"{self._tag}:queue{query}")
        _add(root, "title", f"monitor: {words(say.SPLITS[self.filters.sought.split])}")
        _add(root, "updated", instant(max((changed(item) for item in items), default=empty_since)))
        _add(_add(root, "author"), "name", "monitor")
        here = self.filters.link("/queue.atom", page=self.filters.page if self.filters.page > 1 else None)
        _add(root, "link", rel="self", type="application/atom+xml", href=self.home + here)
        _add(root, "link", rel="alternate", type="text/html", href=f"{self.home}/queue{query}")
        if self.more:  # RFC 5005
            _add(root, "link", rel="next", type="application/atom+xml", href=self.home + self.more)
        for item in items:
            self._entry(_add(root, "entry"), item, words)
        written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
        return written

    @property
    def _tag(self) -> str:
        """What identifiers begin with (RFC 4151); an address in brackets cannot stand there."""
        host = urlsplit(self.home).hostname or ""
        return f"tag:{'localhost' if ':' in host else host},2026"

    def _entry(self, entry: etree._Element, item: ReviewItem, words: Callable[[str], str]) -> None:
        lead, split = item.lead, split_of(item, self.now)
        _add(entry, "id", f"{self._tag}:item/{item.id}")
        title = _add(entry, "title", lead.headline)
        if _LANGUAGE.fullmatch(lead.language):
            title.set(LANG, lead.language)
        _add(entry, "updated", instant(changed(item)))
        _add(entry, "published", instant(item.first_seen))
        _add(_add(entry, "author"), "name", lead.outlet or "?")
        _add(entry, "link", rel="alternate", type="text/html", href=f"{self.home}/items/{item.id}")
        if lead.url.startswith(("http://", "https://")):
            _add(entry, "link", rel="via", href=lead.url)
        _add(entry, "category", term=split.value, label=words(say.SPLITS[split]))
        for hit in item.hits:
            _add(entry, "category", term=f"name-{self.numbers[hit.entity]}", label=hit.name)
        _add(entry, "summary", summary(item, words))


def changed(item: ReviewItem) -> datetime:
    """When an item last became another than it was: what joined it, was found in it or said of it."""
    times = [item.first_seen, item.reopened_at, *(d.at for d in item.history), *(r.at for r in item.regroupings)]
    for article in item.articles:
        times += [article.filed, article.changed, *(finding.found for finding in article.findings)]
    return max(at for at in times if at is not None)


def summary(item: ReviewItem, words: Callable[[str], str]) -> str:
    """Which names were found and how surely, in which outlets, and one sentence that names somebody."""
    sure = {confidence: words(say.SURE[confidence]) for confidence in Confidence}
    told = excerpt(item)
    lines = (
        "; ".join(f"{hit.name}: {sure[hit.confidence]}" for hit in item.hits),
        ", ".join(item.outlets),
        "".join(part.text for part in told.parts) if told else "",
    )
    return "\n".join(line for line in lines if line)


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Text of strangers stays text, without what XML cannot hold or what turns it about."""
    shown = {key: str(visible(clean(value))) for key, value in attributes.items()}
    added = etree.SubElement(parent, f"{{{ATOM}}}{name}", shown)
    added.text = str(visible(clean(text))) if text else None
    return added
