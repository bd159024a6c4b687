"""Preview: what a change of the watchlist would bring, from the stored articles, before it is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple

from monitor.app.lists import compiled_watchlist, lessons_of, with_own_countries
from monitor.app.watchlist import applied
from monitor.cluster.fingerprint import fingerprint
from monitor.cluster.placement import place
from monitor.groups import batched
from monitor.home import Home
from monitor.ingest.matching import difference_of, hits_of_archived
from monitor.ingest.policy import LinePolicy
from monitor.match import Compiled, compile_watchlist, holds_frame
from monitor.match.vocabulary import key_queries, text_query
from monitor.model import (
    PRESS_ID,
    ArchivedArticle,
    Article,
    Candidate,
    Confidence,
    EntityType,
    Field,
    Hit,
    WatchlistChange,
    acts_told_first,
)
from monitor.store.line.archive import SqlArchive
from monitor.text.lead import told_at
from monitor.text.sentences import sentence_around

_BATCH = 200  # articles


class PreviewedArticle(NamedTuple):
    """A stored article that names a changed entity before or after the change.

    `hits` are those of the changed entities, `gained` and `lost` the differences that a rescan reports.
    """

    article: Article
    hits: tuple[Hit, ...]
    gained: tuple[Hit, ...]
    lost: Mapping[str, str]

    @property
    def alerts(self) -> bool:
        """Return whether the article enters the queue by one of the changed names, or by what they change."""
        return self.alerts_newly or any(hit.alerts for hit in self.hits)

    @property
    def enters_queue(self) -> bool:
        """Return whether the article enters the queue, for sure or as one that possibly names somebody."""
        return self.alerts or any(hit.confidence is Confidence.POSSIBLE for hit in self.hits)

    @property
    def alerts_newly(self) -> bool:
        """Return whether the article does so only after the change, or by a clearer mention."""
        return any(hit.alerts for hit in self.gained)


def previewed_articles(
    home: Home, change: WatchlistChange, since: datetime, press_limit: int | None = None
) -> Iterator[PreviewedArticle]:
    """Yield the articles first seen since a time that name a changed entity before or after, the newest first.

    `press_limit`: how many texts are read for incidents, the newest; None: all.
    """
    edits = change.edits
    changed = {entity.id: entity for _, entity in edits if entity}
    former = {entity.id for entity, _ in edits if entity}
    entities, lessons = applied(change, home.store.watchlists.current().entities), lessons_of(home)
    compiled = compile_watchlist(with_own_countries(home, entities), compiled_watchlist(home))
    # With the words of replaced entries: while the outlet Bloom is listed, "Bloom" before a surname is no given name.
    replaced = (replace(old, id=f"{old.id} before the change") for old, _ in edits if old)
    words = compile_watchlist([*changed.values(), *replaced])
    for batch in _candidates(home, words, former, since, press_limit):
        for record, hits in hits_of_archived(batch, compiled, lessons):
            gained, lost = difference_of(record, hits)
            of_changed = tuple(hit for hit in hits if hit.entity in changed)
            if of_changed or gained or lost:
                yield PreviewedArticle(record.article, of_changed, gained, lost)


def _candidates(
    home: Home, changed: Compiled, former: Collection[str], since: datetime, press_limit: int | None
) -> Iterator[Sequence[ArchivedArticle]]:
    """Yield the articles that may name a changed entity or have a hit of a former one, the newest first.

    The index of texts gives those that hold its words; articles that it lacks are read.
    """
    texts = home.open_watch.store.archive  # of both watches
    words = sorted(texts.words_with_keys(key_queries(changed)))
    indexed = {
        *texts.with_words(text_query(changed, words), since),
        *home.store.archive.with_hits(former, since),
        *_with_names_as_written(texts, changed, since),
        # What happened to the press has no words of the list to look up: all texts of these days are read.
        *(texts.with_texts(holds_frame, (), since, press_limit) if changed.press else ()),
    }
    for ids in batched(sorted({*indexed, *texts.unindexed(since)}, reverse=True), _BATCH):
        yield _articles(home, ids)


def _articles(home: Home, ids: Sequence[int]) -> Sequence[ArchivedArticle]:
    """Return articles of the open watch with the hits of this one."""
    stored = home.open_watch.store.archive.articles_by_id(ids)
    if not home.is_closed:
        return stored
    copies = {copy.article.id: copy for copy in home.store.archive.articles_by_id(ids)}
    records = ((record.article, copies.get(record.article.id)) for record in stored)
    return [replace(copy, article=article) if copy else ArchivedArticle(article) for article, copy in records]


def _with_names_as_written(archive: SqlArchive, changed: Compiled, since: datetime) -> Collection[int]:
    """Return the articles that may hold an account or an exactly matched name: the index of words finds neither."""
    if changed.exact:
        return archive.with_texts(changed.scanner.may_hold_exact_name, (), since)
    accounts = {account.name for account in changed.accounts.accounts}
    return archive.with_texts(changed.accounts.may_contain_any, accounts, since) if accounts else ()


MAX_STORIES_A_DAY = 5  # more are a flood
MAX_SHARE_OF_TODAY = 0.5  # and so is half of what comes today, from one story a day on
COMMON_SHARE, MIN_COMMON = 0.1, 10  # and so is a tenth of all articles, as an ordinary word brings, from ten on
EXAMPLES = 3  # of each confidence
# The newest articles are grouped into stories; the stories of more articles are estimated from these.
GROUPED_ARTICLES = 100


@dataclass(frozen=True, slots=True)
class PreviewExample:
    """A sentence with one of the changed names; `start` and `end` are offsets in it."""

    article: int
    title: str
    outlet: str
    published: datetime
    language: str
    confidence: Confidence
    sentence: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the changed names bring in the articles of the last days.

    `articles`: the number that name one of them after the change, `filed`: those of them that are in stories already,
    by other names or as these were listed before, `entering`: of the others that would enter the queue, surely or as
    possible; `gained`: those that did not name them before, or less clearly;
    `lost`: those that do not any more. `stories`: the number that one of them would bring into the queue.
    `per_day_now`: the stories a day that the whole list brings today. `searched`: the articles of these days.
    """

    days: int
    searched: int
    articles: int
    filed: int
    entering: int
    stories: int
    gained: int
    lost: int
    per_day: float
    per_day_now: float
    is_flood: bool
    by_entity: Mapping[str, int]
    by_outlet: Mapping[str, int]
    by_language: Mapping[str, int]
    examples: Sequence[PreviewExample]


