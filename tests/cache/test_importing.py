"""What a web worker pays for a cache, and what becomes of one when it forks."""

import json
import os
import subprocess
import sys
import warnings
from typing import Any

from plimsoll.cache import Cache
from plimsoll.cache import __all__ as public

HEAVY = {"asyncio", "asyncpg", "numpy", "polars", "pydantic", "valkey", "sqlglot", "uvloop"}
USED = """
import sys
from plimsoll.cache import Cache, Filling, Limits, Token, filling, tag
cache = Cache(staleness_s=None)
assert cache.fetch_sync("k", lambda: 1, ttl=60, tags=[tag("order", 1)]) == cache.get("k") == 1
print(*sys.modules)
"""


def test_using_it_in_threads_loads_neither_a_driver_nor_an_event_loop() -> None:
    done = subprocess.run([sys.executable, "-c", USED], text=True, capture_output=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()


LATER = """
import asyncio, os, sys
from plimsoll.cache import Cache, tag
known = {}
def step(name): known[name] = set(sys.modules)
async def several():
    step("asyncio")
    await asyncio.gather(*[cache.fetch("b", fill, ttl=60, tags=[tag("order", 1)], pure=True) for _ in range(3)])
async def fill():
    await asyncio.sleep(0)
    return 1
cache = Cache(staleness_s=60, audit=1.0)
step("made")
cache.fetch_sync("a", lambda: 1, ttl=60, pure=True)
assert cache.fetch_sync("a", lambda: 1, ttl=60, pure=True) == 1
step("asked")
asyncio.run(several())
step("awaited")
cache.follow(os.environ["SHOP"])
step("followed")
cache._following.wait(30)
cache.fetch_sync("c", lambda: 1, tags=[tag("order", 1)], pure=True)
cache.fetch_sync("c", lambda: 1, tags=[tag("order", 1)], pure=True)
cache.cached(lambda number: number, key="k:{number}")(1), cache.status(), cache.report(), cache.openmetrics()
cache.key_log()
step("used")
cache.close()
for before, after in (("made", "asked"), ("asyncio", "awaited"), ("followed", "used")):
    print(*sorted(known[after] - known[before]))
"""


def test_what_threads_and_event_loops_do_imports_nothing_that_a_forked_child_would_wait_for(shop: str) -> None:
    environ = {**os.environ, "SHOP": shop}
    done = subprocess.run([sys.executable, "-c", LATER], text=True, capture_output=True, check=True, env=environ)
    assert done.stdout.split() == []


def test_every_public_name_is_there() -> None:
    import plimsoll.cache

    assert all(getattr(plimsoll.cache, name) is not None for name in public)
    assert set(public) <= set(dir(plimsoll.cache))
    assert not hasattr(plimsoll.cache, "nothing")


def in_child(ask: Any) -> Any:
    """What it gives in a forked child of this process."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of threads, which is what is tested
        child = os.fork()
    if not child:
        try:
            os.write(writing, json.dumps(ask()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said)


def test_a_forked_child_begins_empty_and_follows_anew_when_it_is_used(shop: str) -> None:
    with Cache(staleness_s=60) as cache:
        cache.follow(shop, wait_s=30)
        users = cache.namespace("users")
        for one in (cache, users):
            assert one.fetch_sync("k", lambda: "parent's", tags=["order:1"]) == "parent's"
        get = cache.get

        def ask() -> list[Any]:
            before = cache._following
            found = [get("k"), cache.get("k"), users.get("k")]
            assert cache._following is not None
            cache._following.wait(30)
            cache.fetch_sync("k", lambda: "child's", tags=["order:1"])
            return [before is None, found, get("k"), cache.get("k"), cache.status().trouble]

        with cache._desk.tier1.lock:  # as another thread may hold it
            said = in_child(ask)
        assert said == [True, [None, None, None], "child's", "child's", ""]
        assert (cache.get("k"), users.get("k")) == ("parent's", "parent's")
