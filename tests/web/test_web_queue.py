"""The list of the queue: order, tabs, filters, times, and the same list as JSON and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.store import DAY, NOW, entity_numbers, filed, hit, mention, stored, watch
from monitor.app.evidence.exports import csv_cell
from monitor.app.evidence.exports import csv_lines as lines_of
from monitor.model import Act, Confidence, Placement, QueueFilter, QueueTab, Reason, ReviewItem, Role
from monitor.store.desk.queue_tabs import tab_of
from monitor.web import create_desk
from monitor.web.filters import Filters
from monitor.web.queries import load_items
from monitor.web.routes import queue
from web.queue_desk import aida, app, bakyt, filled, judge, listed, words_of

__all__ = ["aida", "app", "bakyt", "filled"]


def test_the_queue_is_clear_before_possible_and_newest_first(aida: Browser):
    assert listed(aida) == [4, 3, 2, 1]
    page = aida.get("/queue").text
    assert 'lang="ru" dir="auto">Арест продлён' in page and "1 more article" in page
    assert "<mark>Мелис Токоев</mark>" in page


@pytest.mark.check
def test_the_digest_is_shown_in_the_visitors_language(app: App):
    desk = create_desk(app)
    for language, heading in (
        ("en", "FIRST SEEN IN THESE 24 HOURS"),
        ("ru", "ВПЕРВЫЕ ЗАМЕЧЕНО ЗА ЭТИ СУТКИ"),
        ("ky", "УШУЛ 24 СААТТА БИРИНЧИ КӨРҮЛГӨНДӨР"),
    ):
        page = client(desk, account(app, f"Vera {language}", Role.READER, language)).get("/digest").text
        assert f"<h2>{heading}</h2>" in page
        assert '<p class="quoted" dir="auto" lang="en"><mark>Melis Tokoev</mark> stays in custody' in page


MORE_PLACES = {"en": "stands in 14570 more places", "ru": "ещё в 14570 местах", "ky": "дагы 14570 жерде кездешет"}


def test_a_card_tells_in_how_many_more_places_a_name_stands(tmp_path, sqlite_with_tables):
    app = opened_copy(sqlite_with_tables, tmp_path)
    watch(app.store)
    filed(app.store, replace(hit(), mentions=(mention("Melis Tokoev", other_places=14_570),)))
    desk = create_desk(app)
    for language, words in MORE_PLACES.items():
        assert words in client(desk, account(app, f"Vera {language}", Role.READER, language)).get("/items/1").text
    app.close()


def test_each_tab_of_the_queue_holds_its_items(app: App, aida: Browser):
    judge(aida, 4, "relevant")
    judge(aida, 3, "unsure")
    judge(aida, 2, "later:7")
    assert listed(aida, "?show=decided") == [4]
    assert listed(aida, "?show=asked") == [3]
    assert listed(aida, "?show=later") == [2]
    assert listed(aida, "?show=possible") == [1]
    assert listed(aida) == [3, 1]
    app.clock.now = NOW + 8 * DAY  # type: ignore[attr-defined]
    assert listed(client(create_desk(app), app.store.people.by_name("Aida"))) == [3, 2, 1]


def test_sql_and_python_put_every_item_in_the_same_tab(app: App, aida: Browser):
    for item, act in ((4, "relevant"), (3, "unsure"), (2, "later:1")):
        judge(aida, item, act)
    for now in (NOW, NOW + 2 * DAY):
        counts = app.store.queue.page(QueueFilter(), now, 0).tab_counts
        parts = [tab_of(app.item(n), now) for n in (1, 2, 3, 4)]
        assert {s: n for s, n in counts.items() if n and s is not QueueTab.WAITING} == {
            s: parts.count(s) for s in set(parts)
        }


def test_filters_narrow_and_stand_in_the_address_by_number(app: App, aida: Browser):
    numbers = entity_numbers(app.store)
    assert listed(aida, f"?name={numbers['cholpon']}") == [3]
    assert listed(aida, "?outlet=Copycat") == [2]
    assert listed(aida, "?lang=ru") == [4]
    assert listed(aida, "?sure=possible") == [1]
    assert listed(aida, f"?since={NOW:%Y-%m-%d}&until={NOW:%Y-%m-%d}") == [4, 3, 2, 1]
    assert listed(aida, f"?since={NOW + DAY:%Y-%m-%d}") == []
    assert listed(aida, "?name=²&since=never&sure=x&page=-1&show=zzz") == [4, 3, 2, 1]
    assert listed(aida, "?country=KG") == [4, 3, 2, 1] and listed(aida, "?country=KZ") == []
    page = aida.get(f"/queue?name={numbers['cholpon']}").text
    assert "Kyrgyzstan (1)" in page and "clear (1)" in page and "possible (0)" in page
    assert "Cholpon Arzyeva (1)" in page and "Melis Tokoev (4)" in page  # what the other name would bring


def test_what_was_decided_is_found_by_its_reason(app: App, aida: Browser):
    judge(aida, 4, "not-relevant:common-word")
    judge(aida, 3, "not-relevant:another-person", entity=entity_numbers(app.store)["cholpon"])
    judge(aida, 2, "not-relevant:another-person")
    assert listed(aida, "?show=decided&because=common-word") == [4]
    assert listed(aida, "?show=decided&because=another-person") == [2] and listed(aida, "?because=another-person") == [
        3
    ]
    page = html.fromstring(aida.get("/queue?show=decided&filters=1").text)
    reasons = [" ".join(o.text.split()) for o in page.xpath("//select[@name='because']/option")]
    assert reasons[0] == "all" and set(reasons[1:]) == {"another person (1)", "a common word (1)"}
    app.undo(by="Aida", item=4)
    assert listed(aida, "?because=common-word") == []


def test_a_filter_shows_the_headline_and_the_outlet_that_fit_it(app: App, aida: Browser):
    row = words_of(aida, "/queue?outlet=Copycat")
    assert re.search(r"Copycat · en · \S+ 1 more article", row)
    text = "Мелис Токоев кармалды. Башка эч ким жок."
    fitting = stored(
        app.store, hit("Мелис Токоев", text=text), at=NOW, text=text, title="Токоев кармалды", language="ky"
    )
    app.store.stories.file(
        fitting, Placement(app.item(4).story), app.item(4), NOW, expected_version=app.item(4).version
    )
    row = words_of(aida, "/queue?lang=ky")
    assert listed(aida, "?lang=ky") == [4]
    assert (
        "Токоев кармалды" in row
        and re.search(r"Post · ky · \S+ 1 more article", row)
        and "Башка" not in row.split("Токоев кармалды")[0]
    )
    assert "Арест продлён" not in row and "Арест продлён" in words_of(aida, "/queue?lang=ru")


def test_the_first_filter_has_the_focus_when_they_are_opened(aida: Browser):
    for query in ("?filters=1", "?filters=1&outlet=Nobody", "?filters=1&show=later"):
        page = html.fromstring(aida.get(f"/queue{query}").text)
        assert [element.get("name") for element in page.xpath("//*[@data-focus]")] == ["name"], query
    assert html.fromstring(aida.get("/queue?outlet=Post").text).xpath("//a[@data-focus]")


def test_a_page_takes_the_focus_by_itself_where_another_of_the_desks_led_to_it(aida: Browser):
    for path, site, takes_it in (
        ("/queue", "same-origin", True),
        ("/queue?at=3", "none", True),
        ("/queue?said=undone", "none", True),
        ("/items/3?same=1", "same-origin", True),
        ("/queue", "none", False),
        ("/queue", "cross-site", False),
        ("/queue?show=new", "none", False),
        ("/items/3?same=1", "none", False),
    ):
        page = html.fromstring(aida.get(path, headers={"sec-fetch-site": site}).text)
        (focus,) = page.xpath("//*[@data-focus]")
        assert ("autofocus" in focus.attrib) is takes_it, (path, site)
    assert "autofocus" not in aida.get("/items/3").text  # an older browser says nothing


AFTER_THE_LAST = ["?page=99", "?page=2", "?page=99999&show=new", "?page=3&outlet=Copycat"]


def test_a_page_after_the_last_shows_the_last(aida: Browser, subtests: pytest.Subtests):
    for query in AFTER_THE_LAST:
        with subtests.test(str(query)):
            last_page = listed(aida, query)
            assert last_page and last_page == listed(aida, re.sub(r"page=\d+", "", query))
            assert "Nothing" not in words_of(aida, f"/queue{query}")


def test_a_row_is_signed_by_who_judged_it_only_while_that_stands(app: App, aida: Browser, bakyt: Browser):
    def signed() -> list[str]:
        page = html.fromstring(aida.get("/queue?show=asked").text + aida.get("/queue?show=new").text)
        return [" ".join(p.text_content().split()) for p in page.xpath("//p[@class='signed']")]

    judge(aida, 4, "unsure", note="who?")
    judge(bakyt, 4, "unsure", 2)
    assert signed() == ["decision: Bakyt"]
    bakyt.post("/items/4/undo", {"decision": app.item(4).history[1].id})
    assert signed() == ["decision: Aida ✎ with a note"]
    aida.post("/items/4/undo", {"decision": app.item(4).history[0].id})
    assert signed() == []


def test_a_reviewed_row_tells_a_verdict_on_all_names_once_and_others_at_their_names(app: App, aida: Browser):
    def row(number: int) -> list[str]:
        page = html.fromstring(aida.get("/queue?show=decided").text)
        (line,) = page.xpath(f"//li[.//a[@id='item-{number}']]")
        parts = line.xpath(".//*[@class='judged'] | .//p[@class='signed']")
        return [" ".join(part.text_content().split()) for part in parts]

    text = "Melis Tokoev knows Cholpon Arzyeva."
    two = filed(app.store, hit(text=text), hit("Cholpon Arzyeva", "cholpon", text), text=text).id
    judge(aida, two, "relevant")
    assert row(two) == ["relevant · Aida"]
    judge(aida, two, "not-relevant:another-person", 2, entity=entity_numbers(app.store)["cholpon"])
    assert row(two) == ["relevant", "not relevant", "decision: Aida"]


def test_an_empty_queue_says_whether_that_is_quiet_or_broken(aida: Browser):
    page = aida.get("/queue?show=follow-up").text
    assert "Nothing to review here" in page and "quiet, not broken" in page


def test_the_same_list_is_json_and_csv(app: App, aida: Browser):
    judge(aida, 4, "not-relevant:another-person", note="=cmd()")
    rows = aida.get("/queue.json?show=decided").json()["items"]
    assert [(r["id"], r["verdict"], r["headline"]) for r in rows] == [(4, "not-relevant", "Арест продлён")]
    answer = aida.get("/queue.csv?show=decided")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["item"], row["reason"], row["note"], row["clear"]) == ("4", "another-person", "'=cmd()", "Melis Tokoev")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [line.act for line in app.store.people.audit(3)] == [Act.EXPORTED, Act.EXPORTED, Act.DECIDED]


@pytest.mark.parametrize("loses_it", ["signed out", "account closed", "session ended elsewhere", "nothing lost"])
def test_a_list_that_is_read_slowly_ends_where_the_right_to_read_it_ends(
    app: App, aida: Browser, monkeypatch, loses_it
):
    """The list is loaded page by page while it is read, which may take as long as its reader likes."""
    user = app.people.by_name("Aida")
    assert user is not None

    def load_and_lose(*values: Any) -> Sequence[ReviewItem]:
        items = load_items(*values)
        match loses_it:
            case "signed out":
                app.people.end_all_access()
            case "account closed":
                app.people.save(replace(user, closed=NOW))
            case "session ended elsewhere":
                app.people.end_sessions(user.id)
        return items

    monkeypatch.setattr(queue, "EXPORT_PAGE_SIZE", 1)
    monkeypatch.setattr(queue, "load_items", load_and_lose)
    rows = list(csv.DictReader(io.StringIO(aida.get("/queue.csv").text.removeprefix("\ufeff"))))
    assert len(rows) == 1 if loses_it != "nothing lost" else len(rows) > 1


@given(st.text(max_size=20), st.sampled_from("=+-@＝＋－＠\t\r"), st.sampled_from(["", " ", '"', "';", " \n"]))
def test_no_cell_begins_a_formula(cell_end: str, risky: str, before: str):
    assert csv_cell(before + risky + cell_end).startswith("'")
    assert csv_cell(f"a{risky} b") == f"a{risky} b"


@given(st.lists(st.text(st.sampled_from("a =;,\t\"'\r\n-+@"), max_size=8), min_size=1, max_size=3))
def test_no_cell_begins_a_formula_whether_commas_semicolons_or_tabs_part_them(cells: list[str]):
    written = lines_of([cells])
    for separator in ",;\t":
        read = [one for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator) for one in row]
        assert not [one for one in read if re.match(r"\s*[=+@-]", one)], written


@given(
    st.sampled_from(list(QueueTab)),
    st.one_of(st.none(), st.integers(0, 10**8)),
    st.text(max_size=30),
    st.sampled_from(["", "ky"]),
    st.one_of(st.none(), st.sampled_from(list(Confidence))),
    st.one_of(st.none(), st.sampled_from(list(Reason))),
    st.dates(min_value=datetime(1991, 1, 1).date(), max_value=datetime(2199, 12, 30).date()),
)
def test_filters_come_back_from_their_address(
    split_: QueueTab, name: int | None, outlet: str, language: str, level, reason, day
):  # type: ignore[no-untyped-def]
    from urllib.parse import parse_qsl, urlsplit

    zone = ZoneInfo("Asia/Bishkek")
    query = {"show": split_.value, "name": "" if name is None else str(name), "outlet": outlet, "lang": language,
             "country": language.upper(), "because": reason or "", "sure": level.value if level else "", "since": day.isoformat()}  # fmt: skip
    filters = Filters.from_query(query, zone)
    address = urlsplit(filters.link("/queue"))
    assert Filters.from_query(dict(parse_qsl(address.query)), zone) == filters


ZONES = [
    ("Europe/Berlin", "09:00", "Berlin (UTC+1)"),
    ("Asia/Kathmandu", "13:45", "Kathmandu (UTC+5:45)"),
    ("", "08:00", "UTC"),
    ("../../etc/passwd", "08:00", "UTC"),
    ("Nowhere/Town", "08:00", "UTC"),
]


def test_a_newsroom_that_has_set_its_time_zone_has_one_clock_for_everybody(app: App, monkeypatch: pytest.MonkeyPatch):
    bishkek = app.settings.model_copy(update={"timezone": ZoneInfo("Asia/Bishkek")})
    monkeypatch.setattr(app, "settings", bishkek)
    vera = client(create_desk(app), account(app, "Vera", Role.REVIEWER))
    vera.cookies.set("zone", "Europe/Berlin")
    page = words_of(vera, "/queue")
    assert "ru · 14:00" in page and "Times: Bishkek (UTC+6)" in page


def test_times_are_those_of_the_readers_zone_and_filters_those_of_the_newsroom(
    app: App, aida: Browser, subtests: pytest.Subtests
):
    for zone, shown, place in ZONES:
        with subtests.test(str((zone, shown))):
            aida.cookies.set("zone", zone)
            page = words_of(aida, f"/queue?since={NOW:%Y-%m-%d}")
            assert f"ru · {shown}" in page and f"Times: {place}" in page
            assert listed(aida, f"?since={NOW:%Y-%m-%d}") == listed(aida)  # all of that day in UTC
