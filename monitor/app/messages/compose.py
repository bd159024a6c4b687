"""Messages to recipients: from the settings, recipients.yaml and the news of a window to renderings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.app.bug_log import log_bug
from monitor.app.clock import Clock
from monitor.app.messages.channels import ChannelSettings, channel_settings, listed_recipients
from monitor.config import Settings
from monitor.deliver import CHANNELS, MessageForm
from monitor.errors import ChannelBug, MonitorError
from monitor.feeds.schedule import next_time_of
from monitor.i18n.troubles import trouble_message
from monitor.model import (
    AlertedName,
    AlertPolicy,
    AlertReason,
    DigestInput,
    EntityType,
    Mailing,
    MessageKind,
    Recipient,
    RecipientList,
    Rendering,
    Schedule,
    Scope,
    TroubleKind,
    Window,
)
from monitor.ports import Channel
from monitor.review.local_names import with_local_names
from monitor.review.scope import outlets_in_scope, within_scope
from monitor.review.visibility import without_sensitive
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.digest import Digest


@dataclass(frozen=True, slots=True)
class AlertNews:
    """The part of a window that a recipient is told at once and why, and what they were told in the last two days."""

    input: DigestInput
    reasons: tuple[AlertReason, ...]
    history: tuple[AlertedName, ...]


@dataclass(frozen=True)
class Composer:
    """Composes digests, alerts and reports for the recipients in the settings and in recipients.yaml."""

    settings: Settings
    store: Store
    clock: Clock

    # ---- who --------------------------------------------------------------------------------------------------------

    @cached_property
    def listed(self) -> RecipientList:
        """Return recipients.yaml, as it was when it was first needed."""
        return listed_recipients(self.settings)

    @cached_property
    def _channel_settings(self) -> Sequence[ChannelSettings]:
        return channel_settings(self.settings, self.listed)

    @cached_property
    def recipients(self) -> Sequence[Recipient]:
        """Return the recipients over all channels that are set up."""
        complete = (channel for channel in self._channel_settings if channel.is_complete)
        return [recipient for channel in complete for recipient in channel.recipients]

    @property
    def ordinary_recipients(self) -> Sequence[Recipient]:
        """Return the recipients in the settings, who share their windows."""
        return [recipient for recipient in self.recipients if not recipient.audience]

    @cached_property
    def channels(self) -> Mapping[str, Channel | MonitorError]:
        """Return the channels that are set up, by name; for one whose setting is wrong, the error."""
        channels: dict[str, Channel | MonitorError] = {}
        for channel in self._channel_settings:
            if channel.is_complete:
                try:
                    channels[channel.name] = channel.build()
                except MonitorError as error:
                    channels[channel.name] = error
                    if isinstance(error, ChannelBug):
                        log_bug("deliver", channel.name, error.bug)
        return channels

    def channel(self, name: str) -> Channel:
        """Return a channel that is set up. Raises InputError when its setting is wrong, ChannelBug."""
        channel = self.channels[name]
        if isinstance(channel, MonitorError):
            raise channel
        return channel

    def problems(self) -> list[str]:
        """Return what is wrong with the settings and recipients.yaml, one sentence each."""
        wrong = [
            *(channel.problem for channel in self._channel_settings if channel.problem),
            *map(str, self.listed.problems),
            *(
                f"{name}: {error}" if isinstance(error, ChannelBug) else error
                for name, error in self.channels.items()
                if isinstance(error, MonitorError)
            ),
        ]
        return [trouble_message(TroubleKind.SETTINGS, problem) for problem in wrong]

    # ---- composing --------------------------------------------------------------------------------------------------

    def make_mailing(self, digest_input: DigestInput) -> Mailing:
        """Return the digest for the settings: ordinary, and full if a recipient may see sensitive names."""
        ordinary = self._render(without_sensitive(digest_input))
        is_full = any(recipient.full for recipient in self.recipients if not recipient.audience)
        full = self._render(digest_input) if is_full else Rendering()
        return Mailing(digest_input.window, self.clock(), ordinary, full)

    def _compose(self, digest_input: DigestInput, recipient: Recipient, kind: MessageKind) -> Mailing:
        """Return the message of a listed recipient: without sensitive names, and with them if they may see them."""
        ordinary, full = (
            self._render(within_scope(digest_input, recipient.scope, full=is_full), recipient, kind)
            if recipient.full or not is_full
            else Rendering()
            for is_full in (False, True)
        )
        return Mailing(digest_input.window, self.clock(), ordinary, full)

    def alert_news(self, digest_input: DigestInput, recipient: Recipient, policy: AlertPolicy) -> AlertNews:
        """Return the news of a window that a recipient is told at once."""
        from monitor.digest import order_reasons, select_alerts

        # Not narrowed to what is visible: it is what this recipient was told, about other items, too.
        history = tuple(name for name in digest_input.alerted if name.audience == recipient.audience)
        visible = within_scope(digest_input, recipient.scope, full=recipient.full)
        # Selected from what the recipient may see: a name that is hidden from them is no reason for an alert.
        outlets = outlets_in_scope(visible, recipient.scope)
        items, reasons = select_alerts(visible, self.urgent_entities(), recipient.audience, policy, outlets)
        reasons = order_reasons(reasons, history, digest_input.window.until)
        # Without `alerted`: the cards of an alert need no line about who was told at once.
        return AlertNews(replace(visible, items=items, alerted=()), reasons, history)

    def _alert(self, digest_input: DigestInput, recipient: Recipient, policy: AlertPolicy) -> Mailing | None:
        """Return the alert of a window, or None if nothing in it is told at once."""
        from monitor.digest import alerted_names

        news, window = self.alert_news(digest_input, recipient, policy), digest_input.window
        if not news.reasons:
            return None
        alerted = alerted_names(news.reasons, news.history, window.until, policy, self.settings.timezone)
        rendering = self._render(news.input, recipient, MessageKind.ALERT, news.reasons)
        # One rendering: a recipient who may no longer see sensitive names does not get a waiting alert.
        ordinary, full = (Rendering(rendering.subject), rendering) if recipient.full else (rendering, Rendering())
        return Mailing(window, self.clock(), ordinary, full, alerted)

    def rewrite(self, digest_input: DigestInput, audience: str, kind: MessageKind) -> Mailing | None:
        """Return a stored mailing composed again, after a name was purged or marked sensitive.

        None if nothing is left of it.
        """
        if not audience:
            return self.make_mailing(digest_input)
        # Found by address: it may have moved from its line to the settings meanwhile.
        recipient = next((r for r in self.recipients if f"{r.channel}:{r.address}" == audience), None)
        if recipient is None:
            return None
        if kind is not MessageKind.ALERT:
            return self._compose(digest_input, recipient, kind)
        # Alerts may have been switched off since this one was stored.
        policy = recipient.alerts or AlertPolicy()
        # Later alerts would make these names count as reported before, and nothing would be left.
        alerted = tuple(a for a in digest_input.alerted if a.at and a.at < digest_input.window.until)
        return self._alert(replace(digest_input, alerted=alerted), recipient, policy)

    def _render(
        self,
        digest_input: DigestInput,
        recipient: Recipient | None = None,
        kind: MessageKind = MessageKind.DIGEST,
        reasons: tuple[AlertReason, ...] = (),
    ) -> Rendering:
        """Return the message of a digest input that the recipient may see; None: an address in the settings."""
        from monitor.digest import render_message  # late: templates and languages, which few runs need

        recipient = recipient or Recipient("mail", "", digest=Schedule(self.settings.digest_at))
        form = CHANNELS[recipient.channel].form
        return render_message(
            replace(self._digest(digest_input, recipient), reasons=reasons),
            kind,
            for_programs=form is MessageForm.JSON,
            shows_names=recipient.shows_names,
        )

    def _digest(self, digest_input: DigestInput, recipient: Recipient) -> Digest:
        from monitor.digest import make_digest

        settings, window = self.settings, digest_input.window
        language = recipient.language or settings.language
        labelled = with_labels(digest_input, self.recipients)
        schedule = recipient.digest
        next_at = next_time_of(schedule, window.until, settings.timezone) if schedule else None
        channels = (channel for channel in self.channels.values() if not isinstance(channel, MonitorError))
        return replace(
            make_digest(with_local_names(labelled, self.store.watchlists.local_names(language)), settings.timezone),
            next_at=next_at,
            contact=next((channel.contact for channel in channels if channel.contact), ""),
            base_url=settings.base_url,
            language=language,
            first_mail=digest_input.first_mail,
        )

    def report(self, span: timedelta, entity: str, language: str, *, full: bool) -> Mapping[str, str]:
        """Return the report of the last days, or of one name in them, by format: text, html, json."""
        from monitor.digest import render_report

        now = self.clock()
        whole = self.store.reading.report_input(Window(now - span, now))
        visible = within_scope(whole, Scope(names=(entity,) if entity else ()), full=full)
        return render_report(self._digest(visible, Recipient("mail", "", language=language)))

    def urgent_entities(self) -> frozenset[str]:
        """Return the ids of the names that are told at once: marked ones, or all people if the settings say so."""
        today = self.clock().astimezone(self.settings.timezone).date()
        all_people = self.settings.urgent == "people"
        return frozenset(
            entity.id
            for entity in self.store.watchlists.current().watched_on(today)
            if entity.urgent or (all_people and entity.type is EntityType.PERSON)
        )


def with_labels(digest_input: DigestInput, recipients: Sequence[Recipient]) -> DigestInput:
    """Return the digest input with the names of those who were told at once in place of their audiences."""
    # Readers need no address of another reader.
    labels = {recipient.audience: recipient.name for recipient in recipients if recipient.name}
    alerted = tuple(
        replace(name, audience=labels.get(name.audience, name.audience.partition(":")[0]))
        for name in digest_input.alerted
    )
    return replace(digest_input, alerted=alerted)
