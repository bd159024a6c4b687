"""Removing a watched name from everything: no byte of it is left in any file, and the rest is unchanged."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import JSON, insert, select, update

from kit.articles import COURT, COURT_COPY, DOCTOR, WEATHER
from kit.databases import Server
from kit.home import WATCHLIST, Clock, open_app
from kit.office import EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from kit.store import CHOLPON, HOUR, MELIS, NOW, article, backlog, ended, entity_numbers, filed, hit, item, watch
from monitor.app import App
from monitor.app.cron_notices import NOTICES_FILE, unreported_notices
from monitor.app.purge import name_predicates, purge_entity
from monitor.config import load_settings
from monitor.errors import InputError, NotFound, StoreError
from monitor.model import Change, Entity, EntityType, Reason, Run, State, Verdict
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.ops.purge import SENTENCES
from monitor.store.sql.items import compare_and_set
from monitor.store.types import MessagesType, Words

# However it is spelt, bent or cut; nobody else in these tests has such a name.
NAMED = re.compile("melis|tokoev|мелис|токоев", re.IGNORECASE)
WITHOUT = WATCHLIST[: WATCHLIST.index("  - id: melis")] + WATCHLIST[WATCHLIST.index("  - id: cholpon") :]
ARREST = """Суд в Оше оставил журналиста Мелиса Токоева под стражей, сообщил Токоевым нанятый адвокат во вторник.
Заседание было закрытым, и в зал пустили только двух родственников, которые ждали у входа с самого утра."""
AIZADA = Entity("aizada", "Айзада Токоева")
ASIA = Entity("asia", "Азия", EntityType.OUTLET, ("Asia",))
RADIO = Entity("rfa", "Radio Free Asia", EntityType.OUTLET)
HERS = "Айзада Токоева пришла в суд. Токоева сказала, что её не пустили."
SURNAME = "В суд пришли родственники. Токоева сказала, что её не пустили."
ELSE = "Nobody was let in on Monday."
FINE = """The district court fined photographer Cholpon Arzyeva for taking part in a gathering beside the fountain.
She says that she was at work there with a press card around her neck, and that she will appeal within ten days."""
KOS = """The Committee for Public Security searched a printing house, its owner Cholpon Arzyeva said on Monday night.
Nine sacks of paper were carried out through the yard, and the typesetter was let go towards the morning."""


def everything(store: Store) -> str:
    """Return everything in the database, decompressed."""
    with store.database.reading() as connection:
        rows = {name: connection.execute(select(table)).all() for name, table in t.Row.metadata.tables.items()}
    return "\n".join(
        f"{name}: {value.decode('utf-8', 'replace') if isinstance(value, bytes) else value!r}"
        for name, rs in rows.items()
        for row in rs
        for value in row
    )


def in_files(folder: Path) -> list[str]:
    """Return files with the name in their bytes, except mail settings and lists, which people write."""
    ours = [file for file in folder.rglob("*") if file.is_file() and file.suffix not in {".yaml", ".env"}]
    return [file.name for file in ours if NAMED.search(file.read_bytes().decode("utf-8", "replace"))]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Two days with six stories, decided and mailed; the second day's deliveries are not sent yet."""
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path_factory.mktemp("life") / "home", web, mailbox)
        office.add(Piece("court", "Court extends arrest", COURT))
        office.add(Piece("melis-tokoev-arrested", "Sud ostavil Tokoeva pod strazhej", ARREST))
        office.add(Piece("snow", "Snow on Thursday", WEATHER))
        office.add(Piece("fine", "A fine for a photographer", FINE))
        office.add(Piece("gone", "Tokoev in hospital", "", status=404, summary="Melis Tokoev is in hospital."))
        office.add(Piece("bare", "Melis Tokoev: a letter", "", link="", summary="Read aloud."))
        office.ingest(EVENING)
        app = office.app
        for item in app.queue():
            app.decide(item.id, Verdict.RELEVANT, by="ann", note=f"called the wife: {item.hits[0].name}")
        app.undo(by="ann")
        app.import_watchlist(office.folder / "watchlist.yaml", apply=True)
        unreported_notices(office.folder, ["watchlist.yaml:4: Melis Tokoev stands twice"], EVENING)
        office.ingest(EIGHT + timedelta(minutes=7))
        assert len(office.mailbox.received) == 2 and "Melis Tokoev" in office.mailbox.received[0].text
        office.add(Piece("doctor", "Tokoev refused a doctor", DOCTOR))
        office.add(Piece("copy", "Arrest extended", COURT_COPY))
        office.add(Piece("kos", "A search", KOS))
        office.ingest(EIGHT + timedelta(hours=3))
        office.mailbox.busy = True
        office.ingest(EIGHT + timedelta(days=1, minutes=7))
        app.store.runs.save(
            Run(EVENING, problems=("watchlist.yaml:4: Melis Tokoev stands twice", "the disk is nearly full"))
        )
        (office.folder / "watchlist.yaml").write_text(WITHOUT, "utf-8")
        office.app.close()
        yield office


