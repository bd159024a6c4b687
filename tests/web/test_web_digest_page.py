"""The digest's page at the desk."""

from __future__ import annotations

import re
from html import unescape

from lxml import html

from kit.app import App
from kit.copies import app
from kit.desk import Browser, account, client
from kit.store import DAY, NOW
from monitor.messages.content.layout import lay_out
from monitor.model import (
    Role,
    Verdict,
)
from monitor.web import create_desk
from web.outputs import filled

__all__ = ["app", "filled"]


def test_the_digests_page_has_one_act_at_head_and_foot_and_one_address_a_story(app: App):
    reviewer, reader = (
        html.fromstring(client(create_desk(app), account(app, role.value, role)).get("/digest").text)
        for role in (Role.REVIEWER, Role.READER)
    )
    stories = reviewer.xpath("//article[contains(@class, 'told')]")
    head, foot = reviewer.xpath("//main//a[contains(@class, 'button')]")
    assert stories and head.get("href") == foot.get("href") and head.text == foot.text
    assert head.xpath("ancestor::div[@class='head']") and not foot.xpath("ancestor::div[@class='head']")
    targets = {*reviewer.xpath("//*[@class='digest']//@id")}
    links = reviewer.xpath("//section[contains(@class, 'day-people')]//li//a/@href")
    assert links and all(link.removeprefix("#") in targets for link in links)
    assert [len({*story.xpath(".//a/@href")}) for story in stories] == [1] * len(stories)
    assert reader.xpath("//article") and not reader.xpath("//main//a[contains(@class, 'button')]")


def test_the_counts_at_the_head_of_the_digests_page_add_up(app: App):
    desk = create_desk(app)
    reviewer, reader = (client(desk, account(app, role.value, role, "en")) for role in (Role.REVIEWER, Role.READER))
    for verdict in (None, Verdict.RELEVANT):
        first = app.queue()[0]
        if verdict:
            app.decide(first.id, verdict, by="aida")
        waiting = len(app.queue())
        head = html.fromstring(reviewer.get("/digest").text).xpath("//div[@class='head']")[0]
        decided, total = map(int, re.findall(r"(\d+) of (\d+) stories reviewed\.", head.text_content())[0])
        button, *older = head.xpath(".//a")
        to_judge, earlier = total - decided, int(older[0].text.removesuffix(" older, not yet reviewed")) if older else 0
        assert decided == (1 if verdict else 0)
        assert button.text == f"Review {to_judge} stories" and to_judge + earlier == waiting
    # Who may not judge has the counts without the button.
    assert not html.fromstring(reader.get("/digest").text).xpath("//div[@class='head']//a[contains(@class, 'button')]")


def test_the_digests_button_and_the_queue_count_the_same_stories(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER, "en"))

    def counts() -> tuple[str | None, str]:
        digest, queue = (html.fromstring(browser.get(path).text) for path in ("/digest", "/queue"))
        waiting = queue.xpath("string(//nav[@class='splits']/a[@aria-current]/span)")
        return digest.xpath("//div[@class='head']//a")[0].text, f"Review {waiting} stories"

    first, second, *_ = [item.id for item in app.queue()]
    assert len({*counts()}) == 1
    app.decide(first, Verdict.UNSURE, by="Bek")
    assert counts()[0] == "Review 3 stories" == counts()[1]
    app.decide(second, Verdict.LATER, by="Bek", until=app.clock() + DAY)
    assert counts()[0] == "Review 2 stories" == counts()[1]


def test_each_undecided_story_of_the_digest_leads_to_its_judgement(app: App):
    desk = create_desk(app)
    reviewer = client(desk, account(app, "Aida", Role.REVIEWER, "en"))
    reader = client(desk, account(app, "Reader", Role.READER, "en"))
    decided, *undecided = [item.id for item in app.queue()]
    app.decide(decided, Verdict.RELEVANT, by="aida")

    def links(browser: Browser) -> list[str]:
        page = html.fromstring(browser.get("/digest").text)
        return sorted(page.xpath("//*[@class='digest']//a[text()='Review']/@href"))

    assert links(reviewer) == sorted(f"/items/{item}" for item in undecided)
    # Who may not judge reads only that nobody did.
    states = html.fromstring(reader.get("/digest").text).xpath("//p/span[@class='became']/text()")
    assert not links(reader) and sorted(states)[:-1] == ["not yet reviewed"] * len(undecided)
    assert sorted(states)[-1].startswith("relevant, "), "in the same place stands what was decided, and when"
    # Beside it stands the sign that pictures have.
    signs = html.fromstring(reader.get("/digest").text).xpath("//*[@class='digest']//span[starts-with(@class, 'key ')]")
    kinds = sorted(sign.get("class").removeprefix("key key-") for sign in signs)
    assert kinds.count("relevant") == 1 and len(kinds) == 1 + len(undecided)
    assert {*kinds} - {"relevant"} <= {"undecided", "possible"}


def test_a_decided_story_has_its_verdict_and_one_that_came_back_is_to_be_reviewed(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER, "en"))
    item = app.queue()[0].id

    def state() -> str:
        page = html.fromstring(browser.get("/digest").text)
        return page.xpath(f"string(//span[@class='became'][a/@href='/items/{item}'])").replace("\u00a0", " ")

    assert state() == "Review"
    app.decide(item, Verdict.RELEVANT, by="aida")
    assert state().startswith("relevant, ") and state().endswith(" · Open")
    app.decide(item, Verdict.UNSURE, by="bek")
    assert state() == "Review"


def test_a_story_that_somebody_ruled_out_is_a_line_at_the_end(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.READER, "en"))
    app.decide(app.queue()[0].id, Verdict.NOT_RELEVANT, by="aida")
    sections = html.fromstring(browser.get("/digest").text).xpath("//div[@class='digest']/section[h2]")
    (decided,) = [section for section in sections if section.xpath("string(h2)") == "NOT RELEVANT"]
    assert decided.xpath("string(.)").count("not relevant, ") == 1 and not decided.xpath(".//article")


def test_a_readers_digest_of_a_past_day_has_no_queue_size(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.READER))
    assert "0 of 3 stories reviewed." in browser.get("/digest").text
    past = browser.get(f"/digest/{(NOW - 2 * DAY).date()}").text
    assert not html.fromstring(past).xpath("//div[@class='head']//a")
    assert "Not yet reviewed" not in past and "not yet reviewed" not in past and "waits for you" not in past


def test_without_the_role_the_desks_digest_equals_the_mail(app: App):
    desk = create_desk(app)
    reader, admin = (
        client(desk, account(app, name, role)) for name, role in (("Aida", Role.READER), ("Root", Role.ADMIN))
    )
    for browser, digest in ((reader, app.digest()), (admin, app.digest())):
        page = lay_out(digest)
        shown = unescape(browser.get("/digest").text)
        assert all(paragraph in shown for paragraph in (page.kicker, *page.opening[1:]))
        assert [card.headline for section in page.sections for card in section.cards] == re.findall(
            r'<h3><a href="/items/\d+"><span[^>]*>([^<]*)', shown
        )
