"""Publishing: deliveries are stored before anything is sent, so that after a crash the same messages are sent again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from types import MappingProxyType

from monitor import failpoints
from monitor.errors import ChannelBug, DeliveryError
from monitor.model import Delivery, DigestInput, Mailing, MessageKind, Recipient, Rendering, Window
from monitor.ports import Channel, Outbox, Rewrite

SEND_SECONDS = 120.0  # the timeout of one delivery, and the time after which a channel begins no further one
LEASE = timedelta(minutes=5)  # longer than twice SEND_SECONDS; then the claims of a dead sender expire
FIRST_RETRY, RETRY_GROWTH, LONGEST_RETRY = timedelta(minutes=1), 4, timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class SendReport:
    """The number of deliveries sent now, and those that failed, each with its error."""

    sent: int = 0
    failures: tuple[tuple[Delivery, DeliveryError], ...] = ()


def store_mailing(
    window: Window,
    render: Callable[[DigestInput], Mailing | None],
    recipients: Sequence[Recipient],
    *,
    channels: Mapping[str, Channel],
    outbox: Outbox,
    audience: str = "",
    kind: MessageKind = MessageKind.DIGEST,
) -> bool:
    """Store the mailing of a window with a delivery to each recipient; return False if there was nothing to store."""

    def compose(digest_input: DigestInput) -> tuple[Mailing, Sequence[Delivery]] | None:
        mailing = render(digest_input)
        return (
            None
            if mailing is None
            else (
                mailing,
                [
                    Delivery(
                        recipient.channel,
                        recipient.address,
                        channels[recipient.channel].external_id(_name_delivery(window, recipient, kind)),
                        mailing.date,
                        mailing.ordinary,
                        mailing.full if recipient.full else Rendering(),
                        kind=kind,
                        scope=recipient.limits,
                    )
                    for recipient in recipients
                ],
            )
        )

    return outbox.put(window, compose, audience, kind)


async def send_deliveries(
    recipients: Sequence[Recipient],
    *,
    channels: Mapping[str, Channel],
    outbox: Outbox,
    rewrite: Rewrite,
    clock: Callable[[], datetime],
    send_seconds: float = SEND_SECONDS,
    most_tries: Mapping[str, int] = MappingProxyType({}),
    all_known: bool = True,
) -> SendReport:
    """Send all stored deliveries to those who still are recipients, one channel after the other.

    After `most_tries` of its channel a delivery rests. Unless `all_known`, the recipients could not all be read: then
    what is for somebody else waits. `rewrite` composes what may hold a name that became sensitive since.
    """
    sent, failures = 0, list[tuple[Delivery, DeliveryError]]()
    current_recipients = {(recipient.channel, recipient.address): recipient for recipient in recipients}
    for name, channel in channels.items():
        now = clock()
        deliveries = outbox.claim(name, now, now + LEASE)
        if not deliveries:
            continue
        record = partial(_record_failure, outbox=outbox, clock=clock, most_tries=most_tries.get(name))
        if error := await _error_of(channel.__aenter__, channel, send_seconds):
            failures += [(delivery, record(delivery, error)) for delivery in deliveries]
            continue
        deadline = asyncio.get_running_loop().time() + send_seconds
        try:
            for delivery in deliveries:
                recipient = current_recipients.get((name, delivery.recipient))
                if recipient is None and not all_known:
                    outbox.release(delivery)
                    continue
                # The address was removed from the settings since the delivery was stored.
                if recipient is None:
                    outbox.mark_failed(delivery, clock(), "is no recipient any more", refused=True)
                    continue
                if asyncio.get_running_loop().time() > deadline:
                    break  # a slow channel gets the rest in the next run
                current = _permitted(outbox.refresh(delivery, rewrite), recipient)
                if current is None:
                    refusal = DeliveryError("may not be sent there any more", is_temporary=False)
                    failures.append((delivery, record(delivery, refusal)))
                    continue
                # After a crash between the two fail points the message is sent twice, with the same external id.
                failpoints.point("delivery: before it is handed over")
                if error := await _error_of(partial(channel.send, current), channel, send_seconds):
                    failures.append((current, record(current, error)))
                    continue
                failpoints.point("delivery: after it was handed over")
                outbox.mark_sent(current, clock())
                sent += 1
        finally:
            close = partial(channel.__aexit__, *sys.exc_info())
            if error := await _error_of(close, channel, send_seconds):
                failures.append((deliveries[-1], error))  # each of them has its end already
    return SendReport(sent, tuple(failures))


def next_retry(tries: int, now: datetime) -> datetime:
    """Return the time of the next try after `tries` failed ones."""
    wait: timedelta = FIRST_RETRY * RETRY_GROWTH ** min(tries - 1, 10)
    return now + min(wait, LONGEST_RETRY)


def _permitted(delivery: Delivery, recipient: Recipient) -> Delivery | None:
    """Return a delivery as its recipient may have it now, or None if they may not."""
    full = delivery.full if recipient.full else Rendering()  # the permission may have been withdrawn since
    current = replace(delivery, full=full, certificate=recipient.certificate)
    # It may hold sensitive names only, or be composed before the line of the recipient was narrowed.
    is_permitted = current.rendering.text and recipient.limits in ("", delivery.scope)
    return current if is_permitted else None


async def _error_of(
    step: Callable[[], Awaitable[object]], channel: Channel, send_seconds: float
) -> DeliveryError | None:
    """Take one step with a channel, which may not last longer; return its error, if any."""
    try:
        async with asyncio.timeout(send_seconds):
            await step()
    except TimeoutError:
        return DeliveryError(f"{channel.endpoint} takes too long")
    except DeliveryError as delivery_error:
        return delivery_error
    except Exception as bug:  # of one channel: the others must go on
        return ChannelBug(bug)
    return None


def _record_failure(
    delivery: Delivery,
    error: DeliveryError,
    *,
    outbox: Outbox,
    clock: Callable[[], datetime],
    most_tries: int | None,
) -> DeliveryError:
    """Record a failed try; return its error, which is permanent after the last try."""
    tries = delivery.tries + 1
    if error.is_temporary and most_tries is not None and tries >= most_tries:
        resting = f"{error}; it rests after {tries} tries until you retry it with `monitor deliver retry`"
        error = DeliveryError(resting, is_temporary=False)
    due = next_retry(tries, clock()) if error.is_temporary else None
    outbox.mark_failed(delivery, clock(), str(error), refused=not error.is_temporary, due=due)
    return error


def _name_delivery(window: Window, recipient: Recipient, kind: MessageKind) -> str:
    """Return the name of a window's delivery to a recipient, of which the channel makes the external id.

    It is deterministic, so that a message sent twice (after a crash, from a backup) has the same id.
    """
    key = f"{_timestamp(window.since)}/{_timestamp(window.until)}/{recipient.address}"
    if kind is not MessageKind.DIGEST:  # a report may have the window of a digest, and alerts are seconds apart
        key = f"{kind}/{window.since.isoformat()}/{key}"
    if recipient.audience:  # an address may move between the settings and recipients.yaml on the same day
        key = f"{recipient.audience}/{key}"
    return f"{_timestamp(window.until)}.{blake2b(key.encode(), digest_size=8).hexdigest()}"


def _timestamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"
