"""Pure. Find names of organisations in a passage: words in order, one word, or an acronym."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from monitor.match.compile import Compiled
from monitor.match.index.endings import DOUBLED_LETTER
from monitor.match.index.forms import NameRole, read_acronym_ending
from monitor.match.index.names import MAX_ACRONYM, Acronym, Phrase
from monitor.match.index.word_match import Closeness
from monitor.match.rules.occurrence import Doubt, Kind, NamePart, Occurrence
from monitor.match.rules.reasons import inflection_message
from monitor.match.scanner.passage import ACRONYM_RE, Passage
from monitor.match.scanner.word_form import WordFlags
from monitor.match.words import is_ordinary, is_ordinary_in_script, is_state_body, is_type_word
from monitor.model import Message
from monitor.text.normalize import APOSTROPHES, WHITE, fold
from monitor.text.romanize import skeleton

_MAX_OPTIONAL_WORD = 2  # letters
_MAX_ABBREVIATION = 2  # letters; a full stop after a longer word ends its sentence
# Words after the first of a phrase among which its second stands.
_SECOND_WORD_REACH = 3


def phrases_at(
    passage: Passage, compiled: Compiled, place: int, introduced: set[tuple[str, str, str]]
) -> Iterator[Occurrence]:
    """Yield the phrases that begin at a place, and the places of an acronym that the article gives one of them.

    `introduced`: (entity, alias, acronym) that this passage gave before; each acronym is searched once.
    """
    reach = range(place + 1, min(passage.size, place + 1 + _SECOND_WORD_REACH))
    seconds = {n for at in reach if passage.flags(at) & WordFlags.PHRASE_SECOND for n in passage.word(at).matches}
    if not seconds and not passage.flags(place) & WordFlags.ONE_WORD_PHRASE:
        return
    for number in passage.word(place).matches:
        for phrase in compiled.phrases.get(number, ()):
            if len(phrase.words) > 1 and phrase.words[1] not in seconds:
                continue
            if occurrence := _match_phrase(passage, compiled, place, phrase):
                yield occurrence
                yield from _introduced_acronyms(passage, occurrence, introduced)


def _match_phrase(passage: Passage, compiled: Compiled, place: int, phrase: Phrase) -> Occurrence | None:
    """Return the phrase if its words follow in order from a place, else None."""
    places = list(_word_places(passage, place, phrase))
    if len(places) < len(phrase.words):
        return None
    parts = tuple(
        NamePart(passage.word(at), compiled.word(number), passage.word(at).matches[number])
        for at, number in zip(places, phrase.words, strict=True)
    )
    first, last = places[0], places[-1]
    refusal = _refuse_phrase(passage, places, phrase, parts)
    doubt = _phrase_doubt(passage, places, phrase, parts) or phrase.doubt
    notes = (phrase.note,) if phrase.note else ()
    start, end = passage.start(first), passage.end(last)
    return Occurrence((phrase,), Kind.FULL, start, end, parts, notes, refusal=refusal, doubt=doubt)


def _phrase_doubt(passage: Passage, places: list[int], phrase: Phrase, parts: tuple[NamePart, ...]) -> Message | None:
    """Return why the words of a phrase may be no name, or not this one, or None."""
    if kazakh_part := next((part for part in parts if _is_in_kazakh(part)), None):
        return Message("“{}” is the Kazakh word, and may be a Kazakh body", kazakh_part.form.text)
    if len(places) == 1:
        # An account may be anybody's; a hashtag is about the person.
        is_account = phrase.is_person and not passage.is_hashtag(places[0])
        return WRITTEN_AS_ONE if is_account else doubt_of_capital(passage, places[0], parts[0])
    if len(places) > 2 or _is_quoted(passage, places[0]) or _in_address(passage, places):
        return None
    # "April TV ratings fell": neither capital says that it is the outlet.
    if passage.starts_sentence(places[0]) and parts[-1].form.text.isupper() and _is_ordinary_here(parts[0]):
        return ORDINARY_WORD
    # "Temirov live on stage": the outlet is Temirov Live.
    last = parts[-1].form.text
    is_small_letter_word = (
        phrase.capitals[-1] and not passage.is_capitalised(places[-1]) and is_ordinary(last) and not is_type_word(last)
    )
    return Message("“{}” in small letters may be the ordinary word", last) if is_small_letter_word else None


def _is_in_kazakh(part: NamePart) -> bool:
    """Return whether an ordinary word has Kazakh letters that the list does not have: Азаттық for Азаттык."""
    is_kazakh = _KAZAKH_K.search(part.form.lower) and not _KAZAKH_K.search(part.word.raw.lower())
    return bool(is_kazakh) and is_ordinary(part.word.raw)


_KAZAKH_K = re.compile("[қq]")


def _in_address(passage: Passage, places: list[int]) -> bool:
    """Return whether only dots or underscores separate the words, as in addresses: kloop.kg, temirov_live."""
    return all(passage.gap_after(place) in {"_", "."} for place in places[:-1])


def _is_account_name(passage: Passage, place: int) -> bool:
    """Return whether a word is the whole name of an account or a hashtag: @kloop, t.me/kloop, not /kloop.html."""
    start, end = passage.start(place), passage.end(place)
    begins = _ACCOUNT_START.search(passage.text, max(0, start - _ACCOUNT_LOOKBACK), start)
    return begins is not None and not (_FILE_NAME if begins[0].endswith("/") else _LONGER_ACCOUNT).match(
        passage.text, end
    )


_ACCOUNT_LOOKBACK = 10  # characters
_ACCOUNT_START = re.compile(r"[@#]$|(?:\w\.[a-z]{2,8}|\bt\.me/s)/$")
_LONGER_ACCOUNT, _FILE_NAME = re.compile("[_-]"), re.compile(r"[_-]|\.[A-Za-z]")


def _word_places(passage: Passage, place: int, phrase: Phrase) -> Iterator[int]:
    """Yield the place of each word of a phrase, as far as they are found."""
    yield place
    for number in phrase.words[1:]:
        following = _next_word_place(passage, place, number, max_words_between=2 if len(phrase.words) > 2 else 1)
        # "In April, TV viewers": a comma stands inside a name only where the list has one.
        if following is None or ("," not in phrase.alias and _ends_name(passage, place, following)):
            return
        place = following
        yield place


def _ends_name(passage: Passage, place: int, following: int) -> bool:
    """Return whether a comma, or a full stop and a space after a longer word, stands between two words."""
    gaps = [passage.gap_after(at) for at in range(place, following)]
    is_sentence_end = len(passage.word(place).text) > _MAX_ABBREVIATION and gaps[0][:1] == "." and gaps[0] != "."
    return is_sentence_end or any("," in gap for gap in gaps)


def _next_word_place(passage: Passage, place: int, number: int, max_words_between: int) -> int | None:
    """Return the place of the next word of a phrase, or None.

    At most `max_words_between` other words, separated by spaces alone, may come between.
    """
    for at in range(place + 1, min(passage.size, place + 2 + max_words_between)):
        between = passage.gap_after(at - 1).strip()
        if len(between) > 1 or (between and between not in "-–,.’'\"«»“”_"):
            return None
        if between and at > place + 1 and not _is_optional_word(passage, at - 1):
            return None
        match = passage.word(at).matches.get(number)
        if match is not None and match.closeness >= Closeness.VOWELS:
            return at
        if between and not _is_optional_word(passage, at):
            return None
    return None


def _is_optional_word(passage: Passage, place: int) -> bool:
    """Return whether a word may be left out of a phrase, hyphenated to the next: Co-operation, Tehreek-e-X."""
    return len(passage.word(place).text) <= _MAX_OPTIONAL_WORD and passage.is_hyphenated_to_next(place)


def _refuse_phrase(passage: Passage, places: list[int], phrase: Phrase, parts: tuple[NamePart, ...]) -> str:
    """Return why the words are common words and not the name, or "".

    Names that are made of common words need capitals, quotation marks or a word that says what they are.
    """
    if parts[0].word.role is NameRole.JOINED:
        has_inner_capital = any(a.islower() and b.isupper() for a, b in pairwise(parts[0].form.text))
        refusal = "its words are written as one, which counts only as in TokoevLive or #tokoevlive"
        return "" if has_inner_capital or _is_account_name(passage, places[0]) else refusal
    if phrase.is_person:
        lacks_capital = any(
            upper and not passage.is_capitalised(at) for at, upper in zip(places, phrase.capitals, strict=True)
        )
        return IN_SMALL_LETTERS if lacks_capital else ""
    if parts[0].form.text.isdigit() and len(places) > 1 and not passage.gap_after(places[0]).strip(WHITE):
        return "it is a number and its unit"  # 24 kg of rice
    if not any(phrase.capitals):
        return ""
    is_run = all(not passage.gap_after(place).strip(WHITE) for place in range(places[0], places[-1]))
    if is_run and any(is_state_body(part.word.raw) for part in parts):
        return "they are several bodies" if any(map(_is_english_plural, parts)) else ""
    if len(places) == 1:
        return refuse_one_word_name(passage, places[0], parts[0])
    if _is_quoted(passage, places[0]) or _in_address(passage, places):
        return ""
    capital_places = [at for at, upper in zip(places, phrase.capitals, strict=True) if upper]
    capitalised_places = [at for at in capital_places if passage.is_capitalised(at)]
    is_short = sum(len(p.word.raw) for p in parts) < 10
    if (is_short and len(capitalised_places) < len(capital_places)) or (len(parts) == 2 and not capitalised_places):
        return IN_SMALL_LETTERS
    # "Новая линия": a capital says nothing where a sentence begins.
    if len(parts) == 2 and capitalised_places == places[:1] and passage.starts_sentence(places[0]):
        return (
            ""
            if _is_next_to_type_word(passage, places[0])
            else "it may be capitalised as the first word of its sentence"
        )
    return ""


def _is_english_plural(part: NamePart) -> bool:
    """Return whether a word of the text is the plural of a listed one; without an apostrophe -s is no possessive."""
    return part.match.ending == "s" and not part.form.is_cyrillic and not _APOSTROPHE_RE.search(part.form.text)


_APOSTROPHE_RE = re.compile(f"[{APOSTROPHES}]")


def refuse_one_word_name(passage: Passage, place: int, part: NamePart) -> str:
    """Return why a word is not this name of one word, or ""."""
    if part.match.closeness is not Closeness.SAME:
        return "a name of one word must be spelt right"
    if not part.form.is_capitalised and (is_ordinary(part.word.raw) or not _is_account_name(passage, place)):
        return IN_SMALL_LETTERS
    if not _has_same_letters(part):
        return f"“{part.form.text}” sounds like {part.word.raw}, but is spelt otherwise"
    if passage.starts_sentence(place) and not _is_next_to_type_word(passage, place) and part.word.raw.islower():
        return "it may be capitalised as the first word of its sentence"
    return ""


def doubt_of_capital(passage: Passage, place: int, part: NamePart) -> Message | None:
    """Return a doubt where any word has a capital, so that this one says nothing, or None."""
    if _is_quoted(passage, place) or _is_next_to_type_word(passage, place):
        return None
    if not passage.is_in_capitals_line(place) and not passage.starts_sentence(place):
        return None
    return ORDINARY_WORD if _is_ordinary_here(part) else ANY_WORD


def _is_ordinary_here(part: NamePart) -> bool:
    """Return whether a word is an ordinary one in the script it stands in."""
    # In Azattykтан the script of the name counts, not that of its ending.
    return is_ordinary_in_script(part.word.raw, cyrillic=part.form.is_cyrillic)


def _is_quoted(passage: Passage, place: int) -> bool:
    """Return whether a word follows an opening quotation mark or bracket."""
    start = passage.start(place)
    return passage.text[max(0, start - 1) : start] in {*'«"“„('}


IN_SMALL_LETTERS = Message("it is not capitalised", code=Doubt.IN_SMALL_LETTERS)
WRITTEN_AS_ONE = Message("its words are written as one", code=Doubt.WRITTEN_AS_ONE)
ORDINARY_WORD = Message("it may be an ordinary word")
ANY_WORD = Message("it may be an ordinary word: the article has it in small letters, too", code=Doubt.ANY_WORD)
# Many write Kyrgyz with Russian letters alone.
_KYRGYZ_AS_RUSSIAN = str.maketrans("өүң", "оун")


def _has_same_letters(part: NamePart) -> bool:
    """Return whether a lone word is spelt like the listed one: Аравия is not Араван, "клоп" not Kloop.

    In one script all letters but the last must agree, since an ending may change it, or a surname may be romanised
    otherwise (-yev); across scripts the doubled letters must agree.
    """
    text, listed = (fold(word).translate(_KYRGYZ_AS_RUSSIAN) for word in (part.form.text, part.word.raw))
    doubled_alike = _doubled_sounds(text[: len(listed) + 1]) == _doubled_sounds(listed)
    if not part.is_same_script:
        return len(listed) > 6 or doubled_alike
    may_double_otherwise = part.word.role is NameRole.SURNAME and not part.form.is_cyrillic and len(listed) > 4
    return text.startswith(listed[:-1] if len(listed) > 3 else listed) or (may_double_otherwise and doubled_alike)


def _doubled_sounds(word: str) -> set[str]:
    """Return the sounds of the doubled letters of a word."""
    return {skeleton(letter) for letter in DOUBLED_LETTER.findall(word)}


def _is_next_to_type_word(passage: Passage, place: int) -> bool:
    """Return whether the word before or after says what kind of body a name belongs to."""
    pairs = [(place - 1, place), (place, place + 1)]
    return any(
        is_type_word(passage.word(sum(pair) - place).text) and not _SEPARATOR.search(passage.gap_after(pair[0]))
        for pair in pairs
        if pair[0] >= 0 and pair[1] < passage.size
    )


_SEPARATOR = re.compile(r"[,;:!?]")


# ---- acronyms -------------------------------------------------------------------------------------------------------

# Possessive: white space without end is read once, not once for each of its characters.
_BRACKETED_ACRONYM = re.compile(
    r"[\s,]*+\(\s*+(?:(?:далее|мындан\s++ары)\s*+(?:[-—–]\s*+)?|hereinafter\s++)?[«\"“]?([A-ZА-ЯЁӨҮҢ]{3,7})[»\"”]?\s*+[),;]"
)


def acronyms_at(passage: Passage, compiled: Compiled, place: int) -> Iterator[Occurrence]:
    """Yield the acronyms at a place: exactly as listed, with an ending glued or hyphenated on."""
    for letters, tail in _acronym_readings(passage, compiled, place):
        if (inflection := read_acronym_ending(tail) if tail else "") is None:
            continue
        notes = (Message("the ending -{}: {}", tail, inflection_message(inflection)),) if inflection else ()
        may_be_word = passage.is_in_capitals_line(place) and not _UNPRONOUNCEABLE.search(skeleton(letters))
        doubt = Message("in a line of capitals it may be a common word") if may_be_word else None
        for name in compiled.acronyms[letters]:
            notes_of_name = (*notes, name.note) if name.note else notes
            span = passage.start(place), passage.end(place)
            yield Occurrence((name,), Kind.ACRONYM, *span, notes=notes_of_name, doubt=doubt or name.doubt)


def _acronym_readings(passage: Passage, compiled: Compiled, place: int) -> Iterator[tuple[str, str]]:
    """Yield listed letters and the tail after them; in a line of capitals the tail may be capital too: УКМКНЫН."""
    text = passage.word(place).text
    parsed = ACRONYM_RE.match(text)
    if parsed and parsed[1] in compiled.acronyms:
        yield parsed[1], parsed[2]
    elif text.isupper() and len(text) > 3 and passage.is_in_capitals_line(place):
        # The longest acronym first: УКМК, not УК, in УКМКНЫН.
        longest = min(len(text) - 2, MAX_ACRONYM)
        cuts = (n for n in range(longest, 1, -1) if text[:n] in compiled.acronyms)
        yield from ((text[:n], text[n:].lower()) for n in cuts)


# Sounds that no ordinary word has: УКМК, ГКНБ.
_UNPRONOUNCEABLE = re.compile("^[^aeiou]+$|[^aeiou]{3}")


def _introduced_acronyms(
    passage: Passage, occurrence: Occurrence, introduced: set[tuple[str, str, str]]
) -> Iterator[Occurrence]:
    """Yield every place of the acronym that stands in brackets after the full name."""
    # Brackets elsewhere in the text may explain another name.
    brackets = _BRACKETED_ACRONYM.match(passage.text, occurrence.end)
    if occurrence.refusal or not brackets or not isinstance(occurrence.name, Phrase):
        return
    letters = brackets[1]
    name = Acronym(occurrence.name.entity, occurrence.name.alias, letters)
    if (name.entity, name.alias, letters) in introduced:
        return
    introduced.add((name.entity, name.alias, letters))
    note = Message("{} stands in brackets after the full name in this article", letters)
    for place in passage.acronyms.get(letters, ()):
        yield Occurrence((name,), Kind.INTRODUCED, passage.start(place), passage.end(place), notes=(note,))
