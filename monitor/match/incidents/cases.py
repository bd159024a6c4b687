"""Pure. Who suffered, where cases tell: Russian, and Kyrgyz, whose verbs stand last."""

from __future__ import annotations

import re

from monitor.match.incidents.acts import Trigger
from monitor.match.incidents.lexicon.grammar import Form, Grammar
from monitor.match.incidents.press import WATCHED, Press
from monitor.match.incidents.sentence import CLOSING, Sentence
from monitor.model import Message, Pattern, VictimKind

_REACH = 10  # words between an act and its victim
_FAR_REACH = 24  # where the verb stands last
_NEAR = 3  # words between a noun and what depends on it
NOUN_LIKE = re.compile("(?:[аяуюыиеь]|[ое]в|[еоая]м|[ое]й|[ая]х|[ая]ми)$")
_INSTRUMENTS = re.compile("[ая]ми$")
PLURAL_VERB = re.compile("(?:ли|ют|ут|ят|ат|ны|ты|[юуяа]тся|лись)$")
_ACTIVE = re.compile("(?:л[аои]?|[юу]т)$")  # of a word whose form the table does not give
_PLURAL_PASSIVE = re.compile("(?:ны|ты|[юуяа]тся|лись)$")  # not взят
_FULL_PARTICIPLE = re.compile("(?:нн|[еи]м|т)(?:ый|ая|ое|ые|ого|ому|ым|ых|ыми|ую|ой|ом)$")
_PARTICIPLE = re.compile("[гк][аеоө]н$")  # Kyrgyz
_CONVERB = re.compile("[ыиуү]п$")
_POSSESSED = re.compile("[ыиуү](?:н[ыиуү]н|н[аеоө]|нд[аеоө]|н[аеоө]н)$")  # Kyrgyz: of a third person
# Kyrgyz: not алды, салды, болду, калды, кылды, келди.
_PASSIVE = re.compile(
    "(?<!^а)(?<!^са)(?<!^бо)(?<!^ка)(?<!^кы)(?<!^ке)[лн](?:[дт][ыиуү]|[гк][аеоө]н|[ыиуү]п|[аеоө]т|[ыиуү][үу]?ш?)"
)

OBJECT = Message("“{}” is the object of “{}”", code=Pattern.OBJECT)
SUBJECT = Message("“{}” is who suffered: “{}” is passive", code=Pattern.SUBJECT)
CASE = Message("“{}” stands in the case that “{}” asks for", code=Pattern.CASE)
PREPOSITION = Message("“{}” stands after “{}”, which “{}” asks for", code=Pattern.PREPOSITION)
DESCRIBED = Message("“{}” is described by “{}”", code=Pattern.DESCRIBED)


def find_relation(sentence: Sentence, trigger: Trigger, press: Press) -> Message | None:
    """Return why somebody of the press is the victim of an act, None if it is not."""
    slot, is_head_final = trigger.phrase.slot, sentence.grammar.is_head_final
    if is_head_final and slot in ("obj", "gen") and _describes_next(sentence, trigger, press):
        return DESCRIBED
    if press.head == trigger.verb or _is_in_quoted_title(sentence, press):
        return None
    if is_head_final and (sentence.is_at("by", press.last + 1) or _is_told_that(sentence, trigger, press)):
        return None
    is_participle = not is_head_final and bool(_FULL_PARTICIPLE.search(sentence.words[trigger.places[0]].text))
    if slot == "subj" and is_participle:
        return None  # “напечатала список оштрафованных”
    if slot == "obj":
        if trigger.form is Form.ATTRIBUTE or (trigger.form is Form.PLAIN and is_participle):
            return DESCRIBED if _is_described(sentence, trigger, press) else None
        if is_head_final:
            return _object_before(sentence, trigger, press)
        return _object(sentence, trigger, press)
    if slot == "attr":
        is_near = trigger.last < press.head <= trigger.last + _NEAR
        return DESCRIBED if is_near and sentence.has("saying", trigger.last, press.head) < 0 else None
    if slot == "subj":
        is_subject = "nom" in press.cases and not press.preposition and _is_in_clause(sentence, trigger, press)
        is_subject = is_subject and (not is_head_final or press.head < trigger.last)
        return CASE if is_subject and not _is_split(sentence, trigger, press) else None
    if slot not in press.cases or press.preposition != trigger.phrase.preposition:
        return None
    if is_head_final:
        is_governed = press.head < trigger.verb and _is_in_clause(sentence, trigger, press)
        if slot == "dat" and sentence.has("told", press.last + 1, min(press.last + _NEAR, trigger.first - 1)) >= 0:
            return None  # “гезитке берген маегинде”
        if slot == "gen":
            is_governed = is_governed and _owns_object(sentence, trigger, press)
    else:
        is_governed = _is_governed(sentence, trigger, press)
    if not is_governed:
        return None
    return PREPOSITION if press.preposition else CASE


