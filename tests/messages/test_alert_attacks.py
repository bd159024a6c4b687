"""Attacks on alerts through whole runs: no hostile outlet keeps the report of another from anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kit.articles import COURT, COURT_COPY
from kit.office import ANNA, BEK, EVENING
from kit.outlets import Piece
from messages.alerts import MINUTE, Desk, begin, desk_of, run_after, send
from monitor.model import AlertedName, Mailing, MessageKind, Rendering, Verdict, Window

ARREST = """Masked men took journalist Melis Tokoev from his home in the night, his wife told Kloop at four in the morning.
Neighbours counted two cars without number plates, and the security service did not say where he was taken to.
His lawyer was not let into the building on Erkindik street, where three other reporters had been questioned in May."""
WORDS = """apple bridge carpet dancer engine feather garden harbour island jacket kitchen lantern meadow needle orchard
pepper quarry ribbon saddle timber umbrella valley window yogurt zebra anchor basket candle diamond elbow forest glacier
hammer insect jungle kettle ladder magnet napkin oyster parrot rabbit shovel turtle violin walnut barrel cactus donkey"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_of(tmp_path / "home", "kloop", "evil", "evil-too") as new_desk:
        yield new_desk


def harmless(number: int) -> Piece:
    """Return an article of nothing about the watched name, unlike any other."""
    words = Random(number).sample(WORDS.split(), 40)
    lines = [f"Melis Tokoev spoke of {' '.join(words[:12])}.", f"The {' '.join(words[12:])}."]
    return Piece(f"p{number}", f"A workshop about {words[0]} and {words[1]}", "\n".join(lines))


def arrest() -> Piece:
    return Piece("arrest", "Journalist taken from his home at night", ARREST)


def bait() -> Piece:
    """Return an article of the words of the arrest in another order: no copy of it, and no news, but one story."""
    words = ARREST.replace("Melis Tokoev", "Melis_Tokoev").replace(".", "").split()
    Random(1).shuffle(words)
    lines = (" ".join(words[n : n + 20]).replace("_", " ") for n in range(0, len(words), 20))
    return Piece("bait", "A workshop on Erkindik street", ".\n".join(lines) + ".")


def mails_of(desk: Desk, text: str) -> list[int]:
    """Return which of her mails hold a text."""
    return [n for n, mail in enumerate(desk.mailbox.to(ANNA)) if text in " ".join(mail.text.split())]


def is_told(desk: Desk, *, by: int) -> bool:
    """Return True if the arrest was told in this mail, with its outlet and headline, and in no other."""
    lines = [" ".join(mail.text.split()) for mail in desk.mailbox.to(ANNA)]
    telling = mails_of(desk, "Journalist taken from his home at night")
    return telling == [by] and "kloop" in lines[by]


@pytest.mark.check
@pytest.mark.parametrize("follow_ups", ["changes", "none"])
def test_an_arrest_is_told_though_the_item_it_joins_told_of_the_name(desk: Desk, follow_ups: str):
    begin(desk, f"to: {ANNA}, at_once: true, follow_ups: {follow_ups}")
    desk.publish("evil", bait())
    run_after(desk, 1)
    desk.publish("kloop", arrest())
    run_after(desk, 6)
    assert len(desk.mailbox.to(ANNA)) == 2 and is_told(desk, by=1)


