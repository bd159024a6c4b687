"""Reasons are true: a quoted word stands in the text, and an ending is called what its letters are."""

from __future__ import annotations

import gc
import re
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import compile_watchlist, find_mentions
from monitor.match.tables import pairs, sections
from monitor.model import Entity, EntityType, Message
from monitor.text.normalize import LEGACY, fold, is_cyrillic

ORG = EntityType.ORGANIZATION
QUOTED = re.compile("“(.+?)”")
LISTED = {
    "azamat": Entity("azamat", "Азамат Токоев"),
    "gulnara": Entity("gulnara", "Гульнара Бекова"),
    "yulia": Entity("yulia", "Юлия Сыргакская"),
    "nikolay": Entity("nikolay", "Nikolay Umetov"),
    "grell": Entity("grell", "Anna Grell"),
    "lawyer": Entity("lawyer", "Асан Адвокат"),
    "sarybay": Entity("sarybay", "Эмил Сарыбай"),
    "samat": Entity("samat", "Эрик Самат"),
    "tamash": Entity("tamash", "Тамашык", ORG),
    "union": Entity("union", "Вольная Палата", ORG),
    "net": Entity("net", "Kumushnet", ORG),
    "light": Entity("light", "Свет-роснь", ORG),
}
COMPILED = compile_watchlist(LISTED.values())


def why(text: str, entity: str) -> list[str]:
    """Return all reasons of an entity's mentions in a text."""
    return [reason for mention in find_mentions(text, COMPILED) if mention.entity == entity for reason in mention.why]


@pytest.mark.parametrize(
    ("entity", "text", "reason"),
    [
        # Kyrgyz: after a doubled consonant the ending begins with the second.
        ("samat", "Эрик Саматтын досу", "“Саматтын”: genitive of Самат"),
        ("tamash", "Бул «Тамашыкка» жакты", "“Тамашыкка”: dative of Тамашык"),
        ("azamat", "Азамат Токоевди", "“Токоевди”: accusative of Токоев"),
        ("azamat", "Азамат Токоевдон", "“Токоевдон”: ablative of Токоев"),
        ("grell", "Анна Греллдин", "“Греллдин”: genitive of Grell"),
        ("net", "«Kumushnetтин» кабарчысы", "“Kumushnetтин”: genitive of Kumushnet"),
        # Russian: what a skeleton loses, the letters keep.
        ("nikolay", "Суд оправдал Николая Уметова", "“Николая”: genitive or accusative of Nikolay"),
        ("sarybay", "Эмила Сарыбая судят", "“Сарыбая”: genitive or accusative of Сарыбай"),
        ("yulia", "К Юлии Сыргакской пришли", "“Юлии”: genitive of Юлия"),
        ("yulia", "С Юлией Сыргакской", "“Юлией”: instrumental of Юлия"),
        ("yulia", "Звонил Сыргакский", "“Сыргакский” is another form of the adjective Сыргакская"),
        ("lawyer", "Асан Адвокат пришёл. Адвокаты молчат", "“Адвокаты”: plural of Адвокат"),
        ("gulnara", "Гульнару Бекову", "“Бекову”: accusative of Бекова"),
        ("grell", "Анна Грелла", "“Грелла”: genitive or accusative of Grell"),
        # Ukrainian.
        ("union", "рішення Вольної Палати", "“Вольної”: genitive of Вольная"),
        # The ending alone is in the other script, or some letters of it are not.
        ("nikolay", "Nikolay Umetovа", "“Umetovа”: genitive or accusative of Umetov"),
        ("net", "«Kumushnetдa»", "“Kumushnetдa”: locative of Kumushnet"),
        ("nikolay", "Nikolay Umetovи", "“Umetovи”: possessive of Umetov"),
        # Letters that no table of endings has are no case.
        ("azamat", "Токойный порядок", ""),
    ],
)  # fmt: skip
def test_an_ending_is_called_what_its_letters_are(entity: str, text: str, reason: str):
    reasons = why(text, entity)
    assert reason in reasons or (not reason and not reasons)


@pytest.mark.parametrize(
    ("entity", "text", "claim"),
    [
        ("samat", "Эрик Саматтын досу", "possessive"),
        ("tamash", "Бул «Тамашыкка» жакты", "genitive"),
        ("nikolay", "Суд оправдал Николая Уметова", "prepositional"),
        ("lawyer", "Асан Адвокат пришёл. Адвокаты молчат", "prepositional"),
        ("union", "рішення Вольної Палати", "instrumental"),
        ("net", "«Kumushnetтин» кабарчысы", "script"),
        ("azamat", "Азамат Токоев", "genitive"),
        ("gulnara", "Гульнара Бекова", "another case"),
    ],
)
def test_an_ending_is_not_called_what_it_is_not(entity: str, text: str, claim: str):
    reasons = why(text, entity)
    assert reasons and not any(claim in reason for reason in reasons)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Пришла Гyльнaра Бекова.", "Гyльнaра"),  # Latin y and a
        ("Азамат То\u00adкоевдин досу", "То\u00adкоевдин"),
        ("Позвали Юлію Сиргакську і Гульнару Бєкову.", "Бєкову"),
    ],
)
def test_a_repaired_word_is_quoted_as_it_stands(text: str, word: str):
    reasons = [reason for mention in find_mentions(text, COMPILED) for reason in mention.why]
    assert any(f"“{word}”" in reason for reason in reasons)
    assert all(quoted in text for reason in reasons for quoted in QUOTED.findall(reason))


