"""I/O: settings from the environment and monitor.env. Problems have line and column; they never repeat secrets."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from dotenv.parser import Binding, parse_stream
from pydantic import AfterValidator, Field, SecretStr, ValidationError

from monitor import __version__
from monitor.config.channels import CHANNELS
from monitor.config.forms import (
    NO_PLACE,
    FileReport,
    Form,
    Place,
    Proxy,
    describe_errors,
    parse_clock,
    read_text,
    require_web_url,
    suggest,
    text_parser,
    url_validator,
)
from monitor.errors import InputError, Problem
from monitor.model import DayBounds

PREFIX = "MONITOR_"
ENV_FILE = "monitor.env"
FEEDS_FILE = "feeds.yaml"
WATCHLIST_FILE = "watchlist.yaml"
RECIPIENTS_FILE = "recipients.yaml"
SQLITE = "sqlite:///"


class Source(StrEnum):
    """The origin of a setting."""

    COMMAND = "command line"
    ENVIRONMENT = "environment"
    FILE = ENV_FILE
    DEFAULT = "default"


class RecheckChoice(StrEnum):
    """The articles that are rechecked for changes. MATCHED reveals to the outlets what interests us."""

    ALL = "all"
    MATCHED = "matched"
    NONE = "none"


# ---- from text to value -------------------------------------------------------------------------------------------


def closed_file_beside(file: Path) -> Path:
    """Return the file of the closed watch beside a database or a backup, also one that a restore set aside.

    >>> [closed_file_beside(Path(name)).name for name in ("usb.db", "2026.11.29", "monitor.db.before-20261129-080000")]
    ['usb.closed.db', '2026.11.29.closed.db', 'monitor.closed.db.before-20261129-080000']
    """
    return file.with_name(re.sub(r"(?:\.db)?(\.before-[\d-]+)?$", r".closed.db\1", file.name, count=1))


def _parse_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"{name!r} is no time zone") from None


_SPLIT = text_parser(lambda text: [part.strip() for part in text.split(",") if part.strip()])


def _parse_host(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})", value.lower())
    if not match or not 0 < int(match[2]) < 65_536:
        raise ValueError(f"{value!r} is not host:port")
    return f"{match[1]}:{int(match[2])}"


# No spaces, control characters and separators of addresses, because the address goes into a mail header.
MailAddress = Annotated[str, Field(pattern=r"^[^@\s\pC<>,;:]+@[^@\s\pC<>,;:]+$")]


class Settings(Form):
    """The settings of an installation. `load_settings` reads them; the constructor reads no environment and no file.

    A field's `description` is the advice in error messages. Fields with `repr=False` may hold a secret and are never
    shown whole. `host_gap` is in seconds. Paths, and the path in a SQLite address, are absolute.
    """

    home: Path
    database_url: str = Field(
        f"{SQLITE}monitor.db",
        pattern=rf"^({SQLITE}|postgresql\+psycopg://)",
        repr=False,
        description="write sqlite:///FILE or postgresql+psycopg://…",
    )
    feeds: Path = Field(Path(FEEDS_FILE), description="write the path of a file")
    timezone: Annotated[ZoneInfo, text_parser(_parse_zone)] = Field(
        ZoneInfo("UTC"), description="write one such as Asia/Bishkek"
    )
    allow_hosts: Annotated[frozenset[Annotated[str, AfterValidator(_parse_host)]], _SPLIT] = Field(
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
    smtp_url: Annotated[str, url_validator("a mail server", "smtp", "smtps")] = Field(
        "", repr=False, description="write smtps://user:password@host:465 or smtp://host:587"
    )
    digest_to: Annotated[tuple[MailAddress, ...], _SPLIT] = Field(
        (), description="write mail addresses such as name@example.org, with commas between several"
    )
    digest_sensitive_to: Annotated[tuple[MailAddress, ...], _SPLIT] = Field(
        (), description="write mail addresses such as name@example.org, with commas between several"
    )
    digest_at: Annotated[time, text_parser(parse_clock)] = Field(time(8), description="write it as 08:00")
    newsroom: str = Field("", max_length=80, description="write a name of at most 80 letters")
    language: Literal["en", "ru", "ky"] = Field("en", description="use one of: en, ru, ky")
    base_url: Annotated[str, AfterValidator(require_web_url)] = Field("", description="write it as https://…")
    urgent: Literal["marked", "people"] = Field("marked", description="use one of: marked, people")
    # By the names that the channels declare; without a field for each, a new channel touches no other file.
    channel_secrets: Mapping[str, SecretStr] = Field({}, repr=False)
    revisit: RecheckChoice = Field(RecheckChoice.ALL, description="use one of: " + ", ".join(RecheckChoice))
    revisits_a_day: int = Field(5_000, ge=0, le=30_000, description="write a number from 0 to 30000")
    feed_megabytes_a_day: int = Field(64, ge=1, le=100_000, description="write megabytes from 1 to 100000")
    feed_articles_a_day: int = Field(300, ge=1, le=100_000, description="write a number from 1 to 100000")
    feed_mentions_a_day: int = Field(5_000, ge=1, le=1_000_000, description="write a number from 1 to 1000000")
    ping_url: Annotated[str, AfterValidator(require_web_url)] = Field(
        "", repr=False, description="write it as https://…"
    )
    # None without being asked: each learns that somebody seals something, and when.
    seal_authorities: Annotated[tuple[Annotated[str, AfterValidator(require_web_url)], ...], _SPLIT] = Field(
        (), description="write addresses such as https://freetsa.org/tsr, with commas between several"
    )
    metrics_token: str = Field(
        "", pattern=r"^([!-~]{16,})?$", repr=False, description="write 16 or more letters and digits"
    )
    sources: Mapping[str, Source] = Field({}, repr=False)

    def model_post_init(self, _: Any) -> None:
        """Make paths absolute, relative to the home, and remove the final slash of `base_url`."""
        # The model is frozen: only `object.__setattr__` can set a field here.
        object.__setattr__(self, "feeds", self.home / self.feeds)
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        path = self.database_url.removeprefix(SQLITE)
        if path != self.database_url and path and not path.startswith(":memory:"):
            object.__setattr__(self, "database_url", f"{SQLITE}{self.home / path}")

    @property
    def day_bounds(self) -> DayBounds:
        """Return what one feed may bring in a day."""
        return DayBounds(self.feed_megabytes_a_day * 1_000_000, self.feed_articles_a_day, self.feed_mentions_a_day)

    @property
    def watchlist(self) -> Path:
        """Return the path of watchlist.yaml."""
        return self.home / WATCHLIST_FILE

    @property
    def database_file(self) -> Path | None:
        """Return the database's path if it is a file."""
        path = self.database_url.removeprefix(SQLITE).partition("?")[0]
        return Path(path) if path.startswith("/") and self.database_url.startswith(SQLITE) else None

    @property
    def closed_database_file(self) -> Path | None:
        """Return the path of the closed watch's database if it is a file."""
        return self.database_file and closed_file_beside(self.database_file)

    @property
    def closed_database_url(self) -> str:
        """Return the address of the closed watch's database: a file beside the database, or a schema in it."""
        file = self.closed_database_file
        return f"{SQLITE}{file}" if file else self.database_url

    def secret(self, name: str) -> str:
        """Return the setting that a channel declares, or an empty string."""
        return self.channel_secrets.get(name, SecretStr("")).get_secret_value()

    def require_home(self) -> None:
        """Raise InputError unless `home` is a home, so that no database is made in an unrelated folder.

        A folder that was named may keep its list elsewhere (MONITOR_FEEDS, --feeds); the current folder must hold it.
        """
        is_chosen = self.sources.get("home", Source.COMMAND) is not Source.DEFAULT
        feeds = self.feeds if is_chosen else self.home / FEEDS_FILE
        if is_chosen and not self.home.is_dir():
            problem, advice = f"{self.home}: there is no such folder", "make it with `monitor init`, or name another"
        elif not feeds.is_file():
            problem = f"{feeds}: there is no such file, so this is no home of the monitor"
            advice = "name one with --home or MONITOR_HOME, or make one with `monitor init`"
        else:
            return
        raise InputError(f"{problem}; {advice}")

    def describe(self) -> tuple[tuple[str, str, str], ...]:
        """Return (name, value, origin) of each setting, without passwords and other secrets."""
        names = ("home", *setting_names())
        values = (getattr(self, n, SecretStr(self.secret(n))) for n in names)
        return tuple(
            (variable_name(n), _redacted_value(n, value), self.sources.get(n, Source.DEFAULT))
            for n, value in zip(names, values, strict=True)
        )


