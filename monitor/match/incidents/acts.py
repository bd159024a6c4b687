"""Pure. Phrases of the tables in a sentence that name an act."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.match.incidents.sentence import Sentence
from monitor.match.incidents.table_types import Form, Phrase

_REACH, _FAR_REACH = 8, 11  # words between those of a phrase


@dataclass(frozen=True, slots=True)
class Trigger:
    """A phrase of the table at its places in a sentence. `verb`: the place of the word whose form decides."""

    phrase: Phrase
    places: tuple[int, ...]
    verb: int
    form: Form

    @property
    def first(self) -> int:
        """Return its first place."""
        return min(self.places)

    @property
    def last(self) -> int:
        """Return its last place."""
        return max(self.places)


def find_acts(sentence: Sentence) -> list[Trigger]:
    """Return the phrases for acts, in the order of their first words."""
    triggers = [
        trigger
        for phrase in sentence.phrases
        for place, word in enumerate(sentence.words)
        if word.text.startswith(phrase.stems[0]) and (trigger := _phrase_at(sentence, phrase, place))
    ]
    return sorted(triggers, key=lambda trigger: (trigger.places[0], trigger.phrase.number))


def _phrase_at(sentence: Sentence, phrase: Phrase, place: int) -> Trigger | None:
    grammar, words = sentence.grammar, sentence.words
    places, verb, form = [place], place, grammar.form(phrase.tests[0], words[place].text)
    if form is None:
        return None
    for test, is_joined in zip(phrase.tests[1:], phrase.joined[1:], strict=True):
        if is_joined:
            candidates = [places[-1] + 1]
        else:
            size = _FAR_REACH if grammar.is_ordered else _REACH
            reach = range(place - size, place + size + 1)
            candidates = sorted((p for p in reach if p not in places), key=lambda p: (abs(p - place), -p))
        for candidate in candidates:
            is_in_part = 0 <= candidate < len(words) and words[candidate].part == words[place].part
            if is_in_part and (word_form := grammar.form(test, words[candidate].text)):
                places.append(candidate)
                if form is Form.PLAIN and word_form is not Form.PLAIN:
                    verb, form = candidate, word_form
                break
        else:
            return None
    return Trigger(phrase, tuple(places), verb, form)
