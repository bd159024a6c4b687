"""I/O: HTTP. The only module that knows httpx.

`WebFetcher.get` is one polite, bounded GET: a turn at the host; the address checked at every hop, and connected to as
checked; one deadline and one size for the whole. Whatever goes wrong is a FetchError. The transport is used without
httpx's client, so there is no cookie jar, no netrc, no log line with the URL, and no redirect that we did not follow.

Validators belong to the address that gave them: an ETag of one resource shown to another may be answered "unchanged"
by chance, which hides the feed for good (RFC 9110, 8.8.3). So each hop of a redirect is shown its own or none.
"""

from __future__ import annotations

from monitor.fetch.client import WebFetcher
from monitor.fetch.policy import FetchPolicy
from monitor.fetch.rate_limits import CircuitBreaker

__all__ = ["CircuitBreaker", "FetchPolicy", "WebFetcher"]
