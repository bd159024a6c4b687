"""Pure. Sample forms of a listed name, each tried on the matcher itself.

The tables here only write forms out for people to read; the matcher decides whether a form is found, and how surely.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from anyascii import anyascii

from monitor.match.compile import Compiled, compile_watchlist
from monitor.match.rules.decide import decide_mentions, find_occurrences, read_passages
from monitor.model import Confidence, Context, Entity, EntityType, Span
from monitor.text.normalize import is_cyrillic
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_BATCH_SIZE = 50  # names that are tried together
_MIN_REQUIRED_WORD = 3  # letters; of "фонд им. Асанова" the second may be left out


@dataclass(frozen=True, slots=True)
class Sample:
    """A form that may stand in an article, a label for it, and the confidence with which the matcher finds it."""

    text: str
    label: str
    confidence: Confidence | None  # None: not found


def samples(entity: Entity) -> tuple[Sample, ...]:
    """Return forms of an entity's names and of similar words, the strong ones first.

    The entity is tried as if alone on the list, and without its context: other entities that share its name, and words
    that its entry requires or excludes, can only lower the confidence. Names that are found as listed are left out.
    """
    compiled = compile_watchlist([replace(entity, context=Context())])
    forms = dict.fromkeys(entity.names, "as listed")
    labelled_forms = (
        _person_forms(entity, compiled) if entity.type is EntityType.PERSON else _organisation_forms(entity)
    )
    for text, label in labelled_forms:
        # One sample of each kind is enough.
        if label not in forms.values():
            forms.setdefault(text, label)
    tried = [Sample(text, label, _try_form(text, compiled)) for text, label in forms.items()]
    confidence_order = (Confidence.STRONG, Confidence.POSSIBLE, None)
    remaining = [form for form in tried if form.text not in entity.names or form.confidence is not Confidence.STRONG]
    return tuple(sorted(remaining, key=lambda form: confidence_order.index(form.confidence)))


def try_names(rows: Sequence[tuple[Entity, str]]) -> Iterator[list[Span]]:
    """Yield for each name of an entity the parts of it that the matcher finds in a sentence that holds it.

    Rivals and confidence do not count here. A few names are tried at a time: of fifty thousand similar ones each would
    be compared with thousands.
    """
    for start in range(0, len(rows), _BATCH_SIZE):
        entities = [
            Entity(str(n), name, entity.type) for n, (entity, name) in enumerate(rows[start : start + _BATCH_SIZE])
        ]
        compiled = compile_watchlist(entities)
        sentences = [_sentence_with(entity.name) for entity in entities]
        scanned = compiled.scanner.passages([("", sentence) for sentence, _ in sentences])
        for passages, entity, (_, offset) in zip(scanned, entities, sentences, strict=True):
            occurrences = (f for passage in passages for f in find_occurrences(passage, compiled) if not f.refusal)
            own_occurrences = (f for f in occurrences if any(bearer.entity == entity.id for bearer in f.names))
            yield [
                part for f in own_occurrences if (part := _span_in_name(Span(f.start, f.end), offset, len(entity.name)))
            ]


def _span_in_name(span: Span, offset: int, length: int) -> Span | None:
    """Return the part of a name that a span of its sentence covers, or None."""
    start, end = max(0, span.start - offset), min(length, span.end - offset)
    return Span(start, end) if start < end else None


def is_whole(name: str, spans: Iterable[Span]) -> bool:
    """Return whether all words of a name are found in one place, small ones aside."""
    words = [token for token in tokens(name) if len(token.text) >= _MIN_REQUIRED_WORD]
    return any(all(span.start <= word.start and word.end <= span.end for word in words) for span in spans)


def _sentence_with(form: str) -> tuple[str, int]:
    """Return a neutral sentence that holds a form, and the offset of the form."""
    before, after = ("вчера это был ", ", как и раньше") if is_cyrillic(form) else ("yesterday it was ", ", as before")
    return before + form + after, len(before)


def _try_form(form: str, compiled: Compiled) -> Confidence | None:
    """Return the confidence with which the matcher finds a form, or None."""
    sentence, _ = _sentence_with(form)
    confidences = {m.confidence for m in decide_mentions(read_passages(sentence, "", compiled), compiled)}
    return min(confidences, key=list(Confidence).index, default=None)


def _person_forms(entity: Entity, compiled: Compiled) -> Iterator[tuple[str, str]]:
    """Yield forms and labels for the first of a person's names that is found as listed, whole names preferred."""
    rows = [(entity, name) for name in entity.names]
    findable = {name for (_, name), spans in zip(rows, try_names(rows), strict=True) if is_whole(name, spans)}
    people = [n for people in compiled.people.values() for n in people]
    names = [n for n in people if n.alias in findable and len(compiled.word(n.surname).raw) > 1]
    names.sort(key=lambda n: (not n.given_name, not n.particle))
    if not names:
        return
    name, surname = names[0], compiled.word(names[0].surname).raw
    given_name = "" if name.given_name is None else compiled.word(name.given_name).raw
    particle = (
        ""
        if name.particle is None
        else name.particle.cyrillic_spelling
        if is_cyrillic(surname)
        else name.particle.value
    )
    given_name, surname = (p.capitalize() if p.isupper() and len(p) > 2 else p for p in (given_name, surname))
    family = f"{surname} {particle}".strip()
    latin, cyrillic = (
        f"{_to_latin(given_name)} {_to_latin(family)}".strip(),
        _to_cyrillic(f"{given_name} {family}".strip()),
    )
    yield cyrillic, "in Cyrillic letters"
    yield latin, "in Latin letters"
    if given_name and not particle:
        yield " ".join(_russian_dative(cyrillic.split())), "Russian dative"
    yield f"{cyrillic}{_kyrgyz_genitive(cyrillic)}", "Kyrgyz genitive"
    if not given_name:
        yield family.lower(), "without a capital"
        return
    yield f"{family} {given_name}", "surname first"
    yield f"{given_name[0]}. {family}", "an initial"
    yield family, "the surname alone"
    other_given_names = ("Бакыт", "Айгуль") if is_cyrillic(surname) else ("Bakyt", "Aigul")
    yield f"{next(o for o in other_given_names if skeleton(o) != skeleton(given_name))} {family}", "another given name"
    if particle:
        yield f"{given_name} {surname}", "the father's name without its particle"
    elif re.search("(?:[оеё]в|ин)$", surname):
        yield f"{given_name} {surname}а", "a woman's surname"


def _organisation_forms(entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield forms and labels for the names of an organisation."""
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
    """Yield given name and surname in the dative.

    Next to a woman's surname a given name that ends in a consonant keeps its form.
    """
    for word in words:
        if words[-1].endswith(("ова", "ева", "ина", "ая")) and word[-1:] not in {*"ая"}:
            yield word
        else:
            ending, dative = next(((e, d) for e, d in _DATIVE if re.search(e, word)), ("$", ""))
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
    if not vowels:
        return "нын"
    first = "н" if last[-1] in _HARMONY_VOWELS else "т" if last[-1] in "пткфсшщчцх" else "д"
    return f"{first}{_HARMONY_VOWELS[vowels[-1]]}н"


_CYRILLIC_LETTERS = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "th": "т", "ph": "ф", "ya": "я", "yu": "ю",
    "yo": "ё", "ye": "е", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "ж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т",
    "u": "у", "v": "в", "w": "в", "x": "кс", "y": "ы", "z": "з", "'": "ь", "’": "ь",
}  # fmt: skip
_LATIN_LETTERS_RE = re.compile(
    r"(?<=[aeiou])[yi](?![aeiou])|\be|" + "|".join(sorted(_CYRILLIC_LETTERS, key=len, reverse=True))
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
