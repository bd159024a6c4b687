"""Pure. Fingerprints of texts; which article is a copy of which, and which articles tell one story.

A copy is found by containment of word-pair sketches: edited, cut, embedded, under another headline, it still holds
most of what it took. One story is found by what is the same in every language: watched people, romanised names,
numbers, close in time. No model and no translation; each placement says its reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from math import exp, log, sqrt

import numpy as np

from monitor.model import Candidate, Fingerprint, Placement
from monitor.text import fold, is_cyrillic, skeleton, words_and_gaps


@dataclass(frozen=True, slots=True)
class ClusterPolicy:
    """What counts as a copy and as one story. Shares and likenesses are 0-1.

    An article joins a story when it names one of the same watched people and reaches `watched` points. Without such a
    person: in one language, when its words are `alike`, taken down by the time between them; across languages, when it
    reaches `alone` points of names and numbers, and these are a good part of what either article names (`likeness`) or
    the texts overlap (`repeats`).
    """

    copy: float = 0.69  # of the smaller sketch, in the larger
    copy_at_home: float = 0.90  # the same, within one outlet: below it is a follow-up that repeats the background
    copy_at_home_whole: float = 0.75  # and of the larger one, so that an article with much that is new is no copy
    copy_pairs: int = 10  # sampled word pairs to share at least
    template_names: float = 0.50  # texts alike that share less of their names than this differ in what they are about
    template_numbers: float = 0.40
    within: timedelta = timedelta(hours=72)
    alike: float = 0.40
    alike_in_titles: float = 0.30  # where one of the two is a headline without text
    fades: timedelta = timedelta(hours=48)  # in which the likeness of words is taken down to 1/e
    watched: float = 7.0
    alone: float = 2.5
    alone_in_titles: float = 2.0
    likeness: float = 0.25
    repeats: float = 0.40
    person: float = 3.5  # points for a watched person both name, besides the points of that name
    body: float = 0.5  # for any other watched entity
    number: float = 1.0


# ---- fingerprints -----------------------------------------------------------------------------------------------

# Hashes are 31-bit integers (four bytes in a database), spread evenly; the lowest quarter of word pairs is the sample.
_BITS = 31
_QUARTER, _SIXTEENTH = 1 << (_BITS - 2), 1 << (_BITS - 4)
_LEAST_SKETCH = 64  # of a short text more than a quarter is kept
_LEAST_LOOKED_UP = 16  # and more than a sixteenth looked up
_STEM_LETTERS = 5  # endings of cases, and of patronymics, begin after these
_KEPT_WORDS = 64
_WORDS_LOOKED_UP = 8
_NAMES_LOOKED_UP = 16
_HEADLINE = 5  # a word of the headline counts as if it stood in the text so many times
_CAPITALISED = 1.5
_STEM_BITS = _BITS - 4  # of a kept word; its weight is above them
_STEM = (1 << _STEM_BITS) - 1
_NUMBER = re.compile(r"[0-9]{1,3}(?:[ ,.\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SENTENCE_END = re.compile(r"[.!?…:\n]")
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)  # as in splitmix64 and xxHash: any will do


def fingerprint(title: str, text: str) -> Fingerprint:
    """What is kept of an article to recognise its copies and its story.

    `sketch`: FracMinHash (Irber et al. 2022) of the folded word pairs of the text: the hashes in the lowest quarter,
    and at least the 64 lowest. So a sketch is always every hash up to its highest or to that quarter, and any two
    compare up to the lower of the two marks. `names`: five letters of the romanised skeletons of words capitalised
    inside sentences, without those that half of all news holds. `numbers`: from 10 on, without years. `words`: the 64
    most telling ones, cut to five letters, each with its weight.
    """
    body, headline = _Words.of(text), _Words.of(title)
    named = {*body.named, *(() if headline.in_title_case else headline.named)}
    names = {name for word in named if len(name := _name_of(word)) > 2}
    return Fingerprint(
        sketch=_sketch([_PAIR_HALF[word] for word in body.words]),
        names=frozenset(map(_hash, names - _common_names())),
        numbers=frozenset(_hash(number) for number in _numbers(f"{title}\n{text}")),
        words=_telling_words(headline.words, body.words, {_STEM_OF[word] for word in named}),
    )


def looked_up_by(fingerprint: Fingerprint, *, asking: bool = False) -> tuple[Sequence[int], Sequence[int]]:
    """By which hashes an article is found: as a copy, and as another telling. One never equals one of the other.

    Of the word pairs, the lowest of the sketch: two articles, one in the other, share these whatever their lengths.
    `asking`: twice as many, to look others up by. Of the names again the lowest, so that two articles that share names
    share some of these; of the words the most telling.
    """
    pairs = sorted(fingerprint.sketch)
    mark, least = (2 * _SIXTEENTH, 2 * _LEAST_LOOKED_UP) if asking else (_SIXTEENTH, _LEAST_LOOKED_UP)
    pairs = pairs[: max(least, bisect_left(pairs, mark))]
    words = (word & _STEM for word in sorted(fingerprint.words)[-_WORDS_LOOKED_UP:])
    return pairs, sorted(-1 - term for term in {*sorted(fingerprint.names)[:_NAMES_LOOKED_UP], *words})


@lru_cache(1 << 16)
def _hash(value: str) -> int:
    """The same in every process and version, unlike `hash`."""
    return _wide_hash(value) >> (64 - _BITS)


def _wide_hash(value: str) -> int:
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


class _Known(dict[str, int]):
    """What a function says of a word, kept for a hundred thousand words: `lru_cache` takes three times as long."""

    def __init__(self, say: Callable[[str], int]) -> None:
        self._say = say

    def __missing__(self, word: str) -> int:
        if len(self) >= 100_000:
            self.clear()
        self[word] = said = self._say(word)
        return said


def _stem(word: str) -> int:
    """0 for a word that tells nothing: a short one, or one that stands in news of every kind."""
    folded = fold(word)
    tells = folded[:1].isdigit() or (len(folded) > 3 and _name_of(word) not in _common_names())
    return _hash(folded[:_STEM_LETTERS]) & _STEM if tells else 0


_PAIR_HALF, _STEM_OF = _Known(lambda word: _wide_hash(fold(word))), _Known(_stem)


def _sketch(words: Sequence[int]) -> frozenset[int]:
    halves = np.array(words, dtype=np.uint64)
    mixed = halves[:-1] * _ODD[0] + halves[1:] * _ODD[1]  # wraps, as it should; the order of the two tells
    mixed ^= mixed >> np.uint64(32)
    pairs = np.unique((mixed * _ODD[0]) >> np.uint64(64 - _BITS))
    sampled = int(np.searchsorted(pairs, _QUARTER))
    return frozenset(pairs[: max(sampled, _LEAST_SKETCH)].tolist())


def _telling_words(headline: Iterable[str], body: Iterable[str], capitalised: Set[int]) -> frozenset[int]:
    """What a word tells is read off the article itself: no count of other articles is needed to compare two.

    It tells more when it stands in the headline, stands there again and again, and is capitalised inside a sentence; up
    to three letters, nothing. Frequencies of a large corpus instead gained 0.01 of F1 (docs/design/stories.md).
    """
    counts = Counter([_STEM_OF[word] for word in body])
    for word in headline:
        counts[_STEM_OF[word]] += _HEADLINE
    del counts[0]
    weighed = [_weight(count, stem in capitalised) << _STEM_BITS | stem for stem, count in counts.items()]
    return frozenset(sorted(weighed)[-_KEPT_WORDS:])


@lru_cache
def _weight(count: int, capitalised: bool) -> int:
    return min(15, round(2.5 * (1 + log(count)) * (_CAPITALISED if capitalised else 1)))


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as its words, and what stands before each and after the last."""

    words: Sequence[str]
    gaps: Sequence[str]

    @classmethod
    def of(cls, text: str) -> _Words:
        return cls(*words_and_gaps(text))

    @property
    def named(self) -> Iterator[str]:
        """Words capitalised inside a sentence, and one that begins it when another follows at once."""
        for i, word in enumerate(self.words):
            if word[0].isupper() and len(word) > 2 and (not self._begins_sentence(i) or self._runs_on_capitalised(i)):
                yield word

    @property
    def in_title_case(self) -> bool:
        """An English headline in Title Case: capitals there say nothing."""
        long = [word for word in self.words if len(word) > 3]
        return (
            len(long) > 3
            and not any(map(is_cyrillic, long))
            and sum(word[0].isupper() for word in long) > 0.7 * len(long)
        )

    def _begins_sentence(self, i: int) -> bool:
        if i == 0:
            return True
        before, gap = self.words[i - 1], self.gaps[i]
        is_initial = len(before) == 1 and before.isupper() and gap.rstrip(" \u00a0") == "."
        return gap != " " and not is_initial and _SENTENCE_END.search(gap) is not None

    def _runs_on_capitalised(self, i: int) -> bool:
        return i + 1 < len(self.words) and self.words[i + 1][0].isupper() and self.gaps[i + 1] in (" ", "\u00a0", "-")


