"""Pure. What is published: renderings, mailings, and their deliveries to recipients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.digest import Window


@dataclass(frozen=True, slots=True)
class Rendering:
    """A message's subject and its two bodies."""

    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Mailing:
    """The rendered digest of a window. Every retry sends the same bytes; windows never overlap.

    `ordinary` leaves out sensitive names. `full` includes them; it is empty where no recipient may see them.
    """

    window: Window
    date: datetime
    ordinary: Rendering = Rendering()
    full: Rendering = Rendering()


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address of a channel that digests go to. `full`: it may receive sensitive names."""

    channel: str
    address: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one recipient over one channel.

    `external_id`, such as a Message-ID, never changes: whoever receives a message twice can see that it is the same.
    `full` is empty where the recipient may not see sensitive names. The type knows no digest: other messages can be
    delivered, too.
    """

    channel: str
    recipient: str
    external_id: str
    date: datetime
    ordinary: Rendering
    full: Rendering = Rendering()
    tries: int = 0

    @property
    def rendering(self) -> Rendering:
        """Return the subject and bodies to send: the full ones only if the recipient may see them."""
        return self.full if self.full.text else self.ordinary