@pytest.fixture
def lived(life: Office, tmp_path: Path) -> Iterator[Office]:
    """A copy of `lived`."""
    office = copy(life)
    office.folder, office.clock = shutil.copytree(life.folder, tmp_path / "home"), Clock(life.clock.now)
    office.app = open_app(office.folder, office.clock)
    office.mailbox.busy = True
    yield office
    office.app.close()


def test_no_byte_of_a_purged_name_is_left_in_any_file_and_the_rest_goes_on(lived: Office):
    app = lived.app
    assert {"monitor.db", NOTICES_FILE} == set(in_files(lived.folder))  # it would be seen
    others = {item.id: item for item in app.queue(tuple(State)) if {h.entity for h in item.hits} <= {"cholpon", "kos"}}
    numbers = entity_numbers(app.store)
    gone, remains = purge_entity(app, "melis", apply=True)
    assert NAMED.findall(everything(app.store)) == []
    assert in_files(lived.folder) == []
    with app.store.database.reading() as connection:  # where a word that begins like the one before it is cut
        index = b"".join(connection.exec_driver_sql("SELECT block FROM searched_data").scalars())
    assert b"oto" in index and b"koev" not in index
    assert app.store.upkeep.check() == ()
    assert gone["alias"] == 1 and gone["article"] == gone["entry"] == 6 and gone["raw_body"] == 4
    assert any(left.startswith("mails that went out") for left in remains)
    assert {item.id: item for item in app.queue(tuple(State))} == others and len(others) == 2
    lived.ingest(EIGHT + timedelta(days=1, hours=2))
    assert [entity.id for entity in app.watchlist().entities] == ["cholpon", "kos"]
    (lived.folder / "watchlist.yaml").write_text(WATCHLIST, "utf-8")  # watched again, it is somebody new
    lived.ingest(EIGHT + timedelta(days=1, hours=4))
    assert entity_numbers(app.store)["melis"] > max(numbers.values())


def test_a_purge_renders_unsent_deliveries_again_and_blanks_sent_ones(lived: Office):
    purge_entity(lived.app, "melis", apply=True)
    lived.mailbox.busy = False
    before = len(lived.mailbox.received)
    lived.ingest(EIGHT + timedelta(days=1, hours=2))
    mails = lived.mailbox.received[before:]
    assert [mail.to for mail in mails] == ["anna@ngo.example", "bek@ngo.example"]
    for mail in mails:
        assert "A search" in mail.text and "Cholpon Arzyeva" in mail.html
        assert not NAMED.search(mail.text + mail.html)


def test_without_apply_a_purge_only_counts(lived: Office):
    before = everything(lived.app.store)
    told, _ = purge_entity(lived.app, "melis", apply=False)
    assert everything(lived.app.store) == before
    assert purge_entity(lived.app, "melis", apply=True)[0] == told


