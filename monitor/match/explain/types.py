"""Pure. Guess the type of a name that somebody types."""

from __future__ import annotations

import re

from monitor.match.words import is_state_body, is_type_word
from monitor.model import EntityType
from monitor.text.tokens import tokens

_SITE = re.compile(r"\S+\.[a-z]{2,10}", re.IGNORECASE)
_MAX_ACRONYM = 6  # letters
_MOST_WORDS_OF_PERSON = 4


def guess_type(name: str) -> EntityType:
    """Return the likely type of a name: a site is an outlet, a body's word or an acronym an organisation.

    One word in two scripts is an outlet: nobody writes a surname alone so.

    >>> [guess_type(name).value for name in ("Melis Tokoev", "Комитет спокойствия", "КОС", "ak-bulak.kg")]
    ['person', 'organization', 'organization', 'outlet']
    >>> [guess_type(name).value for name in ("Kloop / Клооп", "КОС / KOS", "Болот Токоев / Bolot Tokoev")]
    ['outlet', 'organization', 'person']
    """
    words = [token.text for token in tokens(name)]
    if _SITE.fullmatch(name):
        return EntityType.OUTLET
    parts = [[token.text for token in tokens(part)] for part in name.split("/")]
    is_one_word = all(len(part) == 1 for part in parts)
    is_acronym = is_one_word and all(word.isupper() and len(word) <= _MAX_ACRONYM for (word,) in parts)
    if is_acronym or len(words) > _MOST_WORDS_OF_PERSON or any(is_state_body(w) or is_type_word(w) for w in words):
        return EntityType.ORGANIZATION
    return EntityType.OUTLET if is_one_word and len(parts) > 1 else EntityType.PERSON
