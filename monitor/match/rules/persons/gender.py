"""Pure. Tell by gender and case whose a name is.

A man's surname in the genitive is told from a woman's own (Токоева, Александра Токоева) by the Russian clause.

A woman would stand in the nominative. What governs the name, what stands in apposition to it, and the names joined to
it by "и" are in the same case; a predicate beside it agrees with its subject. `tables/words.txt` has the word lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from monitor.match.index.forms import Declension, is_kyrgyz_ending
from monitor.match.index.word_match import Word, WordMatch
from monitor.match.rules.persons.spelling import is_feminine
from monitor.match.scanner.passage import MAX_SHORT_STEM, Passage
from monitor.match.scanner.word_form import WordForm
from monitor.match.words import (
    CLAUSE_OPENERS,
    MALE_NAMES_IN_A,
    NOUNS_LIKE_VERBS,
    PREPOSITIONS,
    SPEECH_VERBS,
    PersonNoun,
    is_type_word,
    read_person_noun,
)
from monitor.model import Message

MAY_BE_WOMAN = Message("as it stands here it may be a woman's name")

_MAX_WORDS_BEFORE = 8  # of an apposition: "бывших операторов издания «Kloop Media» Александра Токоева"
_MAX_PARTICLES = 2
_MAX_JOINED_NAMES = 3
_PHRASE_GAP = re.compile(r"[\s«»“”„\"'’()\[\]]*")
_GENITIVE = re.compile(r"(?:[оеё]го|[ыи]х|..[оеё]в|..ей)$")
# Of short participles the usual ones: арестован, задержан, оправдан, осуждён, уволен, принят; not спортсмен.
_PARTICIPLE = "(?:(?:ова|ержа|да|ызва|збра|изна|[жшщчлр]е)н|(?:ня|би|кры)т)"
# Long participles and like words (not мастерская), past tenses, short participles.
_FEMININE = re.compile(rf"(?:(?:нн|[еи]м|вш|[юу]щ|тн)ая|[аеиоуыя]ла(?:сь)?|{_PARTICIPLE}а)$")
_PLURAL_PREDICATE = re.compile(rf"{_PARTICIPLE}ы$")
# A verb that its neighbour in -ова is the object of: it is masculine, neuter or plural.
_VERB_WITH_OBJECT = re.compile(r"(?:[аеиоуыя]л[ио]?|[юуя]т|[жшчщ]ат)$")
_RELATIVE_OF_MAN, _RELATIVE_OF_WOMAN = re.compile("котор(?:ого|ому|ым|ом)$"), re.compile("котор(?:ая|ую|ой)$")
_PARTICLES = frozenset(["не", "уже", "также", "снова", "вновь", "тоже", "ещё", "сразу", "сейчас"])
_NOMINATIVE_SURNAME = re.compile("(?:[оеё]в|[иы]н|[сц]кий)$")
_GENITIVE_SURNAME = re.compile("(?:[оеё]в|[иы]н|[сц]к)(?:ой|у|ого)$")


def may_be_woman(passage: Passage, first: int, last: int) -> bool:
    """Return whether a name in -ова may be a woman's in the nominative; `first` and `last` are its words."""
    government, joined_names = _Government(passage, first), list(_joined_names(passage, first, last))
    # "арест Дуулатова и Токоева": what governs the first of the names governs all.
    shared = _Government(passage, joined_names[-1].first) if joined_names and joined_names[-1].first < first else None
    for is_genitive in (
        government.is_genitive,
        *(name.is_genitive for name in joined_names),
        *((shared.is_genitive, shared.is_likely_genitive) if shared else ()),
        government.is_likely_genitive,
        _is_genitive_by_what_follows(passage, last),
    ):
        if is_genitive is not None:
            return not is_genitive
    return True


