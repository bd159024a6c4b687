"""Pure. Decoding of bytes from strangers, repair of garbled text, and HTML fragments as plain text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import partial

from lxml import etree

# ---- bytes -> text ------------------------------------------------------------------------------------------------

REGIONAL = ("cp1251", "koi8-r", "cp866")  # encodings of the region's pages that declare none, the commonest first

# UTF-32 comes before UTF-16, because its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# XML 1.0, appendix F: a "<" of two bytes reveals UTF-16 without a mark.
_UTF16_STARTS = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))

# Encodings that a label may name: those of the WHATWG standard and those made for the region's languages, by Python's
# names. Python knows others (utf-7, punycode, unicode_escape, …) that a page must not choose.
_ACCEPTED = frozenset(
    ["utf-8", "cp866", "cp874", "cp932", "cp949", "cp950", "mac-cyrillic", "mac-roman", "gb18030", "big5hkscs"]
    + ["euc_jp", "iso2022_jp", "koi8-r", "koi8-u", "koi8-t", "kz1048", "ptcp154"]
    + [f"cp125{n}" for n in range(9)]
    + [f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
)
# Labels that browsers read as another encoding (WHATWG Encoding, 4.2), by Python's names.
_LABEL_MEANINGS = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949",
    "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8",  # readable in ASCII, so not UTF-16
}  # fmt: skip
_X_PREFIX = re.compile(r"^x-")  # x-sjis, x-mac-cyrillic
_WINDOWS_LABEL = re.compile(r"^(?:win(?:dows)?|cp)[-_ ]?(?=125\d$)")  # win-1251, cp-1251

_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_PROLOG = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION_RANGE = 4096  # bytes; the HTML standard demands 1,024, but real pages put scripts first

_HIGH_LETTERS = re.compile(rb"[\xc0-\xff]{3,}")
_HIGH_IN_LATIN = re.compile(rb"[A-Za-z][\xc0-\xff](?=[A-Za-z])")
_FREQUENT = "оаеинтр"  # half of the letters of a text in any Cyrillic language of the region

# Characters that XML 1.0 (2.2) forbids, PostgreSQL refuses (NUL) or UTF-8 cannot encode (lone surrogates).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of a feed or page, without characters that XML forbids. It never fails.

    The order of evidence: byte order mark, valid UTF-8, the HTTP header, the XML prolog or `<meta>`, the region's usual
    encodings. Bytes count more than labels: other text is hardly ever valid UTF-8, and labels of UTF-8 can be wrong.
    Text that was garbled before it was sent is repaired.
    """
    return strip_forbidden(repair_mojibake(decode_unrepaired(body, content_type)))


