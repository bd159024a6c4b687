"""What is one story, what a copy, and what neither."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from kit.clusters import FOLLOW_UP, OTHER_CASE, RAID_EN, RAID_KY, RAID_RU, SIX, TEMPLATES, cut, told
from monitor.cluster.fingerprint import fingerprint
from monitor.cluster.placement import ClusterPolicy, place
from monitor.model import Candidate, Placement

BUREAU = "bureau"
CREDIT = "KARAKOL, 2 June — Shumkar News Wire. "
TAIL = " Sign up for our newsletter and never miss a story."


def filed(*articles: Candidate, policy: ClusterPolicy = ClusterPolicy()) -> list[Candidate]:
    """Return the articles after filing them one by one, as the line does."""
    done: list[Candidate] = []
    for article in articles:
        placed = place(article, done, policy)
        done.append(replace(article, story=placed.story or article.id, copy_of=placed.copy_of))
    return done


def case(number: int, text: str, **more: object) -> Candidate:
    """Return an article that names the six and the Bureau."""
    return told(number, text, people=SIX, bodies=frozenset({BUREAU}), **more)  # type: ignore[arg-type]


# ---- the promise --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_one_raid_told_in_three_languages_is_one_story(order: tuple[int, ...]):
    texts = (RAID_EN, RAID_RU, RAID_KY)
    articles = filed(*(case(n + 1, texts[which], hours=5 * n) for n, which in enumerate(order)))
    assert [a.story for a in articles] == [1, 1, 1]
    assert [a.copy_of for a in articles] == [None] * 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_so_it_is_without_a_watchlist(order: tuple[int, ...]):
    texts = (RAID_EN, RAID_RU, RAID_KY)
    assert [a.story for a in filed(*(told(n + 1, texts[which]) for n, which in enumerate(order)))] == [1, 1, 1]


def test_two_people_of_the_list_are_enough_where_nothing_else_can_be_compared():
    first = told(1, "коротко", people=frozenset({"tashmatova", "orozaliev"}), story=1)
    assert place(told(2, "in short", people=SIX), [first]).story == 1


def lightly_edited(text: str) -> str:
    return CREDIT + text.replace("taken away", "led off").replace("“", '"') + TAIL


def with_other_words(text: str, share: float = 0.08) -> str:
    words, rnd = text.split(), random.Random(1)
    return " ".join("another" if rnd.random() < share else word for word in words)


@pytest.mark.parametrize("edit", [str, lightly_edited, cut, with_other_words, str.upper])
@pytest.mark.parametrize("text", [RAID_EN, RAID_RU, RAID_KY])
def test_an_edited_text_at_another_outlet_is_a_copy(text: str, edit: type[str]):
    source = told(1, text, "Raid", story=7)
    placed = place(told(2, edit(text), "Quite another headline", hours=40 * 24), [source])
    assert (placed.story, placed.copy_of, placed.rule) == (7, 1, "copy")
    assert ", word for word" in placed.why
    assert placed.why.endswith("it was cut") is (edit is cut)


def test_an_article_within_a_longer_one_is_a_copy():
    longer = f"{OTHER_CASE}\n{RAID_EN}\n{OTHER_CASE[::-1]}"
    assert place(told(2, longer), [told(1, RAID_EN, story=1)]).copy_of == 1
    assert place(told(2, RAID_EN), [told(1, longer, story=1)]).copy_of == 1


def test_a_text_of_sixty_words_is_enough_to_know_its_copy():
    short = " ".join(RAID_EN.split()[:60])
    assert place(told(2, CREDIT + short), [told(1, short, story=1)]).copy_of == 1
    assert place(told(2, short), [told(1, RAID_EN, story=1)]).copy_of == 1


def test_a_copy_names_the_article_it_shares_most_with():
    half = told(1, cut(RAID_EN), story=1)
    whole = told(2, RAID_EN, story=1, hours=1)
    assert place(told(3, lightly_edited(RAID_EN), hours=2), [half, whole]).copy_of == 2


def test_a_follow_up_that_repeats_the_background_is_no_copy():
    first, second = filed(
        case(1, RAID_EN, outlet="Karakol Herald"), case(2, FOLLOW_UP, outlet="Karakol Herald", hours=26)
    )
    assert (second.story, second.copy_of) == (first.id, None)


def test_so_it_is_when_the_whole_first_article_stands_in_it():
    news = FOLLOW_UP.partition("\n")[0]
    first, second = filed(
        told(1, RAID_EN, outlet="Karakol Herald"), told(2, f"{news}\n{RAID_EN}", outlet="Karakol Herald", hours=26)
    )
    assert (second.story, second.copy_of) == (first.id, None)


def test_the_same_article_again_at_its_own_outlet_is_a_copy():
    article = told(1, RAID_EN, outlet="Karakol Herald", story=1)
    again = told(2, RAID_EN.replace("Monday morning", "Monday"), outlet="Karakol Herald", hours=3)
    assert place(again, [article]).copy_of == 1


def test_another_case_that_names_the_same_body_is_another_story():
    raid, other = filed(case(1, RAID_EN), told(2, OTHER_CASE, bodies=frozenset({BUREAU}), hours=3))
    assert other.story != raid.story


# ---- copies: what must not be one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TEMPLATES)
def test_texts_that_differ_only_in_names_or_numbers_are_one_template_not_copies(kind: str):
    first, second = filed(*(told(n, text) for n, text in enumerate(TEMPLATES[kind], 1)))
    assert second.copy_of is None
    assert second.story != first.story


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_filled_in_the_same_is_a_copy(kind: str):
    text = TEMPLATES[kind][0]
    assert place(told(2, text + TAIL), [told(1, text, story=1)]).copy_of == 1


def test_a_few_words_in_common_make_no_copy():
    assert place(told(2, "Details will follow soon."), [told(1, f"{RAID_EN} Details will follow soon.", story=1)]) == (
        Placement(why="nothing filed so far tells the same")
    )


# ---- stories: what ties and what does not ---------------------------------------------------------------------------


def short(*names: str) -> str:
    """Return a text around these names that shares no pair of words with another."""
    return " ".join(f"x{name.lower()}x{len(names)} {name} y{name.lower()}{names[-1]}." for name in names)


def test_one_watched_person_ties_only_with_more_in_common():
    one = frozenset({"tashmatova"})
    first = told(1, short("Nurgul Tashmatova", "Toktorov", "Bektemirov"), people=one, story=1, language="ru")
    assert place(told(2, short("Nurgul Tashmatova", "Toktorov", "Bektemirov"), people=one), [first]).story == 1
    alone = told(
        3,
        language="en",
        text=short("Nurgul Tashmatova", "Lira", "Usubaliev", "Ermek", "Kyzyltoo", "Tokmok"),
        people=one,
    )
    assert place(alone, [first]).story is None


@pytest.mark.parametrize(("hours", "story"), [(71, 1), (-71, 1), (72, 1), (73, None), (-73, None)])
def test_a_story_is_told_within_three_days(hours: float, story: int | None):
    assert place(case(2, RAID_RU, hours=hours), [case(1, RAID_EN, story=1)]).story == story


@pytest.mark.parametrize(
    ("first", "second", "one_story"),
    [
        ("Обыск у Нургуль Ташматовой в Караколе", "Редактора Нургуль Ташматову увезли из Каракола", True),
        ("Обыск у Нургуль Ташматовой в Караколе", "Police take Nurgul Tashmatova from her home in Karakol", True),
        ("Обыск у журналистки Ташматовой", "Журналистка Ташматова получила премию", False),  # one name is too little
        ("Police Search Homes of Reporters in the North", "Police Search Homes of Traders in the South", False),
        ("Дожди в Бишкеке в понедельник", "Митинг в Бишкеке в понедельник", False),
        ("Доллар стоит 87 сомов 15 тыйынов", "Доллар стоит 86 сомов 40 тыйынов", False),  # a template
        ("Доллар стоит 87 сомов 15 тыйынов", "Dollar: 87 som 15 tyiyn", False),  # numbers alone never tie
        ("Прокуратура требует закрыть студию", "Закрыть студию требует прокуратура города", True),
    ],
)
def test_headlines_alone_need_two_names_or_three_words_in_common(first: str, second: str, one_story: bool):
    stories = [a.story for a in filed(told(1, "", first), told(2, "", second))]
    assert (stories[0] == stories[1]) is one_story


def test_names_that_stand_in_every_story_of_the_day_tie_nothing():
    common = ("Zamir Ulanov", "Besh-Tash")
    others = [told(n, short(*common, f"Xunim{chr(96 + n)}"), story=n, language="ru") for n in range(1, 20)]
    new = told(99, short(*common, "Oqilov"), language="en")
    assert place(new, others[:1]).story == 1
    assert place(new, others).story is None


def test_countries_weekdays_and_offices_are_no_names():
    text = "On Monday the President of Kyrgyzstan, the Supreme Court and the Ministry met in Bishkek with 2025 behind."
    assert fingerprint("", text).names == b""
    assert fingerprint("", text).numbers == b""


def test_a_placement_says_why():
    first = case(1, RAID_EN, story=1)
    placed = place(case(2, RAID_RU, hours=4), [first])
    assert placed.rule == "watched"
    assert placed.why.startswith("both name 6 watched people and 1 watched organisation, share ")
    assert placed.why.endswith("4 hours apart")
    assert placed.score > 1
    assert place(first, []) == Placement(why="nothing filed so far tells the same")


# ---- always -------------------------------------------------------------------------------------------------------


def test_a_tie_goes_to_what_was_filed_first():
    candidates = [told(n, RAID_EN, story=10 + n % 2, outlet="Herald") for n in range(1, 6)]
    new = told(9, lightly_edited(RAID_EN))
    for _ in range(5):
        candidates.append(candidates.pop(0))
        placed = place(new, candidates)
        assert (placed.story, placed.copy_of) == (candidates[0].story, candidates[0].id)


def test_a_copy_of_an_article_that_repeats_another_is_that_ones_not_the_others():
    first = told(1, RAID_EN, story=1)
    longer = told(2, f"{RAID_EN}\n{OTHER_CASE}", story=2)
    assert place(told(3, f"{RAID_EN}\n{OTHER_CASE}"), [first, longer]).copy_of == 2
    assert place(told(3, RAID_EN), [longer, first]).copy_of == 1


def test_a_copy_says_which_of_the_two_was_cut_and_which_was_first():
    whole, half = told(1, RAID_EN, story=1, hours=2), told(2, cut(RAID_EN), story=1)
    assert (
        place(half, [whole]).why
        == "100% of its text stands in the longer one, word for word: it was cut; it was published first"
    )
    longer = place(whole, [half])
    assert longer.why == "100% of the other's text stands in it, word for word: it says more"
    assert (longer.adds, place(half, [whole]).adds) == (True, False)


def test_one_story_in_one_language_is_known_by_its_words_and_less_so_as_time_goes_by():
    told_again = (
        "Six former workers of the studio Ak-Shumkar were detained in Karakol, says lawyer Bektemirov. The officers of the "
        "Bureau came on Monday at dawn, searched the homes, and took the cameraman Marat Dzholdoshev and two reporters away. "
        "They questioned a producer and carried 27 computers off; charged is nobody so far, says the lawyer."
    )
    first = told(1, RAID_EN, "Six held in Karakol", story=1, language="en")
    placed = place(told(2, told_again, "Homes searched in Karakol, six held", language="en"), [first])
    assert (placed.story, placed.copy_of, placed.rule) == (1, None, "words")
    assert "alike in their words" in placed.why
    late = place(told(2, told_again, "Homes searched in Karakol, six held", language="en", hours=70), [first])
    assert late.story is None
    assert place(told(2, OTHER_CASE, "Fuel smugglers caught", language="en"), [first]).story is None
