"""Match a batch of fetched articles in the matcher's process, and make the results to store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from monitor.errors import SandboxLost, StageFailed
from monitor.ingest.matching import AcquiredArticle, with_matches
from monitor.ingest.rescan import match_articles
from monitor.model import MatchedArticle, RecheckResult, Result, UnmatchedArticle
from monitor.ports import SandboxWithTool

Matched = Sequence[MatchedArticle | StageFailed]  # of the texts of one result
Match = Callable[[Any, Sequence[UnmatchedArticle]], list[MatchedArticle]]


async def match_each(
    matcher: SandboxWithTool, articles: Sequence[UnmatchedArticle], *, stage: Match = match_articles
) -> Sequence[MatchedArticle | StageFailed]:
    """Match articles in one call, or one by one if that fails, so that a bad article affects only itself."""
    if not articles:
        return ()
    try:
        return await matcher.run(stage, articles)
    except StageFailed as error:
        if len(articles) == 1:
            await _require_matcher(matcher, stage)
            return (error,)
    return [matched for article in articles for matched in await match_each(matcher, [article], stage=stage)]


def matches_of_each(batch: Sequence[AcquiredArticle], matches: Sequence[MatchedArticle | StageFailed]) -> list[Matched]:
    """Return the matches of each result of a batch, from those of all its texts."""
    remaining = iter(matches)
    return [tuple(islice(remaining, len(acquired.texts))) for acquired in batch]


async def _require_matcher(matcher: SandboxWithTool, stage: Match) -> None:
    """Raise SandboxLost if no article at all can be matched: the articles are not to blame, and stay pending."""
    try:
        await matcher.run(stage, ())
    except StageFailed as error:
        raise SandboxLost(f"the names of the watchlist cannot be prepared for matching: {error}") from error


def matched_result(acquired: AcquiredArticle, matched: Matched) -> Result | RecheckResult:
    """Return the result to store. Raises StageFailed if it could not be matched."""
    if failures := [match for match in matched if isinstance(match, StageFailed)]:
        raise failures[0]
    return with_matches(acquired, [match for match in matched if isinstance(match, MatchedArticle)])
