"""Pure. Explain a match in plain sentences: the same on a terminal, on a page and in a mail."""

from __future__ import annotations

import logging
import traceback
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath

from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.index.endings import parted_ending
from monitor.match.index.forms import read_acronym_ending
from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.scanner.passage import WordForm
from monitor.model import REASON_OTHER_SCRIPT, REASON_SAME_NAME, Message, join_messages
from monitor.model.message import _
from monitor.text.normalize import fold, is_mixed_script
from monitor.text.romanize import ROMANISATION, SOUND_SPELLINGS, romanize, skeleton

log = logging.getLogger(__name__)


def reasons(occurrence: Occurrence, alias: str, text: str) -> tuple[Message, ...]:
    """Return how a place matches a name, word by word; `text` is what stands there.

    A bug in here costs the details, never the mention: then the reason is the plain one, and the log reports it once.
    """
    try:
        return _reasons(occurrence, alias, text)
    except Exception as bug:
        _log_once(*_bug_location(bug))
        return (Message(REASON_SAME_NAME, text, alias),)


def _bug_location(bug: Exception) -> tuple[str, str]:
    """Return the kind and the place of a bug. Its message is left out: it may quote a text, and with it a name."""
    last = traceback.extract_tb(bug.__traceback__)[-1]
    return type(bug).__name__, f"{PurePath(last.filename).name}:{last.lineno}"


@lru_cache(None)
def _log_once(kind: str, place: str) -> None:
    """Log a bug the first time it comes in this process."""
    log.error(
        "monitor: a reason could not be written out (%s at %s); the mention stands with a plain reason. "
        "This is a bug: please report this line",
        kind,
        place,
    )


def _reasons(occurrence: Occurrence, alias: str, text: str) -> tuple[Message, ...]:
    notes = occurrence.notes
    if any(part.form.text not in text for part in occurrence.parts):  # it was repaired
        mixed_words = filter(is_mixed_script, text.split())
        notes = (*(Message("“{}” mixes letters of two scripts", word) for word in mixed_words), *notes)
    if occurrence.kind is Kind.SURNAME:
        return (Message("“{}” is the surname of {}", text, alias), *_part_reasons(occurrence.parts[0]), *notes)
    word_reasons = tuple(reason for part in occurrence.parts for reason in _part_reasons(part))
    if occurrence.kind is Kind.INITIALS:
        return (Message("“{}” is {} with an initial", text, alias), *word_reasons, *notes)
    if word_reasons or notes:
        return (Message(REASON_SAME_NAME, text, alias), *word_reasons, *notes)
    if occurrence.kind is Kind.EXACT or fold(text) == fold(alias):
        return (Message("“{}” is the name as listed", text),)
    return (Message("“{}” has the words of {}", text, alias),)


def _part_reasons(part: NamePart) -> tuple[Message, ...]:
    """Return the reasons of one word, cached in the part."""
    if part.cached_reasons is None:
        part.cached_reasons = _word_reasons(part.form, part.word, part.match)
    return part.cached_reasons


@lru_cache(1 << 14)
def _word_reasons(form: WordForm, word: Word, match: WordMatch) -> tuple[Message, ...]:
    """Return how a word differs from the listed one: its ending, its spelling, its script, a typo."""
    text, raw, is_same_script = form.text, word.raw, form.is_cyrillic == word.is_cyrillic
    inflection, text_stem, listed_stem = match.inflection, form.sounds.removesuffix(match.ending), match.stem.text
    name, _ending = parted_ending(text) or (text, "")
    # A letter that one language alone reads so is compared with the name as listed.
    listed_letters = _prefix_with_sounds(raw, word.sounds if match.stem.letters else listed_stem)
    text_letters = _prefix_with_sounds(name, text_stem)
    ends_doubled = text_letters[-1:] == text_letters[-2:-1] and not listed_letters.endswith(text_letters[-2:])
    if form.is_cyrillic and match.ending and ends_doubled and raw[-1:] != raw[-2:-1]:
        # Азаттык-ка: of a doubled consonant the second begins the ending.
        text_letters = text_letters[:-1]
        inflection = read_acronym_ending(fold(text)[len(text_letters) :]) or inflection
    differences = [Message("“{}”: {} of {}", text, inflection_message(inflection), raw)] if inflection else []
    # Letters are compared where both words have them in one script, sounds elsewhere.
    if is_same_script and text_letters and listed_letters:
        text_stem, listed_stem = text_letters, listed_letters
    if match.closeness is Closeness.VOWELS and text_stem != listed_stem:
        differences.append(
            Message("“{}” for {}, which sounds nearly the same: {}", text, raw, _difference(text_stem, listed_stem))
        )
    elif match.closeness is Closeness.TYPO and text_stem != listed_stem:
        message = _TYPOS[is_same_script, OSA.distance(text_stem, listed_stem) == 1]
        differences.append(Message(message, text, raw, _difference(text_stem, listed_stem)))
    elif match.stem.is_transcribed:
        differences.append(Message("“{}” is how {} sounds, in Cyrillic", text, raw))
    elif not is_same_script:
        romanisation = _romanisation_message(*((text, raw) if form.is_cyrillic else (raw, text)))
        differences.append(
            Message("“{}” = {} in the other script: {}", text, raw, romanisation)
            if romanisation
            else Message(REASON_OTHER_SCRIPT, text, raw)
        )
    elif fold(text) != fold(raw) and text_stem and listed_stem and text_stem.rstrip("ьъ") != listed_stem.rstrip("ьъ"):
        # Not Майкл for Михаил.
        is_same_name = match.stem.letters or match.stem.text == word.sounds or len(text_stem) == len(listed_stem)
        differences.append(
            Message("“{}” is another spelling of {}: {}", text, raw, _difference(text_stem, listed_stem))
            if is_same_name
            else Message("“{}” is another spelling of {}", text, raw)
        )
    return tuple(differences)


