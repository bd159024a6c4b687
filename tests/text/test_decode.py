"""Strangers' bytes become text, HTML becomes plain text, and a text's language is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.charset import decode, is_garbled, plain_line, plain_text, strip_forbidden
from monitor.text.language import detect

RU = "Суд освободил журналиста"
FR = "La journaliste a été libérée à Genève, déclare sa mère"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (RU.encode(), "", RU),
        (RU.encode(), "text/html; charset=windows-1251", RU),  # the bytes outvote the header
        (b"\xef\xbb\xbf" + RU.encode(), "text/html; charset=koi8-r", RU),
        (RU.encode("utf-16"), "text/xml; charset=utf-8", RU),
        (("<a>" + RU).encode("utf-16-le"), "", "<a>" + RU),
        (RU.encode("cp1251"), "text/html; charset=windows-1251", RU),
        (RU.encode("cp1251"), 'text/html; charset="CP-1251"', RU),
        (RU.encode("cp1251"), "text/html; charset=utf-8", RU),  # a wrong label
        (RU.encode("cp1251"), "", RU),  # the habit of the region
        (RU.encode("koi8-r"), "text/html; Charset = KOI8-R", RU),
        (
            b"<?xml version='1.0' encoding='koi8-r'?>" + RU.encode("koi8-r"),
            "",
            "<?xml version='1.0' encoding='koi8-r'?>" + RU,
        ),
        (b"<meta charset=koi8-r>" + RU.encode("koi8-r"), "", "<meta charset=koi8-r>" + RU),
        (b"<meta charset=koi8-r>" + RU.encode("koi8-r"), "text/html; charset=iso-8859-1", "<meta charset=koi8-r>" + RU),
        (RU.encode("cp1251"), "text/html; charset=utf-7", RU),  # no trap is a label
        (RU.encode("cp1251"), "text/html; charset=unicode_escape", RU),
        (FR.encode("cp1252"), "text/html; charset=latin1", FR),
        (FR.encode("cp1252"), "", FR),  # accents in Latin words are no Cyrillic
        ("Әділ Қазы".encode("kz1048"), "text/html; charset=kz-1048", "Әділ Қазы"),
        ("日本".encode("shift_jis"), "text/html; charset=x-sjis", "日本"),
        ("中文".encode("gb18030"), "text/html; charset=gb2312", "中文"),
        (RU.encode() * 3 + b"\xd0", "", RU * 3 + "\ufffd"),  # cut off within a letter
        (b"a\0b\x0bc\x1bd\te\r\nf", "", "abcd\te\r\nf"),
        (b"", "", ""),
    ],
)
def test_bytes_are_read_in_the_encoding_they_are_in(body: bytes, content_type: str, text: str):
    assert decode(body, content_type) == text


LONG = f"{RU}, которого задержали в Бишкеке в мае. Ему грозило до восьми лет лишения свободы."


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_an_encoding_of_the_region_needs_no_label(encoding: str):
    for text in (LONG, LONG.upper(), f"<p>{LONG}</p>" * 50):
        assert decode(text.encode(encoding)) == text
        assert decode(text.encode(encoding), "text/html; charset=utf-8") == text


@pytest.mark.parametrize("read_as", ["cp1251", "cp1252"])
@pytest.mark.parametrize(
    "text", [RU, LONG, "Сот журналистти үй камагына чыгарды — «Клооп»", "И снова: Шарль", "Ош", "Ñandú, à la créée"]
)
def test_text_that_was_encoded_twice_is_repaired(text: str, read_as: str):
    garbled = "".join(bytes([b]).decode(read_as, "ignore") or chr(b) for b in f"<p>{RU} {text}</p>".encode())
    assert decode(garbled.encode()) == f"<p>{RU} {text}</p>"
    assert decode(f"<h1>Как есть, «ТАСС»</h1>{garbled}".encode()) == f"<h1>Как есть, «ТАСС»</h1><p>{RU} {text}</p>"


def test_windows_1251_sent_as_latin_1_is_repaired_wherever_it_was_garbled():
    garbled = LONG.encode("cp1251").decode("cp1252")
    assert decode(garbled.encode()) == LONG
    assert decode(LONG.encode("cp1251"), "text/html; charset=iso-8859-1") == LONG
    assert decode(f"<meta charset=iso-8859-1><p>{LONG}".encode("cp1251")).endswith(LONG)
    assert plain_text("".join(f"&#{ord(c)};" for c in garbled)) == LONG
    assert decode(f"<p>{FR}</p><p>{garbled}</p>".encode()) == f"<p>{FR}</p><p>{LONG}</p>"


@pytest.mark.parametrize(
    "text",
    [
        FR,
        "Привет, «ТАСС» и ТАСС», СССР",
        "НІЧНІ ЛІНІЇ, ДІТИ Й ЇЇ",
        "ўзбекча, Ўш, ғалаба, Үмүт, Өзгөн",
        "Þórður Ægisson og Ásta á Ísafirði, þú",
        "ÀÉÎÕ is too short a row",
        "Ñandú — ñoño",
        "Čeština, žluťoučký kůň",
        "Việt Nam: ường",
    ],
)
def test_what_is_as_it_should_be_stays(text: str):
    assert decode(text.encode()) == plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("??? ???????????? ??????????", True),
        ("Суд ������������� журналиста", True),
        ("Что??? Где?! Really???", False),
        (LONG + "\ufffd", False),
        (LONG, False),
        ("", False),
    ],
)
def test_letters_that_are_lost_are_noticed(text: str, lost: bool):
    assert is_garbled(text) == lost


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "text/html; charset=utf-16", "charset=idna", "charset=cp1252", "charset=\0"]),
)
def test_decoding_never_fails_and_leaves_nothing_that_a_database_refuses(body: bytes, content_type: str):
    text = decode(body, content_type)
    text.encode()
    assert strip_forbidden(text) == text
    assert "\0" not in text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("Bread &amp;&nbsp;salt &lt;here&gt;", "Bread & salt <here>"),
        ("a < b && c > d", "a < b && c > d"),
        ("<p>One</p><p>two<br>three</p>", "One\ntwo\nthree"),
        ("<b>Be</b>tween <i>letters</i>", "Between letters"),
        ("<p>wrapped\n   line</p>\n\n<p>next</p>", "wrapped line\nnext"),
        ("wrapped\nline\n\nnext", "wrapped line\nnext"),
        ("<script>x()</script>a<style>p{}</style><!-- c -->b", "ab"),
        ("<svg/onload=alert(1)>", ""),
        ("<ul><li>a<li>b</ul>c", "a\nb\nc"),
        ("<![CDATA[<p>in</p>]]>", "in"),
        ("O&#8217;Connor &#0;&#xD800;", "O’Connor \ufffd\ufffd"),
        ("a\0b\ud800", "ab"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_html_becomes_its_words(html: str, text: str):
    assert plain_text(html) == text


def test_a_title_is_one_line():
    assert plain_line("<p>First</p>\n<p>second</p>\n\nthird") == "First second third"


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</div>", "<", ">", "&", "&#", ";", "слово", "\n", " ", "<!--", "<br/", "]]>", "\ud800", "\0", "'"]
        )
    )
)
def test_plain_text_never_fails_and_is_clean(parts: list[str]):
    text = plain_text("".join(parts))
    assert strip_forbidden(text) == text
    assert text == text.strip()
    assert "  " not in text and "\n\n" not in text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Сот журналистти үй камагына чыгарды", "ky"),
        ("Суд отпустил журналистку под домашний арест", "ru"),
        ("The court released the journalist into house arrest", "en"),
        ("Сот журналисті үйқамаққа шығарды, деп хабарлады редакция", "kk"),
        ("Sud jurnalistni uy qamog‘iga chiqardi, dedi tahririyat", "uz"),
        ("Суд рӯзноманигорро ба ҳабси хонагӣ фиристод", "tg"),
    ],
)
def test_the_language_of_a_headline_is_told(text: str, language: str):
    assert detect(text, "xx") == language


@pytest.mark.parametrize("text", ["", "2025-05-01 10:00", "Ош, Бишкек", "?!" * 100, "12345678901234567890 слово"])
def test_too_few_letters_tell_nothing(text: str):
    assert detect(text, "ky") == "ky"
    assert detect(text) == ""
