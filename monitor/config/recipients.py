"""Pure, except `load_recipients`. recipients.yaml: who is sent what, when, and over which channel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from monitor.config.channels import CHANNELS
from monitor.config.forms import (
    MAX_BYTES,
    NO_PLACE,
    FileReport,
    Form,
    Part,
    Text,
    describe_errors,
    parse_clock,
    read_text,
    text_parser,
    validate,
)
from monitor.config.settings import RECIPIENTS_FILE
from monitor.config.yaml import edit_list, read_list, write_list
from monitor.errors import InputError, Problem
from monitor.model import AlertPolicy, FollowUps, Message, Recipient, RecipientList, Schedule, Scope

KEY = "recipients"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_CERTIFICATE = 100_000  # characters
_CERTIFICATE_MARK = "BEGIN PGP PUBLIC KEY BLOCK"

Row = Mapping[str, Any]
_FLAG = TypeAdapter(bool)


def flag_of(value: object) -> object:
    """Return true or false for any of their spellings in the file, such as `yes`; other values unchanged."""
    try:
        return _FLAG.validate_python(value)
    except ValidationError:
        return value  # the check of the file reports it


def _parse_weekly(value: str) -> Schedule:
    """Parse a weekday with a time, such as `monday 08:00`."""
    day, _, clock = value.lower().partition(" ")
    if day not in WEEKDAYS:
        raise ValueError(f"{value!r} is not a day and a time")
    return Schedule(parse_clock(clock), WEEKDAYS.index(day))


def _parse_quiet(value: str) -> tuple[time, time]:
    """Parse a span of hours, such as `22:00-07:00`."""
    begin, _, end = (part.strip() for part in value.partition("-"))
    if (span := (parse_clock(begin), parse_clock(end))) and span[0] == span[1]:
        raise ValueError(Message("the quiet hours end when they begin"))
    return span


def _require_channel(name: str) -> str:
    if name not in CHANNELS:
        raise ValueError(f"{name!r} is no channel")
    return name


Ids = Annotated[
    tuple[Text, ...], Field(repr=False, description="write a list of ids, as `monitor watchlist list` has them")
]
Texts = Annotated[tuple[Text, ...], Field(description="write a list, [one, another]")]
Countries = Annotated[
    tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...], Field(description="write codes of ISO 3166, [KG, KZ]")
]


class RecipientForm(Form):
    """The schema of one recipient in the file."""

    to: Annotated[Text, Field(min_length=1, max_length=500)] = Field(
        description="write " + ", or ".join(kind.address for kind in CHANNELS.values())
    )
    channel: Annotated[str, AfterValidator(_require_channel)] = Field(
        "mail", description="use one of: " + ", ".join(CHANNELS)
    )
    name: Annotated[Text, Field(max_length=100)] = Field("", description="write who it is, in up to 100 characters")
    language: Literal["", "en", "ru", "ky"] = Field("", description="use one of: en, ru, ky")
    names: Ids = ()
    outlets: Texts = ()
    countries: Countries = ()
    daily: Annotated[time | None, text_parser(parse_clock)] = Field(None, description="write it as 08:00")
    weekly: Annotated[Schedule | None, text_parser(_parse_weekly)] = Field(None, description="write it as monday 08:00")
    at_once: bool = Field(False, description="write true or false")
    at_once_names: Ids = ()
    quiet: Annotated[tuple[time, time] | None, text_parser(_parse_quiet)] = Field(
        None, description="write it as 22:00-07:00"
    )
    follow_ups: FollowUps = Field(FollowUps.CHANGES, description="use one of: " + ", ".join(FollowUps))
    most_a_day: int = Field(20, ge=1, le=1000, description="write a number from 1 to 1000")
    report: Literal["", "weekly", "monthly"] = Field("", description="use one of: weekly, monthly")
    sensitive: bool = Field(False, description="write true or false")
    show_names: bool | None = Field(None, description="write true or false")
    subject: Literal["", "names"] = Field("", description="write names, or leave it out")
    key: Text = Field("", description="write the path of an OpenPGP certificate (a public key)")


def load_recipients(folder: Path, digest_at: time, allow_hosts: frozenset[str] = frozenset()) -> RecipientList:
    """I/O. Return the recipients of a home's file; none if there is no file. Lines with problems are left out."""
    path = folder / RECIPIENTS_FILE
    if not path.exists():
        return RecipientList()
    try:
        return parse_recipients(read_text(path), str(path), digest_at, folder, allow_hosts)
    except InputError as error:
        # Nobody knows whose lines it had.
        return RecipientList(problems=tuple(map(str, error.problems)), left_out=_any_text(path))


