"""The line itself: visit, process, look_again_at, file_article, publish. Calls ports; no I/O, clock or settings.

        fetch            parse        save                  fetch    extract    match      save
visit   Feed -> bytes -> [Entry]  ->  Visit       process   Entry -> HTML -> Article -> [Hit] -> Result(outcome)
file_article unsorted article -> cluster -> Story + ReviewItem       (one runner, fixed order)
publish      window -> what happened in it -> Digest
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile, tee
from typing import TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.changes import GONE, changes, reason, same_article, same_but_for_noise, words
from monitor.cluster import ClusterPolicy, fingerprint, place
from monitor.dates import ZONELESS
from monitor.decode import LOST, is_garbled
from monitor.digest import Digest, make_digest
from monitor.errors import FetchError, FetchReason, StageFailed, StaleDecision
from monitor.extract import extract
from monitor.extract.habits import for_article, plain
from monitor.feedback import Lessons
from monitor.health import is_challenge
from monitor.language import detect
from monitor.match import Compiled, aside, hits, match_documents
from monitor.memory import after_trouble, after_unchanged, after_whole, to_ask
from monitor.model import (
    Archived,
    Article,
    Candidate,
    Change,
    Confidence,
    DatePrecision,
    DateSource,
    Document,
    EntityType,
    Entry,
    Extracted,
    FeedEntry,
    FeedState,
    FeedStatus,
    Find,
    Finding,
    Habits,
    Hit,
    Look,
    Memory,
    NewEntry,
    Outcome,
    ParsedFeed,
    Placement,
    RawPage,
    Result,
    ReviewItem,
    Revisit,
    Span,
    State,
    TextFrom,
    Validators,
    Visit,
    Window,
    Zone,
    ZoneSpan,
)
from monitor.parse import parse_feed
from monitor.ports import Entries, Fetcher, Purpose, Reading, Response, Revisits, Stories, Workshop
from monitor.review import copied, joined
from monitor.schedule import SchedulePolicy, asked_interval, next_look, next_try, next_visit, spread
from monitor.urls import article_key, is_witness

Part: TypeAlias = tuple[str, tuple[ZoneSpan, ...]]  # a stretch of text and what it is

NEW_ON_THE_LIST = "found in older articles: it names someone who is new on your list"
SHORT = 300  # characters of text, below which a page may be a paywall, or ask for a script
SECOND_LOOK = timedelta(hours=6)  # after a page was not there, before it counts as gone
HTML_TYPES = ("text/html", "application/xhtml", "text/plain", "application/xml", "text/xml")

STATUS_OF = {
    FetchReason.UNREACHABLE: FeedStatus.UNREACHABLE,
    FetchReason.TIMEOUT: FeedStatus.UNREACHABLE,
    FetchReason.SERVER: FeedStatus.UNREACHABLE,
    FetchReason.REDIRECTS: FeedStatus.UNREACHABLE,
    FetchReason.BAD_RESPONSE: FeedStatus.UNPARSABLE,
    FetchReason.TLS: FeedStatus.TLS,
    FetchReason.REFUSED: FeedStatus.REFUSED,
    FetchReason.ROBOTS: FeedStatus.REFUSED,  # never asked for feeds
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
    lessons: Lessons = Lessons()


# ---- visit: a feed --------------------------------------------------------------------------------------------------


async def visit(state: FeedState, *, line: Line, now: datetime) -> Visit:
    """Fetch a feed and read what it brings; to be stored whole by `Feeds.save_visit`."""
    poll = Poll(state, line.policy, now)
    url, validators = to_ask(state, now)
    try:
        response = await line.fetcher.get(url, Purpose.FEED, validators, state.feed.proxy)
    except FetchError as error:
        seen = poll.troubled(STATUS_OF[error.reason], str(error), error.retry_after)
        reached = error.reason not in {FetchReason.UNREACHABLE, FetchReason.TIMEOUT}
        return replace(seen, reached=reached, asked=error.asked)
    if response.unchanged:
        return poll.unchanged(response)
    try:
        parsed = await line.workshop.run(
            parse_feed, response.body, response.url, response.content_type, line.policy.entries_a_visit
        )
    except StageFailed as error:
        return poll.troubled(FeedStatus.UNPARSABLE, str(error))
    if parsed.html and is_challenge(response.body):
        return poll.troubled(FeedStatus.REFUSED, "the server wants to see a browser first")
    if parsed.html:
        return poll.troubled(FeedStatus.HTML, parsed.problem)
    if parsed.problem and not parsed.entries:
        return poll.troubled(FeedStatus.UNPARSABLE, parsed.problem)
    return poll.brought(response, parsed)


@dataclass(frozen=True, slots=True)
class Poll:
    """One call at a feed: every method ends it with a Visit."""

    state: FeedState
    policy: LinePolicy
    now: datetime

    def brought(self, response: Response, parsed: ParsedFeed) -> Visit:
        state, now = self.state, self.now
        asked = max(filter(None, (asked_interval(response.headers, now), parsed.ttl)), default=None)
        memory = after_whole(state, now, parsed, _validators(response), asked=asked, moved_to=response.moved_to)
        status = FeedStatus.OK if parsed.entries else FeedStatus.EMPTY
        first = state.visits == 0
        zone = for_article(Habits(), "", state.feed.country).zone
        entries = (
            replace(e, published=_in_zone(e.published, zone), updated=_in_zone(e.updated, zone)) for e in parsed.entries
        )
        return replace(
            self._ended(status, memory, asked),
            detail=parsed.problem or parsed.notice,
            entries=tuple(_at_first_contact(e, now, self.policy) if first else NewEntry(e) for e in entries),
            title=parsed.title,
        )

    def unchanged(self, response: Response) -> Visit:
        memory = after_unchanged(self.state, _validators(response), moved_to=response.moved_to)
        # What stands in no 304, as the feed's own <ttl>, stays as it was (RFC 9111, 4.3.4).
        asked = max(filter(None, (asked_interval(response.headers, self.now), memory.asked)), default=None)
        return self._ended(FeedStatus.UNCHANGED, memory, asked)

    def troubled(self, status: FeedStatus, detail: str, retry_after: timedelta | None = None) -> Visit:
        return replace(self._ended(status, after_trouble(self.state, status), retry_after), detail=detail)

    def _ended(self, status: FeedStatus, memory: Memory, asked: timedelta | None) -> Visit:
        due = next_visit(
            self.state,
            status,
            self.now,
            self.policy.schedule,
            asked=asked,
            quiet=self.now - memory.last_new if memory.last_new else None,
            renewed_in=memory.renewed_in,
            jitter=spread(self.state.feed.id),
        )
        return Visit(self.state, self.now, status, due, memory)


def _validators(response: Response) -> Validators:
    return replace(response.validators, of=response.url)


def _in_zone(at: datetime | None, zone: str) -> datetime | None:
    """A feed's clock that came without a zone, as the clocks of the feed's country go, where all go alike."""
    if at is None or at.tzname() != ZONELESS.tzname(None):
        return at
    return at.replace(tzinfo=ZoneInfo(zone) if zone else UTC).astimezone(UTC)


def _at_first_contact(item: FeedEntry, now: datetime, policy: LinePolicy) -> NewEntry:
    """What stood in a feed before we read it: the last day's is news, the last week's is found in older articles."""
    dated = item.published or item.updated
    if dated is not None and dated < now - policy.old:
        return NewEntry(item, Outcome.OLD, older=True)
    return NewEntry(item, older=dated is None or dated < now - policy.fresh)


# ---- process: an entry ----------------------------------------------------------------------------------------------


async def process(entry: Entry, *, line: Line, entries: Entries, now: datetime, habits: Habits = Habits()) -> Result:
    """Fetch one entry's page, extract its text, match it; store how that ended, and return it as stored."""
    trip = Trip(entry, line, now, entries, habits)
    url = entry.item.url
    if entry.item.complete:
        result = await trip.without_page(Outcome.NO_MATCH, "")
    elif not url:
        result = await trip.without_page(Outcome.NO_LINK, "the feed gives no link")
    elif entries.knows_article(article_key(url), besides=entry.article):
        result = trip.known_already()
    else:
        result = await trip.to_the_page()
    return entries.save_result(result)


