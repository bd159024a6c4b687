"""A surname alone is worth a look when it is rare, or tied to its bearer by the article."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.match import MatchTotals, compile_watchlist, find_mentions, match_documents, near_misses
from monitor.model import Confidence, Context, Document, Entity, EntityType

RARE = (
    ("Мелис Токоев", "Токоев"), ("Мелис Токоев", "Токоевдин"), ("Melis Tokoev", "Токоевым"), ("Айдай Эсенбаева", "Эсенбаеву"),
    ("Paul Quintrell", "Quintrell’s"), ("Paul Quintrell", "Quintrell"), ("Anna Kolb", "Kolb"), ("Анна Цой-Ким", "Цой-Ким"),
    ("John Brandt", "Brandt"), ("Айжан Тажыбек кызы", "Тажыбек кызы"), ("Maria Hruby", "Hruby"), ("Rosalind", "Rosalind"),
)  # fmt: skip
COMMON = (
    ("Patricia Many", "Many"), ("Walter Price", "Price"), ("Brenda Ali", "Ал"), ("Gregory Ross", "России"), ("Anna Kolb", "Колб"),
    ("Diana Herrmann", "Германии"), ("Brian Thomas", "Thomas"), ("Sarah Thomas", "Томас"), ("Ivan Svoboda", "Свобода"),
    ("Бакыт Аманат", "Аманат"), ("Иван Петров", "Петров"), ("Paul Paillet", "Пилоты"), ("Lea Karan", "Карантин"),
)  # fmt: skip


@pytest.mark.parametrize(("listed", "words"), RARE)
def test_a_rare_surname_alone_is_possible(listed: str, words: str):
    mentions = find_mentions(f"Бүгүн эле {words} келди.", compile_watchlist([Entity("a", listed)]))
    assert [mention.text for mention in mentions] == [words.removesuffix("’s") if "’" not in words else words]


@pytest.mark.parametrize(("listed", "words"), COMMON)
def test_a_common_surname_alone_is_left_out_and_explained(listed: str, words: str):
    compiled = compile_watchlist([Entity("a", listed)])
    assert find_mentions(f"Бүгүн эле {words} келди.", compiled) == ()


def test_a_surname_of_many_on_the_list_is_common():
    bearers = [Entity(name, f"{name} Квинтрель") for name in ("Анна", "Мария", "Ольга")]
    text = "Бүгүн эле Квинтрель келди."
    assert len(find_mentions(text, compile_watchlist(bearers[:2]))) == 2
    assert find_mentions(text, compile_watchlist(bearers)) == ()
    (miss,) = {miss.why for miss in near_misses(text, compile_watchlist(bearers))}
    assert miss.startswith("a surname alone counts only if it is rare")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brian Thomas left. Then Thomas sang.", ["Brian Thomas", "Thomas"]),
        ("Then Thomas sang. Brian Thomas left.", ["Thomas", "Brian Thomas"]),
        ("The pilot Thomas sang.", ["Thomas"]),
        ("Then B. Thomas sang.", []),
        ("The pilot sang.\n\nThen Thomas left.", []),
        ("Then Thomas sang. David Thomas left.", []),
    ],
)
def test_an_article_ties_a_common_surname_to_its_bearer(text: str, expected: list[str]):
    compiled = compile_watchlist([Entity("a", "Brian Thomas", context=Context(support=("pilot",)))])
    clear_texts = [m.text for m in find_mentions(text, compiled) if m.confidence is Confidence.STRONG]
    assert clear_texts == expected


def test_what_is_left_out_is_counted_and_what_is_named_is_not():
    documents = [Document("1", "Then Thomas sang, as Thomas does."), Document("2", "Brian Thomas left; Thomas too.")]
    totals = MatchTotals()
    compiled = compile_watchlist([Entity("a", "Brian Thomas")])
    assert [len(mentions) for _, mentions in match_documents(documents, compiled, totals)] == [0, 2]
    assert totals.common_surnames == 2


# Several processes: also in tests/cli/test_stages_on_files.py.
@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.check)])
def test_the_command_says_how_many_surnames_are_left_out(monitor, jobs: str):
    Path("w.yaml").write_text("entities: [Brian Thomas]\n", encoding="utf-8")
    lines = [json.dumps({"id": str(n), "text": "Then Thomas sang."}) for n in range(70)]
    Path("d.jsonl").write_text("\n".join([*lines, '{"text": "Brian Thomas left."}']), encoding="utf-8")
    done = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "--jobs", jobs, "d.jsonl")
    assert len(done.lines) == 1
    assert done.err == "monitor: not listed: 70 surnames standing alone: common ones, given names, ordinary words\n"


TIED = compile_watchlist(
    [
        Entity("rare", "Лада Брузгина"),
        Entity("latin", "Klara Tsvirko"),
        Entity("formed", "Марат Искендеров"),
        Entity("frequent", "Paul Ferguson"),
        Entity("father", "Пётр Жмыховский"),
        Entity("son", "Лев Жмыховский"),
        Entity("common", "Александр Александров"),
        Entity("other", "Мелис Дуулатбаев", context=Context(exclude=("футбол",))),
        Entity("outlet", "Тулпар Пресс", EntityType.OUTLET),
    ]
)


@pytest.mark.parametrize(
    ("text", "entity", "is_strong"),
    [
        ("Мелис Дуулатбаев пришёл. Брузгиной не было.", "rare", True),
        ("Мелис Дуулатбаев пришёл. Л. Брузгиной не было.", "rare", True),
        ("Редакция «Тулпар Пресс» молчит. Брузгину ищут.", "rare", True),
        ("Melis Duulatbaev came. Tsvirko did not.", "latin", True),
        ("Александр Александров пришёл. Брузгиной не было.", "rare", False),  # a name of many people
        ("Брузгиной не было.", "rare", False),  # nobody else of the list
        ("Фото: Тулпар Пресс. Брузгиной не было.", "rare", False),  # a credit says nothing of the article
        ("Брузгина пришла. Tsvirko did not.", "latin", False),  # what is possible ties nothing
        ("Футбол: Мелис Дуулатбаев забил, Брузгина смотрела.", "rare", False),  # he is another, by his entry
        ("Мелис Дуулатбаев пришёл. Марина Брузгина, певица, ушла.", "rare", False),
        ("Мелис Дуулатбаев пришёл. Цвирко не было.", "latin", False),  # in the other script
        ("Мелис Дуулатбаев пришёл. Искендерова не было.", "formed", False),  # of a given name
        ("Melis Duulatbaev came. Ferguson did not.", "frequent", False),
        ("Мелис Дуулатбаев пришёл. Жмыховского не было.", "father", False),  # two have it
        ("Мелис Дуулатбаев пришёл. Брузгена ушла.", "rare", False),  # misspelt
    ],
)
def test_a_very_rare_surname_alone_is_clear_beside_another_watched_name(text, entity, is_strong):
    confidences = {m.confidence for m in find_mentions(text, TIED) if m.entity == entity}
    assert (Confidence.STRONG in confidences) is is_strong
