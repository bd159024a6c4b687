"""Pure. Names of accounts, with which decisions are signed: which are plain, and which look like one another."""

from __future__ import annotations

import re
import unicodedata
from functools import reduce

from monitor.text.normalize import FIRST_CYRILLIC, LAST_CYRILLIC, TO_LATIN, fold, without_invisible

# The scripts in everyday use by whole peoples (UAX 31, Recommended Scripts), by the first word of a letter's name in
# Unicode. The others have letters that look like Latin ones (Lisu, Cherokee, Coptic), and nobody's name.
_SCRIPTS = re.compile(
    "ARABIC|ARMENIAN|BENGALI|CYRILLIC|DEVANAGARI|ETHIOPIC|GEORGIAN|GREEK|GUJARATI|GURMUKHI|HANGUL|HEBREW|KANNADA|KHMER|LAO|"
    "LATIN|MALAYALAM|MYANMAR|ORIYA|SINHALA|TAMIL|TELUGU|THAANA|THAI|TIBETAN"
)
# A Japanese or Taiwanese name mixes them.
_OF_HAN = frozenset(("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "BOPOMOFO"))
_WORD_ENDS = re.compile(r"[ .'’ʼ\-‐]+")
_LATIN_LETTERS = re.compile("[A-Za-zÀ-ɏəḀ-ỿ]")  # without those of phonetic alphabets
_STACKED_MARKS = re.compile("[\u0300-\u036f]{3}")
# Letters and digits that look the same though they are of one script, or of words of one script each.
_LOOK_ALIKES = str.maketrans("I1ІӀӏ0ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "llllloABEZHlKMNOPTYX")
_SMALL_LOOK_ALIKES = str.maketrans("ıԁԛԝһαονρικυτχ", "idqwhaovpikutx")


def is_plain_name(name: str) -> bool:
    """Return True if each word has letters of one script in use, and nothing else stands there but digits and marks.

    >>> [is_plain_name(name) for name in ("Айгүл О’Коннор-2", "Aidа", "Aida\\u2800")]  # the second ends in a Cyrillic а
    [True, False, False]
    """
    if without_invisible(name) != name or _STACKED_MARKS.search(unicodedata.normalize("NFD", name)):
        return False
    return any(map(str.isalnum, name)) and all(map(_is_plain_word, _WORD_ENDS.split(name)))


def _is_plain_word(word: str) -> bool:
    scripts = set()
    for character in word:
        kind = unicodedata.category(character)
        if kind[0] == "L":
            scripts.add(_script_of(character))
        elif kind[0] != "M" and kind != "Nd":
            return False
    return len(scripts) < 2 and "" not in scripts


def _script_of(letter: str) -> str:
    """Return the script of a letter, or an empty string if no name has such a letter."""
    script = unicodedata.name(letter, "").split(" ")[0]
    if script in _OF_HAN:
        return "CJK"
    if script == "LATIN":
        is_in_use = bool(_LATIN_LETTERS.fullmatch(letter)) and unicodedata.category(letter) != "Lo"  # clicks: ǀ
    elif script == "CYRILLIC":
        is_in_use = FIRST_CYRILLIC <= ord(letter) <= LAST_CYRILLIC
    else:
        is_in_use = bool(_SCRIPTS.fullmatch(script))
    return script if is_in_use else ""


def appearance(name: str) -> str:
    """Return a key that names have in common if they look alike: their letters as the Latin ones that they look like.

    >>> appearance("Сара") == appearance("Capa"), appearance("Ali") == appearance("AIi")
    (True, True)
    """
    letters = unicodedata.normalize("NFD", name).translate(_LOOK_ALIKES)  # a letter with its sign looks alike, too: Ì
    words = _WORD_ENDS.sub(" ", letters).strip()
    return reduce(str.translate, (TO_LATIN, _SMALL_LOOK_ALIKES), fold(words))