@dataclass(frozen=True, slots=True)
class Trip:
    """One entry on its way: every method ends it with a Result."""

    entry: Entry
    line: Line
    now: datetime
    entries: Entries
    habits: Habits = Habits()

    def known_already(self) -> Result:
        return Result(self.entry, self.now, Outcome.DUPLICATE, "the article is known already")

    async def to_the_page(self) -> Result:
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
        if _says_nothing(page, entry.item):
            return await self.without_page(Outcome.NO_TEXT, "the page holds no article text")
        article = _article_of_page(entry, response, page, self.now)
        if self._is_elsewhere(article, page.canonical):
            return self.known_already()
        detail = LOST if is_garbled(page.text) else ""
        found = self._matched(article, Outcome.NO_MATCH, detail, page.captions)
        return replace(found, validators=response.validators)

    def _is_elsewhere(self, article: Article, canonical: str) -> bool:
        """Whether an article of this very headline is known under the address that the page calls its own.

        Such addresses are copied about by mistake; alone they would cost articles.
        """
        key = article_key(canonical)
        if not is_witness(canonical, article.url) or key == article.key:
            return False
        return self.entries.knows_article(key, besides=self.entry.article, title=article.title)

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
            return await self._later(last, str(error), error.retry_after, asked=error.asked)
        ended = {FetchReason.TOO_LARGE: Outcome.TOO_LARGE, FetchReason.ROBOTS: Outcome.REFUSED}
        return await self.without_page(ended.get(error.reason, Outcome.FETCH_FAILED), str(error))

    async def _later(
        self, last: Outcome, detail: str, retry_after: timedelta | None = None, *, asked: bool = True
    ) -> Result:
        """A passing failure: matched on the feed's own text now, and tried again, until it ends as `last`."""
        due = next_try(self.entry.tries + asked, self.now, self.line.policy.schedule, retry_after=retry_after)
        if due is None:
            return await self.without_page(last, detail)
        waiting = await self.without_page(Outcome.PENDING, detail)
        return replace(waiting, outcome=Outcome.PENDING, due=due, asked=asked)

    def _matched(self, article: Article, otherwise: Outcome, detail: str = "", captions: Sequence[str] = ()) -> Result:
        article, found = self._with_what_stands_beside(article, captions)
        return Result(
            entry=self.entry,
            at=self.now,
            outcome=_outcome_of(found) or otherwise,
            detail=detail,
            article=article,
            hits=found,
            fingerprint=fingerprint(article.title, article.text),
        )

    def _with_what_stands_beside(self, article: Article, captions: Sequence[str]) -> tuple[Article, tuple[Hit, ...]]:
        """The article and its hits; authors, captions and its feed's words join its text where they name one more."""
        item, compiled, lessons = self.entry.item, self.line.compiled, self.line.lessons
        # The author of a complete entry is where it was forwarded from. One line for each: "A B, C D" holds a "B, C".
        beside = [] if item.complete else [_part(Zone.BYLINE, author) for author in reversed(article.authors)]
        beside += (_part(Zone.CAPTION, caption) for caption in captions)
        if article.text_from is TextFrom.PAGE:
            beside.append(_part(Zone.FEED, item.own_text))
        parts = (replace(article, text=text, zones=()) for text, _ in beside)
        (_, found), *alone = _found_in([article, *parts], compiled, lessons)
        for part, (_, its) in zip(beside, alone, strict=True):
            signed = part[1][0].zone is Zone.BYLINE
            known = {hit.entity: (hit.confidence, hit.alerts) for hit in found}
            if not any(
                _is_more(hit, known.get(hit.entity))
                for hit in its
                if not signed or compiled.entities[hit.entity].type is EntityType.PERSON
            ):
                continue
            own = (article.text, article.zones)
            text, zones = _joined(part, own) if signed else _joined(own, part)
            longer = replace(article, text=text, zones=zones)
            ((_, more),) = _found_in([longer], compiled, lessons)
            if any(_is_more(hit, known.get(hit.entity)) for hit in more):
                article, found = longer, more
        return article, found


