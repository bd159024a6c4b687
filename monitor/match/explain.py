"""Pure. Why something was found, in plain sentences: the same on a terminal, on a page and in a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.match.forms import Declension
from monitor.match.found import Found, Kind, Part
from monitor.match.index import Closeness
from monitor.model import Field, Span
from monitor.text import fold, is_cyrillic


@dataclass(frozen=True, slots=True)
class NearMiss:
    """What nearly was a mention, and why it is not one."""

    entity: str
    alias: str
    span: Span
    text: str
    field: Field
    why: str


def reasons(found: Found, alias: str, text: str) -> tuple[str, ...]:
    """What the place has of the name, word by word. `text` is what stands there."""
    if found.kind is Kind.SURNAME:
        return (f"“{text}” is the surname of {alias}", *_of_word(found.parts[0]), *found.notes)
    words = tuple(sentence for part in found.parts for sentence in _of_word(part))
    if found.kind is Kind.INITIALS:
        return (f"“{text}” is {alias} with an initial", *words, *found.notes)
    if not found.parts or words or found.notes:
        return (f"“{text}” is {alias}", *words, *found.notes)
    return (f"“{text}” is the name as listed" if fold(text) == fold(alias) else f"“{text}” has the words of {alias}",)


@lru_cache(1 << 12)
def _of_word(part: Part) -> tuple[str, ...]:
    return tuple(_sentences(part))


def _sentences(part: Part) -> Iterator[str]:
    """How a word differs from the one on the list: its ending, its spelling, its script, a typo."""
    text, raw, match = part.form.text, part.word.raw, part.match
    if match.says:
        yield f"“{text}”: {match.says} of {raw}"
    if match.closeness is Closeness.TYPO:
        yield f"“{text}”: a letter or two differ from {raw}"
    elif match.closeness is Closeness.VOWELS:
        yield f"“{text}”: spelt otherwise than {raw} in vowels only"
    elif match.stem.by_ear:
        yield f"“{text}” is how {raw} sounds, in Cyrillic"
    elif not part.in_script:
        yield f"“{text}” = {raw} in the other script{_romanised(text if is_cyrillic(raw) else raw)}"
    elif not match.says and fold(text) != fold(raw) and match.stem.declension is Declension.WHOLE:
        yield f"“{text}” is another spelling of {raw}"


# By what of a Latin spelling one tells which romanisation it is.
_ROMANISATIONS = (
    (re.compile("[žčšŝâû]", re.IGNORECASE), "ISO 9"),
    (re.compile("dj|tch|ou|ï", re.IGNORECASE), "the French way"),
    (re.compile("tsch|sch|ow$", re.IGNORECASE), "the German way"),
    (re.compile("zh|kh|shch|yy|ts", re.IGNORECASE), "BGN/PCGN"),
    (re.compile("j(?=[aeiou])", re.IGNORECASE), "the press"),
)


def _romanised(latin: str) -> str:
    """ " by BGN/PCGN", or "" where all romanisations are the same."""
    return next((f" by {name}" for pattern, name in _ROMANISATIONS if pattern.search(latin)), "")


def score(found: Found) -> float:
    """0-100, for ordering: how much of the name is there and how exactly it is spelt."""
    missing = 20.0 if found.kind is Kind.SURNAME else _MISSING.get(found.kind, 0.0)
    inflected = 0.5 * sum([part.match.says != "" for part in found.parts])
    return 100.0 - _SPELLING[found.closeness] - missing - inflected


_SPELLING = (0.0, 14.0, 6.0, 0.0)  # by closeness
_MISSING = {Kind.INITIALS: 12.0, Kind.LEARNED: 5.0}