SETTINGS = tuple(name for name in Settings.model_fields if name not in {"home", "sources", "channel_secrets"})


def setting_names() -> tuple[str, ...]:
    """Return the names of all settings, those that channels declare last."""
    return tuple(dict.fromkeys((*SETTINGS, *(kind.setting for kind in CHANNELS.values()))))


def variable_name(name: str) -> str:
    """Return the environment variable of a setting.

    >>> variable_name("smtp_url")
    'MONITOR_SMTP_URL'
    """
    return PREFIX + name.upper()


def _redacted_value(name: str, value: object) -> str:
    match value:
        case str() if value and not value.startswith(SQLITE) and not Settings.model_fields[name].repr:
            scheme, is_url, address = value.partition("://")
            if not is_url:
                return "***"
            # A password may hold an unescaped / ? or #: so the host begins after the last @ before the options.
            host = re.split("[/?#]", re.split("[?]from=|[?]tls=", address)[0].rpartition("@")[2])[0]
            return value if host and host == address else f"{scheme}://{host}/***"
        case SecretStr():
            return "***" if value else ""
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
class _RawSetting:
    """A setting as written, with its origin and, if it is from a file, its place."""

    value: Any
    source: Source
    place: Place = NO_PLACE


def load_settings(home: Path | None, environ: Mapping[str, str], cwd: Path, *, feeds: Path | None = None) -> Settings:
    """Return the settings; the environment goes before monitor.env in the home. Raises InputError with all problems.

    `home` and `feeds` are options of the command line. Only `Settings.require_home` checks that the home exists: some
    commands need none.
    """
    home_setting = _home_setting(home, environ, cwd)
    env_file = home_setting.value / ENV_FILE
    # A monitor.env in a folder that is no home belongs to something else.
    is_home = home_setting.source is not Source.DEFAULT or (home_setting.value / FEEDS_FILE).is_file()
    raw_settings = _read_env_file(env_file) if is_home and env_file.exists() else {}
    for name in setting_names():  # an empty variable counts as unset, so that a template may list all of them
        if text := environ.get(variable_name(name), "").strip():
            raw_settings[name] = _RawSetting(text, Source.ENVIRONMENT)
    raw_settings["home"] = home_setting
    if feeds is not None:
        raw_settings["feeds"] = _RawSetting(cwd / feeds, Source.COMMAND)
    secrets = {name: SecretStr(raw.value) for name, raw in raw_settings.items() if name not in Settings.model_fields}
    values = {name: raw.value for name, raw in raw_settings.items() if name not in secrets}
    sources = {name: raw.source for name, raw in raw_settings.items()}
    problems = [
        _problem(kind.setting, raw, "this will not do", kind.advice, env_file)
        for kind in CHANNELS.values()
        if kind.setting in secrets and not re.fullmatch(kind.pattern, (raw := raw_settings[kind.setting]).value)
    ]
    try:
        settings = Settings(**values, channel_secrets=secrets, sources=sources)
    except ValidationError as error:
        for problem in describe_errors(error, Settings):
            name = str(problem.path[0])
            wrong = problem.wrong.removeprefix(f"{name}: ")
            problems.append(_problem(name, raw_settings[name], wrong, problem.todo, env_file))
    if problems:
        raise InputError(*problems)
    return settings


