"""The daily seal on both databases: every leaf has a path to the root, and nothing shows which is whose."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, func, select

from kit.evidence import claim, page, read, recheck_result
from kit.store import DAY, HOUR, NOW, TEXT, hit, watch
from monitor.model import Absence, Message, RawPage, Stamp, TextFrom, text_hash
from monitor.pack.pack_format import digest, leaf_hash, root_of, seal_text
from monitor.store import Store
from monitor.store import tables as t

TODAY = NOW.date()


def test_each_page_is_under_the_seal_of_its_day_by_a_path_of_hashes(store: Store):
    watch(store)
    numbers = [read(store, n, *([hit()] if n == 1 else [])) for n in range(1, 6)]
    seal = store.seals.seal_day(TODAY, NOW + DAY)
    proofs = {number: store.seals.proofs(number) for number in numbers}
    assert [len(paths) for paths in proofs.values()] == [1] * 5
    for (proof,) in proofs.values():
        path = [bytes.fromhex(sibling) for sibling in proof.path]
        assert root_of(leaf_hash(proof.record), proof.index, path).hex() == seal.tree and len(path) == 3
        assert proof.record["text"] == text_hash(TEXT) and proof.record["kind"] == "fetched"
    assert len({proof.record["salt"] for (proof,) in proofs.values()}) == 5


def test_a_later_version_is_sealed_on_its_day_and_an_unchanged_page_is_not_sealed_again(store: Store):
    watch(store)
    number = read(store, 1, hit())
    store.seals.seal_day(TODAY, NOW + DAY)
    for hours, words in ((7, ""), (25, "The court let him go, his lawyer said on Wednesday evening.")):
        at = NOW + hours * HOUR
        (recheck,) = claim(store, at)
        store.revisits.save(recheck_result(recheck, at, words, is_unchanged=not words, due=at + HOUR))
    store.seals.seal_day(TODAY + DAY, NOW + 2 * DAY)
    store.seals.seal_day(TODAY + 2 * DAY, NOW + 3 * DAY)
    assert [proof.day for proof in store.seals.proofs(number)] == [(NOW + 25 * HOUR).date(), TODAY]


def test_what_a_server_answers_in_the_place_of_an_article_is_sealed_when_it_is_gone(store: Store):
    watch(store)
    number = read(store, 1)
    for hours in (7, 14):
        at = NOW + hours * HOUR
        (recheck,) = claim(store, at)
        answer = Absence(at, Message("gone"), "https://post.example/1", 410, RawPage(b"taken down", {}))
        store.revisits.save(recheck_result(recheck, at, missing=answer, due=at + HOUR))
    store.seals.seal_day((NOW + DAY).date(), NOW + 2 * DAY)
    kinds = {proof.record["kind"]: proof.record for proof in store.seals.proofs(number)}
    assert (kinds["absent"]["status"], kinds["absent"]["page"]) == (410, digest(b"taken down"))


def test_the_text_of_a_feed_is_sealed_too_and_its_page_when_it_comes(store: Store):
    watch(store)
    number = read(store, 1, article=replace(page(1), text_from=TextFrom.FEED, raw=None, fetched=None))
    store.seals.seal_day(TODAY, NOW + DAY)
    (proof,) = store.seals.proofs(number)
    assert (proof.record["kind"], proof.record["page"], proof.record["text"]) == ("feed", "", text_hash(TEXT))


def test_a_day_is_sealed_once_and_what_comes_late_is_under_the_next_seal(store: Store):
    watch(store)
    first = store.seals.seal_day(TODAY, NOW + DAY)
    late = read(store, 1)  # a worker that held its result over midnight
    assert store.seals.seal_day(TODAY, NOW + DAY) == first
    second = store.seals.seal_day((NOW + DAY).date(), NOW + 2 * DAY)
    assert [proof.day for proof in store.seals.proofs(late)] == [second.day]
    assert second.before == digest(seal_text(first.day.isoformat(), first.tree, first.before))
    assert store.seals.newest() == second and store.seals.has_day(TODAY)


def test_what_was_stored_before_gets_its_leaf_once_in_batches(store: Store, monkeypatch):
    monkeypatch.setattr("monitor.store.seals.ROWS_PER_BATCH", 2)
    watch(store)
    for n in range(1, 6):
        read(store, n)
    with store.database.writing("a test") as connection:
        connection.execute(delete(t.sealed_page))
    article, batches = 0, 0
    while (article := store.seals.add_stored_before(article)) is not None:
        batches += 1
    with store.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(t.sealed_page)) == 5
    assert batches == 3


def test_seals_up_to_the_next_time_stamp_are_returned_in_order(store: Store):
    seals = [store.seals.seal_day((NOW + n * DAY).date(), NOW + (n + 1) * DAY) for n in range(5)]
    stamp = Stamp("https://tsa.example", NOW, b"response", "certificates")
    store.seals.add_stamp(seals[2].number, stamp)
    store.seals.add_stamp(seals[2].number, replace(stamp, response=b"another"))  # the first stays
    chain = store.seals.up_to_stamp([seals[0].day, seals[4].day])
    assert [seal.number for seal in chain] == [seals[n].number for n in (0, 1, 2, 4)]
    assert chain[2].stamps == (stamp,) and store.seals.last_stamp() == NOW
    assert timedelta(0) <= chain[1].day - chain[0].day <= DAY
