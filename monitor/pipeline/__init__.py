"""The units of work. All their I/O goes through ports.

        fetch            parse        save                  fetch    extract
visit   Feed -> bytes -> [Entry]  ->  Visit       acquire   Entry -> HTML -> AcquiredArticle   (knows no watchlist)
                                                            match             save
                               match_articles   AcquiredArticle -> [Hit] -> Result(outcome)    (in its own process)
file_article   article awaiting filing -> cluster -> Story + ReviewItem      (one process, in a fixed order)
store_mailing     what a window brought -> Mailing + [Delivery]              (stored before anything is sent)
send_deliveries   [Delivery] -> its channel -> sent, to be tried again, or refused
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.lazy import lazy_face

if TYPE_CHECKING:
    from monitor.pipeline.article_turns import ArticleTurns, EarlierTrips
    from monitor.pipeline.context import Line, LinePolicy
    from monitor.pipeline.entry import acquire
    from monitor.pipeline.feed_visit import visit
    from monitor.pipeline.filing import file_article
    from monitor.pipeline.matching import AcquiredArticle, WatchContext, with_matches
    from monitor.pipeline.publish import send_deliveries, store_mailing
    from monitor.pipeline.recheck import recheck_article
    from monitor.pipeline.rescan import for_older_articles, rescan_articles
    from monitor.pipeline.speakers import Outlets, is_of_own_site, link_key
    from monitor.pipeline.stages import match_articles

__getattr__ = lazy_face(
    __name__,
    {
        "article_turns": "ArticleTurns EarlierTrips",
        "context": "Line LinePolicy",
        "entry": "acquire",
        "feed_visit": "visit",
        "filing": "file_article",
        "matching": "AcquiredArticle WatchContext with_matches",
        "publish": "send_deliveries store_mailing",
        "recheck": "recheck_article",
        "rescan": "for_older_articles rescan_articles",
        "speakers": "Outlets is_of_own_site link_key",
        "stages": "match_articles",
    },
)
