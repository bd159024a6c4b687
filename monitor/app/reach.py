"""Whether a message would reach a recipient now: one answer for the pages and the commands that promise one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor.app.recipients_file import mark_of, way_of
from monitor.errors import MonitorError
from monitor.feeds.schedule import last_time_of, next_time_of
from monitor.home import Home
from monitor.messages.composer import Composer
from monitor.messages.content.stories.alerts import quiet_until
from monitor.model import DeliveryRecord, MessageKind, Reach, ReachState, Recipient


def reach_by_mark(home: Home, records: Sequence[DeliveryRecord] | None = None) -> Mapping[str, Reach]:
    """Return the reach of each recipient by `mark_of`; who is not in it is left out.

    `records`: the latest deliveries of the watch, if they are at hand.
    """
    composer = Composer(home)
    records = home.store.outbox.records() if records is None else records
    return {mark_of(one.channel, one.address): reach_of(composer, one, records) for one in composer.all_recipients}


def reach_of(composer: Composer, recipient: Recipient, records: Sequence[DeliveryRecord]) -> Reach:
    """Return whether a message would reach a recipient now."""
    home, way = composer.home, way_of(recipient.channel, recipient.address)
    channel = composer.channels.get(recipient.channel)
    if channel is None:
        return Reach(ReachState.UNSET)
    if isinstance(channel, MonitorError):
        return Reach(ReachState.WRONG_SETTING)
    tried = [one for one in records if way_of(one.channel, one.recipient) == way and _was_tried(one)]
    if failure := failure_of(tried):
        return failure
    until = recipient.alerts and quiet_until(home.clock(), recipient.alerts, home.settings.timezone)
    return Reach(ReachState.QUIET, until) if until else Reach(ReachState.REACHED)


def next_message_by_mark(home: Home) -> Mapping[str, datetime]:
    """Return when the next digest or report of each recipient is due, by `mark_of`; who gets only alerts is left out.

    A time that has passed: it goes out with the next run.
    """
    due = {
        mark_of(one.channel, one.address): _next_message(home, one)
        for one in Composer(home).all_recipients
        if one.digest or one.report
    }
    return {mark: at for mark, at in due.items() if at}


def _next_message(home: Home, recipient: Recipient) -> datetime | None:
    now, zone = home.clock(), home.settings.timezone
    times = []
    for kind, schedule in ((MessageKind.DIGEST, recipient.digest), (MessageKind.REPORT, recipient.report)):
        if schedule:
            # Without a window the recipient is new: the next run begins their first one at the last time.
            last, due = home.store.outbox.last_window(recipient.audience, kind), last_time_of(schedule, now, zone)
            times.append(due if last and last.until < due else next_time_of(schedule, now, zone))
    return min(times, default=None)


def failure_of(tried: Sequence[DeliveryRecord]) -> Reach | None:
    """Return since when messages to one recipient fail; None where the last that was tried arrived."""
    newest_first = sorted(tried, key=lambda one: one.sent or one.refused or one.written, reverse=True)
    arrived = next((place for place, one in enumerate(newest_first) if one.sent), len(newest_first))
    failures = newest_first[:arrived]
    if not failures:
        return None
    state = ReachState.REFUSED if failures[0].refused else ReachState.DELAYED
    return Reach(state, min(one.refused or one.written for one in failures))


def _was_tried(record: DeliveryRecord) -> bool:
    return bool(record.sent or record.refused or record.is_delayed)
