"""Time stamps written in another form than DER, in which one reader finds another time than the next."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = tuple[int, bytes]  # tag and content
_SEQUENCE, _CONTENT = 0x30, 0xA0


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    bytes_of_size = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 0x80 else bytes([0x80 | bytes_of_size]) + size.to_bytes(bytes_of_size, "big")
    return bytes([tag]) + length + content


def values(content: bytes) -> list[Value]:
    """Return the values that stand one after another in DER."""
    found_values, at = [], 0
    while at < len(content):
        tag, size, begin = content[at], content[at + 1], at + 2
        if size >= 0x80:
            begin += size & 0x7F
            size = int.from_bytes(content[at + 2 : begin], "big")
        found_values.append((tag, content[begin : begin + size]))
        at = begin + size
    return found_values


def _joined(parts: list[Value]) -> bytes:
    return b"".join(der(*part) for part in parts)


def _signed_data(response: bytes) -> tuple[list[Value], list[Value], list[Value]]:
    """Return the parts of a response, of its token and of what is signed."""
    top = values(values(response)[0][1])
    token = values(top[1][1])
    return top, token, values(values(token[1][1])[0][1])


def _response(top: list[Value], token: list[Value], signed: bytes) -> bytes:
    whole_token = der(*token[0]) + der(_CONTENT, der(_SEQUENCE, signed))
    return der(_SEQUENCE, der(*top[0]) + der(_SEQUENCE, whole_token))


def stamp_read_as_of(response: bytes, at: bytes) -> bytes:
    """Return a stamp with a copy of its content in front, of another time, behind a length without an end."""
    top, token, signed = _signed_data(response)
    info = values(values(values(values(signed[2][1])[1][1])[0][1])[0][1])
    info[4] = (info[4][0], at)
    algorithm = values(values(signed[1][1])[0][1])[0]
    copy = der(_SEQUENCE, der(*algorithm) + der(_CONTENT, der(4, der(_SEQUENCE, _joined(info)))))
    return _response(top, token, der(*signed[0]) + b"\x31\x80" + copy + b"\0\0" + _joined(signed[2:]))


def stamp_in_pieces(response: bytes) -> bytes:
    """Return a stamp whose content is cut, so that a piece of it, as its number, may be taken for the time."""
    top, token, signed = _signed_data(response)
    kind, (_, content) = values(signed[2][1])
    text = values(content)[0][1]
    imprint, at = (values(values(text)[0][1])[place][1] for place in (2, 4))
    before, _, after = text.partition(imprint)
    between, _, end = after.partition(at)
    pieces = [(4, piece) for piece in (before[:1], before[1:], imprint, between, at, end)]
    signed[2] = (_SEQUENCE, der(*kind) + der(_CONTENT, der(0x24, der(0x24, _joined(pieces)))))
    return _response(top, token, _joined(signed))
