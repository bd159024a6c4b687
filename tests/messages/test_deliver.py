"""The address of the mail server, and the mail as it is made."""

from __future__ import annotations

import traceback
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from itertools import cycle, product
from random import Random

import pytest

from messages.mail_servers import DELIVERY, HEADERS, RENDERING, SENDER, lines
from monitor.errors import DeliveryError, InputError
from monitor.messages.channels.smtp import MailServer, Security, build_message

# ---- the address of the server --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "sender"),
    [
        ("smtps://mail.example", "mail.example", 465, Security.TLS, "monitor@mail.example"),
        ("smtps://mail.example:8465/", "mail.example", 8465, Security.TLS, "monitor@mail.example"),
        ("smtp://mail.example", "mail.example", 587, Security.STARTTLS, "monitor@mail.example"),
        ("SMTP://Mail.Example:25", "mail.example", 25, Security.STARTTLS, "monitor@mail.example"),
        ("smtp://localhost?tls=none", "localhost", 25, Security.NONE, "monitor@localhost"),
        ("smtp://127.0.0.1:1025?tls=none", "127.0.0.1", 1025, Security.NONE, "monitor@[127.0.0.1]"),
        ("smtp://[::1]:1025?tls=none", "::1", 1025, Security.NONE, "monitor@[IPv6:::1]"),
        ("smtp://mail_relay?tls=none", "mail_relay", 25, Security.NONE, "monitor@mail_relay"),
        ("smtps://robot:pw@mail.example", "mail.example", 465, Security.TLS, "monitor@mail.example"),
        ("smtps://robot%40ngo.example:pw@mail.example", "mail.example", 465, Security.TLS, "robot@ngo.example"),
        ("smtps://robot@ngo.example:pw@mail.example", "mail.example", 465, Security.TLS, "robot@ngo.example"),
        ("smtps://робот%40ngo.example:pw@mail.example", "mail.example", 465, Security.TLS, "monitor@mail.example"),
        ("smtp://mail.example?from=news%40ngo.example", "mail.example", 587, Security.STARTTLS, "news@ngo.example"),
        ("smtp://mail.example?from=a+b@ngo.example", "mail.example", 587, Security.STARTTLS, "a+b@ngo.example"),
        ("smtp://r@x.example:pw@h.example?from=a@ngo.example", "h.example", 587, Security.STARTTLS, "a@ngo.example"),
        ("smtp://relay?tls=none&from=a@ngo.example", "relay", 25, Security.NONE, "a@ngo.example"),
        ("smtps://почта.example", "xn--80a1acny.example", 465, Security.TLS, "monitor@xn--80a1acny.example"),
    ],
)
def test_the_address_of_a_mail_server_is_read(url: str, host: str, port: int, security: Security, sender: str) -> None:
    server = MailServer.from_url(url)
    assert (server.host, server.port, server.security, server.sender) == (host, port, security, sender)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:587",
        "http://mail.example",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://mail..example",
        "smtp://ma%0Ail.example",
        "smtp://mail.example/inbox",
        "smtps://robot:s3cret/x@mail.example",
        "smtps://robot:25/s3cret@mail.example",
        "smtps://robot:25#s3cret@mail.example",
        "smtps://robot:25?s3cret@mail.example",
        "smtps://robot:s3cret pw@mail.example",
        "smtps://robot:s3cret\npw@mail.example",
        "smtps://robot:s3cret%00@mail.example",
        "smtps://robot:s3cret%ff@mail.example",
        "smtps://robot:s3cret℀@mail.example",
        "smtps://robot@mail.example",
        "smtps://:s3cret@mail.example",
        "smtps://mail.example?tls=none",
        "smtp://mail.example?tls=s3cret",
        "smtp://mail.example?tls=",
        "smtp://mail.example?tls=none&tls=none",
        "smtp://mail.example?starttls=s3cret",
        "smtp://mail.example?from=s3cret",
        "smtp://mail.example?from=",
        "smtp://mail.example?from=a@b.example%0d%0aBcc:s3cret@c.example",
        "smtp://mail.example?from=монитор@ngo.example",
        "smtp://mail.example?from=%3D?utf-8?q?a%3D0As3cret?%3D@ngo.example",
    ],
)
def test_an_address_that_is_none_is_told_with_what_to_write_and_without_what_was_written(url: str) -> None:
    with pytest.raises(InputError) as caught:
        MailServer.from_url(url)
    everything = "".join(traceback.format_exception(caught.value))
    assert "smtps://user:password@host" in str(caught.value) and "%2F" in str(caught.value)
    assert str(caught.value).startswith("MONITOR_SMTP_URL: ")
    assert "s3cret" not in everything and "robot" not in everything


def test_user_and_password_are_percent_decoded_and_never_shown() -> None:
    server = MailServer.from_url("smtps://r%3Aobot:s3cret%2F%3Fp%C3%A4ss%20w+rd%25@mail.example")
    assert (server.user, server.password) == ("r:obot", "s3cret/?päss w+rd%")
    assert "s3cret" not in repr(server) and "obot" not in repr(server)


# ---- the mail -------------------------------------------------------------------------------------------------------


def read(mail: EmailMessage) -> EmailMessage:
    return message_from_bytes(bytes(mail), policy=policy.default)


def test_a_mail_is_the_same_bytes_each_time() -> None:
    first, second = (bytes(build_message(replace(DELIVERY, tries=tries), SENDER)) for tries in (0, 3))
    assert first == second
    assert bytes(build_message(replace(DELIVERY, external_id="<other@ngo.example>"), SENDER)) != first