def test_a_story_with_another_name_stays_as_evidence_and_is_refreshed(store: Store, tmp_path: Path):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    both = filed(store, hit(), hit("Nobody", "cholpon"))
    alone, other = filed(store), filed(store, hit("Nobody", "cholpon", ELSE), text=ELSE)
    app.decide(both.id, Verdict.RELEVANT, by="ann", note="his wife wept", entity="melis")
    app.decide(both.id, Verdict.NOT_RELEVANT, by="ann", entity="cholpon", reason=Reason.ANOTHER_PERSON, note="a cook")
    app.decide(other.id, Verdict.RELEVANT, by="ben", note="as Tokoev was; see the file")
    app.merge(other.id, alone.id, by="ann")
    split = app.split(other.id, [alone.lead.id], by="ann")
    here = both.lead.id
    changed = {"article": here, "version": 1, "found": NOW, "before": ""}
    with store.database.writing("a test") as connection:
        for kind, after in (
            (Change.SENTENCE, "Мелис Токоев was let go."),
            (Change.SENTENCE, "Nobody knows where Tokoev is."),  # "Nobody" is as what the other is found
            (Change.READ, "It rained."),
        ):
            connection.execute(insert(t.finding).values(kind=kind, after=after, **changed))
        counted = update(t.story_article).where(t.story_article.c.article == here)
        connection.execute(counted.values(why="both name 2 watched people, 1 hour apart"))
    told, remains = purge_entity(app, "melis", apply=True)
    assert told["article"] == 1 and remains[0].startswith("articles that name others")
    with store.database.reading() as connection:
        kept = connection.scalars(select(t.finding.c.after).order_by(t.finding.c.id)).all()
    assert (kept, app.item(both.id).lead.why) == (["Nobody knows where Tokoev is.", "It rained."], "")
    assert store.upkeep.check() == ()
    left = app.item(both.id)
    assert [h.entity for h in left.hits] == ["cholpon"] and left.version > both.version + 2
    assert [(d.verdict, d.note) for d in left.history] == [(Verdict.NOT_RELEVANT, "")]
    assert left.state is State.DECIDED
    assert [d.note for d in app.item(other.id).history] == [""]
    for number in (alone.id, split.id):
        with pytest.raises(NotFound):
            app.item(number)
    assert len(app.item(other.id).articles) == 1
    with pytest.raises(NotFound):
        purge_entity(app, "melis", apply=True)


@pytest.mark.parametrize(
    ("where", "goes"),
    [
        ({"authors": ("Melis Tokoev",)}, True),
        ({"authors": ("B. Reporter", "Мелис Токоев")}, True),
        ({"authors": ("Tokoev",)}, False),  # a namesake's, for all one knows
        ({"key": "post.example/2026/melis-tokoev"}, True),
        ({"key": "post.example/2026/tokoev"}, False),
    ],
)
def test_an_article_with_the_name_outside_its_text_is_purged_too(store: Store, tmp_path: Path, where: dict, goes: bool):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    (entry,) = backlog(store, item(99))
    store.entries.save_result(ended(entry, "x", article=replace(article("post.example/plain", ELSE), **where)))
    assert purge_entity(app, "melis", apply=True)[0]["article"] == goes


def test_a_word_of_anothers_name_is_left_to_it_however_often_it_stands_there():
    text = "Radio Free Asia said so. " * 40
    assert not name_predicates(ASIA, [], [RADIO]).possibly(text)
    assert name_predicates(ASIA, [], [RADIO]).possibly(f"{text} Asia said so.")


def test_nobody_writes_while_a_name_is_purged(store: Store):
    watch(store)
    decided = threading.Event()
    new = filed(store)

    def decide() -> None:
        said = replace(new, version=new.version + 1)
        with store.database.writing("a decision") as connection:
            compare_and_set(connection, said, new.version)
        decided.set()

    with store.database.writing("purge", exclusive=True):
        (thread := threading.Thread(target=decide)).start()
        assert not decided.wait(0.3)
    thread.join(20)
    assert decided.is_set() and store.reviews.get(new.id).version == new.version + 1


def test_a_story_that_was_settled_by_that_name_alone_is_open_again(store: Store, tmp_path: Path):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    item = filed(store, hit(), hit("Nobody", "cholpon", alerts=False))
    app.decide(item.id, Verdict.RELEVANT, by="ann", entity="melis")
    assert app.item(item.id).state is State.DECIDED
    purge_entity(app, "melis", apply=True)
    assert app.item(item.id).state is State.OPEN and store.upkeep.check() == ()


