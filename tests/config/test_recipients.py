"""recipients.yaml: what a line means, what is wrong with it and where, and edits that keep all other bytes."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.config import Settings
from monitor.config.channel_settings import ChannelSettings
from monitor.config.channels import CHANNELS
from monitor.config.recipients import edit_recipients, load_recipients, parse_recipients, recipient_rows
from monitor.errors import InputError
from monitor.model import AlertPolicy, FollowUps, Recipient, Schedule, Scope

EIGHT = time(8)
FOLDER = Path("/nowhere")


def read(text: str, folder: Path = FOLDER) -> tuple[Recipient, ...]:
    listed = parse_recipients(text, "recipients.yaml", EIGHT, folder)
    assert listed.problems == ()
    return listed.recipients


def one(line: str, folder: Path = FOLDER) -> Recipient:
    (recipient,) = read(f"recipients:\n  - {{{line}}}\n", folder)
    return recipient


@pytest.mark.parametrize(
    ("channel", "secrets", "needed"),
    [
        ("mail", (), "set MONITOR_SMTP_URL and MONITOR_DIGEST_TO"),
        ("webhook", ("webhook_secret",), "name its recipients in recipients.yaml"),
        (
            "notify",
            ("webhook_secret",),
            "set MONITOR_NOTIFY_URLS (write name=address, with spaces between several: "
            "team=tgram://…) and name its recipients in recipients.yaml",
        ),
    ],
)
def test_of_a_channel_only_what_is_missing_is_told(tmp_path: Path, channel: str, secrets: tuple[str, ...], needed: str):
    settings = Settings(home=tmp_path, channel_secrets={name: SecretStr("x" * 20) for name in secrets})
    assert ChannelSettings(channel, CHANNELS[channel], settings).needed == needed


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("to: a@b.example", {"digest": Schedule(EIGHT)}),
        ("to: a@b.example, daily: 17:30", {"digest": Schedule(time(17, 30))}),
        ("to: a@b.example, weekly: Friday 9:05", {"digest": Schedule(time(9, 5), 4)}),
        ("to: a@b.example, at_once: true", {"alerts": AlertPolicy()}),
        (
            "to: a@b.example, at_once: yes, quiet: 22:00-07:00, follow_ups: all, most_a_day: 3",
            {"alerts": AlertPolicy(FollowUps.ALL, (time(22), time(7)), 3)},
        ),
        ("to: a@b.example, at_once_names: [aida]", {"alerts": AlertPolicy(urgent=False, names=("aida",))}),
        ("to: a@b.example, at_once: true, at_once_names: [aida]", {"alerts": AlertPolicy(names=("aida",))}),
        ("to: a@b.example, at_once_names: []", {}),  # told of nobody at once, and no digest by that
        ("to: a@b.example, report: weekly", {"report": Schedule(EIGHT, 0)}),
        ("to: a@b.example, report: monthly", {"report": Schedule(EIGHT, monthly=True)}),
        (
            "to: a@b.example, names: [aida], outlets: [Kloop], countries: [KG], language: ky, sensitive: true, name: A B",
            {
                "digest": Schedule(EIGHT),
                "scope": Scope(("aida",), ("Kloop",), ("KG",)),
                "language": "ky",
                "cleared": True,
                "name": "A B",
            },
        ),
        ("to: a@b.example, show_names: false", {"digest": Schedule(EIGHT), "shows_names": False}),
    ],
)
def test_a_line_says_who_gets_what_and_when(line: str, expected: dict[str, object]):
    recipient = Recipient("mail", "a@b.example", audience="mail:a@b.example")
    values = {name: getattr(recipient, name) for name in recipient.__slots__} | expected  # type: ignore[attr-defined]
    assert one(line) == Recipient(**values)


@pytest.mark.parametrize(
    ("line", "shows_names"),
    [
        ("to: chat, channel: notify", False),
        ("to: chat, channel: notify, show_names: true", True),
        ('to: "https://a.example/hook", channel: webhook', True),
    ],
)
def test_in_chats_names_are_shown_only_where_the_line_says_so(line: str, shows_names: bool):
    assert one(line).shows_names is shows_names


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("to: a@b.example, at_onec: true", "3:", "did you mean 'at_once'?"),
        ("to: nobody", "3:", "no address of the channel mail"),
        ("to: a@b.example, channel: webhook", "3:", "no address of the channel webhook"),
        ("to: a@b.example, channel: fax", "3:", f"'fax' is no channel; use one of: {', '.join(CHANNELS)}"),
        ("to: a@b.example, daily: 25:00", "3:", "'25:00' is not a time of day; write it as 08:00"),
        ("to: a@b.example, weekly: someday 08:00", "3:", "write it as monday 08:00"),
        ("to: a@b.example, weekly: monday", "3:", "write it as monday 08:00"),
        ("to: a@b.example, quiet: 22:00", "3:", "write it as 22:00-07:00"),
        ("to: a@b.example, quiet: 07:00-07:00", "3:", "the quiet hours end when they begin"),
        ("to: a@b.example, daily: 08:00, weekly: monday 08:00", "3:", "keep one of them"),
        ("to: a@b.example, most_a_day: 0", "3:", "write a number from 1 to 1000"),
        ("to: a@b.example, countries: [Kyrgyzstan]", "3:", "codes of ISO 3166"),
        ("to: a@b.example, report: yearly", "3:", "use one of: weekly, monthly"),
        ("to: a@b.example, key: nobody.asc", "3:", "there is no such file, or it"),
        ("to: first@b.example", "3:", "on the list already (line 2)"),
        ("to: First@B.Example", "3:", "on the list already (line 2)"),
        ("name: Anna", "3:", "to: missing"),
    ],
)
def test_a_bad_line_is_told_with_its_place_and_costs_no_other(line: str, place: str, words: str):
    text = f"recipients:\n  - to: first@b.example\n  - {{{line}}}\n  - to: last@b.example\n"
    listed = parse_recipients(text, "recipients.yaml", EIGHT, FOLDER)
    assert [recipient.address for recipient in listed.recipients] == ["first@b.example", "last@b.example"]
    (problem,) = listed.problems
    assert str(problem).startswith(f"recipients.yaml:{place}") and words in str(problem)


@pytest.mark.parametrize(
    ("content", "is_taken"),
    [
        ("", False),
        ("\n", False),
        ("my key\n", False),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n", False),
        ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", True),
    ],
    ids=["empty", "blank", "words", "private", "public"],
)
def test_a_key_file_without_a_public_key_leaves_its_line_out(tmp_path: Path, content: str, is_taken: bool):
    (tmp_path / "anna.asc").write_text(content, "utf-8")
    listed = parse_recipients("recipients:\n  - {to: a@b.example, key: anna.asc}\n", "f", EIGHT, tmp_path)
    assert [recipient.certificate for recipient in listed.recipients] == ([content] if is_taken else [])
    assert all("holds no OpenPGP public key" in str(problem) for problem in listed.problems)
    assert len(listed.problems) == (not is_taken)


@pytest.mark.parametrize(
    ("to", "is_taken"),
    [
        ("https://a.example/hook", True),
        ("HTTPS://a.example/hook", True),
        ("http://a.example/hook", False),
        ("http://a.example:8080/hook", False),
        ("http://desk.lan:8080/hook", True),
        ("http://Desk.LAN:8080/hook", True),
        ("http://desk.lan/hook", False),
        ("http://chat.lan/hook", True),
        ("http://user@chat.lan/hook", False),
    ],
)
def test_an_event_goes_unencrypted_only_to_a_listed_host(to: str, is_taken: bool):
    text, hosts = f'recipients:\n  - {{to: "{to}", channel: webhook}}\n', frozenset({"desk.lan:8080", "chat.lan:80"})
    listed = parse_recipients(text, "f", EIGHT, FOLDER, hosts)
    assert [recipient.address for recipient in listed.recipients] == ([to] if is_taken else [])
    assert all("write the https:// address of a webhook" in str(problem) for problem in listed.problems)


def test_addresses_of_webhooks_that_differ_in_case_are_two():
    hooks = [f'to: "https://a.example/{path}", channel: webhook' for path in ("aB", "Ab")]
    assert len(read("recipients:\n" + "".join(f"  - {{{line}}}\n" for line in hooks))) == 2


def test_an_id_of_a_watched_name_is_repeated_in_no_problem():
    listed = parse_recipients("recipients:\n  - {to: a@b.example, names: [{aida: x}]}\n", "f", EIGHT, FOLDER)
    assert len(listed.problems) == 1 and "aida" not in str(listed.problems[0])


@pytest.mark.parametrize("text", ["", "# nobody yet\n", "recipients:\n", "recipients: []\n"])
def test_an_empty_list_is_nobody(text: str):
    assert read(text) == ()


def test_a_broken_file_is_a_problem_and_nobody(tmp_path: Path):
    (tmp_path / "recipients.yaml").write_text("recipients:\n  - {to: a", "utf-8")
    listed = load_recipients(tmp_path, EIGHT)
    assert listed.recipients == () and "recipients.yaml:2:" in str(listed.problems[0])
    assert load_recipients(tmp_path / "other", EIGHT).problems == ()


FILE = """# Who is told what.
recipients:
  - to: anna@b.example   # our editor
    at_once: true

  # the lawyer
  - to: bek@b.example
    weekly: monday 08:00
