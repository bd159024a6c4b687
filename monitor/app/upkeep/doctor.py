"""Checks of an installation, each with advice: settings, files, database, mail, runs; of all machines of a fleet."""

from __future__ import annotations

import asyncio
import pyexpat
import shlex
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median_low

from monitor.app.closed.closed_home import closed_watch
from monitor.app.lists import watchlist_notice
from monitor.app.upkeep.checks import CheckResult, check_addresses, check_lists, check_private_feeds, check_speakers
from monitor.app.upkeep.disk import DISK_FULL_SHARE, unencrypted_device, used_share
from monitor.app.upkeep.health import feed_health
from monitor.app.watchlist import WatchlistFile
from monitor.clock import now_utc
from monitor.config import RecheckChoice, Settings
from monitor.config.channel_settings import channel_settings, complete_channels, listed_recipients
from monitor.config.settings import RECIPIENTS_FILE
from monitor.errors import DeliveryError, InputError, MonitorError
from monitor.feeds.health import FeedTrouble, group_troubles
from monitor.feeds.schedule import gap_text
from monitor.groups import group_values
from monitor.home import Home
from monitor.messages.channels import build_channel, check_certificate
from monitor.model import CLOSED_ID, STALLED_AFTER, Code, DueWork, FeedStatus, FleetState, Machine, Recipient, code_of

SAFE_EXPAT = (2, 4, 1)  # the first with limits on entity expansion (the "billion laughs" attack)
RUN_OVERDUE_AFTER = timedelta(days=1)
SEAL_OVERDUE_AFTER = timedelta(days=3)
CLOCK_SLACK = timedelta(minutes=5)
CERTIFICATE_NOTICE = timedelta(days=30)


def check_installation(settings: Settings, home: Home | None, *, deep: bool = False) -> list[CheckResult]:
    """Run all checks, in the order in which a person would fix the problems.

    `home` is None if the database does not open. `deep` also reads the database whole, for damage.
    """
    lists = check_lists(settings)
    results = [
        *lists,
        *check_private_feeds(settings),
        _check_disk(settings.home),
        *_check_encryption(settings.home),
        _check_expat(),
        *_check_file_modes(settings),
        *_check_recipients(settings, home),
        *_check_channels(settings),
        *_check_recheck_settings(settings),
    ]
    if home is None:
        return results
    return [
        *results,
        *_check_sensitive_recipients(home),
        *_check_clearance(home),
        *_check_store(home),
        *_check_seals(home),
        *_check_closed_watch(home),
        *_check_job_engine(home),
        *(check_addresses(home) if lists[0].is_ok else ()),
        *check_speakers(home),
        *(_check_database_rows(home) if deep else ()),
    ]


def _check_encryption(home: Path) -> Iterator[CheckResult]:
    """Yield whether the home lies on a disk that anybody can read who carries it off."""
    device = unencrypted_device(home if home.exists() else home.absolute().parent)
    if device:
        advice = "encrypt the disk (LUKS, fscrypt), or keep the home in gocryptfs, which needs no administrator"
        danger = f"{device} is not encrypted, so who takes this machine reads the home; {advice}"
        yield CheckResult("encryption", False, danger, is_broken=False)


def _check_seals(home: Home) -> Iterator[CheckResult]:
    """Yield whether each day is sealed, and certified where the settings say by whom."""
    seals, now = home.store.seals, home.clock()
    oldest = seals.oldest_unsealed()
    if oldest and now - oldest > SEAL_OVERDUE_AFTER:
        problem = f"pages stored since {oldest:%Y-%m-%d} are under no seal"
        yield CheckResult("seals", False, f"{problem}; put the second line that `monitor init` prints into cron")
    if seals.newest() is None:
        return
    last_stamp = seals.last_stamp()
    if home.settings.seal_authorities and (last_stamp is None or now - last_stamp > SEAL_OVERDUE_AFTER):
        since = f"since {last_stamp:%Y-%m-%d}" if last_stamp else "yet"
        yield CheckResult("seals", False, f"no authority has certified a seal {since}; `monitor seal` says why")
    if not home.settings.seal_authorities:
        advice = "the seals prove nothing to others while MONITOR_SEAL_AUTHORITIES names nobody who certifies them"
        yield CheckResult("seals", True, advice)


def _check_disk(home: Path) -> CheckResult:
    # Before `monitor init` there is no home.
    folder = home if home.exists() else Path("/")
    share, free = used_share(folder), shutil.disk_usage(folder).free // 1_000_000
    is_ok, advice = share < DISK_FULL_SHARE, "; make room before it stops the runs"
    return CheckResult("disk", is_ok, f"{share:.0%} full, {free} MB free{'' if is_ok else advice}")


