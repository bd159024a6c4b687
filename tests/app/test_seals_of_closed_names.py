"""A seal covers every page of the open store; the copies of the closed watch are proved by it, and tell it nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.sealed_story import sealed_story
from kit.articles import COURT
from monitor.app.closed_home import watch_of
from monitor.app.evidence.pack import item_evidence
from monitor.app.evidence.seal import seal_and_stamp
from monitor.app.review import Review
from monitor.pack.verify import check_pack

CLOSED = "entities:\n  - {name: Melis Tokoev, sensitive: true}\n  - Gulnara Osmonalieva\n"


@pytest.mark.check
def test_closed_copies_are_proved_by_the_open_seal(tmp_path: Path):
    with sealed_story(tmp_path, CLOSED) as (bench, _):
        assert bench.app.queue() == []
        seal_and_stamp(bench.app)
        closed = watch_of(bench.app, closed=True)
        (item,) = Review(closed).queue()
        with item_evidence(closed, item) as file:
            report = check_pack(file)
        assert report.changed == [] and len(report.unsealed) == 1
        number = item.articles[0].id  # which page is read first is chance
        names = [f"articles/{number}-{part}.html" for part in ("1", "2", "absent")]
        assert [line.split(":")[0] for line in report.sealed] == names
        assert all("certified" in line for line in report.sealed)


@pytest.mark.check
def test_a_name_that_is_marked_after_the_seal_takes_its_proofs_along(tmp_path: Path):
    open_list = CLOSED.replace(", sensitive: true", "")
    with sealed_story(tmp_path, open_list, text=COURT) as (bench, _):
        seal_and_stamp(bench.app)
        (bench.home / "watchlist.yaml").write_text(CLOSED, encoding="utf-8")
        bench.ingest()
        closed = watch_of(bench.app, closed=True)
        (item,) = Review(closed).queue()
        with item_evidence(closed, item) as file:
            report = check_pack(file)
        assert report.changed == [] and len(report.sealed) == 3
