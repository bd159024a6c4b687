"""Pure. Read a line of a list as the names it means: a bracket, a slash, a dash or a comma may hold another name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from monitor.match.index.names import GLUED_PARTICLE, read_particle
from monitor.match.words import NOBILIARY
from monitor.model import Entity, EntityType
from monitor.text.normalize import has_no_capitals, is_cyrillic, without_georgian_capitals
from monitor.text.romanize import skeleton
from monitor.text.tokens import tokens

_SIGNS_RE = re.compile(r"[()\[\]/|;,]|\s[-–—]\s")
_BRACKET_RE = re.compile(r"([^()\[\]]+?)\s*[(\[]([^()\[\]]+)[)\]]\s*([^()\[\]]*)")
_ALTERNATIVES_RE = re.compile(r"\s+[/|]\s+|\s*;\s+")
_DASH_RE = re.compile(r"\s+[-–—/|]\s+")
_SURNAME_RE = re.compile("(?:[оеё]в|ин|ын|ск[ио]й)а?$|ская$|(?:[oe]v|in|sk[iy]y?)a?$|skaya$", re.IGNORECASE)
_ACRONYM_RE = re.compile(r"[^\W\d_]{2,7}")
_SAME_NAME = 70  # of 100, the likeness of the sounds of a word in two scripts


class ListedName(NamedTuple):
    """The names that a line of a list is read as, and the words of it that are left out."""

    names: tuple[str, ...]
    left_out: str = ""


def listed_names(entity: Entity) -> tuple[str, ...]:
    """Return all names of an entity, each as one plain name, each once."""
    if entity.type is EntityType.PRESS:  # its name is a heading
        return ()
    is_person = entity.type is EntityType.PERSON
    spellings = map(without_georgian_capitals, entity.spellings)
    return tuple(dict.fromkeys(n for listed in spellings for n in read_listed_name(listed, is_person).names))


@lru_cache(1 << 12)
def read_listed_name(listed: str, is_person: bool) -> ListedName:
    """Return the names that a line means. What cannot be read stays one name, as it is written.

    >>> read_listed_name("Болот Токоев (Bolot Tokoev)", True).names, read_listed_name("Kloop / Клооп", False).names
    (('Болот Токоев', 'Bolot Tokoev'), ('Kloop', 'Клооп'))
    >>> read_listed_name("Болот Токоев, журналист", True), read_listed_name("Токоев, Болот", True).names
    (ListedName(names=('Болот Токоев',), left_out='журналист'), ('Токоев, Болот',))
    """
    if not _SIGNS_RE.search(listed) or listed.startswith(("@", "#")):
        return ListedName((listed,))
    if bracket := _BRACKET_RE.fullmatch(listed):
        before, inside, after = bracket.groups()
        return _read_bracket(before, inside, after, is_person)
    alternatives = _ALTERNATIVES_RE.split(listed)
    # A slash without spaces may be part of a name: it parts two names only if their scripts differ.
    if len(alternatives) == 1 and len(halves := listed.split("/")) == 2 and _is_other_script(*halves):
        alternatives = halves
    if len(alternatives) > 1 and all(_is_name(alternative, is_person) for alternative in alternatives):
        return ListedName(tuple(map(str.strip, alternatives)))
    return _read_dash_or_comma(listed, is_person)


def _read_bracket(before: str, inside: str, after: str, is_person: bool) -> ListedName:
    """Return the names of a line with one bracket; a surname in it is a former one: Бекова (Асанова) Айгуль."""
    plain = f"{before} {after}".strip()
    if not _is_name(plain, is_person):
        return ListedName((f"{before} ({inside}) {after}".strip(),))
    if is_person and _is_other_surname(inside, before):
        return ListedName((plain, f"{before.rpartition(' ')[0]} {inside} {after}".strip()))
    is_other_name = _is_other_person_name(inside, plain) if is_person else _is_other_body_name(inside, plain)
    return ListedName((plain, inside)) if is_other_name else ListedName((plain,), inside)


def _read_dash_or_comma(listed: str, is_person: bool) -> ListedName:
    """Return the names of a line that dashes or commas divide."""
    for parts in (_DASH_RE.split(listed), [part.strip() for part in listed.split(",")]):
        first, *following = parts
        description = listed[len(first) :].strip(" ,-–—/|")
        if not following or not _is_name(first, is_person):
            continue
        if all(_is_name(part, is_person) and _is_capitalised(part) for part in following) and (
            is_person or all(_is_other_script(first, part) for part in following)
        ):
            return ListedName(tuple(parts))
        # Small letters describe the person (журналист); "von" and "de" go on with the name.
        if is_person and description[:1].islower() and description.split()[0] not in NOBILIARY:
            return ListedName((first,), description)
    return ListedName((listed,))


def _is_name(text: str, is_person: bool) -> bool:
    """Return whether a part of a line can be a whole name: of a person, two words or a script without capitals."""
    words = [token.text for token in tokens(text)]
    return has_no_capitals(text) or sum(len(word) > 1 for word in words) >= (2 if is_person else 1)


def _is_capitalised(text: str) -> bool:
    """Return whether all words of a name have capitals; particles need none."""
    return all(
        not word.text[0].islower() or word.text in NOBILIARY or read_particle(word.text) is not None
        for word in tokens(text)
    )


def _is_other_script(first: str, second: str) -> bool:
    """Return whether two names are written in different scripts."""
    return is_cyrillic(first) != is_cyrillic(second) or has_no_capitals(first) != has_no_capitals(second)


def _is_other_surname(inside: str, before: str) -> bool:
    """Return whether a bracket after a surname holds another surname of the same person: Асанова (Бекова) Айгуль."""
    (*_, surname) = before.split()
    return " " not in inside and is_cyrillic(inside) == is_cyrillic(surname) and bool(
        _SURNAME_RE.search(inside) and _SURNAME_RE.search(surname)
    )  # fmt: skip


def _is_other_person_name(inside: str, plain: str) -> bool:
    """Return whether a bracket holds the same person's name: in another script, or with another surname."""
    if not (_is_name(inside, is_person=True) and _is_capitalised(inside)):
        return False
    if has_no_capitals(inside) or has_no_capitals(plain):
        return True
    inside_words, words = inside.split(), plain.split()
    if _is_other_script(inside, plain):
        return all(_sounds_like_any(word, words) for word in inside_words)
    other_words = [word for word in inside_words if not _sounds_like_any(word, words)]
    is_surname = (_SURNAME_RE.search(w) or GLUED_PARTICLE.match(w) or read_particle(w) for w in other_words)
    return len(other_words) < len(inside_words) and all(is_surname)


def _sounds_like_any(word: str, words: Sequence[str]) -> bool:
    """Return whether a word may be one of several in another script or spelling."""
    return any(ratio(skeleton(word), skeleton(candidate)) >= _SAME_NAME for candidate in words)


def _is_other_body_name(inside: str, plain: str) -> bool:
    """Return whether a bracket holds another name of a body: its acronym, what one stands for, another script.

    A place is none: Министерство культуры (Кыргызстан).
    """
    if _is_acronym(inside) or (_is_acronym(plain) and " " in inside):
        return True
    return _is_other_script(inside, plain) and _is_name(inside, is_person=False) and (
        inside.count(" ") == plain.count(" ") and all(_sounds_like_any(w, plain.split()) for w in inside.split())
    )  # fmt: skip


def _is_acronym(name: str) -> bool:
    """Return whether a name is one word of capitals."""
    return name.isupper() and _ACRONYM_RE.fullmatch(name) is not None
