"""Pure. What a listed name will and will not be found as: some forms written out, each tried on the matcher itself.

The tables only spell words out for people to read; whether such a form is found, and how surely, the matcher says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from anyascii import anyascii

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.rules.decide import find, mentions, read
from monitor.model import Confidence, Context, Entity, EntityType, Span
from monitor.text.normalize import is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_AT_ONCE = 50  # names that are tried together
_SHORTEST_OF_NOTE = 3  # letters; of "фонд им. Асанова" the second may be left out


@dataclass(frozen=True, slots=True)
class Sample:
    """Words as they may stand in an article, what they are, and how surely the matcher takes them for the entity."""

    text: str
    what: str
    confidence: Confidence | None  # None: not found


def samples(entity: Entity) -> tuple[Sample, ...]:
    """Forms of an entity's names and words that are near them, the clear ones first.

    As if the entity stood alone on the list, and without its context: others who share its name, and words that its
    entry requires or excludes, can only make less of what is said here. Names that are found just as they are listed
    go without saying and are left out.
    """
    compiled = compile_watchlist([replace(entity, context=Context())])
    forms = dict.fromkeys(entity.names, "as listed")
    written = _of_person(entity, compiled) if entity.type is EntityType.PERSON else _of_body(entity)
    for text, what in written:
        if what not in forms.values():  # of several names the first shows it
            forms.setdefault(text, what)
    tried = [Sample(text, what, _try(text, compiled)) for text, what in forms.items()]
    sure = (Confidence.STRONG, Confidence.POSSIBLE, None)
    left = [form for form in tried if form.text not in entity.names or form.confidence is not Confidence.STRONG]
    return tuple(sorted(left, key=lambda form: sure.index(form.confidence)))


def try_names(rows: Sequence[tuple[Entity, str]]) -> Iterator[list[Span]]:
    """Yield for each name of an entity which parts of it the matcher finds in a sentence that holds it.

    Whatever else is found there: whose claim is better, and how sure it is, is another question. A few names at a time:
    of fifty thousand that are alike each would be compared with thousands.
    """
    for start in range(0, len(rows), _AT_ONCE):
        alone = [Entity(str(n), name, entity.type) for n, (entity, name) in enumerate(rows[start : start + _AT_ONCE])]
        compiled = compile_watchlist(alone)
        sentences = [_sentence_with(entity.name) for entity in alone]
        scanned = compiled.scanner.passages([("", sentence) for sentence, _ in sentences])
        for passages, entity, (_, offset) in zip(scanned, alone, sentences, strict=True):
            found = (f for passage in passages for f in find(passage, compiled) if not f.refused)
            own = (f for f in found if any(bearer.entity == entity.id for bearer in f.names))
            yield [part for f in own if (part := _part(Span(f.start, f.end), offset, len(entity.name)))]


def _part(span: Span, offset: int, length: int) -> Span | None:
    start, end = max(0, span.start - offset), min(length, span.end - offset)
    return Span(start, end) if start < end else None


def is_whole(name: str, spans: Iterable[Span]) -> bool:
    """Return whether all words of a name are found in one place, small ones aside."""
    words = [token for token in tokens(name) if len(token.text) >= _SHORTEST_OF_NOTE]
    return any(all(span.start <= word.start and word.end <= span.end for word in words) for span in spans)


def _sentence_with(form: str) -> tuple[str, int]:
    """Return a sentence that holds a form where nothing speaks for or against it, and the offset of the form."""
    before, after = ("вчера это был ", ", как и раньше") if is_cyrillic(form) else ("yesterday it was ", ", as before")
    return before + form + after, len(before)


def _try(form: str, compiled: Compiled) -> Confidence | None:
    sentence, _ = _sentence_with(form)
    found = {m.confidence for m in mentions(read(sentence, "", compiled), compiled)}
    return min(found, key=list(Confidence).index, default=None)


def _of_person(entity: Entity, compiled: Compiled) -> Iterator[tuple[str, str]]:
    """Of the first of the names, whole ones before others, as the matcher takes it apart; of one it finds as listed."""
    rows = [(entity, name) for name in entity.names]
    sound = {name for (_, name), found in zip(rows, try_names(rows), strict=True) if is_whole(name, found)}
    people = [n for people in compiled.people.values() for n in people]
    names = [n for n in people if n.alias in sound and len(compiled.word(n.surname).raw) > 1]
    names.sort(key=lambda n: (not n.given, not n.particle))
    if not names:
        return
    name, surname = names[0], compiled.word(names[0].surname).raw
    given = "" if name.given is None else compiled.word(name.given).raw
    particle = "" if name.particle is None else name.particle.cyrillic if is_cyrillic(surname) else name.particle.value
    given, surname = (p.capitalize() if p.isupper() and len(p) > 2 else p for p in (given, surname))
    family = f"{surname} {particle}".strip()
    latin, cyrillic = f"{_to_latin(given)} {_to_latin(family)}".strip(), _to_cyrillic(f"{given} {family}".strip())
    yield cyrillic, "in Cyrillic letters"
    yield latin, "in Latin letters"
    if given and not particle:
        yield " ".join(_russian_dative(cyrillic.split())), "Russian dative"
    yield f"{cyrillic}{_kyrgyz_genitive(cyrillic)}", "Kyrgyz genitive"
    if not given:
        yield family.lower(), "without a capital"
        return
    yield f"{family} {given}", "surname first"
    yield f"{given[0]}. {family}", "an initial"
    yield family, "the surname alone"
    others = ("Бакыт", "Айгуль") if is_cyrillic(surname) else ("Bakyt", "Aigul")
    yield f"{next(o for o in others if skeleton(o) != skeleton(given))} {family}", "another given name"
    if particle:
        yield f"{given} {surname}", "the father's name without its particle"
    elif re.search("(?:[оеё]в|ин)$", surname):
        yield f"{given} {surname}а", "a woman's surname"


def _of_body(entity: Entity) -> Iterator[tuple[str, str]]:
    for name in entity.names:
        if " " in name:
            yield name.upper(), "in capitals"
            yield name.partition(" ")[2], "without its first word"
        elif name.isalpha():
            if is_cyrillic(name):
                yield name + _kyrgyz_genitive(name), "Kyrgyz genitive"
            elif not name.isupper():
                yield _to_cyrillic(name), "in Cyrillic letters"
            yield name.lower(), "without a capital"


# ---- how words are written out --------------------------------------------------------------------------------------

_DATIVE = (
    ("(?<=[оеё]в)а$|(?<=[иы]н)а$|ая$", "ой"), ("[ыи]й$", "ому"), ("(?<=и)я$", "и"), ("[ая]$", "е"), ("[ьй]$", "ю"),
    ("(?<=[бвгджзклмнпрстфхцчшщ])$", "у"),
)  # fmt: skip


def _russian_dative(words: list[str]) -> Iterator[str]:
    """Given name and surname; beside a woman's surname a given name in a consonant keeps its form."""
    for word in words:
        if words[-1].endswith(("ова", "ева", "ина", "ая")) and word[-1:] not in {*"ая"}:
            yield word
        else:
            ending, dative = next(((e, d) for e, d in _DATIVE if re.search(e, word)), ("$", ""))
            yield re.sub(ending, dative, word)


