"""Bodies: read as they come, unpacked by our own hand, bounded."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping

import httpx

from monitor.errors import FetchError, FetchReason
from monitor.fetch.responses import as_fetch_errors
from monitor.model import Message

_ENCODINGS = frozenset(["", "identity", "gzip", "x-gzip", "deflate"])
_GZIP = b"\x1f\x8b"
_MEMBERS = 1_000  # a gzip file may be a row of them; a million empty ones are an attack on the processor


async def read_body(answer: httpx.Response, headers: Mapping[str, str], most: int) -> bytes:
    """The body, unpacked; a FetchError if it is larger than `most` bytes, packed or unpacked, or not whole."""
    encoding, said = headers.get("content-encoding", "").strip().lower(), headers.get("content-length", "")
    if encoding not in _ENCODINGS:
        raise FetchError(FetchReason.BAD_RESPONSE, Message("the answer is packed in a way that was not asked for"))
    if said.isdecimal() and int(said[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    async for piece in pieces(answer):
        body += piece
        if len(body) > most:
            raise _too_large(most)
    return bytes(body) if encoding in {"", "identity"} or not body else _unpacked(body, encoding == "deflate", most)


async def pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    with as_fetch_errors():
        async for piece in answer.aiter_raw():
            yield piece


def _unpacked(packed: bytes | bytearray, deflate: bool, most: int) -> bytes:
    """Gzip members, or zlib data with its header (RFC 9110, 8.4.1.2) or, as many send it, without."""
    has_header = packed[0] & 0x0F == 8 and int.from_bytes(packed[:2]) % 31 == 0
    window = (zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS) if deflate else 16 + zlib.MAX_WBITS
    held = bytearray()
    for _ in range(_MEMBERS):
        unpack = zlib.decompressobj(window)
        try:
            held += unpack.decompress(packed, most - len(held) + 1)
        except zlib.error as error:
            raise FetchError(FetchReason.BAD_RESPONSE, Message("the packed answer is broken")) from error
        if len(held) > most:
            raise _too_large(most)
        if not unpack.eof:
            raise FetchError(FetchReason.BAD_RESPONSE, Message("the answer ends before its end"))
        packed = unpack.unused_data
        if deflate or not packed.startswith(_GZIP):  # rubbish after the end: as browsers, ignore it
            return bytes(held)
    raise FetchError(FetchReason.BAD_RESPONSE, Message("the packed answer is broken"))


def _too_large(most: int) -> FetchError:
    return FetchError(FetchReason.TOO_LARGE, Message("larger than {} MB", f"{most / 1e6:g}"))
