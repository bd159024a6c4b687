"""Pure. Words for the press in a sentence: people by their role, groups and outlets, with their case and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from monitor.match.incidents.country import is_place_name
from monitor.match.incidents.lexicon.grammar import Noun, PressWord, WordList, fits, look_up
from monitor.match.incidents.lexicon.telling_words import ANY_ROLE
from monitor.match.incidents.sentence import CLOSING, Sentence, is_closing, is_opening
from monitor.match.index.names import read_particle
from monitor.model import VictimKind
from monitor.text.normalize import APOSTROPHES, HYPHENS

_BEFORE, _AFTER = 6, 8  # words around a role in which a word of [media] tells whose it is
_MODIFIERS = 5
_LONGEST_PREPOSITION = 3
_WORK = 4  # words from a film to whom it is about
_QUANTIFIER = 3  # words
_NEAR = 5  # words in which one of [not press] tells that it is somebody else
_NO_ENDING = "ко"  # of Ukrainian surnames: few Kyrgyz names have such a dative
ANY_CASE = frozenset({"nom", "gen", "acc", "dat", "ins", "loc", "abl"})
PRESS_ALONE = "press alone"
WATCHED = "watched"  # the section of a name of the list, as if it stood in the table
_BESIDE_MEDIA = frozenset({"press beside media", "outlets beside media"})


@dataclass(frozen=True, slots=True)
class Press:
    """Words for somebody of the press. Places are those of the sentence's words."""

    first: int
    head: int
    last: int
    cases: frozenset[str]
    is_many: bool
    kind: VictimKind
    section: str
    preposition: str = ""  # that governs it
    pronoun: int = -1  # the place of the relative pronoun that stands for it
    is_apposition: bool = False  # a name before the comma has its case and preposition
    antecedent_of: int = -1  # the place of the word for the press, where the places are those of “people”
    media_place: int = -1  # the word of [media] that makes it the press

    @property
    def place(self) -> int:
        """Return the place that its relation to an act is read from."""
        return self.head if self.pronoun < 0 else self.pronoun

    @property
    def needs_media(self) -> bool:
        """Return whether it is the press only where the act is one of the press (a programme taken off the air)."""
        return self.section in _BESIDE_MEDIA and self.media_place < 0

    @property
    def is_person(self) -> bool:
        """Return whether it is a person or people."""
        return self.kind is not VictimKind.OUTLET


def find_press(sentence: Sentence, verbs: Set[int] = frozenset()) -> list[Press]:
    """Return the words for the press, in order. `verbs`: places of acts, which describe nobody."""
    people: list[Press] = []
    for place, word in enumerate(sentence.words):
        kinds: set[bool] = set()
        for role, noun in _roles_at(sentence, place) if word.kind & ANY_ROLE else ():  # “broadcaster” is of both kinds
            is_outlet = role.section.startswith("outlets")
            press = None if is_outlet in kinds else _press(sentence, place, role, noun, verbs)
            if press and not _is_of_work(sentence, press) and not _is_pretended(sentence, press):
                people.append(press)
                kinds.add(is_outlet)
    _join_lists(sentence, people)
    substitutes = *relatives(sentence, people), *_among_others(sentence, people), *_named(sentence, people, verbs)
    return [*people, *substitutes, *_by_work(sentence, people)]


def _is_of_work(sentence: Sentence, press: Press) -> bool:
    """Return whether a film or a book is about the press: “a film about a journalist who …”."""
    if sentence.grammar.is_head_final:
        return sentence.has("about", press.last + 1, press.last + 1) >= 0 and (
            sentence.has("invented works", press.last + 2, press.last + 3) >= 0
        )
    is_about = press.preposition in sentence.grammar.words["about"].exact
    return is_about and sentence.has("invented works", press.first - _WORK, press.first - 2) >= 0


def _is_pretended(sentence: Sentence, press: Press) -> bool:
    """Return whether somebody only claims to be of the press: “a man who posed as a journalist”, “a fake reporter”."""
    places = range(press.first - _MODIFIERS, press.head + 1)
    return press.is_person and any(sentence.is_at("pretends", place) for place in places if place >= 0)


