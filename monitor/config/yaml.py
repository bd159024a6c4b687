"""Pure, but for `read_text`. Files that people write: their values, checked, and the place of everything wrong in them.

A reader (YAML here, CSV and JSON in `watchlist`) takes a file apart into `Part`s: plain values that remember where they
stood. A `Form`, a pydantic model, says what such a part may hold; `check` turns all that does not fit into problems.

The only module that knows ruamel.yaml. YAML 1.2, read as nodes: every scalar stays the text that was typed (`no`,
`12:30` and `0123` are words here), and every node knows its line and column. Anchors, aliases and tags are refused:
no list of names or feeds needs them, and a few lines of aliases unfold to gigabytes.
"""

from __future__ import annotations

import difflib
import io
import re
import reprlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from monitor.errors import InputError, Problem

MAX_BYTES = 5_000_000
MAX_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, from 1."""

    line: int = 1
    column: int = 1


NOWHERE = Place(0, 0)  # what is wrong with a file itself has no line


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


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """I/O. The text of a UTF-8 file (a byte order mark is dropped). Raises InputError for all that may be wrong."""
    report = Report(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        todo = "check the path, or make it with `monitor init`"
        raise report.failed(NOWHERE, "there is no such file", todo) from None
    except OSError as error:
        wrong = f"cannot be read ({error.strerror})"
        raise report.failed(NOWHERE, wrong, "check the path and its permissions") from error
    if len(data) > max_bytes:
        wrong = f"is larger than {max_bytes / 1e6:g} MB"
        raise report.failed(NOWHERE, wrong, "split it, or leave out what is not needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise report.failed(_place_in(before, len(before)), "not UTF-8 text", "save the file as UTF-8") from error


def _place_in(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


# ---- checking ---------------------------------------------------------------------------------------------------

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A value out of a file, and where it and what is in it stand, by their path in it: ("context", "support", 0).

    Parts of one file may share their places; then `at` is the path of this one.
    """

    value: Any
    places: dict[Loc, Place]
    keys: dict[Loc, Place] = field(default_factory=dict)  # where the keys of mappings stand
    at: Loc = ()

    def place(self, *path: int | str) -> Place:
        """Where a value stands; where it is missing, or its place is not known, what it is (or should be) in."""
        path = self.at + path
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


