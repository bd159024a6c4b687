"""Pure. Decides which article is a copy of which, which articles tell one event, and which events are related.

A copy brings no sentence of its own. Two articles tell one event if they are similar in what both languages have: words
in one language, romanised names and numbers in two; or if within a day they say that the same was done to the same
watched person. The words of watched names are left out, and similarity does not grow with length. No model, no
translation; every placement has a reason.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import exp, sqrt
from operator import attrgetter, mul
from types import MappingProxyType
from typing import NamedTuple

from monitor.cluster.fingerprint import MIN_SKETCH, name_hashes, stem_hashes, stem_weights
from monitor.cluster.incidents import tell_other_incidents, tell_other_people
from monitor.cluster.own_sentences import leads_with_news, own_sentences, reworded_sentences
from monitor.cluster.policy import ClusterPolicy
from monitor.cluster.related import Neighbour, hours_between, related_articles, shared_entities_factor
from monitor.model import ArticleText, Candidate, Passage, Placement, PlacementReason, RelatedArticle, Rule
from monitor.model.fingerprint import QUARTER, size, unpacked

Texts = Mapping[int, ArticleText]  # article -> its words


def place(
    article: Candidate,
    candidates: Sequence[Candidate],
    texts: Texts = MappingProxyType({}),
    policy: ClusterPolicy = ClusterPolicy(),
) -> Placement:
    """Return the place of an article: a copy of a filed one, a member of a filed one's story, or a new story.

    Candidates come in the order of filing; of equals the first is chosen. `texts` holds the article and those that
    `repeated_articles` returns. Copies have no limit of age, unless they say something else of a watched name, or tell
    what was done to one: an arrest is extended every two months in the same words.
    """
    comparisons = _compare(article, candidates, policy)
    repeated = _repeated(article, [c for c in comparisons if c.repeats], texts, policy)
    near = [comparison for comparison in comparisons if comparison.is_near]
    recent_stories = {comparison.filed.story for comparison in near}
    if repeated and not repeated.own_sentences:
        copy = _copy(article, repeated, texts)
        is_told_again = bool(article.acts) and repeated.distance > policy.reprint_window
        if copy.story in recent_stories or not (copy.own_sentences or is_told_again):
            return copy
    neighbours = _neighbours(article, near, policy)
    if repeated and (not repeated.own_sentences or repeated.source.pairs >= policy.text_pairs_of_news):
        source = repeated.source.filed
        neighbours = [neighbour for neighbour in neighbours if neighbour.filed.story != source.story]
        reason = PlacementReason(Rule.ADDS, (len(repeated.own_sentences),))
        if source.story in recent_stories and not leads_with_news(texts[article.id], repeated.own_sentences):
            placement = Placement(source.story, None, reason, 1.0, source.id, repeated.own_sentences)
            return replace(placement, related=_related(article, near, neighbours, source.story, policy))
        # Its words are mostly the source's, so they cannot tell whether it is the same event.
        neighbours.append(
            Neighbour(source, repeated.source.of_smaller / policy.text_share, PlacementReason(Rule.BACKGROUND))
        )
    best = max(_joinable(article, near, neighbours, policy), key=attrgetter("nearness"), default=None)
    if best is None or best.nearness < 1:
        return Placement(related=_related(article, near, neighbours, None, policy))
    related = _related(article, near, neighbours, best.filed.story, policy)
    return Placement(best.filed.story, None, best.reason, round(best.nearness, 2), best.filed.id, related=related)


def repeated_articles(
    article: Candidate, candidates: Sequence[Candidate], policy: ClusterPolicy = ClusterPolicy()
) -> Sequence[int]:
    """Return the candidates that share much text with an article: their sentences must be compared."""
    return [comparison.filed.id for comparison in _compare(article, candidates, policy) if comparison.repeats]


# ---- comparisons


class _Comparison(NamedTuple):
    """A filed article compared with the one to place."""

    filed: Candidate
    pairs: int  # word pairs that both samples hold, and their share of the smaller and of the larger one
    of_smaller: float
    of_larger: float
    names: Sequence[int]  # in both, with those of watched names
    numbers: Sequence[int]
    is_near: bool  # in time
    repeats: bool  # one text holds much of the other, and they are not two uses of one template
    is_other_incident: bool  # of the press: whatever else is alike, they are not one story


def _compare(article: Candidate, candidates: Sequence[Candidate], policy: ClusterPolicy) -> Sequence[_Comparison]:
    return [_compared(article, c, policy) for c in candidates if c.story is not None and c.id != article.id]


def _compared(article: Candidate, filed: Candidate, policy: ClusterPolicy) -> _Comparison:
    one, two = article.fingerprint, filed.fingerprint
    pairs, of_smaller, of_larger = _overlap(one.sketch, two.sketch)
    if one.romanisation != two.romanisation:
        two = replace(two, names=b"")  # names that another table made would hardly ever agree
    names = _shared(one.names, two.names)
    numbers = _shared(one.numbers, two.numbers)
    is_template = (
        _share(names, one.names, two.names, at_least=2) < policy.template_name_share
        or _share(numbers, one.numbers, two.numbers, at_least=4) < policy.template_number_share
    )
    overlaps = pairs >= policy.text_pairs and of_smaller >= policy.text_share
    is_other = tell_other_people(article, filed) or tell_other_incidents(article, filed)
    is_near = abs(filed.published_at - article.published_at) <= policy.story_window
    return _Comparison(
        filed, pairs, of_smaller, of_larger, names, numbers, is_near and not (overlaps and is_template),
        overlaps and not is_template and not is_other, is_other,
    )  # fmt: skip


def _shared(one: bytes, two: bytes) -> Sequence[int]:
    return sorted({*unpacked(one)}.intersection(unpacked(two)))


def _share(common: Sequence[int], one: bytes, two: bytes, at_least: int) -> float:
    """Return the share of the smaller set that the larger one holds; 1 if the set is too small to tell."""
    smaller = min(size(one), size(two))
    return len(common) / smaller if smaller >= at_least else 1.0


def _overlap(one: bytes, two: bytes) -> tuple[int, float, float]:
    shared = len(_shared(one, two))
    if not shared:
        return 0, 0.0, 0.0
    # Compare only up to the lower limit: above it, one of the sketches has gaps.
    a, b = _sketch_limit(one), _sketch_limit(two)
    first = size(one) if a <= b else bisect_right(unpacked(one), b)
    second = size(two) if b <= a else bisect_right(unpacked(two), a)
    return shared, shared / min(first, second), shared / max(first, second)


def _sketch_limit(sketch: bytes) -> int:
    """Return the hash up to which a sketch is complete: the quarter, or the last hash of a short text."""
    return QUARTER if size(sketch) > MIN_SKETCH else max(QUARTER, unpacked(sketch)[-1])


# ---- copies


class _Repeated(NamedTuple):
    """A filed article that the article repeats, and the sentences that no repeated article of its story holds."""

    source: _Comparison
    own_sentences: tuple[Passage, ...]
    of_story: Sequence[int]  # the repeated articles of that story
    nearest: _Comparison  # with the one that shares most text
    distance: timedelta  # to the nearest of them in time


def _repeated(
    article: Candidate, comparisons: Sequence[_Comparison], texts: Texts, policy: ClusterPolicy
) -> _Repeated | None:
    """Return the story whose articles leave the article the fewest sentences of its own; of equals the nearest in time.

    Its source is the first that holds all of them, or else the one with most of its text.
    """
    stories: dict[int | None, list[tuple[_Comparison, tuple[Passage, ...]]]] = {}
    for comparison in sorted(comparisons, key=lambda c: (-c.pairs, -c.of_larger)):  # the first of equals
        source = texts.get(comparison.filed.id)
        passages = own_sentences(texts[article.id], source, article.watched_words, policy) if source else ()
        stories.setdefault(comparison.filed.story, []).append((comparison, passages))
    results = []
    for sources in stories.values():
        nearest, passages = sources[0]
        new_in_story = tuple(p for p in passages if all(p in new_beside_source for _, new_beside_source in sources))
        whole = [comparison for comparison, new_beside_source in sources if not new_beside_source]
        of_story = [comparison.filed.id for comparison, _ in sources if comparison.filed.id in texts]
        distance = min(abs(c.filed.published_at - article.published_at) for c, _ in sources)
        compared = min(whole, key=comparisons.index, default=nearest)
        results.append(_Repeated(compared, new_in_story, of_story, nearest, distance))
    return min(results, key=_rank_of_repeated, default=None)


def _rank_of_repeated(repeated: _Repeated) -> tuple[int, int, float, timedelta]:
    nearest = repeated.nearest
    return len(repeated.own_sentences), -nearest.pairs, -nearest.of_larger, repeated.distance


def _copy(article: Candidate, repeated: _Repeated, texts: Texts) -> Placement:
    """Return the placement of a copy. Its reason says which text was cut, by their lengths; the source may be later."""
    comparison, source = repeated.source, repeated.source.filed
    sources = [texts[number] for number in repeated.of_story]
    reworded = reworded_sentences(texts[article.id], sources, article.watched_words, article.told_at) if sources else ()
    is_cut = comparison.of_larger < 0.75 and size(article.fingerprint.sketch) < size(source.fingerprint.sketch)
    reason = PlacementReason(Rule.CUT if is_cut else Rule.COPY)
    score = round(comparison.of_smaller, 2)
    return Placement(source.story, source.id, reason, score, own_sentences=reworded)


# ---- stories


def _neighbours(article: Candidate, near: Sequence[_Comparison], policy: ClusterPolicy) -> list[Neighbour]:
    names, stems = name_hashes(article.watched_words), stem_hashes(article.watched_words)
    words, rarity = _words(article, stems), _rarity(article, near)
    return [
        neighbour
        for comparison in near
        for neighbour in (
            _near_by_words(article, comparison, words, _words(comparison.filed, stems), policy),
            _near_by_names(article, comparison, names, rarity, policy),
            _near_by_acts(article, comparison.filed),
        )
        if neighbour.nearness > 0
    ]


def _near_by_words(
    article: Candidate, comparison: _Comparison, words: Mapping[int, int], other_words: Mapping[int, int],
    policy: ClusterPolicy,
) -> Neighbour:  # fmt: skip
    """Return how near two articles are by the cosine of their weighted words, in one language."""
    filed, has_title_only = comparison.filed, _has_title_only(article, comparison.filed)
    common = words.keys() & other_words.keys()
    # Headlines alone whose numbers all differ are templates, for instance exchange rates.
    numbers_differ = article.fingerprint.numbers and filed.fingerprint.numbers and not comparison.numbers
    # Fewer shared words may be chance, above all in headlines.
    too_few = len(common) < (2 if len(comparison.names) > 1 else 3)
    if too_few or _differ(article.language, filed.language) or (has_title_only and numbers_differ):
        return Neighbour(filed, 0.0, PlacementReason())
    similarity = sum(words[stem] * other_words[stem] for stem in common) / sqrt(_squared(words) * _squared(other_words))
    hours = hours_between(article, filed)
    threshold = policy.similarity_in_titles if has_title_only else policy.similarity
    reason = PlacementReason(Rule.WORDS, (round(100 * similarity), hours))
    return Neighbour(filed, similarity * _decay(article, filed, policy) / threshold, reason)


def _near_by_names(
    article: Candidate,
    comparison: _Comparison,
    watched: set[int],
    rarity: Mapping[int | str, float],
    policy: ClusterPolicy,
) -> Neighbour:
    """Return how near two articles are by the cosine of their names and numbers, in two languages.

    Of the watched people one is left out, the one that most stories name: who is named together tells events apart.
    """
    filed, people = comparison.filed, article.people & comparison.filed.people
    names = [name for name in comparison.names if name not in watched]
    names_count = len(names) + max(0, len(people) - 1)
    if names_count + len(comparison.numbers) < 2 or not names_count or (article.language == filed.language != ""):
        return Neighbour(filed, 0.0, PlacementReason())

    def squared(names: Iterable[int], numbers: Iterable[int], people: Iterable[str]) -> float:
        of_names = sum(rarity.get(name, 1.0) ** 2 for name in names if name not in watched)
        of_people = sum(sorted(rarity.get(person, 1.0) ** 2 for person in people)[1:])
        return of_names + of_people + policy.number_weight**2 * sum(rarity.get(number, 1.0) ** 2 for number in numbers)

    totals = [
        squared(unpacked(c.fingerprint.names), unpacked(c.fingerprint.numbers), c.people) for c in (article, filed)
    ]
    similarity = squared(names, comparison.numbers, people) / sqrt(totals[0] * totals[1])
    is_title = _has_title_only(article, filed)
    threshold = policy.similarity_of_names_in_titles if is_title else policy.similarity_of_names
    reason = PlacementReason(Rule.NAMES, (names_count, len(comparison.numbers), hours_between(article, filed)))
    return Neighbour(filed, similarity * _decay(article, filed, policy) / threshold, reason)


def _near_by_acts(article: Candidate, filed: Candidate) -> Neighbour:
    """Return the threshold of one story where both say that the same was done to the same watched person."""
    nearness = 1.0 if article.acts & filed.acts else 0.0
    return Neighbour(filed, nearness, PlacementReason(Rule.ACT, (hours_between(article, filed),)))


def _joinable(
    article: Candidate, near: Sequence[_Comparison], neighbours: Sequence[Neighbour], policy: ClusterPolicy
) -> Sequence[Neighbour]:
    """Return the neighbours by which an article may join a story.

    By names only where nothing in it is in its language and about the same watched entity: words tell two events of one
    person apart, and names hardly do. By what was done to a person only where no article of it told that longer ago
    than the window: a detention that each day's report repeats is no event of that day. Never where an article of it
    tells another incident of the press.
    """
    of_other_incidents = {comparison.filed.story for comparison in near if comparison.is_other_incident}
    told_long_ago = {
        c.story
        for c in (comparison.filed for comparison in near)
        if article.acts & c.acts and abs(article.published_at - c.published_at) > policy.act_window
    }
    told_in_language = {
        c.filed.story
        for c in near
        if c.filed.language == article.language != "" and article.entities & c.filed.entities
    }
    return [
        neighbour
        for neighbour in neighbours
        if neighbour.filed.story not in of_other_incidents
        and (
            neighbour.reason.rule is Rule.WORDS
            or (neighbour.reason.rule is Rule.ACT and neighbour.filed.story not in told_long_ago)
            or (neighbour.reason.rule is Rule.NAMES and neighbour.filed.story not in told_in_language)
        )
    ]


def _related(
    article: Candidate,
    near: Sequence[_Comparison],
    neighbours: Iterable[Neighbour],
    story: int | None,
    policy: ClusterPolicy,
) -> tuple[RelatedArticle, ...]:
    """Return the nearest articles of other stories than this one."""
    other_neighbours = []
    for neighbour in neighbours:
        if neighbour.reason.rule is not Rule.WORDS:
            of_names = policy.related_of_names if neighbour.reason.rule is Rule.NAMES else 1.0
            nearness = neighbour.nearness * of_names * shared_entities_factor(article, neighbour.filed)
            other_neighbours.append(neighbour._replace(nearness=nearness))
    return related_articles(article, [comparison.filed for comparison in near], other_neighbours, story, policy)


def _rarity(article: Candidate, near: Iterable[_Comparison]) -> Mapping[int | str, float]:
    """Return the weight of each shared name, number and watched person: the more stories have it, the lower."""
    stories: dict[int | str, set[int | None]] = {}
    for comparison in near:
        people = article.people & comparison.filed.people
        facts: Iterable[int | str] = (*comparison.names, *comparison.numbers, *people)
        for fact in facts:
            stories.setdefault(fact, set()).add(comparison.filed.story)
    # A name that half of the day's stories share tells them apart badly; the root keeps it from vanishing.
    return {fact: 1 / sqrt(len(story_ids)) for fact, story_ids in stories.items()}


def _words(article: Candidate, left_out: set[int]) -> dict[int, int]:
    """Return the weights of an article's stems, without those of watched names."""
    weights = stem_weights(article.fingerprint)
    for stem in left_out:
        weights.pop(stem, None)
    return weights


def _squared(weights: Mapping[int, int]) -> int:
    return sum(map(mul, weights.values(), weights.values()))


def _has_title_only(one: Candidate, two: Candidate) -> bool:
    return not (one.fingerprint.sketch and two.fingerprint.sketch)


def _differ(one: str, two: str) -> bool:
    """Return True if both languages are known and differ."""
    return bool(one and two) and one != two


def _decay(one: Candidate, two: Candidate, policy: ClusterPolicy) -> float:
    return exp(-abs(one.published_at - two.published_at) / policy.decay_time)
