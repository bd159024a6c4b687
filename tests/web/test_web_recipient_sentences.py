"""What the page of recipients says of each: a sentence, the last message, what is wrong, and names to tick."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from lxml import html

from kit.app import App
from kit.desk import Browser, account, client
from kit.recipient_forms import clear, file, save, typed
from kit.store import NOW
from monitor.model import Code, Delivery, Mailing, Message, MessageKind, Rendering, Role, Window
from monitor.web import create_desk
from web.queue_desk import sign_in
from web.recipient_desk import FILE, app, mailbox, root, words

__all__ = ["app", "mailbox", "root"]

EVERYTHING = """\
recipients:
  - to: anna@b.example
    name: Anna
    language: ru
    daily: 8:00
    at_once: true
    at_once_names: [melis, cholpon, gone-long-ago]
    quiet: 22:00-7:00
    outlets: [Post]
  - to: team
    channel: notify
    weekly: monday 09:30
    report: monthly
  - {to: other, channel: notify, language: ky, at_once: true}
"""


def test_a_recipient_is_who_and_how_and_then_one_sentence(app: App, root: Browser):
    (app.settings.home / "recipients.yaml").write_text(EVERYTHING, "utf-8")
    page = words(root.get("/recipients").text)
    assert (
        "Anna mail · anna@b.example every day at 08:00 · immediate alerts about urgent names and Melis Tokoev" in page
    )
    assert (
        "Cholpon Arzyeva , 1 name that is not on your list · in Russian · quiet 22:00–07:00 · only outlets: Post No message"
        in page
    )
    assert (
        "team chat every week, Monday at 09:30 · a report every month · in English · names stay out of the text" in page
    )
    assert "other chat immediate alerts about urgent names · in Kyrgyz · names stay out of the text" in page
    assert "Anna every day at 08:00 · immediate alerts" in words(root.get("/recipients/0").text)  # its form, too


def test_what_went_to_a_recipient_last_stands_there(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    delivery = Delivery("mail", "Anna@b.example", "<1@b.example>", NOW, Rendering("s", "t", "h"))
    assert app.store.outbox.put(window, lambda _: (Mailing(window, NOW, delivery.rendering), [delivery]), "a")
    assert "A message waits since" in words(root.get("/recipients").text)
    assert "do not arrive" not in words(root.get("/recipients/0").text)
    app.store.outbox.mark_failed(delivery, NOW, "450 4.7.1 greylisted", refused=False, due=NOW + timedelta(hours=1))
    page = html.fromstring(root.get("/recipients").text)
    assert {one.tag for one in page.find_class("again")} == {"strong"}  # the state; the reason is plain
    delays = [" ".join(one.text_content().split()) for one in page.find_class("reason")]
    assert len(delays) == 1 and delays[0].endswith("greylisted; it is tried again")  # below, the state alone
    assert page.xpath("string(//*[@class='in-short-all'])").strip() == "Messages to 1 recipient are delayed."
    reason = Message("mx.b.example:25 refused this recipient (550 5.1.1)", code=Code.RECIPIENT_REFUSED)
    app.store.outbox.mark_failed(delivery, NOW, reason, refused=True)
    page = words(root.get("/recipients").text)
    assert page.partition("Correct the address")[2].count("Send again") == 1
    assert "1 of 2 recipients gets no messages:" in page and "mx.b.example" not in page
    marks = html.fromstring(root.get("/recipients").text).xpath("//ul[contains(@class, 'sentences')]/li/@class")
    assert marks == ["bad"]  # at the edge of this row alone
    # Its own page says so above its form, and what to do.
    page = words(root.get("/recipients/0").text)
    assert 0 < page.find("immediate alerts about") < page.find("do not arrive") < page.find("correct it and save")
    assert "their mail server does not accept this address" in page and "Send again" in page
    assert "do not arrive" not in words(root.get("/recipients/1").text)
    # Under another address it would be refused by ourselves.
    (app.settings.home / "recipients.yaml").write_text(FILE.replace("anna@b", "anya@b"), "utf-8")
    for path in ("/recipients", "/recipients/0"):
        assert "Send again" not in root.get(path).text


def test_what_is_not_set_up_is_counted_apart_from_what_is_refused(app: App, root: Browser):
    (app.settings.home / "recipients.yaml").write_text(FILE + "  - {to: team, channel: notify}\n", "utf-8")
    window = Window(NOW - timedelta(days=1), NOW)
    delivery = Delivery("mail", "Anna@b.example", "<1@b.example>", NOW, Rendering("s", "t", "h"))
    assert app.store.outbox.put(window, lambda _: (Mailing(window, NOW, delivery.rendering), [delivery]), "a")
    app.store.outbox.mark_failed(delivery, NOW, "mx.b.example:25 refused this recipient (550 5.1.1)", refused=True)
    page = html.fromstring(root.get("/recipients").text)
    sums = [(one.get("class"), one.text_content()) for one in page.xpath("//*[@class='in-short-all']/strong")]
    assert sums == [("wrong", "1 refused"), ("late", "1 not set up")]
    assert page.xpath("//ul[contains(@class, 'sentences')]/li/@class") == ["bad", "warn"]


def test_who_is_reached_reads_when_the_next_message_leaves(app: App):
    app.clock.now = NOW  # type: ignore[attr-defined]
    root = client(create_desk(app), account(app, "Root", Role.ADMIN))
    lines = FILE + "  - {to: late@b.example, daily: '23:00'}\n  - {to: c@b.example, weekly: friday 9:30}\n"
    (app.settings.home / "recipients.yaml").write_text(lines + "  - {to: team, channel: notify, daily: '8:00'}\n")
    rows = html.fromstring(root.get("/recipients").text).xpath("//ul[contains(@class, 'sentences')]/li")
    states = {
        row.xpath("string(.//a)"): " ".join(row.find_class("state-line")[0].text_content().split()) for row in rows
    }
    assert states == {
        "team": "No message yet.",  # its channel is not set up
        "anna@b.example": "No message yet.",  # alerts alone
        "bek@b.example": "No message yet. Next message: tomorrow 08:00",
        "late@b.example": "No message yet. Next message: today 23:00",
        "c@b.example": "No message yet. Next message: 6 Mar, 09:30",
    }


def test_the_form_says_at_the_channel_that_it_is_not_set_up(app: App):
    app.settings = app.settings.model_copy(update={"smtp_url": ""})
    root = client(create_desk(app), account(app, "Root", Role.ADMIN))
    for path in ("/recipients/new", "/recipients/0"):
        page = html.fromstring(root.get(path).text)
        (channel,) = page.xpath("//select[@name='channel']")
        (hint,) = page.xpath(f"//*[@id='{channel.get('aria-describedby').strip()}']")
        assert words(root.get(path).text).count("No mail leaves") == 1  # the page of one who gets nothing says it above
        assert ("No mail leaves" in hint.text_content()) is (path == "/recipients/new")


def put_off(app: App, detail: str, *, hours: int = 0, channel: str = "mail", to: str = "anna@b.example") -> None:
    """Store a message that was written some hours ago, and refused since then for a time."""
    now = app.clock()
    at = now - timedelta(hours=hours)
    window = Window(at - timedelta(days=1), at)
    delivery = Delivery(channel, to, "<1@b.example>", at, Rendering("s", "t", "h"))
    assert app.store.outbox.put(window, lambda _: (Mailing(window, at, delivery.rendering), [delivery]), "a")
    app.store.outbox.mark_failed(delivery, now, detail, refused=False, due=now + timedelta(minutes=12))


PUT_OFF = Message("mx.b.example:25 refused this recipient (451); check the address", code=Code.RECIPIENT_REFUSED)


def test_a_refusal_for_now_reads_unlike_one_for_good_and_says_when_it_is_tried_again(app: App, root: Browser):
    put_off(app, PUT_OFF)
    page = root.get("/recipients").text
    delayed = html.fromstring(page).find_class("reason")[0].text_content()
    due = (app.clock() + timedelta(minutes=12)).astimezone(app.settings.timezone)
    sentence = f"their mail server refuses this address for now; next try {due.day} {due:%b, %H:%M}"
    assert " ".join(delayed.split()).endswith(sentence)
    assert "Not delivered" not in page and "does not accept" not in page and "Correct the address" not in page
    page = root.get("/recipients/0").text
    assert "for now" in words(page) and "do not arrive" not in words(page) and 'aria-invalid="true"' not in page


@pytest.mark.parametrize(
    ("detail", "hours", "is_offered"),
    [
        (PUT_OFF, 3, True),
        (PUT_OFF, 1, False),  # a grey list takes an hour
        ("mail.b.example:587 refused our login (454)", 9, False),  # no other address helps
        (Message("mx.b.example:25 refused this mail (451); ask whoever runs it", code=Code.MAIL_REFUSED), 9, False),
    ],
)
def test_an_address_that_is_put_off_for_hours_can_be_corrected(
    app: App, root: Browser, detail: str, hours: int, *, is_offered: bool
):
    put_off(app, detail, hours=hours)
    page = words(root.get("/recipients").text)
    assert ("Correct the address" in page) is is_offered and "Send again" not in page
    assert page.count("Try now") == 1, "in the place of a test"
    (address,) = html.fromstring(root.get("/recipients/0").text).xpath("//input[@name='to']")
    assert (address.get("aria-invalid") == "true") is is_offered


def test_an_address_that_is_refused_is_marked_with_the_reason_below_it(app: App, root: Browser):
    put_off(app, PUT_OFF)
    delivery = Delivery("mail", "anna@b.example", "<1@b.example>", app.clock(), Rendering("s", "t", "h"))
    for code, is_marked in ((Code.RECIPIENT_REFUSED, True), (Code.MAIL_REFUSED, False)):
        app.store.outbox.mark_failed(delivery, NOW, Message("refused (550)", code=code), refused=True)
        page = html.fromstring(root.get("/recipients/0").text)
        assert "failed" in page.find_class("conflict")[0].get("class")
        assert len(page.xpath("//*[@id='to-fault']")) == is_marked
        assert len(page.xpath("//input[@name='to']")) == 1  # where it can be corrected, and nowhere else
        assert page.xpath("//input[@aria-invalid]/@name") == ["to"] * is_marked
        links = html.fromstring(root.get("/recipients").text).xpath("//a[starts-with(., 'Correct the address')]/@href")
        assert links == ["/recipients/0#to"] * is_marked
        # On its own page what helps a right address stands apart, and one button saves.
        (act,) = page.xpath("//section[contains(@class, 'failed')]//*[self::a or self::button]")
        assert (act.text_content(), act.get("href")) == (
            ("Correct the address", "#to") if is_marked else ("Send again", None)
        )
        assert len(page.xpath("//button[. = 'Send again']")) == len(page.xpath("//button[@value = 'save']")) == 1
    # What somebody types is told before what a server says.
    form = dict(page.get_element_by_id("recipient").form_values()) | {"to": "anna", "act": "save"}
    page = html.fromstring(root.post("/recipients/0", form).text)
    assert "no address of the channel" in page.get_element_by_id("to-fault").text_content()


def test_the_last_message_is_the_one_that_was_sent_last(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    for n, kind, minutes in ((1, MessageKind.DIGEST, 9), (2, MessageKind.ALERT, 0)):  # the digest was written first
        delivery = Delivery("mail", "anna@b.example", f"<{n}>", NOW, Rendering("s", "t", "h"), kind=kind)
        assert app.store.outbox.put(
            window, lambda _, d=delivery: (Mailing(window, NOW, d.rendering), [d]), f"{n}", kind
        )
        app.store.outbox.mark_sent(delivery, NOW + timedelta(minutes=minutes))
    assert "Last message: 2 Mar, 14:09 , digest" in words(root.get("/recipients").text)


def test_the_page_of_a_recipient_says_its_last_message_and_sends_a_test(app: App, root: Browser):
    page = html.fromstring(root.get("/recipients/0").text)
    (line,) = page.find_class("state-line")
    assert " ".join(line.text_content().split()) == "Last messages No message yet.Send a test anna@b.example"
    assert line.xpath(".//form/@action") == ["/recipients/test"] and page.xpath("//h1")[0].sourceline < line.sourceline
    (remove,) = page.xpath("//button[@value='remove']")
    assert "removal" in remove.getparent().get("class") and "small" in remove.get("class")
    assert not html.fromstring(root.get("/recipients/new").text).find_class("state-line")
    put_off(app, PUT_OFF, hours=1)
    (line,) = html.fromstring(root.get("/recipients/0").text).find_class("state-line")
    assert line.xpath(".//form/@action") == ["/recipients/retry"] and line.xpath("string(.//button)") == "Try now"


def test_messages_stand_by_their_time_and_what_did_not_arrive_is_never_left_out(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    for n in range(8):
        delivery = Delivery("mail", "anna@b.example", f"<{n}>", NOW, Rendering("s", "t", "h"))
        assert app.store.outbox.put(window, lambda _, d=delivery: (Mailing(window, NOW, d.rendering), [d]), f"{n}")
        if n == 1:
            app.store.outbox.mark_failed(
                delivery, NOW + timedelta(seconds=90), "550 no such user", refused=True, due=NOW
            )
        else:
            app.store.outbox.mark_sent(delivery, NOW + timedelta(minutes=n))
    (table,) = html.fromstring(root.get("/recipients").text).find_class("messages")
    states = [" ".join(cell.text_content().split()) for cell in table.xpath("tbody/tr/td[last()]")]
    assert states[:6] == ["sent"] * 6 and states[6].startswith("Not delivered") and states[7:] == ["sent"]
    page = html.fromstring(root.get("/recipients/0").text)
    (lines,) = page.find_class("state-line")
    shown = [" ".join(line.text_content().split()) for line in lines.xpath("./p")]
    assert shown[-1].endswith("· digest · Not delivered") and all(one.endswith("· digest · sent") for one in shown[:-1])
    # The last of them arrived: nothing warns that messages do not.
    assert len(shown) == 6 and "do not arrive" not in words(root.get("/recipients/0").text)


def test_the_last_messages_of_one_recipient_stand_beside_its_form_the_newest_first(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    for n, to in enumerate(["anna@b.example"] * 8 + ["bek@b.example"]):
        delivery = Delivery("mail", to, f"<{n}>", NOW, Rendering("s", "t", "h"))
        assert app.store.outbox.put(window, lambda _, d=delivery: (Mailing(window, NOW, d.rendering), [d]), f"{n}")
        app.store.outbox.mark_sent(delivery, NOW + timedelta(minutes=n))
    (lines,) = html.fromstring(root.get("/recipients/0").text).find_class("state-line")
    times = lines.xpath("./p/time/@datetime")
    assert times == [(NOW + timedelta(minutes=n)).isoformat() for n in range(7, 1, -1)]
    assert {" ".join(one.text_content().split()) for one in lines.xpath("./p/span")} == {"· digest · sent"}
    assert not html.fromstring(root.get("/recipients/new").text).find_class("state-line")


def test_what_limits_apply_to_stands_at_them(root: Browser):
    page = words(root.get("/recipients/1").text)
    limits, alerts = page.partition("About what")[2], page.partition("Immediate alerts")[2].partition("About what")[0]
    assert "For all that is sent: digest, report and alerts." in limits.partition("Only these names")[0]
    assert "about these names, urgent or not" in alerts and "For all that is sent" not in alerts


def test_messages_stand_in_the_order_of_the_times_that_they_show(app: App, root: Browser):
    window = Window(NOW - timedelta(days=1), NOW)
    first, second = (Delivery("mail", f"{n}@b.example", f"<{n}>", NOW, Rendering("s", "t", "h")) for n in "12")
    assert app.store.outbox.put(window, lambda _: (Mailing(window, NOW, first.rendering), [first, second]), "a")
    for at, (late, early) in ((NOW, (first, second)), (NOW + timedelta(hours=9), (second, first))):
        app.store.outbox.mark_sent(early, at + timedelta(hours=1))
        app.store.outbox.mark_sent(late, at + timedelta(hours=2))
        (table,) = html.fromstring(root.get("/recipients").text).find_class("messages")
        assert table.xpath("tbody//bdi/text()") == [late.recipient, early.recipient]
        assert table.xpath("string(thead//th)") == "When" and len(table.xpath("tbody/tr/td[1]/time")) == 2
        assert [" ".join(cell.text_content().split()) for cell in table.xpath("tbody/tr/td[last()]")] == ["sent"] * 2


@pytest.mark.parametrize(
    ("language", "title", "missing", "sentence"),
    [
        ("en", "No chat message leaves: ", "Missing: ", "Ask whoever runs the server"),
        ("ru", "Сообщения в чат не отправляются: ", "Не задано: ", "Попросите того"),
        ("ky", "Чатка билдирүү жөнөтүлбөйт: ", "Коюлган жок: ", "Серверди тейлеген адамдан"),
    ],
)
def test_a_channel_that_is_not_set_up_says_what_to_set_in_the_readers_language(
    app: App, language: str, title: str, missing: str, sentence: str
):
    (app.settings.home / "recipients.yaml").write_text(FILE + "  - {to: team, channel: notify}\n", "utf-8")
    browser = client(create_desk(app), account(app, language, Role.ADMIN, language))
    page = html.fromstring(browser.get("/recipients/2").text)
    (line,) = page.xpath("//section[@class='conflict']//code")
    assert sentence in line.getparent().getprevious().text and not page.xpath("//section[@class='conflict']//@lang")
    copied = page.xpath("//button[@type='button'][@hidden]/@data-copies")
    assert copied == [line.text_content()] == ["MONITOR_NOTIFY_URLS=team=tgram://…"]
    assert "monitor.env" not in words(browser.get("/recipients/0").text)
    # The list says it once, above, with the only button that stands out; the row has nothing to send.
    listed = html.fromstring(browser.get("/recipients").text)
    (banner,) = listed.find_class("unset")
    text = " ".join(banner.text_content().split())
    assert text.startswith(title) and missing in text and sentence in text and "1" in text.partition(":")[2]
    assert [one.get("data-copies") for one in listed.xpath("//main//*[contains(@class, 'main')]")] == copied
    (row,) = listed.xpath("//li[@class='warn']")
    assert not row.xpath(".//*[@class='buttons']/* | .//code | .//*[@lang]") and missing not in row.text_content()
    # Who gets nothing stands first; what only lacks a setting is not told as a refusal.
    links = html.fromstring(browser.get("/recipients").text).xpath("//*[@class='to-whom']/a/@href")
    assert links == ["/recipients/2", "/recipients/0", "/recipients/1"]


def test_no_name_of_a_recipient_is_cut_the_fourth_and_later_ones_open(app: App, root: Browser):
    for name in ("Aida Nur", "Bek Tash", "Chyngyz Oy"):
        with app.settings.watchlist.open("a", encoding="utf-8") as watchlist:
            watchlist.write(f"  - {{id: {name[:3].lower()}, name: {name}}}\n")
    app.sync_files()
    text = FILE.replace("[melis, cholpon]", "[melis, cholpon, aid, bek, chy]")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    for path in ("/recipients", "/recipients/1"):
        sentence = next(iter(html.fromstring(root.get(path).text).xpath("//*[@class='further-names']/..")))
        names = [name.text for name in sentence.iter("bdi")]
        assert names == ["Melis Tokoev", "Cholpon Arzyeva", "Aida Nur", "Bek Tash", "Chyngyz Oy"], path
        assert [name.text for name in sentence.xpath(".//details/bdi")] == names[3:]
        assert sentence.xpath("string(.//summary/span[1])") == "+2"


def list_name(app: App, mark: str = ", sensitive: true") -> None:
    with app.settings.watchlist.open("a", encoding="utf-8") as watchlist:
        watchlist.write(f"  - {{id: secret-name, name: Aizada Hidden{mark}}}\n")
    app.sync_files()


@pytest.mark.parametrize("field", ["names", "at_once_names"])
def test_a_closed_name_is_as_one_that_nobody_watches_to_who_is_not_cleared(app: App, root: Browser, field: str):
    list_name(app)
    page_texts = []
    for hidden_name in ("secret-name", "gone-long-ago"):
        text = FILE.replace("names: [melis, cholpon]", f"{field}: [melis, {hidden_name}]")
        (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
        pages = [root.get(path).text for path in ("/recipients", "/recipients/1")]
        assert not any("secret-name" in page or "Hidden" in page or hidden_name in page for page in pages)
        page_texts.append([re.sub(r'(?<=name="version" value=")\w+', "", page) for page in pages])
        assert typed(root, "1")[field] == ["*", "melis"]
        assert save(root, "1", **{field: ["*", "cholpon"]}).status_code == 303
        assert f"{field}: [{hidden_name}, cholpon]" in file(app)  # kept, though it was not shown
        assert save(root, "1", **{field: ["cholpon"]}).status_code == 303
        assert f"{field}: [cholpon]" in file(app)
    assert page_texts[0] == page_texts[1]


def test_the_cleared_choose_closed_names_by_name(app: App, root: Browser):
    list_name(app)
    clear(app, "Root")
    assert "Aizada Hidden" in words(root.get("/recipients/1").text)
    assert save(root, "1", names=["closed/secret-name"]).status_code == 303
    assert "names: [closed/secret-name]" in file(app)
    assert typed(root, "1")["names"] == ["closed/secret-name"]


def test_a_name_that_is_added_openly_is_in_no_line_that_names_the_closed_one_with_its_id(app: App, root: Browser):
    list_name(app)
    text = FILE.replace("[melis, cholpon]", "[closed/secret-name]")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    page = root.get("/recipients/1").text
    list_name(app, mark="")
    assert "secret-name" in root.get("/recipients/1").text  # there is a box to tick,
    assert typed(root, "1")["names"] == ["*"]  # which is not ticked
    assert root.get("/recipients").text.count("1 name that is not on your list") == 1
    assert page.count('value="*" checked') == 1


def test_an_id_of_a_closed_name_to_be_told_at_once_is_on_no_list_to_the_cleared_either(app: App, root: Browser):
    list_name(app)
    clear(app, "Root")
    text = FILE.replace("at_once: true", "at_once_names: [melis, secret-name]  # by hand")
    (app.settings.home / "recipients.yaml").write_text(text, "utf-8")
    assert "immediate alerts about Melis Tokoev , 1 name that is not on your list" in words(
        root.get("/recipients").text
    )
    page = html.fromstring(root.get("/recipients/0").text)
    values = {field: set(page.xpath(f"//input[@name='{field}']/@value")) for field in ("names", "at_once_names")}
    assert values["names"] - values["at_once_names"] == {"closed/secret-name"}
    assert save(root, "0", name="Anna", at_once_names=["*", "melis"]).status_code == 303
    assert "    at_once_names: [melis, secret-name]  # by hand\n" in file(app)


def test_what_was_typed_of_a_recipient_is_back_after_signing_in_again(app: App, root: Browser):
    author = str(app.people.by_name("Root").id)  # type: ignore[union-attr]
    form = typed(root, "1", name="Bek", names=["cholpon"], digest="friday", author=author) | {"act": "save"}
    root.cookies.clear()
    sign_in_page = root.post("/recipients/1", form)
    assert sign_in_page.status_code == 401 and file(app) == FILE
    answer = sign_in(root, "Root", sign_in_page.text)
    assert answer.headers["location"] == "/recipients/1"
    page = root.get("/recipients/1").text
    form = html.fromstring(page).get_element_by_id("recipient")
    assert "session had ended" in words(page) and (form.fields["name"], form.fields["digest"]) == ("Bek", "friday")
    assert form.xpath(".//input[@name='names'][@checked]/@value") == ["cholpon"]
