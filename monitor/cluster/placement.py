"""Pure. Which article is a copy of which, and which articles tell one story.

A copy is found by containment of word-pair sketches: edited, cut, embedded, under another headline, it still holds
most of what it took. One story is found by what is the same in every language: watched people, romanised names,
numbers, close in time. No model and no translation; each placement says its reason.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import exp, sqrt
from typing import NamedTuple

from monitor.cluster.fingerprint import LEAST_SKETCH, QUARTER, STEM, STEM_BITS, size, unpacked
from monitor.model import Candidate, Fingerprint, Placement


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
    likeness: float = 0.20
    repeats: float = 0.40
    person: float = 3.5  # points for a watched person both name, besides the points of that name
    body: float = 0.5  # for any other watched entity
    number: float = 1.0


def place(article: Candidate, candidates: Sequence[Candidate], policy: ClusterPolicy = ClusterPolicy()) -> Placement:
    """Where an article belongs among filed ones: a copy of one, another telling of a story, or a new story.

    Candidates come in the order in which they were filed: of what is equally near the first counts. A copy is one
    however old what it repeats is.
    """
    filed = [c for c in candidates if c.story is not None and c.id != article.id]
    beside = _beside(article, filed, policy)
    return (
        _as_copy(article, beside, policy)
        or _as_another_telling(article, beside, policy)
        or Placement(why="nothing filed so far tells the same")
    )


class _Overlap(NamedTuple):
    """How two texts overlap: word pairs of the sample they share, and what part of the smaller and larger that is."""

    pairs: int = 0
    of_smaller: float = 0.0
    of_larger: float = 0.0


_NO_OVERLAP = _Overlap()


class _Beside(NamedTuple):
    """A filed article beside the one to be placed: what they share. A tuple, since some are made for every article."""

    filed: Candidate
    overlap: _Overlap
    names: Sequence[int]
    numbers: Sequence[int]
    words: int
    alike: float  # the cosine of their telling words


def _beside(article: Candidate, filed: Sequence[Candidate], policy: ClusterPolicy) -> Sequence[_Beside]:
    """Those it repeats as a copy would, and those near it in time: the others, which are most, are seen no further."""
    mine, kept, overlaps = article.fingerprint, list[Candidate](), list[_Overlap]()
    pairs = {*unpacked(mine.sketch).tolist()} if filed else set()
    for other in filed:
        shared = len(pairs.intersection(unpacked(other.fingerprint.sketch).tolist()))
        is_near = _is_near(article, other, policy)
        if shared >= policy.copy_pairs or is_near:
            overlap = _overlap(mine.sketch, other.fingerprint.sketch, shared)
            if overlap.of_smaller >= policy.copy or is_near:
                kept.append(other)
                overlaps.append(overlap)
    if not kept:
        return ()
    theirs = [c.fingerprint for c in kept]
    names = _in_common(mine.names, [one.names for one in theirs])
    numbers = _in_common(mine.numbers, [one.numbers for one in theirs])
    words = _alike_in_words(mine.words, [one.words for one in theirs])
    facts = zip(kept, overlaps, names, numbers, words, strict=True)
    return [_Beside(other, overlap, its, counts, *alike) for other, overlap, its, counts, alike in facts]


def _is_near(article: Candidate, other: Candidate, policy: ClusterPolicy) -> bool:
    return abs(other.seen - article.seen) <= policy.within


def _in_common(mine: bytes, theirs: Sequence[bytes]) -> Iterator[Sequence[int]]:
    held = {*unpacked(mine).tolist()}
    return ([value for value in unpacked(its).tolist() if value in held] for its in theirs)


def _overlap(one: bytes, two: bytes, shared: int) -> _Overlap:
    if not shared:
        return _NO_OVERLAP
    a, b = _mark(one), _mark(two)
    first = size(one) if a <= b else bisect_right(memoryview(one).cast("i"), b)
    second = size(two) if b <= a else bisect_right(memoryview(two).cast("i"), a)
    return _Overlap(shared, shared / min(first, second), shared / max(first, second))


def _mark(sketch: bytes) -> int:
    """Up to here a sketch holds every hash of its text: that of a long text is the quarter, no more."""
    if size(sketch) > LEAST_SKETCH:
        return QUARTER
    return max(QUARTER, int.from_bytes(sketch[-4:], "little"))


# ---- copies


def _as_copy(article: Candidate, beside: Iterable[_Beside], policy: ClusterPolicy) -> Placement | None:
    copied = [other for other in beside if _is_copy(article, other, policy)]
    if not copied:
        return None
    best = max(copied, key=lambda other: (other.overlap.pairs, other.overlap.of_larger))  # the first of equals
    source, overlap = best.filed, best.overlap
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


def _is_copy(article: Candidate, other: _Beside, policy: ClusterPolicy) -> bool:
    if other.overlap.pairs < policy.copy_pairs or other.overlap.of_smaller < policy.copy:
        return False
    if article.outlet and article.outlet == other.filed.outlet and not _is_same_again(other.overlap, policy):
        return False
    return not _is_template(article.fingerprint, other, policy)


def _is_same_again(overlap: _Overlap, policy: ClusterPolicy) -> bool:
    """Within one outlet: the article over again, not a follow-up that repeats the background of an earlier one."""
    return overlap.of_smaller >= policy.copy_at_home and overlap.of_larger >= policy.copy_at_home_whole


def _is_template(one: Fingerprint, other: _Beside, policy: ClusterPolicy) -> bool:
    """Whether texts that are alike tell different things: exchange rates, weather, daily counts, calls for entries."""
    two = other.filed.fingerprint
    return (
        _common_part(other.names, one.names, two.names, at_least=2) < policy.template_names
        or _common_part(other.numbers, one.numbers, two.numbers, at_least=4) < policy.template_numbers
    )


def _common_part(common: Sequence[int], one: bytes, two: bytes, at_least: int) -> float:
    """What part of the smaller set is in the larger; 1 when it is too small to say."""
    smaller = min(size(one), size(two))
    return len(common) / smaller if smaller >= at_least else 1.0


# ---- stories


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}" if n else ""


def _listed(parts: Iterable[str]) -> str:
    *most, last = filter(None, parts)
    return f"{', '.join(most)} and {last}" if most else last


def _as_another_telling(article: Candidate, beside: Iterable[_Beside], policy: ClusterPolicy) -> Placement | None:
    near = [other for other in beside if _is_near(article, other.filed, policy)]
    says = _says(near)
    tied = [(*_score(article, other, says, policy), other) for other in near]
    score, rule, other = max(tied, key=lambda tie: tie[0], default=(0.0, "", None))  # the first of equals
    if other is None or score < 1:
        return None
    return Placement(other.filed.story, None, rule, round(score, 2), _why(article, other, rule), beside=other.filed.id)


def _why(article: Candidate, other: _Beside, rule: str) -> str:
    """What ties the two: counted, for people to check."""
    people = article.people & other.filed.people
    bodies = (article.entities & other.filed.entities) - people
    watched = [
        _count(len(people), "watched person", "watched people"),
        _count(len(bodies), "watched organisation", "watched organisations"),
    ]
    shared = [
        _count(len(other.names), "name", "names"),
        _count(len(other.numbers), "number", "numbers"),
        f"{other.overlap.of_smaller:.0%} of the text" if other.overlap.of_smaller >= 0.1 else "",
    ]
    says = [f"{verb} {_listed(what)}" for verb, what in (("name", watched), ("share", shared)) if any(what)]
    if rule == "words":
        says.append(f"are {other.alike:.0%} alike in their words")
    hours = round(abs(article.seen - other.filed.seen) / timedelta(hours=1))
    return f"both {', '.join(says)}, {_count(hours, 'hour', 'hours') or 'less than an hour'} apart"


def _says(near: Iterable[_Beside]) -> Mapping[int, float]:
    """How much it says to share a name or number: less, the more stories of these days hold it."""
    stories: dict[int, set[int | None]] = {}
    for other in near:
        for fact in {*other.names, *other.numbers}:
            stories.setdefault(fact, set()).add(other.filed.story)
    return {fact: 1 / sqrt(len(held)) for fact, held in stories.items()}


def _score(one: Candidate, other: _Beside, says: Mapping[int, float], policy: ClusterPolicy) -> tuple[float, str]:
    """How many times over the two have what it takes to be one story, and by which rule."""
    two, names, numbers = other.filed, other.names, other.numbers
    a, b = one.fingerprint, two.fingerprint
    people = one.people & two.people
    bodies = len((one.entities & two.entities) - people)
    titles = not (a.sketch and b.sketch)
    facts = _points(names, numbers, says, policy)
    scores = [(0.0, "")]
    if people:
        scores.append(((facts + policy.person * len(people) + policy.body * bodies) / policy.watched, "watched"))
    if not (other.overlap.of_smaller >= policy.repeats and _is_template(a, other, policy)):
        differ = _differ(one.language, two.language) or (titles and a.numbers and b.numbers and not numbers)
        if not differ and other.words >= (2 if len(names) > 1 else 3):  # fewer may be chance, in headlines above all
            fading = exp(-abs(one.seen - two.seen) / policy.fades)
            scores.append((other.alike * fading / (policy.alike_in_titles if titles else policy.alike), "words"))
        if len(names) > 1 and (one.language != two.language or not one.language):
            both = sqrt(_all_points(a, says, policy) * _all_points(b, says, policy))
            similar = max(facts / both / policy.likeness, other.overlap.of_smaller / policy.repeats)
            own = facts - bodies  # that both name a body which many stories name tells no event
            scores.append((min(own / (policy.alone_in_titles if titles else policy.alone), similar), "names"))
    return max(scores, key=lambda score: score[0])


def _all_points(of: Fingerprint, says: Mapping[int, float], policy: ClusterPolicy) -> float:
    return _points(unpacked(of.names).tolist(), unpacked(of.numbers).tolist(), says, policy)


def _points(names: Iterable[int], numbers: Iterable[int], says: Mapping[int, float], policy: ClusterPolicy) -> float:
    return sum([says.get(name, 1.0) for name in names]) + policy.number * sum([says.get(n, 1.0) for n in numbers])


def _differ(one: str, two: str) -> bool:
    """Whether two languages are known to be two."""
    return bool(one and two) and one != two


def _alike_in_words(one: bytes, others: Iterable[bytes]) -> Iterator[tuple[int, float]]:
    """How many telling words each of the others has in common with the first, and the cosine of them."""
    words = unpacked(one)
    weights = words >> STEM_BITS
    mine, length = dict(zip((words & STEM).tolist(), weights.tolist(), strict=True)), int(weights @ weights)
    for other in others:
        words = unpacked(other)
        weights = words >> STEM_BITS
        stems = zip((words & STEM).tolist(), weights.tolist(), strict=True)
        common = [mine[stem] * weight for stem, weight in stems if stem in mine]
        yield len(common), sum(common) / sqrt(max(1, length * int(weights @ weights)))
