"""Pure. How far a sentence that tells a detention goes: taken, kept in custody, or let go."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class Custody(IntEnum):
    """How far a telling of a detention goes; of two, the one that goes further is the later."""

    TAKEN = 0
    KEPT = 1  # by a court that extends or begins custody
    RELEASED = 2


_RELEASED = re.compile(
    r"""
    \b(?:was|were|been|got)\s+(?:(?:\w+ly|later|then|since|soon)\s+)*(?:released|freed|let\s+go|set\s+free)\b
    # “and released a statement” ends nothing.
    | \b(?:and|but|then|later)\s+(?:(?:\w+ly|then|later)\s+)*(?:released|freed)\b(?!\s+(?:an?|the|his|her|its|their)\b)
    | (?<!не\ )\b(?:отпустил[аи]?|отпущен[аы]?|освободил[аи]?|освобожд[её]н[аы]?)\b(?!\s+от\b)
    | \b(?:бошот(?:ту|ушту|улду|кон|ушкан|улган)|коё\ бер(?:ди|ишти|илди|ген|ишкен)
        | коюп\ жибер(?:ди|ишти|илди|ген|ишкен))\b(?!\s+(?:жок|эмес))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NO_RELEASE = re.compile(
    r"(?:\b(?:not|never|(?:may|might|could|should)\s+have|не|быть|будет|будут)(?:\s+(?:have|has|had|был[аи]?))?"
    r"|\b(?:кызмат|жумуш)\w*"  # of a post
    r"|\b(?:if|unless|until|чтобы|если)\b[^,;]*)\s*$",
    re.IGNORECASE,
)
_DETENTION = re.compile(
    r"\b(?:detain|detention|arrest|custod|jail|prison|imprison|задерж|арест|страж|сизо|тюрьм|кармал|кармады|кармашты|камал|камак)",
    re.IGNORECASE,
)
_QUESTIONING = re.compile(
    r"\b(?:held|taken|took|seized|grabbed|snatched|abducted|question|interrogat|summon|отвез|увез|увел|достав|схва|захва|похи"
    r"|скрут|опро|опраш|допро|допраш|вызва|вызыв|сурак|сурал|чакыр|уурда)",
    re.IGNORECASE,
)
_CLAUSE_START = re.compile(r'[.,:;!?()«»“”"—–]|\b(?:and|but|while|и|а|но|жана|бирок)\b', re.IGNORECASE)
_AFTERWARDS = re.compile(r"\b(?:after|following|после|кийин|соң)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# Beginnings of words that tell when, how or on which terms, or stand for whom the sentence tells of: no other person.
_BEGINNINGS = """
early few from hour late minute morning evening night noon next pending several shortly soon then under without today
yesterday monday tuesday wednesday thursday friday saturday sunday
без вечер вскоре где вчера домой допрос его затем лишь минут недел несколько ноч около опрос подписк поздн полтора после
потом сегодня следующ спустя сразу сут только тотчас утр через час
аларды алардан анан кечинде кийин күн мүнөт нече ошол саат түн эртең
"""
_WHOLE = """
a after an and are at but by day days for had has have he in is later on one she the they three to two was were where
четыре был была были в день дн два две дня дней днём ее её за из и их к на но он она они под пять с там три тот же уже
ал аны беш бир да деле кайра соң төрт үч эки эле
"""
# A name is no subject of what is told of somebody beside it, in a clause of its own, or by it.
_OF_ANOTHER = re.compile(
    r"""^(?:['’]s|\s+(?:and|with|и|с|жана|менен)\b)|[:;,—–«»“”"()]
    | \b(?:that|said|says|told|who|whose|where|when|while|what|because|как|кто|где|айтты|дейт|деди)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PASSIVE_START = re.compile(r"\s+(?:was|were|has|had|have|is|been|got)\b|\s+[^a-z]", re.IGNORECASE)
_HAS_CONJUNCTION = re.compile(r"(?:and|but|then|later)\b", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:was|were|been|got)\b|щен|жд[её]н", re.IGNORECASE)
_NEXT_WORDS = re.compile(r"\s+((?:(?:two|three|four|five|\d+)\s+)?\w+)")
_BY_ONE = re.compile(r"(?:отпусти|освободи)ла?", re.IGNORECASE)  # who is the subject lets somebody else go
_CONVERB_COMMA = re.compile(r"(?<=[ыиуү]п),")
_GENITIVE = re.compile(r"[а-яёңөү](?:[ндт][ыиуү]н)$")
_KEPT_IN_CUSTODY = re.compile(
    r"""
    \bextend(?:s|ed)\s+(?:\S+\s+){0,8}?(?:custody|detention|arrest|remand)\b
    | \b(?:custody|detention|arrest|remand)\s+(?:\S+\s+){0,4}?(?:has\ been|was|is)\s+(?:extended|prolonged|renewed)\b
    | \bremanded\b
    | \b(?:kept|keeps|remain(?:s|ed)|stays|stayed)\s+(?:\S+\s+){0,8}?in\s+(?:custody|(?:pre-?trial\s+)?detention|jail)\b
    | (?<!не\ )\bпродл(?:ил[аи]?|[её]н[аы]?|ева[ею]т)\s+(?:\S+\s+){0,6}?
        (?:арест|срок|страж|мер[ауы]\b|содержани|задержани)
    | \b(?:арест|срок|мера|содержание)\s+(?:\S+\s+){0,6}?(?<!не\ )продл[её]н[аоы]?\b
    | (?<!не\ )\bоста(?:вил[аи]?|влен[аы]?|[её]тся|ются|л(?:ся|ась|ись))\s+(?:\S+\s+){0,4}?
        (?:под\s+стражей|под\s+арестом|в\s+СИЗО)\b
    | \b(?:камак|камоо|кармоо|мөөнөт)\w*\s+(?:\S+\s+){0,5}?узар(?:ты|тты|тылды|тышты|ткан|тылган)\b(?!\s+(?:жок|эмес))
    | \bкамак(?:та|тан)\s+(?:\S+\s+){0,2}?кал(?:ды|тырды|тырылды|тырышты|ган|тырган|тырылган|ууда)\b(?!\s+(?:жок|эмес))
    """,
    re.IGNORECASE | re.VERBOSE,
)


# A page and a mail ask of the same sentences again and again.
@lru_cache(maxsize=2048)
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


@lru_cache(maxsize=2048)
def frees(sentence: str, name: str) -> bool:
    """Return whether a sentence that begins with a name surely tells that this person was let go.

    >>> frees("Арзыеву опросили и отпустили.", "Арзыеву"), frees("Арзыева: водителя отпустили.", "Арзыева")
    (True, False)
    """
    sentence = sentence.lstrip(' «“"')
    release = _release_in(sentence)
    if release is None or not sentence.startswith(name) or _GENITIVE.search(name) or _BY_ONE.fullmatch(release[0]):
        return False
    between = _CONVERB_COMMA.sub("", sentence[len(name) : release.start()])
    if _OF_ANOTHER.search(between):
        return False
    return bool(_PASSIVE_START.match(between)) if tells_act(between) else _is_of_the_same(between)


def tells_act(sentence: str) -> bool:
    """Return whether a sentence has a word for what is done to people before they are let go."""
    return bool(_DETENTION.search(sentence) or _QUESTIONING.search(sentence))


def is_reworded(before: str, after: str, *, is_detention: bool) -> bool:
    """Return whether an edit of a sentence took out that somebody is held, or lets somebody go."""
    if custody_in(after) is Custody.RELEASED is not custody_in(before):
        return True
    find_act = _DETENTION.search if is_detention else tells_act
    return bool(find_act(before)) and not find_act(after)


def _release_in(sentence: str) -> re.Match[str] | None:
    """Return where a sentence lets go whom it told of before; none if an act comes after it."""
    release = next(reversed([*_RELEASED.finditer(sentence)]), None)
    if release is None:
        return None
    before, after = sentence[: release.start()], sentence[release.end() :]
    questioning = _QUESTIONING.search(after)
    is_before_act = questioning and not _AFTERWARDS.search(after[: questioning.start()])
    if _NO_RELEASE.search(before) or _DETENTION.search(after) or is_before_act:
        return None
    goes_on = _HAS_CONJUNCTION.match(release[0])
    if not goes_on and not tells_act(before):
        return release  # the sentence begins with it
    # “He was held, his driver was let go”, “they held him and let the driver go”.
    is_of_another = not goes_on and not _is_of_the_same(_CLAUSE_START.split(before)[-1])
    following = _NEXT_WORDS.match(after)
    lets_another_go = following and not _PASSIVE.search(release[0]) and not _is_of_the_same(following[1])
    return None if is_of_another or lets_another_go else release


def _is_of_the_same(words: str) -> bool:
    """Return whether words bring in nobody else."""
    beginnings, whole = tuple(_BEGINNINGS.split()), _WHOLE.split()
    return all(
        word in whole or word.isdigit() or word.startswith(beginnings) or word.endswith("ly")
        for word in _WORD.findall(words.lower())
    )
