"""The daily seal: one hash over all pages that were stored, sent to the authorities of the operator's choice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from monitor.app.evidence.time_stamps import ask_for_stamp, trusted_roots
from monitor.config import Settings
from monitor.errors import DeliveryError, FetchError, InputError
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.home import Home
from monitor.model import Seal, Stamp
from monitor.pack.pack_format import seal_text

SEAL_AT = time(7, 7)  # of the machine's day: cron and `monitor work` send at this minute, whatever was stored
MOST_MISSED_DAYS = 31  # sealed each by itself; of a longer pause, as of a clock that was wrong, one seal has the rest
SEALS_FOLDER = "seals"


def seal_and_stamp(home: Home) -> tuple[Seal | None, list[str]]:
    """Seal the days that have ended, and have the newest seal certified; return it and the problems.

    The seals before it hang on it, so one request to each authority a day is enough, and none is sent twice.
    """
    problems: list[str] = []
    for day in days_to_seal(home):
        _write_file(home, home.store.seals.seal_day(day, home.clock()), problems)
    seal = home.store.seals.newest()
    if seal is None:
        return None, problems
    missing = set(home.settings.seal_authorities) - {stamp.authority for stamp in seal.stamps}
    # In the order of the settings.
    authorities = [authority for authority in home.settings.seal_authorities if authority in missing]
    for outcome in asyncio.run(_ask_all(home.settings, authorities, seal, home.clock())) if authorities else ():
        if isinstance(outcome, Stamp):
            home.store.seals.add_stamp(seal.number, outcome)
        else:
            problems.append(outcome)
    return home.store.seals.newest(), problems


def text_of(seal: Seal) -> bytes:
    """Return the file that is certified."""
    return seal_text(seal.day.isoformat(), seal.tree, seal.before)


def days_to_seal(home: Home) -> Iterator[date]:
    """Yield the days of UTC that have ended and have no seal, also those on which nothing was stored."""
    seals, yesterday = home.store.seals, home.clock().astimezone(UTC).date() - timedelta(days=1)
    newest = seals.newest()
    if newest is None:
        article: int | None = 0
        while article is not None:
            article = seals.add_stored_before(article)
        yield yesterday
        return
    first = max(newest.day + timedelta(days=1), yesterday - timedelta(days=MOST_MISSED_DAYS - 1))
    for number in range((yesterday - first).days + 1):
        yield first + timedelta(days=number)
    # A clock that ran ahead has left a seal in the future; the days go on all the same.
    if newest.day > yesterday and not seals.has_day(yesterday):
        yield yesterday


def next_seal_time(now: datetime) -> datetime:
    """Return the next fixed minute, in the zone of `now`."""
    today = datetime.combine(now.date(), SEAL_AT, now.tzinfo)
    return today if now < today else today + timedelta(days=1)


async def _ask_all(settings: Settings, authorities: Sequence[str], seal: Seal, now: datetime) -> Sequence[Stamp | str]:
    """Ask the authorities at once, so that a slow one delays no other; return a stamp or a sentence for each."""
    policy = FetchPolicy(allow_hosts=settings.allow_hosts, user_agent=settings.user_agent, proxy=settings.proxy)
    roots = trusted_roots(settings.home)

    async def stamp_of(web: WebFetcher, authority: str) -> Stamp | str:
        host = urlsplit(authority).netloc
        try:
            return await ask_for_stamp(web, authority, text_of(seal), now, roots)
        except FetchError as error:
            return f"{host} did not certify the seal of {seal.day}: {error.detail}"
        except (DeliveryError, InputError) as error:
            return f"{host} did not certify the seal of {seal.day}: {error}"

    async with WebFetcher(policy) as web:
        return await asyncio.gather(*(stamp_of(web, authority) for authority in authorities))


def _write_file(home: Home, seal: Seal, problems: list[str]) -> None:
    """Write the seal as a file for other programs, such as OpenTimestamps' `ots stamp`."""
    file = home.settings.home / SEALS_FOLDER / f"{seal.day}.txt"
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_bytes(text_of(seal))
    except OSError as error:
        problems.append(f"{file} cannot be written: {error.strerror}; the seal is in the database")
