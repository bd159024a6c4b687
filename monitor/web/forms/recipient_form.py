"""The form of a recipient: an item of recipients.yaml as the fields of the form, and what was typed as an item."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import time
from typing import Any

from starlette.datastructures import FormData

from monitor.config.recipients import WEEKDAYS, RecipientForm, Row, flag_of
from monitor.model import FollowUps, Message

# Lists of ids or names, each with its boxes to tick.
LISTS = ("at_once_names", "names", "outlets", "countries")
LISTS_OF_NAMES = ("at_once_names", "names")
UNSHOWN = "*"  # the value of the box that stands for all ids whose names are not shown
_FLAGS = ("at_once", "sensitive", "show_names")
_KEYS = tuple(RecipientForm.model_fields)
# Fields of the form that make up one key of the file.
_PARTS = {"daily": ("digest", "digest_at"), "weekly": ("digest", "digest_at"), "quiet": ("quiet_from", "quiet_to")}
# Where the form shows what is wrong with a key of the file, and what it says: a file's words speak of the whole key.
_HOUR_FAULT = ("digest_at", Message("write a time of day"))
_FAULTS = {
    "daily": _HOUR_FAULT,
    "weekly": _HOUR_FAULT,
    "most_a_day": ("most_a_day", Message("write a number from 1 to 1000")),
}
_TIMES = ("daily", "weekly", "at_once", "at_once_names", "report")  # without any of them: daily
# Where a message goes, how, and about what, with the defaults.
_WAY_AND_SCOPE = {
    "channel": "mail", "to": "", "key": "", "show_names": "", "names": "", "outlets": "", "countries": "",
}  # fmt: skip
_HOURS = ("digest_at", "quiet_from", "quiet_to")
MAX_LENGTH = 2_000  # characters of one field

Fields = Mapping[str, Any]  # text, or of `LISTS` a list of texts


def fields_of(row: Row, digest_at: time) -> Fields:
    """Return an item of the file as the fields of the form; `digest_at` is the hour of a line without times."""
    values = {"channel": "mail", **with_flags(row)}
    fields: dict[str, Any] = {key: _field_text(values.get(key)) for key in _KEYS if key not in LISTS}
    for key in LISTS:
        ids = values.get(key)
        fields[key] = [str(value) for value in ids] if isinstance(ids, list) else []
    weekday, _, hour = str(values.get("weekly", "")).lower().partition(" ")
    is_daily = "daily" in row or not any(values.get(key) or values.get(key) == [] for key in _TIMES)
    fields["digest"] = weekday if weekday in WEEKDAYS else "daily" if is_daily and "weekly" not in row else ""
    fields["digest_at"] = _hour(hour or fields["daily"]) or f"{digest_at:%H:%M}"
    fields["follow_ups"] = fields["follow_ups"].removeprefix(FollowUps.CHANGES)  # the default
    begin, _, end = fields["quiet"].partition("-")
    return fields | {"quiet_from": _hour(begin), "quiet_to": _hour(end)}


def _field_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _hour(text: str) -> str:
    """Return a time of day as a browser's field takes it: 08:00 for 8:00."""
    text = text.strip()
    return f"0{text}" if len(text) == len("8:00") else text


def _typed_hour(text: str) -> str:
    """Return a time of day as the form shows it: 08:00 for 8, 800 and 8.00, since phones' digits have no colon."""
    match = re.fullmatch(r"([0-9]{1,2})[:. ]?([0-9]{2})?", text)
    return f"{int(match[1]):02}:{match[2] or '00'}" if match else text


def with_flags(row: Row) -> Row:
    """Return an item of the file with true and false in place of their spellings."""
    return {name: flag_of(value) if name in _FLAGS else value for name, value in row.items()}


