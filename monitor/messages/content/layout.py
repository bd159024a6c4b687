"""Pure. The wording of a digest: subject, warnings, opening, sections, closing. `render` and the pages print it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.i18n.troubles import TROUBLE_TEXTS as TROUBLES
from monitor.messages.content.build import Alarm, Digest, DigestStory, Sources
from monitor.messages.content.cards import Card, make_card
from monitor.messages.content.groups import StoryGroup, group_related
from monitor.messages.content.notes import latest_decision
from monitor.messages.content.phrasing import CardLine, Localizer, join, ngettext_noop
from monitor.messages.content.source_lines import source_lines, sources_read, stored_sentence_line
from monitor.model import Trouble

_MAX_POSSIBLE = 10
_MAX_REWRITTEN = 3


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of cards, of lines, or of both."""

    title: str
    cards: tuple[Card, ...] = ()
    lines: tuple[CardLine, ...] = ()
    numbered: bool = False  # the cards have numbers and a line of their own for the facts


@dataclass(frozen=True, slots=True)
class Page:
    """A digest in words. Its passages are not cleaned or escaped yet."""

    language: str
    subject: str
    warnings: tuple[CardLine, ...]
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str


def lay_out(digest: Digest) -> Page:
    """Return the words of a digest in its language; empty sections are left out."""
    l10n = digest.l10n
    changes = (stored_sentence_line("", change.sentence, l10n) for change in digest.input.watchlist_changes)
    sections = (
        *story_sections(digest, *_counted_lines(digest), grouped=True),
        Section(l10n.gettext("CHANGES TO YOUR LIST"), lines=_limit_lines(digest, changes)),
        Section(l10n.gettext("TROUBLE THAT IS OVER"), lines=_limit_lines(digest, _past_troubles(digest))),
        Section(l10n.gettext("SOURCES"), lines=_limit_lines(digest, source_lines(digest.sources, l10n))),
    )
    return Page(
        language=digest.language,
        subject=subject(digest),
        warnings=(*watch_lines(digest), *_warnings(digest)),
        opening=_opening(digest),
        sections=tuple(s for s in sections if s.cards or s.lines),
        closing=_closing(digest),
    )


def watch_lines(digest: Digest) -> tuple[CardLine, ...]:
    """Return what a message of the closed watch says first."""
    return tuple(map(CardLine, digest.watch_lines))


# ---- the subject ----------------------------------------------------------------------------------------------------


def subject(digest: Digest) -> str:
    """Return the subject: counts and a day.

    It never holds a name, because locked screens and the logs of mail servers show subjects.
    """
    findings, sources = _stories_in_short(digest), _sources_in_short(digest)
    if not findings:
        sources = digest.l10n.gettext("broken: %(what)s", what=sources)
    day = digest.l10n.weekday_date(digest.input.window.until)
    return f"{digest.subject_prefix}{join('; ', findings, sources)} - {day}"


def _stories_in_short(digest: Digest) -> str:
    """Return the numbers of stories by section, or "" where "nothing new" would mislead because of an alarm."""
    gettext, ngettext_or_empty = digest.l10n.gettext, digest.l10n.ngettext_or_empty
    new = ngettext_or_empty("%(num)s new", "%(num)s new", len(digest.new))
    follow_up = ngettext_or_empty("%(num)s follow-up", "%(num)s follow-ups", len(digest.follow_up))
    changed = ngettext_or_empty("%(num)s changed", "%(num)s changed", len(digest.changed))
    older = ngettext_or_empty("%(num)s in older articles", "%(num)s in older articles", len(digest.older))
    if new or follow_up:
        return join(", ", new, follow_up, changed, *digest.rewritings[:1], older)
    if changed or older:
        return gettext("nothing new, %(what)s", what=join(", ", changed, *digest.rewritings[:1], older))
    if digest.possible:
        return gettext("nothing clear, %(num)s possible", num=len(digest.possible))
    return "" if digest.alarm else gettext("nothing new")


