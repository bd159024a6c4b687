"""Marks set and taken away by hand in watchlist.yaml: whoever dies on the way, and whatever else the edit changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kit.deaths import Died
from kit.office import EVENING, Office, closed_watch, items
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor import failpoints
from monitor.app.upkeep.doctor import check_installation
from monitor.errors import InputError
from monitor.model import Entity, Verdict
from monitor.store import Store

OPEN = "entities:\n  - Kanyshai Arzyeva\n"
HERS = "  - {name: Cholpon Arzyeva, aliases: [Чолпон Арзыева]%s}\n"
UNMARKED, MARKED = HERS % "", HERS % ", sensitive: true"
RENAMED = "  - {name: Cholpon Arzyeva Bekova, aliases: [ЧОЛПОН АРЗЫЕВА], sensitive: true}\n"
SEARCHED = """Investigators came to the house of Kanyshai Arzyeva on Monday morning and took her computers.
Her colleague Cholpon Arzyeva was questioned for six hours and then let go."""
DETAINED = """Cholpon Arzyeva was detained at the airport of the capital late at night.
Her lawyer said that she had been on her way to a conference."""
NEXT_RUN = EVENING + timedelta(minutes=10)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path / "home", web, mailbox)
        office.add(Piece("both", "House searched", SEARCHED))
        office.add(Piece("hers", "Detained at the airport", DETAINED))
        yield office
        office.close()


def ingest(office: Office, entries: str) -> None:
    listed(office, entries)
    office.ingest(EVENING)


def listed(office: Office, entries: str) -> None:
    (office.folder / "watchlist.yaml").write_text(OPEN + entries, "utf-8")


def names(store: Store) -> dict[str, list[str]]:
    return {headline: [hit.name for hit in item.hits] for headline, item in items(store).items()}


def decide(office: Office, headline: str) -> None:
    office.app.decide(items(office.app.store)[headline].id, Verdict.RELEVANT, by="Anna")


def entities(office: Office, *, closed: bool = False) -> list[Entity]:
    watchlist = closed_watch(office).store.watchlists.current() if closed else office.app.watchlist()
    return list(watchlist.entities)


def read_after_a_death(office: Office, step: int) -> bool:
    """Run, die at the `step`th point of a move, and run again; return whether there were as many."""
    steps_left = [step]

    def die(name: str) -> None:
        if any(part in name for part in ("watchlist", "that move", "imported list", "end a closed name")):
            steps_left[0] -= 1
            if steps_left[0] < 0:
                failpoints.arm(None)
                raise Died(name)

    failpoints.arm(die)
    try:
        office.ingest(NEXT_RUN)
    except Died:
        office.close()
        office.ingest(NEXT_RUN + timedelta(minutes=1))
        return True
    finally:
        failpoints.arm(None)
    return False


def steps(number: int, *fast: int) -> list[object]:
    return [n if n in fast else pytest.param(n, marks=pytest.mark.check) for n in range(number)]


ALL_CLOSED = {"House searched": ["Cholpon Arzyeva"], "Detained at the airport": ["Cholpon Arzyeva"]}


@pytest.mark.check
@pytest.mark.parametrize("step", steps(16, 0, 4, 10))
def test_a_death_at_any_step_of_a_mark_is_made_good_by_the_next_run(office: Office, step: int):
    ingest(office, UNMARKED)
    decide(office, "Detained at the airport")
    listed(office, MARKED)
    assert read_after_a_death(office, step)
    assert names(office.app.store) == {"House searched": ["Kanyshai Arzyeva"]}
    assert names(closed_watch(office).store) == ALL_CLOSED
    decided = items(closed_watch(office).store)["Detained at the airport"]
    assert [(decision.by, decision.verdict) for decision in decided.history] == [("Anna", Verdict.RELEVANT)]


@pytest.mark.check
@pytest.mark.parametrize("step", steps(12, 0, 3))
def test_a_death_at_any_step_of_a_mark_that_is_taken_away_is_made_good_by_the_next_run(office: Office, step: int):
    ingest(office, MARKED)
    listed(office, UNMARKED)
    assert read_after_a_death(office, step)
    assert names(closed_watch(office).store) == {} and not entities(office, closed=True)
    assert names(office.app.store)["Detained at the airport"] == ["Cholpon Arzyeva"]
    assert office.app.store.upkeep.check() == closed_watch(office).store.upkeep.check() == ()


@pytest.mark.check
@pytest.mark.parametrize("step", [None, 4, 10])
def test_an_edit_that_marks_a_name_and_writes_it_otherwise_moves_it(office: Office, step: int | None):
    """The id is made of the name, so the marked entry has another one."""
    ingest(office, UNMARKED)
    decide(office, "Detained at the airport")
    listed(office, RENAMED)
    assert read_after_a_death(office, 99 if step is None else step) == (step is not None)
    assert names(office.app.store) == {"House searched": ["Kanyshai Arzyeva"]}
    assert names(closed_watch(office).store) == {
        headline: ["Cholpon Arzyeva Bekova"] for headline in ("House searched", "Detained at the airport")
    }
    decided = items(closed_watch(office).store)["Detained at the airport"]
    assert [(decision.by, decision.verdict) for decision in decided.history] == [("Anna", Verdict.RELEVANT)]
    assert [entity.id for entity in entities(office)] == ["kanyshai-arzyeva"]
    assert [entity.id for entity in entities(office, closed=True)] == ["cholpon-arzyeva-bekova"]
    assert office.app.store.upkeep.check() == closed_watch(office).store.upkeep.check() == ()


@pytest.mark.check
def test_two_names_that_become_one_marked_entry_move_into_it(office: Office):
    ingest(office, "  - Cholpon Arzyeva\n  - {id: airport, name: airport of the capital, type: organization}\n")
    listed(office, "  - {id: x, name: Cholpon Arzyeva, aliases: [Airport of the Capital], sensitive: true}\n")
    office.ingest(NEXT_RUN)
    assert [entity.id for entity in entities(office)] == ["kanyshai-arzyeva"]
    assert names(closed_watch(office).store) == ALL_CLOSED


def test_a_name_with_an_open_entry_of_its_own_is_no_mark_of_another_entry(office: Office):
    ingest(office, UNMARKED)
    listed(office, UNMARKED + RENAMED)
    office.ingest(NEXT_RUN)
    assert names(office.app.store)["Detained at the airport"] == ["Cholpon Arzyeva"]
    assert [entity.name for entity in entities(office, closed=True)] == ["Cholpon Arzyeva Bekova"]


def test_a_deleted_line_without_a_marked_entry_ends_no_watch_and_doctor_counts_it(office: Office):
    ingest(office, UNMARKED)
    listed(office, "  - {name: Cholpon Bekova, sensitive: true}\n")
    office.ingest(NEXT_RUN)
    assert [entity.name for entity in entities(office)] == ["Kanyshai Arzyeva", "Cholpon Arzyeva"]
    messages = [str(check.message) for check in check_installation(office.app.settings, office.app)]
    (line,) = [line for line in messages if "watchlist.yaml lacks" in line]
    assert "lacks: 1" in line and "Arzyeva" not in line


def test_an_import_does_not_end_the_open_watch_of_a_name_that_it_marks_under_another_id(office: Office, tmp_path: Path):
    ingest(office, UNMARKED)
    import_file = tmp_path / "other.yaml"
    import_file.write_text(OPEN + RENAMED, "utf-8")
    with pytest.raises(InputError, match="give the marked entry `id: cholpon-arzyeva`"):
        office.app.import_watchlist(import_file, apply=True)
    assert len(entities(office)) == 2 and office.app.closed_watch() is None


@pytest.mark.check
@pytest.mark.parametrize("line", [{"author": "Cholpon Arzyeva"}, {"summary": "Cholpon Arzyeva told us."}], ids=str)
def test_an_article_closed_for_a_line_beside_its_text_takes_in_a_name_marked_later(
    office: Office, line: dict[str, str]
):
    """The copy begins with the byline, so the places of the second name are other ones in it."""
    office.add(Piece("line", "Two phones taken", "Kanyshai Arzyeva was questioned about two phones.", **line))
    ingest(office, MARKED)
    decide(office, "Two phones taken")
    text = OPEN.replace("- Kanyshai Arzyeva", "- {name: Kanyshai Arzyeva, sensitive: true}") + MARKED
    (office.folder / "watchlist.yaml").write_text(text, "utf-8")
    office.ingest(NEXT_RUN)
    store = closed_watch(office).store
    item = items(store)["Two phones taken"]
    assert {hit.name for hit in item.hits} == {"Cholpon Arzyeva", "Kanyshai Arzyeva"}
    (text,) = [one.article.text for one in store.archive.articles(None, None, 9) if "two phones" in one.article.text]
    places = [(mention.mention.span.of(text), mention.mention.text) for hit in item.hits for mention in hit.mentions]
    assert len(places) == 2 and all(words == mention for words, mention in places)
    assert [decision.by for decision in item.history] == ["Anna"]
    assert store.upkeep.check() == ()
