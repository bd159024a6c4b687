"""Pure. Fingerprints of texts; which article is a copy of which, and which articles tell one story.

A copy is found by containment of word-pair sketches: edited, cut, embedded, under another headline, it still holds
most of what it took. One story is found by what is the same in every language: watched people, romanised names,
numbers, close in time. No model and no translation; each placement says its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from math import sqrt

from monitor.model import Candidate, Fingerprint, Placement
from monitor.text import Token, fold, is_cyrillic, skeleton, tokens


@dataclass(frozen=True, slots=True)
class ClusterPolicy:
    """What counts as a copy and as one story. Shares are 0-1; the points of `watched` and `alone` are score points.

    An article joins a story when it names one of the same watched people and reaches `watched` points; without such a
    person it takes `alone` points of names and numbers, and these must be a good part of what either article names
    (`likeness`) or the texts must overlap (`repeats`).
    """

    copy: float = 0.69  # of the smaller sketch, in the larger
    copy_at_home: float = 0.90  # the same, within one outlet: below it is a follow-up that repeats the background
    copy_at_home_whole: float = 0.75  # and of the larger one, so that an article with much that is new is no copy
    copy_pairs: int = 10  # sampled word pairs to share at least
    template_names: float = 0.50  # texts alike that share less of their names than this differ in what they are about
    template_numbers: float = 0.40
    within: timedelta = timedelta(hours=72)
    watched: float = 7.0
    alone: float = 3.0
    alone_in_titles: float = 2.0  # where one of the two is a headline without text
    likeness: float = 0.30
    repeats: float = 0.40
    person: float = 3.5  # points for a watched person both name, besides the points of that name
    body: float = 0.5  # for any other watched entity
    number: float = 0.5


# ---- fingerprints -----------------------------------------------------------------------------------------------

# Hashes are signed 64-bit integers (a database's BIGINT), spread evenly; the lowest quarter of them is the sample.
_QUARTER = -(2**63) + 2**62
_LEAST_SKETCH = 64  # of a short text more than a quarter is kept
_NAME_LETTERS = 5  # endings of cases and of patronymics begin after these
_NUMBER = re.compile(r"[0-9]{1,3}(?:[ ,.\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SENTENCE_END = re.compile(r"[.!?…:\n]")


def fingerprint(title: str, text: str) -> Fingerprint:
    """What is kept of an article to recognise its copies and its story.

    `sketch`: FracMinHash (Irber et al. 2022) of the folded word pairs of the text: the hashes in the lowest quarter,
    and at least the 64 lowest. So a sketch is always every hash up to its highest or to that quarter, and any two
    compare up to the lower of the two marks. `names`: five letters of the romanised skeletons of words capitalised
    inside sentences, without those that half of all news holds. `numbers`: from 10 on, without years.
    """
    found = tokens(text)
    words = [fold(token.text) for token in found]
    pairs = sorted({_hash(f"{one} {two}") for one, two in pairwise(words)})
    sampled = [h for h in pairs if h < _QUARTER]
    headline = tokens(title)
    names = {*_names(text, found), *(() if _is_title_case(headline) else _names(title, headline))}
    return Fingerprint(
        sketch=frozenset(sampled if len(sampled) >= _LEAST_SKETCH else pairs[:_LEAST_SKETCH]),
        names=frozenset(map(_hash, names - _common_names())),
        numbers=frozenset(_hash(number) for number in _numbers(f"{title}\n{text}")),
    )


def _hash(value: str) -> int:
    """The same in every process and version, unlike `hash`."""
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def _names(text: str, words: Sequence[Token]) -> Iterator[str]:
    """Name skeletons: capitalised words inside a sentence, and one that begins it when another follows at once."""
    for i, word in enumerate(words):
        if len(word.text) < 3 or not word.text[0].isupper():
            continue
        if _begins_sentence(text, words, i) and not _runs_on_capitalised(text, words, i):
            continue
        name = _name_of(word.text)
        if len(name) >= 3:
            yield name


@lru_cache(1 << 16)
def _name_of(word: str) -> str:
    return skeleton(word)[:_NAME_LETTERS]


def _begins_sentence(text: str, words: Sequence[Token], i: int) -> bool:
    if i == 0:
        return True
    before = words[i - 1]
    gap = text[before.end : words[i].start]
    is_initial = len(before.text) == 1 and before.text.isupper() and gap.rstrip(" \u00a0") == "."
    return not is_initial and _SENTENCE_END.search(gap) is not None


def _runs_on_capitalised(text: str, words: Sequence[Token], i: int) -> bool:
    if i + 1 == len(words):
        return False
    following = words[i + 1]
    return following.text[0].isupper() and text[words[i].end : following.start] in (" ", "\u00a0", "-")


def _is_title_case(headline: Iterable[Token]) -> bool:
    """An English headline in Title Case: capitals there say nothing."""
    long = [token.text for token in headline if len(token.text) > 3]
    return (
        len(long) > 3 and not any(map(is_cyrillic, long)) and sum(word[0].isupper() for word in long) > 0.7 * len(long)
    )


def _numbers(text: str) -> Iterator[str]:
    for found in _NUMBER.findall(text):
        number = re.sub("[^0-9]", "", found).lstrip("0")
        if len(number) >= 2 and not _YEAR.fullmatch(number):
            yield number


# Capitalised words that stand in news of every kind, so that two articles share them by chance: calendar, countries
# and capitals of the region and the great powers, offices and bodies of state, in English, Russian and Kyrgyz.
_COMMON = """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December The This That There They When What After Mr Mrs
    President Prime Minister Ministry Cabinet Government Parliament Committee Commission Council Court Supreme District
    Regional City State National Security Interior Internal Affairs Foreign Republic Federation Union United Nations
    General Prosecutor Office Police Department Service Constitution Criminal Code Article Law Human Rights Media
    News Agency Press Deputy Central Asia Asian Kyrgyz Kyrgyzstan Kyrgyzstani Bishkek Osh Kazakhstan Astana Almaty
    Uzbekistan Tashkent Tajikistan Dushanbe Turkmenistan Ashgabat Russia Russian Moscow Kremlin China Chinese Turkey
    America American Washington Europe European Ukraine English
    Президент Премьер Министр Министерство Кабинет Правительство Парламент Комитет Комиссия Совет Суд Верховный
    Государственный Национальный Республика Федерация Союз Организация ООН Генеральный Прокуратура Конституция
    Уголовный Кодекс ГКНБ МВД СМИ ЕС США РФ КР Кыргызская Киргизия Кыргызстан Бишкек Ош Казахстан Астана Алматы
    Узбекистан Ташкент Таджикистан Душанбе Туркменистан Ашхабад Россия Российская Москва Кремль Китай Турция
    Америка Вашингтон Европа Европейский Украина Азия Центральный
    Жогорку Кеңеш Министрлер Министрлик Мамлекеттик Улуттук Башкы Республикасы Коопсуздук Комитети УКМК ИИМ ЖМК АКШ
    Chui Chuy Issyk Kul Naryn Talas Jalal Abad Batken Чуй Чүй Чуйская Иссык Куль Ысык Көл Нарын Нарынская Талас
    Таласская Джалал Жалал Абад Баткен Баткенская Ошская
    Россия Орусия Москва Кытай Түркия Өзбекстан Тажикстан Европа Бириккен Улуттар Уюму Борбордук Азия
