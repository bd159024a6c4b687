"""Pure. Explain a match in plain sentences: the same on a terminal, on a page and in a mail."""

from __future__ import annotations

import logging
import traceback
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath

from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.index.endings import parted_ending
from monitor.match.index.forms import Declension
from monitor.match.index.word_match import Closeness, Word, WordMatch
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.rules.written_endings import read_written_ending
from monitor.match.scanner.word_form import WordForm
from monitor.model import REASON_OTHER_SCRIPT, REASON_ROMANISATION, REASON_SAME_NAME, Code, Message, join_messages
from monitor.model.message import _
from monitor.text.normalize import LEGACY, fold, is_cyrillic, is_mixed_script
from monitor.text.romanize import SOUND_SPELLINGS, romanisation, romanize, skeleton
from monitor.text.tokens import tokens

log = logging.getLogger(__name__)


def reasons(occurrence: Occurrence, alias: str, text: str) -> tuple[Message, ...]:
    """Return how a place matches a name, word by word; `text` is what stands there.

    A bug in here costs the details, never the mention: then the reason is the plain one, and the log reports it once.
    """
    try:
        return _reasons(occurrence, alias, text)
    except Exception as bug:
        _log_once(*_bug_location(bug))
        return (Message(REASON_SAME_NAME, text, alias, code=Code.SAME_NAME),)


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
    if occurrence.kind is Kind.ACCOUNT:
        return (Message("“{}” is the account {}", text, alias),)
    if occurrence.kind is Kind.SURNAME:
        identity, parts = (
            Message("“{}” is the surname of {}", text, alias, code=Code.SURNAME_ALONE),
            occurrence.parts[:1],
        )
    elif occurrence.kind is Kind.INITIALS:
        identity = Message("“{}” is {} with an initial", text, alias, code=Code.INITIAL_ALONE)
        parts = occurrence.parts
    else:
        identity, parts = Message(REASON_SAME_NAME, text, alias, code=Code.SAME_NAME), occurrence.parts
    details = (*(reason for part in parts for reason in _part_reasons(part, text)), *notes)
    is_as_named = fold(text) == fold(alias)
    if notes and details == notes and is_as_named and occurrence.is_whole_name:
        return notes
    if details or not occurrence.is_whole_name:
        return (identity, *details)
    if occurrence.kind is Kind.EXACT or is_as_named:
        return (Message("“{}” is the name as listed", text, code=Code.AS_LISTED),)
    return (Message("“{}” has the words of {}", text, alias),)


def _part_reasons(part: NamePart, text: str) -> tuple[Message, ...]:
    """Return the reasons of one word, cached in the part, with the word quoted as it stands in the text."""
    if part.cached_reasons is None:
        part.cached_reasons = _word_reasons(part.form.text, part.word, part.match)
    repaired = part.form.text
    if repaired in text:
        return part.cached_reasons
    token = next((t for t in tokens(text) if repaired in (t.text, t.text.translate(LEGACY))), None)
    if token is None:
        return ()
    # A font from before Unicode was repaired: the letters that differ are those of the text.
    return tuple(
        _requote(reason, token.text, text[token.start : token.end])
        for reason in _word_reasons(token.text, part.word, part.match)
    )


def _requote(reason: Message, repaired: str, written: str) -> Message:
    """Return a reason with a repaired word as it is written in the text."""
    arguments = (written if argument == repaired else argument for argument in reason.arguments)
    return Message(reason.template, *arguments, code=reason.code)


@lru_cache(1 << 14)  # by the text: a form holds its whole list, which would stay after it was replaced
def _word_reasons(text: str, word: Word, match: WordMatch) -> tuple[Message, ...]:
    """Return how a word differs from the listed one: its ending, its spelling, its script, its romanisation."""
    form = WordForm(text, None)
    name, _ = parted_ending(form.text) or (form.text, "")
    text_letters, inflection = _prefix_with_sounds(name, form.sounds.removesuffix(match.ending)), match.inflection
    ending_reasons: tuple[Message, ...] = ()
    has_cyrillic = is_cyrillic(form.text)  # if only in its ending, as Kloopтун
    if inflection and has_cyrillic and (ending := read_written_ending(form, word, match)):
        text_letters, inflection = ending.stem, ending.inflection
        if not inflection:
            letters = form.text[-len(ending.ending) :].lower()
            ending_reasons = (Message("“{}” is {} with the ending -{}", form.text, word.raw, letters),)
    elif has_cyrillic:  # the matcher may have heard an ending for which no letter is left
        inflection = ""
    if inflection:
        words = form.text, inflection_message(inflection), word.raw
        ending_reasons = (Message("“{}”: {} of {}", *words, code=Code.INFLECTION),)
    spelling, romanised = _spelling_reasons(form, word, match, text_letters)
    if romanised:
        latin = form.text if not form.is_cyrillic else word.raw
        ways = join_messages("; ", romanised)
        return *ending_reasons, *spelling, Message(REASON_ROMANISATION, latin, ways, code=Code.ROMANISATION)
    return *ending_reasons, *spelling


