"""Each policy decides as its oracle does: what is a hit, what goes, in which order; also with weights and removals."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import POLICIES, known, make
from plimsoll.core.eviction.policy import Entry, Policy
from tests.core.eviction.oracles import ORACLES, Limits, Oracle
from tests.core.eviction.requests import limits, requests

every_policy = pytest.mark.parametrize("name", POLICIES)


class Store:
    """As small as a store can be: entries by key, driven as the policy's contract says."""

    def __init__(self, name: str, capacity: Limits) -> None:
        self.policy: Policy = make(name, Capacity(*capacity))
        self.entries: dict[int, Entry] = {}

    def request(self, key: int, weight: int) -> tuple[bool, list[int]]:
        if (found := self.entries.get(key)) is not None:
            self.policy.hit(found)
            return True, []
        entry = self.entries[key] = Entry(key, weight)
        return False, self.drop(self.policy.insert(entry))

    def drop(self, gone: object) -> list[int]:
        assert isinstance(gone, (list, tuple))
        keys = [entry.key for entry in gone]
        for key in keys:
            del self.entries[key]
        return keys

    def remove(self, key: int) -> None:
        self.policy.remove(self.entries.pop(key))

    def holds_what_it_says(self) -> bool:
        held = {entry.key: entry for entry in self.policy.entries()}
        weight = sum(entry.weight for entry in held.values())
        return held == self.entries and (len(self.policy), self.policy.weight) == (len(held), weight)

    def remembers_no_more_than_it_may(self) -> bool:
        ghosts = self.policy.ghosts
        return ghosts is None or not ghosts.room.exceeded_by(len(ghosts), ghosts.weight)


def disturb(chance: Random, ours: Store, oracle: Oracle, weight: int) -> None:
    """What happens to caches between requests: removals, values of another size, pressure, another capacity."""
    held = sorted(ours.entries)
    what = chance.choice(("remove", "remove", "reweigh", "evict", "resize"))
    if what == "resize":
        capacity = chance.randint(1, 30), chance.choice((2**62, chance.randint(1, 120)))
        assert ours.drop(ours.policy.resize(Capacity(*capacity))) == oracle.resize(capacity)
        assert ours.remembers_no_more_than_it_may()
    elif held and what == "remove":
        key = chance.choice(held)
        ours.remove(key)
        oracle.remove(key)
    elif held and what == "reweigh":
        key = chance.choice(held)
        assert ours.drop(ours.policy.reweigh(ours.entries[key], weight)) == oracle.reweigh(key, weight)
    elif held:
        assert ours.drop([ours.policy.evict()]) == [oracle.evict()]


@every_policy
@settings(max_examples=60)
@given(keys=requests, capacity=limits, seed=st.integers(0, 2**20), calm=st.booleans())
def test_a_policy_decides_as_its_paper(name: str, keys: list[int], capacity: Limits, seed: int, calm: bool) -> None:
    chance = Random(seed)
    ours, oracle = Store(name, capacity), ORACLES[name](capacity)
    for key in keys:
        weight = chance.choice((1, 1, 2, 5, 0, 40))
        assert ours.request(key, weight) == oracle.request(key, weight)
        if not calm and chance.random() < 0.2:
            disturb(chance, ours, oracle, weight)
    assert ours.holds_what_it_says()
    assert ours.remembers_no_more_than_it_may()


@every_policy
def test_what_is_heavier_than_everything_comes_back_itself(name: str) -> None:
    store = Store(name, (10, 100))
    store.request(1, 100)
    assert store.request(2, 101) == (False, [2])
    assert list(store.entries) == [1]


def test_ghosts_are_forgotten_at_once_where_less_room_is_given() -> None:
    for name in ("s3-fifo", "2q"):
        store = Store(name, (40, 2**62))
        for key in range(80):
            store.request(key, 1)
        for key in list(store.entries):
            store.remove(key)
        assert store.policy.ghosts
        store.policy.resize(Capacity(4))
        assert store.remembers_no_more_than_it_may()


def test_the_hand_of_sieve_begins_again_where_all_that_was_ahead_is_removed() -> None:
    ours, oracle = Store("sieve", (3, 2**62)), ORACLES["sieve"]((3, 2**62))
    for key in (1, 2, 3, 1, 4):  # spares 1, takes 2
        assert ours.request(key, 1) == oracle.request(key, 1)
    for key in (3, 4):
        ours.remove(key)
        oracle.remove(key)
    for key in (5, 6, 7):
        assert ours.request(key, 1) == oracle.request(key, 1)
    assert 1 not in ours.entries


@every_policy
def test_a_hit_costs_no_call_of_python(name: str) -> None:
    """What is touched is touched by `OrderedDict.move_to_end`, for all others a mark is enough."""
    store = Store(name, (8, 2**62))
    for key in (*range(12), *range(12), *range(12)):
        store.request(key, 1)
    touches = {entry.touch and entry.touch.__name__ for entry in store.entries.values()}
    assert touches <= {None, "move_to_end"}


def test_a_policy_is_known_by_any_spelling() -> None:
    assert [known(name) for name in ("LRU", "S3FIFO", "s3_fifo", "2Q")] == ["lru", "s3-fifo", "s3-fifo", "2q"]
    with pytest.raises(UsageError, match=r'"siev" is no policy of eviction: there are lru, sieve') as refused:
        known("siev")
    assert refused.value.remedy == "write sieve"
