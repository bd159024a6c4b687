"""Pure. What a listed name will and will not be found as: forms written out here, each tried on the matcher itself.

The tables below only spell words out for people to read: how Russian and Kyrgyz decline a name, how a Latin name is
written in Cyrillic. Whether such a form is found, and how surely, is what the matcher says of it, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from anyascii import anyascii

from monitor.match.compiled import Compiled, compile_watchlist
from monitor.match.decide import mentions, read
from monitor.match.forms import is_womans_surname
from monitor.model import Confidence, Context, Entity, EntityType
from monitor.text import is_cyrillic, skeleton

_AS_LISTED = "as listed"
_FOUND_SHOWN, _OTHERS_SHOWN = 10, 5  # of an entity


@dataclass(frozen=True, slots=True)
class Sample:
    """Words as they may stand in an article, what they are, and how surely the matcher takes them for the entity."""

    text: str
    what: str
    confidence: Confidence | None = None  # None: not found
    kyrgyz: bool = field(default=False, compare=False)  # tried amid Kyrgyz words
    stranger: bool = field(default=False, compare=False)  # no form of the name, but near it


def samples(entity: Entity) -> tuple[Sample, ...]:
    """Forms of an entity's names and words that are near them: the clear ones first, then the possible, then the rest.

    As if the entity stood alone on the list, and without its context: others who share its name, and words that its
    entry requires or excludes, can only make less of what is said here. Names found just as they are listed go without
    saying and are left out.
    """
    bare = replace(entity, context=Context())
    compiled = compile_watchlist([bare])
    forms = {name: Sample(name, _AS_LISTED) for name in entity.names}
    for form in _of_person(compiled) if entity.type is EntityType.PERSON else _of_body(bare):
        forms.setdefault(form.text, form)
    tried = [replace(form, confidence=_try(form, compiled)) for form in forms.values()]
    clear = [form for form in tried if form.confidence is Confidence.STRONG and form.what != _AS_LISTED]
    possible = [form for form in tried if form.confidence is Confidence.POSSIBLE]
    missed = [form for form in tried if form.confidence is None]
    own = [form for form in missed if not form.stranger][:1]  # where one form is missed, its endings are too
    missed = [*own, *(form for form in missed if form.stranger)]
    return (*clear[:_FOUND_SHOWN], *possible[:_OTHERS_SHOWN], *missed[:_OTHERS_SHOWN])


def _try(form: Sample, compiled: Compiled) -> Confidence | None:
    """How surely the matcher finds a form amid a sentence; of a stranger, also when it takes a part for the name."""
    sentence = "yesterday it was {}, as before"
    if is_cyrillic(form.text):
        sentence = "бул тууралуу кечээ болгон {}, деди" if form.kyrgyz else "вчера это был {}, как и раньше"
    start = sentence.index("{")
    end = start + len(re.sub(r"-\w{2}$", "", form.text))  # an ending hyphened to an acronym is no part of a mention
    found = mentions(read(sentence.format(form.text), "", compiled), compiled)
    sure = {m.confidence for m in found if form.stranger or (m.span.start <= start and end <= m.span.end)}
    return next((c for c in (Confidence.STRONG, Confidence.POSSIBLE) if c in sure), None)


# ---- persons --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    """A person's name in one script; `given` is "" where the list has one word, `particle` one of кызы, уулу, тегин."""

    given: str
    surname: str
    particle: str = ""

    @property
    def family(self) -> str:
        return f"{self.surname} {self.particle}".strip()

    @property
    def full(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def woman(self) -> bool:
        return self.particle in {"кызы", "kyzy"} or is_womans_surname(self.surname) or self.given[-1:] in {*"аяa"}

    def written(self, cyrillic: bool) -> _Parts:
        to = _to_cyrillic if cyrillic else _to_latin
        return _Parts(to(self.given), to(self.surname), to(self.particle))


def _of_person(compiled: Compiled) -> Iterator[Sample]:
    listed = list(_listed_persons(compiled))
    if not listed:
        return
    cyrillic = next((p for p in listed if is_cyrillic(p.surname)), None) or listed[0].written(cyrillic=True)
    latin = next((p for p in listed if not is_cyrillic(p.surname)), None) or listed[0].written(cyrillic=False)
    yield from _in_cyrillic(cyrillic)
    yield from _in_latin(latin)
    name = cyrillic if is_cyrillic(listed[0].surname) else latin
    if name.given:
        yield Sample(f"{_INITIAL.findall(name.given)[0]}. {name.family}", "an initial")
        yield Sample(name.family, "the surname alone")
    yield from _strangers(name)


def _listed_persons(compiled: Compiled) -> Iterator[_Parts]:
    """How the matcher itself takes the names apart, whole names first."""
    names = [name for people in compiled.people.values() for name in people]
    for name in sorted(names, key=lambda n: (n.given is None, n.particle is None)):
        particle = name.particle
        surname = compiled.word(name.surname).raw
        written = "" if particle is None else particle.cyrillic if is_cyrillic(surname) else particle.value
        given = "" if name.given is None else compiled.word(name.given).raw
        yield _Parts(_as_a_name(given), _as_a_name(surname), written)


def _as_a_name(word: str) -> str:
    """TOKOEV as Tokoev."""
    return word.capitalize() if word.isupper() and len(word) > 2 else word


def _in_cyrillic(name: _Parts) -> Iterator[Sample]:
    yield Sample(name.full, "in Cyrillic letters")
    for place, case in ((1, "dative"), (2, "instrumental")):
        given = name.given if name.woman and name.given[-1:] not in {*"ая"} else _russian(name.given, place)
        family = name.family
        if not name.particle:
            declined = not name.woman or is_womans_surname(name.surname)
            family = _russian(name.surname, place, surname=True) if declined else name.surname
        yield Sample(f"{given} {family}".strip(), f"Russian {case}")
    for case, ending in _kyrgyz(name.family).items():
        yield Sample(name.full + ending, f"Kyrgyz {case}", kyrgyz=True)
    if name.given:
        yield Sample(f"{name.family} {name.given}", "surname first")


def _in_latin(name: _Parts) -> Iterator[Sample]:
    yield Sample(name.full, "in Latin letters")
    for letters, others in _ROMANISED_OTHERWISE:
        if (other := re.sub(letters, others, name.full)) != name.full:
            yield Sample(other, "another romanisation")
            break
    if name.particle:
        yield Sample(f"{name.given} {name.surname}-{name.particle}".strip(), "with a hyphen")
    if name.given:
        yield Sample(f"{name.family.upper()} {name.given}", "surname first, in capitals")


def _strangers(name: _Parts) -> Iterator[Sample]:
    """A namesake, a near name, a woman for a man: one of each, the nearest that is not on the list."""
    cyrillic = is_cyrillic(name.surname)
    if not name.given:
        yield Sample(name.full.lower(), "without a capital", stranger=True)
        return
    first = next(g for g in _OTHER_GIVEN[cyrillic][name.woman] if skeleton(g) != skeleton(name.given))
    yield Sample(f"{first} {name.family}", "another given name", stranger=True)
    if name.particle:
        yield Sample(f"{name.given} {name.surname}", "the father's name without its particle", stranger=True)
        genitive = _kyrgyz(name.surname)["genitive"] if cyrillic else ""
        if genitive:
            yield Sample(
                f"{name.surname}{genitive} {name.particle}", "the child of another", kyrgyz=True, stranger=True
            )
        return
    yield Sample(f"{name.given} {_near_surname(name.surname)}", "another surname", stranger=True)
    if not name.woman and re.search("(?:[оеё]в|ин)$", name.surname):
        yield Sample(f"{name.given} {name.surname}а", "a woman's surname", stranger=True)


def _near_surname(surname: str) -> str:
    """One that begins alike: Асанбеков for Асанов, Асанбаев for Асанбеков; else one that begins otherwise."""
    if match := _FAMILY.fullmatch(surname):
        stem, ending, woman = match.groups()
        bekov, baev = ("беков", "баев") if is_cyrillic(surname) else ("bekov", "baev")
        return stem + (baev if ending == bekov else bekov) + woman
    first = next(c for c in ("МТ" if is_cyrillic(surname) else "MT") if c != surname[0].upper())
    return first + (surname.lower() if skeleton(surname)[:1] in "aeiou" else surname[1:])


_FAMILY = re.compile(r"(.{2,}?)(?:и|i|y)?(беков|баев|bekov|bae?v|baye?v|[оеё]в|[eo]v|yev)([аa]?)")
_INITIAL = re.compile(r"[ZCSK]h|Yu|Ya|\w")


# ---- organisations and outlets --------------------------------------------------------------------------------------


def _of_body(entity: Entity) -> Iterator[Sample]:
    """The same things of each of its names, but each of them once in a script."""
    shown: dict[tuple[str, bool], Sample] = {}
    for form in (f for name in entity.names for f in _of_name(name)):
        shown.setdefault((form.what, is_cyrillic(form.text)), form)
    yield from shown.values()


def _of_name(name: str) -> Iterator[Sample]:
    words = name.split()
    if len(words) == 1:
        yield from _of_one_word(name)
    elif is_cyrillic(words[-1]):
        yield from _of_phrase(words)
    else:
        yield Sample(name.upper(), "in capitals")
        yield Sample(" ".join(words[1:]), "without its first word", stranger=True)


def _of_one_word(name: str) -> Iterator[Sample]:
    if not name.isalpha():
        return
    acronym, cyrillic = name.isupper() and len(name) > 1, is_cyrillic(name)
    if acronym:
        yield Sample(f"{name}нын" if cyrillic else f"{name}'s", "with an ending", kyrgyz=True)
        if cyrillic:
            yield Sample(f"{name}-га", "with an ending", kyrgyz=True)
        if (turned := name[:-2] + name[:-3:-1]) != name:
            yield Sample(turned, "other letters", stranger=True)
    elif cyrillic:
        yield Sample(_russian(name, 0), "Russian genitive")
        for case, ending in _kyrgyz(name).items():
            yield Sample(name + ending, f"Kyrgyz {case}", kyrgyz=True)
    else:
        yield Sample(_to_cyrillic(name), "in Cyrillic letters")
    yield Sample(name.lower(), "without a capital", stranger=True)


def _of_phrase(words: list[str]) -> Iterator[Sample]:
    name = " ".join(words)
    head = next((n for n, word in enumerate(words) if not _ADJECTIVE.search(word)), 0)
    described = any(word.islower() and len(word) > 2 for word in words)
    if head or (described and not _POSSESSIVE.search(words[-1])):
        for place, case in ((0, "genitive"), (1, "dative")):
            declined = " ".join([*(_russian(word, place) for word in words[: head + 1]), *words[head + 1 :]])
            yield Sample(declined, f"Russian {case}")
    else:
        for case, ending in _kyrgyz(name).items():
            yield Sample(name + ending, f"Kyrgyz {case}", kyrgyz=True)
    yield Sample(" ".join(words[1:]), "without its first word", stranger=True)


# ---- how words are written out --------------------------------------------------------------------------------------

_Endings = tuple[tuple[re.Pattern[str], str], ...]
_ADJECTIVE = re.compile("(?:[ыи]й|(?<=[кнв])ой|ая)$")
_POSSESSIVE = re.compile("(?:(?<!с)[ткй]и|[сг]ы|с[уү])$")  # how the head of a Kyrgyz name ends: комитети
# How a Russian word ends; what takes the ending's place in the genitive, dative and instrumental.
_SURNAMES: _Endings = (
    (re.compile("(?<=[оеё]в)$|(?<=[иы]н)$"), "а у ым"),
    (re.compile("(?<=[оеё]в)а$|(?<=[иы]н)а$"), "ой ой ой"),
)
_WORDS: _Endings = (
    (re.compile("(?<=[кгхжчшщ])ий$|(?<=[кнв])ой$"), "ого ому им"),
    (re.compile("ый$"), "ого ому ым"),
    (re.compile("ая$"), "ой ой ой"),
    (re.compile("(?<=и)я$"), "и и ей"),
    (re.compile("(?<=[гкхжчшщ])а$"), "и е ой"),
    (re.compile("а$"), "ы е ой"),
    (re.compile("я$"), "и е ей"),
    (re.compile("[ьй]$"), "я ю ем"),
    (re.compile("о$"), "а у ом"),
    (re.compile("(?<=[бвгджзклмнпрстфхцчшщ])$"), "а у ом"),
)


def _russian(word: str, place: int, surname: bool = False) -> str:
    """A word in the genitive (0), dative (1) or instrumental (2); as it is when it is none that Russian declines.

    >>> _russian("Азамат", 1), _russian("Асанов", 2, surname=True), _russian("Государственный", 0)
    ('Азамату', 'Асановым', 'Государственного')
    """
    for ends, endings in _SURNAMES + _WORDS if surname else _WORDS:
        if ends.search(word):
            return ends.sub(endings.split()[place], word)
    return word


_SERIES = {  # the last vowel -> the narrow and the wide one that follow it
    **dict.fromkeys("аяы", ("ы", "а")), **dict.fromkeys("оё", ("у", "о")), **dict.fromkeys("ую", ("у", "а")),
    **dict.fromkeys("эеи", ("и", "е")), **dict.fromkeys("өү", ("ү", "ө")),
}  # fmt: skip


def _kyrgyz(name: str) -> dict[str, str]:
    """The endings that the last word of a name takes: its first letter by the sound before, its vowel in harmony.

    >>> _kyrgyz("Асанов"), _kyrgyz("кызы"), _kyrgyz("Азамат")
    ({'genitive': 'дун', 'dative': 'го'}, {'genitive': 'нын'}, {'genitive': 'тын', 'dative': 'ка'})
    """
    last = name.lower().rstrip("ьъ")
    vowels = [c for c in last.split()[-1] if c in _SERIES]
    if not vowels:
        return {}
    narrow, wide = _SERIES[vowels[-1]]
    if last[-1] in _SERIES:
        genitive, dative = "н", "г"
    else:
        genitive, dative = ("т", "к") if last[-1] in "пткфсшщчцх" else ("д", "г")
    endings = {"genitive": f"{genitive}{narrow}н", "dative": f"{dative}{wide}"}
    if last[-1] in "ыиуү":  # may be a possessive, whose dative is another: кызына
        del endings["dative"]
    return endings


_ROMANISED_OTHERWISE = (
    ("^Zh", "J"), ("^J(?=[aeiou])", "Zh"), ("kh", "h"), ("(?<=[ae])ev", "yev"), ("yev", "ev"), ("ks", "x"), ("x", "ks"),
    ("ay", "ai"), ("ai", "ay"), ("ey", "ei"), ("y", "i"),
)  # fmt: skip
_CYRILLIC = {
    "shch": "щ", "chr": "кр", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "th": "т", "ph": "ф", "ya": "я",
    "yu": "ю", "yo": "ё", "ye": "е", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х",
    "i": "и", "j": "ж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с",
    "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з", "'": "ь", "’": "ь",
}  # fmt: skip
_LETTERS = re.compile("(?<=[aeiou])[yi](?![aeiou])|^e|" + "|".join(sorted(_CYRILLIC, key=len, reverse=True)))
_OTHER_GIVEN = {  # by script, then whether a woman's
    True: {False: ("Бакыт", "Азамат"), True: ("Айгуль", "Жылдыз")},
    False: {False: ("Bakyt", "Azamat"), True: ("Aigul", "Jyldyz")},
}


def _to_cyrillic(word: str) -> str:
    """
    >>> _to_cyrillic("Zhoomart"), _to_cyrillic("Aiday"), _to_cyrillic("Kyzy"), _to_cyrillic("кызы")
    ('Жоомарт', 'Айдай', 'Кызы', 'кызы')
    """
    if is_cyrillic(word):
        return word
    latin: str = anyascii(word).lower()
    written = _LETTERS.sub(_cyrillic_letter, latin)
    return written.capitalize() if word[:1].isupper() else written


def _cyrillic_letter(match: re.Match[str]) -> str:
    letters = match.group()
    if letters in "yi" and match.start() and match.string[match.start() - 1] in "aeiou":
        return "й"
    return "э" if letters == "e" and not match.start() else _CYRILLIC[letters]


def _to_latin(word: str) -> str:
    if not is_cyrillic(word):
        return word
    latin: str = anyascii(re.sub("[ьъЬЪ]", "", word))
    return latin
