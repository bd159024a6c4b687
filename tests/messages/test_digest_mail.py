"""The digest's mail keeps strangers' words as text: no markup, no foreign lines, no links elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from lxml import html

from kit.digests import arrest, article, at, feed, feeds, hit, item
from messages.digest_days import NEXT, digest, full_day, quiet_day
from monitor.messages.content.phrasing import clean, safe_link, shorten
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.model import (
    REASON_OTHER_SCRIPT,
    REASON_SAME_NAME,
    Confidence,
    DigestInput,
    FeedStatus,
    ListChange,
    Message,
    Speaker,
)

HOSTILE = '<script>alert(1)</script><img src=x onerror="a()">" onclick="b()'


def hostile_day() -> DigestInput:
    lead = article(
        1,
        HOSTILE,
        f"{HOSTILE}\r\nBcc: x@y.example\u202e\u2066 gnp.exe\x00\x1b[31m",
        at(24, "10:00"),
        language='ru" onload="x',
        url="javascript:alert(1)",
    )
    named = hit(f"Melis {HOSTILE}", f"{HOSTILE} Токоев {HOSTILE}", "Токоев", HOSTILE, where=1, because=HOSTILE)
    broken = feed(2, HOSTILE, FeedStatus.REFUSED, detail=HOSTILE)
    return quiet_day(
        items=(item(7, [lead], [named, replace(named, entity="other", confidence=Confidence.POSSIBLE)]),),
        feeds=feeds(9, broken),
        counted={HOSTILE: 2},
        watchlist_changes=(ListChange(("a",), author=HOSTILE),),
    )


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_nothing_from_outside_becomes_markup():
    page = as_html(digest(hostile_day(), contact=HOSTILE, next_at=NEXT, base_url="javascript:alert(1)//"))
    tags = Tags(page).seen
    assert {tag for tag, _ in tags} <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "table",
            "tr",
            "td",
            "p",
            "h1",
            "h2",
            "h3",
            "span",
            "b",
            "br",
            "a",
        )
    }
    assert {name for _, attributes in tags for name in attributes} <= {
        *("lang", "charset", "name", "content", "class", "dir", "style", "role", "width", "height", "align", "valign"),
        *("bgcolor", "cellpadding", "cellspacing"),
    }
    assert "&lt;script&gt;" in page


def test_the_page_fetches_nothing_and_links_only_to_the_web():
    tags = Tags(as_html(digest(full_day()))).seen
    assert not {tag for tag, _ in tags} & {"img", "script", "link", "iframe", "video", "object", "form", "base"}
    links = [attributes["href"] for tag, attributes in tags if tag == "a" and "href" in attributes]
    links = [href for href in links if href and not href.startswith("#")]
    assert len(links) == len(digest(full_day()).listed_stories) == len(full_day().items) - 1
    assert all(href and href.startswith("https://news.example/") for href in links)
    assert "url(" not in as_html(digest(full_day()))
    assert "@import" not in as_html(digest(full_day()))


@pytest.mark.parametrize(
    ("why", "line"),
    [
        ((REASON_SAME_NAME, REASON_OTHER_SCRIPT, Message("“{}” has the words of {}")), "“A” has the words of B"),
        ((REASON_SAME_NAME, REASON_OTHER_SCRIPT), "“A” is B"),  # there is no more to say
    ],
)
def test_a_reason_that_says_no_more_than_the_name_gives_way(why: tuple[Message, ...], line: str):
    reasons = [Message(message, "A", "B", code=message.code) for message in why]
    named = hit("Melis Tokoev", "Мелис Токоев", "Мелис Токоев", *reasons, where=1)
    for confidence, shown in ((Confidence.STRONG, False), (Confidence.POSSIBLE, True)):
        one = item(1, [arrest().articles[0]], [replace(named, confidence=confidence)])
        assert (f"{line}\n" in as_text(digest(quiet_day(items=(one,))))) is shown  # a clear one needs none


def test_a_headline_names_its_language():
    page = as_html(digest(full_day(), language="ky"))
    (title,) = html.fromstring(page).xpath("//a/span[.='Журналист Чолпон Арзыева сотко чакырылды']")
    assert (title.get("lang"), title.get("dir")) == ("ky", "auto")


def test_matched_words_are_marked_in_a_passage_that_names_its_language():
    page = as_html(digest(full_day(), language="ru"))
    assert '<html lang="ru">' in page
    (sentence,) = re.findall(r'<span dir="auto" lang="ky">Сот (<b>Арзыевага</b>) чакыруу', page)
    assert sentence
    assert "дательный падеж" not in page and "Почему снова здесь: новая статья, Ак-Булак" in page
    lead = replace(arrest().articles[0], language="")
    assert '<span dir="auto" lang="">Суд' in as_html(digest(quiet_day(items=(item(1, [lead], arrest().hits),))))


def test_what_troubles_a_source_and_changed_the_list_is_told_in_the_readers_language():
    larger = feed(1, "A", FeedStatus.TOO_LARGE, detail=Message("larger than {} MB", "10"), failures=1)
    foreign = feed(2, "B", FeedStatus.UNPARSABLE, detail="nobody says this now")
    change = ListChange(changed=("a", "b"))
    page = as_html(digest(quiet_day(feeds=feeds(3, larger, foreign), watchlist_changes=(change,)), language="ru"))
    assert "больше 10 МБ." in page and "larger" not in page
    assert "изменено: 2" in page and "changed" not in page
    assert '<span lang="en">nobody says this now.</span>' in page


@pytest.mark.parametrize(("author", "line"), [("Aida", "  1 added — Aida\n"), ("", "  1 added\n")])
def test_an_edit_of_the_list_is_signed_and_no_file_is_named(author: str, line: str):
    change = ListChange(("a",), author=author)
    assert line in as_text(digest(quiet_day(watchlist_changes=(change,))))
    assert change.only(["a"]) == change and change.only(["b"]) is None


def test_text_has_no_controls_and_no_foreign_lines():
    text = as_text(digest(hostile_day()))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]", text)
    assert "\nBcc" not in text
    assert "javascript:" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://ak-bulak.example/n/1?a=1&b=2", True),
        ("http://пример.example/новость", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//host.example/x", False),
        ("https://a.example/x\nBcc: y", False),
        ("https://a.example/\u202egnp", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, followed: bool):
    assert safe_link(url) == (url if followed else "")


def test_long_headlines_are_cut_at_a_word():
    shown = shorten("слово " * 100, 120)
    assert len(shown) <= 120
    assert shown.endswith("слово…")


def test_the_joiners_of_persian_spelling_stay():
    word = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert clean(f" {word}\u200b\n") == word


@pytest.mark.parametrize("headline", ["", " \u200b\u202e\n"])
def test_a_story_without_a_headline_is_told_all_the_same(headline: str):
    lead = replace(arrest().articles[0], headline=headline)
    assert "\n1 (no headline)  " in as_text(digest(quiet_day(items=(item(1, [lead], arrest().hits),))))


def test_lines_are_short_enough_to_be_quoted():
    day_digest = digest(full_day(), next_at=NEXT, contact="admin@ngo.example")
    assert max(len(line) for line in as_text(day_digest).splitlines()) <= 76


@pytest.mark.check
def test_a_very_long_day_says_how_much_more_there_is():
    long = "Заголовок «о деле» & <b> " * 20
    items = tuple(
        item(
            n,
            [article(n, "Ак-Булак", long, at(24, "10:00"), url=f"https://a.example/{'x' * 1900}{n}")],
            [hit(f"Name {k} {n}", f"{long} Токоев {long}", "Токоев", long, where=n) for k in range(9)],
        )
        for n in range(1, 400)
    )
    day_digest = digest(quiet_day(items=items, watchlist_changes=(ListChange(("a",), author=long),)))
    for text in (as_text(day_digest), as_html(day_digest)):
        assert "399 new stories" in text
        assert "and 362 more stories; the queue has them all." in text
    assert len(re.findall(r"\[\d+]", as_text(day_digest))) == 37
    assert len(as_json(day_digest)["sections"]["new"]) == 399


LINKED = {"speaker": Speaker.LINKED_PAGE, "key": "linked:9:evil.example"}


@pytest.mark.parametrize("source", [{}, LINKED], ids=["an outlet", "a feed with links to many hosts"])
def test_a_flood_of_one_outlet_takes_no_place_from_the_stories_of_others(source: dict[str, Any]):
    """Even where its stories come first, since they are earlier and name more people."""
    flood = [
        item(
            n,
            [article(n, f"{n}.evil.example" if source else "Evil", f"Nothing {n}", at(24, "10:00"), **source)],
            [hit(f"P {k} {n}", "P", "P", "P", where=n) for k in range(2)],
        )
        for n in range(1, 100)
    ]
    other_stories = [
        item(n, [article(n, f"Outlet {n}", f"Meeting {n}", at(24, "11:00"))], [hit(f"P {n}", "P", "P", "P", where=n)])
        for n in range(100, 130)
    ]
    text = as_text(digest(quiet_day(items=(*flood, *other_stories))))
    assert [len(re.findall(rf"Meeting {n}\b", text)) for n in range(100, 130)] == [1] * 30
    assert len(re.findall(r"Nothing \d+", text)) == 7 and "and 92 more stories" in text
    assert text.index("Nothing 1 ") < text.index("Meeting 100 "), "the order stays"


def test_an_old_page_of_an_outlet_that_another_links_to_hides_no_report_of_it():
    articles = [
        article(1, "Post", "Токоев арестован", at(24, "10:00")),
        article(2, "Post", "Токоев и Арзыева на ярмарке", at(24, "11:00"), **LINKED),
        *(article(n, f"{n}.evil.example", f"Арзыева и погода {n}", at(24, "11:00"), **LINKED) for n in range(3, 9)),
    ]
    names = [hit(name, name, name, where=n) for n in range(2, 9) for name in ("Арзыева", "Токоев")]
    text = as_text(digest(quiet_day(items=(item(7, articles, [hit("Токоев", "Токоев", "Токоев", where=1), *names]),))))
    assert "Post: Токоев арестован" in text or "Токоев арестован\n" in text


def test_an_ordinary_day_is_told_whole_in_html():
    page = as_html(digest(full_day()))
    for number in (1042, 1043, 1044, 1041, 1017, 1049, 1050):
        assert page.count(f"No.\u00a0{number}") == 1
    assert " more stor" not in page
