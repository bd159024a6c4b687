"""The articles that a run knows: those that are stored, and those that it has fetched."""

from __future__ import annotations

from monitor.model import Article, ArticleText, TextFrom
from monitor.store.line.entries import SqlEntries
from monitor.urls import is_twin


class KnownArticlesOfRun:
    """The stored articles plus those fetched in this run, which may still wait to be stored.

    Without the latter, the time that matching takes would decide whether a page is requested twice (a side channel).
    """

    def __init__(self, stored: SqlEntries) -> None:
        self._stored = stored
        self._words: dict[str, set[int]] = {}  # hashes of title and text, by article key
        self._plain: set[str] = set()  # keys of articles that were read at their plain address

    def add(self, article: Article | None) -> None:
        if article is not None and article.text_from is TextFrom.PAGE:
            self._words.setdefault(article.key, set()).add(hash(ArticleText(article.title, article.text)))
            if not is_twin(article.url):
                self._plain.add(article.key)

    def was_read(self, key: str) -> bool:
        """Return True if the article's page was read in this run."""
        return key in self._words

    def has_article(
        self, key: str, other_than: int | None = None, words: ArticleText | None = None, *, plain: bool = False
    ) -> bool:
        read_words = self._words.get(key, set()) if key in self._plain or not plain else set()
        # Words come with a canonical address, which sites copy by mistake: then these must be the same.
        if (hash(words) in read_words) if words else read_words:
            return True
        return self._stored.has_article(key, other_than, words, plain=plain)
