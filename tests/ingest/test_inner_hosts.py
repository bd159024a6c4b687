"""A host of ours that MONITOR_ALLOW_HOSTS lists for a webhook: nothing that an outlet or a user sends leads there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kit.app import App
from kit.direct_sandbox import DirectSandbox
from kit.fault_server import FaultServer, ok
from kit.home import Clock, open_app
from kit.lab import Lab, Outlet, item, page, rss, to
from kit.store import article
from monitor.app.archive import AddedItem
from monitor.app.names.trials import try_page
from monitor.ingest.recheck import recheck_article
from monitor.ingest.tools import Line, make_fetcher
from monitor.ingest.trip.article import AcquiredArticle
from monitor.ingest.visit import visit
from monitor.model import Entity, FeedState, FeedStatus, Recheck, Visit

TEXT = "Melis Tokoev was led away from the court in the morning, said his lawyers, who will appeal. " * 9


def answers(lab: Lab) -> dict[str, object]:
    hook = lab.url("hook", "/deploy?token=guess")
    inner_entries = [item(path, lab.url("post", path)) for path in ("/plain", "/moved", "/canonical")]
    site = f"<html><head><link rel=alternate type=application/rss+xml href={lab.url('hook', '/feed')}></head></html>"
    listing = ok(rss(*inner_entries, item("elsewhere", hook)), "Content-Type: application/rss+xml")
    canonical = page(TEXT, "Canonical").replace(b"<title>", f"<link rel=canonical href='{hook}'><title>".encode())
    head, _, body = canonical.partition(b"\r\n\r\n")
    return {
        "/feed": [listing, to(lab.url("hook", "/feed"), "301 Moved Permanently")],
        "/robots.txt": to(lab.url("hook", "/robots.txt")),
        "/plain": page(TEXT, "Plain"),
        "/moved": [to(hook), to(hook), page(TEXT, "Moved")],
        "/canonical": ok(body, *head.decode().split("\r\n")[2:]),
        "/site": ok(site.encode(), "Content-Type: text/html"),
    }


@pytest.fixture
def lab() -> Iterator[Lab]:
    every_path = dict.fromkeys(("/deploy?token=guess", "/feed", "/robots.txt", "/"), page(TEXT, "Inside"))
    with Lab(Outlet("post", answers), Outlet("hook", every_path, listed=False)) as lab:
        yield lab


@pytest.fixture
def app(lab: Lab, tmp_path: Path) -> Iterator[App]:
    opened = open_app(lab.home(tmp_path, "entities: [Melis Tokoev]\n"), Clock())
    opened.sync_files()
    yield opened
    opened.close()


@pytest.fixture
def hook(lab: Lab) -> Iterator[FaultServer]:
    yield lab.servers["hook"]
    assert lab.servers["hook"].connections == 0


def test_what_an_outlet_lists_moves_to_or_calls_its_own_address_leads_to_none(lab: Lab, app: App, hook: FaultServer):
    app.ingest(include_not_due=True)
    assert {"/plain", "/moved", "/canonical"} <= set(paths(lab))
    for _ in range(5):  # its feed and one of its pages move there for good; pages are asked for again
        app.clock.now += timedelta(days=2)  # type: ignore[attr-defined]
        app.ingest(include_not_due=True)
    assert paths(lab).count("/feed") == 6 and paths(lab).count("/plain") > 1


def test_addresses_inside_that_were_read_before_are_asked_no_more(lab: Lab, app: App, hook: FaultServer):
    (record,) = app.store.feeds.states()
    memory = FeedState(moved_to=lab.url("hook", "/feed"), moved_seen=9)
    moved = replace(record, memory=memory)
    assert moved.address == lab.url("hook", "/feed")

    stored = Recheck(article("inside"), record.number, lab.url("hook"), app.clock(), feed_url=record.feed.url)

    async def visit_and_acquire() -> tuple[Visit, AcquiredArticle]:
        async with make_fetcher(app.settings, app.clock) as fetcher:
            line = Line(fetcher, DirectSandbox())
            return await visit(moved, line=line, now=app.clock()), await recheck_article(
                stored, line=line, now=app.clock()
            )

    visited, rechecked = asyncio.run(visit_and_acquire())
    assert visited.status is FeedStatus.FORBIDDEN_ADDRESS
    assert not rechecked.result.is_unchanged and rechecked.unmatched is None


def test_a_link_that_is_added_or_tried_leads_to_none(lab: Lab, app: App, hook: FaultServer):
    added = app.archive.add_link(lab.url("hook", "/deploy?token=guess"), by="aida")
    assert not isinstance(added, AddedItem)
    app.read_links()
    link, its_item = app.archive.link(added.id)
    assert its_item is None and "private network" in str(link.detail)
    for url in (lab.url("hook"), lab.url("post", "/moved")):
        trial = try_page(url, [Entity("melis", "Melis Tokoev")], app.settings, app.clock, app.make_sandbox)
        assert "private network" in str(trial.problem) and not trial.mentions


def test_no_feed_that_a_site_names_is_looked_for_there(lab: Lab, app: App, hook: FaultServer):
    probes = list(app.sources.probe_site(lab.url("post", "/site")))
    (declared,) = (probe for probe in probes if probe.url == lab.url("hook", "/feed"))
    assert "private network" in str(declared.trouble)


def test_a_site_at_a_listed_host_is_looked_at_for_the_user_who_types_it(lab: Lab, app: App):
    probes = list(app.sources.probe_site(lab.url("post", "/feed")))
    assert [len(probe.parsed.entries) for probe in probes] == [4]


def paths(lab: Lab) -> list[str]:
    return [target for target, _, _ in lab.servers["post"].requests]
