"""Pure. The words of an alert: the cards of the first stories, then outlets and headlines that these do not show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.messages.content.act_changes import ActChange, act_changes
from monitor.messages.content.cards import headline, outlet_words
from monitor.messages.content.deeds import MOST_IN_TITLE, Deed, deeds_in_title, deeds_of
from monitor.messages.content.layout import judge_button, watch_lines
from monitor.messages.content.notes import UNDECIDED
from monitor.messages.content.page import Page, Section
from monitor.messages.content.phrasing import CardLine, capitalize, clean, join
from monitor.messages.content.sections import story_sections
from monitor.messages.content.stories.build import LISTED_SECTIONS, Digest
from monitor.model import AlertReason, ItemArticle

_MAX_REWRITTEN = 2  # names in a title
MAX_CARDS = 10  # of one alert; the list has the other stories


def lay_out_alert(digest: Digest) -> Page:
    """Return the words of an alert; its digest holds the selected items only."""
    l10n, deeds, changes = digest.l10n, deeds_of(digest, digest.news), act_changes(digest)[:_MAX_REWRITTEN]
    # The story with which the title begins comes first, whatever its section.
    told_events: list[Deed | ActChange] = sorted([*deeds, *changes], key=lambda event: event.order)
    ranks = {event.item: rank for rank, event in reversed([*enumerate(told_events)])}
    sections = [section for section in story_sections(_with_first_cards(digest, ranks)) if section.cards]
    sections.sort(key=lambda section: min(ranks.get(card.item, len(told_events)) for card in section.cards))
    waiting = sum(item.state in UNDECIDED for item in digest.input.items)
    title = [deeds_in_title(digest, digest.news, deeds), *(change.words for change in changes)]
    if told_events[:1] == changes[:1]:
        title = [*title[1:], title[0]]
    return Page(
        language=digest.language,
        subject=alert_subject(digest),
        warnings=watch_lines(digest),
        newsroom=digest.newsroom,
        kicker=f"{l10n.weekday_date_time(digest.input.window.until)}, {l10n.city}",
        title=capitalize(join("; ", *title, _rewritten_in_words(digest, changes))),
        opening=(
            l10n.ngettext(
                "%(num)s story about somebody you are told of at once.",
                "%(num)s stories about people you are told of at once.",
                len(digest.input.items),
            ),
        ),
        sections=(*sections, *_list_section(digest, sections)),
        button=judge_button(digest, waiting),
        closing=l10n.gettext("The next digest has it, too.") if digest.next_at else "",
    )


def _rewritten_in_words(digest: Digest, told_changes: Sequence[ActChange]) -> str:
    """Return whom the earlier stories name whose wording an outlet changed, without `told_changes`; "" for none."""
    told_items = {change.item for change in told_changes}
    stories = [s for s in digest.changed if s.is_rewritten and not s.is_of_press_alone and s.item.id not in told_items]
    names = [*dict.fromkeys(hit.name for story in stories for hit in story.hits[:1])]
    names_in_short = digest.l10n.and_more(", ".join(names[:_MAX_REWRITTEN]), len(names) - _MAX_REWRITTEN)
    return digest.l10n.gettext("%(who)s: wording changed", who=names_in_short) if names else ""


def alert_subject(digest: Digest) -> str:
    """Return the subject of an alert: a count and a time."""
    l10n, count = digest.l10n, len(digest.input.items)
    stories = l10n.ngettext("%(num)s urgent story", "%(num)s urgent stories", count)
    return (
        f"{digest.subject_prefix}{stories}{digest.subject_names} - {l10n.weekday_date_time(digest.input.window.until)}"
    )


def _list_section(digest: Digest, sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the section that names each outlet with its headline, but for what the stories show already."""
    l10n, reasons = digest.l10n, digest.reasons
    shown_articles = {article for section in sections for card in section.cards for article in card.shown_articles}
    names_by_article: dict[int, list[AlertReason]] = {}
    for reason in reasons:
        names_by_article.setdefault(reason.article.id, []).append(reason)
    lines, shown, omitted = list[CardLine](), Counter[str](), Counter[str]()
    for article, of_article in names_by_article.items():
        reporter = of_article[0].reporter
        if article in shown_articles:
            shown[reporter] += 1
            continue
        # So that even the alert of a flood fits into a mail: the first ones of each outlet are in it in any case.
        if shown[reporter] >= digest.max_stories:
            omitted[of_article[0].outlet] += 1
            continue
        shown[reporter] += 1
        lines.append(CardLine(_list_line(digest, of_article)))
    for outlet, count in omitted.items():
        count_line = l10n.ngettext(
            "%(outlet)s: %(num)s more article", "%(outlet)s: %(num)s more articles", count, outlet=outlet
        )
        lines.append(CardLine(count_line))
    return (Section(l10n.gettext("OUTLETS AND HEADLINES"), lines=tuple(lines)),) if lines else ()


def _list_line(digest: Digest, of_article: list[AlertReason]) -> str:
    """Return the outlet, the headline, the watched names and the item of an article."""
    first = of_article[0]
    hits = next((item.hits for item in digest.input.items if item.id == first.item), ())
    names = ", ".join(hit.name for hit in hits if any(hit.entity == reason.entity for reason in of_article))
    outlet = clean(outlet_words(first.article, digest.l10n))
    return f"{outlet}: {headline(first.article, digest.l10n)} ({names}) [{first.item}]"


def _with_first_cards(digest: Digest, ranks: Mapping[int, int]) -> Digest:
    """Return the digest with the stories that have a card only, by rank, each led by an article that it tells of."""
    reasons = [reason for reason in digest.reasons if reason.has_card]
    order = dict.fromkeys(reason.item for reason in reasons)
    if not digest.reasons:
        order = dict.fromkeys(item.id for item in digest.input.items)
    # In a flood those of which the title tells have a card in any case.
    items = sorted(order, key=lambda item: min(ranks.get(item, MOST_IN_TITLE), MOST_IN_TITLE))
    places = {item: place for place, item in enumerate(items[: min(digest.max_stories, MAX_CARDS)])}
    told_articles: dict[int, list[ItemArticle]] = {}
    for reason in reasons:
        if reason.is_report:
            told_articles.setdefault(reason.item, []).append(reason.article)
    sections: dict[str, Any] = {}
    for name in LISTED_SECTIONS:
        stories = [story for story in getattr(digest, name) if story.item.id in places]
        sections[name] = tuple(
            # A changed story has its own lead: its differences say which article changed.
            replace(story, told_articles=tuple(told_articles[story.item.id]))
            if story.item.id in told_articles and name != "changed"
            else story
            for story in sorted(
                stories, key=lambda story: (ranks.get(story.item.id, len(ranks)), places[story.item.id])
            )
        )
    return replace(digest, **sections)
