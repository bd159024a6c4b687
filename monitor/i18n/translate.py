"""Pure. Sentences in the language of a reader, from the catalogues of this folder."""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel import Locale, negotiate_locale

from monitor.i18n.labels import LOCAL_USAGE
from monitor.model import COUNTRY, Message, code_of

LANGUAGES = {"en": "English", "ru": "Русский", "ky": "Кыргызча"}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the compiled catalogue of a language; empty for English and for unknown languages."""
    if language == "en" or language not in LANGUAGES:
        return gettext.NullTranslations()
    # late: a fiftieth of the imports of a command, which speaks English
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (files("monitor.i18n") / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate_sentence(sentence: str, language: str) -> tuple[str, str]:
    """Return a stored sentence translated, with its language; without a translation the English one and "en".

    >>> message = Message("a new article from {}", "Ак-Булак")
    >>> translate_sentence(message, "ru"), translate_sentence("a sentence of an old version", "ru")
    (('новая статья, Ак-Булак', 'ru'), ('a sentence of an old version', 'en'))
    """
    if (code := code_of(sentence)).startswith(COUNTRY):
        return _country_names(language).get(code.removeprefix(COUNTRY), str(sentence)), language
    message, values = (sentence.template, sentence.arguments) if isinstance(sentence, Message) else (sentence, ())
    translation = catalogue(language).gettext(message) if message else ""
    if translation == message and any(map(str.isalpha, message)):
        return str(sentence), "en"
    words = [translate_sentence(word, language)[0] if isinstance(word, Message) else word for word in values]
    return translation.format(*words) if words else translation, language


@cache
def _country_names(language: str) -> Mapping[str, str]:
    return {**Locale.parse(language).territories, **LOCAL_USAGE.get(language, {})}


def negotiate_language(accept_language: str) -> str:
    """Return the first language of an Accept-Language header (RFC 9110, 12.5.4) that has a catalogue, or English.

    >>> negotiate_language("ky-KG,ky;q=0.9,ru;q=0.8"), negotiate_language("de"), negotiate_language("")
    ('ky', 'en', 'en')
    """
    # Browsers send the languages in order of preference, so the q values are not read.
    languages = [part.partition(";")[0].strip().replace("-", "_") for part in accept_language[:200].split(",")]
    return negotiate_locale([a for a in languages if a], list(LANGUAGES)) or "en"