# ---- look_again_at: a known article ---------------------------------------------------------------------------------


async def look_again_at(
    revisit: Revisit, *, line: Line, revisits: Revisits, now: datetime, habits: Habits = Habits()
) -> Look:
    """Ask for a known article's page once more; store what became of it, and return that."""
    look = await _looked(revisit, line, now, habits)
    due = next_look(revisit.since, now, spread(revisit.article.key))
    missing = revisit.missing or (now if look.missing else None)
    if missing and not look.there and now - missing < 4 * SECOND_LOOK:  # also when this look was in vain
        due = now + SECOND_LOOK
    look = replace(look, due=due)
    revisits.save(look)
    return look


async def _looked(revisit: Revisit, line: Line, now: datetime, habits: Habits) -> Look:
    try:
        response = await line.fetcher.get(revisit.url, Purpose.PAGE, revisit.validators, revisit.proxy)
    except FetchError as error:  # what passes is no news of the article
        return Look(revisit, now, missing=str(error) if error.status in GONE else "")
    known = revisit.article
    look = Look(revisit, now, validators=response.validators)
    if response.unchanged or RawPage(response.body).sha256 == revisit.sha256:
        return replace(look, still=True)
    if not same_article(known.url, response.url):
        return Look(revisit, now, missing="its address leads to the front page")
    if response.content_type and not response.content_type.lower().startswith(HTML_TYPES):
        return Look(revisit, now)
    habits = for_article(habits, known.title, known.country)
    try:
        page = await line.workshop.run(extract, response.body, response.url, response.content_type, habits)
    except StageFailed:
        return Look(revisit, now)
    if not page.text:
        return Look(revisit, now, missing="its page holds no article text any more")
    # A feed and its page may call an article by two names: what counts is that the page calls it otherwise than before.
    renamed = page.title and known.heading and words(page.title) != words(known.heading)
    title = page.title if renamed else known.title
    text, zones = _beside_as_before(known, _under_its_headline(page, title), page.captions)
    article = replace(
        known,
        url=response.url,
        title=title,
        text=text,
        zones=zones,
        language=page.language or known.language,
        fetched=now,
        heading=page.title or known.heading,
        raw=RawPage(response.body, response.headers),
    )
    if same_but_for_noise(known, article):
        return replace(look, article=replace(article, title=known.title, text=known.text, zones=known.zones))
    ((_, found),) = _found_in([article], line.compiled, line.lessons)
    return replace(look, article=article, hits=found, fingerprint=fingerprint(article.title, article.text))


