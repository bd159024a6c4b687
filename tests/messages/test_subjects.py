"""Subjects, which are never encrypted and stand on locked screens: no name but where a line asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from kit.articles import COURT
from kit.digests import feed
from kit.office import ANNA, BEK, EIGHT, EVENING, Office
from kit.outlets import Outlet, Piece, Web
from kit.smtp_server import Mailbox
from messages.digest_days import digest, full_day, quiet_day
from monitor.config.recipients import parse_recipients
from monitor.messages.content.alert_page import alert_subject
from monitor.messages.content.layout import subject
from monitor.model import Recipient, Scope

NAMES = {word for one in full_day().items for hit in one.hits for word in hit.name.split()}
OUTLETS = {article.outlet for one in full_day().items for article in one.articles} | {"Novaya Liniya"}


def lines(text: str) -> tuple[tuple[Recipient, ...], tuple[str, ...]]:
    listed = parse_recipients(f"recipients:\n  - {{{text}}}\n", "recipients.yaml", time(8), Path("/nowhere"))
    return listed.recipients, listed.problems


@pytest.mark.parametrize("make", [subject, alert_subject])
@pytest.mark.parametrize("language", ["en", "ru", "ky"])
def test_a_subject_holds_no_name_and_no_outlet_of_its_own_accord(make, language: str):
    line = make(digest(full_day(), language=language))
    assert not [word for word in NAMES | OUTLETS if word in line]


@pytest.mark.parametrize("make", [subject, alert_subject])
def test_who_asks_for_names_gets_the_first_two_and_never_an_outlet(make):
    line = make(digest(full_day(), names_in_subject=True))
    assert "Melis Tokoev, Cholpon Arzyeva" in line
    assert not [outlet for outlet in OUTLETS - {"KOS"} if outlet in line]


def test_a_day_without_a_sure_name_has_none_in_its_subject():
    plain = digest(quiet_day(feeds=(feed(1, "Outlet 1"),)))
    assert subject(replace(plain, names_in_subject=True)) == subject(plain)


@pytest.mark.parametrize("make", [subject, alert_subject])
def test_a_subject_of_the_closed_watch_holds_no_name_whoever_asks(make):
    line = make(digest(full_day(), is_closed=True, names_in_subject=True))
    assert "closed watch" in line and not [word for word in NAMES if word in line]


@pytest.mark.parametrize(
    "fields",
    [
        "to: a@x.example, subject: names, key: anna.asc",
        "to: a@x.example, subject: names, show_names: false",
        "to: chat, channel: notify, subject: names",
        'to: "https://x.example/hook", channel: webhook, subject: names',
        "to: a@x.example, subject: outlets",
    ],
)
def test_a_line_that_keeps_names_from_carriers_cannot_have_them_in_subjects(fields: str):
    recipients, problems = lines(fields)
    assert recipients == () and len(problems) == 1 and "subject" in problems[0]


def test_a_line_of_plain_mail_may_ask_for_names_in_subjects():
    (recipient,), problems = lines("to: a@x.example, subject: names")
    assert recipient.names_in_subject and problems == ()
    (recipient,), _ = lines("to: a@x.example")
    assert not recipient.names_in_subject


WIDE = Recipient("mail", ANNA)


@pytest.mark.parametrize(
    ("written_for", "now", "is_sent"),
    [
        (WIDE, WIDE, True),
        (WIDE, replace(WIDE, names_in_subject=True), True),
        (replace(WIDE, names_in_subject=True), WIDE, False),
        (replace(WIDE, names_in_subject=True), replace(WIDE, names_in_subject=True), True),
        (WIDE, replace(WIDE, scope=Scope(("melis",)), names_in_subject=True), False),
        (replace(WIDE, scope=Scope(("melis",)), names_in_subject=True), WIDE, False),
        (replace(WIDE, scope=Scope(("melis",))), WIDE, True),
        (replace(WIDE, names_in_subject=True), replace(WIDE, shows_names=False), False),
    ],
)
def test_what_waits_does_not_go_once_its_line_keeps_names_out_of_subjects(
    written_for: Recipient, now: Recipient, is_sent: bool
):
    assert now.may_get(written_for.limits) is is_sent


def test_each_recipient_gets_the_subject_that_their_line_asks_for(tmp_path: Path):
    with Web(Outlet("post", "en"), now=EVENING) as web, Mailbox() as mailbox:
        office = Office(tmp_path, web, mailbox)
        text = f"recipients:\n  - {{to: {ANNA}, subject: names}}\n  - {{to: {BEK}}}\n"
        (office.folder / "recipients.yaml").write_text(text, "utf-8")
        office.add(Piece("one", "Court extends arrest", COURT))
        office.ingest(EIGHT - timedelta(minutes=13))
        office.send(EIGHT)
        subjects = {mail.to: str(mail.mail["Subject"]) for mail in mailbox.received}
        office.close()
    assert "1 new: Melis Tokoev" in subjects[ANNA] and "Melis" not in subjects[BEK]
