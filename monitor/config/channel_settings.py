"""I/O: the settings of channels and their recipients, out of the settings and recipients.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.config.channels import CHANNELS, ChannelKind
from monitor.config.recipients import load_recipients
from monitor.config.settings import RECIPIENTS_FILE, Settings, variable_name
from monitor.model import Recipient, RecipientList, Schedule


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """The settings of one kind of channel, and its recipients in recipients.yaml."""

    name: str
    kind: ChannelKind
    settings: Settings
    listed: tuple[Recipient, ...] = ()
    left_out: str = field(default="", repr=False)  # of recipients.yaml

    @property
    def is_set(self) -> bool:
        """Return True if messages can go out by it."""
        return bool(self._values(self.kind.setting))

    @property
    def is_complete(self) -> bool:
        return bool(self.is_set and self.recipients)

    @property
    def recipients(self) -> Sequence[Recipient]:
        """Return the recipients, an address in both settings once; a listed one gets what its line says.

        While its line is left out, it gets nothing: the line may keep names from it, or have its mail encrypted.
        """
        key = self.kind.address_key
        everybody, cleared = self._values(self.kind.to), self._values(self.kind.sensitive_to)
        # The later one wins for an address in both settings.
        addresses = {key(a): (a, is_cleared) for to, is_cleared in ((everybody, False), (cleared, True)) for a in to}
        listed_keys, left_out = {key(recipient.address) for recipient in self.listed}, key(self.left_out)
        daily = Schedule(self.settings.digest_at)
        return [
            *(
                # Without an audience: all addresses of the settings share their windows.
                Recipient(self.name, address, is_cleared, digest=daily)
                for address_key, (address, is_cleared) in addresses.items()
                # Else a listed address would get a second digest.
                if address_key not in listed_keys and address_key not in left_out
            ),
            *self.listed,
        ]

    @property
    def problem(self) -> str:
        """Return a sentence if only half of the settings are set, else an empty string."""
        kind, setting = self.kind, variable_name(self.kind.setting)
        if self.is_set == bool(self.recipients) or self.left_out:  # which is a problem of its own
            return ""
        if self.listed:
            half_set = f"{RECIPIENTS_FILE} has recipients by {self.name} but {setting} is not set"
        elif self.recipients:
            present = variable_name(kind.to if self._values(kind.to) else kind.sensitive_to)
            half_set = f"{present} is set but {setting} is not"
        elif kind.to:
            half_set = f"{setting} is set but {variable_name(kind.to)} is not"
        else:  # a secret without recipients does no harm
            return ""
        return f"{half_set}: no digest goes out by {self.name}; set both or neither"

    def is_in_settings(self, address: str) -> bool:
        """Return True if the settings name an address: without a line it gets what they say."""
        key = self.kind.address_key
        return key(address) in {key(one) for to in (self.kind.to, self.kind.sensitive_to) for one in self._values(to)}

    @property
    def needed(self) -> str:
        """Return what is missing before messages go out by it, in words."""
        kind = self.kind
        missing = [name for name in dict.fromkeys((kind.setting, kind.to)) if name and not self._values(name)]
        names = " and ".join(map(variable_name, missing))
        settings = f"set {names}{f' ({kind.advice})' if kind.advice else ''}" if names else ""
        recipients = "" if kind.to or self.listed else f"name its recipients in {RECIPIENTS_FILE}"
        return " and ".join(filter(None, (settings, recipients)))

    def _values(self, name: str) -> Sequence[str]:
        value: str | tuple[str, ...] = getattr(self.settings, name, self.settings.secret(name)) if name else ()
        return ((value,) if value else ()) if isinstance(value, str) else value


def listed_recipients(settings: Settings) -> RecipientList:
    """Return the recipients of recipients.yaml."""
    return load_recipients(settings.home, settings.digest_at, settings.allow_hosts)


def channel_settings(settings: Settings, listed: RecipientList | None = None) -> list[ChannelSettings]:
    """Return the settings of every kind of channel, whether set or not."""
    listed = listed_recipients(settings) if listed is None else listed
    return [
        ChannelSettings(name, kind, settings, tuple(r for r in listed.recipients if r.channel == name), listed.left_out)
        for name, kind in CHANNELS.items()
    ]


def complete_channels(settings: Settings) -> list[ChannelSettings]:
    """Return the settings of the channels that messages go out by."""
    return [channel for channel in channel_settings(settings) if channel.is_complete]
