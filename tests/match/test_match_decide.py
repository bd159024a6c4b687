"""The confidence of mentions, alerts, and near misses."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import compile_watchlist, find_mentions, hits, match_documents, near_misses
from monitor.match.rules.decide import MOST_PLACES, decide_mentions, read_passages
from monitor.match.rules.zones import apply_zones
from monitor.model import Alert, Confidence, Context, Document, Entity, EntityType, Field, Span, Zone, ZoneSpan

ORG, OUTLET = EntityType.ORGANIZATION, EntityType.OUTLET
STRONG, POSSIBLE = Confidence.STRONG, Confidence.POSSIBLE
MELIS = Entity("melis", "Мелис Токоев", context=Context(support=("журналист", "Bloom")))
ASEL = Entity("asel", "Асель Мамырова", context=Context(require=("журналист",), exclude=("футбол",)))
BODY = Entity("body", "САВБ", ORG, alert=Alert.WITH_OTHERS, context=Context(support=("блогер",)))
SILENT = Entity("silent", "Музей Соли", ORG, alert=Alert.NEVER)
BLOOM = Entity("bloom", "Bloom", OUTLET, ("Блуум",))
LIST = compile_watchlist([MELIS, ASEL, BODY, SILENT, BLOOM])


def confidence(text: str, entity: str) -> set[Confidence]:
    return {m.confidence for m in find_mentions(text, LIST) if m.entity == entity}


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("Журналиста Токоева отпустили.", True),
        ("Токоев пришёл.\nЖурналист ушёл.", False),  # in another paragraph
        ("Журнал Токоева закрыли.", False),
        ("Токоев, говорят журналисты, уехал.", True),
    ],
)
def test_a_support_word_in_the_paragraph_lifts_a_surname(text, is_clear):
    assert confidence(text, "melis") == {STRONG if is_clear else POSSIBLE}


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("Асель Мамырова пришла.", False),
        ("Асель Мамырова пришла.\nЖурналистов ждали.", True),
        ("Журналист Асель Мамырова любит футбол.", False),
        ("Журналистку Асель Мамырову ждали журналисты.", True),
    ],
)
def test_required_and_excluded_words_decide_in_the_whole_article(text, is_clear):
    assert confidence(text, "asel") == {STRONG if is_clear else POSSIBLE}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Победил борец Азамат Токоев. Токоев доволен.", set()),  # the surname is Azamat's
        ("Победил борец Азамат Токоев.\nТокоев, сказал журналист, доволен.", {POSSIBLE}),  # or perhaps not
        ("Пришли Мелис Токоев и его брат Азамат Токоев. Токоев молчал.", {STRONG}),  # both are named in full
        ("Пришёл депутат Токоев. Токоев молчал.", {POSSIBLE}),  # a title is no given name
        ("Пришёл А. Токоев. Токоев молчал.", set()),
    ],
)
def test_a_surname_alone_is_the_stranger_s_whom_the_article_names_in_full(text, expected):
    assert confidence(text, "melis") == expected


def test_the_reason_says_what_the_context_did():
    (mention,) = find_mentions("Асель Мамырова пришла.", LIST)
    assert mention.why[-1] == "none of the words that its entry requires stands in this article"
    (lifted,) = find_mentions("Журналиста Токоева отпустили.", LIST)
    assert lifted.why[-1] == "“Журналиста”, a support word of this entry, stands in the same paragraph"
    (unwanted,) = find_mentions("Журналисты, футболу и Асель Мамыровой.", LIST)
    assert unwanted.why[-1] == "“футболу”, which its entry excludes, stands in this article"


IVAN = Entity("ivan", "Ivan Petrov", context=Context(support=("journalist", "журналист")))
MARIA = Entity("maria", "Мария Соколова", context=Context(require=("суд",)))
ALEX = Entity("alex", "Aleksandr Aleksandrov", aliases=("Alexander Alexandrov",))
COMMON = compile_watchlist(
    [IVAN, MARIA, ALEX, BODY, ASEL, Entity("other", "Ivan Petrov"), Entity("dul", "Дуулат Жоробеков")]
)


@pytest.mark.parametrize(
    ("text", "entity", "is_clear"),
    [
        ("Иван Петров, слесарь, приехал.", "ivan", False),
        ("Александр Александров, космонавт, приехал.", "alex", False),
        ("Встретили Alexander Alexandrov там.", "alex", False),
        ("Видели Александра Александрова. Александров молчал.", "alex", False),
        ("Журналист Иван Петров приехал.", "ivan", True),
        ("Журналист спит.\nИван Петров приехал.", "ivan", False),  # in another paragraph
        ("Иван Петров и Дуулат Жоробеков приехали.", "ivan", True),
        ("Видели Александра Александрова и Дуулата Жоробекова. Александров молчал.", "alex", True),
        ("САВБ ищет Александра Александрова.", "alex", True),
        ("Иван Петров и Асель Мамырова приехали.", "ivan", False),  # she lacks what her entry requires: possible
        ("Суд: Мария Соколова приехала.", "maria", True),  # what its entry requires ties it
        ("Мария Соколова приехала.", "maria", False),
        ("Дуулат Жоробеков приехал.", "dul", True),
    ],
)
def test_a_name_of_many_people_is_clear_only_where_something_ties_it_to_the_case(text, entity, is_clear):
    mentions = [m for m in find_mentions(text, COMMON) if m.entity == entity]
    assert {m.confidence for m in mentions} == {STRONG if is_clear else POSSIBLE}


def test_the_reason_says_that_many_people_bear_a_name():
    mentions = find_mentions("Александр Александров приехал.", COMMON)
    assert [m.why[-1][:27] for m in mentions] == ["many people bear this name,"]


@pytest.mark.parametrize(
    ("text", "outlet", "alerting"),
    [
        ("Мелис Токоев пришёл.", "", {"melis"}),
        ("Токоев пришёл.", "", set()),  # only possible
        ("САВБ сообщает.", "", set()),  # alone
        ("САВБ сообщает: Мелис Токоев пришёл.", "", {"melis", "body"}),
        ("САВБ сообщает: Токоев пришёл.", "", set()),  # a possible name ties nothing
        ("САВБ сообщает о блогерах.", "", {"body"}),
        ("САВБ сообщает.\nБлогер ушёл.", "", set()),  # in another paragraph
        ("Музей Соли открыт. Мелис Токоев был там.", "", {"melis"}),
        ("Bloom закрыт.", "24.example", {"bloom"}),
        ("Bloom закрыт.", "BLOOM", set()),  # an outlet that names itself
        ("Bloom закрыт.", "bloom.kg", set()),  # and is known by its address alone
        ("Bloom закрыт.", "bloomberg.kg", {"bloom"}),
        ("Bloom закрыла САВБ.", "Блуум", set()),  # and ties nothing to itself
        ("Bloom закрыла САВБ.", "24.example", {"bloom", "body"}),
        ("Bloom пишет о САВБ.", "24.example", set()),  # a source is no news and ties nothing
    ],
)
def test_what_alerts(text, outlet, alerting):
    all_hits = hits(Document("1", text), find_mentions(text, LIST), LIST, outlet)
    assert {h.entity for h in all_hits if h.alerts} == alerting
    assert all(h.why for h in all_hits)


def test_one_hit_an_entity_in_the_order_of_the_list():
    text = "Bloom: САВБ ищет Токоева. Мелис Токоев ушёл."
    both = hits(Document("1", text), find_mentions(text, LIST), LIST)
    assert [h.entity for h in both] == ["melis", "body", "bloom"]
    assert both[0].confidence is STRONG
    assert [m.text for m in both[0].mentions] == ["Токоева", "Мелис Токоев"]


def test_title_and_text_are_one_article_and_keep_their_own_offsets():
    mentions = find_mentions("Токоев ушёл.", LIST, title="Мелис Токоев свободен")
    assert [(m.field, m.span.start, m.confidence) for m in mentions] == [
        (Field.TITLE, 0, STRONG),
        (Field.TEXT, 0, STRONG),
    ]


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("Вчера Мурат Токоев пришёл.", "Токоев", "“Мурат” in front may be another's given name"),
        ("Вчера Б. Токоев пришёл.", "Токоев", "another initial, “Б.”, stands in front"),
        ("Вчера Мелис Токоева пришла.", "Мелис Токоева", "“Токоева” after this given name is a woman's surname"),
        ("весь bloom вокруг", "bloom", "it is not capitalised"),
        ("Вчера Мелис Покоев пришёл.", "Мелис Покоев", "“Покоев” is not Токоев: 1 of its sounds differ"),
        (
            "Вчера Мелис Токбаев пришёл.",
            "Мелис Токбаев",
            "“Токбаев” is not Токоев: 2 of its sounds differ",
        ),
    ],
)
def test_near_misses_say_why_they_failed(text, words, why):
    (near,) = near_misses(text, LIST)
    assert (near.text, near.why) == (words, why)
    assert near.span.of(text) == words


def test_everybody_with_that_near_name_is_told_of():
    two = [Entity("melis", "Мелис Токоев"), Entity("asan", "Асан Токоев"), Entity("other", "Асан Бакиров")]
    misses = near_misses("Вчера Мурат Токоев пришёл.", compile_watchlist(two))
    assert {near.entity for near in misses} == {"melis", "asan"} and {near.text for near in misses} == {"Токоев"}
    (miss,) = near_misses("Вчера Мелис Токоев пришёл. Мурат Токоев ушёл.", compile_watchlist(two[:1]))
    assert (miss.entity, miss.span.start) == ("melis", 33)


def test_entries_of_one_name_are_no_rivals_for_its_surname():
    twins = compile_watchlist([Entity("one", "Aizada Example"), Entity("two", "Aizada Example")])
    mentions = find_mentions("Aizada Example was detained. A. Example spoke; Example left.", twins)
    assert {(m.entity, m.confidence) for m in mentions} == {("one", STRONG), ("two", STRONG)}
    other_names = compile_watchlist([Entity("one", "Aizada Example"), Entity("two", "Melis Example")])
    text = "Aizada Example and Melis Example came. Example left."
    assert {m.confidence for m in find_mentions(text, other_names) if m.text == "Example"} == {POSSIBLE}


def test_what_was_found_is_no_near_miss():
    assert near_misses("Мелис Токоев пришёл.", LIST) == ()


def test_another_surname_altogether_is_no_near_miss():
    assert near_misses("Вчера Мелис Иванченко пришёл.", LIST) == ()


TEXTS = ["Мелис Токоев и САВБ.", "Токоев М. и журналист.", "Bloom.", "Никого нет.", ""]


@pytest.mark.check
@given(st.lists(st.sampled_from(TEXTS), max_size=6))
def test_in_batches_the_answers_are_the_same(texts):
    documents = [Document(str(n), text) for n, text in enumerate(texts)]
    assert list(match_documents(documents, LIST)) == [(d, find_mentions(d.text, LIST)) for d in documents]


def test_a_compiled_list_can_be_sent_to_another_process():
    sent = pickle.loads(pickle.dumps(LIST))
    assert find_mentions(TEXTS[0], sent) == find_mentions(TEXTS[0], LIST)


def test_notes_never_match():
    noted = compile_watchlist([Entity("melis", "Мелис Токоев", note="Друг Асели Мамыровой")])
    assert find_mentions("Асель Мамырова пришла.", noted) == ()


@pytest.mark.parametrize(
    ("zone", "is_clear", "reason"),
    [
        (Zone.BODY, True, ""),
        (Zone.TITLE, True, "it stands in the page's own headline"),
        (Zone.BYLINE, True, "it stands in the byline"),
        (Zone.CAPTION, True, "it stands in a photo caption"),
        (Zone.CHECK, False, "it stands beside the article: in a notice, a credit or a word about the author"),
        (Zone.TEASER, False, "it stands in a list of other articles (“read also”)"),
    ],
)
def test_only_what_belongs_to_the_article_is_a_clear_mention(zone: Zone, is_clear: bool, reason: str):
    text = "Снег.\nМелис Токоев на свободе."
    (mention,) = apply_zones(
        find_mentions(text, LIST), [ZoneSpan(Zone.BODY, Span(0, 5)), ZoneSpan(zone, Span(6, len(text)))]
    )
    assert mention.confidence is (STRONG if is_clear else POSSIBLE)
    assert reason in mention.why or not reason
    ((hit),) = hits(Document("1", text), [mention], LIST)
    assert hit.alerts is is_clear
    assert hit.why == ("clearly named" if is_clear else f"only possible: {reason}")


def test_a_doubt_is_told_before_the_place():
    (mention,) = apply_zones(find_mentions("Фото: Токоев.", LIST), [ZoneSpan(Zone.CAPTION, Span(0, 13))])
    (hit,) = hits(Document("1", "Фото: Токоев."), [mention], LIST)
    assert hit.why == "only possible: the full name stands nowhere in this article"


# ---- a name that stands there very often ----------------------------------------------------------------------------


def test_of_a_name_repeated_a_thousand_times_fifty_places_are_kept_and_the_rest_counted():
    text = "Мелис Токоев пришёл. " * 1000 + "Музей Соли закрыт."
    mentions = find_mentions(text, LIST)
    of_melis = [m for m in mentions if m.entity == "melis"]
    assert (len(of_melis), [m.other_places for m in of_melis]) == (
        MOST_PLACES,
        [0] * (MOST_PLACES - 1) + [1000 - MOST_PLACES],
    )
    assert [m.span.start for m in of_melis] == [n * 21 for n in range(MOST_PLACES)]
    assert [(m.entity, m.other_places) for m in mentions if m not in of_melis] == [("silent", 0)]
    assert len(find_mentions(text, LIST, max_places=None)) == 1001


@pytest.mark.parametrize("times", [1, MOST_PLACES - 1, MOST_PLACES])
def test_of_a_name_that_stands_there_fifty_times_nothing_is_left_out(times):
    mentions = find_mentions("Мелис Токоев пришёл. " * times, LIST)
    assert [m.other_places for m in mentions] == [0] * times


def test_each_spelling_is_kept_however_late_it_stands_in_the_text():
    late = "Мелису Токоеву", "Melis Tokoev", "МЕЛИС ТОКОЕВ", "Токоевым"
    mentions = find_mentions("Мелис Токоев пришёл. " * 100 + ". ".join(late), LIST)
    assert {m.text for m in mentions} == {"Мелис Токоев", *late}


def test_a_crowd_of_names_in_a_list_of_teasers_does_not_hide_the_one_in_the_story():
    teasers, story = "Мелис Токоев пришёл. " * 100, "Мелис Токоев ушёл."
    zones = (
        ZoneSpan(Zone.TEASER, Span(0, len(teasers))),
        ZoneSpan(Zone.BODY, Span(len(teasers), len(teasers + story))),
    )
    document = Document("1", teasers + story, zones=zones)
    ((_, mentions),) = match_documents([document], LIST)
    assert [m.span.start for m in mentions if m.confidence is STRONG] == [len(teasers)]
    assert hits(document, mentions, LIST)[0].alerts


def test_a_word_that_supports_the_hundredth_place_lets_a_body_alert():
    document = Document("1", "САВБ молчит.\n" * 100 + "САВБ и блогер молчат.\n" + "САВБ молчит.\n" * 100)
    ((_, mentions),) = match_documents([document], LIST)
    (hit,) = hits(document, mentions, LIST)
    assert (hit.alerts, len(hit.mentions), hit.other_places) == (True, MOST_PLACES, 201 - MOST_PLACES)


words_and_signs = st.sampled_from(
    "Мелис Мелиса Токоев Токоева Токоеву Азамат Асель Мамырова САВБ САВБнын Bloom Блуум журналист футбол блогер . \n".split(
        " "
    )
)


@given(
    st.lists(words_and_signs, max_size=60).map(" ".join), st.integers(0, 300), st.sampled_from([Zone.TEASER, Zone.BODY])
)
def test_the_verdict_on_an_article_is_the_same_whatever_is_left_out(text, end, zone):
    document = Document("1", text, zones=(ZoneSpan(zone, Span(0, min(end, len(text)))),))
    few, all_ = (decide_mentions(read_passages(text, "", LIST), LIST, document.zones, limit) for limit in (3, None))
    verdicts = [
        [(h.entity, h.confidence, h.alerts, h.why) for h in hits(document, mentions, LIST)] for mentions in (few, all_)
    ]
    assert verdicts[0] == verdicts[1]
    assert {m for m in few if not m.other_places} <= set(all_)
    assert len(few) + sum(m.other_places for m in few) == len(all_)


def test_what_is_found_too_often_to_be_listed_is_no_near_miss():
    assert near_misses("Мелис Токоев пришёл. " * 100, LIST) == ()
