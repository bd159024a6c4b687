"""Pure. Find frames: sentences that say what was done to the press."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import TypeAlias

from monitor.match.incidents import cases, order
from monitor.match.incidents.acts import Trigger, find_acts
from monitor.match.incidents.circumstances import actor, names_of, whereabouts
from monitor.match.incidents.lexicon.grammar import Form, fold_word, grammar, key_of
from monitor.match.incidents.lexicon.telling_words import ANY_SIGN, TellingWord, phrases_of, telling_kinds, with_pairs
from monitor.match.incidents.modality import is_dated_by_year, modality
from monitor.match.incidents.press import PRESS_ALONE, WATCHED, Press, find_press
from monitor.match.incidents.pronouns import speakers
from monitor.match.incidents.sentence import Sentence, Word, read_words
from monitor.match.incidents.watched import with_person
from monitor.model import Field, Frame, Mention, Message, Modality, NearFrame, Pattern, PressAct, Span, VictimKind
from monitor.text.sentences import sentence_around
from monitor.text.tokens import tokens

_LEAD = 400  # characters of a text
TellingWords: TypeAlias = tuple[Sequence[TellingWord], Sequence[TellingWord]]  # of the title, and of the text
_OF_OPERATORS = frozenset({PressAct.BLOCKED, PressAct.CLOSED, PressAct.FINED})  # of telephones, too
_VIOLENCE = frozenset({PressAct.KILLED, PressAct.BEATEN})  # what accidents and illness do, too
_OFF_AIR = frozenset({PressAct.BLOCKED, PressAct.CLOSED})  # what fires and faults do, too
# “Sent to prison for years” and, of a presenter, “taken off the air”.
_WORSE = {PressAct.DETAINED: PressAct.SENTENCED, PressAct.BLOCKED: PressAct.DISMISSED}
_PROCEEDINGS = frozenset({PressAct.DETAINED, PressAct.CHARGED, PressAct.FINED, PressAct.SENTENCED})
_NOT_OF_OUTLETS = frozenset(
    {PressAct.DETAINED, PressAct.KILLED, PressAct.DISMISSED, PressAct.SUMMONED, PressAct.SENTENCED}
)

_ANY_NUMBER = frozenset({"obj", "subj", "own", "attr", "dat", "abl"})  # governments that several acts may share

ROLE = Message("“{}” is a word for the press")
ROLE_ALONE = Message("“{}” may be the press")
ROLE_BESIDE = Message("“{}” is the press beside “{}”")
OWN_THINGS = Message("“{}” was done to whom the sentence names before", code=Pattern.OWN_THINGS)
NEAR_SPEAKS = Message("“{}” speaks here")
NEAR_OTHER = Message("“{}” is not who suffered")
NEAR_FICTION = Message("the sentence tells a film, a book or a game")
NEAR_PRIVATE = Message("“{}” is no word for the press where the sentence is about “{}”")


@dataclass(frozen=True, slots=True)
class _Finding:
    """An act with its victim and the reason."""

    trigger: Trigger
    press: Press
    why: tuple[Message, ...]
    distance: int


def find_frames(text: str, title: str = "", telling: TellingWords | None = None) -> tuple[Frame, ...]:
    """Return the frames of an article's title and text, in that order. `telling`: their telling words, if known."""
    return _in_lead_or_aside(_sentences_of(text, title, telling))


def frames_of_person(text: str, title: str, mentions: Sequence[Mention]) -> tuple[Frame, ...]:
    """Return the frames of the sentences that name a watched person, also where no word for the press stands.

    `mentions`: those of this person alone.
    """
    naming = (
        (sentence, words)
        for field, words in ((Field.TITLE, title), (Field.TEXT, text))
        for sentence in _sentences_naming(words, field, [m for m in mentions if m.field is field])
    )
    return _in_lead_or_aside(naming, mentions)


