"""Pure. Whether a sentence that tells a detention also tells that it ended."""

from __future__ import annotations

import re

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
_DETENTION = re.compile(
    r"\b(?:detain|detention|arrest|custod|jail|prison|imprison|задерж|арест|страж|сизо|тюрьм|кармал|кармады|кармашты|камал|камак)",
    re.IGNORECASE,
)


def tells_release(sentence: str) -> bool:
    """Return whether a sentence says that somebody was let go, and of no detention after that.

    >>> tells_release("He was taken to a police station and released three hours later.")
    True
    >>> tells_release("He was released in June and detained again."), tells_release("He was not released.")
    (False, False)
    """
    releases = [*_RELEASED.finditer(sentence)]
    return bool(releases) and not _DETENTION.search(sentence, releases[-1].end())
