"""Pure. What people read, in their language: catalogues (.po) beside this file, read at start; plurals by CLDR."""

from __future__ import annotations

import gettext
import io
from functools import cache
from importlib.resources import files

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from monitor.model import Message

LANGUAGES = {"en": "English", "ru": "Русский", "ky": "Кыргызча"}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """English is what the code says; an unknown language is English."""
    if language == "en" or language not in LANGUAGES:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (files("monitor.i18n") / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def worded(sentence: str, language: str) -> tuple[str, str]:
    """A stored sentence in a language, and that language; one that no catalogue has stays English, and says so.

    >>> worded(Sentence("a new article from {}", "Ак-Булак"), "ru"), worded("once said otherwise", "ru")
    (('новая статья, Ак-Булак', 'ru'), ('once said otherwise', 'en'))
    """
    message, places = (sentence.message, sentence.places) if isinstance(sentence, Message) else (sentence, ())
    said = catalogue(language).gettext(message) if message else ""
    if said == message and any(map(str.isalpha, message)):
        return str(sentence), "en"
    words = [worded(word, language)[0] if isinstance(word, Message) else word for word in places]
    return said.format(*words) if words else said, language


def preferred(accept_language: str) -> str:
    """
    >>> preferred("ky-KG,ky;q=0.9,ru;q=0.8"), preferred("de"), preferred("")
    ('ky', 'en', 'en')
    """
    asked = [part.partition(";")[0].strip().replace("-", "_") for part in accept_language[:200].split(",")]
    return negotiate_locale([a for a in asked if a], list(LANGUAGES)) or "en"
