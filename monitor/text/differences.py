"""Pure. The words that differ between two texts, with a little of what stays."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_Step = tuple[str, int, int, int, int]  # of `SequenceMatcher.get_opcodes`
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_LONE_MARKS = re.compile(r"^[^\w«“„‚‘(\[]+(?=.*\w)", re.DOTALL)  # at the beginning of an excerpt
_CONTEXT = 4  # tokens of an unchanged stretch that are shown at each end
_MAX_TOKENS = 600  # of each text
# Of equal tokens, where two texts differ: `difflib` goes through them again and again, and a sentence of a thousand
# commas took seconds. Two words of a sentence may be 60 words apart.
_MAX_PAIRS = 4_000


class DifferenceKind(StrEnum):
    """Where a piece of text stands: in both texts, or in one of them."""

    SAME = "same"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class DifferencePart:
    """A piece of one text or of both."""

    kind: DifferenceKind
    text: str


def differing_parts(before: str, after: str, *, compare: bool = True) -> list[DifferencePart]:
    """Return the pieces that differ, in order, with the nearest words of what stays; the rest is an ellipsis.

    Without `compare` the one text stands whole after the other, as it does where too much is alike to be compared.

    >>> [part.text for part in differing_parts("She is detained.", "She is questioned.")]
    ['She is ', 'detained', 'questioned', '.']
    """
    if before == after:
        return [DifferencePart(DifferenceKind.SAME, after)] if after else []
    old, new = (_TOKEN.findall(text)[:_MAX_TOKENS] for text in (before, after))
    steps = _steps(old, new) if compare else [("replace", 0, len(old), 0, len(new))]
    return list(_parts(old, new, _joined(steps, old)))


def without_lone_marks(text: str) -> str:
    """Return a text that begins in the middle of a sentence without what closes the part before it.

    >>> without_lone_marks("» ждали суда")
    'ждали суда'
    """
    return _LONE_MARKS.sub("", text)


def _steps(old: list[str], new: list[str]) -> list[_Step]:
    """Return the steps from one text to the other; between what both begin and end with, one if it is too long."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    end = next((n for n in range(shorter - start) if old[-1 - n] != new[-1 - n]), shorter - start)
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    counts = Counter(new_middle)
    if sum(counts[token] for token in old_middle) > _MAX_PAIRS:
        steps: Sequence[_Step] = [("replace", 0, len(old_middle), 0, len(new_middle))]
    else:
        steps = SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_opcodes()
    middle = [(tag, i1 + start, i2 + start, j1 + start, j2 + start) for tag, i1, i2, j1, j2 in steps]
    first: list[_Step] = [("equal", 0, start, 0, start)] if start else []
    last: list[_Step] = [("equal", len(old) - end, len(old), len(new) - end, len(new))] if end else []
    return [*first, *middle, *last]


def _joined(steps: Sequence[_Step], before: list[str]) -> list[_Step]:
    """Return the steps with each lone space between two changes taken as a part of the change."""
    joined: list[_Step] = []
    for place, (tag, i1, i2, j1, j2) in enumerate(steps):
        is_space = tag == "equal" and not "".join(before[i1:i2]).strip() and 0 < place < len(steps) - 1
        if joined and joined[-1][0] != "equal" and (is_space or tag != "equal"):
            _, first_i, _, first_j, _ = joined[-1]
            joined[-1] = ("replace", first_i, i2, first_j, j2)
        else:
            joined.append((tag, i1, i2, j1, j2))
    return joined


def _parts(before: list[str], after: list[str], steps: Sequence[_Step]) -> Iterator[DifferencePart]:
    for place, (tag, i1, i2, j1, j2) in enumerate(steps):
        if tag == "equal":
            same = before[i1:i2]
            head = "".join(same[:_CONTEXT]) if place else ""
            tail = "".join(same[-_CONTEXT:]) if place < len(steps) - 1 else ""
            shown_tail = without_lone_marks(tail)
            is_short = len(same) <= (_CONTEXT * 2 if place and tail else _CONTEXT)
            yield DifferencePart(
                DifferenceKind.SAME,
                "".join(same) if is_short else f"{head} … {shown_tail}" if head else f"… {shown_tail}",
            )
            continue
        old_words, new_words = "".join(before[i1:i2]), "".join(after[j1:j2])
        # Spaces at the ends are no part of a mark, which would underline them.
        outside = new_words or old_words
        if outside != outside.lstrip():
            yield DifferencePart(DifferenceKind.SAME, outside[: len(outside) - len(outside.lstrip())])
        for kind, text in ((DifferenceKind.BEFORE, old_words.strip()), (DifferenceKind.AFTER, new_words.strip())):
            if text:
                yield DifferencePart(kind, text)
        if outside.strip() and outside != outside.rstrip():
            yield DifferencePart(DifferenceKind.SAME, outside[len(outside.rstrip()) :])
