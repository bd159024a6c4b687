"""Pure. A digest as plain text, as one HTML page, and as JSON.

In the first two everything from outside is cleaned, and escaped for HTML.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from monitor.digest.build import SECTIONS, Digest, DigestStory
from monitor.digest.cards import Card, Evidence
from monitor.digest.layout import Section, lay_out, subject
from monitor.digest.phrasing import clean, visible
from monitor.i18n.troubles import WORDS as TROUBLES
from monitor.model import FeedRecord, Trouble
from monitor.serialize import Row, finding_row, instant, item_row, plain, row

WIDTH = 76  # leaves room for two levels of quoting in 80 columns
_WIDEST_NAME = 22


def as_html(digest: Digest) -> str:
    """The digest in one column: nothing remote, no script."""
    return _template().render(page=lay_out(digest))


@cache
def _template() -> Template:
    # `finalize` sees each value on its way into the page, before it is escaped.
    environment = Environment(
        loader=PackageLoader("monitor.digest"),
        autoescape=True,
        finalize=_cleaned,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("digest.html")


def _cleaned(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text.__class__(visible(text))  # what a macro made is markup already, of cleaned values, and stays that


def as_text(digest: Digest) -> str:
    """The digest in lines of at most 76 characters (addresses stay whole), without its subject; ends with a newline."""
    page = lay_out(digest)
    lines: list[str] = []
    for warning in page.warnings:
        lines += _wrapped(str(warning))
    for paragraph in page.opening:
        lines += _wrapped(paragraph)
    for section in page.sections:
        lines += ["", *_wrapped(section.title), *_section(section)]
    lines += _wrapped(page.closing)
    return "\n".join(lines) + "\n"


def _wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(
        clean(text),
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _section(section: Section) -> Iterator[str]:
    for number, card in enumerate(section.cards, start=1):
        yield from _numbered(number, card) if section.numbered else _short(card)
    indent = "" if section.cards else "  "  # below stories they are a remark, else the section's entries
    for line in section.lines:
        yield from _wrapped(str(line), indent, indent + "  ")
        yield from _wrapped(line.aside, indent + "  ")


def _numbered(number: int, card: Card) -> Iterator[str]:
    """A card in full: its headline with the item's number at the right, then the facts."""
    reference = f"[{card.item}]"
    room = WIDTH - len(reference)
    first, *more = _wrapped(card.headline, f"{number} ", "  ", room - 1)
    yield f"{first} ".ljust(room) + reference
    yield from more
    yield from _wrapped(card.facts, "  ")
    yield from _body(card, "  ")


def _short(card: Card) -> Iterator[str]:
    yield from _wrapped(f"[{card.item}] {card.headline}, {card.facts}", "  ", "    ")
    yield from _body(card, "    ")


def _body(card: Card, indent: str) -> Iterator[str]:
    widest = max((len(evidence.name) for evidence in card.evidence), default=0)
    for evidence in card.evidence:
        yield from _evidence(evidence, indent, len(indent) + min(widest, _WIDEST_NAME) + 2)
    for changed in card.differences:
        yield from _wrapped(str(changed.what), indent, indent + "  ")
        yield from _wrapped(changed.before, f"{indent}- ", f"{indent}  ")
        yield from _wrapped(changed.after, f"{indent}+ ", f"{indent}  ")
    for note in card.notes:
        yield from _wrapped(str(note), indent, indent + "  ")
    if card.link:
        yield indent + card.link


def _evidence(evidence: Evidence, indent: str, column: int) -> Iterator[str]:
    """The name, and beside it in a column the words and the reason; a long name has a line of its own."""
    name, margin = f"{indent}{clean(evidence.name)}  ".ljust(column), " " * column
    if len(name) > column:
        yield name.rstrip()
        name = margin
    yield from _wrapped(str(evidence.excerpt), name, margin)
    yield from _wrapped(str(evidence.reason), margin)


# ---- for programs -----------------------------------------------------------------------------------------------


def as_json(digest: Digest) -> Row:
    """The whole digest, unshortened, for programs: English, times in UTC, entities and items by their ids; keys stay.

    `counts.stories` is the sum of the sections; `alarm` is empty unless silence must not be read as quiet.
    """
    happened, sources = digest.happened, digest.sources
    sections = {name: [_story(told) for told in getattr(digest, name)] for name in SECTIONS}
    lengths = {name: len(stories) for name, stories in sections.items()}
    troubles = ("refused", "unreadable", "unread", "empty", "overflowing")
    return {
        "subject": subject(replace(digest, language="en")),
        "window": row(happened.window, "since until") | {"timezone": digest.timezone.key},
        "alarm": digest.alarm.value,
        "counts": {"stories": sum(lengths.values()), **lengths, **row(happened, "articles articles_from_feed")},
        "never_reviewed": happened.never_reviewed,
        "waiting": {"count": happened.waiting, "oldest": instant(happened.oldest_waiting)},
        "sections": sections,
        "counted": plain(happened.counted),
        "sources": {
            **row(sources, "watched read"),
            "last_read": instant(happened.last_read),
            **{name: [_feed(state) for state in getattr(sources, name)] for name in troubles},
            "silent": [_feed(s.feed) | {"last": instant(s.last), "gap_days": s.gap.days} for s in sources.silent],
            "paused": [_feed(state) for state in sources.paused],
        },
        "watchlist_changes": [change.sentence for change in happened.watchlist_changes],
        "problems": [TROUBLES[trouble.kind].lasting for trouble in happened.troubles if not trouble.until],
        "troubles": [_trouble(trouble) for trouble in happened.troubles],
        "next_at": instant(digest.next_at),
    }


def _story(told: DigestStory) -> Row:
    """The item whole, by which of its articles it is shown, and what of it is of this window."""
    return {
        "item": told.item.id,
        **item_row(told.item),
        **row(told.shown, "headline outlet language url published first_seen"),
        "shown": told.shown.id,
        "arrived": [article.id for article in told.arrived],
        "findings": [finding_row(finding) for finding in told.findings],
    }


def _trouble(trouble: Trouble) -> Row:
    words = TROUBLES[trouble.kind]
    return row(trouble, "kind since until") | {"says": words.over if trouble.until else words.lasting}


def _feed(state: FeedRecord) -> Row:
    return {
        "feed": state.feed.id,
        "outlet": state.feed.outlet,
        "status": state.status.value,
        "since": instant(state.status_since),
        "tries": state.failures,
        "detail": state.detail,
    }
