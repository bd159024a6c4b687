"""Pure, but for the model that it loads. Detection of a text's language."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Languages of the region, of its neighbours, and those its news is translated into. With this choice py3langid tells
# Kyrgyz from Kazakh even in a title; with all languages it knows it does not.
_CODES = "ar az de en es fa fr it kk ky pl ru tg tk tr tt uk uz zh"
LANGUAGES = frozenset(_CODES.split())

_MIN_LETTERS = 20
_SAMPLE_LENGTH = 600  # characters: a title and the first paragraphs


def detect(text: str, fallback: str = "") -> str:
    """Return the ISO 639-1 code of the language at the start of a text, or `fallback` if it has too few letters."""
    opening = text[:_SAMPLE_LENGTH]
    if sum(map(str.isalpha, opening)) < _MIN_LETTERS:
        return fallback
    language: str = _identifier().classify(opening)[0]
    return language


@cache
def _identifier() -> LanguageIdentifier:
    """Return an identifier of these languages alone: half a second, and 50 MB."""
    # Not the library's shared identifier: restricting that one would change it for every caller.
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    model.set_languages(LANGUAGES)
    # A restricted identifier keeps what it knows of all languages: 28 MB in each process, where a run must fit 400.
    return LanguageIdentifier(
        model.nb_ptc, model.nb_pc, model.nb_classes, model.tk_nextmove, model.tk_output, tk_row=model.tk_row
    )
