"""Pure. Normal forms, tokens that keep their offsets, romanised skeletons, and the sentence around a place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

CACHED_WORDS = 1 << 17  # distinct word forms kept per function: some 20 MB each at most
_LONGEST_CACHED = 100  # letters; a page may be one word of 200,000, and the next page another
T = TypeVar("T")


def cached_by_word(size: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Return a decorator that keeps what a function returns for `size` words, without the very long ones."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        cached = lru_cache(size)(function)

        @wraps(function)
        def look_up(word: str) -> T:
            return cached(word) if len(word) <= _LONGEST_CACHED else function(word)

        return look_up

    return decorate


# ---- letters ------------------------------------------------------------------------------------------------------

APOSTROPHES = "'’ʼ`´ʻ‘ʹʺ"
HYPHENS = "-‐‑–—"
APOSTROPHES_WITHIN = "'’`´‘"  # a word; as a regex class
INVISIBLE = "\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"  # as a regex class
WHITE = " \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u2009\u202f\u2060\ufeff"  # between words, seen or not
MARKS = "\u0300-\u034e\u0350-\u036f\u0483-\u0487\u1dc0-\u1dff"

# Letters that look the same in print, Latin to Cyrillic; what keyboards, OCR and evasion mix up inside one word.
_TO_CYRILLIC = str.maketrans("aceopxykmthbiACEOPXYKMTHBI", "асеорхукмтнвіАСЕОРХУКМТНВІ")
_TO_LATIN = str.maketrans("асеорхукмтнвіАСЕОРХУКМТНВІѕЅјЈ", "aceopxykmthbiACEOPXYKMTHBIsSjJ")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_SURE_LATIN = re.compile(r"[DFGIJLNQRSUVWZdfgijlnqrsuvwzÀ-ɏ]")
_SURE_CYRILLIC = re.compile(r"[^\W\d_A-Za-zÀ-ɏасеорхукмтнвіАСЕОРХУКМТНВІѕЅјЈ]")

# Kyrgyz fonts from before Unicode put ө ү ң where Cyrillic code pages have є ї ў.
_LEGACY_LETTERS = "єїўЄЇЎ"
LEGACY = str.maketrans(_LEGACY_LETTERS, "өүңӨҮҢ")
# Letters of print that are one Kyrgyz letter (IPA barred o, Cyrillic fita), and typewriter ў ї for other alphabets.
_SAME_LETTER = str.maketrans("ɵƟѳѲ", "өӨөӨ")


@cached_by_word(CACHED_WORDS)
def repair_word(word: str) -> str:
    """A word as it was meant: composed, without invisible characters, its look-alike letters in one script.

    >>> repair_word("Дyу\\u00adлaтoв")  # Latin y, a, o and a soft hyphen
    'Дуулатов'
    """
    if word.isascii():
        return word
    word = unicodedata.normalize("NFC", _INVISIBLE_RE.sub("", word)).translate(_SAME_LETTER)
    if is_mixed_script(word):
        if not _SURE_LATIN.search(word):
            return word.translate(_TO_CYRILLIC)
        if not _SURE_CYRILLIC.search(word):
            return word.translate(_TO_LATIN)
    return word


_INVISIBLE_RE = re.compile(f"[{INVISIBLE}]+")
_WORD_OF_TEXT = re.compile(r"[^\W_]+")


@cached_by_word(CACHED_WORDS)
def fold(text: str) -> str:
    """The form in which spellings of the same letters are equal: case, accents, ё/е, apostrophes, look-alikes.

    Й and the Kyrgyz letters are letters of their own and stay. Folding a folded text changes nothing.

    >>> fold("Élève MÜLLER"), fold("Артём О’Коннор"), fold("Сaлянoва")  # Latin a and o in the last
    ('eleve muller', 'артем оконнор', 'салянова')
    """
    return _folded(text)


def _folded(text: str) -> str:
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKD", _INVISIBLE_RE.sub("", text).casefold()).replace("и\u0306", "й")
    text = "".join(c for c in text if not unicodedata.combining(c) and c not in APOSTROPHES)
    return _WORD_OF_TEXT.sub(lambda m: repair_word(m.group()), text)


def is_legacy_kyrgyz(text: str) -> bool:
    """Whether a text is Kyrgyz in a font from before Unicode: є ї ў beside ы, in no alphabet that has them (і)."""
    if "і" in text or "І" in text or not ("ы" in text or "Ы" in text):
        return False
    return any(letter in text for letter in _LEGACY_LETTERS)


def is_mixed_script(word: str) -> bool:
    """Whether a word holds both Latin and Cyrillic letters."""
    return bool(_LATIN.search(word)) and bool(_CYRILLIC.search(word))


def is_cyrillic(word: str) -> bool:
    return _CYRILLIC.search(word) is not None


@lru_cache(CACHED_WORDS)
def has_no_capitals(text: str) -> bool:
    """Return whether a text holds a letter of a script without capitals: Arabic, Georgian, Chinese, Hangul.

    >>> has_no_capitals("محمد"), has_no_capitals("გიორგი"), has_no_capitals("Հայկ"), has_no_capitals("1ª O’Коннор ʼ")
    (True, True, False, False)
    """
    return not text.isascii() and any(map(_is_without_capital, text))


@lru_cache(1 << 14)
def _is_without_capital(letter: str) -> bool:
    kind = unicodedata.category(letter)  # Georgian is Ll, though its capitals begin no word
    return (kind == "Lo" and letter not in "ªº") or (kind == "Ll" and "\u10d0" <= letter <= "\u10ff")


_REACH = 500  # characters of a sentence that are shown before and after a place in it
_WHITE, _LAST_WORD = re.compile(r"\s"), re.compile(r"(?<=\s)\S*\Z")
