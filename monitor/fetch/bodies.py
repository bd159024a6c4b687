"""Bodies: read as they come, unpacked by our own hand, bounded."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping

import httpx

from monitor.errors import FetchReason
from monitor.fetch.trouble import Failure, told_plainly


async def read_body(answer: httpx.Response, headers: Mapping[str, str], most: int) -> bytes:
    """The body, unpacked; a Failure if it is larger than `most` bytes or not whole."""
    encoding, said = headers.get("content-encoding", ""), headers.get("content-length", "")
    if not encoding and said.isdecimal() and int(said[:20]) > most:
        raise _too_large(most)
    body = Body(encoding, most)
    async for piece in pieces(answer):
        body.add(piece)
    return body.whole()


async def pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    with told_plainly():
        async for piece in answer.aiter_raw():
            yield piece


class Body:
    """Unpacks a body as it comes and never holds more than `most` bytes of it."""

    _KINDS: Mapping[str, str] = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
    _MEMBERS = 1_000  # a gzip file may be a row of them; a million empty ones are an attack on the processor

    def __init__(self, encoding: str, most: int) -> None:
        encoding = encoding.strip().lower()
        if encoding not in self._KINDS:
            raise Failure(FetchReason.BAD_RESPONSE, "the answer is packed in a way that was not asked for")
        self._kind, self._most = self._KINDS[encoding], most
        self._held, self._head = bytearray(), b""
        self._unpack: zlib._Decompress | None = None
        self._members, self._over = 0, False

    def add(self, piece: bytes) -> None:
        if not self._kind:
            self._keep(piece)
            return
        while piece and not self._over:
            if self._unpack is None:
                piece, self._head = self._head + piece, b""
                if len(piece) < 2:
                    self._head = piece
                    return
                self._begin(piece)
            else:
                piece = self._unpacked(self._unpack, piece)

    def whole(self) -> bytes:
        begun = self._unpack is not None and not self._unpack.eof
        if begun or (self._head and not self._members):
            raise Failure(FetchReason.BAD_RESPONSE, "the answer ends before its end")
        return bytes(self._held)

    def _begin(self, piece: bytes) -> None:
        """Start on a gzip member, or on zlib data with its header (RFC 9110, 8.4.1.2) or, as many send it, without."""
        if self._kind == "gzip":
            window = 16 + zlib.MAX_WBITS
            self._over = self._members > 0 and piece[:2] != b"\x1f\x8b"  # rubbish after the end: as browsers, ignore it
        else:
            has_header = piece[0] & 0x0F == 8 and int.from_bytes(piece[:2]) % 31 == 0
            window = zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
        self._members += 1
        if self._members > self._MEMBERS:
            raise Failure(FetchReason.BAD_RESPONSE, "the packed answer is broken")
        if not self._over:
            self._unpack = zlib.decompressobj(window)

    def _unpacked(self, unpack: zlib._Decompress, piece: bytes) -> bytes:
        """Keep what `piece` holds; returns what stands behind the end of this gzip member."""
        try:
            self._keep(unpack.decompress(piece, self._most - len(self._held) + 1))
        except zlib.error as error:
            raise Failure(FetchReason.BAD_RESPONSE, "the packed answer is broken") from error
        if not unpack.eof:
            return b""
        if self._kind == "gzip":
            self._unpack = None
        else:
            self._over = True
        return unpack.unused_data

    def _keep(self, unpacked: bytes) -> None:
        if len(self._held) + len(unpacked) > self._most:
            raise _too_large(self._most)
        self._held += unpacked


def _too_large(most: int) -> Failure:
    return Failure(FetchReason.TOO_LARGE, f"larger than {most / 1e6:g} MB")
