"""Bodies that every country has: ours, another country's, and which of them an article speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.growth import grows_as_its_input
from monitor.match import compile_watchlist, find_mentions, near_misses
from monitor.match.countries import country_of_body, is_country_code
from monitor.model import Confidence, Context, Entity, EntityType

ORG = EntityType.ORGANIZATION
WATER = Entity(
    "water",
    "Ministry of Water",
    ORG,
    ("Water Ministry", "Министерство воды", "Суу министрлиги", "КВБ", "KVB"),
    country="KG",
)
LIST = compile_watchlist([WATER])


def strong(text: str, title: str = "") -> list[str]:
    mentions = find_mentions(text, LIST, title)
    assert all(m.span.of(title if m.field == "title" else text) == m.text and m.why for m in mentions)
    return [m.text for m in mentions if m.confidence is Confidence.STRONG]


@pytest.mark.parametrize(
    "text",
    [
        "КВБ Кыргызстана закрыл озеро.",
        "КВБ КР закрыл озеро.",
        "КВБ Кыргызской Республики закрыл озеро.",
        "Кыргызское Министерство воды закрыло озеро.",
        "Кыргызстандын КВБсы көлдү жапты.",
        "Кыргызстан КВБсынын өкүлү келди.",
        "Кыргыз Республикасынын Суу министрлиги көлдү жапты.",
        "Kyrgyzstan's KVB closed the lake.",
        "the KVB of the Kyrgyz Republic closed the lake.",
        "the Kyrgyz Water Ministry closed the lake.",
        "КВБ Казахстана и Кыргызстана подписали договор.",  # of both
        "Казакстан менен Кыргызстандын КВБсы келишти.",
        "В Таджикистане КВБ провёл переговоры.",  # where it was
        "Посол Таджикистана, КВБ и учёные спорили.",
        "Глава КВБ встретил посла Казахстана.",
        "КВБ, Таджикистан и Узбекистан спорят.",
        "КВБ и посольство Германии открыли насос.",
        "Министерство воды и посольство Германии открыли насос.",
        "Тажикстандын президенти КВБга келди.",
        "КВБ Тажикстан менен келишти.",
        "КВБ Тажикстандын өкүлүн кабыл алды.",
        "КВБ того же мнения.",  # того is no Togo
        "Tajikistan, the KVB and scholars met.",
        "The KVB met Tajikistan's envoy.",
        "Из таджикского посольства позвонили в КВБ.",
        "Пришли главы КВБ, Таджикистана и Узбекистана.",
        "Таджикистан\nКВБ закрыл озеро.",  # a heading
        "Tajikistan\n\nThe KVB closed the lake.",
    ],
)
def test_a_body_is_ours_unless_another_country_stands_beside_it(text):
    assert len(strong(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "КВБ Таджикистана закрыл озеро.",
        "В КВБ соседнего Таджикистана не ответили.",
        "КВБ Республики Таджикистан закрыл озеро.",
        "КВБ РФ закрыл озеро.",
        "КВБ Российской Федерации закрыл озеро.",
        "КВБ Саудовской Аравии закрыл озеро.",
        "КВБ Чили закрыл озеро.",
        "КВБ Киргизской ССР закрыл озеро.",
        "Министерство воды Армении закрыло озеро.",
        "Министерство воды и лесов Армении закрыло озеро.",
        "Министерству воды, земли и лесов Украины не ответили.",
        "Узбекское Министерство воды закрыло озеро.",
        "российский КВБ закрыл озеро.",
        "КВБ Казахстана и Узбекистана подписали договор.",
        "Тажикстандын КВБсы көлдү жапты.",
        "Тажикстан КВБсынын өкүлү келди.",
        "Орусиянын Суу министрлиги көлдү жапты.",
        "Казакстан Республикасынын Суу министрлиги көлдү жапты.",
        "Тажикстандын Суу министрлиги (КВБ) көлдү жапты.",
        "КВБ (Казахстан) закрыл озеро.",
        "КВБ Республики Корея закрыл озеро.",
        "Кытай Эл Республикасынын Суу министрлиги көлдү жапты.",
        "Қазақстанның Суу министрлиги көлді жапты.",
        "the US Water Ministry closed the lake.",
        "КВБ ТАДЖИКИСТАНА ЗАКРЫЛ ОЗЕРО",
        "ТАЖИКСТАНДЫН КВБСЫ КӨЛДҮ ЖАПТЫ",
        "Tajikistan's KVB closed the lake.",
        "Tajikistan’s own Ministry of Water closed the lake.",
        "the KVB of neighbouring Tajikistan closed the lake.",
        "the Ministry of Water and Forests of Kazakhstan closed it.",
        "the Ministry of Water (KVB) of the Republic of Armenia closed it.",
        "the Ministry of Water of Tajikistan (KVB) closed it.",
        "the Kazakh Water Ministry closed the lake.",
        "КВБ-и Тоҷикистон кӯлро баст.",
        "Tacikistan KVB gölü kapattı.",
        "КВБ України закрив озеро.",
    ],
)
def test_another_country_s_body_is_not_found_and_the_reason_says_whose_it_is(text):
    assert find_mentions(text, LIST) == ()
    misses = near_misses(text, LIST)
    assert misses
    quoted = misses[0].why.removesuffix(" is another country's body").strip("“”")
    assert quoted in text


def test_each_mention_has_its_own_country():
    text = "КВБ Кыргызстана и КВБ Таджикистана обменялись списками. КВБ доволен."
    assert strong(text) == ["КВБ", "КВБ"]
    assert [m.span.start for m in find_mentions(text, LIST)] == [0, text.rindex("КВБ")]


@pytest.mark.parametrize(
    ("title", "text", "clear"),
    [
        ("", "КВБ Таджикистана закрыл озеро. КВБ не объяснил причин.", 0),
        ("КВБ закрыл озеро", "КВБ Таджикистана закрыл озеро.", 0),
        ("", "КВБ Таджикистана закрыл озеро. КВБ Кыргызстана против. КВБ напомнил о договоре.", 2),
        ("", "КВБ закрыл озеро. КВБ Таджикистана против. КВБ не ответил.", 2),
        ("", "ДУШАНБЕ, 5 мая — КВБ закрыл озеро.", 0),
        ("", "DUSHANBE, Tajikistan (Ayan) — The KVB closed the lake.", 0),
        ("", "Душанбе. 5 мая. Аян — КВБ закрыл озеро.", 0),
        ("", "БИШКЕК, 5 мая — КВБ закрыл озеро.", 1),
        ("", "МОСКВА, 5 мая — В Киргизии закрыли озеро, сообщил КВБ.", 1),  # agencies write from there
        ("", "ДУШАНБЕ, 5 мая — КВБ Кыргызстана закрыл озеро. КВБ доволен.", 2),
        ("", "DUSHANBE -- The KVB closed the lake.", 0),
        ("", "Душанбе. КВБ закрыл озеро.", 0),
        ("", "ДУШАНБЕ, 5 мая 2025. КВБ закрыл озеро.", 0),
        ("", "Бишкек. 5 мая. КВБ закрыл озеро.", 1),
        ("", "Душанбе ждёт воды. КВБ закрыл озеро.", 1),  # no dateline
        ("", "Душанбе растёт. КВБ закрыл озеро.", 1),
        ("", "Душанбе, город у реки. КВБ закрыл озеро.", 1),
    ],
)
def test_a_body_without_a_country_is_possible_where_the_article_speaks_of_another(title, text, clear):
    mentions = find_mentions(text, LIST, title)
    assert mentions
    assert len(strong(text, title)) == clear
    doubted = [m for m in mentions if m.confidence is Confidence.POSSIBLE]
    assert all("another country" in m.why[-1] for m in doubted)
    assert bool(doubted) is (clear == 0)


def test_an_excluded_term_in_another_country_s_body_spares_the_rest_of_an_article():
    excluding = Entity("water", "КВБ", ORG, country="KG", context=Context(exclude=("КВБ Таджикистана", "футбол")))
    compiled = compile_watchlist([excluding])
    (mention,) = find_mentions("КВБ закрыл озеро, КВБ Таджикистана против.", compiled)
    assert mention.confidence is Confidence.STRONG
    (doubted,) = find_mentions("КВБ закрыл футбол, КВБ Таджикистана против.", compiled)
    assert doubted.why[-1] == "“футбол”, which its entry excludes, stands in this article"


@pytest.mark.parametrize(
    ("entity", "country"),
    [
        (WATER, "KG"),
        (Entity("a", "Суу министрлиги", ORG), "KG"),  # only Kyrgyz says министрлиги
        (Entity("a", "Су министрлігі", ORG), "KZ"),
        (Entity("a", "Ministry of Water", ORG, ("Suv vazirligi",)), "UZ"),
        (Entity("a", "Министерство воды", ORG), ""),
        (Entity("a", "Суу министрлиги", ORG, ("Су министрлігі",)), ""),  # of two languages
        (Entity("a", "Суу министрлиги", EntityType.OUTLET), ""),
        (Entity("a", "Asan Usenov", country="KG"), ""),  # a person has none here
    ],
)
def test_a_body_s_country_is_its_entry_s_or_the_one_whose_language_it_is_named_in(entity, country):
    assert country_of_body(entity) == country


def test_without_any_country_every_such_body_counts():
    compiled = compile_watchlist([Entity("a", "КВБ", ORG)])
    assert [m.confidence for m in find_mentions("КВБ Таджикистана закрыл озеро.", compiled)] == [Confidence.STRONG]


@pytest.mark.parametrize(("code", "valid"), [("KG", True), ("XK", True), ("XX", False), ("EU", False), ("kg", False)])
def test_which_codes_are_of_countries(code, valid):
    assert is_country_code(code) is valid


pieces = st.sampled_from(
    [*"()«».,:/-—\n", " и ", " of ", " the ", "КВБ", "КВБсы", "Министерство воды", "Ministry of Water", "Таджикистана", "КР",
     "Kyrgyzstan's", "Республики", "Корея", "Тажикстандын", "российский", "Аян", "Ayan Media", "Фото:", "сообщает", "агенттигине",
     "билдирди", "своего журналиста", "ДУШАНБЕ", "©", "https://", " ", "\u0301", "ЁЁ", "том"]
)  # fmt: skip
BOTH = compile_watchlist([WATER, Entity("ayan", "Ayan Media", EntityType.OUTLET, ("Аян", "Ayan"))])


@given(st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=40).map("".join), st.booleans())
def test_whatever_stands_beside_a_body_or_an_outlet_is_read_without_an_error(text, is_title):
    mentions = find_mentions("" if is_title else text, BOTH, text if is_title else "")
    assert all(m.span.of(text) == m.text and m.why for m in mentions)
    for near in near_misses(text, BOTH):
        assert near.span.of(text) == near.text


@pytest.mark.check
def test_a_body_named_thousands_of_times_costs_as_much_each_time():
    line = "КВБ Кыргызстана и КВБ Таджикистана (КВБ) спорят. КВБ молчит. "
    assert find_mentions(line * 50, LIST)
    assert grows_as_its_input(lambda text: find_mentions(text, LIST), lambda count: line * count, 200)
