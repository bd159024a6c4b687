"""I/O: chats and other services through apprise, an extra. Its requests do not pass our check of addresses."""

from __future__ import annotations

import logging
import re
from typing import Self

from monitor.config import Settings
from monitor.errors import DeliveryError, InputError, install_extra
from monitor.model import Delivery

# It logs addresses, which hold tokens, and what servers answer.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

# What chats read as markup, mostly whatever the format: links with other words, mentions of everybody, hidden text.
_MARKS = "<>[]|`~"
_MARKS_IN_WORDS = str.maketrans(_MARKS, "‹›()¦'∼")
_MARKS_IN_ADDRESSES = str.maketrans({mark: f"%{ord(mark):02X}" for mark in _MARKS})
_ADDRESS = re.compile(r"(https?://\S+)")
_MENTION = re.compile(r"@(?=(?:everyone|here|channel|all|room)\b)", re.IGNORECASE)

_NAMED = re.compile(r"[\w.-]+=")  # a name, as recipients.yaml has it, before its address


def build(settings: Settings) -> NotifyChannel:
    """Return the channel to the addresses of the settings. Raises InputError."""
    return NotifyChannel(settings.secret("notify_urls"))


class NotifyChannel:
    """The channel of apprise, to Telegram, Matrix and a hundred more. A recipient is the name of an address."""

    endpoint, contact = "apprise", ""

    def __init__(self, urls: str) -> None:
        try:
            import apprise
        except ImportError:
            raise InputError(f"MONITOR_NOTIFY_URLS needs apprise; {install_extra('notify')}") from None
        self._services: dict[str, apprise.Apprise] = {}
        for number, part in enumerate(urls.split(), 1):
            name, _, url = part.partition("=") if _NAMED.match(part) else ("", "", "")
            # In parts, where the address says nothing else: a chat refuses what is too long, and then a flood of one
            # outlet would keep the report of another away. Telegram takes 4096 characters.
            url = url and url + ("" if "overflow=" in url else f"{'&' if '?' in url else '?'}overflow=split")
            self._services[name] = service = apprise.Apprise()
            if not url or not service.add(url):
                raise InputError(
                    # Not quoted: it may be an address alone, which holds a token.
                    f"MONITOR_NOTIFY_URLS: part {number} has no address that apprise knows; "
                    "write name=address, such as team=tgram://TOKEN/CHAT"
                )

    def external_id(self, name: str) -> str:
        """Return the id that stands at the end of the message: who gets it twice can tell."""
        return name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def check(self) -> str:
        """Return a sentence: a chat cannot be tried without a message."""
        names = ", ".join(sorted(self._services))
        return (
            f"{names} through apprise, whose requests do not pass our check of addresses; "
            "`monitor deliver test` sends a message"
        )

    async def send(self, delivery: Delivery) -> None:
        """Send a message; return when the service has accepted it. Raises DeliveryError."""
        service = self._services.get(delivery.recipient)
        if service is None:
            raise DeliveryError(f"MONITOR_NOTIFY_URLS has no address named {delivery.recipient}; add it")
        rendering = delivery.rendering
        body = f"{without_markup(rendering.text).rstrip()}\n\n{delivery.external_id}\n"
        if not await service.async_notify(body=body, title=rendering.subject, body_format="text"):
            raise DeliveryError(f"{delivery.recipient} did not take the message; check its address and token")


def without_markup(text: str) -> str:
    """Return a text of which a chat reads no word as markup: an outlet may write what links, calls or hides.

    >>> without_markup("[Sign in](https://evil.example/a|b) ||@everyone")
    '(Sign in)(https://evil.example/a%7Cb) ¦¦@\\u2060everyone'
    """
    parts = _ADDRESS.split(text)  # words and addresses in turn
    return "".join(
        _MENTION.sub("%40", part).translate(_MARKS_IN_ADDRESSES)
        if place % 2
        else _MENTION.sub("@\u2060", part).translate(_MARKS_IN_WORDS)
        for place, part in enumerate(parts)
    )
