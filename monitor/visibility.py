"""Pure. What may be told of sensitive names: nothing, unless the reader is known to be allowed to know them.

Closed by default: a value for everybody is built field by field, so a field that is added later is empty in it until it
is named here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from monitor.model import Confidence, Happened, OpenFacts, ReviewItem, Window
from monitor.review import as_seen


def without_sensitive(happened: Happened) -> Happened:
    """Return what happened as if no sensitive entity stood on the list.

    A headline, a link or a sentence chosen for another name may hold the name by itself.
    """
    facts = happened.open_facts
    hidden = facts.sensitive
    redacted = [(item, as_seen(item, hidden)) for item in happened.items]
    return Happened(
        window=happened.window,
        items=tuple(item for _, item in redacted if item),
        waiting=facts.waiting,
        oldest_waiting=facts.oldest_waiting,
        never_reviewed=facts.never_reviewed,
        feeds=happened.feeds,
        feeds_read=happened.feeds_read,
        last_read=happened.last_read,
        began=happened.began,
        silent=happened.silent,
        articles=happened.articles,
        articles_from_feed=happened.articles_from_feed,
        counted=_counted(facts, redacted, happened.window),
        watchlist_changes=tuple(filter(None, (change.without(hidden) for change in happened.watchlist_changes))),
        first_mail=happened.first_mail,
        troubles=happened.troubles,  # kinds and times: what a file says is not in them
    )


def _counted(
    facts: OpenFacts, redacted: Sequence[tuple[ReviewItem, ReviewItem | None]], window: Window
) -> Mapping[str, int]:
    """Count the new articles in which a name stands alone, those in which a hidden name stands beside it too."""
    counted = Counter(facts.counted)
    for item, left in redacted:
        kept = {article.id for article in left.articles} if left else set()
        gone = {a.id for a in item.articles if a.id not in kept and a.first_seen in window}
        for hit in item.hits:
            if hit.with_others and hit.entity not in facts.sensitive:
                strong = {m.article for m in hit.mentions if m.mention.confidence is Confidence.STRONG}
                counted[hit.name] += len(strong & gone)
    return {name: count for name, count in sorted(counted.items()) if count}
