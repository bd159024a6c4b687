"""Pure. Sample forms of a listed name as a native reader would write them, each tried on the matcher itself.

The tables here only write forms out for people to read; the matcher decides whether a form is found, and how surely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from anyascii import anyascii
from babel import Locale

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.countries import country_of_body
from monitor.match.explain.trials import is_whole, try_form, try_names
from monitor.match.index.forms import is_womans_surname
from monitor.match.index.listed_names import listed_names
from monitor.match.index.names import Particle
from monitor.match.known_names import familiar_forms
from monitor.match.state_bodies import needs_country, unlisted_names
from monitor.model import Confidence, Context, Entity, EntityType, Message
from monitor.text.normalize import is_cyrillic
from monitor.text.romanize import skeleton


@dataclass(frozen=True, slots=True)
class Sample:
    """A form that may stand in an article, a label for it, and the confidence with which the matcher finds it."""

    text: str
    label: Message
    confidence: Confidence | None  # None: not found
    is_offer: bool = False  # another name that the person may have: it is found only if it is listed


def samples(entity: Entity) -> tuple[Sample, ...]:
    """Return forms of an entity's names and of similar words, the strong ones first.

    The entity is tried as if alone on the list, and without its context: other entities that share its name, and words
    that its entry requires or excludes, can only lower the confidence. Names that are found as listed are left out.
    """
    compiled = compile_watchlist([replace(entity, context=Context(), handles=())])
    names = listed_names(entity)
    person = _main_name(names, compiled) if entity.type is EntityType.PERSON else None
    offers: Mapping[str, Message] = {}
    forms: Mapping[str, Message] = {}
    if person:
        forms, offers = _person_forms(person, names), dict(_offers(person))
    elif entity.type is EntityType.PERSON:  # known by one word
        forms = _organisation_forms([name for name in names if name.isalpha() and name.istitle() and len(name) > 2])
    else:
        forms = {**_organisation_forms(names), **dict(_names_of_table(entity))}
    tried = [
        *(Sample(name, _AS_LISTED, try_form(name, compiled)) for name in names),
        *(Sample(text, label, try_form(text, compiled)) for text, label in forms.items() if text not in names),
        *(Sample(text, label, try_form(text, compiled), is_offer=True) for text, label in offers.items()),
    ]
    order = (Confidence.STRONG, Confidence.POSSIBLE, None)
    return tuple(sorted(filter(_is_worth_showing, tried), key=lambda sample: order.index(sample.confidence)))


_AS_LISTED = Message("as listed")
_IN_CYRILLIC, _IN_LATIN = Message("in Cyrillic letters"), Message("in Latin letters")


def _is_worth_showing(sample: Sample) -> bool:
    """Return whether a sample says something new.

    A form in other letters that is not found is no form anybody writes, but a fault of our tables.
    """
    if sample.label == _AS_LISTED or sample.is_offer:
        return sample.confidence is not Confidence.STRONG
    return sample.confidence is Confidence.STRONG or sample.label not in (_IN_CYRILLIC, _IN_LATIN)


# ---- persons --------------------------------------------------------------------------------------------------------


class _Person(NamedTuple):
    """Given name and surname of a person as listed; `particle` follows a father's name."""

    given_name: str
    surname: str
    particle: Particle | None

    @property
    def family(self) -> str:
        """Return the surname with its particle in the same script."""
        particle = self.particle and (self.particle.cyrillic_spelling if self.is_cyrillic else self.particle.value)
        return f"{self.surname} {particle}" if particle else self.surname

    @property
    def is_cyrillic(self) -> bool:
        """Return whether the name is written in Cyrillic."""
        return is_cyrillic(self.surname)


def _main_name(names: Sequence[str], compiled: Compiled) -> _Person | None:
    """Return the first Cyrillic, else the first Latin name of a person that is found as listed, or None."""
    trials = try_names([(Entity("", name), name) for name in names])
    findable = [name for name, spans in zip(names, trials, strict=True) if is_whole(name, spans)]
    people: list[tuple[int, _Person]] = []
    for name in (name for bearers in compiled.people.values() for name in bearers if name.alias in findable):
        if name.given_name is not None:
            given_name, surname = (_without_capitals(compiled.word(n).raw) for n in (name.given_name, name.surname))
            if given_name.isalpha() and surname.isalpha() and len(surname) > 1:
                people.append((findable.index(name.alias), _Person(given_name, surname, name.particle)))
    people.sort(key=lambda person: (not person[1].is_cyrillic, person[0]))
    return people[0][1] if people else None


def _without_capitals(word: str) -> str:
    """Return a word of capitals with one capital."""
    return word.capitalize() if word.isupper() and len(word) > 2 else word


