"""Every page opens with every optional field of everything that it shows, in every language and for every role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes
from sqlalchemy import Column, select

import monitor
from kit.desk import client
from kit.doors import ROUTES, address
from kit.full_home import full_home
from monitor.app import App
from monitor.config.feeds import FeedForm
from monitor.config.recipients import RecipientForm
from monitor.i18n import LANGUAGES
from monitor.model import Role
from monitor.store import tables as t
from monitor.web import create_desk
from monitor.web.render import environment


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    app = full_home(tmp_path_factory.mktemp("full"), sqlite_with_tables)
    yield app
    app.close()


SHOWN_TABLES = (t.entity, t.watchlist_version, t.hit, t.mention, t.story_article, t.review_item, t.decision, t.regrouping,
                t.finding, t.addition, t.run, t.person, t.session, t.token, t.invitation, t.delivery)  # fmt: skip
# Columns whose value no page depends on, or that a value beside them stands for.
NOT_SHOWN = {"claim", "claimed_until", "file_hash", "to_look_through", "older_up_to", "version", "copies", "article", "id",
             "number", "outdated"}  # fmt: skip


def is_set(value: object, column: Column[object]) -> bool:
    """Return whether a stored value is neither empty nor the column's default."""
    default = getattr(column.default, "arg", None)
    return value not in (None, "", [], {}, False, 0) and value != default


def test_every_optional_column_of_what_the_desk_shows_has_a_value(app: App):
    empty = set()
    with app.store.database.reading() as connection:
        for table in SHOWN_TABLES:
            optional = [c for c in table.c if (c.nullable or c.default is not None) and c.name not in NOT_SHOWN]
            rows = connection.execute(select(*optional)).mappings().all()
            empty |= {f"{table.name}.{c.name}" for c in optional if not any(is_set(row[c.name], c) for row in rows)}
    assert empty - {"person.shortcuts"} == set()


@pytest.mark.parametrize(("form", "file"), [(RecipientForm, "recipients.yaml"), (FeedForm, "feeds.yaml")])
def test_every_optional_key_of_the_lists_has_a_value(app: App, form: type, file: str):
    text = (app.settings.home / file).read_text("utf-8")
    keys = set(form.model_fields) - {"id"}  # type: ignore[attr-defined]  # a feed's is made from its address
    assert {key for key in keys if f"{key}: " not in text} == set()


def addresses(app: App) -> list[str]:
    """Return every page with every number that it may have, and the views that a query opens."""
    with app.store.database.reading() as connection:
        ids = {
            "items": connection.scalars(select(t.review_item.c.id)).all(),
            "names": connection.scalars(select(t.entity.c.number)).all(),
            "sources": connection.scalars(select(t.feed.c.number)).all(),
            "added": connection.scalars(select(t.addition.c.entry).where(t.addition.c.entry.is_not(None))).all(),
        }
    pages = []
    for method, path in ROUTES:
        if method == "GET":
            numbers = ids.get(path.split("/")[1], []) if "{number}" in path else [1]
            pages += [address(path.replace("{number}", str(n))) for n in numbers]
    views = ["/queue?show=asked", "/queue?show=later", "/queue?show=decided&filters=1&latin=1", "/items/1?same=1&latin=1",
             "/names?by=warnings&said=undone&withdrawn=2", "/names/1?said=saved", "/runs?said=saved", "/items/1?said=1"]  # fmt: skip
    return pages + views


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_with_every_optional_field_in_every_language(app: App, language: str):
    desk = create_desk(app)
    for role in (Role.READER, Role.ADMIN):  # who sees the least and the most
        user = app.store.people.by_name(role.value)
        assert user is not None
        browser = client(desk, user)
        browser.post("/account", {"language": language, "shortcuts": "on"})
        broken = {page: status for page in addresses(app) if (status := browser.get(page).status_code) >= 500}
        assert broken == {}, (language, role)


def translated_and_formatted(source: str) -> list[int]:
    """Return the lines of a template that format a text after it was translated.

    Jinja's new-style `gettext` formats at once: a placeholder without a value in the same call is a KeyError, and a
    translated text is Markup, which formats by other rules than a string.
    """
    tree = environment("en").parse(source)
    filters = [node.lineno for node in tree.find_all(nodes.Filter) if node.name == "format"]
    methods = [
        node.lineno
        for node in tree.find_all(nodes.Call)
        if isinstance(node.node, nodes.Getattr) and node.node.attr == "format"
    ]
    operators = [
        node.lineno
        for node in tree.find_all(nodes.Mod)
        if any(getattr(call.node, "name", "") in {"_", "gettext", "ngettext"} for call in node.find_all(nodes.Call))
    ]
    return sorted(filters + methods + operators)


def test_no_template_formats_a_translated_text():
    templates = [file for file in Path(monitor.__file__).parent.rglob("templates/*") if file.is_file()]
    assert len(templates) > 30
    assert {f.name: lines for f in templates if (lines := translated_and_formatted(f.read_text("utf-8")))} == {}
    for wrong in ('{{ _("until %(day)s") | format(day=1) }}', '{{ _("%s") % day }}', '{{ (_("{}")).format(day) }}'):
        assert translated_and_formatted(wrong) == [1], wrong
    for right in ('{{ _("until %(day)s", day=1) }}', "{{ '/items/%d' % item }}", "{{ loop.index % 2 }}"):
        assert translated_and_formatted(right) == [], right
