"""The trip of one entry: fetch its page and extract the article. Matching is `matching.match_articles`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.extract.outlet_profile import profile_for_article
from monitor.feeds.schedule import next_try
from monitor.ingest.tools import Line
from monitor.ingest.trip.article import (
    HTML_TYPES,
    AcquiredArticle,
    article_of_feed,
    article_of_linked_page,
    article_of_page,
    has_no_article_text,
    whole_part,
)
from monitor.ingest.trip.speakers import Outlets, link_key, page_key, speaks_for
from monitor.model import (
    Article,
    ArticleText,
    Entry,
    FeedRecord,
    FeedWords,
    Message,
    Outcome,
    OutletProfile,
    Result,
    Speaker,
    TextFrom,
    UnmatchedArticle,
    Zone,
)
from monitor.ports import KnownArticles, Purpose, Response
from monitor.text.charset import GARBLED_NOTICE, is_garbled
from monitor.text.language import detect
from monitor.urls import can_be_canonical, is_article_address, is_front_page, is_twin

MAX_WAIT_FOR_ROOM = timedelta(days=3)  # how long a page waits for a day on which its feed may bring more
MAX_WAIT_FOR_HOST = timedelta(minutes=10)  # how long a new entry waits for its page while another machine asks its host

TakeRoom: TypeAlias = Callable[[FeedRecord, int], bool]


async def acquire(
    entry: Entry,
    *,
    line: Line,
    stored_articles: KnownArticles,
    now: datetime,
    profile: OutletProfile = OutletProfile(),
    failed_trips: Sequence[Result] = (),
    outlets: Outlets = Outlets(),
    take_room: TakeRoom = lambda _feed, _size: True,
) -> AcquiredArticle:
    """Fetch an entry's page and extract its text; return the result, to be matched and stored.

    `failed_trips`: those of other entries of this run to the same article that brought no page.
    `take_room`: takes room for so many bytes of what a feed may bring today; returns False if there is none left.
    """
    trip = Trip(entry, line, now, stored_articles, profile, outlets, take_room)
    url = entry.item.url
    if entry.item.is_complete:
        return await trip.without_page(Outcome.NO_MATCH, "")
    if not url:
        return await trip.without_page(Outcome.NO_LINK, "the feed gives no link")
    if stored_articles.has_article(link_key(entry), other_than=entry.article, plain=not is_twin(url)):
        return await trip.with_known_page(link_key(entry))
    # Other links to this article failed in this run: do not fetch its page once more.
    if len(failed_trips) >= line.policy.fetches_without_text:
        return await trip.end_as_failed(failed_trips[-1])
    return await trip.fetch_page()


@dataclass(frozen=True, slots=True)
class Trip:
    """One entry's trip. Each public method ends it."""

    entry: Entry
    line: Line
    now: datetime
    stored_articles: KnownArticles
    profile: OutletProfile
    outlets: Outlets
    take_room: TakeRoom

    async def with_known_page(self, key: str) -> AcquiredArticle:
        """End without fetching: the page with this key is stored already.

        What a feed says of another site's page, or with a link to a front page, is an article all the same. So is what
        an entry of the page's own site says that nothing stored says; of others the store makes a DUPLICATE.
        """
        item, detail = self.entry.item, Message("the page that it links to is known already")
        repeated_key = key if speaks_for(self.entry, item.url) and not is_front_page(item.url) else ""
        acquired = await self.without_page(Outcome.NO_MATCH, detail, repeated_key)
        if acquired.result.article is not None:
            return _with_changes(acquired, request_sent=False, repeated_key=repeated_key)
        return AcquiredArticle(Result(self.entry, self.now, Outcome.DUPLICATE, detail, repeated_key=key))

    async def end_as_failed(self, failure: Result) -> AcquiredArticle:
        """End with the failure of another entry of the same article, but with this entry's own feed text."""
        acquired = await self.without_page(failure.outcome, failure.detail)
        if failure.outcome is Outcome.PENDING:
            return _with_changes(acquired, due=failure.due, request_sent=False)
        return acquired

    async def fetch_page(self) -> AcquiredArticle:
        """Fetch and extract the page, and end with its article or with the reason for having none."""
        entry = self.entry
        if not self.take_room(entry.feed, 0):
            return await self._without_room()
        try:
            response = await self.line.fetcher.get(
                entry.item.url, Purpose.PAGE, proxy=entry.feed.feed.proxy, own_url=entry.feed.feed.url
            )
        except FetchError as error:
            return await self._after_fetch_error(error)
        if not self.take_room(entry.feed, len(response.body)):
            return await self._without_room()
        acquired = await self._read(response)
        return _with_changes(acquired, fetched_bytes=len(response.body))

    async def _read(self, response: Response) -> AcquiredArticle:
        """End with the article of a page, or with the reason for having none."""
        entry = self.entry
        profile = profile_for_article(self.profile, entry.item.title, entry.feed.feed.country)
        if not is_article_address(entry.item.url, response.url):
            return await self.without_page(Outcome.NO_TEXT, Message("its address leads to the front page"))
        # A response without a type may be a page: extraction finds out.
        if response.content_type and not response.content_type.lower().startswith(HTML_TYPES):
            return await self.without_page(Outcome.NOT_HTML, Message("the link leads to {}", response.content_type))
        try:
            page = await self.line.extract(response, profile)
        except StageFailed as error:
            return await self._retry_later(Outcome.GIVEN_UP, str(error))
        if has_no_article_text(page, entry.item):
            return await self.without_page(Outcome.NO_TEXT, Message("the page holds no article text"))
        is_own = speaks_for(entry, response.url)
        if is_own:
            article = article_of_page(entry, response, page, self.now)
        else:
            article = article_of_linked_page(entry, response, page, self.now, self.outlets)
        # The page may name another address as its own, under which the article is stored already.
        if self._is_stored_elsewhere(article, page.canonical):
            return await self.with_known_page(page_key(entry, page.canonical))
        detail = GARBLED_NOTICE if is_garbled(page.text) else ""
        acquired = self._result_with_text(article, Outcome.NO_MATCH, detail, page.captions)
        acquired = _with_changes(acquired, validators=response.validators)
        return acquired if is_own else await self._with_feed_words(acquired)

    def _is_stored_elsewhere(self, article: Article, canonical: str) -> bool:
        """Return True if an article with these words is stored under the page's canonical address.

        The words must match because sites copy canonical addresses by mistake, and print the same headline over other
        texts: articles would be lost.
        """
        key = page_key(self.entry, canonical)
        if not can_be_canonical(canonical, article.url) or key == article.key:
            return False
        words = ArticleText(article.title, article.text)
        return self.stored_articles.has_article(key, other_than=self.entry.article, words=words)

    async def without_page(self, outcome: Outcome, detail: str, key: str = "") -> AcquiredArticle:
        """End with the feed's text in place of the page (with a `key`: of that article); without text, with none."""
        article = await self._article_of_feed()
        if article is None:
            return AcquiredArticle(Result(self.entry, self.now, outcome, detail))
        return self._result_with_text(replace(article, key=key or article.key), outcome, detail)

    async def _article_of_feed(self) -> Article | None:
        """Return the article of the feed's words, or None if it has none."""
        if not (self.entry.item.title or self.entry.item.own_text):
            return None
        article = article_of_feed(self.entry, self.now)
        # In the sandbox, because the language model takes 60 MB.
        try:
            language = await self.line.sandbox.run(detect, f"{article.title}\n{article.text}", article.language)
        except StageFailed:
            language = article.language
        return replace(article, language=language)

    async def _with_feed_words(self, acquired: AcquiredArticle) -> AcquiredArticle:
        """Add what the feed says of a page of another site."""
        article = await self._article_of_feed()
        if article is None:
            return acquired
        return replace(_with_changes(acquired, words=FeedWords(article)), unmatched_words=UnmatchedArticle(article))

    async def _without_room(self) -> AcquiredArticle:
        """End as PENDING until tomorrow, with the feed's text meanwhile: its feed has no room for the page today."""
        may_wait = self.now - self.entry.first_seen < MAX_WAIT_FOR_ROOM
        outcome = Outcome.PENDING if may_wait else Outcome.GIVEN_UP
        acquired = await self.without_page(outcome, Message("its feed has brought as much as it may in a day"))
        tomorrow = (self.now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return _with_changes(acquired, due=tomorrow if may_wait else None, request_sent=False, is_left_out=True)

    async def _after_fetch_error(self, error: FetchError) -> AcquiredArticle:
        if error.reason.is_temporary:
            if error.held_origin:
                return await self._wait_for_other_machine(error)
            final_outcome = Outcome.REFUSED if error.reason is FetchReason.REFUSED else Outcome.GIVEN_UP
            return await self._retry_later(
                final_outcome, error.detail, error.retry_after, request_sent=error.request_sent
            )
        outcomes = {FetchReason.TOO_LARGE: Outcome.TOO_LARGE, FetchReason.ROBOTS: Outcome.REFUSED}
        return await self.without_page(outcomes.get(error.reason, Outcome.FETCH_FAILED), error.detail)

    async def _wait_for_other_machine(self, error: FetchError) -> AcquiredArticle:
        """End as PENDING, to be retried when the other machine, which asks this host now, is done with it.

        The feed's text is stored only if that takes long: else a page read a minute later would count as a change.
        """
        detail, due = error.detail, self.now + (error.retry_after or timedelta(0))
        if self.now - self.entry.first_seen < MAX_WAIT_FOR_HOST:
            waiting = AcquiredArticle(Result(self.entry, self.now, Outcome.PENDING, detail))
        else:
            waiting = await self.without_page(Outcome.PENDING, detail)
        return _with_changes(waiting, due=due, request_sent=error.request_sent, held_origin=error.held_origin)

    async def _retry_later(
        self, final_outcome: Outcome, detail: str, retry_after: timedelta | None = None, *, request_sent: bool = True
    ) -> AcquiredArticle:
        """End as PENDING with the feed's text, to be retried; after the last try, end with `final_outcome`."""
        due = next_try(self.entry.tries + request_sent, self.now, self.line.policy.schedule, retry_after=retry_after)
        if due is None:
            return await self.without_page(final_outcome, detail)
        waiting = await self.without_page(Outcome.PENDING, detail)
        return _with_changes(waiting, due=due, request_sent=request_sent)

    def _result_with_text(
        self, article: Article, unmatched_outcome: Outcome, detail: str = "", captions: Sequence[str] = ()
    ) -> AcquiredArticle:
        """Return the result with its article and the extra lines to match.

        `unmatched_outcome`: the outcome if nobody is named.
        """
        item = self.entry.item
        # The author of a complete entry (Telegram) is the channel it was forwarded from.
        # Each author has a line: in "A B, C D" the matcher would see a name "B, C".
        extra_lines = (
            [] if item.is_complete else [whole_part(Zone.BYLINE, author) for author in reversed(article.authors)]
        )
        extra_lines += (whole_part(Zone.CAPTION, caption) for caption in captions)
        if article.text_from is TextFrom.PAGE and article.speaker is Speaker.SITE:
            extra_lines.append(whole_part(Zone.FEED, item.own_text))
        lines = tuple(part for part in extra_lines if part[0])
        result = Result(self.entry, self.now, unmatched_outcome, detail, article)
        return AcquiredArticle(result, UnmatchedArticle(replace(article, raw=None), lines))


def _with_changes(acquired: AcquiredArticle, **changes: Any) -> AcquiredArticle:
    """Return the article with changes of its result."""
    return replace(acquired, result=replace(acquired.result, **changes))
