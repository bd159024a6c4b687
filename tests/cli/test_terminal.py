"""The terminal's answers are true, say what to do, and can be read."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kit.articles import COURT
from kit.home import Clock, furnish, open_app
from kit.outlets import Outlet, Piece, Web

ROOT = Path(__file__).parents[2]
INSTALLS = re.compile(r"\b(?:pip3?|pipx|uv|uvx) (?:tool )?(?:install|run|add) ([^`\n]*)")


@cache
def shipped_texts() -> dict[str, str]:
    folders = ("monitor", "docs", "tools", "benchmarks", ".github")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    paths += [path for path in ROOT.iterdir() if path.suffix != ".lock"]
    kinds = {".py", ".md", ".po", ".html", ".yaml", ".yml", ".toml", ".txt", ""}
    files = [path for path in paths if path.is_file() and path.suffix in kinds and path.name != ".git"]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


# ---- what to install ------------------------------------------------------------------------------------------------


def test_nothing_tells_to_install_this_project_by_its_name():
    """It is on no package index: whoever registered its name there would own our users."""
    name = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    commands = [(file, match[0]) for file, text in shipped_texts().items() for match in INSTALLS.finditer(text)]
    assert len(commands) >= 6
    assert [command for command in commands if name in command[1] or re.search(r"install '?monitor", command[1])] == []
    assert [file for file, text in shipped_texts().items() if re.search(rf"{name}\[", text)] == []


def local_form(extra: str) -> str:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extra in extras
    return f"in the folder of this project's source, where README.md is, run: pip install '.[{extra}]'"


def bare_home(folder: Path, settings: str = "") -> Path:
    (folder / "feeds.yaml").write_text("feeds:\n  - url: https://post.example/feed\n")
    (folder / "watchlist.yaml").write_text("entities:\n  - Melis Tokoev\n")
    (folder / "monitor.env").write_text(settings)
    return folder


def test_the_desk_without_its_extra_says_to_install_it_from_this_projects_folder(monitor, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    for name in [name for name in sys.modules if name.startswith("monitor.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("monitor.web", raising=False)
    refused = monitor("--home", bare_home(tmp_path), "serve")
    assert refused.code == 2
    assert local_form("web") in refused.err


def test_postgresql_without_its_extra_says_to_install_it_from_this_projects_folder(monitor, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    home = bare_home(tmp_path, "MONITOR_DATABASE_URL=postgresql+psycopg://monitor@127.0.0.1:1/monitor\n")
    refused = monitor("--home", home, "queue", "list")
    assert refused.code == 2
    assert local_form("postgres") in refused.err


# ---- promises --------------------------------------------------------------------------------------------------------


def test_the_readme_promises_no_more_of_purge_than_the_contracts():
    readme, contracts = (
        " ".join((ROOT / "docs" / page).read_text(encoding="utf-8").split())
        for page in ("operating.md", "contracts.md")
    )
    assert "removes a name from everything" not in readme
    assert "An article that names somebody else on it, too, stays whole" in readme
    assert "Articles that name others, too, stay whole" in contracts


# ---- the feeds ------------------------------------------------------------------------------------------------------

REFUSED, MISSING, WELL = ("dawn", "noon", "dusk", "night"), ("lost", "missing"), ("post", "herald", "wire")


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a home after one run: four feeds refuse us, two are missing, three are read."""
    outlets = [Outlet(name, "en", status=403) for name in REFUSED] + [
        Outlet(name, "en", status=404) for name in MISSING
    ]
    outlets += [Outlet(name, "en", [Piece("court", "Court extends arrest", COURT)]) for name in WELL]
    with Web(*outlets) as web:
        home = furnish(tmp_path_factory.mktemp("troubled"), web)
        app = open_app(home, Clock(web.now))
        app.ingest()
        app.close()
        yield home


def test_the_list_of_feeds_begins_with_totals_and_tells_each_trouble_once(monitor, troubled):
    shown = monitor("--home", troubled, "feeds", "list").out
    assert shown.splitlines()[0] == "9 feeds: 6 to look at, 3 read without trouble."
    headings = ("Refuses our server: 4 feeds", "Has no feed at this address: 2 feeds", "feeds list --all")
    assert [shown.index(heading) for heading in headings] == sorted(shown.index(heading) for heading in headings)
    assert shown.count("Open it in a browser here") == shown.count("Look for its new address") == 1
    words = shown.split()
    assert all(words.count(name) == 1 for name in (*REFUSED, *MISSING))
    assert not any(name in words for name in WELL)
    assert len(shown.splitlines()) < 20


