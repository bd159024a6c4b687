"""Pure. Word lists of the rules (`tables/words.txt`): titles, given names, words within names, ordinary words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from monitor.match.tables import sections
from monitor.text.normalize import cached_by_word
from monitor.text.romanize import skeleton


def _words(section: str) -> frozenset[str]:
    return frozenset(" ".join(sections("words")[section]).split())


@cache
def _sounds(section: str) -> frozenset[str]:
    return frozenset(map(skeleton, _words(section)))


SUFFIXES, CONJUNCTIONS, ARTICLES = map(_words, ("suffixes", "conjunctions", "articles"))
NOBILIARY = _words("nobiliary") | ARTICLES
KYRGYZ_WORDS, RUSSIAN_WORDS = _words("kyrgyz"), _words("russian")
MEN_IN_A = _sounds("men in a")
# Асылбек, Гүлжан, whom no list has; but verbs open many a sentence before a surname: задержан, поддержан.
_GIVEN_IN_PART, _VERBS_IN_PART = ("bek", "bai", "gul", "Jan", "din"), "derJan"
_LONGEST_ENDING_OF_A_TITLE = 3


@cached_by_word(1 << 14)
def is_title(word: str) -> bool:
    """Whether a word, in any ending, is a title or an office.

    >>> is_title("Президенту"), is_title("Dr"), is_title("Асан")
    (True, True, False)
    """
    return _in_any_ending(skeleton(word), _sounds("titles"))


def is_nominative_title(sounds: str) -> bool:
    """Whether a title stands as it is listed, or is a woman's: журналист, журналистка, but not журналиста."""
    return sounds.removesuffix("ka") in _sounds("titles")


@cached_by_word(1 << 14)
def is_given_name(sounds: str) -> bool:
    """Whether somebody may be called so, given how it sounds, as it stands or less a vowel that an ending put there.

    >>> is_given_name(skeleton("Марата")), is_given_name(skeleton("Асылбек")), is_given_name(skeleton("Задержали"))
    (True, True, False)
    """
    in_part = len(sounds) > 5 and sounds.endswith(_GIVEN_IN_PART) and not sounds.endswith(_VERBS_IN_PART)
    return in_part or sounds in MEN_IN_A or is_common_given_name(sounds) or is_common_given_name(sounds[:-1])


def is_common_given_name(sounds: str) -> bool:
    return sounds in _sounds("given names")


@cached_by_word(1 << 14)
def is_type_word(word: str) -> bool:
    """Whether a word, in any ending, says what kind of body a name belongs to."""
    return _in_any_ending(skeleton(word), _sounds("types"))


def _in_any_ending(sounds: str, listed: frozenset[str]) -> bool:
    shortest = max(4, len(sounds) - _LONGEST_ENDING_OF_A_TITLE)
    return sounds in listed or any(sounds[:n] in listed for n in range(shortest, len(sounds)))


@cached_by_word(1 << 14)
def is_ordinary(word: str) -> bool:
    """Whether a word is on the short list of ordinary words; "no" says nothing of words that are not on it.

    >>> is_ordinary("April"), is_ordinary("Апрель"), is_ordinary("Kloop")
    (True, True, False)
    """
    return skeleton(word) in _sounds("ordinary") | _sounds("types")


def is_many_peoples(given: Iterable[str], surname: str) -> bool:
    """Whether a given name (its spellings) and a surname, as sounds, are both very common, or one is made of the other.

    >>> is_many_peoples(["elena"], "ivanova"), is_many_peoples(["talant"], "talantov"), is_many_peoples(["ulan"], "bu")
    (True, True, False)
    """
    names, family = _sounds("very common given names").intersection(given), surname.removesuffix("a")
    made = {name.rstrip("aeiou") + ending for name in names for ending in ("ov", "ev", "in")}
    return bool(names) and (family in made or family in _sounds("very common surnames"))
