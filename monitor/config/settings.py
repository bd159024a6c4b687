"""I/O: the environment and monitor.env -> settings. What is wrong says where it stands; secrets are never repeated."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from dotenv.parser import Binding, parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from monitor import __version__
from monitor.config.feeds import Proxy, address_of, as_web
from monitor.config.yaml import NOWHERE, Form, Place, Report, complaints, did_you_mean, read_text
from monitor.errors import InputError, Problem

PREFIX = "MONITOR_"
ENV_FILE = "monitor.env"
FEEDS_FILE = "feeds.yaml"
WATCHLIST_FILE = "watchlist.yaml"
SQLITE = "sqlite:///"


class Source(StrEnum):
    """Where a setting is from."""

    COMMAND = "command line"
    ENVIRONMENT = "environment"
    FILE = ENV_FILE
    DEFAULT = "default"


class RecheckChoice(StrEnum):
    """Which articles are looked at again, for changes. MATCHED tells their outlets what interests us."""

    ALL = "all"
    MATCHED = "matched"
    NONE = "none"


# ---- from text to value -------------------------------------------------------------------------------------------


def _zone(given: Any) -> Any:
    try:
        return ZoneInfo(given) if isinstance(given, str) else given
    except (ValueError, OSError, LookupError):
        raise ValueError(f"{given!r} is no time zone") from None


def _clock(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", given)
    if not match:
        raise ValueError(f"{given!r} is not a time of day")
    return time(int(match[1]), int(match[2]))


def _listed(given: Any) -> Any:
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _host(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})", value.lower())
    if not match or not 0 < int(match[2]) < 65_536:
        raise ValueError(f"{value!r} is not host:port")
    return f"{match[1]}:{int(match[2])}"


# Without spaces, control characters and what separates addresses: it goes into a header.
MailAddress = Annotated[str, Field(pattern=r"^[^@\s\pC<>,;:]+@[^@\s\pC<>,;:]+$")]


class Settings(Form):
    """What the operator decided. Built by `load_settings`; built by hand it is its arguments and the defaults alone.

    A field's `description` says what to write. Those with `repr=False` may hold a secret and are never shown whole.
    `host_gap` is in seconds. Paths and the path in a SQLite address are absolute.
    """

    home: Path
    database_url: str = Field(
        f"{SQLITE}monitor.db",
        pattern=rf"^({SQLITE}|postgresql\+psycopg://)",
        repr=False,
        description="write sqlite:///FILE or postgresql+psycopg://…",
    )
    feeds: Path = Field(Path(FEEDS_FILE), description="write the path of a file")
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(
        ZoneInfo("UTC"), description="write one such as Asia/Bishkek"
    )
    allow_hosts: Annotated[frozenset[Annotated[str, AfterValidator(_host)]], BeforeValidator(_listed)] = Field(
        frozenset(), description="write it as 127.0.0.1:8000, with commas between several"
    )
    # AKIpress and Tazabek answer with a web page unless this looks like a feed reader. It names no organisation.
    user_agent: str = Field(
        f"newsroom-monitor/{__version__} (RSS feed reader)",
        pattern="^[ -~]+$",
        description="write one line of plain ASCII: HTTP carries nothing else here (RFC 9110, 5.5)",
    )
    proxy: Proxy = ""
    host_gap: float = Field(
        1.0, ge=0, le=3600, allow_inf_nan=False, description="write seconds from 0 to 3600, such as 1 or 0.5"
    )
    robots: bool = Field(True, description="write on, or off to read article pages whatever robots.txt says")
    smtp_url: Annotated[str, address_of("a mail server", "smtp", "smtps")] = Field(
        "", repr=False, description="write smtps://user:password@host:465 or smtp://host:587"
    )
    digest_to: Annotated[tuple[MailAddress, ...], BeforeValidator(_listed)] = Field(
        (), description="write mail addresses such as name@example.org, with commas between several"
    )
    digest_sensitive_to: Annotated[tuple[MailAddress, ...], BeforeValidator(_listed)] = Field(
        (), description="write mail addresses such as name@example.org, with commas between several"
    )
    digest_at: Annotated[time, BeforeValidator(_clock)] = Field(time(8), description="write it as 08:00")
    language: Literal["en", "ru", "ky"] = Field("en", description="use one of: en, ru, ky")
    base_url: Annotated[str, AfterValidator(as_web)] = Field("", description="write it as https://…")
    revisit: RecheckChoice = Field(RecheckChoice.ALL, description="use one of: " + ", ".join(RecheckChoice))
    revisits_a_day: int = Field(5_000, ge=0, le=30_000, description="write a number from 0 to 30000")
    ping_url: Annotated[str, AfterValidator(as_web)] = Field("", repr=False, description="write it as https://…")
    sources: Mapping[str, Source] = Field({}, repr=False)

    def model_post_init(self, _: Any) -> None:
        """Paths become absolute, from the home; paths are put behind the desk's address."""
        object.__setattr__(self, "feeds", self.home / self.feeds)
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        path = self.database_url.removeprefix(SQLITE)
        if path != self.database_url and path and not path.startswith(":memory:"):
            object.__setattr__(self, "database_url", f"{SQLITE}{self.home / path}")

    @property
    def watchlist(self) -> Path:
        return self.home / WATCHLIST_FILE

    @property
    def database_file(self) -> Path | None:
        """The database, where it is a file."""
        path = self.database_url.removeprefix(SQLITE).partition("?")[0]
        return Path(path) if path.startswith("/") and self.database_url.startswith(SQLITE) else None

    def require_home(self) -> None:
        """Raises InputError unless this is a home: no database is made where nobody keeps a list of feeds.

        A folder that was named may keep its list elsewhere (MONITOR_FEEDS, --feeds); the current one must hold it.
        """
        named = self.sources.get("home", Source.COMMAND) is not Source.DEFAULT
        feeds = self.feeds if named else self.home / FEEDS_FILE
        if named and not self.home.is_dir():
            wrong, todo = f"{self.home}: there is no such folder", "make it with `monitor init`, or name another"
        elif not feeds.is_file():
            wrong = f"{feeds}: there is no such file, so this is no home of the monitor"
            todo = "name one with --home or MONITOR_HOME, or make one with `monitor init`"
        else:
            return
        raise InputError(f"{wrong}; {todo}")

    def described(self) -> tuple[tuple[str, str, str], ...]:
        """Each setting as (name, value, where it is from), without passwords and other secrets."""
        names = ("home", *SETTINGS)
        return tuple((_variable(n), _shown(n, getattr(self, n)), self.sources.get(n, Source.DEFAULT)) for n in names)


