"""An entry: its page fetched, read, matched, and how that ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.decode import LOST, is_garbled
from monitor.errors import FetchError, FetchReason, StageFailed
from monitor.extract import extract
from monitor.extract.habits import for_article
from monitor.language import detect
from monitor.model import Article, EntityType, Entry, Habits, Hit, Outcome, Result, TextFrom, Zone
from monitor.pipeline.article import HTML_TYPES, article_of_feed, article_of_page, part_of, says_nothing, together
from monitor.pipeline.line import Line
from monitor.pipeline.names import fingerprint_of, found_in, is_more, outcome_of
from monitor.ports import Entries, Purpose
from monitor.schedule import next_try
from monitor.urls import article_key, is_witness


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
        if says_nothing(page, entry.item):
            return await self.without_page(Outcome.NO_TEXT, "the page holds no article text")
        article = article_of_page(entry, response, page, self.now)
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
        article = article_of_feed(self.entry, self.now)
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
            outcome=outcome_of(found) or otherwise,
            detail=detail,
            article=article,
            hits=found,
            fingerprint=fingerprint_of(article, found),
        )

    def _with_what_stands_beside(self, article: Article, captions: Sequence[str]) -> tuple[Article, tuple[Hit, ...]]:
        """The article and its hits; authors, captions and its feed's words join its text where they name one more."""
        item, compiled, lessons = self.entry.item, self.line.compiled, self.line.lessons
        # The author of a complete entry is where it was forwarded from. One line for each: "A B, C D" holds a "B, C".
        beside = [] if item.complete else [part_of(Zone.BYLINE, author) for author in reversed(article.authors)]
        beside += (part_of(Zone.CAPTION, caption) for caption in captions)
        if article.text_from is TextFrom.PAGE:
            beside.append(part_of(Zone.FEED, item.own_text))
        parts = (replace(article, text=text, zones=()) for text, _ in beside)
        (_, found), *alone = found_in([article, *parts], compiled, lessons)
        for part, (_, its) in zip(beside, alone, strict=True):
            signed = part[1][0].zone is Zone.BYLINE
            known = {hit.entity: (hit.confidence, hit.alerts) for hit in found}
            if not any(
                is_more(hit, known.get(hit.entity))
                for hit in its
                if not signed or compiled.entities[hit.entity].type is EntityType.PERSON
            ):
                continue
            own = (article.text, article.zones)
            text, zones = together(part, own) if signed else together(own, part)
            longer = replace(article, text=text, zones=zones)
            ((_, more),) = found_in([longer], compiled, lessons)
            if any(is_more(hit, known.get(hit.entity)) for hit in more):
                article, found = longer, more
        return article, found
