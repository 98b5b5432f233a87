"""The way of a hit: one look into the dictionary, and what has to be right before the value is given.

A closure, since its variables cost half of what a method's attributes do: a hit is the one thing here that is counted
in nanoseconds.
"""

from collections.abc import Callable, Hashable
from math import inf
from typing import Any, NamedTuple

from plimsoll.cache.store.entry import Kept
from plimsoll.core.eviction.policy import HITS_MAX

Get = Callable[[Hashable, float], Any]


class Lookup(NamedTuple):
    """`get` gives a value or a Miss. `turn` sets what entries have to be right for: the version of the changes, and
    until when those are known well enough. `hits` is how many were given without a second look."""

    get: Get
    turn: Callable[[int, float], None]
    hits: Callable[[], int]


def lookup(entries: dict[Hashable, Kept], look_again: Callable[[Hashable, float], Any]) -> Lookup:
    """`look_again` decides wherever something is not as it is for most hits.

    Versions are compared by identity, which is quicker: an entry that is right is given the very object of now.
    """
    find = entries.get
    hits = version = 0
    fresh_until_s = inf

    def get(key: Hashable, now_s: float) -> Any:
        nonlocal hits
        entry = find(key)
        if entry is None or now_s >= entry.expires_s or entry.version is not version or now_s >= fresh_until_s:
            return look_again(key, now_s)
        hits += 1
        touch = entry.touch
        if touch is not None:
            touch(key)
        elif entry.hits < HITS_MAX:
            entry.hits += 1
        return entry.value

    def turn(to_version: int, until_s: float) -> None:
        nonlocal version, fresh_until_s
        version, fresh_until_s = to_version, until_s

    return Lookup(get, turn, lambda: hits)
