"""Statistics, sources, past digests and the runs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from kit.app import App
from kit.copies import app
from kit.desk import account, client
from kit.home import Clock
from kit.store import DAY, HOUR, MINUTE, NOW, backlog, filed, hit, item
from monitor.config import Settings
from monitor.fetch import responses
from monitor.i18n.troubles import trouble_message
from monitor.ingest.policy import LinePolicy
from monitor.ingest.visit import Poll
from monitor.model import (
    DecisionSummary,
    Feed,
    FeedStatus,
    Reason,
    Role,
    Run,
    TroubleKind,
    Verdict,
)
from monitor.pictures.arrivals import decision_times
from monitor.store import open_store
from monitor.web import create_desk
from monitor.web.routes.statistics import Day, count_by_day, keeps_up, precision_by_entity, usual_backlog, with_backlog
from web.outputs import filled

__all__ = ["app", "filled"]


# ---- statistics -----------------------------------------------------------------------------------------------------

BISHKEK = ZoneInfo("Asia/Bishkek")


def entry(
    item: int, at: datetime, verdict: Verdict = Verdict.RELEVANT, by: str = "Aida", **fields: object
) -> DecisionSummary:
    return DecisionSummary(item, at, by, verdict, judged=(1,))._replace(**fields)


def test_days_are_counted_in_the_desks_time_zone():
    late = datetime(2026, 3, 1, 18, 15, tzinfo=NOW.tzinfo)  # a quarter past midnight in Bishkek
    days = count_by_day({late: 3, late - HOUR: 2}, [entry(1, late)], [], date(2026, 2, 28), date(2026, 3, 2), BISHKEK)
    assert [(day.day.day, day.items, day.decisions) for day in days] == [(28, 0, 0), (1, 2, 0), (2, 3, 1)]


def test_what_remained_undecided_is_counted_back_from_what_waits_now():
    days = [Day(NOW.date() + n * DAY, items, 0, 0) for n, items in enumerate((5, 0, 3))]
    decisions = [entry(1, NOW), entry(1, NOW + DAY), entry(2, NOW + DAY), entry(3, NOW + DAY, Verdict.UNSURE)]
    assert [day.waiting for day in with_backlog(days, decisions, 6, BISHKEK)] == [5, 3, 6]
    assert [day.waiting for day in with_backlog(days, [], 1, BISHKEK)] == [0, 0, 1]  # some left without a verdict


@pytest.mark.parametrize(
    ("decisions", "seconds"),
    [
        ([], []),
        ([entry(1, NOW)], []),  # when it was begun nobody knows
        ([entry(1, NOW), entry(2, NOW + MINUTE), entry(3, NOW + 3 * MINUTE)], [60, 120]),
        ([entry(1, NOW), entry(2, NOW + 11 * MINUTE), entry(3, NOW + 12 * MINUTE)], [60]),  # a break
        ([entry(1, NOW), entry(2, NOW + MINUTE, by="Bakyt"), entry(3, NOW + 2 * MINUTE)], [120]),  # each for themselves
        ([entry(1, NOW), entry(2, NOW + MINUTE), entry(2, NOW + 2 * MINUTE)], [120]),  # two names of one item
        ([entry(1, NOW), *(entry(n, NOW + MINUTE, batch="b") for n in (2, 3)), entry(4, NOW + 2 * MINUTE)], [60]),
    ],
)
def test_the_time_for_an_item_counts_from_the_decision_before_it(
    decisions: list[DecisionSummary], seconds: list[float]
):
    assert [duration for _, duration in decision_times(decisions)] == seconds


def test_the_last_word_on_a_name_in_an_item_counts():
    another = {"verdict": Verdict.NOT_RELEVANT, "reason": Reason.ANOTHER_PERSON}
    not_about = {"verdict": Verdict.NOT_RELEVANT, "reason": Reason.NOT_ABOUT}
    taken_back = entry(6, NOW), entry(6, NOW, Verdict.UNSURE)
    right = precision_by_entity(
        [entry(1, NOW), entry(1, NOW)._replace(**another), entry(2, NOW), entry(3, NOW, Verdict.UNSURE), *taken_back,
         entry(4, NOW)._replace(**not_about), entry(5, NOW, judged=(1, 2))]
    )  # fmt: skip
    assert {entity: (p.right, p.wrong) for entity, p in right.items()} == {1: (3, 1), 2: (1, 0)}


def numbers(app: App, role: Role) -> list[list[str]]:
    """Return the rows of all tables of the page."""
    account_of_role = app.store.people.by_name(role.value)
    page = client(create_desk(app), account_of_role or account(app, role.value, role)).get("/statistics")
    assert page.status_code == 200
    rows = html.fromstring(page.text).xpath("//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in rows]


def test_statistics_count_items_and_decisions_by_day_and_say_how_often_names_were_right(app: App):
    for number, (verdict, reason) in enumerate(
        ((Verdict.RELEVANT, None), (Verdict.NOT_RELEVANT, Reason.ANOTHER_PERSON)), 1
    ):
        app.clock.now = NOW + number * MINUTE  # type: ignore[attr-defined]
        app.decide(number, verdict, by="Aida", reason=reason)
    app.decide(3, Verdict.RELEVANT, by="Aida")
    app.undo(by="Aida")
    # The first reading was today: there are no days before it.
    day, *names = numbers(app, Role.READER)
    assert day == ["2 Mar so far", "3", "2", "1", "60 seconds"]
    page = client(create_desk(app), app.store.people.by_name(Role.READER.value)).get("/statistics").text
    assert '<a href="/queue">1 story is not yet reviewed.</a>' in page and "Most false matches" not in page
    assert "The last 1 day: median 60 seconds a story, above the aim of 45 seconds." in page and "Today:" not in page
    assert names == [["Nura Hasanova", "0 of 1", "too few", ""], ["Melis Tokoev", "1 of 2", "too few", ""]]
    app.decide(3, Verdict.NOT_RELEVANT, by="Aida", reason=Reason.NOT_ABOUT)  # which still names her
    assert ["Melis Tokoev", "2 of 3", "too few", ""] in numbers(app, Role.READER) and "“not about this”" in page


def test_a_share_is_shown_of_five_cases_and_the_worst_of_them_stands_first(app: App):
    def judge(name: str, right: int, wrong: int) -> None:
        for n in range(right + wrong):
            app.clock.now += MINUTE  # type: ignore[attr-defined]
            named = hit(name, entity=name.split(maxsplit=1)[0].lower(), text=f"{name} spoke.")
            number = filed(app.store, named, at=app.clock(), text=f"{name} spoke.").id
            verdict, reason = (Verdict.RELEVANT, None) if n < right else (Verdict.NOT_RELEVANT, Reason.ANOTHER_PERSON)
            app.decide(number, verdict, by="Aida", reason=reason)

    judge("Melis Tokoev", 4, 1)
    judge("KOS Committee", 2, 3)
    judge("Nura Hasanova", 1, 3)
    _, *names = numbers(app, Role.READER)
    assert names == [
        ["Committee for Public Security", "2 of 5", "40% (12–77%)", ""],
        ["Melis Tokoev", "4 of 5", "80% (38–96%)", ""],
        ["Nura Hasanova", "1 of 4", "too few", ""],
    ]
    page = html.fromstring(
        client(create_desk(app), app.store.people.by_name(Role.READER.value)).get("/statistics").text
    )
    assert len(page.xpath("//svg[@class='share']")) == 2
    # As many were wrong of another name: of that one too little is known to put it first.
    assert "Most false matches: Committee for Public Security, in 3 of 5 stories." in page.text_content()


@pytest.mark.parametrize(
    ("items", "waiting", "is_kept_up"),
    [
        ((0, 0, 0), (9, 9, 9), True),  # no more than at the beginning
        ((5, 5, 5), (0, 2, 5), None),  # what came today need not be done yet
        ((5, 5, 5), (0, 2, 6), False),
        ((5, 5), (0, 9), None),  # two days say nothing
        ((0,) * 30, (9,) + (10,) * 29, None),  # more than at the beginning, no more than a week ago
        ((0,) * 30, (9,) * 22 + (10,) * 7 + (12,), False),  # the most of all
        ((0,) * 30, (9,) * 22 + (10,) * 7 + (9,), True),
    ],
)
def test_a_desk_keeps_up_if_no_more_waits_than_a_week_ago_and_at_first(items, waiting, is_kept_up):  # type: ignore[no-untyped-def]
    pairs = enumerate(zip(items, waiting, strict=True))
    days = [Day(NOW.date() + n * DAY, count, 0, 0, backlog_size) for n, (count, backlog_size) in pairs]
    assert keeps_up(days) is is_kept_up


@pytest.mark.parametrize(
    ("waiting", "usual"),
    [((8,) * 27 + (3, 19, 14), 8), ((1, 2, 9, 5), 2), ((0, 0, 7), 0), ((7,), 0), (range(31), 26)],
)
def test_usual_is_what_nine_of_ten_days_before_today_left_undecided_at_most(waiting: Sequence[int], usual: int):
    assert usual_backlog([Day(NOW.date(), 0, 0, 0, count) for count in waiting]) == usual


def test_the_statistics_and_the_queue_count_the_same_stories(app: App):
    reader = client(create_desk(app), account(app, "Aida", Role.READER))

    def counts() -> list[str]:
        statistics, queue = (html.fromstring(reader.get(path).text) for path in ("/statistics", "/queue"))
        summary = statistics.xpath("string(//p[@class='in-short-all']/strong)")
        return [summary.split()[0], queue.xpath("string(//nav[@class='splits']/a[@aria-current]/span)")]

    first, second, _ = [item.id for item in app.queue()]
    assert counts() == ["3", "3"]
    app.decide(first, Verdict.UNSURE, by="Bek")
    assert counts() == ["3", "3"]
    app.decide(second, Verdict.LATER, by="Bek", until=app.clock() + DAY)
    assert counts() == ["2", "2"]


def test_a_desk_is_said_to_keep_up_only_where_no_more_is_undecided_than_usual(app: App):
    app.store.runs.save(Run(NOW - DAY, ended=NOW - DAY, fetched=1))
    aida = account(app, "Aida", Role.READER)

    def decide(item: int, at: datetime) -> None:
        app.clock.now = at  # type: ignore[attr-defined]
        app.decide(item, Verdict.NOT_RELEVANT, by="Bek", reason=Reason.ANOTHER_PERSON)

    def page() -> html.HtmlElement:
        return html.fromstring(client(create_desk(app), aida).get("/statistics").text)

    def summary() -> str:
        findings = page().xpath("//p[@class='in-short-all' or @class='finding']//text()")
        return " ".join(" ".join(findings).split())

    decide(1, NOW)
    decide(2, NOW + MINUTE / 2)
    assert summary().startswith("1 story is not yet reviewed. The last 2 days:")
    app.clock.now = NOW + DAY  # type: ignore[attr-defined]
    assert summary().startswith(
        "The desk falls behind: 1 story is not yet reviewed. On 1 Mar: 0. The oldest has waited since 2 Mar. The last 3"
    )
    assert (
        page().xpath("string(//*[@class='late'])").startswith("The desk falls behind: 1 story")
        and "keeps up" not in summary()
    )
    decide(3, NOW + DAY)
    assert "The last 3 days: median 30 seconds a story, within the aim of 45 seconds. Most" in summary(), (
        "of today nothing is known"
    )
    decide(2, NOW + DAY + 1.5 * MINUTE)
    assert summary() == (
        "The desk keeps up: 0 stories are not yet reviewed. On 1 Mar: 0. The last 3 days: 3 stories and 4 decisions. "
        "The last 3 days: median 60 seconds a story, above the aim of 45 seconds. "
        "Today: 90 seconds, of 1 story: too few to go by. "
        "Most false matches: Melis Tokoev , in 3 of 3 stories."
    )
    headings = [" ".join(heading.text_content().split()) for heading in page().xpath("//h3")]
    assert headings[:2] == ["Stories that came today so far", "Not yet reviewed when the day ended now"]
    # Each chart has its figures as a table, and what waits is what the queue counts.
    tables = [table.xpath(".//thead//text()[normalize-space()]") for table in page().xpath("//details//table")]
    assert tables == [["Day", "Stories", "Decisions", "Not yet reviewed"], ["Day", "Time for a story"]]
    # What came today need not be done yet.
    filed(app.store, hit("Melis Tokoev"), at=NOW + DAY)
    assert summary().startswith("1 story is not yet reviewed. On 1 Mar: 0. The last 3 days")
    queue = html.fromstring(client(create_desk(app), aida).get("/queue").text)
    assert queue.xpath("string(//nav[@class='splits']/a[@aria-current]/span)") == "1"
    # No desk keeps up where a story has waited for more than a week.
    app.clock.now = NOW + 9 * DAY  # type: ignore[attr-defined]
    assert "keeps up" not in summary() and "The oldest has waited since 3 Mar." in summary()


def test_statistics_of_an_empty_desk_say_so(tmp_path: Path, sqlite_with_tables: Path):
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'm.db')}")
    app = App(settings, open_store(settings.database_url), Clock(NOW))
    page = client(create_desk(app), account(app, "Aida", Role.READER)).get("/statistics").text
    app.close()
    assert "No decision says yet" in page and "The last 1 day: 0 stories and 0 decisions." in page and "NaN" not in page


# ---- sources and past digests ---------------------------------------------------------------------------------------


def test_a_source_shows_how_much_it_brings_against_what_is_usual(app: App):
    for n in range(12):  # two a day, and then one
        backlog(app.store, *(item(100 + 2 * n + k) for k in range(2 if n else 1)), now=NOW - n * DAY)
    backlog(app.store, item(200), name="fresh", now=NOW - HOUR)
    admin = client(create_desk(app), account(app, "Aida", Role.ADMIN))
    page = html.fromstring(admin.get("/sources").text)
    post, fresh = (page.xpath(f"//tr[.//bdi='{name}']")[0] for name in ("Post", "Fresh"))
    # Of 24 hours, usually.
    assert [cell.text_content() for cell in post.xpath("td[contains(@class, 'figure')]")] == ["4", "usually 2"]
    assert len(post.xpath(".//svg/line")) == 2
    assert not fresh.xpath(".//svg")  # what it had says nothing of a day
    # On phones one line says the same.
    lines = [row.xpath("string(th/p[contains(@class, 'by-phone')])").split(" · ") for row in (post, fresh)]
    assert [line[:2] for line in lines] == [["4 in 24 h", "usually 2"], ["0 in 24 h", "usually —"]]
    assert "All 2 sources are read without trouble." in page.xpath("string(//main)")
    number = int(post.xpath("string(th/a/@href)").rpartition("/")[2])
    (figure,) = html.fromstring(admin.get(f"/sources/{number}").text).xpath("//figure")
    columns = figure.xpath("count(.//*[local-name() = 'rect'])")
    assert columns == sum(cell.isdigit() for cell in figure.xpath(".//td/text()")) > 7
    assert figure.xpath("count(.//*[@class='level']/*)") == 1 and "usually 2" in figure.text_content()


def test_a_source_in_trouble_says_why_and_what_to_do_in_the_readers_language(app: App):
    """The state comes from a server's response, through the database."""
    app.store.feeds.sync_list([Feed("slow", "https://slow.example/rss", "Slow")], NOW)
    state = next(state for state in app.feeds() if state.feed.id == "slow")
    refusal = responses.status_error(403, {}, NOW)
    app.store.feeds.save_visit(Poll(state, LinePolicy(), NOW).failure(FeedStatus.REFUSED, refusal.detail))
    for language, message, todo in (
        ("en", "the server refuses to show this (403)", "This alone does not show that it is blocked in the country."),
        (
            "ru",
            "сайт ответил отказом (403)",
            "Само по себе это не значит, что сайт заблокирован в стране.",
        ),
        (
            "ky",
            "сайт көрсөтүүдөн баш тартты (403)",
            "ачып көрүңүз; прокси башка жактан жетиши мүмкүн.",
        ),
    ):
        page = html.fromstring(
            client(create_desk(app), account(app, language, Role.READER, language)).get("/sources").text
        )
        words = " ".join(page.xpath("string(//tbody[.//bdi='Slow']//td[@class='what-is-wrong'])").split())
        assert words.count("(403)") == 1 and message in words and todo in words
        assert not page.xpath("//tbody[.//bdi='Slow']//*[@lang]")