def preview(home: Home, change: WatchlistChange, *, days: int = 30) -> Preview:
    """Return what a change would bring in the articles first seen in the last days; nothing is stored."""
    now, archive = home.clock(), home.store.archive
    since = now - timedelta(days=days)
    searched, covered_days = home.open_watch.store.archive.extent(since, now)
    # By publication: article numbers are in the order of storing.
    previewed = sorted(previewed_articles(home, change, since), key=lambda one: told_at(one.article), reverse=True)
    naming = [one for one in previewed if one.hits]
    filed = archive.stories_of([one.article.id for one in naming])
    alerting = [one for one in naming if one.alerts]
    stories = _story_count(
        home, alerting, {entity.id for _, entity in change.edits if entity and entity.type is EntityType.PERSON}
    )
    new_share = sum(one.alerts_newly for one in alerting) / len(alerting) if alerting else 0.0
    new_articles = sum(bool(one.gained) and one.enters_queue for one in naming)
    per_day, per_day_now = stories / covered_days, archive.alerting_stories(since) / covered_days
    return Preview(
        days=days,
        searched=searched,
        articles=len(naming),
        filed=len(filed),
        entering=sum(one.enters_queue and one.article.id not in filed for one in naming),
        stories=stories,
        gained=sum(bool(one.gained) for one in previewed),
        # Of a name that is listed twice, only the better spelling is found: nothing is lost.
        lost=sum(bool(one.lost) and not one.hits for one in previewed),
        per_day=per_day,
        per_day_now=per_day_now,
        is_flood=_is_flood(per_day * new_share, per_day_now)
        or new_articles >= max(MIN_COMMON, searched * COMMON_SHARE),
        by_entity=Counter(entity for one in naming for entity in {hit.entity for hit in one.hits}),
        by_outlet=Counter(one.article.outlet for one in naming),
        by_language=Counter(one.article.language for one in naming),
        examples=_examples(naming),
    )


