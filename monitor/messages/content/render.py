"""Pure. Rendering of a digest as plain text, as one HTML page, and as JSON.

In text and HTML everything from outside is cleaned; in HTML it is escaped, too.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from monitor.i18n.troubles import TROUBLE_TEXTS as TROUBLES
from monitor.messages.content.cards import Card, DeedInWords, Evidence
from monitor.messages.content.layout import lay_out, subject
from monitor.messages.content.page import BriefLine, Page, Section
from monitor.messages.content.phrasing import clean, clean_keeping_ends, join, unbroken
from monitor.messages.content.reports.name_report import NameReport
from monitor.messages.content.stories.build import SECTIONS, Digest, DigestStory
from monitor.messages.content.stories.groups import StoryGroup, group_related
from monitor.model import CARD_ARTICLES, FeedRecord, ReviewItem, Trouble
from monitor.serialize import Row, finding_row, item_row, plain, row, utc_text
from monitor.text.differences import differing_parts

WIDTH = 76  # leaves room for two levels of quoting in 80 columns
_MAX_NAME_WIDTH = 22


def as_html(digest: Digest) -> str:
    """Return the digest as an HTML page of one column, without scripts and remote content."""
    return page_as_html(lay_out(digest))


def page_as_html(page: Page) -> str:
    """Return the words of a message as an HTML page."""
    return _template("digest.html").render(page=page)


def name_report_as_html(report: NameReport) -> str:
    """Return the report of a name as a document to print."""
    return _template("report.html").render(report=report)


def name_report_as_text(report: NameReport) -> str:
    """Return the report of a name as plain text."""
    lines = [line for warning in report.warnings for line in _wrap(warning)]
    lines += [*_wrap(f"{report.title}: {report.name}"), *_wrap(report.period)]
    lines += [*_wrap(" · ".join(filter(None, (report.newsroom, report.imprint[0], report.contact))))]
    lines += [
        "",
        *(line for lead in report.leads for line in _wrap(" ".join(lead))),
        *_wrap(join(" ", report.custody_sentence, report.summary)),
    ]
    lines += ["", *_wrap(f"{report.words['gaps']}:")] if report.gaps else []
    for gap in report.gaps:
        lines += _wrap(join(" ", str(gap), gap.remark), "  ", "    ")
    if report.named:
        columns = (
            f"{report.words['stories']}, {report.words['possible']}, {report.words['articles']}; {report.happened}"
        )
        lines += ["", *_wrap(f"{report.words['named']} ({columns})")]
    for heading, named in report.named:
        lines += _wrap(heading, "  ")
        for line in named:
            deeds = "".join(f"; {deed.words} ({deed.days})" for deed in line.deeds)
            counts = f"{line.stories}, {line.possible}, {line.articles}"
            lines += _wrap(f"{line.name}: {counts}{deeds}", "    ", "      ")
    for heading, events in report.parts:
        lines += ["", *_wrap(heading)]
        for event in events:
            lead, *more_sources = (
                f"{outlet} [{', '.join(str(source.number) for source in sources)}]"
                for outlet, sources in event.outlets.items()
            )
            sources = f"{lead}; {report.words['also']} {', '.join(more_sources)}" if more_sources else lead
            if event.is_brief:
                day_and_language = join(", ", event.day, event.remark, event.language)
                cited = f"{sources}; {report.words['evidence']} {event.card.number}"
                lines += _wrap(f"{day_and_language}: {event.card.headline} · {cited}", "  ", "    ")
                continue
            lines += ["", *_wrap(", ".join(filter(None, (event.day, event.remark, event.language))))]
            lines += [*_wrap(event.card.headline, "  "), *_card_body(replace(event.card, link="", notes=()), "  ")]
            lines += _wrap(f"{sources}; {report.words['evidence']} {event.card.number}", "  ")
    lines += _wrap(report.omitted)
    lines += ["", *_wrap(report.words["checks"])]
    for paragraph in (*report.imprint[1:], report.checks):
        lines += _wrap(paragraph, "  ")
    if report.sources:
        lines += ["", *_wrap(report.words["sources"])]
    for outlet, of_outlet in report.outlets_cited:
        lines += _wrap(outlet, "  ")
        for source in of_outlet:
            lines += _wrap(f"[{source.number}] {source.when} ({source.lang or '?'})", "    ", "      ")
            lines += [f"      {source.link}"] if source.link else []
    return "\n".join(lines) + "\n"


@cache
def _template(name: str) -> Template:
    # Jinja calls `finalize` for each value before it is escaped.
    environment = Environment(
        loader=PackageLoader("monitor.messages.content"),
        autoescape=True,
        finalize=_clean_value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["differing_parts"] = differing_parts
    environment.filters |= {"groupby_name": _groups_by_name, "unquoted": _unquoted, "css_string": _css_string}
    environment.filters["unbroken"] = _unbroken
    environment.filters["address_pieces"] = _address_pieces
    return environment.get_template(name)


def _groups_by_name(briefs: Sequence[BriefLine]) -> list[tuple[str, list[BriefLine]]]:
    return [(name, list(lines)) for name, lines in groupby(briefs, key=lambda brief: brief.name)]


def _unquoted(passage: str) -> str:
    """Return a passage without the quotation marks around it: struck and marked words need none."""
    return passage[1:-1] if passage.startswith("«") and passage.endswith("»") else passage


def _unbroken(text: str) -> Markup:
    return unbroken(clean_keeping_ends(text), 'style="white-space:nowrap"')


def _address_pieces(url: str) -> list[str]:
    """Return the pieces of an address between which a line may end: after its slashes, nowhere else."""
    return re.findall(r"(?:^\w+://)?[^/]+/*|/+", url)


def _css_string(text: str) -> str:
    """Return a text for between the quotation marks of a style sheet."""
    # Spaces too: one behind an escape would be its end.
    return "".join(char if char.isalnum() else f"\\{ord(char):06x}" for char in clean(text))


def _clean_value(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    # A macro's result is Markup, already cleaned and escaped: its class must survive, or it is escaped twice.
    return text.__class__(clean_keeping_ends(text))


def as_text(digest: Digest) -> str:
    """Return the digest in lines of at most 76 characters, without its subject; it ends with a newline.

    URLs are never broken.
    """
    return page_as_text(lay_out(digest))


def page_as_text(page: Page) -> str:
    """Return the words of a message as plain text, without its subject."""
    lines: list[str] = []
    for warning in page.warnings:
        lines += _wrap(str(warning))
    for paragraph in filter(None, (page.title, *page.opening, page.trouble)):
        lines += _wrap(paragraph)
    lines += [""] if page.people else []
    for person in page.people:
        figures = join(", ", person.deed, person.doubt, person.change, person.figures)
        lines += _wrap(f"{person.name}: {figures}", "  ", "    ")
    for section in (*page.sections, *page.footer):
        lines += ["", *_wrap(section.title), *_section_lines(section)]
    if page.button:
        lines += ["", *_wrap(f"{page.button.label}:"), f"  {page.button.link}"]
    if (page.closing or page.colophon) and not page.footer and page.sections and not page.sections[-1].lines:
        lines.append("")  # else it reads as part of the last card
    lines += [*_wrap(page.colophon), *_wrap(page.closing)]
    return "\n".join(lines) + "\n"


def _wrap(text: str, initial_indent: str = "", subsequent_indent: str | None = None, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(
        clean(text),
        width,
        initial_indent=initial_indent,
        subsequent_indent=initial_indent if subsequent_indent is None else subsequent_indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _section_lines(section: Section) -> Iterator[str]:
    for number, card in enumerate(section.cards, start=1):
        yield from _wrap(card.heading, "" if section.numbered else "  ")
        yield from _numbered_card(number, card) if section.numbered else _short_card(card)
    yield from _brief_lines(section.briefs)
    # Lines below cards are remarks, not entries of the section.
    indent = "" if section.cards or section.briefs else "  "
    for line in section.lines:
        yield from _wrap(str(line), indent, indent + "  ")
        yield from _wrap(line.remark, indent + "  ")


def _brief_lines(briefs: Sequence[BriefLine]) -> Iterator[str]:
    """Yield the stories in one line each, below the name that they are about."""
    for name, lines in _groups_by_name(briefs):
        yield from _wrap(name, "  ")
        for brief in lines:
            line = ", ".join(filter(None, (brief.headline, brief.facts, brief.decision)))
            yield from _wrap(f"[{brief.item}] {line}", "    ", "      ")
            for incident in brief.incidents:
                yield from _wrap(_incident(incident), "      ", "        ")
            if brief.link:
                yield f"      {brief.link}"


def _numbered_card(number: int, card: Card) -> Iterator[str]:
    """Yield a card in full: its headline with the item's number at the right, then the facts."""
    reference = f"[{card.item}]"
    room = WIDTH - len(reference)  # the number is right-aligned on the headline's first line
    first, *continuation = _wrap(card.headline, f"{number} ", "  ", room - 1)
    yield f"{first} ".ljust(room) + reference
    yield from continuation
    yield from _wrap(_facts(card), "  ")
    yield from _card_body(card, "  ")


