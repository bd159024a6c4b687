"""The line itself: visit, process, file_article, publish. Calls ports; no I/O of its own, no clock, no settings.

        fetch            parse        save                  fetch    extract    match      save
visit   Feed -> bytes -> [Entry]  ->  Visit       process   Entry -> HTML -> Article -> [Hit] -> Result(outcome)
file_article unsorted article -> cluster -> Story + ReviewItem       (one runner, fixed order)
publish      window -> what happened in it -> Digest
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import tee
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.cluster import ClusterPolicy, fingerprint, place
from monitor.digest import Digest, make_digest
from monitor.errors import FetchError, FetchReason, StageFailed, StaleDecision
from monitor.extract import extract
from monitor.language import detect
from monitor.match import Compiled, aside, hits, match_documents
from monitor.model import (
    Archived,
    Article,
    Candidate,
    Confidence,
    DateSource,
    Document,
    Entry,
    Extracted,
    FeedEntry,
    FeedState,
    FeedStatus,
    Find,
    Hit,
    NewEntry,
    Outcome,
    ParsedFeed,
    Placement,
    Result,
    ReviewItem,
    State,
    TextFrom,
    Validators,
    Visit,
    Window,
    ZoneSpan,
)
from monitor.parse import parse_feed
from monitor.ports import Entries, Fetcher, Purpose, Reading, Response, Stories, Workshop
from monitor.review import joined
from monitor.schedule import SchedulePolicy, asked_interval, next_try, next_visit, spread
from monitor.urls import article_key

NEW_ON_THE_LIST = "found in older articles: it names someone who is new on your list"
HTML_TYPES = ("text/html", "application/xhtml", "text/plain", "application/xml", "text/xml")

STATUS_OF = {
    FetchReason.UNREACHABLE: FeedStatus.UNREACHABLE,
    FetchReason.TIMEOUT: FeedStatus.UNREACHABLE,
    FetchReason.SERVER: FeedStatus.UNREACHABLE,
    FetchReason.REDIRECTS: FeedStatus.UNREACHABLE,
    FetchReason.BAD_RESPONSE: FeedStatus.UNPARSABLE,
    FetchReason.TLS: FeedStatus.TLS,
    FetchReason.REFUSED: FeedStatus.REFUSED,
    FetchReason.THROTTLED: FeedStatus.THROTTLED,
    FetchReason.GONE: FeedStatus.GONE,
    FetchReason.NOT_FOUND: FeedStatus.NOT_FOUND,
    FetchReason.TOO_LARGE: FeedStatus.TOO_LARGE,
    FetchReason.FORBIDDEN_ADDRESS: FeedStatus.FORBIDDEN_ADDRESS,
}


@dataclass(frozen=True, slots=True)
class LinePolicy:
    """The numbers of the line; filled from config.py."""

    old: timedelta = timedelta(days=7)  # on a first visit, what is older than this is stored as OLD
    fresh: timedelta = timedelta(days=1)  # and what is older than this is found in an older article
    entries_a_visit: int = 2000
    copies_within: timedelta = timedelta(days=30)
    schedule: SchedulePolicy = SchedulePolicy()
    cluster: ClusterPolicy = ClusterPolicy()


@dataclass(frozen=True, slots=True)
class Line:
    """What every trip down the line uses."""

    fetcher: Fetcher
    workshop: Workshop
    compiled: Compiled
    policy: LinePolicy = LinePolicy()


# ---- visit: a feed --------------------------------------------------------------------------------------------------


async def visit(state: FeedState, *, line: Line, now: datetime) -> Visit:
    """Fetch a feed and read what it brings; to be stored whole by `Feeds.save_visit`."""
    feed, policy = state.feed, line.policy
    try:
        response = await line.fetcher.get(feed.url, Purpose.FEED, state.validators, feed.proxy)
    except FetchError as error:
        seen = _troubled(state, now, policy, STATUS_OF[error.reason], str(error), retry_after=error.retry_after)
        return replace(seen, reached=error.reason not in {FetchReason.UNREACHABLE, FetchReason.TIMEOUT})
    if response.unchanged:
        return _quiet(state, now, policy, response)
    try:
        parsed = await line.workshop.run(
            parse_feed, response.body, response.url, response.content_type, policy.entries_a_visit
        )
    except StageFailed as error:
        return _troubled(state, now, policy, FeedStatus.UNPARSABLE, str(error))
    if parsed.html:
        return _troubled(state, now, policy, FeedStatus.HTML, parsed.problem)
    if parsed.problem and not parsed.entries:
        return _troubled(state, now, policy, FeedStatus.UNPARSABLE, parsed.problem)
    return _brought(state, now, policy, response, parsed)


def _brought(state: FeedState, now: datetime, policy: LinePolicy, response: Response, parsed: ParsedFeed) -> Visit:
    status = FeedStatus.OK if parsed.entries else FeedStatus.EMPTY
    asked = max(filter(None, (asked_interval(response.headers, now), parsed.ttl)), default=None)
    first = state.visits == 0
    return Visit(
        feed=state,
        at=now,
        status=status,
        detail=parsed.problem,
        next_due=_next_due(state, status, now, policy, asked),
        # An empty or broken feed must not be what we later call "unchanged".
        validators=response.validators if parsed.entries and not parsed.problem else Validators(),
        entries=tuple(_at_first_contact(e, now, policy) if first else NewEntry(e) for e in parsed.entries),
        title=parsed.title,
    )


def _quiet(state: FeedState, now: datetime, policy: LinePolicy, response: Response) -> Visit:
    due = _next_due(state, FeedStatus.UNCHANGED, now, policy, asked_interval(response.headers, now))
    return Visit(state, now, FeedStatus.UNCHANGED, due, validators=response.validators)


def _troubled(
    state: FeedState,
    now: datetime,
    policy: LinePolicy,
    status: FeedStatus,
    detail: str,
    *,
    retry_after: timedelta | None = None,
) -> Visit:
    return Visit(state, now, status, _next_due(state, status, now, policy, retry_after), detail=detail)


def _next_due(
    state: FeedState, status: FeedStatus, now: datetime, policy: LinePolicy, asked: timedelta | None
) -> datetime:
    return next_visit(state, status, now, policy.schedule, asked=asked, jitter=spread(state.feed.id))


def _at_first_contact(item: FeedEntry, now: datetime, policy: LinePolicy) -> NewEntry:
    """What stood in a feed before we read it: the last day's is news, the last week's is found in older articles."""
    dated = item.published or item.updated
    if dated is not None and dated < now - policy.old:
        return NewEntry(item, Outcome.OLD, older=True)
    return NewEntry(item, older=dated is None or dated < now - policy.fresh)


# ---- process: an entry ----------------------------------------------------------------------------------------------


async def process(entry: Entry, *, line: Line, entries: Entries, now: datetime) -> Result:
    """Fetch one entry's page, extract its text, match it; store how that ended, and return it as stored."""
    trip = Trip(entry, line, now)
    url = entry.item.url
    if not url:
        result = await trip.without_page(Outcome.NO_LINK, "the feed gives no link")
    elif entries.knows_article(article_key(url), besides=entry.article):
        result = Result(entry, now, Outcome.DUPLICATE, "the article is known already")
    else:
        result = await trip.to_the_page()
    return entries.save_result(result)


