"""Nothing is lost and nothing is twice: killed anywhere, without power, without room, two at once, hung, by a wrong clock.

Every test tells in its message what to do to see a failure again: the stage, and the point, the statement or the seed.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import func, select

import monitor.ingest.run
from kit.contradictions import contradictions
from kit.databases import Server
from kit.home import Clock, open_app
from kit.pictures import difference
from kit.store import row_counts
from monitor.ingest.policy import RunPolicy
from monitor.model import Outcome
from monitor.store import open_store
from monitor.store.tables import entry, feed
from whole.crash import DIED, KILLED, Lane, lanes
from whole.crash_world import EVENING, HOUR, MINUTE, READERS, STAGES

STORE = Path(monitor.__file__).parent / "store"
FLEET = ("add to a run",)  # tests/fleet/test_slice_worker.py dies at these
MAY_SEND_AGAIN = {"delivery: after it was handed over", "record a sent delivery: before its commit"}
SEED = 20261124
T = TypeVar("T")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Lane]]:
    """Two trials at a time: as many as CI has cores."""
    with lanes(tmp_path_factory.mktemp("trials")) as opened:
        yield opened


@pytest.fixture
def lane(both: Sequence[Lane]) -> Lane:
    return both[0]


def share(both: Sequence[Lane], trials: Iterable[T], run_trial: Callable[[Lane, T], None]) -> None:
    queue = deque(trials)

    def work(lane: Lane) -> None:
        while queue:
            run_trial(lane, queue.popleft())

    with ThreadPoolExecutor(len(both)) as pool:
        for done in [pool.submit(work, lane) for lane in both]:
            done.result()


# ---- death ----------------------------------------------------------------------------------------------------------


@pytest.mark.soak
def test_every_transaction_of_a_run_has_a_place_at_which_the_sweep_dies(both):
    """But `add a document`, for `monitor stories` on a database in memory, and a list that changes in a run.

    Who comes to the desk, what people merge and split (tests/app/test_reviewing.py dies at that), a feed read at once from
    the desk, a delivery that is sent again by hand, the jobs of a fleet, a move to another database and a purge are no part
    of a run. A message that is composed again is (tests/app/test_alerts_of_hidden_names.py dies at that), but not of this one.
    """
    files = [file for file in STORE.rglob("*.py") if file.stem not in {"users", "purge"}]
    written = {label for file in files for label in re.findall(r'\.writing\("([^"]+)"\)', file.read_text())}
    expected = {f"{label}: {when} its commit" for label in written for when in ("before", "after")}
    expected |= {"delivery: before it is handed over", "delivery: after it was handed over"}
    reached = {name for answer in both[0].usual for name in answer.points}
    assert len(written) > 15
    # tests/ingest/test_rescan.py dies at that of a rescan by hand.
    by_hand = ("move: ", "save rescan matches", "make a feed due", "retry a delivery", "refuse a name")
    added = ("add a link", "add an article", "forget additions")  # tests/store/test_store_additions.py dies at these
    # Of the closed watch: tests/app/test_closed_watch.py and tests/app/test_marks_by_hand.py die at these.
    closed = (
        "copy articles",
        "copy older articles",
        "make a schema",
        "store a name that moves",
        "remove a name that moves",
        "store the traces of names that move",
        "remove the traces of names that move",
        "store the evidence of a name that moves",
        "end a closed name",
    )
    # The first opening and the first run after an upgrade (tests/store/test_store_refiling.py).
    upgrades = ("store the readings of an older build", "file an article again")
    seals = ("seal a day", "seal what was stored before", "store a time stamp")  # tests/app/test_seals.py dies at these
    elsewhere = (
        "add a document",
        *seals,
        *closed,
        *upgrades,
        "regroup",
        "compose a mailing again",
        *by_hand,
        *added,
        *FLEET,
    )
    assert {name for name in expected - reached if not name.startswith(elsewhere)} == set()


Trial = tuple[int, str, int]  # a stage, the name of a point, and which passing of it


def all_trials(lane: Lane) -> list[Trial]:
    """Return the points by name and number: feeds are read at the same time, so the order varies."""
    return [
        (stage, name, n + 1)
        for stage, answer in enumerate(lane.usual)
        for name, times in Counter(answer.points).items()
        for n in range(times)
    ]


@pytest.mark.soak
@pytest.mark.parametrize("quarter", range(4))  # a test may take ten minutes, on a busy machine too
def test_after_a_death_at_any_point_the_next_run_brings_all_to_where_it_would_have_been(both, quarter: int):
    """Before and after every commit, and at both sides of a mail."""
    died = []

    def run_trial(lane: Lane, numbered: tuple[int, Trial]) -> None:
        number, (stage, name, n) = numbered
        home, case = lane.at(stage), f"died at stage {stage}, {name}, time {n}"
        answer = lane.forks.run_stage(home, stage, lane.world.time(stage), die_at=(name, n), check=False)
        assert answer.status == DIED, case
        died.append(numbered)
        lane.heals(home, stage, case, twice=name in MAY_SEND_AGAIN)
        if number % 32 == 0:
            lane.goes_on(home, stage, case)

    trials = all_trials(both[0])
    batch = [*enumerate(trials, 1)][len(trials) * quarter // 4 : len(trials) * (quarter + 1) // 4]
    share(both, batch, run_trial)
    assert sorted(died) == batch
    print(f"\n{len(died)} deaths of {len(trials)}")


@pytest.mark.soak
def test_an_error_of_the_store_at_a_point_ends_the_run_as_one_and_the_next_heals(both):
    def run_trial(lane: Lane, trial: Trial) -> None:
        stage, name, n = trial
        home, case = lane.at(stage), f"an error at stage {stage}, {name}, time {n}"
        answer = lane.forks.run_stage(home, stage, lane.world.time(stage), fail_at=(name, n), check=False)
        # The result of a check that cannot be stored is no trouble: the next run checks again.
        assert answer.exit_code == (0 if name.startswith("save a check: ") else 75), f"{case}: {answer}"
        lane.heals(home, stage, case, twice=name in MAY_SEND_AGAIN)

    trials = all_trials(both[0])
    share(both, trials, run_trial)


@pytest.mark.soak
def test_kills_at_random_times_several_in_a_row_lose_nothing_and_double_nothing(both):
    kills = []

    def run_trial(lane: Lane, seed: int) -> None:
        dice, home = random.Random(seed), lane.at(0)
        (home / "monitor.db").unlink()
        for stage in range(len(STAGES)):
            lane.move_to(stage, home)
            hits = 0
            for n in range(3):  # minutes apart: no feed is due again meanwhile
                now, after = lane.world.time(stage) + n * MINUTE, dice.uniform(0.01, 0.95) * lane.usual[stage].ran
                hits += lane.forks.run_stage(home, stage, now, kill_after=after, check=False).status == KILLED
            kills.append(hits)
            lane.heals(home, stage, f"{hits} kills at stage {stage}, seed {seed}", late=9 * MINUTE, twice=True)

    rounds = 20
    share(both, range(SEED, SEED + rounds), run_trial)
    print(f"\n{sum(kills)} kills, seeds from {SEED}")
    assert sum(kills) >= 10 * rounds


# ---- no power, no room ----------------------------------------------------------------------------------------------

KEPT_TABLES = (  # rows of these are never taken away
    "feed", "entry", "article", "article_version", "hit", "story", "story_article", "review_item", "decision",
    "watchlist_version", "entity", "run", "mailing", "delivery",
)  # fmt: skip


@pytest.mark.soak
def test_what_was_committed_outlives_the_power_and_half_a_commit_is_none(lane, tmp_path):
    dice, states = random.Random(SEED), 0
    for stage in (0, 2, 3):
        home, copies = lane.at(stage), tmp_path / f"copies-{stage}"
        lane.forks.run_stage(home, stage, lane.world.time(stage), copies=str(copies), check=False)
        before, last = [0] * len(KEPT_TABLES), None
        for copy in sorted(copies.iterdir()):
            case = f"stage {stage}, power lost after point {copy.name}, seed {SEED}"
            if last is not None and (torn := _torn(last, copy, dice)):
                assert _counts(torn, case + ", in the midst of the commit") == before
            last = shutil.copytree(copy, copy.with_name("last"), dirs_exist_ok=True)
            now = _counts(copy, case)
            assert all(a <= b for a, b in zip(before, now, strict=True)), f"{case}: rows are lost"
            before, states = now, states + 1
    assert states > 60


def _torn(before: Path, after: Path, dice: random.Random) -> Path | None:
    """Return a copy of the disk with a part of the last commit, whose pages are appended to the log; None: no commit."""
    old, new = (folder / "monitor.db-wal" for folder in (before, after))
    if not (old.exists() and new.exists() and old.stat().st_size < new.stat().st_size):
        return None
    torn = after.with_name("torn")
    shutil.rmtree(torn, ignore_errors=True)
    shutil.copytree(before, torn)
    log = new.read_bytes()
    (torn / "monitor.db-wal").write_bytes(log[: dice.randrange(old.stat().st_size, len(log))])
    return torn


def _counts(folder: Path, case: str) -> list[int]:
    store = open_store(f"sqlite:///{folder}/monitor.db")
    wrong, counts = contradictions(store), row_counts(store)
    store.close()
    assert not wrong, f"{case}: {wrong}"
    return [counts[name] for name in KEPT_TABLES]


@pytest.mark.soak
def test_a_full_disk_at_any_statement_ends_the_run_with_75_and_the_next_run_goes_on(both):
    ended = []

    def run_trial(lane: Lane, trial: tuple[int, int]) -> None:
        stage, k = trial
        home, case = lane.at(stage), f"the disk full at stage {stage}, statement {k}"
        answer = lane.forks.run_stage(home, stage, lane.world.time(stage), full_at=k, check=False)
        assert answer.exit_code in {0, 75}, f"{case}: {answer}"
        assert answer.exit_code == 0 or "the disk is full" in answer.error, f"{case}: {answer}"
        ended.append(answer.exit_code)
        lane.heals(home, stage, case, twice=answer.exit_code == 75)

    every = 11
    share(both, [(s, k) for s in range(5) for k in range(1 + 3 * s, both[0].usual[s].statements + 1, every)], run_trial)
    print(f"\n{len(ended)} statements, {ended.count(75)} of which found no room")
    assert ended.count(75) > len(ended) // 4


@pytest.mark.soak
def test_two_runs_at_once_on_a_server_do_nothing_twice(both, postgresql: Server):
    first = both[0]
    postgresql.run("CREATE DATABASE at_once")
    url = postgresql.url("at_once")
    open_store(url).close()
    homes = [first.world.home(lane.folder / "at-once", f"MONITOR_DATABASE_URL={url}") for lane in both]
    for stage in range(5):
        for home in homes:
            first.move_to(stage, home)
        now = first.world.time(stage)
        with ThreadPoolExecutor(2) as pool:
            runs = [
                pool.submit(lane.forks.run_stage, home, stage, now, judge=lane is first)
                for lane, home in zip(both, homes, strict=True)
            ]
            for run in runs:  # the lists are taken in by whoever is first; the other comes back with the next run
                assert run.result().exit_code == 0 or "changed by somebody else just now" in run.result().error
        answer = first.forks.run_stage(homes[0], stage, now + 10 * MINUTE)  # what one left for the other
        assert not answer.wrong
        for part in ("feeds", "entries", "articles", "versions", "hits", "mentions", "deliveries", "watchlist"):
            differences = difference({part: first.usual[stage].picture[part]}, answer.picture)
            assert not differences, f"stage {stage}:\n{differences}"
        filed = [row[1] for row in answer.picture["stories"]]
        assert filed and sorted(filed) == sorted(row[1] for row in first.usual[stage].picture["stories"])
        first.mailed(stage, f"two at once at stage {stage}", twice=False)


# ---- what hangs -----------------------------------------------------------------------------------------------------


@pytest.mark.soak
def test_a_page_that_never_ends_is_left_for_the_next_run_and_the_run_says_so(lane, monkeypatch):
    # Long enough for all other pages: which of two copies was filed first shows in the picture.
    patience = RunPolicy(stop_waiting_after=timedelta(seconds=8))
    monkeypatch.setattr(monitor.ingest.run, "run_policy", lambda _: patience)
    home = lane.at(0)
    lane.world.hold("/post/teaser")
    app = open_app(home, Clock(EVENING))
    run = app.ingest()
    assert run.problems == ("a run had to be stopped: something in it hung; what it left is worked off by the next",)
    counts = row_counts(app.store)
    assert counts[f"outcome:{Outcome.PENDING}"] >= 1 and counts["article"] > 5, counts
    assert contradictions(app.store) == []
    app.close()
    lane.world.let_go()
    # What is near an article is looked for among what was filed before it, and this one is filed last now.
    lane.heals(home, 0, "a page that never ends", but_for={"related"})


# ---- clocks ---------------------------------------------------------------------------------------------------------

# Each with a line of its own in every section it may stand in; those that an edit gives another name are told again. Not
# the reports of one custody: a second outlet's may come in another digest, and stands for the story then.
TOLD_ONCE = "A fine", "(A fine for a photographer|An appeal)", "An evening( with a book)?"


@pytest.mark.soak
def test_a_clock_that_jumps_starves_no_feed_and_every_story_is_in_one_digest(both):
    def run_trial(lane: Lane, trial: tuple[timedelta, timedelta]) -> None:
        jump, around = trial
        home, case = lane.at(0), f"a jump of {jump}, {around} after the first run"

        def run(stage: int, now: datetime, **order: bool) -> None:
            lane.world.move_to(stage)
            answer = lane.forks.run_stage(home, stage, now, judge=False, **order)
            assert answer.wrong == [] and answer.exit_code in ({0} if order.get("patient", True) else {0, 75}), case

        run(0, EVENING)
        run(0, EVENING + around)
        run(4, EVENING + around + 40 * MINUTE + jump, every=True, patient=False)  # wrong
        now = EVENING + around + 80 * MINUTE  # right again
        run(4, now)
        assert _longest_wait(home) <= now + 25 * HOUR, case
        for day in (1, 2, 3):
            run(4, EVENING + 13 * HOUR + day * 24 * HOUR)
        mails = [mail.text for mail in lane.world.mailbox.to(READERS[0])]
        for headline in TOLD_ONCE:
            line = re.compile(rf"\d+ {headline} +\[\d+\]|(  )+\[\d+\] {headline}, (?!.*, seen ).*")  # but for changes
            mails_with_it = [
                n for n, text in enumerate(mails) for line_of_mail in text.splitlines() if line.fullmatch(line_of_mail)
            ]
            assert len(mails_with_it) == 1, f"{case}: {headline!r} is in the mails {mails_with_it} of {len(mails)}"

    early, late, year = 2 * HOUR, 12 * HOUR + 5 * MINUTE, 365 * 24 * HOUR
    trials = [(by, at) for by in (HOUR, -HOUR, year, -year) for at in (early, late)]
    share(both, trials, run_trial)


def _longest_wait(home: Path) -> datetime:
    store = open_store(f"sqlite:///{home}/monitor.db")
    with store.database.reading() as connection:
        waits = [connection.scalar(select(func.max(column))) for column in (feed.c.next_due, entry.c.due)]
    store.close()
    return max(at for at in waits if at)
