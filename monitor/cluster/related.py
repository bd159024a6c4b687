"""Pure. Decides which filed articles of other events are near an article: those of the same affair.

Time and watched names tell events apart, and hold an affair together. So here the watched names count, and hours do
not. An affair is a group: an article is of it as far as it is near the article to place and the nearest others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from math import hypot, log, sqrt
from typing import NamedTuple

from monitor.cluster.fingerprint import stem_weights
from monitor.cluster.policy import ClusterPolicy
from monitor.model import Candidate, PlacementReason, RelatedArticle, Rule

MOST_RELATED = 5
MIN_COMMON_WORDS = 3  # fewer may be chance, above all in headlines
_NEAREST = 3


class Neighbour(NamedTuple):
    """A filed article and how near it is to the one to place. `nearness`: 1.0 is the threshold of one story."""

    filed: Candidate
    nearness: float
    reason: PlacementReason


def related_articles(
    article: Candidate,
    filed: Sequence[Candidate],
    other_neighbours: Iterable[Neighbour],
    story: int | None,
    policy: ClusterPolicy,
) -> tuple[RelatedArticle, ...]:
    """Return the nearest articles of other stories than this one, one a story, the nearest first.

    `filed` are compared by their words; `other_neighbours` are near by something else.
    """
    neighbours = _nearest_of_stories([*_neighbours_by_words(article, filed, policy), *other_neighbours])
    return tuple(
        RelatedArticle(neighbour.filed.id, round(neighbour.nearness, 2), neighbour.reason)
        for neighbour in neighbours
        if neighbour.filed.story != story and neighbour.nearness >= policy.related
    )[:MOST_RELATED]


def shared_entities_factor(one: Candidate, two: Candidate) -> float:
    """Return the factor by which the watched entities that both articles name make them nearer."""
    return 1 + sqrt(len(one.entities & two.entities))


def hours_between(one: Candidate, two: Candidate) -> int:
    """Return the whole hours between two articles."""
    return round(abs(one.published_at - two.published_at) / timedelta(hours=1))


def _nearest_of_stories(neighbours: Iterable[Neighbour]) -> Sequence[Neighbour]:
    """Return the nearest article of each story, the nearest first; of equals the first."""
    nearest: dict[int | None, Neighbour] = {}
    for neighbour in neighbours:
        nearest_so_far = nearest.get(neighbour.filed.story)
        if nearest_so_far is None or neighbour.nearness > nearest_so_far.nearness:
            nearest[neighbour.filed.story] = neighbour
    return sorted(nearest.values(), key=lambda neighbour: -neighbour.nearness)


def _neighbours_by_words(article: Candidate, filed: Sequence[Candidate], policy: ClusterPolicy) -> Sequence[Neighbour]:
    """Return the nearest article of each story, with the mean of its nearness to the article and to the nearest others.

    The article counts twice. What shares words with it by chance falls behind what is near the others, too.
    """
    vectors = _vectors(article, filed)

    def neighbour_of(one: Candidate, two: Candidate) -> Neighbour:
        similarity = _cosine(vectors[one.id], vectors[two.id])
        nearness = similarity / policy.similarity * shared_entities_factor(one, two)
        return Neighbour(
            two, nearness, PlacementReason(Rule.AFFAIR, (round(100 * similarity), hours_between(one, two)))
        )

    neighbours = _nearest_of_stories(neighbour_of(article, candidate) for candidate in filed)
    nearest = [neighbour.filed for neighbour in neighbours[:_NEAREST] if neighbour.nearness >= policy.related]
    result = []
    for neighbour in neighbours:
        nearness_to_others = [
            neighbour_of(one, neighbour.filed).nearness for one in nearest if one is not neighbour.filed
        ]
        mean = (2 * neighbour.nearness + sum(nearness_to_others)) / (2 + len(nearness_to_others))
        result.append(neighbour._replace(nearness=mean))
    return result


class _Vector(NamedTuple):
    """The weighted stems of an article."""

    weights: Mapping[int, float]
    length: float


def _vectors(article: Candidate, filed: Sequence[Candidate]) -> Mapping[int, _Vector]:
    """Return the vectors of articles by their ids. A stem counts less the more of the filed stories hold it."""
    weights = {one.id: stem_weights(one.fingerprint) for one in (article, *filed)}
    stems_of_stories: dict[int | None, set[int]] = {}
    for one in filed:
        stems_of_stories.setdefault(one.story, set()).update(weights[one.id])
    stories_with = Counter(chain.from_iterable(stems_of_stories.values()))
    stories = len(stems_of_stories)
    # The inverse document frequency; its root, since it counts in both vectors.
    rarity = [sqrt(log(1 + (1 + stories) / (1 + number))) for number in range(stories + 1)]

    def vector(stems: Mapping[int, int]) -> _Vector:
        weighted = {stem: weight * rarity[stories_with[stem]] for stem, weight in stems.items()}
        return _Vector(weighted, hypot(*weighted.values()))

    return {number: vector(stems) for number, stems in weights.items()}


def _cosine(one: _Vector, two: _Vector) -> float:
    common = one.weights.keys() & two.weights.keys()
    if len(common) < MIN_COMMON_WORDS:
        return 0.0
    return sum(one.weights[stem] * two.weights[stem] for stem in common) / (one.length * two.length)
