"""The state of all machines on one database, in words for operators (`monitor doctor --fleet`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.app.upkeep.check_result import CheckResult
from monitor.app.upkeep.doctor import check_engine
from monitor.errors import InputError
from monitor.home import Home
from monitor.model import STALLED_AFTER, DueWork, FleetState, Machine

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
