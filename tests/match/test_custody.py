"""How far a sentence that tells a detention goes: taken, kept in custody, or let go, and whether it is the same person."""

from __future__ import annotations

import pytest

from monitor.match import compile_watchlist, find_mentions, match_documents
from monitor.match.incidents.custody import custody_in, custody_of_name
from monitor.model import Custody, Document, Entity, press_entity

RELEASE = "The cameraman Kirill Zhemerov was taken to the KOS building and released three hours later."

SENTENCES = {
    Custody.RELEASED: [
        RELEASE,
        "He was detained at the gate and later released without charge.",
        "The editor had been held overnight, but was soon freed.",
        "Оператора отвезли в здание КОС и отпустили через три часа.",
        "Журналистку задержали утром, вечером она была освобождена.",
        "Журналистти кармап, үч сааттан кийин коё беришти.",
        "Блогер суракка алынып, кечинде бошотулду.",
        "He was released after a court had extended his arrest twice.",
        "The reporter was released on 2 December after 43 days in the remand prison.",
        "Журналиста освободили 24 марта после трёх дней в тюрьме.",
    ],
    Custody.KEPT: [
        "A court kept Melis Tokoyev in custody.",
        "The city court left Melis Tokoyev in custody until 20 January.",
        "The court extended his pre-trial detention until 12 May.",
        "A district court ordered the reporter to stay in custody for another 46 days.",
        "The reporter's arrest was extended by two months.",
        "He was remanded for two months.",
        "Суд продлил редактору срок содержания под стражей до июня.",
        "Арест журналиста продлён на два месяца.",
        "Оператор остаётся в СИЗО.",
        "Сот журналисттин камак мөөнөтүн эки айга узартты.",
        "Редактор камакта калтырылды.",
    ],
    # A first detention, a request, a denial, or one that came after a release.
    Custody.TAKEN: [
        "He was detained; the police refused to release him.",
        "He was not released.",
        "He was released in June and detained again on Monday.",
        "He was released after an hour and detained again.",
        "Журналиста отпустили после допроса, а утром снова задержали.",
        "She was detained and released a statement through her lawyer.",
        "Colleagues demand that he be released.",
        "Журналиста задержали и не отпустили.",
        "Его отпустили в июне, а вчера снова задержали.",
        "Коллеги требуют отпустить редактора и освободить журналистов.",
        "Журналист али бошотулган жок.",
        "Кесиптештери аны бошотууну талап кылышты.",
        "Бошотулган соң аны кайра кармашты.",
        "Police detained an editor.",
        "The investigator asked the court to extend the detention of the editor.",
        "Суд не продлил арест редактора.",
        "Оператора задержали на улице.",
        "Сот журналисттин камак мөөнөтүн узарткан жок.",
        "Журналист кармалды.",
    ],
}


@pytest.mark.parametrize(
    ("sentence", "custody"), [(sentence, custody) for custody, sentences in SENTENCES.items() for sentence in sentences]
)
def test_a_sentence_tells_how_far_a_detention_went(sentence: str, custody: Custody):
    assert custody_in(sentence) is custody