def _in_lead_or_aside(sentences: Iterable[tuple[Sentence, str]], mentions: Sequence[Mention] = ()) -> tuple[Frame, ...]:
    """Return the frames of sentences; below the lead that is about another act, one dated by its year is told aside."""
    frames: list[Frame] = []
    acts_of_lead: set[PressAct] = set()
    for sentence, words in sentences:
        for trigger, frame in _frames(sentence, words, mentions):
            if frame.field is Field.TITLE or sentence.span.start < _LEAD:
                acts_of_lead.add(frame.act)
            is_aside = frame.act not in acts_of_lead and is_dated_by_year(sentence, trigger)
            is_aside = is_aside and frame.modality is Modality.ASSERTED
            frames.append(replace(frame, modality=Modality.PAST) if is_aside else frame)
    return tuple(frames)


def holds_frame(text: str) -> bool:
    """Return whether a sentence of a text tells, denies or plans an act against the press."""
    sentences = _sentences(text, Field.TEXT, telling_words(text))
    return any(True for sentence in sentences for _ in _frames(sentence, text))


def near_frames(text: str, title: str = "") -> tuple[NearFrame, ...]:
    """Return the sentences with the press and an act that are no frames, and why, in the order of the text."""
    near: list[NearFrame] = []
    for sentence, words in _sentences_of(text, title, None):
        acts = find_acts(sentence)
        if acts and not any(_frames(sentence, words)):
            near += _near(sentence, acts)
    return tuple({(n.field, n.span.start): n for n in near}.values())


# ---- sentences that may tell something ------------------------------------------------------------------------------


def telling_words(text: str) -> list[TellingWord]:
    """Return the words of a text that may help to tell an incident."""
    words = tokens(text)
    kinds = with_pairs(telling_kinds([fold_word(word.text) for word in words])).tolist()
    return [TellingWord(word.start, kind) for word, kind in zip(words, kinds, strict=True) if kind]


def _sentences_of(text: str, title: str, telling: TellingWords | None) -> Iterator[tuple[Sentence, str]]:
    """Yield the sentences of title and text that may tell something, each with its field."""
    in_title, in_text = telling or (telling_words(title), telling_words(text))
    for field, words, telling_in in ((Field.TITLE, title, in_title), (Field.TEXT, text, in_text)):
        for sentence in _sentences(words, field, telling_in):
            yield sentence, words


def _sentences(text: str, field: Field, telling: Sequence[TellingWord]) -> Iterator[Sentence]:
    """Yield the sentences that have a word for the press and one for an act, in each such language.

    A sentence is read in every language of which it has both: a short one does not tell its language.
    """
    end = -1
    for start, kind in telling:
        if start < end or not kind & ANY_SIGN:
            continue
        span = sentence_around(text, Span(start, start + 1))
        end = span.end
        within = telling[bisect_left(telling, (span.start,)) : bisect_left(telling, (end,))]
        words_within = [TellingWord(word.start - span.start, word.kind) for word in within]
        words: tuple[Word, ...] = ()
        for language, phrases in phrases_of(span.of(text), words_within):
            words = words or read_words(text, span, dict(words_within))
            yield Sentence(field, span, words, grammar(language), phrases)


def _sentences_naming(text: str, field: Field, mentions: Sequence[Mention]) -> Iterator[Sentence]:
    """Yield the sentences of a field that hold one of these mentions and a word for an act, in each such language."""
    spans = {sentence_around(text, Span(m.span.start, m.span.start + 1)): None for m in mentions}
    for span in spans:
        inner = span.of(text)
        words_within = telling_words(inner)
        words: tuple[Word, ...] = ()
        for language, phrases in phrases_of(inner, words_within, needs_press=False):
            words = words or read_words(text, span, dict(words_within))
            yield Sentence(field, span, words, grammar(language), phrases)


# ---- frames of a sentence -------------------------------------------------------------------------------------------


