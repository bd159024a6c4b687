"""The pages of a report on paper: their headings, whom to write to, who wrote, and why a name is only possible."""

from __future__ import annotations

from dataclasses import replace

from lxml import html

from kit.digests import article, at, hit, item
from messages.digest_days import digest, full_day, quiet_day
from monitor.messages.content.message import render_name_report, render_report
from monitor.messages.content.render import name_report_as_html
from monitor.messages.content.reports.name_report import lay_out_name_report
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


def test_a_report_shows_who_wrote_and_how_much_of_it():
    report = replace(lay_out_name_report(digest(full_day()), MELIS), has_picture=True)
    assert [(row.outlet, row.total) for row in report.outlets[:2]] == [("Утро", 3), ("Stadion", 2)]
    rows = html.fromstring(name_report_as_html(report)).xpath("//table[@class='dots']/tr[not(@class)]")
    assert [row.xpath("string(th)") for row in rows] == ["Who wrote", *(row.outlet for row in report.outlets)]
    dots = [sum(map(bool, row.counts)) for row in report.outlets]
    assert [len(row.xpath(".//*[local-name() = 'circle']")) for row in rows[1:]] == dots
    single_outlet = replace(report, outlets=report.outlets[:1])
    assert "dots" not in name_report_as_html(single_outlet).partition("<body")[2]  # one outlet is no picture
