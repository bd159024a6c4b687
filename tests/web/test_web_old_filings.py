"""An item of older rules that people worked on: its card, the terminal and the doctor say that it may be several events."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kit.app import App
from kit.desk import Browser, account, client
from monitor.app.upkeep.doctor import check_installation
from monitor.cli.output.queue import print_item
from monitor.model import Role
from monitor.store import tables as t
from monitor.web import create_desk
from web.queue_desk import aida, app, filled, judge, words_of

__all__ = ["aida", "app", "filled"]
SENTENCES = {
    "en": "These articles may be about several events: an older version put them together. If so, split the item.",
    "ru": "Здесь могут быть статьи о разных событиях: их объединила прежняя версия программы.",
    "ky": "Бул жерде ар башка окуялар тууралуу макалалар болушу мүмкүн",
}


@pytest.fixture(autouse=True)
def mixed(app: App) -> None:
    """Let item 2 hold an article that older rules put there; a person merged it, so it is not taken apart."""
    app.merge(2, 3, by="Aida")
    with app.store.database.writing("a migration") as connection:
        moved = t.story_article.c.article == app.item(2).articles[1].id
        connection.execute(update(t.story_article).where(moved).values(old_rules=True))


@pytest.mark.parametrize("language", SENTENCES)
def test_the_card_says_so_in_the_language_of_the_reader(app: App, language: str):
    reader = client(create_desk(app), account(app, language, Role.READER, language))
    assert SENTENCES[language] in words_of(reader, "/items/2")
    assert SENTENCES[language] not in words_of(reader, "/items/1")


def test_the_card_says_it_until_somebody_judges_the_item(app: App, aida: Browser):
    judge(aida, 2, "unsure", app.item(2).version, note="one event?")
    assert SENTENCES["en"] in words_of(aida, "/items/2")
    judge(aida, 2, "relevant", app.item(2).version)
    assert SENTENCES["en"] not in words_of(aida, "/items/2")


def test_the_terminal_and_the_doctor_say_so(app: App, capsys: pytest.CaptureFixture[str]):
    for number in (1, 2):
        print_item(app.item(number), app.lead_of(app.item(number)))
        assert (SENTENCES["en"][:40] in capsys.readouterr().out) is (number == 2)
    (result,) = (result for result in check_installation(app.settings, app) if result.subject == "stories")
    assert result.is_ok and "may hold several events: 1" in result.message
