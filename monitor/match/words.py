"""Pure. Word lists of the rules (`tables/words.txt`): titles, given names, words within names, ordinary words.

"Sounds" are skeletons (`text.romanize.skeleton`): how a word sounds, in one alphabet for all scripts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from monitor.match.tables import sections
from monitor.text.normalize import cached_by_word
from monitor.text.romanize import skeleton


def _words(section: str) -> frozenset[str]:
    """Return the words of a section as listed."""
    return frozenset(" ".join(sections("words")[section]).split())


@cache
def _sounds_of_words(section: str) -> frozenset[str]:
    """Return the skeletons of the words of a section."""
    return frozenset(map(skeleton, _words(section)))


SUFFIXES, CONJUNCTIONS, ARTICLES = map(_words, ("suffixes", "conjunctions", "articles"))
NOBILIARY = _words("nobiliary") | ARTICLES
KYRGYZ_WORDS, RUSSIAN_WORDS = _words("kyrgyz"), _words("russian")
MALE_NAMES_IN_A = _sounds_of_words("men in a")
# Endings of given names that no list has (Асылбек, Гүлжан), and of verbs that begin sentences before a surname:
# задержан, поддержан.
_GIVEN_NAME_ENDINGS, _VERB_ENDINGS = ("bek", "bai", "gul", "Jan", "din"), "derJan"
_MAX_TITLE_ENDING = 3


@cached_by_word(1 << 14)
def is_title(word: str) -> bool:
    """Return whether a word, in any ending, is a title or an office.

    >>> is_title("Президенту"), is_title("Dr"), is_title("Асан")
    (True, True, False)
    """
    return _is_listed_in_any_ending(skeleton(word), _sounds_of_words("titles"))


def is_nominative_title(sounds: str) -> bool:
    """Return whether a title is in the nominative, as listed or a woman's: журналист, журналистка, not журналиста."""
    return sounds.removesuffix("ka") in _sounds_of_words("titles")


@cached_by_word(1 << 14)
def is_given_name(sounds: str) -> bool:
    """Return whether sounds are a given name, as listed or with a final vowel that an ending added.

    >>> is_given_name(skeleton("Марата")), is_given_name(skeleton("Асылбек")), is_given_name(skeleton("Задержали"))
    (True, True, False)
    """
    has_name_ending = len(sounds) > 5 and sounds.endswith(_GIVEN_NAME_ENDINGS) and not sounds.endswith(_VERB_ENDINGS)
    return (
        has_name_ending
        or sounds in MALE_NAMES_IN_A
        or is_common_given_name(sounds)
        or is_common_given_name(sounds[:-1])
    )


def is_common_given_name(sounds: str) -> bool:
    """Return whether sounds are a given name on the list of common ones."""
    return sounds in _sounds_of_words("given names")


@cached_by_word(1 << 14)
def is_type_word(word: str) -> bool:
    """Return whether a word, in any ending, says what kind of body a name belongs to: "newspaper", "фонд"."""
    return _is_listed_in_any_ending(skeleton(word), _sounds_of_words("types"))


def _is_listed_in_any_ending(sounds: str, listed_sounds: frozenset[str]) -> bool:
    """Return whether sounds, less an ending of a few sounds, are on a list."""
    shortest = max(4, len(sounds) - _MAX_TITLE_ENDING)
    return sounds in listed_sounds or any(sounds[:length] in listed_sounds for length in range(shortest, len(sounds)))


@cached_by_word(1 << 14)
def is_ordinary(word: str) -> bool:
    """Return whether a word is on the short list of ordinary words; other words may be ordinary too.

    >>> is_ordinary("April"), is_ordinary("Апрель"), is_ordinary("Kloop")
    (True, True, False)
    """
    return skeleton(word) in _sounds_of_words("ordinary") | _sounds_of_words("types")


def is_very_common_surname(sounds: str) -> bool:
    """Return whether a surname, in a man's form, is one of the most common."""
    return sounds in _sounds_of_words("very common surnames")


def is_common_full_name(given_names: Iterable[str], surname: str) -> bool:
    """Return whether many people bear a full name, as sounds.

    Given name and surname are both very common, or the surname is made of the given name. `given_names` are the
    spellings of one given name.

    >>> is_common_full_name(["elena"], "ivanova"), is_common_full_name(["talant"], "talantov")
    (True, True)
    >>> is_common_full_name(["ulan"], "bu")
    False
    """
    common_names, family = (
        _sounds_of_words("very common given names").intersection(given_names),
        surname.removesuffix("a"),
    )
    derived_surnames = {name.rstrip("aeiou") + ending for name in common_names for ending in ("ov", "ev", "in")}
    return bool(common_names) and (family in derived_surnames or is_very_common_surname(family))
