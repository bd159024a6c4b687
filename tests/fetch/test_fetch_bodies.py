"""Bodies of answers, and proxies."""

from __future__ import annotations

import gzip
import zlib

import httpx
import pytest
import respx

from fetch.fetch_mocks import FEED, failure, get
from monitor.errors import FetchReason
from monitor.ports import Purpose

# ---- bodies -------------------------------------------------------------------------------------------------------

TEXT = "жаңылык ".encode() * 3000


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


class Dribble(httpx.AsyncByteStream):
    """A body that comes a byte at a time."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self):
        for n in range(len(self.body)):
            yield self.body[n : n + 1]


def packed(body: bytes) -> bytes:
    """Without the time of day: the processes that share the tests must name them alike."""
    return gzip.compress(body, mtime=0)


PACKED = [
    ("", TEXT),
    ("identity", TEXT),
    ("gzip", packed(TEXT)),
    (" GZIP ", packed(TEXT)),
    ("x-gzip", packed(TEXT)),
    ("gzip", packed(TEXT[:100]) + packed(TEXT[100:])),
    ("gzip", packed(TEXT) + b"\0\0\0"),
    ("gzip", packed(TEXT) + b"\n"),
    ("gzip", packed(TEXT) + b"<!-- served by a cache -->"),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", zlib.compress(TEXT, 1)),
    ("deflate", raw_deflate(TEXT)),
]


@pytest.mark.parametrize("dribbled", [False, True])
@pytest.mark.parametrize(("encoding", "content"), PACKED)
@respx.mock
async def test_a_packed_body_is_unpacked(encoding, content, dribbled):
    body = {"stream": Dribble(content)} if dribbled else {"content": content}
    respx.get(FEED).mock(return_value=httpx.Response(200, headers={"Content-Encoding": encoding}, **body))
    assert (await get()).body == TEXT


BROKEN = [
    ("gzip", packed(TEXT)[:-9]),
    ("gzip", packed(TEXT)[:-1]),
    ("gzip", packed(TEXT)[:1]),
    ("gzip", packed(TEXT[:100]) + packed(TEXT[100:])[:-4]),
    ("gzip", TEXT),
    ("gzip", packed(TEXT)[:-8] + b"\0" * 8),
    ("gzip", packed(b"") * 2000),
    ("deflate", zlib.compress(TEXT)[:-5]),
    ("deflate", raw_deflate(TEXT)[:-5]),
    ("deflate", b"\xff" * 50),
    ("br", TEXT),
    ("zstd", TEXT),
    ("gzip, gzip", packed(packed(TEXT))),
]


@pytest.mark.parametrize(("encoding", "content"), BROKEN)
@respx.mock
async def test_a_body_that_is_broken_cut_off_or_packed_unasked_is_an_error(encoding, content):
    respx.get(FEED).mock(
        return_value=httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(content))
    )
    assert (await failure()).reason is FetchReason.BAD_RESPONSE


@respx.mock
async def test_an_empty_body_that_says_it_is_packed_is_empty():
    respx.get(FEED).respond(200, headers={"Content-Encoding": "gzip"}, content=b"")
    assert (await get()).body == b""


@pytest.mark.parametrize("purpose", [Purpose.FEED, Purpose.PAGE])
@pytest.mark.parametrize("pack", [bytes, packed, zlib.compress, raw_deflate])
@respx.mock
async def test_the_limit_holds_for_the_unpacked_body_to_the_byte(pack, purpose):
    limits = {"feed_bytes": 5000, "page_bytes": 4000}
    limit = limits["feed_bytes" if purpose is Purpose.FEED else "page_bytes"]
    encoding = {bytes: "", packed: "gzip"}.get(pack, "deflate")
    for size, fits in ((limit, True), (limit + 1, False)):
        content = httpx.ByteStream(pack(b"a" * size))
        respx.get(FEED).mock(return_value=httpx.Response(200, headers={"Content-Encoding": encoding}, stream=content))
        if fits:
            assert (await get(purpose=purpose, **limits)).body == b"a" * size
        else:
            assert (await failure(purpose=purpose, **limits)).reason is FetchReason.TOO_LARGE


class Unread(httpx.AsyncByteStream):
    async def __aiter__(self):
        raise AssertionError("the body was read")
        yield b""


@pytest.mark.parametrize(
    "kind",
    ["application/pdf", "image/jpeg", "video/mp4", "audio/mpeg; x=1", "application/octet-stream", "Application/ZIP"],
)
@respx.mock
async def test_what_cannot_be_a_page_is_not_downloaded(kind):
    respx.get(FEED).mock(return_value=httpx.Response(200, headers={"Content-Type": kind}, stream=Unread()))
    answer = await get(purpose=Purpose.PAGE)
    assert (answer.content_type, answer.body) == (kind, b"")


@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML; charset=x", "application/xhtml+xml", "text/plain", ""])
@respx.mock
async def test_what_may_be_a_page_is_read(kind):
    respx.get(FEED).mock(
        return_value=httpx.Response(200, headers={"Content-Type": kind}, stream=httpx.ByteStream(b"x"))
    )
    assert (await get(purpose=Purpose.PAGE)).body == b"x"


@respx.mock
async def test_a_feed_is_read_whatever_it_says_it_is():
    respx.get(FEED).respond(200, headers={"Content-Type": "application/octet-stream"}, content=b"<rss/>")
    assert (await get()).body == b"<rss/>"


@respx.mock
async def test_a_size_that_is_announced_too_large_is_not_downloaded():
    headers = {"Content-Length": "10000001"}
    respx.get(FEED).mock(return_value=httpx.Response(200, headers=headers, stream=Unread()))
    assert (await failure()).reason is FetchReason.TOO_LARGE


@respx.mock
async def test_repeated_headers_are_one_list():
    respx.get(FEED).mock(
        return_value=httpx.Response(200, headers=[("Cache-Control", "public"), ("cache-control", "max-age=60")])
    )
    assert (await get()).headers["cache-control"] == "public, max-age=60"


# ---- proxies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("ftp://user:s3cret@proxy.example", "socks5://"),
        ("nonsense", "socks5://"),
        ("http://[::1", "socks5://"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_said_plainly_and_not_gone_around(proxy, words):
    error = await failure(proxy=proxy)
    assert error.reason is FetchReason.UNREACHABLE
    assert words in str(error) and "s3cret" not in str(error)
