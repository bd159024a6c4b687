"""Pure. Decides which article is a copy of which, and which articles tell one story.

A copy is recognised by the containment of word-pair sketches: edited, cut, embedded or under another headline, it still
holds most of its source. A story is recognised by what is the same in every language: watched people, romanised names,
numbers, and time. No model, no translation; every placement has a reason.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from math import exp, sqrt
from typing import NamedTuple

from monitor.cluster.fingerprint import MIN_SKETCH, QUARTER, STEM_BITS, STEM_MASK, size, unpacked
from monitor.cluster.policy import ClusterPolicy
from monitor.model import NEW_STORY_REASON, Candidate, Fingerprint, Placement


def place(article: Candidate, candidates: Sequence[Candidate], policy: ClusterPolicy = ClusterPolicy()) -> Placement:
    """Return the place of an article: a copy of a filed one, a member of a filed one's story, or a new story.

    Candidates come in the order of filing; of equals the first is chosen. Copies have no limit of age.
    """
    filed = [_comparable(c, article) for c in candidates if c.story is not None and c.id != article.id]
    comparisons = _compare_candidates(article, filed, policy)
    return (
        _as_copy(article, comparisons, policy)
        or _as_story_member(article, comparisons, policy)
        or Placement(why=NEW_STORY_REASON)
    )


def _comparable(candidate: Candidate, article: Candidate) -> Candidate:
    """Return a candidate without the names that another table of romanisations made: they would hardly ever agree."""
    if candidate.fingerprint.romanisation == article.fingerprint.romanisation:
        return candidate
    return replace(candidate, fingerprint=replace(candidate.fingerprint, names=b""))


class _Overlap(NamedTuple):
    """The overlap of two texts: shared word pairs of the samples, and their share of the smaller and the larger one."""

    pairs: int = 0
    of_smaller: float = 0.0
    of_larger: float = 0.0


_NO_OVERLAP = _Overlap()


class _Comparison(NamedTuple):
    """A filed article compared with the one to place. A tuple for speed: several are made for every article."""

    filed: Candidate
    overlap: _Overlap
    names: Sequence[int]
    numbers: Sequence[int]
    shared_words: int  # stems that both texts hold
    word_similarity: float  # cosine of the weighted stems


def _compare_candidates(article: Candidate, filed: Sequence[Candidate], policy: ClusterPolicy) -> Sequence[_Comparison]:
    """Return comparisons with candidates that may be a source or are near in time; skip the others, which are most."""
    fingerprint, compared, overlaps = article.fingerprint, list[Candidate](), list[_Overlap]()
    pairs = {*unpacked(fingerprint.sketch).tolist()} if filed else set()
    # Cheap tests first: most candidates share too few pairs and are far in time.
    for candidate in filed:
        shared = len(pairs.intersection(unpacked(candidate.fingerprint.sketch).tolist()))
        is_near = _is_near(article, candidate, policy)
        if shared >= policy.copy_pairs or is_near:
            overlap = _overlap(fingerprint.sketch, candidate.fingerprint.sketch, shared)
            if overlap.of_smaller >= policy.copy_share or is_near:
                compared.append(candidate)
                overlaps.append(overlap)
    if not compared:
        return ()
    fingerprints = [c.fingerprint for c in compared]
    # For those that remain only: these comparisons cost more.
    names = _shared_values(fingerprint.names, [one.names for one in fingerprints])
    numbers = _shared_values(fingerprint.numbers, [one.numbers for one in fingerprints])
    words = _word_similarities(fingerprint.words, [one.words for one in fingerprints])
    facts = zip(compared, overlaps, names, numbers, words, strict=True)
    return [
        _Comparison(candidate, overlap, shared_names, shared_numbers, *word_similarity)
        for candidate, overlap, shared_names, shared_numbers, word_similarity in facts
    ]


def _is_near(article: Candidate, candidate: Candidate, policy: ClusterPolicy) -> bool:
    return abs(candidate.published_at - article.published_at) <= policy.story_window


def _shared_values(hashes: bytes, other_hashes: Sequence[bytes]) -> Iterator[Sequence[int]]:
    wanted_values = {*unpacked(hashes).tolist()}
    return ([value for value in unpacked(packed_set).tolist() if value in wanted_values] for packed_set in other_hashes)


def _overlap(one: bytes, two: bytes, shared: int) -> _Overlap:
    if not shared:
        return _NO_OVERLAP
    # Compare only up to the lower limit: above it, one of the sketches has gaps.
    a, b = _sketch_limit(one), _sketch_limit(two)
    first = size(one) if a <= b else bisect_right(memoryview(one).cast("i"), b)
    second = size(two) if b <= a else bisect_right(memoryview(two).cast("i"), a)
    return _Overlap(shared, shared / min(first, second), shared / max(first, second))


def _sketch_limit(sketch: bytes) -> int:
    """Return the hash up to which a sketch is complete: the quarter, or the last hash of a short text."""
    if size(sketch) > MIN_SKETCH:
        return QUARTER
    # Sketches are sorted, so the last four bytes are the largest hash.
    return max(QUARTER, int.from_bytes(sketch[-4:], "little"))


# ---- copies


def _as_copy(article: Candidate, comparisons: Iterable[_Comparison], policy: ClusterPolicy) -> Placement | None:
    matches = [comparison for comparison in comparisons if _is_copy(article, comparison, policy)]
    if not matches:
        return None
    best = max(matches, key=lambda match: (match.overlap.pairs, match.overlap.of_larger))  # the first of equals
    source, overlap = best.filed, best.overlap
    is_longer = len(article.fingerprint.sketch) > len(source.fingerprint.sketch)
    return Placement(
        source.story,
        source.id,
        "copy",
        round(overlap.of_smaller / policy.copy_share, 2),
        _copy_reason(article, source, overlap, policy),
        # Only a text that says more is indexed: a hundred equal copies would make their word pairs common.
        adds=is_longer and overlap.of_larger < policy.copy_share_of_larger,
    )


def _copy_reason(copy: Candidate, source: Candidate, overlap: _Overlap, policy: ClusterPolicy) -> str:
    """Return the reason of a copy, with its likely direction by length and time.

    The article filed first need not be the source.
    """
    phrase = f"{overlap.of_smaller:.0%} of "
    if overlap.of_larger >= policy.copy_share_of_larger:
        phrase += "its text is the same, word for word"
    elif len(copy.fingerprint.sketch) < len(source.fingerprint.sketch):
        phrase += "its text stands in the longer one, word for word: it was cut"
    else:
        phrase += "the other's text stands in it, word for word: it says more"
    return f"{phrase}; it was published first" if copy.published_at < source.published_at else phrase


def _is_copy(article: Candidate, comparison: _Comparison, policy: ClusterPolicy) -> bool:
    if comparison.overlap.pairs < policy.copy_pairs or comparison.overlap.of_smaller < policy.copy_share:
        return False
    # At one outlet, repeated background makes a follow-up look like a copy.
    if article.outlet and article.outlet == comparison.filed.outlet and not _is_republished(comparison.overlap, policy):
        return False
    return not _is_template(article.fingerprint, comparison, policy)


def _is_republished(overlap: _Overlap, policy: ClusterPolicy) -> bool:
    """Return True for the same article published again at one outlet.

    A follow-up that repeats the background of an earlier article is not one.
    """
    return overlap.of_smaller >= policy.copy_share_same_outlet and overlap.of_larger >= policy.copy_share_of_larger


def _is_template(one: Fingerprint, comparison: _Comparison, policy: ClusterPolicy) -> bool:
    """Return True if similar texts report different facts: exchange rates, weather, daily counts, calls for entries."""
    two = comparison.filed.fingerprint
    return (
        _shared_share(comparison.names, one.names, two.names, at_least=2) < policy.template_name_share
        or _shared_share(comparison.numbers, one.numbers, two.numbers, at_least=4) < policy.template_number_share
    )


def _shared_share(common: Sequence[int], one: bytes, two: bytes, at_least: int) -> float:
    """Return the share of the smaller set that the larger one holds; 1 if the set is too small to tell."""
    smaller = min(size(one), size(two))
    return len(common) / smaller if smaller >= at_least else 1.0


# ---- stories


def _count(n: int, singular: str, plural: str) -> str:
    return f"{n} {singular if n == 1 else plural}" if n else ""


def _join_phrases(parts: Iterable[str]) -> str:
    *initial, last = filter(None, parts)
    return f"{', '.join(initial)} and {last}" if initial else last


def _as_story_member(article: Candidate, comparisons: Iterable[_Comparison], policy: ClusterPolicy) -> Placement | None:
    near = [comparison for comparison in comparisons if _is_near(article, comparison.filed, policy)]
    weights = _rarity_weights(near)
    scored = [(*_score(article, comparison, weights, policy), comparison) for comparison in near]
    score, rule, comparison = max(
        scored, key=lambda candidate_score: candidate_score[0], default=(0.0, "", None)
    )  # the first of equals
    if comparison is None or score < 1:
        return None
    return Placement(
        comparison.filed.story,
        None,
        rule,
        round(score, 2),
        _story_reason(article, comparison, rule),
        similar_article=comparison.filed.id,
    )


def _story_reason(article: Candidate, comparison: _Comparison, rule: str) -> str:
    """Return what the two articles share, in numbers, for people to check."""
    people = article.people & comparison.filed.people
    organisations = (article.entities & comparison.filed.entities) - people
    watched = [
        _count(len(people), "watched person", "watched people"),
        _count(len(organisations), "watched organisation", "watched organisations"),
    ]
    shared = [
        _count(len(comparison.names), "name", "names"),
        _count(len(comparison.numbers), "number", "numbers"),
        f"{comparison.overlap.of_smaller:.0%} of the text" if comparison.overlap.of_smaller >= 0.1 else "",
    ]
    phrases = [f"{verb} {_join_phrases(nouns)}" for verb, nouns in (("name", watched), ("share", shared)) if any(nouns)]
    if rule == "words":
        phrases.append(f"are {comparison.word_similarity:.0%} alike in their words")
    hours = round(abs(article.published_at - comparison.filed.published_at) / timedelta(hours=1))
    return f"both {', '.join(phrases)}, {_count(hours, 'hour', 'hours') or 'less than an hour'} apart"


def _rarity_weights(near: Iterable[_Comparison]) -> Mapping[int, float]:
    """Return the weight of each shared name or number: the more stories have it, the lower."""
    stories: dict[int, set[int | None]] = {}
    for comparison in near:
        for fact in {*comparison.names, *comparison.numbers}:
            stories.setdefault(fact, set()).add(comparison.filed.story)
    # A name that half of the day's stories share tells them apart badly; the root keeps it from vanishing.
    return {fact: 1 / sqrt(len(story_ids)) for fact, story_ids in stories.items()}


def _score(
    one: Candidate, comparison: _Comparison, weights: Mapping[int, float], policy: ClusterPolicy
) -> tuple[float, str]:
    """Return the best score of the rules for one story, in multiples of the threshold, and the rule."""
    two, names, numbers = comparison.filed, comparison.names, comparison.numbers
    a, b = one.fingerprint, two.fingerprint
    people = one.people & two.people
    other_entities = len((one.entities & two.entities) - people)
    has_title_only = not (a.sketch and b.sketch)
    fact_points = _points(names, numbers, weights, policy)
    scores = [(0.0, "")]
    if people:
        points = fact_points + policy.person_points * len(people) + policy.other_entity_points * other_entities
        scores.append((points / policy.watched_points, "watched"))
    if not (comparison.overlap.of_smaller >= policy.text_overlap and _is_template(a, comparison, policy)):
        # Headlines alone whose numbers all differ are templates too, for instance exchange rates.
        is_excluded = _are_different_languages(one.language, two.language) or (
            has_title_only and a.numbers and b.numbers and not numbers
        )
        # Fewer shared words may be chance, above all in headlines.
        min_shared_words = 2 if len(names) > 1 else 3
        if not is_excluded and comparison.shared_words >= min_shared_words:
            time_decay = exp(-abs(one.published_at - two.published_at) / policy.decay_time)
            threshold = policy.word_similarity_in_titles if has_title_only else policy.word_similarity
            scores.append((comparison.word_similarity * time_decay / threshold, "words"))
        # Across languages words cannot be compared, but romanised names and numbers can.
        if len(names) > 1 and (one.language != two.language or not one.language):
            mean_points = sqrt(_total_points(a, weights, policy) * _total_points(b, weights, policy))
            similarity = max(
                fact_points / mean_points / policy.shared_fact_share,
                comparison.overlap.of_smaller / policy.text_overlap,
            )
            # An organisation that many stories name identifies no event.
            event_points = fact_points - other_entities
            threshold = policy.unwatched_points_in_titles if has_title_only else policy.unwatched_points
            scores.append((min(event_points / threshold, similarity), "names"))
    return max(scores, key=lambda score: score[0])


def _total_points(fingerprint: Fingerprint, weights: Mapping[int, float], policy: ClusterPolicy) -> float:
    return _points(unpacked(fingerprint.names).tolist(), unpacked(fingerprint.numbers).tolist(), weights, policy)


def _points(names: Iterable[int], numbers: Iterable[int], weights: Mapping[int, float], policy: ClusterPolicy) -> float:
    return sum([weights.get(name, 1.0) for name in names]) + policy.number_points * sum(
        [weights.get(n, 1.0) for n in numbers]
    )


def _are_different_languages(one: str, two: str) -> bool:
    """Return True if both languages are known and differ."""
    return bool(one and two) and one != two


def _word_similarities(one: bytes, other_words: Iterable[bytes]) -> Iterator[tuple[int, float]]:
    """Yield, for each other set of words, the number of common stems and the cosine similarity."""
    weight_by_stem = _weight_by_stem(one)
    length = _squared_length(weight_by_stem)
    for packed_words in other_words:
        weights = _weight_by_stem(packed_words)
        common = [weight_by_stem[stem] * weight for stem, weight in weights.items() if stem in weight_by_stem]
        yield len(common), sum(common) / sqrt(max(1, length * _squared_length(weights)))


def _weight_by_stem(words: bytes) -> dict[int, int]:
    return {word & STEM_MASK: word >> STEM_BITS for word in unpacked(words)}


def _squared_length(weight_by_stem: Mapping[int, int]) -> int:
    return sum([weight * weight for weight in weight_by_stem.values()])
