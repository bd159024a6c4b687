"""Pure. Match names exactly as they are written: no endings, no other spelling, no other script.

They are names in scripts without capitals, names without a word that can be looked up by its sound, and handles. Equal
are any Unicode normal forms, any capitals, any white space, any hyphens or apostrophes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.text.hashing import Flags
from monitor.text.normalize import APOSTROPHES, HYPHENS, INVISIBLE, has_no_capitals

_HANDLE_SIGNS = ("@", "#")
_PREFIX_LENGTH = 2  # characters by which names are looked up

_INVISIBLE_RE = re.compile(f"[{INVISIBLE}]+")
_INVISIBLE_END_RE = re.compile(rf"[{INVISIBLE}]+\Z")
_WHITE_RE = re.compile(r"\s+")
_EQUAL_SIGNS = str.maketrans(dict.fromkeys(HYPHENS, "-") | dict.fromkeys(APOSTROPHES, "'"))
# Letters beyond Latin, Greek, Cyrillic, Armenian and the usual punctuation.
_FIRST_OTHER, _BEFORE_GREEK_EXTENDED, _AFTER_SIGNS = 0x590, 0x1DFF, 0x2C00
_OTHER_SCRIPT_RE = re.compile(f"[{chr(_FIRST_OTHER)}-{chr(_BEFORE_GREEK_EXTENDED)}{chr(_AFTER_SIGNS)}-\U0010ffff]")

# Scripts that put no space between words: a name may stand anywhere within a run of their letters.
_UNSPACED_SCRIPT_RE = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1aaf\u1b00-\u1b7f\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3040-\u309f\u3100-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua980-\ua9ff\uaa60-\uaa7f"
    "\uf900-\ufaff\U00020000-\U00033479]"
)
_KATAKANA_RE = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL_RE = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb]")
# Korean adds a form of address to a name, then a particle, without a space.
_KOREAN_SUFFIX_RE = re.compile(
    "(?:씨|님|측)?(?:은|는|이|가|을|를|의|에|에게|에게서|에서|와|과|도|만|로|으로|께|께서|한테|부터|까지|처럼|보다|라고|이라고|이나|나|이다)?"
    "(?![\uac00-\ud7a3])"
)
_MAX_KOREAN_SUFFIX = 5  # syllables
_MIN_SHORTENED = 3  # letters
# Georgian cases and postpositions (Aronson, Georgian: A Reading Grammar). A nominative in -ი loses it before most of
# them, and one in -ა or -ე before the genitive and the instrumental.
_GEORGIAN_RE = re.compile("[\u10d0-\u10ff]")
_GEORGIAN_ENDINGS = {
    last: re.compile(f"(?:{endings})(?:სა|თვის|გან|კენ|ც|ა|ზე|ში|თან|დან|მდე|ვე)?(?![\u10d0-\u10ff])")
    for last, endings in (
        ("", "მა|მ|ს|ის|ით|თი|ად|დ|ო|ც|ზე|ში|თან|იდან|დან|ამდე|მდე"),
        ("ი", "მა|ს|ის|ით|ად|ო|ზე|ში|თან|იდან|ამდე"),
        ("აე", "ის|ით|იდან"),
    )
}


def are_other_script(points: NDArray[np.uint32]) -> Flags:
    """Return for each code point whether it is of a script beyond Latin, Greek, Cyrillic and Armenian."""
    return ((points >= _FIRST_OTHER) & (points <= _BEFORE_GREEK_EXTENDED)) | (points >= _AFTER_SIGNS)


@dataclass(frozen=True, slots=True)
class ExactName:
    """A name of an entity that is matched exactly as written."""

    entity: str
    alias: str


def is_exact_only(alias: str, *, person: bool) -> bool:
    """Return whether a name is matched exactly as written and in no other way.

    Its letters have no capitals, by which names are told from words; or it is a person's account, such as @joomart_d,
    whose parts are not names.
    """
    return has_no_capitals(alias) or (person and alias.startswith(_HANDLE_SIGNS))


def has_no_word(alias: str) -> bool:
    """Return whether a name is made of signs, figures and single letters alone."""
    return not _TWO_LETTERS_RE.search(alias)


_TWO_LETTERS_RE = re.compile(r"[^\W\d_]{2}")


@dataclass(slots=True)
class ExactNames:
    """An index of the exact names of a list by their folded form."""

    names: Iterable[ExactName]
    _by_folded: dict[str, list[ExactName]] = field(init=False)
    # Georgian names less their last vowel, with the endings that take its place.
    _shortened: dict[str, tuple[re.Pattern[str], list[ExactName]]] = field(init=False)
    # Lengths of the folded names that begin with a prefix, the longest first.
    _lengths_by_prefix: dict[str, list[int]] = field(init=False)
    _first_character_re: re.Pattern[str] = field(init=False)
    # All names are in scripts of `_OTHER_SCRIPT_RE`, so that texts without such letters need not be folded.
    _all_in_other_scripts: bool = field(init=False)

    def __post_init__(self) -> None:
        self._by_folded, self._shortened = {}, {}
        for name in self.names:
            if folded := _fold_exact(name.alias).strip():
                self._by_folded.setdefault(folded, []).append(name)
        for folded, names in self._by_folded.items():
            if _GEORGIAN_RE.match(folded) and len(folded) > _MIN_SHORTENED and folded[-1] in "იაე":
                endings = _GEORGIAN_ENDINGS["ი" if folded[-1] == "ი" else "აე"]
                self._shortened.setdefault(folded[:-1], (endings, names))
        lengths: dict[str, set[int]] = {}
        for folded in (*self._by_folded, *self._shortened):
            lengths.setdefault(folded[:_PREFIX_LENGTH], set()).add(len(folded))
        self._lengths_by_prefix = {
            prefix: sorted(prefix_lengths, reverse=True) for prefix, prefix_lengths in lengths.items()
        }
        first_characters = "".join(sorted({re.escape(folded[0]) for folded in self._by_folded}))
        self._first_character_re = re.compile(f"[{first_characters}]" if first_characters else "(?!)")
        self._all_in_other_scripts = all(map(_OTHER_SCRIPT_RE.match, self._by_folded))

    def __bool__(self) -> bool:
        return bool(self._by_folded)

    def may_contain_any(self, text: str, may_have_other_script: bool = True) -> bool:
        """Return whether a text may hold any of the names: a quick check that can be wrong only when it says yes.

        `may_have_other_script`: whether it may have a letter for which `are_other_script` is true.
        """
        if not self._by_folded:
            return False
        if self._all_in_other_scripts and not (may_have_other_script and _OTHER_SCRIPT_RE.search(text)):
            return False
        return next(self._candidates(_fold_exact(text)), None) is not None

    def find_names(self, text: str) -> Iterator[tuple[int, int, ExactName]]:
        """Yield start, end and name of each place, in offsets of the text as given."""
        if not self.may_contain_any(text):
            return
        folded, offsets = _fold_with_offsets(text)
        # The end of the last place of each name: a name does not overlap itself.
        ends: dict[str, int] = {}
        for place, candidate in self._candidates(folded):
            start, end = offsets[place], offsets[place + len(candidate)]
            # An offset of -1, within a user-perceived character, is less than both.
            if start < ends.get(candidate, 0) or end < 0:
                continue
            name_text = _INVISIBLE_END_RE.sub("", text[start:end])
            end = start + len(name_text)
            if inflected := self._inflected_names(text, start, end, candidate):
                ends[candidate], names = inflected
                yield from ((start, ends[candidate], name) for name in names)
            elif candidate in self._by_folded and _is_separate_name(text, start, end):
                ends[candidate] = end
                names = self._by_folded[candidate]
                if len(candidate) == 1:  # "Я" is a name, "я" is a word
                    names = [name for name in names if name.alias.isupper() == name_text.isupper()]
                yield from ((start, end, name) for name in names)

    def _inflected_names(
        self, text: str, start: int, end: int, candidate: str
    ) -> tuple[int, Sequence[ExactName]] | None:
        """Return the end of a Georgian name with its ending, and the names that it may be; None: no ending follows."""
        if not _GEORGIAN_RE.match(text, end) or _are_in_one_word(_last_base_character(text, start), text[start]):
            return None
        readings = [self._shortened[candidate]] if candidate in self._shortened else []
        if candidate in self._by_folded and candidate[-1] != "ი":
            readings.append((_GEORGIAN_ENDINGS[""], self._by_folded[candidate]))
        for endings, names in readings:
            if ending := endings.match(text, end):
                return ending.end(), names
        return None

    def _candidates(self, folded: str) -> Iterator[tuple[int, str]]:
        """Yield the places of all names in a folded text, also within longer words."""
        for start_match in self._first_character_re.finditer(folded):
            place = start_match.start()
            # A name of one character has a prefix of one.
            for prefix in {folded[place : place + _PREFIX_LENGTH], folded[place]}:
                for length in self._lengths_by_prefix.get(prefix, ()):
                    candidate = folded[place : place + length]
                    if candidate in self._by_folded or candidate in self._shortened:
                        yield place, candidate


# ---- folding --------------------------------------------------------------------------------------------------------


def _fold_exact(text: str) -> str:
    """Return a text in a form that is equal for equal names."""
    if text.isascii():
        return _WHITE_RE.sub(" ", text.casefold()).translate(_EQUAL_SIGNS)
    # Twice: `casefold` may bring back composed characters.
    plain = unicodedata.normalize("NFKD", _INVISIBLE_RE.sub("", text)).casefold()
    return _WHITE_RE.sub(" ", unicodedata.normalize("NFKD", plain)).translate(_EQUAL_SIGNS)


def _fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """Return a folded text, and the offset in the original of each of its characters and of its end.

    -1: the character is not the first of a user-perceived one, so no name begins or ends there.
    """
    pieces: list[str] = []
    offsets: list[int] = []
    for start, end in pairwise(_character_edges(text)):
        piece = _fold_piece(text[start:end])
        if piece:
            pieces.append(piece)
            offsets.append(start)
            offsets += [-1] * (len(piece) - 1)
    offsets.append(len(text))
    return "".join(pieces), offsets


def _character_edges(text: str) -> Iterator[int]:
    """Yield where user-perceived characters begin, and the end of the text; a run of white space is one of them."""
    is_after_white_space = False
    for place, character in enumerate(text):
        if not place or not (_extends_previous(character) or (is_after_white_space and character.isspace())):
            yield place
            is_after_white_space = character.isspace()
    yield len(text)


@lru_cache(1 << 14)
def _extends_previous(character: str) -> bool:
    """Return whether a character belongs to the one before it: a mark, an invisible one, a part of a syllable."""
    # A quick answer for Latin text: below the soft hyphen no character belongs to the one before it.
    if character < "\u00ad":
        return False
    if "\u1160" <= character <= "\u11ff" or _INVISIBLE_RE.match(character):
        return True
    return unicodedata.category(unicodedata.normalize("NFKD", character)[0]).startswith("M")


@lru_cache(1 << 14)
def _fold_piece(piece: str) -> str:
    return _fold_exact(piece)


# ---- the characters around a name -----------------------------------------------------------------------------------


def _is_separate_name(text: str, start: int, end: int) -> bool:
    """Return whether the characters around a name leave it a name by itself."""
    before, after = _last_base_character(text, start), text[end : end + 1]
    first, last = text[start], _last_base_character(text, end)
    if first in _HANDLE_SIGNS and (before.isalnum() or before in _HANDLE_SIGNS):
        return False
    # One letter such as 杨 is part of many words: it must stand alone.
    if _UNSPACED_SCRIPT_RE.match(first) and len([*_character_edges(text[start:end])]) == 2:
        return not (before and _UNSPACED_SCRIPT_RE.match(before)) and not (after and _UNSPACED_SCRIPT_RE.match(after))
    return not _are_in_one_word(before, first) and (
        not _are_in_one_word(last, after) or (_word_class(last) == "hangul" and _has_korean_suffix_only(text, end))
    )


def _has_korean_suffix_only(text: str, end: int) -> bool:
    """Return whether only a form of address and a particle follow a Korean name."""
    # Three: a decomposed syllable (NFD) is three letters at most.
    following = unicodedata.normalize("NFC", text[end : end + 3 * _MAX_KOREAN_SUFFIX])
    return _KOREAN_SUFFIX_RE.match(following) is not None


def _last_base_character(text: str, end: int) -> str:
    """Return the last letter or sign before a place, marks aside; "" at the beginning."""
    place = end - 1
    while place > 0 and _extends_previous(text[place]):
        place -= 1
    return text[place : place + 1] if end else ""


def _are_in_one_word(character: str, following: str) -> bool:
    """Return whether two adjacent characters belong to one word."""
    return bool(character and following) and _word_class(character) == _word_class(following) != ""


def _word_class(character: str) -> str:
    """Return the class of characters that may form one word with this one; "" for one that stands in no word."""
    if _UNSPACED_SCRIPT_RE.match(character):
        return ""
    if _KATAKANA_RE.match(character):
        return "katakana"
    if _HANGUL_RE.match(character):
        return "hangul"
    return "word" if character.isalnum() or character == "_" else ""
