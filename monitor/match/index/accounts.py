"""Pure. Find accounts of social networks exactly: @name, and the address of a profile or of its posts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from monitor.groups import group_values
from monitor.text.normalize import ACCOUNT_NAME

# Hosts that lead to the same accounts.
_SAME_HOST = {
    "telegram.me": "t.me",
    "telegram.dog": "t.me",
    "twitter.com": "x.com",
    "fb.com": "facebook.com",
    "threads.com": "threads.net",
}
# Networks on which an account is called @name.
_AT_HOSTS = frozenset({"t.me", "x.com", "instagram.com", "threads.net", "tiktok.com", "youtube.com"})
_HOSTS = _AT_HOSTS | {"facebook.com", "vk.com", "ok.ru", "linkedin.com", "github.com"}
# Nothing of a word, an address or another @ stands before it: melis@t.me is a mail address.
# Between host and name: t.me/s/ (a preview), youtube.com/c/ and /user/, linkedin.com/in/.
_PLACE_RE = re.compile(
    rf"(?<![\w@.])@(?P<name>{ACCOUNT_NAME})|"
    rf"(?<![\w.-])(?P<host>(?:[\w-]+\.)+[A-Za-z]{{2,}})/(?:s/|c/|in/|user/)?@?(?P<profile>{ACCOUNT_NAME})"
)
# After @name more Latin letters belong to a longer account or an address; a Cyrillic ending does not.
_LONGER_RE = re.compile(r"[-@.]*[A-Za-z0-9_]|@")


@dataclass(frozen=True, slots=True)
class Account:
    """An account of an entity. `host` is "" if it was listed as @name: then it is found on all known networks."""

    entity: str
    alias: str

    @property
    def name(self) -> str:
        """Return the name of the account in small letters."""
        return self.alias.rpartition("/")[2].removeprefix("@").lower()

    @property
    def host(self) -> str:
        """Return the host of the account, or ""."""
        host = self.alias.rpartition("/")[0]
        return _SAME_HOST.get(host, host)


@dataclass(slots=True)
class Accounts:
    """The accounts of a list by their names."""

    accounts: Iterable[Account]
    _by_name: defaultdict[str, list[Account]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = group_values((account.name, account) for account in self.accounts)

    def may_contain_any(self, text: str) -> bool:
        """Return whether any of the accounts stands in a text."""
        return next(self.find_accounts(text), None) is not None

    def find_accounts(self, text: str) -> Iterator[tuple[int, int, Account]]:
        """Yield start, end and account of each place."""
        if not self._by_name or not ("@" in text or "/" in text):
            return
        for place in _PLACE_RE.finditer(text):
            name, host = (place["name"] or place["profile"]).lower(), _plain_host(place["host"] or "")
            if name in self._by_name and not _LONGER_RE.match(text, place.end()):
                for account in self._by_name[name]:
                    if _is_on_host(account, host):
                        yield place.start(), place.end(), account


def _plain_host(host: str) -> str:
    """Return the host of a network without its subdomain for phones, by the name it has today."""
    domain = ".".join(host.lower().split(".")[-2:])
    return _SAME_HOST.get(domain, domain)


def _is_on_host(account: Account, host: str) -> bool:
    """Return whether an account may be meant by its name on a host; "" is a plain @name."""
    if not account.host:
        return not host or host in _HOSTS
    return host == _plain_host(account.host) or (not host and account.host in _AT_HOSTS)