def test_a_mail_goes_through_any_relay_as_it_is() -> None:
    long = replace(RENDERING, text="x" * 5000 + "\n" + "Ж" * 5000, html="<p>" + "ы" * 5000, subject="сутки " * 200)
    raw = bytes(build_message(replace(DELIVERY, rendering=long), SENDER))
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    mail = read(build_message(replace(DELIVERY, rendering=long), SENDER))
    plain, html = mail.iter_parts()
    assert (lines(plain), lines(html)) == (long.text.split("\n"), long.html.split("\n"))
    assert mail["Subject"] == long.subject.strip()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Nothing new since yesterday\n", "quoted-printable"),
        ("The editor of «Азаттык» was mentioned in five articles of four outlets\n", "base64"),
        (
            "The editor of «Азаттык» was mentioned in five articles of four outlets " * 2 + "and more " * 10,
            "quoted-printable",
        ),
        ("Сводка за сутки\n", "base64"),
        ("<p>\n" * 12 + "Сводка за сутки " * 20, "base64"),
    ],
)
def test_each_part_has_the_encoding_that_makes_it_smaller(text: str, encoding: str) -> None:
    mail = build_message(replace(DELIVERY, rendering=replace(RENDERING, text=text)), SENDER)
    part, _ = mail.iter_parts()
    assert part["Content-Transfer-Encoding"] == encoding
    sizes = {}
    for transfer_encoding in ("quoted-printable", "base64"):
        reencoded = EmailMessage(policy=mail.policy)
        reencoded.set_content(text, cte=transfer_encoding)
        sizes[transfer_encoding] = len(bytes(reencoded))
    assert sizes[encoding] <= min(sizes.values()) * 1.1


WORDS = "ничего не удалось загрузить monitor: 3 сюжета, 2 марта « » — жаңылыктар бүгүн эч нерсе келген жок x 17".split()


def test_no_space_of_a_subject_is_lost_on_its_way() -> None:
    draw = Random(2047)
    subjects = [" ".join(draw.choice(WORDS) for _ in range(n + 1)) for n in range(60)]
    odd = ("", "x" * 1200, f"{'x' * 70} {'y' * 70}", "a\x00b", "ы" * 1200)
    recipients = ("desk@ngo.example", "бюро@ngo.example")
    for subject, recipient in [*zip(subjects, cycle(recipients), strict=False), *product(odd, recipients)]:
        delivery = replace(DELIVERY, recipient=recipient, rendering=replace(RENDERING, subject=subject))
        raw = bytes(build_message(delivery, SENDER))
        assert max(map(len, raw.split(b"\r\n"))) <= 78
        assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
        assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject  # by the letter


@pytest.mark.parametrize(
    "subject",
    [
        "digest\r\nBcc: eve@evil.example",
        "digest\nBcc: eve@evil.example",
        "digest\rBcc: eve@evil.example",
        "digest\r\n\r\n<p>body",
        "digest\x0bBcc: eve@evil.example\x0c\x1c\x85\u2028Bcc: eve@evil.example",
        "=?utf-8?q?digest=0D=0ABcc:_eve@evil.example?=",
        "=?utf-8?q?digest=0D=0A=0D=0Abody?= сутки",
        "=?utf-8?b?aGkKQmNjOiBtZUB4Cg==?=",
        "==??utf-8?q?digest=0D=0ABcc:_eve@evil.example?=",
        "=" + "?" * 3 + "utf-8?q?digest=0ABcc:_eve@evil.example?=",
    ],
)
def test_a_subject_cannot_bring_a_header_of_its_own(subject: str) -> None:
    raw = bytes(build_message(replace(DELIVERY, rendering=replace(RENDERING, subject=subject)), SENDER))
    mail = message_from_bytes(raw, policy=policy.default)
    assert len(mail) == len(HEADERS) and set(mail) == HEADERS
    assert raw.partition(b"\r\n\r\n")[2].startswith(b"--=_")


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "desk",
        "desk@",
        "@ngo.example",
        "desk@ngo.example\r\nBcc: eve@evil.example",
        "desk@ngo.example\n",
        "desk@ngo.example, eve@evil.example",
        "desk@ngo.example>,<eve@evil.example",
        "desk@ngo.example eve@evil.example",
        "Desk <desk@ngo.example>",
        "desk@ngo.example (desk)",
        "=?utf-8?q?a=0d=0aBcc=3Aeve?=@ngo.example",
        "desk@ngo.example\x00",
        "desk@ngo.example> SIZE=1",
        "desk\u2028@ngo.example",
    ],
)
def test_a_recipient_that_is_not_one_plain_address_gets_no_mail(recipient: str) -> None:
    with pytest.raises(DeliveryError, match="MONITOR_DIGEST_TO") as caught:
        build_message(replace(DELIVERY, recipient=recipient), SENDER)
    assert not caught.value.is_temporary
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize(
    "recipient",
    ["desk@ngo.example", "a.b+news@mail.ngo.example", "o'neil@ngo.example", "x@[127.0.0.1]", "бюро@ngo.example"],
)
def test_a_recipient_stands_in_the_mail_as_given(recipient: str) -> None:
    mail = message_from_bytes(
        bytes(build_message(replace(DELIVERY, recipient=recipient), SENDER)), policy=policy.SMTPUTF8
    )
    assert str(mail["To"]) == recipient


@pytest.mark.parametrize(
    "message_id", ["", "plain", "<a@b>\r\nBcc: eve@c", "<=?utf-8?q?=0ABcc=3A?=@b>", "<a b@c>", "a@b"]
)
def test_a_message_id_that_is_none_is_a_bug_and_no_header(message_id: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        build_message(replace(DELIVERY, external_id=message_id), SENDER)


def test_a_sender_without_a_domain_still_has_a_list_name() -> None:
    assert build_message(DELIVERY, "monitor@[127.0.0.1]")["List-Id"] == "<digest.localhost>"
