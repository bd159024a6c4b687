"""The line itself: visit, process, look_again_at, file_article. Calls ports; no I/O, clock or settings.

        fetch            parse        save                  fetch    extract    match      save
visit   Feed -> bytes -> [Entry]  ->  Visit       process   Entry -> HTML -> Article -> [Hit] -> Result(outcome)
file_article unsorted article -> cluster -> Story + ReviewItem       (one runner, fixed order)
"""

from __future__ import annotations

from monitor.pipeline.filing import file_article
from monitor.pipeline.line import Line, LinePolicy
from monitor.pipeline.names import look_again
from monitor.pipeline.revisits import look_again_at
from monitor.pipeline.trips import process
from monitor.pipeline.visits import visit

__all__ = [
    "Line",
    "LinePolicy",
    "file_article",
    "look_again",
    "look_again_at",
    "process",
    "visit",
]
