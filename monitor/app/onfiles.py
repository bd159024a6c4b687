"""One stage on files: what `match`, `stories`, `extract`, `explain`, `feeds parse` and `feeds test` do.

Nothing here needs a home, and nothing is stored.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from monitor.app.views import instant
from monitor.cluster import fingerprint
from monitor.errors import InputError, Problem
from monitor.extract import extract
from monitor.language import detect
from monitor.match import Compiled, aside, compile_watchlist, find_mentions, hits, match_documents, near_misses
from monitor.match.explain import NearMiss
from monitor.model import Candidate, Document, Entity, Extracted, FeedEntry, Hit, Mention, ParsedFeed, Validators
from monitor.parse import parse_feed
from monitor.pipeline import LinePolicy, file_article
from monitor.ports import Fetcher, Purpose, Response
from monitor.store import open_store
from monitor.urls import article_key, outlet_of

STDIN = "-"
BATCH = 64  # documents a process takes at once
NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # documents without a date are taken as of one time


def read_bytes(name: str) -> bytes:
    """A file's bytes, gunzipped where its name ends in .gz; `-` is standard input. Raises InputError."""
    if name == STDIN:
        return sys.stdin.buffer.read()
    try:
        raw = Path(name).read_bytes()
        return gzip.decompress(raw) if name.endswith(".gz") else raw
    except FileNotFoundError:
        raise InputError(Problem(name, 0, 0, "no such file", "check the path")) from None
    except IsADirectoryError:
        raise InputError(Problem(name, 0, 0, "is a folder", "name a file in it")) from None
    except (OSError, EOFError) as error:
        raise InputError(Problem(name, 0, 0, f"cannot be read ({error})", "check the file")) from None


# ---- documents ------------------------------------------------------------------------------------------------------


def documents(names: Iterable[str]) -> Iterator[Document]:
    """Text files, HTML files (`.html`, `.html.gz`) and JSON lines (`.jsonl`, standard input), in the order given."""
    for name in names:
        stem = name.removesuffix(".gz")
        if name == STDIN or stem.endswith((".jsonl", ".ndjson")):
            yield from (_document(row, name, line) for line, row in json_lines(name))
        elif stem.endswith((".html", ".htm")):
            page = extract(read_bytes(name))
            yield Document(name, page.text, page.title, page.language)
        else:
            yield Document(name, read_bytes(name).decode("utf-8", "replace"))