def _roles_at(sentence: Sentence, place: int) -> Iterator[tuple[PressWord, Noun]]:
    grammar, word = sentence.grammar, sentence.words[place].text
    for role in look_up(grammar.roles, word):
        if role.before and not (place and fits(role.before, sentence.words[place - 1].text)):
            continue
        if not role.noun:
            if word == role.stem:
                yield role, Noun(ANY_CASE, word.endswith("men"))
        elif noun := grammar.noun(word, role.stem, role.noun):
            yield role, noun


def _press(sentence: Sentence, place: int, role: PressWord, noun: Noun, verbs: Set[int]) -> Press | None:
    start, media_place = place - 1 if role.before else place, -1
    if role.section in _BESIDE_MEDIA or role.section == PRESS_ALONE:
        if _is_other_trade(sentence, start - 2, place + _NEAR):
            return None
        media_place = _media_beside(sentence, start, place, role.section)
    elif not sentence.grammar.is_head_final and _is_other_trade(sentence, start - 1, place + 2):
        return None
    first, counted = with_modifiers_before(sentence, start, verbs)
    last = _with_modifiers_after(sentence, place, verbs)
    is_many = noun.is_many or counted
    is_nominative = counted and "gen" in noun.cases and sentence.has("oblique numbers", first, place) < 0
    cases = noun.cases | {"nom", "acc"} if is_nominative else noun.cases
    cases = case_of_names(sentence, place, last, cases)
    words = sentence.words
    is_apposition = first > 0 and words[first - 1].part == words[first].part - 1 and words[first - 1].is_name
    is_apposition = is_apposition and words[first].before.strip(CLOSING) == ","
    return Press(
        first,
        place,
        last,
        frozenset(cases),
        is_many,
        _kind(sentence, role, is_many),
        role.section,
        preposition_before(sentence, first),
        is_apposition=is_apposition,
        media_place=media_place,
    )


def _is_other_trade(sentence: Sentence, first: int, end: int) -> bool:
    """Return whether a word from one place up to another tells that a noun is not the press: “оператор связи”."""
    words, place = sentence.words, first + 1
    if sentence.grammar.is_head_final:
        end = min(end, place + 1)  # what describes a noun stands before it
    part = words[min(max(place, 0), len(words) - 1)].part
    places = (p for p in range(max(first, 0), min(end, len(words))) if words[p].part == part)
    is_own_subject = sentence.grammar.is_head_final and words[max(first, 0)].text.endswith(("лиги", "лугу"))
    return not is_own_subject and any(sentence.is_at("not press", p) for p in places)


def _media_beside(sentence: Sentence, start: int, place: int, section: str) -> int:
    """Return the place of the word of [media] that a noun belongs to, -1 for none.

    Only words that describe may stand between them: “сотрудники независимого издания”, not “директор школы, о которой
    писала газета”.
    """
    words, names = sentence.words, ("media", "media of outlets") if section.startswith("outlets") else ("media",)
    if start and sentence.is_at("pronouns", start - 1):  # после репортажа его автору угрожали
        return sentence.has("media", 0, start - 2)
    after = 0 if sentence.grammar.is_head_final else _AFTER
    for reach, step in ((range(place + 1, place + 1 + after), 1), (range(start - 1, start - 1 - _BEFORE, -1), -1)):
        for near in reach:
            if not 0 <= near < len(words) or abs(words[near].part - words[place].part) > (step > 0):
                break
            publishes = sentence.has("publishes", min(near, place), max(near, place))
            is_joined = publishes >= 0 or words[near].part == words[place].part
            if is_joined and any(sentence.is_at(name, near) for name in names):
                return near
            if publishes >= 0 and any(role.section.startswith("outlets") for role, _ in _roles_at(sentence, near)):
                return near
            if (
                publishes < 0
                and not _describes(sentence, near, step)
                and not sentence.has("publishes", near + 1, near + 2) >= 0
            ):
                break
    return -1


