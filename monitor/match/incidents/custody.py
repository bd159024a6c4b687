"""Pure. How far a sentence that tells a detention goes: taken, kept in custody, or let go (`tables/custody.txt`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.match.tables import sections, words_in_order
from monitor.model import Custody, Document, Field, Frame, PressAct, Span
from monitor.text.sentences import sentence_around

_WORD = re.compile(r"\w+")
_CONVERB_COMMA = re.compile(r"(?<=[ыиуү]п),")
_GENITIVE = re.compile(r"[а-яёңөү](?:[ндт][ыиуү]н)$")
_OF_CUSTODY = frozenset({PressAct.DETAINED, PressAct.SUMMONED})
_OPENING = ' «“"'


def _either(words: list[str]) -> str:
    """Return a pattern of whole words, as the table writes them."""
    letters = "|".join(words).replace("ё", "е").replace("е", "[её]").replace("_", r"\s+").replace("*", r"\w*")
    return rf"\b(?:{letters})\b"


def _section(name: str) -> str:
    return _either(words_in_order("custody", name))


def _phrases(name: str) -> str:
    """Return a pattern of the phrases of a section."""
    return "|".join(map(_phrase, sections("custody")[name]))


def _phrase(line: str) -> str:
    words, _, following = line.partition(" | ")
    pattern = ""
    for piece in words.split():
        if piece == "~":
            pattern += rf"(?:{_section('adverbs')}\s+)*"
        elif piece.startswith("{"):
            pattern += rf"(?:\S+\s+){{0,{piece[1:-1]}}}?"
        else:
            denied = rf"(?<!{_section('denied')}\s)" if piece.startswith("!") else ""
            pattern += denied + _either(piece.lstrip("!").split("/")) + r"\s+"
    pattern = pattern.removesuffix(r"\s+")
    return rf"{pattern}(?!\s+{_either(following.split('/'))})" if following else pattern


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_RELEASED = _compiled(rf"(?P<goes_on>{_phrases('and released')})|{_phrases('released')}")
_KEPT_IN_CUSTODY = _compiled(_phrases("kept in custody"))
_NO_RELEASE = _compiled(
    rf"(?:{_section('no release')}(?:\s+{_section('auxiliary')})?|{_section('conditions')}[^,;]*)\s*$"
)
_DETENTION, _QUESTIONING, _AFTERWARDS, _HAVING_SERVED = (
    _compiled(_section(name)) for name in ("detention", "questioning", "afterwards", "having served")
)
_CLAUSE_START = _compiled(rf'[.,:;!?()«»“”"—–]|{_section("clause starts")}')
_OF_THE_SAME, _LETS_ANOTHER_GO = _compiled(_section("of the same")), _compiled(_section("lets another go"))
_OF_ANOTHER = _compiled(rf"""^(?:['’]s|\s+{_section("with others")})|[:;,—–«»“”"()]|{_section("of another")}""")
_PASSIVE_START, _WITHOUT_OBJECT = (
    _compiled(rf"\s+(?:{_section('passive')}|[^a-z])"),
    _compiled(_section("without object")),
)
_NEXT_WORDS = _compiled(rf"\s+((?:(?:{_section('numbers')}|\d+)\s+)?\w+)")


def sentence_at(text: str, field: Field, span: Span) -> str:
    """Return the sentence of a field that holds a span; a title is one."""
    return text if field is Field.TITLE else sentence_around(text, span).of(text)


def custody_in(sentence: str) -> Custody:
    """Return how far a sentence goes; a release counts only if no detention comes after it.

    >>> custody_in("He was taken to a police station and released three hours later.").name
    'RELEASED'
    >>> custody_in("A court extended his arrest until May.").name, custody_in("He was not released.").name
    ('KEPT', 'TAKEN')
    """
    if _release_in(sentence):
        return Custody.RELEASED
    return Custody.KEPT if not _RELEASED.search(sentence) and _KEPT_IN_CUSTODY.search(sentence) else Custody.TAKEN


def custody_of_name(sentence: str, name: str) -> Custody:
    """Return RELEASED if a sentence that begins with a name surely tells that this person was let go.

    >>> custody_of_name("Арзыеву опросили и отпустили.", "Арзыеву").name
    'RELEASED'
    >>> custody_of_name("Арзыева: водителя отпустили.", "Арзыева").name
    'TAKEN'
    """
    sentence = sentence.lstrip(_OPENING)
    is_subject = sentence.startswith(name) and not _GENITIVE.search(name)
    release = _release_in(sentence) if is_subject else None
    if release is None or _LETS_ANOTHER_GO.fullmatch(release[0]):
        return Custody.TAKEN
    between = _CONVERB_COMMA.sub("", sentence[len(name) : release.start()])
    if _OF_ANOTHER.search(between):
        return Custody.TAKEN
    is_same = _PASSIVE_START.match(between) if _tells_act(between) else _is_of_the_same(between)
    return Custody.RELEASED if is_same else Custody.TAKEN


def custody_of_victim(document: Document, frames: Sequence[Frame]) -> Custody:
    """Return how far the frames of one sentence with one victim go: also of “the court freed the editor”."""
    sentence = sentence_at(document.field(frames[0].field), frames[0].field, frames[0].victim_span)
    acts = [frame for frame in frames if frame.act in _OF_CUSTODY]
    if acts and all(frame.release is not None and _ends_with(document, frame, frame.release) for frame in acts):
        return Custody.RELEASED
    return custody_in(sentence)


def _ends_with(document: Document, frame: Frame, release: Span) -> bool:
    """Return whether no act comes after a release in its sentence."""
    after = document.field(frame.field)[release.end : frame.span.end]
    return not _comes_next(_DETENTION, after) and not _comes_next(_QUESTIONING, after)


def withdrawn_acts(before: str, after: str) -> tuple[PressAct, ...]:
    """Return of which acts an edit of a sentence took out that somebody is held, or lets somebody go.

    >>> withdrawn_acts("Police detained him.", "Police questioned him."), withdrawn_acts("He was held.", "He spoke.")
    ((<PressAct.DETAINED: 'detained'>,), (<PressAct.SUMMONED: 'summoned'>,))
    """
    is_release = custody_in(after) is Custody.RELEASED is not custody_in(before)
    tests = {PressAct.DETAINED: _tells_detention, PressAct.SUMMONED: _tells_act}
    return tuple(act for act, has_act in tests.items() if is_release or (has_act(before) and not has_act(after)))


def _tells_detention(sentence: str) -> bool:
    return bool(_DETENTION.search(sentence))


def _tells_act(sentence: str) -> bool:
    """Return whether a sentence has a word for what is done to people before they are let go."""
    return bool(_DETENTION.search(sentence) or _QUESTIONING.search(sentence))


def _release_in(sentence: str) -> re.Match[str] | None:
    """Return where a sentence lets go whom it told of before; none if an act comes after it."""
    release = next(reversed([*_RELEASED.finditer(sentence)]), None)
    if release is None:
        return None
    before, after = sentence[: release.start()], sentence[release.end() :]
    if _NO_RELEASE.search(before) or _comes_next(_DETENTION, after) or _comes_next(_QUESTIONING, after):
        return None
    goes_on = release["goes_on"]
    if not goes_on and not _tells_act(before):
        return release  # the sentence begins with it
    # “He was held, his driver was let go”, “they held him and let the driver go”.
    is_of_another = not goes_on and not _is_of_the_same(_CLAUSE_START.split(before)[-1])
    following = _NEXT_WORDS.match(after)
    lets_another_go = following and not _WITHOUT_OBJECT.search(release[0]) and not _is_of_the_same(following[1])
    return None if is_of_another or lets_another_go else release


def _comes_next(act: re.Pattern[str], after: str) -> bool:
    """Return whether words behind a release tell an act that followed: not “after 43 days in prison”."""
    return any(not _came_before(after[: next_act.start()]) for next_act in act.finditer(after))


def _came_before(between: str) -> bool:
    """Return whether the words between a release and an act say that the act was ended by it."""
    is_one_clause = _CLAUSE_START.search(between) is None
    return _HAVING_SERVED.search(between) is not None or (is_one_clause and _AFTERWARDS.search(between) is not None)


def _is_of_the_same(words: str) -> bool:
    """Return whether words bring in nobody else."""
    return all(word.isdigit() or _OF_THE_SAME.fullmatch(word) for word in _WORD.findall(words))
