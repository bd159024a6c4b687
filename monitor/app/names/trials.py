"""Trials of watched names, saved or not, on a sentence or a page: mentions, their confidence, and near misses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.app.offline import read_page
from monitor.clock import Clock
from monitor.config import Settings
from monitor.errors import FetchError, StageFailed
from monitor.home import MakeSandbox
from monitor.ingest.tools import make_fetcher, open_sandbox
from monitor.match import compile_watchlist, match_documents, near_misses
from monitor.match.explain.near_misses import NearMiss
from monitor.model import Document, Entity, Mention
from monitor.text.language import detect

MAX_SHOWN = 20  # places of each kind


@dataclass(frozen=True, slots=True)
class Trial:
    """A tried text with its mentions and near misses; `problem` if the page could not be read."""

    title: str = ""
    text: str = ""
    language: str = ""
    mentions: Sequence[Mention] = ()
    near_misses: Sequence[NearMiss] = ()
    problem: str = ""


def is_link(text: str) -> bool:
    """Return whether a tried text is the address of a page, and nothing else."""
    return len(text.split()) == 1 and text.strip().startswith(("http://", "https://"))


def try_text(text: str, entities: Sequence[Entity]) -> Trial:
    """Return what the matcher finds in a text."""
    return _trial("", text, detect(text), entities)


def try_page(
    url: str, entities: Sequence[Entity], settings: Settings, clock: Clock, make_sandbox: MakeSandbox | None = None
) -> Trial:
    """I/O. Fetch a page and return what the matcher finds in it; the request tells nothing of the names.

    It is read and matched in a sandbox: anybody may have written it.
    """

    async def read() -> Trial:
        async with make_fetcher(settings, clock) as web, (make_sandbox or open_sandbox)() as sandbox:
            _, page = await read_page(url, web, sandbox)
            return await sandbox.run(_trial, page.title, page.text, page.language, tuple(entities))

    try:
        return asyncio.run(read())
    except (FetchError, StageFailed) as error:
        return Trial(problem=str(error))


def _trial(title: str, text: str, language: str, entities: Sequence[Entity]) -> Trial:
    compiled = compile_watchlist(entities)
    ((_, mentions),) = match_documents([Document("", text, title, language)], compiled)
    return Trial(title, text, language, mentions[:MAX_SHOWN], near_misses(text, compiled, title)[:MAX_SHOWN])