"""


@pytest.mark.parametrize(
    ("index", "row", "expected"),
    [
        (
            0,
            {"to": "anna@b.example", "at_once": True, "quiet": "22:00-07:00"},
            FILE.replace("true\n", 'true\n    quiet: "22:00-07:00"\n'),
        ),
        (1, {"to": "bek@b.example", "daily": "09:00"}, FILE.replace("weekly: monday 08:00", 'daily: "09:00"')),
        (1, None, FILE.partition("  # the lawyer")[0] + "  # the lawyer\n"),
        (None, {"to": "carl@b.example"}, FILE + '  - to: "carl@b.example"\n'),
    ],
    ids=["change", "other key", "remove", "add"],
)
def test_an_edit_changes_the_lines_of_one_recipient_only(
    index: int | None, row: dict[str, object] | None, expected: str
):
    edited = edit_recipients(FILE, "recipients.yaml", index, row)
    assert edited.replace('"carl@b.example"', '"carl@b.example"') == expected
    read(edited)


def test_the_first_recipient_makes_the_list_and_keeps_the_comment():
    text = edit_recipients("# nobody yet\nrecipients: []\n", "recipients.yaml", None, {"to": "a@b.example"})
    assert text.startswith("# nobody yet\n") and [r.address for r in read(text)] == ["a@b.example"]
    assert recipient_rows(text, "recipients.yaml") == {0: {"to": "a@b.example"}}


def test_an_item_that_is_no_recipient_shifts_no_edit_to_another_one():
    text = "recipients:\n  - to: a@b.example\n  -\n  - [c@b.example]\n  - to: d@b.example\n"
    rows = recipient_rows(text, "recipients.yaml")
    assert rows == {0: {"to": "a@b.example"}, 3: {"to": "d@b.example"}}
    assert edit_recipients(text, "recipients.yaml", 3, None) == text.replace("  - to: d@b.example\n", "")
    changed = edit_recipients(text, "recipients.yaml", 3, {"to": "d@b.example", "sensitive": True})
    assert changed == text + "    sensitive: true\n"


def test_an_edit_that_will_not_do_is_refused():
    with pytest.raises(InputError, match="not a time of day"):
        edit_recipients(FILE, "recipients.yaml", 0, {"to": "anna@b.example", "daily": "soon"})
