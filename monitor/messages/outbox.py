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
from monitor.errors import ChannelBug, DeliveryError, StoreError
from monitor.model import Code, Delivery, DigestInput, Mailing, Message, MessageKind, Recipient, Window
from monitor.ports import Channel
from monitor.store.desk.outbox import SqlOutbox

SEND_SECONDS = 120.0  # the timeout of one delivery, and the time after which a channel begins no further one
LEASE = timedelta(minutes=5)  # longer than twice SEND_SECONDS; then the claims of a dead sender expire
FIRST_RETRY, RETRY_GROWTH, LONGEST_RETRY = timedelta(minutes=1), 4, timedelta(hours=6)
_NO_RECIPIENT = Message("is no recipient any more", code=Code.NO_RECIPIENT)


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
    outbox: SqlOutbox,
    audience: str = "",
    kind: MessageKind = MessageKind.DIGEST,
    watch: str = "",
) -> bool:
    """Store the mailing of a window with a delivery to each recipient; return False if there was nothing to store.

    `watch`: in the ids of its messages, so that nobody takes one for a message of another watch.
    """

    def compose(digest_input: DigestInput) -> tuple[Mailing, Sequence[Delivery]] | None:
        mailing = render(digest_input)
        if mailing is None:
            return None
        deliveries = [
            Delivery(
                recipient.channel,
                recipient.address,
                channels[recipient.channel].external_id(_name_delivery(window, recipient, kind, watch)),
                mailing.date,
                mailing.rendering,
                kind=kind,
                scope=recipient.limits,
                encrypted=bool(recipient.certificate),
            )
            for recipient in recipients
        ]
        return mailing, deliveries

    return outbox.put(window, compose, audience, kind)


async def send_deliveries(
    recipients: Sequence[Recipient],
    *,
    channels: Mapping[str, Channel],
    outbox: SqlOutbox,
    clock: Callable[[], datetime],
    most_tries: Mapping[str, int] = MappingProxyType({}),
    all_known: bool = True,
) -> SendReport:
    """Send all stored deliveries whose recipients are still listed, over all channels at once.

    After `most_tries` of its channel a delivery rests. Unless `all_known`, some recipients could not be read: then
    deliveries to unknown recipients wait.
    """
    current = {(recipient.channel, recipient.address): recipient for recipient in recipients}
    sender = _Sender(current, outbox, clock, most_tries, all_known)
    # At once: a server that hangs must not hold up another channel. Each channel ends what it has begun.
    sending = (sender.send_over(name, channel) for name, channel in channels.items())
    reports = await asyncio.gather(*sending, return_exceptions=True)
    for report in reports:
        if isinstance(report, BaseException):
            raise report
    ended = [report for report in reports if isinstance(report, SendReport)]
    return SendReport(sum(report.sent for report in ended), tuple(f for report in ended for f in report.failures))


