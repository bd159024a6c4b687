"""The design of mails: CSS that mail programs keep, few stories in full, no address in place of words, dark colours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html

from kit.digests import article, at, hit, item
from messages.digest_days import NEXT, digest, full_day, quiet_day
from monitor.i18n.labels import reason_in_short
from monitor.messages.content.alert_page import lay_out_alert
from monitor.messages.content.layout import lay_out
from monitor.messages.content.phrasing import unbroken
from monitor.messages.content.render import as_html, as_text, page_as_html
from monitor.messages.content.reports.report import lay_out_report
from monitor.model import Change, Code, DigestInput, Field, Finding, Message, ReviewItem, Scope, Verdict
from monitor.review.scope import within_scope

# Of caniemail.com: what Gmail, Outlook or Apple Mail drop, or drop the whole block for.
FORBIDDEN = re.compile(
    r"display:|position:|float:|flex|grid|gap:|calc\(|var\(|min\(|max\(|clamp\(|\d(?:rem|em|vw|vh|ch)\b|url\(|@import|@font-face"
    r"|animation|transition|transform|box-shadow|background-image|background:|object-fit|opacity|:root|:hover|::|--\w"
    r"|margin-inline|inset|max-height|overflow",
)
KEPT_PROPERTIES = {
    "background-color", "border", "border-color", "border-left", "border-radius", "border-top", "color", "font-family", "font-size", "font-weight",
    "height", "line-height", "margin", "max-width", "padding", "padding-left", "text-decoration", "white-space", "width", "word-break",
}  # fmt: skip


def many_stories(count: int) -> DigestInput:
    """Return a day with stories about five people, each of an outlet of its own."""
    return quiet_day(items=tuple(one_story(number) for number in range(1, count + 1)), waiting=count)


def one_story(number: int) -> ReviewItem:
    name = f"Person {chr(64 + number % 5 or 69)}"
    lead = article(number, f"Outlet {number}", f"Headline {number}.", at(24, "09:00") + timedelta(minutes=number), "en")
    return item(number, [lead], [hit(name, f"{name} spoke for the {number}th time.", name, where=number)])


COUNTED = {"melis-tokoev": (*[0] * 10, 1, 2, 0, 7), "cholpon-arzyeva": (1,) * 14}
DAYS = {
    "counted": lambda: as_html(digest(replace(full_day(), daily_stories=COUNTED))),
    "full": lambda: page_as_html(lay_out(digest(full_day(), next_at=NEXT, base_url="https://desk.example"))),
    "quiet": lambda: as_html(digest(quiet_day(), next_at=NEXT)),
    "broken": lambda: as_html(digest(quiet_day(feeds_read=0, articles=0))),
    "many": lambda: as_html(digest(many_stories(140), base_url="https://desk.example")),
    "alert": lambda: page_as_html(lay_out_alert(digest(full_day(), base_url="https://desk.example"))),
    "report": lambda: page_as_html(lay_out_report(digest(full_day()))),
}


@pytest.mark.parametrize("day", DAYS)
def test_a_mail_has_only_the_css_that_mail_programs_keep(day: str):
    page = html.fromstring(DAYS[day]())
    sheet, paper = page.xpath("//style/text()")
    inline = page.xpath("//@style")
    assert inline and len(sheet.encode()) < 8192  # Gmail drops a longer block
    assert not [forbidden for style in (*inline, sheet, paper) for forbidden in FORBIDDEN.findall(style)]
    declared = {part.split(":")[0].strip() for style in inline for part in style.split(";") if part.strip()}
    assert declared <= KEPT_PROPERTIES, declared - KEPT_PROPERTIES
    assert not page.xpath("//script | //link | //img | //form | //iframe | //svg | //@background | //@onclick")


@pytest.mark.parametrize("day", DAYS)
def test_every_colour_on_paper_has_one_for_the_dark(day: str):
    page = html.fromstring(DAYS[day]())
    sheet, _ = page.xpath("//style/text()")
    in_the_dark = set(re.findall(r"\.(\w+)", sheet.partition("prefers-color-scheme: dark")[2].partition("@media")[0]))
    for element in page.xpath("//*[contains(@style, 'color')]"):
        classes = set((element.get("class") or "").split())
        # The yellow bar of a change is the same in both.
        assert classes & (in_the_dark | {"bar"}), html.tostring(element)[:200]


def test_no_address_stands_in_place_of_words_and_none_is_followed_by_parameters():
    page = html.fromstring(DAYS["full"]())
    links = page.xpath("//a[@href]")
    assert links and all("://" not in link.text_content() for link in links)
    assert all("?" not in link.get("href") for link in links)
    targets = set(page.xpath("//a/@name"))
    assert {link.get("href")[1:] for link in links if link.get("href").startswith("#")} <= targets


def test_seven_stories_are_told_in_full_thirty_in_one_line_and_the_rest_is_counted():
    page = html.fromstring(DAYS["many"]())
    text = " ".join(page.text_content().split())
    assert len(page.xpath("//h3")) == 7
    assert len(re.findall(r"Headline \d+\.", text)) == 37
    assert "and 103 more stories; the queue has them all." in text
    assert len(page.xpath("//b[starts-with(text(), 'Person ')]")) >= 5  # the rest stands under its persons
    assert "Review 140 stories" in text
    words = as_text(digest(many_stories(140)))
    assert len(re.findall(r"Headline \d+\.", words)) == 37 and "and 103 more stories" in words


@pytest.mark.parametrize("count", [1, 7, 8, 37, 38])
def test_each_story_of_a_day_is_listed_once_as_far_as_there_is_room(count: int):
    text = as_text(digest(many_stories(count)))
    listed = re.findall(r"Headline (\d+)\.", text)
    assert len(listed) == len(set(listed)) == min(count, 37)
    assert ("more story" in text) is (count > 37)


def test_the_first_line_sums_up_the_day_and_each_person_in_the_news_has_a_line():
    page = html.fromstring(DAYS["full"]())
    (title,) = page.xpath("//h1")
    assert title.text_content() == "4 new stories: Melis Tokoev, Cholpon Arzyeva"
    people = lay_out(digest(full_day())).people
    assert [(person.name, person.figures) for person in people][:2] == [
        ("Melis Tokoev", "2 stories"),
        ("Cholpon Arzyeva", "1 story"),
    ]
    assert all(person.figures in page.text_content() for person in people)


def test_who_has_most_stories_stands_first_and_every_name_is_linked():
    new_items = [story.item for story in digest(full_day()).new[:2]]
    quiet = [replace(one, id=9_000 + n, verdict=Verdict.NOT_RELEVANT) for n, one in enumerate(new_items)]
    page = lay_out(day_digest := digest(replace(full_day(), items=(*quiet, *full_day().items))))
    counts = [int(person.figures.split()[0]) for person in page.people]
    assert counts == sorted(counts, reverse=True) and len(counts) > 1
    markup = html.fromstring(as_html(day_digest))
    assert {f"#s{page.first_item(person)}" for person in page.people} <= {
        link.get("href") for link in markup.xpath("//a")
    }
    assert {f"s{page.first_item(person)}" for person in page.people} <= {
        anchor.get("name") for anchor in markup.xpath("//a")
    }
    rejected = [story.item.verdict is Verdict.NOT_RELEVANT for story in day_digest.new]
    assert any(rejected) and rejected == sorted(rejected)  # what is judged not relevant comes last


def test_two_weeks_of_people_are_a_table_of_cells_with_figures():
    days = {"melis-tokoev": (*[0] * 11, 1, 12, 2), "cholpon-arzyeva": (*[0] * 13, 1)}
    counted = digest(replace(full_day(), daily_stories=days))
    page = html.fromstring(as_html(counted))
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//table[@cellspacing='1']/tr")]
    assert rows[0] == ["12 Nov", "last 24 h"]
    # The last cell is the day itself, with the stories that are listed below.
    assert rows[1:3] == [[*["·"] * 11, "1", "12", "2"], [*["·"] * 13, "1"]]
    # Of others it is said that they are not counted: a row of nothing would tell of days without stories.
    assert [row[0] for row in rows[3:]] == ["not counted by day"] * len(rows[3:])
    assert {len(row) for row in rows[3:]} <= {2} and all(row[1].isdigit() for row in rows[3:])
    # The darker a cell, the more; the figure says it without colour.
    classes = [cell.get("class") for cell in page.xpath("//table[@cellspacing='1'][1]//td[@class]")]
    assert classes[10:14] == ["h0", "h1", "h3", "now"]
    # What a cell and the last figure are, in words.
    assert "Stories a day (24 hours to 08:00)" in page.text_content()
    assert "Stories a day" not in DAYS["full"]()  # where nothing was counted, as for who gets some outlets only


def test_no_line_of_a_mail_ends_within_a_word_or_before_a_number_of_a_story():
    page = as_html(digest(full_day()))
    assert '<span style="white-space:nowrap">Ак-Булак</span>' in page
    assert "No.\u00a01042" in page and "No. 1042" not in page
    assert unbroken("a <b> follow-up") == 'a &lt;b&gt; <span class="nowrap">follow-up</span>'


def test_a_name_in_the_box_links_to_the_first_story_below_that_tells_of_it():
    page = lay_out(digest(full_day()))
    for person in page.people:
        below = [item for item in page.items if item in person.items]
        assert below and page.first_item(person) == below[0]
    assert replace(page, sections=()).first_item(page.people[0]) is None


@pytest.mark.parametrize(
    ("headline", "sentence", "words", "named"),
    [
        ("Журналист вышел на свободу: Melis Tokoev", "Мелиса Токоева освободили.", "Мелиса Токоева", ""),
        ("На свободе", "Journalist Melis Tokoev свободен.", "Melis Tokoev", ""),
        # Who reads English finds the name in neither.
        ("Мелис Токоев вышел на свободу", "Мелиса Токоева освободили.", "Мелиса Токоева", "Named: Melis Tokoev"),
    ],
)
def test_a_name_that_stands_above_is_not_named_once_more(headline: str, sentence: str, words: str, named: str):
    in_text = hit("Melis Tokoev", sentence, words, where=1)
    words_in_headline = next((name for name in ("Melis Tokoev", "Мелис Токоев") if name in headline), "")
    in_title = hit("Melis Tokoev", headline, words_in_headline, where=1, field=Field.TITLE).mentions
    both = replace(in_text, mentions=(*in_text.mentions, *(in_title if words_in_headline else ())))
    story = item(1, [article(1, "Стадион", headline, at(24, "12:00"))], [both])
    (card,) = lay_out(digest(quiet_day(items=(story,)))).sections[0].cards
    assert card.named == named


def test_fewer_than_three_days_with_stories_are_no_picture():
    for days, is_shown in (((0,) * 14, False), ((*[0] * 12, 1, 2), False), ((1, *[0] * 11, 1, 2), True)):
        page = lay_out(digest(replace(full_day(), daily_stories={"melis-tokoev": days})))
        assert bool(page.people_days) is is_shown
    two_days = {"melis-tokoev": (1, *[0] * 12, 1), "cholpon-arzyeva": (*[0] * 13, 1)}
    assert not lay_out(digest(replace(full_day(), daily_stories=two_days))).people_days


def test_two_weeks_of_people_are_not_counted_for_who_gets_some_outlets_only():
    counted = replace(full_day(), daily_stories={"melis-tokoev": (1,) * 14})
    for scope, is_counted in ((Scope(), True), (Scope(names=("melis-tokoev",)), True),
                              (Scope(outlets=("Ак-Булак",)), False), (Scope(countries=("KG",)), False)):  # fmt: skip
        assert bool(within_scope(counted, scope).daily_stories) is is_counted


def test_a_quiet_and_a_broken_day_begin_with_what_they_are():
    (title,) = html.fromstring(DAYS["quiet"]()).xpath("//h1")
    assert title.text_content().startswith("Nothing new named anyone on your list")
    broken = " ".join(html.fromstring(DAYS["broken"]()).text_content().split())
    assert broken.index("THIS IS NOT A QUIET DAY") < broken.index("Nothing new")


def test_only_a_desk_has_a_button_and_only_for_what_waits():
    assert lay_out(digest(full_day())).button is None
    assert lay_out(digest(replace(full_day(), waiting=0), base_url="https://desk.example")).button is None
    button = lay_out(digest(full_day(), base_url="https://desk.example/")).button
    assert button and (button.label, button.link) == ("Review 11 stories", "https://desk.example/queue")


def test_a_headline_has_the_colour_of_text_and_leads_to_the_desk():
    page = html.fromstring(as_html(digest(full_day(), base_url="https://desk.example")))
    links = page.xpath("//h3//a")
    assert links and all("color:#1f1d1a" in words.get("style") for a in links for words in a)
    assert all("text-decoration:underline" in a.get("style") and not a.text for a in links)
    assert all(a.get("href").startswith("https://desk.example/items/") for a in links)


def test_what_an_outlet_wrote_anew_is_told_once_under_one_label():
    def finding(kind: Change, before: str, after: str, where: int = 2) -> Finding:
        return Finding(kind, before, after, article=where, version=2, found=at(24, "20:00"))

    findings = (
        finding(Change.HEADLINE, "Токоев задержан", "Токоев опрошен"),
        finding(Change.SENTENCE, "Его задержали.", "Его опросили."),
        finding(Change.SENTENCE, "Он один.", "Он не один."),
    )
    lead = article(1, "Post", "Tokoev was heard.", at(24, "12:00"), "en")
    edited = article(2, "Ак-Булак", "Токоев опрошен", at(24, "13:00"), findings=findings)
    story = item(7, [lead, edited], [hit("Melis Tokoev", "Tokoev spoke.", "Tokoev", where=1)])
    page, text = (" ".join(form.split()) for form in (
        html.fromstring(as_html(digest(quiet_day(items=(story,))))).text_content(),
        as_text(digest(quiet_day(items=(story,)))),
    ))  # fmt: skip
    for shown in (page, text):
        assert shown.count("Ак-Булак changed its wording:") == 1 == shown.count("Ак-Булак")
        assert "another headline" not in shown and "1 more change." in shown
    at_desk = html.fromstring(as_html(digest(quiet_day(items=(story,)), base_url="https://desk.example")))
    assert at_desk.xpath("//a[text()='1 more change.']/@href") == ["https://desk.example/items/7"]
    # A headline by itself, and the texts of two outlets, have a label each.
    lone_story = replace(story, articles=(lead, replace(edited, findings=findings[:1])))
    assert "another headline at Ак-Булак:" in as_text(digest(quiet_day(items=(lone_story,))))
    third = article(3, "Stadion", "Tokoev.", at(24, "13:00"), findings=(finding(Change.SENTENCE, "a.", "b.", 3),))
    both = replace(lone_story, articles=(*lone_story.articles, third))
    labels = [d.label.text for d in lay_out(digest(quiet_day(items=(both,)))).sections[0].cards[0].differences]
    assert labels == ["another headline at Ак-Булак:", "Stadion changed its wording:"]


def test_a_weekly_report_is_the_page_of_a_digest_with_what_was_decided():
    day = digest(full_day(), base_url="https://desk.example")
    report, mail = lay_out_report(day), lay_out(day)
    assert report.title == "7 stories"
    assert report.opening == ("7 stories in 15 articles: 7 not yet reviewed.",)
    page = html.fromstring(page_as_html(report))
    # Where a digest's first sentence is the link to the queue, a report has it below its sums.
    assert page.xpath("//p[contains(., '7 stories in')]/br/following-sibling::a")[0].text == "Review 11 stories →"
    cards, mailed = ([card for section in page.sections for card in section.cards] for page in (report, mail))
    assert [replace(card, decision="") for card in cards] == [replace(card, decision="") for card in mailed]
    assert [person.name for person in report.people] == [person.name for person in mail.people]


def test_the_newsrooms_name_stands_at_the_head_where_it_is_set():
    page = html.fromstring(as_html(digest(full_day(), newsroom="Kloop <i>")))
    assert page.xpath("string(//td[contains(@class, 'soft')][1]/b)") == "Kloop <i>" and not page.xpath("//i")
    assert html.fromstring(DAYS["full"]()).xpath("string(//td[contains(@class, 'soft')][1]/b)") == "monitor"


@pytest.mark.parametrize(
    ("reasons", "clause"),
    [
        ([Code.SURNAME_ALONE, Code.NO_FULL_NAME], "surname only"),
        ([Code.INITIAL_ALONE, Code.NO_FULL_NAME], "initial only"),
        ([Code.SAME_NAME, Code.NO_FULL_NAME], "the full name is not in the article"),
        ([Code.SURNAME_ALONE, ""], "another person is named in full"),
        ([Code.SAME_NAME, ""], "another person is named in full"),
    ],
)
def test_a_possible_name_has_its_reason_in_one_clause(reasons: list[str], clause: str):
    grammar = Message("“{}”: {} of {}", "Жемерова", "genitive", "Zhemerov", code=Code.INFLECTION)
    first, *more_reasons = (Message("another person is named in full", code=code) for code in reasons)
    assert reason_in_short([first, grammar, *more_reasons]) == [clause]
    assert reason_in_short([]) == [] and reason_in_short([grammar]) == [grammar]  # an old reason is better than none
