"""Pure. Where a passage holds the name of an organisation: words in order, one word, or an acronym."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from monitor.match.compile import Acronym, Compiled, Phrase
from monitor.match.index.forms import Role, acronym_ending
from monitor.match.index.word_index import Closeness
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.rules.reasons import grammar
from monitor.match.scanner.passage import ACRONYM, LONGEST_ACRONYM, Passage
from monitor.match.words import is_ordinary, is_type_word
from monitor.model import Message
from monitor.text.normalize import WHITE, fold, is_cyrillic
from monitor.text.romanize import skeleton

_LONGEST_LEFT_OUT = 2  # letters
_FEW = 3  # phrases that begin alike
_REACH = 3  # words after the first of a phrase among which its second stands


def phrases_at(
    passage: Passage, compiled: Compiled, place: int, introduced: set[tuple[str, str, str]]
) -> Iterator[Occurrence]:
    """The phrases that begin at a place, and where else an acronym stands that the article gives one.

    `introduced`: (entity, alias, acronym) that this passage gave before; each is looked for once.
    """
    for number in passage.word(place).matches:
        for phrase in _worth_trying(passage, compiled.phrases.get(number, ()), place):
            if found := _phrase(passage, compiled, place, phrase):
                yield found
                yield from _learned(passage, found, introduced)


def _worth_trying(passage: Passage, phrases: Sequence[Phrase], place: int) -> Sequence[Phrase]:
    """Of many phrases those whose second word stands near."""
    if passage.thorough or len(phrases) < _FEW:
        return phrases
    near = [passage.word(at).matches for at in range(place + 1, min(passage.size, place + 1 + _REACH))]
    return [each for each in phrases if len(each.words) == 1 or any(each.words[1] in matches for matches in near)]


def _phrase(passage: Passage, compiled: Compiled, place: int, phrase: Phrase) -> Occurrence | None:
    """The words of a phrase in order, from one that may be its first."""
    places = list(_places(passage, place, phrase.words))
    if len(places) < len(phrase.words):
        return None
    parts = tuple(
        NamePart(passage.word(at), compiled.word(number), passage.word(at).matches[number])
        for at, number in zip(places, phrase.words, strict=True)
    )
    first, last = places[0], places[-1]
    refused = _common_words(passage, places, phrase, parts)
    doubt = _doubt(passage, places, phrase, parts)
    start, end = passage.start(first), passage.end(last)
    return Occurrence((phrase,), Kind.FULL, start, end, parts, refused=refused, doubt=doubt)


def _doubt(passage: Passage, places: list[int], phrase: Phrase, parts: tuple[NamePart, ...]) -> Message | None:
    """Why words may be no name, or not this one's, after all."""
    if len(places) == 1:
        return AS_ONE if phrase.person else doubt_of_capital(passage, places[0], parts[0])
    if len(places) > 2 or _quoted(passage, places[0]) or _in_address(passage, places):
        return None
    # "Temirov live on stage": the outlet is Temirov Live.
    last = parts[-1].form.text
    small = phrase.capitals[-1] and not passage.capital(places[-1]) and is_ordinary(last) and not is_type_word(last)
    return Message("“{}” in small letters may be the ordinary word", last) if small else None


def _in_address(passage: Passage, places: list[int]) -> bool:
    """Whether nothing but a dot or an underscore parts words, as in addresses: kloop.kg, temirov_live."""
    return all(passage.gap(place) in {"_", "."} for place in places[:-1])


def _is_account(passage: Passage, place: int) -> bool:
    """Whether a word is all of an account's name or a hashtag: @kloop, t.me/kloop; no file's: /kloop.html."""
    start, end = passage.start(place), passage.end(place)
    begins = _BEGINS_ACCOUNT.search(passage.text, max(0, start - _NEAR), start)
    return begins is not None and not (_FILE if begins[0].endswith("/") else _LONGER).match(passage.text, end)


_NEAR = 10  # characters
_BEGINS_ACCOUNT = re.compile(r"[@#]$|(?:\w\.[a-z]{2,8}|\bt\.me/s)/$")
_LONGER, _FILE = re.compile("[_-]"), re.compile(r"[_-]|\.[A-Za-z]")


