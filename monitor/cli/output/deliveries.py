"""Terminal output of recipients and deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from monitor.cli.common import out
from monitor.cli.output.runs import local_time
from monitor.config.recipients import WEEKDAYS
from monitor.model import DeliveryRecord, Recipient, Schedule


def recipient_row(recipient: Recipient) -> Mapping[str, object]:
    """Return a recipient for programs."""
    return {
        "to": recipient.address,
        "channel": recipient.channel,
        "name": recipient.name,
        "when": when_text(recipient),
        "sensitive": recipient.cleared,
        "names": recipient.scope.names,
        "outlets": recipient.scope.outlets,
        "countries": recipient.scope.countries,
    }


def when_text(recipient: Recipient) -> str:
    """Return when a recipient gets messages, in words."""
    parts = (
        "at once" if recipient.alerts else "",
        _schedule_text(recipient.digest) if recipient.digest else "",
        f"report {_schedule_text(recipient.report)}" if recipient.report else "",
    )
    return ", ".join(filter(None, parts))


def _schedule_text(schedule: Schedule) -> str:
    if schedule.monthly:
        return f"monthly {schedule.at:%H:%M}"
    return f"{'daily' if schedule.weekday is None else WEEKDAYS[schedule.weekday]} {schedule.at:%H:%M}"


def print_recipients(recipients: Sequence[Recipient]) -> None:
    if not recipients:
        out.print("Nobody receives messages; set MONITOR_DIGEST_TO, or write recipients.yaml.")
    table = Table("recipient", "channel", "when", "sees", box=None)
    for recipient in recipients:
        label = f"{recipient.name} <{recipient.address}>" if recipient.name else recipient.address
        table.add_row(label, recipient.channel, when_text(recipient), visible_text(recipient))
    if recipients:
        out.print(table)


def visible_text(recipient: Recipient) -> str:
    """Return what a recipient sees, in words."""
    scope = recipient.scope
    parts = (
        ", ".join((*scope.names, *scope.outlets, *scope.countries)) or "everything",
        "the closed watch, too" if recipient.cleared else "",
        "" if recipient.shows_names else "without names",
        "names in subjects" if recipient.names_in_subject else "",
        "encrypted" if recipient.certificate else "",
    )
    return "; ".join(filter(None, parts))


def print_deliveries(records: Sequence[DeliveryRecord]) -> None:
    table = Table("id", "what", "recipient", "channel", "written", "state", box=None)
    for record in records:
        texts = (record.kind, record.recipient, record.channel, local_time(record.written), state_text(record))
        table.add_row(str(record.id), *texts)
    if records:
        out.print()
        out.print(table)


def state_text(record: DeliveryRecord) -> str:
    """Return the state of a delivery in words."""
    if record.sent:
        return f"sent {local_time(record.sent)}"
    if record.refused:
        return f"not sent: {record.detail}"
    return f"waits until {local_time(record.due)}: {record.detail}" if record.due else "waits"