def _sources_in_short(digest: Digest) -> str:
    sources, l10n = digest.sources, digest.l10n
    if digest.alarm is Alarm.NOTHING_READ:
        if sources.read:
            return l10n.gettext("nothing can be fetched any more")
        return l10n.gettext("nothing could be fetched")
    if digest.alarm is Alarm.FEW_READ:
        return _sources_read_and_failing(sources, l10n)
    if sources.failing:
        refuse = l10n.ngettext_or_empty("%(num)s source refuses us", "%(num)s sources refuse us", len(sources.refused))
        fail = l10n.ngettext_or_empty(
            "%(num)s source cannot be read", "%(num)s sources cannot be read", len(sources.unreadable)
        )
        return join(", ", refuse, fail)
    if 1 < sources.watched == sources.read:  # "all 1 sources" would be wrong
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
        problem = l10n.gettext("nothing could be fetched %(since)s to %(until)s.", since=since, until=until)
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


def _opening(digest: Digest) -> tuple[str, ...]:
    l10n, window = digest.l10n, digest.input.window
    gettext, ngettext_or_empty = l10n.gettext, l10n.ngettext_or_empty
    since, until = l10n.weekday_date_time(window.since), l10n.weekday_date_time(window.until)
    span = gettext("%(since)s to %(until)s (%(place)s)", since=since, until=until, place=l10n.city)
    if not digest.listed_stories:
        return (
            join(" ", gettext("Nothing new named anyone on your list, %(span)s.", span=span), _first_mail(digest)),
            join(" ", _quiet_line(digest), _spreading_line(digest), _waiting_line(digest)),
        )
    follow_up = ngettext_or_empty("%(num)s follow-up", "%(num)s follow-ups", len(digest.follow_up))
    counts = (
        f"{follow_up}." if follow_up else "",
        ngettext_or_empty("%(num)s changed story.", "%(num)s changed stories.", len(digest.changed)),
        ngettext_or_empty(
            "%(num)s story found in older articles.", "%(num)s stories found in older articles.", len(digest.older)
        ),
    )
    changes = "; ".join(digest.rewritings[:_MAX_REWRITTEN])
    return (
        join(" ", gettext("%(span)s, by the time we first saw it.", span=span), _first_mail(digest)),
        join(" ", _new_stories_line(digest), *counts, _spreading_line(digest)),
        *([gettext("Rewritten: %(changes)s.", changes=changes)] if changes else []),
        join(
            " ",
            ngettext_or_empty("%(num)s possible mention.", "%(num)s possible mentions.", len(digest.possible)),
            _waiting_line(digest),
        ),
        _capitalize(_reading_line(digest)),
    )


def _first_mail(digest: Digest) -> str:
    if not digest.first_mail:
        return ""
    since, began = digest.input.window.since, digest.input.began
    if began is not None and began >= since:
        return digest.l10n.gettext("This is the first digest by mail. It tells everything since the first reading.")
    start = digest.l10n.weekday_date_time(since)
    return digest.l10n.gettext("This is the first digest by mail. The queue has what came before %(when)s.", when=start)


def _quiet_line(digest: Digest) -> str:
    sources, reading_line, gettext = digest.sources, _reading_line(digest), digest.l10n.gettext
    if digest.alarm:
        return _capitalize(reading_line)
    if not digest.input.articles:
        return join(" ", _capitalize(reading_line), gettext("That is unusual: please check that this is right."))
    if sources.read < sources.watched or sources.failing:
        return gettext("Quiet, as far as could be read: %(what)s", what=reading_line)
    return gettext("This is quiet, not broken: %(what)s", what=reading_line)


