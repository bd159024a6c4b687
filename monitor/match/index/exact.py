"""Pure. Names that are matched exactly as they are written: no endings, no other spelling, no other script.

They are the names of scripts without capitals, names that leave no word to look up by its sound, and handles. What
counts as the same: any Unicode normal form, any capitals, any white space, any hyphen or apostrophe.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from monitor.text.normalize import APOSTROPHES, HYPHENS, INVISIBLE, has_no_capitals

_HANDLE = ("@", "#")
_HEAD = 2  # characters by which names are looked up

_INVISIBLE_RE = re.compile(f"[{INVISIBLE}]+")
_UNSEEN = "".join(filter(_INVISIBLE_RE.match, map(chr, range(0x10000))))
_WHITE_RE = re.compile(r"\s+")
_SAME_SIGN = str.maketrans(dict.fromkeys(HYPHENS, "-") | dict.fromkeys(APOSTROPHES, "'"))
# Latin, Greek, Cyrillic, Armenian and the usual punctuation end here: a text without any of these is in such a script.
_ANOTHER_SCRIPT = re.compile("[\u0590-\u1dff\u2c00-\U0010ffff]")

# Scripts that do not part words: a name may stand anywhere within a run of their letters.
_RUN_ON = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3040-\u309f\u3100-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua980-\ua9ff\uaa60-\uaa7f"
    "\uf900-\ufaff\U00020000-\U00033479]"
)
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb]")
# What Korean writes on to a name: a form of address, then a particle.
_AFTER_HANGUL = re.compile(
    "(?:씨|님|측)?(?:은|는|이|가|을|를|의|에|에게|에게서|에서|와|과|도|만|로|으로|께|께서|한테|부터|까지|처럼|보다|라고|이라고|이나|나|이다)?"
    "(?![\uac00-\ud7a3])"
)
_LONGEST_AFTER_HANGUL = 5  # syllables


@dataclass(frozen=True, slots=True)
class ExactName:
    """A name of an entity that is looked for exactly as it is written."""

    entity: str
    alias: str


def is_exact_only(alias: str, *, person: bool) -> bool:
    """Return whether a name is looked for as it is written and no other way.

    Its letters have no capitals, by which names are told from words; or it is a person's account, such as @joomart_d,
    whose parts are no names.
    """
    return has_no_capitals(alias) or (person and alias.startswith(_HANDLE))


def has_no_word(alias: str) -> bool:
    """Return whether a name is made of signs, figures and single letters alone."""
    return not _TWO_LETTERS.search(alias)


_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")


@dataclass(slots=True)
class ExactNames:
    """The exact names of a list, by what they are folded to."""

    names: Iterable[ExactName]
    _by_folded: dict[str, list[ExactName]] = field(init=False)
    _lengths: dict[str, list[int]] = field(init=False)  # of the folded names that begin so
    _begin: re.Pattern[str] = field(init=False)
    _in_another_script: bool = field(init=False)  # all of them

    def __post_init__(self) -> None:
        self._by_folded = {}
        for name in self.names:
            if folded := _folded(name.alias).strip():
                self._by_folded.setdefault(folded, []).append(name)
        lengths: dict[str, set[int]] = {}
        for folded in self._by_folded:
            lengths.setdefault(folded[:_HEAD], set()).add(len(folded))
        self._lengths = {head: sorted(some, reverse=True) for head, some in lengths.items()}
        first = "".join(sorted({re.escape(folded[0]) for folded in self._by_folded}))
        self._begin = re.compile(f"[{first}]" if first else "(?!)")
        self._in_another_script = all(map(_ANOTHER_SCRIPT.match, self._by_folded))

    def __bool__(self) -> bool:
        return bool(self._by_folded)

    def may_stand(self, text: str) -> bool:
        """Return whether any of the names may stand in a text: quick, and sure only when it says no."""
        if not self._by_folded or (self._in_another_script and not _ANOTHER_SCRIPT.search(text)):
            return False
        return next(self._candidates(_folded(text)), None) is not None

    def find(self, text: str) -> Iterator[tuple[int, int, ExactName]]:
        """Yield where each name stands, in offsets of the text as given."""
        if not self.may_stand(text):
            return
        folded, offsets = _with_offsets(text)
        ends: dict[str, int] = {}  # of the last place of each name: it does not overlap itself
        for place, candidate in self._candidates(folded):
            start, end = offsets[place], offsets[place + len(candidate)]
            if start < ends.get(candidate, 0) or end < 0:  # -1 is below both
                continue
            written = text[start:end].rstrip(_UNSEEN)
            end = start + len(written)
            if _is_parted(text, start, end):
                ends[candidate] = end
                names = self._by_folded[candidate]
                if len(candidate) == 1:  # "Я" is a name, "я" is a word
                    names = [name for name in names if name.alias.isupper() == written.isupper()]
                yield from ((start, end, name) for name in names)

    def _candidates(self, folded: str) -> Iterator[tuple[int, str]]:
        for begin in self._begin.finditer(folded):
            place = begin.start()
            for head in {folded[place : place + _HEAD], folded[place]}:
                for length in self._lengths.get(head, ()):
                    candidate = folded[place : place + length]
                    if candidate in self._by_folded:
                        yield place, candidate


# ---- folding --------------------------------------------------------------------------------------------------------


def _folded(text: str) -> str:
    """Return a text in the form in which what counts as the same is equal."""
    if text.isascii():
        return _WHITE_RE.sub(" ", text.casefold()).translate(_SAME_SIGN)
    plain = unicodedata.normalize("NFKD", _INVISIBLE_RE.sub("", text)).casefold()
    return _WHITE_RE.sub(" ", unicodedata.normalize("NFKD", plain)).translate(_SAME_SIGN)


def _with_offsets(text: str) -> tuple[str, list[int]]:
    """Return a folded text, and for each of its characters, and its end, the offset in the text as given.

    -1: the character is not the first of what a reader sees as one, so no name begins or ends there.
    """
    pieces: list[str] = []
    offsets: list[int] = []
    for start, end in pairwise(_edges(text)):
        piece = _folded_piece(text[start:end])
        if piece:
            pieces.append(piece)
            offsets.append(start)
            offsets += [-1] * (len(piece) - 1)
    offsets.append(len(text))
    return "".join(pieces), offsets


def _edges(text: str) -> Iterator[int]:
    """Yield where the characters that a reader sees begin, and the end; white space is one of them, however long."""
    white = False
    for place, character in enumerate(text):
        if not place or not (_extends(character) or (white and character.isspace())):
            yield place
            white = character.isspace()
    yield len(text)


@lru_cache(1 << 14)
def _extends(character: str) -> bool:
    """Return whether a character belongs to the one before it: a mark, an invisible one, a part of a syllable."""
    if character < "\u00ad":
        return False
    if "\u1160" <= character <= "\u11ff" or _INVISIBLE_RE.match(character):
        return True
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0]).startswith("M")


@lru_cache(1 << 14)
def _folded_piece(piece: str) -> str:
    return _folded(piece)


# ---- what stands around ---------------------------------------------------------------------------------------------


def _is_parted(text: str, start: int, end: int) -> bool:
    """Return whether what stands around a name leaves it a name by itself."""
    before, after = _last(text, start), text[end : end + 1]
    first, last = text[start], _last(text, end)
    if first in _HANDLE and (before.isalnum() or before in _HANDLE):
        return False
    if _RUN_ON.match(first) and len([*_edges(text[start:end])]) == 2:  # one letter such as 杨 is part of many words
        return not (before and _RUN_ON.match(before)) and not (after and _RUN_ON.match(after))
    return not _is_one_word(before, first) and (
        not _is_one_word(last, after) or (_kind(last) == "hangul" and _only_particles(text, end))
    )


def _only_particles(text: str, end: int) -> bool:
    following = unicodedata.normalize("NFC", text[end : end + 3 * _LONGEST_AFTER_HANGUL])
    return _AFTER_HANGUL.match(following) is not None


def _last(text: str, end: int) -> str:
    """Return the last letter or sign before a place, marks aside; "" at the beginning."""
    place = end - 1
    while place > 0 and _extends(text[place]):
        place -= 1
    return text[place : place + 1] if end else ""


def _is_one_word(character: str, following: str) -> bool:
    """Return whether two characters that stand side by side are of one word."""
    return bool(character and following) and _kind(character) == _kind(following) != ""


def _kind(character: str) -> str:
    """Return what words are made of that hold a character; "" for what ends a word, or stands in no word."""
    if _RUN_ON.match(character):
        return ""
    if _KATAKANA.match(character):
        return "katakana"
    if _HANGUL.match(character):
        return "hangul"
    return "word" if character.isalnum() or character == "_" else ""