def _places(passage: Passage, place: int, words: Sequence[int]) -> Iterator[int]:
    """Where each word stands, from the first on."""
    yield place
    for number in words[1:]:
        following = _next_place(passage, place, number, others=2 if len(words) > 2 else 1)
        if following is None:
            return
        place = following
        yield place


def _next_place(passage: Passage, place: int, number: int, others: int) -> int | None:
    """Where the next word of a phrase stands; that many others, parted by spaces alone, may come between."""
    for at in range(place + 1, min(passage.size, place + 2 + others)):
        between = passage.gap(at - 1).strip()
        if len(between) > 1 or (between and between not in "-–,.’'\"«»“”_"):
            return None
        if between and at > place + 1 and not _is_left_out(passage, at - 1):
            return None
        match = passage.word(at).matches.get(number)
        if match is not None and match.closeness >= Closeness.VOWELS:
            return at
        if between and not _is_left_out(passage, at):
            return None
    return None


def _is_left_out(passage: Passage, place: int) -> bool:
    """Return whether a word is one that a phrase does without, hyphened to the next: Co-operation, Tehreek-e-X."""
    return len(passage.word(place).text) <= _LONGEST_LEFT_OUT and passage.hyphened(place)


def _common_words(passage: Passage, places: list[int], phrase: Phrase, parts: tuple[NamePart, ...]) -> str:
    """Why these are common words and not the name: names that are such need capitals, quotation marks or their type."""
    if parts[0].word.role is Role.JOINED:
        camel = any(a.islower() and b.isupper() for a, b in pairwise(parts[0].form.text))
        told = "its words are written as one, which counts only as in TokoevLive or #tokoevlive"
        return "" if camel or _is_account(passage, places[0]) else told
    if phrase.person:
        small = any(upper and not passage.capital(at) for at, upper in zip(places, phrase.capitals, strict=True))
        return IN_SMALL_LETTERS if small else ""
    if parts[0].form.text.isdigit() and len(places) > 1 and not passage.gap(places[0]).strip(WHITE):
        return "it is a number and its unit"  # 24 kg of rice
    if not any(phrase.capitals):
        return ""
    if len(places) == 1:
        return common_word(passage, places[0], parts[0])
    if _quoted(passage, places[0]) or _in_address(passage, places):
        return ""
    listed = [at for at, upper in zip(places, phrase.capitals, strict=True) if upper]
    written = [at for at in listed if passage.capital(at)]
    short = sum(len(p.word.raw) for p in parts) < 10
    if (short and len(written) < len(listed)) or (len(parts) == 2 and not written):
        return IN_SMALL_LETTERS
    # "Новая линия": a capital says nothing where a sentence begins.
    if len(parts) == 2 and written == places[:1] and passage.starts_sentence(places[0]):
        return (
            "" if _beside_type_word(passage, places[0]) else "it may be capitalised as the first word of its sentence"
        )
    return ""


def common_word(passage: Passage, place: int, part: NamePart) -> str:
    """Why a word is not a name of one word."""
    if part.match.closeness is not Closeness.SAME:
        return "a name of one word must be spelt right"
    if not part.form.upper and (is_ordinary(part.word.raw) or not _is_account(passage, place)):
        return IN_SMALL_LETTERS
    if not _same_letters(part):
        return f"“{part.form.text}” sounds like {part.word.raw}, but is spelt otherwise"
    if passage.starts_sentence(place) and not _beside_type_word(passage, place) and part.word.raw.islower():
        return "it may be capitalised as the first word of its sentence"
    return ""


def doubt_of_capital(passage: Passage, place: int, part: NamePart) -> Message | None:
    """Why the capital of a name of one word says nothing: any word has one there."""
    if _quoted(passage, place) or _beside_type_word(passage, place):
        return None
    if not passage.shouted(place) and not passage.starts_sentence(place):
        return None
    return ORDINARY if is_ordinary(part.word.raw) else ANY_WORD


def _quoted(passage: Passage, place: int) -> bool:
    start = passage.start(place)
    return passage.text[max(0, start - 1) : start] in {*'«"“„('}


