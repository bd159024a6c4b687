"""Pure. Transcribe Latin names as Cyrillic newsrooms do: Baker is Бейкер, Barnier Барнье, Vettel Феттель.

Practical transcription, by one table of sounds for each language (`tables/sounds.txt`). No names are listed; a name
that sounds otherwise is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from monitor.match.tables import sections
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import normalize_sounds, romanize, skeleton

_LANGUAGES = ("english", "german", "french", "spanish", "italian")
_SYLLABLES = re.compile(r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?[aeiou]{1,3}(?:ng?|r)?)+$")
_PINYIN = re.compile(r"x|q|zh|j[iu]|^z|ng$")
# Romanised from Cyrillic, so not to be read as English: Zhoomart, Tokoev, Kulov, Asanbek.
_ROMANISED = re.compile(
    r"zh|kh|dj|dzh|yy|uu|aa|[aeiou]y[aou]|[oey]v(?:a|ich|na)?$|(?<=..[^e])ina?$|sk[iy]y?$|enko$|bek$|kyzy$|uulu$|chuk$"
)


@cache
def _sound_table(language: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return a pattern for all spellings of a language, and the sounds of each of its groups."""
    table = " ".join(sections("sounds")[language]).split()
    patterns, sounds = table[::2], table[1::2]
    return re.compile("|".join(f"({w})" for w in patterns)), tuple(h.replace("-", "") for h in sounds)


def _transcribe(word: str, language: str) -> str:
    """Return the skeleton of a word read in a language."""
    pattern, sounds = _sound_table(language)
    return normalize_sounds(pattern.sub(lambda m: sounds[(m.lastindex or 1) - 1], word))


def transcriptions(raw: str) -> Iterator[str]:
    """Yield how a Latin word sounds when read in one language or another, as skeletons.

    >>> from monitor.text.romanize import skeleton
    >>> skeleton("Бейкер") in transcriptions("Baker"), skeleton("Барнье") in transcriptions("Barnier")
    (True, True)
    >>> list(transcriptions("Tokoev"))
    []
    """
    word = fold(raw)
    if is_cyrillic(word) or not word.isalpha() or len(word) < 2:
        return
    if not _ROMANISED.search(word):
        for sounds in (_transcribe(word, language) for language in _LANGUAGES):
            yield from (sounds, f"{sounds[:-1]}s") if sounds.endswith("z") else (sounds,)  # Хьюз, Хьюс
    if _PINYIN.search(word) and _SYLLABLES.match(word):
        yield _transcribe(word, "chinese")


# Turkish and Azerbaijani c for ж (but Jody is no Cody), Uzbek x for х.
_READ_OTHERWISE = (("c", re.compile("dzh|zh|dj|j")), ("x", re.compile("kh|(?<![bcdgkprstwz])h")))


def letter_readings(raw: str) -> Iterator[tuple[str, str]]:
    """Yield a Latin letter that stands for another sound in one language, and the skeleton of a word spelt with it."""
    word = romanize(fold(raw))
    for letter, pattern in _READ_OTHERWISE:
        if pattern.search(word) and (is_cyrillic(raw) or letter != "c" or _ROMANISED.search(word)):
            yield letter, skeleton(pattern.sub(letter, word))
