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
        ("Jason", "Джейсон"), ("McBride", "Макбрайд"), ("Yates", "Йейтс"), ("Mary", "Мэри"), ("Carruthers", "Карразерс"),
        ("Mather", "Матер"), ("Bernstein", "Бернстайн"), ("Coveney", "Ковни"), ("Tierney", "Тирни"), ("Ethan", "Итан"),
        # German
        ("Vogel", "Фогель"), ("Weber", "Вебер"), ("Steiner", "Штайнер"), ("Kurz", "Курц"), ("Schneider", "Шнайдер"),
        ("Möller", "Мёллер"), ("Häusler", "Хойслер"),
        # French, Spanish, Italian, Chinese
        ("Garnier", "Гарнье"), ("Rousseau", "Руссо"), ("Hernandez", "Эрнандес"), ("Jorge", "Хорхе"),
        ("Bianchi", "Бьянки"), ("Giorgio", "Джорджо"), ("Xi", "Си"), ("Qin", "Цинь"), ("Zhao", "Чжао"),
        ("Besançon", "Безансон"), ("Jean", "Жан"), ("Fleury", "Флери"), ("Guillon", "Гийон"),
        # Portuguese, Polish, South Slavic, Hungarian, Scandinavian, Romanian, Azerbaijani, Japanese
        ("Gonçalves", "Гонсалвес"), ("Carvalho", "Карвалью"), ("Szymański", "Шиманьский"),
        ("Wręczycki", "Вренчицкий"), ("Krzemień", "Кшемень"), ("Dragovic", "Драгович"), ("Djuric", "Джурич"),
        ("Cukic", "Цукич"), ("Szabó", "Сабо"), ("Kertész", "Кертес"), ("Csaba", "Чаба"), ("Björk", "Бьёрк"),
        ("Lövgren", "Лёвгрен"), ("Åkesson", "Окессон"), ("Ionescu", "Ионеску"), ("Iliescu", "Илиеску"),
        ("Quliyev", "Гулиев"), ("Ashiq", "Ашиг"), ("Qasımov", "Гасымов"), ("Kenji", "Кэндзи"), ("Hashimoto", "Хасимото"),
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


def named(text: str, confidence: Confidence = Confidence.STRONG) -> list[tuple[str, str]]:
    return [(m.entity, m.text) for m in find_mentions(text, LIST) if m.confidence is confidence]


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("Вчера Джойс Уэйкли приехала.", "joyce", "Джойс Уэйкли"),
        ("Говорили с Тарой Мэй долго.", "may", "Тарой Мэй"),
        ("Кечээ Тара Мэйдин сөзү", "may", "Тара Мэйдин"),
        ("Ждали Майкла О’Горри здесь.", "hall", "Майкла О’Горри"),
    ],
)
def test_a_western_name_is_found_as_it_is_heard_and_declined(text, entity, words):
    assert named(text) == [(entity, words)]


@pytest.mark.parametrize(
    "text",
    [
        "Тара Мэй ушла. Мы ждали, Менин оюмча, главу МИДа.",  # short surnames alone are spelt right
        "Тара Мэй ушла. Ми чекали.",
    ],
)
def test_short_common_words_are_no_surname(text):
    assert [words for _, words in named(text)] == ["Тара Мэй"]


@pytest.mark.parametrize("text", ["Вчера Уэйкли, Джойс и другие.", "Joys Weikli came.", "Джойс Уокер пришёл."])
def test_what_is_heard_is_not_loosened_further(text):
    assert named(text) == []


def test_the_reason_says_that_it_is_heard():
    (mention,) = find_mentions("Вчера Джойс Уэйкли приехала.", LIST)
    assert "“Уэйкли” is how Wakely sounds, in Cyrillic" in mention.why


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        ("Rinat Bukhatshin", "Rinat Boukhatchine a signé la lettre."),  # French: ш ch, -ин -ine
        ("Ринат Бухатшин", "Rinat Boukhatchine a signé la lettre."),
        ("Pavel Makashenko", "Pavel Makachenko a signé la lettre."),
        ("Makhmut Zhoroev", "Machmut Schorojew schrieb den Brief."),  # German: х ch, ж sch, е je
        ("Makhmut Zhoroev", "Mahmut Coroyev mektubu yazdı."),  # Turkish: ж c
        ("Makhmut Zhoroev", "Maxmut Joroyev xat yozdi."),  # Uzbek: х x
    ],
)
def test_a_name_from_cyrillic_is_found_as_other_languages_print_it(listed, text):
    (mention,) = find_mentions(text, compile_watchlist([Entity("one", listed)]))
    assert mention.confidence is Confidence.STRONG
    assert mention.text == " ".join(text.split()[:2])


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        ("Makhmut Zhoroev", "Махмут Короев ушёл."),  # a Latin c alone may be ж
        ("Makhmut Zhoroev", "Makhmut Koroev left."),
        ("Pavel Shakov", "Павел Чаков ушёл."),
        ("Pavel Shakov", "Pavel Chukov left."),
        ("Jody Marlow", "Cody Marlow left."),  # not romanised from Cyrillic
        ("Sarah Makhov", "Sarah Makov left."),
        ("Ana Dragovic", "Иван Драгович ушёл."),
        ("Piotr Dragov", "Петр Драгович ушёл."),  # a patronymic
        ("Adam Wrona", "Адам Вронский ушёл."),
    ],
)
def test_other_western_names_are_not_found_as_other_languages_print_them(listed, text):
    mentions = find_mentions(text, compile_watchlist([Entity("one", listed)]))
    assert [m.text for m in mentions if m.confidence is Confidence.STRONG] == []


def test_a_surname_that_sounds_like_a_patronymic_is_found():
    compiled = compile_watchlist([Entity("one", "Ana Dragovic")])
    assert [m.text for m in find_mentions("Вчера Ана Драгович выиграла.", compiled)] == ["Ана Драгович"]


@pytest.mark.parametrize(
    ("listed", "text", "confidence"),
    [
        ("David Davis", "Вчера Дэвид Дэвис ушёл.", Confidence.STRONG),
        ("David Davis", "Then David Davis left.", Confidence.POSSIBLE),
        ("Ivan Ivanov", "Вчера Иван Иванов ушёл.", Confidence.POSSIBLE),
        ("Ivan Ivanov", "Then Ivan Ivanov left.", Confidence.POSSIBLE),
    ],
)
def test_english_names_are_common_in_english_alone(listed, text, confidence):
    (mention,) = find_mentions(text, compile_watchlist([Entity("one", listed)]))
    assert mention.confidence is confidence
