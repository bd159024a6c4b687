"""Pure. Matching as the fetching process sees it: the input of the matcher, and the results with its hits.

The matcher itself is not loaded in that process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.model import Confidence, Entity, Hit, MatchedArticle, Outcome, RecheckResult, Result, UnmatchedArticle
from monitor.review.feedback import Lessons

if TYPE_CHECKING:
    from monitor.match import Compiled


@dataclass(frozen=True)
class WatchContext:
    """The watched entities and the lessons from decisions on their names; compiled where it is first asked for."""

    entities: tuple[Entity, ...]
    lessons: Lessons = Lessons()

    @cached_property
    def compiled(self) -> Compiled:
        from monitor.match import compile_watchlist

        return compile_watchlist(self.entities)

    def prepare(self) -> None:
        """Compile the entities now, so that no page has to wait for it."""
        _ = self.compiled


@dataclass(frozen=True, slots=True)
class AcquiredArticle:
    """The result of a trip or recheck before matching. `unmatched` None: there is no text to match."""

    result: Result | RecheckResult
    unmatched: UnmatchedArticle | None = None

    @property
    def bytes(self) -> int:
        """Return the approximate memory use: its page and its text."""
        article = self.result.article
        page = article.raw.body if article and article.raw else b""
        return 1_000 + len(page) + 2 * len(article.text if article else "")


def with_matches(acquired: AcquiredArticle, matched: MatchedArticle | None) -> Result | RecheckResult:
    """Return the result with the article's hits: everything there is to store."""
    result = acquired.result
    if matched is None or result.article is None:
        return result
    article = replace(result.article, text=matched.text, zones=matched.zones)
    named = replace(result, article=article, hits=matched.hits, fingerprint=matched.fingerprint)
    # A pending entry stays so although the feed's text names somebody: its page may still come.
    if isinstance(named, RecheckResult) or named.outcome is Outcome.PENDING:
        return named
    return replace(named, outcome=outcome_of(matched.hits) or named.outcome)


def outcome_of(article_hits: tuple[Hit, ...]) -> Outcome | None:
    """Return the outcome that these hits give an entry; None without hits."""
    if any(h.alerts for h in article_hits):
        return Outcome.QUEUED
    if any(h.confidence is Confidence.POSSIBLE for h in article_hits):
        return Outcome.POSSIBLE
    return Outcome.COUNTED if article_hits else None
