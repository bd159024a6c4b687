"""What came back: the document with its headers, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from monitor.errors import FetchReason
from monitor.fetch.trouble import Failure, headers_too_large, told_plainly
from monitor.model import Validators
from monitor.ports import Response
from monitor.schedule import retry_after


@dataclass(frozen=True, slots=True)
class Document:
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def response(self, url: str, asked_with: Validators, moved_to: str) -> Response:
        """With the validators to ask with next time; those of a 304 replace the old ones (RFC 9111, 4.3.4)."""
        old = asked_with if self.status == 304 else Validators()
        new = Validators(self.headers.get("etag") or old.etag, self.headers.get("last-modified") or old.last_modified)
        return Response(url, self.status, self.headers, self.body, new, moved_to)


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


def to_wire(validator: str) -> bytes:
    return validator.encode("latin-1", "replace")


def is_conditional(request: httpx.Request) -> bool:
    """A 304 to a question without a condition would hide a feed for ever."""
    return "if-none-match" in request.headers or "if-modified-since" in request.headers


def redirected_to(url: httpx.URL, answer: httpx.Response) -> Redirect:
    place = answer.headers.get("location", "").strip()
    if not place:
        raise Failure(FetchReason.BAD_RESPONSE, "a redirect that does not say where to", answer.status_code)
    with told_plainly():
        return Redirect(str(url.join(place).copy_with(fragment=None)), answer.status_code in (301, 308))


_CHALLENGES = ("cf-mitigated", "x-amzn-waf-action")  # Cloudflare's and Amazon's "prove that you are a browser"
_SAID = {
    401: (FetchReason.REFUSED, "the server wants a login"),
    403: (FetchReason.REFUSED, "the server refuses to show this"),
    404: (FetchReason.NOT_FOUND, "there is nothing at this address"),
    407: (FetchReason.UNREACHABLE, "the proxy wants a login"),
    408: (FetchReason.TIMEOUT, "the server waited too long for us"),
    410: (FetchReason.GONE, "the server says it is gone for good"),
    429: (FetchReason.THROTTLED, "the server says that we ask too often"),
    451: (FetchReason.REFUSED, "withheld for legal reasons, the server says"),
}


def refusal(status: int, headers: Mapping[str, str], now: datetime) -> Failure:
    wait = retry_after(headers.get("retry-after", ""), now)
    if any(name in headers for name in _CHALLENGES):
        reason, words = FetchReason.REFUSED, "the server wants to see a browser first"
    elif status in _SAID:
        reason, words = _SAID[status]
    elif status == 503 and wait is not None:
        reason, words = FetchReason.THROTTLED, "the server asks us to come back later"
    elif status >= 500:
        reason, words = FetchReason.SERVER, "the server is in trouble"
    elif status >= 400:
        reason, words = FetchReason.NOT_FOUND, "the server does not answer this request"
    else:
        reason, words = FetchReason.BAD_RESPONSE, "an answer that brings no document"
    return Failure(reason, f"{words} ({status})", status, wait)


def may_be_a_page(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind.startswith("text/") or kind.endswith("xml")
