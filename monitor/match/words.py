"""Pure. Word lists of the rules (`tables/words.txt`): titles, given names, words within names, ordinary words.

"Sounds" are skeletons (`text.romanize.skeleton`): how a word sounds, in one alphabet for all scripts.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache, partial

from monitor.match.tables import section_sounds, section_words
from monitor.text.normalize import cached_by_word, is_cyrillic
from monitor.text.romanize import skeleton

_words, _sounds_of_words = partial(section_words, "words"), partial(section_sounds, "words")
SUFFIXES, CONJUNCTIONS, ARTICLES = map(_words, ("suffixes", "conjunctions", "articles"))
NOBILIARY = _words("nobiliary") | ARTICLES
PLACE_PREPOSITIONS = _words("prepositions of place")
PREPOSITIONS, CLAUSE_OPENERS = map(_words, ("prepositions", "clause openers"))
SPEECH_VERBS, NOUNS_LIKE_VERBS = map(_words, ("verbs of speech", "nouns like verbs"))
KYRGYZ_WORDS, RUSSIAN_WORDS, UZBEK_WORDS = map(_words, ("kyrgyz", "russian", "uzbek"))
LATIN_KYRGYZ_WORDS = _words("kyrgyz in latin letters")
MALE_NAMES_IN_A = _sounds_of_words("men in a")
# Endings of given names that no list has (Асылбек, Гүлжан), and of verbs that begin sentences before a surname:
# задержан, поддержан.
_GIVEN_NAME_ENDINGS, _VERB_ENDINGS = ("bek", "bai", "gul", "Jan", "din"), "derJan"
_MAX_TITLE_ENDING = 3


def is_title(word: str) -> bool:
    """Return whether a word, in any ending, is a title or an office.

    >>> is_title("Президенту"), is_title("Dr"), is_title("Асан")
    (True, True, False)
    """
    return is_listed_in_any_ending(skeleton(word), _sounds_of_words("titles"))


class PersonNoun(Enum):
    """The form of a Russian noun for a person, as far as it tells the case of the name after it."""

    NOMINATIVE = "nominative"  # оператор, операторы
    GENITIVE = "genitive"  # оператора, операторов: also the accusative
    OTHER_CASE = "other case"  # оператору, операторами
    WOMAN = "woman"  # журналистка


def read_person_noun(word: str) -> PersonNoun | None:
    """Return the form of a noun that is a title or another noun for a person; None: it is none.

    >>> read_person_noun("операторов").value, read_person_noun("сотрудница").value, read_person_noun("дом")
    ('genitive', 'woman', None)
    """
    sounds, nouns = skeleton(word), _sounds_of_words("titles") | _sounds_of_words("people")
    if sounds in _sounds_of_words("women"):
        return PersonNoun.WOMAN
    if sounds in nouns:
        return PersonNoun.NOMINATIVE
    for ending, form in _PERSON_NOUN_ENDINGS:
        if sounds.endswith(ending) and sounds.removesuffix(ending) in nouns:
            return form
    is_woman = sounds.endswith("niTa") and sounds.removesuffix("Ta") + "k" in nouns
    return PersonNoun.WOMAN if is_woman else PersonNoun.OTHER_CASE if is_listed_in_any_ending(sounds, nouns) else None


_PERSON_NOUN_ENDINGS = (
    *((ending, PersonNoun.WOMAN) for ending in ("ka", "Sa")),
    *((ending, PersonNoun.GENITIVE) for ending in ("a", "ov", "ev")),
    *((ending, PersonNoun.NOMINATIVE) for ending in ("i",)),
)


def is_given_name(sounds: str) -> bool:
    """Return whether sounds are a given name, as listed or with a final vowel that an ending added.

    >>> is_given_name(skeleton("Марата")), is_given_name(skeleton("Асылбек")), is_given_name(skeleton("Задержали"))
    (True, True, False)
    """
    return is_given_name_as_listed(sounds) or is_common_given_name(sounds[:-1])


def is_given_name_as_listed(sounds: str) -> bool:
    """Return whether sounds are a given name without an ending: Марат, Асылбек, Никита."""
    has_name_ending = len(sounds) > 5 and sounds.endswith(_GIVEN_NAME_ENDINGS) and not sounds.endswith(_VERB_ENDINGS)
    return has_name_ending or sounds in MALE_NAMES_IN_A or is_common_given_name(sounds)


def is_common_given_name(sounds: str) -> bool:
    """Return whether sounds are a given name on the list of common ones."""
    return sounds in _sounds_of_words("given names")


@cached_by_word(1 << 14)
def is_type_word(word: str) -> bool:
    """Return whether a word, in any ending, says what kind of body a name belongs to: "newspaper", "фонд"."""
    return is_listed_in_any_ending(skeleton(word), _sounds_of_words("types") | _stems_of_types())


@cache
def _stems_of_types() -> frozenset[str]:
    """Return the longer types less a final vowel, which case endings replace: агентств-у, издани-я."""
    return frozenset(sounds[:-1] for sounds in _sounds_of_words("types") if len(sounds) > 5 and sounds[-1] in "aeiou")


def is_state_body(word: str) -> bool:
    """Return whether a listed word says that a name is a state's body: Министерство, court."""
    return skeleton(word) in _sounds_of_words("state bodies")


def is_listed_in_any_ending(sounds: str, listed_sounds: frozenset[str]) -> bool:
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


def is_ordinary_in_any_ending(word: str) -> bool:
    """Return whether a word, in any ending, is on the list of ordinary words: «Азаттыкка» is of no Азат."""
    return is_listed_in_any_ending(skeleton(word), _sounds_of_words("ordinary"))


@cache
def _ordinary_sounds(cyrillic: bool) -> frozenset[str]:
    """Return the skeletons of the ordinary words of a script."""
    return frozenset(skeleton(word) for word in _words("ordinary") | _words("types") if is_cyrillic(word) is cyrillic)


def is_ordinary_in_script(word: str, *, cyrillic: bool) -> bool:
    """Return whether a listed word is an ordinary one in the script in which it stands in a text.

    >>> is_ordinary_in_script("Азаттык", cyrillic=True), is_ordinary_in_script("Азаттык", cyrillic=False)
    (True, False)
    """
    return skeleton(word) in _ordinary_sounds(cyrillic)


def is_very_common_surname(sounds: str) -> bool:
    """Return whether a surname, in a man's form, is one of the most common."""
    return sounds in _sounds_of_words("very common surnames") | _sounds_of_words("very common English surnames")


def is_common_full_name(given_names: Iterable[str], surname: str, *, in_cyrillic: bool = False) -> bool:
    """Return whether many people bear a full name, as sounds.

    Given name and surname are both very common, or the surname is made of the given name. `given_names` are the
    spellings of one given name. English names are not common `in_cyrillic` text.

    >>> is_common_full_name(["elena"], "ivanova"), is_common_full_name(["talant"], "talantov")
    (True, True)
    >>> is_common_full_name(["david"], "davis"), is_common_full_name(["david"], "davis", in_cyrillic=True)
    (True, False)
    """
    languages = ("very common", "very common English")[: 1 if in_cyrillic else 2]
    common_given_names, common_surnames = (
        frozenset[str]().union(*(_sounds_of_words(f"{language} {kind}") for language in languages))
        for kind in ("given names", "surnames")
    )
    common_names, family = common_given_names.intersection(given_names), surname.removesuffix("a")
    derived_surnames = {name.rstrip("aeiou") + ending for name in common_names for ending in ("ov", "ev", "in")}
    return bool(common_names) and (family in derived_surnames or family in common_surnames)
