"""I/O: the database. Open claims, and the politeness state of hosts."""

from datetime import datetime

from sqlmodel import Field

from monitor.store.tables.base import Row, table
from monitor.store.types import Packed, Utc, Words


class ClaimRow(Row, table=True):
    """An open claim: a run or a job that works on rows with its number. Deleted when it ends; numbers never return."""

    __table_args__ = ({"sqlite_autoincrement": True},)
    number: int | None = Field(default=None, primary_key=True)
    worker: str = Field(sa_type=Words)
    began: datetime = Field(sa_type=Utc)
    until: datetime = Field(sa_type=Utc)
    queue: str = Field(default="", sa_type=Words)
    slice: int | None = None
    version: int | None = None


class HostStateRow(Row, table=True):
    """The politeness state of an origin between two runs. While the row is claimed, nobody else may ask this origin."""

    origin: str = Field(sa_type=Words, primary_key=True)
    last_request: datetime | None = Field(default=None, sa_type=Utc)
    rest_until: datetime | None = Field(default=None, sa_type=Utc)
    gap: float = 0.0
    robots: bytes = Field(default=b"", sa_type=Packed)
    robots_read: datetime | None = Field(default=None, sa_type=Utc)
    claim: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


class ArchiveRangeRow(Row, table=True):
    """A part of a rescan: the articles numbered from `bottom` to `top`, looked through from the top down.

    `position`: the highest one that is left; below `bottom` it is done. `version`: of the watchlist that is looked for.
    """

    top: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    bottom: int
    position: int
    version: int
    claim: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=Utc)


archive_range = table(ArchiveRangeRow)
claim = table(ClaimRow)
host_state = table(HostStateRow)
