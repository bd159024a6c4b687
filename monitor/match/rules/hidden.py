"""Pure. Find names of one word that a writer hides from filters: К л о о п, Г.К.Н.Б., К*лооп, Кл00п.

Letters that stand apart are the name. A star or a figure may be anything, so that such a name is possible only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from monitor.match.compile import Compiled
from monitor.match.index.forms import read_acronym_ending
from monitor.match.index.names import Name
from monitor.match.index.word_match import Closeness
from monitor.match.rules.occurrence import Kind, Occurrence
from monitor.match.scanner.passage import ACRONYM_RE, Passage
from monitor.model import Message
from monitor.model.message import _
from monitor.text.normalize import fold, is_cyrillic

# Letters with one and the same sign between them; initials have a full stop and a space. The last may have a full stop.
_SPACED_LETTERS = re.compile(r"(?<![\w*])[^\W\d_]([ .·•*_-])[^\W\d_](?:\1[^\W\d_])+(?:(?<=\.[^\W\d_])\.)?(?![\w*])")
_STARRED = re.compile(r"(?<![\w*])[^\W\d_]+\*{1,2}[^\W\d_]+(?![\w*])")
_NUMBERED = re.compile(r"(?<!\w)[^\W\d_]+[013456][^\W_]*[^\W\d_](?!\w)")
_CYRILLIC_FIGURES, _LATIN_FIGURES = str.maketrans("01346", "оiзчб"), str.maketrans("01345", "oieas")
_MIN_APART, _MIN_HIDDEN = 3, 5  # letters
_MAX_PLACES = 50  # places of a text that are read: a page of stars must not take long
_LETTERS_APART = Message("its letters stand apart")
_MAY_HIDE = _("“{}” may be {} with letters hidden")


def hidden_names(passage: Passage, compiled: Compiled) -> Iterator[Occurrence]:
    """Yield the names of organisations whose letters stand apart, or are hidden by stars and figures."""
    for match in islice(_SPACED_LETTERS.finditer(passage.text), _MAX_PLACES):
        letters, start = match[0], match.start()
        if match[1] == " ":
            # "в Ф С Б": words of one letter before the name.
            skipped = next((n for n, c in enumerate(letters) if c.isupper()), 0)
            letters, start = letters[skipped:], start + skipped
        word = letters.replace(match[1], "")
        if len(word) >= _MIN_APART and word[0].isupper():
            for name in _bodies_named(word, compiled):
                yield Occurrence((name,), Kind.EXACT, start, match.end(), notes=(_LETTERS_APART,))
    for match in islice(_STARRED.finditer(passage.text), _MAX_PLACES):
        yield from _hidden(match, _starred_readings(match[0], compiled), compiled)
    for match in islice(_NUMBERED.finditer(passage.text), _MAX_PLACES):
        figures = _CYRILLIC_FIGURES if is_cyrillic(match[0]) else _LATIN_FIGURES
        yield from _hidden(match, [match[0].translate(figures)], compiled)


def _hidden(match: re.Match[str], readings: list[str], compiled: Compiled) -> Iterator[Occurrence]:
    """Yield the names that a word with hidden letters may be, each once."""
    names = {
        name.entity: name
        for word in readings
        if len(word) >= _MIN_HIDDEN and word[0].isupper()
        for name in _bodies_named(word, compiled)
    }
    for name in names.values():
        doubt = Message(_MAY_HIDE, match[0], name.alias)
        yield Occurrence((name,), Kind.EXACT, match.start(), match.end(), notes=(doubt,), doubt=doubt)


def _starred_readings(word: str, compiled: Compiled) -> list[str]:
    """Return the listed words that a word may be whose stars stand for a letter each, or for none."""
    pattern = re.compile(re.sub(r"\*", ".?", fold(word).replace(".", "")))
    listed = (compiled.word(number).raw for number, names in compiled.phrases.items() if _one_word(names[0]))
    return [raw for raw in listed if raw[:1].isupper() and pattern.fullmatch(fold(raw))]


def _one_word(name: Name) -> bool:
    return len(getattr(name, "words", ())) == 1


def _bodies_named(word: str, compiled: Compiled) -> Iterator[Name]:
    """Yield the organisations of which a word, without what hid it, is the whole name, spelt right."""
    parsed = ACRONYM_RE.match(word)
    if parsed and (not parsed[2] or read_acronym_ending(parsed[2]) is not None):
        yield from (name for name in compiled.acronyms.get(parsed[1], ()) if not name.needs_country)
    for number, match in compiled.index.match_form(word).matches.items():
        if match.closeness is Closeness.SAME:
            for phrase in compiled.phrases.get(number, ()):
                if len(phrase.words) == 1 and not phrase.is_person and not match.inflection:
                    yield phrase
