"""Pure. Lessons from decisions: precision per name, form and outlet, and mentions that are only possible from now on.

Only *another person*, *another organization* and *common word* teach, and only for the same form of a name at the same
outlet. Nothing is hidden: a strong mention becomes possible and gives the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

from monitor.groups import group_values
from monitor.model import (
    TEACHING,
    Confidence,
    Entity,
    EntityType,
    Mention,
    Message,
    NameJudgement,
    Precedent,
    name_was_right,
)
from monitor.text.tokens import normalized_form, tokens

MIN_NAMESAKES = 3  # of a form at an outlet where it was never right
MAX_POSSIBLE_SCORE = 60.0  # score of a mention lowered from strong
UNRELIABLE_SHARE = 0.2  # forms with a lower share of right matches get a warning
_Z = 1.96  # 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Precision:
    """The share of right matches, with its 95 % confidence interval."""

    right: int
    wrong: int

    @property
    def is_few(self) -> bool:
        """Return True if the cases are too few to speak of a share."""
        return self.right + self.wrong < 5

    @property
    def share(self) -> float:
        """Return right / (right + wrong)."""
        return self.right / (self.right + self.wrong)

    @property
    def bounds(self) -> tuple[float, float]:
        """Return Wilson's score interval, which suits few cases (J. of the American Statistical Association 22, 1927).

        >>> [round(bound, 2) for bound in Precision(41, 6).bounds]
        [0.75, 0.94]
        """
        n, share = self.right + self.wrong, self.share
        middle, width = share + _Z**2 / (2 * n), _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)

    def __str__(self) -> str:
        low, high = self.bounds
        n = self.right + self.wrong
        return f"{self.right} of {n} correct ({self.share:.0%}; likely {low:.0%} to {high:.0%})"


@dataclass(frozen=True, slots=True)
class Lessons:
    """The number of times a form was a namesake's at an outlet: (entity, form, outlet) -> count."""

    namesake_counts: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def apply(self, mentions: Sequence[Mention], outlet: str, entities: Mapping[str, Entity]) -> tuple[Mention, ...]:
        """Return the mentions; a form that was a namesake's at this outlet before becomes possible."""
        if not self.namesake_counts:
            return tuple(mentions)
        return tuple(self._apply_to(mention, outlet, entities.get(mention.entity)) for mention in mentions)

    def _apply_to(self, mention: Mention, outlet: str, entity: Entity | None) -> Mention:
        times = self.namesake_counts.get((mention.entity, normalized_form(mention.text), outlet))
        if not times or mention.confidence is Confidence.POSSIBLE or entity is None or _is_full_name(mention, entity):
            return mention
        why = Message("{} times it was another's in this form at {}, your colleagues said", times, outlet)
        score = min(mention.score, MAX_POSSIBLE_SCORE)
        return replace(mention, confidence=Confidence.POSSIBLE, score=score, why=(*mention.why, why))


def learn(judgements: Iterable[NameJudgement]) -> Lessons:
    """Return the forms that were a namesake's at an outlet `MIN_NAMESAKES` times and never right there."""
    namesakes: Counter[tuple[str, str, str]] = Counter()
    right: set[tuple[str, str, str]] = set()
    for judgement in judgements:
        key = (judgement.entity, judgement.form, judgement.outlet)
        if judgement.right:
            right.add(key)
        # Other reasons, for instance an extraction error, say nothing about a namesake.
        elif judgement.reason in TEACHING:
            namesakes[key] += 1
    return Lessons({key: times for key, times in namesakes.items() if times >= MIN_NAMESAKES and key not in right})


def precisions(judgements: Iterable[NameJudgement], key_field: str) -> Mapping[str, Precision]:
    """Return the precision of each entity, form or outlet, most judged first.

    `key_field`: the field of a judgement to group by. A story counts once for each key.
    """
    # Sets of items: ten copies of one story are one case.
    stories: dict[str, dict[bool, set[int]]] = defaultdict(lambda: {True: set(), False: set()})
    for judgement in judgements:
        stories[getattr(judgement, key_field)][judgement.right].add(judgement.item)
    counted = {key: Precision(len(sides[True]), len(sides[False])) for key, sides in stories.items()}
    return dict(sorted(counted.items(), key=lambda pair: (-(pair[1].right + pair[1].wrong), pair[0])))


def overall_precision(precedents: Iterable[Precedent]) -> Precision | None:
    """Return the precision of a name over the items it was judged in; None if no decision tells."""
    rightness = [name_was_right(precedent.verdict, precedent.reason) for precedent in precedents]
    right, wrong = rightness.count(True), rightness.count(False)
    return Precision(right, wrong) if right + wrong else None


def unreliable_forms(judgements: Collection[NameJudgement]) -> Mapping[tuple[str, str], Precision]:
    """Return the (entity, form) pairs that were right less than one time in five, of at least five."""
    by_entity = group_values((judgement.entity, judgement) for judgement in judgements)
    return {
        (entity, form): precision
        for entity, cases in sorted(by_entity.items())
        for form, precision in precisions(cases, "form").items()
        if precision.right + precision.wrong >= 5 and precision.share < UNRELIABLE_SHARE
    }


def _is_full_name(mention: Mention, entity: Entity) -> bool:
    """Return True for a person's given name and surname: a namesake of these is for people to judge, each time."""
    return entity.type is EntityType.PERSON and sum(len(token.text) > 1 for token in tokens(mention.text)) > 1
