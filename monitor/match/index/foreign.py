"""Pure. How Cyrillic newsrooms write Latin names by ear: Baker is Бейкер, Barnier Барнье, Vettel Феттель.

One table of sounds a language (`tables/sounds.txt`). No names are listed; a name that sounds otherwise is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from monitor.match.tables import sections
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import settle

_LANGUAGES = ("english", "german", "french", "spanish", "italian")
_SYLLABLES = re.compile(r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?[aeiou]{1,3}(?:ng?|r)?)+$")
_PINYIN = re.compile(r"x|q|zh|j[iu]|^z|ng$")
# Romanised from Cyrillic, so not to be read as English: Zhoomart, Tokoev, Kulov, Asanbek.
_ROMANISED = re.compile(
    r"zh|kh|dj|dzh|yy|uu|aa|[aeiou]y[aou]|[oey]v(?:a|ich|na)?$|(?<=..[^e])ina?$|sk[iy]y?$|enko$|bek$|kyzy$|uulu$|chuk$"
)


@cache
def _reader(language: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    table = " ".join(sections("sounds")[language]).split()
    written, heard = table[::2], table[1::2]
    return re.compile("|".join(f"({w})" for w in written)), tuple(h.replace("-", "") for h in heard)


def _read(word: str, language: str) -> str:
    pattern, heard = _reader(language)
    return settle(pattern.sub(lambda m: heard[(m.lastindex or 1) - 1], word))


def by_ear(raw: str) -> Iterator[str]:
    """How a Latin word sounds when read in one language or another, as a skeleton.

    >>> from monitor.text.normalize import skeleton
    >>> [skeleton("Бейкер") in by_ear("Baker"), skeleton("Барнье") in by_ear("Barnier"), *by_ear("Tokoev")]
    [True, True]
    """
    word = fold(raw)
    if is_cyrillic(word) or not word.isalpha() or len(word) < 2:
        return
    if not _ROMANISED.search(word):
        for heard in (_read(word, language) for language in _LANGUAGES):
            yield from (heard, f"{heard[:-1]}s") if heard.endswith("z") else (heard,)  # Хьюз, Хьюс
    if _PINYIN.search(word) and _SYLLABLES.match(word):
        yield _read(word, "chinese")
