"""A thousand sources, three in ten of them dead, hanging or dripping: whoever is well is read, soon and in little memory."""

from __future__ import annotations

import pytest

from lab import Lab, Outlet, feed, ingest, look, page
from tests.faultserver import drip, ok

HANGS = drip(b"", b"", 1.0)
DRIPS = drip(b"HTTP/1.1 200 OK\r\n\r\n<rss>", b" ", 0.5)
TEXT = "Журналисты обратились в суд с жалобой на отказ в аккредитации.\n" * 12
HEALTHY = {"/feed": feed("/a"), "/a": page(TEXT, "Суд")}


def sick(n: int) -> Outlet:
    kinds = [
        {"/feed": HANGS},
        {"/feed": HANGS},
        {"/feed": DRIPS},
        {"/feed": ok(b"", status="500 Internal Server Error")},
        {"/feed": b""},
    ]
    return Outlet(
        f"sick-{n}", kinds[n // 10 * 3 % 5 + n % 10 - 5 if n // 10 * 3 % 5 + n % 10 > 4 else n // 10 * 3 % 5 + n % 10]
    )


@pytest.mark.slow
def test_a_thousand_feeds_of_which_three_hundred_are_sick_take_a_minute(tmp_path):
    outlets = [sick(n) if n % 10 < 3 else Outlet(f"well-{n}", HEALTHY) for n in range(1000)]
    with Lab(outlets) as lab:
        home = lab.home(tmp_path / "home")
        ran = ingest(home)
        well = [look(lab, home, outlet.name) for outlet in outlets if outlet.name.startswith("well")]
        print(f"\n{ran.seconds:.1f} s, {ran.most_memory / 1e6:.0f} MB")
    assert ran.code == 0, ran.out
    assert [seen.feed["status"] for seen in well] == ["ok"] * 700
    assert all(entry.text_from == "page" for seen in well for entry in seen.entries)
    assert ran.seconds <= 60
    assert ran.most_memory <= 400_000_000
