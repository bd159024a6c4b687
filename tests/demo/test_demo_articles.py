"""The articles of the demo, and what they must show."""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from demo.newsrooms import EXPECTED, OUTLET_OF, OUTLETS, PIECES, entities, newsroom, request_page, url_in, watched
from monitor.demo.content import PageState, Piece
from monitor.demo.newsroom import Newsroom
from monitor.model import Alert, EntityType

__all__ = ["newsroom"]


def items(issue: int) -> list[dict[str, Any]]:
    return [*EXPECTED[issue]["stories"], *EXPECTED[issue]["possible"]]


# ---- the articles ---------------------------------------------------------------------------------------------------


def test_there_are_eight_outlets_and_some_sixty_articles_in_three_languages() -> None:
    assert (len(OUTLETS), len(PIECES)) == (8, 62)
    languages = Counter(outlet.language for outlet in OUTLET_OF.values())
    assert set(languages) == {"en", "ru", "ky"} and min(languages.values()) >= 14


def test_what_is_expected_to_be_old_is_older_than_a_week() -> None:
    old = {ref for ref, piece in PIECES.items() if piece.age > timedelta(days=7)}
    assert old == set(EXPECTED[3]["old"])
    assert not [ref for ref, piece in PIECES.items() if timedelta(days=6) < piece.age <= timedelta(days=8)]


def test_expected_older_articles_are_days_old_and_all_other_stories_of_the_last_day() -> None:
    filed = {ref: PIECES[ref].age for item in items(3) for ref in item["articles"]}
    older = {ref for ref, age in filed.items() if age > timedelta(days=1)}
    assert older == set(EXPECTED[3]["older"]) and len(older) >= 2
    assert all(timedelta(days=2) <= filed[ref] <= timedelta(days=6) for ref in older)


def test_a_source_that_published_every_other_day_is_silent_for_over_five_times_as_long() -> None:
    silent = {outlet.id for outlet in OUTLETS if _gone_silent([piece.age for piece in outlet.pieces])}
    assert silent == set(EXPECTED[3]["silent"])
    (outlet,) = (o for o in OUTLETS if o.id in silent)
    assert outlet.feed_status == 200 and len(outlet.pieces) >= 6