SIGNS = "'’-\u00ad\u0301"
LETTERS = st.text(f"абвгдеёийклмноптуыэюяөүңіїєн{SIGNS}", max_size=6) | st.text(f"atkoey{SIGNS}", max_size=6)
NAMES = st.sampled_from([name for entity in LISTED.values() for name in (entity.name, entity.name.split()[-1])])


@given(st.lists(st.tuples(NAMES, LETTERS), min_size=1, max_size=4), st.sampled_from([" ", ", ", ". ", "\n"]))
def test_every_quoted_word_stands_in_the_text_and_every_ending_is_in_the_table(
    words: list[tuple[str, str]], separator: str
):
    text = separator.join(name + ending for name, ending in words)
    cases = {case for section, lines in sections("endings").items() for case in pairs(lines)}
    for mention in find_mentions(text, COMPILED):
        for reason in mention.why:
            # Some cases are a quoted word themselves; a doubt about the next word quotes it repaired.
            quotations = {q for q in QUOTED.findall(reason) if f"“{q}”" not in " ".join(cases)}
            repaired = (text, fold(text), fold(text.translate(LEGACY)))
            assert all(any(q in t for q in (quoted, fold(quoted)) for t in repaired) for quoted in quotations), reason
            if isinstance(reason, Message) and reason.template == "“{}”: {} of {}":
                assert text.count(str(reason.arguments[0]))
                inflection = str(reason.arguments[1])
                assert set(inflection.split(", ")) <= cases
                assert _is_written_so(str(reason.arguments[0]), inflection.rpartition(", ")[2]), reason


def _is_written_so(word: str, case: str) -> bool:
    """Return whether a word ends in letters that a table has for a case. Latin endings are known by their sounds."""
    if not is_cyrillic(word.rstrip(SIGNS)[-1:]):
        return True
    endings = {fold(e) for lines in sections("endings").values() for e in pairs(lines).get(case, "").split()}
    # Look-alike letters count as the script around them, in the word or in the ending alone; є may be an old font's ө.
    readings = (word, word.translate(LEGACY))
    return any({fold(r[n:]), fold(r)[n:]} & endings for r in readings for n in range(1, len(word)))


@pytest.mark.check
def test_a_list_that_is_used_no_more_is_in_no_cache():
    """A desk compiles a list at each edit and each preview, and a long one takes tens of megabytes."""
    compiled = compile_watchlist([Entity("bolot", "Болот Эмилов")])
    (mention,) = find_mentions("Суд над Болотом Эмиловым начался.", compiled)
    assert mention.why
    reference = weakref.ref(compiled)
    del compiled
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize(
    ("listed", "text", "reason"),
    [
        ("Zhoomart", "Жоомарту", "letters of Zhoomart: zh for ж, as BGN/PCGN writes it"),
        ("Жоомарт", "Joomart", "letters of Joomart: j for ж, as in passports and the press"),
        ("Жоомарт", "Joomart", "“Joomart” = Жоомарт in the other script"),
        ("Zhoomart", "Joomart", "“Joomart” is another spelling of Zhoomart: «j» for «zh»"),
        ("Zhoomart", "Joomart", "letters of Joomart: «j» for «zh», as in passports and the press"),
        ("Zhoomart", "Djoomart", "letters of Djoomart: «dj» for «zh», as in French"),
        ("Khasan", "Hasan", "letters of Hasan: «h» for «kh», as ISO 9 writes it"),
        ("Дуулат", "Дулат", "“Дулат” is another spelling of Дуулат: «у» is missing"),
        ("Дуулат", "Дуулот", "“Дуулот” for Дуулат, which sounds nearly the same: «о» for «а»"),
        ("Мелис", "Мелсу", "one letter differs: “Мелсу” for Мелис: «и» is missing"),
        ("Дастанбек", "Дасатнбек", "one letter differs: “Дасатнбек” for Дастанбек: «т» and «а» are swapped"),
        ("Dastanbek", "Дастанек", "one sound differs: “Дастанек” for Dastanbek: «b» is missing"),
    ],
)
def test_a_reason_says_which_letters_differ_and_whose_way_of_writing_that_is(listed, text, reason):
    (mention,) = find_mentions(f"{text} Токоев", compile_watchlist([Entity("one", f"{listed} Токоев")]))
    assert reason in mention.why
