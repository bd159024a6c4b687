"""Incidents never tell of the closed watch: open pages are those of a home without the closed name."""

from __future__ import annotations

import pytest

from kit.articles import Bench, bench
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.model import PRESS_ID, State

__all__ = ["bench"]

PRESS = f"press: {{}}\n{WATCHLIST}"
BOTH = "Soldiers beat a newspaper photographer at the dam in Naryn. Melis Tokoev saw it."
CLOSED = PRESS.replace("name: Melis Tokoev\n", "name: Melis Tokoev\n    sensitive: true\n")


def open_items(home: Bench) -> list[object]:
    """Return what the open watch shows of its items."""
    return [
        (item.state, item.lead.headline, [(hit.entity, hit.alerts, hit.why, hit.confidence) for hit in item.hits])
        for item in home.app.store.reviews.listing(tuple(State))
    ]


@pytest.mark.parametrize("listed_before", [False, True])
def test_an_incident_beside_a_closed_name_alone_is_an_item_as_if_nobody_were_named(bench: Bench, listed_before: bool):
    file = bench.home / "watchlist.yaml"
    file.write_text(PRESS if listed_before else CLOSED, encoding="utf-8")
    bench.add("post", Piece("both", "A day at the dam", BOTH))
    bench.ingest()
    if listed_before:  # the mark moves the name, with its item
        file.write_text(CLOSED, encoding="utf-8")
        bench.advance(hours=1)
        bench.ingest()
    ((state, headline, hits),) = open_items(bench)
    assert (state, headline) == (State.OPEN, "A day at the dam")
    assert hits == [(PRESS_ID, True, "somebody of the press suffered", "strong")]
    closed = bench.app.closed_watch()
    assert closed
    (item,) = closed.store.reviews.listing()
    assert [hit.entity for hit in item.hits] == ["melis"]
