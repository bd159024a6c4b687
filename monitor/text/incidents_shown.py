"""Pure. What happened to whom, above an article: the acts that it tells, and with their outlets those that it does not.

Lists, cards, digests, mail, alerts and reports have their tags from here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from monitor.model import ItemArticle, ItemHit, ItemMention, Message, ReviewItem, act_words, join_messages

_NOT_LOADED = Message("another article")  # of a large item


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """What happened to somebody, as it stands above an article.

    `tellers`: the outlets that tell what this article does not; `is_told`: it tells all but the release.
    """

    mention: ItemMention
    tellers: tuple[str, ...] = ()
    is_told: bool = True

    @property
    def victims(self) -> tuple[ItemHit, ...]:
        return self.mention.victims

    @property
    def is_release(self) -> bool:
        """Return whether all that it tells is that somebody was let go."""
        return self.mention.is_release

    @property
    def told_by(self) -> Message | None:
        """Return who tells what the article does not; None if it tells all."""
        if not self.tellers:
            return None
        return Message("release told by {}", self._outlets) if self.is_told else Message("told by {}", self._outlets)

    def in_words(self, name_of: Callable[[ItemHit], str] = lambda hit: hit.name, without: Collection[str] = ()) -> str:
        """Return what happened to whom as `ItemMention.in_words` does, and who tells what the article does not."""
        words, told_by = self.mention.in_words(name_of, without), self.told_by
        return join_messages(" · ", [words, told_by]) if told_by else words

    def acts_in_words(self) -> list[Message]:
        """Return each act as far as it went, with the outlets that tell what the article does not."""
        acts = [act_words(*telling) for telling in self.mention.tellings]
        return [Message("{} ({})", act, self._outlets) if self.tellers else act for act in acts]

    @property
    def _outlets(self) -> Message:
        template = ", ".join(["{}"] * len(self.tellers))
        return Message(template, *self.tellers)


def incidents_above(
    item: ReviewItem, article: ItemArticle, incidents: Iterable[ItemMention] | None = None
) -> list[ShownIncident]:
    """Return what happened to whom, as it stands above an article; `incidents`: those of the item that are shown."""
    outlets = {a.id: a.outlet for a in item.articles}
    shown = []
    for incident in item.incidents if incidents is None else incidents:
        mention = item.incident_in(incident, article.id)
        is_told = mention.article == article.id
        releases = [min(articles) for articles in mention.endings if article.id not in articles]
        numbers = releases if is_told else [mention.article, *releases]
        tellers = dict.fromkeys(outlets.get(number, _NOT_LOADED) for number in numbers)
        shown.append(ShownIncident(mention, tuple(tellers), is_told))
    return shown
