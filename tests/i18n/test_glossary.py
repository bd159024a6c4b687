"""The glossary's terms: what the Russian and Kyrgyz catalogues never call a thing, and what they always call it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import monitor

PACKAGE = Path(monitor.__file__).parent

# Beginnings of words ("=": the whole word), with the term that replaces them.
AVOIDED = {
    "ru": {
        "отслеживаем": "(имя из списка)", "заметк": "(примечание)", "оператор=": "(координатор)", "шаг": "(решение)",
        "читатель": "(наблюдатель)", "киргиз": "(кыргызский)", "копи": "(перепечатка)", "машин": "(компьютер)",
        "достуч": "(откроется)", "под защит": "(закрытое имя)",
    },
    "ky": {
        "ат=": "(ысым)", "аттар=": "(ысымдар)", "аттын": "(ысымдын)", "атты=": "(ысымды)", "тасма": "(лента)",
        "байка": "(көз салуу)", "кадам": "(чечим)", "болжолдуу": "(такталбаган)", "эскерүү": "(аталган жер)",
        "оператор=": "(координатор)", "ырастаган": "(тактоочу сөз)", "корголгон ысым": "(жабык ысым)",
        "мындан ары": "(эми)", "машина": "(компьютер)",
    },
}  # fmt: skip
EXCEPTED = {"ru": (r"резервн\w+ копи\w+",), "ky": ("лакап ат",)}

TERMS = {
    "ru": {
        "operator": "координатор", "reader": "наблюдатель", "Note": "Примечание", "Undo": "Отменить",
        "possible": "под вопросом", "relevant": "по теме", "not relevant": "не по теме",
        "a watched name was taken out": "из статьи убрано имя",
    },
    "ky": {
        "operator": "координатор", "reader": "окурман", "Note": "Эскертме", "Undo": "Жокко чыгаруу",
        "Names": "Ысымдар", "possible": "такталбаган", "relevant": "тиешелүү",
        "another headline at %(outlet)s": "%(outlet)s макаланын аталышын өзгөрттү",
        "a watched name was taken out": "макаладан ысым алынып салынды",
    },
}  # fmt: skip


def strings(language: str) -> dict[str, tuple[str, ...]]:
    with (PACKAGE / "i18n" / f"{language}.po").open("rb") as file:
        catalogue = [message for message in read_po(file, locale=language) if message.id]
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in catalogue
    }


@pytest.mark.parametrize("language", AVOIDED)
def test_no_sentence_has_another_word_for_a_term_of_the_glossary(language: str):
    words = [word.replace("=", r"(?!\w)") for word in AVOIDED[language]]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(words)})", re.IGNORECASE)
    wrong = {
        (english, match.group())
        for english, texts in strings(language).items()
        for text in texts
        for match in [pattern.search(re.sub("|".join(EXCEPTED[language]), "", text))]
        if match
    }
    assert wrong == set(), f"monitor/i18n/{language}.po: say {AVOIDED[language]}"


@pytest.mark.parametrize("language", TERMS)
def test_labels_are_the_terms_of_the_glossary(language: str):
    catalogue = strings(language)
    assert {english: catalogue[english] for english in TERMS[language]} == {
        english: (text,) for english, text in TERMS[language].items()
    }
