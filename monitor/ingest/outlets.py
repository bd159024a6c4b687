"""What a run knows of the outlets whose pages it reads."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.extract.outlet_profile import MAX_ARTICLES, MAX_HEADLINES, build_outlet_profile
from monitor.ingest.trip.speakers import Outlets
from monitor.model import OutletProfile
from monitor.store import Store

PROFILE_SPAN = timedelta(days=7)  # an outlet's profile is made of its last week


class OutletsOfRun:
    """The outlets of the feeds that are read, and the profile of each outlet; read once per run."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._profiles: dict[str, OutletProfile] = {}
        self.of_sites = Outlets()

    def load(self) -> None:
        """Read the feeds of feeds.yaml, unless that was done."""
        if not self.of_sites.by_site:
            self.of_sites = Outlets.of_feeds(self._store.feeds.listed())

    def profile_of(self, outlet: str) -> OutletProfile:
        """Return the profile of an outlet."""
        if outlet not in self._profiles:
            self._profiles[outlet] = outlet_profile(self._store, outlet, self._clock() - PROFILE_SPAN)
        return self._profiles[outlet]


def outlet_profile(store: Store, outlet: str, since: datetime) -> OutletProfile:
    """Return the profile of an outlet's headlines and texts that were first seen since `since`."""
    return build_outlet_profile(*store.entries.latest_of_outlet(outlet, since, MAX_HEADLINES, MAX_ARTICLES))
