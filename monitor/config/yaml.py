"""Pure, except `read_text`. Files that people write: reading, validation, and problems with line and column.

A reader (YAML here, CSV and JSON in `watchlist`) divides a file into `Part`s: plain values with their places. A `Form`,
a pydantic model, is the schema of a part; `validate` turns everything that does not fit into problems.

The only module that knows ruamel.yaml. YAML 1.2 is read as nodes: every scalar stays the text that was typed (`no`,
`12:30` and `0123` are text), and every node knows its line and column. Anchors, aliases and tags are refused, because
no list of names or feeds needs them, and a few lines of aliases can expand to gigabytes ("billion laughs").
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
    """A line and a column, counted from 1."""

    line: int = 1
    column: int = 1


NO_PLACE = Place(0, 0)  # for problems of the whole file


class Report:
    """The problems found in one file so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []

    def add(self, place: Place, wrong: str, todo: str) -> None:
        """Add a problem: what is wrong, and what to do."""
        self._problems.append(Problem(self.file, place.line, place.column, wrong, todo))

    def failed(self, place: Place, wrong: str, todo: str) -> InputError:
        """Add a problem that ends the reading, and return the error to raise."""
        self.add(place, wrong, todo)
        return self.error()

    def error(self) -> InputError:
        """Return the error with all problems, in the order of their places."""
        return InputError(*sorted(self._problems, key=lambda p: (p.line, p.column)))

    def raise_if_any(self) -> None:
        """Raise InputError if there are problems."""
        if self._problems:
            raise self.error()


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """I/O. Return the text of a UTF-8 file, without a byte order mark. Raises InputError if it cannot be read."""
    report = Report(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        todo = "check the path, or make it with `monitor init`"
        raise report.failed(NO_PLACE, "there is no such file", todo) from None
    except OSError as error:
        wrong = f"cannot be read ({error.strerror})"
        raise report.failed(NO_PLACE, wrong, "check the path and its permissions") from error
    if len(data) > max_bytes:
        wrong = f"is larger than {max_bytes / 1e6:g} MB"
        raise report.failed(NO_PLACE, wrong, "split it, or leave out what is not needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise report.failed(_place_in(before, len(before)), "not UTF-8 text", "save the file as UTF-8") from error


def _place_in(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


# ---- validation -------------------------------------------------------------------------------------------------

Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A value of a file, with the places of the value and of the values inside it.

    `places` are keyed by path: ("context", "support", 0). Parts of one file may share them; `at` is this part's path.
    """

    value: Any
    places: dict[Loc, Place]
    keys: dict[Loc, Place] = field(default_factory=dict)  # places of the keys of mappings
    at: Loc = ()

    def place(self, *path: int | str) -> Place:
        """Return the place of a value; if it is missing or has none, the place of the value that should contain it."""
        path = self.at + path
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


class Form(BaseModel):
    """The base of schemas of file parts. A field's `description` is the advice for every problem with it.

    The value of a field with `repr=False` is not repeated in problems, because they go to logs and the mail of cron.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, arbitrary_types_allowed=True)


F = TypeVar("F", bound=Form)


def validate(form: type[F], part: Part, report: Report) -> F | None:
    """Return the part as the form, or None with all its problems added to the report."""
    try:
        return form.model_validate(part.value)
    except ValidationError as error:
        for problem in describe_errors(error, form):
            place = part.keys.get(part.at + problem.path) if problem.of_key else None
            report.add(place or part.place(*problem.path), problem.wrong, problem.todo)
        return None


class FormProblem(NamedTuple):
    """A problem at a path in a part; with `of_key` it is about the key, not about the value under it."""

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


def describe_errors(error: ValidationError, form: type[Form]) -> Iterator[FormProblem]:
    """Yield pydantic's errors in plain words."""
    fields = {info.alias or name: info for name, info in form.model_fields.items()}
    for detail in error.errors(include_url=False):
        path, kind, value = detail["loc"], detail["type"], detail["input"]
        info = fields.get(str(path[0])) if path else None
        if kind == "extra_forbidden":
            inner: Any = info.annotation if info else form
            todo = suggest(str(path[-1]), inner.model_fields)
            yield FormProblem(path, f"unknown key {path[-1]!r}", todo, of_key=True)
            continue
        if kind == "missing":
            wrong = "missing"
        elif value is None or value == "":
            wrong = "empty"
        elif kind == "value_error":  # from one of our own validators, in plain words already
            wrong = str(detail["ctx"]["error"])
        elif kind in _SHAPES:
            wrong = f"{_shape(value)} where {_SHAPES[kind]} should be"
        else:
            wrong = f"{reprlib.repr(value) if info and info.repr and isinstance(value, str) else 'this'} will not do"
        name = ".".join(part for part in path if isinstance(part, str)) or "an item"
        yield FormProblem(path, f"{name}: {wrong}", (info and info.description) or "give it " + ", ".join(fields))


def _shape(value: Any) -> str:
    return "a list" if isinstance(value, list) else _PAIRS if isinstance(value, dict) else "a single value"


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return the advice for a word that is none of `choices`: the closest choice, or else all of them."""
    spellings = {name.casefold(): name for name in choices}
    matches = difflib.get_close_matches(word.casefold(), spellings, n=1)
    return f"did you mean {spellings[matches[0]]!r}?" if matches else "use one of: " + ", ".join(spellings.values())


def _require_printable(text: Any) -> Any:
    """Return the text. Raises ValueError for control characters and lone surrogates; line ends and tabs are allowed."""
    # `isprintable` is the fast path: it is false for line ends and tabs, too, so the characters are checked then.
    for character in text if isinstance(text, str) and not text.isprintable() else "":
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(f"a character that cannot be printed (U+{ord(character):04X})")
    return text


Text = Annotated[str, BeforeValidator(_require_printable)]


# ---- reading YAML -----------------------------------------------------------------------------------------------


def read_list(text: str, key: str, text_key: str, report: Report) -> list[Part]:
    """Return the items of the list under a YAML file's only key, or of a file that is only a list.

    A text item stands for a mapping with that text under `text_key`. An empty list is a problem. Raises InputError at
    the first YAML error.
    """
    whole = Part({}, {(): Place()})
    root = compose(text, report)
    items = _read_node(root, (), whole, report) if root else None
    at: Loc = ()
    if isinstance(items, dict):
        for name in items.keys() - {key}:
            report.add(whole.keys[name,], f"unknown key {name!r}", suggest(name, [key]))
        items, at = items.get(key), (key,)
    if not isinstance(items, list) or not items:
        wrong = "this is not a list" if items else "an empty list"
        report.add(whole.place(*at), wrong, f"write `{key}:` and one item a line below it, each after `- `")
        return []
    values = ({text_key: value} if isinstance(value, str) else value for value in items)
    return [Part(value, whole.places, whole.keys, (*at, i)) for i, value in enumerate(values)]


def _read_node(node: Node, path: Loc, whole: Part, report: Report) -> Any:
    """Return a node's value (text, None, a list or a dict), and note its places in `whole`."""
    whole.places[path] = place_of(node.start_mark)
    if isinstance(node, SequenceNode):
        return [_read_node(inner, (*path, i), whole, report) for i, inner in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    mapping: dict[str, Any] = {}
    for key, inner in node.value:
        name = key.value if isinstance(key, ScalarNode) else "(not text)"
        place = place_of(key.start_mark)
        if name in mapping:
            first = whole.keys[*path, name].line
            report.add(place, f"{name!r} stands here twice (first on line {first})", "keep one of them")
            continue
        mapping[name] = _read_node(inner, (*path, name), whole, report)
        whole.keys[*path, name] = place
        if inner.start_mark.index == inner.end_mark.index:  # an empty value: ruamel gives the place of the next node
            whole.places[*path, name] = place
    return mapping


def place_of(mark: Any) -> Place:
    """Return the place of a mark of ruamel's."""
    return Place(mark.line + 1, mark.column + 1) if mark else Place()


class _PlainComposer(Composer):
    """A composer that refuses anchors, aliases and tags."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise ComposerError(None, None, "anchor", event.start_mark)
        if event.ctag is not None:
            raise ComposerError(None, None, "tag", event.start_mark)
        return super().compose_node(parent, index)


# Words in messages of ruamel.yaml, and the plain explanation and advice. The first match wins.
_EXPLANATIONS = (
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
    """Return the root node of a YAML text, or None for an empty text. Raises InputError at the first YAML error."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _PlainComposer
    yaml.max_depth = MAX_DEPTH
    try:
        node: Node | None = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise report.failed(place_of(error.problem_mark), f"nested more than {MAX_DEPTH} deep", "flatten it") from None
    except MarkedYAMLError as error:
        message = str(error.problem or error.context or error)
        explanation = next(((w, t) for sign, w, t in _EXPLANATIONS if sign in message), None)
        wrong, todo = explanation or (
            f"not valid YAML ({message})",
            "see yaml.org, or compare with the lines around it",
        )
        # A bracket or quote that is not closed is reported where it opens; ruamel reports it at the end of the file.
        mark = error.context_mark if "closed" in wrong else error.problem_mark
        raise report.failed(place_of(mark or error.problem_mark or error.context_mark), wrong, todo) from None
    except ReaderError as error:
        wrong = f"a character that cannot be printed (U+{error.character:04X})"
        raise report.failed(_place_in(text, error.position), wrong, "delete it") from None
    except (YAMLError, ValueError) as error:  # a number in an escape or a directive that is out of range
        raise report.failed(Place(), f"not valid YAML ({error})", "see yaml.org") from None
    return node


# ---- writing YAML -----------------------------------------------------------------------------------------------


# ruamel.yaml writes some texts without quotes and reads them back as other values (`[?x]`); quotes are always safe.
_PLAIN = re.compile(r"\w(?:[\w ./()’-]*[\w.)])?")


def write_list(key: str, items: Iterable[str | Mapping[str, Any]]) -> str:
    """Return a YAML file with one list under one key: mappings in block style, their lists on one line."""
    yaml = YAML()
    yaml.width = 1_000_000_000  # never folded: a folded line is a changed line in every diff
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump({key: [style(item) for item in items]}, out)
    return out.getvalue()


def style(value: Any) -> Any:
    """Return a value for ruamel.yaml to write: text in quotes unless it is safe without, lists on one line."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        return {key: style(inner) for key, inner in value.items()}
    if isinstance(value, list):
        sequence = CommentedSeq(map(style, value))
        sequence.fa.set_flow_style()
        return sequence
    return value
