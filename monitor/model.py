"""Pure. The vocabulary: frozen values and enums that every other module speaks in.

Times are aware and in UTC. Offsets count Unicode code points of the text as it is stored, end exclusive.
The words are those of docs/glossary.md, the same in code, table, page and docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b, sha256

# ---- the watchlist --------------------------------------------------------------------------------------------------


class EntityType(StrEnum):
    PERSON = "person"
    ORGANIZATION = "organization"
    OUTLET = "outlet"


class Alert(StrEnum):
    """When a mention makes a review item; whatever it says, the mention is stored and searchable."""

    ALWAYS = "always"
    WITH_OTHERS = "with-others"  # only beside another watched name or a `support` word
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Context:
    """Words (in any ending) around a name that tie it to the case, are needed, or speak against it."""

    support: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A watched person, organisation or outlet. `id` is readable and stable; notes never affect matching."""

    id: str
    name: str
    type: EntityType = EntityType.PERSON
    aliases: tuple[str, ...] = ()
    note: str = ""
    sensitive: bool = False
    alert: Alert = Alert.ALWAYS
    context: Context = Context()

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases, in the order given, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The entities in force, and the version they are (0: none was ever loaded)."""

    version: int
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchlistChange:
    """What a list brings against the stored one: entities by id, and `changed` as (stored, new) pairs."""

    added: tuple[Entity, ...] = ()
    changed: tuple[tuple[Entity, Entity], ...] = ()
    removed: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


# ---- feeds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A URL we poll, as feeds.yaml has it."""

    id: str
    url: str
    outlet: str
    language: str = ""
    country: str = ""
    interval: timedelta | None = None
    paused: bool = False
    proxy: str = ""


class FeedStatus(StrEnum):
    """How a feed is: how its last visit ended or, where that went well, what its visits together show."""

    NEW = "new"
    OK = "ok"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    REFUSED = "refused"
    THROTTLED = "throttled"
    HTML = "html"
    UNPARSABLE = "unparsable"
    GONE = "gone"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TOO_LARGE = "too_large"
    FORBIDDEN_ADDRESS = "forbidden_address"
    # No visit ends in these; `health.py` tells them from several.
    OVERFLOWING = "overflowing"
    SILENT = "silent"
    UNDATED = "undated"

    @property
    def healthy(self) -> bool:
        return self in {"ok", "unchanged", "empty", "overflowing", "silent", "undated"}


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?": opaque, returned byte for byte (RFC 9110, 8.8).

    `of` is the address that gave them and alone is shown them; empty: the one that is asked.
    """

    etag: str = ""
    last_modified: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What we remember of a feed from one visit to the next; forgotten when feeds.yaml has another address."""

    validators: Validators = Validators()
    read_whole: datetime | None = None  # when it last came in full, not as "unchanged"
    latched: bool = False  # whether its server said "unchanged" when it had changed: then it is not asked that again
    asked: timedelta | None = None  # how long it then asked to be left alone
    marks: frozenset[int] = frozenset()  # of the entries it then had
    last_new: datetime | None = None  # when it last brought an entry that was not there before
    renewed_in: timedelta | None = None  # in how long all of it is replaced, by what was new then
    overflow_first: datetime | None = None  # when a visit found no entry of the one before left
    overflow_last: datetime | None = None
    undated: datetime | None = None  # since when none of its entries has a date that can be read
    moved_to: str = ""  # where permanent redirects (301, 308) alone led to a feed
    moved_seen: int = 0  # on how many visits in a row


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed and what we know of it. `number` is its row; `visits` counts those that brought a feed."""

    number: int
    feed: Feed
    status: FeedStatus = FeedStatus.NEW
    status_since: datetime | None = None
    detail: str = ""  # the last trouble in plain words
    memory: Memory = Memory()
    visits: int = 0
    failures: int = 0  # in a row
    next_due: datetime | None = None  # None: at once
    last_visit: datetime | None = None
    last_ok: datetime | None = None

    @property
    def moved_to(self) -> str:
        """Its new address, once it was a feed there on three visits; feeds.yaml still has the old one."""
        return self.memory.moved_to if self.memory.moved_seen >= 3 else ""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One item of a feed as it stands there: `url` absolute, `title`, `summary` and `content` plain text."""

    url: str = ""
    guid: str = ""
    title: str = ""
    author: str = ""
    summary: str = ""
    content: str = ""
    published: datetime | None = None
    updated: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether the feed's own text is the whole article, so that no page is asked for: both texts are the same."""
        return self.content == self.summary != ""

    @property
    def own_text(self) -> str:
        """The feed's own text of the article: the full content where given, else the summary."""
        return self.content if len(self.content) >= len(self.summary) else self.summary

    @property
    def identity(self) -> str:
        """What makes it this one within its feed: its guid, else its URL, else what it says."""
        said = f"{self.title}\0{self.own_text}".encode("utf-8", "replace")
        return self.guid or self.url or f"text:{blake2b(said, digest_size=16).hexdigest()}"


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed's bytes hold, in feed order. `problem` is empty, or one plain sentence; `html`: it was a web page.

    A `notice` is what a person should know of entries that are good to have nevertheless.
    """

    title: str = ""
    entries: tuple[FeedEntry, ...] = ()
    problem: str = ""
    notice: str = ""
    html: bool = False
    ttl: timedelta | None = None  # what the feed asks for: <ttl>, sy:updatePeriod / updateFrequency


# ---- the line -------------------------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """How an entry's trip down the line ended; PENDING is the one that does not end it."""

    PENDING = "pending"  # a passing failure, to be tried again
    QUEUED = "queued"  # names that alert: awaits a person
    POSSIBLE = "possible"  # names that are possible at most: shown, never alerted
    COUNTED = "counted"  # names that are stored and counted, but do not alert
    NO_MATCH = "no_match"
    DUPLICATE = "duplicate"  # the article is known already, under this or another address of it
    NO_LINK = "no_link"
    NO_TEXT = "no_text"
    OLD = "old"  # stood in the feed already, and was old, when we first saw the feed
    TOO_LARGE = "too_large"
    NOT_HTML = "not_html"
    REFUSED = "refused"
    FETCH_FAILED = "fetch_failed"
    GIVEN_UP = "given_up"  # a passing failure that did not pass


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry claimed for its trip."""

    id: int
    feed: FeedState
    item: FeedEntry
    first_seen: datetime
    tries: int = 0
    article: int | None = None  # its article, when an earlier trip stored it
    older: bool = False  # it was published well before its feed was first read


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry of a visit, and what becomes of it at once: PENDING (goes down the line) or OLD (stored)."""

    item: FeedEntry
    outcome: Outcome = Outcome.PENDING
    older: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """All there is to store after one look at a feed: saved in one transaction, validators with their entries.

    `feed` is as it was before, `memory` what is remembered now.
    """

    feed: FeedState
    at: datetime
    status: FeedStatus
    next_due: datetime
    memory: Memory
    detail: str = ""
    entries: tuple[NewEntry, ...] = ()
    title: str = ""
    reached: bool = True  # whether anybody answered at all
    asked: bool = True  # False: the server is left alone for now, so this counts as no failure


