"""Single stages on files: `monitor stories`, `extract`, `explain`, `feeds parse`; `match` is in documents.py.

None of them needs a home folder or stores anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.app.documents import document_of_page, read_packed, read_text, string_of
from monitor.cluster.fingerprint import fingerprint
from monitor.errors import InputError, Problem
from monitor.ingest.filing import file_article
from monitor.ingest.stages import extract, extract_file
from monitor.match import compile_watchlist, find_frames, hits, match_documents, near_frames, near_misses
from monitor.match.explain.near_misses import NearMiss
from monitor.model import (
    Article,
    Document,
    Entity,
    EntityType,
    Extracted,
    FeedEntry,
    Frame,
    Hit,
    NearFrame,
    OutletProfile,
    ParsedFeed,
    TextFrom,
    WatchlistChange,
)
from monitor.ports import Fetcher, Purpose, Sandbox
from monitor.serialize import Row, row, utc_text
from monitor.store import open_store
from monitor.text.language import detect
from monitor.urls import article_key, outlet_name

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # the time of documents without a date


# ---- explain --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page with its hits and incidents, and what came near."""

    url: str
    page: Extracted
    hits: tuple[Hit, ...]
    near_misses: tuple[NearMiss, ...]
    frames: tuple[Frame, ...] = ()
    near_frames: tuple[NearFrame, ...] = ()


async def read_page(source: str, fetcher: Fetcher, sandbox: Sandbox, *, own_url: str = "") -> tuple[str, Extracted]:
    """Return the page at a URL or in a file, with its final address; it is extracted in the sandbox.

    `own_url`: the address, if it may be one of our own network: who runs a command is on it, a user of the desk may
    not be.
    Raises FetchError, InputError, StageFailed, SandboxLost.
    """
    if source.startswith(("http://", "https://")):
        response = await fetcher.get(source, Purpose.PAGE, own_url=own_url)
        page = await sandbox.run(extract, response.body, response.url, response.content_type, OutletProfile())
        return response.url, page
    if source.removesuffix(".gz").endswith(".txt"):
        text = read_text(source)
        return source, Extracted(text=text, language=detect(text))
    body, packed = read_packed(source)
    return source, await sandbox.run(extract_file, body, packed=packed)


async def explain(source: str, entities: Sequence[Entity], fetcher: Fetcher, sandbox: Sandbox) -> Explanation:
    """Return what is found in a page and why. Raises what `read_page` raises."""
    url, page = await read_page(source, fetcher, sandbox, own_url=source)
    return explain_page(url, page, entities)  # here, as `match` does: a bug in a reason is logged


def explain_page(url: str, page: Extracted, entities: Sequence[Entity]) -> Explanation:
    """Pure. Return what is found in a page and why: the names of the list, and all that happened to the press."""
    compiled = compile_watchlist(entity for entity in entities if entity.type is not EntityType.PRESS)
    ((document, mentions),) = match_documents([document_of_page(url, page)], compiled)
    page_hits = hits(document, mentions, compiled, outlet_name(url) if url.startswith("http") else "")
    return Explanation(
        url,
        page,
        page_hits,
        near_misses(page.text, compiled, page.title),
        find_frames(page.text, page.title),
        near_frames(page.text, page.title),
    )


# ---- feeds ----------------------------------------------------------------------------------------------------------


def parsed_feed_row(name: str, parsed: ParsedFeed) -> Row:
    """Return one line of `feeds parse` (docs/contracts.md)."""
    entries = [_entry_row(entry) for entry in parsed.entries]
    return {"file": name, "title": parsed.title, "entries": entries, "problem": parsed.problem or parsed.notice}


def _entry_row(entry: FeedEntry) -> Row:
    values = row(entry, "url title published published_raw guid author summary") | {
        "published_precision": entry.precision
    }
    return {name: value or None for name, value in values.items()}


def page_row(name: str, url: str, page: Extracted) -> Row:
    """Return one line of `extract` (docs/contracts.md); a date without a time of day is ten characters."""
    published = utc_text(page.published)
    return {
        "file": name,
        "url": url,
        **row(page, "title authors"),
        "published": published[:10] if published and page.is_day_only else published,
        "published_source": page.published_source.value,
        "published_precision": page.precision.value,
        **row(page, "published_raw language text"),
        "zones": [{"zone": z.zone.value, **row(z.span, "start end")} for z in page.zones],
    }


# ---- stories --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StoryInput:
    """One input document of `stories`; equal keys (normalised URLs) mean the same article."""

    id: str
    article: Article


def group_stories(
    rows: Iterable[tuple[int, dict[str, Any]]], name: str, entities: Sequence[Entity] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the story of each document, in input order, by filing them in an in-memory database, as a run does."""
    ids: dict[int, str] = {}
    rows_by_key: dict[str, dict[str, Any]] = {}
    compiled = compile_watchlist(entities)
    with closing(open_store("sqlite://")) as store:
        store.watchlists.apply(WatchlistChange(added=tuple(entities)), name, UNDATED)
        for line, row in rows:
            document = _parse_story_input(line, row, name)
            article = document.article
            if first := rows_by_key.get(article.key):
                yield first | {"id": document.id, "copy_of": first["id"]}
                continue
            words = Document(document.id, article.text, article.title, article.language)
            ((_, mentions),) = match_documents([words], compiled)
            article_hits = hits(words, mentions, compiled, article.outlet)
            candidate = store.stories.add_document(article, fingerprint(article.title, article.text), article_hits)
            ids[candidate.id] = document.id
            story, placement = file_article(candidate, stories=store.stories, now=article.first_seen)
            rows_by_key[article.key] = {
                "id": document.id,
                "story": str(story),
                "copy_of": ids[placement.copy_of] if placement.copy_of is not None else None,
                "related": [ids[near.article] for near in placement.related],
            }
            yield rows_by_key[article.key]


def _parse_story_input(line: int, row: dict[str, Any], name: str) -> _StoryInput:
    url, document, title, text, published, language = (
        string_of(row, field, name, line) for field in ("url", "id", "title", "text", "published", "lang")
    )
    try:
        seen_at = datetime.fromisoformat(published) if published else UNDATED
        # A time without a zone is taken as UTC.
        seen_at = (seen_at if seen_at.tzinfo else seen_at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: its UTC time is before year 1 or after 9999
        problem = f"{published!r} is not a time"
        raise InputError(Problem(name, line, 1, problem, "write 2025-05-30T08:00:00Z")) from None
    article = Article(
        url=url,
        key=article_key(url) if url else f"line:{line}",
        outlet=string_of(row, "outlet", name, line) or outlet_name(url),
        title=title,
        text=text,
        text_from=TextFrom.PAGE,
        first_seen=seen_at,
        language=language or detect(f"{title}\n{text[:400]}"),
    )
    return _StoryInput(document or str(line), article)
