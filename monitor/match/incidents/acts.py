"""Pure. Phrases of the tables in a sentence that name an act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.match.incidents.lexicon.grammar import Form, Phrase
from monitor.match.incidents.sentence import Sentence, Word
from monitor.text.normalize import HYPHENS

_REACH, _FAR_REACH = 6, 8  # words between those of a phrase, without names
_FIRST_REACH = 10  # to the first word of a sentence, where the order is free: “Штраф за статью присудили …”
_NAMES = 5  # words of names between them


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
    triggers = []
    for phrase in sentence.phrases:
        stems = tuple(stem for stem, _ in phrase.tests[0].pieces)
        for place, word in enumerate(sentence.texts):
            if word.startswith(stems) and (trigger := _phrase_at(sentence, phrase, place)):
                triggers.append(trigger)
    return sorted(triggers, key=lambda trigger: (trigger.places[0], trigger.phrase.number))


def _distance(words: Sequence[Word], first: int, second: int) -> int:
    """Return how many words it is from one place to another, without names between them."""
    between = range(min(first, second) + 1, max(first, second))
    return 1 + sum(not words[place].is_name for place in between)


def _goes_on(sentence: Sentence, phrase: Phrase, number: int, place: int) -> bool:
    """Return whether the words that a phrase has joined to one of its words stand behind a place."""
    for test, is_joined in zip(phrase.tests[number + 1 :], phrase.joined[number + 1 :], strict=True):
        place += 1
        if not is_joined:
            return True
        if place >= len(sentence.words) or not sentence.grammar.form(test, sentence.words[place].text):
            return False
    return True


def _phrase_at(sentence: Sentence, phrase: Phrase, place: int) -> Trigger | None:
    grammar, words = sentence.grammar, sentence.words
    places, verb, form = [place], place, grammar.form(phrase.tests[0], words[place].text)
    if form is None or (grammar.is_ordered and place and words[place].before in HYPHENS):
        return None  # nor does the ultra-left leave
    for number, (test, is_joined) in enumerate(zip(phrase.tests[1:], phrase.joined[1:], strict=True), 1):
        if is_joined:
            candidates = [places[-1] + 1]
        else:
            size = _FAR_REACH if grammar.is_ordered else _REACH
            reach = range(place - _FIRST_REACH - _NAMES, place + size + _NAMES + 1)
            candidates = sorted((p for p in reach if p not in places), key=lambda p: (abs(p - place), -p))
        for candidate in candidates:
            is_in_part = 0 <= candidate < len(words) and words[candidate].part == words[place].part
            if not is_in_part or not (word_form := grammar.form(test, words[candidate].text)):
                continue
            if not _goes_on(sentence, phrase, number, candidate):
                continue  # the first “in” of “the court in Osh left her in custody”
            is_fronted = candidate == 0 and not grammar.is_ordered and not grammar.is_head_final
            if is_joined or _distance(words, place, candidate) <= (_FIRST_REACH if is_fronted else size):
                places.append(candidate)
                if form is Form.PLAIN and word_form is not Form.PLAIN:
                    verb, form = candidate, word_form
                break
        else:
            return None
    return Trigger(phrase, tuple(places), verb, form)
