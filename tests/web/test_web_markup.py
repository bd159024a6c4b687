"""No text of strangers becomes markup on any page."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from lxml import html

from kit.copies import opened_copy
from kit.desk import account, client
from kit.home import Clock
from kit.store import MELIS, NOW, filed, hit, mention, watch
from monitor.model import Entity, EntityType, Field, Role, Run, Span
from monitor.web import create_desk
from web.queue_desk import followed, judge, search, sign_in

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
    "textarea bdi b strong dl dt dd code dialog template table thead tbody tr th td svg path line rect circle text figure figcaption".split()
)


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) == 150


def lookers(page: str) -> str:
    return page.split('class="looking"')[1].replace("<bdi>", "").replace("</bdi>", "")


def assert_only_our_markup(page: str) -> None:
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


@pytest.mark.check
def test_no_text_of_strangers_becomes_markup(tmp_path: Path, sqlite_with_tables: Path):
    app = opened_copy(sqlite_with_tables, tmp_path)
    app.clock = Clock(NOW)
    evil = "\n".join(PAYLOADS)
    nobody = Entity("evil", "Evil " + PAYLOADS[0], EntityType.PERSON, ("<script>alias()</script>",))
    watch(app.store, MELIS, nobody)
    text = f"Melis Tokoev {evil} Melis Tokoev"
    evil_mention = replace(mention("Melis Tokoev", text), why=tuple(PAYLOADS), alias=PAYLOADS[1])
    in_title = replace(evil_mention, field=Field.TITLE, span=Span(0, 12))
    item = filed(
        app.store,
        replace(hit(text=text), mentions=(evil_mention, in_title), why=PAYLOADS[2]),
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
    judge(browser, item.id + 1, "not-relevant:common-word")
    evil_admin = client(browser.desk, account(app, "\u202e<svg onload=alert(1)>", Role.ADMIN))
    judge(browser, item.id, "unsure", note=evil[:1900])
    judge(browser, item.id, "relevant", note=PAYLOADS[6])  # a conflict
    pages = [f"/items/{item.id}?latin=1", f"/items/{item.id}/articles/1", "/queue?latin=1", "/queue?outlet=%3Cscript%3E", "/digest",
             "/runs", "/people", "/audit", "/account", "/sign-in?next=%22%3E%3Cscript%3E", "/sources", "/statistics",
             "/<script>"]  # fmt: skip
    shown = [browser.get(page).text for page in pages]
    shown.append(browser.get(search(browser, PAYLOADS[0])[0]).text)
    evil_admin.get(f"/items/{item.id}")
    shown += [browser.get(f"/items/{item.id}").text, browser.get("/queue?filters=1&show=asked").text]
    assert all("&lt;svg onload=alert(1)&gt; is looking" in lookers(page) for page in shown[-2:])
    assert "&lt;script&gt;" in shown[-2].split('class="earlier"')[1]
    shown.append(browser.post("/queue/together", {"every": "1"}).text)
    shown.append(browser.post("/queue/together", {"pick": [f"{item.id}:1"]}).text)
    shown.append(browser.post("/sign-in", {"name": PAYLOADS[0], "password": "x", "next": PAYLOADS[1]}).text)
    shown.append(browser.post(f"/items/{item.id}/decide", {"act": "relevant", "version": 1, "note": evil[:1900]}).text)
    draft = {"act": "relevant", "version": 1, "note": evil[:1900], "author": admin.id}
    for path in (f"/items/{item.id}/decide", "/queue/together/decide"):
        second_browser = client(browser.desk)
        shown.append(second_browser.post(path, {**draft, "seen": PAYLOADS[0]}).text)
        shown.append(followed(second_browser, sign_in(second_browser, admin.name, shown[-1])).text)
        assert "your session had ended" in shown[-1]
    app.close()
    for page in shown:
        assert_only_our_markup(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown[0]


def test_the_vendored_script_is_the_one_that_was_reviewed():
    static = files("monitor.web") / "static"
    digest = sha256((static / "htmx.min.js").read_bytes()).hexdigest()
    assert digest == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # htmx.org 4.0.1
    assert (static / "htmx.LICENSE.txt").read_text("utf-8").startswith("Zero-Clause BSD")


def test_every_place_of_the_focus_takes_it_when_a_whole_page_is_loaded_too():
    templates = [
        file for file in (files("monitor.web") / "templates").iterdir() if "data-focus" in file.read_text("utf-8")
    ]
    without = re.compile(r"data-focus(?!{{ autofocus }}| autofocus)")
    assert len(templates) > 20
    assert [file.name for file in templates if without.search(file.read_text("utf-8"))] == []


def test_templates_ask_what_a_user_may_do_and_compare_no_role():
    # A new role would be forgotten there. `Right` in model/user.py says what each role may do.
    named = re.compile(rf"""["']({"|".join(Role)})["']""")
    texts = {file.name: file.read_text("utf-8") for file in (files("monitor.web") / "templates").iterdir()}
    assert len(texts) > 30 and any("can(" in text for text in texts.values())
    assert [name for name, text in texts.items() if named.search(text)] == []
    assert named.search("""{% if me.role.value in ("operator", "admin") %}""")