class _Government:
    """The words before a name that decide its case. The attributes are None where they say nothing."""

    def __init__(self, passage: Passage, first: int) -> None:
        self.is_genitive: bool | None = None
        # A noun or a verb right before a name mostly governs it: "арест Токоева", "приговорили Токоева".
        self.is_likely_genitive: bool | None = None
        is_apposed = False  # an outlet or a place stands between
        for place in range(first - 1, max(-1, first - 1 - _MAX_WORDS_BEFORE), -1):
            word = passage.word(place)
            if not _PHRASE_GAP.fullmatch(passage.gap_after(place)):
                return
            has_capital = word.is_capitalised and not passage.is_in_capitals_line(place)
            is_name = has_capital and not passage.starts_sentence(place)
            if is_name or _is_body_noun(word.lower) or (is_apposed and word.lower in PREPOSITIONS):
                # "оператора издания Kloop из Бишкека Токоева"
                is_apposed = True
                continue
            self._read(passage, place, word, is_apposed)
            return

    def _read(self, passage: Passage, place: int, word: WordForm, is_apposed: bool) -> None:
        """Read the nearest word that may govern the name."""
        noun, lower = read_person_noun(word.text), word.lower
        is_predicate = _is_predicate_of_woman(lower) or _PLURAL_PREDICATE.search(lower) or lower in SPEECH_VERBS
        if noun is PersonNoun.WOMAN or (noun is not PersonNoun.GENITIVE and is_predicate):
            self.is_genitive = False
        elif noun is PersonNoun.GENITIVE or _GENITIVE.search(lower):
            # "адвокат журналистов Александра Токоева": perhaps the lawyer's own name
            has_head = passage.is_joined_to_next(place - 1) and not passage.is_hyphenated_to_next(place - 1)
            head = read_person_noun(passage.word(place - 1).text) if has_head else None
            self.is_genitive = None if head in {PersonNoun.NOMINATIVE, PersonNoun.WOMAN} else True
        elif not is_apposed and lower in PREPOSITIONS:
            self.is_genitive = True
        elif not is_apposed and noun is None and lower not in CLAUSE_OPENERS:
            self.is_likely_genitive = True


def _is_predicate_of_woman(word: str) -> bool:
    """Return whether a word is a feminine participle or verb: задержанная, задержана, сказала."""
    return _FEMININE.search(word) is not None and word not in NOUNS_LIKE_VERBS


def _is_body_noun(word: str) -> bool:
    """Return whether a word is a noun for a kind of body, in the genitive too: издания, газеты."""
    return any(is_type_word(form) for form in (word, *(word[:-1] + vowel for vowel in "оеая")))


def _is_genitive_by_what_follows(passage: Passage, last: int) -> bool | None:
    """Return whether the predicate or the apposition after a name shows a genitive; None: neither does."""
    at, particles = last + 1, 0
    while at < passage.size and particles < _MAX_PARTICLES and passage.word(at).lower in _PARTICLES:
        at, particles = at + 1, particles + 1
    if at >= passage.size:
        return None
    gap, word = passage.gap_after(last).strip(), passage.word(at).lower
    if gap == ",":
        noun = read_person_noun(word)
        if _RELATIVE_OF_MAN.match(word) or noun is PersonNoun.GENITIVE or word.endswith(("ого", "его")):
            return True
        if _RELATIVE_OF_WOMAN.match(word) or noun is PersonNoun.WOMAN or word.endswith(("ая", "яя")):
            return False
        return None
    if gap or passage.is_capitalised(at):
        return None
    if _is_predicate_of_woman(word):
        return False
    is_noun = read_person_noun(word) is PersonNoun.NOMINATIVE  # генерал
    return True if not is_noun and _VERB_WITH_OBJECT.search(word) else None


# ---- names joined by "и" or a comma ---------------------------------------------------------------------------------


class _JoinedName(NamedTuple):
    """A name before or after another, in the same case: its first word, its given name, its surname."""

    first: int
    given_name: WordForm | None
    surname: WordForm

    @property
    def is_genitive(self) -> bool | None:
        """Return whether the name is in the genitive or accusative; None: its words do not show it.

        "Жоомарта Дуулатова" is, "Жоомарт Дуулатов" is not, and "Дуулатова" alone may be a woman.
        """
        if _NOMINATIVE_SURNAME.search(self.surname.lower):
            return False
        if _GENITIVE_SURNAME.search(self.surname.lower):
            return True
        # A common name that has an ending: Жоомарта, not Анна
        has_name = self.given_name is not None and self.given_name.is_common_given_name
        return self.given_name.has_given_name_ending if has_name and self.given_name else None