def test_all_feeds_are_listed_when_asked_for_and_always_in_json(monitor, troubled):
    words = monitor("--home", troubled, "feeds", "list", "--all").out.split()
    assert all(words.count(name) == 1 for name in (*REFUSED, *MISSING, *WELL))
    rows = monitor("--home", troubled, "feeds", "list", "--format", "json").json["feeds"]
    assert {row["id"] for row in rows} == {*REFUSED, *MISSING, *WELL}


def test_doctor_gives_an_advice_once_with_how_many_sources_and_which(monitor, troubled):
    shown = monitor("--home", troubled, "doctor").out
    (line,) = (line for line in shown.splitlines() if "refuses our server" in line)
    assert line.startswith("note 4 sources: each refuses our server: ")
    assert all(name in line for name in REFUSED)
    assert shown.count("Open it in a browser here") == shown.count("Look for its new address") == 1


def test_a_feed_that_stands_still_for_years_is_dated_with_its_year_and_how_long_ago(monitor, tmp_path):
    old = datetime.now(UTC) - timedelta(days=992)
    pieces = [Piece("court", "Court extends arrest", COURT, age=timedelta(0))]
    with Web(Outlet("post", "en", pieces), now=old) as web:
        furnish(tmp_path, web)
        shown = monitor("--home", tmp_path, "feeds", "test", f"{web.base}/post/feed.xml").out
    heading, entry, *_ = shown.splitlines()
    assert heading.startswith("post: 1 entry, the newest of ")
    assert heading.endswith("992 days ago")
    at = f"{old.astimezone(ZoneInfo('Asia/Bishkek')):%d %b %Y %H:%M}"  # the newsroom's time, not this machine's
    assert at in heading and at in entry


def test_a_date_of_this_year_is_told_without_it(monitor, tmp_path):
    with Web(Outlet("post", "en", [Piece("court", "Court extends arrest", COURT, age=timedelta(0))])) as web:
        furnish(tmp_path, web)
        heading = monitor("--home", tmp_path, "feeds", "test", f"{web.base}/post/feed.xml").out.splitlines()[0]
    assert not re.search(r"\b20\d\d\b", heading)
    assert re.search(r"(second|minute)s? ago$", heading)


def test_a_host_that_is_not_found_is_said_to_be_so_and_what_to_do(monitor):
    refused = monitor("feeds", "test", "https://no-such-host.invalid/feed")
    assert refused.code == 4
    assert "the name of its server is not found (DNS)" in refused.err
    assert "look at the network and the DNS of this machine" in refused.err