@pytest.mark.check
@pytest.mark.parametrize("dismisses", [False, True])
def test_an_arrest_is_told_though_it_was_printed_before_with_one_word_changed(desk: Desk, dismisses: bool):
    begin(desk, f"to: {ANNA}, at_once: true")
    headline = "A night in May"
    desk.publish("evil", Piece("bait", headline, ARREST.replace("Masked men took", "Masked men greeted")))
    run_after(desk, 1)
    if dismisses:
        desk.app.decide(desk.app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
    desk.publish("kloop", Piece("arrest", headline, ARREST))
    run_after(desk, 6)
    assert mails_of(desk, "Masked men took journalist Melis Tokoev") == [1]
    assert len(desk.app.queue()) == 1


@pytest.mark.check
@pytest.mark.parametrize("dismisses", [False, True])
def test_an_arrest_is_told_though_a_longer_page_held_all_of_it_before(desk: Desk, dismisses: bool):
    begin(desk, f"to: {ANNA}, at_once: true")
    spam = [f"Melis Tokoev spoke of {words}." for words in WORDS.splitlines()]
    review = "\n".join([*spam, ARREST, f"{arrest().title}."])
    desk.publish("evil", Piece("review", "The week in review", review))
    run_after(desk, 1)
    if dismisses:
        desk.app.decide(desk.app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
    desk.publish("kloop", arrest())
    run_after(desk, 6)
    assert is_told(desk, by=1)
    assert [item.lead.outlet for item in desk.app.queue() if "kloop" in item.outlets]


def test_an_arrest_is_told_before_what_hides_it_comes(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.publish("kloop", arrest())
    run_after(desk, 1)
    desk.publish("evil", bait())
    run_after(desk, 6)
    assert is_told(desk, by=0) and mails_of(desk, "A workshop on Erkindik street") == [1]


@pytest.mark.parametrize("alert_limit", [1, pytest.param(3, marks=pytest.mark.check)])
def test_the_stories_of_others_use_up_nobody_elses_day(desk: Desk, alert_limit: int):
    begin(desk, f"to: {ANNA}, at_once: true, most_a_day: {alert_limit}")
    for number in range(6):
        desk.publish(("evil", "evil-too")[number % 2], harmless(number))
        run_after(desk, 1 + 31 * number)
    used = len(desk.mailbox.to(ANNA))
    assert used == 2 * alert_limit if alert_limit == 1 else 6
    desk.publish("kloop", arrest())
    run_after(desk, 190)
    assert is_told(desk, by=used)
    # What was held came along: a later message brings it.
    assert sorted(n for number in range(6) for n in mails_of(desk, harmless(number).title)) == sorted(
        [*range(used), *[used] * (6 - used)]
    )


@pytest.mark.check
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_flood_in_the_same_run_is_told_in_one_message_that_names_the_other_outlet(desk: Desk, order: str):
    begin(desk, f"to: {ANNA}, at_once: true")
    pieces = [harmless(number) for number in range(15)]
    desk.publish("evil", *pieces)
    if order == "before":
        run_after(desk, 1)
        (flood,) = desk.mailbox.to(ANNA)
        assert flood.text.count("evil: A workshop about") >= 10
        desk.publish("evil-too", harmless(99))
    desk.publish("kloop", arrest())
    run_after(desk, 2)
    last = len(desk.mailbox.to(ANNA)) - 1
    assert last == (order == "before") and is_told(desk, by=last)
    text = " ".join(desk.mailbox.to(ANNA)[last].text.split())
    # What a card shows with its outlet the list does not repeat.
    assert re.search(r"Journalist taken from his home at night \[\d+\] kloop, ", text)
    assert text.count("Journalist taken from his home at night") == 1


@pytest.mark.check
def test_copies_of_others_neither_make_messages_nor_hold_one_back(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true, most_a_day: 2")
    desk.publish("evil", Piece("court", "Court extends arrest", COURT))
    run_after(desk, 1)
    for number, outlet in enumerate(["evil-too", "kloop", "evil-too"]):
        desk.publish(outlet, Piece(f"copy-{number}", "Court extends arrest", f"{COURT_COPY}\nNumber {number}."))
        run_after(desk, 20 + 20 * number)
    assert len(desk.mailbox.to(ANNA)) == 1
    desk.publish("kloop", arrest())
    run_after(desk, 70)
    assert is_told(desk, by=1)


@pytest.mark.check
def test_one_outlet_is_told_twice_an_hour_and_what_is_held_comes_when_the_hour_is_over(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    for number in range(5):
        desk.publish("evil", harmless(number))
        run_after(desk, 1 + 11 * number)
    assert [len(mails_of(desk, harmless(n).title)) for n in range(5)] == [1, 1, 0, 0, 0]
    run_after(desk, 60)
    assert len(desk.mailbox.to(ANNA)) == 2
    run_after(desk, 62)
    assert [mails_of(desk, harmless(n).title) for n in range(5)] == [[0], [1], [2], [2], [2]]


def test_a_report_about_a_name_with_a_dozen_alerts_comes_at_the_end_of_the_run_in_a_list(desk: Desk):
    begin(desk, f"to: {ANNA}, at_once: true")
    desk.publish("evil", harmless(1))
    run_after(desk, 1)
    outbox, audience = desk.app.store.outbox, f"mail:{ANNA}"
    for minute in range(2, 13):
        last = outbox.last_window(audience, MessageKind.ALERT)
        assert last
        window = Window(last.until, EVENING + minute * MINUTE)
        name = AlertedName(1, "melis", outlet=f"Outlet {minute}", filed=window.since, due=True)
        alert = Mailing(window, window.until, Rendering("1 urgent story", "words"), alerted=(name,))
        outbox.put(window, lambda _, alert=alert: (alert, []), audience, MessageKind.ALERT)
    desk.publish("kloop", arrest())
    desk.recipients(f"to: {BEK}")
    run_after(desk, 14)  # filed, and told to nobody
    desk.recipients(f"to: {ANNA}, at_once: true")
    assert desk.app.send_alerts() == [] and len(desk.mailbox.to(ANNA)) == 1
    send(desk, 14)
    assert is_told(desk, by=1) and "OUTLETS AND HEADLINES" in desk.mailbox.to(ANNA)[1].text
    assert "NEW" not in desk.mailbox.to(ANNA)[1].text


@pytest.mark.check
def test_a_closed_name_is_no_reason_and_in_no_list(desk: Desk):
    listed = (desk.folder / "watchlist.yaml").read_text().replace("urgent: true", "urgent: true\n    sensitive: true")
    (desk.folder / "watchlist.yaml").write_text(listed + "  - {id: aida, name: Aida Jeenova, urgent: true}\n", "utf-8")
    begin(desk, f"to: {ANNA}, at_once: true", "to: root@ngo.example, at_once: true, sensitive: true")
    desk.publish("evil", harmless(1))
    desk.publish(
        "kloop", Piece("court", "Court hears a writer", COURT.replace("Melis Tokoev", "Aida Jeenova")), arrest()
    )
    run_after(desk, 1)
    (anna,), (as_anna, root) = desk.mailbox.to(ANNA), desk.mailbox.to("root@ngo.example")
    assert as_anna.text == anna.text and "closed watch: 2 urgent stories" in str(root.mail["Subject"])
    assert "Court hears a writer" in anna.text and "1 urgent story" in str(anna.mail["Subject"])
    assert not any(word in anna.text + anna.html for word in ("Tokoev", "taken from his home", "workshop"))
    assert "Journalist taken from his home at night" in root.text and "A workshop" in root.text
    assert "kloop, " in root.text and "evil, " in root.text