def _new_stories_line(digest: Digest) -> str:
    ngettext_or_empty = digest.l10n.ngettext_or_empty
    if not digest.new:
        return digest.l10n.gettext("No new story that is clear.")
    articles = ngettext_or_empty(
        "%(num)s article", "%(num)s articles", sum(len(story.arrived_articles) for story in digest.new)
    )
    copies = ngettext_or_empty(
        "%(num)s of them a copy", "%(num)s of them copies", sum(story.copies for story in digest.new)
    )
    stories = ngettext_or_empty("%(num)s new story", "%(num)s new stories", len(digest.new))
    return f"{stories} ({join(', ', articles, copies)})."


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
    waiting = gettext("Waiting for you: %(num)s.", num=digest_input.waiting)
    if not digest_input.waiting:
        waiting = gettext("Nothing waits for you.")
    elif digest_input.oldest_waiting:
        day = digest.l10n.weekday_date(digest_input.oldest_waiting)
        waiting = gettext("Waiting for you: %(num)s, oldest since %(day)s.", num=digest_input.waiting, day=day)
    never_reviewed = digest_input.never_reviewed  # stories that expired after 30 days without a decision
    return join(
        " ", waiting, gettext("Never reviewed in 30 days: %(num)s.", num=never_reviewed) if never_reviewed else ""
    )


def _reading_line(digest: Digest) -> str:
    """Return the numbers of sources and articles read, and the time of the last reading."""
    digest_input, l10n = digest.input, digest.l10n
    last_read, from_feed_count = "", digest_input.articles_from_feed
    if at := digest_input.last_read:
        if l10n.date(at) == l10n.date(digest_input.window.until):
            last_read = l10n.gettext("last at %(time)s", time=l10n.time(at))
        else:
            last_read = l10n.gettext("last on %(time)s", time=l10n.weekday_date_time(at))
    articles = l10n.ngettext("%(num)s new article", "%(num)s new articles", digest_input.articles)
    from_feed = (
        l10n.gettext("%(num)s of them with only title and summary", num=from_feed_count) if from_feed_count else ""
    )
    return f"{join(', ', sources_read(digest.sources, l10n), last_read)}. {join(', ', articles, from_feed)}."


def _capitalize(sentence: str) -> str:
    """Return a sentence with a capital: in Russian its first words are also the end of another one."""
    return sentence[:1].upper() + sentence[1:]


def _sources_read_and_failing(sources: Sources, l10n: Localizer) -> str:
    failing = l10n.ngettext_or_empty("%(num)s failing now", "%(num)s failing now", sources.failing)
    return join(", ", sources_read(sources, l10n), failing)


# ---- the sections ---------------------------------------------------------------------------------------------------


def story_sections(digest: Digest, *lines_of_new: CardLine, grouped: bool = False) -> tuple[Section, ...]:
    """Return the sections of all listed stories, in the order in which a reader should look at them.

    `grouped`: related stories stand side by side under the name of their person.
    """
    gettext = digest.l10n.gettext
    versions_note = [CardLine(gettext("All versions are kept."))] if digest.changed else []
    return (
        story_section(gettext("NEW"), digest, digest.new, *lines_of_new, numbered=True, grouped=grouped),
        story_section(_follow_up_title(digest), digest, digest.follow_up, grouped=grouped),
        story_section(gettext("CHANGED"), digest, digest.changed, *versions_note, grouped=grouped),
        story_section(gettext("FOUND IN OLDER ARTICLES"), digest, digest.older, grouped=grouped),
        story_section(gettext("POSSIBLE, please look"), digest, digest.possible, max_stories=_MAX_POSSIBLE),
    )


