"""The digest for its recipients: from the settings to windows, renderings and channels."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from monitor.app.bug_log import log_bug
from monitor.app.channels import channel_settings, complete_channels
from monitor.app.clock import Clock
from monitor.app.lock import RunLock
from monitor.config import Settings
from monitor.errors import DeliveryError, InputError, StoreError
from monitor.feeds.schedule import last_time_of_day, next_time_of_day, utc_time
from monitor.i18n.troubles import trouble_message
from monitor.model import Delivery, DigestInput, Mailing, Message, Recipient, Rendering, TroubleKind, Window
from monitor.pipeline.publish import send_deliveries, store_mailing
from monitor.ports import Channel
from monitor.review.local_names import with_local_names
from monitor.review.visibility import without_sensitive
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.digest import Digest

FIRST_DIGEST_SPAN = timedelta(days=7)  # the first digest covers at most this
# Text and HTML together, in UTF-8. Base64 makes that a mail of under 80 kB; Gmail cuts mails at 102 kB.
DIGEST_BYTES = 56_000
STORY_LIMITS = (60, 40, 25, 15, 10, 6, 3)  # per section, tried in this order until the digest fits


@dataclass(frozen=True, slots=True)
class Publisher:
    """Composes digests, and publishes them to the recipients in the settings."""

    settings: Settings
    store: Store
    clock: Clock

    @property
    def is_configured(self) -> bool:
        return bool(self.recipients)

    @property
    def recipients(self) -> Sequence[Recipient]:
        """Return the recipients over all channels that are set up."""
        return [recipient for channel in complete_channels(self.settings) for recipient in channel.recipients]

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Return the channels that are set up, by name. Raises InputError when a setting of one is wrong."""
        return {channel.name: channel.build() for channel in complete_channels(self.settings)}

    async def publish_due(self) -> list[str]:
        """Write the due digest and send all pending deliveries; return the problems, one sentence each."""
        problems: list[str] = [trouble_message(TroubleKind.SETTINGS, half_set) for half_set in self._half_set_channels]
        if not self.is_configured:
            return problems
        try:
            if window := self.due_window():
                self.store_mailing(window)
            problems += (await self.send())[1]
        except InputError as error:  # a wrong setting of a channel must not stop the ingest
            problems.append(trouble_message(TroubleKind.SETTINGS, error))
        except StoreError:
            raise
        except Exception as bug:
            log_bug("mail", "digest", bug)
            bug_name = type(bug).__name__
            problems.append(f"the digest is not mailed: an error in monitor itself ({bug_name}); please report it")
        return problems

    def publish_now(self, day: date | None) -> tuple[int, list[str]]:
        """Mail the due digest, or that of a past day, and all pending mail; each mail is sent once.

        Returns the number of mails sent and the problems. Raises InputError if mail is not configured, AlreadyRunning.
        """
        if not self.is_configured:
            needed = "; or ".join(channel.needed for channel in channel_settings(self.settings))
            raise InputError("; ".join(self._half_set_channels) or f"no digest goes out: set {needed}")
        with RunLock(
            self.settings.database_file, self.store, self.clock
        ).hold():  # else an item could be filed while the window is written
            window = self.due_window() if day is None else self.window_of_day(day)
            if window and window.until > self.clock():
                raise InputError(f"the digest of {day} is not complete before its hour; name an earlier day")
            if window:
                self.store_mailing(window)
            return asyncio.run(self.send())

    @property
    def _half_set_channels(self) -> list[str]:
        return [channel.problem for channel in channel_settings(self.settings) if channel.problem]

    def due_window(self) -> Window | None:
        """Return the window to mail now, from the end of the last one to the last digest hour, or None."""
        last = self.store.outbox.last_window() or self._mark_first_window()
        until = last_time_of_day(self.clock(), self.settings.digest_at, self.settings.timezone)
        return Window(last.until, until) if last.until < until else None

    def _mark_first_window(self) -> Window:
        """Store an empty mailing without recipients that marks the start of the first window.

        It starts with the first run, so that nothing is missed, but at most FIRST_DIGEST_SPAN ago.
        """
        now = self.clock()
        start = max(now - FIRST_DIGEST_SPAN, self.store.runs.first_started() or now)
        mark = Window(start - timedelta(microseconds=1), start)
        self.store.outbox.put(mark, lambda _: (Mailing(mark, now), ()))
        return self.store.outbox.last_window() or mark

    def window_of_day(self, day: date) -> Window | None:
        """Return the window to mail for a past day: that of the day, or the due window if that contains the day."""
        at, zone = self.settings.digest_at, self.settings.timezone
        until = utc_time(day, at, zone)
        due = self.due_window()
        if due is not None and due.since < until:
            return due  # else its earlier days would be in no mail
        return Window(last_time_of_day(until - timedelta(microseconds=1), at, zone), until)

    def store_mailing(self, window: Window) -> bool:
        """Store the mailing of a window with a delivery to each recipient; return False if it was stored before."""
        return store_mailing(
            window, self.make_mailing, self.recipients, channels=self.channels, outbox=self.store.outbox
        )

    async def send(self) -> tuple[int, list[str]]:
        """Send all pending deliveries; return the number sent and the problems, one sentence each."""
        report = await send_deliveries(
            self.recipients, channels=self.channels, outbox=self.store.outbox, clock=self.clock
        )
        # A server that is down has the same problem for every delivery.
        return report.sent, list(dict.fromkeys(_problem(*failure) for failure in report.failures))

    def make_mailing(self, digest_input: DigestInput) -> Mailing:
        """Return the mailing: an ordinary rendering, and a full one if a recipient may see sensitive names."""
        ordinary = self._render(without_sensitive(digest_input))
        full = self._render(digest_input) if any(recipient.full for recipient in self.recipients) else Rendering()
        return Mailing(digest_input.window, self.clock(), ordinary, full)

    def _render(self, digest_input: DigestInput) -> Rendering:
        from monitor.digest import make_digest, subject  # late: templates and languages, which few runs need

        settings, window = self.settings, digest_input.window
        local_names = self.store.watchlists.local_names(settings.language)
        digest = replace(
            make_digest(with_local_names(digest_input, local_names), settings.timezone),
            next_at=next_time_of_day(window.until, settings.digest_at, settings.timezone),
            contact=next((channel.contact for channel in self.channels.values() if channel.contact), ""),
            base_url=settings.base_url,
            language=settings.language,
            first_mail=digest_input.first_mail,
        )
        text, html = render_within_limit(digest)
        return Rendering(subject(digest), text, html)


def render_within_limit(digest: Digest) -> tuple[str, str]:
    """Render text and HTML with as many stories as fit into a mail; the others are only counted."""
    from monitor.digest import as_html, as_text

    # If even the smallest does not fit, it is sent nevertheless.
    for story_limit in STORY_LIMITS:
        shown = replace(digest, max_stories=story_limit)
        text, html = as_text(shown), as_html(shown)
        if len(text.encode()) + len(html.encode()) <= DIGEST_BYTES:
            break
    return text, html


def _problem(delivery: Delivery, error: DeliveryError) -> Message:
    if error.is_temporary:
        return trouble_message(TroubleKind.MAIL, error)
    return trouble_message(TroubleKind.RECIPIENT, delivery.recipient, error)
