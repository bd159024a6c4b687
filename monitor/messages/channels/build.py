"""I/O: builds the channels."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

from monitor.config import Settings
from monitor.config.channels import ChannelKind
from monitor.errors import ChannelBug, MonitorError
from monitor.ports import Channel


def build_channel(kind: ChannelKind, settings: Settings) -> Channel:
    """Return a channel. Raises InputError when its setting is wrong, ChannelBug when it cannot be made."""
    try:
        channel: Channel = import_module(f"{__package__}.{kind.file}").build(settings)  # late: most runs send nothing
    except MonitorError:
        raise
    except Exception as bug:  # of one channel, or of its library: the others must go on
        raise ChannelBug(bug) from bug
    return channel


def check_certificate(certificate: str, now: datetime) -> datetime | None:
    """Return when an OpenPGP certificate expires. Raises DeliveryError if nothing may be encrypted to it now."""
    from monitor.messages.channels.openpgp import usable_certificate  # late: an extra

    expires: datetime | None = usable_certificate(certificate, now).expiration
    return expires
