"""Whether a message would reach a recipient now: the channel, the last messages, quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kit.app import App
from kit.names import names_desk
from monitor.app.reach import failure_of, next_message_by_mark, reach_by_mark
from monitor.app.recipients_file import mark_of
from monitor.model import DeliveryRecord, MessageKind, Reach, ReachState, Window

HOUR = timedelta(hours=1)
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
TRIED = DeliveryRecord(1, MessageKind.ALERT, "mail", "anna@b.example", AT, 1, None, None, None, "")
SENT = replace(TRIED, sent=AT)
REFUSED = replace(TRIED, refused=AT + HOUR, detail="550 no such user")
DELAYED = replace(TRIED, written=AT + 2 * HOUR, detail="451 try later")
LINE = "recipients: [{to: Anna@b.example, at_once: yes, quiet: '%s'}]"


@pytest.fixture
def app(tmp_path: Path, sqlite_with_tables: Path) -> Iterator[App]:
    app = names_desk(tmp_path, sqlite_with_tables)
    yield app
    app.close()


def reach(app: App, url: str = "smtps://mail.b.example", quiet: str = "00:00-00:01", channel: str = "mail") -> Reach:
    """Return the reach of the only recipient."""
    (app.settings.home / "recipients.yaml").write_text(LINE % quiet, "utf-8")
    app.settings = app.settings.model_copy(update={"smtp_url": url})
    return reach_by_mark(app).get(mark_of(channel, "anna@b.example"), Reach(ReachState.LEFT_OUT))


@pytest.mark.parametrize(
    ("tried", "failure"),
    [
        ([], None),
        ([SENT], None),
        ([REFUSED], Reach(ReachState.REFUSED, REFUSED.refused)),
        ([DELAYED], Reach(ReachState.DELAYED, DELAYED.written)),
        ([SENT, REFUSED, DELAYED], Reach(ReachState.DELAYED, REFUSED.refused)),  # since the first that failed
        ([REFUSED, replace(SENT, sent=AT + 3 * HOUR)], None),
        ([REFUSED, replace(REFUSED, refused=AT + 5 * HOUR)], Reach(ReachState.REFUSED, REFUSED.refused)),
    ],
)
def test_messages_fail_since_the_first_after_the_last_that_arrived(tried, failure):
    assert failure_of(tried) == failure_of(tried[::-1]) == failure


def test_whoever_has_a_channel_and_no_failure_is_reached(app: App):
    assert reach(app) == Reach(ReachState.REACHED) and not reach(app).is_blocked


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"url": ""}, ReachState.UNSET),
        ({"url": "http://mail.b.example"}, ReachState.WRONG_SETTING),
        ({"quiet": "22-7 or so"}, ReachState.LEFT_OUT),
        ({"channel": "webhook"}, ReachState.LEFT_OUT),
    ],
)
def test_nothing_reaches_whom_a_setting_or_a_line_keeps_from_it(app: App, changes: dict[str, str], state: ReachState):
    assert reach(app, **changes) == Reach(state) and reach(app, **changes).is_blocked


def test_alerts_wait_for_the_end_of_quiet_hours(app: App):
    now = app.clock().astimezone(app.settings.timezone)
    end = (now + HOUR).replace(minute=0, second=0, microsecond=0)
    quiet = f"{now - HOUR:%H:%M}-{end:%H:%M}"
    assert reach(app, quiet=quiet) == Reach(ReachState.QUIET, end.astimezone(UTC))
    assert not reach(app, quiet=quiet).is_blocked


@pytest.mark.parametrize(
    ("times", "due"),
    [
        ("daily: '8:00'", "2026-03-03 08:00"),
        ("daily: '8:00', report: weekly", "2026-03-03 08:00"),  # the sooner of two
        ("weekly: friday 09:30", "2026-03-06 09:30"),
        ("report: monthly", "2026-04-01 08:00"),
        ("at_once: yes", ""),
    ],
)
def test_the_next_message_is_due_by_the_times_of_the_line_in_the_zone_of_the_watch(app: App, times: str, due: str):
    (app.settings.home / "recipients.yaml").write_text(f"recipients: [{{to: anna@b.example, {times}}}]", "utf-8")
    messages = next_message_by_mark(app)
    assert [f"{at.astimezone(app.settings.timezone):%Y-%m-%d %H:%M}" for at in messages.values()] == [due] * bool(due)


def test_a_message_that_is_overdue_is_told_with_the_time_that_passed(app: App):
    (app.settings.home / "recipients.yaml").write_text("recipients: [{to: a@b.example, daily: '7:00'}]", "utf-8")
    app.settings = app.settings.model_copy(update={"timezone": ZoneInfo("UTC")})
    for last, due in ((AT - 25 * HOUR, AT - HOUR), (AT - HOUR, AT + 23 * HOUR)):
        app.store.outbox.put(Window(last - HOUR, last), lambda _: None, "mail:a@b.example")
        assert [*next_message_by_mark(app).values()] == [due]
