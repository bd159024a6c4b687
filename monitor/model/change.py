"""Pure. What becomes of an article after it was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.article import Article, RawPage
from monitor.model.feed import Validators
from monitor.model.mention import Hit
from monitor.model.story import Fingerprint


@dataclass(frozen=True, slots=True)
class Absence:
    """What stood in an article's place, and why it counts as gone. `raw` is kept where the article names someone."""

    at: datetime
    why: str
    url: str = ""
    status: int = 0
    raw: RawPage | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it was at one time, with what was found in it then. `still`: when its page last said the same.

    `gone`: what came after the last one.
    """

    article: Article
    stored: datetime
    hits: tuple[Hit, ...] = ()
    sha256: str = ""  # of the text
    still: datetime | None = None
    gone: Absence | None = None


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
class Recheck:
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
class RecheckResult:
    """All there is to store after a revisit. `due`: the next one; None: this was the last.

    `article`: the page was had; it is a new version where it says something else. `still`: it says the same.
    """

    revisit: Recheck
    at: datetime
    due: datetime | None = None
    asked: bool = True  # False: its server is left alone for now, so this was none
    still: bool = False
    missing: Absence | None = None  # the article is not there any more
    validators: Validators | None = None  # None: keep the stored ones
    article: Article | None = None
    hits: tuple[Hit, ...] = ()
    fingerprint: Fingerprint = Fingerprint()

    @property
    def there(self) -> bool:
        return self.still or self.article is not None
