"""The desk of the closed watch: there for those who are cleared, an address that does not exist for everybody else."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

import pytest
from fastapi.routing import APIRoute
from lxml import html

from kit.app import App
from kit.desk import OURS, PASSWORD, Browser, account, client
from kit.store import HOUR, row_counts
from monitor.i18n.labels import TROUBLES
from monitor.i18n.troubles import trouble_message
from monitor.model import Act, Role, Run, State, Token, TroubleKind, User
from monitor.web import create_desk
from monitor.web.security import Guard, token_hash
from web.closed import CLOSED_TEXT, app, cleared_account, closed_store, desk, two_watches
from web.doors import ROUTES, address, advance

__all__ = ["app", "desk", "two_watches"]
NOWHERE = "/closet"  # a part of a path that nothing has, as long as the one of the closed watch
LENGTH = "content-length"  # differs with the length of the path that is told
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
KEPT_FORMS = "/decide", "/names/add", "/edit", "/recipients/new"
DECISION = {"version": "1", "act": "relevant", "author": "1"}


# Every route of the closed watch, and who of the cleared may use it at least.
_OPEN_ALONE = (
    "/account /add /archive /health /join /metrics /names/proposed /people /press /receipts /recipients /sign /sources"
).split()


CLOSED_ROUTES: Mapping[tuple[str, str], Role | None] = {
    (method, path): role for (method, path), role in ROUTES.items() if not path.startswith((*_OPEN_ALONE, "/added"))
} | {("GET", "/cleared"): Role.ADMIN, ("POST", "/cleared/{number}"): Role.ADMIN}


def addresses() -> Iterator[tuple[str, str]]:
    """Yield every method and path of the desk, of both watches, and of some that no watch has."""
    yield from {*ROUTES, *CLOSED_ROUTES}
    for path in ("", "/", "/static/desk.css", "/nothing", "/queue/", "/QUEUE", "/items/1/decide"):
        yield from ((method, path) for method in METHODS)


def answer(browser: Browser, method: str, url: str, **options: object) -> tuple[int, list[tuple[str, str]], str]:
    response = browser.request(method, url, **{"headers": OURS, **options})
    headers = [(name, value.replace(url, "PATH")) for name, value in response.headers.items() if name != LENGTH]
    return response.status_code, headers, response.text.replace(url, "PATH")


def assert_nothing_is_there(browser: Browser, **options: object) -> None:
    """Assert that each address is answered as one that does not exist; a path that is told comes out as `PATH`."""
    nowhere: dict[tuple[str, str], object] = {}
    for method, template in addresses():
        form, path = {"data": DECISION} if method == "POST" else {}, address(template)
        # What arrives after its session is shown again, whatever the path before `decide` and others is.
        kind = method, path if path.endswith(KEPT_FORMS) else "/nothing"
        if kind not in nowhere:
            nowhere[kind] = answer(browser, method, NOWHERE + kind[1], **form, **options)
        assert answer(browser, method, "/closed" + path, **form, **options) == nowhere[kind], (method, path)


def basic(token: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"any:{token}".encode()).decode()}


def token_of(app: App, person: User) -> str:
    app.people.give_token(token_hash(f"token of {person.name}"), Token(person, "", app.clock()))
    return f"token of {person.name}"


# ---- who finds it ----------------------------------------------------------------------------------------------------


def test_the_closed_watch_has_these_pages_and_no_others(desk: Guard):
    routes = [route for route in desk.closed_pages.routes if isinstance(route, APIRoute)]
    assert {(method, route.path) for route in routes for method in route.methods} == set(CLOSED_ROUTES)


@pytest.mark.check
@pytest.mark.parametrize("role", [None, *Role])
def test_for_whoever_is_not_cleared_no_address_of_the_closed_watch_exists(app: App, desk: Guard, role: Role | None):
    cleared_account(app, "Cleared", Role.ADMIN)
    person = account(app, "Aida", role) if role else None
    before = row_counts(closed_store(app))
    assert_nothing_is_there(client(desk, person))
    assert row_counts(closed_store(app)) == before


@pytest.mark.check
def test_without_a_closed_watch_nothing_is_there_for_the_cleared_either(app: App, monkeypatch: pytest.MonkeyPatch):
    desk, person = create_desk(app), cleared_account(app, "Aida", Role.ADMIN)
    monkeypatch.setattr("monitor.web.security.closed_watch", lambda _: None)
    assert_nothing_is_there(client(desk, person))
    assert "/closed" not in client(desk, person).get("/queue").text


@pytest.mark.check
@pytest.mark.parametrize("role", Role)
def test_the_cleared_may_do_there_what_their_role_may_elsewhere(app: App, desk: Guard, role: Role):
    browser = client(desk, cleared_account(app, "Aida", role))
    for (method, path), needed in CLOSED_ROUTES.items():
        assert needed is not None
        if not role.may(needed):
            assert browser.request(method, "/closed" + address(path), headers=OURS).status_code == 403, (method, path)
        elif method == "GET":
            # How many items are new, the script of the queue asks with the time of the page.
            expected_statuses = {400} if path == "/queue/new" else {200, 303}
            assert browser.get("/closed" + address(path)).status_code in expected_statuses, path


def test_what_is_open_alone_is_not_in_the_closed_watch(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.ADMIN))
    for method, path in ROUTES.keys() - CLOSED_ROUTES.keys():
        assert browser.request(method, "/closed" + address(path), headers=OURS).status_code in {404, 405}, path
    assert browser.get("/closed/static/desk.css").status_code == 404


@pytest.mark.check
def test_who_is_not_cleared_any_more_finds_nothing_from_the_next_request_on(app: App, desk: Guard):
    person = cleared_account(app, "Aida", Role.ADMIN)
    cleared_account(app, "Bek", Role.READER)
    browser = client(desk, person)
    assert browser.get("/closed/queue").status_code == 200
    app.people.clear(person.id, cleared=False)
    assert_nothing_is_there(browser)


@pytest.mark.check
def test_a_token_reads_the_closed_queue_only_for_an_account_that_is_cleared(app: App, desk: Guard):
    ordinary, cleared = account(app, "Aida", Role.ADMIN), cleared_account(app, "Bek", Role.READER)
    stranger = client(desk)
    for path in ("/queue.json", "/queue.csv", "/queue.atom"):
        response = stranger.get(
            "/closed" + path, headers=basic(token_of(app, cleared)) if path == "/queue.json" else {}
        )
        assert ("Aizada Bekova" in response.text) is (path == "/queue.json")
    for token in (token_of(app, ordinary), "nonsense"):
        assert_nothing_is_there(stranger, headers=OURS | basic(token))
    assert app.people.tokens(ordinary.id)[0].used is None
    assert stranger.get("/closed/names", headers=basic("token of Bek")).status_code == 303
    monitored = stranger.get("/queue.json", headers=basic("token of Bek")).text
    assert "Melis" in monitored and "Aizada" not in monitored


def test_a_long_list_is_taken_there_from_the_cleared_alone(app: App, desk: Guard):
    text = "\n".join(f"Somebody Number {n}" for n in range(5_000))
    form = {"text": text}
    ordinary, cleared = account(app, "Aida", Role.ADMIN), cleared_account(app, "Bek", Role.ADMIN)
    nowhere = answer(client(desk, ordinary), "POST", NOWHERE + "/names/import", data=form)
    assert answer(client(desk, ordinary), "POST", "/closed/names/import", data=form) == nowhere
    assert nowhere[0] == 413
    assert client(desk, cleared).post("/closed/names/import", data=form).status_code in {200, 400}


# ---- what others see -------------------------------------------------------------------------------------------------


# The account says that it is cleared; the log and receipts tell of these very requests; only the cleared mark names and
# give messages of the closed watch.
TOLD_APART = {"/account", "/audit", "/receipts/{form}", "/names/add", "/names/{number}/edit", "/recipients/{place}"}


@pytest.mark.check
@pytest.mark.parametrize("role", [Role.READER, Role.ADMIN])
def test_pages_of_the_open_watch_are_the_same_for_the_cleared_but_for_one_link(app: App, desk: Guard, role: Role):
    person = account(app, "Aida", role)
    browser = client(desk, person)
    paths = [address(path) for method, path in ROUTES if method == "GET" and path not in TOLD_APART]

    def pages() -> dict[str, str]:
        return {path: browser.get(path).text for path in paths}

    before = pages()
    app.people.clear(person.id, cleared=True)
    link = '<a href="/closed/queue">Closed watch <span class="count">2</span></a>\n'
    after = pages()
    assert link in after["/queue"]
    assert {path: text.replace(link, "") for path, text in after.items()} == before


def test_an_account_is_told_that_it_is_cleared(app: App, desk: Guard):
    person = account(app, "Aida", Role.READER)
    assert "cleared" not in client(desk, person).get("/account").text
    app.people.clear(person.id, cleared=True)
    assert "You are cleared for the closed watch" in client(desk, person).get("/account").text


# ---- the pages -------------------------------------------------------------------------------------------------------

OPEN_LINKS = re.compile(r"/(queue|add|account(#tokens)?|sources|archive|items/1|static/.*)")


@pytest.mark.check
def test_links_and_forms_of_the_closed_watch_stay_in_it(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.ADMIN))
    browser.post("/closed/items/1/decide", data={"version": 1, "act": "unsure", "colleague": "", "note": "Is it she?"})
    waiting, links = (["/closed/queue", "/closed/queue?filters=1", "/closed/items/1?same=1", "/closed/digest"], set())
    while waiting:
        path = waiting.pop()
        links.add(path)
        page = browser.get(path)
        assert page.status_code == 200, path
        if "text/html" not in page.headers["content-type"]:
            continue
        tree = html.fromstring(page.text)
        (band,) = tree.xpath("//p[@class='closed-watch']")
        assert "Only people who are cleared" in band.text_content()
        attributes = ("href", "action", "formaction", "hx-post", "hx-get", "data-list", "data-count", "src")
        for element, attribute in ((e, a) for e in tree.iter() for a in attributes):
            link = element.get(attribute)
            if link is None or not link.startswith("/"):
                continue
            assert link.startswith("/closed/") or OPEN_LINKS.fullmatch(link), (path, element.tag, link)
            target = link.partition("#")[0]
            kind = re.sub(r"\d[\d-]*", "N", target.partition("?")[0])
            if (
                attribute == "href"
                and link.startswith("/closed/")
                and kind not in {re.sub(r"\d[\d-]*", "N", old.partition("?")[0]) for old in links | {*waiting}}
            ):
                waiting.append(target)
    assert {"/closed/names", "/closed/statistics", "/closed/audit", "/closed/cleared"} <= links


def test_a_decision_on_a_closed_item_changes_the_closed_watch_alone(app: App, desk: Guard):
    person = cleared_account(app, "Aida", Role.REVIEWER)
    browser, before = client(desk, person), row_counts(app.store)
    decided = browser.post("/closed/items/1/decide", data={"version": 1, "act": "relevant", "note": "She told us."})
    assert decided.status_code == 303 and decided.headers["location"].startswith("/closed/queue?said=")
    item = closed_store(app).reviews.get(1)
    assert (item.state, item.history[-1].by) == (State.DECIDED, "Aida")
    assert app.item(1).state is State.OPEN
    assert row_counts(app.store) == before
    lines = closed_store(app).people.audit(9)
    assert [(line.act, line.by, line.about) for line in lines] == [
        (Act.DECIDED, person.id, 1),
        (Act.READ_SENSITIVE, person.id, 1),
    ]
    undone = browser.post("/closed/items/1/undo", data={"decision": item.history[-1].id})
    assert undone.headers["location"].startswith("/closed/items/1?said=undone")


def test_items_are_split_and_merged_in_the_closed_watch(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.REVIEWER))
    choice = browser.post("/closed/queue/together", data={"pick": ["1:1", "2:1"], "merging": "1"})
    assert 'action="/closed/queue/together/decide"' in choice.text or "/closed/queue/together/merge" in choice.text
    merged = browser.post("/closed/queue/together/merge", data={"seen": "1:1 2:1"})
    assert merged.headers["location"].startswith("/closed/items/1?said=r")
    undo = {"regrouping": merged.headers["location"].rpartition("=r")[2]}
    assert browser.post("/closed/items/1/undo", data=undo).status_code == 303


def test_files_of_the_closed_watch_say_so(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.OPERATOR))
    for path, name in (
        ("/queue.csv", "closed-queue.csv"),
        ("/items/1/evidence", "closed-item-1.zip"),
        ("/names/export/csv", "closed-watchlist.csv"),
    ):
        assert browser.get("/closed" + path).headers["content-disposition"] == f'attachment; filename="{name}"'
    feed = browser.get("/closed/queue.atom").text
    assert "(Closed watch)" in feed and "http://localhost/closed/items/1" in feed
    ids = {*re.findall("<id>(.*?)</id>", feed)}
    assert ids.isdisjoint(re.findall("<id>(.*?)</id>", browser.get("/queue.atom").text))


def test_a_closed_item_links_the_open_items_of_its_articles(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.READER))
    card = browser.get("/closed/items/1").text
    assert "In the open watch:" in card and 'href="/items/1"' in card and "Court extends arrest" in card
    assert "In the open watch:" not in browser.get("/closed/items/2").text  # its article is in no open item
    assert "In the open watch:" not in browser.get("/items/1").text


def test_a_name_that_is_added_there_is_a_closed_one(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.OPERATOR))
    app.settings.watchlist.write_text(
        "entities:\n  - name: Aizada Bekova\n    id: cholpon-closed\n    sensitive: true\n"
    )
    page = browser.get("/closed/names/add").text
    assert 'name="sensitive"' not in page
    added = browser.post("/closed/names/add", data={"names": "Nurlan Osmonov", "act": "save"})
    assert added.status_code == 303 and added.headers["location"].startswith("/closed/names/")
    closed = {e.name: e.sensitive for e in closed_store(app).watchlists.current().entities}
    assert closed["Nurlan Osmonov"] is True
    assert "Nurlan Osmonov" not in {e.name for e in app.watchlist().entities}
    assert "Nurlan Osmonov" not in client(desk, account(app, "Bek", Role.ADMIN)).get("/names").text
    assert "Nurlan Osmonov" in browser.get("/closed/names").text


def test_what_a_closed_name_would_bring_is_looked_for_in_the_articles_of_the_open_watch(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.OPERATOR))
    preview = browser.post("/closed/names/add", data={"names": "Melis Tokoev", "act": "look"}).text
    assert "in 1 of 1 articles" in preview and "stays in custody" in preview


def test_the_digest_of_the_closed_watch_tells_of_closed_names(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.READER))
    advance(app, HOUR)
    closed, opened = browser.get("/closed/digest").text, browser.get("/digest").text
    assert "Questioned for six hours" in closed and "Court extends arrest" not in closed
    assert "Court extends arrest" in opened and "Questioned" not in opened


# ---- what is kept in memory ------------------------------------------------------------------------------------------


def test_nobody_sees_in_one_watch_who_looks_at_an_item_of_the_other(app: App, desk: Guard):
    cleared, colleague = cleared_account(app, "Aida", Role.REVIEWER), account(app, "Bek", Role.REVIEWER)
    also_cleared = cleared_account(app, "Cholpon", Role.REVIEWER)
    client(desk, cleared).get("/closed/items/1")
    assert "is looking" not in client(desk, colleague).get("/items/1").text
    assert "is looking" in client(desk, also_cleared).get("/closed/items/1").text


def test_no_card_of_the_closed_watch_is_fetched_ahead_of_its_log(app: App, desk: Guard):
    """The log says who was sent which item: it cannot depend on what a browser says of itself."""
    browser = client(desk, cleared_account(app, "Aida", Role.REVIEWER))
    card = html.fromstring(browser.get("/closed/items/2").text)
    assert card.xpath("//a[@data-key='j']") and not card.xpath("//*[@data-ahead]")
    browser.get("/closed/items/1", headers={"Desk-Ahead": "1"})
    log = closed_store(app).people.audit(9)
    assert [line.about for line in log if line.act is Act.READ_SENSITIVE] == [1, 2]


def test_a_decision_kept_after_a_session_comes_back_in_its_own_watch(app: App, desk: Guard):
    person = cleared_account(app, "Aida", Role.REVIEWER)
    browser = client(desk)
    kept_form = {
        "name": "Aida",
        "password": PASSWORD,
        "next": "/closed/items/1/decide",
        "act": "relevant",
        "note": "It is she.",
    }
    assert browser.post("/sign-in", data=kept_form | {"author": person.id}).status_code == 303
    assert "It is she." not in browser.get("/items/1").text
    assert "It is she." in browser.get("/closed/items/1").text


def test_the_words_of_a_search_are_kept_for_the_watch_it_was_made_in(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.REVIEWER))
    search_address = browser.post("/closed/queue", data={"words": "six hours"}).headers["location"]
    assert search_address.startswith("/closed/queue?q=")
    assert "six hours" in browser.get(search_address).text
    assert "six hours" not in browser.get(search_address.removeprefix("/closed")).text


def test_only_the_cleared_are_asked_about_a_closed_item(app: App, desk: Guard):
    browser = client(desk, cleared_account(app, "Aida", Role.REVIEWER))
    account(app, "Bek", Role.ADMIN)
    cleared_account(app, "Cholpon", Role.REVIEWER)
    cleared_account(app, "Daniyar", Role.READER)
    offered = html.fromstring(browser.get("/closed/items/1").text).xpath("//select[@name='colleague']/option/text()")
    assert offered[1:] == ["Cholpon"]
    assert CLOSED_TEXT[:20] in browser.get("/closed/items/1?whole=1").text


def test_what_went_wrong_in_a_run_of_the_closed_watch_is_told_there_alone(app: App, desk: Guard):
    problem = trouble_message(TroubleKind.MAIL, "451 try again later")
    closed_store(app).runs.save(Run(started=app.clock(), ended=app.clock(), problems=(problem,)))
    browser = client(desk, cleared_account(app, "root", Role.ADMIN))
    trouble_text = TROUBLES[TroubleKind.MAIL].over
    assert trouble_text in browser.get("/closed/runs").text and trouble_text not in browser.get("/runs").text
    assert browser.get("/closed/queue?filters=1&words=nothing").status_code == 200