@dataclass(frozen=True, slots=True)
class Trip:
    """One entry on its way: every method ends it with a Result."""

    entry: Entry
    line: Line
    now: datetime

    async def to_the_page(self) -> Result:
        entry = self.entry
        try:
            response = await self.line.fetcher.get(entry.item.url, Purpose.PAGE, proxy=entry.feed.feed.proxy)
        except FetchError as error:
            return await self._not_fetched(error)
        if response.content_type and not response.content_type.lower().startswith(HTML_TYPES):
            return await self.without_page(Outcome.NOT_HTML, f"the link leads to {response.content_type}")
        try:
            page = await self.line.workshop.run(extract, response.body, response.url, response.content_type)
        except StageFailed as error:
            return await self._later(Outcome.GIVEN_UP, str(error))
        if not page.text:
            return await self.without_page(Outcome.NO_TEXT, "the page holds no article text")
        return self._matched(_article_of_page(entry, response, page, self.now), Outcome.NO_MATCH, zones=page.zones)

    async def without_page(self, outcome: Outcome, detail: str) -> Result:
        """The page cannot be had: the feed's own text stands in for it, where there is any."""
        if not (self.entry.item.title or self.entry.item.own_text):
            return Result(self.entry, self.now, outcome, detail)
        article = _article_of_feed(self.entry, self.now)
        try:  # there, since a model of 60 MB goes with it
            language = await self.line.workshop.run(detect, f"{article.title}\n{article.text}", article.language)
        except StageFailed:
            language = article.language
        return self._matched(replace(article, language=language), outcome, detail)

    async def _not_fetched(self, error: FetchError) -> Result:
        if error.reason.passing:
            last = Outcome.REFUSED if error.reason is FetchReason.REFUSED else Outcome.GIVEN_UP
            return await self._later(last, str(error), error.retry_after)
        ended = Outcome.TOO_LARGE if error.reason is FetchReason.TOO_LARGE else Outcome.FETCH_FAILED
        return await self.without_page(ended, str(error))

    async def _later(self, last: Outcome, detail: str, retry_after: timedelta | None = None) -> Result:
        """A passing failure: matched on the feed's own text now, and tried again, until it ends as `last`."""
        due = next_try(self.entry.tries + 1, self.now, self.line.policy.schedule, retry_after=retry_after)
        if due is None:
            return await self.without_page(last, detail)
        return replace(await self.without_page(Outcome.PENDING, detail), outcome=Outcome.PENDING, due=due)

    def _matched(
        self, article: Article, otherwise: Outcome, detail: str = "", zones: Sequence[ZoneSpan] = ()
    ) -> Result:
        article = replace(article, zones=tuple(zones))
        ((_, found),) = _found_in([article], self.line.compiled)
        return Result(
            entry=self.entry,
            at=self.now,
            outcome=_outcome_of(found) or otherwise,
            detail=detail,
            article=article,
            hits=found,
            fingerprint=fingerprint(article.title, article.text),
        )