def _gone_silent(ages: list[timedelta]) -> bool:
    gaps = [older - newer for newer, older in pairwise(ages)]
    return len(gaps) > 2 and ages[0] > 5 * sorted(gaps)[len(gaps) // 2] and max(gaps) <= timedelta(days=2)


def test_each_kind_of_trouble_stands_in_some_feed() -> None:
    states = {piece.page for piece in PIECES.values()}
    assert states == set(PageState)


@pytest.mark.parametrize("ref", [r for r, p in PIECES.items() if p.page in {PageState.OK, PageState.HTTP_UNAVAILABLE}])
def test_an_article_has_the_length_of_a_news_report(ref: str) -> None:
    shortest = 40 if ref in EXPECTED[3]["old"] else 70
    assert shortest <= len(" ".join(PIECES[ref].paragraphs).split()) <= 250


# ---- what the demo must show ----------------------------------------------------------------------------------------


def sections(issue: int) -> list[str]:
    """Every article that the expectations of an issue place, as often as they do."""
    expected = EXPECTED[issue]
    refs: list[str] = [ref for item in items(issue) for ref in item["articles"]]
    refs += [row["article"] for row in (*expected["counted"], *expected["not_hit"], *expected["beyond"])]
    return [*refs, *expected["old"], *expected["unread"]]


def words_of(piece: Piece) -> str:
    """All that can be known of a piece: where its page cannot be had, what its feed says."""
    text = piece.paragraphs if piece.page is PageState.OK else (piece.summary,)
    return "\n".join((piece.title, *text))


@pytest.mark.parametrize("issue", EXPECTED)
def test_every_article_is_expected_in_exactly_one_place(issue: int) -> None:
    assert Counter(sections(issue)) == Counter(list(PIECES))
    assert set(EXPECTED[issue]["trips"]) <= set(PIECES)
    assert EXPECTED[issue]["unread"] == [r for r, o in OUTLET_OF.items() if o.id in EXPECTED[issue]["refused"]]


@pytest.mark.parametrize("issue", EXPECTED)
def test_the_expected_counts_add_up(issue: int) -> None:
    expected = EXPECTED[issue]
    copies = sum(len(group) - 1 for item in items(issue) for group in item.get("same_text", []))
    assert expected["counts"] == {
        "feeds": len(OUTLETS),
        "refused": len(expected["refused"]),
        "entries": len(PIECES) - len(expected["unread"]),
        "copies": copies,
        "stories": len(expected["stories"]),
        "possible": len(expected["possible"]),
        "counted": len(expected["counted"]),
        "old": len(expected["old"]),
    }


@pytest.mark.parametrize("issue", EXPECTED)
def test_as_many_articles_must_not_be_hit_as_must(issue: int) -> None:
    must = [ref for item in EXPECTED[issue]["stories"] for ref in item["articles"]]
    must_not = [row for section in ("not_hit", "beyond", "counted") for row in EXPECTED[issue][section]]
    assert len(must_not) >= len(must)


@pytest.mark.parametrize("item", [item for issue in EXPECTED for item in items(issue)], ids=lambda item: item["slug"])
def test_the_expected_words_stand_in_the_articles_of_their_story(item: dict[str, Any]) -> None:
    slugs = {expected_item["slug"] for issue in EXPECTED for expected_item in items(issue)}
    text = "\n".join(words_of(PIECES[ref]) for ref in item["articles"])
    assert set(item["found"]) == set(item["hits"]) <= watched()
    assert [w for words in item["found"].values() for w in words if w not in text] == []
    assert all(set(group) <= set(item["articles"]) for group in item.get("same_text", []))
    assert item.get("joins", item["slug"]) in slugs


def test_copies_are_edited_and_not_identical() -> None:
    groups = [group for issue in EXPECTED for item in items(issue) for group in item.get("same_text", [])]
    for one, two in groups:
        first, second = (set(" ".join(PIECES[ref].paragraphs).split()) for ref in (one, two))
        assert 0.8 < len(first & second) / len(first | second) < 1


def test_what_must_not_be_hit_names_nobody_in_full() -> None:
    latin = [e.name for e in entities() if e.type is not EntityType.ORGANIZATION]
    for issue in EXPECTED:
        for row in (*EXPECTED[issue]["not_hit"], *EXPECTED[issue]["beyond"]):
            assert [n for n in latin if n in words_of(PIECES[row["article"]])] == []


def test_some_names_are_in_foreign_letters_spaced_out_or_without_kyrgyz_letters() -> None:
    assert "Мели\u0063 Токо\u0065в" in words_of(PIECES["ak-bulak/news/48232"])
    spaced_words = words_of(PIECES["taza-suz/2025/alty-alkak"])
    assert spaced_words == unicodedata.normalize("NFD", spaced_words) != unicodedata.normalize("NFC", spaced_words)
    assert not set("өүңӨҮҢ") & set(words_of(PIECES["too-kabar/kabar/7698"]))


def test_traps_are_set_on_the_pages_that_must_not_be_hit(newsroom: Newsroom) -> None:
    bread = request_page(url_in(newsroom, "ak-bulak/news/48219"))[2].decode("windows-1251")
    assert "Мелису Токоеву" in bread and "Новой линии" in bread and "КОС" in bread


def test_the_watchlist_holds_invented_people_outlets_and_one_agency() -> None:
    kinds = Counter(entity.type for entity in entities())
    assert kinds.pop(EntityType.PRESS) == 1
    assert kinds == {EntityType.PERSON: 6, EntityType.OUTLET: 2, EntityType.ORGANIZATION: 1}
    assert all("Invented" in entity.note for entity in entities() if entity.type is not EntityType.PRESS)
    (agency,) = (e for e in entities() if e.type is EntityType.ORGANIZATION)
    assert agency.alert is Alert.WITH_OTHERS and len(agency.context.support) >= 6


def test_everyone_on_the_watchlist_is_hit_somewhere() -> None:
    assert {entity for issue in EXPECTED for item in items(issue) for entity in item["hits"]} == watched()


def test_the_agency_alone_stands_beside_no_word_of_the_press() -> None:
    (agency,) = (e for e in entities() if e.type is EntityType.ORGANIZATION)
    support = [word.casefold()[:6] for word in agency.context.support]
    counted_alone = [row["article"] for row in EXPECTED[3]["counted"] if row["entity"] == agency.id]
    assert counted_alone
    for ref in counted_alone:
        assert [w for w in support if any(x.startswith(w) for x in words_of(PIECES[ref]).casefold().split())] == []
