"""Pure. Tell a watched body from the same body of another country, mention by mention.

A country belongs to a body that stands next to it: after it in the genitive or with "of" (ГКНБ Таджикистана, GKNB of
Tajikistan); before it in the Kyrgyz genitive, as a possessive, bare or as an adjective (Тажикстандын УКМКсы, the Tajik
GKNB). Several countries may share a body's name: it is ours if ours is among them. The words are in
`tables/countries.txt`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from monitor.match.countries import CountryName, cities, country_index
from monitor.match.index.forms import is_kyrgyz_ending, read_acronym_ending
from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.scanner.passage import ACRONYM_RE, Passage
from monitor.match.tables import section_sounds
from monitor.match.words import is_listed_in_any_ending
from monitor.model import Field, Message
from monitor.text.normalize import HYPHENS, WHITE, fold, is_cyrillic
from monitor.text.romanize import skeleton

_MAX_NAME_WORDS = 4  # words of a country's name
_MAX_CONTINUATION = 8  # words of a body's name after those that are watched
_MAX_LEAD_WORDS = 200  # words of an article before its first body
_BODY_KINDS = frozenset({Kind.FULL, Kind.ACRONYM, Kind.INTRODUCED})
# "ГКНБ-и Тоҷикистон": the Tajik link between a noun and its owner.
_IZOFA = frozenset({"и", "ӣ", "i"})
_INDECLINABLE = re.compile("[оеиуэ]$")  # Чили, Конго
# Endings of Russian words that may go on a name in the genitive: культуры и туризма, внутренней политики.
_GENITIVE = re.compile("(?:[аяыией]|[ыи]х|[ое]го|[ое]в)$")
_OPENING_BRACKET = re.compile(r"\s*\([«\"“]?")
# A city, then a dash, colon or slash after the date or the agency; or a full stop after the city or its date.
_DATELINE = re.compile(
    r"\W{0,3}([^\W\d_][\w’'-]*(?: [^\W\d_][\w’'-]*)?)"
    r"(?:(?:[.,][^\n]{0,40}?)?(?: ?\([^)\n]{2,30}\))?(?: (?:[—–-]|--) |[:/])"
    r"|(?:[.,] \d{1,2} [^\W\d_]+(?: \d{4})?)?\.\s)"
)


class _Country(NamedTuple):
    """A country's name that stands in a passage, with a word like "republic" before or after it."""

    name: CountryName
    first: int
    last: int
    state_before: bool
    state_after: bool


def separate_countries(
    passage: Passage, occurrences: Iterable[Occurrence], countries: Mapping[str, str]
) -> Iterator[Occurrence]:
    """Yield the occurrences, bodies with the country that stands beside them; those of other countries are refused.

    `countries` are those of the watched bodies, by entity.
    """
    if not countries:
        yield from occurrences
        return
    attributed = [
        _with_country(passage, f, countries[f.name.entity])
        if f.kind in _BODY_KINDS and f.name.entity in countries and not f.refusal
        else f
        for f in occurrences
    ]
    owners = sorted((f for f in attributed if f.country), key=lambda f: f.start)
    starts = [owner.start for owner in owners]
    for f in attributed:
        # A page may name a body thousands of times: only the nearest places before are compared.
        nearest = bisect_right(starts, f.start)
        owner = next((o for o in owners[max(0, nearest - 2) : nearest] if _is_same_body(passage, f, o)), None)
        yield f._replace(country=owner.country, refusal=owner.refusal) if owner else f


def _is_same_body(passage: Passage, occurrence: Occurrence, owner: Occurrence) -> bool:
    """Return whether a name without a country stands within another name of its entity, or in brackets after it."""
    if occurrence.country or occurrence.refusal or occurrence.name.entity != owner.name.entity:
        return False
    between = passage.text[owner.end : occurrence.start] if owner.end < occurrence.start <= owner.end + 4 else ""
    return (owner.start <= occurrence.start and occurrence.end <= owner.end) or (
        _OPENING_BRACKET.fullmatch(between) is not None
    )


def _with_country(passage: Passage, occurrence: Occurrence, home: str) -> Occurrence:
    """Return a body with the country that stands beside it, refused if that is not its own."""
    first, last = passage.place_at(occurrence.start), passage.place_at(occurrence.end - 1)
    if first < last and _ends_with_country(passage, first, last, home):
        return occurrence._replace(country=home)
    owners = _countries_after(passage, last, occurrence.kind) or _countries_before(passage, first, occurrence.kind)
    if not owners:
        return occurrence
    if any(owner.name.code == home for owner in owners):
        return occurrence._replace(country=home)
    start = min(occurrence.start, passage.start(owners[0].first))
    end = max(occurrence.end, passage.end(owners[0].last))
    refusal = Message("“{}” is another country's body", passage.text[start:end])
    return occurrence._replace(country=owners[0].name.code, refusal=refusal)


def _ends_with_country(passage: Passage, first: int, last: int, home: str) -> bool:
    """Return whether a body's own words end with its country, so that the next country is not its owner."""
    country = _country_ending_at(passage, last)
    return country is not None and country.first > first and country.name.code == home