def _describes(sentence: Sentence, place: int, step: int) -> bool:
    """Return whether a word may stand between a noun and the word that it belongs to."""
    word, grammar = sentence.words[place], sentence.grammar
    if word.is_name or word.text.isdigit() or sentence.is_at("and", place) or sentence.is_at("numbers", place):
        return True
    if grammar.is_ordered:
        if grammar.is_in(word.text, "stop words"):
            return False
        if grammar.is_in(word.text, "of") or grammar.is_in(word.text, "determiners"):
            return True
        ends = ("prepositions", "auxiliary", "stop words", "saying")
        return step > 0 and not grammar.is_in(word.text, *ends)
    return grammar.ends("adjectives", word.text) or grammar.is_in(word.text, "of") or any(_roles_at(sentence, place))


def _kind(sentence: Sentence, role: PressWord, is_many: bool) -> VictimKind:
    if role.section.startswith("outlets"):
        return VictimKind.GROUP if is_many else VictimKind.OUTLET
    is_group = is_many or sentence.grammar.is_in(role.stem, "groups")
    return VictimKind.GROUP if is_group else VictimKind.PERSON


def with_modifiers_before(sentence: Sentence, place: int, verbs: Set[int]) -> tuple[int, bool]:
    """Return the first place of the words that describe a noun, and whether a number stands there."""
    words, grammar, first, counted = sentence.words, sentence.grammar, place, False
    while first > 0 and place - first < _MODIFIERS and words[first - 1].part == words[place].part:
        before = first - 1
        is_number = sentence.is_at("numbers", before) or words[before].text.isdigit()
        is_half = words[first].before in HYPHENS  # телеграм-канал
        if not is_number and not is_half and (before in verbs or not _modifies(sentence, before)):
            break
        first, counted = before, counted or is_number
        if grammar.is_in(words[before].text, "determiners"):
            break
    return _with_quantifier(sentence, first) if counted else first, counted


def _with_quantifier(sentence: Sentence, first: int) -> int:
    """Return the first place of words that begin at a place, with “at least” before them."""
    quantifiers = sentence.grammar.words.get("quantifiers", WordList())
    for start in range(max(0, first - _QUANTIFIER), first):
        if start + quantifiers.size_at(sentence.texts[:first], start) == first:
            return start
    return first


def _modifies(sentence: Sentence, place: int) -> bool:
    """Return whether a word may describe the noun after it."""
    word, grammar = sentence.words[place].text, sentence.grammar
    if grammar.is_in(word, "prepositions"):
        return False
    if sentence.is_at("and", place):  # действующих и бывших сотрудников
        return not grammar.is_ordered and place > 0 and grammar.ends("adjectives", sentence.words[place - 1].text)
    if grammar.is_ordered:
        return not grammar.is_in(word, "auxiliary", "stop words", "saying", "days")
    if grammar.is_head_final:
        is_other_noun = _has_case(sentence, place) and not sentence.words[place].is_name  # телефондорду журналисттерге
        return not is_other_noun and not grammar.is_in(word, "after", "agents", "saying")
    return grammar.ends("adjectives", word) and len(word) > _LONGEST_PREPOSITION and not grammar.is_in(word, "things")


