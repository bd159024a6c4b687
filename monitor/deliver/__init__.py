"""I/O: delivery to people, one channel a file, and the registry of channels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.ports import Channel
from monitor.urls import is_web_url

if TYPE_CHECKING:
    from monitor.config import Settings


class MessageForm(StrEnum):
    """The form of a channel's messages: for people, as text and HTML, or for programs."""

    PAGE = "page"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of channel: what builds it, the settings that it needs, and what may go over it.

    `setting` must be set; `to` and `sensitive_to` hold recipients, the second those who may see sensitive names. For a
    channel with one recipient `to` may be the same as `setting`; if it is empty, recipients stand in recipients.yaml.
    `is_private`: nobody on the way reads the message, or the recipient accepts it, as with mail. Else names are shown
    only where the recipient's line says so. After `most_tries` failures a delivery
    rests. Two addresses with the same `address_key` are one. `is_address` also takes MONITOR_ALLOW_HOSTS.
    """

    build: Callable[[Settings], Channel]
    setting: str
    to: str = ""
    sensitive_to: str = ""
    is_address: Callable[[str, frozenset[str]], bool] = lambda text, _: bool(text)
    address_key: Callable[[str], str] = str
    form: MessageForm = MessageForm.PAGE
    is_private: bool = True
    most_tries: int | None = None


def _build_mail(settings: Settings) -> Channel:
    from monitor.deliver.smtp import SmtpChannel  # late, as below: most runs send nothing

    return SmtpChannel.from_url(settings.smtp_url)


def _build_webhook(settings: Settings) -> Channel:
    from monitor.deliver.webhook import WebhookChannel

    return WebhookChannel.from_settings(settings)


def _build_notify(settings: Settings) -> Channel:
    from monitor.deliver.notify import NotifyChannel

    return NotifyChannel(settings.notify_urls)


def _is_mail_address(text: str, _: frozenset[str]) -> bool:
    # Only rough: `smtp.build_message` checks the address again, with advice, before anything is sent.
    return bool(re.fullmatch(r"[^@\s<>,;:]+@[^@\s<>,;:]+", text))


def _is_hook(text: str, allow_hosts: frozenset[str]) -> bool:
    if not is_web_url(text) or re.search(r"\s", text):
        return False
    scheme, place = urlsplit(text)[:2]
    # An event holds names: it goes unencrypted only to a host that the operator listed.
    return scheme == "https" or bool({place.lower(), f"{place.lower()}:80"} & allow_hosts)


def _is_word(text: str, _: frozenset[str]) -> bool:
    return bool(re.fullmatch(r"[\w.-]+", text))


# By the name that is stored with each delivery: it never changes.
CHANNELS: dict[str, ChannelKind] = {
    "mail": ChannelKind(
        _build_mail, "smtp_url", "digest_to", "digest_sensitive_to", _is_mail_address, address_key=str.casefold
    ),
    "webhook": ChannelKind(_build_webhook, "webhook_secret", is_address=_is_hook, form=MessageForm.JSON, most_tries=10),
    "notify": ChannelKind(_build_notify, "notify_urls", is_address=_is_word, is_private=False, most_tries=10),
}