@lru_cache(1 << 16)
def _name_of(word: str) -> str:
    return skeleton(word)[:_STEM_LETTERS]


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

    Candidates come in the order in which they were filed: of what is equally near the first counts. A copy is one
    however old what it repeats is.
    """
    filed = [c for c in candidates if c.story is not None and c.id != article.id]
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
    source = max(copied, key=lambda c: (overlaps[c.id].pairs, overlaps[c.id].of_larger))  # the first of equals
    overlap = overlaps[source.id]
    is_longer = len(article.fingerprint.sketch) > len(source.fingerprint.sketch)
    return Placement(
        source.story,
        source.id,
        "copy",
        round(overlap.of_smaller / policy.copy, 2),
        _direction(article, source, overlap, policy),
        adds=is_longer and overlap.of_larger < policy.copy_at_home_whole,
    )


def _direction(copy: Candidate, source: Candidate, overlap: _Overlap, policy: ClusterPolicy) -> str:
    """Who has it from whom, as far as lengths and times say: the one filed first need not be the first there was."""
    says = f"{overlap.of_smaller:.0%} of "
    if overlap.of_larger >= policy.copy_at_home_whole:
        says += "its text is the same, word for word"
    elif len(copy.fingerprint.sketch) < len(source.fingerprint.sketch):
        says += "its text stands in the longer one, word for word: it was cut"
    else:
        says += "the other's text stands in it, word for word: it says more"
    return f"{says}; it was published first" if copy.seen < source.seen else says


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
    """What ties two articles: counted, for people to check, and as a score. With 1.0 they tell one story."""

    people: int
    bodies: int
    names: int
    numbers: int
    words: float | None  # how alike they are, where both are in one language
    repeated: float  # part of the smaller text that is in the larger
    hours: float
    rule: str
    score: float

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
        if self.rule == "words":
            says.append(f"are {self.words:.0%} alike in their words")
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
    says = _says(article.fingerprint, near)
    tied = [(_ties(article, c, overlaps[c.id], says, policy), c) for c in near]
    ties, other = max(tied, key=lambda pair: pair[0].score, default=(None, None))  # the first of equals
    if ties is None or other is None or ties.score < 1:
        return None
    return Placement(other.story, None, ties.rule, round(ties.score, 2), ties.why)


def _says(article: Fingerprint, near: Iterable[Candidate]) -> Mapping[int, float]:
    """How much it says to share one of its names or numbers: less, the more stories of these days hold it."""
    stories: dict[int, set[int | None]] = {}
    for c in near:
        for fact in (article.names & c.fingerprint.names) | (article.numbers & c.fingerprint.numbers):
            stories.setdefault(fact, set()).add(c.story)
    return {fact: 1 / sqrt(len(held)) for fact, held in stories.items()}


def _ties(one: Candidate, two: Candidate, overlap: _Overlap, says: Mapping[int, float], policy: ClusterPolicy) -> _Ties:
    a, b = one.fingerprint, two.fingerprint
    names, numbers = a.names & b.names, a.numbers & b.numbers
    people = one.people & two.people
    bodies = (one.entities & two.entities) - people
    apart = abs(one.seen - two.seen)
    titles = not (a.sketch and b.sketch)
    facts = _points(names, numbers, says, policy)
    words = None
    if not (_differ(one.language, two.language) or (titles and a.numbers and b.numbers and not numbers)):
        words = _alike_in_words(a.words, b.words, at_least=2 if len(names) > 1 else 3)
    scores = (
        {"watched": (facts + policy.person * len(people) + policy.body * len(bodies)) / policy.watched}
        if people
        else {}
    )
    if not (overlap.of_smaller >= policy.repeats and _is_template(a, b, policy)):
        if words is not None:
            scores["words"] = words * exp(-apart / policy.fades) / (policy.alike_in_titles if titles else policy.alike)
        if len(names) > 1 and (one.language != two.language or not one.language):
            both = sqrt(_points(a.names, a.numbers, says, policy) * _points(b.names, b.numbers, says, policy))
            similar = max(facts / both / policy.likeness, overlap.of_smaller / policy.repeats)
            own = facts - len(bodies)  # that both name a body which many stories name tells no event
            scores["names"] = min(own / (policy.alone_in_titles if titles else policy.alone), similar)
    rule = max(scores, key=lambda rule: scores[rule], default="")
    return _Ties(
        people=len(people),
        bodies=len(bodies),
        names=len(names),
        numbers=len(numbers),
        words=words,
        repeated=overlap.of_smaller,
        hours=apart / timedelta(hours=1),
        rule=rule,
        score=scores.get(rule, 0.0),
    )


def _points(names: Iterable[int], numbers: Iterable[int], says: Mapping[int, float], policy: ClusterPolicy) -> float:
    return sum(says.get(name, 1.0) for name in names) + policy.number * sum(says.get(n, 1.0) for n in numbers)


def _differ(one: str, two: str) -> bool:
    """Whether two languages are known to be two."""
    return bool(one and two) and one != two


def _alike_in_words(one: frozenset[int], two: frozenset[int], at_least: int) -> float | None:
    """The cosine of their telling words; fewer in common may be chance, in headlines above all."""
    (a, length), (b, other) = _vector(one), _vector(two)
    if not (a and b):
        return None
    both = a.keys() & b.keys()
    return sum(a[stem] * b[stem] for stem in both) / (length * other) if len(both) >= at_least else 0.0


@lru_cache(64)
def _vector(words: frozenset[int]) -> tuple[Mapping[int, int], float]:
    """Stem -> weight, and the length of that."""
    weights = {word & _STEM: word >> _STEM_BITS for word in words}
    return weights, sqrt(sum(weight * weight for weight in weights.values()))