def _frames(sentence: Sentence, text: str, mentions: Sequence[Mention] = ()) -> Iterator[tuple[Trigger, Frame]]:
    acts = find_acts(sentence)
    findings = _findings(sentence, acts, mentions) if acts else []
    if not findings or sentence.has("fiction", 0, len(sentence.words)) >= 0:
        return
    for finding in findings:
        trigger, press = finding.trigger, finding.press
        by = actor(sentence, trigger, press, text)
        yield (
            trigger,
            Frame(
                field=sentence.field,
                span=sentence.span,
                act=trigger.phrase.act,
                victim=sentence.text_of(press.first, press.last, text),
                victim_span=Span(sentence.words[press.first].start, sentence.words[press.last].end),
                victim_kind=press.kind,
                by=by,
                where=whereabouts(sentence, press, text),
                modality=modality(sentence, trigger, press),
                why=finding.why,
                role=key_of(sentence.grammar.role_words, sentence.words[press.head].text),
                names=names_of(sentence, press, text),
                agent=_agent(sentence, by),
                release=_release(sentence, trigger),
            ),
        )


def _release(sentence: Sentence, trigger: Trigger) -> Span | None:
    """Return the words of an act that is told by its end: “freed the editor”; not “was not freed”."""
    tells_end = any(sentence.is_at("releases", place) for place in trigger.places)
    if not tells_end or any(sentence.is_at("not", p) or sentence.is_at("denied", p) for p in trigger.places):
        return None
    return Span(sentence.words[trigger.first].start, sentence.words[trigger.last].end)


def _agent(sentence: Sentence, by: str) -> str:
    """Return the key of the first word for who did it that has one."""
    keys = (key_of(sentence.grammar.agent_words, fold_word(token.text)) for token in tokens(by))
    return next(filter(None, keys), "")


def _findings(sentence: Sentence, acts: Sequence[Trigger], mentions: Sequence[Mention] = ()) -> list[_Finding]:
    """Return the acts with their victims: of each act and victim the nearest. `mentions`: of a watched person."""
    verbs = {act.verb for act in acts if act.phrase.slot != "attr"}
    people = with_person(sentence, find_press(sentence, verbs), mentions, verbs)
    pronouns = [*speakers(sentence, people)]
    of_press = {place for press in people for place in range(press.first, press.last + 1)}
    best: dict[tuple[PressAct, int], _Finding] = {}
    suffered = [
        (trigger, candidates)
        for trigger in acts
        if trigger.phrase.slot != "own" and (candidates := [*_candidates(sentence, trigger, people, pronouns)])
    ]
    with_victim = [trigger for trigger, _ in suffered]
    for trigger, candidates in suffered:
        if _is_part_of_other(trigger, with_victim, of_press):
            continue
        for nearest in sorted(candidates, key=lambda f: f.distance)[:1]:
            finding = next((f for f in candidates if _contains(f.press, nearest.press)), nearest)
            key = trigger.phrase.act, finding.press.head
            if key not in best or _rank(sentence, finding) < _rank(sentence, best[key]):
                best[key] = finding
    findings = [
        finding
        for finding in _nearest_nouns(_outermost(best))
        if not _is_told_worse(finding, best, acts) and not _left_other_post(sentence, finding)
    ]
    findings.sort(key=lambda finding: finding.trigger.first)
    return _with_own(sentence, acts, findings)


def _is_told_worse(finding: _Finding, best: Mapping[tuple[PressAct, int], _Finding], acts: Sequence[Trigger]) -> bool:
    """Return whether the same words tell a worse act: who is sent to prison for years is not also detained."""
    trigger, head = finding.trigger, finding.press.head
    if trigger.phrase.slot == "attr" and trigger.phrase.act is not PressAct.KILLED:
        return (PressAct.KILLED, head) in best  # who was missing and is found dead
    worse = _WORSE.get(trigger.phrase.act)
    return (worse, head) in best and any(act.phrase.act is worse and {*act.places} & {*trigger.places} for act in acts)


