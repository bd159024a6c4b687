"""Hundreds of sources, three in ten dead, hanging or dripping: whoever is well is read, soon and in little memory."""

from __future__ import annotations

import os

import pytest

from kit.fault_server import drip, ok
from kit.lab import DEAD, Lab, Outlet, feed, ingest, page, visit_of

HANGS = drip(b"", b"", 1.0)
DRIPS = drip(b"HTTP/1.1 200 OK\r\n\r\n<rss>", b" ", 0.5)
TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации.\n" * 12
COUNT = 1000
HEALTHY = {"/feed": feed("/a"), "/a": page(TEXT, "Суд")}


def outlet(n: int) -> Outlet:
    """Of twenty outlets three hang, one drips, one is dead and one in trouble."""
    kinds = {0: HANGS, 10: HANGS, 1: HANGS, 11: DRIPS, 2: DEAD, 12: ok(b"", status="500 Internal Server Error")}
    return Outlet(f"sick-{n}", {"/feed": kinds[n % 20]}) if n % 20 in kinds else Outlet(f"well-{n}", HEALTHY)


@pytest.mark.soak
def test_feeds_of_which_three_in_ten_are_sick_take_a_minute_a_thousand(tmp_path):
    outlets = [outlet(n) for n in range(COUNT)]
    with Lab(*outlets) as lab:
        home = lab.home(tmp_path / "home")
        ran = ingest(home)
        well = [visit_of(lab, home, listed.name) for listed in outlets if listed.name.startswith("well")]
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others may be at work on this machine
    print(f"\n{ran.seconds:.1f} s at {busy:.1f} times its load, {sum(ran.most_memory) / 1e6:.0f} MB")
    assert ran.code == 0, ran.out
    assert [visit.feed["status"] for visit in well] == ["ok"] * (COUNT * 7 // 10)
    assert all(entry.text_from == "page" for visit in well for entry in visit.entries)
    assert ran.seconds <= (20 + COUNT / 25) * busy  # 20 s are waited for an answer
    assert sum(ran.most_memory) <= 400_000_000
