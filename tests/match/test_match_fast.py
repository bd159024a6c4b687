"""The fast path: many texts at once give what each gives by itself, and what the plain reference gives."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from rapidfuzz.fuzz import partial_ratio

from kit import growth
from kit import reference_matcher as reference
from kit.name_texts import ENTITIES, FILLERS, FORMS, odd_texts, texts
from monitor.match import compile_watchlist, find_mentions, lint, match_documents, near_misses
from monitor.match.index.forms import sounds_in_text
from monitor.match.index.stem_keys import _ending_kinds
from monitor.match.index.word_index import _sounds_of_forms
from monitor.match.scanner import scan
from monitor.match.scanner.word_form import WordFlags
from monitor.model import Document, Entity, EntityType
from monitor.text.normalize import may_begin_name, repair_word
from monitor.text.romanize import skeleton, skeletons
from monitor.text.tokens import tokens
from monitor.text.word_letters import WordLetters

LIST = compile_watchlist(ENTITIES)
PLAIN = reference.PlainIndex(LIST.index.words)


@pytest.mark.check
@settings(max_examples=settings.default.max_examples * 6)
@given(texts, texts)
@example("Мелис Токоев, Токоев и Исаева", "")
def test_the_fast_path_finds_what_the_plain_reference_finds(text, title):
    assert find_mentions(text, LIST, title) == reference.find_mentions(text, LIST, title, PLAIN)


@given(st.lists(st.tuples(texts | odd_texts, texts | odd_texts), max_size=8), st.sampled_from([1, 40, 10_000]))
def test_splitting_into_batches_changes_nothing(fields, batch):
    documents = [Document(str(n), text, title) for n, (text, title) in enumerate(fields)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor.match.documents._BATCH", batch)
        matches = list(match_documents(iter(documents), LIST))
    assert matches == [(d, find_mentions(d.text, LIST, d.title)) for d in documents]


@pytest.mark.check
@settings(max_examples=10)
@given(st.lists(texts, max_size=4))
def test_what_was_read_before_changes_nothing(before):
    text = "Мелису Токоеву и Асель Мамыровой. Орлов, Bloom, новой линии."
    fresh = compile_watchlist(ENTITIES)
    for earlier_text in before:
        find_mentions(earlier_text, fresh)
    assert find_mentions(text, fresh) == find_mentions(text, compile_watchlist(ENTITIES))


def test_words_that_were_read_are_kept_when_their_table_grows():
    text = "Мелису Токоеву и Асель Мамыровой. Орлов, Bloom, новой линии."
    fresh = compile_watchlist(ENTITIES)
    first = find_mentions(text, fresh)
    find_mentions(" ".join(map(growth.letters, range(3_000))), fresh)  # the table begins with a thousand
    assert first and find_mentions(text, fresh) == first


@given(
    st.lists(st.text(st.sampled_from("ТокоеваbдъXIV24'’ʼéfƒaоuNn中"), min_size=1, max_size=8), min_size=1, max_size=8)
)
@example(["Bloomдун", "Tokoev'un", "XIV", "24", "oʻgʻli", "Čapek", "O’Neill"])
def test_the_sounds_and_ending_kinds_of_many_words_are_those_of_each(words):
    forms = [repair_word(word) for word in words]
    letters = WordLetters(forms)
    sounds = _sounds_of_forms(forms, letters)
    assert sounds == [form if form.isascii() and form.isdecimal() else sounds_in_text(form) for form in forms]
    lengths = np.array([*map(len, sounds)])
    assert _ending_kinds(letters, lengths).tolist() == [
        reference.ending_kind(form, sound) for form, sound in zip(forms, sounds, strict=True)
    ]


def test_forgetting_words_changes_nothing(monkeypatch):
    monkeypatch.setattr(scan, "_REMEMBERED_WORDS", 3)
    monkeypatch.setattr(scan, "_REMEMBERED_MATCHES", 3)
    fresh = compile_watchlist(ENTITIES)
    for text in ("Мелис Токоев пришёл.", "Асель Мамырова в Бишкеке.", "Мелис Токоев и журналист Токоев") * 3:
        assert find_mentions(text, fresh) == find_mentions(text, LIST)


@given(odd_texts | texts)
@example("")
@example("\x00")
@example("\ud800Мелис Токоев\udfff")
@example("е\u0301" * 50 + "\u00ad\u0301'б")
@example("გიორგი")  # no Georgian name has a capital
def test_words_stand_where_tokens_says(text):
    assume(text and not re.search(r"#\w", text))  # words of hashtags are split, as `adjust_edges` is tested to do
    ((passage,),) = LIST.scanner.passages([("", text)], is_exhaustive=True)
    words = [(passage.start(n), passage.end(n), passage.word(n).text) for n in passage.places]
    assert words == tokens(text)
    assert [bool(passage.flags(n) & WordFlags.CAPITAL) for n in passage.places] == [
        may_begin_name(t.text) for t in tokens(text)
    ]


@given(odd_texts, odd_texts)
def test_odd_text_is_safe_and_offsets_slice(before, after):
    text = f"{before} Мелис Токоев {after}"
    for mention in find_mentions(text, LIST, title=after):
        field = {"text": text, "title": after}[mention.field]
        assert mention.span.of(field) == mention.text


def test_a_name_of_a_sign_without_a_sound_does_no_harm():
    text = "Иван Ъ и Иван Токоев. Издание Ъ. Ж. Ъ и Б. Ь"
    assert find_mentions(text, LIST) == reference.find_mentions(text, LIST, "", PLAIN)
    assert near_misses(text, LIST)
    assert lint(ENTITIES)


@pytest.mark.parametrize(
    "text",
    [
        "Мелис «Кот» Мурат «Пёс» Нур «Сом» Токоеб",
        "елис Токоев, фелис Токоев; Мелис окоев, Асан фыдыков",
        "Saif ul Malukov, Саиф уль Малуков, Саиф уль Маликв",
        "Мария Орлова-Сттарова, Орлова-Саттарова и М. Саттарова",
        "Питер Бейкер и Бейкер, Питер Бэйкр",
        "Сыдыков, а Асан Нурович Сыдыков и Дастан Сыдыков; Аскар Сергеевич Бекин",
        ("мелис токоев " * 4 + "сказал что елис токоев и аскар бекин " * 6),
    ],
)
def test_what_is_heard_lost_or_wrong_is_found_as_in_the_plain_reference(text):
    assert find_mentions(text, LIST) == reference.find_mentions(text, LIST, "", PLAIN) != ()


@pytest.mark.parametrize("filler", ["а", "Токоев ", "\u0301", "x\n", "😀", "Я", "т'", "а\u00ad"])
def test_a_very_long_text_is_read(filler):
    text = filler * (20_000 // len(filler)) + "\nСегодня Мелис Токоев пришёл."
    assert ("melis", "Мелис Токоев") in {(m.entity, m.text) for m in find_mentions(text, LIST)}


@pytest.mark.check
@pytest.mark.parametrize("filler", ["ав", "о\u0301л", "б\u00adа"])
def test_a_word_of_two_hundred_thousand_letters_is_no_name(filler):
    assert find_mentions("Токоев" + filler * 70_000, LIST) == ()


@given(st.lists(st.text("tschzdjkhgpuoaeiyxqwfбщжёцүй'’ñXVI12éМСİß", min_size=1, max_size=9), min_size=1, max_size=20))
@example(["tsh", "tshch", "s'h", "ckh", "ia", "ия", "Popoff", "ыффя", "XVI", "Z3", "2011", "ΣΑΣ"])
def test_skeletons_of_many_words_are_those_of_each(raw):
    forms = [form for form in map(repair_word, raw) if form]
    assert skeletons(forms) == [skeleton(form) for form in forms]


letters = "аеиоугхзстнкл"


@given(st.sampled_from(FORMS), st.integers(0, 9), st.sampled_from(["", *letters]), st.integers(0, 1), st.booleans())
def test_a_word_may_be_what_the_plain_reference_says(form, place, letter, cut, capital):
    form = repair_word(form[:place] + letter + form[place + cut :])
    assume(form)
    form = form[0].upper() + form[1:] if capital else form.lower()
    judged = LIST.index.match_form(form)
    plain = PLAIN.match_form(form)
    assert [*judged.matches.items()] == [*plain.matches.items()]
    assert [*judged.headless.items()] == [*plain.headless.items()]


GIVEN_NAMES, FAMILY = (
    "Азамат Бакыт Данияр Эркин Улан Марат".split(),
    "Жолдошев Сатыбалдиев Койчуманов Абдыраимов".split(),
)
LONG_LIST = compile_watchlist(
    [Entity(f"{g}-{f}", f"{g} {f}") for g in GIVEN_NAMES for f in FAMILY if f"{g} {f}" != "Улан Койчуманов"]
)
CHANGES = {
    "as it is": lambda g, f: f"{g} {f}",
    "dative": lambda g, f: f"{g}у {f}у",
    "Kyrgyz": lambda g, f: f"{g} {f}дин",
    "surname first": lambda g, f: f"{f} {g}",
    "capitals": lambda g, f: f"{g} {f}".upper(),
    "sounds in Latin": lambda g, f: f"{g} {f}".translate(str.maketrans(LATIN)),
    "a typo": lambda g, f: f"{g} {f[:5]}{f[6:]}",
}
LATIN = {
    **dict(zip("абвгдезийклмнопрстуфы", "abvgdeziyklmnoprstufy", strict=True)),
    **dict(zip("АБДЖКМСУЭ", "ABDZKMSUE", strict=True)), "ж": "zh", "ч": "ch", "ш": "sh", "Ж": "Zh",
}  # fmt: skip


@given(texts, st.sampled_from(GIVEN_NAMES), st.sampled_from(FAMILY), st.sampled_from(sorted(CHANGES)))
def test_a_planted_name_is_found_where_it_was_planted(around, g, f, change):
    assume((g, f) != ("Улан", "Койчуманов"))
    planted = CHANGES[change](g, f)
    text = f"{around}\nВчера {planted} ушёл.\n{around}"
    start = len(around) + 7
    mentions = [m for m in find_mentions(text, LONG_LIST) if m.entity == f"{g}-{f}"]
    assert (start, start + len(planted)) in {(m.span.start, m.span.end) for m in mentions}


def test_a_changed_list_takes_over_what_is_unchanged():
    text = "Мелис Сатаров пришёл, Мелис Токоев нет; главный редактор Сатаров, Асель Мамырова, Bloom, ФЗПнын."
    changed = [
        replace(ENTITIES[0], name="Мелис Сатаров"),
        *ENTITIES[2:],
        Entity("new", "Новое издание", EntityType.OUTLET),
    ]
    updated = compile_watchlist(changed, LIST)
    assert set(find_mentions(text, updated)) == set(find_mentions(text, compile_watchlist(changed)))
    assert {m.text for m in find_mentions(text, updated)} >= {"Мелис Сатаров", "Bloom", "ФЗПнын"}
    assert {m.entity for m in find_mentions(text, LIST)} == {"melis", "asel", "bloom", "fund"}


def test_a_long_list_is_matched_a_hundred_times_faster_than_name_by_name():
    syllables = "ба ве га до жо ку лы ма но пе ра са ту фи".split()
    names = [
        f"{g}{syllables[n % 14]} {a}{b}{c}ов"
        for n, g in enumerate(GIVEN_NAMES)
        for a in syllables
        for b in syllables
        for c in ("ша",)
    ]
    names = [*dict.fromkeys(names)][:1000]
    compiled = compile_watchlist([Entity(str(n), name) for n, name in enumerate(names)])
    plain = [" ".join(FILLERS[n * 7 % 30 :] + FILLERS[: n % 25]) + "\n" for n in range(60)]
    documents = [Document(str(n), "".join(plain[n % 40 : n % 40 + 20])) for n in range(60)]
    for _ in match_documents(documents, compiled):
        pass

    def seconds(run):
        start = time.process_time()
        run()
        return time.process_time() - start

    few = documents[:1]
    slow = seconds(lambda: [partial_ratio(n, d.text, score_cutoff=85) for d in few for n in names]) / len(few)
    fast = min(seconds(lambda: list(match_documents(documents, compiled))) for _ in range(3)) / len(documents)
    assert slow >= 100 * fast
