"""Western and Chinese names on the list as Cyrillic newsrooms hear them."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions
from monitor.match.index.foreign import transcriptions
from monitor.model import Confidence, Entity
from monitor.text.romanize import skeleton


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        # English
        ("Taylor", "Тейлор"), ("Hayes", "Хейз"), ("Blake", "Блейк"), ("Wright", "Райт"), ("Knight", "Найт"),
        ("Hughes", "Хьюз"), ("Walker", "Уокер"), ("Whitman", "Уитман"), ("Moore", "Мур"), ("Keane", "Кин"),
        ("Cavanaugh", "Кавано"), ("Rudd", "Радд"), ("Young", "Янг"), ("Chris", "Крис"), ("Luke", "Люк"),
        ("Jason", "Джейсон"), ("McBride", "Макбрайд"),
        # German
        ("Vogel", "Фогель"), ("Weber", "Вебер"), ("Steiner", "Штайнер"), ("Kurz", "Курц"), ("Schneider", "Шнайдер"),
        # French, Spanish, Italian, Chinese
        ("Garnier", "Гарнье"), ("Rousseau", "Руссо"), ("Hernandez", "Эрнандес"), ("Jorge", "Хорхе"),
        ("Bianchi", "Бьянки"), ("Giorgio", "Джорджо"), ("Xi", "Си"), ("Qin", "Цинь"), ("Zhao", "Чжао"),
    ],
)  # fmt: skip
def test_a_name_is_written_by_ear(latin, cyrillic):
    assert skeleton(cyrillic) in {skeleton(latin), *transcriptions(latin)}


@pytest.mark.parametrize("name", ["Токоев", "Tokoev", "Tokoeva", "Sydykbek", "Orozaly-kyzy", "Zheenbay", "O", "R2"])
def test_what_is_romanised_from_cyrillic_is_not_read_by_ear(name):
    assert list(transcriptions(name)) == []


JOYCE = Entity("joyce", "Joyce Wakely")
MAY = Entity("may", "Tara May")
HALL = Entity("hall", "Michael O'Gorry")
LIST = compile_watchlist([JOYCE, MAY, HALL])


def found(text: str, sure: Confidence = Confidence.STRONG) -> list[tuple[str, str]]:
    return [(m.entity, m.text) for m in find_mentions(text, LIST) if m.confidence is sure]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("Вчера Джойс Уэйкли приехала.", "joyce", "Джойс Уэйкли"),
        ("Говорили с Тарой Мэй долго.", "may", "Тарой Мэй"),
        ("Кечээ Тара Мэйдин сөзү", "may", "Тара Мэйдин"),
        ("Ждали Майкла О’Горри здесь.", "hall", "Майкла О’Горри"),
    ],
)
def test_it_is_found_and_declined(text, entity, words):
    assert found(text) == [(entity, words)]


@pytest.mark.parametrize(
    "text",
    [
        "Тара Мэй ушла. Мы ждали, Менин оюмча, главу МИДа.",  # short surnames alone are spelt right
        "Тара Мэй ушла. Ми чекали.",
    ],
)
def test_short_common_words_are_no_surname(text):
    assert [words for _, words in found(text)] == ["Тара Мэй"]


@pytest.mark.parametrize("text", ["Вчера Уэйкли, Джойс и другие.", "Joys Weikli came.", "Джойс Уокер пришёл."])
def test_what_is_heard_is_not_loosened_further(text):
    assert found(text) == []


def test_the_reason_says_that_it_is_heard():
    (mention,) = find_mentions("Вчера Джойс Уэйкли приехала.", LIST)
    assert "“Уэйкли” is how Wakely sounds, in Cyrillic" in mention.why
