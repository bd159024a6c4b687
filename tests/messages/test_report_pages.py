"""The pages of a report on paper: their headings, whom to write to, and why a name is only possible."""

from __future__ import annotations

from dataclasses import replace

from lxml import html

from kit.digests import article, at, hit, item
from messages.digest_days import digest, full_day, quiet_day
from monitor.messages.content.message import render_name_report, render_report
from monitor.model import Confidence, Entity, EntityType

MELIS = Entity("melis-tokoev", "Melis Tokoev", EntityType.PERSON)


def test_a_heading_stands_again_on_each_further_page_and_a_reader_sees_whom_to_ask():
    page = html.fromstring(render_report(digest(full_day(), contact="desk@ngo.example"))["html"])
    headings = page.xpath("//h2[@class='part']/span/text()")
    assert headings and [*page.xpath("//table/thead[@aria-hidden='true']//td/text()")] == [
        f"{heading} (continued)" for heading in headings
    ]
    assert "desk@ngo.example" in page.xpath("string(//header)")


def test_what_is_possible_says_why():
    doubtful = replace(
        hit("Melis Tokoev", "A race that Tokoev won.", "Tokoev", where=1), confidence=Confidence.POSSIBLE
    )
    story = item(1, [article(1, "Ак-Булак", "Headline", at(24, "12:00"))], [doubtful])
    page = html.fromstring(render_name_report(digest(quiet_day(items=(story,))), MELIS)["html"])
    assert page.xpath("string(//p[contains(@class, 'outlets')])").startswith("Melis Tokoev?")