def decode_unrepaired(body: bytes, content_type: str = "") -> str:
    """Decode without repairing or removing characters, so that offsets are those of the input."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _UTF16_STARTS:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode(_legacy_encoding(body, content_type), "replace")


def strip_forbidden(text: str) -> str:
    """Return the text without lone surrogates and control characters other than tabs and line ends."""
    return _FORBIDDEN.sub("", text)


def _legacy_encoding(body: bytes, content_type: str) -> str:
    """Return the encoding of bytes that are not valid UTF-8."""
    if _is_damaged_utf8(body):
        return "utf-8"
    encodings = [_python_encoding(label) for label in _declared_labels(body, content_type)]
    usable = [encoding for encoding in encodings if encoding not in {"", "utf-8"}]
    # Latin-1 in a header is often the server's default (Apache's AddDefaultCharset), so the document goes first.
    return min(usable, key=lambda encoding: encoding == "cp1252", default="") or _guess_regional(body)


def _is_damaged_utf8(body: bytes) -> bool:
    """Return whether the bytes are UTF-8 with a few bad bytes: cut off, or joined from two sources."""
    text = body.decode(errors="replace")
    replaced_count = text.count("\ufffd")
    intact_bytes = len(text.encode()) - len(text.encode("ascii", "ignore")) - 3 * replaced_count
    return intact_bytes > 20 * replaced_count


def _declared_labels(body: bytes, content_type: str) -> Iterator[str]:
    if header := _HEADER.search(content_type):
        yield header[1]
    start = body[:_DECLARATION_RANGE]
    if declared := _PROLOG.search(start) or _META.search(start):
        yield declared[1].decode("ascii", "replace")


def _python_encoding(label: str) -> str:
    """Return Python's name of the encoding that a label means, or "" if it is not accepted.

    >>> _python_encoding("win-1251"), _python_encoding("Latin1"), _python_encoding("utf-7")
    ('cp1251', 'cp1252', '')
    """
    try:
        name = codecs.lookup(_WINDOWS_LABEL.sub("cp", _X_PREFIX.sub("", label.lower()))).name
    except (LookupError, ValueError):
        return ""
    name = _LABEL_MEANINGS.get(name, name)
    return name if name in _ACCEPTED else ""


def _guess_regional(body: bytes) -> str:
    """Return the regional encoding that gives most of the frequent Cyrillic letters, or cp1252 for accented Latin.

    In accented Latin text high bytes stand alone between ASCII letters; in Cyrillic text they form words. A tie goes to
    windows-1251.
    """
    accents, words = len(_HIGH_IN_LATIN.findall(body)), len(_HIGH_LETTERS.findall(body))
    if accents > words:
        return "cp1252"
    sample = body[:100_000].translate(None, bytes(range(128)))
    return max(REGIONAL, key=lambda encoding: sum(map(sample.decode(encoding, "ignore").lower().count, _FREQUENT)))


# ---- text that was garbled before it was sent -----------------------------------------------------------------------


def _byte_map(encoding: str) -> dict[int, int]:
    """Return character -> byte of a one-byte encoding; undefined bytes stand for themselves (WHATWG)."""
    decoded = ((byte, bytes([byte]).decode(encoding, "ignore")) for byte in range(0x80, 0x100))
    return {ord(character or chr(byte)): byte for byte, character in decoded}


def _double_encoded_pattern(encoding: str) -> re.Pattern[str]:
    """Return a pattern of three or more UTF-8 characters (two or three bytes each) misread in that encoding."""
    character = {byte: re.escape(chr(code)) for code, byte in _BYTES[encoding].items()}
    lead_of_two, lead_of_three, continuation = (
        "[" + "".join(character[byte] for byte in range(*ends)) + "]"
        for ends in ((0xC2, 0xE0), (0xE0, 0xF0), (0x80, 0xC0))
    )
    return re.compile(f"(?:{lead_of_two}{continuation}|{lead_of_three}{continuation}{continuation}){{3,}}")


_BYTES = {encoding: _byte_map(encoding) for encoding in ("cp1251", "cp1252")}
_DOUBLE_ENCODED = {encoding: _double_encoded_pattern(encoding) for encoding in _BYTES}
# The most frequent letters, misread: searching for these first is cheap, the patterns are slow.
_COMMON_LETTERS = {encoding: [vowel.encode().decode(encoding).encode() for vowel in "оае"] for encoding in _BYTES}
_CYRILLIC_SIGNS = [letter.encode() for letter in "îàå"]
_SHORT_TEXT = 200  # characters; a text as short as this may lack some of the frequent letters
_CYRILLIC_AS_LATIN = re.compile(b"\xc3[\x80-\xbf]" * 5)  # five of À to ÿ: in UTF-8 found in a thirtieth of the time
_LATIN_WORD = re.compile("[A-Za-z][À-ÿ]|[À-ÿ][A-Za-z]")
_STRETCH = re.compile("[^<>\n]+")
_QUESTION_MARKS = re.compile(r"\?{3,}[\s.,:-]+\?{2,}")


def repair_mojibake(text: str) -> str:
    """Repair UTF-8 that was misread as another encoding, and windows-1251 that was misread as Latin-1.

    Only certain cases are repaired: no language has five accented letters in a row, or pairs of capitals and signs.

    >>> repair = repair_mojibake
    >>> repair("РЎСѓРґ РѕСЃРІРѕР±РѕРґРёР»"), repair("Ñóä îñâîáîäèë"), repair("à la créée, «ТАСС»")
    ('Суд освободил', 'Суд освободил', 'à la créée, «ТАСС»')
    """
    has_letters = any if len(text) < _SHORT_TEXT else all
    encoded = text.encode(errors="replace")  # bytes are searched much faster
    for encoding, pattern in _DOUBLE_ENCODED.items():
        if has_letters(sign in encoded for sign in _COMMON_LETTERS[encoding]) and pattern.search(text):
            text = _STRETCH.sub(partial(_undo_double_encoding, encoding), text)
    if has_letters(sign in encoded for sign in _CYRILLIC_SIGNS) and _CYRILLIC_AS_LATIN.search(encoded):
        text = _STRETCH.sub(_undo_latin1, text)
    return text


def _undo_double_encoding(encoding: str, stretch: re.Match[str]) -> str:
    """Undo double encoding of the whole stretch, or, if that fails, of the words that match the pattern."""

    def decode_once(match: re.Match[str], errors: str = "replace") -> str:
        return match[0].translate(_BYTES[encoding]).encode("latin-1").decode(errors=errors)

    try:
        return decode_once(stretch, "strict")
    except UnicodeError:
        return _DOUBLE_ENCODED[encoding].sub(decode_once, stretch[0])


def _undo_latin1(stretch: re.Match[str]) -> str:
    if _LATIN_WORD.search(stretch[0]):
        return stretch[0]
    try:
        return stretch[0].translate(_BYTES["cp1252"]).encode("latin-1").decode("cp1251")
    except UnicodeError:
        return stretch[0]


GARBLED_NOTICE = "letters of it are lost: it was sent broken, and names in it may be missed"


def is_garbled(text: str) -> bool:
    """Return whether letters are lost for good: over 1 % are replacement characters, or words are question marks."""
    lost_count = text.count("\ufffd")
    return (lost_count > 2 and lost_count * 100 > len(text)) or bool(_QUESTION_MARKS.search(text))


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
_LONE_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")  # in text without markup a single line end only wraps the line


def plain_text(html: str) -> str:
    """Return the text of an HTML fragment, one block per line, without tags and scripts, with entities decoded.

    >>> plain_text("<p>Bread &amp;&nbsp;salt</p><p>a<br>b</p><script>x()</script>")
    'Bread & salt\\na\\nb'
    """
    html = strip_forbidden(html).replace("\r\n", "\n")
    text = "".join(_text_parts(_CDATA.sub("", html))) if _MARKUP.search(html) else _LONE_LINE_END.sub(" ", html)
    return _LINES.sub("\n", _SPACES.sub(" ", strip_forbidden(repair_mojibake(text)))).strip()


def plain_line(html: str) -> str:
    """Return the text of an HTML fragment on one line, for titles."""
    return plain_text(html).replace("\n", " ")


def _text_parts(html: str) -> Iterator[str]:
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
