"""One cycle after the other on invented outlets: what becomes of feeds and entries."""

from __future__ import annotations

from datetime import timedelta

import pytest

import monitor.ingest.matching
import monitor.ingest.run
from kit.articles import COURT, DOCTOR, WEATHER
from kit.outlets import Piece
from kit.store import row_counts
from monitor.errors import SandboxLost
from monitor.ingest.filing import file_article
from monitor.model import (
    FeedStatus,
    State,
    TextFrom,
    Verdict,
)
from monitor.serialize import run_row
from monitor.store.sql import articles


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
    bench.watch("herald", "wire")
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
    bench.watch("herald", "wire")
    bench.ingest()
    bench.web.log.clear()
    bench.ingest()
    assert bench.web.log == []
    bench.ingest(feed_ids=["wire"])
    assert [path for path, _ in bench.web.log] == ["/wire/feed.xml"]


def test_a_feed_that_refuses_us_is_a_finding_and_the_others_are_read(bench):
    bench.watch("herald")
    bench.web.outlets["herald"].status = 403
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    assert bench.ingest() == {"queued": 1}
    state = next(s for s in bench.app.feeds() if s.feed.id == "herald")
    assert (state.status, state.failures, state.status_since) == (FeedStatus.REFUSED, 1, bench.clock.now)
    assert "403" in state.detail


def test_a_bug_in_matching_ends_one_articles_trip_until_it_is_mended(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    real = monitor.ingest.matching.hits_of_articles

    def broken(articles, *arguments):
        for article, hits in real(articles, *arguments):
            if "court" in article.url:
                raise ValueError("Melis Tokoev")
            yield article, hits

    monkeypatch.setattr("monitor.ingest.matching.hits_of_articles", broken)
    assert bench.ingest() == {"queued": 1, "pending": 1}
    monkeypatch.undo()
    bench.advance(hours=2)
    assert bench.ingest() == {"queued": 1}


def test_a_bug_in_storing_ends_one_articles_trip_of_those_stored_together(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    bench.add("post", Piece("snow", "Snow on Thursday", WEATHER))
    real = articles.add

    def broken(connection, article, *arguments):
        if "doctor" in article.url:
            raise ValueError("Melis Tokoev")
        return real(connection, article, *arguments)

    monkeypatch.setattr(articles, "add", broken)
    assert bench.ingest() == {"queued": 1, "no_match": 1, "pending": 1}
    assert len(bench.app.queue()) == 1
    monkeypatch.undo()
    bench.advance(hours=2)
    assert bench.ingest() == {"queued": 1}


@pytest.mark.check
def test_a_list_that_cannot_be_prepared_ends_the_run_and_costs_no_article_a_try(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("doctor", "Tokoev refused a doctor", DOCTOR))

    def broken(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("monitor.ingest.matching.hits_of_articles", broken)
    for _ in range(6):
        with pytest.raises(SandboxLost, match="cannot be prepared"):
            bench.ingest()
        bench.advance(hours=12)
    monkeypatch.undo()
    assert bench.ingest() == {"queued": 2}


def test_a_bug_in_filing_costs_one_article(bench, monkeypatch):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("herald", Piece("doctor", "Tokoev refused a doctor", DOCTOR))
    real = file_article

    def broken(article, **arguments):
        if article.outlet == "post":
            raise ValueError("Melis Tokoev")
        return real(article, **arguments)

    monkeypatch.setattr("monitor.ingest.filing.file_article", broken)
    bench.ingest()
    assert [item.lead.outlet for item in bench.app.queue()] == ["herald"]
    monkeypatch.undo()
    bench.advance(hours=1)
    bench.ingest()
    assert {item.lead.outlet for item in bench.app.queue()} == {"herald", "post"}


def test_one_entry_s_trouble_never_ends_another_s_trip(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.add("post", Piece("broken", "Server trouble", "", status=500, summary="A short line."))
    bench.add("post", Piece("gone", "Gone", "", status=404))
    bench.add("post", Piece("none", "No link at all", "", link="", summary="A line without a link."))
    assert bench.ingest() == {"queued": 1, "pending": 1, "fetch_failed": 1, "no_link": 1}


def test_the_feeds_own_text_is_matched_until_the_page_can_be_had_as_the_next_version(bench):
    piece = Piece("court", "Court extends arrest", COURT, status=503, summary="Melis Tokoev stays in custody.")
    bench.add("post", piece)
    assert bench.ingest() == {"pending": 1}
    (item,) = bench.app.queue()
    assert item.lead.text_from is TextFrom.FEED
    piece.status = 200
    bench.advance(hours=6)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert item.lead.text_from is TextFrom.PAGE
    assert "until 20 January" in item.hits[0].mentions[-1].sentence
    assert row_counts(bench.app.store)["article"] == 1


def test_a_text_changed_after_the_decision_brings_the_item_back_once_also_in_the_digest(bench):
    piece = Piece("court", "Court extends arrest", COURT, status=503, summary="Melis Tokoev stays in custody.")
    bench.add("post", piece)
    bench.ingest()
    decided = bench.app.decide(bench.app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
    piece.status, piece.text = 200, COURT + "\nCholpon Arzyeva was held at the door."
    bench.advance(days=2)
    bench.ingest()
    (item,) = bench.app.queue()
    assert (item.id, item.state) == (decided.id, State.FOLLOW_UP)
    assert item.reopened.startswith(
        "the page could be read at post, where only title and summary were known: "
        "«Melis Tokoev stays in custody.» became «The city court left journalist Melis Tokoev in custody"
    )
    assert {h.entity: h.verdict for h in item.hits} == {"melis": Verdict.NOT_RELEVANT, "cholpon": None}
    bench.advance(minutes=10)
    (story,) = bench.app.digest().follow_up
    assert story.item.id == decided.id
    bench.ingest(include_not_due=True)
    assert bench.app.item(decided.id).version == item.version


@pytest.mark.check
def test_a_page_that_never_comes_is_given_up_and_its_entry_kept(bench):
    bench.add("post", Piece("broken", "Server trouble", "", status=500, summary="A short line."))
    ends = []
    for _ in range(8):
        ends.append(bench.ingest(include_not_due=True))
        bench.advance(days=2)
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
    bench.advance(hours=2)
    assert bench.ingest() == {"queued": 1}
