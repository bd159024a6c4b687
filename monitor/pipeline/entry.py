"""An entry: its page fetched and read. No name is looked for here (`names.match_articles`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.extract import extract
from monitor.extract.outlet_profile import for_article
from monitor.feeds.schedule import next_try
from monitor.model import Article, Entry, Outcome, OutletProfile, Result, TextFrom, UnmatchedArticle, Zone
from monitor.pipeline.article import HTML_TYPES, article_of_feed, article_of_page, part_of, says_nothing
from monitor.pipeline.article_turns import EarlierTrips, FailedTrip
from monitor.pipeline.context import Line
from monitor.pipeline.rescan import AcquiredArticle
from monitor.ports import KnownArticles, Purpose
from monitor.text.charset import LOST, is_garbled
from monitor.text.language import detect
from monitor.urls import article_key, is_witness


async def acquire(
    entry: Entry,
    *,
    line: Line,
    known: KnownArticles,
    now: datetime,
    habits: OutletProfile = OutletProfile(),
    earlier: EarlierTrips = EarlierTrips(),
) -> AcquiredArticle:
    """Fetch one entry's page and extract its text; return how that ended, to be matched and stored.

    `earlier`: the trips of other entries to the same article in this run, so that its page is not fetched again.
    """
    trip = Trip(entry, line, now, known, habits)
    url = entry.item.url
    if entry.item.complete:
        return await trip.without_page(Outcome.NO_MATCH, "")
    if not url:
        return await trip.without_page(Outcome.NO_LINK, "the feed gives no link")
    if earlier.have_article_of(entry) or known.knows_article(article_key(url), besides=entry.article):
        return trip.known_already()
    if earlier.last_failure is not None and earlier.failures >= line.policy.fetches_without_text:
        return await trip.end_like(earlier.last_failure)
    return await trip.to_the_page()


@dataclass(frozen=True, slots=True)
class Trip:
    """One entry on its way: every method ends it."""

    entry: Entry
    line: Line
    now: datetime
    known: KnownArticles
    habits: OutletProfile = OutletProfile()

    def known_already(self) -> AcquiredArticle:
        return AcquiredArticle(Result(self.entry, self.now, Outcome.DUPLICATE, "the article is known already"))

    async def end_like(self, other: FailedTrip) -> AcquiredArticle:
        """End as another entry of the same article, whose page brought no text, with this entry's own feed text."""
        acquired = await self.without_page(other.outcome, other.detail)
        if other.outcome is Outcome.PENDING:
            return replace(acquired, result=replace(acquired.result, due=other.due, asked=False))
        return acquired

    async def to_the_page(self) -> AcquiredArticle:
        entry = self.entry
        habits = for_article(self.habits, entry.item.title, entry.feed.feed.country)
        try:
            response = await self.line.fetcher.get(entry.item.url, Purpose.PAGE, proxy=entry.feed.feed.proxy)
        except FetchError as error:
            return await self._not_fetched(error)
        if response.content_type and not response.content_type.lower().startswith(HTML_TYPES):
            return await self.without_page(Outcome.NOT_HTML, f"the link leads to {response.content_type}")
        try:
            page = await self.line.workshop.run(extract, response.body, response.url, response.content_type, habits)
        except StageFailed as error:
            return await self._later(Outcome.GIVEN_UP, str(error))
        if says_nothing(page, entry.item):
            return await self.without_page(Outcome.NO_TEXT, "the page holds no article text")
        article = article_of_page(entry, response, page, self.now)
        if self._is_elsewhere(article, page.canonical):
            return self.known_already()
        detail = LOST if is_garbled(page.text) else ""
        acquired = self._acquired(article, Outcome.NO_MATCH, detail, page.captions)
        return replace(acquired, result=replace(acquired.result, validators=response.validators))

    def _is_elsewhere(self, article: Article, canonical: str) -> bool:
        """Whether an article of this very headline is known under the address that the page calls its own.

        Such addresses are copied about by mistake; alone they would cost articles.
        """
        key = article_key(canonical)
        if not is_witness(canonical, article.url) or key == article.key:
            return False
        return self.known.knows_article(key, besides=self.entry.article, title=article.title)

    async def without_page(self, outcome: Outcome, detail: str) -> AcquiredArticle:
        """The page cannot be had: the feed's own text stands in for it, where there is any."""
        if not (self.entry.item.title or self.entry.item.own_text):
            return AcquiredArticle(Result(self.entry, self.now, outcome, detail))
        article = article_of_feed(self.entry, self.now)
        try:  # there, since a model of 60 MB goes with it
            language = await self.line.workshop.run(detect, f"{article.title}\n{article.text}", article.language)
        except StageFailed:
            language = article.language
        return self._acquired(replace(article, language=language), outcome, detail)

    async def _not_fetched(self, error: FetchError) -> AcquiredArticle:
        if error.reason.passing:
            last = Outcome.REFUSED if error.reason is FetchReason.REFUSED else Outcome.GIVEN_UP
            return await self._later(last, str(error), error.retry_after, asked=error.asked)
        ended = {FetchReason.TOO_LARGE: Outcome.TOO_LARGE, FetchReason.ROBOTS: Outcome.REFUSED}
        return await self.without_page(ended.get(error.reason, Outcome.FETCH_FAILED), str(error))

    async def _later(
        self, last: Outcome, detail: str, retry_after: timedelta | None = None, *, asked: bool = True
    ) -> AcquiredArticle:
        """A passing failure: matched on the feed's own text now, and tried again, until it ends as `last`."""
        due = next_try(self.entry.tries + asked, self.now, self.line.policy.schedule, retry_after=retry_after)
        if due is None:
            return await self.without_page(last, detail)
        waiting = await self.without_page(Outcome.PENDING, detail)
        return replace(waiting, result=replace(waiting.result, due=due, asked=asked))

    def _acquired(
        self, article: Article, otherwise: Outcome, detail: str = "", captions: Sequence[str] = ()
    ) -> AcquiredArticle:
        """`otherwise`: the outcome where nobody is named."""
        item = self.entry.item
        # The author of a complete entry is where it was forwarded from. One line for each: "A B, C D" holds a "B, C".
        beside = [] if item.complete else [part_of(Zone.BYLINE, author) for author in reversed(article.authors)]
        beside += (part_of(Zone.CAPTION, caption) for caption in captions)
        if article.text_from is TextFrom.PAGE:
            beside.append(part_of(Zone.FEED, item.own_text))
        lines = tuple(part for part in beside if part[0])
        result = Result(self.entry, self.now, otherwise, detail, article)
        return AcquiredArticle(result, UnmatchedArticle(replace(article, raw=None), lines))