@pytest.mark.parametrize(
    ("sentence", "is_over"),
    [
        ("Журналистка «Зари» Чолпон Арзыева опрошена в качестве свидетеля и отпущена.", True),
        ("Оператора отвезли в здание КОС и через три часа отпустили.", True),
        ("Журналистку вызвали на допрос и отпустили домой.", True),
        ("Репортёра задержали, а вечером его отпустили.", True),
        ("Корреспондент отпущен под залог.", True),
        ("The editor was questioned for two hours and then released.", True),
        ("A reporter was detained on Monday; she was released on Tuesday.", True),
        ("The reporter was summoned and released after questioning.", True),
        ("OSH — On Tuesday, the reporter Aida Bek was released.", True),
        ("Репортёра задержали и отвезли в отдел, где его отпустили.", True),
        ("Журналисты Асан Бек и Мелис Токоев отпущены.", True),
        ("Журналист кыз тергөө абагынан бошотулду.", True),
        ("Журналист суралып, үч сааттан кийин бошотулду.", True),
        ("Police detained the reporter and released Aibek Stranger.", False),
        ("Police detained the reporter and released two drivers.", False),
        ("Police detained the reporter; the driver was released.", False),
        ("Police took the reporter away, and his lawyer was released.", False),
        ("The reporter was detained and has not been released.", False),
        ("Задержали репортёра и отпустили водителя.", False),
        ("Репортёр задержан, водитель отпущен.", False),
        ("Репортёра схватили на улице, таксист отпущен.", False),
        ("Репортёра задержали, а таксиста отпустили.", False),
        ("Репортёр задержан и может быть отпущен завтра.", False),
        ("Репортёр задержан и не был отпущен.", False),
        ("Водителя отпустили, а журналиста вызвали на допрос.", False),
        ("Главного редактора вызвали и освободили от должности.", False),
        ("Репортёр суракка чакырылып, кызматынан бошотулду.", False),
        ("Репортёр кармалды, айдоочусу бошотулду.", False),
    ],
)
def test_a_release_of_another_person_ends_nothing(sentence: str, is_over: bool):
    assert (custody_in(sentence) is Custody.RELEASED) is is_over


@pytest.mark.parametrize(
    ("sentence", "name", "is_freed"),
    [
        ("Чолпон Арзыеву опросили в городе и отпустили", "Чолпон Арзыеву", True),
        ("Токоева отпустили через три часа.", "Токоева", True),
        ("«Токоев отпущен под подписку», — сообщил адвокат.", "Токоев", True),
        ("Melis Tokoev was questioned and later released", "Melis Tokoev", True),
        ("Tokoev has been freed on bail", "Tokoev", True),
        ("Токоев үч саат суралып, бошотулду.", "Токоев", True),
        ("Tokoev said the driver was released.", "Tokoev", False),
        ("Tokoev's driver was released.", "Tokoev", False),
        ("Tokoev waited while a reporter was questioned and released.", "Tokoev", False),
        ("Tokoev saw that police detained a driver and released him.", "Tokoev", False),
        ("The lawyer of Tokoev was released.", "Tokoev", False),
        ("Tokoev was not released.", "Tokoev", False),
        ("Арзыева опросила свидетелей и отпустила.", "Арзыева", False),
        ("Токоев рассказал, что водителя отпустили.", "Токоев", False),
        ("Токоев ждал у суда, водитель отпущен.", "Токоев", False),
        ("Токоева и водителя отпустили.", "Токоева", False),
        ("Токоева задержали и отпустили водителя.", "Токоева", False),
        ("Адвоката Токоева отпустили.", "Токоева", False),
        ("Токоева не отпустили.", "Токоева", False),
        ("Токоевдин айдоочусу бошотулду.", "Токоевдин", False),
    ],
)
def test_who_was_let_go_is_the_person_with_whose_name_the_sentence_begins(sentence: str, name: str, is_freed: bool):
    assert (custody_of_name(sentence, name) is Custody.RELEASED) is is_freed


def test_the_matcher_says_with_each_mention_how_far_its_sentence_goes():
    compiled = compile_watchlist([Entity("melis", "Melis Tokoev"), press_entity()])
    text = (
        "Police detained the journalist Melis Tokoev. A court extended the arrest of the journalist Aida Bek. "
        "An editor was summoned and released. Melis Tokoev was released. Melis Tokoev spoke."
    )
    ((_, mentions),) = match_documents([Document("one", text)], compiled)
    of_press = [m.custody for m in mentions if m.entity == press_entity().id]
    assert of_press == [Custody.TAKEN, Custody.KEPT, Custody.RELEASED]
    of_name = [m.custody for m in mentions if m.entity == "melis"]
    assert of_name == [Custody.TAKEN, Custody.RELEASED, Custody.TAKEN]
    (in_title,) = find_mentions("", compiled, "Melis Tokoev was freed")
    assert in_title.custody is Custody.RELEASED