def story_section(
    title: str,
    digest: Digest,
    stories: tuple[DigestStory, ...],
    *lines: CardLine,
    max_stories: int | None = None,
    numbered: bool = False,
    grouped: bool = False,
) -> Section:
    """Return the section with the cards of stories; those for which there is no room are counted."""
    max_stories = min(max_stories or digest.max_stories, digest.max_stories)
    listed = _take_turns(stories, max_stories)
    if len(stories) > max_stories:
        singular, plural = ngettext_noop(
            "and %(num)s more story; the queue has them all.", "and %(num)s more stories; the queue has them all."
        )
        # A flood of stories must not hide who else reports.
        outlets = digest.l10n.gettext(
            "Outlets: %(names)s.", names=", ".join(_outlets(story for story in stories if story not in listed))
        )
        count_line = digest.l10n.ngettext(singular, plural, len(stories) - max_stories)
        lines = (CardLine(count_line, remark=outlets), *lines)
    groups = group_related(listed) if grouped else [StoryGroup((story,)) for story in listed]
    return Section(title, tuple(card for group in groups for card in _cards(digest, group)), lines, numbered)


def _take_turns(stories: Sequence[DigestStory], max_stories: int) -> Sequence[DigestStory]:
    """Return at most so many stories, in their order: the first of each outlet before its second, and so on.

    So a flood of one outlet takes no place from the story of another.
    """
    places, turns = Counter[str](), []
    for number, story in enumerate(stories):
        outlets = _outlets([story])
        turns.append((min(places[outlet] for outlet in outlets), number))
        places.update(outlets)
    return [stories[number] for number in sorted(number for _, number in sorted(turns)[:max_stories])]


def _cards(digest: Digest, group: StoryGroup) -> list[Card]:
    """Return the cards of a group, the first with its heading."""
    cards = [make_card(digest, story) for story in group.stories]
    if group.person:
        heading = digest.l10n.ngettext(
            "%(name)s: %(num)s related story", "%(name)s: %(num)s related stories", len(cards), name=group.person.name
        )
        cards[0] = replace(cards[0], heading=heading)
    return cards


def _outlets(stories: Iterable[DigestStory]) -> Sequence[str]:
    """Return the outlets that brought the stories, each once, those of single stories before those of floods."""
    counts = Counter(
        outlet
        for story in stories
        for outlet in {story.news_article.outlet, *(article.outlet for article in story.arrived_articles)}
    )
    return sorted(counts, key=lambda outlet: (counts[outlet], outlet))


def _limit_lines(digest: Digest, lines: Iterable[CardLine]) -> tuple[CardLine, ...]:
    lines = tuple(lines)
    omitted = len(lines) - digest.max_stories
    return (
        (*lines[: digest.max_stories], CardLine(digest.l10n.gettext("and %(num)s more.", num=omitted)))
        if omitted > 0
        else lines
    )


def _follow_up_title(digest: Digest) -> str:
    l10n = digest.l10n
    if len(digest.follow_up) != 1:
        return l10n.gettext("FOLLOW-UP to stories you know")
    if decision := latest_decision(digest.follow_up[0].item):
        return l10n.gettext("FOLLOW-UP to a story you decided on %(date)s", date=l10n.date(decision.at))
    return l10n.gettext("FOLLOW-UP to a story you know")


def _counted_lines(digest: Digest) -> list[CardLine]:
    """Return a line for each organisation that stories named without an alert: their number, not the stories."""
    names_by_count = sorted(digest.input.counted.items(), key=lambda pair: (-pair[1], pair[0]))
    singular, plural = ngettext_noop(
        "%(name)s alone, no watched person or outlet and no press word: %(num)s story, not listed.",
        "%(name)s alone, no watched person or outlet and no press word: %(num)s stories, not listed.",
    )
    lines = (CardLine(digest.l10n.ngettext(singular, plural, count, name=name)) for name, count in names_by_count)
    return list(_limit_lines(digest, lines))


def _closing(digest: Digest) -> str:
    if digest.next_at is None:
        return ""
    closing = digest.l10n.gettext("Next digest: %(when)s.", when=digest.l10n.weekday_date_time(digest.next_at))
    contact = digest.contact and digest.l10n.gettext("If it does not come, tell %(contact)s", contact=digest.contact)
    return join(" ", closing, contact)
