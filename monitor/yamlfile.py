"""Pure, but for `read_text`. Files that people write: their values, and the place of everything wrong in them.

The only module that knows ruamel.yaml. YAML 1.2, read as nodes: every scalar stays the text that was typed (`no`,
`12:30` and `0123` are words here), and every node knows its line and column. Anchors, aliases and tags are refused:
no list of names or feeds needs them, and a few lines of aliases unfold to gigabytes.
"""

from __future__ import annotations

import difflib
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from monitor.errors import InputError, Problem

MAX_BYTES = 5_000_000
MAX_DEPTH = 10

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, from 1."""

    line: int = 1
    column: int = 1


START = Place()


class Report:
    """The problems found in one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []

    def add(self, place: Place, wrong: str, todo: str) -> None:
        self._problems.append(Problem(self.file, place.line, place.column, wrong, todo))

    def failed(self, place: Place, wrong: str, todo: str) -> InputError:
        """The error to raise when reading cannot go on from here."""
        self.add(place, wrong, todo)
        return self.error()

    def error(self) -> InputError:
        return InputError(*sorted(self._problems, key=lambda p: (p.line, p.column)))

    def raise_any(self) -> None:
        if self._problems:
            raise self.error()

    def unknown(self, place: Place, what: str, given: str, known: Iterable[str]) -> None:
        """Say that `given` is none of `known`, and which it may have been meant to be."""
        spellings = {name.casefold(): str(name) for name in known}
        near = difflib.get_close_matches(given.casefold(), spellings, n=1)
        todo = f"did you mean {spellings[near[0]]!r}?" if near else "use one of: " + ", ".join(spellings.values())
        self.add(place, f"unknown {what} {given!r}", todo)

    def choice(self, place: Place, what: str, given: str, default: E) -> E:
        """The member of default's enum that `given` names; an empty one is the default."""
        kind = type(default)
        if not given:
            return default
        try:
            return kind(given)
        except ValueError:
            self.unknown(place, what, given, kind)
            return default

    def flag(self, place: Place, what: str, given: str) -> bool:
        if given.lower() not in {"", "true", "false"}:
            self.add(place, f"{what}: {given!r} is neither true nor false", "write true or false")
        return given.lower() == "true"


