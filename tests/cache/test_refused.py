"""What a call cannot take is refused where it is made, with what was given and what to do."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from plimsoll.cache import Cache, Filling, Limits, QueryCache, Role, Session, UsageError
from plimsoll.core.tag import tag


class Pool:
    """As asyncpg's: it has many connections, and asks any."""

    def acquire(self) -> None: ...

    async def fetchrow(self, _: str) -> None: ...


async def writing(connection: Any) -> None:
    async with Cache().writing(connection, "order:1"):
        pass


def writing_sync(connection: Any) -> None:
    with Cache().writing_sync(connection, "order:1"):
        pass


CALLS: dict[str, tuple[Callable[[Any], object], tuple[Any, ...]]] = {
    "limits": (lambda given: Cache(limits=given), (5,)),
    "whole limits": (lambda given: Limits(bytes=given), (1.5, True)),
    "tags": (lambda given: Cache().cached(tags=given)(print), (5,)),
    "key": (lambda given: Cache().cached(key=given)(print), (5,)),
    "namespace": (lambda given: Cache().namespace(given), (5, None)),
    "family": (lambda given: tag(given, 1), (1, None)),
    "writing": (lambda given: asyncio.run(writing(given)), (None, Pool())),
    "writing_sync": (writing_sync, (None, Pool())),
    "on": (lambda given: asyncio.run(Filling("k").on(given)), (None, Pool())),
    "token_of": (lambda given: asyncio.run(Cache().token_of(given)), (None, Pool())),
    "ends_at": (lambda given: Session(1, given), ("tomorrow",)),
    "cache": (lambda given: QueryCache(given, Pool()), (None,)),
    "pool": (lambda given: QueryCache(Cache(), given), ("postgresql://shop", None)),
    "get": (lambda given: Cache().get(given), (5, None)),
    "permission": (lambda given: Role("a", allow=[given]), (5,)),
    "tenant": (lambda given: Cache().fetch_sync("k", int, tenant=given), (5,)),
}


@pytest.mark.parametrize("call", CALLS)
def test_it_is_refused(call: str) -> None:
    made, several = CALLS[call]
    for given in several:
        with pytest.raises(UsageError) as refused:
            made(given)
        assert repr(given) in str(refused.value) or type(given).__name__ in str(refused.value)
        assert refused.value.remedy
