"""Pure. Whether a sentence says that an act happened: asserted, denied, planned or demanded, or told aside."""

from __future__ import annotations

import re

from monitor.match.incidents.acts import Trigger
from monitor.match.incidents.lexicon.grammar import Form
from monitor.match.incidents.press import Press
from monitor.match.incidents.sentence import Sentence
from monitor.model import Modality, PressAct

_YEAR = re.compile(r"(?:19|20)\d\d")
_OPENING = 3  # words
_NEAR = 6  # words
_NOT_REACH = 3
_INFINITIVES = ("ать", "ить", "ыть", "еть", "уть", "ять")


def modality(sentence: Sentence, trigger: Trigger, press: Press) -> Modality:
    """Return with which certainty a sentence tells an act against somebody of the press."""
    # “Free the jailed reporter”: what describes somebody is taken for granted, whatever is demanded or denied.
    if trigger.phrase.slot != "attr" and trigger.form is not Form.ATTRIBUTE:
        if _negates(sentence, press.first) or _is_denied(sentence, trigger):
            return Modality.DENIED
        if _is_planned(sentence, trigger):
            return Modality.PLANNED
    is_past = sentence.has("past", 0, len(sentence.words)) >= 0
    is_past = is_past or _is_anterior(sentence, trigger) or _is_commemorated(sentence, trigger)
    return Modality.PAST if is_past else Modality.ASSERTED


def is_dated_by_year(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether a year stands in the part of the sentence that tells the act."""
    words, part = sentence.words, sentence.words[trigger.verb].part
    opening = [word for word in words if word.part == part - 1]  # “In 2014, a blogger was …”
    parts = (part, part - 1) if len(opening) <= _OPENING else (part,)
    return any(
        _YEAR.fullmatch(word.text)
        and (word.part in parts or (word.part - 1 in parts and before.part in parts and before.text.isdigit()))
        for before, word in zip(words[:1] + words, words, strict=False)  # “on January 8, 2009, …”
    )


def _is_anterior(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether a past perfect with a year or “earlier” tells what was before the story (Quirk et al. 4.24)."""
    words, end = sentence.words, trigger.first
    reach = range(end - 1, max(end - _NEAR, 0) - 1, -1)
    had = next((p for p in reach if words[p].part == words[end].part and sentence.is_at("auxiliary", p)), -1)
    while sentence.is_at("auxiliary", had - 1) or sentence.is_at("earlier", had - 1):
        had -= 1
    if had < 0 or not sentence.is_at("had", had):
        return False
    is_said = sentence.has("saying", 0, len(words)) >= 0  # “he said that they had also been held”
    is_earlier = not is_said and sentence.has("earlier", had + 1, end - 1) >= 0
    return is_earlier or is_dated_by_year(sentence, trigger)


def _is_commemorated(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether an act that a noun names only dates a day: “the anniversary of the murder”."""
    is_verb = trigger.phrase.slot in ("obj", "subj", "own") and not sentence.grammar.is_head_final
    places = (
        (trigger.last + 1, trigger.last + _NOT_REACH)
        if sentence.grammar.is_head_final
        else (trigger.first - _NEAR, trigger.first - 1)
    )
    return not is_verb and sentence.has("anniversaries", *places) >= 0


def _negates(sentence: Sentence, place: int) -> bool:
    """Return whether a word at a place is a negation, not the first of “not only”, “no fewer than”."""
    return sentence.is_at("not", place) and not sentence.is_at("only", place + 1)


def _is_denied(sentence: Sentence, trigger: Trigger) -> bool:
    words, grammar = sentence.words, sentence.grammar
    tests = {word for test in trigger.phrase.tests for word in test.exact}
    negations = tests & (grammar.words["not"].exact | grammar.words["denied"].exact)
    if negations:  # не пустили: the denial is the act
        return False
    if trigger.form is Form.DENIED:
        return True
    if grammar.is_head_final:
        quoted = sentence.has("quoting", trigger.last + 1, trigger.last + 2)  # … деген маалыматты төгүндөдү
        end = trigger.last + _NEAR if quoted >= 0 else trigger.verb + _NOT_REACH
        after = range(trigger.verb + 1, min(end, len(words)))
        return any(sentence.is_at("denied", p) for p in after if p not in trigger.places)
    part = words[trigger.verb].part
    before = range(max(0, trigger.verb - _NOT_REACH), trigger.verb)
    if any(_negates(sentence, p) for p in before if words[p].part == part and p not in trigger.places):
        return True
    if sentence.is_at("almost", trigger.verb - 1):
        return True
    denial = sentence.has("denied", 0, len(words))
    return denial >= 0 and denial not in trigger.places and abs(denial - trigger.verb) <= 2 * _NEAR


def _is_planned(sentence: Sentence, trigger: Trigger) -> bool:
    words, grammar = sentence.words, sentence.grammar
    if grammar.is_head_final:
        reach = range(trigger.last + 1, min(trigger.last + _NEAR, len(words)))
        is_decided = any(sentence.is_at("decided", p) for p in [*reach, *trigger.places])
        part = words[trigger.last].part
        is_told = trigger.last + 1 < len(words) and words[trigger.last + 1].text == "деп"
        planned = [p for p in reach if sentence.is_at("planned", p) and (is_told or words[p].part == part)]
        return not is_decided and (bool(planned) or trigger.form is Form.INFINITIVE)
    part = words[trigger.verb].part
    reach = range(
        max(0, trigger.first - _NEAR), trigger.first + 1 if grammar.is_ordered else min(len(words), trigger.last + 3)
    )
    # A threat is conditional by itself: “we shall kill you if …”.
    conditions = ("if", "unless", "если") if trigger.phrase.act is PressAct.THREATENED else ()
    after = next((p for p in range(trigger.last + 1, reach.stop) if sentence.is_at("and", p)), reach.stop)
    near = [
        p
        for p in range(reach.start, after)  # not убрали из эфира и попросили …
        if words[p].text not in conditions
        and abs(words[p].part - part) <= (0 if grammar.is_ordered or p > trigger.last else 1)
        and p not in trigger.places
    ]
    decided = [p for p in near if sentence.is_at("decided", p)]
    planned = [p for p in near if sentence.is_at("planned", p) and not sentence.is_at("if convicted", p)]
    if planned:
        return not decided or max(planned) > max(decided)
    near_if = (p for p in range(trigger.first) if words[p].text in ("if", "если"))
    if not conditions and any(not sentence.is_at("if convicted", p) for p in near_if):
        return True
    return (_is_infinitive(sentence, trigger) and not decided) or _is_imperative(sentence, trigger)


def _is_infinitive(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether the verb of a phrase is an infinitive (in Russian also of one whose beginning the table gives)."""
    is_plain = trigger.form is Form.PLAIN and not sentence.grammar.is_ordered
    return trigger.form is Form.INFINITIVE or (
        is_plain and sentence.words[trigger.places[0]].text.endswith(_INFINITIVES)
    )


def _is_imperative(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether a verb without a subject or ending begins a sentence or a quotation: “Arrest the reporter!”."""
    word = sentence.words[trigger.verb]
    is_first = trigger.verb == 0 or word.before.endswith(('"', "“", "‘"))
    is_base = sentence.grammar.is_ordered and trigger.form is Form.ACTIVE and not word.text.endswith(("s", "ing"))
    return is_first and is_base and trigger.phrase.slot == "obj"
