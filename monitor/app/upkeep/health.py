"""How the sources and the runs do, for pages, commands and the doctor; counts and ages for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.feeds.health import Health, assess_feed
from monitor.home import Home
from monitor.i18n.troubles import trouble_kind
from monitor.model import STALLED_AFTER, Run
from monitor.store import Store


def feed_health(home: Home) -> Sequence[Health]:
    """Return the health of each feed in feeds.yaml, ordered by id."""
    now, feeds = home.clock(), home.open_watch.store.feeds
    states = feeds.states()
    silences = {silence.feed.number: silence for silence in feeds.silences(states, now)}
    return [assess_feed(state, silences.get(state.number), now) for state in states]


def latest_runs(home: Home, limit: int) -> Sequence[Run]:
    """Return the latest runs, the newest first; of their problems the kinds: some quote lines of closed names."""
    runs = home.store.runs.latest(limit)
    return [replace(run, problems=tuple(dict.fromkeys(map(trouble_kind, run.problems)))) for run in runs]


Sample = tuple[dict[str, str], float]


def metrics_text(store: Store, now: datetime) -> str:
    """Return counts and ages in Prometheus' text format (version 0.0.4): no name, no address of a feed, no host."""
    run, state = store.runs.last(), store.fleet.state(now)
    heartbeats = [machine.heartbeat.total_seconds() for machine in state.machines]
    metrics: list[tuple[str, str, list[Sample]]] = [
        ("feeds", "Feeds by status, without paused ones.", [
            ({"status": status}, number) for status, number in sorted(store.fleet.feeds_by_status().items())
        ]),
        ("due", "Due work that nobody has claimed.", [({"queue": due.queue}, due.count) for due in state.due]),
        ("due_oldest_seconds", "How long the oldest due work has waited.", [
            ({"queue": due.queue}, due.oldest.total_seconds() if due.oldest else 0) for due in state.due
        ]),
        ("slices_working", "Slices that are worked on.", [({}, state.working)]),
        ("archive_left", "Stored articles that are still to be looked through for new names.", [
            ({}, state.archive_total - state.archive_done)
        ]),
        ("jobs", "Jobs of the engine.", [
            ({"queue": queue, "status": status}, number) for (queue, status), number in state.jobs.items()
        ]),
        ("jobs_stalled", "Jobs of dead machines, and overdue ones.", [({}, state.stalled)]),
        ("machines", "Machines heard of within two minutes.", [({}, sum(age < STALLED_AFTER for age in heartbeats))]),
    ]  # fmt: skip
    if run is not None:
        metrics += [
            ("run_age_seconds", "Time since the last run began.", [({}, (now - run.started).total_seconds())]),
            ("run_feeds", "Feeds of the last run.", [
                ({"result": "read"}, run.fetched), ({"result": "unchanged"}, run.unchanged),
                ({"result": "failed"}, run.failed),
            ]),
            ("run_articles", "New articles of the last run.", [({}, run.articles)]),
            ("run_problems", "Problems of the last run.", [({}, len(run.problems))]),
        ]  # fmt: skip
    return "".join(_as_text(f"monitor_{name}", meaning, samples) for name, meaning, samples in metrics if samples)


def _as_text(name: str, meaning: str, samples: list[Sample]) -> str:
    # All are gauges: they are read from the database, and may fall.
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        listed = ",".join(f'{label}="{_escape(text)}"' for label, text in labels.items())
        # Twelve digits: counts stay whole numbers, and ages lose the noise of floats.
        lines.append(f"{name}{{{listed}}} {value:.12g}" if listed else f"{name} {value:.12g}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