def _check_expat() -> CheckResult:
    is_ok, advice = pyexpat.version_info >= SAFE_EXPAT, " lets a feed blow up memory; update Python or libexpat"
    return CheckResult("expat", is_ok, pyexpat.EXPAT_VERSION + ("" if is_ok else advice))


def _check_file_modes(settings: Settings) -> Iterator[CheckResult]:
    """Yield files that every user of the machine can read: they name people who may be in danger."""
    for path in filter(
        None,
        (
            settings.database_file,
            settings.closed_database_file,
            settings.watchlist,
            settings.home / "monitor.env",
            settings.home / RECIPIENTS_FILE,
        ),
    ):
        if path.exists() and path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH) and _is_reachable_by_all(path):
            run = f"chmod o= {shlex.quote(str(path))}"
            yield CheckResult(path.name, False, f"every user of this machine can read it; run: {run}")


def _is_reachable_by_all(path: Path) -> bool:
    """Return whether every folder above a file lets all users of the machine through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def _check_recipients(settings: Settings, home: Home | None) -> Iterator[CheckResult]:
    """Yield what is wrong in recipients.yaml: its lines, and the ids of names that are not watched."""
    listed = listed_recipients(settings)
    yield from (CheckResult(RECIPIENTS_FILE, False, str(problem)) for problem in listed.problems)
    watched = {entity.id for entity in home.store.watchlists.current().entities} if home else set()
    if home and (closed := closed_watch(home)):
        watched |= {CLOSED_ID + entity.id for entity in closed.store.watchlists.current().entities}
    for recipient in listed.recipients:
        named = {*recipient.scope.names, *(recipient.alerts.names if recipient.alerts else ())}
        if home and (unknown := named - watched):
            # Not quoted: an id may be a name.
            wrong = f"{recipient.public_label}: ids of names that are not on the watchlist: {len(unknown)}"
            yield CheckResult(RECIPIENTS_FILE, False, f"{wrong}; `monitor watchlist list` has them all")
    yield from _check_certificates(listed.recipients, home.clock() if home else now_utc())
    if listed.recipients and not listed.problems:
        yield CheckResult(RECIPIENTS_FILE, True, f"{len(listed.recipients)} recipients")


def _check_certificates(recipients: Sequence[Recipient], now: datetime) -> Iterator[CheckResult]:
    """Yield the OpenPGP certificates that nothing may be encrypted to, or soon."""
    for recipient in (recipient for recipient in recipients if recipient.certificate):
        try:
            expires = check_certificate(recipient.certificate, now)
        except DeliveryError as error:
            yield CheckResult(RECIPIENTS_FILE, False, f"{recipient.public_label}: {error}")
            continue
        if expires and expires - now < CERTIFICATE_NOTICE:
            advice = f"the certificate expires on {expires:%Y-%m-%d}, and then nothing is sent; get a new one from them"
            yield CheckResult(RECIPIENTS_FILE, False, f"{recipient.public_label}: {advice}", is_minor=True)


def _check_channels(settings: Settings) -> Iterator[CheckResult]:
    """Check whether the digest could be sent now over each channel, without sending anything."""
    for channel in channel_settings(settings):
        if channel.problem:
            yield CheckResult(channel.name, False, channel.problem)
        elif not channel.is_complete:
            yield CheckResult(channel.name, True, f"no digest goes out by {channel.name}; for that, {channel.needed}")
        else:
            try:
                yield CheckResult(channel.name, True, asyncio.run(build_channel(channel.kind, settings).check()))
            except MonitorError as error:
                yield CheckResult(channel.name, False, str(error))


def _check_sensitive_recipients(home: Home) -> Iterator[CheckResult]:
    """Yield the recipients of the closed watch, if it has names and messages are sent."""
    channels, watch = complete_channels(home.settings), closed_watch(home)
    if not watch or not channels or not watch.store.watchlists.current().entities:
        return
    addresses = {channel.name: [r.address for r in channel.recipients if r.cleared] for channel in channels}
    goes_to = "; ".join(f"by {name} they go to {', '.join(to)}" for name, to in addresses.items() if to)
    yield CheckResult("sensitive names", True, goes_to or "in nobody's mail; MONITOR_DIGEST_SENSITIVE_TO says whose")


def _check_clearance(home: Home) -> Iterator[CheckResult]:
    """Yield who is cleared for the closed watch; after an upgrade that is each administrator of before."""
    users = [user for user in home.people.everyone() if user.closed is None]
    if cleared := [user.name for user in users if user.cleared]:
        advice = "`monitor people unclear NAME` ends it for those who need not know"
        yield CheckResult("closed watch", True, f"cleared for it: {', '.join(cleared)}; {advice}")
    elif users and closed_watch(home):
        advice = "`monitor people clear NAME` lets somebody see it at the desk"
        yield CheckResult("closed watch", True, f"nobody is cleared for it; {advice}")


def _check_job_engine(home: Home) -> Iterator[CheckResult]:
    """Check that the installed job engine fits its tables, on PostgreSQL."""
    if home.settings.database_file is None and (engine := home.store.fleet.engine()):
        yield check_engine(engine)


def _check_recheck_settings(settings: Settings) -> Iterator[CheckResult]:
    if settings.revisit is RecheckChoice.MATCHED:
        harm = "only articles that name someone are asked for again: their outlets can tell from that whom you watch"
        yield CheckResult("revisits", False, f"{harm}; MONITOR_REVISIT=all does not give it away", is_minor=True)
    if settings.revisit is RecheckChoice.NONE or not settings.revisits_a_day:
        yield CheckResult("revisits", True, "no article is looked at again: changed and removed ones go unnoticed")


def _check_database_rows(home: Home) -> Iterator[CheckResult]:
    closed = closed_watch(home)
    closed_violations = closed.store.upkeep.check() if closed else ()
    violations = home.store.upkeep.check()
    yield from (CheckResult("database", False, sentence) for sentence in violations)
    yield from (CheckResult("closed watch", False, sentence) for sentence in closed_violations)
    if not violations and not closed_violations:
        yield CheckResult("database", True, "nothing is damaged")


def _check_store(home: Home) -> Iterator[CheckResult]:
    now, last = home.clock(), home.store.runs.last()
    yield CheckResult("database", True, f"revision {home.store.revision}")
    if notice := watchlist_notice(home):
        yield CheckResult("watchlist", True, notice)
    elif home.store.watchlists.imported_file_hash() and (deleted := _deleted_lines(home)):
        advice = "they are still watched; `monitor watchlist import` with that file shows them, with --apply ends it"
        yield CheckResult("watchlist", True, f"names that {home.settings.watchlist.name} lacks: {deleted}; {advice}")
    yield from _check_old_filings(home)
    if last is not None and last.ended is None:
        since = f"the one begun at {last.started:%Y-%m-%d %H:%M} UTC"
        is_late = now - last.started > RUN_OVERDUE_AFTER
        yield CheckResult(
            "last run", not is_late, f"{since} is still going, or was cut off; the next one goes on from there"
        )
        return
    # The second condition cannot be true here; mypy needs it.
    if last is None or last.ended is None:
        yield CheckResult("last run", False, "there was none; run `monitor ingest`, and put it in cron")
        return
    if last.ended > now + CLOCK_SLACK:
        yield CheckResult(
            "clock", False, f"the last run ended in the future, at {last.ended:%Y-%m-%d %H:%M} UTC; set the clock"
        )
    is_late = now - last.ended > RUN_OVERDUE_AFTER
    sources_read = f"{last.ended:%Y-%m-%d %H:%M} UTC, {last.fetched + last.unchanged} of {last.due} sources read"
    yield CheckResult("last run", not is_late, sources_read + ("; is cron running?" if is_late else ""))
    yield from (CheckResult("last run", False, problem) for problem in last.problems)
    if waits := home.store.statistics.waits(now):
        half = f"half of {len(waits):,} articles of the last 7 days were stored within {gap_text(median_low(waits))}"
        yield CheckResult("freshness", True, f"{half} of their publication")
    for shared in group_troubles(feed_health(home)):
        if shared.status is not FeedStatus.UNDATED:
            yield _trouble_result(shared)


def _deleted_lines(home: Home) -> int:
    """Return how many names are watched that the file lacks, which is as it was read last."""
    return len(WatchlistFile(home).import_from(home.settings.watchlist, home.clock(), apply=False).removed)


def _check_closed_watch(home: Home) -> Iterator[CheckResult]:
    """Yield how many names are closed, and what the last run said of their entries and of names that moved."""
    if closed := closed_watch(home):
        count, last = len(closed.store.watchlists.current().entities), closed.store.runs.last()
        yield CheckResult("closed watch", True, f"names marked sensitive: {count}; `--closed` shows what is found")
        for problem in last.problems if last else ():
            yield CheckResult("closed watch", code_of(problem) == Code.NAMES_MOVED, problem)


def _check_old_filings(home: Home) -> Iterator[CheckResult]:
    """Yield how much of what the rules before November 2026 filed is left."""
    if waiting := len(home.store.stories.to_file_again()):
        yield CheckResult("stories", True, f"articles that the next run files again by the new rules: {waiting}")
    if mixed := home.store.stories.mixed_items():
        advice = "they say so, until somebody splits them or judges them again"
        yield CheckResult("stories", True, f"items of older rules that may hold several events: {mixed}; {advice}")


def _trouble_result(shared: FeedTrouble) -> CheckResult:
    """Return one result for a trouble that several sources share, with its advice once."""
    feeds = shared.feeds
    if len(feeds) == 1:
        return CheckResult(f"source {feeds[0].state.feed.id}", False, feeds[0].text_with_advice, is_minor=True)
    ids = group_values((feed.state.detail.rstrip("."), feed.state.feed.id) for feed in feeds)
    listed = "; ".join(", ".join(same) + (f" ({detail})" if detail else "") for detail, same in ids.items())
    moved = ["Some have a new address: see `monitor feeds list`."] if any(f.state.moved_to for f in feeds) else []
    message = " ".join([f"each {shared.text.summary}: {listed}.", *shared.text.todo, *moved])
    return CheckResult(f"{len(feeds)} sources", False, message, is_minor=True)


def check_engine(engine: str) -> CheckResult:
    """Compare the version of the engine's schema with the installed library."""
    # The comment of the engine's schema, such as "procrastinate 3.10.0".
    name, _, schema = engine.partition(" ")
    try:
        installed = version(name)
    # No fault: a machine that only looks needs no engine.
    except PackageNotFoundError:
        return CheckResult("job engine", True, f"its tables are those of {engine}; this machine has no extra `jobs`")
    if installed == schema:
        return CheckResult("job engine", True, engine)
    problem = f"{name} {installed} is installed, and the tables are those of {schema}"
    return CheckResult("job engine", False, f"{problem}; run: pip install '{name}=={schema}'")


