"""The digest by mail: a mailing is stored before it is sent, so that after a crash the same mail is sent again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from monitor import failpoints
from monitor.app.clock import Clock
from monitor.config import Settings
from monitor.deliver.smtp import MailServer, SmtpConnection
from monitor.digest import Digest, as_html, as_text, make_digest, subject
from monitor.errors import DeliveryError
from monitor.feeds.schedule import last_time_of_day, next_time_of_day, utc_time
from monitor.i18n.troubles import trouble_message
from monitor.model import Addressed, DigestInput, Letter, Mailing, Rendering, TroubleKind, Window
from monitor.review.visibility import without_sensitive
from monitor.store import Store

SEND_SECONDS = 120.0  # the timeout of one mail, and the time after which no further one is begun
LEASE = timedelta(minutes=5)  # longer than twice SEND_SECONDS; then the claims of a dead sender expire
FIRST_DIGEST_SPAN = timedelta(days=7)  # the first digest covers at most this
# Text and HTML together, in UTF-8. Base64 makes that a mail of under 80 kB; Gmail cuts mails at 102 kB.
MAIL_BYTES = 56_000
STORY_LIMITS = (60, 40, 25, 15, 10, 6, 3)  # per section, tried in this order until the mail fits


def mail_settings_problem(settings: Settings) -> str:
    """Return a sentence if only half of the mail settings are set, else an empty string."""
    recipients = settings.digest_to or settings.digest_sensitive_to
    if bool(recipients) == bool(settings.smtp_url):
        return ""
    present, missing = "MONITOR_SMTP_URL", "MONITOR_DIGEST_TO"
    if recipients:
        present, missing = "MONITOR_DIGEST_TO" if settings.digest_to else "MONITOR_DIGEST_SENSITIVE_TO", present
    return f"{present} is set but {missing} is not: no digest is mailed; set both or neither"


@dataclass(frozen=True, slots=True)
class Mailer:
    """Stores and sends digests to the recipients in the settings."""

    settings: Settings
    store: Store
    clock: Clock

    @property
    def server(self) -> MailServer:
        return MailServer.from_url(self.settings.smtp_url)

    @property
    def is_configured(self) -> bool:
        return bool(self.recipients and self.settings.smtp_url)

    @property
    def recipients(self) -> Mapping[str, bool]:
        """Recipients: address -> receives sensitive names. An address in both settings gets the full digest only."""
        # The later dict wins for an address in both settings.
        ordinary, full = self.settings.digest_to, self.settings.digest_sensitive_to
        return dict.fromkeys(ordinary, False) | dict.fromkeys(full, True)

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
        self.store.outbox.put(mark, lambda _: Mailing(mark, now, "", "", ""), ())
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
        """Store the mailing of a window with a letter to each recipient; return False if it was stored before."""
        domain = self.server.sender.rpartition("@")[2]
        letters = [Addressed(to, _message_id(window, to, domain), full) for to, full in self.recipients.items()]
        return self.store.outbox.put(window, self.make_mailing, letters)

    async def send(self) -> tuple[int, list[str]]:
        """Send all pending letters; return the number sent and the problems, one sentence each."""
        now = self.clock()
        letters = self.store.outbox.claim(now, now + LEASE)
        if not letters:
            return 0, []
        sent, problems, deadline, recipients = 0, list[str](), time.monotonic() + SEND_SECONDS, self.recipients
        async with SmtpConnection(self.server) as post:
            for letter in letters:
                # The address was removed from the settings since the mailing was stored.
                if letter.recipient not in recipients:
                    self.store.outbox.mark_failed(letter, self.clock(), "is no recipient any more", refused=True)
                    continue
                if time.monotonic() > deadline:
                    break  # a slow server gets the rest in the next run
                allowed = letter.full and recipients[letter.recipient]  # the permission may have been withdrawn since
                if problem := await self._send_one(replace(letter, full=allowed), post):
                    problems.append(problem)
                else:
                    sent += 1
        # A server that is down has the same problem for every letter.
        return sent, list(dict.fromkeys(problems))

    async def _send_one(self, letter: Letter, post: SmtpConnection) -> str:
        try:
            # After a crash between the two fail points the mail is sent twice, with the same Message-ID.
            failpoints.point("mail: before it is handed over")
            async with asyncio.timeout(SEND_SECONDS):
                await post.send(letter)
            failpoints.point("mail: after it was handed over")
        except DeliveryError as error:
            self.store.outbox.mark_failed(letter, self.clock(), str(error), refused=not error.is_temporary)
            if error.is_temporary:
                return trouble_message(TroubleKind.MAIL, error)
            return trouble_message(TroubleKind.RECIPIENT, letter.recipient, error)
        except TimeoutError:
            self.store.outbox.mark_failed(letter, self.clock(), "it took too long", refused=False)
            return trouble_message(TroubleKind.MAIL, f"{self.server.address} takes too long")
        self.store.outbox.mark_sent(letter, self.clock())
        return ""

    def make_mailing(self, digest_input: DigestInput) -> Mailing:
        """Return the mailing: an ordinary rendering, and a full one if a recipient may see sensitive names."""
        ordinary = self._render(without_sensitive(digest_input))
        full = self._render(digest_input) if self.settings.digest_sensitive_to else Rendering()
        return Mailing(digest_input.window, self.clock(), ordinary.subject, ordinary.text, ordinary.html, full)

    def _render(self, digest_input: DigestInput) -> Rendering:
        settings, window = self.settings, digest_input.window
        digest = replace(
            make_digest(digest_input, settings.timezone),
            next_at=next_time_of_day(window.until, settings.digest_at, settings.timezone),
            contact=self.server.sender if self.is_configured else "",
            base_url=settings.base_url,
            language=settings.language,
            first_mail=digest_input.first_mail,
        )
        text, html = render_within_limit(digest)
        return Rendering(subject(digest), text, html)


def render_within_limit(digest: Digest) -> tuple[str, str]:
    """Render text and HTML with as many stories as fit into a mail; the others are only counted."""
    # If even the smallest does not fit, it is sent nevertheless.
    for story_limit in STORY_LIMITS:
        shown = replace(digest, max_stories=story_limit)
        text, html = as_text(shown), as_html(shown)
        if len(text.encode()) + len(html.encode()) <= MAIL_BYTES:
            break
    return text, html


def _message_id(window: Window, recipient: str, domain: str) -> str:
    """Return the Message-ID of a window and recipient.

    It is deterministic, so that a mail sent twice (after a crash, from a backup) is shown once by mail programs.
    """
    key = f"{_timestamp(window.since)}/{_timestamp(window.until)}/{recipient}"
    return f"<{_timestamp(window.until)}.{blake2b(key.encode(), digest_size=8).hexdigest()}@{domain}>"


def _timestamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"
