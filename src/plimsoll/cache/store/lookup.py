"""The way of a hit: one look into the dictionary, and what has to be right before the value is given.

Closures, since their variables cost half of what a method's attributes do: a hit is the one thing here that is counted
in nanoseconds. No lock: a hit reads each thing once, and is right by what was known when it began. What another thread
does meanwhile makes a hit a second look, or it came too late for it.
"""

from collections.abc import Callable, Hashable
from itertools import repeat, starmap
from math import inf
from operator import length_hint
from typing import Any, Final, NamedTuple

from plimsoll.cache.store.entry import Kept
from plimsoll.core.eviction.policy import HITS_MAX

Get = Callable[[Hashable, float], Any]


class NotPlain:
    """What a look gives that is no plain hit: the store has to be asked."""


NOT_PLAIN: Final = NotPlain()


class Asked(NamedTuple):
    """What the faces of a store ask: `clock` for now, `get` whoever answers what is no plain hit, by key, time and
    default. `sample` hears of some hit after every few, gives after how many to be told again, and counts the rest.
    `within` gives what runs here whose value would rest on what it is given, so that no hit of his is plain; or None.
    """

    clock: Callable[[], float]
    get: Callable[[str, float, Any], Any]
    sample: Callable[[Kept], int]
    within: Callable[[], object]


class Faces(NamedTuple):
    """`get` gives a value or the default, `plain` a value or NOT_PLAIN, by the key with the prefix. `hits` were plain,
    of both."""

    get: Callable[..., Any]
    plain: Callable[[str], Any]
    hits: Callable[[], int]


class Lookup(NamedTuple):
    """`get` gives a value or a Miss. `turn` sets what entries have to be right for: the version of the changes, and
    until when those are known well enough. `hits` is how many were given without a second look. `faces` are for keys
    that begin with a prefix; theirs are hits of their own."""

    get: Get
    turn: Callable[[int, float], None]
    hits: Callable[[], int]
    faces: Callable[[str, Asked], Faces]


def lookup(  # noqa: C901  # several closures, which share what they compare with
    entries: dict[Hashable, Kept], look_again: Callable[[Hashable, float], Any]
) -> Lookup:
    """`look_again` decides wherever something is not as it is for most hits.

    Versions are compared by identity, which is quicker: an entry that is right is given the very object of now. The way
    of a hit stands here twice, with the time given and with the clock read, since a call would take a fifth of it.
    """
    hits = version = 0
    fresh_until_s = inf

    def get(key: Hashable, now_s: float) -> Any:
        nonlocal hits
        try:
            entry = entries[key]
        except KeyError:
            return look_again(key, now_s)
        if now_s < entry.expires_s and entry.version is version and now_s < fresh_until_s:
            hits += 1
            touch = entry.touch
            if touch is not None:
                try:  # noqa: SIM105  # a context manager, or a function, would cost as much as the look-up
                    touch(entry.key)
                except KeyError:  # another thread has just taken it out
                    pass
            elif entry.hits < HITS_MAX:
                entry.hits += 1
            return entry.value
        return look_again(key, now_s)

    def faces(prefix: str, asked: Asked) -> Faces:  # noqa: C901  # for the same reason
        clock, ask, sample, within = asked
        told = others = 0  # plain hits when those that are left are made; what was counted and was none
        left: repeat[tuple[()]] = repeat((), 0)
        times = starmap(clock, left)  # reads the clock and counts down in one step, which makes no number of it

        def get(key: str, default: Any = None) -> Any:
            nonlocal others
            try:
                entry = entries[key]
            except KeyError:
                return ask(key, clock(), default)
            for now_s in times:
                if now_s < entry.expires_s and entry.version is version and now_s < fresh_until_s:
                    touch = entry.touch
                    if touch is not None:
                        try:  # noqa: SIM105  # a context manager, or a function, would cost as much as the look-up
                            touch(entry.key)
                        except KeyError:  # another thread has just taken it out
                            pass
                    elif entry.hits < HITS_MAX:
                        entry.hits += 1
                    return entry.value
                others += 1
                return ask(key, now_s, default)
            return sampled(entry, key, default)

        def sampled(entry: Kept, key: str, default: Any) -> Any:
            """None are left: if it is a plain hit it is told, and so is how many follow."""
            nonlocal left, times, told
            now_s = clock()
            if now_s >= entry.expires_s or entry.version is not version or now_s >= fresh_until_s:
                return ask(key, now_s, default)
            more = sample(entry)
            ahead: repeat[tuple[()]] = repeat((), more)
            told += more - length_hint(left)  # of another thread that was here, too
            left, times = ahead, starmap(clock, ahead)
            return get(key, default)

        def prefixed(key: str, default: Any = None) -> Any:
            return get(prefix + key, default)

        def plain(key: str) -> Any:
            return get(key, NOT_PLAIN) if within() is None else NOT_PLAIN

        return Faces(prefixed if prefix else get, plain, lambda: told - length_hint(left) - others)

    def turn(to_version: int, until_s: float) -> None:
        nonlocal version, fresh_until_s
        version, fresh_until_s = to_version, until_s

    return Lookup(get, turn, lambda: hits, faces)
