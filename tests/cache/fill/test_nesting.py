"""Fills that fetch from the cache themselves."""

import asyncio
from typing import Any

import pytest

from plimsoll.cache import Cache, UsageError


def test_fills_that_fetch_each_other_are_told_so_before_they_are_deep() -> None:
    cache, filled = Cache(staleness_s=None), list[str]()

    def one() -> Any:
        filled.append("a")
        return cache.fetch_sync("b", other)

    def other() -> Any:
        return cache.fetch_sync("a", one)

    async def awaited() -> Any:
        return await cache.fetch("c", awaited)

    with pytest.raises(UsageError, match="that of 'a' fetches it again and again, maybe by that of 'b'"):
        cache.fetch_sync("a", one)
    assert filled == ["a", "a"]
    with pytest.raises(UsageError, match="that of 'c'"):
        asyncio.run(cache.fetch("c", awaited))
    assert len(cache._desk.flights) == 0
