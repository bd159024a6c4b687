"""Pure. Reports of a time or a name: what came, what was decided, who was named, which sources were silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.messages.content.deeds import deeds_in_words, deeds_of
from monitor.messages.content.layout import queue_button, reading_words, watch_lines
from monitor.messages.content.page import Page, Section
from monitor.messages.content.phrasing import CardLine, capitalize, join, ngettext_noop
from monitor.messages.content.sections import DAYS_OF_WEEK, digest_sections, people_lines
from monitor.messages.content.source_lines import source_lines
from monitor.messages.content.stories.build import LISTED_SECTIONS, Digest, DigestStory
from monitor.model import Confidence, ItemArticle, ItemHit, ReviewItem, State, Verdict
from monitor.model.items.history import last_effective
from monitor.pictures.bars import Fate, fate_of
from monitor.serialize import utc_text
from monitor.text.lead import told_at

REPORT_COLUMNS = ("part", "what", "stories", "articles")


def lay_out_report(digest: Digest) -> Page:
    """Return the words of a mailed report: those of a digest, and what was decided.

    The items of its digest are also those on which somebody decided in the window.
    """
    digest = digest.with_stories(lambda story: not story.is_ruled_out)
    l10n, window, stories = digest.l10n, digest.input.window, _stories(digest)
    since, until = l10n.weekday_date(window.since), l10n.weekday_date(window.until)
    # What the report to hand on tells first, of the same stories.
    news = [story for story in stories if not is_earlier(digest, story)]
    # A report is handed on: who is told at once is for the newsroom.
    shown = replace(digest, is_report=True, input=replace(digest.input, alerted=(), daily_stories={}))
    gaps = Section(l10n.gettext("GAPS IN THE SOURCES"), lines=gap_lines(digest))
    count = l10n.ngettext("%(num)s story", "%(num)s stories", len(stories))
    return Page(
        language=digest.language,
        subject=report_subject(digest),
        warnings=watch_lines(digest),
        newsroom=digest.newsroom,
        kicker=l10n.gettext("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=l10n.city),
        title=_title(digest, news) or capitalize(count),
        opening=(_sums(digest, stories),),
        has_link_below=True,
        people=people_lines(shown, news, deeds_of(digest, news)),
        sections=tuple(section for section in digest_sections(shown) if not section.is_empty),
        button=queue_button(digest),
        closing="",
        footer=(gaps,) if gaps.lines else (),
    )


def _title(digest: Digest, news: Sequence[DigestStory]) -> str:
    """Return a period in one sentence: how much was done to people and the press, and the gravest with its days."""
    l10n, window, deeds = digest.l10n, digest.input.window, deeds_of(digest, news)
    days = {story.item.id: l10n.date(event_time(digest, story)) for story in news}
    forms = ngettext_noop("%(num)s event reported: %(what)s", "%(num)s events reported: %(what)s")
    if round((window.until - window.since) / timedelta(days=1)) == DAYS_OF_WEEK:
        forms = ngettext_noop(
            "%(num)s event reported this week: %(what)s", "%(num)s events reported this week: %(what)s"
        )
    return l10n.ngettext(*forms, len(deeds), what=deeds_in_words(digest, deeds, days)) if deeds else ""


def report_subject(digest: Digest) -> str:
    """Return the subject of a report: its days and a count, no name."""
    l10n, window, count = digest.l10n, digest.input.window, sum(not s.is_ruled_out for s in digest.listed_stories)
    since, until = l10n.date(window.since), l10n.date(window.until)
    stories = l10n.ngettext("%(num)s story", "%(num)s stories", count)
    return digest.subject_prefix + l10n.gettext(
        "report of %(since)s to %(until)s: %(what)s", since=since, until=until, what=stories
    )


def report_counts(digest: Digest) -> dict[str, object]:
    """Return the figures of a report for programs: stories by section, by verdict, and by name (id)."""
    stories = _stories(digest)
    named = Counter(hit.entity for story in stories for hit in story.hits)
    return {
        **digest.watch_key,
        "stories": {name: len(getattr(digest, name)) for name in LISTED_SECTIONS},
        "decided": {verdict.value: count for verdict, count in _verdicts(digest).items()},
        "named": dict(sorted(named.items())),
    }


def report_table(digest: Digest) -> Iterator[Sequence[object]]:
    """Yield the figures of a report as rows of a table, in the order of `REPORT_COLUMNS`; "" where there is none."""
    stories, window = _stories(digest), digest.input.window
    yield from ((*pair, "", "") for pair in digest.watch_key.items())
    yield "since", utc_text(window.since), "", ""
    yield "until", utc_text(window.until), "", ""
    yield "came", "all", len(stories), _article_count(stories)
    yield "came", "copies", "", _copy_count(stories)
    for name in LISTED_SECTIONS:
        yield "came", name, len(getattr(digest, name)), ""
    for verdict, count in _verdicts(digest).items():
        yield "decided", verdict.value, count, ""
    for hit, sure_count, possible_count, in_articles in names_by_count(stories):
        yield "named", hit.name, sure_count + possible_count, in_articles
    for source in digest.sources.silent:
        yield "silent", source.feed.feed.outlet, "", ""
    for trouble in ("refused", "unreadable", "unread", "empty", "overflowing", "paused"):
        for record in getattr(digest.sources, trouble):
            yield trouble, record.feed.outlet, "", ""


def gap_lines(digest: Digest) -> tuple[CardLine, ...]:
    """Return a line for each source that could not be read, or was silent longer than usual, as in a digest.

    The first says how late the reading is.
    """
    lines = tuple(line for line in source_lines(digest.sources, digest.l10n) if line.is_trouble)
    if not digest.sources.overdue_since:
        return lines
    return CardLine(f"{capitalize(reading_words(digest, with_failing=False))}.", is_trouble=True), *lines


def sources_of(digest: Digest, story: DigestStory) -> Sequence[ItemArticle]:
    """Return the articles that a report lists of a story."""
    return story.arrived_articles or (digest.lead_of(story),)


def event_time(digest: Digest, story: DigestStory) -> datetime:
    """Return when a story was published first, of an earlier one that was only edited when that was seen."""
    if story in digest.changed and story.findings and (found_at := story.findings[0].found):
        return found_at
    return min(map(told_at, sources_of(digest, story)))


def is_earlier(digest: Digest, story: DigestStory) -> bool:
    """Return whether a story is from before the first day of the period."""
    first, at = (time.astimezone(digest.timezone) for time in (digest.input.window.since, event_time(digest, story)))
    return at.date() < first.date()


def _article_count(stories: tuple[DigestStory, ...]) -> int:
    return sum(len(story.arrived_articles) for story in stories)


def _copy_count(stories: tuple[DigestStory, ...]) -> int:
    return sum(story.copies for story in stories)


def _stories(digest: Digest) -> tuple[DigestStory, ...]:
    return tuple(sorted(digest.listed_stories, key=lambda story: (story.news_article.first_seen, story.item.id)))


def _sums(digest: Digest, stories: tuple[DigestStory, ...]) -> str:
    """Return in one sentence the stories of a report with their articles, and what was decided on how many."""
    l10n, ngettext_or_empty, count = digest.l10n, digest.l10n.ngettext_or_empty, len(stories)
    forms = ngettext_noop("%(stories)s in %(num)s article", "%(stories)s in %(num)s articles")
    in_words = l10n.ngettext("%(num)s story", "%(num)s stories", count)
    sums = l10n.ngettext(*forms, _article_count(stories), stories=in_words)
    reviewed = sum(story.item.state is State.DECIDED for story in stories)
    rejected = sum(item.state is State.DECIDED and item.verdict is Verdict.NOT_RELEVANT for item in digest.input.items)
    relevant = ngettext_or_empty("%(num)s relevant", "%(num)s relevant", reviewed)
    not_reviewed = ngettext_or_empty("%(num)s not yet reviewed", "%(num)s not yet reviewed", count - reviewed)
    not_relevant = ngettext_or_empty("%(num)s more was not relevant", "%(num)s more were not relevant", rejected)
    return f"{join(': ', sums, join('; ', join(', ', relevant, not_reviewed), not_relevant))}."


def _verdicts(digest: Digest) -> Counter[Verdict]:
    """Count the stories by the last verdict that somebody gave in the window."""
    decisions = (_decision_in_window(item, digest) for item in digest.input.items)
    return Counter(verdict for verdict in decisions if verdict)


def _decision_in_window(item: ReviewItem, digest: Digest) -> Verdict | None:
    decision = last_effective(item)
    return decision.verdict if decision and decision.at in digest.input.window else None


def names_by_count(stories: Sequence[DigestStory]) -> Iterator[tuple[ItemHit, int, int, int]]:
    """Yield each name with its sure and possible stories and the articles that surely name it, the most frequent first.

    What somebody reviewed is sure.
    """
    sure_counts, possible_counts = Counter[str](), Counter[str]()
    articles: Counter[str] = Counter()
    names: dict[str, ItemHit] = {}  # two listed people may have one name
    for story in stories:
        for hit in story.hits:
            is_sure = hit.confidence is Confidence.STRONG or fate_of(story.item, hit.entity) is Fate.RELEVANT
            (sure_counts if is_sure else possible_counts)[hit.entity] += 1
            names[hit.entity] = hit
            arrived = {article.id for article in story.arrived_articles}
            strong = {m.article for m in hit.mentions if m.mention.confidence is Confidence.STRONG}
            articles[hit.entity] += len(arrived & strong)
    for entity in sorted(
        names, key=lambda entity: (-sure_counts[entity], -possible_counts[entity], names[entity].name, entity)
    ):
        yield names[entity], sure_counts[entity], possible_counts[entity], articles[entity]
