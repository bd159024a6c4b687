"""The line itself: visit, process, look_again_at, file_article. Calls ports; no I/O, clock or settings.

        fetch            parse        save                  fetch    extract    match      save
visit   Feed -> bytes -> [Entry]  ->  Visit       process   Entry -> HTML -> Article -> [Hit] -> Result(outcome)
file_article unsorted article -> cluster -> Story + ReviewItem       (one runner, fixed order)
"""

from __future__ import annotations

from monitor.pipeline.article_turns import ArticleTurns, EarlierTrips
from monitor.pipeline.filing import LOOKED_UP_AT_ONCE, file_article, in_turn
from monitor.pipeline.line import Line, LinePolicy
from monitor.pipeline.names import look_again
from monitor.pipeline.revisits import look_again_at
from monitor.pipeline.trips import process
from monitor.pipeline.visits import visit

__all__ = [
    "LOOKED_UP_AT_ONCE",
    "ArticleTurns",
    "EarlierTrips",
    "Line",
    "LinePolicy",
    "file_article",
    "in_turn",
    "look_again",
    "look_again_at",
    "process",
    "visit",
]
