"""The shadow finds what the live cache finds, with the live policy and size; and what others would."""

from random import Random
from typing import Any

import pytest

from plimsoll.cache import Cache, Limits
from plimsoll.cache.store.entry import Limits as Bounds
from plimsoll.cache.watching.shadow import COUNTED_MIN, HEARD_MAX, Heard, Shadow
from plimsoll.core.eviction.policies import POLICIES

ASKED = 5_000


def skewed(random: Random, keys: int) -> str:
    """Few keys are asked for often, many seldom."""
    return f"key:{int(keys * random.random() ** 3)}"


def asked(cache: Cache, shadow: Shadow, keys: int, count: int = ASKED) -> float:
    """The live hit ratio of the latter half, everything simulated as it comes."""
    random, before = Random(7), (0, 0)
    for number in range(count):
        if number == count // 2:
            status = cache.status()
            before = status.hits, sum(status.misses.values())
        cache.fetch_sync(skewed(random, keys), lambda: "x" * 50)
        if number % 100 == 0:
            shadow.step(HEARD_MAX)
    shadow.step(HEARD_MAX - 1)
    status = cache.status()
    hits, misses = status.hits - before[0], sum(status.misses.values()) - before[1]
    return hits / (hits + misses)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_live_policy_at_the_live_size_finds_what_the_live_cache_finds(policy: str) -> None:
    cache = Cache(limits=Limits(entries=100), policy=policy, staleness_s=None, shadow=True)
    shadow = cache._watching.shadow
    assert shadow is not None
    live = asked(cache, shadow, 1_000)
    told = shadow.report()
    assert told is not None
    ratios = {(one.policy, one.size): one.ratio for one in told.ratios}
    assert len(ratios) == 12
    assert ratios[policy, 1.0] == pytest.approx(live, abs=0.02)
    assert ratios[policy, 0.5] < ratios[policy, 1.0] < ratios[policy, 2.0]
    assert cache.report().shadow == told


def test_a_sample_tells_nearly_the_same_and_only_its_keys_are_heard() -> None:
    cache = Cache(limits=Limits(entries=2_000), policy="lru", staleness_s=None, shadow=True)
    shadow = cache._watching.shadow
    assert shadow is not None
    live = asked(cache, shadow, 6_000, 15_000)
    held: dict[Any, Any] = cache._desk.tier1.store._entries
    heard = sum(isinstance(entry, Heard) for entry in held.values())
    assert heard == pytest.approx(len(held) / 4, rel=0.3)
    told = shadow.report()
    assert told is not None
    assert told.one_in == pytest.approx(4, rel=0.01)
    ratio = next(one.ratio for one in told.ratios if (one.policy, one.size) == ("lru", 1.0))
    assert ratio == pytest.approx(live, abs=0.1)


def test_more_than_can_be_simulated_halves_the_sample_and_what_left_it_is_heard_no_more() -> None:
    shadow = Shadow(Bounds(entries=100))
    entries = [shadow.entry(f"key:{number}", 10, "") for number in range(HEARD_MAX)]
    assert shadow.report() is None
    shadow.step()
    for entry in entries:
        assert entry.touch is not None
        entry.touch(entry.key)
    shadow.step(0)
    still = [entry for entry in entries if entry.touch is not None]
    assert len(still) == pytest.approx(HEARD_MAX / 4, rel=0.2)  # that was too much again
    for entry in still * 3:
        for _ in range(2):
            assert entry.touch is not None
            entry.touch(entry.key)
            shadow.step(1)
    told = shadow.report()
    assert told is not None
    assert told.requests >= COUNTED_MIN
    assert {one.ratio for one in told.ratios if one.size == 2.0} != {0.0}


def test_what_has_changed_is_gone_from_caches_of_every_size() -> None:
    shadow = Shadow(Bounds(entries=10))
    entry = shadow.entry("a", 1, "")
    shadow.gone(entry, "capacity")
    shadow.step()
    assert all("a" in one._entries for one in shadow._simulated)
    shadow.gone(entry, "invalidated")
    shadow.step()
    assert not any("a" in one._entries for one in shadow._simulated)
