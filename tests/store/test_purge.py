"""A purged name is nowhere any more, and what it stood beside is left whole."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from kit.app import App
from kit.contradictions import contradictions
from kit.databases import Server
from kit.home import WATCHLIST
from kit.office import EIGHT, Office
from kit.store import CHOLPON, HOUR, MELIS, NOW, article, backlog, ended, entity_numbers, filed, hit, item, watch
from monitor.app.closed.closed_names import name_predicates
from monitor.app.upkeep.cron_notices import NOTICES_FILE
from monitor.app.upkeep.purge import purge_entity
from monitor.config import load_settings
from monitor.errors import NotFound
from monitor.i18n.labels import placement_sentence
from monitor.model import Change, Entity, EntityType, Reason, State, Verdict
from monitor.store import Store, open_store
from monitor.store import tables as t
from monitor.store.sql.items import compare_and_set
from store.purges import NAMED, everything, life, lived

__all__ = ["life", "lived"]
AIZADA = Entity("aizada", "Айзада Токоева")
ASIA = Entity("asia", "Азия", EntityType.OUTLET, ("Asia",))
RADIO = Entity("rfa", "Radio Free Asia", EntityType.OUTLET)
HERS = "Айзада Токоева пришла в суд. Токоева сказала, что её не пустили."
SURNAME = "В суд пришли родственники. Токоева сказала, что её не пустили."
ELSE = "Nobody was let in on Monday."


def in_files(folder: Path) -> list[str]:
    """Return files with the name in their bytes, except mail settings and lists, which people write."""
    ours = [file for file in folder.rglob("*") if file.is_file() and file.suffix not in {".yaml", ".env"}]
    return [file.name for file in ours if NAMED.search(file.read_bytes().decode("utf-8", "replace"))]


@pytest.mark.check
def test_no_byte_of_a_purged_name_is_left_in_any_file_and_the_rest_goes_on(lived: Office):
    app = lived.app
    assert {"monitor.db", NOTICES_FILE} == set(in_files(lived.folder))  # it would be seen
    spared = {item.id: item for item in app.queue(tuple(State)) if {h.entity for h in item.hits} <= {"cholpon", "kos"}}
    numbers = entity_numbers(app.store)
    counts, remains = purge_entity(app, "melis", apply=True)
    assert NAMED.findall(everything(app.store)) == []
    assert in_files(lived.folder) == []
    with app.store.database.reading() as connection:  # where a word that begins like the one before it is cut
        index = b"".join(connection.exec_driver_sql("SELECT block FROM searched_data").scalars())
    assert b"oto" in index and b"koev" not in index
    assert contradictions(app.store) == []
    assert counts["alias"] == 1 and counts["article"] == counts["entry"] == 6 and counts["raw_body"] == 4
    assert any(remain.startswith("mails that went out") for remain in remains)
    assert {item.id: item for item in app.queue(tuple(State))} == spared and len(spared) == 2
    lived.ingest(EIGHT + timedelta(days=1, hours=2))
    assert [entity.id for entity in app.watchlist().entities] == ["cholpon", "kos"]
    (lived.folder / "watchlist.yaml").write_text(WATCHLIST, "utf-8")  # watched again, it is somebody new
    lived.ingest(EIGHT + timedelta(days=1, hours=4))
    assert entity_numbers(app.store)["melis"] > max(numbers.values())


def test_a_purge_renders_unsent_deliveries_again_and_blanks_sent_ones(lived: Office):
    purge_entity(lived.app, "melis", apply=True)
    lived.mailbox.busy = False
    before = len(lived.mailbox.received)
    lived.send(EIGHT + timedelta(days=1, hours=2))
    mails = lived.mailbox.received[before:]
    assert [mail.to for mail in mails] == ["anna@ngo.example", "bek@ngo.example"]
    for mail in mails:
        assert "A search" in mail.text and "Cholpon Arzyeva" in mail.html
        assert not NAMED.search(mail.text + mail.html)


def test_without_apply_a_purge_only_counts(lived: Office):
    before = everything(lived.app.store)
    counts, _ = purge_entity(lived.app, "melis", apply=False)
    assert everything(lived.app.store) == before
    assert purge_entity(lived.app, "melis", apply=True)[0] == counts


@pytest.mark.check
def test_a_story_with_another_name_stays_as_evidence_and_is_refreshed(store: Store, tmp_path: Path):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    both = filed(store, hit(), hit("Nobody", "cholpon"))
    melis_item, cholpon_item = filed(store), filed(store, hit("Nobody", "cholpon", ELSE), text=ELSE)
    app.decide(both.id, Verdict.RELEVANT, by="ann", note="his wife wept", entity="melis")
    app.decide(both.id, Verdict.NOT_RELEVANT, by="ann", entity="cholpon", reason=Reason.ANOTHER_PERSON, note="a cook")
    app.decide(cholpon_item.id, Verdict.RELEVANT, by="ben", note="as Tokoev was; see the file")
    app.merge(cholpon_item.id, melis_item.id, by="ann")
    split = app.split(cholpon_item.id, [melis_item.lead.id], by="ann")
    lead = both.lead.id
    changed = {"article": lead, "version": 1, "found": NOW, "before": ""}
    with store.database.writing("a test") as connection:
        for kind, after in (
            (Change.SENTENCE, "Мелис Токоев was let go."),
            (Change.SENTENCE, "Nobody knows where Tokoev is."),  # "Nobody" is as what the other is found
            (Change.READ, "It rained."),
        ):
            connection.execute(insert(t.finding).values(kind=kind, after=after, **changed))
        filings = {
            lead: ("words", "beide nennen 2 Personen"),
            cholpon_item.lead.id: ("copy", "97% of its text is the same"),
        }
        for number, (rule, why) in filings.items():  # in whatever words an older version put it
            filing = update(t.story_article).where(t.story_article.c.article == number)
            connection.execute(filing.values(rule=rule, why=why))
    counts, remains = purge_entity(app, "melis", apply=True)
    assert counts["article"] == 1 and remains[0].startswith("articles that name others")
    with store.database.reading() as connection:
        findings = connection.scalars(select(t.finding.c.after).order_by(t.finding.c.id)).all()
    assert findings == ["Nobody knows where Tokoev is.", "It rained."]
    sentences = [str(placement_sentence(app.item(number).lead.reason)) for number in (both.id, cholpon_item.id)]
    assert sentences == ["", "97% of its text is the same"]
    assert contradictions(store) == []
    item_left = app.item(both.id)
    assert [h.entity for h in item_left.hits] == ["cholpon"] and item_left.version > both.version + 2
    assert [(d.verdict, d.note) for d in item_left.history] == [(Verdict.NOT_RELEVANT, "")]
    assert item_left.state is State.DECIDED
    assert [d.note for d in app.item(cholpon_item.id).history] == [""]
    for number in (melis_item.id, split.id):
        with pytest.raises(NotFound):
            app.item(number)
    assert len(app.item(cholpon_item.id).articles) == 1
    with pytest.raises(NotFound):
        purge_entity(app, "melis", apply=True)


@pytest.mark.check
@pytest.mark.parametrize(
    ("where", "purged"),
    [
        ({"authors": ("Melis Tokoev",)}, True),
        ({"authors": ("B. Reporter", "Мелис Токоев")}, True),
        ({"authors": ("Tokoev",)}, False),  # a namesake's, for all one knows
        ({"key": "post.example/2026/melis-tokoev"}, True),
        ({"key": "post.example/2026/tokoev"}, False),
    ],
)
def test_an_article_with_the_name_outside_its_text_is_purged_too(
    store: Store, tmp_path: Path, where: dict, purged: bool
):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    (entry,) = backlog(store, item(99))
    store.entries.save_result(ended(entry, "x", article=replace(article("post.example/plain", ELSE), **where)))
    assert purge_entity(app, "melis", apply=True)[0]["article"] == purged


def test_a_word_of_anothers_name_is_left_to_it_however_often_it_stands_there():
    text = "Radio Free Asia said so. " * 40
    assert not name_predicates(ASIA, [], [RADIO]).possibly(text)
    assert name_predicates(ASIA, [], [RADIO]).possibly(f"{text} Asia said so.")


@pytest.mark.check
def test_nobody_writes_while_a_name_is_purged(store: Store):
    watch(store)
    decided = threading.Event()
    new = filed(store)

    def decide() -> None:
        with_decision = replace(new, version=new.version + 1)
        with store.database.writing("a decision") as connection:
            compare_and_set(connection, with_decision, new.version)
        decided.set()

    with store.database.writing("purge", exclusive=True):
        (thread := threading.Thread(target=decide)).start()
        assert not decided.wait(0.3)
    thread.join(60)
    assert decided.is_set() and store.reviews.get(new.id).version == new.version + 1


@pytest.mark.check
def test_a_story_that_was_settled_by_that_name_alone_is_open_again(store: Store, tmp_path: Path):
    watch(store)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    item = filed(store, hit(), hit("Nobody", "cholpon", alerts=False))
    app.decide(item.id, Verdict.RELEVANT, by="ann", entity="melis")
    assert app.item(item.id).state is State.DECIDED
    purge_entity(app, "melis", apply=True)
    assert app.item(item.id).state is State.OPEN and contradictions(store) == []


@pytest.mark.check
def test_no_byte_of_it_is_left_in_a_servers_files(postgresql: Server, tmp_path: Path):
    postgresql.run("CREATE DATABASE purged")
    store = open_store(postgresql.url("purged"))
    watch(store, MELIS, CHOLPON)
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    app.decide(filed(store).id, Verdict.RELEVANT, by="ann", note="Melis Tokoev's wife called")
    filed(store, hit("Nobody", "cholpon", ELSE), text=ELSE)
    with store.database.reading() as connection:
        folder, number = (
            connection.exec_driver_sql(f"SELECT {expression}").scalar()
            for expression in ("current_setting('data_directory')", "oid FROM pg_database WHERE datname = 'purged'")
        )
    tables = Path(str(folder)) / "base" / str(number)

    def that_name(name_bytes: bytes) -> list[str]:
        postgresql.run("CHECKPOINT")
        return [file.name for file in tables.iterdir() if name_bytes in file.read_bytes()]

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
def test_a_name_to_purge_is_known_in_every_spelling(text: str, named: bool):
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


@pytest.mark.check
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
    assert "Певица Айгүл Токоева" in everything(store) and contradictions(store) == []


@pytest.mark.check
def test_a_name_of_one_word_goes_with_what_was_found_of_it_and_not_with_a_longer_one(store: Store, tmp_path: Path):
    watch(store, ASIA, RADIO)
    listed = "entities:\n  - {id: rfa, name: Radio Free Asia, type: outlet}\n"
    (tmp_path / "watchlist.yaml").write_text(listed, "utf-8")
    app = App(load_settings(tmp_path, {}, tmp_path), store, lambda: NOW + HOUR)
    text, radio_text = "The magazine Asia was closed on Monday.", "Radio Free Asia was closed on Friday."
    asia_item = filed(store, hit("Asia", "asia", text), text=text)
    radio_item = filed(store, hit("Radio Free Asia", "rfa", radio_text), text=radio_text)
    app.decide(radio_item.id, Verdict.RELEVANT, by="ann", note="Radio Free Asia confirms")
    before = app.item(radio_item.id)
    assert purge_entity(app, "asia", apply=True)[0]["article"] == 1
    assert app.item(radio_item.id) == before
    with pytest.raises(NotFound):
        app.item(asia_item.id)
