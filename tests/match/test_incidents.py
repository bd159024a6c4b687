"""Incidents against the press: who suffered, by case, voice and word order; the press as source and audience is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.match import compile_watchlist, find_frames, match_documents, near_frames
from monitor.match.incidents.lexicon.grammar import fold_word, grammar
from monitor.match.tables import sections
from monitor.model import Document, Field, Modality, PressAct, VictimKind, press_entity
from monitor.text.tables import read_sections

LANGUAGES = ("ru", "ky", "en")
CASES = Path(__file__).parent.parent / "data" / "incidents"


def cases(language: str) -> Iterator[list[str]]:
    """Yield the rows of a table of sentences: an act and its victim; `-` for none; a modality and its act."""
    for line in (CASES / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield [part.strip() for part in line.split("|")]


def asserted(text: str) -> dict[str, str]:
    return {f.act.value: f.victim for f in find_frames(text) if f.modality is Modality.ASSERTED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_done_to_the_press_is_found_with_its_victim(language):
    wrong = []
    for first, *details in cases(language):
        if first in set(PressAct):
            victim, text = details
            if victim.lower() not in asserted(text).get(first, "").lower():
                wrong.append((first, victim, text, asserted(text)))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_found_where_the_press_only_speaks_listens_or_plays(language):
    assert not [(text, asserted(text)) for first, text, *_ in cases(language) if first == "-" and asserted(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_happens_to_others_is_none_whoever_of_the_press_tells_it(language):
    table = read_sections((CASES / "sources.txt").read_text(encoding="utf-8"))
    texts = [wrapper.format(event) for wrapper in table[f"{language} wrappers"] for event in table[language]]
    assert len(texts) == 7 * len(PressAct)
    assert not [(text, asserted(text)) for text in (t[0].upper() + t[1:] for t in texts) if asserted(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_denied_demanded_or_told_aside_is_not_asserted(language):
    wrong = []
    for first, act, *text in cases(language):
        if first in set(Modality):
            frames = find_frames(text[0])
            if (first, act) not in {(f.modality, f.act) for f in frames} or asserted(text[0]):
                wrong.append((first, text[0], frames))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_act_has_cases_in_each_language(language):
    acts = Counter(first for first, *_ in cases(language))
    assert all(acts[act] >= 3 for act in PressAct), acts


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("Сабалган журналист прокуратурага кайрылды.", ""),
        ("Журналисттин камерасын тартып алышты, ал милициядан жооп күтөт.", ""),
        ("Прокуратура журналистке айып койду.", "Прокуратура"),
        ("Журналистти ИИМдин кызматкерлери кармады.", "ИИМдин кызматкерлери"),
        ("Избитый журналист обратился в прокуратуру.", ""),
        ("Журналиста избили, редакция написала прокурорам и министру.", ""),
        ("Журналист задержан полицией.", "полицией"),
        ("The beaten journalist complained to the police.", ""),
        ("A journalist was beaten by the police.", "police"),
    ],
)
def test_who_is_asked_for_help_did_nothing(text, by):
    assert [frame.by for frame in find_frames(text)] == [by]


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("The editor was put under house arrest.", {"detained"}),
        ("The editor was put behind bars.", {"detained"}),
        ("С ведущей телеканала не продлили контракт.", {"dismissed"}),
        ("С ведущей телеканала продлили контракт.", set()),
        ("The radio station was taken off the air.", {"blocked"}),
        ("The radio station was taken to the air show.", set()),
    ],
)
def test_one_of_several_words_of_a_phrase_may_be_several_words_itself(text, acts):
    assert {*asserted(text)} == acts


def test_case_and_voice_decide_who_suffered():
    assert asserted("Журналиста задержали у суда.") == {"detained": "Журналиста"}
    assert asserted("Журналистам сообщили, что депутата задержали у суда.") == {}
    assert asserted("Журналистти сот алдында кармашты.") == {"detained": "Журналистти"}
    assert asserted("Депутатты сот алдында кармашты деп журналисттерге айтышты.") == {}
    assert asserted("Police detained a journalist.") == {"detained": "a journalist"}
    assert asserted("A journalist saw how police detained a deputy.") == {}


@pytest.mark.parametrize(
    ("text", "victim"),
    [
        ("Полицейские обыскали редакцию газеты.", "редакцию газеты"),
        ("Заблокировали сайт издания.", "сайт издания"),
        ("The newsroom of the weekly was searched.", "The newsroom of the weekly"),
        ("Гезиттин редакциясы тинтилди.", "Гезиттин редакциясы"),
    ],
)
def test_an_outlet_that_is_named_within_the_victim_is_no_second_victim(text, victim):
    assert [frame.victim for frame in find_frames(text)] == [victim]


def test_a_weak_word_is_the_press_only_beside_a_word_for_it():
    assert "detained" in asserted("Сотрудник районной газеты задержан.")
    assert asserted("Сотрудник районной больницы задержан.") == {}
    assert asserted("Директор школы, о которой писала газета, задержан.") == {}
    assert "closed" in asserted("Суд ликвидировал фонд, который издаёт новостной сайт.")
    assert asserted("Суд ликвидировал фонд, который строит больницы.") == {}


def test_a_crime_without_the_press_is_left_out_for_doubtful_words_only():
    assert asserted("Фотограф задержан за кражу.") == {}
    assert asserted("Журналист задержан за кражу.") == {"detained": "Журналист"}
    assert "detained" in asserted("Арестован фотограф, снявший фильм о кражах.")


WRAPPERS = {
    "ru": (
        "Вчера вечером {}",
        "Адвокат сообщил, что {}",
        "Комитет защиты журналистов сообщил: {}",
        "{}, рассказала его жена.",
    ),
    "ky": ("Кечээ кечинде {}", "Адвокаттын айтымында, {}", "{}, бул тууралуу анын жубайы айтты.", "ИИМ: {}"),
    "en": ("On Monday, {}", "Police said {}", "Late on Friday {}", "In Osh, {}", "{}, his lawyer said."),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_happened_is_found_in_a_clause_that_somebody_said_or_with_its_day_before_it(language):
    wrong = []
    for row in sections(f"incidents_{language}")["examples"]:
        act, _, sentence = row.partition(": ")
        for wrapper in WRAPPERS[language]:
            text = wrapper.format(sentence[0].lower() + sentence[1:].rstrip("."))
            if act not in asserted(text):
                wrong.append(text)
    assert not wrong


def test_of_an_outlet_the_name_is_told_and_not_its_place():
    def names(text: str) -> list[str]:
        return [frame.names for frame in find_frames(text)]

    assert names("The authorities closed the newspaper of Ak-Bulak.") == [""]
    assert names("Суд закрыл газету в Ак-Булаке.") == names("Сот Ак-Булактагы гезитти жапты.") == [""]
    assert names("Суд закрыл газету «Свет» в Ак-Булаке.") == ["Свет"]
    assert names("Сот Аксуурдагы «Новая линия» гезитин жапты.") == ["Новая линия"]
    assert names("A court closed the newspaper Valley Post.") == ["Valley Post"]


def test_who_speaks_in_the_first_person_is_the_victim():
    frames = find_frames("«Меня избили у подъезда», — рассказал корреспондент газеты.")
    assert [(f.act, f.victim) for f in frames] == [(PressAct.BEATEN, "корреспондент газеты")]


def test_a_frame_knows_its_sentence_actor_place_kind_and_reasons():
    title, text = (
        "Редактора задержали",
        "Вчера было тихо. Милиция задержала в Оше двух журналистов газеты. Их ждут дома.",
    )
    first, second = find_frames(text, title)
    assert (first.field, first.victim_kind) == (Field.TITLE, VictimKind.PERSON)
    assert second.span.of(text) == "Милиция задержала в Оше двух журналистов газеты."
    assert second.victim_span.of(text) == second.victim == "двух журналистов газеты"
    assert (second.by, second.where, second.victim_kind) == ("Милиция", "Оше", VictimKind.GROUP)
    assert second.why == ("“журналистов” is the object of “задержала”", "“журналистов” is a word for the press")


def test_an_act_dated_by_its_year_below_a_lead_about_another_is_told_aside():
    lead = "Парламент принял бюджет на следующий год. " * 12
    (frame,) = find_frames(f"{lead}В 2014 году в этом городе убили журналиста.")
    assert frame.modality is Modality.PAST
    assert find_frames("В 2014 году в этом городе убили журналиста.")[0].modality is Modality.ASSERTED
    lead = "Parliament has passed the budget of next year. " * 12
    (frame,) = find_frames(f"{lead}The editor of a newspaper was killed on January 8, 2009, as he drove to work.")
    assert frame.modality is Modality.PAST
    (frame,) = find_frames(f"{lead}The editor of a newspaper was killed on Friday, as others were in 2009.")
    assert frame.modality is Modality.ASSERTED


def test_near_frames_say_why_a_sentence_is_none():
    (near,) = near_frames("Депутата задержали, сообщили журналисты.")
    assert (near.text, near.why) == ("журналисты", "“журналисты” speaks here")
    (near,) = near_frames("По сюжету фильма журналистку похищают.")
    assert near.why == "the sentence tells a film, a book or a game"
    assert near_frames("Журналиста задержали.") == ()


@given(st.text(st.sampled_from("журналистакерблогдhe jrnpoltsiяүөЁİß«»“”,.—-!?'\n\u0301\u200b\ud83d7 "), max_size=80))
def test_no_text_ends_in_an_exception(text):
    for frame in find_frames(text, text):
        assert frame.span.of(text)


LETTERS = "журналистакерблог jrnaspoltde.!?\n-…1 "


@given(st.lists(st.text(st.sampled_from(LETTERS), max_size=40), max_size=4))
@example(["\n.\n!\n\n"])  # lines without a word
def test_no_articles_end_in_an_exception_when_they_are_read_together(texts):
    documents = [Document(str(number), text) for number, text in enumerate(texts)]
    read = match_documents(documents, compile_watchlist([press_entity()]))
    assert [document for document, _ in read] == documents


WORDS = [text for language in LANGUAGES for *_, text in cases(language)]


@given(st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from([" ", "\n", ", ", " — ", " «", "İ "]))
def test_every_span_slices(texts, joint):
    text = joint.join(texts)
    for frame in find_frames(text, text):
        assert frame.victim_span.of(text) == frame.victim
        assert frame.span.start <= frame.victim_span.start < frame.victim_span.end <= frame.span.end
        assert frame.why
        assert frame.by in text
        assert frame.where in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_name_only_acts_endings_and_cases_that_exist(language):
    table = grammar(language)
    kinds = {role.noun for group in table.roles.values() for role in group if role.noun}
    phrases = [phrase for group in table.phrases.values() for phrase in group]
    endings = {kind for phrase in phrases for test in phrase.tests for _, kind in test.pieces}
    assert kinds | {kind[1:] for kind in endings if kind.startswith("+")} <= set(table.endings)
    assert {kind[1:] for kind in endings if kind.startswith("&")} <= set(table.forms)
    named_cases = {case for group in table.endings.values() for noun, _ in group for case in noun.cases}
    slots = {phrase.slot for phrase in phrases}
    fixed = {"obj", "subj", "own", "attr", "poss"}
    assert slots - fixed <= (table.words["prepositions"].exact if table.is_ordered else named_cases)
    assert {phrase.act for phrase in phrases} == set(PressAct)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_are_written_as_words_are_read(language):
    lines = [
        line
        for name, group in sections(f"incidents_{language}").items()
        if name not in ("kind", "examples")
        for line in group
    ]
    letters = re.sub(r"[A-Z]", "", " ".join(lines))
    assert fold_word(letters) == letters


def test_where_somebody_works_is_no_place_and_where_somebody_is_no_name():
    (frame,) = find_frames("Police detained the anchor at Arpa TV.")
    assert (frame.where, frame.names) == ("", "Arpa TV")
    (frame,) = find_frames("Police detained a reporter in Osh.")
    assert (frame.where, frame.names) == ("Osh", "")
    (frame,) = find_frames("Ош облусунда журналисттин үйү тинтилди.")
    assert (frame.where, frame.names) == ("Ош облусунда", "")
