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
from monitor.pipeline.recheck import look_again_at
from monitor.pipeline.rescan import Acquired, Watch, look_again, match_articles, with_names

__all__ = [
    "Acquired",
    "ArticleTurns",
    "EarlierTrips",
    "Line",
    "LinePolicy",
    "Watch",
    "acquire",
    "file_article",
    "look_again",
    "look_again_at",
    "match_articles",
    "visit",
    "with_names",
]
