"""One stage of the line on files, without a home."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from kit.articles import COURT, WEATHER
from kit.home import WATCHLIST


@pytest.mark.check
def test_match_reads_json_lines_and_its_offsets_slice_the_text_as_given(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    texts = ["Суд над Мелисом Токоевым начался.", "Nothing here.", "KOS called Cholpon Arzieva."]
    rows = [json.dumps({"id": f"d{n}", "text": text}) for n, text in enumerate(texts)]
    Path("docs.jsonl").write_text("\n".join(rows) + "\n")
    for jobs in (1, 2):
        outcome = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "--jobs", jobs, "docs.jsonl").lines
        assert [row["id"] for row in outcome] == ["d0", "d2"]
        for row in outcome:
            text = texts[int(row["id"][1:])]
            assert all(text[m["start"] : m["end"]] == m["text"] and m["why"] for m in row["mentions"])
        assert {m["entity"] for m in outcome[1]["mentions"]} == {"kos", "cholpon"}


def test_match_lists_fifty_places_of_a_name_and_counts_the_others(monitor):
    Path("watchlist.yaml").write_text(WATCHLIST, encoding="utf-8")
    text = "Melis Tokoev came. " * 100 + "Cholpon Arzyeva left."
    Path("in.jsonl").write_text(json.dumps({"id": "1", "text": text}) + "\n", encoding="utf-8")
    (line,) = monitor("match", "--watchlist", "watchlist.yaml", "--format", "jsonl", "in.jsonl").lines
    assert (len(line["mentions"]), line["other_places"]) == (51, {"melis": 50})
    output = monitor("match", "--watchlist", "watchlist.yaml", "in.jsonl").out
    assert (
        output.count("Melis Tokoev") == 2 * 50 and "and in 50 more places, which are counted and not listed" in output
    )


def test_match_and_explain_say_that_an_outlet_is_only_credited(monitor):
    Path("w.yaml").write_text("entities:\n  - {id: ayan, name: Аян Медиа, type: outlet}\n", encoding="utf-8")
    Path("note.txt").write_text("Парк открыли.\nФото: Аян Медиа\nСайт Аян Медиа закрыт.\n", encoding="utf-8")
    (row,) = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "note.txt").lines
    assert [(m["confidence"], m.get("credit")) for m in row["mentions"]] == [("strong", True), ("strong", None)]
    assert "it is named in a credit" in monitor("explain", "note.txt", "--watchlist", "w.yaml").out
    Path("note.txt").write_text("Парк открыли.\nФото: Аян Медиа\n", encoding="utf-8")
    output = " ".join(monitor("explain", "note.txt", "--watchlist", "w.yaml").out.split())
    assert "makes no item by itself: it is only named as a credit or as the source of a report" in output


def test_explain_says_whose_body_it_is(monitor):
    body = "entities:\n  - {id: water, name: Ministry of Water, type: organization, country: KG}\n"
    Path("w.yaml").write_text(body, encoding="utf-8")
    Path("note.txt").write_text("The Ministry of Water of Tajikistan closed the lake.\n", encoding="utf-8")
    output = " ".join(monitor("explain", "note.txt", "--watchlist", "w.yaml").out.split())
    assert "“Ministry of Water of Tajikistan” is another country's body" in output


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "utf-16", "utf-32"])
def test_plain_text_is_read_in_whatever_encoding_it_is(monitor, encoding):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    text = "Суд над Мелисом Токоевым начался сегодня в Бишкеке.\r\n"
    Path("note.txt").write_bytes(text.encode(encoding))
    (row,) = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "note.txt").lines
    (mention,) = row["mentions"]
    expected = "\ufeff" + text if encoding == "utf-8-sig" else text  # valid UTF-8 is as it was given, to the letter
    assert expected[mention["start"] : mention["end"]] == mention["text"] == "Мелисом Токоевым"
    assert "Мелисом Токоевым" in monitor("explain", "note.txt", "--watchlist", "w.yaml").out


def test_what_is_no_plain_text_is_refused_and_not_found_empty(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    for raw in ("Суд над Мелисом Токоевым начался.".encode("utf-16-le"), b"PK\x03\x04\x14\0\0\0\0\0\xff\xfe\xfd"):
        Path("note.txt").write_bytes(raw)
        refused = monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "note.txt")
        assert (refused.code, refused.out) == (2, "")
        assert "note.txt: is no plain text; save it as text in UTF-8" in refused.err


def test_match_says_of_a_page_what_ingest_would_a_name_in_a_teaser_is_possible(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    snow = "".join(f"<p>{line}</p>" for line in WEATHER.split("\n"))
    page = f"<html><body><article><h1>Snow</h1>{snow}<p>Read also: <a href=/1>Melis Tokoev stays in custody</a></p>"
    Path("page.html").write_text(f"{page}</article></body></html>")
    ((mention,),) = (
        row["mentions"] for row in monitor("match", "--watchlist", "w.yaml", "--format", "jsonl", "page.html").lines
    )
    assert (mention["text"], mention["confidence"]) == ("Melis Tokoev", "possible")
    assert mention["why"][-1] == "it stands in a list of other articles (“read also”)"


def test_extract_explain_stories_and_feeds_parse_work_on_files_without_a_home(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    Path("page.html").write_text(f"<html><body><h1>Court</h1><article><p>{COURT}</p></article></body></html>")
    (page,) = monitor("extract", "--format", "jsonl", "page.html").lines
    assert "Melis Tokoev" in page["text"] and page["language"] == "en"
    outcome = monitor("explain", "page.html", "--watchlist", "w.yaml")
    assert "Melis Tokoev (melis): clear; makes an item: clearly named" in outcome.out
    assert "Nothing else comes near a name on the list." in outcome.out
    rows = [{"id": "a", "url": "https://a.example/1", "outlet": "a", "title": "Court", "text": COURT},
            {"id": "b", "url": "https://b.example/1", "outlet": "b", "title": "Court", "text": COURT},
            {"id": "c", "url": "https://c.example/1", "outlet": "c", "title": "Snow", "text": WEATHER}]  # fmt: skip
    Path("docs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    rows.append({"id": "d", "url": "http://www.c.example/1?utm_source=rss", "title": "Snow", "text": ""})
    Path("docs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    a, b, c, d = monitor("stories", "--format", "jsonl", "docs.jsonl").lines
    assert (a["story"], b["copy_of"], a["copy_of"]) == (b["story"], "a", None)
    assert c["story"] != a["story"]
    assert (d["story"], d["copy_of"]) == (c["story"], "c")  # one article under two addresses
    Path("feed.xml").write_text(
        "<rss version='2.0'><channel><title>T</title><item><title>One</title><link>/1</link></item></channel></rss>"
    )
    (feed,) = monitor("feeds", "parse", "--format", "jsonl", "--base", "https://x.example/f", "feed.xml").lines
    assert (feed["file"], feed["title"]) == ("feed.xml", "T")
    assert (feed["entries"][0]["url"], feed["entries"][0]["title"]) == ("https://x.example/1", "One")


@pytest.mark.check
def test_stories_of_many_documents_are_those_of_few_up_to_a_wrong_line(monitor):
    dice = random.Random(1)
    texts = [" ".join("".join(dice.choices("abdegiklmnoprstu", k=7)) for _ in range(60)) for _ in range(15)]
    rows = [
        {"id": str(n), "url": f"https://a{n % 5}.example/{n}", "title": "", "text": texts[n // 9], "lang": "en"}
        for n in range(130)
    ]
    for row, other_row in zip(rows[::2], rows[1::2], strict=True):
        other_row["url"] = row["url"]
    lines = [*map(json.dumps, rows)]
    Path("all.jsonl").write_text("\n".join(lines))
    results = monitor("stories", "--format", "jsonl", "all.jsonl").lines
    assert [row["id"] for row in results] == [row["id"] for row in rows]
    firsts: dict[str, str] = {}
    for row, result in zip(rows, results, strict=True):
        same = firsts.setdefault(row["url"], row["id"])
        assert same == row["id"] or result["copy_of"] == same
    assert len({row["story"] for row in results}) == 15
    Path("wrong.jsonl").write_text("\n".join([*lines[:70], json.dumps({"id": "x", "published": "soon"}), *lines[70:]]))
    run = monitor("stories", "--format", "jsonl", "wrong.jsonl")
    assert "wrong.jsonl:71:1: 'soon' is not a time" in run.err and run.code == 2
    assert run.lines == results[:70]


def test_explain_shows_each_place_with_its_reasons_and_what_came_near_and_why_not(monitor):
    Path("w.yaml").write_text(WATCHLIST, encoding="utf-8")
    text = f"Снег идёт. Тогда Мелису Токоеву отказали. Кроме того, Мелис Токбаев не пришёл. {'Слово ' * 40}Тогда kos молчит."
    Path("page.txt").write_text(text, encoding="utf-8")
    output = monitor("explain", "page.txt", "--watchlist", "w.yaml").out
    assert "text 17-31: Тогда «Мелису Токоеву» отказали.\n    - “Мелису Токоеву” is" in output
    assert "    - “Мелису”: dative of" in output
    assert "Кроме того, «Мелис Токбаев» не пришёл.\n    - not Melis Tokoev (melis): “Токбаев” is not" in output


def test_match_finds_incidents_without_a_watchlist_and_explain_shows_near_ones_too(monitor):
    text = "Журналиста задержали в Оше. Депутата задержали, сообщили журналисты."
    Path("docs.jsonl").write_text(
        json.dumps({"id": "a", "text": text}) + "\n" + json.dumps({"id": "b", "text": "Было тихо."}), encoding="utf-8"
    )
    (row,) = monitor("match", "--incidents", "--format", "jsonl", "docs.jsonl").lines
    (frame,) = row["frames"]
    assert (row["id"], text[frame["start"] : frame["end"]]) == ("a", "Журналиста задержали в Оше.")
    assert list(frame) == [
        *("start", "end", "field", "act", "victim", "victim_kind", "by", "where", "modality", "why"),
    ]
    assert (frame["act"], frame["victim"], frame["where"]) == ("detained", "Журналиста", "Оше")
    assert "detained · Журналиста · Оше" in monitor("match", "--incidents", "docs.jsonl").out
    Path("note.txt").write_text(text, encoding="utf-8")
    Path("w.yaml").write_text("entities: [{id: a, name: Melis Tokoev}]", encoding="utf-8")
    explained = " ".join(monitor("explain", "note.txt", "--watchlist", "w.yaml").out.split())
    assert "What happened to the press: detained · Журналиста · Оше" in explained
    assert "“журналисты” speaks here" in explained
