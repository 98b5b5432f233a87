"""What no policy can beat: what is asked again latest goes first.

Belady: "A study of replacement algorithms for a virtual-storage computer" (IBM Systems Journal, 1966). It is the
optimum of all policies that take in what they missed, where entries weigh the same. With weights it is a good guess and
no bound: the optimum is NP-hard then.
"""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.simulation.marks import Missed
from plimsoll.core.eviction.simulation.trace import NEVER, Trace

_STALE_MAX: Final = 4  # times what is held: then the heap is cleared of positions that have passed


def belady(trace: Trace, capacity: Capacity) -> Missed:
    """What would be missed, knowing the whole trace."""
    return _belady(trace.with_next(), trace.keys.data, trace.weights, capacity)


def _belady(
    requests: Iterable[tuple[int, int]], keys: Sequence[int], weights: Sequence[int], capacity: Capacity
) -> Missed:
    """The heap holds −(position of the next request) of what is held. One that has passed is below all that has
    not, so it never comes to the top while anything to come is held."""
    entries_max, weight_max = capacity
    held = bytearray(len(weights))
    heap: list[int] = []
    never: list[int] = []  # held, and not asked again
    misses = missed = weighs = count = 0
    for at, (key, later) in enumerate(requests):
        weight = weights[key]
        if not held[key]:
            misses += 1
            missed += weight
            if weight > weight_max:
                continue
            weighs += weight
            while weighs > weight_max or count >= entries_max:
                gone = never.pop() if never else keys[-heappop(heap)]
                held[gone] = 0
                weighs -= weights[gone]
                count -= 1
            held[key] = 1
            count += 1
        if later == NEVER:
            never.append(key)
        else:
            heappush(heap, -later)
            if len(heap) > _STALE_MAX * count + 1_000:
                heap = [position for position in heap if -position > at]
                heapify(heap)
    return Missed(misses, missed)
