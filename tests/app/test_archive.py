"""The archive: searched, made an item of, and closed where it would tell of hidden names."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from kit.added import BUSES, COURT, HER, Home, home
from kit.home import WATCHLIST
from kit.outlets import Outlet, Piece, Web
from monitor.app.archive import AddedItem
from monitor.app.purge import purge_entity
from monitor.config import RecheckChoice
from monitor.digest import as_text
from monitor.errors import InputError, NotFound, StaleDecision
from monitor.model import (
    UNMATCHED_RETENTION,
    Change,
    Mailing,
    Reason,
    Rendering,
    ReviewItem,
    Scope,
    Verdict,
    Window,
)
from monitor.review.scope import within_scope
from monitor.store import tables as t

__all__ = ["home"]
PERHAPS_HER = "A report of Nurova was read to the city council on Monday, as two of her neighbours told us. " * 4
DAY = timedelta(days=1)


# ---- the archive ----------------------------------------------------------------------------------------------------


def found_by_reviewer(home: Home, words: str) -> list[tuple[str, int | None]]:
    articles, _ = home.by_reviewer().archive.search(words)
    return [(found.article.title, found.item and found.item.id) for found in articles]


def test_a_stored_article_that_the_matcher_missed_becomes_an_item(home: Home):
    home.app.ingest()
    assert found_by_reviewer(home, "night buses") == [("Night buses", None)]
    added = home.by_reviewer().archive.add_article(home.archived("Night buses"), by="aida", note="a protest")
    assert added.is_new and added.item.hits == () and added.item.lead.additions[0].note == "a protest"
    again = home.by_reviewer().archive.add_article(home.archived("Night buses"), by="vera")
    assert again == AddedItem(added.item, added.article, is_new=False)
    assert found_by_reviewer(home, "night buses") == [("Night buses", added.item.id)]


def test_a_note_on_a_known_article_is_kept_while_somebody_decides(home: Home):
    home.app.ingest()
    item = home.by_reviewer().archive.add_article(home.archived("Night buses"), by="aida").item
    desk = home.by_reviewer()

    def clock() -> datetime:  # asked for after the item was read, and before the note is stored
        desk.clock = home.clock
        home.app.decide(item.id, Verdict.RELEVANT, by="vera")
        return home.clock()

    desk.clock = clock
    noted = desk.write_note(item.id, "a protest", by="aida")
    assert [(d.by, d.verdict, d.note) for d in noted.history] == [
        ("vera", Verdict.RELEVANT, ""),
        ("aida", None, "a protest"),
    ]
    desk.clock = clock
    with pytest.raises(StaleDecision):  # whoever wrote it at an item's card sees what was decided first
        desk.write_note(item.id, "and this", by="aida", version=noted.version)


EXCERPTS = {"monday": ["Monday"], "капитал": ["capital"], "capital council": ["capital"], "nightly": [], "совет": []}


def test_a_found_article_shows_the_sentence_with_a_sought_word(home: Home):
    home.app.ingest()
    for words, excerpts in EXCERPTS.items():
        found, _ = home.by_reviewer().archive.search(words)
        assert [one.excerpt[1] for one in found] == excerpts, words
        assert all("".join(one.excerpt) == BUSES.split(". ", maxsplit=1)[0] + "." for one in found), words


def test_no_article_is_added_that_is_not_stored(home: Home):
    for app in (home.app, home.by_reviewer()):
        with pytest.raises((NotFound, InputError)):
            app.archive.add_article(999, by="aida")


def test_the_archive_tells_nothing_of_a_hidden_name(home: Home):
    """Whether an article names her, nobody, or is an item that others do not see: a reviewer is told the same."""
    home.app.ingest()
    (hidden,) = (one for one in home.app.queue() if one.hits[0].entity == "her")
    home.app.decide(hidden.id, Verdict.UNSURE, by="root", note="is it her?")
    assert found_by_reviewer(home, "neighbours") == [("Led away", None)]
    assert found_by_reviewer(home, "council") == [("Night buses", None)]
    home.clock.now += timedelta(minutes=1)
    shown = []
    for title in ("Led away", "Night buses"):
        item = home.by_reviewer().archive.add_article(home.archived(title), by="aida", note="look").item
        shown.append(item)
        assert item == home.by_reviewer().item(item.id)
    hers, nobodys = shown
    assert hers.id == hidden.id + 1 and nobodys.id == hers.id + 1  # a number of its own, as if it were new
    blank = {"id": 0, "story": 0, "first_seen": None, "articles": ()}
    assert replace(hers, **blank) == replace(nobodys, **blank)  # type: ignore[arg-type]
    for one in shown:
        (article,) = one.articles
        assert (article.filed, article.copy_of, article.older) == (home.clock.now, None, False)
    assert hers.lead.reason == nobodys.lead.reason
    whole = home.app.item(hers.id)
    assert [hit.entity for hit in whole.hits] == ["her"] and whole.history[0].note == "is it her?"
    assert home.app.current_items([hidden.id])[hidden.id].id == hers.id


def test_an_article_of_a_shown_item_that_only_a_hidden_name_brought_gets_an_item_of_its_own(home: Home):
    home.app.ingest()
    items = {one.lead.headline: one for one in home.app.queue()}
    merged = home.app.merge(items["Court extends arrest"].id, items["Led away"].id, by="root")
    assert [a.headline for a in home.by_reviewer().item(merged.id).articles] == ["Court extends arrest"]
    added = home.by_reviewer().archive.add_article(home.archived("Led away"), by="aida").item
    assert added.id > merged.id and (added.version, added.regroupings) == (1, ())
    assert [a.headline for a in home.app.item(merged.id).articles] == ["Court extends arrest"]
    assert home.by_reviewer().regroupings(home.by_reviewer().item(merged.id))[0] == []


def test_an_added_article_joins_no_item_that_its_author_does_not_see(home: Home):
    home.app.ingest()
    (hidden,) = (one for one in home.app.queue() if one.hits[0].entity == "her")
    home.web.outlets["post"].pieces.append(Piece("copy", "Led away, too", HER))
    item = home.add("post/copy")
    assert isinstance(item, ReviewItem) and item.id != hidden.id and item.hits == ()
    by_root = home.add("post/copy", app=home.app)
    assert isinstance(by_root, ReviewItem) and [hit.entity for hit in by_root.hits] == ["her"]


def test_what_an_administrator_adds_of_a_hidden_name_is_not_shown_to_others(home: Home):
    of_her, of_nobody = (home.add(path, "secret", app=home.app) for path in ("post/her", "post/buses"))
    assert isinstance(of_her, ReviewItem) and isinstance(of_nobody, ReviewItem)
    assert [one.id for one in home.by_reviewer().queue()] == [of_nobody.id]
    with pytest.raises(NotFound):
        home.by_reviewer().item(of_her.id)
    own = home.add("post/her", "seen in the street")
    assert isinstance(own, ReviewItem) and own.id not in {of_her.id, of_nobody.id}
    assert [addition.note for addition in own.lead.additions] == ["seen in the street"]


RALLY = (
    "Police dispersed a rally near the parliament in Bishkek on Tuesday evening, detaining at least forty people. "
    "Officers used tear gas and stun grenades against demonstrators who demanded a repeat of the election. "
    "The interior ministry called the gathering unlawful and opened a criminal case over mass unrest. "
    "Deputies Kubatbek Asanov and Ermek Toktosunov, ombudsman Djamilya Sultanova and lawyer Nurlan Beishenov were there. "
    "Among the detained was {}, a reporter."
)


@pytest.mark.check
@pytest.mark.parametrize("is_hers_first", [False, True])
def test_an_added_article_joins_the_same_story_whether_or_not_it_names_a_hidden_name(
    tmp_path: Path, is_hers_first: bool
):
    shown = []
    for name in ("Aijan Nurova", "Ainura Sadykova"):
        ours = Outlet("post", "en", [Piece("rally", "Rally dispersed", RALLY.format("Melis Tokoev"))])
        theirs = Outlet("echo", "en", [Piece("rally", "Forty detained", RALLY.format(name))])
        with Web(ours, theirs) as web:
            home = Home(tmp_path / name.split()[0], web)
            for feed in ("echo", "post") if is_hers_first else ("post", "echo"):
                home.app.ingest(feed_ids=[feed])
                home.clock.now += timedelta(minutes=1)
            (before,) = home.by_reviewer().queue()
            added = home.by_reviewer().archive.add_article(home.archived("Forty detained"), by="aida", note="look")
            numbers = {article.id: article.headline for article in added.item.articles}
            links = [(a.headline, numbers.get(a.copy_of or 0), a.filed == home.clock.now) for a in added.item.articles]
            shown.append(
                (added.is_new, added.item.regroupings, added.item.state, added.item.reopened, links, before.lead.reason)
            )
            assert home.app.store.upkeep.check() == ()
            home.app.ingest()  # nothing more is to be filed
            assert home.by_reviewer().item(added.item.id) == added.item
            home.app.close()
    assert shown[0] == shown[1]
    assert [headline for headline, _, _ in shown[0][-2]] == ["Rally dispersed", "Forty detained"]


def test_what_was_found_in_an_article_while_it_was_hidden_tells_nothing(home: Home):
    """Its item would tell that it was in another one before."""
    home.app.ingest()
    her = home.archived("Led away")
    row = {"article": her, "version": 1, "before": "Arrested", "after": "Led away", "found": home.clock.now}
    with home.app.store.database.writing("findings") as connection:
        is_hers = t.article.c.id == her
        connection.execute(update(t.article).where(is_hers).values(gone=home.clock.now, gone_why="it is gone"))
        for kind in (Change.HEADLINE, Change.GONE):
            connection.execute(insert(t.finding).values(row | {"kind": kind}))
    home.clock.now += timedelta(minutes=1)
    item = home.by_reviewer().archive.add_article(her, by="aida").item
    assert item.lead.findings == ()
    assert [one.kind for one in home.app.item(item.id).lead.findings] == [Change.HEADLINE]
    home.app.ingest()  # as of any added article that is gone
    assert [one.kind for one in home.by_reviewer().item(item.id).lead.findings] == [Change.GONE]
    assert home.app.store.upkeep.check() == ()


@pytest.mark.parametrize("title", ["Led away", "Night buses"])
def test_the_next_digest_has_an_added_article_whatever_the_clock_says(home: Home, title: str):
    home.app.ingest()
    home.clock.now += timedelta(minutes=2)
    window = Window(home.clock.now - DAY, home.clock.now)
    assert home.app.store.outbox.put(window, lambda _: (Mailing(window, window.until, Rendering("0 new", "0")), ()))
    # The clock was set back, or the page was read before the digest was composed.
    home.clock.now -= timedelta(minutes=1)
    item = home.by_reviewer().archive.add_article(home.archived(title), by="aida").item
    assert item.lead.filed == window.until


def test_a_link_that_an_administrator_added_is_not_there_for_others(home: Home):
    number = home.app.archive.add_link(home.url("post/her"), by="root").id
    for _ in range(2):  # before its page is read, and after
        with pytest.raises(NotFound):
            home.by_reviewer().archive.link(number)
        home.app.read_links()
    assert home.app.archive.link(number)[1] is not None
    assert home.by_reviewer().archive.add_link(home.url("post/gone"), by="aida").id > number


def test_others_are_shown_old_articles_only_where_a_name_keeps_them(home: Home):
    home.app.ingest()
    her, buses = home.archived("Led away"), home.archived("Night buses")
    home.clock.now += UNMATCHED_RETENTION + DAY
    assert found_by_reviewer(home, "neighbours") == found_by_reviewer(home, "council") == []
    assert [title for title, _ in found_by_reviewer(home, "appeal")] == ["Court extends arrest"]
    for article in (her, buses):
        with pytest.raises(InputError, match="more than 90 days ago"):
            home.by_reviewer().archive.add_article(article, by="aida")
    assert home.app.archive.add_article(her, by="root").item.hits


def test_the_archive_is_closed_to_others_where_only_pages_with_names_are_read_again(home: Home):
    home.app.ingest()
    home.app.settings = home.app.settings.model_copy(update={"revisit": RecheckChoice.MATCHED})
    assert home.by_reviewer().archive.is_closed and found_by_reviewer(home, "council") == []
    assert not home.app.archive.is_closed


# ---- where its origin is told ---------------------------------------------------------------------------------------


def test_the_digest_and_the_evidence_say_who_added_an_article_and_why(home: Home):
    item = home.add("post/buses", "a reader sent it")
    assert isinstance(item, ReviewItem)
    home.clock.now += timedelta(minutes=1)
    text = " ".join(as_text(home.by_reviewer().digest()).split())
    assert "1 new story" in text and "Added by hand: aida. a reader sent it" in text and "Why it is" not in text
    with home.by_reviewer().evidence(item) as file, zipfile.ZipFile(file) as pack:
        (article,) = json.loads(pack.read("manifest.json"))["item"]["articles"]
    assert [(added["by"], added["note"]) for added in article["added"]] == [("aida", "a reader sent it")]


def test_an_item_about_nobody_is_not_sent_to_a_recipient_of_some_names(home: Home):
    for path in ("post/buses", "post/court"):
        home.add(path)
    home.clock.now += timedelta(minutes=1)
    digest_input = home.app.digest().input
    within = {
        names: [item.lead.headline for item in within_scope(digest_input, Scope(names=names), full=False).items]
        for names in ((), ("melis",), ("cholpon",))
    }
    assert [len(headlines) for headlines in within.values()] == [2, 1, 0]


# ---- retention and purge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["post/buses", "post/her", "post/perhaps"])
def test_what_was_added_and_set_aside_leaves_the_queue_after_ninety_days(home: Home, path: str):
    home.web.outlets["post"].pieces.append(Piece("perhaps", "A report", PERHAPS_HER))
    kept, aside = home.add("post/court"), home.add(path)
    assert isinstance(kept, ReviewItem) and isinstance(aside, ReviewItem)
    for item in (kept, aside):
        home.by_reviewer().decide(item.id, Verdict.NOT_RELEVANT, by="aida", reason=Reason.NOT_ABOUT)
    forget = home.app.store.upkeep.forget_additions
    assert forget(home.clock.now) == 0
    later = home.clock.now + DAY
    assert (forget(later), forget(later)) == (1, 0)
    with pytest.raises(NotFound):
        home.by_reviewer().item(aside.id)
    assert home.by_reviewer().item(kept.id)  # it names somebody whom the reviewer may know of
    assert home.app.store.upkeep.check() == ()
    if path != "post/buses":
        assert [hit.entity for hit in home.app.item(aside.id).hits] == ["her"]
    else:
        assert home.app.store.upkeep.drop_texts(later, later, 9) == 1


def test_what_was_added_and_is_relevant_or_waits_stays(home: Home):
    relevant, waiting = home.add("post/buses"), home.add("post/her")
    assert isinstance(relevant, ReviewItem) and isinstance(waiting, ReviewItem)
    home.by_reviewer().decide(relevant.id, Verdict.RELEVANT, by="aida")
    assert home.app.store.upkeep.forget_additions(home.clock.now + DAY) == 0
    assert home.app.store.upkeep.drop_texts(home.clock.now + DAY, home.clock.now + DAY, 9) == 0


def test_a_purge_reaches_what_was_added_by_hand(home: Home, tmp_path: Path):
    home.add("post/her", "Aijan Nurova, as her brother says")
    home.add("post/buses", "it quotes Aijan Nurova")
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    home.app.sync_files()
    purge_entity(home.app, "her", apply=True)
    (left,) = home.app.queue()
    assert left.lead.headline.startswith("Night buses") and left.lead.additions[0].note == ""
    with home.app.store.database.reading() as connection:
        assert len(connection.execute(select(t.addition)).all()) == 1
    assert home.app.store.upkeep.check() == ()


def test_a_purge_blanks_what_is_written_of_an_added_article_that_names_others_too(home: Home, tmp_path: Path):
    """As it blanks the notes of decisions, which may describe somebody without the name."""
    home.web.outlets["post"].pieces.append(Piece("both", "Two arrested", COURT + HER))
    home.add("post/both", "a neighbour of mine, says the husband")
    home.add("post/buses", "a reader sent it")
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    home.app.sync_files()
    purge_entity(home.app, "her", apply=True)
    notes = {item.lead.headline: [one.note for one in item.lead.additions] for item in home.app.queue()}
    assert notes == {"Two arrested": [""], "Night buses": ["a reader sent it"]}