class Form(BaseModel):
    """What a part of a file may hold. A field's `description` is the advice for whatever is wrong with it.

    What stands in a field with `repr=False` is not repeated in problems: they end up in logs and in the mail of cron.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, arbitrary_types_allowed=True)


F = TypeVar("F", bound=Form)


def check(form: type[F], part: Part, report: Report) -> F | None:
    """The part as that form; or None, with everything that is wrong with it in the report."""
    try:
        return form.model_validate(part.value)
    except ValidationError as error:
        for each in complaints(error, form):
            place = part.keys.get(part.at + each.path) if each.of_key else None
            report.add(place or part.place(*each.path), each.wrong, each.todo)
        return None


class Complaint(NamedTuple):
    """What is wrong at a path in a value; `of_key`: with the key there, not with what stands under it."""

    path: Loc
    wrong: str
    todo: str
    of_key: bool = False


_PAIRS = "`key: value` pairs"
_SHAPES = {
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "model_type": _PAIRS,
    "dict_type": _PAIRS,
}


def complaints(error: ValidationError, form: type[Form]) -> Iterator[Complaint]:
    """What pydantic found, in plain words."""
    fields = {info.alias or name: info for name, info in form.model_fields.items()}
    for each in error.errors(include_url=False):
        path, kind, given = each["loc"], each["type"], each["input"]
        info = fields.get(str(path[0])) if path else None
        if kind == "extra_forbidden":
            inner: Any = info.annotation if info else form
            todo = did_you_mean(str(path[-1]), inner.model_fields)
            yield Complaint(path, f"unknown key {path[-1]!r}", todo, of_key=True)
            continue
        if kind == "missing":
            wrong = "missing"
        elif given is None or given == "":
            wrong = "empty"
        elif kind == "value_error":  # one of our own validators, which says it well
            wrong = str(each["ctx"]["error"])
        elif kind in _SHAPES:
            wrong = f"{_kind(given)} where {_SHAPES[kind]} should be"
        else:
            wrong = f"{reprlib.repr(given) if info and info.repr and isinstance(given, str) else 'this'} will not do"
        name = ".".join(part for part in path if isinstance(part, str)) or "an item"
        yield Complaint(path, f"{name}: {wrong}", (info and info.description) or "give it " + ", ".join(fields))


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else _PAIRS if isinstance(value, dict) else "a single value"


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """What to write for a word that is none of `known`: the one it may have been meant to be, or any of them."""
    spellings = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(given.casefold(), spellings, n=1)
    return f"did you mean {spellings[near[0]]!r}?" if near else "use one of: " + ", ".join(spellings.values())


def _printable(text: Any) -> Any:
    """Refuses control characters and halves of surrogate pairs, which no database takes; lines and tabs are fine."""
    for character in text if isinstance(text, str) and not text.isprintable() else "":
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"a character that cannot be printed (U+{ord(character):04X})")
    return text


Text = Annotated[str, BeforeValidator(_printable)]


# ---- reading YAML -----------------------------------------------------------------------------------------------


def read_list(text: str, key: str, bare: str, report: Report) -> list[Part]:
    """The items of the list under a YAML file's one key; the list alone is accepted.

    An item that is text alone stands for a mapping with that text under `bare`. An empty list is a problem. Raises
    InputError at the first thing that is not YAML.
    """
    whole = Part({}, {(): Place()})
    root = _compose(text, report)
    found = _value(root, (), whole, report) if root else None
    at: Loc = ()
    if isinstance(found, dict):
        for name in found.keys() - {key}:
            report.add(whole.keys[name,], f"unknown key {name!r}", did_you_mean(name, [key]))
        found, at = found.get(key), (key,)
    if not isinstance(found, list) or not found:
        wrong = "this is not a list" if found else "an empty list"
        report.add(whole.place(*at), wrong, f"write `{key}:` and one item a line below it, each after `- `")
        return []
    values = ({bare: value} if isinstance(value, str) else value for value in found)
    return [Part(value, whole.places, whole.keys, (*at, i)) for i, value in enumerate(values)]


def _value(node: Node, path: Loc, whole: Part, report: Report) -> Any:
    """What a node says: text, None, a list or a dict; where it and what is in it stand is noted in `whole`."""
    whole.places[path] = _place(node.start_mark)
    if isinstance(node, SequenceNode):
        return [_value(inner, (*path, i), whole, report) for i, inner in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    found: dict[str, Any] = {}
    for key, inner in node.value:
        name = key.value if isinstance(key, ScalarNode) else "(not text)"
        place = _place(key.start_mark)
        if name in found:
            first = whole.keys[*path, name].line
            report.add(place, f"{name!r} stands here twice (first on line {first})", "keep one of them")
            continue
        found[name] = _value(inner, (*path, name), whole, report)
        whole.keys[*path, name] = place
        if inner.start_mark.index == inner.end_mark.index:  # nothing stands there: its place is that of what comes next
            whole.places[*path, name] = place
    return found


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place()


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


def _compose(text: str, report: Report) -> Node | None:
    """The root node of a YAML text; None for an empty one. Raises InputError at the first thing that is not YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _PlainComposer
    yaml.max_depth = MAX_DEPTH
    try:
        node: Node | None = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise report.failed(_place(error.problem_mark), f"nested more than {MAX_DEPTH} deep", "flatten it") from None
    except MarkedYAMLError as error:
        said = str(error.problem or error.context or error)
        plain = next(((w, t) for sign, w, t in _PLAIN_WORDS if sign in said), None)
        wrong, todo = plain or (f"not valid YAML ({said})", "see yaml.org, or compare with the lines around it")
        # What is not closed is mended where it opens; that it is missed at the end of the file helps nobody.
        mark = error.context_mark if "closed" in wrong else error.problem_mark
        raise report.failed(_place(mark or error.problem_mark or error.context_mark), wrong, todo) from None
    except ReaderError as error:
        wrong = f"a character that cannot be printed (U+{error.character:04X})"
        raise report.failed(_place_in(text, error.position), wrong, "delete it") from None
    except (YAMLError, ValueError) as error:  # a number in an escape or a directive that is out of range
        raise report.failed(Place(), f"not valid YAML ({error})", "see yaml.org") from None
    return node


# ---- writing YAML -----------------------------------------------------------------------------------------------


# ruamel.yaml writes some plain texts that it reads back as something else, `[?x]` among them; quotes are always safe.
_PLAIN = re.compile(r"\w(?:[\w ./()’-]*[\w.)])?")


def write_list(key: str, items: Iterable[str | Mapping[str, Any]]) -> str:
    """A file with one list under one key: mappings in block style, the lists in them on one line."""
    yaml = YAML()
    yaml.width = 1_000_000_000  # never folded: a folded line is a changed line in every diff
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump({key: [_styled(item) for item in items]}, out)
    return out.getvalue()


def _styled(value: Any) -> Any:
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        return {key: _styled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        sequence = CommentedSeq(map(_styled, value))
        sequence.fa.set_flow_style()
        return sequence
    return value


def append_to_list(text: str, key: str, items: Iterable[Mapping[str, Any]], file: str) -> str:
    """The text of a file with one list under one key (or the list alone), with more items at its end.

    Not one byte of what stands there changes. Raises InputError where the list is not written one item a line.
    """
    report = Report(file)
    root = _compose(text, report)
    if isinstance(root, MappingNode):
        root = next((value for name, value in root.value if name.value == key), None)
    if not isinstance(root, SequenceNode) or root.flow_style or not root.value:
        raise report.failed(_place(root and root.start_mark), "no list of one item a line", f"write `{key}:` that way")
    indent = " " * root.start_mark.column
    written = write_list(key, items).split("\n", 1)[1]
    lines = "".join(f"{indent}{line[2:]}\n" for line in written.splitlines())
    newline = "\r\n" if "\r\n" in text else "\n"
    return text + ("" if text.endswith("\n") else newline) + lines.replace("\n", newline)
