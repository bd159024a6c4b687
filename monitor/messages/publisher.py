"""Messages to recipients: when they are due, stored and sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial

from monitor.bug_log import log_bug
from monitor.config.channels import CHANNELS, MessageForm
from monitor.errors import ChannelBug, DeliveryError, InputError, MonitorError, NotFound, StoreError
from monitor.feeds.schedule import last_time_of, last_time_of_day, next_time_of, next_time_of_day, utc_time
from monitor.home import Home
from monitor.i18n.troubles import trouble_message
from monitor.messages.composer import Composer
from monitor.messages.content.stories.alerts import hold_until, quiet_until
from monitor.messages.outbox import SEND_SECONDS, send_deliveries, store_mailing
from monitor.model import (
    AlertPolicy,
    Delivery,
    DeliveryRecord,
    DigestInput,
    Mailing,
    Message,
    MessageKind,
    Recipient,
    Rendering,
    Schedule,
    TroubleKind,
    Window,
    public_address,
)

FIRST_DIGEST_SPAN = timedelta(days=7)  # the first digest covers at most this
# An alert covers at most this. It is more than limits of a day, which end at midnight, and quiet hours can hold back.
ALERT_SPAN = timedelta(days=2)
TICK = timedelta(microseconds=1)  # the precision of stored times


@dataclass(frozen=True)
class Publisher:
    """Stores digests, alerts and reports when they are due, and sends them."""

    home: Home

    @cached_property
    def composer(self) -> Composer:
        """Return what composes the messages, with the recipients as they were when it was first needed."""
        return Composer(self.home)

    # ---- when -------------------------------------------------------------------------------------------------------

    def due_window(self, recipient: Recipient | None = None, kind: MessageKind = MessageKind.DIGEST) -> Window | None:
        """Return the window to send now, from the end of the last one to the last due time, or None.

        Without a recipient: the window of the addresses in the settings.
        """
        schedule, audience = Schedule(self.home.settings.digest_at), ""
        if recipient:
            audience = recipient.audience
            schedule = (recipient.digest if kind is MessageKind.DIGEST else recipient.report) or schedule
        until = last_time_of(schedule, self.home.clock(), self.home.settings.timezone)
        # Deliveries of another audience count, too: an address may move between the settings and a line.
        delivered = self._delivered_until([recipient] if recipient else self.composer.ordinary_recipients, kind)
        # An address that moved to its line just before its hour has had nothing of this window.
        start = max(min(delivered, until), until - FIRST_DIGEST_SPAN) if delivered else until
        last = self.home.store.outbox.last_window(audience, kind) or self._mark_first_window(audience, kind, start)
        since = max(last.until, delivered) if delivered else last.until
        return Window(since, until) if since < until else None

    def _delivered_until(self, recipients: Sequence[Recipient], kind: MessageKind) -> datetime | None:
        """Return until when all of these have had everything; None if one of them never had anything."""
        windows = [self.home.store.outbox.last_delivered(r.channel, r.address, kind) for r in recipients]
        return min((w.until for w in windows if w), default=None) if all(windows) else None

    def _mark_first_window(self, audience: str, kind: MessageKind, start: datetime) -> Window:
        """Store an empty mailing without recipients that marks the start of the first window.

        That of the settings starts with the first run, so that nothing is missed, but at most FIRST_DIGEST_SPAN ago;
        that of a listed recipient at `start`.
        """
        now = self.home.clock()
        if not audience:
            start = max(now - FIRST_DIGEST_SPAN, self.home.store.runs.first_started() or now)
        mark = Window(start - TICK, start)
        self.home.store.outbox.put(mark, lambda _: None, audience, kind)
        # Read again: another process may have stored its mark first.
        return self.home.store.outbox.last_window(audience, kind) or mark

    def window_of_day(self, day: date) -> Window | None:
        """Return the window to mail for a past day: that of the day, or the due window if that contains the day."""
        at, zone = self.home.settings.digest_at, self.home.settings.timezone
        until = utc_time(day, at, zone)
        due = self.due_window()
        if due is not None and due.since < until:
            return due  # else its earlier days would be in no mail
        return Window(last_time_of_day(until - TICK, at, zone), until)

    @property
    def has_alerts(self) -> bool:
        """True if somebody is told at once."""
        return any(recipient.alerts for recipient in self.composer.recipients)

    def next_due(self) -> datetime | None:
        """Return when the next message is due by a schedule, or quiet hours end; None if there are none."""
        now, zone = self.home.clock(), self.home.settings.timezone
        schedules = [s for r in self.composer.recipients for s in (r.digest, r.report) if s]
        ends = [r.alerts.quiet[1] for r in self.composer.recipients if r.alerts and r.alerts.quiet]
        times = [next_time_of(s, now, zone) for s in schedules] + [next_time_of_day(now, end, zone) for end in ends]
        return min(times, default=None)

    # ---- storing and sending ----------------------------------------------------------------------------------------

    async def publish(self, *, only_alerts: bool = False, is_reading: bool = False) -> list[str]:
        """Store what is due, and send all pending deliveries; return the problems, one sentence each.

        `is_reading`: the run goes on, and publishes again at its end.
        """
        # What is wrong with the settings, the open watch says.
        problems = [] if self.home.is_closed else self.composer.problems()
        if not self.composer.recipients:
            return problems
        with _survive_bugs(problems):
            if not only_alerts:
                problems += self._store_ordinary()
            problems += self.store_listed(only_alerts=only_alerts, is_reading=is_reading)
            problems += (await self.send())[1]
        return problems

    def publish_now(self, day: date | None, run_lock: AbstractContextManager[object]) -> tuple[int, list[str]]:
        """Mail the due digest, or that of a past day, and all pending mail; each mail is sent once.

        Returns the number of mails sent and the problems. Raises InputError if mail is not configured, AlreadyRunning.
        """
        if not self.composer.recipients and self.home.is_closed:
            raise InputError(
                "nobody gets the closed watch: MONITOR_DIGEST_SENSITIVE_TO, or `sensitive: true`, says who"
            )
        if not self.composer.recipients:
            needed = "; or ".join(channel.needed for channel in self.composer.channel_settings)
            raise InputError("; ".join(self.composer.problems()) or f"no digest goes out: {needed}")
        # With the lock, else an item could be filed while the window is written.
        with run_lock:
            window = self.due_window() if day is None else self.window_of_day(day)
            if window and window.until > self.home.clock():
                raise InputError(f"the digest of {day} is not complete before its hour; name an earlier day")
            if window and self.composer.ordinary_recipients:
                self.store_mailing(window)
            problems = self.store_listed()
            sent, send_problems = asyncio.run(self.send())
            return sent, problems + send_problems

    def store_listed(self, *, only_alerts: bool = False, is_reading: bool = False) -> list[str]:
        """Store what is due for the recipients of recipients.yaml; return the problems, one sentence each."""
        problems: list[str] = []
        for recipient in self.composer.recipients:
            # With a wrong setting nothing is stored: the window stays open until somebody corrects it.
            if recipient.audience and not isinstance(self.composer.channels[recipient.channel], MonitorError):
                problems += self._store_due(recipient, only_alerts=only_alerts, is_reading=is_reading)
        return problems

    def _store_ordinary(self) -> list[str]:
        """Store the due digest for the settings, unless the setting of one of its channels is wrong.

        Returns the problems. A bug costs no listed recipient a message.
        """
        ordinary, problems = self.composer.ordinary_recipients, list[str]()
        if any(isinstance(self.composer.channels[recipient.channel], MonitorError) for recipient in ordinary):
            return problems
        with _survive_bugs(problems):
            if ordinary and (window := self.due_window()):
                self.store_mailing(window)
        return problems

    def _store_due(self, recipient: Recipient, *, only_alerts: bool, is_reading: bool) -> list[str]:
        """Store the messages that are due for a listed recipient. A bug costs nobody else a message."""
        problems: list[str] = []
        with _survive_bugs(problems):
            schedules = {MessageKind.DIGEST: recipient.digest, MessageKind.REPORT: recipient.report}
            for kind, schedule in schedules.items():
                if schedule and not only_alerts and (window := self.due_window(recipient, kind)):
                    compose = partial(self.composer.compose, recipient=recipient, kind=kind)
                    self._store(window, [recipient], compose, recipient.audience, kind)
            if recipient.alerts:
                self._store_alert(recipient, recipient.alerts, is_reading=is_reading)
        return problems

    def _store_alert(self, recipient: Recipient, policy: AlertPolicy, *, is_reading: bool) -> None:
        """Store the alert that is due for a recipient; while it is held back, its window stays open."""
        now, zone, outbox = self.home.clock(), self.home.settings.timezone, self.home.store.outbox
        last = outbox.last_window(recipient.audience, MessageKind.ALERT)
        if last is None:
            last = self._mark_first_window(recipient.audience, MessageKind.ALERT, now)
        if quiet_until(now, policy, zone):
            return
        # The end is exclusive, so articles filed at this very moment are in it; later ones are filed after it.
        # Older news is left to the digest: alerts may have been switched off for months.
        window = Window(max(last.until, now - ALERT_SPAN), max(now, last.until) + TICK)
        # Read before the window is stored: meanwhile more may be filed, which makes an alert due no later.
        news = self.composer.alert_news(
            self.home.store.reading.digest_input(window, MessageKind.ALERT), recipient, policy
        )
        if not hold_until(now, news.reasons, news.history, policy, zone, is_reading=is_reading):
            compose = partial(self.composer.compose_alert, recipient=recipient, policy=policy)
            self._store(window, [recipient], compose, recipient.audience, MessageKind.ALERT)

    def store_mailing(self, window: Window) -> bool:
        """Store the digest of a window for the addresses in the settings; return False if it was stored before."""
        ordinary = [r for r in self.composer.ordinary_recipients if not self._has_received(r, window)]
        return self._store(window, ordinary, self.composer.make_mailing)

    def _has_received(self, recipient: Recipient, window: Window) -> bool:
        """Return True if a recipient of the settings had the digest of a window by a line of recipients.yaml."""
        last = self.home.store.outbox.last_delivered(recipient.channel, recipient.address, MessageKind.DIGEST)
        return last is not None and last.since <= window.since and window.until <= last.until

    def _store(
        self,
        window: Window,
        recipients: Sequence[Recipient],
        compose: Callable[[DigestInput], Mailing | None],
        audience: str = "",
        kind: MessageKind = MessageKind.DIGEST,
    ) -> bool:
        return store_mailing(
            window,
            compose,
            recipients,
            channels={recipient.channel: self.composer.channel(recipient.channel) for recipient in recipients},
            outbox=self.home.store.outbox,
            audience=audience,
            kind=kind,
            watch="closed" if self.home.is_closed else "",
        )

    async def send(self) -> tuple[int, list[str]]:
        """Send all pending deliveries; return the number sent and the problems, one sentence each.

        A delivery that failed and is not due yet is a problem, too.
        """
        channels = {
            name: channel for name, channel in self.composer.channels.items() if not isinstance(channel, MonitorError)
        }
        report = await send_deliveries(
            self.composer.recipients,
            channels=channels,
            outbox=self.home.store.outbox,
            clock=self.home.clock,
            most_tries={name: kind.most_tries for name, kind in CHANNELS.items() if kind.most_tries},
            # A faulty line or setting may hide a recipient: what is stored for unknown ones waits, and is not refused.
            all_known=not self.composer.listed.problems and len(channels) == len(self.composer.channels),
        )
        for delivery, error in report.failures:
            if isinstance(error, ChannelBug):
                log_bug("deliver", delivery.channel, error.bug)
        # A server that is down has the same problem for every delivery.
        now = self.home.clock()
        waiting = [r for r in self.home.store.outbox.records(unsent=True) if not r.refused and r.due and r.due > now]
        problems = [
            *(self._problem(delivery, str(error), error.is_temporary) for delivery, error in report.failures),
            *(self._problem(record, record.detail, is_temporary=True) for record in waiting),
        ]
        return report.sent, list(dict.fromkeys(problems))

    def _problem(self, delivery: Delivery | DeliveryRecord, detail: str, is_temporary: bool) -> Message:
        channel, address = delivery.channel, delivery.recipient
        if channel == "mail":
            if is_temporary:
                return trouble_message(TroubleKind.MAIL, detail)
            return trouble_message(TroubleKind.RECIPIENT, address, detail)
        matches = (r.public_label for r in self.composer.recipients if (r.channel, r.address) == (channel, address))
        return trouble_message(TroubleKind.CHANNEL, channel, next(matches, public_address(address)), detail)

    def retry(self, delivery: int) -> None:
        """Let a delivery be sent again. Raises NotFound."""
        if not self.home.store.outbox.retry(delivery):
            raise NotFound(f"no delivery {delivery}; `monitor deliver list` shows them")

    async def send_test(self, name: str) -> Recipient:
        """Send a message without news to a recipient, by its address or name.

        Raises NotFound, InputError, DeliveryError.
        """
        # Most recipients have no name: an empty one would be the first of them.
        matches = [r for r in self.composer.recipients if name and name in {r.address, r.name}]
        if not matches:
            raise NotFound(f"no recipient {name!r}; `monitor deliver list` shows them")
        recipient = matches[0]
        channel, now = self.composer.channel(recipient.channel), self.home.clock()
        message = "A test of the monitor: messages to you arrive. There is no news in it."
        is_json = CHANNELS[recipient.channel].form is MessageForm.JSON
        rendering = Rendering("[monitor] test", f'{{"text": "{message}"}}' if is_json else message + "\n")
        # With microseconds: a receiver drops an event whose id it has already.
        external_id = channel.external_id(f"test.{now:%Y%m%dT%H%M%S%f}")
        delivery = Delivery(recipient.channel, recipient.address, external_id, now, rendering, kind=MessageKind.TEST)
        try:
            async with asyncio.timeout(SEND_SECONDS), channel:
                await channel.send(replace(delivery, certificate=recipient.certificate))
        except TimeoutError:
            raise DeliveryError(f"{channel.endpoint} takes too long") from None
        except MonitorError:
            raise
        except Exception as bug:
            log_bug("deliver", recipient.channel, bug)
            raise ChannelBug(bug) from bug
        return recipient


@contextmanager
def _survive_bugs(problems: list[str]) -> Iterator[None]:
    """Log a bug and add it to the problems, but raise an error of the database."""
    try:
        yield
    except StoreError:
        raise
    except Exception as bug:
        log_bug("mail", "digest", bug)
        kind = type(bug).__name__
        problems.append(f"the digest is not mailed: an error in monitor itself ({kind}); please report it")