def json_lines(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a file of JSON lines. Raises InputError that names the line."""
    for line, raw in enumerate(read_bytes(name).splitlines(), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except ValueError as error:
            wrong = f"is not JSON ({getattr(error, 'msg', error)})"
            raise InputError(Problem(name, line, getattr(error, "colno", 1), wrong, "one object a line")) from None
        if not isinstance(row, dict):
            raise InputError(Problem(name, line, 1, "is not an object", 'write {"id": …, "text": …}'))
        yield line, row


def _document(row: dict[str, Any], name: str, line: int) -> Document:
    fields = {key: _string(row, key, name, line) for key in ("id", "text", "title", "lang")}
    if "text" not in row:
        raise InputError(Problem(name, line, 1, "has no text", 'write {"id": …, "text": …}'))
    return Document(fields["id"] or str(line), fields["text"], fields["title"], fields["lang"])


def _string(row: dict[str, Any], key: str, name: str, line: int) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise InputError(Problem(name, line, 1, f"{key!r} is not a string", "put it in quotes"))
    return str(value)


def match(
    given: Iterable[Document], entities: Sequence[Entity], jobs: int = 1
) -> Iterator[tuple[Document, tuple[Mention, ...]]]:
    """Each document with its mentions, in input order; with `jobs` above one, matched in as many processes."""
    if jobs == 1:
        yield from match_documents(given, compile_watchlist(entities))
        return
    source = iter(given)
    batches = iter(lambda: tuple(islice(source, BATCH)), ())
    context = get_context("forkserver")
    with ProcessPoolExecutor(jobs, context, initializer=_compile_once, initargs=(tuple(entities),)) as pool:
        waiting: deque[Future[list[tuple[Document, tuple[Mention, ...]]]]] = deque()
        for batch in batches:
            waiting.append(pool.submit(_match_batch, batch))
            if len(waiting) > 2 * jobs:  # so that a long file is not read into memory whole
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


_compiled: Compiled  # of a worker process


def _compile_once(entities: tuple[Entity, ...]) -> None:
    global _compiled  # noqa: PLW0603  # what an initializer is for
    _compiled = compile_watchlist(entities)


def _match_batch(batch: tuple[Document, ...]) -> list[tuple[Document, tuple[Mention, ...]]]:
    return list(match_documents(batch, _compiled))


# ---- one page, looked at closely ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explained:
    """What a page holds and names, and what it nearly names."""

    url: str
    page: Extracted
    hits: tuple[Hit, ...]
    mentions: tuple[Mention, ...]
    near: tuple[NearMiss, ...]


async def read_page(source: str, fetcher: Fetcher) -> tuple[str, Extracted]:
    """The page at a URL, or in a file; with the address it was read from. Raises FetchError, InputError."""
    if source.startswith(("http://", "https://")):
        response = await fetcher.get(source, Purpose.PAGE)
        return response.url, extract(response.body, response.url, response.content_type)
    body = read_bytes(source)
    if source.removesuffix(".gz").endswith(".txt"):
        text = body.decode("utf-8", "replace")
        return source, Extracted(text=text, language=detect(text))
    return source, extract(body)


async def explain(source: str, entities: Sequence[Entity], fetcher: Fetcher) -> Explained:
    compiled = compile_watchlist(entities)
    url, page = await read_page(source, fetcher)
    mentions = aside(find_mentions(page.text, compiled, page.title), page.zones)
    document = Document(url, page.text, page.title, page.language)
    found = hits(document, mentions, compiled, outlet_of(url) if url.startswith("http") else "")
    return Explained(url, page, found, mentions, near_misses(page.text, compiled, page.title))


# ---- feeds ----------------------------------------------------------------------------------------------------------


async def try_feed(url: str, fetcher: Fetcher) -> tuple[Response, ParsedFeed]:
    """What a feed would bring now. Raises FetchError."""
    response = await fetcher.get(url, Purpose.FEED, Validators())
    return response, parse_feed(response.body, response.url, response.content_type)


def feed_row(name: str, parsed: ParsedFeed) -> dict[str, Any]:
    """One line of `feeds parse`, as contracts.md has it."""
    return {
        "file": name,
        "title": parsed.title,
        "entries": [_entry_row(entry) for entry in parsed.entries],
        "problem": parsed.problem,
    }


def _entry_row(entry: FeedEntry) -> dict[str, Any]:
    return {
        "url": entry.url or None,
        "title": entry.title or None,
        "published": instant(entry.published or entry.updated),
        "guid": entry.guid or None,
        "author": entry.author or None,
        "summary": entry.summary or None,
    }


def page_row(name: str, url: str, page: Extracted) -> dict[str, Any]:
    """One line of `extract`, as contracts.md has it; a day without a clock is a date without a clock."""
    published = instant(page.published)
    return {
        "file": name,
        "url": url,
        "title": page.title,
        "authors": list(page.authors),
        "published": published[:10] if published and page.day_only else published,
        "published_source": page.published_source.value,
        "language": page.language,
        "text": page.text,
        "zones": [{"zone": z.zone.value, "start": z.span.start, "end": z.span.end} for z in page.zones],
    }


# ---- stories --------------------------------------------------------------------------------------------------------


def group(rows: Iterable[tuple[int, dict[str, Any]]], name: str, policy: LinePolicy) -> Iterator[dict[str, Any]]:
    """Files documents into stories, in input order, by the code that files articles, on an in-memory store."""
    store = open_store("sqlite://")
    ids: dict[int, str] = {}
    filed: dict[str, dict[str, Any]] = {}  # by address: one article under two addresses is one article
    try:
        for line, row in rows:
            url, document = (_string(row, field, name, line) for field in ("url", "id"))
            document, key = document or str(line), article_key(url) if url else f"line:{line}"
            if key in filed:
                yield {"id": document, "story": filed[key]["story"], "copy_of": filed[key]["id"]}
                continue
            bare = _candidate(row, name, line)
            article = store.fingerprints.add(bare, key)
            ids[article.id] = document
            item, placement = file_article(article, stories=store.stories, now=bare.seen, policy=policy)
            copy_of = ids.get(placement.copy_of) if placement.copy_of is not None else None
            filed[key] = {"id": document, "story": str(item.story), "copy_of": copy_of}
            yield filed[key]
    finally:
        store.close()


def _candidate(row: dict[str, Any], name: str, line: int) -> Candidate:
    title, text = (_string(row, key, name, line) for key in ("title", "text"))
    published = _string(row, "published", name, line)
    try:
        seen = datetime.fromisoformat(published) if published else NO_DATE
    except ValueError:
        wrong = f"{published!r} is not a time"
        raise InputError(Problem(name, line, 1, wrong, "write 2025-05-30T08:00:00Z")) from None
    candidate = Candidate(
        id=0,
        outlet=_string(row, "outlet", name, line) or outlet_of(_string(row, "url", name, line)),
        language=_string(row, "lang", name, line) or detect(f"{title}\n{text[:400]}"),
        seen=seen if seen.tzinfo else seen.replace(tzinfo=UTC),
        fingerprint=fingerprint(title, text),
    )
    return replace(candidate, seen=candidate.seen.astimezone(UTC))