def test_an_address_that_is_left_out_is_told_by_its_number_of_how_many(monitor, troubled, tmp_path):
    home = shutil.copytree(troubled, tmp_path / "home")
    links = ("https://post.example/feed", "https://post.example/search/melis-tokoev/feed", "https://post.example/rss")
    outlines = "".join(f'<outline type="rss" xmlUrl="{link}"/>' for link in links)
    Path("list.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    added = monitor("--home", home, "feeds", "import", "list.opml")
    assert "left out: number 2 of 3: " in added.err
    assert "melis" not in (added.out + added.err).casefold()


# ---- doctor ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that all users of this machine can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(("mode", "readable"), [(0o755, True), (0o751, True), (0o750, False), (0o700, False)])
def test_a_file_is_open_to_all_only_where_every_folder_above_it_is(monitor, troubled, open_folder, mode, readable):
    home = shutil.copytree(troubled, open_folder / "above" / "home")
    home.chmod(0o755)
    for name in ("watchlist.yaml", "monitor.env", "monitor.db"):
        (home / name).chmod(0o644 if name == "watchlist.yaml" else 0o600)
    home.parent.chmod(mode)
    shown = monitor("--home", home, "doctor")
    assert ("LOOK watchlist.yaml: every user of this machine can read it; run: chmod o= " in shown.out) is readable
    # The folder may lie on a disk without encryption, of which doctor tells, too.
    assert shown.code == (2 if "LOOK " in shown.out.replace("LOOK encryption", "") else 0)


# ---- the queue ------------------------------------------------------------------------------------------------------

RUSSIAN = (
    "Суд в столице во вторник оставил Мелиса Токоева под стражей до двадцатого января, сообщила его сестра. "
    "Заседание шло при закрытых дверях, в зал пустили только двух родственников. "
) * 3
CHOLPON = (
    "Police searched the flat of the editor Cholpon Arzyeva for five hours on Monday and took away two laptops. "
    "Her neighbours said that nobody showed them a warrant, and the ministry did not answer our letter. "
) * 3


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with three stories: a Russian and an English one on Melis, an English one on Cholpon."""
    post = Outlet("post", "ru", [Piece("sud", "Суд продлил арест", RUSSIAN)])
    herald = Outlet("herald", "en", [Piece("search", "Editor searched", CHOLPON)])
    wire = Outlet(
        "wire", "en", [Piece("fever", "Fever in cell nine", "Melis Tokoev has a fever of forty, a guard told us. " * 9)]
    )
    with Web(post, herald, wire) as web:
        home = furnish(tmp_path_factory.mktemp("filled"), web)
        app = open_app(home, Clock(web.now))
        app.ingest()
        app.close()
    return home


@pytest.fixture
def queue(monitor, filled: Path, tmp_path: Path):
    """Return a function that calls `monitor queue` on a copy of that home."""
    home = shutil.copytree(filled, tmp_path / "home")

    def call(*words: object):
        return monitor("--home", home, "queue", *words)

    return call


def headlines(queue, *filters: str) -> list[str]:
    return sorted(item["headline"] for item in queue("list", *filters, "--format", "json").json["items"])


def number_of(queue, headline: str) -> int:
    items = queue("list", "--format", "json").json["items"]
    return next(item["id"] for item in items if item["headline"] == headline)


SUD, SEARCH, FEVER = "Суд продлил арест", "Editor searched", "Fever in cell nine"
NOT_YET = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"  # two days: in some zones one has begun already


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ([], [SEARCH, FEVER, SUD]),
        (["--entity", "melis"], [FEVER, SUD]),
        (["--entity", "kos"], []),
        (["--outlet", "post"], [SUD]),
        (["--outlet", "nobody"], []),
        (["--language", "en"], [SEARCH, FEVER]),
        (["--language", "ky"], []),
        (["--entity", "melis", "--language", "en"], [FEVER]),
        (["--since", "7d"], [SEARCH, FEVER, SUD]),
        (["--since", "2025-01-01"], [SEARCH, FEVER, SUD]),
        (["--since", NOT_YET], []),
        (["--asked"], []),
        (["--state", "decided"], []),
        (["--state", "open,decided"], [SEARCH, FEVER, SUD]),
        (["--state", "decided", "--state", "open"], [SEARCH, FEVER, SUD]),
    ],
)
def test_the_queue_is_narrowed_by_what_a_story_is_about(queue, filters, fits):
    assert headlines(queue, *filters) == sorted(fits)
    text = queue("list", *filters).out
    assert all((headline in text) is (headline in fits) for headline in (SUD, SEARCH, FEVER))


def test_the_queue_is_narrowed_by_what_was_decided(queue):
    unsure, postponed, done = (number_of(queue, headline) for headline in (SUD, SEARCH, FEVER))
    queue("decide", unsure, "unsure", "--note", "Is this the singer?", "--by", "Aida")
    queue("decide", postponed, "later")
    queue("decide", done, "relevant")
    assert headlines(queue, "--asked") == [SUD]
    assert headlines(queue, "--asked", "--entity", "cholpon") == []
    assert headlines(queue, "--state", "later") == [SEARCH]
    assert headlines(queue, "--state", "later,decided") == sorted([SEARCH, FEVER])
    assert headlines(queue) == [SUD]
    queue("decide", unsure, "relevant", "--by", "Bek")
    assert headlines(queue, "--asked") == []


def test_what_a_colleague_is_asked_is_shown_with_who_asks(queue):
    number = number_of(queue, SUD)
    queue("decide", number, "unsure", "--note", "Is this the singer?", "--by", "Aida")
    for words in (["list"], ["list", "--asked"], ["show", number]):
        shown = queue(*words).out
        assert re.search(r"Aida asks \(.+\): Is this the singer\?", shown), words
        assert "a colleague is asked" in shown
    (item,) = queue("list", "--asked", "--format", "json").json["items"]
    assert (item["asked"]["by"], item["asked"]["note"]) == ("Aida", "Is this the singer?")
    queue("undo", "--by", "Aida")
    assert "asks" not in queue("list").out
    assert [item["asked"] for item in queue("list", "--format", "json").json["items"]] == [None] * 3


def test_a_question_about_one_name_is_listed_until_somebody_answers_it(queue):
    number = number_of(queue, SUD)
    queue("decide", number, "unsure", "--entity", "melis", "--note", "Is this the singer?", "--by", "Aida")
    shown = queue("list", "--asked").out
    assert SUD in shown and SEARCH not in shown
    assert re.search(r"Aida asks about Melis Tokoev \(.+\): Is this the singer\?", shown)
    queue("decide", number, "not-relevant", "--entity", "melis", "--by", "Bek")
    assert headlines(queue, "--asked") == []


def test_what_is_put_off_says_until_when(queue):
    number, second = number_of(queue, SUD), number_of(queue, SEARCH)
    decided = queue("decide", number, "later", "--until", f"{NOT_YET}T09:30")
    day = f"{datetime.fromisoformat(NOT_YET):%d %b}"
    assert re.search(rf"later, until {day}( \d{{4}})? 09:30", decided.out)
    queue("decide", second, "later")
    shown = queue("list", "--state", "later").out
    assert re.search(rf"\(later, until {day}( \d{{4}})? 09:30\)", shown)
    assert "(later, until somebody decides)" in shown


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (["--entity", "mellis"], "no entity 'mellis' on the watchlist; did you mean melis?"),
        (["--entity", "zzz"], "no entity 'zzz' on the watchlist; `monitor watchlist list` shows them"),
        (["--state", "opne"], "'opne' is no state; did you mean 'open'?"),
        (["--state", "merged"], "'merged' is no state; "),
        (["--since", "yesterday"], "'yesterday' is neither a number of days nor a date; write it as 7d or 2026-11-20"),
        (["--since", "2026-13-01"], "'2026-13-01' is neither a number of days nor a date"),
        (["--since", "99999999d"], "is neither a number of days nor a date"),
    ],
)
def test_a_wrong_filter_is_refused_with_what_to_write(queue, filters, message):
    refused = queue("list", *filters)
    assert refused.code == 2
    assert message in " ".join(re.sub("[│╭╮╰╯─]", " ", refused.err).split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["digest", "--date", "yesterday"], "'yesterday' is no day; write it as 2026-11-25"),
        (["digest", "--date", "2026-02-31"], "'2026-02-31' is no day"),
        (["digest", "--date", "2026-11-25T08:00"], "'2026-11-25T08:00' is no day"),
        (
            ["queue", "decide", "1", "later", "--until", "soon"],
            "'soon' is no day; write it as 2026-12-01 or 2026-12-01T09",
        ),
        (["feeds", "add", "kloop"], "'kloop' is no address of the web; copy it from your browser"),
    ],
)
def test_a_wrong_day_or_address_is_refused_with_what_to_write(monitor, troubled, words, message):
    refused = monitor("--home", troubled, *words)
    assert refused.code == 2
    assert message in " ".join(re.sub("[│╭╮╰╯─]", " ", refused.err).split())


def test_a_list_that_is_cut_says_so(queue):
    cut = queue("list", "--limit", "2")
    assert cut.out.count("[") == 2
    assert "Only the first 2 are listed" in cut.err
    assert queue("list", "--limit", "3").err == ""


def test_nothing_that_users_read_says_that_a_role_shows_sensitive_names():
    """Whoever believes it clears too few people, or trusts too many: an administrator sees none without clearance."""
    of_a_role = re.compile(
        r"\b(only|except|but)( for| to)? (administrators|operators)(?! who are cleared)|administrators alone"
    )
    texts = {file: text for file, text in shipped_texts().items() if not file.startswith(("docs/design", "CHANGELOG"))}
    passages = [
        (file, passage)
        for file, text in texts.items()
        for passage in re.split(r"\n\s*\n|\n(?=#   )|\nmsgid ", text)
        if re.search("sensitive|closed watch", passage, re.IGNORECASE)
    ]
    assert len({file for file, _ in passages}) > 20
    assert [(file, match[0]) for file, passage in passages for match in of_a_role.finditer(passage)] == []
