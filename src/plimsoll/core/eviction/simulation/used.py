"""LRU and 2Q over many requests at once: see `marks`, which has the others.

The order of use needs no queue: it is the trace itself. A second look at it follows behind; what it meets is the least
recently used if the key was not asked since, which its last position tells.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.simulation.marks import Missed
from plimsoll.core.eviction.simulation.remembering import ghosts
from plimsoll.core.eviction.two_queues import IN_PERCENT, OUT_PERCENT

NEW: Final = -2


def lru(requests: Callable[[], Iterator[int]], weights: Sequence[int], capacity: Capacity) -> Missed:
    """As `lru.Lru`."""
    entries_max, weight_max = capacity
    used = array("i", [-1]) * len(weights)  # the last position of what is held
    behind = enumerate(requests())
    misses = missed = weighs = count = 0
    for at, key in enumerate(requests()):
        if used[key] >= 0:
            used[key] = at
            continue
        misses += 1
        weight = weights[key]
        missed += weight
        if weight > weight_max:
            continue
        weighs += weight
        while weighs > weight_max or count >= entries_max:
            for before, gone in behind:
                if used[gone] == before:
                    break
            used[gone] = -1
            weighs -= weights[gone]
            count -= 1
        used[key] = at
        count += 1
    return Missed(misses, missed)


def two_queues(requests: Callable[[], Iterator[int]], weights: Sequence[int], capacity: Capacity) -> Missed:  # noqa: C901
    """As `two_queues.TwoQueues`. One function, for it is one loop."""
    entries_max, weight_max = capacity
    in_entries, in_weight = capacity.share(IN_PERCENT)
    ghost_at, remember, forget = ghosts(weights, capacity.share(OUT_PERCENT))
    used = array("i", [-1]) * len(weights)  # the last position of what is in the main queue; NEW: in the short one
    new: deque[int] = deque()
    behind = enumerate(requests())
    misses = missed = weighs = new_weighs = main = 0
    for at, key in enumerate(requests()):
        if (last := used[key]) >= 0:
            used[key] = at
            continue
        if last == NEW:
            continue
        misses += 1
        weight = weights[key]
        missed += weight
        if weight > weight_max:
            continue
        came_again = ghost_at[key] >= 0
        weighs += weight
        while weighs > weight_max or len(new) + main >= entries_max:
            if main and new_weighs <= in_weight and len(new) <= in_entries:
                for before, gone in behind:
                    if used[gone] == before:
                        break
                main -= 1
            else:
                gone = new.popleft()
                new_weighs -= weights[gone]
                remember(gone)
            used[gone] = -1
            weighs -= weights[gone]
        if came_again:
            if ghost_at[key] >= 0:
                forget(key)
            used[key] = at
            main += 1
        else:
            new.append(key)
            new_weighs += weight
            used[key] = NEW
    return Missed(misses, missed)
