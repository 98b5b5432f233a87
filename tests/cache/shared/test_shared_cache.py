"""Caches that share a server and follow one database: filled once for all of them, and right in each."""

import asyncio
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling, SharedTier, tag
from plimsoll.cache.shared.asking import AwayError
from plimsoll.core.errors import UsageError
from plimsoll.embedded import ValkeyServer
from plimsoll.testing.valkey import said
from tests.cache.test_following import NOTE, Watching, wrote

NOBODY = "127.0.0.1:1"  # no server is there
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "cache-shared.md"


def settled(cache: Cache) -> bool:
    assert cache._shared is not None
    return cache._shared.settled(30)


@contextmanager
def caches(dsn: str, url: str, count: int = 2) -> Iterator[list[tuple[Cache, Watching]]]:
    made = [
        (Cache("shop", staleness_s=60, shared=SharedTier("shop", url, limit_s=5)), Watching()) for _ in range(count)
    ]
    try:
        for cache, watching in made:
            cache.follow(dsn, wait_s=30, sinks=[watching])
            assert NOBODY in url or settled(cache)
        yield made
    finally:
        for cache, _ in made:
            cache.close()


def test_what_one_filled_none_fills_again_until_it_is_changed(shop: str, valkey: ValkeyServer) -> None:
    async def story() -> None:
        connection, fills = await asyncpg.connect(shop), 0

        async def fill(filling: Filling) -> str:
            nonlocal fills
            fills += 1
            await filling.on(connection)
            return str(await connection.fetchval(NOTE, 1))

        async def notes() -> list[str]:
            return [await cache.fetch("note", fill, ttl=60, tags=[tag("order", 1)]) for cache, _ in both]

        with caches(shop, valkey.url) as both:
            await connection.execute("INSERT INTO orders VALUES (1, 'old')")
            assert await notes() == ["old", "old"]
            assert fills == 1
            xid = await wrote(connection, "UPDATE orders SET note = 'new' WHERE id = 1")
            for _, watching in both:
                watching.until(xid)
            assert await notes() == ["new", "new"]
            assert fills == 2
            assert [cache.status().hits_shared for cache, _ in both] == [0, 2]
            both[1][0].invalidate(tag("order", 1))
            assert await both[1][0].fetch("note", fill, ttl=60, tags=[tag("order", 1)]) == "new"
            assert fills == 3
            both[1][0].delete("note")
            assert settled(both[1][0])
            assert await both[1][0].fetch("note", fill, ttl=60, tags=[tag("order", 1)]) == "new"
            assert fills == 4
            with caches(shop, valkey.url, 1) as [(late, _)]:
                assert await late.fetch("note", fill, ttl=60, tags=[tag("order", 1)]) == "new"
                assert late.shared is not None
                assert late.shared.state == "in use"
                late.close()  # in the loop that its connections are of
            for cache, _ in both:
                cache.close()
        await connection.close()

    asyncio.run(story())


def test_what_may_be_older_than_it_looks_is_not_shared(shop: str, valkey: ValkeyServer) -> None:
    async def story() -> None:
        connection = await asyncpg.connect(shop)
        with caches(shop, valkey.url, 1) as [(cache, _)]:

            async def fill(filling: Filling) -> int:
                await filling.on(connection)
                return 1

            async def of_cached(filling: Filling) -> int:
                return int(await cache.fetch("part", fill, tags=["order:7"])) + 1

            async with connection.transaction(isolation="repeatable_read"):
                assert await cache.fetch("early", fill, tags=["order:7"]) == 1
            assert await cache.fetch("part", fill, tags=["order:7"]) == 1
            assert await cache.fetch("sum", of_cached) == 2
            assert said(valkey, "EXISTS plimsoll:1:value:shop:tpart", "EXISTS plimsoll:1:value:shop:tearly") == [
                ":1",
                ":0",
            ]
            assert said(valkey, "EXISTS plimsoll:1:value:shop:tsum") == [":0"]
            cache.close()
        await connection.close()

    asyncio.run(story())


def test_without_its_server_a_cache_is_as_without_sharing(shop: str) -> None:
    with caches(shop, f"valkey://:hunter2@{NOBODY}", 1) as [(cache, _)]:
        assert cache.fetch_sync("k", lambda: 1, tags=["order:9"]) == 1
        assert cache.fetch_sync("k", lambda: 2, tags=["order:9"]) == 1
        cache.invalidate("order:9")
        assert cache.fetch_sync("k", lambda: 3, tags=["order:9"]) == 3
        assert cache.shared is not None
        assert cache.shared.state.startswith("not in use")
        assert "hunter2" not in repr(cache.shared)


def test_whatever_the_driver_raises_changes_are_followed(shop: str) -> None:
    tier = SharedTier("shop", f"valkey://{NOBODY}")
    tier._place.options["nonsense"] = 1  # its connections cannot even be made: a TypeError
    with Cache("shop", staleness_s=60, shared=tier) as cache:
        cache.follow(shop, wait_s=30)
        assert cache.fetch_sync("k", lambda: 1, tags=["order:9"]) == 1
        assert cache.fetch_sync("k", lambda: 2, tags=["order:9"]) == 1
        assert "nonsense" in tier.status().trouble
        with pytest.raises(AwayError, match="nonsense"):
            asyncio.run(tier._loops.exchange([]))


def test_only_what_follows_can_be_shared() -> None:
    with pytest.raises(UsageError, match="cannot be shared"):
        Cache("shop", staleness_s=None, shared="valkey://127.0.0.1")


def test_what_two_caches_would_share_by_mistake_is_refused() -> None:
    with pytest.raises(UsageError, match="called 'shop' and its SharedTier 'stock'"):
        Cache("shop", shared=SharedTier("stock", f"valkey://{NOBODY}"))


@pytest.mark.parametrize(
    "limits", [{"limit_s": "x"}, {"lease_s": 0}, {"limit_s": math.inf}, {"compress_above": "2 kB"}]
)
def test_what_is_no_limit_is_refused_by_its_name(limits: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(limits))} is"):
        SharedTier("shop", f"valkey://{NOBODY}", **limits)


def test_a_file_of_tls_that_cannot_be_read_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"ssl_ca_certs cannot be read: .*{tmp_path}/nope"):
        Cache("shop", shared=f"valkeys://{NOBODY}?ssl_ca_certs={tmp_path}/nope")


def test_the_program_of_the_guide(shop: str, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", shop)
    monkeypatch.setenv("CACHE_URL", valkey.url)
    names: dict[str, Any] = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), names)  # noqa: S102
    try:
        assert names["order"](5) == {"id": 5}
        assert isinstance(names["standing"](), str)
        assert names["patient"].shared.url == f"valkey://127.0.0.1:{valkey.port}"
    finally:
        names["cache"].close()
        names["patient"].close()