"""


@lru_cache(1)
def _common_names() -> frozenset[str]:
    return frozenset(map(_name_of, _COMMON.split()))


# ---- placing ----------------------------------------------------------------------------------------------------


def place(article: Candidate, candidates: Sequence[Candidate], policy: ClusterPolicy = ClusterPolicy()) -> Placement:
    """Where an article belongs among filed ones: a copy of one, another telling of a story, or a new story.

    The order of the candidates does not matter; what is equally near goes to the older article (the lower id). A copy
    is one however old what it repeats is.
    """
    filed = sorted((c for c in candidates if c.story is not None and c.id != article.id), key=lambda c: c.id)
    overlaps = {c.id: _overlap(article.fingerprint.sketch, c.fingerprint.sketch) for c in filed}
    return (
        _as_copy(article, filed, overlaps, policy)
        or _as_another_telling(article, filed, overlaps, policy)
        or Placement(why="nothing filed so far tells the same")
    )


@dataclass(frozen=True, slots=True)
class _Overlap:
    """How two texts overlap: word pairs of the sample they share, and what part of the smaller and larger that is."""

    pairs: int = 0
    of_smaller: float = 0.0
    of_larger: float = 0.0


def _overlap(one: frozenset[int], two: frozenset[int]) -> _Overlap:
    shared = len(one & two)
    if not shared:
        return _Overlap()
    mark = min(_mark(one), _mark(two))
    smaller, larger = sorted(_up_to(mark, sketch) for sketch in (one, two))
    return _Overlap(shared, shared / smaller, shared / larger)


def _mark(sketch: frozenset[int]) -> int:
    """Up to here a sketch holds every hash of its text: that of a long text is the quarter, no more."""
    return _QUARTER if len(sketch) > _LEAST_SKETCH else max(_QUARTER, *sketch)


def _up_to(mark: int, sketch: frozenset[int]) -> int:
    return len(sketch) if _mark(sketch) == mark else sum(h <= mark for h in sketch)


# ---- copies


def _as_copy(
    article: Candidate, filed: Iterable[Candidate], overlaps: Mapping[int, _Overlap], policy: ClusterPolicy
) -> Placement | None:
    copied = [c for c in filed if _is_copy(article, c, overlaps[c.id], policy)]
    if not copied:
        return None
    source = max(copied, key=lambda c: (overlaps[c.id].pairs, overlaps[c.id].of_smaller, -c.id))
    share = overlaps[source.id].of_smaller
    shorter = "its" if len(article.fingerprint.sketch) <= len(source.fingerprint.sketch) else "the other's"
    why = f"{share:.0%} of {shorter} text is the same, word for word"
    return Placement(source.story, source.id, "copy", round(share, 3), why)


def _is_copy(article: Candidate, other: Candidate, overlap: _Overlap, policy: ClusterPolicy) -> bool:
    if overlap.pairs < policy.copy_pairs or overlap.of_smaller < policy.copy:
        return False
    if article.outlet and article.outlet == other.outlet and not _is_same_again(overlap, policy):
        return False
    return not _is_template(article.fingerprint, other.fingerprint, policy)


def _is_same_again(overlap: _Overlap, policy: ClusterPolicy) -> bool:
    """Within one outlet: the article over again, not a follow-up that repeats the background of an earlier one."""
    return overlap.of_smaller >= policy.copy_at_home and overlap.of_larger >= policy.copy_at_home_whole


def _is_template(one: Fingerprint, two: Fingerprint, policy: ClusterPolicy) -> bool:
    """Whether texts that are alike tell different things: exchange rates, weather, daily counts, calls for entries."""
    return (
        _common_part(one.names, two.names, at_least=2) < policy.template_names
        or _common_part(one.numbers, two.numbers, at_least=4) < policy.template_numbers
    )


def _common_part(one: frozenset[int], two: frozenset[int], at_least: int) -> float:
    """What part of the smaller set is in the larger; 1 when it is too small to say."""
    smaller = min(len(one), len(two))
    return len(one & two) / smaller if smaller >= at_least else 1.0


# ---- stories


@dataclass(frozen=True, slots=True)
class _Ties:
    """What ties two articles: counted, for people to check, and in points."""

    people: int
    bodies: int
    names: int
    numbers: int
    repeated: float  # part of the smaller text that is in the larger
    template: bool  # the texts overlap in what is always the same, and tell different things
    hours: float
    facts: float  # points of names and numbers alone
    points: float
    likeness: float  # weighted cosine of their names and numbers

    @property
    def why(self) -> str:
        watched = [
            _count(self.people, "watched person", "watched people"),
            _count(self.bodies, "watched organisation", "watched organisations"),
        ]
        shared = [
            _count(self.names, "name", "names"),
            _count(self.numbers, "number", "numbers"),
            f"{self.repeated:.0%} of the text" if self.repeated >= 0.1 else "",
        ]
        says = [f"{verb} {_listed(what)}" for verb, what in (("name", watched), ("share", shared)) if any(what)]
        return f"both {', '.join(says)}, {_count(round(self.hours), 'hour', 'hours') or 'less than an hour'} apart"


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}" if n else ""


def _listed(parts: Iterable[str]) -> str:
    *most, last = filter(None, parts)
    return f"{', '.join(most)} and {last}" if most else last


def _as_another_telling(
    article: Candidate, filed: Iterable[Candidate], overlaps: Mapping[int, _Overlap], policy: ClusterPolicy
) -> Placement | None:
    near = [c for c in filed if abs(c.seen - article.seen) <= policy.within]
    weights = _Weights(near, policy)
    tied = [(c, _ties(article, c, overlaps[c.id], weights, policy)) for c in near if _names_the_same(article, c)]
    joined = [(c, ties) for c, ties in tied if _is_one_story(article, c, ties, policy)]
    if not joined:
        return None
    other, ties = max(joined, key=lambda pair: (pair[1].points, pair[1].likeness, -pair[0].id))
    return Placement(other.story, None, "watched" if ties.people else "names", round(ties.points, 2), ties.why)


def _names_the_same(one: Candidate, two: Candidate) -> bool:
    """Whether two articles can be one story at all; numbers and words alone never make them one."""
    return not one.people.isdisjoint(two.people) or len(one.fingerprint.names & two.fingerprint.names) > 1


class _Weights:
    """How much it says that two articles share a name or number: less, the more stories of these days hold it."""

    def __init__(self, near: Iterable[Candidate], policy: ClusterPolicy) -> None:
        self._number = policy.number
        self._stories: dict[int, set[int | None]] = {}
        for c in near:
            for fact in c.fingerprint.names | c.fingerprint.numbers:
                self._stories.setdefault(fact, set()).add(c.story)

    def of(self, names: Iterable[int], numbers: Iterable[int]) -> float:
        return sum(map(self._weight, names)) + self._number * sum(map(self._weight, numbers))

    def _weight(self, fact: int) -> float:
        return 1 / sqrt(max(1, len(self._stories.get(fact, ()))))


def _ties(one: Candidate, two: Candidate, overlap: _Overlap, weights: _Weights, policy: ClusterPolicy) -> _Ties:
    a, b = one.fingerprint, two.fingerprint
    names, numbers = a.names & b.names, a.numbers & b.numbers
    people = one.people & two.people
    bodies = (one.entities & two.entities) - people
    facts = weights.of(names, numbers)
    both = sqrt(weights.of(a.names, a.numbers) * weights.of(b.names, b.numbers))
    return _Ties(
        people=len(people),
        bodies=len(bodies),
        names=len(names),
        numbers=len(numbers),
        repeated=overlap.of_smaller,
        template=overlap.of_smaller >= policy.repeats and _is_template(a, b, policy),
        hours=abs((one.seen - two.seen) / timedelta(hours=1)),
        facts=facts,
        points=facts + policy.person * len(people) + policy.body * len(bodies),
        likeness=facts / both if both else 0.0,
    )


def _is_one_story(one: Candidate, two: Candidate, ties: _Ties, policy: ClusterPolicy) -> bool:
    if ties.people and ties.points >= policy.watched:
        return True
    if ties.template or ties.names < 2:
        return False
    is_headline = not (one.fingerprint.sketch and two.fingerprint.sketch)
    enough = policy.alone_in_titles if is_headline else policy.alone
    return ties.facts >= enough and (ties.likeness >= policy.likeness or ties.repeated >= policy.repeats)
