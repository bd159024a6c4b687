"""One stage on files: what `stories`, `extract`, `explain` and `feeds parse` do; `match` is in documents.

Nothing here needs a home, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from monitor.app.documents import document_of, read_bytes, read_text, string_of
from monitor.cluster.fingerprint import fingerprint
from monitor.errors import InputError, Problem
from monitor.extract import extract
from monitor.match import compile_watchlist, hits, match_documents, near_misses
from monitor.match.explain.near_misses import NearMiss
from monitor.model import Candidate, Entity, Extracted, FeedEntry, Fingerprint, Hit, ParsedFeed
from monitor.pipeline import LinePolicy, file_article
from monitor.ports import Fetcher, Purpose
from monitor.serialize import Row, instant, row
from monitor.store import open_store
from monitor.text.language import detect
from monitor.urls import article_key, outlet_of

NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # documents without a date are taken as of one time


# ---- one page, looked at closely ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explained:
    """What a page holds and names, and what it nearly names."""

    url: str
    page: Extracted
    hits: tuple[Hit, ...]
    near: tuple[NearMiss, ...]


async def read_page(source: str, fetcher: Fetcher) -> tuple[str, Extracted]:
    """The page at a URL, or in a file; with the address it was read from. Raises FetchError, InputError."""
    if source.startswith(("http://", "https://")):
        response = await fetcher.get(source, Purpose.PAGE)
        return response.url, extract(response.body, response.url, response.content_type)
    if source.removesuffix(".gz").endswith(".txt"):
        text = read_text(source)
        return source, Extracted(text=text, language=detect(text))
    return source, extract(read_bytes(source))


async def explain(source: str, entities: Sequence[Entity], fetcher: Fetcher) -> Explained:
    compiled = compile_watchlist(entities)
    url, page = await read_page(source, fetcher)
    ((document, mentions),) = match_documents([document_of(url, page)], compiled)
    found = hits(document, mentions, compiled, outlet_of(url) if url.startswith("http") else "")
    return Explained(url, page, found, near_misses(page.text, compiled, page.title))


# ---- feeds ----------------------------------------------------------------------------------------------------------


def feed_row(name: str, parsed: ParsedFeed) -> Row:
    """One line of `feeds parse`, as contracts.md has it."""
    entries = [_entry_row(entry) for entry in parsed.entries]
    return {"file": name, "title": parsed.title, "entries": entries, "problem": parsed.problem or parsed.notice}


def _entry_row(entry: FeedEntry) -> Row:
    told = row(entry, "url title published published_raw guid author summary") | {
        "published_precision": entry.precision
    }
    return {name: value or None for name, value in told.items()}


def page_row(name: str, url: str, page: Extracted) -> Row:
    """One line of `extract`, as contracts.md has it; a day without a clock is a date without a clock."""
    published = instant(page.published)
    return {
        "file": name,
        "url": url,
        **row(page, "title authors"),
        "published": published[:10] if published and page.day_only else published,
        "published_source": page.published_source.value,
        "published_precision": page.precision.value,
        **row(page, "published_raw language text"),
        "zones": [{"zone": z.zone.value, **row(z.span, "start end")} for z in page.zones],
    }


# ---- stories --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """A document as `stories` is given it. One article under two addresses that differ in nothing is one `key`."""

    id: str
    key: str
    words: tuple[str, str]  # title and text
    bare: Candidate


def group(rows: Iterable[tuple[int, dict[str, Any]]], name: str, policy: LinePolicy) -> Iterator[dict[str, Any]]:
    """Files documents into stories, in input order, by the code that files articles, on an in-memory store."""
    ids: dict[int, str] = {}
    filed: dict[str, dict[str, Any]] = {}  # by key
    with closing(open_store("sqlite://")) as store, store.stories.filing():
        for line, row in rows:
            document = _told(line, row, name)
            if first := filed.get(document.key):
                yield {"id": document.id, "story": first["story"], "copy_of": first["id"]}
                continue
            bare = replace(document.bare, fingerprint=fingerprint(*document.words))
            article = store.fingerprints.add(bare, document.key)
            ids[article.id] = document.id
            item, placement = file_article(article, stories=store.stories, now=article.seen, policy=policy)
            copy_of = ids.get(placement.copy_of) if placement.copy_of is not None else None
            filed[document.key] = {"id": document.id, "story": str(item.story), "copy_of": copy_of}
            yield filed[document.key]


def _told(line: int, row: dict[str, Any], name: str) -> _Told:
    url, document, title, text, published, language = (
        string_of(row, field, name, line) for field in ("url", "id", "title", "text", "published", "lang")
    )
    try:
        seen = datetime.fromisoformat(published) if published else NO_DATE
        seen = (seen if seen.tzinfo else seen.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # also: in UTC before the year 1, or after 9999
        wrong = f"{published!r} is not a time"
        raise InputError(Problem(name, line, 1, wrong, "write 2025-05-30T08:00:00Z")) from None
    bare = Candidate(
        id=0,
        outlet=string_of(row, "outlet", name, line) or outlet_of(url),
        language=language or detect(f"{title}\n{text[:400]}"),
        seen=seen,
        fingerprint=Fingerprint(),
    )
    return _Told(document or str(line), article_key(url) if url else f"line:{line}", (title, text), bare)
