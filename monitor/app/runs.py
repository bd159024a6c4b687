"""The runs over one home, and the worker that repeats them in a container or a systemd unit.

It needs no orderly shutdown: after any stop the next start is an ordinary run (docs/design/every-day.md).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from monitor.app.closed.closed_home import closed_watch
from monitor.app.evidence.seal import next_seal_time, seal_and_stamp
from monitor.app.files import unfindable_names_problems
from monitor.app.lists import run_watchlist, sync_files
from monitor.app.run_alerts import alerts_meanwhile
from monitor.app.upkeep.disk import disk_warnings
from monitor.config.settings import variable_name
from monitor.errors import TRY_AGAIN, InputError, MonitorError, NotFound, StoreError
from monitor.home import Home
from monitor.i18n.troubles import trouble_kind, trouble_message
from monitor.ingest.filing import file_added, file_pending_articles
from monitor.ingest.lock import AlreadyRunning, hold_run_lock
from monitor.ingest.policy import run_policy
from monitor.messages.publisher import Publisher
from monitor.model import UNMATCHED_RETENTION, Run, TroubleKind
from monitor.ports import EventListener

CLOCK_TOLERANCE = timedelta(hours=1)
# A board without a battery begins in 1970, until it has asked for the time.
NO_RIGHT_CLOCK_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)  # when this program was written
CLOCK_WENT_BACK = trouble_message(
    TroubleKind.CLOCK, "nothing is read for an hour, in case it is wrong; set it if it is"
)
CLOCK_IS_BELIEVED = trouble_message(
    TroubleKind.CLOCK, "it is believed now; what was stored meanwhile keeps its times, and may be told twice"
)
HOSTS_RETENTION = timedelta(days=30)
FEED_DAYS_RETENTION = timedelta(days=30)
TEXTS_INDEXED_PER_RUN, TEXTS_PER_BATCH = 5_000, 250  # about ten seconds
TEXTS_DROPPED_PER_RUN = 2_000  # so that the first run after a long pause is not held up


class ClosedWatchFailed(StoreError):
    """A store of the closed watch that cannot be used now. `run`: that of the open watch, which is done and stored."""

    def __init__(self, error: MonitorError, run: Run) -> None:
        self.run = run
        super().__init__(str(error), error.exit_code)


class ClockWentBack(MonitorError):
    """The clock is behind the times that the database holds."""

    exit_code = TRY_AGAIN


def ingest(
    home: Home,
    *,
    feed_ids: Collection[str] = (),
    include_not_due: bool = False,
    on_event: EventListener = lambda _: None,
) -> Run:
    """Run one ingest cycle: read the files, mail the due digest, visit feeds, match and store.

    Raises AlreadyRunning, ClockWentBack, InputError (files, an unknown feed), StoreError, and ClosedWatchFailed
    after the cycle. The order matters: the clock is checked before times are compared; the due digest is mailed
    before the visits, which may take long.
    """
    with hold_run_lock(home) as has_file_lock:
        # First of all: everything below compares stored times with this clock.
        problems = [*_clock_problems(home), *sync_files(home)]
        problems += unfindable_names_problems(home.store)
        _require_known_feeds(home, feed_ids)
        # Stored before the mail is written, since the due digest reports problems of the files.
        stored_run = home.store.runs.save(Run(started=home.clock(), problems=tuple(problems)))
        # With the lock of an SQLite file nobody else can hold a claim; on PostgreSQL claims expire instead.
        if has_file_lock:
            home.store.entries.release()  # claims of a run that died
        problems += asyncio.run(_mail_what_is_due(home))
        run = Run(started=home.clock(), ended=home.clock())
        # With a ping URL every run goes on to the ping, even with nothing to do: silence would raise the alarm.
        if feed_ids or include_not_due or home.settings.ping_url or _has_work(home):
            from monitor.ingest.run import run as read_feeds  # late: a third of a second, for a run with nothing due

            with alerts_meanwhile(home, problems):
                reading = read_feeds(
                    home, run_watchlist(home), feed_ids=feed_ids, include_not_due=include_not_due, on_event=on_event
                )
                run = asyncio.run(reading)
        if has_file_lock:
            home.store.entries.release()  # claims that this run had no time for
        _keep_house(home)
        problems += [*run.problems, *disk_warnings(home.settings), *_full_days(home)]
        run = home.store.runs.save(replace(run, id=stored_run.id, problems=tuple(problems)))
        _follow(home, run)
        return run


def tend_home(home: Home) -> list[str]:
    """Do the shared work of a fleet, in one process every few minutes; return the problems.

    It reads the files, begins a new row of the runs, to which the jobs add their counts, mails the due digest and
    keeps house. Raises ClockWentBack, InputError, StoreError, and ClosedWatchFailed after all that.
    """
    with hold_run_lock(home):
        problems = [*_clock_problems(home), *sync_files(home)]
        problems += unfindable_names_problems(home.store)
        now = home.clock()
        stored_run = home.store.runs.save(Run(started=now, ended=now, problems=tuple(problems)))
        problems += asyncio.run(Publisher(home).publish())
        _keep_house(home)
        problems += [*disk_warnings(home.settings), *_full_days(home)]
        # `add`, not `save`: jobs have added their counts to this row meanwhile.
        home.store.runs.add(replace(stored_run, ended=home.clock(), problems=tuple(problems)))
        _follow(home, replace(stored_run, problems=tuple(problems)))
        return problems


def _follow(home: Home, run: Run) -> None:
    """Let the closed watch read what a run of the open one has stored; it knows nothing of what is found there.

    Raises ClosedWatchFailed when its store cannot be used: last of all, so that only the terminal tells it.
    """
    try:
        if closed := closed_watch(home):
            from monitor.app.closed_watch import (
                follow_open_watch,  # late: the matcher; most homes have no closed name
            )

            stop_at = time.monotonic() + run_policy(home.settings).rescan_for.total_seconds()
            asyncio.run(follow_open_watch(closed, lambda: time.monotonic() < stop_at))
        else:
            home.store.unread_texts.forget_all()
    except (StoreError, InputError) as error:  # InputError: tables of a newer version
        raise ClosedWatchFailed(error, run) from error


def _keep_house(home: Home) -> None:
    home.store.reviews.reopen_due(home.clock())
    if home.store.runs.is_time_of_service(home.clock()):
        home.store.reviews.expire(home.clock())
        _drop_old_texts(home)
    _index_texts(home)
    home.store.feed_days.forget(home.clock() - FEED_DAYS_RETENTION)
    home.store.hosts.forget(home.clock() - HOSTS_RETENTION, home.clock())


def _full_days(home: Home) -> list[str]:
    """Return a warning if a feed was kept from bringing more today; its words do not change with the figures."""
    if not home.store.feed_days.is_any_full(home.settings.day_bounds, home.clock()):
        return []
    names = ("feed_megabytes_a_day", "feed_articles_a_day", "feed_mentions_a_day")
    return [trouble_message(TroubleKind.BOUNDS, ", ".join(map(variable_name, names)))]


async def _mail_what_is_due(home: Home) -> list[str]:
    """Send the due messages of both watches; return the problems."""
    problems = await Publisher(home).publish()
    with suppress(StoreError, InputError):  # `_follow` meets it again, after the run
        if closed := closed_watch(home):
            await Publisher(closed).publish()  # what goes wrong with the mail, the open watch says
    return problems


# ---- articles that users add


def read_links(home: Home) -> None:
    """Read the links that users added and that wait, beside any run, and file what they bring. Raises StoreError.

    Two processes that do so at once share the links; a run may take one of them first.
    """

    # Without the lock of a run: nobody should wait for it. Claims keep a page from being stored twice.
    if links := home.store.additions.pending():
        from monitor.ingest.run import read_links as read_claimed_links  # late: as above

        with home.store.database.run_lock():  # a purge waits for it
            asyncio.run(read_claimed_links(home, run_watchlist(home), links))
    file_added(home.store, home.clock)


def _has_work(home: Home) -> bool:
    """Return True if a feed, page or recheck is due, or a rescan or filing is unfinished."""
    store, now = home.store, home.clock()
    return bool(
        store.feeds.any_due(now)
        or store.entries.pending_by_feed(now)
        or store.revisits.any_due(now)
        or store.archive.pending_rescan()
        or store.stories.awaiting_filing()
        or store.stories.to_file_again()
    )


def file_unless_running(home: Home) -> None:
    """File pending articles, unless a run holds the lock: that run or the next one files them."""

    with suppress(AlreadyRunning), hold_run_lock(home):
        # No run holds the lock while jobs gather.
        jobs_gather = home.store.claims.jobs_gather()
        file_pending_articles(home.store, home.clock, jobs_gather=jobs_gather)


def _clock_problems(home: Home) -> list[str]:
    """Return the problem if this clock is over an hour behind what is stored; then the line goes on from now.

    It may be this clock that is wrong: raises ClockWentBack until runs have been refused for an hour, and for as long
    as this clock is surely wrong.
    """
    now = home.clock()
    if not home.store.upkeep.is_clock_behind(now + CLOCK_TOLERANCE):
        return []
    last = home.store.runs.last()
    # Only the first of the refused runs is stored. One that began later than now was refused by another clock.
    if last is None or TroubleKind.CLOCK not in map(trouble_kind, last.problems) or last.started > now:
        last = home.store.runs.save(Run(started=now, ended=now, problems=(CLOCK_WENT_BACK,)))
    if now - last.started < CLOCK_TOLERANCE or now < NO_RIGHT_CLOCK_BEFORE:
        raise ClockWentBack(CLOCK_WENT_BACK)
    home.store.upkeep.go_on_from(now)
    return [CLOCK_IS_BELIEVED]


def _drop_old_texts(home: Home) -> None:
    """Drop old texts of articles without a match, unless new names are looked for in these texts first."""
    now = home.clock()
    if not home.store.archive.pending_rescan():
        home.store.upkeep.forget_additions(now - UNMATCHED_RETENTION)
        home.store.upkeep.drop_texts(now - UNMATCHED_RETENTION, now, TEXTS_DROPPED_PER_RUN)


def _index_texts(home: Home) -> None:
    """Index the words of stored texts, so that a preview need not read them; an old archive takes several runs."""
    for _ in range(TEXTS_INDEXED_PER_RUN // TEXTS_PER_BATCH):
        if home.store.archive.index_texts(TEXTS_PER_BATCH) < TEXTS_PER_BATCH:
            return


def _require_known_feeds(home: Home, feed_ids: Collection[str]) -> None:
    if not feed_ids:  # a run of cron: nothing is read of a thousand feeds
        return
    known_ids = {state.feed.id for state in home.store.feeds.states()}
    unknown_ids = [feed_id for feed_id in feed_ids if feed_id not in known_ids]
    if unknown_ids:
        raise NotFound(f"no feed {unknown_ids[0]!r} in feeds.yaml; `monitor feeds list --all` shows them")


MIN_PAUSE = timedelta(minutes=2)  # so that feeds due one after another share a run
LONGEST_SLEEP = 600.0  # seconds; a machine that was suspended finds out then
JOIN_SECONDS = 2.0
MAX_PAUSE = timedelta(minutes=15)  # bounds the delay of retries, postponed items and changed files


ANOTHER_WORKER = (
    "another `monitor work` is at work on this database, and this one has ended; "
    "for several, on one machine or on many, start each as `monitor work --jobs`"
)


def run_forever(
    home: Home,
    pause: Callable[[float], None],
    *,
    on_run: Callable[[Run, datetime], None],
    on_trouble: Callable[[list[str]], None],
) -> None:
    """Run cycles until `pause(seconds)` raises.

    `on_run` is called with each run and the time of the next one, `on_trouble` with errors and problems of the run.
    Raises StoreError if one is at work on the same PostgreSQL: two would share the feeds by chance.
    """
    with home.store.database.try_work_lock() as is_alone:
        if not is_alone:
            raise StoreError(ANOTHER_WORKER)  # nothing is wrong, and a later start may succeed
        with daily_seal(home, on_trouble):
            while True:
                run = None
                try:
                    run = ingest(home)
                except ClosedWatchFailed as error:
                    run = replace(error.run, problems=(*error.run.problems, str(error)))
                except AlreadyRunning as error:
                    # Another run, started by hand perhaps, is a trouble only if it hangs.
                    if error.is_stuck:
                        on_trouble([str(error)])
                except MonitorError as error:  # a full disk or an unreachable server may recover
                    on_trouble([str(error)])
                now = home.clock()
                next_start = next_run(home, now)
                if run is not None:
                    on_run(run, next_start)
                    on_trouble(list(run.problems))
                pause((next_start - now).total_seconds())


@contextmanager
def daily_seal(home: Home, on_trouble: Callable[[list[str]], None]) -> Iterator[None]:
    """Seal at the fixed minute of each day, in a thread: when a run ends would tell how much it had to do."""
    ended = Event()

    def seal_daily() -> None:
        due = next_seal_time(home.clock().astimezone())
        while not ended.wait(min(max(0.0, (due - home.clock()).total_seconds()), LONGEST_SLEEP)):
            if home.clock() < due:
                continue
            due = next_seal_time(home.clock().astimezone())
            try:
                on_trouble(seal_and_stamp(home)[1])
            except MonitorError as error:
                on_trouble([str(error)])

    thread = Thread(target=seal_daily, name="seal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(JOIN_SECONDS)


def next_run(home: Home, now: datetime) -> datetime:
    """Return the time when the first feed is due, within bounds, and at the latest when a message is due."""
    try:
        due = min(
            (s.next_due or now for s in home.open_watch.store.feeds.states() if not s.feed.paused),
            default=now + MAX_PAUSE,
        )
    # The database is unavailable, so the feeds are unknown.
    except MonitorError:
        due = now + MAX_PAUSE
    next_start = min(max(due, now + MIN_PAUSE), now + MAX_PAUSE)
    message_due = Publisher(home).next_due()
    return min(next_start, message_due) if message_due else next_start
