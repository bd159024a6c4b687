"""The pages of a report on paper: their headings, whom to write to, who wrote, and why a name is only possible."""

from __future__ import annotations

from dataclasses import replace

from lxml import html

from kit.digests import article, at, hit, item
from messages.digest_days import digest, full_day, quiet_day
from messages.press_stories import DETENTION, digest_of, story_with
from monitor.messages.content.message import render_name_report, render_report
from monitor.messages.content.render import name_report_as_html, name_report_as_text
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.model import Change, Confidence, Entity, EntityType, Finding, Verdict

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


def test_articles_cited_stand_by_outlet_and_keep_their_numbers():
    report = lay_out_name_report(digest(full_day()), MELIS)
    outlets = [outlet for outlet, _ in report.outlets_cited]
    assert outlets == sorted(set(outlets), key=str.casefold)
    page = html.fromstring(name_report_as_html(report))
    assert [heading.text for heading in page.xpath("//div[contains(@class, 'sources')]/h3")] == outlets
    cited = [int(number) for number in page.xpath("//div[contains(@class, 'sources')]//li/b/text()")]
    assert sorted(cited) == [source.number for source in report.sources] == [*range(1, len(cited) + 1)]
    # In a story each outlet stands once, with the numbers of all its articles.
    (event,) = (e for _, events in report.parts for e in events if len(e.sources) > len(e.outlets))
    numbers = ", ".join(str(source.number) for source in event.outlets["Утро"])
    assert f"Утро{numbers}" in page.text_content() and f"Утро [{numbers}]" in name_report_as_text(report)


def test_what_tells_no_act_is_one_line_under_a_heading_of_its_own():
    visit, walk, edited = (story_with("Melis Tokoev gave a lecture.", number, "12:00") for number in (8, 9, 10))
    reviewed = [replace(story, verdict=Verdict.RELEVANT) for story in (DETENTION, visit, edited)]
    change = Finding(Change.HEADLINE, "A", "B", article=10, found=at(24, "15:00"))
    reviewed[2] = replace(reviewed[2], articles=(replace(reviewed[2].articles[0], findings=(change,)),))
    report = lay_out_name_report(digest_of(*reviewed, walk), MELIS)
    parts = {heading: [(e.card.item, e.is_brief, e.remark) for e in events] for heading, events in report.parts}
    assert parts == {
        "Reviewed stories, oldest first": [(10, False, ""), (4, False, "")],
        "Other mentions": [(8, True, ""), (9, True, "not yet reviewed")],
    }
    assert "24 Nov: Headline 8. · Outlet 8 [3]; evidence No. 8" in name_report_as_text(report)
    lines = html.fromstring(name_report_as_html(report)).xpath("//article[@class='brief']")
    assert ["gave a lecture" in line.text_content() for line in lines] == [False, False]
    # Where no story tells an act, there is nothing other.
    (part,) = lay_out_name_report(digest_of(reviewed[1]), MELIS).parts
    assert part[0] == "Reviewed stories, oldest first" and not part[1][0].is_brief
