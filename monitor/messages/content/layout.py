"""Pure. The wording of a digest: subject, warnings, opening, sections, closing. `render` and the pages print it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from monitor.i18n.troubles import TROUBLE_TEXTS as TROUBLES
from monitor.messages.content.act_changes import act_changes
from monitor.messages.content.deeds import deeds_in_title, deeds_of_news
from monitor.messages.content.notes import UNDECIDED
from monitor.messages.content.page import Button, Page, Section
from monitor.messages.content.phrasing import CardLine, Localizer, capitalize, join, ngettext_noop, safe_link
from monitor.messages.content.sections import counted_lines, digest_sections, limit_lines, people_days, people_lines
from monitor.messages.content.source_lines import (
    counted_failures,
    failing_sources,
    source_lines,
    sources_read,
    stored_sentence_line,
)
from monitor.messages.content.stories.build import Alarm, Digest, Sources
from monitor.model import Confidence, ReviewItem, State, Trouble, Verdict

_MAX_NAMES_IN_TITLE = 2
# The number of stories of a section.
_COUNTS = {
    "new": ngettext_noop("%(num)s new", "%(num)s new"),
    "follow_up": ngettext_noop("%(num)s follow-up", "%(num)s follow-ups"),
    "changed": ngettext_noop("%(num)s changed", "%(num)s changed"),
    "older": ngettext_noop("%(num)s in older articles", "%(num)s in older articles"),
    "possible": ngettext_noop("%(num)s possible", "%(num)s possible"),
}
_ASKED_FORMS = ngettext_noop("%(num)s asked", "%(num)s asked")


def lay_out(digest: Digest) -> Page:
    """Return the words of a digest in its language; empty sections are left out."""
    l10n, window = digest.l10n, digest.input.window
    changes = (stored_sentence_line("", change.sentence, l10n) for change in digest.input.watchlist_changes)
    footer = (
        Section(l10n.gettext("CHANGES TO YOUR LIST"), lines=limit_lines(digest, changes)),
        Section(l10n.gettext("TROUBLE THAT IS OVER"), lines=limit_lines(digest, _past_troubles(digest))),
        Section(l10n.gettext("SOURCES"), lines=limit_lines(digest, source_lines(digest.sources, l10n))),
        Section("", lines=tuple(counted_lines(digest))),
    )
    people, title = people_lines(digest, digest.news, deeds_of_news(digest)), _title(digest)
    days = people_days(digest, people)
    return Page(
        language=digest.language,
        subject=subject(digest),
        warnings=(*watch_lines(digest), *_warnings(digest)),
        newsroom=digest.newsroom,
        kicker=f"{l10n.weekday_date_time(window.until)}, {l10n.city}",
        title=title,
        opening=opening_of(digest, title),
        trouble=_reading_trouble(digest) if title else "",
        colophon=_colophon(digest) if title else "",
        people=people,
        people_days=days,
        people_label=l10n.gettext("Stories a day (24 hours to %(time)s)", time=l10n.time(window.until)),
        people_uncounted=l10n.gettext("not counted by day"),
        sections=tuple(s for s in digest_sections(digest) if not s.is_empty),
        button=queue_button(digest),
        footer=tuple(s for s in footer if not s.is_empty),
        closing=_closing(digest),
    )


def _title(digest: Digest) -> str:
    """Return the day in one sentence: what was done to whom, the gravest first, else how many stories about whom."""
    if not digest.sure_stories:
        return ""
    if deeds := deeds_in_title(digest, digest.news, deeds_of_news(digest)):
        return capitalize(deeds)
    new = digest.l10n.ngettext_or_empty("%(num)s new story", "%(num)s new stories", len(digest.new))
    return join(": ", new or next(filter(None, _counts(digest))), digest.names_in_short(_MAX_NAMES_IN_TITLE))


def _deck(digest: Digest) -> str:
    """Return the numbers of stories of what waits; "" for a day that nobody can judge any more."""
    l10n, waiting = digest.l10n, digest.input.waiting
    if not waiting:
        return ""
    undecided = [story for story in digest.listed_stories if story.item.state in UNDECIDED]
    earlier, oldest = waiting - len(undecided), digest.input.oldest_waiting
    if earlier < 0:
        return ""
    before = l10n.ngettext_or_empty("%(num)s from before", "%(num)s from before", earlier)
    since = l10n.gettext("(since %(day)s)", day=l10n.weekday_date(oldest)) if before and oldest else ""
    tabs = Counter(_tab_of(story.item, is_older=story in digest.older) for story in undecided)
    forms = {**_COUNTS, "asked": _ASKED_FORMS}
    kinds = join(", ", *(l10n.ngettext_or_empty(*forms[tab], tabs[tab]) for tab in forms))
    total = l10n.ngettext("%(num)s not yet reviewed", "%(num)s not yet reviewed", waiting)
    return f"{capitalize(join(': ', total, join(', ', kinds, join(' ', before, since))))}."


def _tab_of(item: ReviewItem, *, is_older: bool) -> str:
    """Return where the queue shows an item that waits: a new story that came back after a decision is a follow-up.

    Of those that are new there, the ones from older articles are counted apart.
    """
    if item.verdict is Verdict.UNSURE:
        return "asked"
    if item.state is State.FOLLOW_UP:
        return "follow_up"
    if item.confidence is Confidence.POSSIBLE:
        return "possible"
    return "older" if is_older else "new"


def stories_on_page(digest: Digest, states: Mapping[int, State]) -> str:
    """Return how many stories of a page at the desk are reviewed by now; its button says how many are left."""
    forms = ngettext_noop("%(done)s of %(num)s story reviewed.", "%(done)s of %(num)s stories reviewed.")
    done = sum(state is State.DECIDED for state in states.values())
    return digest.l10n.ngettext(*forms, len(states), done=done)


def _counts(digest: Digest) -> Iterator[str]:
    """Yield the number of stories of each listed section in words, "" for none."""
    for section, forms in _COUNTS.items():
        yield digest.l10n.ngettext_or_empty(*forms, len(getattr(digest, section)))


def queue_button(digest: Digest) -> Button | None:
    """Return the link to what waits; None without a desk, and where nothing waits."""
    return judge_button(digest, digest.input.waiting or 0)


def judge_button(digest: Digest, waiting: int) -> Button | None:
    """Return the link to the queue, where so many stories wait."""
    if not digest.base_url or not waiting:
        return None
    label = digest.l10n.ngettext("Review %(num)s story", "Review %(num)s stories", waiting)
    return Button(label, safe_link(f"{digest.base_url.rstrip('/')}/queue"))


def watch_lines(digest: Digest) -> tuple[CardLine, ...]:
    """Return what a message of the closed watch says first."""
    return tuple(map(CardLine, digest.watch_lines))


# ---- the subject ----------------------------------------------------------------------------------------------------


def subject(digest: Digest) -> str:
    """Return the subject: counts and a day.

    It holds names only where the recipient asks for them: locked screens and the logs of mail servers show subjects.
    """
    findings, sources = _stories_in_short(digest), _sources_in_short(digest)
    if not findings:
        sources = digest.l10n.gettext("broken: %(what)s", what=sources)
    day = digest.l10n.weekday_date(digest.input.window.until)
    findings += digest.subject_names if findings else ""
    return f"{digest.subject_prefix}{join('; ', findings, sources)} - {day}"


def _stories_in_short(digest: Digest) -> str:
    """Return the numbers of stories by section, or "" where "nothing new" would mislead because of an alarm."""
    gettext = digest.l10n.gettext
    new, follow_up, changed, older, _possible = _counts(digest)
    if new or follow_up:
        return join(", ", new, follow_up, changed, _rewriting_in_short(digest), older)
    if changed or older:
        return gettext("nothing new, %(what)s", what=join(", ", changed, _rewriting_in_short(digest), older))
    if digest.possible:
        return gettext("nothing clear, %(num)s possible", num=len(digest.possible))
    return "" if digest.alarm else gettext("nothing new")


def _rewriting_in_short(digest: Digest) -> str:
    """Return in the reader's language which act an outlet took back, or that it exchanged a word of pressure."""
    if changes := act_changes(digest):
        return changes[0].subject_words
    return digest.l10n.gettext("a report changed its wording") if digest.exchanges_pressure else ""


