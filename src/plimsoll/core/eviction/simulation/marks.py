"""SIEVE and S3-FIFO over many requests at once, which set marks and move nothing at a hit.

Decision for decision what the policies do one at a time, which `tests/core/eviction` holds them to. They are written
out rather than called: a call costs as much as all else that a hit does. A state is a byte a key.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import HITS_MAX
from plimsoll.core.eviction.s3_fifo import GHOSTS_PERCENT, PROMOTED_FROM_HITS, small_share
from plimsoll.core.eviction.simulation.remembering import ghosts


class Missed(NamedTuple):
    """Requests that were not held, and what those weighed. All others were hits."""

    requests: int
    weight: int


def sieve(requests: Callable[[], Iterator[int]], weights: Sequence[int], capacity: Capacity) -> Missed:
    """As `sieve.Sieve`. A key's state: 0 not held, 1 held, 2 used since the hand came by."""
    entries_max, weight_max = capacity
    state = bytearray(len(weights))
    passed: deque[int] = deque()
    ahead: deque[int] = deque()
    misses = missed = weighs = count = 0
    for key in requests():
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


def s3_fifo(requests: Callable[[], Iterator[int]], weights: Sequence[int], capacity: Capacity) -> Missed:  # noqa: C901
    """As `s3_fifo.S3Fifo`. A key's state: 0 not held, else 1 + its hits. One function, for it is one loop."""
    entries_max, weight_max = capacity
    small_entries, small_weight = small_share(capacity)
    ghost_at, remember, forget = ghosts(weights, capacity.share(GHOSTS_PERCENT))
    hits_full, promoted = 1 + HITS_MAX, 1 + PROMOTED_FROM_HITS
    state = bytearray(len(weights))
    small: deque[int] = deque()
    main: deque[int] = deque()
    misses = missed = weighs = small_weighs = 0
    for key in requests():
        if hits := state[key]:
            if hits < hits_full:
                state[key] = hits + 1
            continue
        misses += 1
        weight = weights[key]
        missed += weight
        if weight > weight_max:
            continue
        weighs += weight
        while weighs > weight_max or len(small) + len(main) >= entries_max:
            gone = -1
            if not main or len(small) >= small_entries or small_weighs >= small_weight:
                while small:
                    old = small.popleft()
                    small_weighs -= weights[old]
                    if state[old] < promoted:
                        remember(gone := old)
                        break
                    state[old] = 1
                    main.append(old)
            if gone < 0:
                while state[gone := main.popleft()] > 1:
                    state[gone] -= 1
                    main.append(gone)
            state[gone] = 0
            weighs -= weights[gone]
        state[key] = 1
        if ghost_at[key] >= 0:
            forget(key)
            main.append(key)
        else:
            small.append(key)
            small_weighs += weight
    return Missed(misses, missed)
