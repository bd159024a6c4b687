"""Pure. Which language a text is in, of those the region's outlets write. The only module that knows py3langid."""

from __future__ import annotations

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# The region's, its neighbours' and those its news is translated into. Choosing from these, py3langid tells Kyrgyz from
# Kazakh even in a title; choosing from all it knows, it does not.
_CODES = "ar az de en es fa fr it kk ky pl ru tg tk tr tt uk uz zh"
LANGUAGES = frozenset(_CODES.split())

_LETTERS_NEEDED = 20
_LOOKED_AT = 600  # characters: a title and the opening


def detect(text: str, fallback: str = "") -> str:
    """The two-letter code (ISO 639-1) of the language a text opens in; `fallback` if it has too few letters to tell."""
    opening = text[:_LOOKED_AT]
    if sum(map(str.isalpha, opening)) < _LETTERS_NEEDED:
        return fallback
    language: str = _identifier().classify(opening)[0]
    return language


@cache
def _identifier() -> LanguageIdentifier:
    """Its own, not the library's shared one: whoever restricts that changes everybody's answers.

    Made anew from what is left when it is restricted, so that the other languages' share of the model is freed.
    """
    all_it_knows = LanguageIdentifier.from_model_file(MODEL_FILE)
    all_it_knows.set_languages(LANGUAGES)
    ptc, pc, classes = all_it_knows.nb_ptc, all_it_knows.nb_pc, all_it_knows.nb_classes
    return LanguageIdentifier(
        ptc, pc, classes, all_it_knows.tk_nextmove, all_it_knows.tk_output, tk_row=all_it_knows.tk_row
    )
