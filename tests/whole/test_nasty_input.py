"""No watchlist, text, feed or page ends a command with a traceback: what is wrong is said, or it is read all the same."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.cluster.fingerprint import fingerprint
from monitor.extract.page import extract
from monitor.match import compile_watchlist, find_mentions, hits, lint, near_misses, samples
from monitor.model import Context, Document, Entity, EntityType
from monitor.parse import parse_feed

LIST = "entities:\n  - Мелис Токоев\n"
BOMB = (
    b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9))
    + b"entities: *j\n"
)
ENTITIES = (
    b"<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><rss><channel><title>&j;</title><item><title>&j;</title><link>http://a/</link></item></channel></rss>"
)
PERSON = b'{"id":"a","schema":"Person","properties":{"name":%s}}'


def repr_short(value: object) -> str:
    """Return how a case is called: what it begins with."""
    return repr(value)[:24]


LISTS = {
    "w.yaml": (
        b"", b"\xef\xbb\xbfentities: [Melis Tokoev]", b"entities:\n  - A\0B\n", b'entities: ["\\uD800 \\uDC00 Ab"]\n',
        b"entities: [Ab \xed\xa0\x80cd]\n", bytes(range(256)) * 20, LIST.encode("utf-16"), BOMB, b"entities: &a [*a]\n",
        b"entities: [{name: &a [*a]}]\n", b"entities:\n - &a {name: X y, aliases: *a}\n", b"[" * 50_000,
        b"entities: " + b"{a: " * 2000 + b"}" * 2000, b"entities: [!!binary aGVsbG8=, 2025-01-01, .nan, !foo bar]\n",
        b"entities: !!python/object/apply:os.system [ls]\n", b"entities: [{1: 2}, {[1, 2]: 3}]\n", b"? {a: b}\n: c\n",
        b"entities: [" + b"9" * 5000 + b"]\n", b"entities: [{name: A b, context: {require: {a: b}}}]\n", b"~", b"42",
        b"%YAML 9.9\n---\nentities: [A b]\n", "entities: ['[/red] Ab', '{x.y} {}', '%s %d', '😀', '٣ ४']".encode(),
        b"entities: ['A b\n", b"entities:\n  - " + b"a" * 40_000, "entities: [ŉ ǰ, İ ı, ﬁﬂ ﷺ, ² ³, Ⅷ Ⅸ, \u202e Ab]".encode(),
    ),
    "w.csv": (b"", b"name,aliases\nA\0b,c\n", b'name\n"A b\n', b"name,name\nA b,C d\n", bytes(range(256)) * 9, b",,,\n,,,\n"),
    "w.jsonl": (
        b"", b"\0", b"[1]\n", b"[" * 50_000, b'{"a":' * 50_000, PERSON % b'["A \\ud800b"]', PERSON % b'[{"a": 1}]',
        PERSON % b"[null, 1, true]", PERSON % b"[NaN]", PERSON % b"[]", b'{"id":' + b"9" * 9000 + b"}",
    ),
}  # fmt: skip
JSON_LINES = (
    b"", b"\0", b"[]", b"{", bytes(range(256)), b'{"text":' + b"[" * 50_000, b'{"id":[],"text":{}}', b'{"id":"1"}',
    b'{"id":' + b"9" * 9000 + b',"text":"x"}', b'{"id":NaN,"text":"x"}', b'{"id":null,"text":null,"title":null}',
    b'{"id":"1","text":"x","published":"9999-12-31T23:59:59-14:00"}',
    b'{"id":"1","text":"x","published":"0001-01-01T00:00:00+14:00"}', b'{"id":"1","text":"x","published":"\\ud800"}',
    b'{"id":"1","text":"x","url":"http://[::1"}', b'{"id":"\\ud800","text":"x","url":"http://a:99999999/\\ud800"}',
    '{"id":"[/x]","text":"\\u001b[31m[/b] Мелис Токоев \\u0000 \\ud800"}'.encode(),
)  # fmt: skip
PAGES = (
    b"", b"<p>\0</p>", b"<p>&#xD800; &#x110000; &#0;</p>" * 30, bytes(range(256)) * 40, b"<div>" * 20_000, b"<!--" * 1000,
    b"<meta charset='zlib_codec'><p>x", b"<meta charset=utf-7><p>+2AA-</p>", b"<base href='http://[::1'><a href='http://['>",
    b"<script type='application/ld+json'>" + b"[" * 20_000 + b"</script><p>x</p>",
    b"<script type='application/ld+json'>{\"@type\":[{}],\"author\":\"\\ud800\",\"datePublished\":{},\"headline\":[1]}</script>",
    b"<meta property='article:published_time' content='99999-01-01'><meta property='og:title' content='&#xD800;'>",
)  # fmt: skip
FEEDS = (
    b"", b"\0", bytes(range(256)) * 4, b"<a>" * 20_000, ENTITIES, b"\x1f\x8b\x08\0", gzip.compress(b"<rss>" + b"a" * 999_999, mtime=0),
    b"<?xml version='1.0' encoding='zlib_codec'?><rss/>", b'{"version":"https://jsonfeed.org/version/1","items":5}',
    b'{"version":"https://jsonfeed.org/version/1","items":[5,null,{"id":[],"title":{},"url":1,"authors":[5]}]}',
    b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 50_000,
    b"<rss><channel><item><title>t</title><link>http://[::1</link><pubDate>Mon, 32 Foo 9999 99:99</pubDate></item></channel></rss>",
    b"<rss><channel><item><title>t</title><link>http://a/</link><pubDate>0001-01-01T00:00:00+14:00</pubDate></item></channel></rss>",
    b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://[</loc><lastmod>x</lastmod></url></urlset>",
)  # fmt: skip


@pytest.mark.parametrize(
    ("file", "raw"), [(file, raw) for file, table in LISTS.items() for raw in table], ids=repr_short
)
def test_a_watchlist_is_checked_and_used_or_refused_with_its_name(monitor, file: str, raw: bytes):
    Path(file).write_bytes(raw)
    Path("note.txt").write_text("Мелис Токоев, Ab cd, 😀", encoding="utf-8")
    for done in (monitor("watchlist", "check", file), monitor("match", "--watchlist", file, "note.txt")):
        assert done.code in (0, 2) and "Traceback" not in done.err
        assert done.code == 0 or f"{file}:" in done.err


@pytest.mark.parametrize("raw", JSON_LINES, ids=repr_short)
def test_documents_are_read_or_refused_with_their_line(monitor, raw: bytes):
    Path("w.yaml").write_text(LIST, encoding="utf-8")
    Path("d.jsonl").write_bytes(raw)
    match = ("match", "--watchlist", "w.yaml", "--format")
    for words in ((*match, "text"), (*match, "jsonl"), ("stories", "--format", "text")):
        done = monitor(*words, "d.jsonl")
        assert done.code in (0, 2) and "Traceback" not in done.err
        assert done.code == 0 or "d.jsonl:1" in done.err


@pytest.mark.parametrize("raw", PAGES, ids=repr_short)
def test_a_page_is_read_whatever_it_is(monitor, raw: bytes):
    Path("w.yaml").write_text(LIST, encoding="utf-8")
    Path("p.html").write_bytes(raw)
    for words in (("extract",), ("explain", "--watchlist", "w.yaml")):
        done = monitor(*words, "p.html")
        assert (done.code, "Traceback" in done.err) == (0, False)


@pytest.mark.parametrize("raw", FEEDS, ids=repr_short)
def test_a_feed_is_read_whatever_it_is(monitor, raw: bytes):
    Path("f.xml").write_bytes(raw)
    for words in ((), ("--format", "jsonl", "--base", "http://[")):
        done = monitor("feeds", "parse", *words, "f.xml")
        assert (done.code, "Traceback" in done.err) == (0, False)


@pytest.mark.parametrize(
    "name", ["folder.txt", "nothing.txt", "x\0y.txt", "broken.html.gz", "loop.txt", "n" * 300, "\ud800"]
)
def test_a_file_that_cannot_be_read_is_refused(monitor, name: str):
    Path("w.yaml").write_text(LIST, encoding="utf-8")
    Path("folder.txt").mkdir()
    Path("loop.txt").symlink_to("loop.txt")
    Path("broken.html.gz").write_bytes(gzip.compress(b"x" * 99, mtime=0)[:12] + b"\xff" * 9)
    for words in (("match", "--watchlist", "w.yaml"), ("explain", "--watchlist", "w.yaml"), ("extract",), ("stories",)):
        done = monitor(*words, name)
        assert done.code == 2 and "Traceback" not in done.err
        assert done.err.startswith("monitor: ")


def test_half_a_character_in_a_text_comes_out_in_json_as_it_was(monitor):
    Path("w.yaml").write_text(LIST, encoding="utf-8")
    text = "\ud83d Мелис Токоев \ude00"
    Path("d.jsonl").write_text(json.dumps({"id": "\ud800", "text": text}), encoding="utf-8")
    (row,) = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "d.jsonl").lines
    (mention,) = row["mentions"]
    assert (row["id"], text[mention["start"] : mention["end"]]) == ("\ud800", "Мелис Токоев")


# ---- a text on standard input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        ("Суд над Мелисом Токоевым начался.\n", ["Мелисом Токоевым"]),
        ("\ufeffСуд над Мелисом\nТокоевым.", ["Мелисом\nТокоевым"]),
        ("Мелис Токоев. {\"text\": 1}", ["Мелис Токоев"]),
        ('{"text": "Мелис Токоев"}\n{"text": "Токоев Мелис"}', ["Мелис Токоев", "Токоев Мелис"]),
        ('\ufeff \n {"text": "Мелис Токоев"}', ["Мелис Токоев"]),
        ("", []),
        (" \n", []),
    ],
)  # fmt: skip
def test_standard_input_is_json_lines_where_it_begins_with_a_brace_else_one_text(
    monitor, stdin: str, expected: list[str]
):
    Path("w.yaml").write_text(LIST, encoding="utf-8")
    done = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", stdin=stdin.encode())
    assert (done.code, done.err) == (0, "")
    strong = [m["text"] for row in done.lines for m in row["mentions"] if m["confidence"] == "strong"]
    assert strong == expected


@pytest.mark.parametrize("stdin", ['{"text": "a"', "{Мелис Токоев}", '{"id": 1}'])
def test_what_begins_as_json_and_is_none_is_refused_with_its_line(monitor, stdin: str):
    Path("w.yaml").write_text(LIST, encoding="utf-8")
    done = monitor("match", "--watchlist", "w.yaml", stdin=stdin.encode())
    assert done.code == 2 and "monitor: -:1:" in done.err


# ---- all of Unicode ---------------------------------------------------------------------------------------------------

character = st.characters() | st.sampled_from(
    "аЯéŻšßİǅ杨김가\u1161صก\u0e31რრ\u0301\u0345\u200d\u00ad\ufeff -–’.,(/@_1²Ⅷ\0\ud83d😀ªʼ"
)
names = st.text(character, min_size=1, max_size=12) | st.sampled_from(
    [
        "Анна Żółć",
        "Anna Žulć",
        "伟 鹏 杨",
        "a-b c-d",
        "Ж. Ъ",
        "Мелис Токоев",
        "Болот кызы",
        "KOS",
        "Saif ul Malukov",
        "XVI",
    ]
)
lists = st.lists(st.tuples(names, st.lists(names, max_size=2), st.sampled_from(EntityType), st.lists(names, max_size=2)),
                 min_size=1, max_size=4)  # fmt: skip


@given(lists, st.lists(names | st.text(character, max_size=20), max_size=8), names)
@example([("\x1b", [], EntityType.OUTLET, [])], [], "\x1b")  # a name without a word, in a text that begins with it
@example([("\x1b", [], EntityType.ORGANIZATION, [])], [], "\x1b")
def test_no_list_and_no_text_of_any_characters_make_a_stage_fail(rows, around: list[str], title: str):
    entities = [
        Entity(str(n), name, kind, tuple(aliases), context=Context(support=tuple(words), exclude=tuple(words[:1])))
        for n, (name, aliases, kind, words) in enumerate(rows)
    ]
    compiled = compile_watchlist(entities)
    text = " ".join([*around, *(name for entity in entities for name in entity.spellings), "Мелису Токоеву."])
    mentions = find_mentions(text, compiled, title)
    for mention in mentions:
        assert mention.span.of({"text": text, "title": title}[mention.field]) == mention.text
        assert mention.why and all("{" not in str(why.template) or why.arguments for why in mention.why)
    hits(Document("1", text, title), mentions, compiled, "kloop.kg")
    near_misses(text, compiled, title)
    fingerprint(title, text)
    for warning in lint(entities):
        assert warning.problem and warning.advice
    for entity in entities:
        samples(entity)


@given(st.text(character, max_size=60), st.binary(max_size=60))
def test_no_feed_and_no_page_of_any_characters_makes_a_stage_fail(text: str, raw: bytes):
    written = text.encode("utf-8", "surrogatepass")
    for part in (written, raw):
        item = b"<item><title>" + part + b"</title><link>" + part + b"</link><pubDate>" + part + b"</pubDate></item>"
        parse_feed(b"<rss><channel>" + item + b"</channel></rss>", "https://a.example/")
        extract(b"<html><title>" + part + b"</title><p>" + part * 9 + b"</p>", "https://a.example/")
