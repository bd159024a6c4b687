"""Pure. Tell a real name of somebody else from a misspelling, an ending or a short form of a watched name.

A difference that makes another real name (`known_names`) is another person's: Даулетов is no misspelt Дуулатов.
"""

from __future__ import annotations

from monitor.match.index.endings import KYRGYZ, declined_endings
from monitor.match.index.forms import Declension
from monitor.match.index.names import Particle
from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.known_names import (
    is_common_word,
    is_formed_of_given_name,
    is_place,
    is_real_given_name,
    is_real_surname,
    is_word_or_place,
)
from monitor.match.rules.occurrence import Doubt
from monitor.match.scanner.passage import Passage
from monitor.match.scanner.word_form import WordForm
from monitor.match.words import is_ordinary_in_any_ending
from monitor.model import Message
from monitor.model.message import _

_OTHER_NAME = _("“{}” is a name of its own, and may be another person's")
# Lifted where something ties the name to the case (`rules.evidence`).
FAMILIAR = Message("nothing in the article ties the familiar form of the name to the case", code=Doubt.FAMILIAR_FORM)
# The endings by which -ов makes a surname of a given name: Искендеров. One person's name is not in the plural.
_SURNAME_FORMING = frozenset({"ov", "ev"})
# Between vowels Kyrgyz voices к and п: Сыдык and Аалы are Сыдыгалы, also written Сыдыкалы. Newsrooms exchange s and z.
_VOICED = str.maketrans("kps", "gbz")
_FATHERS_NAME = _("“{}” after it makes it the name of a father")
_MIN_GIVEN_NAME = 3  # sounds
_CASE_ENDINGS = frozenset(
    {"", "s", *KYRGYZ, *declined_endings(Declension.CONSONANT), *declined_endings(Declension.VOWEL)}
)
_NOMINATIVE_ENDINGS = {Declension.VOWEL: "a", Declension.OVA: "a", Declension.GLIDE: "i"}


def doubt_of_given_name(form: WordForm, match: WordMatch, listed: Word) -> Message | None:
    """Return why a given name is rather another real one than the listed, or None.

    An ending of one sound may be a case of either: Динара.
    """
    if match.closeness is Closeness.SAME:
        is_other = len(match.ending) > 1 and is_real_given_name(form.sounds)  # Канышайым
    else:
        names = form.sounds, _nominative(form, match)
        is_other = _is_spelt_otherwise(form, match, listed) and any(map(is_real_given_name, names))
    return Message(_OTHER_NAME, form.text) if is_other else None


def doubt_of_surname(form: WordForm, match: WordMatch, listed: Word, particle: Particle | None) -> Message | None:
    """Return why a surname, or a father's name before its particle, is rather another real one, or None."""
    if match.closeness is Closeness.SAME or not _is_spelt_otherwise(form, match, listed):
        return None
    is_real = is_real_given_name if particle else is_real_surname
    return Message(_OTHER_NAME, form.text) if is_real(_nominative(form, match)) else None


def _is_spelt_otherwise(form: WordForm, match: WordMatch, listed: Word) -> bool:
    """Return whether a word has other sounds than any spelling of the listed one."""
    spellings = *listed.spellings, match.stem.text + _NOMINATIVE_ENDINGS.get(match.stem.declension, "")
    # A Ukrainian or Belarusian г is a Latin h: Євген is Yevhen.
    h = "g" if form.is_cyrillic != listed.is_cyrillic else "h"
    keys = [_same_name_key(name).replace("h", h) for name in (_nominative(form, match), *spellings)]
    return keys[0] not in keys[1:]


def _same_name_key(sounds: str) -> str:
    """Return what spellings of one name share: voiced or not, ө and ү also as oe and ue."""
    return sounds.translate(_VOICED).replace("oe", "o").replace("ue", "u")


def _nominative(form: WordForm, match: WordMatch) -> str:
    """Return the sounds of a word of the text without its case: of «Лолу», matched as Лейла, Лола."""
    return form.sounds.removesuffix(match.ending) + _NOMINATIVE_ENDINGS.get(match.stem.declension, "")


def doubt_of_short_form(surname: WordMatch) -> Message | None:
    """Return why a short or longer form of the given name may be another person's, or None.

    Many bear a surname that is formed of a given name: Канат and Канатбек Исаев may be two people, Дүйшөн and Дүйшөнкул
    Чотонов are one.
    """
    return (
        Message("so many people bear this surname that it may be another person")
        if is_formed_of_given_name(surname.stem.text)
        else None
    )


def doubt_of_fathers_name(passage: Passage, last: int) -> Message | None:
    """Return why a name that ends with the word `last` is rather a father's, or None: Мелис Токоев уулу Данияр."""
    after = last + 1
    if not passage.is_joined_to_next(last) or not passage.is_joined_to_next(after):
        return None
    particle = passage.word(after).particle
    is_fathers = particle is not None and not particle[1] and passage.is_capitalised(after + 1)
    return Message(_FATHERS_NAME, passage.word(after).text) if is_fathers else None


def doubt_of_parents_name(passage: Passage, particle: int) -> Message | None:
    """Return why a name that ends with its particle is rather a parent's, or None: Семетей Талас уулу Данияр.

    A given name follows the bare particle, in any case. With a surname behind it, it begins the next name.
    """
    after = particle + 1
    if not passage.is_joined_to_next(particle) or passage.has_full_stop_after(particle):
        return None
    parsed, word = passage.word(particle).particle, passage.word(after)
    if parsed is None or parsed[1] or not passage.is_capitalised(after) or is_ordinary_in_any_ending(word.text):
        return None
    if not _is_given_name_in_any_case(word.sounds):
        return None
    if passage.is_joined_to_next(after) and passage.is_capitalised(after + 1):
        following = passage.word(after + 1)
        if following.has_surname_ending or not is_common_word(following.sounds):
            return None
    return Message(_FATHERS_NAME, word.text)


def _is_given_name_in_any_case(sounds: str) -> bool:
    """Return whether sounds are a given name, also with a Russian, Kyrgyz or English ending: Данияра, Даниярдын.

    The longest stem that is a name, a place or another word decides.
    """
    for length in range(len(sounds), _MIN_GIVEN_NAME - 1, -1):
        stem = sounds[:length]
        if sounds[length:] not in _CASE_ENDINGS or not (is_real_given_name(stem) or is_word_or_place(stem)):
            continue
        return is_real_given_name(stem) and not is_place(stem)
    return False


def refusal_of_plural(form: WordForm, match: WordMatch) -> str:
    """Return why a name in the plural is another's surname, or ""."""
    is_surname = match.inflection == "plural" and match.ending in _SURNAME_FORMING
    return f"“{form.text}” is a surname of its own" if is_surname else ""
