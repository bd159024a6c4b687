"""Pure. Later versions of an article, and the changes that people must see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.clock import stable_jitter
from monitor.model.article import Article, ExtraLines, RawPage
from monitor.model.feed import Validators
from monitor.model.fingerprint import Fingerprint
from monitor.model.mention import Hit
from monitor.model.press import PressAct

# After the first fetch of an article's page.
_RECHECK_DELAYS = (timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))


@dataclass(frozen=True, slots=True)
class Absence:
    """The answer a server gave in place of a removed article.

    `why`: the reason that it counts as gone. `raw` is kept if the article names someone.
    """

    at: datetime
    why: str
    url: str = ""
    status: int = 0
    raw: RawPage | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version of an article with its hits.

    `still`: the last time its page showed this same text. `absence`: set on the last version of an absent article.
    """

    article: Article
    stored: datetime
    hits: tuple[Hit, ...] = ()
    sha256: str = ""  # of the text
    still: datetime | None = None
    absence: Absence | None = None

    @property
    def last_present(self) -> datetime:
        """Return when its page was last seen with this text, or when it was stored from a feed."""
        return self.still or self.article.fetched or self.stored


class Change(StrEnum):
    """The kinds of change that people must see. Any other change only makes a new version."""

    GONE = "gone"
    NAME_REMOVED = "name-removed"
    HEADLINE = "headline"
    SENTENCE = "sentence"  # a sentence that holds a mention
    READ = "read"  # the page replaced the feed's summary and says more about a watched name


@dataclass(frozen=True, slots=True)
class Finding:
    """A change of an article in a story, with the words before and after; for GONE `after` is the reason.

    `last_present`: the last capture of what stood there before; `seen_at`: the capture that showed the change;
    `found`: when the change was filed. `withdrawn_acts`: of which acts it took out that somebody is held.
    """

    kind: Change
    before: str
    after: str
    entity: str = ""
    article: int = 0
    version: int = 0
    found: datetime | None = None
    last_present: datetime | None = None
    seen_at: datetime | None = None
    withdrawn_acts: tuple[PressAct, ...] = ()


@dataclass(frozen=True, slots=True)
class Recheck:
    """A stored article in its current version whose page, at `url`, is due to be fetched again.

    `since`: first fetch of the page. `missing`: the first recheck that did not find the article. `sha256`: of the page.
    """

    article: Article
    feed: int
    url: str
    since: datetime
    proxy: str = ""
    feed_url: str = ""
    validators: Validators = Validators()
    missing: datetime | None = None
    sha256: str = ""
    claim: int = field(default=0, compare=False)  # the number of the claim that took it


def next_recheck(since: datetime, now: datetime, key: str) -> datetime | None:
    """Return the time of the next recheck of a page first fetched at `since`; None after the last.

    The article's key makes the wait up to a tenth longer.
    """
    jitter = stable_jitter(key)
    rechecks = (since + wait * (1 + jitter / 10) for wait in _RECHECK_DELAYS)
    return next((at for at in rechecks if at > now), None)


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """Everything to store after one recheck. `due`: time of the next one; None: this was the last.

    `article`: the page as read now, a new version if its text differs. `is_unchanged`: the page is the same as before.
    """

    recheck: Recheck
    at: datetime
    due: datetime | None = None
    request_sent: bool = True  # False: the rate limit or circuit breaker held it back
    is_unchanged: bool = False
    missing: Absence | None = None  # the article was not there
    validators: Validators | None = None  # None: keep the stored ones
    article: Article | None = None
    hits: tuple[Hit, ...] = ()
    fingerprint: Fingerprint = Fingerprint()
    captions: ExtraLines = ()  # of the page, for the closed watch
    text_sha256: str = ""  # of the page's text before earlier lines were added to it
    held_origin: str = ""  # another machine asks this origin now: the recheck is put back under it

    @property
    def fetched_bytes(self) -> int:
        """Return the size of the page or answer that may be stored."""
        pages = (self.article and self.article.raw, self.missing and self.missing.raw)
        return sum(len(page.body) for page in pages if page)

    @property
    def has_page(self) -> bool:
        """Return True if the article's page was there."""
        return self.is_unchanged or self.article is not None