def _sources_in_short(digest: Digest) -> str:
    sources, l10n = digest.sources, digest.l10n
    if digest.alarm is Alarm.NOTHING_READ:
        if sources.read:
            return l10n.gettext("nothing is read any more")
        return l10n.gettext("nothing was read")
    if digest.alarm is Alarm.FEW_READ:
        return _sources_read_and_failing(sources, l10n)
    if sources.failing:
        return counted_failures(sources, l10n)
    if 1 < sources.watched == sources.readable:  # "all 1 sources" would be wrong
        return l10n.gettext("all %(num)s sources read", num=sources.read)
    return sources_read(sources, l10n)


# ---- warnings and opening: the numbers, and whether silence means a quiet day or a broken monitor -------------------


def _warnings(digest: Digest) -> tuple[CardLine, ...]:
    """Return the lines that come first: the alarm, and troubles that an operator must end."""
    l10n, window = digest.l10n, digest.input.window
    current_troubles = tuple(
        CardLine(_current_trouble(trouble, l10n)) for trouble in digest.input.troubles if trouble.until is None
    )
    if not digest.alarm:
        return current_troubles
    problem = f"{_sources_read_and_failing(digest.sources, l10n)}."
    if digest.alarm is Alarm.NOTHING_READ:
        since, until = (
            l10n.weekday_date_time(digest.input.last_read or window.since),
            l10n.weekday_date_time(window.until),
        )
        problem = l10n.gettext("nothing was read %(since)s to %(until)s.", since=since, until=until)
        if (began := digest.input.began) and began >= window.until:
            problem = l10n.gettext("no source was read before %(at)s.", at=l10n.weekday_date_time(began))
    return (CardLine(l10n.gettext("THIS IS NOT A QUIET DAY: %(what)s", what=problem)), *current_troubles)


