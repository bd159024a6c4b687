"""Pure. Why something was found, in plain sentences: the same on a terminal, on a page and in a mail."""

from __future__ import annotations

import logging
import traceback
from functools import lru_cache
from itertools import groupby
from pathlib import PurePath

from rapidfuzz.distance import OSA, Levenshtein

from monitor.match.index.forms import acronym_ending
from monitor.match.index.word_index import Closeness, Word, WordMatch
from monitor.match.rules.occurrence import Kind, NamePart, Occurrence
from monitor.match.scanner.passage import WordForm
from monitor.model import IN_OTHER_SCRIPT, IS, Message, listed
from monitor.model.message import _
from monitor.text.normalize import fold, is_mixed_script
from monitor.text.romanize import ROMANISATION, SPELLED, romanised, skeleton

log = logging.getLogger(__name__)


def reasons(found: Occurrence, alias: str, text: str) -> tuple[Message, ...]:
    """Return what a place has of a name, word by word; `text` is what stands there.

    A bug in here costs the details, never the mention: then the reason is the plain one, and the log tells it once.
    """
    try:
        return _reasons(found, alias, text)
    except Exception as bug:
        _log_once(*_place_of(bug))
        return (Message(IS, text, alias),)


def _place_of(bug: Exception) -> tuple[str, str]:
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


def _reasons(found: Occurrence, alias: str, text: str) -> tuple[Message, ...]:
    notes = found.notes
    if any(part.form.text not in text for part in found.parts):  # it was repaired
        mixed = filter(is_mixed_script, text.split())
        notes = (*(Message("“{}” mixes letters of two scripts", word) for word in mixed), *notes)
    if found.kind is Kind.SURNAME:
        return (Message("“{}” is the surname of {}", text, alias), *_of_word(found.parts[0]), *notes)
    words = tuple(said for part in found.parts for said in _of_word(part))
    if found.kind is Kind.INITIALS:
        return (Message("“{}” is {} with an initial", text, alias), *words, *notes)
    if words or notes:
        return (Message(IS, text, alias), *words, *notes)
    if found.kind is Kind.EXACT or fold(text) == fold(alias):
        return (Message("“{}” is the name as listed", text),)
    return (Message("“{}” has the words of {}", text, alias),)


def _of_word(part: NamePart) -> tuple[Message, ...]:
    if part.said is None:
        part.said = _said(part.form, part.word, part.match)
    return part.said


@lru_cache(1 << 14)
def _said(form: WordForm, word: Word, match: WordMatch) -> tuple[Message, ...]:
    """How a word differs from the one on the list: its ending, its spelling, its script, a typo."""
    text, raw, one_script = form.text, word.raw, form.cyrillic == word.cyrillic
    says, own, stem = match.says, form.sounds.removesuffix(match.ending), match.stem.text
    written, listed_so = _until(text, own), _until(raw, stem)
    doubled = written[-1:] == written[-2:-1] and not listed_so.endswith(written[-2:])
    if form.cyrillic and match.ending and doubled and raw[-1:] != raw[-2:-1]:
        written = written[:-1]  # Азаттык-ка: of a doubled consonant the second begins the ending
        says = acronym_ending(fold(text)[len(written) :]) or says
    said = [Message("“{}”: {} of {}", text, grammar(says), raw)] if says else []
    if one_script and written and listed_so:  # else the sounds themselves are compared
        own, stem = written, listed_so
    if match.closeness is Closeness.VOWELS and own != stem:
        said.append(Message("“{}” for {}, which sounds nearly the same: {}", text, raw, _apart(own, stem)))
    elif match.closeness is Closeness.TYPO and own != stem:
        message = _TYPOS[one_script, OSA.distance(own, stem) == 1]
        said.append(Message(message, text, raw, _apart(own, stem)))
    elif match.stem.by_ear:
        said.append(Message("“{}” is how {} sounds, in Cyrillic", text, raw))
    elif not one_script:
        letters = _romanised(*((text, raw) if form.cyrillic else (raw, text)))
        said.append(
            Message("“{}” = {} in the other script: {}", text, raw, letters)
            if letters
            else Message(IN_OTHER_SCRIPT, text, raw)
        )
    elif fold(text) != fold(raw) and own and stem and own.rstrip("ьъ") != stem.rstrip("ьъ"):
        same_name = match.stem.text == word.sounds or len(own) == len(stem)  # not Майкл for Михаил
        said.append(
            Message("“{}” is another spelling of {}: {}", text, raw, _apart(own, stem))
            if same_name
            else Message("“{}” is another spelling of {}", text, raw)
        )
    return tuple(said)


