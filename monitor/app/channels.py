"""The channels in the settings: which are set up, and to whom they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.config import Settings, variable_name
from monitor.deliver import CHANNELS, ChannelKind
from monitor.model import Recipient
from monitor.ports import Channel


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """The settings of one kind of channel."""

    name: str
    kind: ChannelKind
    settings: Settings

    @property
    def is_complete(self) -> bool:
        return bool(self._values(self.kind.setting) and self.recipients)

    @property
    def recipients(self) -> Sequence[Recipient]:
        """Return the recipients in the settings. An address in both settings gets the full digest only."""
        # The later dict wins for an address in both settings.
        ordinary, full = self._values(self.kind.to), self._values(self.kind.sensitive_to)
        addresses = dict.fromkeys(ordinary, False) | dict.fromkeys(full, True)
        return [Recipient(self.name, address, is_full) for address, is_full in addresses.items()]

    @property
    def problem(self) -> str:
        """Return a sentence if only half of the settings are set, else an empty string."""
        kind = self.kind
        if bool(self._values(kind.setting)) == bool(self.recipients):
            return ""
        present, missing = kind.setting, kind.to
        if self.recipients:
            present, missing = kind.to if self._values(kind.to) else kind.sensitive_to, present
        half_set = f"{variable_name(present)} is set but {variable_name(missing)} is not"
        return f"{half_set}: no digest goes out by {self.name}; set both or neither"

    @property
    def needed(self) -> str:
        """Return the names of the settings to set, in words."""
        return " and ".join(dict.fromkeys(map(variable_name, (self.kind.setting, self.kind.to))))

    def build(self) -> Channel:
        """Return the channel. Raises InputError when its setting is wrong."""
        return self.kind.build(getattr(self.settings, self.kind.setting))

    def _values(self, name: str) -> Sequence[str]:
        value: str | tuple[str, ...] = getattr(self.settings, name) if name else ()
        return ((value,) if value else ()) if isinstance(value, str) else value


def channel_settings(settings: Settings) -> list[ChannelSettings]:
    """Return the settings of every kind of channel, whether set or not."""
    return [ChannelSettings(name, kind, settings) for name, kind in CHANNELS.items()]


def complete_channels(settings: Settings) -> list[ChannelSettings]:
    """Return the settings of the channels that digests go out by."""
    return [channel for channel in channel_settings(settings) if channel.is_complete]
