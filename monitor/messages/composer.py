"""Messages to recipients: from the settings, recipients.yaml and the news of a window to renderings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from monitor.bug_log import log_bug
from monitor.config.channel_settings import ChannelSettings, channel_settings, listed_recipients
from monitor.config.channels import CHANNELS, MessageForm
from monitor.errors import ChannelBug, InputError, MonitorError
from monitor.feeds.schedule import next_time_of, next_time_of_day
from monitor.home import Home
from monitor.i18n.troubles import trouble_message
from monitor.match import custody_in, find_frames
from monitor.messages.channels import build_channel
from monitor.messages.content.message import render_message, render_name_report, render_report
from monitor.messages.content.stories.alerts import alerted_names, order_reasons, select_alerts
from monitor.messages.content.stories.build import Alarm, Digest, make_digest
from monitor.model import (
    AlertedName,
    AlertPolicy,
    AlertReason,
    DigestInput,
    Entity,
    Mailing,
    MessageKind,
    Modality,
    Recipient,
    RecipientList,
    Rendering,
    Schedule,
    Scope,
    TextFrom,
    ToldAct,
    TroubleKind,
    VictimKind,
    Window,
    custody_of,
)
from monitor.ports import Channel
from monitor.review.scope import outlets_in_scope, with_local_names, within_scope

# What `SqlReading.sources` tells of a window.
_OF_SOURCES = ("feeds", "feeds_read", "last_read", "began", "silent", "articles", "articles_from_feed")


@dataclass(frozen=True, slots=True)
class AlertNews:
    """The part of a window that a recipient is told at once and why, and what they were told in the last two days."""

    input: DigestInput
    reasons: tuple[AlertReason, ...]
    history: tuple[AlertedName, ...]


@dataclass(frozen=True)
class Composer:
    """Composes digests, alerts and reports of one watch for the recipients in the settings and in recipients.yaml."""

    home: Home

    # ---- who --------------------------------------------------------------------------------------------------------

    @cached_property
    def listed(self) -> RecipientList:
        """Return recipients.yaml, as it was when it was first needed."""
        return listed_recipients(self.home.settings)

    @cached_property
    def channel_settings(self) -> Sequence[ChannelSettings]:
        return channel_settings(self.home.settings, self.listed)

    @cached_property
    def all_recipients(self) -> Sequence[Recipient]:
        """Return the recipients over all channels, set up or not; of the closed watch, those who are cleared."""
        recipients = [recipient for channel in self.channel_settings for recipient in channel.recipients]
        if not self.home.is_closed:
            return recipients
        return [replace(one, scope=one.scope.in_closed_watch()) for one in recipients if one.cleared]

    @property
    def recipients(self) -> Sequence[Recipient]:
        """Return the recipients over all channels that are set up; of the closed watch, those who are cleared."""
        complete = {channel.name for channel in self.channel_settings if channel.is_complete}
        return [recipient for recipient in self.all_recipients if recipient.channel in complete]

    @property
    def ordinary_recipients(self) -> Sequence[Recipient]:
        """Return the recipients in the settings, who share their windows."""
        return [recipient for recipient in self.recipients if not recipient.audience]

    @cached_property
    def channels(self) -> Mapping[str, Channel | MonitorError]:
        """Return the channels that are set up, by name; for one whose setting is wrong, the error."""
        channels: dict[str, Channel | MonitorError] = {}
        for channel in self.channel_settings:
            if channel.is_complete:
                try:
                    channels[channel.name] = build_channel(channel.kind, self.home.settings)
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

    @property
    def channels_half_set(self) -> Sequence[ChannelSettings]:
        """Return the channels that lack a setting for what goes out by them."""
        return [channel for channel in self.channel_settings if channel.problem]

    def problems(self) -> list[str]:
        """Return what is wrong with the settings and recipients.yaml, one sentence each."""
        half_set = [trouble_message(TroubleKind.SETTINGS, channel.problem) for channel in self.channels_half_set]
        return [*half_set, *self.other_problems()]

    def other_problems(self) -> list[str]:
        """Return what is wrong beside channels that are half set."""
        wrong = [
            *map(str, self.listed.problems),
            *(
                f"{name}: {error}" if isinstance(error, ChannelBug) else error
                for name, error in self.channels.items()
                if isinstance(error, MonitorError)
            ),
        ]
        return [trouble_message(TroubleKind.SETTINGS, problem) for problem in wrong]

    # ---- composing --------------------------------------------------------------------------------------------------

    def make_mailing(self, digest_input: DigestInput) -> Mailing | None:
        """Return the digest for the addresses in the settings; None: the closed watch has no news for them."""
        recipient = Recipient("mail", "", digest=Schedule(self.home.settings.digest_at))
        return self.compose(digest_input, recipient, MessageKind.DIGEST)

    def compose(self, digest_input: DigestInput, recipient: Recipient, kind: MessageKind) -> Mailing | None:
        """Return a digest or report; None: the closed watch has no news for its recipient, who gets the open one."""
        digest = self._digest(within_scope(self._with_sources(digest_input), recipient.scope), recipient)
        news = digest.input.items if kind is MessageKind.REPORT else digest.listed_stories
        if self.home.is_closed and not news:
            return None
        return Mailing(digest_input.window, self.home.clock(), self._render(digest, recipient, kind))

    def _with_sources(self, digest_input: DigestInput) -> DigestInput:
        """Return the input of the closed watch with the sources of the open one."""
        if not self.home.is_closed:
            return digest_input
        facts = self.home.open_watch.store.reading.sources(digest_input.window)
        return replace(digest_input, **{name: getattr(facts, name) for name in _OF_SOURCES})

    def alert_news(self, digest_input: DigestInput, recipient: Recipient, policy: AlertPolicy) -> AlertNews:
        """Return the news of a window that a recipient is told at once."""
        # Asked for every few seconds, and mostly nothing was filed: then no feed is read.
        if self.home.is_closed and digest_input.items:
            digest_input = replace(digest_input, feeds=tuple(self.home.open_watch.store.feeds.states()))
        # Not narrowed to the scope: it is what this recipient was told, about other items, too.
        history = tuple(name for name in digest_input.alerted if name.audience == recipient.audience)
        narrowed = within_scope(digest_input, recipient.scope)
        outlets = outlets_in_scope(narrowed, recipient.scope)
        items, reasons = select_alerts(narrowed, self.urgent_entities(policy), recipient.audience, policy, outlets)
        reasons = order_reasons(reasons, history, digest_input.window.until)
        # Without `alerted`: the cards of an alert need no line about who was told at once.
        return AlertNews(replace(narrowed, items=items, alerted=()), reasons, history)

    def compose_alert(self, digest_input: DigestInput, recipient: Recipient, policy: AlertPolicy) -> Mailing | None:
        """Return the alert of a window, or None if nothing in it is told at once."""
        news, window = self.alert_news(digest_input, recipient, policy), digest_input.window
        if not news.reasons:
            return None
        alerted = alerted_names(news.reasons, news.history, window.until, policy, self.home.settings.timezone)
        brought = {
            a.id: a for item in news.input.items for a in item.articles if a.filed in window or a.changed in window
        }
        from_feed = sum(article.text_from is TextFrom.FEED for article in brought.values())
        own_counts = replace(news.input, articles=len(brought), articles_from_feed=from_feed)
        # Nothing is read in the seconds that an alert is about: that is no alarm.
        digest = replace(self._digest(own_counts, recipient), reasons=news.reasons, alarm=Alarm.NONE)
        return Mailing(window, self.home.clock(), self._render(digest, recipient, MessageKind.ALERT), alerted)

    def rewrite(self, digest_input: DigestInput, audience: str, kind: MessageKind) -> Mailing | None:
        """Return a stored mailing composed again, after a name left its watch; None if nothing is left of it."""
        if not audience:
            return self.make_mailing(digest_input)
        # Found by address: it may have moved from its line to the settings meanwhile.
        recipient = next((r for r in self.recipients if f"{r.channel}:{r.address}" == audience), None)
        if recipient is None:
            return None
        if kind is not MessageKind.ALERT:
            return self.compose(digest_input, recipient, kind)
        # Alerts may have been switched off since this one was stored.
        policy = recipient.alerts or AlertPolicy()
        # Later alerts would make these names count as reported before, and nothing would be left.
        alerted = tuple(a for a in digest_input.alerted if a.at and a.at < digest_input.window.until)
        return self.compose_alert(replace(digest_input, alerted=alerted), recipient, policy)

    def _render(self, digest: Digest, recipient: Recipient, kind: MessageKind) -> Rendering:
        """Return the message of a digest in the form that its recipient's channel takes."""
        is_json = CHANNELS[recipient.channel].form is MessageForm.JSON
        # Whoever carries a mail reads its subject: of the closed watch it never holds a name.
        digest = replace(digest, names_in_subject=recipient.names_in_subject and not self.home.is_closed)
        return render_message(digest, kind, for_programs=is_json, shows_names=recipient.shows_names)

    def _digest(self, digest_input: DigestInput, recipient: Recipient) -> Digest:
        settings, schedule = self.home.settings, recipient.digest
        next_at = next_time_of(schedule, digest_input.window.until, settings.timezone) if schedule else None
        channels = (channel for channel in self.channels.values() if not isinstance(channel, MonitorError))
        return replace(
            self._localized(digest_input, recipient.language),
            next_at=next_at,
            contact=next((channel.contact for channel in channels if channel.contact), ""),
            first_mail=digest_input.first_mail,
        )

    def _localized(self, digest_input: DigestInput, language: str) -> Digest:
        """Return the digest in a language, by default that of the settings."""
        settings, language = self.home.settings, language or self.home.settings.language
        items = tuple(self.home.store.cards.with_related_leads(digest_input.items, settings.language))
        labelled = with_labels(replace(digest_input, items=items), self.recipients)
        watchlists = self.home.store.watchlists
        local_names = watchlists.local_names(language)
        entities = watchlists.current().entities if local_names and labelled.counted else ()
        return replace(
            with_acts_before(make_digest(with_local_names(labelled, local_names, entities), settings.timezone)),
            # At the desk the closed watch is the same pages below a prefix.
            base_url=f"{settings.base_url}/closed" if self.home.is_closed and settings.base_url else settings.base_url,
            language=language,
            lead_language=settings.language,
            newsroom=settings.newsroom,
            is_closed=self.home.is_closed,
        )

    # ---- for one reader ---------------------------------------------------------------------------------------------

    def digest_of_day(self, day: date | None = None, language: str = "") -> Digest:
        """Return the digest of a day, from digest hour to digest hour, or of the last 24 hours.

        `language` is the reader's, by default that of the settings. Raises InputError for a day in the future.
        """
        settings, now = self.home.settings, self.home.clock()
        until = now if day is None else datetime.combine(day, settings.digest_at, settings.timezone).astimezone(UTC)
        since = until.astimezone(settings.timezone) - timedelta(days=1)  # 23 or 25 hours when clocks change
        window = Window(since.astimezone(UTC), min(until, now))
        if window.since >= window.until:
            raise InputError(f"the digest of {day} begins in the future; name a day up to tomorrow")
        digest_input = within_scope(self._with_sources(self.home.store.reading.digest_input(window)), Scope())
        # Only the present size of the queue is known.
        if until < now:
            digest_input = replace(digest_input, waiting=None, oldest_waiting=None, never_reviewed=0)
        next_at = next_time_of_day(now, settings.digest_at, settings.timezone) if self.recipients else None
        return replace(self._localized(digest_input, language), next_at=next_at)

    def report(self, span: timedelta, entity: str, language: str) -> Mapping[str, str]:
        """Return the report of the last days, or of one name in them, by format: text, html, json. Raises NotFound."""
        digest, watched = self.report_digest(span, entity, language)
        return render_name_report(digest, watched) if watched else render_report(digest)

    def report_digest(self, span: timedelta, entity: str, language: str) -> tuple[Digest, Entity | None]:
        """Return what the report of the last days, or of one name in them, is made of. Raises NotFound."""
        watched = self.home.store.watchlists.get(entity) if entity else None
        now = self.home.clock()
        whole = self._with_sources(self.home.store.reading.digest_input(Window(now - span, now), MessageKind.REPORT))
        narrowed = within_scope(whole, Scope(names=(entity,) if entity else ()))
        return self._digest(narrowed, Recipient("mail", "", language=language)), watched

    def urgent_entities(self, policy: AlertPolicy | None = None) -> frozenset[str]:
        """Return the ids of the names that a recipient with this policy is told at once; without one, anybody.

        These are marked names, or all people if the settings say so, and those that a recipient has asked for.
        """
        policies = [policy] if policy else [AlertPolicy(), *(r.alerts for r in self.recipients if r.alerts)]
        # The closed watch gives out the same ids: those of recipients.yaml are of open names.
        of_recipients = frozenset(name for one in policies for name in one.names if not self.home.is_closed)
        watched = self.home.store.watchlists.current().watched_on(self.home.today())
        all_people = self.home.settings.urgent == "people"
        marked = {entity.id for entity in watched if entity.is_told_at_once(all_people=all_people)}
        is_marked_told = any(one.urgent for one in policies)
        return frozenset(e.id for e in watched if e.id in of_recipients or (is_marked_told and e.id in marked))


def with_acts_before(digest: Digest) -> Digest:
    """Return the digest with what the sentences told that outlets changed."""
    sentences = {finding.before for story in digest.sure_stories for finding in story.findings if finding.before}
    return replace(digest, told_before={sentence: _acts_told(sentence) for sentence in sentences})


def _acts_told(sentence: str) -> Sequence[ToldAct]:
    """Return what a sentence tells of people."""
    frames = (f for f in find_frames(sentence) if f.modality is Modality.ASSERTED)
    return [
        ToldAct(sentence[: f.victim_span.start], f.victim, f.act, custody_of(f.act, custody_in(sentence)))
        for f in frames
        if f.victim_kind is not VictimKind.OUTLET
    ]


def with_labels(digest_input: DigestInput, recipients: Sequence[Recipient]) -> DigestInput:
    """Return the digest input with the names of those who were told at once in place of their audiences."""
    # Readers need no address of another reader.
    labels = {recipient.audience: recipient.name for recipient in recipients if recipient.name}
    alerted = tuple(
        replace(name, audience=labels.get(name.audience, name.audience.partition(":")[0]))
        for name in digest_input.alerted
    )
    return replace(digest_input, alerted=alerted)
