"""Pure. One setting: from its text to its value, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import time
from email.headerregistry import Address
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from monitor.config.feeds import PROXY_TODO, is_proxy
from monitor.urls import is_web

SQLITE = "sqlite:///"
_DATABASES = (SQLITE, "postgresql+psycopg://")


class Revisit(StrEnum):
    """Which articles are looked at again, for changes. MATCHED tells their outlets what interests us."""

    ALL = "all"
    MATCHED = "matched"
    NONE = "none"


class Unfit(ValueError):
    """What is wrong with a value and what to do; the value is not repeated where a password may be in it."""

    def __init__(self, wrong: str, todo: str) -> None:
        self.wrong, self.todo = wrong, todo
        super().__init__(wrong)


def database(value: str) -> str:
    if not value.startswith(_DATABASES):
        raise Unfit("not a database that is known here", "write sqlite:///FILE or postgresql+psycopg://…")
    return value


def zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise Unfit(f"{value!r} is no time zone", "write one such as Asia/Bishkek") from None


def hosts(value: str) -> frozenset[str]:
    return frozenset(map(_host, _listed(value)))


def _host(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})", value.lower())
    if not match or not 0 < int(match[2]) < 65_536:
        raise Unfit(f"{value!r} is not host:port", "write it as 127.0.0.1:8000, with commas between several")
    return f"{match[1]}:{int(match[2])}"


def agent(value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise Unfit("not one line of plain ASCII", "HTTP carries nothing else here (RFC 9110, 5.5)")
    return value


def proxy(value: str) -> str:
    if not is_proxy(value):
        raise Unfit("not the address of a proxy", PROXY_TODO)
    return value


def gap(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", value) or float(value) > 3600:
        raise Unfit(f"{value!r} is not a number of seconds from 0 to 3600", "write one such as 1 or 0.5")
    return float(value)


def smtp(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        todo = "write smtps://user:password@host:465 or smtp://host:587"
        raise Unfit("not the address of a mail server", todo)
    return value


def recipients(value: str) -> tuple[str, ...]:
    return tuple(map(_recipient, _listed(value)))


def _recipient(value: str) -> str:
    try:
        address = Address(addr_spec=value)
    except Exception:  # the standard library's parser raises several, IndexError among them
        address = Address()
    if not (address.username and address.domain and value.isprintable()):
        raise Unfit(f"{value!r} is not a mail address", "write name@example.org, with commas between several")
    return value


def clock(value: str) -> time:
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", value)
    if not match:
        raise Unfit(f"{value!r} is not a time of day", "write it as 08:00")
    return time(int(match[1]), int(match[2]))


def web(value: str) -> str:
    if not is_web(value) or any(c.isspace() for c in value):
        raise Unfit("not a web address", "write it as https://…")
    return value


def base(value: str) -> str:
    """A web address that paths are put behind."""
    return web(value).rstrip("/")


def revisit(value: str) -> Revisit:
    try:
        return Revisit(value)
    except ValueError:
        raise Unfit(f"{value!r} is not known here", "use one of: " + ", ".join(Revisit)) from None


def _listed(value: str) -> Iterator[str]:
    return (part.strip() for part in value.split(",") if part.strip())


def read_by(reader: Callable[[str], object]) -> BeforeValidator:
    """Read text; leave what is a value already, as defaults and tests give it."""
    return BeforeValidator(lambda given: reader(given) if isinstance(given, str) and given else given)
