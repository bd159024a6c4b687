"""Bad input is an error that names its place; help shows an example for each command."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.read_home import FEEDS
from kit.home import WATCHLIST
from monitor.app.documents import read_bytes
from monitor.cli import app
from monitor.cli.common import MAX_NUMBER, without_controls
from monitor.errors import InputError


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("watchlist.yaml", "entities:\n  - nome: X\n", "watchlist.yaml:2:5"),
        ("watchlist.yaml", "entities:\n  - name: X\n    name: Y\n", "watchlist.yaml:3:5"),
        ("watchlist.yaml", "entities:\n\t- X\n", "watchlist.yaml:2:1"),
        ("watchlist.yaml", "entities:\n  - {name: Some Body, type: ghost}\n", "watchlist.yaml:2:"),
        ("watchlist.yaml", "entities: []\n", "watchlist.yaml:1:"),
        ("feeds.yaml", "feeds:\n  - url: https://a.example/rss\n    outlit: A\n", "feeds.yaml:3:5"),
        ("feeds.yaml", FEEDS + "  - url: https://a.example/rss\n    outlet: B\n", "feeds.yaml:4:"),
        ("feeds.yaml", "feeds:\n  - url: ftp://a.example/rss\n    outlet: A\n", "feeds.yaml:2:"),
        ("monitor.env", "MONITOR_HOST_GAP=soon\n", "monitor.env:1:"),
        ("monitor.env", "MONITOR_HOSTGAP=1\n", "monitor.env:1:1"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_place_and_nothing_is_changed(monitor, file, text, place):
    home = Path("home")
    home.mkdir()
    (home / "feeds.yaml").write_text(FEEDS)
    (home / "watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    (home / file).write_text(text)
    refused = monitor("--home", home, "ingest")
    assert refused.code == 2
    assert place in refused.err and "; " in refused.err
    assert not (home / "monitor.db").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ingest"], "feeds.yaml"),
        (["--home", "nowhere", "ingest"], "nowhere"),
        (["match", "--watchlist", "none.yaml"], "none.yaml"),
        (["match", "--watchlist", "folder.yaml"], "folder.yaml"),
        (["extract", "none.html"], "none.html: no such file"),
        (["extract", "folder.yaml"], "is a folder"),
        (["stories", "bad.jsonl"], "bad.jsonl:2:"),
        (["feeds", "test", "gopher://a.example/"], "gopher"),
        (["feeds", "test", "http://127.0.0.1:9/feed"], "127.0.0.1"),
        (["ingest", "--format", "xml"], "'xml'"),
    ],
)
def test_a_wrong_word_or_path_is_an_error_that_names_it_and_makes_no_database(monitor, words, message):
    Path("folder.yaml").mkdir()
    Path("bad.jsonl").write_text('{"id": "1", "text": "x"}\nnot json\n')
    refused = monitor(*words)
    assert refused.code == 2
    assert message in refused.err
    assert "Traceback" not in refused.err
    assert list(Path().glob("**/*.db*")) == []


def parameters(command: Any, path: str = "monitor") -> Iterator[tuple[str, Any]]:
    yield from ((f"{path} {parameter.name}", parameter) for parameter in command.params)
    for name, part in getattr(command, "commands", {}).items():
        yield from parameters(part, f"{path} {name}")


@pytest.mark.check
def test_every_number_of_a_command_has_bounds_that_every_database_can_hold():
    numbers = {
        path: (parameter.min, parameter.max)
        for path, parameter in parameters(typer.main.get_command(app))
        if re.search(r"\bint\b", str(parameter.type_descriptor.annotation))
    }
    assert len(numbers) > 15 and "monitor queue split articles" in numbers
    for path, (minimum, maximum) in numbers.items():
        assert minimum is not None and maximum is not None and 0 <= minimum <= maximum <= MAX_NUMBER, path


@pytest.mark.parametrize("words", [["feeds", "import"], ["feeds", "parse"], ["extract"]])
def test_a_file_that_never_ends_is_refused(monitor, words):
    refused = monitor(*words, "/dev/zero")
    assert refused.code == 2 and "is larger than" in refused.err


def test_what_a_packed_file_unpacks_to_is_bounded_as_well(tmp_path):
    (tmp_path / "list.opml.gz").write_bytes(gzip.compress(bytes(200_000)))
    assert len(read_bytes(str(tmp_path / "list.opml.gz"), 200_000)) == 200_000
    with pytest.raises(InputError, match="is larger than"):
        read_bytes(str(tmp_path / "list.opml.gz"), 199_999)


def test_a_note_on_standard_input_that_never_ends_is_refused(monitor):
    refused = monitor("queue", "decide", "1", "relevant", "--note", "-", stdin=b"x" * 1_000_001)
    assert refused.code == 2 and "more than 1 MB" in refused.err


def test_help_has_its_four_groups_and_an_example_for_each_command(monitor):
    help_text = monitor("--help").out
    assert all(group in help_text for group in ("Every day", "Set up", "Look closer", "One stage on files"))
    for words in (["ingest"], ["digest"], ["queue", "decide"], ["watchlist", "import"], ["match"], ["db", "upgrade"]):
        assert "Example: monitor" in monitor(*words, "--help").out


def test_no_feed_or_page_moves_the_cursor_of_a_terminal_or_colours_it(monitor, tmp_path):
    title = "\x1b[31mRed\x07 \x9b2J news\r of the day"
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Post", "items": [{"id": "1", "title": title}]}
    (tmp_path / "feed.json").write_text(json.dumps(feed), encoding="utf-8")
    (tmp_path / "page.html").write_text(f"<h1>{title.replace(chr(27), '&#27;')}</h1><p>{'It was seen. ' * 30}</p>")
    parse = ("feeds", "parse", "feed.json")
    for words in (parse, (*parse, "--format", "jsonl"), ("extract", "page.html"), ("extract", "nothing\x1b[2J.html")):
        outcome = monitor(*words)
        assert "news" in outcome.out or "nothing" in outcome.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", outcome.out + outcome.err)


BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_no_feed_or_page_turns_the_direction_of_a_terminal_and_json_keeps_its_words(monitor, tmp_path):
    title = f"Old {'x'.join(BIDI_CONTROLS)} news"
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Post", "items": [{"id": "1", "title": title}]}
    (tmp_path / "feed.json").write_text(json.dumps(feed), encoding="utf-8")
    (tmp_path / "page.html").write_text(f"<h1>{title}</h1><p>{'It was seen. ' * 30}</p>", encoding="utf-8")
    parse = ("feeds", "parse", "feed.json")
    for words in (parse, (*parse, "--format", "jsonl"), ("extract", "page.html"), ("extract", f"no{title}.html")):
        outcome = monitor(*words)
        assert "news" in outcome.out + outcome.err and not set(BIDI_CONTROLS) & set(outcome.out + outcome.err), words
    (entry,) = json.loads(monitor(*parse, "--format", "jsonl").out)["entries"]
    assert entry["title"] == title
    # letters and joiners of scripts that run from right to left stay
    assert without_controls("كتاب می\u200cخواهم") == "كتاب می\u200cخواهم"