SETTINGS = tuple(name for name in Settings.model_fields if name not in {"home", "sources"})


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _shown(name: str, value: object) -> str:
    match value:
        case str() if value and not value.startswith(SQLITE) and not Settings.model_fields[name].repr:
            scheme, _, rest = value.partition("://")
            # A bare / ? or # may stand in a password: the host is behind the last @ before what options there are.
            host = re.split("[/?#]", re.split("[?]from=|[?]tls=", rest)[0].rpartition("@")[2])[0]
            return value if host and host == rest else f"{scheme}://{host}/***"
        case frozenset() | tuple():
            return ", ".join(sorted(value))
        case time():
            return f"{value:%H:%M}"
        case bool():
            return "on" if value else "off"
        case _:
            return str(value)


# ---- reading them -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Given:
    """A setting as somebody wrote it, and where; only what stands in a file has a place."""

    value: Any
    source: Source
    place: Place = NOWHERE


def load_settings(home: Path | None, environ: Mapping[str, str], cwd: Path, *, feeds: Path | None = None) -> Settings:
    """The environment first, then monitor.env in the home. Raises InputError for what is wrong in either.

    `home` and `feeds` are what the command line says, if it does. Whether there is a home at all is only asked by
    `Settings.require_home`: some commands need none.
    """
    at_home = _home(home, environ, cwd)
    file = at_home.value / ENV_FILE
    is_home = at_home.source is not Source.DEFAULT or (at_home.value / FEEDS_FILE).is_file()
    given = _env_file(file) if is_home and file.exists() else {}
    for name in SETTINGS:  # an empty one gives nothing, so that a template may list it
        if text := environ.get(_variable(name), "").strip():
            given[name] = _Given(text, Source.ENVIRONMENT)
    given["home"] = at_home
    if feeds is not None:
        given["feeds"] = _Given(cwd / feeds, Source.COMMAND)
    values = {name: each.value for name, each in given.items()}
    try:
        return Settings(**values, sources={name: each.source for name, each in given.items()})
    except ValidationError as error:
        raise InputError(*_problems(error, given, file)) from None


def _home(home: Path | None, environ: Mapping[str, str], cwd: Path) -> _Given:
    in_environ = environ.get(_variable("home"), "")
    if home is not None:  # the command line fills it from the environment, too
        return _Given(cwd / home, Source.ENVIRONMENT if str(home) == in_environ else Source.COMMAND)
    return _Given(cwd / in_environ, Source.ENVIRONMENT) if in_environ else _Given(cwd, Source.DEFAULT)


def _env_file(path: Path) -> dict[str, _Given]:
    """The settings of monitor.env that are filled in."""
    report = Report(str(path))
    known = {_variable(name): name for name in SETTINGS}
    found: dict[str, _Given] = {}
    for binding in parse_stream(io.StringIO(read_text(path))):
        place, text = _place(binding), (binding.value or "").strip()
        if binding.error or (binding.key and binding.value is None):
            report.add(place, "not a setting", "write NAME=value, or # before a comment")
        elif binding.key and binding.key not in known:
            report.add(place, f"unknown setting {binding.key!r}", did_you_mean(binding.key, known))
        elif binding.key and known[binding.key] in found:
            first = found[known[binding.key]].place.line
            report.add(place, f"{binding.key} is set twice (first on line {first})", "keep one of them")
        elif binding.key and text:
            found[known[binding.key]] = _Given(text, Source.FILE, place)
    report.raise_any()
    return found


def _place(binding: Binding) -> Place:
    text = binding.original.string
    before = text[: len(text) - len(text.lstrip())]  # dotenv counts empty lines before a setting to it
    return Place(binding.original.line + before.count("\n"), len(before) - before.rfind("\n"))


def _problems(error: ValidationError, given: Mapping[str, _Given], file: Path) -> Iterator[Problem]:
    for each in complaints(error, Settings):
        name = str(each.path[0])
        at = given[name]
        source = str(file) if at.source is Source.FILE else at.source.value
        wrong = _variable(name) + each.wrong.removeprefix(name)
        yield Problem(source, at.place.line, at.place.column, wrong, each.todo)
