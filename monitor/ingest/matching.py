"""Pure. Matching as the fetching process sees it: the input of the matcher, and the results with its hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from monitor.match import Compiled, compile_watchlist
from monitor.model import (
    Entity,
    MatchedArticle,
    Outcome,
    RecheckResult,
    Result,
    UnmatchedArticle,
    outcome_of,
    text_hash,
)
from monitor.review.feedback import Lessons


@dataclass(frozen=True)
class WatchContext:
    """The watched entities and the lessons from decisions on their names; compiled where it is first asked for."""

    entities: tuple[Entity, ...]
    lessons: Lessons = Lessons()

    @cached_property
    def compiled(self) -> Compiled:
        return compile_watchlist(self.entities)

    def prepare(self) -> None:
        """Compile the entities now, so that no page has to wait for it."""
        _ = self.compiled


@dataclass(frozen=True, slots=True)
class RunWatchlist:
    """The watchlist as one run matches with it: compiled for a day in the newsroom's time zone."""

    watch: WatchContext
    version: int
    today: date
    _parts: dict[frozenset[str], WatchContext] = field(default_factory=dict, init=False, repr=False, compare=False)

    def compiled_part(self, entities: frozenset[str]) -> Compiled:
        """Return some of the names, compiled once: a rescan asks for the same ones for each batch."""
        if entities not in self._parts:
            names = tuple(entity for entity in self.watch.entities if entity.id in entities)
            self._parts[entities] = WatchContext(names)
        return self._parts[entities].compiled


@dataclass(frozen=True, slots=True)
class AcquiredArticle:
    """The result of a trip or recheck before matching. `unmatched` None: there is no text to match."""

    result: Result | RecheckResult
    unmatched: UnmatchedArticle | None = None
    unmatched_words: UnmatchedArticle | None = None  # of `Result.words`

    @property
    def texts(self) -> tuple[UnmatchedArticle, ...]:
        """Return the texts to match; `with_matches` takes their matches in this order."""
        return tuple(text for text in (self.unmatched, self.unmatched_words) if text is not None)

    @property
    def bytes(self) -> int:
        """Return the approximate memory use: its page and its text."""
        article = self.result.article
        page = article.raw.body if article and article.raw else b""
        return 1_000 + len(page) + 2 * len(article.text if article else "")


def with_matches(acquired: AcquiredArticle, matches: Sequence[MatchedArticle]) -> Result | RecheckResult:
    """Return the result with the hits of its texts: everything there is to store."""
    result, remaining = acquired.result, iter(matches)
    if acquired.unmatched is not None and result.article is not None:
        matched = next(remaining)
        plain_hash = result.text_sha256
        if matched.text != result.article.text and not plain_hash:
            plain_hash = text_hash(result.article.text)
        article = replace(result.article, text=matched.text, zones=matched.zones)
        result = replace(
            result, article=article, hits=matched.hits, fingerprint=matched.fingerprint, text_sha256=plain_hash
        )
    if isinstance(result, RecheckResult):
        return result
    if acquired.unmatched is not None:
        result = replace(result, extra_lines=acquired.unmatched.extra_lines)
    if acquired.unmatched_words is not None and result.words is not None:
        matched = next(remaining)
        words = replace(result.words, hits=matched.hits, fingerprint=matched.fingerprint)
        result = replace(result, words=words)
    # A pending entry stays so although the feed's text names somebody: its page may still come.
    if result.outcome is Outcome.PENDING:
        return result
    all_hits = (*result.hits, *(result.words.hits if result.words else ()))
    return replace(result, outcome=outcome_of(all_hits) or result.outcome)
