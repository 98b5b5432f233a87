"""What a store answers, what it keeps and what it counts."""

import subprocess
import sys
from collections.abc import Hashable
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.cache.store.ends import SHARED_MAX, Ends
from plimsoll.cache.store.entry import Kept, Limits, Miss, Options, Put
from plimsoll.cache.store.lookup import Asked
from plimsoll.cache.store.size import size_of
from plimsoll.cache.store.store import Store
from plimsoll.changes.polling import Change
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.snapshot import Snapshot

EARLY, LATER = Snapshot(10, 10), Snapshot(20, 20)


def followed(staleness_s: float = 0.25) -> Store:
    """One that follows changes; what was committed before xid 10 is applied at 0 s."""
    store = Store(options=Options(staleness_s=staleness_s, jitter=0))
    store.advance(EARLY, 0.0)
    return store


def test_a_value_read_before_a_commit_and_stored_after_its_invalidation_is_refused() -> None:
    """The fill race, which made peers stale for as long as the entry lived."""
    store = followed()
    begun = store.begin()
    store.apply([Change(10, ("order:1",))])
    store.advance(Snapshot(11, 11), 0.1)
    assert store.put("k", "old", 0.1, tags=["order:1"], snapshot=EARLY, begun=begun) is Put.CHANGED
    assert store.put("k", "new", 0.1, tags=["order:1"], snapshot=Snapshot(11, 11), begun=begun) is Put.STORED
    assert store.get("k", 0.1) == "new"


def test_a_fill_that_begins_while_a_poll_is_being_applied_is_judged_by_that_poll() -> None:
    store = followed()
    store.apply([Change(10, ("order:1",))])
    begun = store.begin()
    store.advance(Snapshot(11, 11), 0.1)
    assert store.put("k", 1, 0.1, tags=["order:1"], snapshot=EARLY, begun=begun) is Put.CHANGED


def test_a_snapshot_older_than_the_fill_is_refused() -> None:
    store = followed()
    store.apply([Change(10, ("order:1",))])
    store.advance(LATER, 0.1)
    assert store.put("k", 1, 0.1, tags=["order:1"], snapshot=EARLY, begun=store.begin()) is Put.OLD_SNAPSHOT


def test_a_lower_transaction_that_commits_after_a_higher_one_counts() -> None:
    """So the highest id of a tag does not tell enough: the snapshot sees 11 and not 10."""
    store = followed()
    store.apply([Change(11, ("order:1",))])
    store.advance(Snapshot(10, 12, frozenset({10})), 0.1)
    begun = store.begin()
    store.put("k", 1, 0.1, tags=["order:1"], snapshot=Snapshot(10, 12, frozenset({10})), begun=begun)
    assert store.get("k", 0.1) == 1
    store.apply([Change(10, ("order:1",))])
    assert store.get("k", 0.1) is Miss.INVALIDATED


def test_a_fill_older_than_what_is_remembered_is_refused() -> None:
    store = Store(Limits(bytes=60_000), Options(staleness_s=9))  # remembers ten tags that nobody holds
    store.advance(EARLY, 0.0)
    begun = store.begin()
    store.apply([Change(10, tuple(f"line:{number}" for number in range(20)))])
    assert store.put("k", 1, 0.0, tags=["order:1"], snapshot=EARLY, begun=begun) is Put.LATE


@pytest.mark.parametrize(
    ("written", "gone"),
    [
        ("order:1", "row all"),
        ("order:2", "all"),
        ("order:*", "row all"),
        ("line:*", ""),
        ("table:public.orders", "table"),
    ],
)
def test_a_tag_takes_what_carries_it_and_a_family_all_of_it(written: str, gone: str) -> None:
    store = followed()
    carried = {"row": "order:1", "all": "order:*", "table": "table:public.orders", "other": "lines:1"}
    for key, tag in carried.items():
        store.put(key, key, 0.0, tags=[tag])
    store.invalidate([written])
    assert [key for key in carried if store.get(key, 0.0) is Miss.INVALIDATED] == gone.split()