def _found_in(articles: Iterable[Article], compiled: Compiled) -> Iterator[tuple[Article, tuple[Hit, ...]]]:
    """Each article with its hits: the one path for articles that come in and for those looked at again."""
    articles, again = tee(articles)
    documents = (Document(a.key, a.text, a.title, a.language) for a in again)
    for article, (document, mentions) in zip(articles, match_documents(documents, compiled), strict=True):
        yield article, hits(document, aside(mentions, article.zones), compiled, article.outlet)


def look_again(archived: Sequence[Archived], *, compiled: Compiled, looked_for: Compiled | None = None) -> list[Find]:
    """What the present list finds in stored articles that it did not find then, and what it no longer finds.

    `looked_for`: a small part of the list; articles that name none of it are passed over, which is much faster, and
    nothing is said to be lost.
    """
    by_key = {each.article.key: each for each in archived}
    articles = [each.article for each in archived]
    if looked_for is not None:
        articles = [article for article, found in _found_in(articles, looked_for) if found]
    finds = []
    for article, found in _found_in(articles, compiled):
        known = by_key[article.key].hits
        gained = tuple(hit for hit in found if _is_more(hit, known.get(hit.entity)))
        lost = tuple(known.keys() - {hit.entity for hit in found}) if looked_for is None else ()
        if gained or lost:
            finds.append(Find(article, gained, tuple(sorted(lost))))
    return finds


def _is_more(hit: Hit, known: tuple[Confidence, bool] | None) -> bool:
    if known is None:
        return True
    confidence, alerts = known
    return (hit.confidence is Confidence.STRONG and confidence is Confidence.POSSIBLE) or (hit.alerts and not alerts)


def _outcome_of(found: tuple[Hit, ...]) -> Outcome | None:
    if any(h.alerts for h in found):
        return Outcome.QUEUED
    if any(h.confidence is Confidence.POSSIBLE for h in found):
        return Outcome.POSSIBLE
    return Outcome.COUNTED if found else None


