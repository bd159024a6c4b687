"""The stored articles: their search, and what people put into the queue by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.errors import InputError, NotFound
from monitor.home import Home
from monitor.i18n.labels import TEXT_NOT_KEPT
from monitor.ingest.filing import file_added
from monitor.model import AddedLink, Addition, Article, ReviewItem, Span
from monitor.store.indexes.search import word_beginnings
from monitor.text.sentences import sentence_around
from monitor.text.tokens import tokens
from monitor.text.vocabulary import sounds_of_words
from monitor.urls import is_web_url


class TextNotKept(InputError):
    """The text of an article that somebody adds is not stored any more."""

    def __init__(self) -> None:
        super().__init__(TEXT_NOT_KEPT)


@dataclass(frozen=True, slots=True)
class AddedItem:
    """The item of an added article; not new if the article was shown in one before."""

    item: ReviewItem
    article: int
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """A stored article that a search found, its item if it is in one, and the first sentence with a word of it.

    `excerpt`: the sentence before the word, the word, and the rest; empty if only the headline has it.
    """

    article: Article
    item: ReviewItem | None
    excerpt: tuple[str, str, str]


@dataclass(frozen=True)
class Archive:
    """The archive of one watch."""

    home: Home

    def search(self, words: str, limit: int = 50) -> tuple[Sequence[FoundArticle], int]:
        """Return the newest articles with these words, in any script, and how many are unsearched."""
        articles = [record.article for record in self.home.store.archive.search(words, limit)]
        items = self._items_of([article.id for article in articles])
        matches = [
            FoundArticle(article, items.get(article.id), _sentence_with(article.text, words)) for article in articles
        ]
        return matches, self.home.store.archive.count_unindexed()

    def add_article(self, article: int, *, by: str, note: str = "") -> AddedItem:
        """Put a stored article into the queue, unless it is there already, and return its item.

        Raises NotFound, TextNotKept.
        """
        if item := self._items_of([article]).get(article):
            return AddedItem(item, article, is_new=False)
        if not self.home.store.archive.has_text(article):
            raise TextNotKept
        self.home.store.additions.add_article(article, Addition(by, self.home.clock(), note.strip()))
        file_added(self.home.store, self.home.clock)
        item = self._items_of([article]).get(article)
        if item is None:
            raise NotFound(f"there is no article {article}")
        return AddedItem(item, article)

    def add_link(self, url: str, *, by: str, note: str = "") -> AddedItem | AddedLink:
        """Put the article at an address into the queue; return its item, or the link if its page must be read first.

        Raises InputError if the text is not the address of a page.
        """
        url = url.strip()
        if not is_web_url(url):
            raise InputError(
                f"{url[:200]!r} is no address of a page; copy it from your browser, with http:// or https://"
            )
        article = self.home.store.additions.find_article(url)
        if article is not None:
            return self.add_article(article, by=by, note=note)
        number = self.home.store.additions.add_link(url, Addition(by, self.home.clock(), note.strip()))
        link, item = self.link(number)
        return AddedItem(item, link.article) if item and link.article else link

    def link(self, number: int) -> tuple[AddedLink, ReviewItem | None]:
        """Return how an added link does, and its item. Raises NotFound."""
        link = self.home.store.additions.link(number)
        if link is None:
            raise NotFound(f"no link {number} was added")
        if link.article is None:
            return link, None
        items = self._items_of([link.article])
        if not items and not link.is_waiting:
            # The page was read, but the process that read it ended before filing.
            file_added(self.home.store, self.home.clock)
            items = self._items_of([link.article])
        return link, items.get(link.article)

    def _items_of(self, articles: Sequence[int]) -> Mapping[int, ReviewItem]:
        """Return the items that have these articles."""
        numbers = self.home.store.archive.item_numbers(articles)
        items = self.home.store.reviews.items(list(numbers.values()))
        return {article.id: item for item in items for article in item.articles if article.id in numbers}


def _sentence_with(text: str, words: str) -> tuple[str, str, str]:
    """Return the first sentence with a word that sounds like a searched one, as (before, word, after)."""
    sought, places = tuple(sounds_of_words(word_beginnings(words))), tokens(text)
    sounds = sounds_of_words([token.text for token in places])
    for token, token_sounds in zip(places, sounds, strict=True):
        if token_sounds.startswith(sought):
            sentence = sentence_around(text, Span(token.start, token.end))
            return text[sentence.start : token.start], text[token.start : token.end], text[token.end : sentence.end]
    return "", "", ""
