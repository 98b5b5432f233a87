"""S3-FIFO over many requests at once: see `queues`."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import HITS_MAX
from plimsoll.core.eviction.s3_fifo import GHOSTS_PERCENT, PROMOTED_FROM_HITS, small_share
from plimsoll.core.eviction.simulation.queues import Missed


def s3_fifo(requests: Iterable[int], weights: Sequence[int], capacity: Capacity) -> Missed:  # noqa: C901
    """As `s3_fifo.S3Fifo`. A key's state: 0 not held, else 1 + its hits. One function, for it is one loop."""
    entries_max, weight_max = capacity
    (small_entries, small_weight), (ghost_entries, ghost_weight) = small_share(capacity), capacity.share(GHOSTS_PERCENT)
    hits_full, promoted = 1 + HITS_MAX, 1 + PROMOTED_FROM_HITS
    state = bytearray(len(weights))
    small: deque[int] = deque()
    main: deque[int] = deque()
    ghosts: OrderedDict[int, None] = OrderedDict()
    misses = missed = weighs = small_weighs = ghosts_weigh = 0
    for key in requests:
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
                        gone = old
                        ghosts[gone] = None
                        ghosts_weigh += weights[gone]
                        while ghosts_weigh > ghost_weight or len(ghosts) > ghost_entries:
                            ghosts_weigh -= weights[ghosts.popitem(False)[0]]
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
        if key in ghosts:
            del ghosts[key]
            ghosts_weigh -= weight
            main.append(key)
        else:
            small.append(key)
            small_weighs += weight
    return Missed(misses, missed)
