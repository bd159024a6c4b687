"""Pure. Patronymics, as listed and in any ending: Сергеевич, Сергеевне."""

from __future__ import annotations

import re

from monitor.text.romanize import skeleton

_PATRONYMIC = re.compile(r"(?:[oe]vi[Cc]|i[Cc]|[oe]vna|i[Cn]na)$")


def is_patronymic(raw: str) -> bool:
    """Return whether a middle name is a patronymic: Сергеевич, Ильинична.

    >>> is_patronymic("Сергеевич"), is_patronymic("Il'inichna"), is_patronymic("Edgar")
    (True, True, False)
    """
    return bool(_PATRONYMIC.search(skeleton(raw)))


_DECLINED_PATRONYMIC = re.compile(r"..(?:[oe]vi[Cc]|[oe]vn|i[Cn]n)(?:a|u|e|i|em|om|oi|[dtgn].{1,2})?$")


def is_declined_patronymic(word: str) -> bool:
    """Return whether a word of the text is a patronymic, in any ending: Сергеевичу, Сергеевны.

    >>> is_declined_patronymic("Сергеевичем"), is_declined_patronymic("Сергеевны"), is_declined_patronymic("Сергеев")
    (True, True, False)
    """
    # Uzbek has -овни, which sounds like -овны.
    return bool(_DECLINED_PATRONYMIC.search(skeleton(word))) and not word.lower().endswith(("вни", "vni"))
