"""`monitor purge`: asks, waits for runs, and forgets no column that comes later."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import JSON

from kit.app import App
from kit.databases import Server
from kit.home import WATCHLIST
from kit.office import Office
from kit.store import NOW, entity_numbers, watch
from monitor.app.upkeep.purge import purge_entity
from monitor.config import load_settings
from monitor.errors import InputError, StoreError
from monitor.store import open_store
from monitor.store import tables as t
from monitor.store.ops.purge import SENTENCES
from monitor.store.types import MessagesType, Words
from store.purges import NAMED, WITHOUT, everything, life, lived

__all__ = ["life", "lived"]


# ---- the command ----------------------------------------------------------------------------------------------------


def typed(words: Sequence[str], answer: str) -> str:
    """Return what the command says at a terminal at which somebody answers."""
    program = " ".join([str(Path(sys.executable).with_name("monitor")), *words])
    return subprocess.run(
        ["script", "-qec", program, "/dev/null"], input=answer, capture_output=True, text=True, check=False
    ).stdout


@pytest.mark.check
def test_the_command_says_what_goes_and_asks_for_the_id_or_for_yes(lived: Office, monitor):
    home = lived.folder
    words = ("--home", str(home), "purge", "--entity", "melis")
    lived.app.close()
    (home / "monitor.db.before-20260301-080000").touch()
    done = monitor(*words)
    assert done.code == 2 and "needs --yes" in done.err
    assert "6 articles" in done.out and "monitor.db.before-20260301" in done.out
    assert "that is not the id" in typed(words, "cholpon\n")
    (home / "watchlist.yaml").write_text(WATCHLIST, "utf-8")
    done = monitor(*words, "--yes")
    assert done.code == 2 and "'melis' still stands there" in done.err and "Nothing was removed" in done.err
    (home / "watchlist.yaml").write_text(f"# no Tokoev, Melis any more\n# nor Melis Tokoev{WITHOUT}", "utf-8")
    assert "watchlist.yaml, lines 1, 2: where that one is meant" in typed(words, "melis\n")
    assert not NAMED.search(everything(open_store(f"sqlite:///{home}/monitor.db")))
    assert "no entity 'melis'" in monitor(*words, "--yes").err


def test_while_a_run_is_going_nothing_is_removed(lived: Office):
    with lived.app.run_lock(), pytest.raises(StoreError, match="nothing was removed: another run is going") as error:
        purge_entity(lived.app, "melis", apply=True)
    assert error.value.exit_code == 75


@pytest.mark.check
def test_while_a_run_is_going_on_a_server_nothing_is_removed(postgresql: Server, tmp_path: Path):
    postgresql.run("CREATE DATABASE purged_beside")
    one, two = (open_store(postgresql.url("purged_beside"), patience=0.1) for _ in range(2))
    watch(one)
    url = {"MONITOR_DATABASE_URL": postgresql.url("purged_beside")}
    apps = [App(load_settings(tmp_path, url, tmp_path), store, lambda: NOW) for store in (one, two)]
    with apps[0].run_lock(), apps[1].run_lock(), pytest.raises(StoreError, match="another run is going") as error:
        purge_entity(apps[1], "melis", apply=True)  # of runs there may be many
    assert error.value.exit_code == 75 and "melis" in entity_numbers(two)
    began = threading.Event()

    def run() -> None:
        with apps[0].run_lock():
            began.set()

    thread = threading.Thread(target=run)
    with two.database.try_exclusive_run_lock() as is_locked:
        thread.start()
        assert is_locked and not began.wait(0.3)  # a run waits for a purge
    assert began.wait(60)
    thread.join()
    purge_entity(apps[1], "melis", apply=True)
    assert "melis" not in entity_numbers(one)
    one.close()
    two.close()


def test_a_list_that_does_not_load_or_has_the_name_under_another_id_stops_it(lived: Office):
    list_ = lived.folder / "watchlist.yaml"
    for text in ("entities: [", "entities:\n  - {id: m2, name: Мелис Токоев}\n"):
        list_.write_text(text, "utf-8")
        with pytest.raises(InputError):
            purge_entity(lived.app, "melis", apply=True)
    assert NAMED.search(everything(lived.app.store))


# ---- what a later change must not forget ----------------------------------------------------------------------------

# Rows that go with what names it: the entity, an article, an entry, a story.
GO = {
    "checked_input",
    "entity",
    "entity_version",
    "alias",
    "article",
    "article_version",
    "article_words",
    "entry",
    "revisit",
    "finding",
    "host_state",
    "mention",
    "raw_body",
    "sealed_page",
    "unread_text",
}
# Words of ours, or of people about other things: `id` of feeds, kinds, states, names of people at the desk.
NEVER = {
    "feed.id", "feed.url", "feed.outlet", "feed.language", "feed.country", "feed.proxy", "feed.speaks_for", "feed.title", "feed.status",
    "feed.memory", "watchlist_version.source", "watchlist_version.author", "watchlist_version.file_hash", "watchlist_version.older_articles", "hit.confidence", "story_article.rule", "story_article.arguments", "story_article.own_sentences", "related.rule", "related.arguments",
    "review_item.state", "review_item.verdict", "decision.by", "decision.colleague", "decision.verdict", "decision.reason", "decision.batch",
    "addition.by", "refused_name.by", "decision.judged", "regrouping.kind", "regrouping.by", "regrouping.articles", "regrouping.copies", "run.outcomes",
    "mailing.subject", "mailing.audience", "mailing.kind", "delivery.channel", "delivery.recipient",
    "delivery.external_id", "delivery.scope", "alerted_name.outlet", "person.name", "person.key", "person.role",
    "person.password", "person.language", "session.token", "session.browser", "invitation.token", "invitation.role",
    "audit.act", "claim.worker", "claim.queue", "token.token", "token.label", "seal.tree", "seal.before", "seal_stamp.authority", "seal_stamp.certificates",
}  # fmt: skip
LOOKED_THROUGH = {
    *(f"mailing.{n}" for n in ("text", "html")),
    *(f"watchlist_version.{n}" for n in ("added", "changed", "removed")),
    "refused_name.name",
}


def test_every_text_column_is_deleted_or_searched_or_never_holds_a_name():
    words = {
        f"{table.name}.{column.name}"
        for table in t.Row.metadata.sorted_tables
        for column in table.c
        if table.name not in GO and isinstance(column.type, (Words, JSON, MessagesType))
    }
    looked_through = LOOKED_THROUGH | {str(column) for column in SENTENCES if column.table.name not in GO}
    assert words == NEVER | looked_through
    assert not NEVER & looked_through