# ---- after the body -------------------------------------------------------------------------------------------------


def _countries_after(passage: Passage, last: int, kind: Kind) -> list[_Country]:
    """Return the countries after a body, in the genitive or with "of"; a longer name of it may go on before them."""
    at, is_izofa = last, False
    if passage.is_hyphenated_to_next(at) and passage.word(at + 1).lower in _IZOFA:
        at, is_izofa = at + 1, True
    closing = ""
    if _is_gap(passage, at, "(", needs_sign=True):
        if (country := _country_at(passage, at + 1)) and _closes_bracket(passage, country.last):
            return [country]
        at, closing = at + 1, ")"  # its acronym
    has_of = False
    for step in range(_MAX_CONTINUATION):
        is_close = _is_gap(passage, at, "" if step else closing)
        if not is_close and not (kind is Kind.FULL and _is_gap(passage, at, ",")):
            return []
        at += 1
        country = _country_at(passage, at) if is_close else None
        if country and _is_owner_after(passage, country, has_of or is_izofa):
            return [country, *_coordinated_after(passage, country, has_of)]
        word = passage.word(at)
        has_of = word.lower == "of" or (has_of and (word.lower == "the" or _is_between(word.lower)))
        if not (has_of or _is_between(word.lower) or (kind is Kind.FULL and _goes_on(passage, at, is_first=not step))):
            return []
    return []


def _coordinated_after(passage: Passage, country: _Country, has_of: bool) -> Iterator[_Country]:
    """Yield the other countries of a list: Казахстана и Кыргызстана."""
    at = country.last
    while at + 2 < passage.size and passage.word(at + 1).is_conjunction and _is_gap(passage, at):
        following = _country_at(passage, at + 2)
        if not following or not _is_owner_after(passage, following, has_of):
            return
        yield following
        at = following.last


def _is_owner_after(passage: Passage, country: _Country, has_link: bool) -> bool:
    """Return whether a country after a body may be in the genitive, or belongs to it by "of" or its like."""
    name, text = country.name, passage.word(country.last).text
    if name.is_adjective and not country.state_after:
        return False
    if has_link or name.match is None:
        return True
    if not is_cyrillic(text):
        return False
    if country.state_before or (not name.match.inflection and _INDECLINABLE.search(fold(text))):
        return True
    return bool(name.match.inflection) and not is_kyrgyz_ending(name.match.ending)


def _goes_on(passage: Passage, place: int, *, is_first: bool) -> bool:
    """Return whether a word may belong to a longer name of a body: “… культуры и туризма”, “… and Information”."""
    word = passage.word(place)
    if is_first:
        return word.is_conjunction or "," in passage.gap_after(place - 1)
    if word.is_conjunction:
        return True
    if word.is_cyrillic:
        return not word.is_capitalised and _GENITIVE.search(word.lower) is not None
    return word.is_capitalised and not word.text.isupper()


# ---- before the body ------------------------------------------------------------------------------------------------


def _countries_before(passage: Passage, first: int, kind: Kind) -> list[_Country]:
    """Return the countries before a body: in the Kyrgyz genitive, as a possessive, bare or as adjectives."""
    end = first - 1
    while end >= 0 and _is_gap(passage, end) and _is_between(passage.word(end).lower):
        end -= 1
    is_bracketed = end >= 0 and _OPENING_BRACKET.fullmatch(passage.gap_after(end)) is not None
    if end < 0 or not (_is_gap(passage, end) or is_bracketed):
        return []
    country = _country_ending_at(passage, end)
    if not country or not (is_bracketed or _is_owner_before(passage, country, first, kind)):
        return []
    owners, at = [country], country.first
    while at >= 2 and passage.word(at - 1).is_conjunction and _is_gap(passage, at - 2):
        if not (earlier := _country_ending_at(passage, at - 2)):
            break
        owners, at = [*owners, earlier], earlier.first
    return owners


def _is_owner_before(passage: Passage, country: _Country, first: int, kind: Kind) -> bool:
    """Return whether a country right before a body is its owner."""
    if country.name.is_adjective and not country.state_after:
        return True
    if not passage.word(country.last).is_cyrillic:
        return True  # Tajikistan's GKNB, the Tajikistan GKNB
    if country.name.match is None:
        return True
    ending = country.name.match.ending
    if ending:
        # Қазақстанның: a doubled н is one sound, so that its genitive looks like a possessive.
        return is_kyrgyz_ending(ending) and country.name.match.inflection in {"genitive", "possessive"}
    # "Тажикстан УКМК менен …": Tajikistan and the UKMK, unless the body has its possessive ending.
    return not passage.is_kyrgyz or kind is not Kind.ACRONYM or _is_possessed(passage.word(first).text)


def _is_possessed(acronym: str) -> bool:
    """Return whether an acronym has a Kyrgyz possessive ending: УКМКсынын."""
    parsed = ACRONYM_RE.match(acronym)
    return parsed is not None and "possessive" in (read_acronym_ending(parsed[2]) or "")


