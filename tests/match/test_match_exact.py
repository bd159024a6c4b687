"""Names in any script, of signs or of single letters are found exactly as they are written."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kit.growth import grows_as_its_input
from kit.home import furnish
from kit.outlets import Outlet, Piece, Web
from monitor.match import compile_watchlist, find_mentions, match_documents
from monitor.model import Confidence, Context, Document, Entity, EntityType

NAMES = [
    "伟 鹏 杨", "杨伟鹏", "山田 太郎", "クルマンベク", "김 철 수", "김철수", "محمد صلاح", "جومارت", "דוד לוי", "გიორგი ბერიძე",
    "สมชาย ใจดี", "राम कुमार", "শেখ হাসিনা", "ሀይሌ ገብረ", "សុខ សាន", "مهسا\u200cامینی", "Հայկ Պետրոսյան", "Γιώργος Παπάς",
    "a-b c-d", "Ъ", "Ъ Ь", "X Y", "…", "★★★", "1 2", "ﷺ", "😀", "@joomart_d", "#kloop", "Радио 자유",
]  # fmt: skip
FORMS = [
    str,
    str.upper,
    *(lambda text, form=form: unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")),
]


def places(name: str, text: str, kind: EntityType = EntityType.PERSON, **fields: object) -> list[str]:
    """Return the words that are found, each checked against its offsets."""
    mentions = find_mentions(text, compile_watchlist([Entity("a", name, kind, **fields)]))
    assert all(mention.span.of(text) == mention.text and mention.why for mention in mentions)
    return [mention.text for mention in mentions]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_found_as_listed_in_any_normal_form_and_capitals(name: str):
    for kind in (EntityType.PERSON, EntityType.ORGANIZATION, EntityType.OUTLET):
        for written in {form(name) for form in FORMS}:
            places_found = places(name, f"Кечээ, 12-май — {written}, деди ал.", kind)
            assert written.strip() in places_found or (
                kind is not EntityType.PERSON and written.strip("@#") in places_found
            )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("杨伟鹏", "记者杨伟鹏昨日被拘留", ["杨伟鹏"]),  # no spaces part words
        ("山田太郎", "昨日、山田太郎さんが", ["山田太郎"]),
        ("สมชาย", "นายสมชายถูกจับ", ["สมชาย"]),
        ("김철수", "어제 김철수는 김철수에게 말했다", ["김철수", "김철수"]),  # particles are written on to names
        ("김철수", "김철수씨가", ["김철수"]),
        ("アイダイ", "記者のアイダイが", ["アイダイ"]),
        ("محمد صلاح", "قال محمد  صلاح: نعم", ["محمد  صلاح"]),  # any white space
        ("გიორგი ბერიძე", "„გიორგი\nბერიძე“", ["გიორგი\nბერიძე"]),
        ("גִּדְעוֹן", "אמר גִּדְעוֹן.", ["גִּדְעוֹן"]),
        ("テスト", "ﾃｽﾄ", ["ﾃｽﾄ"]),  # half width
        ("@joomart_d", "см. @joomart_d, @Joomart_D и t.me/joomart_d", ["@joomart_d", "@Joomart_D"]),
        ("杨", "杨：不", ["杨"]),
        ("a-b c-d", "A‑B C–D", ["A‑B C–D"]),  # any hyphen
        ("……", "so ………… on", ["……", "……"]),
        ("Я", "Издание «Я» и я.", ["Я"]),
        ("صلاح", "صل\u200cاح", ["صل\u200cاح"]),
    ],
)
def test_a_name_is_found_where_its_script_lets_it_stand(name: str, text: str, words: list[str]):
    assert places(name, text) == words


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("伟鹏", "维朋来了"),  # sounds alike, other letters
        ("杨", "杨树和白杨"),  # a name of one letter within words
        ("김철", "김철수는 말했다"),  # another person
        ("마리", "어제 그마리는"),
        ("マリ", "マリアと"),
        ("محمد", "قال محمدي"),
        ("صلاح", "إصلاحات"),
        ("გიორგი", "გიორგისთვისებები"),  # no endings
        ("ใจด", "สมชาย ใจดี"),  # half of what a reader sees as one letter
        ("राम", "रामी"),
        ("김처", "김철수"),
        ("@joomart", "@joomart_d и joomart@joomart.kg, @@joomart"),
        ("@joomart_d", "joomart_d"),
        ("a-b", "ca-b, a-bc"),
        ("Я", "я и Яя"),
        ("Ъ", "объезд"),
        ("\u200b", "слово\u200bслово"),
        ("\u0301", "а\u0301"),
    ],
)
def test_a_name_is_not_found_in_what_merely_holds_its_letters(name: str, text: str):
    assert places(name, text) == []


def test_a_name_as_written_is_clear_and_says_so():
    (mention,) = find_mentions("记者杨伟鹏昨日", compile_watchlist([Entity("a", "杨伟鹏")]))
    assert (mention.confidence, mention.why) == (Confidence.STRONG, ("“杨伟鹏” is the name as listed",))
    needy = compile_watchlist([Entity("a", "杨伟鹏", context=Context(require=("суд",)))])
    assert [m.confidence for m in find_mentions("记者杨伟鹏昨日", needy)] == [Confidence.POSSIBLE]


def test_of_two_names_at_one_place_the_longer_counts_and_twins_both():
    entities = [Entity("short", "杨伟"), Entity("long", "杨伟鹏"), Entity("twin", "杨伟鹏")]
    mentions = find_mentions("记者杨伟鹏昨日。杨伟说", compile_watchlist(entities))
    assert [(m.entity, m.text) for m in mentions] == [("long", "杨伟鹏"), ("twin", "杨伟鹏"), ("short", "杨伟")]


def test_in_a_title_in_a_batch_and_in_a_changed_list_it_is_found_too():
    before = compile_watchlist([Entity("a", "杨伟鹏"), Entity("b", "Мелис Токоев")])
    changed = compile_watchlist([Entity("b", "Мелис Токоев"), Entity("a", "杨伟鹏"), Entity("c", "김철수")], before)
    documents = [Document("1", "Ничего.", "杨伟鹏"), Document("2", "Ничего."), Document("3", "김철수는, Мелис Токоев")]
    entities_by_text = [[m.entity for m in mentions] for _, mentions in match_documents(documents, changed)]
    assert entities_by_text == [["a"], [], ["c", "b"]]


LINES = """entities:
  - 伟 鹏 杨
  - 김 철 수
  - a-b c-d
  - Мелис Токоев
