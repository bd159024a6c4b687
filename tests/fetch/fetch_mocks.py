"""A fetcher whose answers a test makes up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kit.fetchers import OwnFetcher
from monitor.errors import FetchError
from monitor.fetch.policy import FetchPolicy
from monitor.model import Validators
from monitor.ports import Purpose, Response

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FEED = "https://lake.example/rss.xml"


async def get(
    url: str = FEED, purpose: Purpose = Purpose.FEED, validators: Validators = Validators(), **policy
) -> Response:
    async with OwnFetcher(FetchPolicy(host_gap=0, **policy), now=lambda: NOW) as fetcher:
        return await fetcher.get(url, purpose, validators)


async def failure(url: str = FEED, purpose: Purpose = Purpose.FEED, **policy) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await get(url, purpose, **policy)
    return caught.value