def _short_card(card: Card) -> Iterator[str]:
    yield from _wrap(f"[{card.item}] {card.headline}, {_facts(card)}", "  ", "    ")
    yield from _card_body(card, "    ")


def _incident(deed: DeedInWords) -> str:
    return f"{'▫' if deed.is_reported else '▪'} {deed.words}"


def _facts(card: Card) -> str:
    return "; ".join(filter(None, (*card.facts, card.more_named, card.decision)))


def _card_body(card: Card, indent: str) -> Iterator[str]:
    for incident in card.incidents:
        yield from _wrap(_incident(incident), indent, indent + "  ")
    widest = max((len(evidence.name) for evidence in card.evidence), default=0)
    for evidence in card.evidence:
        yield from _evidence_lines(evidence, indent, len(indent) + min(widest, _MAX_NAME_WIDTH) + 2)
    for report in card.reports:
        yield from _wrap(str(report), indent, indent + "  ")
    for difference in card.differences:
        yield from _wrap(str(difference.label), indent, indent + "  ")
        yield from _wrap(difference.before, f"{indent}- ", f"{indent}  ")
        yield from _wrap(difference.after, f"{indent}+ ", f"{indent}  ")
    yield from _wrap(card.more_differences, indent)
    for note in card.notes:
        yield from _wrap(str(note), indent, indent + "  ")
    if card.link:
        yield indent + card.link


