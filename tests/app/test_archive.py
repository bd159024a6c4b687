"""The archive: searched, and made an item of."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.added import BUSES, COURT, HER, Home, home
from kit.home import WATCHLIST
from kit.outlets import Piece
from monitor.app.archive import AddedItem
from monitor.app.upkeep.purge import purge_entity
from monitor.errors import InputError, NotFound
from monitor.messages.content.render import as_text
from monitor.model import (
    Mailing,
    Reason,
    Rendering,
    ReviewItem,
    Scope,
    StaleDecision,
    Verdict,
    Window,
)
from monitor.review.scope import within_scope
from monitor.store import tables as t

__all__ = ["home"]
DAY = timedelta(days=1)


# ---- the archive ----------------------------------------------------------------------------------------------------


def search_rows(home: Home, words: str) -> list[tuple[str, int | None]]:
    articles, _ = home.app.archive.search(words)
    return [(result.article.title, result.item and result.item.id) for result in articles]


def test_a_stored_article_that_the_matcher_missed_becomes_an_item(home: Home):
    home.app.ingest()
    assert search_rows(home, "night buses") == [("Night buses", None)]
    added = home.app.archive.add_article(home.archived("Night buses"), by="aida", note="a protest")
    assert added.is_new and added.item.hits == () and added.item.lead.additions[0].note == "a protest"
    second_addition = home.app.archive.add_article(home.archived("Night buses"), by="vera")
    assert second_addition == AddedItem(added.item, added.article, is_new=False)
    assert search_rows(home, "night buses") == [("Night buses", added.item.id)]


def test_a_note_on_a_known_article_is_kept_while_somebody_decides(home: Home):
    home.app.ingest()
    item = home.app.archive.add_article(home.archived("Night buses"), by="aida").item
    desk = home.app

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
        result, _ = home.app.archive.search(words)
        assert [one.excerpt[1] for one in result] == excerpts, words
        assert all("".join(one.excerpt) == BUSES.split(". ", maxsplit=1)[0] + "." for one in result), words


def test_no_article_is_added_that_is_not_stored(home: Home):
    with pytest.raises((NotFound, InputError)):
        home.app.archive.add_article(999, by="aida")


def test_an_old_article_is_added_as_long_as_its_text_is_kept(home: Home):
    home.app.ingest()
    court, buses = home.archived("Court extends arrest"), home.archived("Night buses")
    home.clock.now += 2 * DAY
    upkeep, now = home.app.store.upkeep, home.clock.now
    assert upkeep.drop_texts(now - 3 * DAY, now, 9) == 0 and search_rows(home, "council") == [("Night buses", None)]
    assert upkeep.drop_texts(now - DAY, now, 9)
    assert search_rows(home, "council") == []
    with pytest.raises(InputError, match="more than 90 days ago"):
        home.app.archive.add_article(buses, by="aida")
    assert home.app.archive.add_article(court, by="aida").is_new is False


def test_the_next_digest_has_an_added_article_whatever_the_clock_says(home: Home):
    home.app.ingest()
    home.clock.now += timedelta(minutes=2)
    window = Window(home.clock.now - DAY, home.clock.now)
    assert home.app.store.outbox.put(window, lambda _: (Mailing(window, window.until, Rendering("0 new", "0")), ()))
    # The clock was set back, or the page was read before the digest was composed.
    home.clock.now -= timedelta(minutes=1)
    item = home.app.archive.add_article(home.archived("Night buses"), by="aida").item
    assert item.lead.filed == window.until


# ---- where its origin is told ---------------------------------------------------------------------------------------


def test_the_digest_and_the_evidence_say_who_added_an_article_and_why(home: Home):
    item = home.add("post/buses", "a reader sent it")
    assert isinstance(item, ReviewItem)
    home.clock.now += timedelta(minutes=1)
    text = " ".join(as_text(home.app.digest()).split())
    assert "1 new story" in text and "Added by hand: aida. a reader sent it" in text and "Why it is" not in text
    with home.app.evidence(item) as file, zipfile.ZipFile(file) as pack:
        (article,) = json.loads(pack.read("evidence/manifest.json"))["item"]["articles"]
    assert [(added["by"], added["note"]) for added in article["added"]] == [("aida", "a reader sent it")]


def test_an_item_about_nobody_is_not_sent_to_a_recipient_of_some_names(home: Home):
    for path in ("post/buses", "post/court"):
        home.add(path)
    home.clock.now += timedelta(minutes=1)
    digest_input = home.app.digest().input
    within = {
        names: [item.lead.headline for item in within_scope(digest_input, Scope(names=names)).items]
        for names in ((), ("melis",), ("cholpon",))
    }
    assert [len(headlines) for headlines in within.values()] == [2, 1, 0]


# ---- retention and purge --------------------------------------------------------------------------------------------


def test_what_was_added_and_set_aside_leaves_the_queue_after_ninety_days(home: Home):
    court, aside = home.add("post/court"), home.add("post/buses")
    assert isinstance(court, ReviewItem) and isinstance(aside, ReviewItem)
    for item in (court, aside):
        home.app.decide(item.id, Verdict.NOT_RELEVANT, by="aida", reason=Reason.NOT_ABOUT)
    forget = home.app.store.upkeep.forget_additions
    assert forget(home.clock.now) == 0
    next_day = home.clock.now + DAY
    assert (forget(next_day), forget(next_day)) == (1, 0)
    with pytest.raises(NotFound):
        home.app.item(aside.id)
    assert home.app.item(court.id)  # it names somebody
    assert home.app.store.upkeep.check() == ()
    assert home.app.store.upkeep.drop_texts(next_day, next_day, 9) == 1


def test_what_was_added_and_is_relevant_or_waits_stays(home: Home):
    relevant, waiting = home.add("post/buses"), home.add("post/her")
    assert isinstance(relevant, ReviewItem) and isinstance(waiting, ReviewItem)
    home.app.decide(relevant.id, Verdict.RELEVANT, by="aida")
    assert home.app.store.upkeep.forget_additions(home.clock.now + DAY) == 0
    assert home.app.store.upkeep.drop_texts(home.clock.now + DAY, home.clock.now + DAY, 9) == 0


def test_a_purge_reaches_what_was_added_by_hand(home: Home, tmp_path: Path):
    home.add("post/her", "Aijan Nurova, as her brother says")
    home.add("post/buses", "it quotes Aijan Nurova")
    (tmp_path / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    home.app.sync_files()
    purge_entity(home.app, "her", apply=True)
    (item_left,) = home.app.queue()
    assert item_left.lead.headline.startswith("Night buses") and item_left.lead.additions[0].note == ""
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
