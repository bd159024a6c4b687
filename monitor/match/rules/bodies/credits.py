"""Pure. Tell an outlet that is named as a credit or as a source from one that the news is about.

A credit is a label or a sign: "Фото: X", "(Photo: X)", "© X", the bracket of a dateline, a line of its own. A source is
the one who reports: "пишет X", "со ссылкой на X", "X reported that …". If its people or things stand beside its name,
or if it speaks of its own, the news is about the outlet, whoever reports it. The words are in `tables/credits.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from monitor.match.rules.occurrence import Occurrence
from monitor.match.scanner.passage import Passage
from monitor.match.tables import section_sounds, section_words, sections
from monitor.match.words import is_listed_in_any_ending, is_type_word
from monitor.model import REASON_CREDIT, REASON_SOURCE, Field, Message, Span
from monitor.text.normalize import WHITE, without_invisible
from monitor.text.romanize import skeleton
from monitor.text.sentences import sentence_around
from monitor.text.tokens import tokens

_LOOKBACK = 100  # characters of a line before a name
_MAX_TYPE_WORDS = 2  # between a name and its verb
_MAX_NAME_WORDS = 2  # of another source before "and"
_OWN_REACH = 3  # words between a pronoun and what it owns
_SENTENCE_REACH = 25  # words on either side of a name
_QUOTES = '«»"“”„‘’()'


def credit_reason(passage: Passage, occurrence: Occurrence) -> Message | None:
    """Return that an outlet is named as a credit or as a source, or None."""
    if _is_credited(passage, occurrence):
        return REASON_CREDIT
    if _is_labelled_source(passage, occurrence):
        return REASON_SOURCE
    first, last = passage.place_at(occurrence.start), passage.place_at(occurrence.end - 1)
    if last < 0:  # a name of signs alone, with no word before it
        return None
    cue = _cue_before(passage, first, last) or _cue_after(passage, first, last) or _telling(passage, occurrence, last)
    return REASON_SOURCE if cue and not _speaks_of_itself(passage, occurrence, cue) else None


# ---- labels and signs -----------------------------------------------------------------------------------------------


def _phrases(section: str) -> list[str]:
    """Return the phrases of a section of the table."""
    return [phrase.strip() for phrase in " ".join(sections("credits")[section]).split("|") if phrase.strip()]


def _any_of(section: str) -> str:
    """Return a pattern of the phrases of a section, the longest first."""
    phrases = sorted(_phrases(section), key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases)


# Possessive throughout: a line of capitals without end is read once.
_CAPITALISED_NAMES = (
    r"(?:(?-i:[A-ZА-ЯЁӨҮҢІЇЄ])(?:\.|[\w’'&-]*+(?:\.\w++)*+)\s*+|[/|&,«»\"“”„(]\s*+|(?:и|and|жана)\s++)*+$"
)
# "На фото: X" is a picture of X.
_LABEL = rf"(?<![\w])(?<!на )(?<!the )(?<!this )(?<!these )(?:{_any_of('credit labels')})(?![\w])\s*+"
_LINK = rf"(?:(?:{_any_of('credit links')})(?![\w])\s*+)"
_CREDIT_RE = re.compile(
    rf"{_LABEL}(?:[|/–—-]|{_LINK}?:)\s*+{_LINK}*+{_CAPITALISED_NAMES}"
    r"|(?:©|\([cс]\)|copyright)\s*+(?:\d{4}(?:[–-]\d{4})?)?[,\s]*+(?:the\s++)?[«\"“]?$",
    re.IGNORECASE,
)
# Without a colon only where nothing else is said: "Видео X удалено" is news of X.
_PLAIN_CREDIT_RE = re.compile(
    rf"(?:^|[.!?…»”\"(|]\s*+){_LABEL}(?:{_LINK}++{_CAPITALISED_NAMES}|[«\"“„]?$)", re.IGNORECASE
)
_PLAIN_END_RE = re.compile(r"[»”\"]?\s*+(?:[.)|]|$)")
# "IVAN PETROV/X": the author and the agency.
_SLASHED_RE = re.compile(r"[A-ZА-ЯЁӨҮҢІЇЄ-]{2,} [A-ZА-ЯЁӨҮҢІЇЄ-]{2,}/$")
_SOURCE_LABEL_RE = re.compile(
    rf"(?<![\w])(?:{_any_of('source labels')})\s*+:\s*+[«\"“]?(?:https?://)?(?:www\.)?$", re.IGNORECASE
)
_LINK_RE = re.compile(r"https?://(?:\w+\.)*$", re.IGNORECASE)
_LINK_PATH_RE = re.compile(r"[\w.-]*+/\w")
_DATELINE_START_RE, _DATELINE_END_RE = re.compile(r"[^\n.!?]{0,60}[(/]$"), re.compile(r"[)/]\s*+[.,]?\s*+[—–-]\s")
# "МОСКВА, 17 мая — X. Текст"
_CITY_RE = re.compile(r"[A-ZА-ЯЁӨҮҢ-]{3,30}[^\n]{0,30}[—–-]\s*+[«\"“]?$")
_SENTENCE_END_RE = re.compile(r"[.!?…»”\"]\s*+$")
_CLOSED_SENTENCE_RE, _LINE_END_RE = re.compile(r"(?:^|[.!?…»”\"])\s*+[(/]$"), re.compile(r"[»”\"]?[)/]\s*+$")


def _is_credited(passage: Passage, occurrence: Occurrence) -> bool:
    """Return whether a label, a sign or its line makes a name a credit."""
    line = passage.paragraph_at(occurrence.start, occurrence.end)
    before = passage.text[max(line.start, occurrence.start - _LOOKBACK) : occurrence.start]
    after = passage.text[occurrence.end : min(line.end, occurrence.end + _LOOKBACK)]
    if passage.field is Field.TEXT and not without_invisible(before + after).strip(WHITE + _QUOTES + ".,/|"):
        # In a list of outlets the line before ends otherwise.
        return _SENTENCE_END_RE.search(passage.text, max(0, line.start - _LOOKBACK), line.start) is not None
    if _CREDIT_RE.search(before) or _SLASHED_RE.search(before):
        return True
    if _PLAIN_CREDIT_RE.search(before) and _PLAIN_END_RE.match(after):
        return True
    is_dateline = (_DATELINE_START_RE.fullmatch(before) and _DATELINE_END_RE.match(after)) or (
        _CITY_RE.fullmatch(before) and after.startswith((". ", "». "))
    )
    return bool(is_dateline or (_CLOSED_SENTENCE_RE.search(before) and _LINE_END_RE.match(after)))


def _is_labelled_source(passage: Passage, occurrence: Occurrence) -> bool:
    """Return whether a label or a link makes a name a source."""
    before = passage.text[max(0, occurrence.start - _LOOKBACK) : occurrence.start]
    is_link = _LINK_RE.search(before) and _LINK_PATH_RE.match(passage.text, occurrence.end)
    return bool(is_link or _SOURCE_LABEL_RE.search(before))


# ---- who reports ----------------------------------------------------------------------------------------------------


@cache
def _cues(section: str) -> frozenset[tuple[str, ...]]:
    """Return the phrases of a section as words."""
    return frozenset(tuple(token.text.lower() for token in tokens(phrase)) for phrase in _phrases(section))


@cache
def _longest_cue(section: str) -> int:
    return max(map(len, _cues(section)))


def _is_one_of(passage: Passage, place: int, section: str) -> bool:
    """Return whether a word, in any ending, is in a section."""
    return 0 <= place < passage.size and _is_in_section(passage.word(place).lower, section)


@lru_cache(1 << 14)
def _is_in_section(word: str, section: str) -> bool:
    # The plural of "journalist" ends in ts, which sounds like ц.
    sounds = section_sounds("credits", section)
    return any(is_listed_in_any_ending(skeleton(form), sounds) for form in {word, word.removesuffix("s")})


def _is_type(passage: Passage, place: int) -> bool:
    """Return whether a word says what kind of outlet stands beside it; журналист is no журнал."""
    return is_type_word(passage.word(place).text) and not _is_one_of(passage, place, "staff")


def _is_close(passage: Passage, place: int) -> bool:
    """Return whether only white space and quotation marks stand between a word and the next."""
    if not 0 <= place < passage.size - 1:
        return False
    gap = passage.gap_after(place)
    return "\n" not in gap and not gap.strip(WHITE + _QUOTES)


def _cue_before(passage: Passage, first: int, last: int) -> range | None:
    """Return the words that name what stands at these places as a source and end before it, or None."""
    if _is_close(passage, last) and _is_one_of(passage, last + 1, "staff"):  # according to X editor Asan Usenov
        return None
    at = _skip_types_before(passage, first)
    if cue := _cue_ending_at(passage, at - 1):
        return range(cue.start, first)
    # "сообщают Y и X": another source stands between.
    if _is_close(passage, at - 1) and at >= 1 and passage.word(at - 1).is_conjunction:
        for start in range(at - 2, at - 2 - _MAX_NAME_WORDS, -1):
            if start < 0 or not _is_close(passage, start) or not passage.is_capitalised(start):
                return None
            if cue := _cue_ending_at(passage, _skip_types_before(passage, start) - 1):
                return range(cue.start, first)
    return None


def _cue_ending_at(passage: Passage, place: int) -> range | None:
    """Return the words of a phrase before a source that ends at a place, or None."""
    if not _is_close(passage, place):
        return None
    return next(
        (
            range(place + 1 - size, place + 1)
            for size in range(_longest_cue("before a source"), 0, -1)
            if place + 1 - size >= 0
            and tuple(passage.word(at).lower for at in range(place + 1 - size, place + 1)) in _cues("before a source")
        ),
        None,
    )


def _cue_after(passage: Passage, first: int, last: int) -> range | None:
    """Return the words that name what stands at these places as a source and begin after it, or None."""
    start = _skip_types_before(passage, first)
    if not _can_speak(passage, start):
        return None
    at = _skip_types_after(passage, last)
    for size in range(_longest_cue("after a source"), 0, -1) if _is_close(passage, at - 1) else ():
        end = min(at + size, passage.size)
        if tuple(passage.word(place).lower for place in range(at, end)) in _cues("after a source"):
            return range(last + 1, end)
    return None


def _telling(passage: Passage, occurrence: Occurrence, last: int) -> range | None:
    """Return the words from a Kyrgyz outlet in the dative to the verb by which it is told something, or None."""
    end = _skip_types_after(passage, last)
    if not _DATIVE_RE.search(passage.word(end - 1).lower) or (
        end - 1 == last and occurrence.end - occurrence.start <= len(occurrence.name.alias)
    ):
        return None
    verbs = section_words("credits", "told")
    places = (at for at in _sentence_places(passage, occurrence) if at >= end and passage.word(at).lower in verbs)
    return next((range(last + 1, at + 1) for at in places), None)


_DATIVE_RE = re.compile("[гкн][аеоө]$")


def _can_speak(passage: Passage, place: int) -> bool:
    """Return whether a noun at a place may be the subject of the verb after it: nothing before it governs it."""
    before = place - 1
    if before < 0 or not _is_close(passage, before) or passage.starts_sentence(place):
        return True
    phrases = _cues("speaker follows")
    return any(
        tuple(passage.word(at).lower for at in range(max(0, before + 1 - size), before + 1)) in phrases
        for size in range(1, _longest_cue("speaker follows") + 1)
    )


def _skip_types_before(passage: Passage, place: int) -> int:
    """Return the first of the words that say what kind of outlet follows, or the place itself: издание X, the X."""
    for _ in range(_MAX_TYPE_WORDS):
        is_type = _is_close(passage, place - 1) and _is_type(passage, place - 1)
        if not is_type and not (_is_close(passage, place - 1) and passage.word(place - 1).lower == "the"):
            break
        place -= 1
    return place


def _skip_types_after(passage: Passage, last: int) -> int:
    """Return the place after a name and the words that say what kind of outlet it is: X агенттиги."""
    at = last + 1
    while at - last <= _MAX_TYPE_WORDS and _is_close(passage, at - 1) and _is_type(passage, at):
        at += 1
    return at


# ---- an outlet that the news is about -------------------------------------------------------------------------------


def _speaks_of_itself(passage: Passage, occurrence: Occurrence, cue: range) -> bool:
    """Return whether the sentence speaks of the outlet's own people or things, the words of the cue aside."""
    places = {at for at in _sentence_places(passage, occurrence) if at not in cue}
    return any(
        _is_one_of(passage, at, "own places")
        or _is_one_of(passage, at, "pressure")
        or _owns(passage, at, places)
        or _is_of_the_outlet(passage, at, places)
        for at in places
    )


def _owns(passage: Passage, place: int, places: set[int]) -> bool:
    """Return whether a pronoun stands before one of the things that outlets have: its website, своего журналиста."""
    if passage.word(place).lower not in section_words("credits", "own pronouns"):
        return False
    things = places.intersection(range(place + 1, place + 1 + _OWN_REACH))
    return any(_is_one_of(passage, at, "own things") for at in things)


def _is_of_the_outlet(passage: Passage, place: int, places: set[int]) -> bool:
    """Return whether a thing of the outlet is followed by a word for it: журналист издания."""
    following = place + 1
    return (
        following in places
        and _is_one_of(passage, place, "own things")
        and _is_close(passage, place)
        and _is_type(passage, following)
    )


def _sentence_places(passage: Passage, occurrence: Occurrence) -> Iterator[int]:
    """Yield the words near a name in its sentence."""
    sentence = sentence_around(passage.text, Span(occurrence.start, occurrence.end))
    first, last = passage.place_at(occurrence.start), passage.place_at(occurrence.end - 1)
    for place in range(max(0, first - _SENTENCE_REACH), min(passage.size, last + 1 + _SENTENCE_REACH)):
        if sentence.start <= passage.start(place) < sentence.end:
            yield place
