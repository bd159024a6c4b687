"""The daily seal: what it covers, what an authority sees of it, and what is made of its answers."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import func, select

from app.authority import Authority, openssl, serving
from app.sealed_story import sealed_story
from kit.articles import COURT, Bench
from kit.deaths import death_at
from kit.home import Clock, open_app
from monitor.app.closed.closed_home import watch_of
from monitor.app.evidence.pack import export_evidence, item_evidence
from monitor.app.evidence.seal import days_to_seal, next_seal_time, seal_and_stamp, text_of
from monitor.app.review import Review
from monitor.app.runs import daily_seal
from monitor.app.upkeep.doctor import check_installation
from monitor.model import Seal
from monitor.pack.pack_format import digest, read_token
from monitor.pack.verify import check_pack
from monitor.store import tables as t

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """Return a folder with a home and the keys of its authority, and the time of its clock."""
    folder = tmp_path_factory.mktemp("built")
    with sealed_story(folder) as (bench, authority):
        assert authority.root.exists()
        return folder, bench.clock.now


@pytest.fixture
def story(built: tuple[Path, datetime], tmp_path: Path) -> Iterator[tuple[Bench, Authority]]:
    folder, now = built
    home = shutil.copytree(folder / "home", tmp_path / "home")
    with serving(Authority(shutil.copytree(folder / "tsa", tmp_path / "tsa"))) as authority:
        bench = Bench(None, home, open_app(home, clock := Clock(now)), clock)  # type: ignore[arg-type]
        host = authority.url.split("/")[2]
        changes = {"allow_hosts": frozenset({host}), "seal_authorities": (authority.url,)}
        bench.app.settings = bench.app.settings.model_copy(update=changes)
        yield bench, authority
        bench.app.close()


def leaves(bench: Bench) -> int:
    with bench.app.store.database.reading() as connection:
        return connection.scalar(
            select(func.count()).select_from(t.sealed_page).where(t.sealed_page.c.seal.is_not(None))
        )


def newest(bench: Bench) -> Seal:
    seal = bench.app.store.seals.newest()
    assert seal is not None
    return seal


def test_every_version_and_absence_is_sealed_and_openssl_verifies_the_time_stamp(story, tmp_path):
    bench, authority = story
    seal, problems = seal_and_stamp(bench.app)
    assert problems == [] and seal is not None
    assert leaves(bench) == 4  # two versions, the absence, and an article that names nobody
    (stamp,) = seal.stamps
    assert read_token(stamp.response)[:2] == (0, digest(text_of(seal)))
    (tmp_path / "r.tsr").write_bytes(stamp.response)
    (tmp_path / "chain.pem").write_text(stamp.certificates)
    written = bench.home / "seals" / f"{seal.day}.txt"
    assert written.read_bytes() == text_of(seal)
    checked = openssl(
        tmp_path,
        "ts",
        "-verify",
        "-data",
        str(written),
        "-in",
        "r.tsr",
        "-CAfile",
        str(authority.root),
        "-untrusted",
        "chain.pem",
    )
    assert "Verification: OK" in checked.stdout, checked.stderr


@pytest.mark.check
def test_two_lists_send_the_same_bytes_but_for_hash_and_nonce(tmp_path: Path):
    sent = []
    for number, watchlist in enumerate(
        ("entities: [Melis Tokoev]\n", "entities: [Gulnara Osmonalieva, Somebody Else]\n")
    ):
        with sealed_story(tmp_path / str(number), watchlist) as (bench, authority):
            seal_and_stamp(bench.app)
            ((body, headers),) = authority.requests
            text = text_of(newest(bench))
            at = body.index(bytes.fromhex(digest(text)))
            nonce = body[at + 32 :]
            assert nonce[0] == 2 and len(nonce) in range(8, 16)
            headers = {name: value for name, value in headers.items() if name not in {"host", "content-length"}}
            sent.append((body[2:at], nonce[2 + nonce[1] :], headers))
    assert sent[0] == sent[1]
    assert not any(word in str(sent) for word in ("post", "court", "Melis", "127.0.0.1"))


def test_days_without_pages_and_missed_days_are_sealed_in_one_chain_with_one_request(story):
    bench, authority = story
    bench.clock.now -= 3 * DAY
    bench.app.store.seals.seal_day((bench.clock.now - DAY).date(), bench.clock.now)
    bench.clock.now += 3 * DAY
    seal_and_stamp(bench.app)
    seals = bench.app.store.seals.up_to_stamp([(bench.clock.now - 4 * DAY).date()])
    assert [seal.day for seal in seals] == [(bench.clock.now - n * DAY).date() for n in (4, 3, 2, 1)]
    assert [seal.before for seal in seals[1:]] == [digest(text_of(seal)) for seal in seals[:-1]]
    assert len({seal.tree for seal in seals}) == 4  # days without a page do not look alike
    assert [len(seal.stamps) for seal in seals] == [0, 0, 0, 1] and len(authority.requests) == 1
    seal_and_stamp(bench.app)
    assert len(authority.requests) == 1


@pytest.mark.parametrize(
    ("mood", "message"),
    [
        ("garbage", "something else than a time stamp"),
        ("too long", "larger than 0.1 MB"),
        ("another text", "Nonce mismatch"),
        ("an old answer", "Nonce mismatch"),
        ("dead", "did not certify"),
        ("refuses", "status 500"),
    ],
)
def test_an_authority_that_lies_or_dies_is_told_and_asked_again_the_next_day(story, mood, message):
    bench, authority = story
    authority.mood = mood
    for day in days_to_seal(bench.app):
        (authority.folder / "text").write_bytes(text_of(bench.app.store.seals.seal_day(day, bench.clock.now)))
    seal, (problem,) = seal_and_stamp(bench.app)
    assert message in problem and problem.startswith("127.0.0.1:") and seal is not None and seal.stamps == ()
    authority.mood = "stamp"
    assert seal_and_stamp(bench.app)[1] == [] and len(newest(bench).stamps) == 1


def test_a_dead_authority_keeps_no_other_from_certifying(story, tmp_path: Path):
    bench, dead = story
    dead.mood = "dead"
    (tmp_path / "second").mkdir()
    with serving(Authority(tmp_path / "second")) as living:
        hosts = bench.app.settings.allow_hosts | {living.url.split("/")[2]}
        changes = {"allow_hosts": hosts, "seal_authorities": (dead.url, living.url)}
        bench.app.settings = bench.app.settings.model_copy(update=changes)
        seal, problems = seal_and_stamp(bench.app)
    assert len(problems) == 1 and seal is not None
    assert [stamp.authority for stamp in seal.stamps] == [living.url]


def test_a_time_stamp_counts_only_by_the_roots_of_the_home_and_near_its_clock(story, tmp_path: Path):
    bench, authority = story
    (tmp_path / "second").mkdir()
    (bench.home / "authorities.pem").write_bytes(Authority(tmp_path / "second").root.read_bytes())
    _, (problem,) = seal_and_stamp(bench.app)
    assert "not valid" in problem
    (bench.home / "authorities.pem").write_bytes(authority.root.read_bytes())
    bench.clock.now += timedelta(hours=2)
    _, (problem,) = seal_and_stamp(bench.app)
    assert "its clock says" in problem
    bench.clock.now -= timedelta(hours=2)
    assert seal_and_stamp(bench.app)[1] == []


def test_none_is_asked_unless_the_settings_name_one(story):
    bench, authority = story
    bench.app.settings = bench.app.settings.model_copy(update={"seal_authorities": ()})
    seal, problems = seal_and_stamp(bench.app)
    assert (problems, authority.requests) == ([], []) and seal is not None


def test_a_clock_that_ran_ahead_stops_no_later_seal(story):
    bench, _ = story
    bench.clock.now += 5 * 365 * DAY
    assert len(list(days_to_seal(bench.app))) == 1  # the first
    for day in days_to_seal(bench.app):
        bench.app.store.seals.seal_day(day, bench.clock.now)
    bench.clock.now += 400 * DAY
    assert len(list(days_to_seal(bench.app))) == 31
    bench.clock.now -= (5 * 365 + 400) * DAY
    (day,) = days_to_seal(bench.app)
    seal = bench.app.store.seals.seal_day(day, bench.clock.now)
    assert seal.number == 2 and list(days_to_seal(bench.app)) == []


def test_what_was_stored_before_is_sealed_as_that(story, tmp_path: Path):
    bench, _ = story
    with bench.app.store.database.writing("test") as connection:
        connection.execute(t.sealed_page.delete())  # as a home of an earlier version has it
    seal_and_stamp(bench.app)
    assert leaves(bench) == 4
    export_evidence(bench.app, bench.app.queue()[0].id, tmp_path / "case.zip")
    with zipfile.ZipFile(tmp_path / "case.zip") as pack:
        (versions,) = json.loads(pack.read("evidence/manifest.json"))["articles"]
        assert [version["seal"]["record"]["kind"] for version in versions] == ["stored before"] * 2
        assert b"Stored before the first seal" in pack.read("evidence/index.html")


def test_a_purge_leaves_the_hash_alone(story):
    from monitor.app.upkeep.purge import purge_entity

    bench, _ = story
    seal_and_stamp(bench.app)
    (bench.home / "watchlist.yaml").write_text("entities: [Somebody Else]\n")
    before = text_of(newest(bench))
    purge_entity(bench.app, "melis", apply=True)
    with bench.app.store.database.reading() as connection:
        purged = connection.execute(select(t.sealed_page).where(t.sealed_page.c.article.is_(None))).mappings().all()
    assert len(purged) == 3
    for row in purged:
        assert {name for name, value in row.items() if value} == {"id", "leaf", "seal"}
    assert text_of(newest(bench)) == before
    (article,) = (row.id for row in bench.app.store.archive.articles(99, None, 9)[:1] for row in [row.article])
    (proof,) = bench.app.store.seals.proofs(article)  # the other leaves are proved as before
    assert proof.record["kind"] == "fetched"


def test_doctor_says_look_when_nothing_is_sealed_or_nobody_certifies(story):
    bench, authority = story

    def seal_messages() -> list[str]:
        return [line.message for line in check_installation(bench.app.settings, bench.app) if line.subject == "seals"]

    (unsealed,) = seal_messages()
    assert "under no seal" in unsealed and "into cron" in unsealed
    authority.mood = "dead"
    seal_and_stamp(bench.app)
    (uncertified,) = seal_messages()
    assert "no authority has certified a seal yet" in uncertified
    authority.mood = "stamp"
    seal_and_stamp(bench.app)
    assert seal_messages() == []


def test_a_worker_that_stays_seals_at_the_fixed_minute_while_a_run_goes_on(story):
    bench, _ = story
    begun = monotonic()
    minute = next_seal_time(bench.clock.now.astimezone())
    bench.app.clock = lambda: minute + timedelta(seconds=monotonic() - begun - 0.1)
    bench.app.settings = bench.app.settings.model_copy(update={"seal_authorities": ()})
    sealed = Event()
    with daily_seal(bench.app, lambda _: sealed.set()):
        assert bench.app.store.seals.newest() is None
        assert sealed.wait(30)
    assert newest(bench).day == minute.astimezone(UTC).date() - DAY


def test_the_fixed_minute_is_the_next_one_of_the_day():
    assert next_seal_time(datetime(2026, 3, 2, 7, 6, 59, tzinfo=UTC)) == datetime(2026, 3, 2, 7, 7, tzinfo=UTC)
    assert next_seal_time(datetime(2026, 3, 2, 7, 7, tzinfo=UTC)) == datetime(2026, 3, 3, 7, 7, tzinfo=UTC)


def test_the_tree_of_a_day_tells_no_more_than_a_power_of_two(story):
    bench, _ = story
    seal_and_stamp(bench.app)
    proofs = bench.app.store.seals.proofs(1)
    assert {len(proof.path) for proof in proofs} == {2}


POINTS = [f"{step}: {when} its commit" for step in ("seal a day", "store a time stamp") for when in ("before", "after")]
BEFORE = [f"seal what was stored before: {when} its commit" for when in ("before", "after")]


@pytest.mark.parametrize("point", [*POINTS, *BEFORE])
def test_a_death_on_the_way_to_a_seal_leaves_one_seal_a_day_over_each_page_once(story, point: str):
    bench, _ = story
    if point in BEFORE:
        with bench.app.store.database.writing("a test") as connection:  # as in a home of a build before
            connection.execute(t.sealed_page.delete())

    with death_at(point):
        seal_and_stamp(bench.app)
    seal, problems = seal_and_stamp(bench.app)
    assert seal is not None and problems == [] and len(seal.stamps) == 1
    assert leaves(bench) == 4 and not [*days_to_seal(bench.app)]
    assert bench.app.store.upkeep.check() == ()


CLOSED = "entities:\n  - {name: Melis Tokoev, sensitive: true}\n  - Gulnara Osmonalieva\n"


@pytest.mark.check
def test_closed_copies_are_proved_by_the_open_seal(tmp_path: Path):
    with sealed_story(tmp_path, CLOSED) as (bench, _):
        assert bench.app.queue() == []
        seal_and_stamp(bench.app)
        closed = watch_of(bench.app, closed=True)
        (item,) = Review(closed).queue()
        with item_evidence(closed, item) as file:
            report = check_pack(file)
        assert report.changed == [] and len(report.unsealed) == 1
        number = item.articles[0].id  # which page is read first is chance
        names = [f"articles/{number}-{part}.html" for part in ("1", "2", "absent")]
        assert [line.split(":")[0] for line in report.sealed] == names
        assert all("certified" in line for line in report.sealed)


@pytest.mark.check
def test_a_name_that_is_marked_after_the_seal_takes_its_proofs_along(tmp_path: Path):
    open_list = CLOSED.replace(", sensitive: true", "")
    with sealed_story(tmp_path, open_list, text=COURT) as (bench, _):
        seal_and_stamp(bench.app)
        (bench.home / "watchlist.yaml").write_text(CLOSED, encoding="utf-8")
        bench.ingest()
        closed = watch_of(bench.app, closed=True)
        (item,) = Review(closed).queue()
        with item_evidence(closed, item) as file:
            report = check_pack(file)
        assert report.changed == [] and len(report.sealed) == 3
