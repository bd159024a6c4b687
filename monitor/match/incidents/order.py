"""Pure. Who suffered, where the order of words tells: English."""

from __future__ import annotations

from monitor.match.incidents.acts import Trigger
from monitor.match.incidents.cases import DESCRIBED, OBJECT, PREPOSITION, SUBJECT
from monitor.match.incidents.lexicon.grammar import Form
from monitor.match.incidents.press import WATCHED, Press
from monitor.match.incidents.sentence import CLOSING, Sentence
from monitor.model import Message, Pattern, PressAct

_REACH = 12
_LIST_REACH = 24  # words from a preposition to a word of a list
_AND_REACH = 8  # words from one of a list to its “and”
_AUXILIARY_REACH = 3
_THING_REACH = 4
_PARENTHESIS = 22  # words between two commas
_BEFORE_INFINITIVE = (PressAct.THREATENED, PressAct.CHARGED)
_NEAR = 4  # words from a noun to its preposition
_ARTICLES = frozenset({"the", "a", "an", "his", "her", "its", "their"})
_BEFORE_VERB = ("prepositions", "stop words", "auxiliary", "saying")

OWNER = Message("“{}” belongs to “{}”", code=Pattern.OWNER)


def find_relation(sentence: Sentence, trigger: Trigger, press: Press) -> Message | None:
    """Return why somebody of the press is the victim of an act, None if it is not."""
    if press.head in trigger.places:
        return None
    slot = trigger.phrase.slot
    is_owner = _is_owner(sentence, press)
    if slot == "poss":
        is_compound = press.last + 1 == trigger.first and sentence.is_at("compounded", trigger.first)
        is_compound = is_compound and not sentence.is_at("collective", press.head)
        return OWNER if is_compound or (is_owner and 0 < trigger.first - press.last <= 3) else None
    if is_owner and not _owns_thing(sentence, trigger, press):
        return None  # “arrested the journalist's brother”
    if slot == "obj":
        return _object(sentence, trigger, press)
    before = sentence.words[trigger.verb - 1].text if trigger.verb else ""
    if slot == "subj" and sentence.grammar.is_in(before, "before adjectives"):
        return None  # “appeared in court for the closed hearing”
    if slot == "subj":
        if sentence.grammar.is_in(sentence.words[trigger.first].text, "prepositions"):
            is_predicate = press.last + 1 == trigger.first or _auxiliary_before(sentence, trigger.first) >= 0
            if not is_predicate and not sentence.is_at("before states", trigger.first - 1):
                return None  # “interviewed the politician in prison”
        auxiliary = _auxiliary_before(sentence, trigger.first)  # “has been receiving threats”
        return SUBJECT if _is_subject(sentence, auxiliary if auxiliary >= 0 else trigger.first, press) else None
    if slot == "attr":
        is_joined = sentence.words[trigger.last].part == sentence.words[press.head].part
        return DESCRIBED if is_joined and press.first - 1 <= trigger.last < press.head else None
    return PREPOSITION if _is_after_preposition(sentence, trigger, press, slot) else None


def _is_owner(sentence: Sentence, press: Press) -> bool:
    """Return whether the press only says whose something is: “her phone”, not “held her for”."""
    if "gen" not in press.cases or "nom" in press.cases:
        return False
    after = sentence.words[press.last + 1 : press.last + 2]
    of_part = (word.text for word in after if word.part == sentence.words[press.last].part)
    is_noun = (not sentence.grammar.is_in(word, *_BEFORE_VERB, "adverbs", "and", "days") for word in of_part)
    return "acc" not in press.cases or any(is_noun)