class Zone(StrEnum):
    """What a stretch of a page is; only the first four can make a clear mention. `FEED`: what its feed says of it."""

    TITLE = "title"
    BYLINE = "byline"
    BODY = "body"
    CAPTION = "caption"
    CHECK = "check"
    TEASER = "teaser"
    FEED = "feed"

    @property
    def aside(self) -> bool:
        """Whether it is none of the article's own text."""
        return self in {Zone.CHECK, Zone.TEASER, Zone.FEED}


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class ZoneSpan:
    zone: Zone
    span: Span


class DateSource(StrEnum):
    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    TIME = "time"  # a <time> element
    TEXT = "text"  # guessed from the page: a day without a clock
    NONE = ""


class DatePrecision(StrEnum):
    """How much of a moment a date was given as."""

    MOMENT = "moment"
    ZONE_ASSUMED = "zone-assumed"  # a clock without a zone, read in that of the outlet's country
    DAY = "day"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Habits:
    """What an outlet's pages have in common. All empty: nothing is known of it yet.

    `headlines`: of its other articles, letters and digits only; `furniture`: hashes of blocks that recur on its pages;
    `zone`: the time zone (IANA) of its country.
    """

    headlines: frozenset[str] = frozenset()
    furniture: frozenset[int] = frozenset()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page holds. `published_raw`: in the page's own words; `language`: a two-letter code or empty."""

    title: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_source: DateSource = DateSource.NONE
    precision: DatePrecision = DatePrecision.NONE
    published_raw: str = ""
    language: str = ""
    zones: tuple[ZoneSpan, ...] = ()
    canonical: str = ""
    captions: tuple[str, ...] = ()  # of its pictures, as far as they stand outside the text

    @property
    def day_only(self) -> bool:
        return self.precision is DatePrecision.DAY


