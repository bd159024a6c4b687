"""One event in three languages, whose reports share no word but a name: one story, whatever the order of reading."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from kit.articles import Bench
from kit.outlets import Piece
from monitor.model import Rule, State, Verdict

EN = Piece(
    "en", "Reporter beaten outside her office",
    "Unknown men beat Cholpon Arzyeva as she came home in the evening. Her arm is broken, and her camera is gone. "
    "An ambulance brought her to a hospital, where doctors put the arm in plaster and let her rest until morning.",
)  # fmt: skip
RU = Piece(
    "ru", "На журналистку напали",
    "Неизвестные избили Чолпон Арзыеву. Полиция проверяет записи камер и опрашивает соседей, сообщили в ведомстве. "
    "Редакция требует открыть уголовное дело и напоминает, что угрозы приходили ещё весной. Ответа не было.",
)  # fmt: skip
KY = Piece(
    "ky", "Чолпон Арзыева кеңсенин жанында сабалды",
    "Милиция иш козгоду. Кесиптештери бул окуяны анын жазгандары менен байланыштырып, тезинен иликтөөнү талап "
    "кылышты. Шаардык башкарманын өкүлү суроолорго азырынча жооп берген жок, кийинчерээк айтарын билдирди.",
)  # fmt: skip
LECTURE = Piece(
    "lecture", "Students learn to read registers",
    "Cholpon Arzyeva told thirty students how public contracts are published, and which pages show who won them. "
    "The school of reporters has such lectures each month, and the next one is about old maps of the valley.",
)  # fmt: skip


@pytest.mark.parametrize("order", [*permutations((EN, RU, KY))], ids=lambda order: "".join(p.path for p in order))
def test_reports_of_one_attack_in_three_languages_are_one_item_beside_other_news(
    bench: Bench, order: tuple[Piece, ...]
):
    bench.watch("post", "zaman", "vest", "kabar")
    for outlet, piece in zip(("zaman", "vest", "kabar"), order, strict=True):
        bench.add(outlet, piece)
        bench.ingest()
        bench.advance(minutes=40)
    bench.add("post", LECTURE)
    bench.ingest()
    lecture, attack = sorted(bench.app.store.reviews.listing(), key=lambda item: len(item.articles))
    assert len(attack.articles) == 3
    assert [article.headline for article in lecture.articles] == [LECTURE.title]


def test_a_report_in_another_language_brings_a_decided_attack_back(bench: Bench):
    bench.watch("post", "vest")
    bench.add("post", EN)
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    bench.app.decide(item.id, Verdict.NOT_RELEVANT, by="Aida")
    bench.advance(hours=4)
    bench.add("vest", RU)
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    assert item.state is State.FOLLOW_UP
    assert [article.reason.rule for article in item.articles if article.headline == RU.title] == [Rule.ACT]


def test_an_arrest_extended_in_the_words_of_two_months_ago_is_an_item_of_its_own(bench: Bench):
    words = (
        "The district court of Karakol left Cholpon Arzyeva in custody for two more months, her lawyer said. "
        "The hearing was closed, and reporters waited outside. The defence has ten days to appeal the ruling."
    )
    bench.watch("post", "zaman")
    bench.add("post", Piece("october", "Court extends arrest", words))
    bench.ingest()
    (item,) = bench.app.store.reviews.listing()
    bench.app.decide(item.id, Verdict.RELEVANT, by="Aida")
    bench.advance(days=60)
    bench.add("zaman", Piece("december", "Court extends arrest", words, age=-timedelta(days=60)))
    bench.ingest()
    waiting = [item for item in bench.app.store.reviews.listing() if item.state is State.OPEN]
    assert [[article.outlet for article in item.articles] for item in waiting] == [["zaman"]]
