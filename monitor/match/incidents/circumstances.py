"""Pure. By whom and where an act was done: what the words of a sentence say of it."""

from __future__ import annotations

from itertools import pairwise

from monitor.match.incidents.acts import Trigger
from monitor.match.incidents.country import is_city
from monitor.match.incidents.press import Press
from monitor.match.incidents.sentence import Sentence, is_closing, is_opening
from monitor.match.index.names import read_particle
from monitor.text.normalize import HYPHENS

_REACH = 14
_NAME_WORDS = 3  # words that go on a name
_PLACE_ENDING = 2  # letters: Ош|то
_NEAR_NAMES = 2  # words from one name of a victim to the next


def actor(sentence: Sentence, trigger: Trigger, press: Press, text: str) -> str:
    """Return the words for who did it, "" if the sentence names nobody."""
    words, grammar = sentence.words, sentence.grammar
    used = {*range(press.first, press.last + 1), *trigger.places}
    places = [p for p in range(len(words)) if p not in used and grammar.is_in(words[p].text, "agents")]
    places = [p for p in places if not _is_addressee(sentence, p)]
    places = [
        p for p in places if abs(p - trigger.verb) <= _REACH and abs(words[p].part - words[trigger.verb].part) <= 1
    ]
    if not places:
        return ""
    first = last = min(places, key=lambda p: abs(p - trigger.verb))
    while first - 1 in places or (
        first and words[first - 1].is_name and words[first - 1].part == words[first].part and first - 1 not in used
    ):
        first -= 1
    while (
        last + 1 < len(words)
        and last - first < _NAME_WORDS
        and words[last + 1].part == words[last].part
        and last + 1 not in used
    ):
        if not (last + 1 in places or words[last + 1].is_name):
            break
        last += 1
    return sentence.text_of(first, last, text)


def _is_addressee(sentence: Sentence, place: int) -> bool:
    """Return whether somebody only asks or tells a body: “complained to the police”, прокуратурага кайрылды."""
    grammar, before = sentence.grammar, place - 1
    while before > 0 and grammar.is_in(sentence.words[before].text, "determiners"):
        before -= 1
    endings = grammar.endings.get("addressees", ())
    is_marked = any(pattern.search(sentence.words[place].text) for _, pattern in endings)
    return is_marked or (before >= 0 and grammar.is_in(sentence.words[before].text, "addressing"))


def names_of(sentence: Sentence, press: Press, text: str) -> str:
    """Return the names among the words for a victim: a person's, an outlet's; "" if there are none."""
    words, in_quotes, named = sentence.words, False, list[int]()
    is_by_work = press.head + 1 < press.last and sentence.is_at("work clauses", press.head + 1)
    has_quotes = any(is_opening(word.before) for word in words[press.first : press.last + 1])
    for place in range(press.first, press.last + 1):
        word = words[place]
        if _tells_place(sentence, press, place, is_quoted=in_quotes or is_opening(word.before)):
            continue
        if has_quotes and not press.is_person and not in_quotes and not is_opening(word.before):
            continue  # an outlet's name is what the quotation marks hold
        if in_quotes and named and is_closing(word.before):
            break  # the name of an outlet is whole
        in_quotes = is_opening(word.before) or (in_quotes and not is_closing(word.before))
        is_particle = bool(named) and named[-1] == place - 1 and read_particle(word.raw) is not None
        if is_by_work and place > press.head:
            break  # Ann Lee, who edits the weekly Navruz
        is_name = word.is_name and (place > 0 or is_by_work)
        if (place != press.head or is_by_work) and (in_quotes or is_particle or is_name):
            named.append(place)
    if not named:
        return ""
    last = next((p for p, following in pairwise(named) if following - p > _NEAR_NAMES), named[-1])
    return sentence.text_of(named[0], last, text).removesuffix("'s").removesuffix("’s")


def _tells_place(sentence: Sentence, press: Press, place: int, *, is_quoted: bool) -> bool:
    """Return whether a word beside a role tells where it is: “the newspaper of Osh”, Оштогу гезит."""
    words, grammar = sentence.words, sentence.grammar
    if is_quoted:
        return False
    if grammar.is_head_final:
        joined = [word for word in words[place + 1 : place + 2] if word.before in HYPHENS]  # Ак-Булактагы
        is_adjective = any(grammar.ends("adjectives", w.text) for w in (words[place], *joined))
        return place < press.head and (is_adjective or any(_is_place(sentence, place, p) for p in (place, place + 1)))
    if press.is_person:
        return _is_place(sentence, place, place) and not sentence.is_at("work prepositions", place - 1)
    return any(grammar.is_in(word.text, "prepositions") for word in words[press.head + 1 : place])


def _is_place(sentence: Sentence, first: int, last: int) -> bool:
    """Return whether words that begin with a name are a place: Ошто, Ош облусунда, “in Osh”."""
    words, grammar = sentence.words, sentence.grammar
    if last > first and not (last < len(words) and grammar.is_in(words[last].text, "regions")):
        return False
    if grammar.is_head_final:
        # At its beginning a sentence has a capital whatever it is: Сотто, Мектепте.
        name = words[first].raw
        is_name = first > 0 or last > first or is_city(name) or is_city(name[:-_PLACE_ENDING])
        return is_name and words[last].text.endswith(tuple(grammar.words["place endings"].exact))
    is_after = first > 0 and grammar.is_in(words[first - 1].text, "place prepositions")
    return is_after and words[first - 1].part == words[first].part and not grammar.is_in(words[first].text, "days")


def whereabouts(sentence: Sentence, press: Press, text: str) -> str:
    """Return the words for the place, with “region” after it; "" if the sentence names none."""
    words, grammar = sentence.words, sentence.grammar
    used = range(press.first, press.last + 1)
    for first, word in enumerate(words):
        if not word.is_name or word.raw.isupper() or is_opening(word.before):
            continue
        if first in used and not (press.is_person and _tells_place(sentence, press, first, is_quoted=False)):
            continue
        last = first
        while not grammar.is_head_final and last - first < _NAME_WORDS and last + 1 < len(words):
            if not (words[last + 1].is_name and words[last + 1].part == word.part):
                break
            last += 1
        if last + 1 < len(words) and words[last + 1].part == word.part:
            last += grammar.is_in(words[last + 1].text, "regions")
        if _is_place(sentence, first, last if grammar.is_head_final else first):
            return sentence.text_of(first, last, text)
    return ""
