"""The report of a name, to hand on: whose it is, what was decided, what changed, and how to check it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from kit.digests import WINDOW, arrest, article, at, hit, item
from messages.digest_days import digest, full_day, quiet_day
from monitor.messages.content.message import render_name_report
from monitor.messages.content.render import name_report_as_html
from monitor.messages.content.reports.name_report import lay_out_name_report
from monitor.model import Change, Confidence, Entity, EntityType, Finding, Verdict, Window
from monitor.pictures.bars import Fate, bar_time, draw_bars, fate_of, make_bars, sign_rows

MELIS = Entity("melis-tokoev", "Melis Tokoev", EntityType.PERSON)
LANGUAGES = {
    "en": ("1 story in 6 outlets: 1 reviewed;", "1 change, 1 absent article after publication."),
    "ru": ("1 сюжет в 6 изданиях: 1 разобран;", "после публикации: 1 правка, 1 статья отсутствует."),
    "ky": ("6 басылмада 1 окуя: 1 каралды;", "жарыялангандан кийин: 1 өзгөртүү, 1 макала жок."),
}


def edited_arrest():
    """Return the arrest with a rewritten headline and a removed copy, judged relevant."""
    story = arrest()
    rewriting = Finding(
        Change.HEADLINE, "Токоев задержан", "Токоев опрошен", article=1, version=2, found=at(24, "20:00")
    )
    removal = Finding(Change.GONE, "", "the server says it is gone", article=2, version=2, found=at(24, "21:00"))
    articles = (
        replace(story.articles[0], findings=(rewriting,)),
        replace(story.articles[1], findings=(removal,)),
        *story.articles[2:],
    )
    return replace(story, articles=articles, verdict=Verdict.RELEVANT)


def report(language: str = "en", **options: object) -> dict[str, str]:
    return render_name_report(digest(quiet_day(items=(edited_arrest(),)), language=language, **options), MELIS)


@pytest.mark.check
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_whose_it_is_and_three_sentences_first(language: str):
    parts = report(language)
    counts, edits = LANGUAGES[language]
    for form in (parts["text"], html.fromstring(parts["html"]).text_content()):
        text = " ".join(form.split())
        assert text.index("Melis Tokoev") < text.index(counts) < text.index(edits)
    assert html.fromstring(parts["html"]).xpath("string(//h1)") == "Melis Tokoev"


def test_a_report_shows_each_story_with_verdict_sentence_sources_and_what_was_edited():
    parts = report()
    text = " ".join(parts["text"].split())
    assert "24 Nov" in text and "Ак-Булак [1]; also Stadion [2]" in text and "; evidence No. 1042" in text
    assert "«Суд Нижнего района Аксуура оставил Токоева Мелиса под стражей до 20 января, сообщил его адвокат.»" in text
    assert "- «Токоев задержан» + «Токоев опрошен»" in text and "absent at Stadion" in text
    assert "Тоо Кабар [7] 24 Nov 18:12 (ky) https://news.example/n/9" in text
    page = html.fromstring(parts["html"])
    assert [e.text_content() for e in page.xpath("//del | //ins")] == ["задержан", "опрошен"]
    assert {link.get("href") for link in page.xpath("//a")} == {a.url for a in arrest().articles}
    assert "Ask the newsroom that gave you this report for its evidence" in text


def test_a_report_is_of_paper_and_fetches_nothing():
    page = report()["html"]
    assert "@page { size: A4" in page and "url(" not in page
    assert 'counter(page) " / " counter(pages)' in page  # whoever is handed paper sees whether a sheet is missing
    assert not html.fromstring(page).xpath("//script | //link | //img | //iframe")


def test_who_was_told_at_once_and_who_decided_is_not_handed_on():
    parts = report(base_url="https://desk.example")
    assert "desk.example" not in "".join(parts.values()) and "Immediate alert" not in "".join(parts.values())


def test_a_report_of_a_name_that_nobody_wrote_of_says_so():
    parts = render_name_report(digest(quiet_day()), MELIS)
    assert "No story of this time names it." in parts["text"] and "<svg" not in parts["html"]
    assert json.loads(parts["json"])["events"] == []


def test_strangers_words_are_no_markup_in_a_report():
    lead = replace(arrest().articles[0], headline="<script>alert(1)</script>", outlet="<b>", url="javascript:alert(1)")
    story = item(7, [lead], [hit("Melis Tokoev", "<i>Tokoev</i> spoke", "Tokoev", where=1)])
    page = render_name_report(digest(quiet_day(items=(story,))), replace(MELIS, name="<u>"))["html"]
    assert not html.fromstring(page).xpath("//script | //i | //u | //a[starts-with(@href, 'javascript')]")


def test_programs_get_the_events_with_the_counts_they_had():
    data = json.loads(report()["json"])
    assert data["entity"] == "melis-tokoev" and data["named"]["melis-tokoev"] == 1 and data["stories"]["new"] == 1
    (event,) = data["events"]
    assert (event["item"], event["fate"]) == (1042, "relevant") and len(event["findings"]) == 2


# ---- the picture ----------------------------------------------------------------------------------------------------


def bars_of(days: int, *fates: Fate, first_days_ago: int = 0):
    window = Window(WINDOW.until - timedelta(days=days), WINDOW.until)
    lead = article(1, "Ак-Булак", "Headline", at(24, "12:00"))
    story, days_before = item(1, [lead], []), timedelta(days=first_days_ago)
    timed = [(story, bar_time(lead, window) - days_before, fate) for fate in fates]
    return make_bars(timed, window, ZoneInfo("Asia/Bishkek"))


@pytest.mark.parametrize(("days", "count"), [(7, 8), (30, 31), (90, 13), (365, 53), (730, 25)])
def test_a_picture_has_so_many_bars_that_all_can_be_seen(days: int, count: int):
    bars = bars_of(days, Fate.RELEVANT, first_days_ago=days - 1)
    assert len(bars) == count and sum(bar.stories.total() for bar in bars) == 1


@pytest.mark.parametrize("days", [90, 365, 730])
@pytest.mark.parametrize(("days_ago", "count"), [(0, 15), (20, 22), (60, 9)])
def test_a_picture_of_months_begins_at_the_first_story_but_has_two_weeks_at_least(days: int, days_ago: int, count: int):
    bars = bars_of(days, Fate.RELEVANT, first_days_ago=days_ago)
    assert len(bars) == count and sum(bar.stories.total() for bar in bars) == 1
    assert days_ago < 14 or not bars[0].is_empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_ruled_out_is_one_line_at_the_foot_and_in_no_figure(language: str):
    first, last = edited_arrest(), full_day().items[1]
    rejected = replace(first, id=7, verdict=Verdict.NOT_RELEVANT)
    with_it, without_it = (
        render_name_report(digest(quiet_day(items=items), language=language), MELIS)
        for items in ((rejected, last, first), (last, first))
    )
    number, line = {
        "en": ("No. 7", "1 more story was not relevant: it is neither listed nor counted."),
        "ru": ("№ 7", "Ещё 1 сюжет не по теме: здесь он не приведён и не посчитан."),
        "ky": ("№ 7", "Дагы 1 окуянын тиешеси жок: бул жерде көрсөтүлгөн да, эсептелген да эмес."),
    }[language]
    for with_text, without_text in (
        [parts["text"] for parts in (with_it, without_it)],
        [html.fromstring(parts["html"]).text_content() for parts in (with_it, without_it)],
    ):
        assert number not in with_text and line in " ".join(with_text.split())
        assert " ".join(with_text.split()).replace(line, "").split() == without_text.split()


def test_the_figures_of_a_report_are_those_of_what_it_lists():
    old = item(3, [article(30, "Elsewhere", "Old.", at(20, "12:00"), filed=at(24, "12:00"), older=True)],
               [hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=30)])  # fmt: skip
    rejected, open_story = (
        replace(edited_arrest(), id=number, verdict=verdict)
        for number, verdict in ((7, Verdict.NOT_RELEVANT), (9, None))
    )
    shown = lay_out_name_report(digest(quiet_day(items=(rejected, edited_arrest(), open_story, old))), MELIS)
    assert shown.summary == (
        "2 stories in 6 outlets: 1 reviewed, 1 not yet reviewed; 2 changes, 2 absent articles after publication; "
        "1 more, published earlier, was first found in this period. "
        "Days are those of the first publication in this period."
    )
    assert {heading: len(events) for heading, events in shown.parts} == {
        "Reviewed stories, oldest first": 1, "Not yet reviewed": 1,
        "Published before this period, first found in it": 1,
    }  # fmt: skip
    drawn = sum((bar.stories for bar in shown.bars), Counter())
    assert drawn == {Fate.RELEVANT: 1, Fate.UNDECIDED: 1}
    assert (sum(bar.changes for bar in shown.bars), sum(bar.absences for bar in shown.bars)) == (2, 2)
    of_period = [source for _, events in shown.parts[::2] for event in events for source in event.sources]
    assert sum(row.total for row in shown.outlets) == len(of_period)
    assert {row.outlet for row in shown.outlets} == {source.outlet for source in of_period}


def test_what_nobody_decided_on_stands_last_under_its_own_heading():
    judged, open_story = edited_arrest(), replace(edited_arrest(), id=9, verdict=None)
    parts = render_name_report(digest(quiet_day(items=(open_story, judged))), MELIS)
    for text in (parts["text"], html.fromstring(parts["html"]).text_content()):
        places = [
            text.index(words)
            for words in ("Reviewed stories", "No. 1042", "Not yet reviewed", "No. 9", "How to read and check")
        ]
        assert places == sorted(places)
    assert "Not yet reviewed" not in report()["text"] + report()["html"]


def test_paper_says_what_it_is_who_made_it_when_and_what_its_words_mean():
    page = report()["html"]
    text = " ".join(html.fromstring(page).text_content().split())
    assert (
        "Coverage report Made with monitor on 25 Nov 2026, 08:00. Melis Tokoev 24 Nov to 25 Nov 2026 (Bishkek)" in text
    )
    assert "Reviewed: a person read the story" in text
    # As a browser reads it: an escape takes the space that follows it («нояб.2026»).
    footer = page.split('@bottom-left { content: "')[1].split('"')[0]
    words = re.sub(r"\\([0-9a-f]{6})\s?", lambda escape: chr(int(escape[1], 16)), footer)
    assert words == "Melis Tokoev, 24 Nov to 25 Nov 2026 (Bishkek)"
    odd = render_name_report(digest(quiet_day()), replace(MELIS, name='x"; } </style><script>'))["html"]
    assert not html.fromstring(odd).xpath("//script") and 'content: "x"' not in odd


def test_a_story_has_the_day_of_its_first_publication():
    lead = article(1, "Ак-Булак", "Headline", at(24, "23:50"), first_seen=at(25, "02:00"))
    story = item(1, [lead], [hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=1)])
    shown = lay_out_name_report(digest(quiet_day(items=(story,))), MELIS)
    ((_, events),) = shown.parts
    assert [event.day for event in events] == ["24 Nov"]
    assert [bar.first_day.day for bar in shown.bars if not bar.is_empty] == [24]


def test_what_was_published_before_the_period_stands_in_a_part_of_its_own_and_in_no_bar():
    old = article(1, "Ак-Булак", "Old.", at(20, "12:00"), filed=at(24, "12:00"), older=True)
    at_night = article(
        2, "Ак-Булак", "Of the first day, before its digest hour.", at(24, "03:00"), filed=at(24, "12:00")
    )
    less_old = replace(old, id=3, published=at(21, "12:00"))
    stories = [item(n, [lead], [hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=n)])
               for n, lead in ((1, old), (2, at_night), (3, less_old))]  # fmt: skip
    stories[2] = replace(stories[2], verdict=Verdict.RELEVANT)
    shown = lay_out_name_report(digest(quiet_day(items=(*stories, edited_arrest()))), MELIS)
    assert [(heading, [event.card.item for event in events]) for heading, events in shown.parts] == [
        ("Reviewed stories, oldest first", [1042]),
        ("Published before this period, first found in it", [3, 1]),
        ("Not yet reviewed", [2]),
    ]
    assert [event.remark for event in shown.parts[1][1]] == ["reviewed", "not yet reviewed"], "confirmed ones first"
    assert "; 2 more, published earlier, were first found in this period." in shown.summary
    assert sum(bar.stories.total() for bar in shown.bars) == 2


@pytest.mark.parametrize(("times", "shown", "count_beyond"), [(2, 4, ""), (16, 20, "12 more changes.")])
def test_paper_shows_the_changes_that_nobody_can_open_there(times: int, shown: int, count_beyond: str):
    story = edited_arrest()
    story = replace(story, articles=tuple(replace(a, findings=a.findings * times) for a in story.articles))
    ((_, (event,)),) = lay_out_name_report(digest(quiet_day(items=(story,))), MELIS).parts
    assert (len(event.card.differences), event.card.more_differences) == (shown, count_beyond)


def test_sources_have_numbers_in_the_order_in_which_events_tell_them():
    judged, open_story = edited_arrest(), replace(edited_arrest(), id=9, verdict=None)
    shown = lay_out_name_report(digest(quiet_day(items=(open_story, judged))), MELIS)
    assert [source.number for source in shown.sources] == [*range(1, 15)]
    page = html.fromstring(name_report_as_html(shown))
    assert len(page.xpath("//ol/li")) == 14
    # Raised figures, unlike the numbers of evidence.
    assert page.xpath("//article[1]//sup/text()")[:2] == ["1", "2"]
    assert page.xpath("string(//article[1]//p[contains(@class, 'outlets')])").startswith("Ак-Булак1; also Stadion2")


def test_the_quoted_article_stands_first_and_each_source_has_its_headline():
    first, quoted = (article(n, f"Outlet {n}", f"Said {n}.", at(24, f"1{n}:00"), language) for n, language in ((1, "ru"), (2, "en")))  # fmt: skip
    story = item(1, [first, quoted], [hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=n) for n in (1, 2)])
    ((_, (event,)),) = lay_out_name_report(digest(quiet_day(items=(story,))), MELIS).parts
    assert event.card.headline == "Said 2."
    assert [(s.number, s.outlet, s.headline) for s in event.sources] == [
        (1, "Outlet 2", "Said 2."),
        (2, "Outlet 1", "Said 1."),
    ]


def test_each_event_has_its_day_and_its_number():
    stories = [replace(edited_arrest(), id=number) for number in (8, 9)]
    page = html.fromstring(render_name_report(digest(quiet_day(items=tuple(stories))), MELIS)["html"])
    marks = [" ".join(p.text_content().split()) for p in page.xpath("//p[contains(@class, 'when')]")]
    assert marks == ["24 Nov", "24 Nov"]  # whichever stands at the top of a page
    # Numbers of evidence are no order: they stand where the sources do.
    sources = page.xpath("//p[contains(@class, 'outlets')]/span[last()]/text()")
    assert sources == ["evidence No. 8", "evidence No. 9"]


def stories_of_days(count: int):
    """Return a report of two weeks with a story on each of so many days."""
    stories = []
    for number in range(count):
        lead = article(number, "Ак-Булак", "Headline", at(24 - number, "12:00"), filed=at(24, "12:00"))
        stories.append(item(number, [lead], [hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=number)]))
    window = replace(WINDOW, since=WINDOW.until - timedelta(days=14))
    return lay_out_name_report(digest(replace(quiet_day(items=tuple(stories)), window=window)), MELIS)


@pytest.mark.parametrize(("days", "is_drawn"), [(1, False), (6, False), (7, True)])
def test_few_days_need_no_picture_and_no_figures(days: int, is_drawn: bool):
    page = html.fromstring(name_report_as_html(stories_of_days(days)))
    assert bool(page.xpath("//figure")) is is_drawn
    figures = page.xpath("//tr[@class='figures']//*[local-name() = 'text']/text()")
    assert figures == (["1"] * days if is_drawn else [])


def test_what_somebody_reviewed_is_not_called_possible():
    judged, waiting = (
        item(
            number,
            [article(number, "Ак-Булак", "Headline", at(24, "12:00"))],
            [
                replace(
                    hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=number),
                    confidence=Confidence.POSSIBLE,
                    verdict=verdict,
                )
            ],
        )
        for number, verdict in ((1, Verdict.RELEVANT), (2, None))
    )
    shown = lay_out_name_report(digest(quiet_day(items=(judged, waiting))), MELIS)
    parts = dict(shown.parts)
    # One count of what is only possible: in words, in the picture and at the story.
    assert shown.summary.startswith("2 stories in 1 outlet: 1 reviewed, 1 possible;")
    drawn = sum((bar.stories for bar in shown.bars), Counter())
    assert drawn == {Fate.RELEVANT: 1, Fate.POSSIBLE: 1} and [words for _, words, _ in shown.figures][1:] == [
        "possible"
    ]
    assert {heading: [event.remark for event in events] for heading, events in parts.items()} == {
        "Reviewed stories, oldest first": [""],
        "Possible": [""],
    }


def test_who_is_handed_a_report_reads_whose_it_is_and_whom_to_ask_and_no_command():
    parts = report(newsroom="Kloop \u202e<b>")
    text = " ".join(html.fromstring(parts["html"]).text_content().split())
    assert "Kloop <b> · Coverage report" in text and "Ask Kloop <b> for its evidence" in text
    assert "Kloop" in parts["text"] and "Kloop" not in report()["html"]
    assert "monitor export" not in text + parts["text"] and "sha256sum" not in text + parts["text"]


def test_a_headline_in_another_language_says_which():
    (english, russian) = (
        html.fromstring(report(language)["html"]).xpath("string(//article//h3)") for language in ("en", "ru")
    )
    assert english.endswith("[in Russian]") and "[" not in russian


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [7, 30, 90, 365, 730])
def test_ticks_have_no_year_stand_in_the_readers_language_and_never_touch(language: str, days: int):
    window = replace(WINDOW, since=WINDOW.until - timedelta(days=days))
    report = lay_out_name_report(digest(replace(full_day(), window=window), language=language), MELIS)
    ticks = re.findall(r'<text x="([\d.]+)%" y="\d+" text-anchor[^>]+>([^<]+)<', report.picture)
    places, words = [float(x) for x, _ in ticks], [word for _, word in ticks]
    assert 1 < len(words) == len(places) < 14 and not any(re.search(r"\d{4}", word) for word in words)
    assert all(b - a >= 6 for a, b in pairwise(places))
    assert language != "en" or all(word.isascii() for word in words)


def test_below_the_picture_of_a_report_stand_the_figures_of_what_there_is():
    (row,) = html.fromstring(name_report_as_html(stories_of_days(8))).xpath("//figure//tr[@class='figures']")
    assert row.xpath("string(th)") == "not yet reviewed" and row.xpath("th/span[@class='key key-undecided']")
    # Who hears the page hears each day with its figure.
    days = row.xpath(".//@aria-label")[0].split("; ")
    assert len(days) == 8 and days[-1] == "24 Nov: 1"
    edited = replace(lay_out_name_report(digest(quiet_day(items=(edited_arrest(),))), MELIS), has_picture=True)
    (figure,) = html.fromstring(name_report_as_html(edited)).xpath("//figure")
    assert [row.text_content() for row in figure.xpath(".//tr[@class='figures']/th")] == ["reviewed"]
    marks = [" ".join(th.text_content().split()) for th in figure.xpath(".//tr[td/svg[@class='signs']]/th")]
    assert marks[:2] == ["▲ changes", "✕ absences"]
    assert "▲" not in html.fromstring(name_report_as_html(stories_of_days(8))).xpath("string(//figure)")


def test_each_verdict_has_its_own_pattern_and_a_story_its_place():
    bars = bars_of(7, *Fate)
    assert [bar.first_day for bar in bars if not bar.is_empty] == [date(2026, 11, 24)]
    picture = draw_bars(bars, "a & b", ["" for _ in bars])
    assert picture.count("<rect") == 4 and picture.count(">?</text>") == 1 and 'aria-label="a &amp; b"' in picture
    fills = {rect.split("/>")[0].split("fill=")[1] for rect in picture.split("<rect")[1:]}
    assert len(fills) == 4


def test_a_change_and_a_removal_are_marks_on_their_day():
    story = edited_arrest()
    (bar,) = [
        b
        for b in make_bars([(story, bar_time(story.lead, WINDOW), Fate.RELEVANT)], WINDOW, ZoneInfo("Asia/Bishkek"))
        if b.changes
    ]
    assert (bar.changes, bar.absences) == (1, 1)
    assert [row.sign for row in sign_rows([bar])[:2]] == ["▲", "✕"]


@pytest.mark.parametrize("count", [1, 2, 7, 53])
def test_the_words_below_the_bars_stay_inside_of_the_picture(count: int):
    bars = [replace(bars_of(7)[0], first_day=date(2026, 11, 1)) for _ in range(count)]
    labels = re.findall(r'<text x="([\d.]+)%" y="\d+" text-anchor="(\w+)"', draw_bars(bars, "", ["24 Nov"] * count))
    assert len(labels) == count
    assert all(float(x) < 95 or (anchor, x) == ("end", "100.00") for x, anchor in labels[1:])
    assert labels[0] == (("0.00", "start") if count == 53 else (f"{50 / count:.2f}", "middle"))


def test_a_name_that_was_judged_by_itself_has_its_own_fate():
    story = full_day().items[0]
    named = story.hits[0].entity
    judged = tuple(replace(h, verdict=Verdict.NOT_RELEVANT) if h.entity == named else h for h in story.hits)
    story = replace(story, hits=judged, verdict=Verdict.RELEVANT)
    assert (fate_of(story, named), fate_of(story)) == (Fate.NOT_RELEVANT, Fate.RELEVANT)
