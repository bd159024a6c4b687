"""Changes of an article: those that people must see, and noise."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kit.store import NOW, article
from monitor.match import MOST_PLACES, compile_watchlist, find_mentions, hits
from monitor.match.rules.zones import apply_zones
from monitor.model import Change, Document, Entity, Span, TextFrom, Version, Zone, ZoneSpan
from monitor.review.changes import find_changes, is_same_text, reopening_reason
from monitor.urls import is_article_address

LIST = compile_watchlist(
    [Entity("melis", "Melis Tokoev", aliases=("Мелис Токоев",)), Entity("cholpon", "Чолпон Арзыева")]
)
TITLE = "Суд продлил арест журналисту"
ARREST = "Мелис Токоев арестован на два месяца по решению суда."
LAWYER = "Адвокат заявил, что обжалует решение в городском суде."
GUARD = "Заседание было закрытым, в зал не пустили родственников и прессу."
TEXT = f"{GUARD} {ARREST} {LAWYER}\nСуд назначил следующее заседание на среду."


def version(text: str, title: str = TITLE, teaser: str = "", **fields: object) -> Version:
    whole = f"{text}\n{teaser}" if teaser else text
    zones = (ZoneSpan(Zone.TEASER, Span(len(text) + 1, len(whole))),) if teaser else ()
    page = replace(article("post.example/1", whole, title, id=7, version=2, zones=zones), **fields)
    mentions = apply_zones(find_mentions(whole, LIST, title), zones)
    return Version(page, NOW, hits(Document("1", whole, title), mentions, LIST))


def changes_between(before: Version, after: Version) -> list[tuple[str, str, str, str]]:
    return [(f.kind.value, f.before, f.after, f.entity) for f in find_changes(before, after)]


NOTHING = [
    ("nothing", TEXT, TITLE),
    ("white space", TEXT.replace(". ", ".\n\n  ").replace("\nСуд", " Суд"), TITLE),
    ("other quotes and dashes", TEXT.replace(" по решению", ", по решению"), TITLE + "."),
    ("a paragraph about something else", TEXT + "\nПогода в городе будет ясной.", TITLE),
    ("another sentence", TEXT.replace(LAWYER, "Адвокат отказался от комментариев."), TITLE),
    ("a clock beside the name", TEXT.replace(ARREST, f"14:05 {ARREST}"), TITLE),
    ("a counter beside the name", TEXT.replace(ARREST, f"Просмотров: 1 204 {ARREST}"), TITLE),
    ("how long ago it was", f"5 минут назад {TEXT}", TITLE),
    ("a clock in the headline", TEXT, f"18:20 {TITLE}"),
    ("the order of paragraphs", "\n".join(reversed(TEXT.split("\n"))), TITLE),
]


@pytest.mark.parametrize(("text", "title"), [n[1:] for n in NOTHING], ids=[n[0] for n in NOTHING])
def test_what_changes_beside_the_names_brings_nothing_back(text: str, title: str):
    assert changes_between(version(TEXT), version(text, title)) == []


FREED = "Мелис Токоев освобождён из-под стражи по решению суда."
SOMETHING = [
    ("a headline", TEXT, "Суд отпустил журналиста", ("headline", TITLE, "Суд отпустил журналиста", "")),
    ("what is said of the name", TEXT.replace(ARREST, FREED), TITLE, ("sentence", ARREST, FREED, "")),
    (
        "a number in its sentence",
        TEXT.replace("на два", "на 3"),
        TITLE,
        ("sentence", ARREST, ARREST.replace("на два", "на 3"), ""),
    ),
    (
        "a clause more",
        TEXT.replace("суда.", "суда и будет содержаться в СИЗО."),
        TITLE,
        ("sentence", ARREST, ARREST.replace("суда.", "суда и будет содержаться в СИЗО."), ""),
    ),
    ("its sentence is gone", TEXT.replace(ARREST, "") + "\nМелис Токоев", TITLE, ("sentence", ARREST, "", "")),
    (
        "a sentence more about the name",
        f"{TEXT} Врачи не были допущены к заключённому Мелису Токоеву.",
        TITLE,
        ("sentence", "", "Врачи не были допущены к заключённому Мелису Токоеву.", ""),
    ),
    (
        "the name is cut out of its sentence",
        TEXT.replace("Мелис Токоев", "Журналист"),
        TITLE,
        ("name-removed", ARREST, ARREST.replace("Мелис Токоев", "Журналист"), "melis"),
    ),
    ("the name goes with its sentence", TEXT.replace(ARREST, ""), TITLE, ("name-removed", ARREST, "", "melis")),
]


@pytest.mark.parametrize(("text", "title", "expected"), [s[1:] for s in SOMETHING], ids=[s[0] for s in SOMETHING])
def test_what_people_must_see_has_the_words_before_and_after(text: str, title: str, expected: tuple[str, ...]):
    assert expected in changes_between(version(TEXT), version(text, title))


def test_a_name_that_now_stands_only_in_a_teaser_was_taken_out():
    cut = TEXT.replace("Мелис Токоев", "Журналист")
    (change,) = find_changes(version(TEXT), version(cut, teaser="Читайте также: Мелис Токоев арестован"))
    assert (change.kind, change.entity) == (Change.NAME_REMOVED, "melis")


def test_teasers_that_come_and_go_are_no_change():
    before = version(TEXT, teaser="Читайте также: Чолпон Арзыева вызвана на допрос")
    assert changes_between(before, version(TEXT, teaser="Читайте также: погода на завтра")) == []
    assert changes_between(version(TEXT), before) == []


@pytest.mark.parametrize("is_moved_in", [True, False])
def test_a_sentence_that_moves_between_the_article_and_what_stands_beside_it_is_a_change(is_moved_in: bool):
    """A card leaves out what stands beside the article, so people have it in sight only within."""
    beaten = "Чолпон Арзыева избита в камере."
    page_beside, page_within = (
        version(f"{TEXT}\nЧолпон Арзыева дома.", teaser=beaten),
        version(f"{TEXT}\nЧолпон Арзыева дома. {beaten}"),
    )
    before, after = (page_beside, page_within) if is_moved_in else (page_within, page_beside)
    (change,) = find_changes(before, after)
    assert (change.kind, change.after if is_moved_in else change.before) == (Change.SENTENCE, beaten)


def test_a_name_that_is_spelled_otherwise_was_not_taken_out():
    kinds = {kind for kind, *_ in changes_between(version(TEXT), version(TEXT.replace("Мелис Токоев", "Токоев Мелис")))}
    assert kinds == {"sentence"}


def test_a_name_that_only_the_list_no_longer_looks_for_was_not_taken_out():
    longer = version(TEXT + "\nЕщё одно предложение без имён.")
    assert changes_between(version(TEXT), replace(longer, hits=())) == []


def test_a_name_in_the_headline_alone_can_be_taken_out():
    before = version(GUARD, title="Мелис Токоев арестован")
    changes = changes_between(before, version(GUARD, title="Журналист арестован"))
    assert ("name-removed", "Мелис Токоев арестован", "", "melis") in changes
    assert ("headline", "Мелис Токоев арестован", "Журналист арестован", "") in changes


def test_two_names_are_told_apart():
    both = f"{TEXT} Чолпон Арзыева вызвана на допрос."
    (change,) = find_changes(version(both), version(TEXT))
    assert (change.entity, change.before, change.after) == ("cholpon", "Чолпон Арзыева вызвана на допрос.", "")


def test_a_page_in_the_place_of_a_summary_is_told_only_where_it_says_more_of_a_name():
    summary = version("Мелис Токоев арестован.", text_from=TextFrom.FEED)
    (change,) = find_changes(summary, version(TEXT))
    assert (change.kind, change.before, change.after) == (Change.READ, "Мелис Токоев арестован.", ARREST)
    assert find_changes(summary, version(f"{GUARD} Мелис Токоев арестован. {LAWYER}")) == ()
    assert find_changes(summary, version(GUARD)) == ()  # a summary is nobody's article


def test_a_finding_says_which_article_and_version_showed_it():
    (change,) = find_changes(version(TEXT), version(TEXT.replace(ARREST, FREED)))
    assert (change.article, change.version, change.found) == (7, 2, None)


def test_the_reason_shows_before_and_after_and_how_much_more_there_is():
    changes = find_changes(version(TEXT), version(TEXT.replace(ARREST, FREED), title="Другой заголовок"))
    assert reopening_reason(changes, "Post") == (
        f"the headline changed at Post: «{TITLE}» became «Другой заголовок» (and 1 more change)"
    )
    assert (
        reopening_reason(changes[1:], "Post")
        == f"a sentence with a watched name changed at Post: «{ARREST}» became «{FREED}»"
    )


def test_the_reason_says_what_is_new_and_what_is_gone():
    new = find_changes(version(TEXT), version(f"{TEXT} Врачи не были допущены к Мелису Токоеву."))
    assert reopening_reason(new, "Post").endswith("«Врачи не были допущены к Мелису Токоеву.» is new")
    removed = find_changes(version(TEXT), version(TEXT.replace(ARREST, "")))
    assert reopening_reason(removed, "Post") == f"a watched name was taken out at Post: «{ARREST}» is gone"


@pytest.mark.check
def test_a_hostile_text_is_compared_in_no_time():
    long_text = " ".join(f"Мелис Токоев сказал слово номер {n} и ещё {n * 7} слов." for n in range(600))
    before, after = version(long_text), version(long_text.replace("слово", "фразу"))
    numbers = article("a", "1 " * 100_000)
    began = time.process_time()
    assert len(find_changes(before, after)) <= 40
    assert is_same_text(numbers, numbers)
    assert time.process_time() - began < 20  # of the hours it might take


SAME = [
    ("Views: 12\nThe court met.", "Views: 3 410\nThe court met.", True),
    ("12:45\nThe court met.", "13:01\nThe court met.", True),
    ("1 204\nThe court met.", "1 377\nThe court met.", True),
    ("5 minutes ago\nThe court met.", "2 hours ago\nThe court met.", True),
    ("The  court met.\n\n", "The court met.", True),
    ("The court met.", "The court sat.", False),
    ("Sentence: 5 years\nThe court met.", "Sentence: 7 years\nThe court met.", False),
    (f"{LAWYER} Это произошло в 14:30.", f"{LAWYER} Это произошло в 15:30.", False),  # a clock that says something
]


@pytest.mark.parametrize(("before", "after", "same"), SAME)
def test_two_readings_that_differ_in_clocks_and_counters_are_one_version(before: str, after: str, same: bool):
    assert is_same_text(article("a", before), article("a", after)) is same


@pytest.mark.parametrize(
    ("requested", "reached", "same"),
    [
        ("https://post.example/news/1", "https://post.example/news/1", True),
        ("https://post.example/news/1", "https://post.example/news/1-a-title", True),
        ("https://post.example/news/1", "https://amp.post.example/news/1/", True),
        ("https://post.example/?p=1", "https://post.example/news/1", True),
        ("https://post.example/news/1", "https://post.example/?p=1", True),
        ("https://post.example/", "https://post.example/", True),
        ("https://post.example/news/1", "https://post.example/", False),
        ("https://post.example/news/1", "https://post.example", False),
        ("https://post.example/ru/news/1", "https://post.example/ru/", False),
        ("https://post.example/news/1", "https://www.post.example/index.html", False),
    ],
)
def test_a_redirect_to_the_front_page_is_not_the_article(requested: str, reached: str, same: bool):
    assert is_article_address(requested, reached) is same


def test_an_edit_is_found_also_where_a_name_stands_in_more_places_than_are_listed():
    text = "\n".join(f"Мелис Токоев сказал слово номер {n}." for n in range(MOST_PLACES + 20))
    freed = text.replace(f"слово номер {MOST_PLACES + 9}.", "что свободен.")
    assert changes_between(version(text), version(freed)) == [
        ("sentence", f"Мелис Токоев сказал слово номер {MOST_PLACES + 9}.", "Мелис Токоев сказал что свободен.", "")
    ]