def _joined_names(passage: Passage, first: int, last: int) -> Iterator[_JoinedName]:
    """Yield the name joined after a name, then those joined before it, the nearest first."""
    at = last + 1
    if at < passage.size and (gap := passage.gap_after(last).strip()) in {"", ","}:
        is_joined = gap == ","
        if passage.word(at).is_conjunction:
            at, is_joined = at + 1, True
        if is_joined and at < passage.size and passage.is_capitalised(at):
            has_surname = passage.is_joined_to_next(at) and passage.is_capitalised(at + 1)
            yield _JoinedName(at, passage.word(at) if has_surname else None, passage.word(at + has_surname))
    for _number in range(_MAX_JOINED_NAMES):
        at = first - 1
        is_joined = at >= 0 and passage.gap_after(at).strip() == ","
        if at > 0 and not is_joined and passage.word(at).is_conjunction and not passage.gap_after(at).strip():
            at, is_joined = at - 1, True
        if not is_joined or not passage.is_capitalised(at) or passage.gap_after(at).strip() not in {"", ","}:
            return
        has_given_name = (
            passage.is_joined_to_next(at - 1) and passage.is_capitalised(at - 1) and passage.can_be_given_name(at - 1)
        )
        first = at - has_given_name
        yield _JoinedName(first, passage.word(first) if has_given_name else None, passage.word(at))


# ---- given name and surname -----------------------------------------------------------------------------------------


_WOMANS_SURNAME = "“{}” after this given name is a woman's surname"
_MANS_NAME = "“{}” is a man's, and the list has a woman"
_DECLINED_SURNAME = "“{}” is a man's: of a woman such a surname keeps its form"
_MALE_GIVEN_NAME_ENDINGS = ("bek", "bai", "din")


class GivenNameAndSurname(NamedTuple):
    """A given name and a surname that stand together, each with the listed word that it matches."""

    given_form: WordForm
    given_match: WordMatch
    surname_form: WordForm
    surname_match: WordMatch
    listed_surname: Word


def agreement_refusal(names: GivenNameAndSurname, *, is_given_name_first: bool, is_kyrgyz: bool) -> str:
    """Return why gender or case shows that this is another person, or ""."""
    given_form, given_match, surname_form, surname, listed_surname = names
    ending = (given_match if is_given_name_first else surname).ending
    if ending and given_form.is_cyrillic and is_kyrgyz_ending(ending):
        return "in Kyrgyz the last word of a name takes the ending"
    if is_feminine(surname):
        if is_kyrgyz:  # unless it is a line of Russian: Мелисбека Токоева
            is_mans = given_match.ending == "a" and given_match.stem.text.endswith(_MALE_GIVEN_NAME_ENDINGS)
        else:
            # Russian agreement: Динар Исаева is a woman, Динара Исаева may be he; Дэн Сяопина is he
            is_asian_surname = surname.stem.text.endswith("in") and len(given_match.stem.text) <= MAX_SHORT_STEM
            is_in_vowel = given_form.sounds[-1:] in "aeiou" and not given_match.stem.is_familiar  # Саша Токоева is she
            is_mans = is_asian_surname or not given_match.is_uninflected or is_in_vowel
        return "" if is_mans else _WOMANS_SURNAME.format(surname_form.text)
    declension = given_match.stem.declension
    if declension is Declension.CONSONANT:  # Бакыту Токоеву is a man
        disagrees, template = bool(given_match.ending) and listed_surname.is_feminine, _MANS_NAME
    else:  # Галины Кима: of women such surnames do not decline
        is_in_vowel = declension is Declension.VOWEL and given_match.stem.text + "a" not in MALE_NAMES_IN_A
        is_womans_name = (is_in_vowel and not given_match.stem.is_familiar) or declension is Declension.SOFT
        disagrees = is_womans_name and surname.stem.declension is Declension.CONSONANT and bool(surname.ending)
        template = _DECLINED_SURNAME
    return template.format(surname_form.text) if disagrees and given_form.is_cyrillic and not is_kyrgyz else ""
