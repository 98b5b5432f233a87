"""A number of an option that is none, as out of an environment's text, is refused with what to do about it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from plimsoll.cache import Cache, Limits, QueryCache, UsageError

PLACE = "postgresql://127.0.0.1:1/none"
OPTIONS: dict[str, Callable[[Any], object]] = {
    "entries": lambda value: Limits(entries=value),
    "bytes": lambda value: Limits(bytes=value),
    "tenant_bytes": lambda value: Limits(tenant_bytes=value),
    "staleness_s": lambda value: Cache(staleness_s=value),
    "jitter": lambda value: Cache(jitter=value),
    "audit": lambda value: Cache(audit=value),
    "every_s": lambda value: Cache().follow(PLACE, every_s=value),
    "busy_s": lambda value: Cache().follow(PLACE, busy_s=value),
    "wait_s": lambda value: Cache().follow(PLACE, wait_s=value),
    "at_once": lambda value: asyncio.run(Cache().warm([], asyncio.sleep, at_once=value)),  # type: ignore[arg-type]
    "per_s": lambda value: Cache().warm_sync([], str, per_s=value),
    "within_s": lambda value: Cache().warm_sync([], str, within_s=value),
    "keys": lambda value: Cache().key_log(keys=value),
    "ttl": lambda value: Cache().fetch_sync("k", int, ttl=value),
    "schema_s": lambda value: QueryCache(Cache(), None, schema_s=value),
    "rows_max": lambda value: QueryCache(Cache(), None, rows_max=value),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_it_is_refused(option: str) -> None:
    for value in ("4", float("nan"), -1, [1]):
        with pytest.raises(UsageError) as refused:
            OPTIONS[option](value)
        assert repr(value) in str(refused.value)
        assert refused.value.remedy