@dataclass(frozen=True, slots=True)
class _Sender:
    """A sender of deliveries over any channel; its fields are parameters of `send_deliveries`."""

    recipients: Mapping[tuple[str, str], Recipient]
    outbox: SqlOutbox
    clock: Callable[[], datetime]
    most_tries: Mapping[str, int]
    all_known: bool

    async def send_over(self, name: str, channel: Channel) -> SendReport:
        """Send the due deliveries over one channel, one after the other."""
        now = self.clock()
        deliveries = self.outbox.claim(name, now, now + LEASE)
        if not deliveries:
            return SendReport()
        # Counted before connecting, which may take as long as a delivery: else the last delivery outlasts the claim.
        deadline = asyncio.get_running_loop().time() + SEND_SECONDS
        if error := await self._error_of(channel.__aenter__, channel):
            return SendReport(0, tuple((delivery, self._record_failure(delivery, error)) for delivery in deliveries))
        sent, failures = 0, list[tuple[Delivery, DeliveryError]]()
        try:
            for delivery in deliveries:
                if asyncio.get_running_loop().time() > deadline:
                    break  # a slow channel gets the rest in the next run
                current = self._current(delivery)
                if isinstance(current, DeliveryError):
                    failures.append((delivery, self._record_failure(delivery, current)))
                if not isinstance(current, Delivery):
                    continue
                # After a crash between the two fail points the message is sent twice, with the same external id.
                failpoints.point("delivery: before it is handed over")
                if error := await self._error_of(partial(channel.send, current), channel):
                    failures.append((current, self._record_failure(current, error)))
                    continue
                failpoints.point("delivery: after it was handed over")
                self.outbox.mark_sent(current, self.clock())
                sent += 1
        finally:
            if error := await self._error_of(partial(channel.__aexit__, *sys.exc_info()), channel):
                failures.append((deliveries[-1], error))  # the end of each delivery is recorded already
        return SendReport(sent, tuple(failures))

    def _current(self, delivery: Delivery) -> Delivery | DeliveryError | None:
        """Return a delivery as its recipient may get it now, or the reason why not; None: nothing is left to send."""
        recipient = self.recipients.get((delivery.channel, delivery.recipient))
        if recipient is None and not self.all_known:
            self.outbox.release(delivery)
            return None
        # The address was removed from the settings since the delivery was stored.
        if recipient is None:
            self.outbox.mark_failed(delivery, self.clock(), _NO_RECIPIENT, refused=True)
            return None
        try:
            stored = self.outbox.refresh(delivery)
        except StoreError:
            raise
        except Exception as bug:  # a bug in one message: the others must go out
            return ChannelBug(bug)
        # A purge may have left nothing of it, or it was composed before the line of the recipient was narrowed, or for
        # a certificate that the line has no more.
        may_go = recipient.may_get(delivery.scope) and (recipient.certificate or not delivery.encrypted)
        if stored.rendering.text and may_go:
            return replace(stored, certificate=recipient.certificate)
        return DeliveryError("may not be sent there any more", is_temporary=False)

    async def _error_of(self, step: Callable[[], Awaitable[object]], channel: Channel) -> DeliveryError | None:
        """Take one step with a channel, which may not last longer than a delivery; return its error, if any."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await step()
        except TimeoutError:
            return DeliveryError(f"{channel.endpoint} takes too long")
        except DeliveryError as delivery_error:
            return delivery_error
        except Exception as bug:  # of one channel: the others must go on
            return ChannelBug(bug)
        return None

    def _record_failure(self, delivery: Delivery, error: DeliveryError) -> DeliveryError:
        """Record a failed try; return its error, which is permanent after the last try."""
        tries, most_tries = delivery.tries + 1, self.most_tries.get(delivery.channel)
        if error.is_temporary and most_tries is not None and tries >= most_tries:
            resting = f"{error}; it rests after {tries} tries until you retry it with `monitor deliver retry`"
            error = DeliveryError(resting, is_temporary=False, code=error.code)
        due = next_retry(tries, self.clock()) if error.is_temporary else None
        detail = Message(str(error), code=error.code)
        self.outbox.mark_failed(delivery, self.clock(), detail, refused=not error.is_temporary, due=due)
        return error


def next_retry(tries: int, now: datetime) -> datetime:
    """Return the time of the next try after `tries` failed ones."""
    wait: timedelta = FIRST_RETRY * RETRY_GROWTH ** min(tries - 1, 10)
    return now + min(wait, LONGEST_RETRY)


def _name_delivery(window: Window, recipient: Recipient, kind: MessageKind, watch: str = "") -> str:
    """Return the name of a window's delivery to a recipient, of which the channel makes the external id.

    It is deterministic, so that a message sent twice (after a crash, from a backup) has the same id.
    """
    key = f"{_timestamp(window.since)}/{_timestamp(window.until)}/{recipient.address}"
    if kind is not MessageKind.DIGEST:  # a report may have the window of a digest, and alerts are seconds apart
        key = f"{kind}/{window.since.isoformat()}/{key}"
    if recipient.audience:  # an address may move between the settings and recipients.yaml on the same day
        key = f"{recipient.audience}/{key}"
    name = f"{_timestamp(window.until)}.{blake2b(key.encode(), digest_size=8).hexdigest()}"
    return f"{watch}.{name}" if watch else name


def _timestamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"
