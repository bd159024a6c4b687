"""What is wrong with this installation, and what to do."""

from __future__ import annotations

import asyncio
import pyexpat
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.app.digests import missing_for_mail
from monitor.app.sources import BETRAYS, betrays
from monitor.config import RecheckChoice, Settings, load_feeds
from monitor.config.watchlist import load_watchlist
from monitor.deliver.smtp import MailServer, check
from monitor.errors import MonitorError
from monitor.feeds.health import FeedTrouble, troubles
from monitor.i18n.troubles import trouble
from monitor.model import FeedStatus, TroubleKind

if TYPE_CHECKING:
    from monitor.app import App

FULL = 0.9  # of the disk
SAFE_EXPAT = (2, 4, 1)  # the first that limits what XML entities blow up to (reliability: billion laughs)
SILENT_FOR = timedelta(days=1)
CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. When it is not well, `says` tells what to do; what is `minor` is for the digest to tell."""

    about: str
    well: bool
    says: str
    minor: bool = False


def examine(settings: Settings, app: App | None, *, deep: bool = False) -> list[Finding]:
    """Everything looked at, in the order a person would mend it; `app` is None where the database does not open.

    `deep`: the whole database too, row by row.
    """
    return [
        _file("feeds.yaml", settings.feeds, lambda path: f"{len(load_feeds(path))} feeds"),
        _file("watchlist.yaml", settings.watchlist, lambda path: f"{len(load_watchlist(path))} entities"),
        _disk(settings.home),
        _expat(),
        *_readable_by_others(settings),
        *_mail(settings),
        *_revisits(settings),
        *(_sensitive(settings, app) if app else ()),
        *(_of_the_store(app) if app else ()),
        *(_betraying(app) if app else ()),
        *(_every_row(app) if app and deep else ()),
    ]


def _file(name: str, path: Path, count: Callable[[Path], str]) -> Finding:
    try:
        return Finding(name, True, count(path))
    except MonitorError as error:
        return Finding(name, False, str(error))


def disk_trouble(settings: Settings) -> list[str]:
    """A warning before it is too late, always in the same words: cron tells what is new."""
    folders = {settings.home, settings.database_file.parent if settings.database_file else settings.home}
    return [
        trouble(TroubleKind.DISK, folder, f"{FULL:.0%}")
        for folder in sorted(folders)
        if (usage := shutil.disk_usage(folder)).used / usage.total >= FULL
    ]


def _disk(home: Path) -> Finding:
    usage = shutil.disk_usage(home if home.exists() else Path("/"))
    share, room = usage.used / usage.total, "; make room before it stops the runs"
    well = share < FULL
    return Finding("disk", well, f"{share:.0%} full, {usage.free // 1_000_000} MB free{'' if well else room}")


def _expat() -> Finding:
    well, harm = pyexpat.version_info >= SAFE_EXPAT, " lets a feed blow up memory; update Python or libexpat"
    return Finding("expat", well, pyexpat.EXPAT_VERSION + ("" if well else harm))


def _readable_by_others(settings: Settings) -> Iterator[Finding]:
    """The database and the watchlist name people who may be in danger."""
    for path in filter(None, (settings.database_file, settings.watchlist, settings.home / "monitor.env")):
        if path.exists() and path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH) and _others_can_reach(path):
            run = f"chmod o= {shlex.quote(str(path))}"
            yield Finding(path.name, False, f"every user of this machine can read it; run: {run}")


def _others_can_reach(path: Path) -> bool:
    """Return whether every folder above a file lets all users of the machine through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _mail(settings: Settings) -> Iterator[Finding]:
    """Whether the digest could be mailed now: nothing is sent."""
    if not settings.smtp_url and not settings.digest_to and not settings.digest_sensitive_to:
        yield Finding("mail", True, "no digest is mailed (MONITOR_SMTP_URL and MONITOR_DIGEST_TO are not set)")
        return
    if missing := missing_for_mail(settings):
        yield Finding("mail", False, missing)
        return
    try:
        yield Finding("mail", True, asyncio.run(check(MailServer.from_url(settings.smtp_url))))
    except MonitorError as error:
        yield Finding("mail", False, str(error))


