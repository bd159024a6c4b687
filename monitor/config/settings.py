"""I/O: the environment and monitor.env -> settings. What is wrong says where it stands; secrets are never repeated."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv.parser import Binding, parse_stream
from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as Given

from monitor import __version__
from monitor.config import readers
from monitor.config.limits import Limits
from monitor.config.readers import SQLITE, Revisit
from monitor.errors import InputError, Problem
from monitor.yamlfile import Place, Report, read_text

PREFIX = "MONITOR_"
ENV_FILE = "monitor.env"
FEEDS_FILE = "feeds.yaml"
WATCHLIST_FILE = "watchlist.yaml"


class Source(StrEnum):
    """Where a setting is from."""

    COMMAND = "command line"
    ENVIRONMENT = "environment"
    FILE = ENV_FILE
    DEFAULT = "default"


class Settings(BaseSettings):
    """What the operator decided. Built by `load_settings`; built by hand it is its arguments and the defaults alone.

    `host_gap` is in seconds. Paths and the path in a SQLite address are absolute.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    home: Path
    database_url: Annotated[str, readers.read_by(readers.database), Field(repr=False)] = f"{SQLITE}monitor.db"
    feeds: Path = Path(FEEDS_FILE)
    timezone: Annotated[ZoneInfo, readers.read_by(readers.zone)] = ZoneInfo("UTC")
    allow_hosts: Annotated[frozenset[str], readers.read_by(readers.hosts)] = frozenset()
    # AKIpress and Tazabek answer with a web page unless this looks like a feed reader. It names no organisation.
    user_agent: Annotated[str, readers.read_by(readers.agent)] = f"newsroom-monitor/{__version__} (RSS feed reader)"
    proxy: Annotated[str, readers.read_by(readers.proxy), Field(repr=False)] = ""
    host_gap: Annotated[float, readers.read_by(readers.gap)] = 1.0
    smtp_url: Annotated[str, readers.read_by(readers.smtp), Field(repr=False)] = ""
    digest_to: Annotated[tuple[str, ...], readers.read_by(readers.recipients)] = ()
    digest_at: Annotated[time, readers.read_by(readers.clock)] = time(8)
    base_url: Annotated[str, readers.read_by(readers.base)] = ""
    revisit: Annotated[Revisit, readers.read_by(readers.revisit)] = Revisit.ALL
    ping_url: Annotated[str, readers.read_by(readers.web), Field(repr=False)] = ""
    limits: Limits = Limits()
    sources: Mapping[str, Source] = Field(default_factory=dict, repr=False)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: Given, *_: Given, **__: Given
    ) -> tuple[Given, ...]:
        return (init_settings,)  # the world is read in load_settings alone

    def model_post_init(self, _: Any) -> None:
        """Paths become absolute, from the home."""
        object.__setattr__(self, "feeds", self.home / self.feeds)
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


SETTINGS = tuple(name for name in Settings.model_fields if name not in {"home", "limits", "sources"})
_SECRET = frozenset({"database_url", "proxy", "smtp_url"})


def _shown(name: str, value: object) -> str:
    match value:
        case str() if name in _SECRET:
            return re.sub(r"\?.*", "?***", re.sub(r"(?<=://).*@", "***@", value))
        case str() if name == "ping_url" and value:  # the path is the secret
            return "://".join(urlsplit(value)[:2]) + "/***"
        case frozenset() | tuple():
            return ", ".join(sorted(value))
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value)


# ---- reading them -------------------------------------------------------------------------------------------------


class _Variables(Given):
    """The settings that a mapping gives; an empty one gives nothing, so that a template may list it."""

    def __init__(self, settings_cls: type[BaseSettings], values: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self.values = {name: text for name in SETTINGS if (text := values.get(_variable(name), "").strip())}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self.values)


