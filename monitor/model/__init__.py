"""Pure. The vocabulary: frozen values and enums that every other module speaks in.

Times are aware and in UTC. Offsets count Unicode code points of the text as it is stored, end exclusive.
The words are those of docs/glossary.md, the same in code, table, page and docs.
"""

from __future__ import annotations

from monitor.model.articles import (
    Article,
    DatePrecision,
    DateSource,
    Entry,
    Extracted,
    Habits,
    NewEntry,
    Outcome,
    RawPage,
    Span,
    TextFrom,
    Visit,
    Zone,
    ZoneSpan,
)
from monitor.model.changes import Change, Finding, Look, Revisit, Version
from monitor.model.desk import Act, AuditLine, Invitation, Person, Role, Session, Sought, Split, Stored
from monitor.model.digest import Happened, Letter, Mailing, Silence, Window
from monitor.model.feeds import Feed, FeedEntry, FeedState, FeedStatus, Memory, ParsedFeed, Validators
from monitor.model.names import Confidence, Document, Field, Hit, Mention
from monitor.model.results import Archived, Find, LookBack, Result, Run
from monitor.model.review import (
    Decision,
    ItemArticle,
    ItemHit,
    ItemMention,
    Judged,
    Reason,
    Regroup,
    Regrouping,
    ReviewItem,
    State,
    Verdict,
)
from monitor.model.stories import Candidate, Fingerprint, Placement
from monitor.model.watchlist import Alert, Context, Entity, EntityType, Watchlist, WatchlistChange

__all__ = [
    "Act",
    "Alert",
    "Archived",
    "Article",
    "AuditLine",
    "Candidate",
    "Change",
    "Confidence",
    "Context",
    "DatePrecision",
    "DateSource",
    "Decision",
    "Document",
    "Entity",
    "EntityType",
    "Entry",
    "Extracted",
    "Feed",
    "FeedEntry",
    "FeedState",
    "FeedStatus",
    "Field",
    "Find",
    "Finding",
    "Fingerprint",
    "Habits",
    "Happened",
    "Hit",
    "Invitation",
    "ItemArticle",
    "ItemHit",
    "ItemMention",
    "Judged",
    "Letter",
    "Look",
    "LookBack",
    "Mailing",
    "Memory",
    "Mention",
    "NewEntry",
    "Outcome",
    "ParsedFeed",
    "Person",
    "Placement",
    "RawPage",
    "Reason",
    "Regroup",
    "Regrouping",
    "Result",
    "ReviewItem",
    "Revisit",
    "Role",
    "Run",
    "Session",
    "Silence",
    "Sought",
    "Span",
    "Split",
    "State",
    "Stored",
    "TextFrom",
    "Validators",
    "Verdict",
    "Version",
    "Visit",
    "Watchlist",
    "WatchlistChange",
    "Window",
    "Zone",
    "ZoneSpan",
]