class TextFrom(StrEnum):
    PAGE = "page"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class RawPage:
    """What a server sent for a page: its bytes, unpacked, and its headers, names in lower case, without cookies."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """The text of an entry's page, or the feed's own where the page could not be had: one version of it.

    `id` is 0 until stored; `key` is `urls.article_key(url)`; `url` is what was fetched, after redirects. `heading` is
    what the page calls itself, `title` what its feed called it. Of a stored one `raw` is there where it is kept.
    """

    url: str
    key: str
    outlet: str
    title: str
    text: str
    text_from: TextFrom
    first_seen: datetime
    id: int = 0
    version: int = 1
    country: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    published_source: DateSource = DateSource.NONE
    precision: DatePrecision = DatePrecision.NONE
    published_raw: str = ""  # as it was declared, before what lies in the future was made now
    fetched: datetime | None = None
    zones: tuple[ZoneSpan, ...] = ()
    older: bool = False  # published before we read its feed, or before anyone named in it was watched
    heading: str = ""
    raw: RawPage | None = None


# ---- names in text --------------------------------------------------------------------------------------------------


class Confidence(StrEnum):
    STRONG = "strong"  # enters the queue
    POSSIBLE = "possible"  # kept and shown, never alerted by default


class Field(StrEnum):
    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Document:
    """What the matcher reads."""

    id: str
    text: str
    title: str = ""
    language: str = ""

    def field(self, which: Field) -> str:
        return self.title if which is Field.TITLE else self.text


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in an article where a watched name stands, how surely, and why in plain sentences."""

    entity: str
    alias: str
    span: Span
    text: str  # the very words: span.of(title or text)
    field: Field
    confidence: Confidence
    score: float  # 0-100
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One entity in one article: its mentions. `alerts`: whether it makes or joins a review item by itself."""

    entity: str
    mentions: tuple[Mention, ...]
    confidence: Confidence
    alerts: bool
    why: str = ""  # why it alerts or does not


# ---- stories --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a text to recognise its copies and its story: sets of 31-bit hashes.

    `sketch` samples word pairs (FracMinHash), `names` are romanised name skeletons, `numbers` longer numbers, `words`
    the most telling words, each with its weight in the four highest bits.
    """

    sketch: frozenset[int] = frozenset()
    names: frozenset[int] = frozenset()
    numbers: frozenset[int] = frozenset()
    words: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article as the clustering sees it. `story` is None until it is filed; `id` is the article's."""

    id: int
    outlet: str
    language: str
    seen: datetime  # when it was published, or first seen
    fingerprint: Fingerprint
    entities: frozenset[str] = frozenset()  # watched entities clearly named in it
    people: frozenset[str] = frozenset()  # those of them that are persons: they tie articles, bodies hardly do
    changed: bool = False  # its text did, since it was filed
    gained: bool = False  # it names someone whom its item has not taken in yet
    gone: str = ""  # why it is not there any more, when its item has not taken that in yet
    version: int = 1
    story: int | None = None
    copy_of: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs: `story` None opens a new one; `copy_of` is the article it repeats.

    `score`: how many times over it has what it takes. `adds`: it holds much that what it copies does not.
    """

    story: int | None = None
    copy_of: int | None = None
    rule: str = "new"
    score: float = 0.0
    why: str = ""
    adds: bool = True


# ---- what becomes of an article -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it was at one time, with what was found in it then. `still`: when its page last said the same."""

    article: Article
    stored: datetime
    hits: tuple[Hit, ...] = ()
    sha256: str = ""  # of the text
    still: datetime | None = None


class Change(StrEnum):
    """What people must see of a changed article. Whatever else changes in it makes a version, and that is all."""

    GONE = "gone"
    NAME_REMOVED = "name-removed"
    HEADLINE = "headline"
    SENTENCE = "sentence"  # one that holds a mention
    READ = "read"  # its page came where only title and summary were known, and says more of a watched name


@dataclass(frozen=True, slots=True)
class Finding:
    """A change of an article in a story: the words before and after (GONE: its headline, and why it counts as gone)."""

    kind: Change
    before: str
    after: str
    entity: str = ""
    article: int = 0
    version: int = 0
    found: datetime | None = None


@dataclass(frozen=True, slots=True)
class Revisit:
    """A stored article in its current version whose page is to be asked for once more, at `url`.

    `since`: when its page was first had; `missing`: when it was first not there any more; `sha256` is of its bytes.
    """

    article: Article
    feed: int
    url: str
    since: datetime
    proxy: str = ""
    validators: Validators = Validators()
    missing: datetime | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """All there is to store after a revisit. `due`: the next one; None: this was the last.

    `article`: the page was had; it is a new version where it says something else. `still`: it says the same.
    """

    revisit: Revisit
    at: datetime
    due: datetime | None = None
    still: bool = False
    missing: str = ""  # why the article is not there any more
    validators: Validators | None = None  # None: keep the stored ones
    article: Article | None = None
    hits: tuple[Hit, ...] = ()
    fingerprint: Fingerprint = Fingerprint()

    @property
    def there(self) -> bool:
        return self.still or self.article is not None


