"""Pure. The frozen values and enums that all rooms share; start reading here.

Times are timezone-aware and in UTC. Offsets count Unicode code points of the stored text; the end is exclusive.
docs/glossary.md defines the words; code, tables, pages and docs use the same ones.

  feed, article     what we poll, its entries, and the text of their pages
  mention, run      watched names in a text, and the results that one unit of work stores
  claim             due work that one run or job has taken, and the slices it is divided into
  story, review     articles that tell one event, the item people decide on, their decisions
  change            later versions of an article, and what people must see of them
  fleet             the machines that share the work, in counts and ages
  watchlist, user   who is watched, and who uses the desk
  digest, delivery  what a window brought, and what is sent to whom
  message           sentences that can be translated
"""

# ruff: noqa: F403 -- the package re-exports all of its modules

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.lazy import lazy_face

if TYPE_CHECKING:
    from monitor.model.article import *
    from monitor.model.change import *
    from monitor.model.claim import *
    from monitor.model.delivery import *
    from monitor.model.digest import *
    from monitor.model.feed import *
    from monitor.model.fleet import *
    from monitor.model.mention import *
    from monitor.model.message import *
    from monitor.model.review import *
    from monitor.model.run import *
    from monitor.model.story import *
    from monitor.model.user import *
    from monitor.model.watchlist import *

__getattr__ = lazy_face(
    __name__,
    {
        "article": "UNMATCHED_RETENTION Outcome Entry NewEntry Visit Zone Span ZoneSpan DateSource OutletProfile "
        "Extracted TextFrom Speaker RawPage Article ExtraLines",
        "change": "Absence Version Change Finding Recheck RecheckResult",
        "claim": "SLICES Queue Claim ArchiveRange HostState",
        "delivery": "MessageKind Rendering Mailing Scope FollowUps AlertPolicy Schedule Recipient public_address "
        "RecipientList Delivery DeliveryRecord",
        "digest": "Window Silence EDITED_AT ListChange TroubleKind Trouble AlertedName AlertReason DigestInput",
        "feed": "PROXY_IS_DEAD DayBounds Feed FeedDay FeedStatus Validators FeedState FeedRecord DatePrecision "
        "FeedEntry ParsedFeed",
        "fleet": "SLICE_OVERDUE_AFTER OVERDUE_AFTER STALLED_AFTER Machine DueWork FleetState",
        "mention": "REASON_SAME_NAME REASON_OTHER_SCRIPT REASON_CREDIT REASON_SOURCE REASON_ROMANISATION "
        "is_romanisation Confidence Field Document Mention Hit",
        "message": "Message join_messages parse_marked",
        "review": "Verdict Reason State Decision DecisionSummary Regroup Regrouping NameJudgement Precedent "
        "ItemMention ItemHit Addition AddedLink ItemArticle ArticlePage ONE_ARTICLE ROW_ARTICLES CARD_ARTICLES "
        "RelatedItem ReviewItem",
        "run": "FeedWords Result UnmatchedArticle MatchedArticle Run UnreadText PendingRescan ArchivedArticle "
        "WithdrawnHit RescanMatch",
        "story": "Fingerprint Candidate ArticleText Rule PlacementReason Passage RelatedArticle Placement",
        "user": "Right Role User can Session Token Invitation Act AuditLine QueueTab QueueFilter Facets QueuePage "
        "StoredText",
        "watchlist": "EntityType Alert Context LocalNames OlderArticles Entity Watchlist WatchlistChange change_of "
        "is_matched_alike WatchlistVersion Naming",
    },
)
