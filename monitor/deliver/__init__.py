"""I/O: delivery to people, one channel a file, and the registry of channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.ports import Channel


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of channel: what builds it, and the settings that it needs.

    `build` is called with the value of `setting`; `to` and `sensitive_to` hold the recipients, the second those who may
    see sensitive names. For a channel with one recipient, such as a webhook, `to` is the same as `setting`.
    """

    build: Callable[[str], Channel]
    setting: str
    to: str
    sensitive_to: str = ""


def _build_mail(url: str) -> Channel:
    from monitor.deliver.smtp import SmtpChannel  # late: most runs send nothing

    return SmtpChannel.from_url(url)


# By the name that is stored with each delivery: it never changes.
CHANNELS: dict[str, ChannelKind] = {
    "mail": ChannelKind(_build_mail, "smtp_url", "digest_to", "digest_sensitive_to"),
}