_NARROW = {**dict.fromkeys("аяы", "ы"), **dict.fromkeys("оёую", "у"), **dict.fromkeys("эеи", "и"), "ө": "ү", "ү": "ү"}


def _kyrgyz_genitive(name: str) -> str:
    """The ending that the last word takes: its first letter by the sound before, its vowel in harmony.

    >>> _kyrgyz_genitive("Асанов"), _kyrgyz_genitive("кызы"), _kyrgyz_genitive("Азамат"), _kyrgyz_genitive("УКМК")
    ('дун', 'нын', 'тын', 'нын')
    """
    last = name.lower().rstrip("ьъ").rpartition(" ")[2]
    vowels = [letter for letter in last if letter in _NARROW]
    if not vowels:
        return "нын"
    first = "н" if last[-1] in _NARROW else "т" if last[-1] in "пткфсшщчцх" else "д"
    return f"{first}{_NARROW[vowels[-1]]}н"


_CYRILLIC = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "th": "т", "ph": "ф", "ya": "я", "yu": "ю",
    "yo": "ё", "ye": "е", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "ж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т",
    "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з", "'": "ь", "’": "ь",
}  # fmt: skip
_LETTERS = re.compile(r"(?<=[aeiou])[yi](?![aeiou])|\be|" + "|".join(sorted(_CYRILLIC, key=len, reverse=True)))


def _to_cyrillic(name: str) -> str:
    """
    >>> _to_cyrillic("Zhoomart"), _to_cyrillic("Aiday Kyzy"), _to_cyrillic("Эмил кызы")
    ('Жоомарт', 'Айдай Кызы', 'Эмил кызы')
    """
    if is_cyrillic(name):
        return name
    words = (_LETTERS.sub(_cyrillic_letter, word.lower()) for word in anyascii(name).split())
    return " ".join(w.capitalize() if n[:1].isupper() else w for w, n in zip(words, name.split(), strict=False))


def _cyrillic_letter(match: re.Match[str]) -> str:
    letters = match.group()
    if letters in "yi" and match.start() and match.string[match.start() - 1] in "aeiou":
        return "й"
    return "э" if letters == "e" and not match.start() else _CYRILLIC[letters]


def _to_latin(name: str) -> str:
    latin: str = anyascii(re.sub("[ьъЬЪ]", "", name)) if is_cyrillic(name) else name
    return latin
