"""The spellings of a name as its stories have them, and how often people confirmed each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Entity, ReviewItem
from monitor.review.feedback import UNRELIABLE_SHARE
from monitor.text.normalize import fold

MIN_JUDGED = 5  # before a spelling is called doubtful
MAX_FORMS = 3  # of a spelling


@dataclass(frozen=True, slots=True)
class SpellingUse:
    """The number of stories of a spelling, how often people confirmed it, and as what it was found otherwise."""

    spelling: str
    stories: int = 0
    right: int = 0
    wrong: int = 0
    forms: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Return whether the spelling was wrong so often that it may be switched off."""
        judged = self.right + self.wrong
        return judged >= MIN_JUDGED and self.right / judged < UNRELIABLE_SHARE


def spelling_uses(
    entity: Entity, items: Sequence[ReviewItem], rightness: Mapping[int, bool | None]
) -> Sequence[SpellingUse]:
    """Return each spelling with its stories and judgements, those that are not listed any more last."""
    stories, judged, forms = Counter[str](), Counter[tuple[str, bool | None]](), defaultdict[str, Counter[str]](Counter)
    for item in items:
        mentions = [m.mention for hit in item.hits if hit.entity == entity.id for m in hit.mentions]
        found_spellings = {mention.alias for mention in mentions}
        stories.update(found_spellings)
        judged.update((spelling, rightness.get(item.id)) for spelling in found_spellings)
        for spelling, form in {(mention.alias, mention.text) for mention in mentions if not mention.is_of_press}:
            forms[spelling][form] += 1
    spellings = dict.fromkeys((*entity.spellings, *entity.handles, *stories))
    return [
        SpellingUse(s, stories[s], judged[s, True], judged[s, False], _other_forms((s, *entity.spellings), forms[s]))
        for s in spellings
    ]


def _other_forms(spellings: Iterable[str], counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the forms that no spelling and no longer form holds, those of most words first, of these the frequent."""
    word_sets, forms = [set(fold(spelling).split()) for spelling in spellings], list[str]()
    for form in sorted(counts, key=lambda form: (-len(form.split()), -counts[form], form)):
        words = set(fold(form).split())
        if not any(words <= word_set for word_set in word_sets):
            word_sets.append(words)
            forms.append(form)
    return tuple(forms[:MAX_FORMS])
