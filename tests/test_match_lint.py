"""What the linter says of a watchlist, and what it leaves alone."""

from __future__ import annotations

import pytest

from monitor.match import lint
from monitor.model import Context, Entity, EntityType

ORG = EntityType.ORGANIZATION


@pytest.mark.parametrize(
    ("entities", "says"),
    [
        ([Entity("a", "Ли")], "is short"),
        ([Entity("a", "Токоев")], "one word: every person of that name counts"),
        ([Entity("a", "Апта", ORG)], "counts only with a capital letter"),
        ([Entity("a", "Мелис Toкоев")], "mixes Latin and Cyrillic"),
        ([Entity("a", "Мелис Токоев"), Entity("b", "Murat Tokoev")], "shares a surname with Мелис Токоев"),
        ([Entity("a", "Салт", ORG), Entity("b", "Музей Салт", ORG)], "is part of “Музей Салт” (b)"),
        (
            [Entity("a", "Мелис Токоев", context=Context(require=("суд",), exclude=("суд",)))],
            "both excluded and wanted",
        ),
        ([Entity("a", "Мелис Токоев", context=Context(exclude=("Мелис Токоев",)))], "is its own name"),
        ([Entity("a", "…")], "never matches"),
    ],
)
def test_the_linter_warns(entities, says):
    assert any(says in warning.says for warning in lint(entities))


@pytest.mark.parametrize(
    "entities",
    [
        [Entity("a", "Мелис Токоев", aliases=("Melis Tokoev",))],
        [Entity("a", "Мелис Токоев"), Entity("b", "Асель Мамырова")],
        [Entity("a", "САВБ", ORG), Entity("b", "Государственное агентство", ORG)],
        [Entity("a", "Мелис Токоев", context=Context(support=("суд",), exclude=("футбол",)))],
    ],
)
def test_the_linter_leaves_good_entries_alone(entities):
    assert lint(entities) == ()


def test_warnings_come_in_the_order_of_the_list():
    entities = [Entity("b", "Токоев"), Entity("a", "Ли")]
    assert [w.entity for w in lint(entities)] == ["b", "a"]
