"""What came back: headers, where to go on, what a status means, and what goes wrong instead, in plain words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from monitor.errors import FetchError, FetchReason
from monitor.feeds.schedule import retry_after
from monitor.model import Message, Validators
from monitor.ports import Response


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the document is to be had instead; `permanent`: from now on (301, 308)."""

    url: str
    permanent: bool


def headers_of(answer: httpx.Response, most: int) -> Mapping[str, str]:
    """Names in lower case; values as latin-1, which gives an ETag of any bytes back as it came. Cookies are dropped."""
    raw = answer.headers.raw
    if sum(len(name) + len(value) + 4 for name, value in raw) > most:
        raise headers_too_large()
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    headers.pop("set-cookie", None)
    return headers


def to_ask_with(answer: Response, before: Validators) -> Validators:
    """What to ask with next time; what a 304 gives replaces the old, the rest of which stays (RFC 9111, 4.3.4)."""
    old = before if answer.unchanged else Validators()
    etag, last_modified = (answer.headers.get(name) for name in ("etag", "last-modified"))
    return Validators(etag or old.etag, last_modified or old.last_modified)


def to_wire(validator: str) -> bytes:
    return validator.encode("latin-1", "replace")


def is_conditional(request: httpx.Request) -> bool:
    """A 304 to a question without a condition would hide a feed for ever."""
    return "if-none-match" in request.headers or "if-modified-since" in request.headers


def redirected_to(url: httpx.URL, answer: httpx.Response) -> Redirect:
    place = answer.headers.get("location", "").strip()
    if not place:
        raise FetchError(FetchReason.BAD_RESPONSE, Message("a redirect that does not say where to"), answer.status_code)
    with as_fetch_errors():
        return Redirect(str(url.join(place).copy_with(fragment=None)), answer.status_code in (301, 308))


_CHALLENGES = ("cf-mitigated", "x-amzn-waf-action")  # Cloudflare's and Amazon's "prove that you are a browser"
_SAID = {
    401: (FetchReason.REFUSED, Message("the server wants a login")),
    403: (FetchReason.REFUSED, Message("the server refuses to show this")),
    404: (FetchReason.NOT_FOUND, Message("there is nothing at this address")),
    407: (FetchReason.UNREACHABLE, Message("the proxy wants a login")),
    408: (FetchReason.TIMEOUT, Message("the server waited too long for us")),
    410: (FetchReason.GONE, Message("the server says it is gone for good")),
    429: (FetchReason.THROTTLED, Message("the server says that we ask too often")),
    451: (FetchReason.REFUSED, Message("withheld for legal reasons, the server says")),
}


def refusal(status: int, headers: Mapping[str, str], now: datetime) -> FetchError:
    wait = retry_after(headers.get("retry-after", ""), now)
    if any(name in headers for name in _CHALLENGES):
        reason, words = FetchReason.REFUSED, Message("the server wants to see a browser first")
    elif status in _SAID:
        reason, words = _SAID[status]
    elif status == 503 and wait is not None:
        reason, words = FetchReason.THROTTLED, Message("the server asks us to come back later")
    elif status >= 500:
        reason, words = FetchReason.SERVER, Message("the server is in trouble")
    elif status >= 400:
        reason, words = FetchReason.NOT_FOUND, Message("the server does not answer this request")
    else:
        reason, words = FetchReason.BAD_RESPONSE, Message("an answer that brings no document")
    return FetchError(reason, Message("{} ({})", words, status), status, wait)


def may_be_a_page(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind.startswith("text/") or kind.endswith("xml")


# ---- what goes wrong ------------------------------------------------------------------------------------------------


def headers_too_large() -> FetchError:
    return FetchError(FetchReason.TOO_LARGE, Message("the headers of the answer are too large"))


@contextmanager
def as_fetch_errors() -> Iterator[None]:
    """Around a call into httpx: what it, httpcore, h11, idna or ssl raise becomes a FetchError. Cancelling passes."""
    try:
        yield
    except FetchError:
        raise
    except Exception as error:
        raise _explained(error) from error


def is_lost(error: FetchError) -> bool:
    """Whether the connection went away, before the answer began or within it."""
    return isinstance(error.__cause__, httpx.ReadError | httpx.WriteError | httpx.RemoteProtocolError)


def _explained(error: Exception) -> FetchError:
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(FetchReason.TLS, Message("the certificate is not valid: {}", cause.verify_message))
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            return FetchError(FetchReason.TLS, Message("no secure connection could be made"))
        if getattr(cause, "error_status_hint", None) == 431:  # h11: headers beyond what it buffers
            return headers_too_large()
    match error:
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return FetchError(FetchReason.FORBIDDEN_ADDRESS, Message("this is not the address of a web page"))
        case httpx.TimeoutException() | TimeoutError():
            return FetchError(FetchReason.TIMEOUT, Message("the server takes no connection in time"))
        case httpx.ProxyError():
            return FetchError(FetchReason.UNREACHABLE, Message("the proxy does not connect us"))
        case httpx.NetworkError() | OSError():
            return FetchError(FetchReason.UNREACHABLE, Message("no connection, or it was lost"))
        case _:
            return FetchError(FetchReason.BAD_RESPONSE, Message("the answer is not HTTP, or was cut short"))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        cause = queue.pop(0)
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            queue += [cause.__cause__, cause.__context__]
