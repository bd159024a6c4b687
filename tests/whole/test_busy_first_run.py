"""A first run over many new outlets: an urgent name in a newest page is told long before the archives are read."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from kit.fault_server import Answer, ok
from kit.lab import Lab, Outlet, ingest, item, page, rss

OUTLETS, ENTRIES = 30, 40
NAMES = "entities:\n  - {name: Melis Tokoev, urgent: true}\n"
SYLLABLES = [first + second for first in "bcdfghklmnprstv" for second in "aeiou"]
SOON = 120  # seconds; usual are fifteen

pytestmark = pytest.mark.soak


def text(dice: random.Random) -> str:
    words = ("".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(2_000))
    return "\n".join(" ".join(next(words) for _ in range(50)) + "." for _ in range(40))


def outlet(number: int) -> Outlet:
    """Return an outlet with pages of 14 kB, a host of its own; the last one's newest page names her."""

    def answers(lab: Lab) -> dict[str, Answer]:
        dice, now, items = random.Random(number), datetime.now(UTC), []
        paths: dict[str, Answer] = {}
        for n in range(ENTRIES):
            names = "Melis Tokoev was arrested last night.\n" if (number, n) == (OUTLETS - 1, 0) else ""
            paths[f"/{n}"] = page(names + text(dice), f"{text(dice)[:40]}")
            published = format_datetime(now - timedelta(minutes=5 + 30 * n))
            items.append(item(f"Story {number} {n}", lab.url(f"outlet-{number}", f"/{n}"), pubDate=published))
        return paths | {"/feed": ok(rss(*items), "Content-Type: application/rss+xml")}

    return Outlet(f"outlet-{number}", answers)


def test_an_urgent_name_is_told_within_two_minutes_of_the_visit_while_archives_are_read(tmp_path: Path):
    receiver = Outlet("receiver", {"/": ok(b"{}", "Content-Type: application/json")}, listed=False)
    with Lab(*map(outlet, range(OUTLETS)), receiver) as lab:
        home = lab.home(tmp_path / "home", NAMES, ("HOST_GAP=1", f"WEBHOOK_SECRET={'s' * 32}"))
        line = f"  - {{to: '{lab.url('receiver')}', channel: webhook, at_once: true}}\n"
        (home / "recipients.yaml").write_text(f"recipients:\n{line}", encoding="utf-8")
        ran = ingest(home)
        assert ran.code == 0, ran.out
        (alerted_at,) = [at for path, _, at in lab.servers["receiver"].requests if path == "/"]
        (visited,) = [at for path, _, at in lab.servers[f"outlet-{OUTLETS - 1}"].requests if path == "/feed"]
        pages = [at for server in lab.servers.values() for path, _, at in server.requests if path != "/feed"]
    print(f"\ntold {alerted_at - visited:.0f} s after the visit; the run took {ran.seconds:.0f} s")
    assert alerted_at - visited < SOON
    assert alerted_at < max(pages), "archives were still being read"