def _evidence_lines(evidence: Evidence, indent: str, column: int) -> Iterator[str]:
    """Yield the name, then the words and the reason in the column next to it; a long name has its own line."""
    name, margin = f"{indent}{clean(evidence.name)}  ".ljust(column), " " * column
    if len(name) > column:
        yield name.rstrip()
        name = margin
    texts = [*filter(None, [evidence.source]), str(evidence.excerpt)] if evidence.excerpt.parts else []
    texts += [str(evidence.reason)] if evidence.is_possible else []
    if not any(texts):
        yield name.rstrip()
    for number, text in enumerate(texts):
        yield from _wrap(text, margin if number else name, margin)


# ---- for programs -----------------------------------------------------------------------------------------------


def as_json(digest: Digest) -> Row:
    """Return the whole digest for programs: English, times in UTC, entities and items by their ids.

    `counts.stories` is the sum of the sections; `alarm` is "" unless a window without news may mean a broken monitor;
    `watch` is there in the closed one only.
    The keys are documented in docs/contracts.md and must not change.
    """
    digest_input, sources = digest.input, digest.sources
    sections = {
        name: [
            _story_row(story, digest) | {"group": _group_row(group)}
            for group in group_related(getattr(digest, name))
            for story in group.stories
        ]
        for name in SECTIONS
    }
    lengths = {name: len(stories) for name, stories in sections.items()}
    troubles = ("refused", "unreadable", "unread", "empty", "overflowing")
    return {
        **digest.watch_key,
        "subject": subject(replace(digest, language="en")),
        "window": row(digest_input.window, "since until") | {"timezone": digest.timezone.key},
        "alarm": digest.alarm.value,
        "counts": {"stories": sum(lengths.values()), **lengths, **row(digest_input, "articles articles_from_feed")},
        "never_reviewed": digest_input.never_reviewed,
        "waiting": {"count": digest_input.waiting, "oldest": utc_text(digest_input.oldest_waiting)},
        "sections": sections,
        "counted": plain(digest_input.counted),
        **row(digest_input, "press_left_out"),
        "sources": {
            **row(sources, "watched read"),
            "last_read": utc_text(digest_input.last_read),
            **{name: [_feed_row(record) for record in getattr(sources, name)] for name in troubles},
            "silent": [_feed_row(s.feed) | {"last": utc_text(s.last), "gap_days": s.gap.days} for s in sources.silent],
            "paused": [_feed_row(record) for record in sources.paused],
        },
        "watchlist_changes": [change.sentence for change in digest_input.watchlist_changes],
        "problems": [TROUBLES[trouble.kind].lasting for trouble in digest_input.troubles if not trouble.until],
        "troubles": [_trouble_row(trouble) for trouble in digest_input.troubles],
        "next_at": utc_text(digest.next_at),
    }


def _articles_in_full(item: ReviewItem) -> set[int]:
    """Return the articles of an item; of a large one without those whose mentions were loaded without a sentence."""
    if len(item.articles) <= CARD_ARTICLES.size:
        return {article.id for article in item.articles}
    mentions = [mention for hit in item.hits for mention in hit.mentions]
    in_part = {m.article for m in mentions if not m.sentence} - {m.article for m in mentions if m.sentence}
    return {article.id for article in item.articles} - in_part


def _story_row(story: DigestStory, digest: Digest) -> Row:
    """Return the whole item, the article that stands for it, what came and changed, and who was told at once."""
    lead = replace(digest, language=digest.lead_language).lead_of(story)
    alerted = {(name.audience, name.at) for name in digest.input.alerted if name.item == story.item.id and name.at}
    return {
        "item": story.item.id,
        **item_row(story.item.with_articles(_articles_in_full(story.item)), lead),
        **row(lead, "first_seen"),
        "shown": lead.id,
        "arrived": [article.id for article in story.arrived_articles],
        "findings": [finding_row(finding) for finding in story.findings],
        "told_at_once": [{"recipient": name, "at": utc_text(at)} for name, at in sorted(alerted)],
    }


def _group_row(group: StoryGroup) -> Row | None:
    """Return the person of related stories and the first of their items; None for a story by itself."""
    return {"person": group.person.entity, "first": group.stories[0].item.id} if group.person else None


def _trouble_row(trouble: Trouble) -> Row:
    words = TROUBLES[trouble.kind]
    return row(trouble, "kind since until") | {"says": words.over if trouble.until else words.lasting}


def _feed_row(record: FeedRecord) -> Row:
    return {
        "feed": record.feed.id,
        "outlet": record.feed.outlet,
        "status": record.status.value,
        "since": utc_text(record.status_since),
        "tries": record.failures,
        "detail": record.detail,
    }
