"""Pure, except `read_text`. What people write in files and settings, addresses too: its problems, with line and column.

A reader (YAML in `yaml`, CSV and JSON in `watchlist`) divides a file into `Part`s: plain values with their places. A
`Form`, a pydantic model, is the schema of a part; `validate` turns everything that does not fit into problems.
"""

from __future__ import annotations

import difflib
import re
import reprlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from monitor.errors import InputError, Problem
from monitor.model import Message
from monitor.urls import is_web_url

MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, counted from 1."""

    line: int = 1
    column: int = 1


NO_PLACE = Place(0, 0)  # for problems of the whole file


class FileReport:
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

    def leave_out(self, is_left_out: Callable[[int], bool]) -> None:
        """Drop the problems on the lines that a predicate selects."""
        self._problems = [problem for problem in self._problems if not is_left_out(problem.line)]

    def error(self) -> InputError:
        """Return the error with all problems, in the order of their places."""
        return InputError(*sorted(self._problems, key=lambda p: (p.line, p.column)))

    def raise_if_any(self) -> None:
        """Raise InputError if there are problems."""
        if self._problems:
            raise self.error()


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """I/O. Return the text of a UTF-8 file, without a byte order mark. Raises InputError if it cannot be read."""
    report = FileReport(str(path))
    try:
        with path.open("rb") as file:
            # One byte more than allowed tells a file that is too large from one that just fits.
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        todo = "check the path, or make it with `monitor init`"
        raise report.failed(NO_PLACE, "there is no such file", todo) from None
    except OSError as error:
        unread = Message("cannot be read ({})", error.strerror)
        raise report.failed(NO_PLACE, unread, Message("check the path and its permissions")) from error
    if len(data) > max_bytes:
        wrong = f"is larger than {max_bytes / 1e6:g} MB"
        raise report.failed(NO_PLACE, wrong, "split it, or leave out what is not needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise report.failed(
            place_in(before, len(before)), Message("not UTF-8 text"), Message("save the file as UTF-8")
        ) from error


def place_in(text: str, index: int) -> Place:
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


def validate(form: type[F], part: Part, report: FileReport) -> F | None:
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


_PAIRS = Message("`key: value` pairs")
_SHAPES = {
    "string_type": Message("text"),
    "tuple_type": Message("a list"),
    "list_type": Message("a list"),
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
            yield FormProblem(path, Message("unknown key {}", repr(path[-1])), todo, of_key=True)
            continue
        if kind == "missing":
            wrong = Message("missing")
        elif value is None or value == "":
            wrong = Message("empty")
        elif kind == "value_error":  # from one of our own validators, in plain words already
            wrong = detail["ctx"]["error"].args[0]
        elif kind in _SHAPES:
            wrong = Message("{} where {} should be", _shape(value), _SHAPES[kind])
        else:
            shown = reprlib.repr(value) if info and info.repr and isinstance(value, str) else ""
            wrong = Message("{} will not do", shown) if shown else Message("this will not do")
        name = ".".join(part for part in path if isinstance(part, str)) or Message("an item")
        todo = (info and info.description) or Message("give it {}", ", ".join(fields))
        yield FormProblem(path, Message("{}: {}", name, wrong), todo)


def _shape(value: Any) -> str:
    if isinstance(value, list):
        return Message("a list")
    return _PAIRS if isinstance(value, dict) else Message("a single value")


def suggest(word: str, choices: Iterable[str]) -> str:
    """Return the advice for a word that is none of `choices`: the closest choice, or else all of them."""
    spellings = {name.casefold(): name for name in choices}
    matches = difflib.get_close_matches(word.casefold(), spellings, n=1)
    if matches:
        return Message("did you mean {}?", repr(spellings[matches[0]]))
    return Message("use one of: {}", ", ".join(spellings.values()))


def text_parser(parse: Callable[[str], object]) -> BeforeValidator:
    """Return the validator that parses text; other values are left to pydantic."""
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def parse_clock(text: str) -> time:
    """Return the time of day that `8:00` names. Raises ValueError for other text."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a time of day")
    return time(int(match[1]), int(match[2]))


def _require_printable(text: Any) -> Any:
    """Return the text. Raises ValueError for control characters and lone surrogates; line ends and tabs are allowed."""
    # `isprintable` is the fast path: it is false for line ends and tabs, too, so the characters are checked then.
    for character in text if isinstance(text, str) and not text.isprintable() else "":
        if character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueError(Message("a character that cannot be printed (U+{})", f"{ord(character):04X}"))
    return text


Text = Annotated[str, BeforeValidator(_require_printable)]


def require_web_url(url: str) -> str:
    """Return the URL. Raises ValueError unless it is a web address without spaces."""
    if not is_web_url(url) or any(c.isspace() for c in url):
        raise ValueError("not a web address that can be asked for")
    return url


def url_validator(description: str, *schemes: str) -> AfterValidator:
    """Return a validator for URLs with one of the schemes, a host and, if given, a valid port."""

    def check_address(url: str) -> str:
        try:
            parts = urlsplit(url)
            # `port` raises ValueError for text and for numbers above 65,535.
            is_valid = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ValueError(f"not the address of {description}")
        return url

    return AfterValidator(check_address)


Proxy = Annotated[
    str,
    url_validator("a proxy", "http", "https", "socks5", "socks5h"),
    Field(repr=False, description="write socks5://host:port or http://host:port"),
]
