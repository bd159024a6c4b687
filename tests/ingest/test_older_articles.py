"""First contact, names that are new on the list, articles that change: what is found in what was there already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.articles import COURT, DOCTOR, WEATHER, Bench
from kit.home import WATCHLIST
from kit.outlets import Piece
from kit.store import end_rescan, row_counts
from monitor.app.rescan import rescan_archive
from monitor.config.watchlist import load_watchlist
from monitor.errors import NotFound
from monitor.ingest.older_articles import ARTICLES_PER_BATCH
from monitor.match import Compiled, compile_watchlist
from monitor.messages.content.render import as_json, as_text
from monitor.model import Alert, Confidence, Entity, OlderArticles, RescanMatch, Result, State, Verdict, WatchlistChange

PASSER_BY = "  - id: gulnara\n    name: Gulnara Osmonalieva\n"
NAMED = "The lawyer Gulnara Osmonalieva said that the window of the court office was closed at noon.\n"


def watch_also(bench: Bench, *added_names: str, base: str = WATCHLIST) -> None:
    (bench.home / "watchlist.yaml").write_text(base + "\n" + "".join(added_names), encoding="utf-8")


def sections(bench: Bench) -> dict[str, list[str]]:
    digest_sections = as_json(bench.app.digest())["sections"]
    return {name: [story["headline"] for story in stories] for name, stories in digest_sections.items() if stories}


# ---- first contact ------------------------------------------------------------------------------------------------------


def test_at_first_contact_the_last_day_is_news_the_last_week_older_and_the_rest_old(bench):
    bench.add("post", Piece("today", "Court extends arrest", COURT, age=timedelta(hours=5)))
    bench.add("herald", Piece("days", "Refused a doctor", DOCTOR, age=timedelta(days=3)))
    bench.add("wire", Piece("weeks", "An old report", COURT.replace("20 January", "2 May"), age=timedelta(days=20)))
    assert bench.ingest() == {"queued": 2}
    assert row_counts(bench.app.store)["outcome:old"] == 1
    bench.advance(minutes=1)
    assert sections(bench) == {"new": ["Court extends arrest"], "older": ["Refused a doctor"]}
    text = as_text(bench.app.digest())
    assert "FOUND IN OLDER ARTICLES" in text and "2 not yet reviewed: 1 new, 1 in older articles" in text


def test_what_comes_later_is_news_however_it_is_dated(bench):
    bench.ingest()
    bench.add("post", Piece("days", "Court extends arrest", COURT, age=timedelta(days=3)))
    bench.advance(hours=2)
    bench.ingest()
    bench.advance(minutes=1)
    assert sections(bench) == {"new": ["Court extends arrest"]}


def test_a_fresh_article_of_an_older_story_makes_the_story_news(bench):
    bench.add("post", Piece("days", "Court extends arrest", COURT, age=timedelta(days=2)))
    fresh = COURT.replace("20 January", "21 January")
    bench.add("herald", Piece("today", "Arrest extended", fresh, age=timedelta(hours=3)))
    bench.ingest()
    bench.advance(minutes=1)
    assert len(bench.app.queue()) == 1
    assert sections(bench) == {"new": ["Arrest extended"]}


# ---- names that are new on the list -------------------------------------------------------------------------------------


def test_when_the_list_gains_a_name_stored_articles_are_rescanned_and_matches_marked(bench):
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    assert bench.ingest() == {"no_match": 1}
    watch_also(bench, PASSER_BY)
    bench.advance(hours=30)
    matches: list[object] = []
    bench.ingest(on_event=lambda event: matches.append(event) if isinstance(event, RescanMatch) else None)
    assert [hit.entity for match in matches for hit in match.gained] == ["gulnara"]
    (item,) = bench.app.queue()
    assert [(h.entity, h.confidence) for h in item.hits] == [("gulnara", Confidence.STRONG)]
    bench.advance(minutes=1)
    assert sections(bench) == {"older": ["A window is closed"]}
    before = bench.app.queue()
    bench.advance(hours=1)
    bench.ingest(on_event=matches.append)
    assert bench.app.queue() == before
    assert bench.app.store.archive.pending_rescan() is None


@pytest.mark.parametrize("older", OlderArticles)
def test_older_articles_go_into_the_queue_are_counted_or_are_left_alone(bench, older: OlderArticles):
    bench.watch("herald")
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    bench.ingest()
    gulnara = Entity("gulnara", "Gulnara Osmonalieva")
    now = bench.clock.now
    bench.app.watchlist_file.save(WatchlistChange(added=(gulnara,)), now, source="desk", older=older)
    bench.advance(hours=30)
    bench.ingest()
    (stored,) = bench.app.store.archive.articles(None, None, 10)
    assert len(bench.app.queue()) == (1 if older is OlderArticles.QUEUE else 0)
    assert ("gulnara" in stored.hits) is (older is not OlderArticles.NONE)
    bench.add("herald", Piece("later", "The window again", NAMED + WEATHER.replace("a", "e")))
    bench.advance(hours=2)
    bench.ingest()
    headlines = {article.headline for item in bench.app.queue() for article in item.articles}
    assert "The window again" in headlines


def test_a_name_from_now_on_that_is_saved_while_a_run_goes_on_brings_no_older_articles(bench):
    bench.watch("herald")
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    bench.ingest()
    bench.add("herald", Piece("later", "The window again", NAMED + WEATHER.replace("a", "e")))
    bench.advance(hours=2)
    gulnara = WatchlistChange(added=(Entity("gulnara", "Gulnara Osmonalieva"),))

    def save_once(_: object) -> None:
        if gulnara.added[0] not in bench.app.watchlist().entities:
            bench.app.watchlist_file.save(gulnara, bench.clock.now, source="desk", older=OlderArticles.NONE)

    bench.ingest(on_event=save_once)
    bench.advance(hours=2)
    bench.ingest()
    # The run that went on had begun with the list without the name.
    assert [article.headline for item in bench.app.queue() for article in item.articles] == ["The window again"]


def test_a_paused_name_is_not_found_and_not_lost_and_nothing_is_caught_up_afterwards(bench):
    bench.watch("herald")
    today = bench.app.today()
    watch_also(bench, PASSER_BY, f"    paused_until: {today + timedelta(days=2)}\n")
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    assert bench.ingest() == {"no_match": 1}
    bench.advance(hours=72)
    bench.add("herald", Piece("later", "The window again", NAMED + WEATHER.replace("a", "e")))
    bench.ingest()
    assert [item.lead.headline for item in bench.app.queue()] == ["The window again"]
    # Paused again, and matched again: what was found is not reported as lost.
    watch_also(bench, PASSER_BY, f"    paused_until: {today + timedelta(days=9)}\n")
    bench.app.sync_files()
    assert [match.lost for match in rescan_archive(bench.app)] == []


def test_a_decided_story_that_names_someone_new_on_the_list_comes_back_and_says_so(bench):
    bench.add("post", Piece("court", "Court extends arrest", NAMED + COURT))
    bench.ingest()
    bench.app.decide(bench.app.queue()[0].id, Verdict.RELEVANT, by="aida")
    watch_also(bench, PASSER_BY)
    bench.advance(hours=30)
    bench.ingest()
    (item,) = bench.app.queue()
    assert item.state is State.FOLLOW_UP
    assert item.reopened == "found in older articles: it names someone who is new on your list"
    assert {h.entity: h.verdict for h in item.hits} == {"melis": Verdict.RELEVANT, "gulnara": None}
    bench.advance(minutes=1)
    assert sections(bench) == {"follow_up": ["Court extends arrest"]}
    assert "Why it is back: found in older articles" in " ".join(as_text(bench.app.digest()).split())


def test_an_open_story_that_names_someone_new_is_told_again_and_says_why(bench):
    bench.add("post", Piece("court", "Court extends arrest", NAMED + COURT))
    bench.ingest()
    bench.advance(hours=30)
    watch_also(bench, PASSER_BY)
    bench.ingest()
    (item,) = bench.app.queue()
    assert (item.state, {h.entity for h in item.hits}) == (State.OPEN, {"melis", "gulnara"})
    bench.advance(minutes=1)
    assert sections(bench) == {"follow_up": ["Court extends arrest"]}
    assert "Why it is told again: found in older articles" in " ".join(as_text(bench.app.digest()).split())


def test_an_edit_of_an_open_story_is_told_only_if_it_brings_a_name(bench):
    piece = Piece("court", "Court extends arrest", COURT)
    bench.add("post", piece)
    bench.ingest()
    bench.advance(hours=30)
    piece.summary, piece.text = "A new line.", COURT + "\nA clerk read the ruling in a low voice."
    bench.ingest()
    bench.advance(minutes=1)
    assert sections(bench) == {}
    bench.advance(hours=30)
    piece.title, piece.text = "Court extends arrest again", COURT + "\nCholpon Arzyeva was called as a witness."
    bench.ingest()
    bench.advance(minutes=1)
    assert sections(bench) == {"follow_up": ["Court extends arrest again"]}


def test_an_entity_that_shall_alert_from_now_on_is_found_where_it_was_only_counted(bench):
    alone_text = "The Committee for Public Security opened a new canteen in its building, the press office said.\n"
    bench.add("post", Piece("canteen", "A new canteen", alone_text + WEATHER))
    assert bench.ingest() == {"counted": 1}
    watch_also(bench, base=WATCHLIST.replace("alert: with-others", "alert: always"))
    bench.advance(hours=2)
    bench.ingest()
    assert [hit.entity for item in bench.app.queue() for hit in item.hits] == ["kos"]


def test_a_list_that_changes_while_a_run_goes_is_looked_for_by_the_next_one(bench):
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    list_file = bench.home / "more.yaml"
    list_file.write_text(WATCHLIST + PASSER_BY, encoding="utf-8")
    bench.ingest(
        on_event=lambda event: bench.app.import_watchlist(list_file, apply=True) if isinstance(event, Result) else None
    )
    assert bench.app.queue() == []
    bench.advance(hours=1)
    bench.ingest()
    assert [hit.entity for item in bench.app.queue() for hit in item.hits] == ["gulnara"]


def test_a_list_that_was_taken_in_is_not_read_again_until_it_changes(bench, monkeypatch):
    read = []
    monkeypatch.setattr("monitor.app.watchlist.load_watchlist", lambda p, **o: read.append(p) or load_watchlist(p, **o))
    for _ in range(3):
        bench.ingest()
    assert len(read) == 1
    watch_also(bench, PASSER_BY)
    bench.ingest()
    bench.ingest()
    assert len(read) == 2
    bench.app.import_watchlist(bench.home / "watchlist.yaml", apply=True)
    bench.ingest()
    assert len(bench.app.watchlist().entities) == 4


def test_a_story_that_names_nobody_new_stays_as_it_was_when_the_list_grows(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    bench.app.decide(bench.app.queue()[0].id, Verdict.RELEVANT, by="aida")
    watch_also(bench, PASSER_BY)
    bench.advance(hours=2)
    bench.ingest()
    assert bench.app.queue() == []


def test_a_new_alias_starts_a_rescan_of_the_archive_and_a_new_note_does_not(bench):
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    bench.ingest()
    watch_also(bench, base=WATCHLIST.replace("name: Cholpon Arzyeva", "name: Cholpon Arzyeva\n    note: seen in May"))
    bench.app.sync_files()
    assert bench.app.store.archive.pending_rescan() is None
    watch_also(bench, base=WATCHLIST.replace("[Чолпон Арзыева]", "[Чолпон Арзыева, Gulnara Osmonalieva]"))
    bench.app.sync_files()
    assert bench.app.store.archive.pending_rescan().entities == {"cholpon"}
    bench.advance(hours=2)
    bench.ingest()
    assert [hit.entity for item in bench.app.queue() for hit in item.hits] == ["cholpon"]


def test_an_archive_of_many_batches_is_rescanned_to_its_end_without_time_left(bench, monkeypatch):
    monkeypatch.setattr("monitor.ingest.older_articles.ARTICLES_PER_BATCH", 2)
    assert ARTICLES_PER_BATCH > 2
    for n in range(5):
        bench.add("post", Piece(f"p{n}", f"Window {n} is closed", f"{NAMED}{WEATHER} Paragraph {n}."))
    bench.ingest()
    watch_also(bench, PASSER_BY)
    bench.app.sync_files()
    archive = bench.app.store.archive
    newest_first = archive.articles(
        None, None, 5
    )  # feeds are read at the same time, so their order is not that of the feed
    older_ids = newest_first[2:]
    claim = bench.app.store.claims.open("a run", bench.clock.now, bench.clock.now + timedelta(minutes=1))
    part = bench.app.store.ranges.claim(claim, bench.clock.now)
    bench.app.store.ranges.save(replace(part, position=older_ids[0].article.id), [], bench.clock.now)
    bench.app.store.claims.close(claim)  # as far as one run came
    bench.advance(hours=2)
    bench.ingest()
    headlines = [a.headline for item in bench.app.queue() for a in item.articles]
    assert sorted(headlines) == sorted(stored.article.title for stored in older_ids) and len(older_ids) == 3
    assert archive.pending_rescan() is None


def test_new_names_are_compiled_once_for_all_batches_of_the_archive(bench, monkeypatch):
    monkeypatch.setattr("monitor.ingest.older_articles.ARTICLES_PER_BATCH", 1)
    for n in range(3):
        bench.add("post", Piece(f"p{n}", f"Window {n} is closed", f"{NAMED}{WEATHER} Paragraph {n}."))
    bench.ingest()
    watch_also(bench, PASSER_BY)
    lists: list[list[str]] = []

    def compile_and_note(entities: Iterable[Entity], before: Compiled | None = None) -> Compiled:
        lists.append([entity.id for entity in entities])
        return compile_watchlist(entities, before)

    monkeypatch.setattr("monitor.ingest.matching.compile_watchlist", compile_and_note)
    bench.advance(hours=2)
    bench.ingest()
    (story,) = bench.app.queue()
    assert len(story.articles) == 3 and lists.count(["gulnara"]) == 1


# ---- rescan -------------------------------------------------------------------------------------------------------------


def stored_but_not_looked_for(bench: Bench) -> None:
    """Read articles, and add to the list a name in one of them after the rescan has passed it."""
    bench.add("post", Piece("window", "A window is closed", NAMED + WEATHER))
    bench.add("herald", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    watch_also(bench, PASSER_BY)
    bench.app.sync_files()
    end_rescan(bench.app.store)


def test_rescan_shows_what_would_be_found_and_files_it_only_when_told_to(bench):
    stored_but_not_looked_for(bench)
    before = bench.app.queue()
    (match,) = rescan_archive(bench.app)
    assert (match.article.title, [hit.entity for hit in match.gained], match.lost) == (
        "A window is closed",
        ["gulnara"],
        {},
    )
    assert bench.app.queue() == before
    assert [f.article.title for f in rescan_archive(bench.app, apply=True)] == ["A window is closed"]
    assert len(bench.app.queue()) == len(before) + 1
    assert list(rescan_archive(bench.app)) == []


def test_rescan_keeps_to_the_time_and_the_names_it_is_given(bench):
    stored_but_not_looked_for(bench)
    bench.advance(days=10)
    assert list(rescan_archive(bench.app, since=timedelta(days=5))) == []
    assert len(list(rescan_archive(bench.app, since=timedelta(days=15)))) == 1
    assert list(rescan_archive(bench.app, entities=["melis"])) == []
    assert len(list(rescan_archive(bench.app, entities=["gulnara"]))) == 1
    with pytest.raises(NotFound):
        list(rescan_archive(bench.app, entities=["nobody"]))


def test_rescan_tells_what_is_no_longer_found_and_takes_nothing_away(bench):
    bench.add("post", Piece("court", "Court extends arrest", COURT))
    bench.ingest()
    before = bench.app.queue()
    stored = bench.app.watchlist().entities
    quieter = [e if e.id != "melis" else Entity("melis", "Melis Abdykadyrov", alert=Alert.ALWAYS) for e in stored]
    lists = bench.app.store.watchlists
    lists.apply(lists_change(stored, quieter), "a test", bench.clock.now)
    (match,) = rescan_archive(bench.app, apply=True)
    assert (match.gained, match.lost) == ((), {"melis": before[0].hits[0].mentions[0].mention.text})
    assert [item.id for item in bench.app.queue()] == [item.id for item in before]
    assert bench.app.queue()[0].hits[0].mentions == before[0].hits[0].mentions


def lists_change(old, new):
    from monitor.config.watchlist import difference

    return difference(old, new)


# ---- articles that change -----------------------------------------------------------------------------------------------


def test_an_article_with_a_new_headline_in_the_feed_is_read_again_as_a_second_version(bench):
    piece = Piece("court", "Court extends arrest", COURT)
    bench.add("post", piece)
    bench.ingest()
    bench.app.decide(bench.app.queue()[0].id, Verdict.RELEVANT, by="aida")
    piece.title, piece.text = "Court releases reporter", COURT.replace("left journalist", "released journalist")
    bench.advance(hours=7)
    assert bench.ingest() == {"queued": 1}
    (item,) = bench.app.queue()
    assert (item.state, item.lead.headline) == (State.FOLLOW_UP, "Court releases reporter")
    assert (
        item.reopened
        == "the headline changed at post: «Court extends arrest» became «Court releases reporter» (and 1 more change)"
    )
    assert row_counts(bench.app.store)["article_version"] == 2
    bench.advance(hours=7)
    assert bench.ingest() == {}


@pytest.mark.check
def test_a_feed_that_changes_at_each_visit_does_not_make_us_read_its_pages_each_time(bench):
    piece = Piece("snow", "Snow on Thursday", WEATHER, summary="Read 1 times")
    bench.add("post", piece)
    bench.ingest()
    requests = []
    for n in range(14):
        piece.summary = f"Read {n + 2} times"
        bench.advance(hours=1)
        bench.web.log.clear()
        bench.ingest()
        requests.append(sum(path == "/post/snow" for path, _ in bench.web.log))
    assert sum(requests) == 2
    assert row_counts(bench.app.store)["article_version"] == 1


def test_an_old_entry_that_is_edited_stays_old(bench):
    piece = Piece("ancient", "An old court report", COURT, age=timedelta(days=30))
    bench.add("post", piece)
    bench.ingest()
    piece.title = "An old court report, corrected"
    bench.advance(hours=7)
    assert bench.ingest() == {}
