"""Pure. Normal forms of words: repaired look-alike letters, folded case and accents, scripts; accounts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

CACHED_WORDS = 1 << 17  # distinct word forms cached per function: at most some 20 MB each
_MAX_CACHED_LENGTH = 100  # letters; a page may be one "word" of 200,000 letters, which must not fill the cache
T = TypeVar("T")


def cached_by_word(size: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Return a decorator that caches a function's results for `size` words, without the very long ones."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        cached = lru_cache(size)(function)

        @wraps(function)
        def look_up(word: str) -> T:
            return cached(word) if len(word) <= _MAX_CACHED_LENGTH else function(word)

        return look_up

    return decorate


# ---- letters ------------------------------------------------------------------------------------------------------

APOSTROPHES = "'’ʼ`´ʻ‘ʹʺ"
HYPHENS = "-‐‑–—"
APOSTROPHES_WITHIN = "'’`´‘"  # apostrophes that may stand inside a word; as a regex class
# Default_Ignorable_Code_Point of Unicode 17 (DerivedCoreProperties.txt): displayed as nothing; as a regex class. A test
# compares it with the library `regex`; the standard library does not have this property.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # of these Python's `\\w` takes for letters; as a regex class
WHITE = " \t\r\n\u00a0\u2009\u202f"  # white space between words
MARKS = "\u0300-\u034e\u0350-\u036f\u0483-\u0487\u1dc0-\u1dff"

# Letters that look the same in print, Latin to Cyrillic: keyboards, OCR and evasion mix them inside one word.
_TO_CYRILLIC = str.maketrans("aceopxykmthbiACEOPXYKMTHBI", "асеорхукмтнвіАСЕОРХУКМТНВІ")
TO_LATIN = str.maketrans("асеорхукмтнвіАСЕОРХУКМТНВІѕЅјЈ", "aceopxykmthbiACEOPXYKMTHBIsSjJ")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
FIRST_CYRILLIC, LAST_CYRILLIC = 0x400, 0x52F
_CYRILLIC = re.compile(f"[{chr(FIRST_CYRILLIC)}-{chr(LAST_CYRILLIC)}]")
FIRST_GEORGIAN, LAST_GEORGIAN = "\u10d0", "\u10ff"
FIRST_ARMENIAN, LAST_ARMENIAN = "\u0531", "\u0587"
_LATIN_ONLY = re.compile(r"[DFGIJLNQRSUVWZdfgijlnqrsuvwzÀ-ɏ]")
_CYRILLIC_ONLY = re.compile(r"[^\W\d_A-Za-zÀ-ɏасеорхукмтнвіАСЕОРХУКМТНВІѕЅјЈ]")
# Endings of Kyrgyz and Russian that have look-alike letters alone: Kloopтун, Kaktus’а. After a bare Latin name -у and
# -су are rather the y of Nancy.
_ENDING = "(?:т[аео]р)?(?:с?у(?=н))?(?:[нт]ун?|к[аео]|[нт][аео]н?)|т[аео]р|а|е|ам|ах|ом"
_LATIN_WITH_ENDING = re.compile(
    rf"[A-Za-zÀ-ɏ]{{3,}}(?:(?:{_ENDING})|[{APOSTROPHES}]+(?:(?:{_ENDING})|с?у))", re.IGNORECASE
)

# Kyrgyz fonts from before Unicode put ө ү ң where Cyrillic code pages have є ї ў.
_LEGACY_LETTERS = "єїўЄЇЎ"
LEGACY = str.maketrans(_LEGACY_LETTERS, "өүңӨҮҢ")
# Letters of print that are one Kyrgyz letter (IPA barred o, Cyrillic fita), and typewriter ў ї for other alphabets.
_SAME_LETTER = str.maketrans("ɵƟѳѲ", "өӨөӨ")


# A word broken over two lines, in print or in a quoted mail: the hyphen, the line end, the margin; as a regex.
BROKEN_LINE = r"[-‐\u00ad]\r?\n[ \t\u00a0]*(?:>[ \t]?)*"
_BROKEN_LINE_RE = re.compile(BROKEN_LINE)


@cached_by_word(CACHED_WORDS)
def repair_word(word: str) -> str:
    """Return the word composed (NFC), in one line, without invisible characters, look-alike letters in one script.

    A Cyrillic ending of a Latin name stays: Bloomдун, Bloomтун.

    >>> repair_word("Дyу\\u00adлaтoв"), repair_word("Toko-\\nev")  # Latin y, a, o and a soft hyphen
    ('Дуулатов', 'Tokoev')
    """
    return repair_unknown_word(word)


def repair_unknown_word(word: str) -> str:
    """Return the word as `repair_word` does, for a caller that asks for each word once."""
    if "\n" in word:
        word = _BROKEN_LINE_RE.sub("", word)
    if word.isascii():
        return word
    word = unicodedata.normalize("NFC", without_invisible(word)).translate(_SAME_LETTER)
    if is_mixed_script(word) and not (_LATIN_ONLY.search(word) and _LATIN_WITH_ENDING.fullmatch(word)):
        if not _LATIN_ONLY.search(word):
            return word.translate(_TO_CYRILLIC)
        if not _CYRILLIC_ONLY.search(word):
            return word.translate(TO_LATIN)
    return word


def code_points(character_class: str) -> list[range]:
    """Return the ranges of code points in a regex class of characters and `a-z` spans."""
    spans = re.findall("(.)-(.)|(.)", character_class, re.DOTALL)
    return [range(ord(first or single), ord(last or single) + 1) for first, last, single in spans]


def ignorable_ranges() -> list[range]:
    """Return the ranges of code points that are displayed as nothing, in order."""
    return code_points(INVISIBLE)


def without_invisible(text: str) -> str:
    """Return the text without the code points that are displayed as nothing."""
    return text if text.isascii() else _INVISIBLE_RE.sub("", text)


_INVISIBLE_RE = re.compile(f"[{INVISIBLE}]+")
_PLAIN_CYRILLIC_WORD = re.compile("[а-яёөүң]+")
_WORD_OF_TEXT = re.compile(r"[^\W_]+")


@cached_by_word(CACHED_WORDS)
def fold(text: str) -> str:
    """Return the text without differences of case, accents, ё/е, apostrophes and look-alike letters.

    Й and the Kyrgyz letters stay, because they are separate letters. Folding a folded text changes nothing.

    >>> fold("Élève MÜLLER"), fold("Артём О’Коннор"), fold("Сaлянoва")  # Latin a and o in the last
    ('eleve muller', 'артем оконнор', 'салянова')
    """
    return fold_unknown_word(text)


def fold_unknown_word(text: str) -> str:
    """Return the text as `fold` does, for a caller that asks for each word once."""
    small = text.lower()
    if text.isascii():
        return small.replace("'", "").replace("`", "")
    if _PLAIN_CYRILLIC_WORD.fullmatch(small):
        return small.replace("ё", "е")
    # One pass is not enough: removing a mark can let the next pass fold more, and `fold` must be idempotent.
    while (folded := _fold_once(text)) != text:
        text = folded
    return text


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKD", without_invisible(text).casefold()).replace("и\u0306", "й")
    text = "".join(c for c in text if not unicodedata.combining(c) and c not in APOSTROPHES)
    return _WORD_OF_TEXT.sub(lambda m: repair_word(m.group()), text)


def is_legacy_kyrgyz(text: str) -> bool:
    """Return whether a text is Kyrgyz typed for a font from before Unicode.

    Such a text has є, ї or ў together with ы. Ukrainian and Belarusian have these letters, too, but also і.
    """
    if "і" in text or "І" in text or not ("ы" in text or "Ы" in text):
        return False
    return any(letter in text for letter in _LEGACY_LETTERS)


def is_mixed_script(word: str) -> bool:
    """Return whether a word has both Latin and Cyrillic letters."""
    return bool(_LATIN.search(word)) and bool(_CYRILLIC.search(word))


def is_cyrillic(word: str) -> bool:
    """Return whether a word has a Cyrillic letter."""
    return _CYRILLIC.search(word) is not None


_GEORGIAN_CAPITALS = {ord(capital): capital.lower() for capital in map(chr, range(0x1C90, 0x1CC0))}


def without_georgian_capitals(name: str) -> str:
    """Return a name in the letters that Georgian is written in; its capitals are for whole lines alone.

    >>> without_georgian_capitals("ᲡᲣᲡ GKNB")
    'სუს GKNB'
    """
    return name.translate(_GEORGIAN_CAPITALS)


def is_georgian(word: str) -> bool:
    """Return whether a word begins with a Georgian letter."""
    return FIRST_GEORGIAN <= word[:1] <= LAST_GEORGIAN


def is_armenian(word: str) -> bool:
    """Return whether a word begins with an Armenian letter."""
    return FIRST_ARMENIAN <= word[:1] <= LAST_ARMENIAN


def may_begin_name(word: str) -> bool:
    """Return whether a word begins as names do: with a capital, or with a Georgian letter, of which none has one."""
    return word[:1].isupper() or is_georgian(word)


def has_no_capitals(text: str) -> bool:
    """Return whether a text has a letter of a script without capitals: Arabic, Georgian, Chinese, Hangul.

    >>> has_no_capitals("محمد"), has_no_capitals("გიორგი"), has_no_capitals("Հայկ"), has_no_capitals("1ª O’Коннор ʼ")
    (True, True, False, False)
    """
    return not text.isascii() and any(map(_is_without_capital, text))


def _is_without_capital(letter: str) -> bool:
    category = unicodedata.category(letter)  # Georgian is Ll, though its capitals begin no word
    return (category == "Lo" and letter not in "ªº") or (category == "Ll" and is_georgian(letter))


ACCOUNT_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])?"
_ACCOUNT_RE = re.compile(rf"@{ACCOUNT_NAME}|(?:[a-z0-9-]+\.)+[a-z]{{2,}}/@?{ACCOUNT_NAME}")


def normalize_account(written: str) -> str:
    """Return a listed account as `@name` or `host/name`; other texts as they are.

    >>> normalize_account("https://www.instagram.com/Joomart.D/"), normalize_account("joomart_d")
    ('instagram.com/Joomart.D', '@joomart_d')
    """
    account = re.sub(r"^(?:https?://)?(?:www\.)?|[/?#\s]+$", "", written.strip())
    host, slash, name = account.partition("/")
    if slash:
        return f"{host.lower()}/{re.sub('^(?:s|c|in|user)/', '', name)}"
    return f"@{account}" if re.fullmatch(ACCOUNT_NAME, account) else account


def is_account(text: str) -> bool:
    """Return whether a text is an account as `normalize_account` returns it."""
    return _ACCOUNT_RE.fullmatch(text) is not None