def _sensitive(settings: Settings, app: App) -> Iterator[Finding]:
    """Tell whose mail holds names marked sensitive, where there are any and a digest is mailed."""
    if settings.smtp_url and settings.digest_to and any(e.sensitive for e in app.watchlist().entities):
        if to := settings.digest_sensitive_to:
            yield Finding("sensitive names", True, f"by mail they go to {', '.join(to)}")
        else:
            yield Finding("sensitive names", True, "in nobody's mail; MONITOR_DIGEST_SENSITIVE_TO says whose")


def _betraying(app: App) -> Iterator[Finding]:
    """Not by its id, which is made of its address: that would say the name."""
    compiled = app.compiled()
    try:
        feeds = load_feeds(app.settings.feeds)
    except MonitorError:
        return  # told already
    for number, feed in enumerate(feeds, 1):
        if betrays(feed.url, compiled):
            yield Finding("feeds.yaml", False, f"source number {number} in it: {BETRAYS}")


def _revisits(settings: Settings) -> Iterator[Finding]:
    if settings.revisit is RecheckChoice.MATCHED:
        says = "only articles that name someone are asked for again: their outlets can tell from that whom you watch"
        yield Finding("revisits", False, f"{says}; MONITOR_REVISIT=all does not give it away", minor=True)
    if settings.revisit is RecheckChoice.NONE or not settings.revisits_a_day:
        yield Finding("revisits", True, "no article is looked at again: changed and removed ones go unnoticed")


def _every_row(app: App) -> Iterator[Finding]:
    wrong = app.store.upkeep.check()
    yield from (Finding("database", False, each) for each in wrong)
    if not wrong:
        yield Finding("database", True, "all that must be true of it is")


def _of_the_store(app: App) -> Iterator[Finding]:
    now, last = app.clock(), app.store.runs.last()
    yield Finding("database", True, f"revision {app.store.revision}")
    if behind := app.list_is_behind():
        yield Finding("watchlist", True, behind)
    if last is not None and last.ended is None:
        since = f"the one begun at {last.started:%Y-%m-%d %H:%M} UTC"
        late = now - last.started > SILENT_FOR
        yield Finding("last run", not late, f"{since} is still going, or was cut off; the next one goes on from there")
        return
    if last is None or last.ended is None:
        yield Finding("last run", False, "there was none; run `monitor ingest`, and put it in cron")
        return
    if last.ended > now + CLOCK_SLACK:
        yield Finding(
            "clock", False, f"the last run ended in the future, at {last.ended:%Y-%m-%d %H:%M} UTC; set the clock"
        )
    late = now - last.ended > SILENT_FOR
    said = f"{last.ended:%Y-%m-%d %H:%M} UTC, {last.fetched + last.unchanged} of {last.due} sources read"
    yield Finding("last run", not late, said + ("; is cron running?" if late else ""))
    yield from (Finding("last run", False, problem) for problem in last.problems)
    for shared in troubles(app.health()):
        if shared.status is not FeedStatus.UNDATED:
            yield _of_sources(shared)


def _of_sources(shared: FeedTrouble) -> Finding:
    """One trouble, however many sources have it, with its advice once."""
    feeds = shared.feeds
    if len(feeds) == 1:
        return Finding(f"source {feeds[0].state.feed.id}", False, feeds[0].sentence, minor=True)
    ids: dict[str, list[str]] = {}
    for each in feeds:
        ids.setdefault(each.state.detail.rstrip("."), []).append(each.state.feed.id)
    listed = "; ".join(", ".join(same) + (f" ({detail})" if detail else "") for detail, same in ids.items())
    moved = ["Some have a new address: see `monitor feeds list`."] if any(f.state.moved_to for f in feeds) else []
    says = " ".join([f"each {shared.words.says}: {listed}.", *shared.words.todo, *moved])
    return Finding(f"{len(feeds)} sources", False, says, minor=True)
