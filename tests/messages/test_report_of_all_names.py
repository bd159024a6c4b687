"""The report of all names: its table counts as its summary, and its list of sources can be copied."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from kit.digests import WINDOW, answered, arrest, at, feed, feeds
from messages.digest_days import digest, full_day, quiet_day
from messages.press_stories import (
    DETENTION,
    DETENTION_OF_MELIS,
    PERSON,
    SEARCH,
    SUMMONS,
    SUMMONS_OF_MELIS,
    digest_of,
    quiet,
    story_with,
)
from monitor.messages.content.message import render_name_report, render_report
from monitor.messages.content.render import name_report_as_html, page_as_html
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.messages.content.reports.named import DeedWords
from monitor.messages.content.reports.report import lay_out_report, report_table
from monitor.messages.content.stories.build import Digest, make_digest
from monitor.model import DigestInput, Entity, FeedStatus, PressAct, ReviewItem, Silence, Verdict


def test_the_report_of_all_names_is_the_same_document_with_a_table_of_who_was_named():
    page = html.fromstring(render_report(digest(full_day()))["html"])
    assert page.xpath("string(//h1)") == "All names" and page.xpath("//article")
    (table,) = page.xpath("//h2[. = 'Who was named']/following-sibling::table[1]")
    groups = [[[c.text_content() for c in row] for row in body] for body in table.xpath(".//tbody")]
    # A state body does not stand at the head of those whom it struck.
    assert [group[0] for group in groups] == [["Persons"], ["Outlets"], ["Bodies and organisations"]]
    # A namesake's story is not counted as one about the name: it has a column of its own, where there is any.
    heads = [head.text for head in table.xpath(".//thead//th")]
    assert heads == ["Who", "What happened", "Stories", "Possible", "Articles"]
    assert groups[0][1:] == [["Melis Tokoev", "", "2", "1", "2"], ["Cholpon Arzyeva", "", "1", "2", "1"]]
    assert "(Stories, Possible, Articles; What happened)" in render_report(digest(full_day()))["text"]
    assert "Melis Tokoev: 2, 1, 2\n" in render_report(digest(full_day()))["text"]
    sure_report = render_report(digest(quiet_day(items=(replace(arrest(), verdict=Verdict.RELEVANT),))))
    assert "Possible" not in html.fromstring(sure_report["html"]).xpath("//table//th/text()")
    assert (
        "(Stories, Possible, Articles; What happened)" in sure_report["text"]
        and "Melis Tokoev: 1, 0, " in sure_report["text"]
    )
    undecided = digest(quiet_day(items=(replace(arrest(), verdict=None),)))
    # No heading without anything below it.
    assert not html.fromstring(render_report(undecided)["html"]).xpath("//h2[starts-with(., 'Events')]")


def test_the_table_of_names_counts_what_the_summary_counts():
    before = replace(SEARCH, articles=tuple(replace(a, older=True, published=at(20, "12:00")) for a in SEARCH.articles))
    report = lay_out_name_report(digest_of(DETENTION, before), None)
    lines = {line.name: line for _, group in report.named for line in group}
    assert (
        report.summary.startswith("1 story in")
        and "1 more, published earlier, was first found in this period" in report.summary
    )
    assert {name: (line.stories, line.deeds) for name, line in lines.items()} == {
        "Melis Tokoev": (1, (DeedWords("detained", "24 Nov", is_reviewed=False),)), "Novaya Liniya": (1, ()),
    }  # fmt: skip
    assert [heading for heading, _ in report.parts] == [
        "Published before this period, first found in it",
        "Not yet reviewed",
    ]


def on_day(day: int, sentence: str, number: int, verdict: Verdict | None, act: PressAct | None = None) -> ReviewItem:
    """Return a story of an act that was published at noon of a day."""
    story, noon = story_with(sentence, number, "12:00", act), at(day, "12:00")
    articles = tuple(replace(a, published=noon, first_seen=noon, filed=noon) for a in story.articles)
    return replace(story, articles=articles, verdict=verdict)


def week_of(*items: ReviewItem) -> Digest:
    window = replace(WINDOW, since=WINDOW.until - timedelta(days=7))
    return make_digest(DigestInput(window, items), ZoneInfo("Asia/Bishkek"))


def test_each_event_of_a_name_has_its_own_day_in_one_line_in_time():
    reviewed, released = Verdict.RELEVANT, "The journalist Melis Tokoev was detained and later released."
    week = week_of(
        on_day(24, released, 8, reviewed, PressAct.DETAINED),
        on_day(21, SUMMONS_OF_MELIS, 9, reviewed),
        on_day(20, DETENTION_OF_MELIS, 10, reviewed),
        on_day(22, SUMMONS_OF_MELIS, 11, reviewed),
        on_day(23, SUMMONS_OF_MELIS, 12, None),
        on_day(20, DETENTION_OF_MELIS, 13, None),  # which is reviewed in another story of that day
    )
    ((_, (line,)),) = lay_out_name_report(week, None).named
    assert line.deeds == (
        DeedWords("detained", "20 Nov", is_reviewed=True),
        DeedWords("summoned", "21 Nov, 22 Nov", is_reviewed=True),
        DeedWords("summoned", "23 Nov, not yet reviewed", is_reviewed=False),
        DeedWords("released", "24 Nov", is_reviewed=True, is_release=True),
    )
    shown = render_report(week)
    in_words = "detained (20 Nov); summoned (21 Nov, 22 Nov); summoned (23 Nov, not yet reviewed); released (24 Nov)"
    for text in (shown["text"], html.fromstring(shown["html"]).text_content()):
        words = " ".join(text.replace("\u00a0", " ").split())
        assert in_words in words and words.count("Days are those of the first publication in this period.") == 1
    acts = json.loads(shown["json"])["acts"]
    assert [tuple(act.values()) for act in acts] == [
        (10, "melis-tokoev", "detained", "taken", "2026-11-20", True),
        (9, "melis-tokoev", "summoned", "taken", "2026-11-21", True),
        (11, "melis-tokoev", "summoned", "taken", "2026-11-22", True),
        (12, "melis-tokoev", "summoned", "taken", "2026-11-23", False),
        (8, "melis-tokoev", "detained", "released", "2026-11-24", True),
    ]


def test_what_goes_further_than_what_is_reviewed_is_told_of_the_same_day():
    released = "The journalist Melis Tokoev was detained and later released."
    week = week_of(
        on_day(20, DETENTION_OF_MELIS, 8, Verdict.RELEVANT), on_day(20, released, 9, None, PressAct.DETAINED)
    )
    ((_, (line,)),) = lay_out_name_report(week, None).named
    assert [(deed.words, deed.days) for deed in line.deeds] == [
        ("detained", "20 Nov"), ("released", "20 Nov, not yet reviewed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "pieces"),
    [
        ("https://old-mill.example/2025/no-names-for-us", ["https://old-mill.example/", "2025/", "no-names-for-us"]),
        ("https://a.example", ["https://a.example"]),
        ("http://a.example//b-c/?x=1-2/", ["http://a.example//", "b-c/", "?x=1-2/"]),
    ],
)
def test_an_address_ends_a_line_only_after_a_slash(address: str, pieces: list[str]):
    story = replace(DETENTION, articles=tuple(replace(a, url=address) for a in DETENTION.articles))
    page = html.fromstring(name_report_as_html(lay_out_name_report(digest_of(story), None)))
    (link,) = page.xpath("//div[contains(@class, 'sources')]//a")
    assert [piece.text for piece in link.xpath("span")] == pieces and link.text_content() == address == link.get("href")


def test_in_the_table_stand_first_those_to_whom_the_gravest_was_done():
    ((_, people), *_) = lay_out_name_report(digest_of(SUMMONS, quiet(50), quiet(51), DETENTION), None).named
    # Nothing was done to whom most stories name.
    assert [(line.name, line.stories) for line in people] == [
        ("Melis Tokoev", 1), ("Bektur Sapar uulu", 1), ("Aizada Doolot", 2),
    ]  # fmt: skip


def test_the_picture_of_a_report_says_first_what_its_signs_and_figures_mean():
    report = replace(lay_out_name_report(digest_of(DETENTION, quiet(50)), None), has_picture=True)
    (figure,) = html.fromstring(name_report_as_html(report)).xpath("//figure")
    assert [part.tag for part in figure] == ["figcaption", "table"]
    rows = [row.xpath("string()") for row in figure.xpath(".//table/tr")[:3]]
    assert rows == ["not yet reviewed2", "detained", "Who wrotea larger dot: more articlesArticles"]


def test_what_reviewed_means_stands_at_the_foot_with_how_to_check():
    page = name_report_as_html(lay_out_name_report(digest_of(DETENTION), None))
    places = [
        page.index(words) for words in ("</article>", "How to read and check", "not that what outlets say is true")
    ]
    assert places == sorted(places) and page.count("not that what outlets say is true") == 1


@pytest.mark.parametrize("language", ["en", "ru", "ky"])
def test_the_period_of_a_report_names_each_year_once(language: str):
    long = replace(full_day(), window=replace(WINDOW, since=WINDOW.until - timedelta(days=300)))
    report = lay_out_name_report(digest(long, language=language), None)
    assert report.period.count("2026") == 1 and not any("20" in event.day for _, es in report.parts for event in es)
    longer = replace(full_day(), window=replace(WINDOW, since=WINDOW.until - timedelta(days=400)))
    period = lay_out_name_report(digest(longer, language=language), None).period
    assert (period.count("2025"), period.count("2026")) == (1, 1)


def test_what_was_done_is_red_as_in_digests_and_bold_where_it_is_reviewed():
    reviewed = replace(DETENTION, verdict=Verdict.RELEVANT)
    page = html.fromstring(name_report_as_html(lay_out_name_report(digest_of(reviewed, SUMMONS), None)))
    deeds = {p.text_content().split("\u00a0· ")[0]: p.get("class").split() for p in page.find_class("deed")}
    assert deeds == {"Detained": ["small", "deed", "relevant"], "Summoned": ["small", "deed", "undecided"]}
    done = [(cell.tag, cell.text) for cell in page.find_class("done")]
    assert done == [("b", "detained"), ("span", "summoned")], "the table says the same"
    assert ".deed { color: #9b2226;" in page.xpath("string(//style)")
    week = html.fromstring(page_as_html(lay_out_report(digest_of(reviewed, SUMMONS))))
    acts = {act.text: act.get("style") for act in week.xpath("//td//*[@class='act']") if act.tag == "span"}
    assert {"detained", "summoned"} <= {*acts} and all("color:#9b2226" in style for style in acts.values())


def test_a_report_says_which_sources_could_not_be_read_and_which_were_silent():
    refusing = feed(
        1, "Novaya Liniya", FeedStatus.REFUSED, status_since=at(24, "21:50"), detail=answered("refused", 403)
    )
    resting, still = feed(2, "Oirok"), feed(3, "Pole")
    resting = replace(resting, feed=replace(resting.feed, paused=True))
    sources = {
        "feeds": feeds(5, refusing, resting, still),
        "silent": (Silence(still, at(1, "09:00"), timedelta(days=2)),),
    }
    day = digest(quiet_day(**sources))
    gaps = [str(line) for line in lay_out_name_report(day, None).gaps]
    assert [gap.split(",")[0] for gap in gaps] == [
        "Novaya Liniya refuses our server (HTTP 403) since 24 Nov 21:50.",
        "Pole: nothing new for 24 days (usual gap: 2 days).",
        "Paused: Oirok.",
    ]
    mailed = {section.title: [str(line) for line in section.lines] for section in lay_out_report(day).footer}
    assert mailed == {"GAPS IN THE SOURCES": gaps}
    shown = render_report(day)
    for text in (shown["text"], html.fromstring(shown["html"]).text_content()):
        words = " ".join(text.split())
        assert "Gaps in the sources: Novaya Liniya refuses" in words
        assert "This alone does not show that it is blocked in the country." in words
        assert words.index("Gaps in the sources") < words.index("How to read and check this"), "beside the summary"
    troubles = [row[:2] for row in report_table(day) if row[0] in {"silent", "refused", "paused", "unread"}]
    assert troubles == [("silent", "Pole"), ("refused", "Novaya Liniya"), ("paused", "Oirok")]
    # Where all were read there is no such part, and the report of a name has none.
    assert not lay_out_name_report(digest(quiet_day()), None).gaps and not lay_out_report(digest(quiet_day())).footer
    assert "Gaps" not in render_report(digest(quiet_day()))["html"]


@pytest.mark.parametrize(("count", "columns"), [(1, "1"), (9, "1"), (10, "3 11rem")])
def test_few_citations_stand_in_one_column(count: int, columns: str):
    report = lay_out_name_report(digest_of(*(quiet(number) for number in range(1, count + 1))), None)
    assert len(report.sources) == count and f"columns: {columns};" in name_report_as_html(report)


def test_what_is_reviewed_is_larger_than_what_is_not():
    for verdict, is_larger in ((Verdict.RELEVANT, True), (None, False)):
        for language in ("en", "ru", "ky"):
            day = replace(digest_of(replace(DETENTION, verdict=verdict)), language=language)
            page = html.fromstring(render_name_report(day, Entity("melis-tokoev", "Melis Tokoev", PERSON))["html"])
            assert bool(page.xpath("//p[@class='lead relevant']")) is is_larger and page.xpath(
                "//p[starts-with(@class, 'lead')]"
            )
