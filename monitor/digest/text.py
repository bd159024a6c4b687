"""Pure. A digest as plain text, for mail and terminals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from monitor.digest.cards import Card, Evidence
from monitor.digest.make import Digest
from monitor.digest.view import Section, view

WIDTH = 76  # leaves room for two levels of quoting in 80 columns
_WIDEST_NAME = 22


def as_text(digest: Digest) -> str:
    """The digest in lines of at most 76 characters (addresses stay whole), without its subject; ends with a newline."""
    page = view(digest)
    lines: list[str] = []
    for paragraph in (*page.warnings, *page.opening):
        lines += _wrapped(paragraph)
    for section in page.sections:
        lines += ["", *_wrapped(section.title), *_section(section)]
    if page.closing:
        lines += _wrapped(page.closing)
    return "\n".join(lines) + "\n"


def _wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(
        text,
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
        yield from _wrapped(line.text, indent + ("  " if line.aside else ""), indent + "  ")


def _numbered(number: int, card: Card) -> Iterator[str]:
    reference = f"[{card.item}]"
    first, *more = _wrapped(card.headline, f"{number} ", "  ", WIDTH - len(reference) - 1)
    yield (
        f"{first:<{WIDTH - len(reference)}}{reference}"
        if len(first) < WIDTH - len(reference)
        else f"{first} {reference}"
    )
    yield from more
    yield from _wrapped(card.facts, "  ")
    yield from _body(card)


def _short(card: Card) -> Iterator[str]:
    yield from _wrapped(f"[{card.item}] {card.headline}, {card.facts}", "  ", "    ")
    yield from _body(card, "    ")


def _body(card: Card, indent: str = "  ") -> Iterator[str]:
    column = len(indent) + min(_WIDEST_NAME, max((len(e.name) for e in card.evidence), default=0)) + 2
    for evidence in card.evidence:
        yield from _evidence(evidence, indent, column)
    for note in card.notes:
        yield from _wrapped(note, indent, indent + "  ")
    if card.link:
        yield indent + card.link


def _evidence(evidence: Evidence, indent: str, column: int) -> Iterator[str]:
    margin, name = " " * column, f"{indent}{evidence.name}"
    if len(name) > column - 2:
        yield from _wrapped(evidence.name, indent)
        yield from _wrapped(str(evidence.excerpt), margin)
    else:
        yield from _wrapped(str(evidence.excerpt), f"{name:<{column}}", margin)
    yield from _wrapped(evidence.reason, margin)