def _is_flood(new_per_day: float, per_day_now: float) -> bool:
    return new_per_day > MAX_STORIES_A_DAY or new_per_day >= max(1.0, MAX_SHARE_OF_TODAY * per_day_now)


# ---- stories --------------------------------------------------------------------------------------------------------


def _story_count(home: Home, alerting: Sequence[PreviewedArticle], people: Collection[str]) -> int:
    """Return the number of stories of articles; of more than `GROUPED_ARTICLES`, estimated from the newest of them."""
    grouped, policy = alerting[:GROUPED_ARTICLES], LinePolicy()
    stories_by_article = home.store.archive.stories_of([one.article.id for one in grouped])
    stories = {*stories_by_article.values()}
    candidates = [_candidate(one, people) for one in grouped if one.article.id not in stories_by_article]
    placed: list[Candidate] = []
    for number, candidate in enumerate(sorted(candidates, key=lambda one: one.published_at), 1):
        since = policy.compared_since(candidate.published_at)
        filed = home.store.stories.find_similar(candidate, *since, text_share=policy.cluster.text_share)
        # Without texts, whatever repeats another counts as its copy: this is an estimate.
        placement = place(candidate, [*filed, *placed], policy=policy.cluster)
        # Negative, so that no stored story has its number.
        story = -number if placement.story is None else placement.story
        placed.append(replace(candidate, story=story))
        stories.add(story)
    return round(len(stories) * len(alerting) / len(grouped)) if grouped else 0


def _candidate(one: PreviewedArticle, people: Collection[str]) -> Candidate:
    article = one.article
    named = (hit for hit in one.hits if hit.confidence is Confidence.STRONG and hit.entity != PRESS_ID)
    strong = frozenset(hit.entity for hit in named)
    seen_at, summary = told_at(article), fingerprint(article.title, article.text)
    tellings = [(mention, mention.incident) for hit in one.hits for mention in hit.mentions if mention.incident]
    incidents = tuple(incident for mention, incident in tellings if mention.is_of_press)
    acts = frozenset(
        act
        for mention, incident in tellings
        if mention.entity in people and mention.confidence is Confidence.STRONG
        for act in acts_told_first(mention.entity, mention.field, mention.span.start, incident, mention.custody)
    )
    plain = Candidate(article.id, article.outlet, article.language, seen_at, summary, strong, strong & {*people})
    return replace(plain, incidents=incidents, acts=acts)


# ---- examples -------------------------------------------------------------------------------------------------------


def _examples(naming: Sequence[PreviewedArticle]) -> Sequence[PreviewExample]:
    """Return the newest sentences of each confidence, the strong ones first."""
    examples = list(chain.from_iterable(map(_sentences, naming)))
    by_confidence = ((one for one in examples if one.confidence is confidence) for confidence in Confidence)
    return [one for of_confidence in by_confidence for one in islice(of_confidence, EXAMPLES)]


def _sentences(one: PreviewedArticle) -> Iterator[PreviewExample]:
    article = one.article
    for hit in one.hits:
        mention = next(mention for mention in hit.mentions if mention.confidence is hit.confidence)
        content = article.title if mention.field is Field.TITLE else article.text
        around = sentence_around(content, mention.span)
        yield PreviewExample(
            article=article.id,
            title=article.title,
            outlet=article.outlet,
            published=told_at(article),
            language=article.language,
            confidence=hit.confidence,
            sentence=around.of(content),
            start=mention.span.start - around.start,
            end=mention.span.end - around.start,
        )