_TYPOS = {  # by whether it is one script, and one difference
    (True, True): _("one letter differs: “{}” for {}: {}"),
    (True, False): _("some letters differ: “{}” for {}: {}"),
    (False, True): _("one sound differs: “{}” for {}: {}"),
    (False, False): _("some sounds differ: “{}” for {}: {}"),
}


def inflection_message(inflection: str) -> Message:
    """Return an inflection as a message; a Kyrgyz one has several links."""
    return join_messages(", ", map(Message, inflection.split(", ")))


def _difference(text_letters: str, listed_letters: str) -> Message:
    """Return which letters or sounds differ, and of romanised ones, whose romanisation that is."""
    places = [n for n, (a, b) in enumerate(zip(text_letters, listed_letters, strict=False)) if a != b]
    if len(places) == 2 and places[1] == places[0] + 1 and sorted(text_letters) == sorted(listed_letters):
        return Message("{} and {} are swapped", _quoted(listed_letters[places[0]]), _quoted(listed_letters[places[1]]))
    edits = []
    for is_equal, codes in groupby(
        Levenshtein.opcodes(text_letters, listed_letters), key=lambda code: code.tag == "equal"
    ):
        if not is_equal:
            first, *_between, last = [*codes] * 2
            a, b, c, d = first.src_start, last.src_end, first.dest_start, last.dest_end
            source = _romanisation_source(text_letters[a:b], listed_letters[c:d])
            # Of "h for kh" the edit is a missing k: one letter more shows the romanisation.
            if not source and (source := _romanisation_source(text_letters[a : b + 1], listed_letters[c : d + 1])):
                b, d = b + 1, d + 1
            edit = _edit_message(text_letters[a:b], listed_letters[c:d])
            edits.append(join_messages(", ", (edit, Message(source))) if source else edit)
    return join_messages("; ", edits)


def _edit_message(text_letters: str, listed_letters: str) -> Message:
    """Return one edit as a message: exchanged, added or missing letters."""
    if text_letters and listed_letters:
        return Message("{} for {}", _quoted(text_letters), _quoted(listed_letters))
    return (
        Message("{} is added", _quoted(text_letters))
        if text_letters
        else Message("{} is missing", _quoted(listed_letters))
    )


def _romanisation_source(text_letters: str, listed_letters: str) -> str:
    """Return who writes a letter this way, where the list writes it otherwise, or ""."""
    sources = (
        ways[text_letters]
        for ways in ROMANISATION.sources.values()
        if text_letters in ways and listed_letters in ways and text_letters != listed_letters
    )
    return next(sources, "")


def _quoted(letters: str) -> str:
    """Return letters or sounds in quotation marks, sounds spelt as people write them."""
    return f"«{''.join(SOUND_SPELLINGS.get(letter, letter) for letter in letters)}»"


def _prefix_with_sounds(word: str, sounds: str) -> str:
    """Return the longest beginning of a word that has these sounds, or "".

    Folded where that keeps the sounds, else in small letters: without its mark š sounds otherwise.
    """
    for letters in (fold(word), word.lower()):
        for length in range(len(letters), 0, -1):
            if skeleton(letters[:length]) == sounds:
                return letters[:length]
    return ""


def _romanisation_message(cyrillic: str, latin: str) -> Message | None:
    """Return whose romanisations a name follows: "zh for ж, as BGN/PCGN writes it"; None if they are usual ones."""
    pairs_by_source: dict[str, dict[Message, None]] = {}
    for letter, letters in _align_letters(cyrillic.lower(), latin.lower()):
        if source := ROMANISATION.sources.get(letter, {}).get(letters):
            pairs_by_source.setdefault(source, {})[Message("{} for {}", letters, letter)] = None
    sentences = [join_messages(", ", (*pairs, Message(source))) for source, pairs in pairs_by_source.items()]
    return join_messages("; ", sentences) if sentences else None


def _align_letters(cyrillic: str, latin: str) -> tuple[tuple[str, str], ...]:
    """Return the letters of a word with those that romanise them, from the first on as far as they agree."""
    if not cyrillic or not latin:
        return ()
    letter = cyrillic[0]
    ways = dict.fromkeys([*ROMANISATION.sources.get(letter, ()), romanize(letter)])
    alignments = [(way, _align_letters(cyrillic[1:], latin[len(way) :])) for way in ways if latin.startswith(way)]
    return max((((letter, way), *following) for way, following in alignments), key=len, default=())


def score(occurrence: Occurrence) -> float:
    """Return a number from 0 to 100, for ordering: how complete the name is and how exactly it is spelt."""
    omission = 20.0 if occurrence.kind is Kind.SURNAME else _OMISSION_PENALTY.get(occurrence.kind, 0.0)
    inflected = 0.5 * sum([part.match.inflection != "" for part in occurrence.parts])
    return 100.0 - _SPELLING_PENALTY[occurrence.closeness] - omission - inflected


# Indexed by `Closeness`, which begins at 1.
_SPELLING_PENALTY = (0.0, 14.0, 6.0, 0.0)
_OMISSION_PENALTY = {Kind.INITIALS: 12.0, Kind.INTRODUCED: 5.0}
