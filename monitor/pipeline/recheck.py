"""A known article: its page asked for once more. No name is looked for here (`names.match_articles`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import FetchError, StageFailed
from monitor.extract import extract
from monitor.extract.outlet_profile import for_article
from monitor.feeds.schedule import next_recheck, spread
from monitor.model import Absence, Message, OutletProfile, RawPage, Recheck, RecheckResult, UnmatchedArticle
from monitor.pipeline.article import HTML_TYPES, beside_as_before, under_its_headline
from monitor.pipeline.context import Line
from monitor.pipeline.rescan import AcquiredArticle
from monitor.ports import GONE, Purpose, Response
from monitor.review.changes import same_article, same_but_for_noise, words

SECOND_LOOK = timedelta(hours=6)  # after a page was not there, before it counts as gone; or after it was not asked for

WAITS_FOR_A_HOST = timedelta(days=14)  # twice as long as looks go on: then a page is let go whose host never answers


async def recheck_article(
    revisit: Recheck, *, line: Line, now: datetime, habits: OutletProfile = OutletProfile()
) -> AcquiredArticle:
    """Ask for a known article's page once more; return what became of it, to be matched and stored."""
    look = await _looked(revisit, line, now, habits)
    if look.asked:
        missing = revisit.missing or (now if look.missing else None)
        again = missing and not look.there and now - missing < 4 * SECOND_LOOK  # also when this look was in vain
        due = now + SECOND_LOOK if again else next_recheck(revisit.since, now, spread(revisit.article.key))
        look = replace(look, due=due)
    known, article = revisit.article, look.article
    changed = article is not None and (known.title, known.text) != (article.title, article.text)
    return AcquiredArticle(look, UnmatchedArticle(replace(article, raw=None)) if article and changed else None)


async def _looked(revisit: Recheck, line: Line, now: datetime, habits: OutletProfile) -> RecheckResult:
    try:
        response = await line.fetcher.get(revisit.url, Purpose.PAGE, revisit.validators, revisit.proxy)
    except FetchError as error:  # what passes is no news of the article
        if not error.asked:
            again = now + (error.retry_after or SECOND_LOOK)
            return RecheckResult(
                revisit, now, due=again if again - revisit.since < WAITS_FOR_A_HOST else None, asked=False
            )
        answer = error.answer
        return RecheckResult(revisit, now, missing=_absence(now, GONE[answer.status], answer) if answer else None)
    known = revisit.article
    look = RecheckResult(revisit, now, validators=response.validators)
    if response.unchanged or RawPage(response.body).sha256 == revisit.sha256:
        return replace(look, still=True)
    if not same_article(known.url, response.url):
        return RecheckResult(
            revisit, now, missing=_absence(now, Message("its address leads to the front page"), response)
        )
    if response.content_type and not response.content_type.lower().startswith(HTML_TYPES):
        return RecheckResult(revisit, now)
    habits = for_article(habits, known.title, known.country)
    try:
        page = await line.workshop.run(extract, response.body, response.url, response.content_type, habits)
    except StageFailed:
        return RecheckResult(revisit, now)
    if not page.text:
        return RecheckResult(
            revisit, now, missing=_absence(now, Message("its page holds no article text any more"), response)
        )
    # A feed and its page may call an article by two names: what counts is that the page calls it otherwise than before.
    renamed = page.title and known.heading and words(page.title) != words(known.heading)
    title = page.title if renamed else known.title
    text, zones = beside_as_before(known, under_its_headline(page, title), page.captions)
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
    return replace(look, article=article)


def _absence(now: datetime, why: Message, answer: Response) -> Absence:
    return Absence(now, why, answer.url, answer.status, RawPage(answer.body, answer.headers))