_TYPOS = {  # by whether it is one script, and one difference
    (True, True): _("one letter differs: “{}” for {}: {}"),
    (True, False): _("some letters differ: “{}” for {}: {}"),
    (False, True): _("one sound differs: “{}” for {}: {}"),
    (False, False): _("some sounds differ: “{}” for {}: {}"),
}


def grammar(says: str) -> Message:
    """What an ending says: a Kyrgyz one has several links."""
    return listed(", ", map(Message, says.split(", ")))


def _apart(own: str, stem: str) -> Message:
    """Which letters or sounds differ; of Latin ones, whose way of writing a name that is."""
    places = [n for n, (a, b) in enumerate(zip(own, stem, strict=False)) if a != b]
    if len(places) == 2 and places[1] == places[0] + 1 and sorted(own) == sorted(stem):
        return Message("{} and {} are swapped", _quoted(stem[places[0]]), _quoted(stem[places[1]]))
    said = []
    for is_equal, codes in groupby(Levenshtein.opcodes(own, stem), key=lambda code: code.tag == "equal"):
        if not is_equal:
            first, *_rest, last = [*codes] * 2
            a, b, c, d = first.src_start, last.src_end, first.dest_start, last.dest_end
            source = _source(own[a:b], stem[c:d])
            if not source and (source := _source(own[a : b + 1], stem[c : d + 1])):  # h for kh
                b, d = b + 1, d + 1
            edited = _edited(own[a:b], stem[c:d])
            said.append(listed(", ", (edited, Message(source))) if source else edited)
    return listed("; ", said)


def _edited(own: str, stem: str) -> Message:
    if own and stem:
        return Message("{} for {}", _quoted(own), _quoted(stem))
    return Message("{} is added", _quoted(own)) if own else Message("{} is missing", _quoted(stem))


def _source(own: str, stem: str) -> str:
    """Who writes a letter so which the list writes otherwise."""
    both = (ways[own] for ways in ROMANISATION.sources.values() if own in ways and stem in ways and own != stem)
    return next(both, "")


def _quoted(letters: str) -> str:
    return f"«{''.join(SPELLED.get(letter, letter) for letter in letters)}»"


def _until(word: str, sounds: str) -> str:
    """Return the longest beginning of a word that has these sounds, or "".

    Folded where that keeps the sounds, else in small letters: without its mark š sounds otherwise.
    """
    for letters in (fold(word), word.lower()):
        for length in range(len(letters), 0, -1):
            if skeleton(letters[:length]) == sounds:
                return letters[:length]
    return ""


def _romanised(cyrillic: str, latin: str) -> Message | None:
    """Whose ways of romanising a name are seen in it: "zh for ж, as BGN/PCGN writes it"."""
    seen: dict[str, dict[Message, None]] = {}
    for letter, letters in _aligned(cyrillic.lower(), latin.lower()):
        if source := ROMANISATION.sources.get(letter, {}).get(letters):
            seen.setdefault(source, {})[Message("{} for {}", letters, letter)] = None
    ways = [listed(", ", (*pairs, Message(source))) for source, pairs in seen.items()]
    return listed("; ", ways) if ways else None


def _aligned(cyrillic: str, latin: str) -> tuple[tuple[str, str], ...]:
    """The letters of a word beside those that romanise them, from the first on as far as they go."""
    if not cyrillic or not latin:
        return ()
    letter = cyrillic[0]
    ways = dict.fromkeys([*ROMANISATION.sources.get(letter, ()), romanised(letter)])
    rest = [(way, _aligned(cyrillic[1:], latin[len(way) :])) for way in ways if latin.startswith(way)]
    return max((((letter, way), *following) for way, following in rest), key=len, default=())


def score(found: Occurrence) -> float:
    """0-100, for ordering: how much of the name is there and how exactly it is spelt."""
    missing = 20.0 if found.kind is Kind.SURNAME else _MISSING.get(found.kind, 0.0)
    inflected = 0.5 * sum([part.match.says != "" for part in found.parts])
    return 100.0 - _SPELLING[found.closeness] - missing - inflected


_SPELLING = (0.0, 14.0, 6.0, 0.0)  # by closeness
_MISSING = {Kind.INITIALS: 12.0, Kind.LEARNED: 5.0}
