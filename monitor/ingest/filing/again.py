"""Filing again: give an article that older rules filed the place that it has by the present rules."""

from __future__ import annotations

from dataclasses import replace

from monitor.cluster.related import MOST_RELATED
from monitor.ingest.filing.article import placement_among
from monitor.ingest.policy import LinePolicy
from monitor.model import Placement, RelatedArticle
from monitor.ports import Stories


def file_article_again(number: int, *, stories: Stories, policy: LinePolicy) -> bool:
    """File an article again among what was filed before it; return False if people took its item up meanwhile.

    It stays in its item, joins another that nobody has worked on, or opens an item of its own.
    """
    article = stories.filed_candidate(number)
    if article is None:
        return False
    since = article.published_at - policy.copies_within, article.published_at - policy.cluster.story_window
    similar = stories.find_similar(article, *since, text_share=policy.cluster.text_share, only_earlier=True)
    placement = placement_among(article, similar, stories.texts, policy.cluster)
    joinable = stories.joinable(article, {c.story for c in similar if c.story is not None})
    if placement.story is not None and placement.story not in joinable:
        # Nobody has judged this article, so it must not disappear into an item that was judged.
        joinable_candidates = [candidate for candidate in similar if candidate.story in joinable]
        own_place = placement_among(article, joinable_candidates, stories.texts, policy.cluster)
        placement = _related_to(placement, own_place)
    return stories.file_again(article, placement)


def _related_to(refused: Placement, placement: Placement) -> Placement:
    """Return a placement that shows the article of a refused placement as related."""
    source = refused.copy_of or refused.similar_article
    assert source is not None  # of every placement in a story
    all_related = (*refused.related, *placement.related)
    nearest = {one.article: one for one in (*all_related, RelatedArticle(source, refused.score, refused.reason))}
    ranked = sorted(nearest.values(), key=lambda related: (related.article != source, -related.score))
    return replace(placement, related=tuple(ranked[:MOST_RELATED]))
