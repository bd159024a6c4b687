"""Pure. What decisions teach: how often each name, form and outlet was right, and what starts as possible now.

Only *another person*, *another organization* and *common word* teach, and only for the same form of a name at the same
outlet. Nothing is hidden by it: a mention that was clear becomes possible and says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

from monitor.model import Confidence, Entity, EntityType, Mention, Message, NameJudgement, Precedent, Reason, Verdict
from monitor.text.normalize import fold
from monitor.text.tokens import tokens

TEACHING = frozenset({Reason.ANOTHER_PERSON, Reason.ANOTHER_ORGANIZATION, Reason.COMMON_WORD})
WRONG = TEACHING | {Reason.EXTRACTION_ERROR}
ENOUGH = 3  # times that a form was another's at an outlet, and never right
POSSIBLE_AT_MOST = 60.0  # the score of a mention that was clear and is possible now
SELDOM = 0.2  # a form that is right less often than this is worth a warning
_Z = 1.96  # of a normal distribution: 95 % lie within


@dataclass(frozen=True, slots=True)
class Precision:
    """How often something was right, with the bounds within which its true share lies, 19 times of 20."""

    right: int
    wrong: int

    @property
    def share(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson's interval (Journal of the American Statistical Association 22, 1927): good for few cases, too.

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
        return f"right {self.right} of {n} times ({self.share:.0%}; likely {low:.0%} to {high:.0%})"


@dataclass(frozen=True, slots=True)
class Lessons:
    """(entity, form, outlet) -> how often it was another's there."""

    anothers: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def heeded(self, found: Sequence[Mention], outlet: str, entities: Mapping[str, Entity]) -> tuple[Mention, ...]:
        """The mentions, with those made possible that were another's before, in this form, at this outlet."""
        if not self.anothers:
            return tuple(found)
        return tuple(self._heeded(mention, outlet, entities.get(mention.entity)) for mention in found)

    def _heeded(self, mention: Mention, outlet: str, entity: Entity | None) -> Mention:
        times = self.anothers.get((mention.entity, form_of(mention.text), outlet))
        if not times or mention.confidence is Confidence.POSSIBLE or entity is None or _is_full_name(mention, entity):
            return mention
        why = Message("{} times it was another's in this form at {}, your colleagues said", times, outlet)
        score = min(mention.score, POSSIBLE_AT_MOST)
        return replace(mention, confidence=Confidence.POSSIBLE, score=score, why=(*mention.why, why))


def form_of(text: str) -> str:
    """The words of a mention as they stand, whatever their case and marks.

    >>> form_of("«Токоева»")
    'токоева'
    """
    return " ".join(token.text for token in tokens(fold(text)))


def name_was_right(verdict: Verdict | None, reason: Reason | None) -> bool | None:
    """Whether a decision says that the name was found rightly; None: it does not say.

    A story that is *not about* someone, or a *duplicate*, names them all the same.
    """
    if verdict is Verdict.RELEVANT or reason in {Reason.NOT_ABOUT, Reason.DUPLICATE}:
        return True
    return False if reason in WRONG else None


def lessons(judged: Iterable[NameJudgement]) -> Lessons:
    """What was another's `ENOUGH` times in one form at one outlet, and never right there."""
    anothers: Counter[tuple[str, str, str]] = Counter()
    right: set[tuple[str, str, str]] = set()
    for each in judged:
        key = (each.entity, each.form, each.outlet)
        if each.right:
            right.add(key)
        elif each.reason in TEACHING:
            anothers[key] += 1
    return Lessons({key: times for key, times in anothers.items() if times >= ENOUGH and key not in right})


def precisions(judged: Iterable[NameJudgement], by: str) -> Mapping[str, Precision]:
    """Of each entity, form or outlet (`by` names the field), the most judged first. A story counts once for each."""
    stories: dict[str, dict[bool, set[int]]] = defaultdict(lambda: {True: set(), False: set()})
    for each in judged:
        stories[getattr(each, by)][each.right].add(each.item)
    counted = {key: Precision(len(sides[True]), len(sides[False])) for key, sides in stories.items()}
    return dict(sorted(counted.items(), key=lambda pair: (-(pair[1].right + pair[1].wrong), pair[0])))


def so_far(precedents: Iterable[Precedent]) -> Precision | None:
    """How often a name was right in the items it was judged in; None where no decision says."""
    told = [name_was_right(each.verdict, each.reason) for each in precedents]
    right, wrong = told.count(True), told.count(False)
    return Precision(right, wrong) if right + wrong else None


def seldom_right(judged: Collection[NameJudgement]) -> Mapping[tuple[str, str], Precision]:
    """(entity, form) that people found right less than one time in five, of five times at least."""
    by_entity: dict[str, list[NameJudgement]] = defaultdict(list)
    for each in judged:
        by_entity[each.entity].append(each)
    return {
        (entity, form): precision
        for entity, cases in sorted(by_entity.items())
        for form, precision in precisions(cases, "form").items()
        if precision.right + precision.wrong >= 5 and precision.share < SELDOM
    }


def _is_full_name(mention: Mention, entity: Entity) -> bool:
    """A person's given name and surname together; a namesake is for a person to tell, each time."""
    return entity.type is EntityType.PERSON and sum(len(token.text) > 1 for token in tokens(mention.text)) > 1