def _with_modifiers_after(sentence: Sentence, place: int, verbs: Set[int]) -> int:
    """Return the last place of what belongs to a noun after it: an outlet, a name."""
    words, grammar, last, is_quoted = sentence.words, sentence.grammar, place, False
    for after in range(place + 1, min(len(words), place + 1 + _MODIFIERS)):
        word = words[after]
        is_quoted = is_opening(word.before) or (is_quoted and not is_closing(word.before))
        if is_quoted or (words[after - 1].is_name and read_particle(word.raw) is not None):
            last = after  # «Новая линия», Бектура Сапар уулу
            continue
        if word.part != words[place].part or after in verbs:
            break
        is_and = grammar.is_head_final and last > place and sentence.is_at("between names", after)
        is_title = sentence.is_at("titles", after)  # журналист айым
        if words[after - 1].is_name and word.text.isdigit() and not grammar.is_head_final:
            last = after  # Channel 9, Arpa-5
            continue
        if grammar.is_head_final and not _is_name_after(sentence, after) and not is_and and not is_title:
            break
        if word.is_name or is_title:
            last = after
            if after > place + 1 and _has_case(sentence, after):
                break  # Канышай Мамыркуловага Кылмыш кодексинин …
        elif is_and or (grammar.is_in(word.text, "of")):
            continue
        elif not grammar.is_head_final and any(_roles_at(sentence, after)):
            last = after
        elif not (
            _modifies(sentence, after) if grammar.is_ordered and after > place + 1 else _is_adjective(sentence, after)
        ):
            break
    return last


def _has_case(sentence: Sentence, place: int) -> bool:
    """Return whether a Kyrgyz word has the ending of a case."""
    word, grammar = sentence.words[place].text, sentence.grammar
    endings = grammar.endings.get("addressees", ()) if grammar.is_head_final and not word.endswith(_NO_ENDING) else ()
    return any(pattern.search(word) for _, pattern in endings)


def _is_adjective(sentence: Sentence, place: int) -> bool:
    """Return whether a word has the ending of an adjective, in a language that has them."""
    return not sentence.grammar.is_ordered and sentence.grammar.ends("adjectives", sentence.words[place].text)


def _is_name_after(sentence: Sentence, place: int) -> bool:
    """Return whether a word is a person's name behind a Kyrgyz noun, not an acronym or a place."""
    word, grammar = sentence.words[place], sentence.grammar
    is_place = word.text.endswith(tuple(grammar.words["place endings"].exact)) or grammar.is_in(word.text, "agents")
    is_place = is_place or (_has_case(sentence, place) and is_place_name(word.raw))
    is_place = is_place and not any(w.is_name for w in sentence.words[place + 1 : place + 2])  # Айзада Доолот кызы
    return word.is_name and not word.raw[:2].isupper() and not is_place


def case_of_names(sentence: Sentence, place: int, last: int, cases: frozenset[str]) -> frozenset[str]:
    """Return the case of a noun whose name after it bears the ending, as in Kyrgyz and “reporter Ann Lee's home”."""
    word, after = sentence.words[last].text, sentence.words[last + 1 : last + 2]
    is_plural_owner = word.endswith("s") and any(w.before.startswith(tuple(APOSTROPHES)) for w in after)
    if sentence.grammar.is_ordered and (is_plural_owner or (last > place and word.endswith("'s"))):
        return frozenset({"gen"})
    if not sentence.grammar.is_head_final or last == place or "nom" not in cases or word.endswith(_NO_ENDING):
        return cases
    for noun, pattern in sentence.grammar.endings["names"]:
        if any(pattern.fullmatch(word[-size:]) for size in (3, 2) if len(word) > size + 2):
            return noun.cases
    return cases


def preposition_before(sentence: Sentence, first: int) -> str:
    """Return the preposition that governs the words beginning at a place, "" for none."""
    words, grammar = sentence.words, sentence.grammar
    place = first - 1
    if place < 0 or words[place].part != words[first].part:
        return ""
    return words[place].text if grammar.is_in(words[place].text, "prepositions") else ""


def _join_lists(sentence: Sentence, people: list[Press]) -> None:
    """Give the second words of a list (журналисты и блогеры) the beginning and preposition of the first."""
    for number, (first, second) in enumerate(pairwise(people)):
        between = range(first.last + 1, second.first)
        if len(between) > 1 or not (sentence.has("and", first.last + 1, second.first - 1) >= 0):
            continue
        if sentence.grammar.is_head_final and "nom" in first.cases:
            people[number] = replace(first, cases=first.cases | second.cases, is_many=True)
        elif not second.preposition and first.cases & second.cases:
            people[number + 1] = replace(second, first=first.first, preposition=first.preposition, is_many=True)