def test_no_byte_of_it_is_left_in_a_servers_files(postgresql: Server, tmp_path: Path):
    postgresql.run("CREATE DATABASE purged")
    store = open_store(postgresql.url("purged"))
    watch(store, MELIS, CHOLPON)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    app.decide(filed(store).id, Verdict.RELEVANT, by="ann", note="Melis Tokoev's wife called")
    filed(store, hit("Nobody", "cholpon", ELSE), text=ELSE)
    with store.database.reading() as connection:
        folder, number = (
            connection.exec_driver_sql(f"SELECT {ask}").scalar()
            for ask in ("current_setting('data_directory')", "oid FROM pg_database WHERE datname = 'purged'")
        )
    tables = Path(str(folder)) / "base" / str(number)

    def that_name(what: bytes) -> list[str]:
        postgresql.run("CHECKPOINT")
        return [file.name for file in tables.iterdir() if what in file.read_bytes()]

    assert that_name(b"okoev")
    purge_entity(app, "melis", apply=True)
    assert not NAMED.search(everything(store))
    assert that_name(b"okoev") == [] and that_name(b"Arzyeva")
    store.close()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Токоевого Мелиса оставили", True),
        ("https://post.example/2026/melis-tokoev-arrested", True),
        ("https://post.example/%D0%BC%D0%B5%D0%BB%D0%B8%D1%81-%D1%82%D0%BE%D0%BA%D0%BE%D0%B5%D0%B2", True),
        ("MELIS  TOKOEV", True),
        ("Мелис Токоевдин иши", True),
        ("melis-t", True),
        ("so it was with Tokoev", True),
        ("Kanat Usubaliev", False),
        ("Cholpon Arzyeva", False),
    ],
)
def test_it_is_known_in_every_spelling(text: str, named: bool):
    names, _ = name_predicates(replace(MELIS, id="melis-t"), ["Токоевого Мелиса"])
    assert names(text) is named


@pytest.mark.parametrize(
    ("entity", "text", "named", "whole"),
    [
        (MELIS, "Мелиса Токоева увезли", True, True),
        (MELIS, "M. Tokoev was there", True, True),
        (MELIS, "as Tokoev was", True, False),
        (MELIS, "М. Токоев", True, False),
        (MELIS, "спросила Токоеву", False, False),  # a relative who is watched has that surname, too
        (MELIS, "Айзада Токоева", False, False),
        (MELIS, "Айгүл Токоева ырдады", False, False),
        (ASIA, "Азия", True, False),
        (ASIA, "Centre of Asia", True, False),
        (ASIA, "Radio Free Asia", False, False),
        (ASIA, "he left Asia for Radio Free Asia", True, False),
    ],
)
def test_a_namesakes_name_is_not_taken_for_it(entity: Entity, text: str, named: bool, whole: bool):
    names, in_full = name_predicates(entity, ["Токоева", "Токоевой"], [entity, AIZADA, RADIO])
    assert (names(text), in_full(text)) == (named, whole)


def test_a_relative_on_the_list_stays_whole_and_a_singer_of_that_surname_too(store: Store, tmp_path: Path):
    watch(store, MELIS, AIZADA)
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - {id: aizada, name: Айзада Токоева}\n", "utf-8")
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    his = filed(store, hit("Токоева", text=SURNAME), text=SURNAME)  # the surname alone, found as his
    before = {}
    for text in (HERS, SURNAME):
        hers = filed(store, hit("Токоева", "aizada", text), text=text)
        app.decide(hers.id, Verdict.RELEVANT, by="ann", note="Айзада Токоева позвонила; спросить Токоеву ещё раз")
        before[hers.id] = app.item(hers.id)
    singer = ended(*backlog(store, item(99)), "post.example/singer")
    assert singer.article
    singer = replace(singer, article=replace(singer.article, text="Певица Айгүл Токоева спела. Токоев аплодировал."))
    store.entries.save_result(singer)
    assert purge_entity(app, "melis", apply=True)[0]["article"] == 1
    with pytest.raises(NotFound):
        app.item(his.id)
    assert {number: app.item(number) for number in before} == before
    assert "Певица Айгүл Токоева" in everything(store) and store.upkeep.check() == ()