def _left_other_post(sentence: Sentence, finding: _Finding) -> bool:
    """Return whether a former journalist lost another post: “the ex-editor was dismissed as minister”."""
    press, is_dismissed = finding.press, finding.trigger.phrase.act is PressAct.DISMISSED
    return is_dismissed and sentence.has("former", press.first - 1, press.head - 1) >= 0


def _candidates(
    sentence: Sentence, trigger: Trigger, people: Sequence[Press], pronouns: Sequence[tuple[Press, Press, Message]]
) -> Iterator[_Finding]:
    """Yield whom an act may have been done to; `pronouns`: with for whom they stand, and why."""
    for press in people:
        if _suits(sentence, trigger, press) and (relation := _relation(sentence, trigger, press)):
            victim = next((p for p in people if p.head == press.antecedent_of), press)
            role = () if victim.section == WATCHED else (_role_reason(sentence, victim),)
            yield _Finding(trigger, victim, (relation[0], *role), relation[1])
    for pronoun, victim, why in pronouns:
        if _suits(sentence, trigger, victim) and (relation := _relation(sentence, trigger, pronoun)):
            yield _Finding(trigger, victim, (relation[0], why), relation[1] + 1)


def _relation(sentence: Sentence, trigger: Trigger, press: Press) -> tuple[Message, int] | None:
    """Return why somebody of the press is the victim of an act, and the distance in words; None otherwise."""
    find_relation = order.find_relation if sentence.grammar.is_ordered else cases.find_relation
    template = find_relation(sentence, trigger, press)
    if template is None:
        return None
    name, act = sentence.words[press.head].raw, sentence.words[trigger.verb].raw
    arguments: tuple[str, ...] = (act, name) if template.code == Pattern.OWNER else (name, act)
    if template.code == Pattern.PREPOSITION:
        arguments = name, trigger.phrase.preposition or trigger.phrase.slot, act
    return Message(template.template, *arguments, code=template.code), cases.distance(trigger, press)


def _contains(outer: Press, inner: Press) -> bool:
    """Return whether one of the press is named within the words for another: “сайт издания”."""
    return outer.head != inner.head and outer.first <= inner.head <= outer.last


def _outermost(best: Mapping[tuple[PressAct, int], _Finding]) -> Iterator[_Finding]:
    """Yield findings without those of an act whose victim is named within another: “редакцию газеты”."""
    for (act, _), finding in best.items():
        of_same_act = [rival.press for (rival_act, _), rival in best.items() if rival_act is act]
        outer = [press for press in of_same_act if _contains(press, finding.press)]
        if all(_contains(finding.press, press) for press in outer):
            yield finding


def _nearest_nouns(findings: Iterable[_Finding]) -> Iterator[_Finding]:
    """Yield findings; of several acts that ask for one preposition only the nearest: “cases of violence against …”."""
    nearest: dict[tuple[str, int], _Finding] = {}
    for finding in findings:
        slot = finding.trigger.phrase.slot
        if slot in _ANY_NUMBER:
            yield finding
        else:
            key = f"{finding.trigger.phrase.preposition} {slot}", finding.press.head
            if key not in nearest or finding.distance < nearest[key].distance:
                nearest[key] = finding
    yield from nearest.values()


def _rank(sentence: Sentence, finding: _Finding) -> tuple[bool, int, bool]:
    """Return which of two phrases for one act decides: one with its negation (не пустили) before one without.

    Of two that are as near, what describes the victim: “free the arrested journalist” is no plan to arrest.
    """
    words = sentence.grammar.words
    negations = words["not"].exact | words["denied"].exact
    has_negation = any(sentence.words[place].text in negations for place in finding.trigger.places)
    return not has_negation, finding.distance, finding.trigger.form is not Form.ATTRIBUTE


