"""Ghosts of simulated policies: keys that went, by number, without a dictionary of them."""

from array import array
from collections import deque
from collections.abc import Callable, Sequence

from plimsoll.core.eviction.capacity import Capacity

Remember = Callable[[int], None]


def ghosts(weights: Sequence[int], room: Capacity) -> tuple["array[int]", Remember, Remember]:
    """As `policy.Ghosts`: where each key stands (−1: nowhere), to remember one, and to forget one that stands there.

    What is forgotten stays in the queue until its turn comes and is passed over then: at most 8 bytes a miss.
    """
    entries_max, weight_max = room
    at = array("i", [-1]) * len(weights)
    queue: deque[int] = deque()
    came = went = count = weighs = 0

    def remember(key: int) -> None:
        nonlocal came, went, count, weighs
        queue.append(key)
        at[key] = came
        came += 1
        count += 1
        weighs += weights[key]
        while count > entries_max or weighs > weight_max:
            old = queue.popleft()
            if at[old] == went:
                forget(old)
            went += 1

    def forget(key: int) -> None:
        nonlocal count, weighs
        at[key] = -1
        count -= 1
        weighs -= weights[key]

    return at, remember, forget
