"""Publishing: deliveries are stored before anything is sent, so that after a crash the same messages are sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from monitor import failpoints
from monitor.errors import DeliveryError
from monitor.model import Delivery, DigestInput, Mailing, Recipient, Rendering, Window
from monitor.ports import Channel, Outbox

SEND_SECONDS = 120.0  # the timeout of one delivery, and the time after which a channel begins no further one
LEASE = timedelta(minutes=5)  # longer than twice SEND_SECONDS; then the claims of a dead sender expire


@dataclass(frozen=True, slots=True)
class SendReport:
    """The number of deliveries sent now, and those that failed, each with its error."""

    sent: int = 0
    failures: tuple[tuple[Delivery, DeliveryError], ...] = ()


def store_mailing(
    window: Window,
    render: Callable[[DigestInput], Mailing],
    recipients: Sequence[Recipient],
    *,
    channels: Mapping[str, Channel],
    outbox: Outbox,
) -> bool:
    """Store the mailing of a window with a delivery to each recipient; return False if it was stored before."""

    def compose(digest_input: DigestInput) -> tuple[Mailing, Sequence[Delivery]]:
        mailing = render(digest_input)
        return mailing, [
            Delivery(
                recipient.channel,
                recipient.address,
                channels[recipient.channel].external_id(_name_delivery(window, recipient.address)),
                mailing.date,
                mailing.ordinary,
                mailing.full if recipient.full else Rendering(),
            )
            for recipient in recipients
        ]

    return outbox.put(window, compose)


async def send_deliveries(
    recipients: Sequence[Recipient],
    *,
    channels: Mapping[str, Channel],
    outbox: Outbox,
    clock: Callable[[], datetime],
    send_seconds: float = SEND_SECONDS,
) -> SendReport:
    """Send all stored deliveries to those who still are recipients, one channel after the other."""
    sent, failures = 0, list[tuple[Delivery, DeliveryError]]()
    current_recipients = {(recipient.channel, recipient.address): recipient for recipient in recipients}
    for name, channel in channels.items():
        now = clock()
        deliveries = outbox.claim(name, now, now + LEASE)
        if not deliveries:
            continue
        deadline = asyncio.get_running_loop().time() + send_seconds
        async with channel:
            for delivery in deliveries:
                recipient = current_recipients.get((name, delivery.recipient))
                # The address was removed from the settings since the delivery was stored.
                if recipient is None:
                    outbox.mark_failed(delivery, clock(), "is no recipient any more", refused=True)
                    continue
                if asyncio.get_running_loop().time() > deadline:
                    break  # a slow channel gets the rest in the next run
                if not recipient.full:  # the permission may have been withdrawn since
                    delivery = replace(delivery, full=Rendering())  # noqa: PLW2901
                if error := await _send_one(delivery, channel, outbox, clock, send_seconds):
                    failures.append((delivery, error))
                else:
                    sent += 1
    return SendReport(sent, tuple(failures))


async def _send_one(
    delivery: Delivery, channel: Channel, outbox: Outbox, clock: Callable[[], datetime], send_seconds: float
) -> DeliveryError | None:
    """Send a delivery and record how it ended; return its error, if any."""
    try:
        # After a crash between the two fail points the message is sent twice, with the same external id.
        failpoints.point("delivery: before it is handed over")
        async with asyncio.timeout(send_seconds):
            await channel.send(delivery)
        failpoints.point("delivery: after it was handed over")
    except TimeoutError:
        error = DeliveryError(f"{channel.endpoint} takes too long")
    except DeliveryError as delivery_error:
        error = delivery_error
    else:
        outbox.mark_sent(delivery, clock())
        return None
    outbox.mark_failed(delivery, clock(), str(error), refused=not error.is_temporary)
    return error


def _name_delivery(window: Window, address: str) -> str:
    """Return the name of a window's delivery to an address, of which the channel makes the external id.

    It is deterministic, so that a message sent twice (after a crash, from a backup) has the same id.
    """
    key = f"{_timestamp(window.since)}/{_timestamp(window.until)}/{address}"
    return f"{_timestamp(window.until)}.{blake2b(key.encode(), digest_size=8).hexdigest()}"


def _timestamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"