# ---- countries in a passage -----------------------------------------------------------------------------------------


def _country_at(passage: Passage, place: int) -> _Country | None:
    """Return the longest country's name that begins at a place, with a word like "republic" beside it, or None."""
    # "Республика Корея" is a name by itself.
    if country := _country_named_at(passage, place, place):
        return country
    if place + 1 >= passage.size or not _is_state(passage, place):
        return None
    start = place + 2 if place + 2 < passage.size and passage.word(place + 1).lower == "of" else place + 1
    return _country_named_at(passage, place, start)


def _country_named_at(passage: Passage, first: int, start: int) -> _Country | None:
    """Return the country whose name begins at `start`, behind a word like "republic" if `first` is another place."""
    words = [passage.word(start).text]
    for at in range(start + 1, min(passage.size, start + _MAX_NAME_WORDS)):
        if not _is_gap(passage, at - 1, HYPHENS):
            break
        words.append(passage.word(at).text)
    if not (names := country_index().names_at(words)):
        return None
    name, last = names[0], start + names[0].size - 1
    state_after = _is_gap(passage, last) and _is_state(passage, last + 1)
    if state_after:
        # Кыргыз Республикасынын: the state takes the ending.
        last += 1
        name = name._replace(match=country_index().state_match(passage.word(last).text))
    return _Country(name, first, last, first < start, state_after)


def _country_ending_at(passage: Passage, end: int) -> _Country | None:
    """Return the longest country's name that ends at a place, or None."""
    for start in range(max(0, end - _MAX_NAME_WORDS), end + 1):
        if all(_is_gap(passage, at, HYPHENS) for at in range(start, end)):
            country = _country_at(passage, start)
            if country and country.last == end:
                return country
    return None


def _is_state(passage: Passage, place: int) -> bool:
    """Return whether a word is a state's: республика, federation, in any ending."""
    return country_index().state_match(passage.word(place).text) is not None


def _closes_bracket(passage: Passage, place: int) -> bool:
    """Return whether a bracket closes right after a word."""
    return passage.text.startswith(")", passage.end(place))


def _is_between(word: str) -> bool:
    """Return whether a word may stand between a body and its country."""
    return is_listed_in_any_ending(skeleton(word), section_sounds("countries", "between"))


def _is_gap(passage: Passage, place: int, signs: str = "", *, needs_sign: bool = False) -> bool:
    """Return whether only white space, or some of these signs, stand between a word and the next of a paragraph."""
    if not 0 <= place < passage.size - 1:
        return False
    gap = passage.gap_after(place)
    between = gap.strip(WHITE)
    is_one_paragraph = "\n" not in gap or passage.is_joined_to_next(place)
    return is_one_paragraph and (between in signs if between else not needs_sign)


# ---- the article ----------------------------------------------------------------------------------------------------


def doubt_other_countries(
    occurrences: Sequence[tuple[Passage, Occurrence]], countries: Mapping[str, str]
) -> list[tuple[Passage, Occurrence]]:
    """Add a doubt to bodies without a country in an article that speaks of another country's.

    It does if the body's first place in the text, or the dateline, is another country's. From a place on that names
    the body's own country, bodies without one are ours again.
    """
    doubts = {entity: _doubt_of_article(occurrences, entity, home) for entity, home in countries.items()}
    if not any(doubts.values()):
        return [*occurrences]
    doubted = []
    for passage, f in occurrences:
        entity = f.name.entity
        if f.country and f.country == countries.get(entity):
            doubts[entity] = None
        doubt = doubts.get(entity) if not (f.country or f.refusal or f.doubt) else None
        doubted.append((passage, f._replace(doubt=doubt) if doubt else f))
    return doubted


def _doubt_of_article(occurrences: Sequence[tuple[Passage, Occurrence]], entity: str, home: str) -> Message | None:
    """Return why a body without a country may be another country's in this article, or None."""
    places = [(p, f) for p, f in occurrences if f.name.entity == entity and (f.country or not f.refusal)]
    in_text = [place for place in places if place[0].field is Field.TEXT] or places
    if not in_text:
        return None
    passage, first = min(in_text, key=lambda place: place[1].start)
    if first.country:
        return Message("{}; the article may speak of that one here", first.refusal) if first.country != home else None
    if dateline_country(passage) in {"", home} or _names_country(passage, home, first.start):
        return None
    return Message("the dateline is “{}”, in another country", _dateline_city(passage))


def dateline_country(passage: Passage) -> str:
    """Return the country of the city in the dateline; "" if there is none."""
    return cities().get(fold(_dateline_city(passage)), "")


def _dateline_city(passage: Passage) -> str:
    city = _DATELINE.match(passage.text)
    return city[1] if city else ""


def _names_country(passage: Passage, code: str, end: int) -> bool:
    """Return whether a country is named before an offset: agencies write of it from its neighbours' cities."""
    places = range(min(passage.place_at(end), _MAX_LEAD_WORDS))
    return any(name.code == code for at in places for name in country_index().names_at([passage.word(at).text]))
