"""Response bodies, read as a stream and decompressed with a size limit."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping

import httpx

from monitor.errors import FetchError, FetchReason
from monitor.fetch.responses import as_fetch_errors
from monitor.model import Message

_ENCODINGS = frozenset(["", "identity", "gzip", "x-gzip", "deflate"])
_GZIP = b"\x1f\x8b"
_MAX_MEMBERS = 1_000  # a gzip file may hold several; a million empty ones would be an attack on the CPU


async def read_body(response: httpx.Response, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """Return the decompressed body.

    Raises FetchError if it is incomplete, or larger than `max_bytes` before or after decompression.
    """
    encoding, declared_length = headers.get("content-encoding", "").strip().lower(), headers.get("content-length", "")
    if encoding not in _ENCODINGS:
        raise FetchError(FetchReason.BAD_RESPONSE, Message("the answer is packed in a way that was not asked for"))
    if declared_length.isdecimal() and int(declared_length[:20]) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    # Content-Length may be missing or wrong, so the limit is checked on what arrives.
    async for chunk in raw_chunks(response):
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    if encoding in {"", "identity"} or not body:
        return bytes(body)
    return _decompress(body, encoding == "deflate", max_bytes)


async def raw_chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body as received, still compressed; failures of httpx become FetchErrors."""
    with as_fetch_errors():
        async for chunk in response.aiter_raw():
            yield chunk


def _decompress(compressed: bytes | bytearray, is_deflate: bool, max_bytes: int) -> bytes:
    """Decompress gzip members or zlib data; many servers send zlib data without its header (RFC 9110, 8.4.1.2)."""
    # A zlib header: compression method 8, and a multiple of 31 (RFC 1950, 2.2).
    has_header = compressed[0] & 0x0F == 8 and int.from_bytes(compressed[:2]) % 31 == 0
    window = (zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS) if is_deflate else 16 + zlib.MAX_WBITS
    output = bytearray()
    for _ in range(_MAX_MEMBERS):
        decompressor = zlib.decompressobj(window)
        try:
            # One byte over the limit is enough to notice a bomb without unpacking it.
            output += decompressor.decompress(compressed, max_bytes - len(output) + 1)
        except zlib.error as error:
            raise FetchError(FetchReason.BAD_RESPONSE, Message("the packed answer is broken")) from error
        if len(output) > max_bytes:
            raise _too_large(max_bytes)
        if not decompressor.eof:
            raise FetchError(FetchReason.BAD_RESPONSE, Message("the answer ends before its end"))
        compressed = decompressor.unused_data
        if is_deflate or not compressed.startswith(_GZIP):  # ignore what follows the last member, as browsers do
            return bytes(output)
    raise FetchError(FetchReason.BAD_RESPONSE, Message("the packed answer is broken"))


def _too_large(max_bytes: int) -> FetchError:
    return FetchError(FetchReason.TOO_LARGE, Message("larger than {} MB", f"{max_bytes / 1e6:g}"))
