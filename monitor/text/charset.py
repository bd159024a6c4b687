"""Pure. Bytes that strangers sent -> text; HTML fragments -> plain text. A leaf: both parse and extract stand on it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import partial

from lxml import etree

# ---- bytes -> text ------------------------------------------------------------------------------------------------

REGIONAL = ("cp1251", "koi8-r", "cp866")  # what pages of the region are in when nothing says so: by habit the first

# UTF-32 before UTF-16, whose little-endian mark it begins with.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# XML 1.0, appendix F: a "<" in sixteen bits gives the encoding away without a mark.
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))

# What a label may lead to: the encodings of the WHATWG standard and those made for the region's languages, by
# Python's names. Others (utf-7, punycode, unicode_escape, …) are text encodings to Python and traps to us.
_ACCEPTED = frozenset(
    ["utf-8", "cp866", "cp874", "cp932", "cp949", "cp950", "mac-cyrillic", "mac-roman", "gb18030", "big5hkscs"]
    + ["euc_jp", "iso2022_jp", "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154"]
    + [f"cp125{n}" for n in range(9)]
    + [f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
)
# Labels that do not mean what they say (WHATWG Encoding, 4.2), by Python's name of what they say.
_MEANT = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
    "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8",  # the label was legible, so it is not so
}  # fmt: skip
_PRIVATE = re.compile(r"^x-")  # x-sjis, x-mac-cyrillic
_HABIT = re.compile(r"^(?:win(?:dows)?|cp)[-_ ]?(?=125\d$)")  # win-1251, cp-1251

_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_PROLOG = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARED_WITHIN = 4096  # bytes; the HTML standard asks for 1,024, real pages put scripts first

_HIGH_LETTERS = re.compile(rb"[\xc0-\xff]{3,}")
_HIGH_IN_LATIN = re.compile(rb"[A-Za-z][\xc0-\xff](?=[A-Za-z])")
_FREQUENT = "оаеинтр"  # half of the letters of a text in any Cyrillic language of the region

# What XML 1.0 (2.2) forbids, PostgreSQL refuses (NUL) or UTF-8 cannot hold (lone surrogates).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a feed or page, whatever it claims to be in; never fails, and holds nothing that XML forbids.

    The ladder: byte order mark, valid UTF-8, the HTTP header, the XML prolog or `<meta>`, the habit of the region.
    Bytes outvote labels: UTF-8 does not come out valid by accident, and a label of UTF-8 does not make it so.
    What was garbled before it was sent is mended.
    """
    return clean(mended(as_sent(body, content_type)))


