"""Pure. What a unit of work brings, to be stored whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model.article import Article, Entry, Outcome, ZoneSpan
from monitor.model.feed import Validators
from monitor.model.mention import Confidence, Hit
from monitor.model.story import Fingerprint


@dataclass(frozen=True, slots=True)
class Result:
    """All there is to store after one entry's trip down the line: saved in one transaction.

    `article` None leaves the stored one as it is. With PENDING, `due` says when to try again.
    """

    entry: Entry
    at: datetime
    outcome: Outcome
    detail: str = ""
    article: Article | None = None
    hits: tuple[Hit, ...] = ()
    fingerprint: Fingerprint = Fingerprint()
    due: datetime | None = None
    asked: bool = True  # False: the server is left alone for now, so this counts as no try
    validators: Validators = Validators()  # of the page


@dataclass(frozen=True, slots=True)
class UnmatchedArticle:
    """An article in which names are to be found, without its page's bytes.

    `beside`: lines (a byline, a caption, its feed's words) that join its text where they name one more.
    """

    article: Article
    beside: tuple[tuple[str, tuple[ZoneSpan, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedArticle:
    """The names in an article, and its text and zones with the lines that joined it."""

    text: str
    zones: tuple[ZoneSpan, ...]
    hits: tuple[Hit, ...]
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Run:
    """What one ingest did. The counts of `outcomes` add up to `entries`."""

    started: datetime
    ended: datetime | None = None
    due: int = 0
    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    articles: int = 0
    revisits: int = 0
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    id: int = 0
    problems: tuple[str, ...] = ()  # what someone should look at, one plain sentence each
    outage: bool = False  # nothing could be fetched, and our side is to be suspected


@dataclass(frozen=True, slots=True)
class PendingRescan:
    """What the list gained lately, to be looked for in stored articles numbered up to `up_to`, newest first."""

    entities: frozenset[str]
    up_to: int


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """A stored article in its current version, and the hits in it that are in force: entity -> (sure, alerts)."""

    article: Article
    hits: Mapping[str, tuple[Confidence, bool]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # entity -> those in which it is found first


@dataclass(frozen=True, slots=True)
class RescanMatch:
    """What another look at a stored article brings: hits it had not (or was less sure of), and entities it lost."""

    article: Article
    gained: tuple[Hit, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)  # entity -> the words in which it was found
    fingerprint: Fingerprint = Fingerprint()
