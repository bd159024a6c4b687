"""Pure. Whether what was done to somebody is over, by what the same story tells later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model.article import Field
from monitor.model.change import Change
from monitor.model.items.item_article import ItemArticle
from monitor.model.items.item_hit import ItemHit, ItemMention
from monitor.model.mention import Confidence
from monitor.model.press.custody import Custody
from monitor.model.press.incident import ACTS_THAT_END, PressAct
from monitor.model.watchlist import EntityType

_BEHIND_TEXT = 1 << 40  # a headline tells what is newest
_STEM = 5  # letters of a surname, without its endings
_REWORDINGS = frozenset({Change.HEADLINE, Change.SENTENCE, Change.NAME_REMOVED})


def with_ending(shown: ItemMention, tellings: Sequence[ItemMention], articles: Sequence[ItemArticle]) -> ItemMention:
    """Return what happened with whether a later sentence lets all of its people go, or else whether it was reworded.

    The release must be told of these very people, and after all that tells them held.
    """
    people = [hit for hit in shown.victims if hit.type is EntityType.PERSON]
    acts = _acts_that_end(shown)
    if not acts or not people or shown.custody is Custody.RELEASED:
        return shown
    if all(_is_over(hit, shown, tellings, articles) for hit in people):
        return replace(shown, is_over=True)
    return replace(shown, is_reworded=any(_is_reworded(hit, shown, articles) for hit in people))


def _is_over(
    hit: ItemHit, shown: ItemMention, tellings: Sequence[ItemMention], articles: Sequence[ItemArticle]
) -> bool:
    """Return whether a sentence surely lets a person go after all that tells of the act."""
    by_id = {article.id: article for article in articles}

    def order(telling: ItemMention, *, is_release: bool) -> tuple[datetime, int]:
        place = telling.mention.span.start
        if telling.mention.field is Field.TITLE:
            place = _BEHIND_TEXT if is_release else -1
        return by_id[telling.article].developed_at, place

    of_person = [t for t in tellings if hit in t.victims and t.article in by_id]
    over = [t for t in of_person if _acts_that_end(t) and t.custody is Custody.RELEASED]
    acts = _acts_that_end(shown) | {PressAct.DETAINED}
    holding = [t for t in of_person if _acts_that_end(t) & acts and t not in over]
    holding = [t for t in holding if t.article == shown.article or by_id[t.article].copy_of is None]
    sure_places = [m for m in hit.mentions if m.mention.confidence is Confidence.STRONG and m.article in by_id]
    over += [m for m in sure_places if m.custody is Custody.RELEASED]
    last_held = max((order(t, is_release=False) for t in holding), default=None)
    return last_held is not None and any(order(t, is_release=True) > last_held for t in over)


def _acts_that_end(telling: ItemMention) -> frozenset[PressAct]:
    return ACTS_THAT_END & {*telling.mention.incident.acts} if telling.mention.incident else frozenset()


def _is_reworded(hit: ItemHit, shown: ItemMention, articles: Sequence[ItemArticle]) -> bool:
    """Return whether an outlet has since changed a sentence that told such an act of a person."""
    since = next((article.first_seen for article in articles if article.id == shown.article), None)
    stems = {words[-1][:_STEM] for m in hit.mentions if (words := m.mention.text.split())}
    act = PressAct.DETAINED if PressAct.DETAINED in _acts_that_end(shown) else PressAct.SUMMONED
    return any(
        finding.kind in _REWORDINGS
        and bool(since and finding.found and finding.found > since)
        and (finding.entity == hit.entity or any(stem in finding.before for stem in stems))
        and act in finding.withdrawn_acts
        for article in articles
        for finding in article.findings
    )
