"""Pure. Transcribe Latin names as Cyrillic newsrooms do: Baker is Бейкер, Barnier Барнье, Vettel Феттель.

Practical transcription, by one table of sounds for each language (`tables/sounds.txt`). No names are listed; a name
that sounds otherwise is missed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from monitor.match.tables import sections
from monitor.text.normalize import APOSTROPHES, fold, is_cyrillic
from monitor.text.romanize import normalize_sounds, romanize, skeleton

# Romanised from Cyrillic, so not to be read by the languages that read any word: Zhoomart, Tokoev, Kulov, Asanbek.
_ROMANISED = re.compile(
    r"zh|kh|dj|dzh|yy|uu|aa|[aeiou]y[aou]|[oey]v(?:a|ich|na)?$|(?<=..[^e])ina?$|sk[iy]y?$|enko$|bek$|kyzy$|uulu$|chuk$"
)


class _Language(NamedTuple):
    """A language by whose spelling Latin words may be read."""

    condition: re.Pattern[str] | None  # words that are read so; None: any but a romanised one
    spellings: re.Pattern[str]  # a group each
    readings: tuple[Mapping[int, str], ...]  # each the sounds by the signs of the groups
    marked_letters: frozenset[str]  # that the spellings name; others are read without their marks


@cache
def _languages() -> tuple[_Language, ...]:
    """Return the languages of the table."""
    return tuple(_read_language(lines) for lines in sections("sounds").values())


def _read_language(lines: Sequence[str]) -> _Language:
    """Return a language from the lines of its section."""
    condition = re.compile(lines[0].removeprefix(_CONDITION)) if lines[0].startswith(_CONDITION) else None
    table = " ".join(lines[1:] if condition else lines).split()
    spellings = "|".join(f"({spelling})" for spelling in table[::2])
    sounds = [sound.replace("-", "").split("/") for sound in table[1::2]]
    readings = [{ord(_sign(group)): sound[reading] for group, sound in enumerate(sounds, 1)} for reading in (0, -1)]
    marked_letters = frozenset(c for c in spellings if c.isalpha() and not c.isascii())
    return _Language(condition, re.compile(spellings), tuple(readings), marked_letters)


_CONDITION = "only "


def _sign(group: int) -> str:
    """Return the sign of a spelling, by the number of its group: a character of private use, which no word has."""
    return chr(0xE000 + group)


def _transcribe(word: str, language: _Language) -> Iterator[str]:
    """Yield the skeletons of a word in small letters, read in a language."""
    letters = (
        word if word.isascii() else "".join(c if c in language.marked_letters else romanize(fold(c)) for c in word)
    )
    # The spellings are looked for once; most words have none with two sounds.
    signs = language.spellings.sub(lambda spelling: _sign(spelling.lastindex or 1), letters)
    for heard in dict.fromkeys(map(signs.translate, language.readings)):
        # T is ц, as in a skeleton.
        yield normalize_sounds(heard.replace("yo", "e").replace("y", "i").replace("ts", "T"))


def transcriptions(raw: str) -> Iterator[str]:
    """Yield how a Latin word sounds when read in one language or another, as skeletons.

    >>> from monitor.text.romanize import skeleton
    >>> skeleton("Бейкер") in transcriptions("Baker"), skeleton("Барнье") in transcriptions("Barnier")
    (True, True)
    >>> list(transcriptions("Tokoev"))
    []
    """
    word, folded = unicodedata.normalize("NFC", raw).lower(), fold(raw)
    if is_cyrillic(folded) or not folded.isalpha() or len(folded) < 2:
        return
    is_romanised = _ROMANISED.search(folded) is not None
    for language in _languages():
        if language.condition.search(word) if language.condition else not is_romanised:
            for sounds in _transcribe(word.translate(_WITHOUT_APOSTROPHES), language):
                yield from (sounds, f"{sounds[:-1]}s") if sounds.endswith("z") else (sounds,)  # Хьюз, Хьюс


_WITHOUT_APOSTROPHES = str.maketrans("", "", APOSTROPHES)


class _Respelling(NamedTuple):
    """A way in which one language spells names from Cyrillic, or English those of one language."""

    letters: str  # that a word of the text must have to be read so
    condition: re.Pattern[str] | None  # Latin words that are respelt; None: those from Cyrillic
    replacements: tuple[tuple[re.Pattern[str], str], ...]


@cache
def _respellings() -> tuple[_Respelling, ...]:
    """Return the respellings of the table."""
    return tuple(_read_respelling(head.rpartition(" ")[2], lines) for head, lines in sections("respellings").items())


def _read_respelling(letters: str, lines: Sequence[str]) -> _Respelling:
    """Return a respelling from the lines of its section."""
    condition = re.compile(lines[0].removeprefix(_CONDITION)) if lines[0].startswith(_CONDITION) else None
    row = " ".join(lines[1:] if condition else lines).split()
    return _Respelling(letters, condition, tuple((re.compile(a), b) for a, b in zip(row[::2], row[1::2], strict=True)))


def respelt(raw: str, *, is_surname: bool) -> Iterator[tuple[str, str]]:
    """Yield how other languages spell a word from Cyrillic, as skeletons, each with letters that the word must have.

    >>> [*respelt("Жороев", is_surname=True)][0]  # Turkish Coroyev
    ('c', 'koroev')
    """
    as_written, romanised = unicodedata.normalize("NFC", raw).lower(), romanize(fold(raw))
    is_from_cyrillic = is_cyrillic(raw) or _ROMANISED.search(romanised) is not None  # Jody is no Cody
    for letters, condition, replacements in _respellings():
        if not (condition.search(as_written) if condition else is_from_cyrillic):
            continue
        word = respelling = as_written if condition else romanised
        for pattern, replacement in replacements:
            if is_surname or "$" not in pattern.pattern:
                respelling = pattern.sub(replacement, respelling)
        if letters in respelling and respelling != word:
            yield letters, skeleton(respelling)


def unsigned(raw: str) -> Iterator[tuple[str, str]]:
    """Yield how a Latin word sounds when typed without its signs, with the first letter that then sounds otherwise.

    >>> [*unsigned("Şebnem")], [*unsigned("Müller")]
    ([('s', 'sebnem')], [])
    """
    word = unicodedata.normalize("NFC", raw).lower()
    if word.isascii() or is_cyrillic(word):
        return
    plain = fold(word)
    changed = (plain_letter for c in word if skeleton(plain_letter := fold(c)) != skeleton(c))
    if (letter := next(changed, "")) and (sounds := skeleton(plain)) != skeleton(raw):
        yield letter, sounds
