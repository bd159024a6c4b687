"""The house's rules for code: names say what a value is, and names in backticks exist."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = frozenset((ROOT / "tests/data/bare-words.txt").read_text("utf-8").split("\n\n", 1)[1].split())
COLUMNS = frozenset("about asked found gone made other seen".split())  # databases hold them; read with their value
CODE = sorted(p for p in (ROOT / "monitor").rglob("*.py") if "versions" not in p.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILES = {"monitor.env", "monitor.db", "monitor.closed.db", "monitor.told"}  # of a home
DOTTED = re.compile(r"`(monitor(?:\.\w+)+)(?:\(\))?`")


def read_with_their_class(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield the members of enums (`Verdict.LATER`) and the stored columns."""
    for node in ast.walk(tree):
        for line in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id in COLUMNS:
                yield line.target
            elif isinstance(line, ast.Assign) and any("Enum" in ast.unparse(base) for base in node.bases):
                yield from line.targets


def bindings(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a module binds: functions, classes, arguments and variables."""
    exempt = {*read_with_their_class(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in exempt:
            yield node.id


def is_bare(name: str) -> bool:
    return name.strip("_").lower() in WORDS


@pytest.mark.check
def test_a_lone_participle_or_pronoun_is_no_name():
    names = {
        str(path.relative_to(ROOT)): [*filter(is_bare, bindings(ast.parse(path.read_text("utf-8"))))]
        for path in (*CODE, *TESTS)
    }
    assert {file: bare for file, bare in names.items() if bare} == {}, "say what the value is"


def test_the_name_of_a_test_is_a_sentence_of_at_most_eighty_letters():
    names = {
        name for path in TESTS for name in re.findall(r"^ *(?:async )?def test_(\w+)", path.read_text("utf-8"), re.M)
    }
    assert len(names) > 2500 and [name for name in names if len(name) > 80] == []


@pytest.mark.parametrize(
    ("name", "bare"), [("found", True), ("_told", True), ("Said", True), ("matches", False), ("found_at", False)]
)
def test_which_names_are_bare(name: str, bare: bool):
    assert is_bare(name) is bare


def resolves(dotted: str) -> bool:
    """Return whether a dotted name is a module of the program, or something in one."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


def test_names_in_backticks_exist():
    wrong = Counter(
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*CODE, *DOCS)
        for name in DOTTED.findall(path.read_text("utf-8"))
        if name not in FILES and not resolves(name)
    )
    assert not wrong


@pytest.mark.parametrize(
    ("dotted", "is_there"),
    [
        ("monitor.match.find_mentions", True),
        ("monitor.ports", True),
        ("monitor.match.no_such_name", False),
        ("monitor.nowhere", False),
    ],
)
def test_which_dotted_names_exist(dotted: str, is_there: bool):
    assert resolves(dotted) is is_there


def is_plain_face(text: str) -> bool:
    """Return whether a module only imports and gives values."""
    plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    return all(isinstance(line, plain) for line in ast.parse(text).body)


def test_the_faces_of_packages_only_import():
    faces = [path for path in CODE if path.name == "__init__.py"]
    assert len(faces) > 30 and [path for path in faces if not is_plain_face(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ('"""A room."""\nfrom monitor import urls\n__all__ = ["urls"]', True),
        ("def load(): ...", False),
        ("class Store: ...", False),
        ("if True:\n    import json", False),
    ],
)
def test_which_faces_are_plain(text: str, is_plain: bool):
    assert is_plain_face(text) is is_plain


def test_no_file_of_tests_is_over_four_hundred_lines():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in TESTS}
    assert len(lengths) > 200
    assert {file: n for file, n in lengths.items() if n > 400} == {}, "part it along what it tests"


@cache
def files_and_words() -> tuple[list[str], set[str]]:
    """Return all files, and the words of the program and its tests."""
    files = [f"/{path.relative_to(ROOT)}" for room in ("monitor", "tests", "tools", "benchmarks", "docs", ".ci")
             for path in (ROOT / room).rglob("*")] + [f"/{path.name}" for path in ROOT.iterdir()]  # fmt: skip
    code = (path for room in ("monitor", "tests") for path in (ROOT / room).rglob("*.py") if path != Path(__file__))
    return files, {word for path in code for word in re.findall(r"\w+", path.read_text("utf-8"))}


def missing(guide: str) -> list[str]:
    """Return the files and names in backticks that are nowhere in the program or its tests."""
    files, words = files_and_words()
    return [
        name
        for name in re.findall(r"`([\w./-]*\w/?)(?:\(\))?`", guide)
        if not any(file.endswith(f"/{name.rstrip('/')}") for file in files) and not set(name.split(".")) <= words
    ]


@pytest.mark.check
def test_the_files_and_names_that_the_recipes_give_exist():
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert guide.count("`") > 200 and missing(guide) == []
    assert missing("`monitor/messages/content/nowhere.py`, `_place_nothing`, `full_day()`") == [
        "monitor/messages/content/nowhere.py",
        "_place_nothing",
    ]


PRIVATE_IMPORT = re.compile(
    r"^ *(?:from (?!monitor\b)\w[\w.]* import (?:.*, )?\(?_\w+|(?:from|import) \w[\w.]*\._\w+).*$", re.M
)


def test_no_private_name_of_a_library_is_imported():
    """What is reached by a dot (`library._name`), ruff refuses (SLF001)."""
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (*CODE, *TESTS)}
    assert [(file, line) for file, text in texts.items() for line in PRIVATE_IMPORT.findall(text)] == []


@pytest.mark.parametrize(
    ("line", "is_private"),
    [
        ("from httpx import _client", True),
        ("from httpx._client import Client", True),
        ("    import httpx._models", True),
        ("from httpx import URL, _utils", True),
        ("from __future__ import annotations", False),
        ("from httpx import URL", False),
        ("from monitor.match.index.stem_keys import _ending_kinds", False),
    ],
)
def test_which_imports_are_of_a_private_name(line: str, is_private: bool):
    assert bool(PRIVATE_IMPORT.search(line)) is is_private


LABEL = re.compile(r'(?:\.writing|_change|log_bug)\(\s*"([^"]+)"|log\.info\(\s*"(\w+ \w+)=')
# Older words of the glossary's terms: they stay in columns and keys only.
OLD_WORDS = re.compile(r"\b(looks?|finds?|revisits?|persons?|somebody|bodies|times right|told|note[sd]?)\b")


def labels() -> Iterator[tuple[str, str]]:
    """Yield the file and the text of each fail point, and of the first words of each line of the log."""
    for path in CODE:
        for match in LABEL.finditer(path.read_text("utf-8")):
            yield path.name, match.group(1) or match.group(2)


def test_fail_points_and_the_log_use_the_words_of_the_glossary():
    texts = list(labels())
    assert len(texts) > 40
    assert [(file, text) for file, text in texts if OLD_WORDS.search(text)] == []


@pytest.mark.parametrize(
    ("text", "old"),
    [("save a look", True), ("note a letter sent", True), ("save a recheck", False), ("save a result", False)],
)
def test_which_words_are_older_than_the_glossary(text: str, old: bool):
    assert bool(OLD_WORDS.search(text)) is old
