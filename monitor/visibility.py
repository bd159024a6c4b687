"""Pure. What may be told of sensitive names: nothing, unless the reader is known to be allowed to know them.

Closed by default: a value for everybody is built field by field, so a field that is added later is empty in it until it
is named here.
"""

from __future__ import annotations

from monitor.model import Happened
from monitor.review import as_seen


def without_sensitive(happened: Happened) -> Happened:
    """Return what happened as if no sensitive entity stood on the list.

    A headline, a link or a sentence chosen for another name may hold the name by itself.
    """
    facts = happened.open_facts
    hidden = facts.sensitive
    return Happened(
        window=happened.window,
        items=tuple(filter(None, (as_seen(item, hidden) for item in happened.items))),
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
        counted=facts.counted,
        watchlist_changes=tuple(filter(None, (change.without(hidden) for change in happened.watchlist_changes))),
        first_mail=happened.first_mail,
        troubles=happened.troubles,  # kinds and times: what a file says is not in them
    )