def _any_text(path: Path) -> str:
    """I/O. Return the beginning of a file, whatever it holds; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def parse_recipients(
    text: str, file: str, digest_at: time, folder: Path, allow_hosts: frozenset[str] = frozenset()
) -> RecipientList:
    """Return the recipients of a list; `folder` holds their keys. Raises InputError for a text that is no YAML."""
    report, recipients, left_out = FileReport(file), list[Recipient](), list[str]()
    parts, lines = _parts(text, report), dict[tuple[str, str], int]()
    for part in parts:
        form = validate(RecipientForm, part, report)
        if form is None:
            left_out.append(str(part.value))
            continue
        kind, place = CHANNELS[form.channel], part.place("to")
        key = form.channel, kind.address_key(form.to)
        if key in lines:
            report.add(place, f"this address is on the list already (line {lines[key]})", "make them one entry")
        elif fault := _fault_of(form, allow_hosts):
            left_out.append(form.to)
            report.add(part.place(fault[0]), f"{fault[0]}: {fault[1]}", fault[2])
        else:
            try:
                recipients.append(_recipient(form, digest_at, folder))
            except InputError as error:
                (problem,) = error.problems
                left_out.append(form.to)
                # Advice on how to make a list does not fit a key.
                wrong = f"{problem.file}: {problem.wrong}" if isinstance(problem, Problem) else problem
                report.add(part.place("key"), f"key: {wrong}", "name the file with the OpenPGP certificate")
        lines.setdefault(key, place.line)
    problems = tuple(map(str, report.error().problems))
    # What is left out, as far as it can be read: who may be meant by it gets nothing by the settings either.
    return RecipientList(tuple(recipients), problems, "\n".join(left_out) if parts else text if problems else "")


def recipient_rows(text: str, file: str) -> dict[int, Row]:
    """Return the items of a list as they are written, by the index that `edit_recipients` takes. Raises InputError.

    What is no recipient at all, such as a bare dash, is left out.
    """
    parts = enumerate(_parts(text, FileReport(file)))
    return {index: part.value for index, part in parts if isinstance(part.value, dict)}


def _parts(text: str, report: FileReport) -> list[Part]:
    # A file of comments, or of the bare key, has no recipients and no mistake.
    is_empty = not re.sub(rf"(?m)#.*$|^{KEY}:\s*(\[\])?\s*$", "", text).strip()
    return [] if is_empty else read_list(text, KEY, "to", report)


def _address_fault(channel: str, to: str, allow_hosts: frozenset[str]) -> Message | None:
    """Return what is wrong with an address of a channel, or None."""
    if channel not in CHANNELS or CHANNELS[channel].is_address(to, allow_hosts):
        return None
    return Message("this is no address of the channel {}", channel)


def _fault_of(form: RecipientForm, allow_hosts: frozenset[str]) -> tuple[str, Message, str] | None:
    """Return the field that does not fit the others, what is wrong, and what to do; None if all do."""
    if wrong_address := _address_fault(form.channel, form.to, allow_hosts):
        return "to", wrong_address, f"write {CHANNELS[form.channel].address}"
    if form.subject and (form.key or form.show_names is False or form.channel != "mail"):
        wrong = Message("subjects are never encrypted, and this line keeps names from those who carry its messages")
        return "subject", wrong, "leave it out"
    if form.daily and form.weekly:
        return "weekly", Message("there is a daily digest, too"), "keep one of them"
    return None


def faults_of_row(row: Row, other_rows: Iterable[Row], folder: Path, allow_hosts: frozenset[str]) -> dict[str, str]:
    """I/O. Return what is wrong with an item of the list beside these others, by field; it names no file."""
    try:
        form = RecipientForm.model_validate(row)
    except ValidationError as error:
        problems = describe_errors(error, RecipientForm)
        # A problem of a field begins with its name.
        faults = {str(p.path[0]): p.wrong.arguments[1] if isinstance(p.wrong, Message) else p.wrong for p in problems}
        # An address is looked at, too, so that nothing is told only the second time.
        wrong_address = _address_fault(str(row.get("channel") or "mail"), str(row.get("to") or ""), allow_hosts)
        return faults | ({"to": wrong_address} if wrong_address and "to" not in faults else {})
    if fault := _fault_of(form, allow_hosts):
        return {fault[0]: fault[1]}
    key = CHANNELS[form.channel].address_key
    addresses = {key(str(one.get("to"))) for one in other_rows if (one.get("channel") or "mail") == form.channel}
    if key(form.to) in addresses:
        return {"to": Message("this address is on the list already")}
    try:
        if form.key:
            _read_certificate(folder / form.key)
    except InputError:
        return {"key": Message("there is no such file, or it holds no OpenPGP public key in text form")}
    return {}


def _recipient(form: RecipientForm, digest_at: time, folder: Path) -> Recipient:
    """Return the recipient; one without any time gets the daily digest. Raises InputError if the key is no file."""
    digest = Schedule(form.daily) if form.daily else form.weekly
    # An empty list of names is a choice, too: who was told of a last name at once gets no digest by losing it.
    if not (digest or form.at_once or form.report or "at_once_names" in form.model_fields_set):
        digest = Schedule(digest_at)
    policy = AlertPolicy(
        form.follow_ups, form.quiet, form.most_a_day, urgent=form.at_once, names=tuple(form.at_once_names)
    )
    reports = {"weekly": Schedule(digest_at, weekday=0), "monthly": Schedule(digest_at, monthly=True)}
    is_private = CHANNELS[form.channel].is_private
    return Recipient(
        channel=form.channel,
        address=form.to,
        cleared=form.sensitive,
        name=form.name,
        language=form.language,
        scope=Scope(form.names, form.outlets, form.countries),
        digest=digest,
        alerts=policy if form.at_once or form.at_once_names else None,
        report=reports.get(form.report),
        shows_names=is_private if form.show_names is None else form.show_names,
        names_in_subject=bool(form.subject),
        certificate=_read_certificate(folder / form.key) if form.key else "",
        # Stored with each mailing: a recipient at a new address begins with windows of its own.
        audience=f"{form.channel}:{form.to}",
    )


def _read_certificate(path: Path) -> str:
    """I/O. Return the text of a certificate. Raises InputError."""
    # One answer for all: who edits the recipients at the desk must not learn which files there are.
    fault = InputError(f"{path}: there is no such file, or it holds no OpenPGP public key in text form (armored)")
    try:
        certificate = read_text(path, _MAX_CERTIFICATE)
    except InputError:
        raise fault from None
    # Mail goes unencrypted where there is no certificate: an empty file must not look like that.
    if _CERTIFICATE_MARK not in certificate:
        raise fault
    return certificate


def edit_recipients(text: str, file: str, index: int | None, row: Row | None) -> str:
    """Return the text of recipients.yaml with one item changed, added (index None) or removed (row None).

    All other bytes stay. Raises InputError for values that will not do, and for a file without one recipient an item.
    """
    report = FileReport(file)
    parts = _parts(text, report)
    if row is not None:
        # The new values are checked at the places of the old ones, so that a problem has its line.
        places = parts[index] if index is not None else Part(row, {(): NO_PLACE})
        validate(RecipientForm, Part(row, places.places, places.keys, places.at), report)
    report.raise_if_any()
    if index is None and not parts:
        # The bare key makes room for the list; comments stay.
        return re.sub(rf"(?m)^{KEY}:.*\n?", "", text) + write_list(KEY, [row] if row else [])
    if index is None:
        return edit_list(text, KEY, file, added=[row] if row else [])
    if row is None:
        return edit_list(text, KEY, file, removed=[index])
    return edit_list(text, KEY, file, changed={index: (parts[index].value, row)})
