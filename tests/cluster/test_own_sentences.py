"""Own sentences: those that an article does not copy, without what every outlet adds."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clusters import FOLLOW_UP, OTHER_CASE, RAID_EN, RAID_KY, RAID_RU, candidate, placed
from kit.growth import grows_as_its_input, letters
from monitor.cluster.own_sentences import leads_with_news, own_sentences
from monitor.cluster.policy import ClusterPolicy
from monitor.model import ArticleText, Field, Rule
from monitor.text.sentences import sentences

TITLE = {RAID_EN: "Six searched in Karakol", RAID_RU: "Обыски в Караколе", RAID_KY: "Караколдогу тинтүү"}
NAMES = frozenset({"Жоомарт", "Дуулатов", "Дуулатова", "Zhoomart", "Duulatov"})
BIOGRAPHY = """Жоомарт Дуулатов родился в Нарыне в семье учителя. Он окончил университет и пришёл в газету курьером.
Журналист Жоомарт Дуулатов работает в Бишкеке, пишет о судах и о земле. В 2015 году он получил премию союза печати.
Коллеги называют Дуулатова самым упрямым репортёром страны. У него двое детей, он играет в шахматы и ходит в горы."""


def own_texts(article: str, source: str, title: str = "", source_title: str | None = None) -> list[str]:
    """Return the own sentences of an article with this title; the source has the same title."""
    words = ArticleText(title, article)
    of_source = ArticleText(title if source_title is None else source_title, source)
    passages = own_sentences(words, of_source, NAMES, ClusterPolicy())
    return [p.span.of(title if p.field is Field.TITLE else article) for p in passages]


# ---- the eight kinds of edits that bring no sentence ---------------------------------------------------------------


def changed_words(text: str, share: float, seed: int = 1) -> str:
    """Return a text of which half of this share of words is dropped, and half replaced."""
    rnd, other_words = random.Random(seed), OTHER_CASE.split()
    words = (word for word in text.split() if rnd.random() > share / 2)
    return " ".join(rnd.choice(other_words) if rnd.random() < share / 2 else word for word in words)


def parts(text: str, share: float) -> str:
    texts = [span.of(text) for span in sentences(text)]
    return " ".join(texts[: max(2, round(len(texts) * share))])


def shuffled(text: str) -> str:
    texts = [span.of(text) for span in sentences(text)][1:]
    random.Random(3).shuffle(texts)
    return " ".join(texts)


def with_teasers(text: str) -> str:
    first, *following = (span.of(text) for span in sentences(text))
    return " ".join([first, "Читайте также: Цены на уголь выросли вдвое", *following, "Подписывайтесь на наш канал."])


EDITS = {
    "normal forms": lambda text: text.replace("ё", "е").replace("«", '"').replace("»", '"').replace("\n", "\n\n"),
    "an agency": lambda text: f"БИШКЕК, 24 мая - РИА Новости. {text}\nSource: Reuters",
    "read also": with_teasers,
    "the first half": lambda text: parts(text, 0.5),
    "the first quarter": lambda text: parts(text, 0.25),
    "dropped and shuffled": shuffled,
}


@pytest.mark.parametrize("kind", EDITS)
@pytest.mark.parametrize("text", [RAID_EN, RAID_RU, RAID_KY])
def test_an_edit_that_brings_no_sentence_is_a_copy(text: str, kind: str):
    edited = EDITS[kind](text)
    assert own_texts(edited, text, TITLE[text]) == []
    assert placed(candidate(2, edited, TITLE[text], hours=400), [candidate(1, text, TITLE[text], story=1)]).copy_of == 1


@pytest.mark.parametrize(("share", "min_share"), [(0.1, 18), (0.2, 16)])
def test_scattered_words_that_changed_make_no_sentence(share: float, min_share: int):
    """Two changed words of a sentence of four may be one: so it is with some."""
    text = "\n".join([BIOGRAPHY, RAID_RU.partition("\n")[0]])
    edited = [changed_words(text, share, seed) for seed in range(20)]
    assert sum(own_texts(one, text) == [] for one in edited) >= min_share


@pytest.mark.parametrize("kind", EDITS)
def test_edits_of_a_biography_with_an_own_sentence_anywhere_are_no_copies(kind: str):
    news = "Сегодня ночью журналиста увезли из дома люди в масках."
    edited = EDITS[kind](BIOGRAPHY)
    told_sentences = [span.of(edited) for span in sentences(edited)]
    for place in range(len(told_sentences) + 1):
        article = "\n".join([*told_sentences[:place], news, *told_sentences[place:]])
        assert news in own_texts(article, BIOGRAPHY, "Жоомарт Дуулатов")


# ---- single sentences ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "Он арестован.",
        "Задержан.",
        "Жоомарт Дуулатов задержан.",
        "Журналист Жоомарт Дуулатов задержан в Бишкеке.",  # but for one word, words of the source
        "Журналист Жоомарт Дуулатов арестован в Бишкеке, пишет о судах и о земле.",
        "Related charges were filed against Duulatov.",
        "Reports from Bishkek say that Duulatov was detained.",
        "Источник: Дуулатова задержали ночью.",
        "ЖУРНАЛИСТ ДУУЛАТОВ ЗАДЕРЖАН 24 МАЯ",
        "Бишкек, 24 мая — Дуулатов задержан.",
        "Читайте о деле Дуулатова: суд оставил его под стражей до осени, а адвокату отказал в свидании.",
        "Каналда суу көбөйдү, Дуулатов кармалды.",
    ],
)
def test_one_sentence_of_news_beside_a_repeated_text_is_its_own(sentence: str):
    for article in (f"{sentence}\n{BIOGRAPHY}", f"{BIOGRAPHY}\n{sentence}"):
        assert own_texts(article, BIOGRAPHY) == [sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "БИШКЕК, 24 мая - РИА Новости.",
        "KARAKOL, 2 June — Shumkar News Wire.",
        "Source: Reuters",
        "Источник: РИА Новости",
        "24.05.2025, 18:40",
        "Читайте также: В Оше открыли новую школу",
        "Читайте также: В Оше открыли школу! Фото",
        "Read also: A school opens in Osh",
        "Подписывайтесь на наш канал в Telegram.",
        "Каналыбызга жазылыңыз.",
        "Sign up for our newsletter and never miss a story.",
        "This story has been updated.",
        "Если вы заметили ошибку, выделите её.",
        "© Kloop, 2025",
        "***",
        "",
    ],
)
def test_sentences_of_the_trade_are_nobodys_own(sentence: str):
    assert own_texts(f"{sentence}\n{BIOGRAPHY}\n{sentence}", BIOGRAPHY) == []


def test_what_stands_far_behind_read_also_on_its_line_counts():
    link = "Читайте также: " + " ".join(["Слово"] * 24) + "."
    news = "Сегодня ночью журналиста увезли из дома люди в масках."
    assert own_texts(f"{link} {news}\n{BIOGRAPHY}", BIOGRAPHY) == [news]


@pytest.mark.parametrize(
    ("title", "is_own"),
    [
        ("Биография Жоомарта", False),
        ("Жоомарт Дуулатов родился в семье учителя", True),  # the lead says so, maybe of a film
        ("Дуулатов: племянник учителя родился в Нарыне", True),  # one word is new
        ("Журналист пишет о судах и земле", True),  # it stands further down, where nobody need have seen it
        ("Журналист Дуулатов снова задержан", True),
        ("Журналист задержан в Бишкеке", True),
    ],
)
def test_a_headline_is_its_own_if_one_of_its_words_is_new(title: str, is_own: bool):
    assert own_texts(BIOGRAPHY, BIOGRAPHY, title, "Жоомарт Дуулатов: биография") == ([title] if is_own else [])


def test_a_sentence_of_another_source_is_known_by_it_alone():
    assert own_texts(RAID_EN, BIOGRAPHY) != []
    assert own_texts(f"{RAID_EN}\n{BIOGRAPHY}", f"{BIOGRAPHY}\n{RAID_EN}") == []


def test_news_leads_if_headline_and_first_sentence_are_own():
    policy, source = ClusterPolicy(), ArticleText("Жоомарт Дуулатов", BIOGRAPHY)
    lead = "Сегодня ночью журналиста увезли из дома люди в масках."
    for title, text, leads in (
        ("Журналист задержан", f"{lead}\n{BIOGRAPHY}", True),
        ("Журналист задержан", f"БИШКЕК, 24 мая - РИА Новости. {lead}\n{BIOGRAPHY}", True),
        ("", f"{lead}\n{BIOGRAPHY}", True),
        ("Жоомарт Дуулатов", f"{lead}\n{BIOGRAPHY}", False),
        ("Журналист задержан", f"{BIOGRAPHY}\n{lead}", False),
    ):
        article = ArticleText(title, text)
        assert leads_with_news(article, own_sentences(article, source, NAMES, policy)) is leads


# ---- always --------------------------------------------------------------------------------------------------------

_SYLLABLES = st.sampled_from("ба бо гу до жа ке ку ла ми на ор пе ра са то ул".split())
_WORD = st.lists(_SYLLABLES, min_size=2, max_size=4).map("".join)
_SENTENCE = st.lists(_WORD, min_size=2, max_size=12).map(lambda words: " ".join(words).capitalize() + ".")
_TEXT = st.lists(_SENTENCE, min_size=1, max_size=12)


@given(_TEXT, _TEXT, st.data())
def test_no_sentence_with_a_word_of_its_own_and_no_known_pair_can_be_hidden(
    background: list[str], other_texts: list[str], data: st.DataObject
):
    """Whatever stands around it, and wherever it stands."""
    new = ["Цвезщ", *data.draw(st.lists(st.sampled_from(["щецво", "фыцув", "эцхъю"]), min_size=1, max_size=8))]
    news = " ".join(new) + "."
    repeated = data.draw(st.lists(st.sampled_from(background), unique=True))
    place = data.draw(st.integers(0, len(repeated)))
    article = "\n".join([*repeated[:place], news, *repeated[place:]])
    assert news in own_texts(article, "\n".join([*background, *other_texts]))


@given(_TEXT, st.randoms(use_true_random=False))
def test_a_text_of_the_sources_sentences_in_any_order_brings_none(background: list[str], rnd: random.Random):
    shuffled_texts = background[:]
    rnd.shuffle(shuffled_texts)
    assert own_texts("\n".join(shuffled_texts[: rnd.randint(0, len(shuffled_texts))]), "\n".join(background)) == []


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=50))
def test_any_text_can_be_compared(article: str, source: str, title: str):
    passages = own_sentences(ArticleText(title, article), ArticleText("", source), (), ClusterPolicy())
    assert all(p.span.of(title if p.field is Field.TITLE else article).strip() for p in passages)
    if not re.search(r"\w", article + title):
        assert passages == ()


def test_an_article_that_adds_below_is_a_member_with_its_sentences_marked():
    news = "Сегодня ночью журналиста увезли из дома люди в масках."
    source = candidate(1, BIOGRAPHY, "Жоомарт Дуулатов", story=7)
    article = f"{BIOGRAPHY}\n{news}"
    where = placed(candidate(2, article, "Жоомарт Дуулатов", watched_words=NAMES, hours=9), [source])
    assert (where.story, where.copy_of, where.reason.rule) == (7, None, Rule.ADDS)
    assert [p.span.of(article) for p in where.own_sentences] == [news]
    neighbour = candidate(3, FOLLOW_UP, "Arrest", story=8)
    joined = placed(candidate(4, article, "Жоомарт Дуулатов", watched_words=NAMES), [source, neighbour])
    assert (joined.story, joined.reason.rule) == (7, Rule.ADDS)


@pytest.mark.check
@pytest.mark.parametrize(
    "hostile",
    [
        lambda n: f"{letters(n)} дня.",
        lambda n: f"Слово{n} дня судьи и {n} из {n + 1} людей в зале суда.",
        lambda n: "Читайте также: Дуулатов\n",
    ],
    ids=["short sentences", "sentences", "links to read"],
)
def test_two_hostile_texts_are_compared_in_the_time_that_they_are_long(hostile: Callable[[int], str]):
    """Nothing else is filed meanwhile: an outlet must not hold up the reports of others."""

    def texts(size: int) -> tuple[str, str]:
        text = " ".join(map(hostile, range(size)))
        return text, text[len(text) // 2 :] + text[: len(text) // 2]

    assert grows_as_its_input(lambda both: own_texts(*both), texts, 8_000, times=20)