# ---- names in articles ----------------------------------------------------------------------------------------------


def _found_in(
    articles: Iterable[Article], compiled: Compiled, lessons: Lessons
) -> Iterator[tuple[Article, tuple[Hit, ...]]]:
    """Each article with its hits: the one path for articles that come in and for those looked at again."""
    articles, again = tee(articles)
    documents = (Document(a.key, a.text, a.title, a.language) for a in again)
    for article, (document, mentions) in zip(articles, match_documents(documents, compiled), strict=True):
        found = lessons.heeded(aside(mentions, article.zones), article.outlet, compiled.entities)
        yield article, hits(document, found, compiled, article.outlet)


def look_again(
    archived: Sequence[Archived],
    *,
    compiled: Compiled,
    lessons: Lessons = Lessons(),
    looked_for: Compiled | None = None,
) -> list[Find]:
    """What the present list finds in stored articles that it did not find then, and what it no longer finds.

    `looked_for`: a small part of the list; articles that name none of it are passed over, which is much faster, and
    nothing is said to be lost.
    """
    by_key = {each.article.key: each for each in archived}
    articles = [each.article for each in archived]
    if looked_for is not None:
        articles = [article for article, found in _found_in(articles, looked_for, lessons) if found]
    finds = []
    for article, found in _found_in(articles, compiled, lessons):
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
    title = item.title or page.title
    text, zones = _under_its_headline(page, title)
    when = from_feed if from_feed.published else page
    return replace(
        from_feed,
        url=response.url,
        key=_key(item.url, response.url),
        title=title,
        text=text,
        zones=zones,
        text_from=TextFrom.PAGE,
        language=page.language or feed.language,
        authors=page.authors or from_feed.authors,
        published=min(when.published, now) if when.published else None,
        published_source=when.published_source,
        precision=when.precision,
        published_raw=when.published_raw,
        fetched=now,
        heading=page.title,
        raw=RawPage(response.body, response.headers),
    )


def _says_nothing(page: Extracted, item: FeedEntry) -> bool:
    """Whether a page is none of an article: nothing of it is told, or less than its feed tells."""
    story = any(zone.zone in {Zone.BODY, Zone.CAPTION} for zone in page.zones)
    told = len(page.text.replace(page.title, ""))  # of a page with next to nothing on it all comes, on one line
    return told < SHORT and (not story or told < max(len(item.title), len(item.own_text)))


def _part(zone: Zone, text: str) -> Part:
    return text, (ZoneSpan(zone, Span(0, len(text))),)