IN_SMALL_LETTERS = Message("it is not capitalised")
AS_ONE = Message("its words are written as one")
ORDINARY = Message("it is an ordinary word, and any word would have a capital here")
ANY_WORD = Message("any word would have a capital here, and this one stands in small letters in the article")
_KYRGYZ_AS_RUSSIAN = str.maketrans("өүң", "оун")


def _same_letters(part: NamePart) -> bool:
    """Whether a lone word is spelt like the one on the list: Аравия is not Араван, "клоп" not Kloop.

    In one script all but its last letter, which an ending may change, or but for the romanisation of a surname (-yev);
    across scripts the letters it doubles.
    """
    text, listed = (fold(word).translate(_KYRGYZ_AS_RUSSIAN) for word in (part.form.text, part.word.raw))
    doubled_alike = _doubled(text[: len(listed) + 1]) == _doubled(listed)
    if is_cyrillic(text) != is_cyrillic(listed):
        return len(listed) > 6 or doubled_alike
    latin = part.word.role is Role.SURNAME and not part.form.cyrillic and len(listed) > 4
    return text.startswith(listed[:-1] if len(listed) > 3 else listed) or (latin and doubled_alike)


def _doubled(word: str) -> set[str]:
    return {skeleton(letter) for letter in _TWICE.findall(word)}


_TWICE = re.compile(r"(.)\1")


def _beside_type_word(passage: Passage, place: int) -> bool:
    beside = [p for p in (place - 1, place + 1) if 0 <= p < passage.size]
    return any(is_type_word(passage.word(p).text) for p in beside)


# ---- acronyms -------------------------------------------------------------------------------------------------------

# Possessive: white space without end is read once, not once for each of its characters.
_LEARNED = re.compile(
    r"[\s,]*+\(\s*+(?:(?:далее|мындан\s++ары)\s*+(?:[-—–]\s*+)?|hereinafter\s++)?[«\"“]?([A-ZА-ЯЁӨҮҢ]{3,7})[»\"”]?\s*+[),;]"
)


def acronyms_at(passage: Passage, compiled: Compiled, place: int) -> Iterator[Occurrence]:
    """Acronyms count exactly as they are written on the list, with an ending glued or hyphened on."""
    for letters, tail in _readings(passage, compiled, place):
        if (says := acronym_ending(tail) if tail else "") is None:
            continue
        notes = (Message("the ending -{}: {}", tail, grammar(says)),) if says else ()
        could_be_a_word = passage.shouted(place) and not _UNSPEAKABLE.search(skeleton(letters))
        doubt = Message("in a line of capitals it may be a common word") if could_be_a_word else None
        for name in compiled.acronyms[letters]:
            yield Occurrence((name,), Kind.ACRONYM, passage.start(place), passage.end(place), notes=notes, doubt=doubt)


def _readings(passage: Passage, compiled: Compiled, place: int) -> Iterator[tuple[str, str]]:
    """Listed letters and the tail after them; among capitals the tail may be in capitals too: УКМКНЫН."""
    text = passage.word(place).text
    written = ACRONYM.match(text)
    if written and written[1] in compiled.acronyms:
        yield written[1], written[2]
    elif text.isupper() and len(text) > 3 and passage.shouted(place):
        longest = min(len(text) - 2, LONGEST_ACRONYM)
        cuts = (n for n in range(longest, 1, -1) if text[:n] in compiled.acronyms)
        yield from ((text[:n], text[n:].lower()) for n in cuts)


_UNSPEAKABLE = re.compile("^[^aeiou]+$|[^aeiou]{3}")  # in sounds: no word is said so


def _learned(passage: Passage, found: Occurrence, introduced: set[tuple[str, str, str]]) -> Iterator[Occurrence]:
    """Every place of the acronym that stands in brackets after the full name."""
    brackets = _LEARNED.match(passage.text, found.end)
    if found.refused or not brackets or not isinstance(found.name, Phrase):
        return
    letters = brackets[1]
    name = Acronym(found.name.entity, found.name.alias, letters)
    if (name.entity, name.alias, letters) in introduced:
        return
    introduced.add((name.entity, name.alias, letters))
    note = Message("{} stands in brackets after the full name in this article", letters)
    for place in passage.acronyms.get(letters, ()):
        yield Occurrence((name,), Kind.LEARNED, passage.start(place), passage.end(place), notes=(note,))