def test_past_the_watermark_only_what_carries_no_tags_is_served() -> None:
    store = followed(staleness_s=0.25)
    store.put("tagged", 1, 0.0, tags=["order:1"])
    store.put("plain", 2, 0.0)
    assert (store.get("tagged", 0.24), store.get("tagged", 0.25), store.get("plain", 9.0)) == (1, Miss.BEHIND, 2)
    assert store.held("tagged", 9.0) == 1
    store.advance(EARLY, 9.0)
    assert store.get("tagged", 9.1) == 1
    assert Store(options=Options(staleness_s=1)).get("tagged", 0.0) is Miss.ABSENT


def test_before_the_first_poll_nothing_tagged_is_served() -> None:
    store = Store(options=Options(staleness_s=1))
    store.put("k", 1, 0.0, tags=["order:1"])
    assert store.get("k", 0.0) is Miss.BEHIND


def test_when_changes_may_be_missing_everything_goes_and_fills_under_way_too() -> None:
    store = followed()
    begun = store.begin()
    store.put("k", 1, 0.0)
    store.forget()
    assert store.get("k", 0.0) is Miss.INVALIDATED
    assert store.put("k", 1, 0.0, snapshot=LATER, begun=begun) is Put.LATE
    assert store.statistics().gone["everything"] == 1


def test_a_token_is_served_only_where_its_commit_is_applied() -> None:
    store = followed()
    assert (store.has_seen(9), store.has_seen(10), Store().has_seen(1)) == (True, False, False)


def test_values_expire_within_their_jitter_and_stay_for_who_takes_them_stale() -> None:
    store = Store(options=Options(jitter=0.2), random=Random(1))
    for key in range(50):
        store.put(key, key, 0.0, ttl_s=10, stale_s=5)
    assert all(store.get(key, 7.99) == key for key in range(50))
    assert 0 < sum(store.get(key, 9.0) is Miss.EXPIRED for key in range(50)) < 50
    assert all(store.get(key, 10.0) is Miss.EXPIRED for key in range(50))
    assert store.held(1, 10.0) == 1
    assert store.held(1, 15.0) is Miss.ABSENT


def test_what_is_of_no_use_goes_in_steps() -> None:
    store = Store(options=Options(jitter=0))
    for key in range(100):
        store.put(key, key, 0.0, ttl_s=1, tags=[f"order:{key}"])
    assert (store.tend(2.0, steps=30), len(store)) == (30, 70)
    store.clear()
    assert store.tend(0.0, steps=1000) == 70
    assert (len(store), store.bytes) == (0, 0)


@pytest.mark.parametrize("policy", POLICIES)
def test_limits_hold_whatever_comes_and_nothing_is_left_when_all_is_gone(policy: str) -> None:
    random = Random(3)
    limits = Limits(entries=60, bytes=60_000, tenant_bytes=30_000)
    store = Store(limits, Options(policy=policy), random)
    for turn in range(3_000):
        key, tenant = random.randrange(150), f"tenant {random.randrange(3)}"
        done = store.put(key, b"v" * random.randrange(3_000), turn, ttl_s=25, tags=[f"order:{key % 40}"], tenant=tenant)
        assert done in (Put.STORED, Put.EVICTED)
        if turn % 7 == 0:
            store.invalidate([f"order:{random.randrange(40)}"])
        store.get(random.randrange(150), turn)
        told = store.statistics()
        assert told.entries <= limits.entries
        assert told.bytes <= limits.bytes
        assert all(taken <= 30_000 for taken in told.tenant_bytes.values())
        if turn == 2_000:
            limits = Limits(entries=20, bytes=40_000, tenant_bytes=30_000)
            while not store.resize(limits, steps=5):
                pass
    told = store.statistics()
    assert all(told.gone[why] for why in ("capacity", "quota", "pressure", "expired", "invalidated"))
    store.clear()
    store.tend(3_000, steps=1000)
    assert store.statistics().tenant_bytes == {}