# ---- review ---------------------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    RELEVANT = "relevant"
    NOT_RELEVANT = "not-relevant"
    UNSURE = "unsure"
    LATER = "later"


class Reason(StrEnum):
    """Why something is not relevant; only the first three teach the matcher."""

    ANOTHER_PERSON = "another-person"
    ANOTHER_ORGANIZATION = "another-organization"
    COMMON_WORD = "common-word"
    NOT_ABOUT = "not-about"
    DUPLICATE = "duplicate"
    EXTRACTION_ERROR = "extraction-error"


class State(StrEnum):
    OPEN = "open"
    FOLLOW_UP = "follow-up"
    LATER = "later"
    DECIDED = "decided"
    EXPIRED = "expired"
    MERGED = "merged"  # its articles are another item's now; it is kept for its history, and never shown


@dataclass(frozen=True, slots=True)
class Decision:
    """Who judged what, when, on which version of the item. Append-only: an undo is a decision that names another.

    `verdict` None is an undo; `entity` None judges the whole item. `judged` are the entities it settled, as `decide`
    found them then: a name that joins the story later was judged by nobody.
    """

    item: int
    version: int
    at: datetime
    by: str
    verdict: Verdict | None
    entity: str | None = None
    reason: Reason | None = None
    note: str = ""
    until: datetime | None = None  # with LATER
    undoes: int | None = None
    judged: tuple[str, ...] = ()
    batch: str = ""  # decisions made in one step are undone in one
    id: int = 0


class Regroup(StrEnum):
    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Who put articles out of one item into another, when. Append-only: an undo is one that names another.

    `item` 0: one is made for them. No filed article is moved but by a person, so what was separated stays separated.
    """

    kind: Regroup
    item: int  # where they are after it
    other: int  # where they were
    articles: tuple[int, ...]
    at: datetime
    by: str
    undoes: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A name as it stood in a story that a person judged: `form` of its words, at which outlet, and whether rightly."""

    item: int
    entity: str
    form: str
    outlet: str
    right: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ItemMention:
    """A mention within a review item: where it stands and the sentence around it."""

    mention: Mention
    article: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class ItemHit:
    """A watched entity in a review item, with all its mentions in the story's articles, and its own verdict."""

    entity: str
    name: str
    type: EntityType
    confidence: Confidence
    alerts: bool
    mentions: tuple[ItemMention, ...]
    verdict: Verdict | None = None
    why: str = ""
    removed: bool = False  # no text of the story names it any more; the mentions are of the versions that did


@dataclass(frozen=True, slots=True)
class ItemArticle:
    """An article of a review item's story, in the order they were filed."""

    id: int
    outlet: str
    language: str
    headline: str
    url: str
    published: datetime | None
    first_seen: datetime
    filed: datetime  # when it came into the story: what the digest's windows go by
    text_from: TextFrom
    copy_of: int | None = None
    why: str = ""  # why it is in this story
    changed: datetime | None = None  # when a name more in its text, or on the list, brought the item back
    older: bool = False
    versions: tuple[datetime, ...] = ()  # when each was stored; empty while there is but one
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A story with its hits, awaiting a person. `version` moves with every decision and everything that reopens it."""

    id: int
    version: int
    state: State
    story: int
    first_seen: datetime
    articles: tuple[ItemArticle, ...] = ()
    hits: tuple[ItemHit, ...] = ()
    history: tuple[Decision, ...] = ()
    verdict: Verdict | None = None  # of the whole item
    until: datetime | None = None  # with LATER
    reopened: str = ""  # why it last came back, when it did
    reopened_at: datetime | None = None
    regroupings: tuple[Regrouping, ...] = ()  # into it and out of it, by people

    @property
    def lead(self) -> ItemArticle:
        """The article the item is headed by: the first that was filed."""
        return self.articles[0]

    @property
    def copies(self) -> int:
        return sum(a.copy_of is not None for a in self.articles)

    @property
    def outlets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(a.outlet for a in self.articles))

    @property
    def confidence(self) -> Confidence:
        strong = any(h.confidence is Confidence.STRONG and h.alerts for h in self.hits)
        return Confidence.STRONG if strong else Confidence.POSSIBLE


# ---- the desk: who reviews, and what they ask for --------------------------------------------------------------------


class Role(StrEnum):
    """Each may do what the one before may."""

    READER = "reader"  # reads
    REVIEWER = "reviewer"  # decides, too
    ADMIN = "admin"  # lets people in, and sees the names that are marked sensitive

    def may(self, needed: Role) -> bool:
        roles = tuple(Role)
        return roles.index(self) >= roles.index(needed)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with a way in. `password` is a hash; decisions are signed with the name, so it never changes."""

    name: str
    role: Role
    since: datetime
    password: str = field(default="", repr=False)
    language: str = ""  # of the pages; empty: what the browser asks for
    shortcuts: bool = True
    closed: datetime | None = None  # when the way in was
    id: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `browser` says in a word or two which one."""

    person: Person
    begun: datetime
    seen: datetime
    browser: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that works once: for a new person, or a new password of one (then `person` is set)."""

    role: Role
    until: datetime
    person: int | None = None


