"""Pure. Other ways to write a body's name: an acronym in the other script, without its signs or country; contractions.

Acronyms only of bodies with a country: the article must show that it speaks of that country (`rules.bodies.home`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from monitor.match.countries import country_index
from monitor.match.index.names import MAX_ACRONYM
from monitor.match.tables import pairs, sections
from monitor.text.normalize import fold, is_cyrillic
from monitor.text.romanize import romanize

_MIN_READ_ACRONYM = 3  # letters; two are initials as well
# How Russian agencies write the letters of a foreign acronym: РТЮК for RTÜK. C, J, Q, W, X, Y have no one letter.
_CYRILLIC_LETTERS = dict(zip("ABDEFGHIİKLMNOÖPRSŞTUÜVZ", "АБДЕФГХИИКЛМНОЁПРСШТУЮВЗ", strict=True))


def other_acronyms(words: list[str], country: str) -> Iterator[str]:
    """Yield how a text of a body's country may write the acronym that the list has alone or before the country.

    >>> [*other_acronyms(["RTÜK"], "TR")], [*other_acronyms(["ГКНБ", "Таджикистана"], "TJ")]
    (['RTUK', 'РТЮК'], ['ГКНБ', 'GKNB'])
    """
    letters, *following = words
    if not (letters.isupper() and letters.isalpha() and _MIN_READ_ACRONYM <= len(letters) <= MAX_ACRONYM):
        return
    if following:
        names = country_index().names_at(following)
        if not any(name.code == country and name.size == len(following) for name in names):
            return
        yield letters
    other_spellings = (
        [romanize(letters).upper()] if is_cyrillic(letters) else [fold(letters).upper(), _in_cyrillic(letters)]
    )
    yield from (
        o
        for o in dict.fromkeys(other_spellings)
        if o != letters and o.isalpha() and len(o) in range(3, MAX_ACRONYM + 1)
    )


def _in_cyrillic(letters: str) -> str:
    """Return an acronym in Cyrillic letters, or "" if a letter has more than one sound."""
    cyrillic = [_CYRILLIC_LETTERS.get(letter, "") for letter in letters]
    return "".join(cyrillic) if all(cyrillic) else ""


def contracted_or_full(words: list[str]) -> Iterator[list[str]]:
    """Yield the other ways to write a Russian name whose words are contracted, or may be.

    >>> [" ".join(way) for way in contracted_or_full(["Комитет", "нацбезопасности"])]
    ['Комитет национальной безопасности']
    """
    full_words = {short: full.split() for short, full in pairs(sections("words")["contractions"]).items()}
    contractions = {tuple(map(fold, full)): short for short, full in full_words.items()}
    ways: list[list[list[str]]] = []
    at = 0
    while at < len(words):
        word, pair = words[at], words[at : at + 2]
        if full := full_words.get(fold(word)):
            ways.append([[word], full])
        elif short := contractions.get(tuple(map(fold, pair))):
            ways.append([pair, [short.capitalize() if word.istitle() else short]])
            at += 1
        else:
            ways.append([[word]])
        at += 1
    _, *other_spellings = product(*ways)
    yield from ([word for part in way for word in part] for way in other_spellings)