"""
TEXT = "昨日、伟 鹏 杨 (김 철 수, A-B C-D) и Мелис Токоев."


def test_no_line_of_a_list_stops_match_and_check(monitor):
    Path("w.yaml").write_text(LINES, encoding="utf-8")
    Path("docs.jsonl").write_text(json.dumps({"id": "1", "text": TEXT}), encoding="utf-8")
    done = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "docs.jsonl")
    assert [m["text"] for m in done.lines[0]["mentions"]] == ["伟 鹏 杨", "김 철 수", "A-B C-D", "Мелис Токоев"]
    assert monitor("watchlist", "check", "w.yaml").code == 0


@pytest.mark.check
def test_no_line_of_a_list_stops_ingest(monitor):
    text = f"{TEXT} Суд рассмотрит дело в Бишкеке завтра утром, сообщили родные. " * 3
    with Web(Outlet("post", "ru", [Piece("court", "Суд", text)])) as web:
        folder = furnish(Path("home"), web, LINES)
        assert monitor("--home", folder, "ingest").code == 0
    (item,) = monitor("--home", folder, "queue", "list", "--format", "json").json["items"]
    assert len(item["hits"]) == 4


anything = st.text(
    st.characters() | st.sampled_from("杨伟김철수صلაбა\u0301\u200d \u00ad@_-アルา\u1161가각"), max_size=40
)
COMPILED = compile_watchlist([Entity(str(n), name) for n, name in enumerate(NAMES)])


@given(anything, st.sampled_from(NAMES), anything)
def test_whatever_stands_around_a_name_its_offsets_slice_the_text(before: str, name: str, after: str):
    text = before + name + after
    for mention in find_mentions(text, COMPILED, title=after):
        assert mention.span.of({"text": text, "title": after}[mention.field]) == mention.text


@pytest.mark.check
def test_a_long_text_costs_in_proportion_to_its_length():
    unit = "杨伟鹏 김철수는 … @joomart_d राम "
    find_mentions(unit * 100, COMPILED)
    assert grows_as_its_input(lambda text: find_mentions(text, COMPILED), lambda times: unit * times, 4000)


@pytest.mark.parametrize("kind", [EntityType.PERSON, EntityType.ORGANIZATION])
@pytest.mark.parametrize("name", ["სუს", "გიორგი", "ნინო კახიძე"])
def test_a_georgian_name_listed_in_capitals_is_found_in_small_letters_and_in_capitals(name: str, kind: EntityType):
    assert places(name.upper(), f"— {name}, —", kind) == [name]
    assert places(name.upper(), f"— {name.upper()}, —", kind) == [name.upper()]
    assert not places(name.upper(), f"— {name[1:]}, —", kind)


UNCASED = "杨伟鹏山田クルマンベク김철수محمدصلاحגדעוןგიორგისมชายराम"


@given(st.text(UNCASED, min_size=2, max_size=8), st.sampled_from(FORMS), st.sampled_from(FORMS))
def test_any_name_of_letters_without_capitals_is_found_in_any_normal_form(name, listed_form, written_form):
    assume(not unicodedata.category(name[0]).startswith("M"))  # a mark belongs to the character before it
    written = written_form(name)
    assert written in places(listed_form(name), f"— {written}, —")