def relatives(sentence: Sentence, people: Sequence[Press]) -> Iterator[Press]:
    """Yield words for the press once more where a relative pronoun stands for them (журналист, которого …)."""
    relative = sentence.grammar.endings_of_pronouns
    for press in people if relative else ():
        for place in (press.last + 1, press.last + 2):
            if place >= len(sentence.words) or sentence.words[place].part != sentence.words[press.head].part + 1:
                continue
            if cases := relative.get(sentence.words[place].text):
                yield replace(press, cases=cases, preposition=preposition_before(sentence, place), pronoun=place)
                break


def _named(sentence: Sentence, people: Sequence[Press], verbs: Set[int]) -> Iterator[Press]:
    """Yield words for the press once more where a name stands for them: “Ann Lee, a reporter, was held”."""
    words = sentence.words
    for press in people:
        last, is_closed = press.first - 1, _has_no_verb(sentence, press, verbs)
        if not (press.is_apposition and press.is_person and is_closed) or press.is_many:
            continue
        first = last
        while first > 0 and words[first - 1].is_name and words[first - 1].part == words[last].part:
            if first - 1 in verbs or sentence.grammar.is_in(words[first - 1].text, "prepositions"):
                break
            first -= 1
        if last > 0:  # not “Yesterday, a reporter …”
            preposition = preposition_before(sentence, first)
            named = replace(press, first=first, head=last, last=last, preposition=preposition, is_apposition=False)
            yield replace(named, antecedent_of=press.head)


def _has_no_verb(sentence: Sentence, press: Press, verbs: Set[int]) -> bool:
    """Return whether no verb follows before the next comma: “Ann Lee, host of the morning show on Radio Sever, …”."""
    part, grammar = sentence.words[press.last].part, sentence.grammar
    places = [place for place in range(press.last + 1, len(sentence.words)) if sentence.words[place].part == part]
    if places and not grammar.is_ordered:
        return False
    sections = ("auxiliary", "saying", "stop words")
    return not any(p in verbs or grammar.is_in(sentence.words[p].text, *sections) for p in places)


def _by_work(sentence: Sentence, people: Sequence[Press]) -> Iterator[Press]:
    """Yield names whose work for an outlet a relative clause tells: “Ann Lee, who edits the weekly Navruz”."""
    words, grammar = sentence.words, sentence.grammar
    has_outlet = "work verbs" in grammar.words and not all(press.is_person for press in people)
    for place in range(1, len(words) - 1 if has_outlet else 0):
        if not (words[place - 1].is_name and grammar.is_in(words[place].text, "work clauses")):
            continue
        work = sentence.has("work verbs", place + 1, place + _WORK)
        outlets = (p for p in people if not p.is_person and work < p.head <= work + _AFTER)
        outlet = next((p for p in outlets if words[p.head].part == words[place].part), None)
        if work > 0 and words[work].part == words[place].part and outlet and words[place].before.strip(CLOSING) == ",":
            first = place - 1
            while first > 0 and words[first - 1].is_name and words[first].before == " ":
                first -= 1
            yield Press(
                *(first, place - 1, outlet.last, frozenset({"nom"}), False, VictimKind.PERSON, "press"),
                preposition=preposition_before(sentence, first),
                media_place=outlet.head,
            )


def _among_others(sentence: Sentence, people: Sequence[Press]) -> Iterator[Press]:
    """Yield words for the press once more where others stand for them: “2,000 people, among them journalists”."""
    words, grammar = sentence.words, sentence.grammar
    for press in people if "including" in grammar.words else ():
        place = sentence.has("including", press.first - _MODIFIERS - _AFTER, press.first - 1)
        if place > 0 and words[place - 1].part < words[place].part:
            first, _ = with_modifiers_before(sentence, place - 1, frozenset())
            preposition = preposition_before(sentence, first)
            yield replace(
                press, first=first, head=place - 1, last=place - 1, preposition=preposition, antecedent_of=press.head
            )
