"""Reading a response: its body within limits, headers, redirects, statuses; failures of httpx as FetchErrors."""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpcore
import httpx

from monitor.errors import FetchError, FetchReason
from monitor.feeds.schedule import retry_after
from monitor.model import Message, Validators
from monitor.ports import Response

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


# Marks of the challenge pages of Cloudflare, DDoS-Guard, Qrator, Sucuri, Imperva, DataDome, AWS, Anubis and SiteGround.
# Their names and ordinary scripts are no mark: ordinary pages behind these services contain them too.
_CHALLENGE = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|ddos-guard/(?:js-challenge|ddg-captcha)|__qrator/qauth|sucuri_cloudproxy_js"
    rb"|Incapsula incident ID|//ct\.captcha-delivery\.com|gokuProps|anubis_challenge|/sgcaptcha/"
)


def is_challenge(page: bytes) -> bool:
    """Return True if a page demands a browser before it shows its content."""
    # Challenge pages are small; 64 kB bound the search in a large feed.
    return _CHALLENGE.search(page, 0, 65_536) is not None


# Not the User-Agent with its contact, nor validators, which a server may have given to us alone.
_SHOWN_HEADERS = frozenset({b"host", b"accept", b"accept-encoding"})


@dataclass(frozen=True, slots=True)
class Redirect:
    """The target of a redirect; `permanent` for 301 and 308."""

    url: str
    permanent: bool


def headers_of(response: httpx.Response, max_bytes: int) -> Mapping[str, str]:
    """Return the headers by lower-case name, without cookies.

    Values are decoded as latin-1, so that an ETag of any bytes can be sent back unchanged. Raises FetchError if they
    are larger than `max_bytes` together.
    """
    raw = response.headers.raw
    if sum(len(name) + len(value) + 4 for name, value in raw) > max_bytes:
        raise headers_too_large()
    headers: dict[str, str] = {}
    # Repeated headers are one list, joined by commas (RFC 9110, 5.2).
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    # Never sent back, and not stored: headers are kept as evidence, and cookies identify the reader.
    headers.pop("set-cookie", None)
    return headers


def request_head(request: httpx.Request) -> str:
    """Return the request line and headers as they were sent, without what identifies us; "" if a proxy changed them.

    A list of what is kept: a header that is added one day identifies nobody by mistake.
    """
    if request.extensions.get("is_rewritten"):
        return ""
    shown = (pair for pair in request.headers.raw if pair[0].lower() in _SHOWN_HEADERS)
    lines = [b" ".join((request.method.encode(), request.url.raw_path, b"HTTP/1.1")), *map(b": ".join, shown)]
    return b"\r\n".join(lines).decode("latin-1")


def next_validators(response: Response, sent: Validators) -> Validators:
    """Return the validators of the next request; those missing from a 304 keep their old values (RFC 9111, 4.3.4)."""
    old = sent if response.is_not_modified else Validators()
    etag, last_modified = (response.headers.get(name) for name in ("etag", "last-modified"))
    return Validators(etag or old.etag, last_modified or old.last_modified)


def encode_header(validator: str) -> bytes:
    """Encode a validator back to the bytes that `headers_of` decoded."""
    return validator.encode("latin-1", "replace")


def is_conditional(request: httpx.Request) -> bool:
    """Return True if the request carries validators; a 304 to any other request would hide a feed for ever."""
    return "if-none-match" in request.headers or "if-modified-since" in request.headers


def redirect_of(url: httpx.URL, response: httpx.Response) -> Redirect:
    """Return the target of a redirect, absolute and without a fragment. Raises FetchError when there is none."""
    location = response.headers.get("location", "").strip()
    if not location:
        raise FetchError(
            FetchReason.BAD_RESPONSE, Message("a redirect that does not say where to"), response.status_code
        )
    with as_fetch_errors():
        return Redirect(str(url.join(location).copy_with(fragment=None)), response.status_code in (301, 308))


