"""Pure. The sections of a message: stories in full, stories in one line each, and what there is no room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from monitor.messages.content.act_changes import act_changes
from monitor.messages.content.cards import (
    Card,
    DeedInWords,
    headline,
    incidents_in_words,
    make_card,
    outlet_with_language,
    story_link,
)
from monitor.messages.content.deeds import (
    MOST_IN_TITLE,
    Deed,
    deeds_by_name,
    deeds_of,
    deeds_of_news,
    is_reviewed,
    kinds_of_deeds,
    tells_deed,
    victims_of,
)
from monitor.messages.content.notes import decision_in_short
from monitor.messages.content.page import BriefLine, PersonLine, Section
from monitor.messages.content.phrasing import CardLine, capitalize, join, ngettext_noop
from monitor.messages.content.stories.build import Digest, DigestStory
from monitor.messages.content.stories.groups import StoryGroup, group_related
from monitor.model import Confidence, EntityType, ItemHit, Verdict
from monitor.model.items.history import last_effective
from monitor.text.lead import TYPE_RANKS, told_at

_MAX_POSSIBLE = 10
DAYS_OF_WEEK = 7
_FEWEST_DAYS = 3  # with stories: fewer are no picture
_LONGEST_DAY = timedelta(hours=25)  # when clocks change
MOST_IN_FULL, MOST_IN_BRIEF, MOST_PEOPLE = 7, 30, 8


def story_sections(digest: Digest) -> tuple[Section, ...]:
    """Return the sections of all listed stories, in the order in which a reader should look at them."""
    gettext = digest.l10n.gettext
    of_names, of_press = _by_press(digest)
    return (
        story_section(gettext("NEW"), digest, of_names, numbered=True),
        story_section(gettext("WHAT HAPPENED TO THE PRESS"), digest, of_press),
        story_section(follow_up_title(digest), digest, digest.follow_up),
        story_section(gettext("CHANGED"), digest, digest.changed),
        story_section(gettext("FOUND IN OLDER ARTICLES"), digest, digest.older),
        story_section(gettext("POSSIBLE, please look"), digest, digest.possible, max_stories=_MAX_POSSIBLE),
    )


def _by_press(digest: Digest) -> tuple[tuple[DigestStory, ...], tuple[DigestStory, ...]]:
    """Return the new stories about names, and those about the press that name nobody of the list."""
    return (
        tuple(story for story in digest.new if not story.is_of_press_alone),
        tuple(story for story in digest.new if story.is_of_press_alone),
    )


def story_section(
    title: str,
    digest: Digest,
    stories: tuple[DigestStory, ...],
    *lines: CardLine,
    max_stories: int | None = None,
    numbered: bool = False,
) -> Section:
    """Return the section with the cards of stories; those for which there is no room are counted."""
    max_stories = min(max_stories or digest.max_stories, digest.max_stories)
    listed = _take_turns(stories, max_stories)
    lines = (*_count_line(digest, stories, listed), *lines)
    return Section(title, tuple(make_card(digest, story) for story in listed), lines, numbered)


def _count_line(digest: Digest, stories: Sequence[DigestStory], listed: Sequence[DigestStory]) -> tuple[CardLine, ...]:
    """Return the line that counts the stories for which there is no room, with their outlets."""
    if len(stories) == len(listed):
        return ()
    singular, plural = ngettext_noop(
        "and %(num)s more story; the queue has them all.", "and %(num)s more stories; the queue has them all."
    )
    # A flood of stories must not hide who else reports.
    omitted = [story for story in stories if story not in listed]
    outlets = digest.l10n.gettext("Outlets: %(names)s.", names=", ".join(_outlets(omitted)))
    return (CardLine(digest.l10n.ngettext(singular, plural, len(omitted)), remark=outlets),)


def digest_sections(digest: Digest) -> tuple[Section, ...]:
    """Return the sections of a digest: some stories in full, others in one line under a name, the rest counted.

    A flood of one outlet takes no place from the story of another, neither in full nor in one line.
    """
    gettext, settled = digest.l10n.gettext, [story for story in digest.listed_stories if story.is_settled]
    totals, all_older = _totals(digest), digest.older
    digest = digest.with_stories(lambda story: not story.is_settled)
    stories, listed_stories = digest.sure_stories, _listed_stories(digest)
    in_full = _in_full(digest, listed_stories)
    in_line = [story for story in listed_stories if story.item.id not in in_full]

    def section(title: str, stories: Sequence[DigestStory], *lines: CardLine, numbered: bool = False) -> Section:
        groups = _as_in_rail(digest, group_related([story for story in stories if story.item.id in in_full]))
        cards = tuple(card for group in groups for card in _cards(digest, group, totals, in_line))
        return Section(title, cards, lines if cards else (), numbered)

    omitted = _count_line(digest, stories, listed_stories)
    of_names, of_press = _by_press(digest)
    possible = gettext("POSSIBLE") if digest.is_report else gettext("POSSIBLE, please look")
    shown_settled = _take_turns(settled, min(MOST_IN_BRIEF, digest.max_stories))
    decided = [replace(line, name="") for line in _brief_lines(digest, shown_settled)]
    settled_title = gettext("NOT RELEVANT") if all(s.is_ruled_out for s in settled) else gettext("REVIEWED")
    days = (digest.input.window.until - digest.input.window.since) / timedelta(days=1)
    new = gettext("THIS WEEK") if round(days) == DAYS_OF_WEEK else gettext("IN THIS PERIOD")
    if days == 1:  # some may be reviewed already: “new” would say that none is
        new = gettext("FIRST SEEN IN THESE 24 HOURS")
    brief = in_line
    if digest.is_report:  # those that were possible stand with its stories
        brief, decided = [*in_line, *shown_settled], []
    older = [story for story in brief if story in all_older]
    brief = [story for story in brief if story not in older]
    older_lines = _brief_lines(digest, older, with_date=True)
    return (
        section(new, of_names, numbered=True),
        section(gettext("WHAT HAPPENED TO THE PRESS"), of_press),
        section(follow_up_title(digest), digest.follow_up),
        section(gettext("CHANGED"), digest.changed),
        Section(gettext("IN BRIEF"), (), omitted, briefs=tuple(_brief_lines(digest, brief))),
        replace(section(gettext("FOUND IN OLDER ARTICLES"), digest.older), briefs=tuple(older_lines)),
        story_section(possible, digest, digest.possible, max_stories=_MAX_POSSIBLE),
        Section(settled_title, (), _count_line(digest, settled, shown_settled), briefs=tuple(decided)),
    )


def _as_in_rail(digest: Digest, groups: Sequence[StoryGroup]) -> Sequence[StoryGroup]:
    """Return groups of stories in the order in which the names at the top tell what was done, by their gravest."""
    deeds = deeds_of(digest, digest.news) if digest.is_report else deeds_of_news(digest)

    def place(story: DigestStory) -> int:
        told_places = (n for n, deed in enumerate(deeds) if deed.item == story.item.id or tells_deed(story, deed))
        return next(told_places, len(deeds))

    return sorted(groups, key=lambda group: min(map(place, group.stories)))


def _in_full(digest: Digest, listed_stories: Sequence[DigestStory]) -> set[int]:
    """Return the items that are told in full: where not all have room, first those of harm, edits and follow-ups."""
    max_in_full = min(MOST_IN_FULL, digest.max_stories)
    of_now = [story for story in listed_stories if story not in digest.older]
    grave_stories = [s for s in of_now if s.tells_harm or s.is_rewritten or s in digest.follow_up]
    stories = grave_stories if grave_stories and len(listed_stories) > max_in_full else listed_stories
    return {story.item.id for story in _take_turns(stories, max_in_full)}


def _listed_stories(digest: Digest) -> Sequence[DigestStory]:
    """Return the sure stories that a digest has room for, in full or in one line."""
    return _take_turns(digest.sure_stories, min(MOST_IN_FULL + MOST_IN_BRIEF, digest.max_stories))


def _brief_lines(digest: Digest, stories: Sequence[DigestStory], *, with_date: bool = False) -> Iterable[BriefLine]:
    """Yield a line for each story, those about one name together: people, then outlets, then bodies."""
    names = {story.item.id: story.hits[0].name if story.hits else "" for story in stories}
    places = {name: place for place, name in reversed([*enumerate(names.values())])}
    ranks = {story.item.id: TYPE_RANKS[story.hits[0].type] if story.hits else len(TYPE_RANKS) for story in stories}
    for story in sorted(stories, key=lambda story: (ranks[story.item.id], places[names[story.item.id]])):
        lead, l10n = digest.lead_of(story), digest.l10n
        other_outlets = len({article.outlet for article in story.arrived_articles} - {lead.outlet})
        outlets = f"{outlet_with_language(lead, l10n)}{f' +{other_outlets}' if other_outlets else ''}"
        section_word, entity = _section_word(digest, story), story.hits[0].entity if story.hits else ""
        yield BriefLine(
            story.item.id,
            names[story.item.id],
            headline(lead, l10n),
            lead.language,
            join(", ", outlets, l10n.date(told_at(lead)) if with_date else "", section_word),
            story_link(digest, story),
            () if story.is_ruled_out else incidents_in_words(digest, story, entity),
            decision_in_short(digest, story),
        )


def _section_word(digest: Digest, story: DigestStory) -> str:
    gettext = digest.l10n.gettext
    if story in digest.follow_up:
        return gettext("follow-up")
    return gettext("changed") if story in digest.changed else ""


def people_lines(digest: Digest, news: Sequence[DigestStory], deeds: Sequence[Deed]) -> tuple[PersonLine, ...]:
    """Return a line for each person who was surely in the news, each outlet that was struck, and others of the press.

    First come those to whom something was done (`deeds`), the gravest before all, then others of the press, then those
    of whom an outlet took something back, then those of most stories. A single line would repeat the title, unless this
    leaves something out.
    """
    struck, kinds = deeds_by_name(deeds), kinds_of_deeds(deeds)
    reviewed = {story.item.id for story in news if is_reviewed(story)}
    doubt_words = digest.l10n.gettext("not yet reviewed")

    def doubt(deeds: Sequence[Deed]) -> str:
        """Return in a report, where what is reviewed stands beside what is not, that a deed is not."""
        return "" if not digest.is_report or {deed.item for deed in deeds} <= reviewed else doubt_words

    def in_words(deed: Deed, words: str) -> DeedInWords:
        return DeedInWords(words, deed.is_release, is_reported=deed.item not in reviewed)

    changes = {change.entity: change.row_words for change in reversed(act_changes(digest))}
    stories: dict[str, list[DigestStory]] = {}
    names: dict[str, str] = {}
    for story, hit in _counted_hits(digest.sure_stories):
        if hit.type is EntityType.PERSON or hit.entity in struck:
            names[hit.entity] = hit.name
            stories.setdefault(hit.entity, []).append(story)
    # A row of few days is no picture, and beside the stories of a longer time it misleads.
    is_of_one_day = digest.input.window.until - digest.input.window.since <= _LONGEST_DAY
    days_with_stories = sum(map(any, zip(*digest.input.daily_stories.values(), strict=True)))
    is_shown = is_of_one_day and days_with_stories >= _FEWEST_DAYS
    daily_stories = digest.input.daily_stories if is_shown else {}
    count = ngettext_noop("%(num)s story", "%(num)s stories")
    lines = [
        (
            deeds.index(struck[entity][0]) if entity in struck else 2 * len(deeds) + (entity not in changes),
            PersonLine(
                names[entity],
                entity,
                tuple(story.item.id for story in stories_about),
                tuple(in_words(deed, deed.row_words) for deed in struck.get(entity, ())),
                len(stories_about),
                digest.l10n.ngettext(*count, len(stories_about)),
                # The last are the 24 hours of this digest, of its own stories.
                (*days[:-1], len(stories_about)) if (days := daily_stories.get(entity, ())) else (),
                changes.get(entity, ""),
                doubt(struck.get(entity, ())),
            ),
        )
        for entity, stories_about in sorted(stories.items(), key=lambda pair: -len(pair[1]))
    ]
    for unlisted in ([deed for deed in kind if not deed.row] for kind in kinds):
        if unlisted:
            items, gravest = tuple(dict.fromkeys(deed.item for deed in unlisted)), unlisted[0]
            victims, figures = capitalize(victims_of(unlisted, digest.l10n)), digest.l10n.ngettext(*count, len(items))
            deeds_in_row = (in_words(gravest, gravest.words),)
            line = PersonLine(victims, "", items, deeds_in_row, len(items), figures, doubt=doubt(unlisted))
            lines.append((len(deeds) + deeds.index(gravest), line))
    if len(lines) < 2 and len(kinds) <= MOST_IN_TITLE and not changes:
        return ()
    max_lines = max(MOST_PEOPLE, sum(place <= 2 * len(deeds) for place, _ in lines))
    return tuple(line for _, line in sorted(lines, key=lambda placed: placed[0])[:max_lines])


def people_days(digest: Digest, people: Sequence[PersonLine]) -> tuple[str, ...]:
    """Return the days of which the stories about people are counted, in words, oldest first; the last are 24 hours."""
    until, number = digest.input.window.until, max((len(person.days) for person in people), default=0)
    # A period of 24 hours has the name of the day on which it ends.
    ends = (until - timedelta(days=ago, seconds=1) for ago in reversed(range(1, number)))
    return (*map(digest.l10n.date, ends), digest.l10n.gettext("last 24 h")) if number else ()


def _take_turns(stories: Sequence[DigestStory], max_stories: int) -> Sequence[DigestStory]:
    """Return at most so many stories, in their order: the first of each outlet before its second, and so on.

    So a flood of one outlet takes no place from the story of another.
    """
    places, turns = Counter[str](), []
    for number, story in enumerate(stories):
        reporters = {article.reporter for article in (story.news_article, *story.arrived_articles)}
        turns.append((min(places[reporter] for reporter in reporters), number))
        places.update(reporters)
    return [stories[number] for number in sorted(number for _, number in sorted(turns)[:max_stories])]


def _totals(digest: Digest) -> Counter[str]:
    """Return of each name in how many stories it counts: the figure that stands beside it at the top."""
    return Counter(hit.entity for _, hit in _counted_hits(digest.sure_stories))


def _counted_hits(stories: Iterable[DigestStory]) -> Iterator[tuple[DigestStory, ItemHit]]:
    """Yield the sure hits with their stories, without what somebody ruled out."""
    for story in stories:
        for hit in () if story.is_ruled_out else story.hits:
            if hit.confidence is Confidence.STRONG and hit.verdict is not Verdict.NOT_RELEVANT:
                yield story, hit


def _cards(digest: Digest, group: StoryGroup, totals: Mapping[str, int], in_line: Iterable[DigestStory]) -> list[Card]:
    """Return the cards of a group, the first with its heading; `in_line`: the stories that stand below in brief."""
    cards = [make_card(digest, story, group.person.entity if group.person else "") for story in group.stories]
    if group.person:
        total = totals[group.person.entity]
        forms = ngettext_noop("%(name)s: %(num)s related story", "%(name)s: %(num)s related stories")
        if len(cards) < total:  # the others are told elsewhere
            forms = ngettext_noop("%(name)s: %(shown)s of %(num)s story", "%(name)s: %(shown)s of %(num)s stories")
        below = sum(hit.entity == group.person.entity for _, hit in _counted_hits(in_line))
        heading = join(
            ", ",
            digest.l10n.ngettext(*forms, total, name=group.person.name, shown=len(cards)),
            digest.l10n.ngettext_or_empty("%(num)s below in brief", "%(num)s below in brief", below),
        )
        cards = [replace(card, is_in_group=True) for card in cards]
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


def limit_lines(digest: Digest, lines: Iterable[CardLine]) -> tuple[CardLine, ...]:
    lines = tuple(lines)
    omitted = len(lines) - digest.max_stories
    return (
        (*lines[: digest.max_stories], CardLine(digest.l10n.gettext("and %(num)s more.", num=omitted)))
        if omitted > 0
        else lines
    )


def follow_up_title(digest: Digest) -> str:
    l10n = digest.l10n
    if len(digest.follow_up) != 1:
        return l10n.gettext("FOLLOW-UP to stories you know")
    if decision := last_effective(digest.follow_up[0].item):
        return l10n.gettext("FOLLOW-UP to a story you reviewed on %(date)s", date=l10n.date(decision.at))
    return l10n.gettext("FOLLOW-UP to a story you know")


def counted_lines(digest: Digest) -> list[CardLine]:
    """Return a line for each organisation that stories named without an alert: their number, not the stories."""
    names_by_count = sorted(digest.input.counted.items(), key=lambda pair: (-pair[1], pair[0]))
    singular, plural = ngettext_noop(
        "Left out: %(num)s story that names %(name)s, but no person, no outlet and nothing about the press.",
        "Left out: %(num)s stories that name %(name)s, but no person, no outlet and nothing about the press.",
    )
    lines = (CardLine(digest.l10n.ngettext(singular, plural, count, name=name)) for name, count in names_by_count)
    counted = limit_lines(digest, lines)
    singular, plural = ngettext_noop(
        "What happened to the press, left out by the countries, acts and words that are chosen: %(num)s article.",
        "What happened to the press, left out by the countries, acts and words that are chosen: %(num)s articles.",
    )
    left_out = digest.input.press_left_out
    return [*counted, *([CardLine(digest.l10n.ngettext(singular, plural, left_out))] if left_out else [])]
