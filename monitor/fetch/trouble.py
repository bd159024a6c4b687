"""What goes wrong with a request, in plain words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx

from monitor.errors import FetchError, FetchReason


class Failure(Exception):
    """A FetchError that does not know yet what was asked for."""

    def __init__(
        self,
        reason: FetchReason,
        detail: str,
        status: int | None = None,
        wait: timedelta | None = None,
        *,
        asked: bool = True,
    ) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.status, self.wait, self.asked = reason, detail, status, wait, asked

    def about(self, url: str) -> FetchError:
        return FetchError(url, self.reason, self.detail, status=self.status, retry_after=self.wait, asked=self.asked)


def headers_too_large() -> Failure:
    return Failure(FetchReason.TOO_LARGE, "the headers of the answer are too large")


@contextmanager
def told_plainly() -> Iterator[None]:
    """Around a call into httpx: what it, httpcore, h11, idna or ssl raise becomes a Failure. Cancelling passes."""
    try:
        yield
    except Failure:
        raise
    except Exception as error:
        raise _explained(error) from error


def _explained(error: Exception) -> Failure:
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(FetchReason.TLS, f"the certificate is not valid: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            return Failure(FetchReason.TLS, "no secure connection could be made")
        if getattr(cause, "error_status_hint", None) == 431:  # h11: headers beyond what it buffers
            return headers_too_large()
    match error:
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Failure(FetchReason.FORBIDDEN_ADDRESS, "this is not the address of a web page")
        case httpx.TimeoutException() | TimeoutError():
            return Failure(FetchReason.TIMEOUT, "the server takes no connection in time")
        case httpx.ProxyError():
            return Failure(FetchReason.UNREACHABLE, "the proxy does not connect us")
        case httpx.NetworkError() | OSError():
            return Failure(FetchReason.UNREACHABLE, "no connection, or it was lost")
        case _:
            return Failure(FetchReason.BAD_RESPONSE, "the answer is not HTTP, or was cut short")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        cause = queue.pop(0)
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            queue += [cause.__cause__, cause.__context__]
