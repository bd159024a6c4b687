"""Pure. How far a sentence that tells a detention goes: taken, kept in custody, or let go."""

from __future__ import annotations

import re
from enum import IntEnum


class Custody(IntEnum):
    """How far a telling of a detention goes; of two, the one that goes further is the later."""

    TAKEN = 0
    KEPT = 1  # by a court that extends or begins custody
    RELEASED = 2


_RELEASED = re.compile(
    r"""
    \b(?:was|were|been|got)\s+(?:(?:\w+ly|later|then|since|soon)\s+)*(?:released|freed|let\s+go|set\s+free)\b
    # “and released a statement” ends nothing.
    | \b(?:and|but|then|later)\s+(?:(?:\w+ly|then|later)\s+)*(?:released|freed)\b(?!\s+(?:an?|the|his|her|its|their)\b)
    | (?<!не\ )\b(?:отпустил[аи]?|отпущен[аы]?|освободил[аи]?|освобожд[её]н[аы]?)\b
    | \b(?:бошот(?:ту|ушту|улду|кон|ушкан|улган)|коё\ бер(?:ди|ишти|илди|ген|ишкен)
        | коюп\ жибер(?:ди|ишти|илди|ген|ишкен))\b(?!\s+(?:жок|эмес))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_KEPT_IN_CUSTODY = re.compile(
    r"""
    \bextend(?:s|ed)\s+(?:\S+\s+){0,8}?(?:custody|detention|arrest|remand)\b
    | \b(?:custody|detention|arrest|remand)\s+(?:\S+\s+){0,4}?(?:has\ been|was|is)\s+(?:extended|prolonged|renewed)\b
    | \bremanded\b
    | \b(?:kept|keeps|remain(?:s|ed)|stays|stayed)\s+(?:\S+\s+){0,8}?in\s+(?:custody|(?:pre-?trial\s+)?detention|jail)\b
    | (?<!не\ )\bпродл(?:ил[аи]?|[её]н[аы]?|ева[ею]т)\s+(?:\S+\s+){0,6}?
        (?:арест|срок|страж|мер[ауы]\b|содержани|задержани)
    | \b(?:арест|срок|мера|содержание)\s+(?:\S+\s+){0,6}?(?<!не\ )продл[её]н[аоы]?\b
    | (?<!не\ )\bоста(?:вил[аи]?|влен[аы]?|[её]тся|ются|л(?:ся|ась|ись))\s+(?:\S+\s+){0,4}?
        (?:под\s+стражей|под\s+арестом|в\s+СИЗО)\b
    | \b(?:камак|камоо|кармоо|мөөнөт)\w*\s+(?:\S+\s+){0,5}?узар(?:ты|тты|тылды|тышты|ткан|тылган)\b(?!\s+(?:жок|эмес))
    | \bкамак(?:та|тан)\s+(?:\S+\s+){0,2}?кал(?:ды|тырды|тырылды|тырышты|ган|тырган|тырылган|ууда)\b(?!\s+(?:жок|эмес))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DETENTION = re.compile(
    r"\b(?:detain|detention|arrest|custod|jail|prison|imprison|задерж|арест|страж|сизо|тюрьм|кармал|кармады|кармашты|камал|камак)",
    re.IGNORECASE,
)


def custody_in(sentence: str) -> Custody:
    """Return how far a sentence goes; a release counts only if no detention comes after it.

    >>> custody_in("He was taken to a police station and released three hours later.").name
    'RELEASED'
    >>> custody_in("A court extended his arrest until May.").name, custody_in("He was not released.").name
    ('KEPT', 'TAKEN')
    """
    releases = [*_RELEASED.finditer(sentence)]
    if not releases:
        return Custody.KEPT if _KEPT_IN_CUSTODY.search(sentence) else Custody.TAKEN
    return Custody.TAKEN if _DETENTION.search(sentence, releases[-1].end()) else Custody.RELEASED