_CHALLENGE_HEADERS = ("cf-mitigated", "x-amzn-waf-action")  # Cloudflare's and Amazon's "prove that you are a browser"
_STATUS_ERRORS = {
    401: (FetchReason.REFUSED, Message("the server wants a login")),
    403: (FetchReason.REFUSED, Message("the server refuses to show this")),
    404: (FetchReason.NOT_FOUND, Message("there is nothing at this address")),
    407: (FetchReason.UNREACHABLE, Message("the proxy wants a login")),
    408: (FetchReason.TIMEOUT, Message("the server waited too long for us")),
    410: (FetchReason.GONE, Message("the server says it is gone for good")),
    429: (FetchReason.THROTTLED, Message("the server says that we ask too often")),
    451: (FetchReason.REFUSED, Message("withheld for legal reasons, the server says")),
}


def status_error(status: int, headers: Mapping[str, str], now: datetime) -> FetchError:
    """Return the error of a status other than 200, 304 and redirects, with its Retry-After."""
    wait = retry_after(headers.get("retry-after", ""), now)
    if any(name in headers for name in _CHALLENGE_HEADERS):
        reason, detail = FetchReason.REFUSED, Message("the server wants to see a browser first")
    elif status in _STATUS_ERRORS:
        reason, detail = _STATUS_ERRORS[status]
    # With a Retry-After it asks for a longer pause and is no failure to count.
    elif status == 503 and wait is not None:
        reason, detail = FetchReason.THROTTLED, Message("the server asks us to come back later")
    elif status >= 500:
        reason, detail = FetchReason.SERVER, Message("the server is in trouble")
    elif status >= 400:
        reason, detail = FetchReason.NOT_FOUND, Message("the server does not answer this request")
    else:
        reason, detail = FetchReason.BAD_RESPONSE, Message("an answer that brings no document")
    return FetchError(reason, Message("{} ({})", detail, status), status, wait)


def may_be_page(content_type: str) -> bool:
    """Return True if a Content-Type can be a web page; pages without one exist."""
    media_type = content_type.partition(";")[0].strip().lower()
    return not media_type or media_type.startswith("text/") or media_type.endswith("xml")


# ---- failures -------------------------------------------------------------------------------------------------------


def headers_too_large() -> FetchError:
    """Return the error of headers over the limit; ours and h11's own limit read alike."""
    return FetchError(FetchReason.TOO_LARGE, Message("the headers of the answer are too large"))


@contextmanager
def as_fetch_errors() -> Iterator[None]:
    """Turn everything that httpx, httpcore, h11, idna or ssl raise inside into a FetchError; cancellation passes."""
    try:
        yield
    except FetchError:
        raise
    except Exception as error:
        raise _fetch_error(error) from error


def is_connection_lost(error: FetchError) -> bool:
    """Return True if the connection was lost, before the response began or within it."""
    return isinstance(error.__cause__, httpcore.ReadError | httpcore.WriteError | httpcore.RemoteProtocolError)


def _fetch_error(error: Exception) -> FetchError:
    # httpcore wraps TLS and h11 errors in general ones: the causes are looked through first.
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(FetchReason.TLS, Message("the certificate is not valid: {}", cause.verify_message))
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            return FetchError(FetchReason.TLS, Message("no secure connection could be made"))
        if getattr(cause, "error_status_hint", None) == 431:  # h11: headers larger than its buffer
            return headers_too_large()
    match error:
        case httpx.InvalidURL() | httpcore.UnsupportedProtocol():
            return FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("this is not the address of a web page"))
        # Only connecting has a timeout in httpcore; the one of the whole request is raised by the client.
        case httpcore.TimeoutException() | TimeoutError():
            return FetchError(FetchReason.TIMEOUT, Message("the server takes no connection in time"))
        case httpcore.ProxyError():
            return FetchError(FetchReason.UNREACHABLE, Message("the proxy does not connect us"))
        case httpcore.NetworkError() | OSError():
            return FetchError(FetchReason.UNREACHABLE, Message("no connection, or it was lost"))
        case _:
            return FetchError(FetchReason.BAD_RESPONSE, Message("the answer is not HTTP, or was cut short"))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all its causes and contexts, each once, breadth first."""
    visited: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        cause = queue.pop(0)
        if cause is not None and id(cause) not in visited:
            visited.add(id(cause))
            yield cause
            queue += [cause.__cause__, cause.__context__]
