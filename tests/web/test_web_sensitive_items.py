"""Items about names that only administrators may know of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import html
from sqlalchemy import update

from kit.copies import opened_copy
from kit.desk import OURS, account, client
from kit.home import Clock
from kit.queue_desk import SECRET, listed, say, say_all, search
from kit.store import HOUR, KOS, MELIS, MINUTE, NOW, article, backlog, entity_numbers, filed, hit, stored, watch
from kit.store import item as item_of
from monitor.app import App
from monitor.model import Act, Outcome, Placement, Result, Role, Run, State, Verdict
from monitor.store import tables as t
from monitor.web import create_desk, searches


def two_homes(tmp_path: Path, tables: Path) -> tuple[App, App]:
    """Return two desks with the same news, with and without a sensitive name; items about it alone come last."""
    both = "Melis Tokoev wrote of Aizada Hidden."
    apps = []
    for name, known in (("with", True), ("without", False)):
        (tmp_path / name).mkdir()
        app = opened_copy(tables, tmp_path / name)
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


@pytest.mark.check
def test_a_sensitive_name_is_not_revealed_by_a_merge_of_an_item_about_it_alone(
    tmp_path: Path, sqlite_with_tables: Path
):
    apps, versions = two_homes(tmp_path, sqlite_with_tables), list[int]()
    nothing_changed(*(merged_and_split(app, versions, known=app is apps[0]) for app in apps))
    assert versions == [1, 3, 4]
    for app in apps:
        app.close()


@pytest.mark.check
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