def load_settings(home: Path | None, environ: Mapping[str, str], cwd: Path, *, feeds: Path | None = None) -> Settings:
    """The environment first, then monitor.env in the home. Raises InputError for what is wrong in either.

    `home` and `feeds` are what the command line says, if it does. Whether there is a home at all is only asked by
    `Settings.require_home`: some commands need none.
    """
    folder, source = _home(home, environ, cwd)
    is_home = source is not Source.DEFAULT or (folder / FEEDS_FILE).is_file()
    in_file = _env_file(folder / ENV_FILE) if is_home else {}

    class Read(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: Given, *_: Given, **__: Given
        ) -> tuple[Given, ...]:
            from_file = {_variable(name): text for name, (text, _) in in_file.items()}
            return init_settings, _Variables(settings_cls, environ), _Variables(settings_cls, from_file)

    sources = {"home": source} | {
        name: Source.ENVIRONMENT if environ.get(_variable(name), "").strip() else Source.FILE
        for name in SETTINGS
        if environ.get(_variable(name), "").strip() or name in in_file
    }
    given: dict[str, Any] = {"home": folder}
    if feeds is not None:
        given["feeds"], sources["feeds"] = cwd / feeds, Source.COMMAND
    try:
        read = Read(**given, sources=sources)
    except ValidationError as error:
        raise InputError(*_problems(error, folder / ENV_FILE, in_file, sources)) from None
    return Settings.model_construct(**dict(read))


def unknown_settings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """MONITOR_* of the environment that nothing reads: perhaps misspelt, perhaps another program's."""
    known = {_variable(name) for name in ("home", *SETTINGS)}
    return tuple(sorted(name for name in environ if name.startswith(PREFIX) and name not in known))


def _home(home: Path | None, environ: Mapping[str, str], cwd: Path) -> tuple[Path, Source]:
    in_environ = environ.get(_variable("home"), "")
    if home is not None:  # the command line fills it from the environment, too
        return cwd / home, Source.ENVIRONMENT if str(home) == in_environ else Source.COMMAND
    return (cwd / in_environ, Source.ENVIRONMENT) if in_environ else (cwd, Source.DEFAULT)


def _env_file(path: Path) -> dict[str, tuple[str, Place]]:
    """The settings of monitor.env that are filled in, and where they stand."""
    if not path.exists():
        return {}
    report = Report(str(path))
    known = {_variable(name): name for name in SETTINGS}
    found: dict[str, tuple[str, Place]] = {}
    for binding in parse_stream(io.StringIO(read_text(path))):
        place = _place(binding)
        if binding.error or (binding.key and binding.value is None):
            report.add(place, "not a setting", "write NAME=value, or # before a comment")
        elif binding.key == _variable("home"):
            report.add(place, "MONITOR_HOME cannot be set in the home itself", "use the environment, or --home")
        elif binding.key and binding.key not in known:
            report.unknown(place, "setting", binding.key, known)
        elif binding.key and known[binding.key] in found:
            first = found[known[binding.key]][1].line
            report.add(place, f"{binding.key} is set twice (first on line {first})", "keep one of them")
        elif binding.key and (binding.value or "").strip():
            found[known[binding.key]] = (binding.value or "").strip(), place
    report.raise_any()
    return found


def _place(binding: Binding) -> Place:
    text = binding.original.string
    before = text[: len(text) - len(text.lstrip())]  # dotenv counts empty lines before a setting to it
    return Place(binding.original.line + before.count("\n"), len(before) - (before.rfind("\n") + 1) + 1)


def _problems(
    error: ValidationError, file: Path, in_file: Mapping[str, tuple[str, Place]], sources: Mapping[str, Source]
) -> Iterator[Problem]:
    for each in error.errors(include_input=False, include_url=False):
        name = str(each["loc"][0])
        unfit = each.get("ctx", {}).get("error")
        wrong, todo = (unfit.wrong, unfit.todo) if isinstance(unfit, readers.Unfit) else (each["msg"], "correct it")
        wrong = f"{_variable(name)}: {wrong}"
        if sources.get(name) is Source.FILE:
            place = in_file[name][1]
            yield Problem(str(file), place.line, place.column, wrong, todo)
        else:
            yield Problem(str(sources.get(name, Source.DEFAULT)), 0, 0, wrong, todo)


def _variable(name: str) -> str:
    return PREFIX + name.upper()
