"""Pure. The names in a byline."""

from __future__ import annotations

import re

_NAME_SEPARATOR = re.compile(r"\s*[,;&]\s*(?:(?:and|и|жана)\s+)?|\s+(?:and|и|жана|және|va|ва|und|et)\s+")


def split_authors(author: str) -> list[str]:
    """Split a string of several people's names; "Surname, Name" stays one.

    >>> split_authors("Ann Lee, Bo Ray and Cy Day"), split_authors("Токоев, Мелис")
    (['Ann Lee', 'Bo Ray', 'Cy Day'], ['Токоев, Мелис'])
    """
    names = list(filter(None, _NAME_SEPARATOR.split(author)))
    return names if all(" " in name for name in names) else [author]
