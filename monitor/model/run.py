"""Pure. Results that one unit of work stores in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.model.article import Article, Entry, ExtraLines, Outcome, RawPage, ZoneSpan
from monitor.model.change import Absence
from monitor.model.feed import Validators
from monitor.model.fingerprint import Fingerprint
from monitor.model.mention import Confidence, Hit


@dataclass(frozen=True, slots=True)
class FeedWords:
    """What a feed says of an address of another site: an article of its own, beside the page of that site."""

    article: Article
    hits: tuple[Hit, ...] = ()
    fingerprint: Fingerprint = Fingerprint()


@dataclass(frozen=True, slots=True)
class Result:
    """Everything to store after one entry's trip down the line.

    `article` None keeps the stored article. With PENDING, `due` is the time of the next try.
    """

    entry: Entry
    at: datetime
    outcome: Outcome
    detail: str = ""
    article: Article | None = None
    hits: tuple[Hit, ...] = ()
    fingerprint: Fingerprint = Fingerprint()
    due: datetime | None = None
    request_sent: bool = True  # False: the rate limit or circuit breaker held it back; not a try
    validators: Validators = Validators()  # of the page
    held_origin: str = ""  # another machine asks this origin now: the entry is put back under it
    repeated_key: str = ""  # of the stored article whose page the entry leads to
    fetched_bytes: int = 0  # of its page
    is_left_out: bool = False  # its feed has no room for the page today
    words: FeedWords | None = None  # with an `article` of another site: what the feed says of it
    extra_lines: ExtraLines = ()  # of its article: `UnmatchedArticle`
    text_sha256: str = ""  # of its text before lines were added to it; empty: none were
    unmatched_outcome: Outcome = Outcome.NO_MATCH  # with an `outcome` of names: what its page came to without them


@dataclass(frozen=True, slots=True)
class UnmatchedArticle:
    """An article to search for names, without its page's bytes.

    `extra_lines`: a byline, a caption or the feed's text; each is added to the text only if it names someone more.
    """

    article: Article
    extra_lines: ExtraLines = ()

    @property
    def texts(self) -> tuple[Article, ...]:
        """Return the article, and each extra line as an article of its own: what is matched, in this order."""
        return (self.article, *(replace(self.article, text=text, zones=()) for text, _ in self.extra_lines))


@dataclass(frozen=True, slots=True)
class MatchedArticle:
    """The hits of an article, with its text and zones including the extra lines that were added."""

    text: str
    zones: tuple[ZoneSpan, ...]
    hits: tuple[Hit, ...]
    fingerprint: Fingerprint
    common_surnames: int = 0  # surnames alone that are no hit, because they are common


@dataclass(frozen=True, slots=True)
class Run:
    """The counts and problems of one ingest run. The counts in `outcomes` add up to `entries`."""

    started: datetime
    ended: datetime | None = None
    due: int = 0
    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    articles: int = 0
    revisits: int = 0
    common_surnames: int = 0  # surnames alone that are no hit, because they are common
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    id: int = 0
    problems: tuple[str, ...] = ()  # one sentence each, for operators
    outage: bool = False  # nothing could be fetched: probably our own network


@dataclass(frozen=True, slots=True)
class UnreadText:
    """A stored article that the closed watch has not read yet, with its page; `absence`: the page is gone."""

    id: int
    unmatched: UnmatchedArticle
    raw: RawPage | None = None
    absence: Absence | None = None


@dataclass(frozen=True, slots=True)
class PendingRescan:
    """Entities to search for in the archive: articles numbered up to `up_to`, newest first.

    `counted`: entity -> in articles numbered up to this, its mentions are stored and reach no queue. `skipped`: entity
    -> in articles numbered up to this, its mentions are not stored.
    """

    entities: frozenset[str]
    up_to: int
    counted: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """A stored article in its current version with its hits in force: entity -> (confidence, alerts)."""

    article: Article
    hits: Mapping[str, tuple[Confidence, bool]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # entity -> the words of its first mention


@dataclass(frozen=True, slots=True)
class WithdrawnHit:
    """A hit that a change of the list takes back. `remaining`: the weaker hit that is left of it, if any."""

    article: int
    entity: str
    version: int = 0
    remaining: Hit | None = None


@dataclass(frozen=True, slots=True)
class RescanMatch:
    """The difference a rescan makes to a stored article: stronger or new hits, and entities no longer found."""

    article: Article
    gained: tuple[Hit, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)  # entity -> the words that named it
    fingerprint: Fingerprint = Fingerprint()
