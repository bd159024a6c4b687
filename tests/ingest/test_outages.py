"""A network that is down blames no source; a source that is dead alone is told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

import pytest

import monitor.ingest.run
from kit.articles import WEATHER
from kit.home import open_app
from kit.outlets import Piece
from monitor.ingest.policy import RunPolicy
from monitor.model import (
    FeedStatus,
    Run,
)


def test_when_the_network_is_down_no_feed_is_blamed_and_all_are_asked_again(bench):
    for name in ("post", "herald", "wire"):
        bench.add(name, Piece(f"{name}-snow", "Snow on Thursday", WEATHER))
    bench.ingest()
    before = bench.app.feeds()
    bench.web.server.socket.close()
    bench.advance(hours=2)
    bench.ingest()
    assert (bench.run.outage, bench.run.failed) == (True, 3)
    assert "is the network down?" in bench.run.problems[0]
    assert bench.app.feeds() == before


def test_one_feed_that_falls_silent_while_others_were_just_read_is_blamed(bench):
    bench.ingest()
    bench.advance(minutes=20)
    bench.web.server.socket.close()
    bench.ingest(feed_ids=["post"])
    assert bench.run.outage is False
    (post,) = (s for s in bench.app.feeds() if s.feed.id == "post")
    assert (post.status, post.failures) == (FeedStatus.UNREACHABLE, 1)


@pytest.fixture
def abroad(bench, monkeypatch):
    """Return more feeds, of hosts whose names do not resolve until one is added to `names`."""
    names: set[str] = set()
    hangs: set[str] = set()

    async def resolve(_: object, host: str, port: int) -> list[str]:
        if host in hangs:
            await asyncio.sleep(60)
        if host not in names:
            raise OSError("Name or service not known")
        return ["127.0.0.1"]

    monkeypatch.setattr("monitor.fetch.addresses.SystemResolver.resolve", resolve)

    def ingest(*urls: str, only: Collection[str] = ()) -> Run:
        rows = [f"- {{id: {url.split('/')[2].partition('.')[0]}, url: '{url}'}}\n" for url in urls]
        (bench.home / "feeds.yaml").write_text("".join(rows))
        bench.ingest(feed_ids=only, include_not_due=not only)
        return bench.run

    ingest.names, ingest.hangs = names, hangs
    return ingest


ALATOO, TALAS, OSH = (f"https://{name}.example/rss" for name in ("alatoo", "talas", "osh"))


def test_what_we_refuse_ourselves_and_our_own_servers_in_trouble_hide_no_outage(bench, abroad):
    ours = f"http://{bench.web.host}/post/feed.xml"
    bench.web.outlets["post"].status = 500
    for own_trouble in ("http://192.168.1.1/rss", ours):
        assert abroad(ALATOO, TALAS, own_trouble).outage is True
        assert {s.failures for s in bench.app.feeds() if s.feed.url in (ALATOO, TALAS)} == {0}
    bench.web.outlets["post"].status = 200
    assert abroad(ALATOO, TALAS, ours).outage is False  # something was fetched


def test_a_source_is_dead_where_other_hosts_are_found_and_else_the_network_is(bench, abroad):
    assert abroad(ALATOO, TALAS, OSH, only=["alatoo"]).outage is True
    abroad.names.add("osh.example")
    assert abroad(ALATOO, TALAS, OSH, only=["alatoo"]).outage is False
    (failures,) = (s.failures for s in bench.app.feeds() if s.feed.id == "alatoo")
    assert failures == 1


def test_a_source_that_is_the_only_one_is_blamed_for_nobody_can_tell(abroad):
    assert abroad(ALATOO).outage is False


def test_behind_a_proxy_no_name_is_asked_for_here(bench, abroad):
    proxied = f"{OSH}', proxy: 'socks5://127.0.0.1:9"
    assert abroad(ALATOO, proxied, only=["alatoo"]).outage is False


def test_paused_sources_and_addresses_that_are_none_are_not_looked_up(bench, abroad):
    abroad.names |= {"osh.example", "ssss.kg"}
    paused = f"{OSH}', paused: true, outlet: 'Osh"
    odd = [f"https://a{n}.{host}/rss" for n, host in enumerate(("☃.kg", "xn--a.kg", "ßß.kg"))]
    assert abroad(ALATOO, paused, *odd, only=["alatoo"]).outage is True
    assert abroad(ALATOO, paused, *odd).outage is True


@pytest.mark.check
def test_a_run_that_had_to_be_stopped_blames_nobody_for_an_outage_either(bench, abroad, monkeypatch):
    monkeypatch.setattr(monitor.ingest.run, "run_policy", lambda _: RunPolicy(stop_waiting_after=timedelta(seconds=1)))
    abroad.hangs.add("osh.example")
    assert abroad(ALATOO, TALAS, OSH).outage is True
    assert {s.failures for s in bench.app.feeds() if s.feed.url in (ALATOO, TALAS)} == {0}


def test_a_server_in_trouble_is_no_outage_for_it_answered(bench):
    bench.ingest()
    bench.web.outlets["post"].status = 500
    bench.advance(hours=2)
    bench.ingest(feed_ids=["post"])
    assert (bench.run.outage, bench.run.failed, bench.run.problems) == (False, 1, ())
    (post,) = (s for s in bench.app.feeds() if s.feed.id == "post")
    assert (post.status, post.failures) == (FeedStatus.UNREACHABLE, 1)


def test_a_dead_feed_among_living_ones_is_blamed(bench):
    feeds = (
        bench.home / "feeds.yaml"
    ).read_text() + "  - url: http://127.0.0.1:9/feed\n    id: dead\n    outlet: dead\n"
    (bench.home / "feeds.yaml").write_text(feeds)
    (bench.home / "monitor.env").write_text(f"MONITOR_ALLOW_HOSTS={bench.web.host},127.0.0.1:9\nMONITOR_HOST_GAP=0\n")
    bench.app.close()
    bench.app = open_app(bench.home, bench.clock)
    bench.ingest()
    dead = next(s for s in bench.app.feeds() if s.feed.id == "dead")
    assert (dead.status, dead.failures, bench.run.outage) == (FeedStatus.UNREACHABLE, 1, False)
    bench.advance(minutes=40)
    bench.ingest(feed_ids=["dead"])  # it is known to fail: no outage
    assert bench.run.outage is False
