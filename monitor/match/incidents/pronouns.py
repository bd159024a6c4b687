"""Pure. For whom of the press a pronoun stands: who speaks of themselves, whoever reports it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.match.incidents.cases import NOUN_LIKE, PLURAL_VERB
from monitor.match.incidents.press import Press
from monitor.match.incidents.sentence import CLOSING, Sentence
from monitor.model import Message

_NEAR = 3  # words from somebody to the verb of saying
_FAR = 6  # words from there to the pronoun

SPEAKER = Message("“{}” speaks in the first person")
PRONOUN = Message("“{}” stands for “{}”")


def speakers(sentence: Sentence, people: Sequence[Press]) -> Iterator[tuple[Press, Press, Message]]:
    """Yield the pronouns with the press that they stand for, and why."""
    grammar, words = sentence.grammar, sentence.words
    for place, word in enumerate(words if people else ()):
        if cases := grammar.first_person.get(word.text):
            victim = next((p for p in people if p.head > place and (p.is_person or _works_for(sentence, p))), None)
            if victim and sentence.has("saying", place, len(words)) >= 0:
                why = Message(SPEAKER.template, words[victim.head].raw)
                yield Press(place, place, place, cases, False, victim.kind, "press"), victim, why
        if cases := grammar.third_person.get(word.text):
            victim = next((p for p in people if _tells_of(sentence, p, place, is_subject="nom" in cases)), None)
            if victim:
                if sentence.is_at("kin", victim.head + 1):
                    victim = replace(victim, last=victim.head)
                why = Message(PRONOUN.template, word.raw, words[victim.head].raw)
                yield Press(place, place, place, cases, victim.is_many, victim.kind, "press"), victim, why


def _works_for(sentence: Sentence, press: Press) -> bool:
    """Return whether an outlet stands in a clause about a person: “Nurlan, who films for a news channel”."""
    return press.preposition in ("for", "at") and sentence.has("stop words", press.first - 4, press.first - 1) >= 0


def _tells_of(sentence: Sentence, press: Press, pronoun: int, *, is_subject: bool) -> bool:
    """Return whether somebody tells with a pronoun what befell them: “the reporter said that police beat him”.

    Or whoever is near them: “the reporter's lawyer said that he was held”.
    """
    words, grammar = sentence.words, sentence.grammar
    if not press.is_person or press.head >= pronoun or press.antecedent_of >= 0:
        return False
    after = press.last + 1
    is_explained = after <= pronoun and words[after].before.strip(CLOSING) == ":"
    if is_explained and not grammar.is_head_final:  # “… a reporter: he was beaten”
        is_next = words[pronoun].part == words[after].part and pronoun - after < _FAR
        return is_next and not _is_possessive(sentence, pronoun)
    is_near_them = sentence.is_at("kin", press.head + 1) or (
        press.preposition == "of" and sentence.is_at("kin", press.first - 2)
    )
    is_near_them = is_near_them and (not grammar.is_head_final)
    if not is_near_them and (press.preposition or "nom" not in press.cases):
        return False
    if grammar.is_head_final:
        return pronoun - press.last <= _NEAR and sentence.has("saying", pronoun + 1, len(words)) >= 0
    saying = sentence.has("saying", after, after + _NEAR)
    if saying < 0:
        return False
    between = words[saying + 1 : pronoun]
    if is_subject:
        return all(word.text == "that" for word in between)
    if not grammar.is_ordered and _is_possessive(sentence, pronoun):
        return False
    other_topics = ("about", "о", "об", "про", *grammar.third_person)
    return 0 <= len(between) <= _FAR and not any(word.is_name or word.text in other_topics for word in between)


def _is_possessive(sentence: Sentence, pronoun: int) -> bool:
    """Return whether a pronoun only tells whose a person is: его заместителя задержали."""
    if sentence.grammar.is_ordered:
        return "nom" not in sentence.grammar.third_person[sentence.words[pronoun].text]
    sections = ("adverbs", "things", "prepositions", "agents")
    return any(
        bool(NOUN_LIKE.search(word.text) and not PLURAL_VERB.search(word.text))
        and word.part == sentence.words[pronoun].part
        and not sentence.grammar.is_in(word.text, *sections)
        for word in sentence.words[pronoun + 1 : pronoun + 2]
    )
