"""The names of channels, and what each is set up with; `monitor.messages.channels` has the channels themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from monitor.model.message import _
from monitor.urls import is_web_url


class MessageForm(StrEnum):
    """The form of a channel's messages: for people, as text and HTML, or for programs."""

    PAGE = "page"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of channel; its `file` in `monitor.messages.channels` makes it of the settings.

    `address`: what an address is, in words. Two with the same `address_key` are one; `is_address` also takes
    MONITOR_ALLOW_HOSTS. `setting` must be set; `line` is an example of it and `meaning` says what stands there,
    `advice` to what it is set, and `pattern` what it must look like. If it is no field of `Settings`, it is a
    secret. `to` and `sensitive_to` are the settings with recipients, the second with those who may see sensitive names;
    where there can be one recipient only, `to` may be `setting`. Other recipients stand in recipients.yaml.
    `is_private`: nobody on the way reads along, or the recipient accepts it, as with mail. Else names are shown only
    where the recipient's line says so. After `most_tries` failures a delivery rests.
    """

    file: str
    address: str
    line: str
    meaning: str
    setting: str
    advice: str = ""
    pattern: str = ".+"
    to: str = ""
    sensitive_to: str = ""
    is_address: Callable[[str, frozenset[str]], bool] = lambda text, _: bool(text)
    address_key: Callable[[str], str] = str
    form: MessageForm = MessageForm.PAGE
    is_private: bool = True
    most_tries: int | None = None


def _is_mail_address(text: str, allow_hosts: frozenset[str]) -> bool:
    # Only rough: `smtp.build_message` checks the address again, with advice, before anything is sent.
    return bool(re.fullmatch(r"[^@\s<>,;:]+@[^@\s<>,;:]+", text))


def _is_hook(text: str, allow_hosts: frozenset[str]) -> bool:
    if not is_web_url(text) or re.search(r"\s", text):
        return False
    scheme, place = urlsplit(text)[:2]
    # An event holds names: it goes unencrypted only to a host that the operator listed.
    return scheme == "https" or bool({place.lower(), f"{place.lower()}:80"} & allow_hosts)


def _is_word(text: str, allow_hosts: frozenset[str]) -> bool:
    return bool(re.fullmatch(r"[\w.-]+", text))


# By the name that is stored with each delivery: it never changes.
CHANNELS: dict[str, ChannelKind] = {
    "mail": ChannelKind(
        "smtp",
        _("a mail address"),
        "MONITOR_SMTP_URL=smtps://user:password@mail.example",
        _("the mail server that sends our mail"),
        "smtp_url",
        to="digest_to",
        sensitive_to="digest_sensitive_to",
        is_address=_is_mail_address,
        address_key=str.casefold,
    ),
    "webhook": ChannelKind(
        "webhook",
        _("the https:// address of a webhook"),
        "MONITOR_WEBHOOK_SECRET=whsec_…",
        _("a secret of at least 16 characters, by which the receiver knows that a message is ours"),
        "webhook_secret",
        "write at least 16 characters, best whsec_ and Base64",
        pattern=".{16,}",
        is_address=_is_hook,
        form=MessageForm.JSON,
        most_tries=10,
    ),
    "notify": ChannelKind(
        "notify",
        _("a name in MONITOR_NOTIFY_URLS"),
        "MONITOR_NOTIFY_URLS=team=tgram://…",
        _("a name for the chat, and its address as Apprise writes it"),
        "notify_urls",
        "write name=address, with spaces between several: team=tgram://…",
        is_address=_is_word,
        is_private=False,
        most_tries=10,
    ),
}
