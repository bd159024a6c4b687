"""I/O: the database. The tables, in the words of the glossary.

Rows stay inside `store`: a `table=True` class does not validate and is bound to a session. Every natural key is a
unique constraint, so that doing something twice cannot store it twice. The files with rows do without `from __future__
import annotations`: pydantic would compile each column's annotation by itself.
"""

from __future__ import annotations

from monitor.store.tables.base import Row
from monitor.store.tables.review import (
    alias,
    candidate_hash,
    decision,
    entity,
    entity_version,
    hit,
    mention,
    refused_name,
    regrouping,
    related,
    review_item,
    story,
    story_article,
    watchlist_version,
)
from monitor.store.tables.service import (
    alerted_name,
    audit,
    checked_input,
    delivery,
    invitation,
    mailing,
    person,
    run,
    seal,
    seal_stamp,
    sealed_page,
    session,
    token,
)
from monitor.store.tables.sources import (
    addition,
    archive_range,
    article,
    article_version,
    article_words,
    claim,
    entry,
    feed,
    feed_day,
    finding,
    host_state,
    raw_body,
    revisit,
    unread_text,
)