LATE_AFTER = timedelta(minutes=30)  # due work that no machine takes for so long


def fleet_state(home: Home) -> FleetState:
    """Return the state of the fleet. Raises InputError on SQLite, which only one machine can use."""
    state = home.store.fleet.state(home.clock())
    if not state.engine:
        raise InputError("one machine at a time works on a SQLite file; `monitor db migrate` moves it to PostgreSQL")
    return state


def check_fleet(state: FleetState) -> Iterator[CheckResult]:
    """Yield the state of the fleet in words: engine, machines, queues, archive, jobs."""
    yield check_engine(state.engine)
    if not state.machines:
        yield CheckResult("machines", False, "none is at work; start `monitor work --jobs`")
    for machine in state.machines:
        yield _check_machine(machine)
    for due in state.due:
        yield _check_due_work(due)
    if state.archive_total:
        percent = 100 * state.archive_done // state.archive_total
        message = f"{percent} % of {state.archive_total:,} articles looked through for new names"
        yield CheckResult("archive", True, message)
    doing = sum(number for (_, status), number in state.jobs.items() if status == "doing")
    waiting = sum(number for (_, status), number in state.jobs.items() if status == "todo")
    yield CheckResult("jobs", True, f"{doing} at work on {state.working} slices, {waiting} waiting")
    if state.stalled:
        advice = "the sweep ends them within half a minute, if any machine is at work"
        yield CheckResult(
            "jobs", False, f"{state.stalled} stalled: their machine is gone, or they hang; {advice}", True
        )
    if failed := sum(number for (_, status), number in state.jobs.items() if status == "failed"):
        yield CheckResult("jobs", False, f"{failed} failed within a day; the machine's log says why", True)


def _check_machine(machine: Machine) -> CheckResult:
    ago = int(machine.heartbeat.total_seconds())
    is_alive = ago < STALLED_AFTER
    jobs = f"{machine.jobs} {'job' if machine.jobs == 1 else 'jobs'}"
    message = f"{jobs}, running for {_in_words(machine.running)}, last heard of {ago} s ago"
    return CheckResult(f"machine {machine.name}", is_alive, message + ("" if is_alive else "; is it still there?"))


def _check_due_work(due: DueWork) -> CheckResult:
    subject = f"queue {due.queue}"
    if not due.count or due.oldest is None:
        return CheckResult(subject, True, "nothing is due")
    is_late, advice = due.oldest > LATE_AFTER, "; start more machines if this stays so"
    message = f"{due.count:,} due in {due.slices} slices, the oldest for {_in_words(due.oldest)}"
    return CheckResult(subject, not is_late, message + (advice if is_late else ""), is_minor=True)


def _in_words(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 48 * 60 else f"{age.days} days"