def _joined(*parts: Part) -> Part:
    text, zones = "", tuple[ZoneSpan, ...]()
    for more, its in parts:
        by = len(text) + 1 if text and more else 0
        text = f"{text}\n{more}" if by else text or more
        zones += tuple(ZoneSpan(z.zone, Span(z.span.start + by, z.span.end + by)) for z in its if more)
    return text, zones


def _beside_as_before(known: Article, page: Part, captions: Sequence[str]) -> Part:
    """A page read again, with what joined its text when it was read first: that is no change of the page."""
    lines = [(z.zone, z.span.of(known.text)) for z in known.zones]
    signed = takewhile(lambda line: line[0] is Zone.BYLINE and line[1] in known.authors, lines)
    own = {z.span.of(page[0]) for z in page[1] if z.zone is Zone.BYLINE}  # the page's first line may be its author
    before = [_part(*line) for line in signed if line[1] not in own]
    still = [_part(Zone.CAPTION, caption) for caption in captions if (Zone.CAPTION, caption) in lines]
    return _joined(*before, page, *still, *(_part(*line) for line in lines if line[0] is Zone.FEED))


def _under_its_headline(page: Extracted, title: str) -> Part:
    """The page's text, after the page's headline where the article bears another, the feed's: it may name someone."""
    if not page.title or plain(page.title) == plain(title):
        return page.text, page.zones
    return _joined(_part(Zone.TITLE, page.title), (page.text, page.zones))


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
        precision=DatePrecision.MOMENT if published else DatePrecision.NONE,
        published_raw=published.isoformat() if published else "",
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
            findings = _findings(article, stories)
            moved = _with(article, placement, item, now, findings)
            try:
                return stories.file(article, placement, moved, now, was=item.version, findings=findings), placement
            except StaleDecision:
                pass
        # Somebody decided in between, or put articles elsewhere: once more, as things are now.
        article = next((waiting for waiting in stories.unsorted() if waiting.id == article.id), article)


def _placement(article: Candidate, stories: Stories, policy: LinePolicy) -> Placement:
    if article.story is not None:  # it changed, or the list did: it stays where people have seen it
        return Placement(article.story, article.copy_of, rule="changed")
    since, lately = article.seen - policy.copies_within, article.seen - policy.cluster.within
    return place(article, stories.alike(article, since, lately), policy.cluster)


def _findings(article: Candidate, stories: Stories) -> tuple[Finding, ...]:
    """What people must see of what became of an article since its story took it in."""
    gone = Finding(Change.GONE, "", article.gone, article=article.id, version=article.version)
    found = (gone,) if article.gone else ()
    if article.story is None or not article.changed:
        return found
    before, after = stories.versions(article)
    return (*found, *changes(before, after))


def _with(
    article: Candidate, placement: Placement, item: ReviewItem, now: datetime, findings: Sequence[Finding]
) -> ReviewItem:
    """A copy inherits what was decided, unless it names a watched person whom nobody has seen in this story.

    Of a known article's changes only those that people must see bring its item back, and names that it gained.
    """
    if article.story is not None:
        if findings:
            why = reason(findings, article.outlet)
        elif article.changed:
            why = f"the changed text of the article at {article.outlet} names someone more"
        else:
            why = NEW_ON_THE_LIST
        if not findings and not article.gained:
            return item
        return joined(item, is_copy=False, now=now, why=why, tell_again=True)
    is_copy = placement.copy_of is not None
    if is_copy and article.people - {hit.entity for hit in item.hits if hit.confidence is Confidence.STRONG}:
        return joined(item, is_copy=False, now=now, why=f"a copy at {article.outlet} names a person who is new here")
    if is_copy:
        return copied(item, article.outlet, now)
    return joined(item, is_copy=False, now=now, why=f"a new article from {article.outlet}")


# ---- publish: what a window brought ---------------------------------------------------------------------------------


def publish(
    window: Window,
    *,
    reading: Reading,
    timezone: ZoneInfo,
    next_at: datetime | None = None,
    contact: str = "",
    base_url: str = "",
    language: str = "en",
) -> Digest:
    """The digest of a window, by when things came into the queue."""
    happened = reading.happened(window)
    return make_digest(
        happened, timezone=timezone, next_at=next_at, contact=contact, base_url=base_url, language=language
    )
