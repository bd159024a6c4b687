"""Stories and copies: which articles are one story, which are copies, which are neither."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from kit.clusters import FOLLOW_UP, OTHER_CASE, RAID_EN, RAID_KY, RAID_RU, SIX, TEMPLATES, candidate, cut, placed
from monitor.cluster.fingerprint import fingerprint
from monitor.cluster.policy import ClusterPolicy
from monitor.model import Candidate, Placement, PlacementReason, Rule

BUREAU = "bureau"
CREDIT = "KARAKOL, 2 June — Shumkar News Wire. "
TAIL = " Sign up for our newsletter and never miss a story."


def filed(*articles: Candidate, policy: ClusterPolicy = ClusterPolicy()) -> list[Candidate]:
    """Return the articles after filing them one by one, as the line does."""
    done: list[Candidate] = []
    for article in articles:
        where = placed(article, done, policy)
        done.append(replace(article, story=where.story or article.id, copy_of=where.copy_of))
    return done


def case(number: int, text: str, **fields: object) -> Candidate:
    """Return an article that names the six and the Bureau."""
    return candidate(number, text, people=SIX, bodies=frozenset({BUREAU}), **fields)  # type: ignore[arg-type]


# ---- the promise --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_one_raid_told_in_three_languages_is_one_story(order: tuple[int, ...]):
    texts = (RAID_EN, RAID_RU, RAID_KY)
    articles = filed(*(case(n + 1, texts[index], hours=5 * n) for n, index in enumerate(order)))
    assert [a.story for a in articles] == [1, 1, 1]
    assert [a.copy_of for a in articles] == [None] * 3


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_one_raid_in_three_languages_is_one_story_without_a_watchlist(order: tuple[int, ...]):
    texts = (RAID_EN, RAID_RU, RAID_KY)
    assert [a.story for a in filed(*(candidate(n + 1, texts[index]) for n, index in enumerate(order)))] == [1, 1, 1]


def lightly_edited(text: str) -> str:
    return CREDIT + text.replace("taken away", "led off").replace("“", '"') + TAIL


def with_other_words(text: str, share: float = 0.08) -> str:
    words, rnd = text.split(), random.Random(1)
    return " ".join("another" if rnd.random() < share else word for word in words)


@pytest.mark.parametrize("edit", [str, lightly_edited, cut, with_other_words, str.upper])
@pytest.mark.parametrize("text", [RAID_EN, RAID_RU, RAID_KY])
def test_an_edited_text_at_another_outlet_is_a_copy(text: str, edit: type[str]):
    source = candidate(1, text, "Raid", story=7)
    where = placed(candidate(2, edit(text), "Raid", hours=40 * 24), [source])
    assert (where.story, where.copy_of) == (7, 1)
    assert where.reason == PlacementReason(Rule.CUT if edit is cut else Rule.COPY)


def test_the_second_half_of_a_text_is_its_copy_and_the_whole_of_it_brings_sentences():
    half, whole = (candidate(n, text, "Raid") for n, text in enumerate((cut(RAID_EN), RAID_EN), 1))
    assert placed(half, [replace(whole, story=1)]).copy_of == whole.id
    brings = placed(whole, [replace(half, story=1)])
    assert (brings.story, brings.copy_of, brings.reason.rule, len(brings.own_sentences)) == (1, None, Rule.ADDS, 4)


def test_a_text_of_sixty_words_is_enough_to_know_its_copy():
    short = " ".join(RAID_EN.split()[:60])
    assert placed(candidate(2, CREDIT + short), [candidate(1, short, story=1)]).copy_of == 1
    assert placed(candidate(2, short), [candidate(1, RAID_EN, story=1)]).copy_of == 1


def test_long_texts_are_compared_by_samples_of_the_same_part():
    """Of a long text a quarter is sampled, of a short one more: each with each."""

    def report(salt: str, sentences: int) -> str:
        subjects = ("lawyer", "witness", "driver", "editor", "judge", "teacher", "guard")
        return " ".join(
            f"The {subjects[n % 7]} {salt}{n} said that the {salt}{n}th document of {salt} had left the archive."
            for n in range(sentences)
        )

    whole, cut, another = (
        candidate(1, report("alpha", 60), story=1),
        candidate(2, report("alpha", 40)),
        candidate(3, report("beta", 60)),
    )
    assert placed(cut, [whole]).copy_of == 1
    assert placed(candidate(4, report("alpha", 6)), [whole]).copy_of == 1
    assert placed(another, [whole]).copy_of is None
    longer = placed(whole, [replace(cut, story=2)])
    assert (longer.copy_of, bool(longer.own_sentences)) == (None, True)


def test_a_copy_names_the_article_it_shares_most_with():
    half = candidate(1, cut(RAID_EN), story=1)
    whole = candidate(2, RAID_EN, story=1, hours=1)
    assert placed(candidate(3, lightly_edited(RAID_EN), hours=2), [half, whole]).copy_of == 2


def test_the_same_article_again_at_its_own_outlet_is_a_copy():
    article = candidate(1, RAID_EN, outlet="Karakol Herald", story=1)
    repeat = candidate(2, RAID_EN.replace("Monday morning", "Monday"), outlet="Karakol Herald", hours=3)
    assert placed(repeat, [article]).copy_of == 1


def test_an_article_that_repeats_the_background_and_leads_with_news_is_an_item_of_its_own():
    raid = case(1, RAID_EN, title="Six searched in Karakol", outlet="Karakol Herald")
    news = case(2, FOLLOW_UP, title="Court orders two months of arrest", outlet="Karakol Herald", hours=26)
    first, second = filed(raid, news)
    assert second.story != first.story
    (near,) = placed(news, [first]).related
    assert (near.article, near.reason.rule) == (first.id, Rule.BACKGROUND)


def test_another_case_that_names_the_same_body_is_another_story():
    raid, other_case = filed(case(1, RAID_EN), candidate(2, OTHER_CASE, bodies=frozenset({BUREAU}), hours=3))
    assert other_case.story != raid.story


# ---- copies: what must not be one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TEMPLATES)
def test_texts_that_differ_only_in_names_or_numbers_are_one_template_not_copies(kind: str):
    first, second = filed(*(candidate(n, text) for n, text in enumerate(TEMPLATES[kind], 1)))
    assert second.copy_of is None
    assert second.story != first.story


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_filled_in_the_same_is_a_copy(kind: str):
    text = TEMPLATES[kind][0]
    assert placed(candidate(2, text + TAIL), [candidate(1, text, story=1)]).copy_of == 1


def test_a_few_words_in_common_make_no_copy():
    longer = candidate(1, f"{RAID_EN} Details will follow soon.", story=1)
    assert placed(candidate(2, "Details will follow soon."), [longer]).story is None


# ---- stories: what ties and what does not ---------------------------------------------------------------------------


def short(*names: str, salt: str = "") -> str:
    """Return a text around these names that shares no word with one of another salt."""
    return " ".join(f"X{salt}{name.lower()} {name} y{salt}{name.lower()}." for name in names)


def test_a_watched_name_that_both_texts_hold_makes_them_no_nearer():
    """Other shared words tie two articles; the name by which both were found ties nothing."""
    names = "Nurgul Tashmatova", "Tashmatova", "Toktorov"
    russian, english = (candidate(n, short(*names, salt=x), language=x) for n, x in enumerate(("ru", "en"), 1))
    filed_before = [replace(russian, story=1)]
    assert placed(english, filed_before).story == 1
    assert placed(replace(english, watched_words=frozenset({"Nurgul", "Tashmatova"})), filed_before).story is None
    in_english = candidate(3, short(*names, "Kyzyltoo", salt="en"), language="en", watched_words=frozenset({"Nurgul"}))
    both = candidate(4, short(*names, "Kyzyltoo", salt="ru"), language="ru", story=1)
    assert placed(in_english, [both]).story == 1


def test_similarity_does_not_grow_with_length():
    """Four names in common tie two short articles; long ones share as many by chance."""
    shared = "Karakol", "Toktorov", "Bektemirov", "Kochkor"

    def pair(length: int) -> tuple[Candidate, Candidate]:
        own_words = ["".join(random.Random(n).choices("bdgklmnrstz", k=3)) for n in range(2 * length)]
        one, two = (
            candidate(n + 1, short(*shared, *(f"{a.title()}{word}ov" for word in own_words[n::2]), salt=a), language=a)
            for n, a in enumerate(("ru", "en"))
        )
        return replace(one, story=1), two

    assert [placed(two, [one]).story for one, two in map(pair, (0, 5, 200))] == [1, 1, None]


@pytest.mark.parametrize(("hours", "story"), [(71, 1), (-71, 1), (72, 1), (73, None), (-73, None)])
def test_a_story_is_told_within_three_days(hours: float, story: int | None):
    assert placed(case(2, RAID_RU, hours=hours), [case(1, RAID_EN, story=1)]).story == story


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
    stories = [a.story for a in filed(candidate(1, "", first), candidate(2, "", second))]
    assert (stories[0] == stories[1]) is one_story


def test_names_tie_no_article_to_a_story_that_is_told_in_its_language_in_other_words():
    russian = case(1, RAID_RU, story=1, language="ru")
    english = case(2, RAID_EN, language="en")
    assert placed(english, [russian]).reason.rule is Rule.NAMES
    other_event = (
        "The band Dzholdoshev and Tashmatova gave a concert in Karakol, and Bektemirov from Ak-Shumkar sang along."
    )
    of_story = case(3, other_event, story=1, language="en")
    placed_again = placed(english, [russian, of_story])
    assert (placed_again.story, [near.article for near in placed_again.related]) == (None, [1])
    assert placed(english, [russian, replace(of_story, entities=frozenset())]).story == 1  # of somebody else


@pytest.mark.parametrize(
    ("in_common", "one_story"),
    [(("akmatov",), False), (("akmatov", "bekova"), False), (("akmatov", "bekova", "doronin"), True)],
)
def test_who_is_named_together_tells_an_event_and_one_watched_name_does_not(
    in_common: tuple[str, ...], one_story: bool
):
    """Of three people in each text, so many are in both, and nothing else."""
    people = {name: name.capitalize() for name in ("akmatov", "bekova", "doronin", "erkinov", "fomina")}
    english, russian = (
        {*in_common, *[name for name in names if name not in in_common][: 3 - len(in_common)]}
        for names in (("akmatov", "bekova", "doronin"), ("erkinov", "fomina"))
    )
    texts = [("en", "Officers took away ", english), ("ru", "Сотрудники увели ", russian)]
    words = frozenset(people.values())
    first, second = (
        candidate(n, begin + " and ".join(sorted(people[name] for name in names)) + ".", language=language,
             people=frozenset(names), watched_words=words, story=n)
        for n, (language, begin, names) in enumerate(texts, 1)
    )  # fmt: skip
    assert (placed(replace(second, story=None), [first]).story == 1) is one_story


def test_names_that_stand_in_every_story_of_the_day_tie_nothing():
    common = ("Zamir Ulanov", "Besh-Tash")
    crowd = [
        candidate(
            n, short(*common, *(f"{name}{chr(96 + n)}ova" for name in "BDGKLM"), salt=str(n)), story=n, language="ru"
        )
        for n in range(1, 20)
    ]
    new = candidate(
        99, short(*common, *"Oqilov Ergashev Norov Qodir Ravshan Sodiqov".split(), salt="en"), language="en"
    )
    assert placed(new, crowd[:1]).story == 1
    assert placed(new, crowd).story is None


def test_countries_weekdays_and_offices_are_no_names():
    text = "On Monday the President of Kyrgyzstan, the Supreme Court and the Ministry met in Bishkek with 2025 behind."
    assert fingerprint("", text).names == b""
    assert fingerprint("", text).numbers == b""


def test_a_placement_has_a_reason_and_what_is_near_is_related():
    first = case(1, RAID_EN, story=1, language="en")
    where = placed(case(2, RAID_RU, hours=4, language="ru"), [first])
    assert where.reason.rule is Rule.NAMES and where.reason.arguments[1:] == (3, 4)
    assert where.score > 1
    assert placed(first, []) == Placement()


TOLD_AGAIN = """Six former workers of the studio Ak-Shumkar were detained in Karakol, says lawyer Bektemirov. The officers \
of the Bureau came on Monday at dawn, searched the homes, and took the cameraman Marat Dzholdoshev and two reporters \
away. They questioned a producer and carried 27 computers off; charged is nobody so far, says the lawyer."""


def test_one_event_in_one_language_is_known_by_its_words():
    first = candidate(1, RAID_EN, "Six held in Karakol: homes searched", story=1, language="en")
    second_report = candidate(2, TOLD_AGAIN, "Homes searched in Karakol, six held", language="en")
    where = placed(second_report, [first])
    assert (where.story, where.copy_of, where.reason.rule) == (1, None, Rule.WORDS)
    other_case = placed(candidate(2, OTHER_CASE, "Fuel smugglers caught", language="en"), [first])
    assert (other_case.story, other_case.related) == (None, ())


def test_at_most_five_items_are_related_the_nearest_first_and_each_once():
    words = ["".join(random.Random(n).choices("bdgklmnrstz", k=8)) for n in range(60)]
    filed_before = [
        candidate(n, " ".join([*words[: n % 12], *words[3 * n :][:20]]), language="en", story=1 + n // 2)
        for n in range(7, 19)
    ]
    near = placed(candidate(99, " ".join(words[:20][::-1]), language="en"), filed_before).related
    stories = [next(one.story for one in filed_before if one.id == r.article) for r in near]
    assert len(near) == len({*stories}) == 5
    assert [r.score for r in near] == sorted((r.score for r in near), reverse=True)


# ---- always -------------------------------------------------------------------------------------------------------


def test_a_tie_goes_to_what_was_filed_first():
    candidates = [candidate(n, RAID_EN, story=10 + n % 2, outlet="Herald") for n in range(1, 6)]
    new = candidate(9, lightly_edited(RAID_EN))
    for _ in range(5):
        candidates.append(candidates.pop(0))
        where = placed(new, candidates)
        assert (where.story, where.copy_of) == (candidates[0].story, candidates[0].id)
