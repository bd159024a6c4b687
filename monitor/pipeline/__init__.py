"""The line itself: visit, acquire, look_again_at, match_articles, file_article. Calls ports; no I/O, clock or settings.

        fetch            parse        save                  fetch    extract
visit   Feed -> bytes -> [Entry]  ->  Visit       acquire   Entry -> HTML -> Acquired     (knows no watchlist)
                                                            match      save
                               match_articles   Acquired -> [Hit] -> Result(outcome)      (a process of its own)
file_article unsorted article -> cluster -> Story + ReviewItem       (one runner, fixed order)
"""

from __future__ import annotations

from monitor.pipeline.article_turns import ArticleTurns, EarlierTrips
from monitor.pipeline.context import Line, LinePolicy
from monitor.pipeline.entry import acquire
from monitor.pipeline.feed_visit import visit
from monitor.pipeline.filing import file_article
from monitor.pipeline.recheck import recheck_article
from monitor.pipeline.rescan import AcquiredArticle, WatchContext, match_articles, rescan_articles, with_names

__all__ = [
    "AcquiredArticle",
    "ArticleTurns",
    "EarlierTrips",
    "Line",
    "LinePolicy",
    "WatchContext",
    "acquire",
    "file_article",
    "match_articles",
    "recheck_article",
    "rescan_articles",
    "visit",
    "with_names",
]
