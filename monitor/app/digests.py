"""The digest by mail: what is due is written down first and sent then, so that a crash sends the same once more."""

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
from monitor.deliver.smtp import MailServer, Post
from monitor.digest import Digest, as_html, as_text, make_digest, subject
from monitor.errors import DeliveryError
from monitor.feeds.schedule import last_moment, moment_of, next_moment
from monitor.i18n.troubles import trouble
from monitor.model import Addressed, DigestInput, Letter, Mailing, Rendering, TroubleKind, Window
from monitor.review.visibility import without_sensitive
from monitor.store import Store

AS_LONG_AS = 120.0  # seconds that a mail may take, and after which none is begun
LEASE = timedelta(minutes=5)  # longer than both together; a dead sender's letters are free after that
FIRST_TELLS = timedelta(days=7)  # of the past that the first digest tells at most
# As bytes of UTF-8, of text and HTML together: base64 makes a mail of under 80 kB of it, and Gmail cuts at 102 kB.
ROOM = 56_000
STORIES = (60, 40, 25, 15, 10, 6, 3)  # of a section, as many as fit


def missing_for_mail(settings: Settings) -> str:
    """What keeps mail from being sent, in one sentence; empty when nothing does, or when none is wanted."""
    recipients = settings.digest_to or settings.digest_sensitive_to
    if bool(recipients) == bool(settings.smtp_url):
        return ""
    given, missing = "MONITOR_SMTP_URL", "MONITOR_DIGEST_TO"
    if recipients:
        given, missing = "MONITOR_DIGEST_TO" if settings.digest_to else "MONITOR_DIGEST_SENSITIVE_TO", given
    return f"{given} is set but {missing} is not: no digest is mailed; set both or neither"


@dataclass(frozen=True, slots=True)
class Mailer:
    """Mails digests to the recipients of the settings."""

    settings: Settings
    store: Store
    clock: Clock

    @property
    def server(self) -> MailServer:
        return MailServer.from_url(self.settings.smtp_url)

    @property
    def wanted(self) -> bool:
        return bool(self.recipients and self.settings.smtp_url)

    @property
    def recipients(self) -> Mapping[str, bool]:
        """Address -> whether it may see sensitive names. An address in both settings gets the full digest alone."""
        ordinary, full = self.settings.digest_to, self.settings.digest_sensitive_to
        return dict.fromkeys(ordinary, False) | dict.fromkeys(full, True)

    def due(self) -> Window | None:
        """The window that is to be mailed now, if any: from where the last one ended to the last digest hour."""
        last = self.store.outbox.last() or self._begin()
        until = last_moment(self.clock(), self.settings.digest_at, self.settings.timezone)
        return Window(last.until, until) if last.until < until else None

    def _begin(self) -> Window:
        """Store an empty mailing to nobody as the start of the first window, so that the first digest misses nothing.

        It starts with the first run. Where mail is set up long after that, the first digest is not to be endless.
        """
        now = self.clock()
        start = max(now - FIRST_TELLS, self.store.runs.first_started() or now)
        mark = Window(start - timedelta(microseconds=1), start)
        self.store.outbox.put(mark, lambda _: Mailing(mark, now, "", "", ""), ())
        return self.store.outbox.last() or mark

    def day(self, day: date) -> Window | None:
        """The window to be mailed for a day that is over: its own, or what is due where the day is part of that."""
        at, zone = self.settings.digest_at, self.settings.timezone
        until = moment_of(day, at, zone)
        due = self.due()
        if due is not None and due.since < until:
            return due  # its days before would be in no mail
        return Window(last_moment(until - timedelta(microseconds=1), at, zone), until)

    def put(self, window: Window) -> bool:
        """Write the mailing of a window, with a letter to each recipient; False when it was written before."""
        domain = self.server.sender.rpartition("@")[2]
        letters = [Addressed(to, _message_id(window, to, domain), full) for to, full in self.recipients.items()]
        return self.store.outbox.put(window, self.write, letters)

    async def send(self) -> tuple[int, list[str]]:
        """Send every letter that waits, each once; returns how many went, and what went wrong, one sentence each."""
        now = self.clock()
        letters = self.store.outbox.claim(now, now + LEASE)
        if not letters:
            return 0, []
        sent, problems, stop, recipients = 0, list[str](), time.monotonic() + AS_LONG_AS, self.recipients
        async with Post(self.server) as post:
            for letter in letters:
                if letter.recipient not in recipients:
                    self.store.outbox.failed(letter, self.clock(), "is no recipient any more", refused=True)
                    continue
                if time.monotonic() > stop:
                    break  # a server this slow gets the rest later
                allowed = letter.full and recipients[letter.recipient]  # it may have been taken back meanwhile
                if problem := await self._send(replace(letter, full=allowed), post):
                    problems.append(problem)
                else:
                    sent += 1
        return sent, list(dict.fromkeys(problems))

    async def _send(self, letter: Letter, post: Post) -> str:
        try:
            failpoints.point("mail: before it is handed over")
            async with asyncio.timeout(AS_LONG_AS):
                await post.send(letter)
            failpoints.point("mail: after it was handed over")
        except DeliveryError as error:
            self.store.outbox.failed(letter, self.clock(), str(error), refused=not error.passing)
            if error.passing:
                return trouble(TroubleKind.MAIL, error)
            return trouble(TroubleKind.RECIPIENT, letter.recipient, error)
        except TimeoutError:
            self.store.outbox.failed(letter, self.clock(), "it took too long", refused=False)
            return trouble(TroubleKind.MAIL, f"{self.server.place} takes too long")
        self.store.outbox.sent(letter, self.clock())
        return ""

    def write(self, happened: DigestInput) -> Mailing:
        """The mailing of what happened: for everybody, and in full where somebody may receive that."""
        ordinary = self._render(without_sensitive(happened))
        full = self._render(happened) if self.settings.digest_sensitive_to else Rendering()
        return Mailing(happened.window, self.clock(), ordinary.subject, ordinary.text, ordinary.html, full)

    def _render(self, happened: DigestInput) -> Rendering:
        settings, window = self.settings, happened.window
        digest = replace(
            make_digest(happened, settings.timezone),
            next_at=next_moment(window.until, settings.digest_at, settings.timezone),
            contact=self.server.sender if self.wanted else "",
            base_url=settings.base_url,
            language=settings.language,
            first_mail=happened.first_mail,
        )
        text, html = fitting(digest)
        return Rendering(subject(digest), text, html)


def fitting(digest: Digest) -> tuple[str, str]:
    """Text and HTML with as many stories as a mail has room for; the rest is counted."""
    for most in STORIES:
        shown = replace(digest, most=most)
        text, html = as_text(shown), as_html(shown)
        if len(text.encode()) + len(html.encode()) <= ROOM:
            break
    return text, html


def _message_id(window: Window, recipient: str, domain: str) -> str:
    """The same for a window and a recipient wherever it is made, also from a backup: mail programs show it once."""
    key = f"{_stamp(window.since)}/{_stamp(window.until)}/{recipient}"
    return f"<{_stamp(window.until)}.{blake2b(key.encode(), digest_size=8).hexdigest()}@{domain}>"


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"