def as_sent(body: bytes, content_type: str = "") -> str:
    """`decode` with every character that came, so that offsets count in what was given."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _WIDE:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode(_legacy(body, content_type), "replace")


def clean(text: str) -> str:
    """Without characters that XML or PostgreSQL refuse: controls but tab and line ends, and lone surrogates."""
    return _FORBIDDEN.sub("", text)


def _legacy(body: bytes, content_type: str) -> str:
    """The encoding of bytes that are not valid UTF-8."""
    if _is_damaged_utf8(body):
        return "utf-8"
    said = [_codec(label) for label in _labels(body, content_type)]
    known = [encoding for encoding in said if encoding not in {"", "utf-8"}]
    # Latin-1 in a header is often the server's default (Apache's AddDefaultCharset), so the document goes first.
    return min(known, key=lambda encoding: encoding == "cp1252", default="") or _by_habit(body)


def _is_damaged_utf8(body: bytes) -> bool:
    """Whether text is UTF-8 but for a few bytes: cut off, or glued together from two sources."""
    text = body.decode(errors="replace")
    broken = text.count("\ufffd")
    whole = len(text.encode()) - len(text.encode("ascii", "ignore")) - 3 * broken
    return whole > 20 * broken


def _labels(body: bytes, content_type: str) -> Iterator[str]:
    if header := _HEADER.search(content_type):
        yield header[1]
    start = body[:_DECLARED_WITHIN]
    if declared := _PROLOG.search(start) or _META.search(start):
        yield declared[1].decode("ascii", "replace")


def _codec(label: str) -> str:
    """Python's name of the encoding a label means, or empty.

    >>> _codec("win-1251"), _codec("Latin1"), _codec("utf-7")
    ('cp1251', 'cp1252', '')
    """
    try:
        name = codecs.lookup(_HABIT.sub("cp", _PRIVATE.sub("", label.lower()))).name
    except (LookupError, ValueError):
        return ""
    name = _MEANT.get(name, name)
    return name if name in _ACCEPTED else ""


def _by_habit(body: bytes) -> str:
    """One of the region's, unless high bytes stand alone among Latin letters, as accents do and Cyrillic words do not.

    Which one, its most frequent letters tell; where they do not, it is windows-1251.
    """
    accents, words = len(_HIGH_IN_LATIN.findall(body)), len(_HIGH_LETTERS.findall(body))
    if accents > words:
        return "cp1252"
    sample = body[:100_000].translate(None, bytes(range(128)))
    return max(REGIONAL, key=lambda encoding: sum(map(sample.decode(encoding, "ignore").lower().count, _FREQUENT)))


# ---- text that was garbled before it was sent -----------------------------------------------------------------------


def _bytes_of(encoding: str) -> dict[int, int]:
    """Character -> its byte in a one-byte encoding; bytes that it leaves undefined stand for themselves (WHATWG)."""
    decoded = ((byte, bytes([byte]).decode(encoding, "ignore")) for byte in range(0x80, 0x100))
    return {ord(character or chr(byte)): byte for byte, character in decoded}


def _three_of_utf8(encoding: str) -> re.Pattern[str]:
    """Three or more characters of UTF-8, two bytes each or three, as they look when read in that encoding."""
    character = {byte: re.escape(chr(code)) for code, byte in _BYTES[encoding].items()}
    two, three, more = (
        "[" + "".join(character[byte] for byte in range(*ends)) + "]"
        for ends in ((0xC2, 0xE0), (0xE0, 0xF0), (0x80, 0xC0))
    )
    return re.compile(f"(?:{two}{more}|{three}{more}{more}){{3,}}")


_BYTES = {encoding: _bytes_of(encoding) for encoding in ("cp1251", "cp1252")}
_DOUBLED = {encoding: _three_of_utf8(encoding) for encoding in _BYTES}
# The most frequent letters as they look then: to search for these costs next to nothing, for the patterns it does.
_SIGNS = {encoding: [vowel.encode().decode(encoding) for vowel in "оае"] for encoding in _BYTES}
_SHORT = 200  # characters, that may lack one of them
_CYRILLIC_AS_LATIN = re.compile("[À-ÿ]{5}")
_LATIN_WORD = re.compile("[A-Za-z][À-ÿ]|[À-ÿ][A-Za-z]")
_STRETCH = re.compile("[^<>\n]+")
_QUESTIONS = re.compile(r"\?{3,}[\s.,:-]+\?{2,}")


def mended(text: str) -> str:
    """Undoes what can be undone for certain: UTF-8 that was once read as another encoding, windows-1251 as Latin-1.

    Certain, since no language writes as these look: five accented letters in a row, or capitals and signs in pairs.

    >>> mended("РЎСѓРґ РѕСЃРІРѕР±РѕРґРёР»"), mended("Ñóä îñâîáîäèë"), mended("à la créée, «ТАСС»")
    ('Суд освободил', 'Суд освободил', 'à la créée, «ТАСС»')
    """
    enough = any if len(text) < _SHORT else all
    for encoding, doubled in _DOUBLED.items():
        if enough(sign in text for sign in _SIGNS[encoding]) and doubled.search(text):
            text = _STRETCH.sub(partial(_singled, encoding), text)
    if enough(sign in text for sign in "îàå") and _CYRILLIC_AS_LATIN.search(text):
        text = _STRETCH.sub(_cyrillic, text)
    return text


def _singled(encoding: str, stretch: re.Match[str]) -> str:
    """Text that was encoded twice, as it was before: the whole stretch, or else the words of it that certainly were."""

    def once(found: re.Match[str], errors: str = "replace") -> str:
        return found[0].translate(_BYTES[encoding]).encode("latin-1").decode(errors=errors)

    try:
        return once(stretch, "strict")
    except UnicodeError:
        return _DOUBLED[encoding].sub(once, stretch[0])


def _cyrillic(stretch: re.Match[str]) -> str:
    if _LATIN_WORD.search(stretch[0]):
        return stretch[0]
    try:
        return stretch[0].translate(_BYTES["cp1252"]).encode("latin-1").decode("cp1251")
    except UnicodeError:
        return stretch[0]


LOST = "letters of it are lost: it was sent broken, and names in it may be missed"


def is_garbled(text: str) -> bool:
    """Whether letters of a text are lost for good: a hundredth of it cannot be read, or it is all question marks."""
    lost = text.count("\ufffd")
    return (lost > 2 and lost * 100 > len(text)) or bool(_QUESTIONS.search(text))


# ---- HTML -> text -------------------------------------------------------------------------------------------------

_DROPPED = frozenset(["script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"])
_BLOCK_NAMES = """
    address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_MARKUP = re.compile(r"[<&]")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_LONE_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")  # in text without markup: wrapped, not parted


def plain_text(html: str) -> str:
    """The words of an HTML fragment, one block a line: tags and scripts out, entities decoded, white space collapsed.

    >>> plain_text("<p>Bread &amp;&nbsp;salt</p><p>a<br>b</p><script>x()</script>")
    'Bread & salt\\na\\nb'
    """
    html = clean(html).replace("\r\n", "\n")
    text = "".join(_words(_CDATA.sub("", html))) if _MARKUP.search(html) else _LONE_LINE_END.sub(" ", html)
    return _LINES.sub("\n", _SPACES.sub(" ", clean(mended(text)))).strip()


def one_line(html: str) -> str:
    """`plain_text` as a title: on one line."""
    return plain_text(html).replace("\n", " ")


def _words(html: str) -> Iterator[str]:
    # Source line ends are white space in HTML; the only new lines in the result are those of blocks.
    html = html.replace("\r", " ").replace("\n", " ")
    root = etree.fromstring(f"<body>{html}", etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True))
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        starts = event == "start"
        if tag in _BLOCKS:
            yield "\n"
        if starts and tag in _DROPPED:
            walk.skip_subtree()
        elif starts:
            yield element.text or ""
        if not starts:
            yield element.tail or ""