def _with_own(sentence: Sentence, acts: Sequence[Trigger], findings: list[_Finding]) -> list[_Finding]:
    """Add what was done to the things of a victim that the sentence names before: “and took her phone”."""
    if not findings:
        return findings
    acts_found = {finding.trigger.phrase.act for finding in findings}
    for trigger in acts:
        if trigger.phrase.slot == "own" and trigger.phrase.act not in acts_found:
            before = [f for f in findings if f.trigger.first <= trigger.first]
            if before:
                acts_found.add(trigger.phrase.act)
                why = Message(OWN_THINGS.template, sentence.words[trigger.verb].raw, code=OWN_THINGS.code)
                findings.append(_Finding(trigger, before[-1].press, (why,), 0))
    return findings


def _is_part_of_other(trigger: Trigger, acts: Sequence[Trigger], of_press: Set[int]) -> bool:
    """Return whether a longer phrase for another act has the same words: “арестовал счета” is no arrest.

    `of_press`: places of words for the press, which make no phrase longer: “suspended the channel”.
    """
    places = set(trigger.places)
    longer = (act for act in acts if act.phrase.act is not trigger.phrase.act and places < set(act.places))
    return any(not set(act.places) - places <= of_press for act in longer)


def _suits(sentence: Sentence, trigger: Trigger, press: Press) -> bool:
    """Return whether an act can be done to such a victim."""
    act = trigger.phrase.act
    if press.needs_media and not any(sentence.is_at("media", place) for place in trigger.places):
        return False
    if press.kind is VictimKind.OUTLET and act in _NOT_OF_OUTLETS:
        return False
    if press.section == WATCHED and act in _OFF_AIR:
        return False  # “the programme with Ann Lee was taken off the air”
    if act is PressAct.CLOSED and not press.section.startswith("outlets"):
        return False
    if act in _PROCEEDINGS and sentence.has("trivial", 0, len(sentence.words)) >= 0:
        return False
    if act in _VIOLENCE and sentence.has("accidents", 0, len(sentence.words)) >= 0:
        return False
    is_hit = act is PressAct.BEATEN or (act in _OFF_AIR and trigger.phrase.slot in ("subj", "poss"))
    if is_hit and not press.is_person and sentence.has("mishaps", 0, len(sentence.words)) >= 0:
        return False
    if press.section == PRESS_ALONE and press.media_place < 0:
        is_operator = sentence.words[press.head].text.startswith("оператор")
        if is_operator and act in _OF_OPERATORS:
            return False
        return _private_cause(sentence) < 0
    return True


def _private_cause(sentence: Sentence) -> int:
    """Return the place of a crime that has nothing to do with the press, -1 for none; one that is reported is none."""
    for place in range(len(sentence.words)):
        if sentence.is_at("private", place) and sentence.has("about", place - 2, place + 3) < 0:
            return place
    return -1


def _role_reason(sentence: Sentence, press: Press) -> Message:
    word = sentence.words[press.head].raw
    if press.media_place >= 0:
        return Message(ROLE_BESIDE.template, word, sentence.words[press.media_place].raw)
    return Message((ROLE_ALONE if press.section == PRESS_ALONE else ROLE).template, word)


# ---- near misses ----------------------------------------------------------------------------------------------------


def _near(sentence: Sentence, acts: Sequence[Trigger]) -> Iterator[NearFrame]:
    """Yield the words for the press in a sentence that is no frame, with the reason."""
    for press in find_press(sentence, {act.verb for act in acts}):
        if press.needs_media or press.antecedent_of >= 0 or press.pronoun >= 0:
            continue
        word = sentence.words[press.head]
        near = range(max(0, press.first - 2), min(len(sentence.words), press.last + 3))
        private = _private_cause(sentence)
        if sentence.has("fiction", 0, len(sentence.words)) >= 0:
            why: Message = NEAR_FICTION
        elif press.section == PRESS_ALONE and private >= 0:
            why = Message(NEAR_PRIVATE.template, word.raw, sentence.words[private].raw)
        elif any(sentence.is_at("saying", p) for p in near):
            why = Message(NEAR_SPEAKS.template, word.raw)
        else:
            why = Message(NEAR_OTHER.template, word.raw)
        yield NearFrame(sentence.field, sentence.span, word.raw, why)