# ---- Russian --------------------------------------------------------------------------------------------------------


def _object(sentence: Sentence, trigger: Trigger, press: Press) -> Message | None:
    """Return the reason if the press is the object of an active verb, or the subject of a passive one."""
    verb = sentence.words[trigger.verb].text
    if press.preposition or not _is_in_clause(sentence, trigger, press):
        return None
    plural = _PLURAL_PASSIVE if trigger.form is Form.PASSIVE else PLURAL_VERB
    is_many_verb = bool(plural.search(verb))
    is_passive = trigger.form is Form.PASSIVE or (trigger.form is Form.PLAIN and not _ACTIVE.search(verb))
    if is_passive and "nom" in press.cases and is_many_verb == press.is_many:
        return SUBJECT
    if trigger.form is Form.PASSIVE:
        return SUBJECT if "nom" in press.cases and "gen" in press.cases and is_many_verb is press.is_many else None
    if "acc" not in press.cases or _depends_on_noun(sentence, trigger, press):
        return None
    if "nom" in press.cases and press.place < trigger.verb and not (is_many_verb and not press.is_many):
        return None  # “Телеканал заблокировал комментарии”: the subject
    return None if _has_own_object(sentence, trigger, press) else OBJECT


def _has_own_object(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a verb after “and” has another object: поблагодарил журналистов и уволил премьера."""
    grammar, after = sentence.grammar, sentence.words[trigger.verb + 1 : trigger.verb + 2]
    if press.place > trigger.verb or sentence.has("and", press.last + 1, trigger.verb - 1) < 0:
        return False
    sections = ("adverbs", "things", "prepositions", "and", "agents")
    return any(
        word.part == sentence.words[trigger.verb].part
        and trigger.verb + 1 not in trigger.places
        and not grammar.is_in(word.text, *sections)
        and bool(NOUN_LIKE.search(word.text))
        and not _INSTRUMENTS.search(word.text)
        for word in after
    )


def _depends_on_noun(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a form that may be the genitive belongs to a noun before it (соседа журналиста)."""
    place = press.first - 1
    if "gen" not in press.cases or place < 0 or place in trigger.places or press.pronoun >= 0:
        return False
    word = sentence.words[place]
    is_name = word.is_name and not (press.section == WATCHED and place == 0)  # Адвоката Ли Бекова задержали
    if word.part != sentence.words[press.first].part or is_name or len(word.text) < 4 or word.text.isdigit():
        return False
    grammar = sentence.grammar
    if place - 1 == trigger.verb and _INSTRUMENTS.search(word.text):
        return False  # избили битами журналиста
    if grammar.is_in(word.text, "works"):
        return True
    if grammar.is_in(word.text, "adverbs", "things", "prepositions", "and", "agents"):
        return False
    if any(grammar.is_in(w.text, "prepositions") for w in sentence.words[max(0, place - 2) : place]):
        return False
    return bool(NOUN_LIKE.search(word.text)) and not PLURAL_VERB.search(word.text)


def _is_governed(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether words in the right case, after the right preposition, depend on the act."""
    words = sentence.words
    if trigger.phrase.slot == "dat" and _is_beside_dash(sentence, trigger, press):
        return True
    start = press.pronoun if press.pronoun >= 0 else press.first
    if press.preposition:
        start -= 1
    if words[start].part != words[trigger.verb].part and not _is_in_clause(sentence, trigger, press):
        return False
    if trigger.phrase.slot == "gen" and not press.preposition:
        return any(_follows(sentence, place, start) for place in trigger.places)
    if len(trigger.places) == 1 and trigger.form is Form.PLAIN and trigger.phrase.tests[0].is_noun:
        return 0 < start - trigger.last <= _NEAR  # a noun
    if trigger.phrase.slot == "dat" and not press.preposition and _is_told(sentence, trigger, press):
        return False
    is_far = sentence.grammar.is_in(press.preposition, "far prepositions")
    return distance(trigger, press) <= (_FAR_REACH if is_far else _REACH)


def _is_beside_dash(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a dash stands for the verb between the press and an act: “Журналисту — десять суток ареста”."""
    place = press.last + 1 if press.last < trigger.first else press.first
    words, parts = sentence.words, sentence.words[press.head].part - sentence.words[trigger.verb].part
    return abs(parts) == 1 and place < len(words) and words[place].before.strip(CLOSING) in ("—", "–", "-")


def _follows(sentence: Sentence, place: int, start: int) -> bool:
    """Return whether only things and adjectives stand between a noun and what depends on it."""
    if not place < start <= place + _NEAR + 1:
        return False
    grammar, is_phrase = sentence.grammar, False
    for word in sentence.words[place + 1 : start]:
        is_described = grammar.is_in(word.text, "things", "adverbs") or grammar.ends("adjectives", word.text)
        if not is_described and not is_phrase and not grammar.is_in(word.text, "prepositions"):
            return False
        is_phrase = grammar.is_in(word.text, "prepositions")
    return True


def _is_told(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a verb of saying is nearer to a dative than the act is."""
    words, near = sentence.words, range(max(0, press.first - 2), min(len(sentence.words), press.last + 3))
    places = (p for p in near if p not in trigger.places and words[p].part == words[press.head].part)
    return distance(trigger, press) > 1 and any(sentence.grammar.is_in(words[p].text, "saying") for p in places)


# ---- Kyrgyz ---------------------------------------------------------------------------------------------------------


def _object_before(sentence: Sentence, trigger: Trigger, press: Press) -> Message | None:
    """Return the reason if the press before a verb is its object, or the subject of a passive one."""
    if press.head > trigger.verb or not _is_in_clause(sentence, trigger, press):
        return None
    if trigger.form is not Form.PASSIVE and "acc" in press.cases:
        return OBJECT
    if trigger.form is not Form.PASSIVE and "gen" in press.cases:
        return OBJECT if _owns_object(sentence, trigger, press) else None
    is_passive = trigger.form in (Form.PASSIVE, Form.DENIED) or _may_be_passive(sentence, trigger)
    if is_passive and "nom" in press.cases and not _is_split(sentence, trigger, press):
        return SUBJECT
    if is_passive and "gen" in press.cases and _owns_object(sentence, trigger, press):
        return SUBJECT
    return None


def _describes_next(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a participle stands before the press: өлтүрүлгөн журналист, камерасы тартып алынган фотограф."""
    words, end = sentence.words, trigger.last
    if end + 1 < press.head and end + 1 not in trigger.places and _PARTICIPLE.search(words[end + 1].text):
        end += 1
    if trigger.phrase.slot == "gen" and not sentence.is_at("things", trigger.first):
        return False
    is_next = end < press.head <= end + 2 and words[end].part == words[press.head].part
    return is_next and bool(_PARTICIPLE.search(words[end].text)) and bool(_PASSIVE.search(words[end].text))


def _may_be_passive(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether a verb that the table gives by its beginning alone has the suffix of the passive."""
    places = (*trigger.places, min(trigger.last + 1, len(sentence.words) - 1))  # күнөөлүү деп табылды
    return trigger.form is Form.PLAIN and any(_PASSIVE.search(sentence.words[place].text) for place in places)


def _owns_object(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a genitive belongs to the act, or to a thing that it is done to."""
    between = sentence.words[press.last + 1 : trigger.first]
    if not between or sentence.grammar.is_in(between[0].text, "things"):
        return len(between) <= _NEAR + 2
    grammar = sentence.grammar
    return all(grammar.ends("adjectives", w.text) or grammar.is_in(w.text, "numbers") for w in between)


def _is_told_that(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether the press belongs to a verb of saying after the act: журналистке депутат кармалды деп айтты."""
    words, grammar = sentence.words, sentence.grammar
    after = range(trigger.last + 1, min(trigger.last + _NEAR + 2, len(words) - 1))
    sayings = (p + 1 for p in after if words[p].text == "деп" and grammar.is_in(words[p + 1].text, "saying"))
    is_said = next(sayings, -1) == len(words) - 1 and ("dat" in press.cases or press.first == 0)
    between = (word.text for word in words[press.last + 1 : trigger.first])
    sections = ("things", "adverbs", "numbers")
    nouns = (word for word in between if not grammar.is_in(word, *sections))
    is_said = is_said and bool({"nom", "dat"} & press.cases)
    return is_said and any(_is_marked(grammar, word) or not grammar.is_in(word, "agents") for word in nouns)


def _is_split(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether another noun, which would be the subject, stands between the press and a verb."""
    grammar = sentence.grammar
    if not grammar.is_head_final:
        return False
    end = max(trigger.last, trigger.verb)
    agents = (p + 1 for p in range(press.last + 1, end) if sentence.is_at("by", p))
    within = (p for p in range(press.last + 1, end) if p not in trigger.places)
    clauses = (p + 1 for p in within if sentence.is_at("subordinate", p))
    start = max((*agents, *clauses), default=press.last + 1)
    names = [place for place in range(start, end) if place not in trigger.places]
    owners = [place for place in names if grammar.ends("genitives", sentence.words[place].text)]
    # “уулунун кармалышы”: who is taken stands in the genitive before a verb that is a noun.
    if owners and (owners[-1] == names[-1] or not grammar.ends("predicates", sentence.words[end].text)):
        return True
    return _is_attribute(sentence, trigger) or any(_is_bare_noun(sentence, place) for place in names)


def _is_attribute(sentence: Sentence, trigger: Trigger) -> bool:
    """Return whether an act describes a noun after it: журналист камалган депутат менен сүйлөштү."""
    words, grammar = sentence.words, sentence.grammar
    for place in range(trigger.first, min(trigger.last + 2, len(words) - 1)):
        after = words[place + 1]
        is_followed = after.part == words[place].part and place + 1 not in trigger.places
        if is_followed and _PARTICIPLE.search(words[place].text):
            return not grammar.is_in(after.text, "after", "after participles", "saying")
    return False


def _is_marked(grammar: Grammar, word: str) -> bool:
    """Return whether a word has the ending of a case, an adjective or a converb."""
    return bool(grammar.endings["marked"][0][1].search(word))


def _is_bare_noun(sentence: Sentence, place: int) -> bool:
    """Return whether a word is a noun without ending, which is no part of a compound: ракета соккусунан."""
    grammar, word, after = sentence.grammar, sentence.words[place], sentence.words[place + 1 : place + 3]
    is_marked = _is_marked(grammar, word.text) or word.text.isdigit()
    is_of_compound = any(_POSSESSED.search(w.text) or grammar.is_in(w.text, "after") for w in after)
    sections = ("after", "adverbs", "numbers")
    return not (is_marked or is_of_compound or grammar.is_in(word.text, *sections))


# ---- both -----------------------------------------------------------------------------------------------------------


def _is_described(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether a participle describes the press: before it, or after a comma behind it."""
    words = sentence.words
    if trigger.verb < press.head:
        between = words[trigger.verb + 1 : press.first]
        is_joined = words[trigger.verb].part == words[press.head].part and len(between) <= 2
        return is_joined and all(
            sentence.grammar.is_in(w.text, "adverbs") or sentence.grammar.ends("adjectives", w.text) for w in between
        )
    is_after_comma = words[trigger.verb].part == words[press.last].part + 1
    return is_after_comma and trigger.verb - press.last <= 2 and press.pronoun < 0


def _is_in_clause(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether the press and an act stand in one clause."""
    words = sentence.words
    reach = _FAR_REACH if sentence.grammar.is_head_final else _REACH
    place, verb = press.place, trigger.verb
    if words[place].part == words[verb].part:
        return distance(trigger, press) <= reach
    if press.pronoun >= 0 or _begins_relative(sentence, verb):
        return False
    parts = words[verb].part - words[place].part
    if (
        press.is_apposition
        and parts == 1
        and press.last + 1 < len(words)
        and words[press.last + 1].part > words[place].part
    ):
        return distance(trigger, press) <= reach
    if parts == 2 and distance(trigger, press) <= 2 * reach:
        # Журналист X, известный критикой, пропал: what stands between two commas is left out.
        first = next(p for p in range(len(words)) if words[p].part == words[place].part + 1)
        ends = first - press.last <= _NEAR + 1 and words[first].before.strip(CLOSING) == ","
        is_relative = words[first].text in sentence.grammar.endings_of_pronouns
        is_clause = sentence.is_at("stop words", first) or sentence.is_at("relative stop", first)
        return ends and (is_relative or not is_clause)
    between = words[verb + 1 : press.first]
    if parts == -1 and press.is_apposition and between and all(word.is_name for word in between):
        return True  # задержали Айгуль Бекову, редактора газеты
    if -3 <= parts < 0 and not sentence.grammar.is_head_final:
        return _is_list(sentence, verb, press)
    if sentence.grammar.is_head_final and parts == 1:
        # журналист бөлүмгө жеткирилип, кое берилген жок: a converb goes on with its subject.
        first = next(p for p in range(len(words)) if words[p].part == words[verb].part)
        is_chain = bool(_CONVERB.search(words[first - 1].text))
        return (is_chain or bool({"acc", "dat"} & press.cases)) and distance(trigger, press) <= reach
    return False


def _begins_relative(sentence: Sentence, verb: int) -> bool:
    """Return whether the verb's part of the sentence begins with a relative pronoun, which is its subject or object."""
    words = sentence.words
    first = next(p for p in range(len(words)) if words[p].part == words[verb].part)
    return any(words[p].text in sentence.grammar.endings_of_pronouns for p in range(first, min(first + 2, verb)))


def _is_list(sentence: Sentence, verb: int, press: Press) -> bool:
    """Return whether the press stands in a list that begins after the verb: задержали политиков, журналистов."""
    words = sentence.words
    between = words[verb + 1 : press.first]
    if len(between) > _REACH or any(word.before.strip() not in ("", ",") for word in words[verb + 1 : press.first + 1]):
        return False
    if words[verb + 1].part != words[verb].part:
        return False
    return sentence.has("and", press.first - 1, press.last + 2) >= 0 and "nom" not in press.cases


def _is_in_quoted_title(sentence: Sentence, press: Press) -> bool:
    """Return whether the word is part of a name in quotation marks («Журналисты в беде»)."""
    word = sentence.words[press.head]
    return word.before.endswith(("«", "“")) and press.kind is not VictimKind.OUTLET and word.is_name and press.head > 0


def distance(trigger: Trigger, press: Press) -> int:
    """Return how many words it is from an act to somebody of the press."""
    return min(abs(place - press.place) for place in trigger.places)