def test_a_name_of_one_word_goes_with_what_was_found_of_it_and_not_with_a_longer_one(store: Store, tmp_path: Path):
    watch(store, ASIA, RADIO)
    listed = "entities:\n  - {id: rfa, name: Radio Free Asia, type: outlet}\n"
    (tmp_path / "watchlist.yaml").write_text(listed, "utf-8")
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    text, other = "The magazine Asia was closed on Monday.", "Radio Free Asia was closed on Friday."
    its = filed(store, hit("Asia", "asia", text), text=text)
    kept = filed(store, hit("Radio Free Asia", "rfa", other), text=other)
    app.decide(kept.id, Verdict.RELEVANT, by="ann", note="Radio Free Asia confirms")
    before = app.item(kept.id)
    assert purge_entity(app, "asia", apply=True)[0]["article"] == 1
    assert app.item(kept.id) == before
    with pytest.raises(NotFound):
        app.item(its.id)


# ---- the command ----------------------------------------------------------------------------------------------------


def command(home: Path, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    program = [
        str(Path(sys.executable).with_name("monitor")),
        "--home",
        str(home),
        "purge",
        "--entity",
        "melis",
        *words,
    ]
    if typed is None:
        return subprocess.run(program, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return subprocess.run(
        ["script", "-qec", " ".join(program), "/dev/null"], input=typed, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_command_says_what_goes_and_asks_for_the_id_or_for_yes(lived: Office):
    home = lived.folder
    lived.app.close()
    (home / "monitor.db.before-20260301-080000").touch()
    done = command(home)
    assert done.returncode == 2 and "needs --yes" in done.stderr
    assert "6 articles" in done.stdout and "monitor.db.before-20260301" in done.stdout
    assert "that is not the id" in command(home, typed="cholpon\n").stdout
    (home / "watchlist.yaml").write_text(WATCHLIST, "utf-8")
    done = command(home, "--yes")
    assert done.returncode == 2 and "'melis' still stands there" in done.stderr and "Nothing was removed" in done.stderr
    (home / "watchlist.yaml").write_text(f"# no Tokoev, Melis any more{WITHOUT}", "utf-8")
    assert "watchlist.yaml, line 1" in command(home, typed="melis\n").stdout
    assert not NAMED.search(everything(open_store(f"sqlite:///{home}/monitor.db")))
    assert "no entity 'melis'" in command(home, "--yes").stderr


def test_while_a_run_is_going_nothing_is_removed(lived: Office):
    with lived.app.run_lock(), pytest.raises(StoreError, match="nothing was removed: another run is going") as error:
        purge_entity(lived.app, "melis", apply=True)
    assert error.value.exit_code == 75


def test_nor_while_one_goes_on_a_server(postgresql: Server, tmp_path: Path):
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
    with two.database.try_exclusive_run_lock() as alone:
        thread.start()
        assert alone and not began.wait(0.3)  # a run waits for a purge
    assert began.wait(10)
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
}
# Words of ours, or of people about other things: `id` of feeds, kinds, states, names of people at the desk.
NEVER = {
    "feed.id", "feed.url", "feed.outlet", "feed.language", "feed.country", "feed.proxy", "feed.title", "feed.status",
    "feed.memory", "watchlist_version.source", "watchlist_version.author", "watchlist_version.file_hash", "watchlist_version.older_articles", "hit.confidence", "story_article.rule",
    "review_item.state", "review_item.verdict", "decision.by", "decision.colleague", "decision.verdict", "decision.reason", "decision.batch",
    "addition.by", "decision.judged", "regrouping.kind", "regrouping.by", "regrouping.articles", "regrouping.copies", "run.outcomes",
    "mailing.subject", "mailing.full_subject", "mailing.audience", "mailing.kind", "mailing.hidden", "delivery.channel", "delivery.recipient",
    "delivery.external_id", "delivery.scope", "person.name", "person.key", "person.role",
    "person.password", "person.language", "session.token", "session.browser", "invitation.token", "invitation.role",
    "audit.act", "claim.worker", "claim.queue", "token.token", "token.label",
}  # fmt: skip
LOOKED_THROUGH = {
    *(f"mailing.{n}" for n in ("text", "html", "full_text", "full_html")),
    *(f"watchlist_version.{n}" for n in ("added", "changed", "removed")),
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
