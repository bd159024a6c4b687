"""Commands import what they need and no more: cron starts one every ten minutes."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from monitor import model
from monitor.cli import _PANELS, app
from monitor.extract.page import extract

PROGRAM = """
import json, sys
from monitor.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
LARGE_LIBRARIES = {
    "alembic", "asyncio", "babel", "fastapi", "feedparser", "httpx", "jinja2", "lxml", "multiprocessing", "numpy",
    "psycopg", "pydantic", "rapidfuzz", "ruamel", "sqlalchemy", "sqlmodel", "trafilatura",
}  # fmt: skip


@cache
def modules_after(*arguments: str) -> frozenset[str]:
    """Run a command in a fresh process and return the modules it imported."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False)
    return frozenset(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_help_and_version_import_no_large_library(arguments):
    modules = modules_after(*arguments)
    assert not modules & LARGE_LIBRARIES
    assert not modules & {"attr", "markdown_it", "pygments", "rich.markdown", "rich.traceback"}
    commands = {f"monitor.cli.{module}" for modules in _PANELS.values() for module in modules.values()}
    assert {module for module in modules if module.startswith("monitor.")} <= {
        "monitor.errors", "monitor.cli", "monitor.cli.common", "monitor.cli.lists", *commands
    }  # fmt: skip
    assert len(modules) < 320, "a library that `--help` needs imports more than before"


def test_a_command_imports_its_own_commands_alone():
    own = {module for module in modules_after("queue", "--help") if module.startswith("monitor.cli.")}
    assert own == {"monitor.cli.common", "monitor.cli.queue"}
    assert not {module for module in modules_after("--version") if module.startswith("monitor.cli.")} - own


def test_the_commands_of_a_group_are_made_when_they_are_asked_for():
    program = typer.main.get_command(app)
    groups = [command for command in program.commands.values() if isinstance(command, TyperGroup)]
    assert len(groups) == 6 and not any(group.commands._made for group in groups), "the help names the groups alone"
    for group in groups:
        first, *others = group.commands
        assert group.commands[first].name == first and group.commands[first] is group.commands[first]
        assert group.commands._made.keys() == {first} and not {first} & {*others}


@pytest.mark.parametrize(
    "arguments", [pytest.param(["--help"], marks=pytest.mark.soak), ["watchlist", "add", "--help"]]
)
def test_help_is_what_typer_prints_with_all_of_rich(arguments):
    whole = (
        "import rich.markdown, rich.traceback, typer.rich_utils; import typer.main; from monitor.cli import app; app()"
    )
    pages = [
        subprocess.run([sys.executable, *program, *arguments], capture_output=True, text=True, check=True).stdout
        for program in (["-m", "monitor"], ["-c", whole])
    ]
    assert pages[0].splitlines()[3:] == pages[1].splitlines()[3:] and len(pages[0]) > 500  # line two names the program


FEEDS = "feeds:\n  - url: https://news.example/feed\n    paused: true\n"


@pytest.mark.soak
def test_lists_and_a_run_with_nothing_to_do_read_no_page_and_match_nothing(monitor, tmp_path):
    (tmp_path / "feeds.yaml").write_text(FEEDS, "utf-8")
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n", "utf-8")
    assert monitor("--home", tmp_path, "ingest").code == 0  # makes the database
    database = {"asyncio", "pydantic", "sqlalchemy", "sqlmodel"}
    for command in (["queue", "list"], ["watchlist", "list"], ["ingest"]):
        modules = modules_after("--home", str(tmp_path), *command)
        assert not modules & (LARGE_LIBRARIES - database)
        assert "sqlalchemy.dialects.postgresql" not in modules, "the other database takes a tenth of a second"
    assert not modules_after("--home", str(tmp_path), "queue", "list") & {
        "monitor.pipeline", "monitor.store.desk.cards", "monitor.store.desk.outbox", "monitor.store.desk.statistics",
        "monitor.store.line.entries", "monitor.store.ops.retention",
    }, "a role of the store that the command does not use"  # fmt: skip


@pytest.mark.soak
def test_doctor_loads_nothing_of_the_queue(monitor, tmp_path):
    (tmp_path / "feeds.yaml").write_text(FEEDS, "utf-8")
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n", "utf-8")
    assert monitor("--home", tmp_path, "ingest").code == 0
    modules_after.__wrapped__("--home", str(tmp_path), "doctor")  # reads the lists
    assert not modules_after.__wrapped__("--home", str(tmp_path), "doctor") & {
        "monitor.model.review", "monitor.pipeline", "monitor.ports", "monitor.review.visibility",
        "monitor.store.desk.users", "monitor.store.line.entries", "monitor.store.sql.items", "monitor.text.normalize",
    }  # fmt: skip


@pytest.mark.soak
def test_the_run_that_makes_the_database_keeps_nothing_of_what_made_it(tmp_path):
    (tmp_path / "feeds.yaml").write_text(FEEDS, "utf-8")
    (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n", "utf-8")
    modules = modules_after.__wrapped__("--home", str(tmp_path), "ingest")
    assert "monitor.store.line.runs" in modules and not modules & {"alembic", "mako", "rich"}
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)


@pytest.mark.soak
def test_lists_that_are_as_they_were_are_not_read_again(monitor, tmp_path):
    (tmp_path / "feeds.yaml").write_text(FEEDS, "utf-8")
    odd_name = "entities:\n  - Melis Tokoev\n  - 'Azat (Bek) Asanov'\n"
    (tmp_path / "watchlist.yaml").write_text(odd_name, "utf-8")
    readers = {"numpy", "rapidfuzz", "ruamel", "monitor.match", "monitor.config.watchlist"}
    modules_now = modules_after.__wrapped__  # asked again, of the same command
    for command, changed in (("ingest", "feeds.yaml"), ("doctor", "watchlist.yaml")):
        assert readers <= modules_now("--home", str(tmp_path), command)
        assert not readers & modules_now("--home", str(tmp_path), command)
        with (tmp_path / changed).open("a", encoding="utf-8") as file:
            file.write("# looked through\n")
        assert "ruamel" in modules_now("--home", str(tmp_path), command)


@pytest.mark.soak
def test_only_the_workers_of_a_reading_load_what_reads_pages_and_matches():
    program = (
        "import json, sys, monitor.app.ingest.run, monitor.app.ingest.filing; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout))
    assert {"monitor.fetch", "monitor.pipeline.stages", "monitor.cluster.placement"} <= modules
    assert not modules & {"babel", "feedparser", "lxml", "numpy", "py3langid", "rapidfuzz", "trafilatura"}
    assert not modules & {"monitor.extract.page", "monitor.match", "monitor.parse", "monitor.pipeline.rescan"}


def test_workers_are_forked_from_what_most_pages_need_and_no_more():
    program = (
        "import json, sys; from importlib import import_module; from monitor import sandbox\n"
        "for module in sandbox._SHARED: import_module(module)\n"
        "print(json.dumps([sorted(sys.modules), sys.modules['trafilatura.external'].JT_STOPLIST]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules, frequent_words = json.loads(done.stdout)
    assert {"feedparser", "lxml", "numpy", "py3langid", "trafilatura", "monitor.extract.page"} <= {*modules}
    assert not {*modules} & {"httpx", "pydantic", "rapidfuzz", "sqlalchemy", "sqlmodel", "typer", "monitor.match"}
    assert not {*modules} & {"monitor.model.delivery", "monitor.model.digest", "monitor.model.user", "monitor.ports"}
    unused = {"charset_normalizer.api", "rapidfuzz.process_cpp_impl"}
    assert not {*modules} & unused, "3 MB that no worker calls"
    assert frequent_words is None, "a tenth of the pages need the words, which take 7 MB"


def test_a_page_of_any_charset_is_read_without_what_workers_do_not_load():
    program = (
        "import sys; from importlib import import_module; from monitor import sandbox\n"
        "for module in sandbox._SHARED: import_module(module)\n"
        "from monitor.extract.page import extract; print(ascii([extract(page).text for page in eval(sys.argv[1])]))"
    )
    text = "Мелис Токоев вышел из здания суда и сразу обратился к журналистам, которые ждали его. " * 5
    pages = [
        f"<title>Суд</title><article><p>{written}</article>".encode("cp1251") + odd
        for written in (text, text[:90])  # of a short one trafilatura asks its other extractors
        for odd in (b"", b"<p>\xff\xfe\x98\x81</p>")
    ]
    done = subprocess.run([sys.executable, "-c", program, repr(pages)], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == [extract(page).text for page in pages]
    assert all("Токоев вышел" in extract(page).text for page in pages)


def test_the_process_that_matches_imports_nothing_that_explains_a_list():
    program = "import json, sys, monitor.pipeline.rescan; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = {*json.loads(done.stdout)}
    assert "monitor.match.compile" in modules
    assert not modules & {"monitor.match.explain", "monitor.model.delivery", "monitor.model.digest", "monitor.ports"}


def test_the_face_of_the_model_has_each_public_name_of_its_modules():
    for path in Path(model.__path__[0]).glob("[a-z]*.py"):
        module = import_module(f"monitor.model.{path.stem}")
        public = {
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
        }
        assert public and all(getattr(model, name) is getattr(module, name) for name in public)
    assert not hasattr(model, "Nothing")


@pytest.mark.soak
def test_a_command_that_fetches_does_without_the_command_line_of_httpx():
    modules = modules_after("feeds", "test", "http://127.0.0.1:9/feed")
    assert "httpx" in modules and "pygments" not in modules


class QuietHandler(SimpleHTTPRequestHandler):
    """A server of files that prints nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.soak
def test_no_process_of_a_first_run_needs_more_than_400_mb_of_addresses(tmp_path):
    story = "<p>Melis Tokoev was questioned on Monday, and his lawyer was told nothing of it.</p>" * 20
    links = ""
    for number in range(8):
        (tmp_path / f"{number}.html").write_text(f"<h1>Story {number}</h1><article>{story}</article>", "utf-8")
        links += f"<item><title>Story {number}</title><link>/{number}.html</link></item>"
    (tmp_path / "feed.xml").write_text(f"<rss><channel><title>News</title>{links}</channel></rss>", "utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever).start()
        host = f"127.0.0.1:{server.server_port}"
        (tmp_path / "feeds.yaml").write_text(f"feeds:\n  - url: http://{host}/feed.xml\n", "utf-8")
        (tmp_path / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n", "utf-8")
        settings = {"MONITOR_HOME": str(tmp_path), "MONITOR_ALLOW_HOSTS": host, "MONITOR_HOST_GAP": "0"}
        command = ["bash", "-c", 'ulimit -v 409600; "$0" -m monitor ingest --format json', sys.executable]
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
        server.shutdown()
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcomes"]["queued"] == 8