def unprintable(text: str) -> str:
    """The first control character or half of a surrogate pair, which no database takes; lines and tabs are fine."""
    if text.isprintable():
        return ""
    return next((c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"}), "")


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """I/O. The text of a UTF-8 file (a byte order mark is dropped). Raises InputError for all that may be wrong."""
    report = Report(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        wrong = "is a link to a file that is not there" if path.is_symlink() else "there is no such file"
        raise _nowhere(path, wrong, "check the path, or make it with `monitor init`") from None
    except IsADirectoryError:
        raise _nowhere(path, "is a folder", "name the file in it") from None
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise _nowhere(path, f"cannot be read ({detail})", "check the path and its permissions") from error
    if len(data) > max_bytes:
        raise _nowhere(path, f"is larger than {max_bytes / 1e6:g} MB", "split it, or leave out what is not needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise report.failed(_place_in(before, len(before)), "not UTF-8 text", "save the file as UTF-8") from error


def _nowhere(path: Path, wrong: str, todo: str) -> InputError:
    """An error about the file itself: it has no line."""
    return InputError(Problem(str(path), 0, 0, wrong, todo))


# ---- reading ----------------------------------------------------------------------------------------------------


class _PlainComposer(Composer):
    """Composes nodes; refuses what makes one node stand for many, or for something else than it says."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise ComposerError(None, None, "anchor", event.start_mark)
        if event.ctag is not None:
            raise ComposerError(None, None, "tag", event.start_mark)
        return super().compose_node(parent, index)


# What ruamel.yaml says, and what it means to somebody who has never read a grammar. First match wins.
_PLAIN_WORDS = (
    ("found character '\\t'", "a tab", "indent with spaces"),
    ("anchor", "an anchor or alias (& or *)", "write the value out, or put it in quotes"),
    ("tag", "a tag (!)", "leave it out, or put the value in quotes"),
    ("another document", "a second document (---)", "put everything in one"),
    ("mapping values are not allowed", "a colon where none can stand", "put text that holds ': ' in quotes"),
    ("could not find expected ':'", "a line that is neither `key: value` nor a list item", "add the colon, or quotes"),
    ("<block end>", "indented differently from the lines it belongs to", "align it with the lines above"),
    ("expected ',' or", "a bracket that is not closed, or a comma missing", "close it, or add the comma"),
    ("unexpected end of stream", "a quote that is not closed", "close it"),
    ("cannot start any token", "a character that must stand in quotes here", "put the text in quotes"),
)


def compose(text: str, report: Report) -> Node | None:
    """The root node of a YAML text; None for an empty one. Raises InputError at the first thing that is not YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _PlainComposer
    yaml.max_depth = MAX_DEPTH
    try:
        node: Node | None = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise report.failed(_mark(error.problem_mark), f"nested more than {MAX_DEPTH} deep", "flatten it") from None
    except MarkedYAMLError as error:
        said = str(error.problem or error.context or error)
        plain = next(((w, t) for sign, w, t in _PLAIN_WORDS if sign in said), None)
        wrong, todo = plain or (f"not valid YAML ({said})", "see yaml.org, or compare with the lines around it")
        # What is not closed is mended where it opens; that it is missed at the end of the file helps nobody.
        mark = error.context_mark if "closed" in wrong else error.problem_mark
        raise report.failed(_mark(mark or error.problem_mark or error.context_mark), wrong, todo) from None
    except ReaderError as error:
        wrong = f"a character that cannot be printed (U+{error.character:04X})"
        raise report.failed(_place_in(text, error.position), wrong, "delete it") from None
    except (YAMLError, ValueError) as error:  # a number in an escape or a directive that is out of range
        raise report.failed(START, f"not valid YAML ({error})", "see yaml.org") from None
    return node


def _mark(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else START


def _place_in(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1)


def place_of(node: Node) -> Place:
    return _mark(node.start_mark)


def items(text: str, key: str, report: Report) -> Sequence[Node]:
    """What the list under the file's one key holds; the list alone is accepted. An empty one is a problem."""
    root = compose(text, report)
    if isinstance(root, MappingNode):
        root = Fields(root, (key,), report).node(key)
    if isinstance(root, SequenceNode) and root.value:
        found: list[Node] = root.value
        return found
    if root is None or (isinstance(root, SequenceNode) or _is_null(root)):
        report.add(place_of(root) if root else START, "an empty list", f"write `{key}:` and one item a line below it")
    else:
        report.add(place_of(root), f"{_kind(root)} where a list should be", f"write `{key}:` and `  - …` below it")
    return ()


class Fields:
    """A mapping of a file, read key by key. What is missing or wrong reads as empty, and wrong ones are reported."""

    def __init__(self, node: MappingNode, known: Collection[str], report: Report) -> None:
        self.report = report
        self.place = place_of(node)
        self._nodes: dict[str, Node] = {}
        for key, value in node.value:
            self._take(key, value, known)

    def _take(self, key: Node, value: Node, known: Collection[str]) -> None:
        name = key.value if isinstance(key, ScalarNode) else _kind(key)
        if name not in known:
            self.report.unknown(place_of(key), "key", name, known)
        elif name in self._nodes:
            first = place_of(self._nodes[name]).line
            self.report.add(place_of(key), f"{name!r} stands here twice (first on line {first})", "keep one of them")
        else:
            if _is_null(value) and not value.value:  # nothing stands there: its place would be that of what comes next
                value.start_mark = key.start_mark
            self._nodes[name] = value

    def node(self, key: str) -> Node | None:
        return self._nodes.get(key)

    def at(self, key: str) -> Place:
        """Where the value of a key stands; where it is missing, the mapping itself."""
        node = self._nodes.get(key)
        return place_of(node) if node is not None else self.place

    def text(self, key: str) -> str:
        node = self._nodes.get(key)
        return "" if node is None else text_of(node, key, self.report)

    def texts(self, key: str) -> tuple[str, ...]:
        node = self._nodes.get(key)
        if node is None:
            return ()
        if not isinstance(node, SequenceNode):
            wrong = f"{key}: {_kind(node)} where a list should be"
            self.report.add(place_of(node), wrong, f"write {key}: [one, another]")
            return ()
        return tuple(t for t in (text_of(n, key, self.report) for n in node.value) if t)

    def fields(self, key: str, known: Collection[str]) -> Fields | None:
        node = self._nodes.get(key)
        if node is None or isinstance(node, MappingNode):
            return None if node is None else Fields(node, known, self.report)
        wrong = f"{key}: {_kind(node)} where `key: value` pairs should be"
        self.report.add(place_of(node), wrong, "give it " + ", ".join(known))
        return None

    def choice(self, key: str, default: E) -> E:
        return self.report.choice(self.at(key), key, self.text(key), default)

    def flag(self, key: str) -> bool:
        return self.report.flag(self.at(key), key, self.text(key))


def text_of(node: Node, what: str, report: Report) -> str:
    """A scalar as it was typed, without the space around it; anything else, or nothing, is reported and empty."""
    if isinstance(node, ScalarNode) and not _is_null(node):
        text: str = node.value.strip()
        if bad := unprintable(text):
            report.add(place_of(node), f"{what}: a character that cannot be printed (U+{ord(bad):04X})", "delete it")
            return ""
        if text:
            return text
    if isinstance(node, ScalarNode):
        report.add(place_of(node), f"{what} is empty", "write a value (the word null in quotes), or leave the key out")
    else:
        report.add(
            place_of(node), f"{what}: {_kind(node)} where text should be", "write one value, in quotes if needed"
        )
    return ""


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and bool(node.tag == "tag:yaml.org,2002:null")


def _kind(node: Node) -> str:
    if isinstance(node, SequenceNode):
        return "a list"
    return "`key: value` pairs" if isinstance(node, MappingNode) else "a single value"


# ---- writing ----------------------------------------------------------------------------------------------------


# ruamel.yaml writes some plain texts that it reads back as something else, `[?x]` among them; quotes are always safe.
_PLAIN = re.compile(r"\w(?:[\w ./()’-]*[\w.)])?")


def to_yaml(key: str, entries: Iterable[str | Mapping[str, Any]]) -> str:
    """A file with one list under one key: mappings in block style, what is inside them on one line."""
    yaml = YAML()
    yaml.width = 1_000_000_000  # never folded: a folded line is a changed line in every diff
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump({key: [_block(entry) for entry in entries]}, out)
    return out.getvalue()


def _block(entry: str | Mapping[str, Any]) -> Any:
    return _inline(entry) if isinstance(entry, str) else {key: _inline(value) for key, value in entry.items()}


def _inline(value: Any) -> Any:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        mapping = CommentedMap({k: _inline(v) for k, v in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq(map(_inline, value))
        sequence.fa.set_flow_style()
        return sequence
    return value
