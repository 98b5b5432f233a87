"""The keys that were used most, and filling them before they are asked for."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from plimsoll.cache import Cache
from plimsoll.cache.fill.warming import FAILED_MAX, Warmed, read_keys, write_keys
from plimsoll.core.errors import UsageError

ODD = "a\n\"é'\0x"


def test_what_was_used_most_is_filled_by_the_next_process(tmp_path: Path) -> None:
    log, before, after = tmp_path / "keys", Cache(staleness_s=None), Cache(staleness_s=None)
    users = before.namespace("users")
    for key, times in (("hot", 20_000), ("cold", 2_000)):
        for one in (before, users):
            one.fetch_sync(key, lambda: key)  # noqa: B023  # called at once
            for _ in range(times):
                one.get(key)
    assert before.key_log(log) == users.key_log() == ["hot", "cold"]
    assert before.key_log(keys=1) == ["hot"]
    assert log.stat().st_mode & 0o077 == 0

    async def fetch(key: str) -> None:
        await after.fetch(key, lambda: f"{key} again")

    assert asyncio.run(after.warm(log, fetch, per_s=1e6)) == Warmed(2, 0, 0)
    assert [after.get("hot"), after.get("cold")] == ["hot again", "cold again"]
    assert after.warm_sync(["x"], lambda key: after.fetch_sync(key, str), per_s=1e6) == Warmed(1, 0, 0)


@pytest.mark.parametrize("policy", ["s3-fifo", "sieve", "lru", "2q"])
def test_also_what_was_hit_too_seldom_for_a_sample_is_in_the_log(policy: str) -> None:
    cache = Cache(staleness_s=None, policy=policy, random=Random(1))
    users = cache.namespace("users")
    for number in range(20):
        for _ in range(3):
            cache.fetch_sync(f"order:{number}", lambda: "an order")
            users.fetch_sync(f"user:{number}", lambda: "a user")
    cache.fetch_sync("once", lambda: "never hit")
    orders = [f"order:{number}" for number in range(20)]
    assert sorted(set(cache.key_log()) - {"once"}) == sorted(orders)
    assert set(users.key_log()) == {f"user:{number}" for number in range(20)}
    assert len(cache.key_log(keys=5)) == 5
    if policy in ("s3-fifo", "sieve"):  # which count hits
        cache.fetch_sync("order:7", str)
        unsampled = [key for key in cache.key_log() if key not in cache._desk.tier1.sampling.most("", 100)]
        assert unsampled[0] == "order:7"
        assert "once" not in unsampled


def test_what_fails_is_left_out_and_many_in_a_row_end_it() -> None:
    cache = Cache(staleness_s=None)

    async def some(key: str) -> None:
        if key.startswith("bad"):
            raise OSError("away")

    def none(key: str) -> None:
        raise OSError("away")

    keys = [f"{'bad' if number % 2 else 'good'}:{number}" for number in range(10)]
    assert asyncio.run(cache.warm(keys, some, at_once=1, per_s=1e6)) == Warmed(5, 5, 0)
    assert cache.warm_sync(map(str, range(100)), none, per_s=1e6) == Warmed(0, FAILED_MAX, 100 - FAILED_MAX)


def test_it_takes_no_longer_than_it_may() -> None:
    async def fetch(key: str) -> None:
        await asyncio.Event().wait()

    cache = Cache(staleness_s=None)
    assert asyncio.run(cache.warm(["a", "b", "c"], fetch, at_once=2, within_s=0.001, per_s=1e6)) == Warmed(0, 2, 1)
    assert cache.warm_sync(["a", "b"], str, per_s=0.001, within_s=0.001) == Warmed(1, 0, 1)


def test_keys_of_any_kind_come_back_and_a_file_of_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    write_keys(path, [ODD, "b"])
    assert read_keys(path) == [ODD, "b"]
    for text, words in (("7\n", "line 1"), ('"a"\nb\n', "line 2"), ('"' + "a" * 99_999, "line 1"), ("é", "ASCII")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=words):
            read_keys(path)
    with pytest.raises(UsageError, match="No such file"):
        read_keys(tmp_path / "none")
    with pytest.raises(UsageError, match="No such file"):
        write_keys(tmp_path / "none" / "keys", [])
    with pytest.raises(UsageError, match="0 at once"):
        asyncio.run(Cache().warm([], asyncio.sleep, at_once=0))  # type: ignore[arg-type]