def _home_setting(home: Path | None, environ: Mapping[str, str], cwd: Path) -> _RawSetting:
    from_environ = environ.get(variable_name("home"), "")
    if home is not None:  # typer fills the option from the environment, too
        return _RawSetting(cwd / home, Source.ENVIRONMENT if str(home) == from_environ else Source.COMMAND)
    return _RawSetting(cwd / from_environ, Source.ENVIRONMENT) if from_environ else _RawSetting(cwd, Source.DEFAULT)


def _read_env_file(path: Path) -> dict[str, _RawSetting]:
    """Return the settings of monitor.env that are not empty."""
    report = FileReport(str(path))
    names = {variable_name(name): name for name in setting_names()}
    raw_settings: dict[str, _RawSetting] = {}
    for binding in parse_stream(io.StringIO(read_text(path))):
        place, text = _place(binding), (binding.value or "").strip()
        if binding.error or (binding.key and binding.value is None):
            report.add(place, "not a setting", "write NAME=value, or # before a comment")
        elif binding.key and binding.key not in names:
            report.add(place, f"unknown setting {binding.key!r}", suggest(binding.key, names))
        elif binding.key and names[binding.key] in raw_settings:
            first = raw_settings[names[binding.key]].place.line
            report.add(place, f"{binding.key} is set twice (first on line {first})", "keep one of them")
        elif binding.key and text:
            raw_settings[names[binding.key]] = _RawSetting(text, Source.FILE, place)
    report.raise_if_any()
    return raw_settings


def _place(binding: Binding) -> Place:
    text = binding.original.string
    before = text[: len(text) - len(text.lstrip())]  # dotenv's binding includes the empty lines before it
    return Place(binding.original.line + before.count("\n"), len(before) - before.rfind("\n"))


def _problem(name: str, raw: _RawSetting, wrong: str, todo: str, file: Path) -> Problem:
    source = str(file) if raw.source is Source.FILE else raw.source.value
    return Problem(source, raw.place.line, raw.place.column, f"{variable_name(name)}: {wrong}", todo)