def test_an_earlier_digest_is_a_day_away(app: App):
    browser = client(create_desk(app), account(app, "Aida", Role.READER))
    assert 'name="day"' in browser.get("/digest").text
    assert browser.get("/digest?day=2026-02-01").headers["location"] == "/digest/2026-02-01"
    assert browser.get("/digest?day=//evil.example").headers["location"] == "/digest///evil.example"
    assert browser.get("/digest/2026-02-01").status_code == 200
    assert browser.get("/digest?day=x", headers={"x": "y"}).status_code == 303


# ---- the digest and the runs -------------------------------------------------------------------------------------------

BROKEN = "/srv/monitor/config/watchlist.yaml:7:5: Aizada Hidden stands twice; keep one"


@pytest.mark.parametrize(
    ("language", "role", "lasting", "over"),
    [
        ("en", Role.READER, "watchlist.yaml cannot be read", "watchlist.yaml could not be read"),
        ("ru", Role.REVIEWER, "watchlist.yaml не читается", "watchlist.yaml не читался"),
        ("ky", Role.READER, "watchlist.yaml окулбай жатат", "watchlist.yaml окулган жок"),
    ],
)
def test_readers_see_a_broken_list_without_its_path_or_contents(
    app: App, language: str, role: Role, lasting: str, over: str
):
    app.store.runs.save(
        Run(NOW - HOUR, ended=NOW - HOUR, fetched=1, problems=(trouble_message(TroubleKind.WATCHLIST, BROKEN),))
    )
    desk = create_desk(app)
    browser, admin = client(desk, account(app, "Aida", role, language)), client(desk, account(app, "Root", Role.ADMIN))
    for page in ("/digest", "/runs"):
        page_text = browser.get(page).text
        assert "/srv" not in page_text and "stands twice" not in page_text and ":7:5" not in page_text
    assert lasting in browser.get("/digest").text and over in browser.get("/runs").text
    assert "stands twice" not in admin.get("/runs").text  # an administrator may not be cleared
    app.store.runs.save(Run(NOW - HOUR / 2, ended=NOW - HOUR / 2, fetched=1))
    digest_text = browser.get("/digest").text
    assert lasting not in digest_text and over in digest_text