def _person_forms(person: _Person, names: Sequence[str]) -> Mapping[str, Message]:
    """Return forms of a person's name, each with its label."""
    given_name, surname, family = person.given_name, person.surname, person.family
    forms: dict[str, Message] = {}
    latin, cyrillic = (f"{write(given_name)} {write(family)}" for write in (_to_latin, _to_cyrillic))
    if not any(map(is_cyrillic, names)):
        forms[cyrillic] = _IN_CYRILLIC
    if all(map(is_cyrillic, names)):
        forms[latin] = _IN_LATIN
    if not person.particle:
        forms[" ".join(_russian_dative(cyrillic.split()))] = Message("Russian dative")
    forms[f"{cyrillic}{_kyrgyz_genitive(cyrillic)}"] = Message("Kyrgyz genitive")
    forms[f"{family} {given_name}"] = Message("surname first")
    forms[f"{_initial(given_name)}. {family}"] = Message("an initial")
    if familiar := familiar_forms([skeleton(given_name)]):
        forms[f"{familiar[0]} {_to_cyrillic(family)}"] = Message("a familiar form of the given name")
    forms[family] = Message("the surname alone")
    is_woman = is_womans_surname(surname) or person.particle is Particle.KYZY
    other_given_names = ("Айгуль", "Нургуль") if is_woman else ("Бакыт", "Азамат")
    if not person.is_cyrillic:
        other_given_names = ("Aigul", "Nurgul") if is_woman else ("Bakyt", "Azamat")
    other_given_name = next(name for name in other_given_names if skeleton(name) != skeleton(given_name))
    forms[f"{other_given_name} {family}"] = Message("another given name")
    return forms


def _initial(given_name: str) -> str:
    """Return the first letter of a name, or the Latin letters of one sound."""
    return given_name[:2] if given_name[:2] in ("Ch", "Sh", "Zh") else given_name[0]


def _offers(person: _Person) -> Iterator[tuple[str, Message]]:
    """Yield the name without or with -ov, as many in Kyrgyzstan change theirs: Дуулатов, Дуулат уулу."""
    given_name, surname, particle = person
    feminine = "а" if person.is_cyrillic else "a"
    if particle in (Particle.KYZY, Particle.UULU):
        ending = (
            "ев" if surname.endswith("й") else "ev" if surname.endswith("y") else "ов" if person.is_cyrillic else "ov"
        )
        stem = surname.removesuffix("й") if person.is_cyrillic else surname.removesuffix("y")
        yield f"{given_name} {stem}{ending}{feminine * (particle is Particle.KYZY)}", Message("with -ov")
    elif particle is None and (parsed := re.fullmatch("(..+?)([оеё]в|[oe]v)([аa]?)", surname)):
        stem, suffix, is_woman = parsed.groups()
        if skeleton(stem) == skeleton(given_name):  # Иван Иванов is no Иван уулу
            return
        if stem.endswith(("а", "a")) and suffix in ("ев", "ev"):  # Токобаев: Токобай
            stem += "й" if person.is_cyrillic else "y"
        father = _Person(given_name, stem, Particle.KYZY if is_woman else Particle.UULU)
        yield f"{given_name} {father.family}", Message("without -ov")


# ---- organisations --------------------------------------------------------------------------------------------------


def _organisation_forms(names: Sequence[str]) -> Mapping[str, Message]:
    """Return forms of an organisation's names, each with its label, one of a kind."""
    forms: dict[Message, str] = {}
    for name in names:
        if " " in name:
            forms.setdefault(Message("in capitals"), name.upper())
        elif name.isalpha():
            if is_cyrillic(name):
                forms.setdefault(Message("Kyrgyz genitive"), name + _kyrgyz_genitive(name))
                if all(map(is_cyrillic, names)):
                    forms.setdefault(_IN_LATIN, _to_latin(name))
            elif not name.isupper() and not any(map(is_cyrillic, names)):
                forms.setdefault(_IN_CYRILLIC, _to_cyrillic(name))
            forms.setdefault(Message("without a capital"), name.lower())
    return {text: label for label, text in forms.items()}


def _names_of_table(entity: Entity) -> Iterator[tuple[str, Message]]:
    """Yield the names of a body that only the table of state bodies has, with the country where they need it."""
    for name in unlisted_names(entity):
        country = country_of_body(entity)
        language = name.language if name.language in _WITH_COUNTRIES else "en"
        country_name = Locale.parse(language).territories.get(country, country)
        is_shown = needs_country(name) and country_name[:_COUNTRY_STEM] not in name.text  # Служба безопасности Украины
        yield f"{name.text} ({country_name})" if is_shown else name.text, Message("in the table of state bodies")


