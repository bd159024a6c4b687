"""How the sources and the runs do, for pages, commands and the doctor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.feeds.health import Health, assess_feed
from monitor.home import Home
from monitor.i18n.troubles import trouble_kind
from monitor.model import Run


def feed_health(home: Home) -> Sequence[Health]:
    """Return the health of each feed in feeds.yaml, ordered by id."""
    now, feeds = home.clock(), home.open_watch.store.feeds
    silences = {silence.feed.number: silence for silence in feeds.silences(now)}
    return [assess_feed(state, silences.get(state.number), now) for state in feeds.states()]


def latest_runs(home: Home, limit: int) -> Sequence[Run]:
    """Return the latest runs, the newest first; of their problems the kinds: some quote lines of closed names."""
    runs = home.store.runs.latest(limit)
    return [replace(run, problems=tuple(dict.fromkeys(map(trouble_kind, run.problems)))) for run in runs]
