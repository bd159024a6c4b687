"""What everybody is told beside a sensitive name: the same as where that name is on no list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.articles import COURT, DOCTOR
from kit.home import WATCHLIST, Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from monitor.app import App
from monitor.digest import as_html, as_json, as_text
from monitor.model import DigestInput, Verdict
from monitor.review.visibility import without_sensitive

EVENING = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
EIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
SECRET = "  - {id: aizada, name: Aizada Hidden, aliases: [Айзада Хидден], sensitive: true}\n"
SECRET_WORDS = re.compile("aizada|айзада", re.IGNORECASE)

DAWN = """A woman was taken from her flat at dawn, a neighbour said, and nobody was told where she is held until noon.
Aizada Hidden had written of the prison for years, and her son waited at the gate without an answer from the guards.
A lawyer who asked for her at two offices was told in both that no such person had been brought in that day."""
BODY = """Officers of the Committee for Public Security searched a flat in the old town for five hours on Monday night.
They led away Aizada Hidden, and carried two computers and a box of papers to a grey van without number plates.
Neighbours were told to stay behind their doors, and the street was closed until the morning to all but the police."""
PRESS = BODY.replace("carried two", "the journalist's desk was emptied; they carried two").replace(
    "searched a flat", "searched a journalist's flat"
)
CHOLPON = BODY.replace("They led away Aizada Hidden", "They led away Aizada Hidden and Cholpon Arzyeva")
TOGETHER = f"{COURT}\nThe court also heard Aizada Hidden, who told the judge that she had been at home all evening."
SURNAME = DAWN.replace("Aizada Hidden", "Hidden")


def pieces(*texts: tuple[str, str]) -> list[Piece]:
    return [Piece(f"piece-{n}", title, text) for n, (title, text) in enumerate(texts)]


DAYS = {
    "of her alone": pieces(("Taken at dawn", DAWN), ("Refused a doctor", DOCTOR)),
    "of her beside a person": pieces(("Court extends arrest", TOGETHER)),
    "of her and a body that alerts beside others alone": pieces(("A search", BODY), ("Refused a doctor", DOCTOR)),
    "of her and a body beside a press word": pieces(("A search", PRESS)),
    "of her, a body and a person": pieces(("A search", CHOLPON)),
    "of her surname alone": pieces(("Taken at dawn", SURNAME), ("Refused a doctor", DOCTOR)),
    "of her surname alone and a body": pieces(("A search", BODY.replace("Aizada Hidden", "Hidden"))),
    "of nobody else": pieces(("Taken at dawn", DAWN)),
}


class Homes:
    """Two homes that read one outlet: with a sensitive name on the list, and without it."""

    def __init__(self, folder: Path, web: Web, mailbox: Mailbox) -> None:
        self.clock, self.mailbox, self.apps = Clock(EVENING), mailbox, list[App]()
        for name, watchlist in (
            ("with", WATCHLIST.replace("entities:\n", f"entities:\n{SECRET}")),
            ("without", WATCHLIST),
        ):
            home = furnish(folder / name, web, watchlist)
            with (home / "monitor.env").open("a") as env:
                env.write(f"MONITOR_SMTP_URL={mailbox.url}\nMONITOR_DIGEST_TO={name}@ngo.example\n")
            self.apps.append(open_app(home, self.clock))

    def ingest(self, at: datetime) -> None:
        for app in self.apps:
            self.clock.now = at
            app.ingest(include_not_due=True)

    def told(self, form: Any) -> list[Any]:
        return [form(app.digest()) for app in self.apps]

    def mails(self) -> list[list[tuple[str, str, str]]]:
        return [
            [
                (str(each.mail["Subject"]), opaque(each.text), opaque(each.html))
                for each in self.mailbox.to(f"{name}@ngo.example")
            ]
            for name in ("with", "without")
        ]


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(Outlet("post", "en"), now=EVENING) as web:
        yield web


@pytest.fixture
def homes(tmp_path: Path, web: Web) -> Iterator[Homes]:
    with Mailbox() as mailbox:
        made = Homes(tmp_path, web, mailbox)
        yield made
        for app in made.apps:
            app.close()


def opaque(text: str) -> str:
    """Without the numbers of items, which may skip one."""
    return re.sub(r"\[\d+\]|\(\d+\)", "[n]", text)


_NUMBERS = {"item", "id", "version", "story", "article", "shown", "arrived", "copy_of"}


def without_numbers(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: without_numbers(value) for key, value in told.items() if key not in _NUMBERS}
    return [without_numbers(value) for value in told] if isinstance(told, list) else told


def the_same(homes: Homes) -> None:
    for form in (as_text, as_html):
        one, other = homes.told(form)
        assert opaque(one) == opaque(other)
    one, other = homes.told(lambda made: json.loads(json.dumps(as_json(made))))
    assert without_numbers(one) == without_numbers(other)


# Each way to tell of her once: as a body's company, as a full name and as a surname, beside somebody and alone.
FAST_DAYS = {
    "of her beside a person",
    "of her and a body that alerts beside others alone",
    "of her surname alone and a body",
    "of nobody else",
}


@pytest.mark.parametrize(
    "day", [day if day in FAST_DAYS else pytest.param(day, marks=pytest.mark.check) for day in DAYS]
)
def test_a_digest_is_the_same_whether_a_sensitive_name_is_on_the_list_or_on_none(homes: Homes, web: Web, day: str):
    web.outlets["post"].pieces[:] = DAYS[day]
    homes.ingest(EVENING)
    homes.clock.now = EVENING + timedelta(minutes=1)
    the_same(homes)
    homes.ingest(EIGHT)
    with_it, without = homes.mails()
    assert len(with_it) == 1 and with_it == without
    with homes.apps[0].store.database.reading() as connection:  # nor is it kept for nobody
        assert connection.exec_driver_sql("SELECT full_text FROM mailing WHERE full_text != ''").all() == []
    full = as_text(homes.apps[0].digest(sensitive=True))
    assert SECRET_WORDS.search(full) or "Hidden" in full


CHANGES = {
    "her name is taken out": (1, "Aizada Hidden", "a neighbour"),
    "a sentence about her is another": (1, "had been at home all evening", "had never been there"),
    "her article is another": (0, "a box of papers", "a box of letters"),
    "a sentence about him is another": (1, "in custody until 20 January", "in custody until 20 March"),
    "his name is taken out": (1, "Melis Tokoev", "the journalist"),
}


@pytest.mark.check
@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_and_is_decided_the_next_day_is_told_as_if_nobody_watched_her(homes: Homes, web: Web, change: str):
    web.outlets["post"].pieces[:] = pieces(
        ("Led away", BODY), ("Court extends arrest", TOGETHER), ("Refused a doctor", DOCTOR)
    )
    homes.ingest(EVENING)
    for app in homes.apps:
        for item in app.queue():
            names = {hit.entity for hit in item.hits}
            if names == {"aizada", "kos"}:
                app.decide(item.id, Verdict.NOT_RELEVANT, by="root", note="Aizada Hidden is another")
            elif item.lead.headline == "Court extends arrest":
                app.decide(item.id, Verdict.RELEVANT, by="ann")
    which, before, after = CHANGES[change]
    piece = web.outlets["post"].pieces[which]
    assert before in piece.text
    piece.text = piece.text.replace(before, after)
    homes.ingest(EVENING + timedelta(hours=7))
    homes.clock.now += timedelta(minutes=1)
    the_same(homes)
    homes.ingest(EIGHT)
    with_it, without = homes.mails()
    assert len(with_it) == 1 and with_it == without


def test_every_field_of_what_happened_is_chosen_before_everybody_is_told_it():
    chosen = {f.name for f in fields(DigestInput)} - {"open_facts"}
    given = {name: object() for name in chosen}
    given |= {"items": (), "counted": {}, "watchlist_changes": (), "alerted": ()}
    told = without_sensitive(DigestInput(**given))  # type: ignore[arg-type]
    by_store = {"items", "waiting", "oldest_waiting", "never_reviewed", "counted", "watchlist_changes", "alerted"}
    assert {name for name in chosen - by_store if getattr(told, name) is not given[name]} == set()
