"""Pure. Addresses in files and settings: of the web, of proxies and servers."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from monitor.urls import is_web_url


def require_web_url(url: str) -> str:
    """Return the URL. Raises ValueError unless it is a web address without spaces."""
    if not is_web_url(url) or any(c.isspace() for c in url):
        raise ValueError("not a web address that can be asked for")
    return url


def url_validator(description: str, *schemes: str) -> AfterValidator:
    """Return a validator for URLs with one of the schemes, a host and, if given, a valid port."""

    def check_address(url: str) -> str:
        try:
            parts = urlsplit(url)
            # `port` raises ValueError for text and for numbers above 65,535.
            is_valid = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ValueError(f"not the address of {description}")
        return url

    return AfterValidator(check_address)


Proxy = Annotated[
    str,
    url_validator("a proxy", "http", "https", "socks5", "socks5h"),
    Field(repr=False, description="write socks5://host:port or http://host:port"),
]
