"""Rechecks: fetch the pages of stored articles again. Matching is `matching.match_articles`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from monitor.bug_log import surviving_bugs
from monitor.errors import FetchError, StageFailed
from monitor.extract.outlet_profile import profile_for_article
from monitor.fetch.responses import is_challenge
from monitor.groups import group_values
from monitor.ingest.reading import Reading
from monitor.ingest.tools import Line
from monitor.ingest.trip.article import HTML_TYPES, AcquiredArticle, whole_part, with_earlier_lines, with_page_headline
from monitor.model import (
    Absence,
    Message,
    OutletProfile,
    RawPage,
    Recheck,
    RecheckResult,
    UnmatchedArticle,
    Zone,
    next_recheck,
    text_hash,
)
from monitor.ports import MISSING_PAGE_REASONS, Purpose, Response
from monitor.review.changes import compared_words, is_same_text
from monitor.urls import is_article_address

# Before a missing page counts as gone, and after a request that was held back.
CONFIRM_DELAY = timedelta(hours=6)
# Twice the time of all rechecks; after it, a page whose host never answers is given up.
MAX_HOST_WAIT = timedelta(days=14)


async def recheck_articles(reading: Reading) -> None:
    """Recheck due articles of the claim, in the time that it has left and within each feed's page limit."""
    if not reading.has_time():
        return
    now, policy, own_claim = reading.home.clock(), reading.policy, reading.hosts.claim
    remaining = max(policy.revisits_a_day - reading.home.store.runs.count_rechecks_since(now - timedelta(days=1)), 0)
    feeds = reading.home.store.feeds.readable()
    # A feed has one limit of pages in a run, whether they are read or rechecked.
    room_by_feed = {number: policy.pages_per_feed - reading.pages_requested[number] for number in feeds}
    claim = partial(
        reading.home.store.revisits.claim, matched_only=policy.revisit_matched, slice_number=own_claim.slice
    )
    claimed = await reading.in_writer_thread(
        claim, now, own_claim.until, remaining, room_by_feed, claim=own_claim.number
    )
    # An edited entry's page may have been read in this run, and still wait to be stored.
    unread = (recheck for recheck in claimed if not reading.articles.was_read(recheck.article.key))
    async with asyncio.TaskGroup() as tasks:
        for rechecks in group_values((recheck.feed, recheck) for recheck in unread).values():
            tasks.create_task(_recheck_articles_of_feed(reading, rechecks))


async def _recheck_articles_of_feed(reading: Reading, rechecks: Collection[Recheck]) -> None:
    for recheck in rechecks:
        if not reading.has_time() or not reading.day_room.has_room(recheck.feed):
            return
        now = reading.home.clock()
        acquired = AcquiredArticle(RecheckResult(recheck, now))  # after a bug no further recheck: it would fail again
        with surviving_bugs("recheck", recheck.article.id):
            profile = reading.outlets.profile_of(recheck.article.outlet)
            acquired = await recheck_article(recheck, line=reading.line, now=now, profile=profile)
        await reading.waiting_articles.put(acquired)


async def recheck_article(
    recheck: Recheck, *, line: Line, now: datetime, profile: OutletProfile = OutletProfile()
) -> AcquiredArticle:
    """Fetch a stored article's page again; return the result, to be matched and stored."""
    result = await _fetch_again(recheck, line, now, profile)
    if result.request_sent:
        missing = recheck.missing or (now if result.missing else None)
        # Also true if this recheck failed: the first absence still needs confirmation.
        is_doubtful = missing and not result.has_page and now - missing < 4 * CONFIRM_DELAY
        due = now + CONFIRM_DELAY if is_doubtful else next_recheck(recheck.since, now, recheck.article.key)
        result = replace(result, due=due)
    stored, article = recheck.article, result.article
    changed = article is not None and (stored.title, stored.text) != (article.title, article.text)
    return AcquiredArticle(result, UnmatchedArticle(replace(article, raw=None)) if article and changed else None)


async def _fetch_again(recheck: Recheck, line: Line, now: datetime, profile: OutletProfile) -> RecheckResult:
    """Return the result of the request, with `due` unset except after a request that was not sent."""
    try:
        response = await line.fetcher.get(
            recheck.url, Purpose.PAGE, recheck.validators, recheck.proxy, recheck.feed_url
        )
    except FetchError as error:
        # A temporary failure says nothing about the article.
        if not error.request_sent:
            retry_at = now + (error.retry_after or CONFIRM_DELAY)
            due = retry_at if retry_at - recheck.since < MAX_HOST_WAIT else None
            return RecheckResult(recheck, now, due=due, request_sent=False, held_origin=error.held_origin)
        if not isinstance(error.answer, Response):
            return RecheckResult(recheck, now)
        return _absent(recheck, now, MISSING_PAGE_REASONS[error.answer.status], error.answer)
    stored = recheck.article
    result = RecheckResult(recheck, now, validators=response.validators)
    if response.is_not_modified or RawPage(response.body).sha256 == recheck.sha256:
        return replace(result, is_unchanged=True)
    if not is_article_address(stored.url, response.url):
        return _absent(recheck, now, Message("its address leads to the front page"), response)
    if response.content_type and not response.content_type.lower().startswith(HTML_TYPES):
        return RecheckResult(recheck, now)
    profile = profile_for_article(profile, stored.title, stored.country)
    try:
        page = await line.extract(response, profile)
    except StageFailed:
        return RecheckResult(recheck, now)
    if not page.text:
        return _absent(recheck, now, Message("its page holds no article text any more"), response)
    # A feed and its page may have two headlines; only a change of the page's own headline counts.
    renamed = page.title and stored.heading and compared_words(page.title) != compared_words(stored.heading)
    title = page.title if renamed else stored.title
    page_text = with_page_headline(page, title)
    text, zones = with_earlier_lines(stored, page_text, page.captions)
    result = replace(result, text_sha256=text_hash(page_text[0]))
    article = replace(
        stored,
        url=response.url,
        title=title,
        text=text,
        zones=zones,
        language=page.language or stored.language,
        fetched=now,
        heading=page.title or stored.heading,
        raw=RawPage(response.body, response.headers, response.request),
    )
    if is_same_text(stored, article):
        return replace(result, article=replace(article, title=stored.title, text=stored.text, zones=stored.zones))
    captions = tuple(whole_part(Zone.CAPTION, caption) for caption in page.captions)
    return replace(result, article=article, captions=captions)


def _absent(recheck: Recheck, now: datetime, why: Message, answer: Response) -> RecheckResult:
    """Return the result of an answer in the article's place; a page that demands a browser says nothing of it."""
    if is_challenge(answer.body):
        return RecheckResult(recheck, now)
    page = RawPage(answer.body, answer.headers, answer.request)
    return RecheckResult(recheck, now, missing=Absence(now, why, answer.url, answer.status, page))