def _spelling_reasons(
    form: WordForm, word: Word, match: WordMatch, text_letters: str
) -> tuple[tuple[Message, ...], list[Message]]:
    """Return how the stem of a word differs from the listed one, and whose romanisation that is."""
    if match.stem.is_familiar:  # a note of the mention says so
        return (), []
    text, raw = form.text, word.raw
    text_stem, listed_stem = form.sounds.removesuffix(match.ending), match.stem.text
    # Юли-и: the letters of the stem may go further than its sounds.
    is_listed_beginning = bool(text_letters) and fold(raw).startswith(text_letters)
    # A letter that one language alone reads so is compared with the name as listed.
    listed_sounds = word.sounds if match.stem.letters else listed_stem
    listed_letters = text_letters if is_listed_beginning else _prefix_with_sounds(raw, listed_sounds)
    # In Kloopтун only the ending is in the other script.
    is_same_script = is_cyrillic(text_letters or text) == word.is_cyrillic
    # Letters are compared where both words have them in one script, sounds elsewhere.
    if is_same_script and text_letters and listed_letters:
        text_stem, listed_stem = text_letters, listed_letters
    elif is_same_script and not match.ending:
        text_stem, listed_stem = fold(text), fold(raw)
    if match.closeness is not Closeness.SAME and text_stem != listed_stem:
        difference, romanised = _difference(text_stem, listed_stem)
        one_edit = OSA.distance(text_stem, listed_stem) == 1
        template = _LIKE_SOUNDS if match.closeness is Closeness.VOWELS else _TYPOS[is_same_script, one_edit]
        return (Message(template, text, raw, difference),), romanised
    if match.stem.is_transcribed:
        return (Message("“{}” is how {} sounds, in Cyrillic", text, raw),), []
    if not is_same_script:
        return (Message(REASON_OTHER_SCRIPT, text, raw, code=Code.OTHER_SCRIPT),), _romanised(
            *((text, raw) if form.is_cyrillic else (raw, text))
        )
    if fold(text) == fold(raw) or not text_stem or not listed_stem:
        return (), []
    if text_stem.rstrip("ьъ") != listed_stem.rstrip("ьъ"):
        is_other_stem = match.stem.text != word.sounds and not match.stem.letters
        if is_other_stem and len(text_stem) != len(listed_stem):  # Майкл for Михаил
            return (Message("“{}” is another spelling of {}", text, raw),), []
        difference, romanised = _difference(text_stem, listed_stem)
        return (Message("“{}” is another spelling of {}: {}", text, raw, difference),), romanised
    is_adjective = match.stem.declension is Declension.ADJECTIVE and not match.inflection
    return ((Message("“{}” is another form of the adjective {}", text, raw),) if is_adjective else ()), []


_LIKE_SOUNDS = _("“{}” for {}, which sounds nearly the same: {}")
_TYPOS = {  # by whether it is one script, and one difference
    (True, True): _("one letter differs: “{}” for {}: {}"),
    (True, False): _("some letters differ: “{}” for {}: {}"),
    (False, True): _("one sound differs: “{}” for {}: {}"),
    (False, False): _("some sounds differ: “{}” for {}: {}"),
}


def inflection_message(inflection: str) -> Message:
    """Return an inflection as a message; a Kyrgyz one has several links."""
    return join_messages(", ", map(Message, inflection.split(", ")))


def _difference(text_letters: str, listed_letters: str) -> tuple[Message, list[Message]]:
    """Return which letters or sounds differ, and which of them follow somebody's romanisation."""
    places = [n for n, (a, b) in enumerate(zip(text_letters, listed_letters, strict=False)) if a != b]
    if len(places) == 2 and places[1] == places[0] + 1 and sorted(text_letters) == sorted(listed_letters):
        swapped = [_quoted(listed_letters[place]) for place in places]
        return Message("{} and {} are swapped", *swapped), []
    edits: list[Message] = []
    romanised: list[Message] = []
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
            edits.append(_edit_message(text_letters[a:b], listed_letters[c:d]))
            if source:
                romanised.append(join_messages(", ", (edits[-1], Message(source))))
    return join_messages("; ", edits), romanised


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
        for ways in romanisation().sources.values()
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


def _romanised(cyrillic: str, latin: str) -> list[Message]:
    """Return whose romanisations a name follows: "zh for ж, as BGN/PCGN writes it"; [] if they are usual ones."""
    pairs_by_source: dict[str, dict[Message, None]] = {}
    for letter, letters in _align_letters(cyrillic.lower(), latin.lower()):
        if source := romanisation().sources.get(letter, {}).get(letters):
            pairs_by_source.setdefault(source, {})[Message("{} for {}", letters, letter)] = None
    return [join_messages(", ", (*pairs, Message(source))) for source, pairs in pairs_by_source.items()]


def _align_letters(cyrillic: str, latin: str) -> tuple[tuple[str, str], ...]:
    """Return the letters of a word with those that romanise them, from the first on as far as they agree."""
    if not cyrillic or not latin:
        return ()
    letter = cyrillic[0]
    ways = dict.fromkeys([*romanisation().sources.get(letter, ()), romanize(letter)])
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
