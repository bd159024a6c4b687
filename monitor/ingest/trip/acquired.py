"""Pure. What a trip or a recheck brings to be matched."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import RecheckResult, Result, UnmatchedArticle


@dataclass(frozen=True, slots=True)
class AcquiredArticle:
    """The result of a trip or recheck before matching. `unmatched` None: there is no text to match."""

    result: Result | RecheckResult
    unmatched: UnmatchedArticle | None = None
    unmatched_words: UnmatchedArticle | None = None  # of `Result.words`

    @property
    def texts(self) -> tuple[UnmatchedArticle, ...]:
        """Return the texts to match; `matched_result` takes their matches in this order."""
        return tuple(text for text in (self.unmatched, self.unmatched_words) if text is not None)

    @property
    def bytes(self) -> int:
        """Return the approximate memory use: its page and its text."""
        article = self.result.article
        page = article.raw.body if article and article.raw else b""
        return 1_000 + len(page) + 2 * len(article.text if article else "")
