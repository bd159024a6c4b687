"""Articles of an invented outlet, and a bench that takes entries down the line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from kit.app import App
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from monitor.model import (
    Run,
)

COURT = """The city court left journalist Melis Tokoev in custody until 20 January, his lawyer said on Tuesday evening.
The hearing was closed to the public, and only two relatives were let into the building near the old market.
Prosecutors asked for three more months, while the defence reminded the judge of his illness and of four small children."""


# A light edit. In the sentence of the name, or the next, it would be news.
COURT_COPY = COURT.replace("asked for three more months", "want three more").replace(
    "and of four small children", "and of children"
)


DOCTOR = """For the third day Melis Tokoev was refused a visit by a doctor, his sister told reporters outside the prison gate.
The prison service answered in one sentence that everyone in its care is treated according to the rules of the house.
A petition with nine hundred signatures was handed over at noon and taken in through a window without a receipt."""


WEATHER = """Snow is expected in the valleys on Thursday, and the pass will be closed to lorries from six in the evening.
Drivers are asked to carry chains and to keep to the right-hand lane while ploughs are at work between the tunnels.
By Saturday the sky clears and the temperature falls to minus twelve at night in the northern districts."""


@dataclass
class Bench:
    web: Web
    home: Path
    app: App
    clock: Clock

    def ingest(self, **options: object) -> dict[str, int]:
        self.run: Run = self.app.ingest(**options)  # type: ignore[arg-type]
        return {o.value: n for o, n in self.run.outcomes.items()}

    def advance(self, **delta: float) -> None:
        self.clock.now += timedelta(**delta)

    def add(self, outlet: str, piece: Piece) -> None:
        self.watch(outlet)
        self.web.outlets[outlet].pieces.insert(0, piece)

    def watch(self, *outlets: str) -> None:
        """Let these outlets be on the list of feeds; the first is `post`."""
        for name in outlets:
            if name not in self.web.outlets:
                assert not hasattr(self, "run"), "a feed that is new in a later run: watch it before the first"
                self.web.outlets[name] = Outlet(name, "en")
                (self.home / "feeds.yaml").write_text(self.web.feeds_yaml(), "utf-8")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Web(Outlet("post", "en")) as web:
        home = furnish(tmp_path / "home", web)
        clock = Clock(web.now)
        app = open_app(home, clock)
        yield Bench(web, home, app, clock)
        app.close()
