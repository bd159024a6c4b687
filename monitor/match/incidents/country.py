"""Pure. Whose press an incident is about: the countries that a text names by name, adjective, body or city."""

from __future__ import annotations

from functools import cache

from monitor.match.countries import CountryIndex, cities, country_index, is_country_code, own_words
from monitor.match.incidents.lexicon.grammar import LANGUAGES, fold_word, grammar
from monitor.model import Document, Frame
from monitor.text.normalize import fold
from monitor.text.tokens import tokens

_LEAD = 300  # characters of a text


def countries_of(document: Document, frame: Frame) -> tuple[str, ...]:
    """Return the countries of an incident: of its sentence, else of title and lead, else of the outlet."""
    sentence = frame.span.of(document.field(frame.field))
    named = _countries(sentence) or _countries(f"{document.title}\n{document.text[:_LEAD]}")
    return named or ((document.country,) if is_country_code(document.country) else ())


def town_and_region(where: str) -> tuple[str, str]:
    """Return a place as a town or as a region, of which the other is ""; a country is neither."""
    words = [token.text for token in tokens(where)]
    names = [w for w in words if not any(grammar(lang).is_in(fold_word(w), "regions") for lang in LANGUAGES)]
    if country_index().codes_in(words):
        return "", ""
    return (where, "") if names == words else ("", " ".join(names))


def is_city(word: str) -> bool:
    """Return whether a word is one of the cities that a dateline may begin with, in any ending."""
    return bool(_city_index().codes_in([word]))


def is_place_name(word: str) -> bool:
    """Return whether a word is a city or a country."""
    return is_city(word) or bool(country_index().codes_in([word]))


def _countries(text: str) -> tuple[str, ...]:
    """Return the countries that a text names; without a name, those of its bodies and cities."""
    words = [token.text for token in tokens(text)]
    codes = country_index().codes_in(words)
    codes = codes or {code for word in words if (code := own_words().get(fold(word)))}
    return tuple(sorted(codes or _city_index().codes_in(words)))


@cache
def _city_index() -> CountryIndex:
    """Return the index of cities, which are found in any ending."""
    index = CountryIndex()
    for city, code in cities().items():
        index.add(city.title(), code, is_adjective=False)
    return index