def _current_trouble(trouble: Trouble, l10n: Localizer) -> str:
    problem, since = l10n.gettext(TROUBLES[trouble.kind].lasting), l10n.date_time(trouble.since)
    return l10n.gettext("PLEASE FIX: %(wrong)s, since %(since)s (details: monitor doctor).", wrong=problem, since=since)


def _past_troubles(digest: Digest) -> Iterator[CardLine]:
    """Yield a line for each trouble that is over."""
    l10n = digest.l10n
    for trouble in digest.input.troubles:
        if trouble.until:
            same_day = l10n.date(trouble.since) == l10n.date(trouble.until)
            until = l10n.time(trouble.until) if same_day else l10n.date_time(trouble.until)
            problem, since = l10n.gettext(TROUBLES[trouble.kind].over), l10n.date_time(trouble.since)
            yield CardLine(l10n.gettext("%(since)s to %(until)s: %(wrong)s.", since=since, until=until, wrong=problem))


def opening_of(digest: Digest, title: str, on_page: str = "") -> tuple[str, ...]:
    """Return the first sentences; `on_page`: at the desk the numbers of its page, for those of what waits."""
    l10n, window = digest.l10n, digest.input.window
    gettext, ngettext_or_empty = l10n.gettext, l10n.ngettext_or_empty
    since, until = l10n.weekday_date_time(window.since), l10n.weekday_date_time(window.until)
    span = gettext("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=l10n.city)
    if not digest.listed_stories:
        return (
            join(" ", gettext("Nothing new named anyone on your list, %(span)s.", span=span), _first_mail(digest)),
            join(" ", _quiet_line(digest), _spreading_line(digest), _waiting_line(digest)),
        )
    possible = ngettext_or_empty("%(num)s possible mention.", "%(num)s possible mentions.", len(digest.possible))
    if title:
        deck = on_page or _deck(digest)
        older = ngettext_or_empty(
            "%(num)s story found in older articles.", "%(num)s stories found in older articles.", len(digest.older)
        )
        is_only_older = not (digest.new or digest.follow_up or digest.changed)
        counts = deck or join(" ", "" if is_only_older else older, possible, _waiting_line(digest))
        # The day's articles and sources stand at the foot.
        return tuple(
            filter(
                None,
                (
                    counts,
                    join(" ", _spreading_line(digest), deck and _never_reviewed_line(digest)),
                    _first_mail(digest),
                ),
            )
        )
    lines = (
        join(" ", gettext("%(span)s, by the time we first saw it.", span=span), _first_mail(digest)),
        join(" ", gettext("No new story that is clear."), _spreading_line(digest)),
        join(" ", possible, _waiting_line(digest)),
        capitalize(_reading_line(digest)),
    )
    return tuple(filter(None, lines))


def _reading_trouble(digest: Digest) -> str:
    """Return what was read, where something is wrong with it: what is absent is then no quiet."""
    if digest.sources.is_in_order or digest.alarm:  # an alarm says so above
        return ""
    return f"{capitalize(reading_words(digest, with_failing=True))}."


def _colophon(digest: Digest) -> str:
    """Return what a day with a title says at its foot: its hours, and what was read."""
    l10n, window = digest.l10n, digest.input.window
    since, until = l10n.weekday_date_time(window.since), l10n.weekday_date_time(window.until)
    span = l10n.gettext("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=l10n.city)
    span_words = l10n.gettext("%(span)s, by the time we first saw it.", span=span)
    return join(" ", span_words, capitalize(_reading_line(digest)))


def _first_mail(digest: Digest) -> str:
    if not digest.first_mail:
        return ""
    since, began = digest.input.window.since, digest.input.began
    if began is not None and began >= since:
        return digest.l10n.gettext("This is the first digest by mail. It tells everything since the first reading.")
    start = digest.l10n.weekday_date_time(since)
    return digest.l10n.gettext("This is the first digest by mail. The queue has what came before %(when)s.", when=start)


def _quiet_line(digest: Digest) -> str:
    sources, gettext = digest.sources, digest.l10n.gettext
    reading_line = _reading_line(digest, with_failing=not digest.alarm)
    if digest.alarm:
        return capitalize(reading_line)
    if not digest.input.articles:
        return join(" ", capitalize(reading_line), gettext("That is unusual: please check that this is right."))
    if not sources.is_in_order:
        return gettext("Quiet, as far as could be read: %(what)s", what=reading_line)
    return gettext("This is quiet, not broken: %(what)s", what=reading_line)


def _spreading_line(digest: Digest) -> str:
    l10n, stories = digest.l10n, len(digest.spreading)
    if not stories:
        return ""
    copies = l10n.ngettext("%(num)s copy", "%(num)s copies", sum(story.copies for story in digest.spreading))
    singular, plural = ngettext_noop(
        "%(copies)s joined %(num)s story you know.", "%(copies)s joined %(num)s stories you know."
    )
    return l10n.ngettext(singular, plural, stories, copies=copies)


def _waiting_line(digest: Digest) -> str:
    digest_input, gettext = digest.input, digest.l10n.gettext
    if digest_input.waiting is None:
        return ""
    waiting = gettext("Not yet reviewed: %(num)s.", num=digest_input.waiting)
    if not digest_input.waiting:
        waiting = gettext("Nothing to review.")
    elif digest_input.oldest_waiting:
        day = digest.l10n.weekday_date(digest_input.oldest_waiting)
        waiting = gettext("Not yet reviewed: %(num)s, the oldest since %(day)s.", num=digest_input.waiting, day=day)
    return join(" ", waiting, _never_reviewed_line(digest))


def _never_reviewed_line(digest: Digest) -> str:
    count = digest.input.never_reviewed  # stories that expired after 30 days without a decision
    return digest.l10n.gettext("Never reviewed in 30 days: %(num)s.", num=count) if count else ""


def _reading_line(digest: Digest, *, with_failing: bool = False) -> str:
    """Return the numbers of sources and articles read, and the time of the last reading."""
    digest_input, l10n, from_feed_count = digest.input, digest.l10n, digest.input.articles_from_feed
    articles = l10n.ngettext("%(num)s new article", "%(num)s new articles", digest_input.articles)
    from_feed = (
        l10n.gettext("%(num)s of them with only title and summary", num=from_feed_count) if from_feed_count else ""
    )
    return f"{reading_words(digest, with_failing=with_failing)}. {join(', ', articles, from_feed)}."


def reading_words(digest: Digest, *, with_failing: bool) -> str:
    """Return how many sources were read, when the last time, and how late the next time is."""
    digest_input, l10n, last_read, late = digest.input, digest.l10n, "", ""
    if at := digest_input.last_read:
        if l10n.date(at) == l10n.date(digest_input.window.until):
            last_read = l10n.gettext("last at %(time)s", time=l10n.time(at))
        else:
            last_read = l10n.gettext("last on %(time)s", time=l10n.weekday_date_time(at))
    if since := digest.sources.overdue_since:
        late = l10n.gettext("reading late by %(span)s", span=l10n.span(digest_input.window.until - since))
    words = join(", ", sources_read(digest.sources, l10n), last_read, late)
    return join("; ", words, failing_sources(digest.sources, l10n)) if with_failing else words


def _sources_read_and_failing(sources: Sources, l10n: Localizer) -> str:
    failing = l10n.ngettext_or_empty("%(num)s failing now", "%(num)s failing now", sources.failing)
    return join(", ", sources_read(sources, l10n), failing)


def _closing(digest: Digest) -> str:
    if digest.next_at is None:
        return ""
    closing = digest.l10n.gettext("Next digest: %(when)s.", when=digest.l10n.weekday_date_time(digest.next_at))
    contact = digest.contact and digest.l10n.gettext("If it does not come, tell %(contact)s", contact=digest.contact)
    return join(" ", closing, contact)