def test_a_refilled_entry_is_weighed_anew_and_what_is_too_large_is_refused() -> None:
    store = Store(Limits(bytes=10_000))
    store.put("k", b"x", 0.0)
    small = store.bytes
    store.put("k", b"x" * 5_000, 0.0)
    assert 5_000 < store.bytes - small < 5_400
    assert store.put("k", b"x" * 10_000, 0.0) is Put.TOO_LARGE
    assert store.get("k", 0.0) is Miss.ABSENT


def test_sizes_are_those_of_the_objects() -> None:
    assert size_of(b"x" * 100) == 144
    assert (size_of(None), size_of(7), size_of(True)) == (0, 0, 0)
    row = {"id": 1_000_000, "name": "n" * 100}
    assert 400 < size_of(row) < 600
    assert size_of([row] * 1_000) < 12_000
    assert size_of([b"x" * 1_000 + bytes([at % 256]) for at in range(100_000)]) == pytest.approx(1.09e8, rel=0.02)
    nested: list[object] = []
    nested.append(nested)
    assert size_of(nested) > 0


def test_what_is_no_tag_and_no_limit_is_refused_with_what_to_do() -> None:
    store = Store()
    for tags in ("order:1", ["order"], [":1"]):
        with pytest.raises(UsageError) as refused:
            store.put("k", 1, 0.0, tags=tags)
        assert refused.value.remedy
    for ttl_s in (0, -1, float("nan")):
        with pytest.raises(UsageError):
            store.put("k", 1, 0.0, ttl_s=ttl_s)
    with pytest.raises(UsageError):
        Limits(entries=0)
    with pytest.raises(UsageError):
        Options(policy="fifo2")
    with pytest.raises(UsageError):
        store.resize(Limits(tenant_bytes=5))


def test_the_store_loads_nothing_heavy() -> None:
    code = "import sys, plimsoll.cache.store.store; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "polars", "asyncpg", "asyncio", "pydantic"} & set(done.stdout.split())


@given(now_s=st.floats(0, 1e8), life_s=st.floats(1e-3, 4e8))
def test_plain_hits_end_with_the_entry_or_a_little_before(now_s: float, life_s: float) -> None:
    end_s = now_s + life_s
    assert 0 <= end_s - Ends().before(now_s, end_s) <= (end_s - now_s) / 500


def test_entries_share_the_numbers_that_hits_read_and_end_each_at_its_own() -> None:
    store = Store(Limits(entries=5_000), random=Random(1))
    made: list[Kept] = []

    def make(key: Hashable, weight: int, tenant: str) -> Kept:
        made.append(Kept(key, weight, tenant))
        return made[-1]

    store.make = make
    for key in range(5_000):
        store.put(key, key, now_s=key / 10, ttl_s=1_000)
    assert len({id(entry.expires_s) for entry in made}) < 1_100
    for entry in made[::100]:
        assert store.get(entry.key, entry.ends_s - 1e-6) == entry.value
        assert store.get(entry.key, entry.ends_s) is Miss.EXPIRED
    ends = Ends()
    assert len({id(ends.before(0.0, end_s)) for end_s in (1.0, 1.0, inf, inf)}) == 2
    for end in range(2 * SHARED_MAX):
        ends.before(end, end + 1.0)
    assert len(ends._shared) <= SHARED_MAX


def test_hits_of_others_while_one_is_sampled_are_counted() -> None:
    store = Store()
    store.put("k", 1, 0.0)
    others = [3]

    def sample(entry: Kept) -> int:
        if others:
            for _ in range(others.pop()):
                assert faces.get("k") == entry.value
        return 5

    faces = store.faces("", Asked(lambda: 0.0, lambda *_: None, sample, lambda: None))
    for _ in range(20):
        faces.get("k")
    assert (faces.hits(), store.statistics().hits) == (23, 0)
