"""The picture on a name's page: weeks since the first story by verdict, readable without colour, with its table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html

from kit.app import App
from kit.copies import opened_copy
from kit.desk import Browser, account, client
from kit.judged import POSSIBLE
from kit.store import COMMON_NAME, HOUR, MELIS, NOW, entity_numbers, filed, hit, stored, watch
from monitor.model import Entity, Placement, Role, State, Verdict
from monitor.pictures.bars import Bar
from monitor.text.lead import first_told
from monitor.web import create_desk
from monitor.web.render import environment

NURA, AZAT, BEK = Entity("nura", "Nura Hasanova"), Entity("azat", "Azat Nurov"), Entity("bek", "Bek Tashev")
WORDS = {"en": "relevant", "ru": "по теме", "ky": "тиешелүү"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[App]:
    """Return a desk with four stories about a name, of this week, spring and summer, one of them judged."""
    app = opened_copy(sqlite_with_tables, tmp_path_factory.mktemp("picture"), clock=lambda: NOW + HOUR)
    watch(app.store, MELIS, NURA, AZAT, BEK)
    filed(app.store, hit(), at=NOW - timedelta(days=200), title="In the spring")
    filed(app.store, hit(), at=NOW - timedelta(days=100), title="In the summer")
    filed(app.store, hit("Nura Hasanova", "nura", "Nura Hasanova came."), at=NOW - timedelta(days=3), title="Once")
    filed(app.store, hit("Azat Nurov", "azat", "Azat Nurov came."), at=NOW - 5 * HOUR, title="Sure")
    maybe = hit("Azat Nurov", "azat", "Azat Nurov came.", **POSSIBLE)
    filed(app.store, maybe, at=NOW - 2 * HOUR, title="Possible and newer")
    for week in range(3):
        filed(
            app.store, hit("Bek Tashev", "bek", "Bek Tashev came."), at=NOW - timedelta(days=7 * week), title="Weekly"
        )
    for number in range(2):
        filed(app.store, hit(), at=NOW - number * HOUR, title=f"Today {number}")
    app.decide(1, Verdict.RELEVANT, by="Aida")
    yield app
    app.close()


def reader(app: App, language: str) -> Browser:
    return client(create_desk(app), account(app, f"Reader {language}", Role.READER, language))


@pytest.mark.parametrize("language", WORDS)
def test_the_picture_and_its_table_say_the_same_in_each_language(app: App, language: str):
    page = html.fromstring(reader(app, language).get(f"/names/{entity_numbers(app.store)['melis']}").text)
    (picture,) = page.xpath("//figure[contains(@class, 'months')]//svg[@role='img']")
    assert picture.get("role") == "img" and picture.get("aria-label")
    rows = [
        [cell.text_content() for cell in row.xpath("./td")]
        for row in page.xpath("(//figure[contains(@class, 'months')]//table)[1]/tbody/tr")
    ]
    assert rows == [["1", "0", "0", "0", "0", "0"], ["0", "0", "1", "0", "0", "0"], ["0", "0", "2", "0", "0", "0"]]
    assert (page.xpath("string(//h3/span[@class='muted'])") == "the larger the dot, the more articles") is (
        language == "en"
    )
    first_day = page.xpath("string(//figure[contains(@class, 'months')]//tbody//time/@datetime)")
    assert first_day == (NOW - timedelta(days=200, hours=1)).date().isoformat()  # nothing was before
    # A story judged relevant is filled, one that waits has an outline of dashes.
    bars = picture.xpath(".//*[local-name() = 'rect']")
    assert [bar.get("stroke-dasharray") for bar in bars] == [None, "3 3", "3 3"]
    outlets = page.xpath("//figure[contains(@class, 'months')]//div[@class='table who-wrote']//tbody/tr/*")
    assert [cell.text_content() for cell in outlets][:2] == ["Post", "4"]
    # A larger dot for two of one week than for one of another.
    dots = page.xpath("//*[@class='who-wrote']//*[local-name() = 'circle']")
    assert sorted(float(dot.get("r")) for dot in dots) == [4.5, 4.5, 6.6]
    assert WORDS[language] in page.xpath("string(//figure//p[@class='sums'])")


def test_the_stories_of_a_name_stand_by_the_printed_date_the_newest_first(app: App):
    browser = client(create_desk(app), account(app, "A third reader", Role.READER))
    page = html.fromstring(browser.get(f"/names/{entity_numbers(app.store)['melis']}").text)
    dates = page.xpath("//ol[@class='plain stories']//time/@datetime")
    assert len(dates) == 4 and dates == sorted(dates, reverse=True)
    assert "newest hundred" not in page.text_content()  # there are no more


@pytest.mark.parametrize(
    ("language", "changes", "absences", "words"),
    [
        ("en", 1, 2, ["▲ 1 change", "✕ 2 absent articles"]),
        ("ru", 1, 2, ["▲ 1 правка", "✕ 2 статьи отсутствуют"]),
        ("ru", 5, 0, ["▲ 5 правок"]),
        ("ky", 0, 1, ["✕ 1 макала жок"]),
        ("ru", 0, 0, []),
    ],
)
def test_changes_of_stories_are_counted_in_the_form_of_their_number(language, changes, absences, words):
    bars = [Bar(NOW.date(), changes=changes), Bar(NOW.date(), absences=absences)]
    sums = str(environment(language).get_template("pictures.html").module.sums_of(bars, {}))  # type: ignore[attr-defined]
    assert [span.text_content() for span in html.fragment_fromstring(sums).xpath("//span")] == words


def test_a_bar_or_two_are_no_picture_and_are_told_in_words_above_the_stories(app: App):
    browser = client(create_desk(app), account(app, "Another reader", Role.READER))
    page = html.fromstring(browser.get(f"/names/{entity_numbers(app.store)['nura']}").text)
    assert not page.xpath("//main//figure") and page.xpath("//div[@class='card sparse']")
    assert page.xpath("string(//section[h2[starts-with(., 'Stories')]]/p[@class='sums'])").split() == [
        "1",
        "not",
        "yet",
        "reviewed",
    ]


def test_a_story_that_possibly_names_somebody_stands_behind_the_sure_ones(app: App):
    browser = client(create_desk(app), account(app, "A fourth reader", Role.READER))
    address = f"/names/{entity_numbers(app.store)['azat']}"

    def lists() -> list[list[str]]:
        page = html.fromstring(browser.get(address).text)
        return [
            stories.xpath(".//a[@class='headline']/text()") for stories in page.xpath("//ol[@class='plain stories']")
        ]

    assert lists() == [["Sure"], ["Possible and newer"]]
    page = html.fromstring(browser.get(address).text)
    (doubt,) = page.find_class("again")  # why it is only possible
    assert doubt.text_content() == COMMON_NAME and "Possible and newer" in doubt.getparent().text_content()
    assert page.xpath("//section/*[self::h2 or self::h3]/span[@class='count']/text()") == ["2, 1 of them possible", "1"]
    assert page.xpath("//ol//span[contains(@class, 'key')]/@class") == ["key key-undecided", "key key-possible"]
    (item,) = [item for item in app.queue() if item.lead.headline == "Possible and newer"]
    app.decide(item.id, Verdict.RELEVANT, by="Aida")
    # Of one day, what nobody has reviewed stands first.
    assert lists() == [["Sure", "Possible and newer"]]
    page = html.fromstring(browser.get(address).text)
    # As in the picture.
    assert page.xpath("//ol//span[contains(@class, 'key')]/@class") == ["key key-undecided", "key key-relevant"]
    assert not page.find_class("again")


def test_only_dots_of_unlike_size_are_explained(app: App):
    browser = client(create_desk(app), account(app, "A sixth reader", Role.READER))
    page = html.fromstring(browser.get(f"/names/{entity_numbers(app.store)['bek']}").text)
    dots = page.xpath("//*[@class='who-wrote']//*[local-name() = 'circle']")
    assert len(dots) == 3 and len({dot.get("r") for dot in dots}) == 1
    assert "the larger the dot" not in page.text_content()


def test_a_story_has_the_date_of_its_first_article_in_each_language(app: App):
    (item,) = [item for item in app.queue([*State]) if item.lead.headline == "Once"]
    second_article = stored(
        app.store, hit("Nura Hasanova", "nura", "Nura Hasanova came."), at=NOW, language="ru", title="Снова"
    )
    app.store.stories.file(second_article, Placement(item.story), item, NOW, expected_version=item.version)
    dates = set()
    for language, headline in (("en", "Once"), ("ru", "Снова")):
        browser = client(create_desk(app), account(app, f"Of {language}", Role.READER, language))
        page = html.fromstring(browser.get(f"/names/{entity_numbers(app.store)['nura']}").text)
        assert page.xpath("//a[@class='headline']/text()") == [headline]
        (facts,) = page.xpath("//ol//p/span[@class='facts']")
        assert language == "ru" or facts.text_content() == "Post · 1 more article"
        dates.add(page.xpath("string(//ol[@class='plain stories']//time/@datetime)"))
    assert dates == {first_told(item).isoformat()}


def test_history_and_the_end_of_watching_are_two_folds(app: App):
    path = f"/names/{entity_numbers(app.store)['nura']}"

    def folds(browser: Browser) -> list[str]:
        page = html.fromstring(browser.get(path).text)
        return page.xpath("//details[contains(@class, 'stop-or-undo')]/summary/h2/text()")

    operator = client(create_desk(app), account(app, "Olga", Role.OPERATOR))
    assert folds(operator) == ["History", "Stop watching…"]
    assert folds(client(create_desk(app), account(app, "Rita", Role.READER))) == []


def test_a_spelling_that_no_story_has_says_so_without_figures(app: App):
    browser = client(create_desk(app), account(app, "A fifth reader", Role.READER))
    rows = html.fromstring(browser.get(f"/names/{entity_numbers(app.store)['melis']}").text).xpath(
        "//section[h2 = 'Spellings']//tbody/tr"
    )
    texts = [" ".join(row.text_content().split()) for row in rows]
    assert texts[:2] == ["Melis Tokoev 4 1 of 1", "Мелис Токоев not found yet"]
    assert not [text for text in texts if " 0" in text or "–" in text]