def typed_fields(form: FormData, before: Row, shown_ids: Mapping[str, Collection[str]]) -> Fields:
    """Return the fields as they were typed.

    `shown_ids`: those whose boxes were on the page, by field of `LISTS_OF_NAMES`. One box stands for all other ids that
    the item has.
    """
    fields: dict[str, Any] = {}
    for name in (*_KEYS, "digest", "digest_at", "quiet_from", "quiet_to"):
        text = form.get(name)
        fields[name] = " ".join(text[:MAX_LENGTH].split()) if isinstance(text, str) else ""
    for name in _HOURS:
        fields[name] = _typed_hour(fields[name])
    for name in LISTS:
        ticked = [value[:MAX_LENGTH] for value in form.getlist(name) if isinstance(value, str)]
        ids = [str(value) for value in before.get(name) or ()] if isinstance(before.get(name), list) else []
        unshown = hidden_ids(ids, shown_ids[name]) if UNSHOWN in ticked and name in LISTS_OF_NAMES else []
        chosen = {*ticked, *unshown} - ({UNSHOWN} if name in LISTS_OF_NAMES else set())
        fields[name] = [
            *(value for value in ids if value in chosen),
            *(v for v in ticked if v in chosen and v not in ids),
        ]
    return fields


def hidden_ids(ids: Collection[str], shown_ids: Collection[str]) -> list[str]:
    """Return the ids that are not shown: of closed names, and of names that nobody watches."""
    return [value for value in ids if value not in shown_ids]


def row_of(typed: Fields, before: Row, digest_at: time) -> Row:
    """Return what was typed as an item of the file, without empty values; what is as before keeps its spelling."""
    shown, row = fields_of(before, digest_at), dict[str, Any]()
    for key in _KEYS:
        is_as_before = bool(before) and all(typed[part] == shown[part] for part in _PARTS.get(key, (key,)))
        if is_as_before and key in before:
            row[key] = before[key]
        elif not is_as_before and (value := _value(key, typed)) not in ("", []):
            row[key] = value
    if row.get("channel") == "mail" and "channel" not in before:
        del row["channel"]  # the default, which the file leaves out
    return row


def _value(key: str, typed: Fields) -> object:
    match key:
        case "daily":
            return typed["digest_at"] if typed["digest"] == "daily" else ""
        case "weekly":
            return f"{typed['digest']} {typed['digest_at']}" if typed["digest"] in WEEKDAYS else ""
        case "quiet":
            return f"{typed['quiet_from']}-{typed['quiet_to']}" if typed["quiet_from"] or typed["quiet_to"] else ""
        case "at_once" | "sensitive":
            return typed[key] == "true" or ""
        case "show_names":
            return {"true": True, "false": False}.get(typed[key], "")
        case "most_a_day":
            return int(typed[key]) if typed[key].isascii() and typed[key].isdigit() else typed[key]
        case _:
            return typed[key]


def faults_by_field(faults: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the keys of an item by the field of the form that shows it."""
    return dict(_FAULTS.get(key, (key, fault)) for key, fault in faults.items())


def missing_parts(typed: Fields, row: Row) -> dict[str, Message]:
    """Return what is missing in a form by field: a time of a pair, or any time at all."""
    faults = {}
    quiet = typed["quiet_from"], typed["quiet_to"]
    if bool(quiet[0]) != bool(quiet[1]):
        faults["quiet"] = Message("both times are needed")
    elif all(quiet) and not all(re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", hour) for hour in quiet):
        faults["quiet"] = _HOUR_FAULT[1]
    has_times = any(typed[name] for name in ("digest", "at_once", "at_once_names", "report"))
    # An empty list is a choice of its own, as the page of a name leaves it.
    if not has_times and "at_once_names" not in row:
        faults["digest"] = Message("choose a digest, names for immediate alerts, or a report")
    return faults


def as_cleared_as_before(row: Row, before: Row | None) -> Row:
    """Return an item as somebody may write it who is not cleared.

    It gets messages of the closed watch if it got them before, and if these go to the same place in the same way and
    about the same names, outlets and countries.
    """
    typed_row, stored_row = with_flags(row), with_flags(before or {})
    goes_as_before = all(
        _scope_text(typed_row.get(name, default)) == _scope_text(stored_row.get(name, default))
        for name, default in _WAY_AND_SCOPE.items()
    )
    other_fields = {name: value for name, value in row.items() if name != "sensitive"}
    return other_fields | ({"sensitive": True} if goes_as_before and stored_row.get("sensitive") is True else {})


def _scope_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else _field_text(value)
