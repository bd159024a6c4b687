"""Pure. The stories of a section that belong together: related ones about one watched person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush

from monitor.messages.content.stories.build import DigestStory
from monitor.model import Confidence, EntityType, ItemHit


@dataclass(frozen=True, slots=True)
class StoryGroup:
    """Stories that stand side by side. `person`: the hit that all of them have; None for a story by itself."""

    stories: tuple[DigestStory, ...]
    person: ItemHit | None = None


def group_related(stories: Sequence[DigestStory]) -> list[StoryGroup]:
    """Return the stories in their order, those about one person that are related behind the first of them.

    The nearest comes first, then the earliest; what is near a story of the group is of the group. Only what `stories`
    holds counts: so a group takes no place from other stories of a section that lists some of its stories.
    """
    remaining = {story.item.id: story for story in stories}
    nearness = _nearness(remaining)
    people = {story.item.id: _people(story) for story in stories}
    groups = []
    while remaining:
        lead = next(iter(remaining.values()))
        group = StoryGroup((lead,))
        for person in people[lead.item.id].values():
            about_person = {number: s for number, s in remaining.items() if person.entity in people[number]}
            related_stories = _gather(lead, about_person, nearness)
            # Of several persons the one with most stories, the first of equal ones.
            if len(related_stories) > len(group.stories):
                group = StoryGroup(related_stories, person)
        groups.append(group)
        for story in group.stories:
            del remaining[story.item.id]
    return groups


def _people(story: DigestStory) -> Mapping[str, ItemHit]:
    """Return the persons that the articles of a story surely name, by their ids."""
    return {
        hit.entity: hit
        for hit in story.hits
        if hit.type is EntityType.PERSON and hit.confidence is Confidence.STRONG and not hit.removed
    }


def _nearness(stories: Mapping[int, DigestStory]) -> Mapping[int, Mapping[int, float]]:
    """Return how near these items are that are related, both ways."""
    scores: dict[int, dict[int, float]] = defaultdict(dict)
    for item, story in stories.items():
        for near in story.item.nearest:
            if near.id in stories and near.id != item:
                for start, end in ((item, near.id), (near.id, item)):
                    scores[start][end] = max(near.score, scores[start].get(end, 0.0))
    return scores


def _gather(
    lead: DigestStory, stories: Mapping[int, DigestStory], nearness: Mapping[int, Mapping[int, float]]
) -> tuple[DigestStory, ...]:
    """Return of these stories the lead and those that are related to it or to one that is; always the nearest next."""
    stories_by_item = {lead.item.id: lead}
    queue: list[tuple[float, datetime, int]] = []
    newest = lead.item.id
    while True:
        for item, score in nearness.get(newest, {}).items():
            if item in stories and item not in stories_by_item:
                heappush(queue, (-score, stories[item].news_article.first_seen, item))
        while queue and queue[0][2] in stories_by_item:
            heappop(queue)
        if not queue:
            return tuple(stories_by_item.values())
        newest = heappop(queue)[2]
        stories_by_item[newest] = stories[newest]