_WITH_COUNTRIES = ("ru", "ky", "uk", "tr")  # of the languages in which countries are known
_COUNTRY_STEM = 5  # letters

# ---- how words are written out --------------------------------------------------------------------------------------

_DATIVE = (
    ("(?<=Пав)ел$", "лу"), ("(?<=П)ётр$", "етру"), ("(?<=[оеё]в)а$|(?<=[иы]н)а$|ая$", "ой"), ("[ыи]й$", "ому"),
    ("(?<=и)я$", "и"), ("[ая]$", "е"), ("[ьй]$", "ю"), ("(?<=[бвгджзклмнпрстфхцчшщ])$", "у"),
)  # fmt: skip


def _russian_dative(words: list[str]) -> Iterator[str]:
    """Yield given name and surname in the dative.

    Next to a woman's surname a given name that ends in a consonant keeps its form.
    """
    for place, word in enumerate(words):
        if words[-1].endswith(("ова", "ева", "ина", "ая")) and word[-1:] not in {*"ая"}:
            yield word
        else:
            is_name_in_y = place < len(words) - 1 and word.endswith("ий")  # Дмитрию, but Сыргакскому
            ending, dative = next(
                ((e, d) for e, d in _DATIVE if re.search(e, word) and not (is_name_in_y and d == "ому")), ("$", "")
            )
            yield re.sub(ending, dative, word)


_HARMONY_VOWELS = {
    **dict.fromkeys("аяы", "ы"),
    **dict.fromkeys("оёую", "у"),
    **dict.fromkeys("эеи", "и"),
    "ө": "ү",
    "ү": "ү",
}


def _kyrgyz_genitive(name: str) -> str:
    """Return the genitive ending of the last word: its first letter by the sound before, its vowel in harmony.

    >>> _kyrgyz_genitive("Асанов"), _kyrgyz_genitive("кызы"), _kyrgyz_genitive("Азамат"), _kyrgyz_genitive("УКМК")
    ('дун', 'нын', 'тын', 'нын')
    """
    last = name.lower().rstrip("ьъ").rpartition(" ")[2]
    vowels = [letter for letter in last if letter in _HARMONY_VOWELS]
    # Acronyms are read letter by letter, and most letters' names end in а or е: УКМКнын. ИИМдин is read as a word.
    is_spelt_out = name.isupper() and not {*last[-2:]} & {*_HARMONY_VOWELS}
    if not vowels or is_spelt_out:
        return "нын"
    first = "н" if last[-1] in _HARMONY_VOWELS else "т" if last[-1] in "пткфсшщчцх" else "д"
    return f"{first}{_HARMONY_VOWELS[vowels[-1]]}н"


_CYRILLIC_LETTERS = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "th": "т", "ph": "ф", "ya": "я", "yu": "ю",
    "yo": "ё", "ye": "е", "ou": "у", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х",
    "i": "и", "j": "ж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с",
    "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з", "'": "ь", "’": "ь",
}  # fmt: skip
_LATIN_LETTERS_RE = re.compile(
    # Айдай; Эркебаева; Тухватшин; Арзыева.
    r"(?<=[aeiou])[yi](?![aeiou])|\be|t(?=sh)|(?<=[^aeiou\s])y(?=e)|"
    + "|".join(sorted(_CYRILLIC_LETTERS, key=len, reverse=True))
)


def _to_cyrillic(name: str) -> str:
    """Return a name in Cyrillic letters.

    >>> _to_cyrillic("Zhoomart"), _to_cyrillic("Aiday Kyzy"), _to_cyrillic("Эмил кызы")
    ('Жоомарт', 'Айдай Кызы', 'Эмил кызы')
    """
    if is_cyrillic(name):
        return name
    words = (_LATIN_LETTERS_RE.sub(_cyrillic_letter, word.lower()) for word in anyascii(name).split())
    return " ".join(w.capitalize() if n[:1].isupper() else w for w, n in zip(words, name.split(), strict=False))


def _cyrillic_letter(match: re.Match[str]) -> str:
    """Return the Cyrillic letter for a match of `_LATIN_LETTERS_RE`."""
    letters = match.group()
    if letters in "yi" and match.start() and match.string[match.start() - 1] in "aeiou":
        return "й"
    return "э" if letters == "e" and not match.start() else _CYRILLIC_LETTERS[letters]


def _to_latin(name: str) -> str:
    """Return a name in Latin letters."""
    latin: str = anyascii(re.sub("[ьъЬЪ]", "", name)) if is_cyrillic(name) else name
    return latin
