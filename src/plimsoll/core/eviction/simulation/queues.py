"""LRU, SIEVE and 2Q over many requests at once.

Decision for decision what the policies do one at a time, which `tests/core/eviction` holds them to. They are written
out rather than called: a call costs as much as all else that a hit does. A state is a byte a key.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.two_queues import IN_PERCENT, OUT_PERCENT


class Missed(NamedTuple):
    """Requests that were not held, and what those weighed. All others were hits."""

    requests: int
    weight: int


def lru(requests: Iterable[int], weights: Sequence[int], capacity: Capacity) -> Missed:
    """As `lru.Lru`."""
    entries_max, weight_max = capacity
    held: OrderedDict[int, None] = OrderedDict()
    used, oldest = held.move_to_end, held.popitem
    misses = missed = weighs = 0
    for key in requests:
        if key in held:
            used(key)
            continue
        misses += 1
        weight = weights[key]
        missed += weight
        if weight > weight_max:
            continue
        weighs += weight
        while weighs > weight_max or len(held) >= entries_max:
            weighs -= weights[oldest(False)[0]]
        held[key] = None
    return Missed(misses, missed)


def sieve(requests: Iterable[int], weights: Sequence[int], capacity: Capacity) -> Missed:
    """As `sieve.Sieve`. A key's state: 0 not held, 1 held, 2 used since the hand came by."""
    entries_max, weight_max = capacity
    state = bytearray(len(weights))
    passed: deque[int] = deque()
    ahead: deque[int] = deque()
    misses = missed = weighs = count = 0
    for key in requests:
        if state[key]:
            state[key] = 2
            continue
        misses += 1
        weight = weights[key]
        missed += weight
        if weight > weight_max:
            continue
        weighs += weight
        while weighs > weight_max or count >= entries_max:
            while state[gone := ahead.popleft()] == 2:
                state[gone] = 1
                passed.append(gone)
                if not ahead:
                    passed, ahead = ahead, passed
            state[gone] = 0
            weighs -= weights[gone]
            count -= 1
            if not ahead:
                passed, ahead = ahead, passed
        ahead.append(key)
        state[key] = 1
        count += 1
    return Missed(misses, missed)


def two_queues(requests: Iterable[int], weights: Sequence[int], capacity: Capacity) -> Missed:
    """As `two_queues.TwoQueues`."""
    entries_max, weight_max = capacity
    (in_entries, in_weight), (out_entries, out_weight) = capacity.share(IN_PERCENT), capacity.share(OUT_PERCENT)
    fresh = bytearray(len(weights))  # 1: in the short queue
    new: deque[int] = deque()
    main: OrderedDict[int, None] = OrderedDict()
    ghosts: OrderedDict[int, None] = OrderedDict()
    used = main.move_to_end
    misses = missed = new_weighs = main_weighs = ghosts_weigh = 0
    for key in requests:
        if key in main:
            used(key)
            continue
        if fresh[key]:
            continue
        misses += 1
        weight = weights[key]
        missed += weight
        if weight > weight_max:
            continue
        came_again = key in ghosts
        while new_weighs + main_weighs + weight > weight_max or len(new) + len(main) >= entries_max:
            if main and new_weighs <= in_weight and len(new) <= in_entries:
                main_weighs -= weights[main.popitem(False)[0]]
                continue
            gone = new.popleft()
            fresh[gone] = 0
            new_weighs -= weights[gone]
            ghosts[gone] = None
            ghosts_weigh += weights[gone]
            while ghosts_weigh > out_weight or len(ghosts) > out_entries:
                ghosts_weigh -= weights[ghosts.popitem(False)[0]]
        if came_again:
            if key in ghosts:
                del ghosts[key]
                ghosts_weigh -= weight
            main[key] = None
            main_weighs += weight
        else:
            new.append(key)
            new_weighs += weight
            fresh[key] = 1
    return Missed(misses, missed)
