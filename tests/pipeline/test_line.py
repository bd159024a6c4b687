"""The line over real HTTP and a real SQLite file: from feeds to the queue."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from filelock import FileLock

import monitor.app.ingest.run
from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER, Bench
from kit.home import WATCHLIST, open_app
from kit.outlets import Outlet, Piece
from kit.store import row_counts
from monitor.app import AlreadyRunning
from monitor.app.ingest.policy import RunPolicy
from monitor.digest import as_text
from monitor.errors import InputError, NotFound, StaleDecision
from monitor.model import (
    Confidence,
    DatePrecision,
    DateSource,
    FeedStatus,
    Field,
    Outcome,
    Reason,
    Result,
    ReviewItem,
    Run,
    State,
    TextFrom,
    Verdict,
)
from monitor.pipeline import file_article
from monitor.serialize import run_row


def test_a_report_that_names_someone_becomes_an_item_and_one_that_names_nobody_does_not(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("snow", "Snow on Thursday", WEATHER))
    assert bench.ingest() == {"queued": 1, "no_match": 1}
    (item,) = bench.app.queue()
    assert (item.state, item.lead.headline, item.lead.outlet) == (State.OPEN, "Court extends arrest", "post")
    (hit,) = item.hits
    (mention,) = hit.mentions
    assert (hit.entity, mention.mention.text) == ("melis", "Melis Tokoev")
    assert "left journalist Melis Tokoev in custody" in mention.sentence


def test_the_counts_of_a_run_add_up_and_the_run_is_stored(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("gone", "A page that is gone", "", status=404, summary="Nothing."))
    bench.ingest()
    row = run_row(bench.run)
    assert row["feeds"] == {"due": 3, "fetched": 3, "unchanged": 0, "failed": 0}
    assert sum(row["outcomes"].values()) == row["entries"] == 2
    assert bench.app.store.runs.last() == bench.run


def test_a_second_run_asks_whether_feeds_changed_and_files_nothing(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("snow", "Snow on Thursday", WEATHER))
    bench.add("wire", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    bench.ingest()
    before = (bench.app.queue(), row_counts(bench.app.store))
    bench.web.log.clear()
    assert bench.ingest(include_not_due=True) == {}
    assert (bench.run.unchanged, bench.run.fetched) == (3, 0)
    assert [path for path, _ in bench.web.log] and all(path.endswith("feed.xml") for path, _ in bench.web.log)
    after = row_counts(bench.app.store)
    assert bench.app.queue() == before[0]
    assert {k: v for k, v in after.items() if k != "run"} == {k: v for k, v in before[1].items() if k != "run"}


def test_a_feed_that_is_not_due_is_left_alone_unless_it_is_named(bench):
    bench.ingest()
    bench.web.log.clear()
    bench.ingest()
    assert bench.web.log == []
    bench.ingest(feed_ids=["wire"])
    assert [path for path, _ in bench.web.log] == ["/wire/feed.xml"]


def test_a_feed_that_refuses_us_is_a_finding_and_the_others_are_read(bench):
    bench.web.outlets["herald"].status = 403
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    assert bench.ingest() == {"queued": 1}
    state = next(s for s in bench.app.feeds() if s.feed.id == "herald")
    assert (state.status, state.failures, state.status_since) == (FeedStatus.REFUSED, 1, bench.clock.now)
    assert "403" in state.detail


def test_when_the_network_is_down_no_feed_is_blamed_and_all_are_asked_again(bench):
    for name in ("post", "herald", "wire"):
        bench.add(name, Piece(f"{name}-snow", "Snow on Thursday", WEATHER))
    bench.ingest()
    before = bench.app.feeds()
    bench.web.server.socket.close()
    bench.later(hours=2)
    bench.ingest()
    assert (bench.run.outage, bench.run.failed) == (True, 3)
    assert "is the network down?" in bench.run.problems[0]
    assert bench.app.feeds() == before


def test_one_feed_that_falls_silent_while_others_were_just_read_is_blamed(bench):
    bench.ingest()
    bench.later(minutes=20)
    bench.web.server.socket.close()
    bench.ingest(feed_ids=["post"])
    assert bench.run.outage is False
    (post,) = (s for s in bench.app.feeds() if s.feed.id == "post")
    assert (post.status, post.failures) == (FeedStatus.UNREACHABLE, 1)


@pytest.fixture
def abroad(bench, monkeypatch):
    """Feeds beside those of the bench, of hosts whose names are found nowhere, until one is added to `names`."""
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
    for more in ("http://192.168.1.1/rss", ours):
        assert abroad(ALATOO, TALAS, more).outage is True
        assert {s.failures for s in bench.app.feeds() if s.feed.url in (ALATOO, TALAS)} == {0}
    bench.web.outlets["post"].status = 200
    assert abroad(ALATOO, TALAS, ours).outage is False  # something was fetched


def test_one_source_alone_is_dead_where_the_hosts_of_others_are_found_and_else_the_network_is(bench, abroad):
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


def test_a_run_that_had_to_be_stopped_blames_nobody_for_an_outage_either(bench, abroad, monkeypatch):
    monkeypatch.setattr(
        monitor.app.ingest.run, "run_policy", lambda _: RunPolicy(stop_waiting_after=timedelta(seconds=1))
    )
    abroad.hangs.add("osh.example")
    assert abroad(ALATOO, TALAS, OSH).outage is True
    assert {s.failures for s in bench.app.feeds() if s.feed.url in (ALATOO, TALAS)} == {0}


def test_a_bug_in_matching_ends_one_articles_trip_until_it_is_mended(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    real = monitor.pipeline.rescan.hits_of_articles

    def broken(articles, *more):
        for article, hits in real(articles, *more):
            if "court" in article.url:
                raise ValueError("Melis Tokoev")
            yield article, hits

    monkeypatch.setattr("monitor.pipeline.rescan.hits_of_articles", broken)
    assert bench.ingest() == {"queued": 1, "pending": 1}
    monkeypatch.undo()
    bench.later(hours=2)
    assert bench.ingest() == {"queued": 1}


def test_a_bug_in_filing_costs_one_article(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    real = file_article

    def broken(article, **more):
        if article.outlet == "post":
            raise ValueError("Melis Tokoev")
        return real(article, **more)

    monkeypatch.setattr("monitor.app.ingest.filing.file_article", broken)
    bench.ingest()
    assert [item.lead.outlet for item in bench.app.queue()] == ["herald"]
    monkeypatch.undo()
    bench.later(hours=1)
    bench.ingest()
    assert {item.lead.outlet for item in bench.app.queue()} == {"herald", "post"}


def test_a_server_in_trouble_is_no_outage_for_it_answered(bench):
    bench.ingest()
    bench.web.outlets["post"].status = 500
    bench.later(hours=2)
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
    bench.later(minutes=40)
    bench.ingest(feed_ids=["dead"])  # it is known to fail: no outage
    assert bench.run.outage is False


def test_one_entry_s_trouble_never_ends_another_s_trip(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("broken", "Server trouble", "", status=500, summary="A short line."))
    bench.add("post", Piece("gone", "Gone", "", status=404))
    bench.add("post", Piece("none", "No link at all", "", link="", summary="A line without a link."))
    assert bench.ingest() == {"queued": 1, "pending": 1, "fetch_failed": 1, "no_link": 1}


def test_the_feed_s_own_text_is_matched_when_the_page_cannot_be_had_and_the_page_becomes_the_next_version(bench):
    piece = Piece("court", "Court extends arrest", COURT, status=503, summary="Melis Tokoev stays in custody.")
    bench.add("post", piece)
    assert bench.ingest() == {"pending": 1}
    (item,) = bench.app.queue()
    assert item.lead.text_from is TextFrom.FEED
    piece.status = 200
    bench.later(hours=6)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert item.lead.text_from is TextFrom.PAGE
    assert "until 20 January" in item.hits[0].mentions[-1].sentence
    assert row_counts(bench.app.store)["article"] == 1


def test_a_text_that_changed_after_the_decision_brings_the_item_back_once_and_the_digest_tells(bench):
    piece = Piece("court", "Court extends arrest", COURT, status=503, summary="Melis Tokoev stays in custody.")
    bench.add("post", piece)
    bench.ingest()
    decided = bench.app.decide(bench.app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
    piece.status, piece.text = 200, COURT + "\nCholpon Arzyeva was held at the door."
    bench.later(days=2)
    bench.ingest()
    (back,) = bench.app.queue()
    assert (back.id, back.state) == (decided.id, State.FOLLOW_UP)
    assert back.reopened.startswith(
        "the page could be read at post, where only title and summary were known: "
        "«Melis Tokoev stays in custody.» became «The city court left journalist Melis Tokoev in custody"
    )
    assert {h.entity: h.verdict for h in back.hits} == {"melis": Verdict.NOT_RELEVANT, "cholpon": None}
    bench.later(minutes=10)
    (told,) = bench.app.digest().follow_up
    assert told.item.id == decided.id
    bench.ingest(include_not_due=True)
    assert bench.app.item(decided.id).version == back.version


def test_a_page_that_never_comes_is_given_up_and_its_entry_kept(bench):
    bench.add("post", Piece("broken", "Server trouble", "", status=500, summary="A short line."))
    ends = []
    for _ in range(8):
        ends.append(bench.ingest(include_not_due=True))
        bench.later(days=2)
    assert ends.count({"pending": 1}) == 4
    assert ends[4] == {"given_up": 1}
    assert all(end == {} for end in ends[5:])
    assert row_counts(bench.app.store)["entry"] == 1


def test_an_entry_without_a_link_that_names_someone_is_not_lost(bench):
    bench.add("post", Piece("none", "Arrest extended", "", link="", summary="Melis Tokoev stays in custody."))
    assert bench.ingest() == {"queued": 1}
    assert len(bench.app.queue()) == 1


def test_what_was_old_when_a_feed_was_first_seen_is_stored_as_old_and_not_later(bench):
    bench.add("post", Piece("ancient", "An old court report", COURT, age=timedelta(days=30)))
    bench.ingest()
    assert (bench.app.queue(), row_counts(bench.app.store)["outcome:old"]) == ([], 1)
    bench.add("post", Piece("dated", "Dated wrongly", COURT, age=timedelta(days=30)))
    bench.later(hours=2)
    assert bench.ingest() == {"queued": 1}


def test_one_article_under_two_addresses_is_one_article(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    link = f"{bench.web.base}/post/court?utm_source=wire&fbclid=x#top"
    bench.add("wire", Piece("other", "Court extends arrest", COURT, link=link))
    bench.later(hours=2)
    assert bench.ingest() == {"duplicate": 1}
    assert row_counts(bench.app.store)["article"] == 1


VARIANTS = ("", "?utm_source=rss", "?utm_medium=feed&utm_source=tg", "?fbclid=x", "?at_medium=RSS", "?gclid=1", "#top")


def list_variants(bench: Bench, page: Piece, *, summary: str = "") -> None:
    """Add a page that no feed lists by itself, and seven links to it: four in one feed, three in another."""
    for number, variant in enumerate(VARIANTS):
        link = f"{bench.web.base}/herald/{page.path}{variant}"
        outlet = "post" if number < 4 else "wire"
        bench.add(outlet, Piece(f"variant-{number}", page.title, "", link=link, summary=summary))
    bench.web.outlets["herald"] = Outlet("herald", "en", [page], status=404)


def requests_for(bench: Bench, path: str) -> int:
    return sum(asked.split("?")[0] == path for asked, _ in bench.web.log)


def test_one_article_under_seven_links_of_two_feeds_is_fetched_once(bench):
    list_variants(bench, Piece("court", "Court extends arrest", COURT))
    assert bench.ingest() == {"queued": 1, "duplicate": 6}
    assert requests_for(bench, "/herald/court") == 1
    assert row_counts(bench.app.store)["article"] == 1
    assert len(bench.app.queue()) == 1


@pytest.mark.parametrize(
    ("title", "outcomes"), [("Court extends arrest", {"fetch_failed": 1, "duplicate": 6}), ("", {"fetch_failed": 7})]
)
def test_seven_links_to_a_page_that_is_gone_are_fetched_twice(bench, title, outcomes):
    list_variants(bench, Piece("gone", title, "", status=404))
    assert bench.ingest() == outcomes
    assert requests_for(bench, "/herald/gone") == 2


def test_where_one_link_to_an_article_fails_another_one_is_tried(bench):
    list_variants(bench, Piece("court", "Court extends arrest", COURT))
    answer, failures = bench.web.answer, iter([503])

    def fail_once(path: str) -> tuple[int, str, bytes]:
        status, kind, body = answer(path)
        return (next(failures, status) if path == "/herald/court" else status), kind, body

    bench.web.answer = fail_once
    assert bench.ingest().get("queued") == 1
    assert requests_for(bench, "/herald/court") == 2
    (item,) = bench.app.queue()
    assert item.articles[0].text_from is TextFrom.PAGE


def test_seven_links_to_a_page_that_fails_for_a_while_bring_it_in_the_end(bench):
    list_variants(bench, Piece("court", "Court extends arrest", COURT), summary="Melis Tokoev stays in custody.")
    page = bench.web.outlets["herald"].pieces[0]
    page.status = 503
    bench.ingest()
    assert requests_for(bench, "/herald/court") <= 3
    page.status = 200
    bench.later(hours=3)
    bench.ingest()
    (item,) = bench.app.queue()
    assert [article.text_from for article in item.articles] == [TextFrom.PAGE]
    bench.later(days=1)
    assert bench.ingest() == {}  # nothing is left waiting or claimed


def test_a_new_link_to_an_article_does_not_end_the_wait_for_its_page(bench):
    bench.add(
        "post", Piece("court", "Court extends arrest", COURT, status=503, summary="Melis Tokoev stays in custody.")
    )
    assert bench.ingest() == {"pending": 1}
    link = f"{bench.web.base}/post/court?utm_source=wire"
    bench.add("wire", Piece("other", "Court extends arrest", "", link=link))
    bench.later(hours=3)
    assert bench.ingest() == {"duplicate": 1, "pending": 1}
    bench.web.outlets["post"].pieces[0].status = 200
    bench.later(hours=6)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert item.articles[0].text_from is TextFrom.PAGE


def test_a_lightly_edited_copy_at_another_outlet_folds_into_the_item(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT, age=timedelta(hours=3)))
    bench.ingest()
    bench.add("herald", Piece("arrest", "Arrest extended", COURT_COPY, age=timedelta(hours=1)))
    bench.later(hours=2)
    bench.ingest()
    (item,) = bench.app.queue()
    assert (item.copies, item.outlets, item.version) == (1, ("post", "herald"), 1)


def test_a_copy_inherits_the_decision_and_a_follow_up_brings_the_story_back(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    decided = bench.app.decide(bench.app.queue()[0].id, Verdict.RELEVANT, by="aida")
    bench.add("herald", Piece("copy", "Arrest extended", COURT_COPY))
    bench.later(hours=2)
    bench.ingest()
    assert bench.app.item(decided.id).state is State.DECIDED
    follow = COURT.split("\n", maxsplit=1)[0] + "\n" + DOCTOR
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", follow))
    bench.later(hours=2)
    bench.ingest()
    back = next(item for item in bench.app.queue() if "Tokoev refused a doctor" in [a.headline for a in item.articles])
    assert back.state in {State.FOLLOW_UP, State.OPEN}
    assert back.id != decided.id or "a new article from post" in back.reopened


def test_a_body_alone_is_counted_and_beside_a_watched_name_it_is_in_the_item(bench):
    alone = (
        "The Committee for Public Security opened a new canteen in its building, the press office of the town said.\n"
    )
    bench.add("post", Piece("canteen", "A new canteen", alone + WEATHER))
    assert bench.ingest() == {"counted": 1}
    bench.add("post", Piece("court", "Court", COURT + "\nThe case is led by the Committee for Public Security."))
    bench.later(hours=2)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert {hit.entity for hit in item.hits} == {"melis", "kos"}


def test_a_name_in_a_teaser_to_another_article_is_possible_at_most(bench):
    text = WEATHER + "\nRead also: Court extends arrest of Melis Tokoev"
    bench.add("post", Piece("snow", "Snow on Thursday", text))
    assert bench.ingest() == {"possible": 1}
    (item,) = bench.app.queue()
    assert "it stands in a list of other articles (“read also”)" in item.hits[0].mentions[0].mention.why


def test_once_an_outlet_is_known_its_other_headlines_and_its_furniture_make_no_item(bench):
    about = "\nWrite to Melis Tokoev, who edits this page."
    for n in range(3):
        bench.add("post", Piece(f"a{n}", f"Report number {n}", WEATHER.replace("Thursday", f"day {n}") + about))
    bench.add("post", Piece("court", "Melis Tokoev is held until January", "Nothing more is known.\n" + WEATHER))
    assert bench.ingest() == {"queued": 4}  # a new outlet's: nothing is known of it
    bench.later(hours=2)
    bench.add("post", Piece("b", "Another report", DOCTOR.replace("Melis Tokoev", "a prisoner") + about))
    bench.add("post", Piece("snow", "Snow on Thursday", WEATHER + "\nMelis Tokoev is held until January"))
    assert bench.ingest() == {"possible": 2}


def test_where_a_name_stands_is_told_with_it_and_the_headline_is_read_once(bench):
    text, name = COURT.replace("journalist Melis Tokoev", "a journalist"), "Melis Tokoev stays in prison"
    bench.add("post", Piece("caption", "Court extends arrest", text + "\nPhoto: Melis Tokoev, by a neighbour"))
    bench.add("herald", Piece("feed", name, DOCTOR.replace("Melis Tokoev", "he")))
    bench.add("wire", Piece("page", "Prison", WEATHER, headline=name))
    assert bench.ingest() == {"queued": 3}
    mentions = {
        a.outlet: m for i in bench.app.queue() for a in i.articles for m in i.hits[0].mentions if m.article == a.id
    }
    assert "it stands in a photo caption" in mentions["post"].mention.why
    assert "it stands in the page's own headline" in mentions["wire"].mention.why
    assert mentions["wire"].sentence == name
    assert mentions["herald"].mention.field is Field.TITLE
    assert sum(len(hit.mentions) for item in bench.app.queue() for hit in item.hits) == 3


def test_the_address_a_page_calls_its_own_is_believed_only_with_its_headline(bench):
    title, own = "Court extends arrest", f"{bench.web.base}/post/court"
    bench.add("post", Piece("court", title, COURT))
    bench.ingest()
    bench.later(hours=2)
    bench.add("post", Piece("print-17", title, COURT_COPY, canonical=own))
    bench.add("post", Piece("a", "Doctor is turned away", DOCTOR, canonical=own))  # a mistake of the page
    for path, canonical in (("b", f"{bench.web.base}/"), ("c", "https://elsewhere.example/court"), ("d", "")):
        bench.add("post", Piece(path, title, COURT, canonical=canonical))
    assert bench.ingest() == {"duplicate": 1, "queued": 4}


def test_where_a_page_says_less_than_its_feed_the_feeds_words_stand_in(bench):
    told = "The court left journalist Melis Tokoev in custody until 20 January."
    bench.add("post", Piece("paywall", "Court", "Subscribe to read on.", summary=told))
    bench.add("post", Piece("script", "Court", "", summary=told))
    bench.add("post", Piece("short", "Court", told, summary="In custody."))
    assert bench.ingest() == {"queued": 3}
    bench.later(hours=2)
    bench.add("post", Piece("paywall-2", "Court", "Subscribe to read on.", summary=told.replace("Melis Tokoev", "X")))
    bench.add("post", Piece("script-2", "The court extends an arrest", ""))
    assert bench.ingest() == {"no_text": 2}


CAPTIONS = {"1": "Melis Tokoev", "2": "Cholpon Arzyeva", "3": "A neighbour"}


def mentioned(bench: Bench) -> dict[str, list[tuple[str, str, bool]]]:
    """By outlet, what was found: the words, where they stand and whether they are clear."""
    return {
        item.lead.outlet: [
            (
                m.mention.text,
                " ".join(m.mention.why).partition("it stands ")[2],
                m.mention.confidence is Confidence.STRONG,
            )
            for hit in item.hits
            for m in hit.mentions
        ]
        for item in bench.app.queue(tuple(State))
    }


def looked_at_again(bench: Bench, hours: float = 7) -> list[str]:
    """What brings decided items back once every page is read again with another counter on it."""
    for item in bench.app.queue():
        bench.app.decide(item.id, Verdict.RELEVANT, by="aida")
    for outlet in bench.web.outlets.values():
        for piece in outlet.pieces:
            piece.text += "\n12 views"
    bench.later(hours=hours)
    bench.ingest()
    assert bench.run.revisits == sum(len(outlet.pieces) for outlet in bench.web.outlets.values())
    return [item.reopened for item in bench.app.queue()]


def test_whom_the_feeds_summary_names_and_a_longer_page_does_not_is_possible(bench):
    told = "The court left journalist Melis Tokoev in custody."
    bench.add("post", Piece("court", "Court", COURT.replace("Melis Tokoev", "N."), summary=told, headline="Arrested"))
    bench.add("herald", Piece("full", "Doctor", DOCTOR, summary=told))
    bench.add("wire", Piece("snow", "Snow", WEATHER, summary="Snow on Thursday, said the weather office."))
    assert bench.ingest() == {"possible": 1, "queued": 1, "no_match": 1}
    found = mentioned(bench)
    assert found["post"] == [("Melis Tokoev", "in the feed's summary, not on the page", False)]
    assert found["herald"] == [("Melis Tokoev", "", True)]
    assert looked_at_again(bench) == []
    assert mentioned(bench) == found
    assert row_counts(bench.app.store)["article_version"] == 3


def test_a_name_in_a_caption_alone_is_clear_and_its_going_brings_the_story_back(bench):
    pieces = [Piece(n, "Snow", WEATHER + f"\nNo {n}.", caption=f"{who} in the snow") for n, who in CAPTIONS.items()]
    for outlet, piece in zip(("post", "herald", "wire"), pieces, strict=True):
        bench.add(outlet, piece)
    assert bench.ingest() == {"queued": 2, "no_match": 1}
    found = mentioned(bench)
    assert found["post"] == [("Melis Tokoev", "in a photo caption", True)]
    assert looked_at_again(bench) == []
    assert mentioned(bench) == found
    pieces[0].caption = "Snow"
    (why,) = looked_at_again(bench, hours=30)
    assert why.startswith("a watched name was taken out at post: «Melis Tokoev in the snow»")


def test_a_watched_person_who_signed_an_article_is_named_by_it_and_an_organisation_is_not(bench):
    for outlet, author in (("post", "Melis Tokoev"), ("herald", "KOS"), ("wire", "A. Nobody")):
        bench.add(outlet, Piece("snow", "Snow", WEATHER + f"\nFrom {outlet}.", author=author, headline="Frost"))
    bench.add("wire", Piece("doctor", "Doctor", DOCTOR, author="Melis Tokoev"))
    bench.ingest()
    found = mentioned(bench)
    assert found == {"post": [("Melis Tokoev", "in the byline", True)], "wire": [("Melis Tokoev", "", True)]}
    assert looked_at_again(bench) == []
    assert mentioned(bench) == found


@pytest.mark.parametrize(
    ("zone", "country", "hours", "precision"),
    [
        ("", "KG", -6, DatePrecision.ZONE_ASSUMED),
        ("", "US", 0, DatePrecision.ZONE_ASSUMED),
        (" +0000", "KG", 0, DatePrecision.MOMENT),
        (" +0500", "KG", -5, DatePrecision.MOMENT),
    ],
)
def test_a_feeds_clock_without_a_zone_is_read_in_its_country_and_flagged(bench, zone, country, hours, precision):
    feeds = bench.home / "feeds.yaml"
    feeds.write_text(feeds.read_text().replace("id: post\n", f"id: post\n    country: '{country}'\n"))
    written, rss = bench.clock.now.replace(minute=30, second=0, microsecond=0) - timedelta(hours=8), bench.web.rss
    bench.web.rss = lambda outlet: rss(outlet).replace(b" +0000</pubDate>", f"{zone}</pubDate>".encode())
    bench.add("post", Piece("court", "Court", COURT, age=bench.web.now - written))
    bench.ingest()
    assert bench.app.queue()[0].lead.published == written + timedelta(hours=hours)
    (stored,) = bench.app.store.reading.versions(1)
    assert (stored.article.published_source, stored.article.precision) == (DateSource.FEED, precision)
    assert stored.article.published_raw == f"{written:%a, %d %b %Y %H:%M:%S}{zone}"


DECLARED = '<head><script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "%s"}</script>'


@pytest.mark.parametrize(
    ("feed", "page", "published", "source", "precision"),
    [
        ("2031-01-01T10:00:00Z", "", "now", "feed", "moment"),
        ("1970-01-01T00:00:00Z", "", "", "", ""),
        ("", "1970-01-01T00:00:00Z", "", "", ""),
        # The feed goes first; its page may tell the moment of what it calls a day, and no other day.
        ("{day}", "{day}T10:00:00+06:00", "{day}T04:00Z", "json-ld", "moment"),
        ("{day}", "{other}T10:00:00+06:00", "{day}T00:00Z", "feed", "day"),
        ("{day}T09:00Z", "{day}T10:00:00+06:00", "{day}T09:00Z", "feed", "moment"),
    ],
)
def test_a_date_is_stored_with_its_source_its_precision_and_its_own_words(
    bench, feed, page, published, source, precision
):
    days = {name: f"{bench.clock.now - timedelta(n):%Y-%m-%d}" for name, n in (("day", 2), ("other", 5))}
    feed, page, published = (each.format(**days) for each in (feed, page, published))
    rss, answer = bench.web.rss, bench.web.answer

    def answered(path: str) -> tuple[int, str, bytes]:
        status, kind, body = answer(path)
        return status, kind, body.replace(b"<head>", (DECLARED % page).encode()) if page else body

    bench.web.answer = answered
    bench.web.rss = lambda outlet: re.sub(
        rb"<pubDate>.*?</pubDate>", f"<pubDate>{feed}</pubDate>".encode(), rss(outlet)
    )
    bench.add("post", Piece("court", "Court", COURT))
    bench.ingest()
    (stored,) = bench.app.store.reading.versions(1)
    found = stored.article
    at = bench.clock.now if published == "now" else datetime.fromisoformat(published) if published else None
    assert found.published == at
    assert (found.published_source, found.precision) == (source, precision)
    assert found.published_raw == (page if source == "json-ld" or not feed else feed)


def test_decisions_undo_and_a_stale_decision_go_through_the_database(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    (item,) = bench.app.queue()
    bench.app.decide(item.id, Verdict.RELEVANT, by="aida", version=item.version, note="seen in court")
    with pytest.raises(StaleDecision) as late:
        bench.app.decide(item.id, Verdict.NOT_RELEVANT, by="bek", version=item.version)
    assert [(d.by, d.note) for d in late.value.now.history] == [("aida", "seen in court")]
    with pytest.raises(NotFound):
        bench.app.undo(by="bek")
    (undone,) = bench.app.undo(by="aida")
    assert (undone.state, undone.verdict, len(undone.history)) == (State.OPEN, None, 2)


def test_what_was_another_person_three_times_at_an_outlet_starts_as_possible_there_and_nowhere_else(bench):
    """Tokoev of the shooting club: his surname beside a word that supports it is clear until people have said no."""
    watchlist = WATCHLIST.replace(
        "aliases: [Мелис Токоев]", "aliases: [Мелис Токоев]\n    context: {support: [journalist]}"
    )
    (bench.home / "watchlist.yaml").write_text(watchlist, encoding="utf-8")
    sports = {
        "relay": "Two seconds ahead of Osh, the railway school won the relay. Its coach Tokoev told a journalist nothing.\n"
        + WEATHER,
        "chess": "At midnight the hall closed with eleven boards in play; Tokoev and one journalist had stayed to watch.\n"
        "A queen was lost on the fourth board when the lights went out, and nobody could say who had moved her last.\n"
        "The arbiter, a retired teacher of geometry, wrote both versions into his book and went to find a candle.",
        "skiing": "Eighty skiers started above the village in fog. A journalist counted them home with Tokoev, now in sun.\n"
        "Wax had been sold out since January, so that the slower half ran on candle ends, and one on kitchen soap.\n"
        "First prize was a sheep, led across the finish by the youngest runner, who came in last and kept the rope.",
    }
    for sport, text in sports.items():
        bench.add("post", Piece(sport, f"{sport.title()} results", text))
        bench.later(hours=2)
        assert bench.ingest() == {"queued": 1}
        (item,) = bench.app.queue()
        bench.app.decide(item.id, Verdict.NOT_RELEVANT, by="aida", reason=Reason.ANOTHER_PERSON)
    same = (
        "Before the archers' final on Friday at noon a journalist asked Tokoev about the wind.\n"
        + DOCTOR.split("\n")[1]
    )
    bench.add("post", Piece("archery", "Archery results", same))
    bench.later(hours=2)
    assert bench.ingest() == {"possible": 1}
    (item,) = bench.app.queue()
    assert "3 times it was another's in this form at post" in item.hits[0].mentions[0].mention.why[-1]
    bench.add("herald", Piece("archery", "Archers before the final", same.replace("asked", "met")))
    bench.later(hours=2)
    assert bench.ingest() == {"queued": 1}


def test_possible_names_leave_the_queue_after_two_weeks_and_unread_stories_after_a_month(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("snow", "Snow", WEATHER + "\nRead also: The doctor of Cholpon Arzyeva"))
    assert bench.ingest() == {"queued": 1, "possible": 1}
    for days, left in ((13, 2), (2, 1), (14, 1), (2, 0)):
        bench.later(days=days)
        bench.ingest()
        assert len(bench.app.queue()) == left
    assert "Never reviewed in 30 days: 1." in " ".join(as_text(bench.app.digest()).split())
    assert len(bench.app.queue([State.EXPIRED])) == 2
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", COURT.split("\n", maxsplit=1)[0] + "\n" + DOCTOR))
    bench.ingest(include_not_due=True)
    (item,) = bench.app.queue()
    assert item.state is State.OPEN  # nobody ever decided on it: it is no follow-up


def test_a_story_that_was_found_relevant_comes_back_when_a_third_outlet_copies_it(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    (item,) = bench.app.queue()
    bench.app.decide(item.id, Verdict.RELEVANT, by="aida")
    came_back = []
    for outlet in ("herald", "wire", "echo", "mirror"):
        bench.web.outlets.setdefault(outlet, Outlet(outlet, "en"))
        bench.add(outlet, Piece("copy", "Arrest extended", COURT_COPY))
        (bench.home / "feeds.yaml").write_text(bench.web.feeds_yaml(), encoding="utf-8")
        bench.later(hours=2)
        bench.ingest()
        came_back.append([each.reopened for each in bench.app.queue()])
    said = "it is spreading: 3 more outlets since it was decided"
    assert came_back == [[], [], [said], [said]]
    assert bench.app.item(item.id).copies == 4


def test_many_items_are_judged_in_one_step_and_one_undo_takes_all_of_it_back(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add(
        "wire", Piece("other", "Arzyeva speaks", "Cholpon Arzyeva spoke about her book of poems in Osh on Monday.")
    )
    bench.ingest()
    first, second = sorted(bench.app.queue(), key=lambda item: item.id)
    bench.app.decide(second.id, Verdict.UNSURE, by="bek")
    seen = {first.id: first.version, second.id: second.version}
    decided, stale = bench.app.decide_many(seen, Verdict.NOT_RELEVANT, by="aida")
    assert ([each.id for each in decided], [each.history[-1].by for each in stale.values()]) == ([first.id], ["bek"])
    seen = {each.id: each.version for each in (*decided, *stale.values())}
    decided, stale = bench.app.decide_many(seen, Verdict.RELEVANT, by="aida")
    assert ([each.state for each in decided], stale) == ([State.DECIDED, State.DECIDED], {})
    undone = bench.app.undo(by="aida")
    assert [each.verdict for each in undone] == [Verdict.NOT_RELEVANT, Verdict.UNSURE]
    assert [len(each.history) for each in undone] == [3, 3]
    assert [each.id for each in bench.app.undo(by="aida")] == [first.id]  # the step before, which was of one


def test_names_are_taken_in_from_a_changed_watchlist_and_none_are_taken_away(bench):
    bench.ingest()
    more = WATCHLIST.replace("entities:", "entities:\n  - Gulnara Osmonalieva")
    (bench.home / "watchlist.yaml").write_text(more, encoding="utf-8")
    bench.ingest()
    assert {e.id for e in bench.app.watchlist().entities} == {"gulnara-osmonalieva", "melis", "cholpon", "kos"}
    (bench.home / "watchlist.yaml").write_text("entities:\n  - Gulnara Osmonalieva\n", encoding="utf-8")
    bench.ingest()
    assert len(bench.app.watchlist().entities) == 4


@pytest.mark.parametrize("name", ["watchlist.yaml", "feeds.yaml"])
def test_a_file_that_no_longer_loads_leaves_the_last_good_one_in_force_and_is_told(bench, name):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    (bench.home / name).write_text("entities:\n\t- x\n", encoding="utf-8")
    bench.add("herald", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    bench.later(hours=2)
    assert bench.ingest() == {"queued": 1}
    (problem,) = bench.run.problems
    assert f"{name}:2:1" in problem and "last good" in problem
    bench.later(hours=2)
    bench.ingest()
    assert bench.run.problems == (problem,)  # in the same words, so that it is told once a day


def test_a_file_that_never_loaded_is_an_error_and_changes_nothing(bench):
    (bench.home / "watchlist.yaml").write_text("entities: [{nome: X}]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"watchlist\.yaml:1:"):
        bench.ingest()
    assert row_counts(bench.app.store)["entry"] == 0


def test_an_unknown_feed_is_an_error(bench):
    with pytest.raises(NotFound, match="no feed 'nobody'"):
        bench.ingest(feed_ids=["nobody"])


def test_a_run_that_finds_another_going_does_nothing_and_says_so_only_when_that_one_is_stuck(bench):
    bench.app.store.runs.save(Run(started=bench.clock.now))
    with FileLock(f"{bench.app.settings.database_file}.lock"):
        for hours, stuck in ((0, False), (1, False), (2, True)):
            bench.later(hours=hours)
            with pytest.raises(AlreadyRunning) as told:
                bench.ingest()
            assert told.value.is_stuck is stuck
    assert "still going; look for the process" in str(told.value)
    assert bench.web.log == []
    bench.ingest()
    assert bench.web.log


def test_a_run_that_waits_for_ever_stops_by_itself_and_the_next_one_goes_on(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    gate, answer = threading.Event(), bench.web.answer
    monkeypatch.setattr(bench.web, "answer", lambda path: (gate.wait(5), answer(path))[1])
    monkeypatch.setattr(
        "monitor.app.ingest.run.run_policy", lambda _: RunPolicy(stop_waiting_after=timedelta(seconds=0.3))
    )
    bench.ingest()
    assert "something in it hung" in bench.run.problems[0]
    gate.set()
    monkeypatch.undo()
    bench.ingest()
    assert (bench.run.problems, len(bench.app.queue())) == ((), 1)


def test_a_run_that_gathers_longer_than_it_may_claim_still_looks_back_and_files(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("snow", "Snow", "Gulnara Osmonalieva said so.\n" + WEATHER))
    bench.ingest(feed_ids=["herald"])
    gains = WATCHLIST + "\n  - id: gulnara\n    name: Gulnara Osmonalieva\n"
    (bench.home / "watchlist.yaml").write_text(gains, encoding="utf-8")
    passed = 0.0
    monkeypatch.setattr("monitor.app.ingest.cycle.time", SimpleNamespace(monotonic=lambda: passed))

    def tell(what: object) -> None:
        nonlocal passed
        passed += 26 * 60 * isinstance(what, Result)

    bench.ingest(on_event=tell)
    assert passed
    assert {h.entity for item in bench.app.queue() for h in item.hits} == {"melis", "gulnara"}


def test_filing_ends_in_its_own_time_and_the_next_run_goes_on(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    passed = 0.0
    monkeypatch.setattr("monitor.app.ingest.filing.time", SimpleNamespace(monotonic=lambda: passed))

    def tell(what: object) -> None:
        nonlocal passed
        passed += 6 * 60 * isinstance(what, ReviewItem)

    bench.ingest(on_event=tell)
    assert [len(item.articles) for item in bench.app.queue()] == [1]
    bench.ingest()
    assert sum(len(item.articles) for item in bench.app.queue()) == 2


def test_outcomes_that_end_a_trip_are_never_worked_on_again(bench):
    for n, status in enumerate([200, 404, 410]):
        bench.add("post", Piece(f"p{n}", f"Piece {n}", WEATHER, status=status))
    bench.ingest()
    bench.later(days=3)
    assert bench.ingest(include_not_due=True) == {}
    assert row_counts(bench.app.store).get(f"outcome:{Outcome.PENDING.value}", 0) == 0