class Act(StrEnum):
    """What the audit log holds."""

    SIGNED_IN = "signed-in"
    REFUSED = "refused"  # a wrong password for a name that exists
    SIGNED_OUT = "signed-out"  # also: sessions ended
    JOINED = "joined"
    PASSWORD = "password"  # noqa: S105 - that it was changed
    INVITED = "invited"
    CHANGED_PERSON = "changed-person"
    DECIDED = "decided"
    UNDID = "undid"
    EXPORTED = "exported"
    READ_SENSITIVE = "read-sensitive"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """Who did what, when; numbers alone, never a watched name. `about`: an item, or another person."""

    at: datetime
    by: int | None
    act: Act
    about: int | None = None
    detail: str = ""
    id: int = 0


class Split(StrEnum):
    """Where an item stands in the queue. The first four wait for somebody; WAITING is all of them."""

    WAITING = "waiting"
    NEW = "new"
    FOLLOW_UP = "follow-up"
    POSSIBLE = "possible"
    ASKED = "asked"  # somebody was unsure
    LATER = "later"
    DECIDED = "decided"  # also: expired


@dataclass(frozen=True, slots=True)
class Sought:
    """What of the queue is asked for. `entity` is an opaque number; the days are of when an item was first seen."""

    split: Split = Split.WAITING
    entity: int | None = None
    outlet: str = ""
    language: str = ""
    confidence: Confidence | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """The evidence of an article: its current version as it is stored, and the hash of its text."""

    article: Article
    sha256: str


# ---- results of units of work ---------------------------------------------------------------------------------------


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
class LookBack:
    """What the list gained lately, to be looked for in stored articles numbered up to `up_to`, newest first."""

    entities: frozenset[str]
    up_to: int


@dataclass(frozen=True, slots=True)
class Archived:
    """A stored article in its current version, and the hits in it that are in force: entity -> (sure, alerts)."""

    article: Article
    hits: Mapping[str, tuple[Confidence, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Find:
    """What another look at a stored article brings: hits it had not (or was less sure of), and entities it lost."""

    article: Article
    gained: tuple[Hit, ...] = ()
    lost: tuple[str, ...] = ()


# ---- the digest -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to before `until`, by when we first saw things."""

    since: datetime
    until: datetime

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Mailing:
    """The digest of a window as it is mailed, word for word however often it must be tried. Windows never overlap."""

    window: Window
    made: datetime
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mailing to one recipient. `message_id` is in angle brackets and never changes (RFC 5322, 3.6.4)."""

    mailing: Mailing
    recipient: str
    message_id: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed that is read and brings nothing new for much longer than it used to. `gap`: between days that had news."""

    feed: FeedState
    last: datetime
    gap: timedelta


@dataclass(frozen=True, slots=True)
class Happened:
    """What the database knows of a window: the digest's input."""

    window: Window
    items: tuple[ReviewItem, ...] = ()  # with an article `filed` or `changed`, or a finding, in it, oldest first
    waiting: int = 0  # open, follow-up and due items, in all
    oldest_waiting: datetime | None = None
    never_reviewed: int = 0  # stories that named someone clearly and waited too long
    feeds: tuple[FeedState, ...] = ()
    feeds_read: int = 0  # of those not paused, how many were read in the window
    last_read: datetime | None = None
    silent: tuple[Silence, ...] = ()
    articles: int = 0  # new articles in the window
    articles_from_feed: int = 0  # of those, how many have only title and summary
    counted: Mapping[str, int] = field(default_factory=dict)  # entity name -> stories with it alone, not listed
    watchlist_changes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
