"""The daily seal: one hash over all pages that were stored, and its time stamps by RFC 3161."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitor.config import Settings
from monitor.errors import DeliveryError, FetchError, InputError, install_extra
from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.home import Home
from monitor.model import Seal, Stamp
from monitor.pack.pack_format import seal_text

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse


ROOTS_FILE = "authorities.pem"
MAX_RESPONSE_BYTES = 100_000  # a token with its chain has five to ten thousand
MOST_CLOCK_DIFFERENCE = timedelta(hours=1)
CERTIFICATES_TAG = 0xA0  # [0] in SignedData (RFC 5652, 5.1)
_TYPES = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


async def ask_for_stamp(
    web: WebFetcher, authority: str, text: bytes, now: datetime, roots: Sequence[Certificate]
) -> Stamp:
    """Return an authority's time stamp of a text, checked. Raises DeliveryError, FetchError; InputError without extra.

    The request holds the hash and a random number, nothing else of ours.
    """
    client = _client()
    request = client.TimestampRequestBuilder().data(text).hash_algorithm(client.HashAlgorithm.SHA256).build()
    status, body = await web.post(authority, request.as_bytes(), _TYPES, MAX_RESPONSE_BYTES)
    if status != 200:
        raise DeliveryError(f"it answered with status {status}")
    try:
        response = client.decode_timestamp_response(with_sorted_certificates(body))
    except (IndexError, ValueError) as error:
        raise DeliveryError("it answered with something else than a time stamp") from error
    problem = _problem_of(response, text, roots, request.nonce)
    if problem:
        raise DeliveryError(problem)
    at = response.tst_info.gen_time
    if abs(at - now) > MOST_CLOCK_DIFFERENCE:
        raise DeliveryError(f"its clock says {at:%Y-%m-%d %H:%M} UTC, ours {now:%Y-%m-%d %H:%M}")
    return Stamp(authority, at, body, _certificates_as_pem(response))


def check_stamp(response_bytes: bytes, text: bytes, roots: Sequence[Certificate]) -> str:
    """Return what is wrong with a stored time stamp, or an empty string; certificates count as of its own time."""
    try:
        response = _client().decode_timestamp_response(with_sorted_certificates(response_bytes))
    except (IndexError, ValueError):
        return "it is no time stamp"
    return _problem_of(response, text, roots, None)


def with_sorted_certificates(response: bytes) -> bytes:
    """Return a response with its certificates in the order of DER, which the signature does not cover.

    OpenSSL, and authorities that use it, put the signer first; `rfc3161_client` refuses another order than DER's.
    """
    place = slice(0, len(response))
    for number in (0, 1, 1, 0):  # the response, its token, the content, the signed data
        place = _values(response, place)[number][1]
    for whole, content in _values(response, place)[3:]:
        if response[whole.start] == CERTIFICATES_TAG:
            certificates = sorted(response[one] for one, _ in _values(response, content))
            return response[: content.start] + b"".join(certificates) + response[content.stop :]
    return response


def _values(der: bytes, within: slice) -> list[tuple[slice, slice]]:
    """Return where the values that stand one after another in DER lie: each whole, and its content."""
    values, at = [], within.start
    while at < within.stop:
        length, begin = der[at + 1], at + 2
        if length >= 0x80:
            begin += length & 0x7F
            length = int.from_bytes(der[at + 2 : begin], "big")
        values.append((slice(at, begin + length), slice(begin, begin + length)))
        at = begin + length
    if at != within.stop:
        raise ValueError("not DER")
    return values


def trusted_roots(home: Path) -> Sequence[Certificate]:
    """Return the root certificates that the operator has put into the home. Raises InputError for a broken file."""
    return read_certificates(home / ROOTS_FILE) if (home / ROOTS_FILE).exists() else ()


def read_certificates(file: Path) -> Sequence[Certificate]:
    """Return the certificates in a PEM file. Raises InputError."""
    _client()
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{file} holds no certificates as PEM: {error}") from None


def _problem_of(response: TimeStampResponse, text: bytes, roots: Sequence[Certificate], nonce: int | None) -> str:
    client = _client()
    try:
        if response.status != client.PKIStatus.GRANTED:
            return f"it refused: {' '.join(response.status_string) or response.status}"
        certificates = _certificates(response)
        # Without roots of the operator's: that the signature is by the certificates that came with it.
        trusted = roots or [one for one in certificates if not any(_has_issued(issuer, one) for issuer in certificates)]
        # Not as `intermediates`: the library trusts those as it trusts roots, and these came with the token.
        client.VerifierBuilder(roots=list(trusted), nonce=nonce).build().verify_message(response, text)
    except (client.VerificationError, ValueError) as error:
        return f"its time stamp is not valid: {str(error).partition(': ErrorStack')[0]}"
    return ""


def _has_issued(issuer: Certificate, certificate: Certificate) -> bool:
    return issuer != certificate and issuer.subject == certificate.issuer


def _certificates(response: TimeStampResponse) -> list[Certificate]:
    from cryptography.x509 import load_der_x509_certificate

    return [load_der_x509_certificate(one) for one in response.signed_data.certificates]


def _certificates_as_pem(response: TimeStampResponse) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return "".join(sorted(one.public_bytes(Encoding.PEM).decode() for one in _certificates(response)))


def _client() -> Any:
    """Return the library. Raises InputError if it is not installed."""
    try:
        import rfc3161_client
    except ModuleNotFoundError:
        raise InputError(f"time stamps need an extra; {install_extra('evidence')}") from None
    return rfc3161_client


SEAL_AT = time(7, 7)  # of the machine's day: cron and `monitor work` send at this minute, whatever was stored
MOST_MISSED_DAYS = 31  # sealed each by itself; of a longer pause, as of a clock that was wrong, one seal has the rest
SEALS_FOLDER = "seals"


def seal_and_stamp(home: Home) -> tuple[Seal | None, list[str]]:
    """Seal the days that have ended, and have the newest seal certified; return it and the problems.

    The seals before it hang on it, so one request to each authority a day is enough, and none is sent twice.
    """
    problems: list[str] = []
    for day in days_to_seal(home):
        _write_file(home, home.store.seals.seal_day(day, home.clock()), problems)
    seal = home.store.seals.newest()
    if seal is None:
        return None, problems
    missing = set(home.settings.seal_authorities) - {stamp.authority for stamp in seal.stamps}
    # In the order of the settings.
    authorities = [authority for authority in home.settings.seal_authorities if authority in missing]
    for outcome in asyncio.run(_ask_all(home.settings, authorities, seal, home.clock())) if authorities else ():
        if isinstance(outcome, Stamp):
            home.store.seals.add_stamp(seal.number, outcome)
        else:
            problems.append(outcome)
    return home.store.seals.newest(), problems


def text_of(seal: Seal) -> bytes:
    """Return the file that is certified."""
    return seal_text(seal.day.isoformat(), seal.tree, seal.before)


def days_to_seal(home: Home) -> Iterator[date]:
    """Yield the days of UTC that have ended and have no seal, also those on which nothing was stored."""
    seals, yesterday = home.store.seals, home.clock().astimezone(UTC).date() - timedelta(days=1)
    newest = seals.newest()
    if newest is None:
        article: int | None = 0
        while article is not None:
            article = seals.add_stored_before(article)
        yield yesterday
        return
    first = max(newest.day + timedelta(days=1), yesterday - timedelta(days=MOST_MISSED_DAYS - 1))
    for number in range((yesterday - first).days + 1):
        yield first + timedelta(days=number)
    # A clock that ran ahead has left a seal in the future; the days go on all the same.
    if newest.day > yesterday and not seals.has_day(yesterday):
        yield yesterday


def next_seal_time(now: datetime) -> datetime:
    """Return the next fixed minute, in the zone of `now`."""
    today = datetime.combine(now.date(), SEAL_AT, now.tzinfo)
    return today if now < today else today + timedelta(days=1)


async def _ask_all(settings: Settings, authorities: Sequence[str], seal: Seal, now: datetime) -> Sequence[Stamp | str]:
    """Ask the authorities at once, so that a slow one delays no other; return a stamp or a sentence for each."""
    policy = FetchPolicy(allow_hosts=settings.allow_hosts, user_agent=settings.user_agent, proxy=settings.proxy)
    roots = trusted_roots(settings.home)

    async def stamp_of(web: WebFetcher, authority: str) -> Stamp | str:
        host = urlsplit(authority).netloc
        try:
            return await ask_for_stamp(web, authority, text_of(seal), now, roots)
        except FetchError as error:
            return f"{host} did not certify the seal of {seal.day}: {error.detail}"
        except (DeliveryError, InputError) as error:
            return f"{host} did not certify the seal of {seal.day}: {error}"

    async with WebFetcher(policy) as web:
        return await asyncio.gather(*(stamp_of(web, authority) for authority in authorities))


def _write_file(home: Home, seal: Seal, problems: list[str]) -> None:
    """Write the seal as a file for other programs, such as OpenTimestamps' `ots stamp`."""
    file = home.settings.home / SEALS_FOLDER / f"{seal.day}.txt"
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_bytes(text_of(seal))
    except OSError as error:
        problems.append(f"{file} cannot be written: {error.strerror}; the seal is in the database")