def _owns_thing(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether what belongs to the press is a thing, or a word of the act."""
    after = range(press.last + 1, min(press.last + 1 + _THING_REACH, len(sentence.words)))
    of_act = {*trigger.places} - {trigger.verb}
    return any(place in of_act or sentence.is_at("things", place) for place in after)


# ---- objects and subjects -------------------------------------------------------------------------------------------


def _object(sentence: Sentence, trigger: Trigger, press: Press) -> Message | None:
    auxiliary = _auxiliary_before(sentence, trigger.verb)
    before = sentence.words[trigger.verb - 1].text if trigger.verb else ""
    if sentence.grammar.is_in(before, "before adjectives"):
        return None  # “one of the most closed media”, “the murder of a journalist”
    if trigger.form is Form.ACTIVE and _is_before_of(sentence, trigger):
        return None  # “arrest of journalists”
    is_perfect = auxiliary >= 0 and not _is_be(sentence, auxiliary)  # “have taken the reporter into custody”
    is_passive = not is_perfect and (trigger.form is Form.PASSIVE or (trigger.form is Form.PAST and auxiliary >= 0))
    if _is_inverted(sentence, trigger, press):
        return SUBJECT
    if is_passive:
        if auxiliary >= 0 and sentence.words[auxiliary].text == "being" and press.last + 1 != auxiliary:
            return None  # “posted a video of a man being beaten”
        if auxiliary >= 0:
            return SUBJECT if _is_subject(sentence, auxiliary, press) else None
        return SUBJECT if _is_reduced(sentence, trigger, press) or _is_coordinated(sentence, trigger, press) else None
    if _is_object(sentence, trigger, press):
        return OBJECT
    if trigger.form is Form.PAST and auxiliary < 0:
        if press.section == WATCHED and _goes_on_as_active(sentence, trigger):
            return None
        is_reduced = _is_reduced(sentence, trigger, press) or _is_coordinated(sentence, trigger, press)
        return SUBJECT if is_reduced else None
    return None


def _is_before_of(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether “of” that is no word of the act follows a verb: it is the noun."""
    place = trigger.verb + 1
    return place not in trigger.places and any(word.text == "of" for word in sentence.words[place : place + 1])


def _is_inverted(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether who suffered follows: “among those rounded up on Sunday were two correspondents”."""
    is_after_be = trigger.last < press.first - 1 and sentence.is_at("be", press.first - 1)
    is_first = trigger.verb == 0 and trigger.form in (Form.PAST, Form.PASSIVE)  # “Detained with others was …”
    return is_after_be and (is_first or sentence.has("among", trigger.verb - 2, trigger.verb - 1) >= 0)


def _auxiliary_before(sentence: Sentence, verb: int) -> int:
    """Return the place of the first auxiliary of a verb, -1 for none: “has” of “has since been freed”."""
    words, grammar, auxiliary, place = sentence.words, sentence.grammar, -1, verb - 1
    while place >= 0 and (auxiliary >= 0 or verb - place <= _AUXILIARY_REACH) and words[place].part == words[verb].part:
        if grammar.is_in(words[place].text, "auxiliary"):
            auxiliary = place
        elif not (words[place].text.endswith("ly") or grammar.is_in(words[place].text, "adverbs")):
            break
        place -= 1
    return auxiliary


def _is_be(sentence: Sentence, auxiliary: int) -> bool:
    """Return whether an auxiliary makes a passive: a form of to be or to get, not of to have alone."""
    words = sentence.words[auxiliary : auxiliary + 3] if auxiliary >= 0 else ()
    return any(sentence.grammar.is_in(word.text, "be") for word in words)


def _is_object(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether the press is what follows a verb, perhaps in a list or after “the home of”."""
    words, grammar = sentence.words, sentence.grammar
    place = trigger.verb + 1
    while place < press.first:
        word = words[place]
        if size := _size_of("belonging", sentence, place):
            place += size
            continue
        if word.before.strip(" -‐‑'’\"“”") not in ("", ","):
            return False
        if word.part != words[place - 1].part and place == trigger.verb + 1:
            return False
        if word.text == "and" and place > trigger.verb + 1 and not _goes_list_on(sentence, place, press):
            return False  # “drop all charges and release journalists”
        if word.text == "of" and grammar.is_in(words[place - 1].text, "owners"):
            pass
        elif word.text.endswith("ing") and place > trigger.verb + 2 and place not in trigger.places:
            return False  # another verb
        elif place not in trigger.places and grammar.is_in(word.text, "prepositions", "stop words", "auxiliary"):
            return False
        place += 1
    if not 0 <= press.first - trigger.verb - 1 <= _REACH:
        return press.first <= trigger.verb < press.head and trigger.verb + 1 == press.head
    if words[press.first].part != words[trigger.verb].part and press.first == trigger.verb + 1:
        return False
    if words[press.first].before.strip(" -‐‑'’\"“”") not in ("", ","):
        return False
    is_across = words[press.first].part != words[trigger.verb].part
    if is_across and sentence.has("and", trigger.verb, press.last + _AND_REACH) < 0:
        return False
    return not _has_verb_after(sentence, press) or words[press.first].part == words[trigger.verb].part


def _goes_list_on(sentence: Sentence, place: int, press: Press) -> bool:
    """Return whether “and” goes on a list that ends with the press, not another clause."""
    after = sentence.words[place + 1]
    sections = ("owners", "determiners", "numbers", "things")
    return (
        place + 1 >= press.first
        or after.is_name
        or sentence.words[place].before != " "
        or sentence.grammar.is_in(after.text, *sections)
    )


def _size_of(section: str, sentence: Sentence, place: int) -> int:
    """Return how many words of a section's word or phrase begin at a place."""
    return sentence.grammar.words[section].size_at(sentence.texts, place)


def _has_verb_after(sentence: Sentence, press: Press) -> bool:
    """Return whether the press is followed by a verb of saying or an auxiliary: the subject of another clause."""
    after = press.last + 1
    return after < len(sentence.words) and sentence.grammar.is_in(
        sentence.words[after].text, "saying", "auxiliary", "stop words"
    )


def _is_reduced(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a participle follows the press: “Editor beaten in Osh”, “reporters detained by police”."""
    words, verb = sentence.words, trigger.verb
    parts = words[verb].part - words[press.head].part
    is_near = press.head < verb <= press.last + 3 and parts == 0 and press.preposition != "by"
    is_after_comma = parts == 1 and verb == press.last + 1  # “the editor, arrested in May”
    if not is_near and not is_after_comma:
        return False
    if any(sentence.grammar.is_in(word.text, "stop words", "and") for word in words[press.last + 1 : verb]):
        return False
    after = verb + 1
    if after >= len(words):
        return True
    if words[after].part != words[verb].part:
        return True
    word = words[after]
    if word.text == "to" and trigger.phrase.act in _BEFORE_INFINITIVE:
        return False  # “the editor threatened to resign”, “tried to resign”
    is_ended = sentence.grammar.is_in(word.text, "prepositions") or word.text.endswith("ly") or after in trigger.places
    is_ended = is_ended or word.text.isdigit() or sentence.grammar.is_in(word.text, "numbers")
    return is_ended or sentence.grammar.is_in(word.text, "after participles")


def _goes_on_as_active(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether a verb has an object or an infinitive further on: “dismissed on Monday the claims”.

    Who is watched may do such things as are done to the press.
    """
    words, sections = sentence.words, ("prepositions", "determiners", "of", "adverbs", "and")
    if trigger.phrase.act is PressAct.SEARCHED and any(w.text == "for" for w in words[trigger.last + 1 :][:1]):
        return True
    for place in range(trigger.last + 1, len(words) - 1):
        if words[place + 1].part != words[trigger.last].part or sentence.grammar.is_in(words[place].text, "stop words"):
            return False
        is_object = words[place + 1].text in _ARTICLES and not sentence.grammar.is_in(words[place].text, *sections)
        if is_object or (words[place + 1].text == "to" and trigger.phrase.act in _BEFORE_INFINITIVE):
            return True
    return False


def _is_coordinated(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a participle goes on a passive: “was found guilty and sent to prison”."""
    words, place = sentence.words, trigger.verb - 1
    if place < 0 or not sentence.grammar.is_in(words[place].text, "and"):
        return False
    while place >= 0 and trigger.verb - place <= _REACH:
        if sentence.grammar.is_in(words[place].text, "stop words"):
            return False
        if sentence.grammar.is_in(words[place].text, "be"):
            while place and sentence.grammar.is_in(words[place - 1].text, "auxiliary"):
                place -= 1
            return _is_subject(sentence, place, press)
        place -= 1
    return False


def _is_subject(sentence: Sentence, verb: int, press: Press) -> bool:
    """Return whether the press is the subject of a verb that begins at a place."""
    words, grammar = sentence.words, sentence.grammar
    if press.head >= verb or verb - press.head > _REACH + _PARENTHESIS:
        return False
    place = verb - 1
    after = press.last + 1
    if press.first and grammar.is_in(words[press.first - 1].text, "told"):
        return False  # “told The Associated Press that”
    if after < verb and grammar.is_in(words[after].text, "relatives"):
        return sentence.has("questions", after + 1, verb - 1) < 0  # a relative clause, perhaps with its own verb
    if after < verb and _is_other_clause(sentence, after, verb):
        return False
    if _is_list_before(sentence, press, verb):
        return not _is_of_other(sentence, press)
    is_aside = False
    while place > press.last:
        word, following = words[place], words[place + 1]
        if following.part != word.part and place + 1 <= verb:
            opening = _parenthesis_start(sentence, place, press.head)
            if opening < 0:
                return False
            place, is_aside = opening - 1, True
            continue
        if grammar.is_in(word.text, "stop words") or grammar.is_in(word.text, "auxiliary"):
            return False
        place -= 1
    is_split = verb > press.last + 1 and words[press.last + 1].part != words[press.last].part
    if is_split and place >= press.last and not is_aside:
        return False
    if press.last + 1 < verb and press.last + 1 == place + 1 and verb - press.last > _REACH:
        return False
    return not _is_of_other(sentence, press)


def _is_other_clause(sentence: Sentence, after: int, verb: int) -> bool:
    """Return whether the press has a verb with an object, which is the next verb's subject: “saw the man was held”."""
    words, grammar = sentence.words, sentence.grammar
    is_verb = words[after].text.endswith("ed") or grammar.is_in(words[after].text, "other verbs")
    if not is_verb or after + 1 >= verb or words[after].part != words[verb].part:
        return False
    has_object = grammar.is_in(words[after + 1].text, "determiners") or words[after + 1].is_name
    return has_object and sentence.has("and", after, verb) < 0


def _is_list_before(sentence: Sentence, press: Press, verb: int) -> bool:
    """Return whether the press stands in a list before a verb: “activists, journalists and priests were jailed”."""
    words, grammar = sentence.words, sentence.grammar
    between = range(press.last + 1, verb)
    if not between or words[between[-1]].part != words[verb].part or words[press.last].part == words[verb].part:
        return False
    is_after_comma = words[press.last + 1].before.strip(CLOSING) == ","
    return (
        is_after_comma
        and sentence.has("and", press.last + 1, verb - 1) >= 0
        and not any(grammar.is_in(words[p].text, *_BEFORE_VERB) for p in between)
    )


def _parenthesis_start(sentence: Sentence, end: int, limit: int) -> int:
    """Return where the words between two commas begin whose last word is at a place; -1 if nothing closes them off."""
    part = sentence.words[end].part
    place = end
    while place > limit and sentence.words[place].part == part and end - place < _PARENTHESIS:
        place -= 1
    return place + 1 if place >= limit and sentence.words[place].part == part - 1 else -1


def _is_of_other(sentence: Sentence, press: Press) -> bool:
    """Return whether the press only says whose something is: “the wife of the journalist”."""
    if not press.preposition:
        return False
    place = press.first - 1
    while place > 0 and sentence.words[place].text != press.preposition:
        place -= 1
    starts = (start for start in range(max(0, place - 3), place) if _size_of("belonging", sentence, start))
    if (start := next((p for p in starts if p + _size_of("belonging", sentence, p) == place + 1), 0)) > 0:
        return not sentence.is_at("things", start - 1)  # “equipment belonging to the correspondent”
    if press.preposition == "of" and place > 0:
        return not sentence.grammar.is_in(sentence.words[place - 1].text, "owners")
    return press.preposition not in ("than", "including", "like", "as", "among")


# ---- prepositions ---------------------------------------------------------------------------------------------------


def _is_after_preposition(sentence: Sentence, trigger: Trigger, press: Press, preposition: str) -> bool:
    """Return whether the press stands after the preposition that a noun asks for, perhaps in a list."""
    words, grammar = sentence.words, sentence.grammar
    for place in range(press.first - 1, max(trigger.first, press.first - 1 - _LIST_REACH), -1):
        word = words[place]
        is_other_part = word.part != words[press.head].part
        if is_other_part and (
            word.text.endswith("ing") or sentence.has("and", press.first - 1, press.last + _AND_REACH) < 0
        ):
            return False
        is_of_owner = word.text == "of" and grammar.is_in(words[place - 1].text, "owners")
        if word.text == preposition and place not in trigger.places:
            if is_of_owner and place - 1 not in trigger.places:
                continue
            between = words[trigger.last + 1 : place]
            is_joined = words[trigger.last].part == word.part and not any(
                grammar.is_in(w.text, "stop words") or w.part != word.part for w in between
            )
            return (0 <= place - 1 - trigger.last <= _NEAR and is_joined) or trigger.last > press.head
        if grammar.is_in(word.text, *_BEFORE_VERB) and not is_of_owner:
            return False
    return False
