"""A build whose sentences have other words chooses, places, orders and alerts as this one; old rows stay right."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from kit.desk import demo  # noqa: F401
from kit.home import open_app
from kit.rewording import in_our_words, reworded
from monitor.clock import now_utc
from monitor.model import Code, Delivery, Mailing, Message, Rendering, Verdict, Window, parse_marked

# What tells a code in a stored sentence; the name of a country is one that nobody compares.
_CODES = re.compile("\u2067(?!country )[^\u2069]*\u2069")
_SENTENCES = (
    ("hit", "why"), ("story_article", "why"), ("review_item", "reopened"), ("feed", "detail"), ("delivery", "detail"),
)  # fmt: skip
_LISTS = (("mention", "why"), ("run", "problems"))


@pytest.fixture(scope="module")
def judged_home(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """Return the demo's home with its items judged, a feed that is withheld, and messages that were refused."""
    folder = shutil.copytree(demo, tmp_path_factory.mktemp("judged") / "home")
    app = open_app(folder)
    app.clock = now_utc
    now = now_utc()
    (folder / "read-at").write_text((now + timedelta(minutes=1)).isoformat())
    for item, verdict in zip(app.queue(), cycle((Verdict.RELEVANT, Verdict.NOT_RELEVANT, None)), strict=False):
        if verdict:
            app.decide(item.id, verdict, by="Vera")
    refusals = {"refused this recipient": Code.RECIPIENT_REFUSED, "refused this mail": Code.MAIL_REFUSED}
    for number, (words, code) in enumerate(refusals.items(), 1):
        window = Window(now - timedelta(days=number + 1), now - timedelta(days=number))
        delivery = Delivery("mail", "anna@b.example", f"<{number}@b.example>", now, Rendering("s", "t", "h"))
        assert app.store.outbox.put(window, lambda _, w=window, d=delivery: (Mailing(w, now, d.rendering), [d]), "a")
        detail = Message(f"mx.b.example:25 {words} (550); see to it", code=code)
        app.store.outbox.mark_failed(delivery, now, detail, refused=True)
    app.close()
    withheld = Message("{} ({})", Message("withheld for legal reasons, the server says"), 451).marked
    with closing(sqlite3.connect(folder / "monitor.db")) as database, database:
        database.execute("UPDATE feed SET detail = ?, status = 'refused' WHERE number = 1", (withheld,))
    return folder


def rewritten(home: Path, folder: Path, change: Callable[[str], str]) -> Path:
    """Return a copy of a home with its stored sentences changed."""
    shutil.copytree(home, folder)
    with closing(sqlite3.connect(folder / "monitor.db")) as database, database:
        database.create_function("changed", 1, change)
        database.create_function("all_changed", 1, lambda text: json.dumps([change(s) for s in json.loads(text)]))
        for table, column in _SENTENCES:
            database.execute(f"UPDATE {table} SET {column} = changed({column})")
        for table, column in _LISTS:
            database.execute(f"UPDATE {table} SET {column} = all_changed({column})")
    return folder


def with_other_words(stored: str) -> str:
    """Return a stored sentence as a build of other words stores it."""
    return _with_other_words(parse_marked(stored)).marked


def _with_other_words(sentence: str) -> Message:
    message = sentence if isinstance(sentence, Message) else Message(sentence)
    arguments = (_with_other_words(a) if isinstance(a, Message) else a for a in message.arguments)
    return Message(reworded(message.template), *arguments, code=message.code)


def reading(home: Path, *options: str) -> dict[str, Any]:
    """Return what a build of these options says of a home, in the words of this build."""
    tests = Path(__file__).parents[1]
    program = [sys.executable, "-m", "whole.reworded_reader", str(home), *options]
    environment = os.environ | {"PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"}
    ran = subprocess.run(program, cwd=tests, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert (in_our_words(ran.stdout) != ran.stdout) is bool(options), "only the other build has other words"
    outputs: dict[str, Any] = json.loads(in_our_words(ran.stdout))
    return outputs


@pytest.mark.soak
def test_reworded_sentences_change_nothing_but_sentences(judged_home: Path, tmp_path: Path):
    plain = reading(judged_home)
    assert plain["examples"] and all(plain[f"delivery {number}"] for number in (1, 2))
    assert plain["in short 1"] == [["surname only"]]
    assert reading(judged_home, "reworded") == plain
    old_home = rewritten(judged_home, tmp_path / "old", lambda stored: _CODES.sub("", stored))
    with closing(sqlite3.connect(old_home / "monitor.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0080'")
    assert reading(old_home) == plain and reading(old_home, "reworded") == plain
    new_home = rewritten(judged_home, tmp_path / "new", with_other_words)
    assert reading(new_home, "reworded") == plain