def _article_of_page(entry: Entry, response: Response, page: Extracted, now: datetime) -> Article:
    feed, item = entry.feed.feed, entry.item
    from_feed = _article_of_feed(entry, now)
    return replace(
        from_feed,
        url=response.url,
        key=_key(item.url, response.url),
        title=item.title or page.title,
        text=page.text,
        text_from=TextFrom.PAGE,
        language=page.language or feed.language,
        authors=page.authors or from_feed.authors,
        published=from_feed.published or page.published,
        published_source=from_feed.published_source if from_feed.published else page.published_source,
        fetched=now,
    )


def _article_of_feed(entry: Entry, now: datetime) -> Article:
    feed, item = entry.feed.feed, entry.item
    published = item.published or item.updated
    return Article(
        url=item.url,
        key=article_key(item.url) if item.url else f"entry:{entry.id}",
        outlet=feed.outlet,
        title=item.title,
        text=item.own_text,
        text_from=TextFrom.FEED,
        first_seen=entry.first_seen,
        older=entry.older,
        country=feed.country,
        language=feed.language,
        authors=(item.author,) if item.author else (),
        published=min(published, now) if published else None,
        published_source=DateSource.FEED if published else DateSource.NONE,
    )


def _key(asked: str, reached: str) -> str:
    """A link to another host that redirects (a feed proxy, a shortener) is known by where it leads.

    Not so within a site, nor to a front page: a removed article that leads home, or to a login, would become one
    article with every other that does.
    """
    there, here = urlsplit(reached), urlsplit(asked)
    moved = there.hostname != here.hostname and there.path.strip("/") != ""
    return article_key(reached if moved else asked)


# ---- file_article: what awaits a person -----------------------------------------------------------------------------


def file_article(
    article: Candidate, *, stories: Stories, now: datetime, policy: LinePolicy
) -> tuple[ReviewItem, Placement]:
    """Put one article into its story: the item it went into, and why there."""
    while True:
        placement = _placement(article, stories, policy)
        item = stories.item_of(placement.story) if placement.story is not None else None
        if item is None:
            return stories.file(article, placement, None, now), placement
        if item.state is not State.MERGED:
            moved = _with(article, placement, item, now)
            try:
                return stories.file(article, placement, moved, now, was=item.version), placement
            except StaleDecision:
                pass
        # Somebody decided in between, or put articles elsewhere: once more, as things are now.
        article = next((waiting for waiting in stories.unsorted() if waiting.id == article.id), article)


def _placement(article: Candidate, stories: Stories, policy: LinePolicy) -> Placement:
    if article.story is not None:  # it changed, or the list did: it stays where people have seen it
        return Placement(article.story, article.copy_of, rule="changed")
    since, lately = article.seen - policy.copies_within, article.seen - policy.cluster.within
    return place(article, stories.alike(article, since, lately), policy.cluster)


def _with(article: Candidate, placement: Placement, item: ReviewItem, now: datetime) -> ReviewItem:
    """A copy inherits what was decided, unless it names a watched person whom nobody has seen in this story."""
    if article.story is not None:
        why = f"the text of the article at {article.outlet} changed" if article.changed else NEW_ON_THE_LIST
        return joined(item, is_copy=False, now=now, why=why, tell_again=article.gained)
    is_copy = placement.copy_of is not None
    if is_copy and article.people - {hit.entity for hit in item.hits if hit.confidence is Confidence.STRONG}:
        return joined(item, is_copy=False, now=now, why=f"a copy at {article.outlet} names a person who is new here")
    return joined(item, is_copy=is_copy, now=now, why=f"a new article from {article.outlet}")


# ---- publish: what a window brought ---------------------------------------------------------------------------------


def publish(
    window: Window,
    *,
    reading: Reading,
    timezone: ZoneInfo,
    next_at: datetime | None = None,
    contact: str = "",
    base_url: str = "",
) -> Digest:
    """The digest of a window, by when things came into the queue."""
    happened = reading.happened(window)
    return make_digest(happened, timezone=timezone, next_at=next_at, contact=contact, base_url=base_url)
