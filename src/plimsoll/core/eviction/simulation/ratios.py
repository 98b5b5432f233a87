"""Hit ratios of policies on a trace."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.simulation.belady import belady
from plimsoll.core.eviction.simulation.marks import Missed, s3_fifo, sieve
from plimsoll.core.eviction.simulation.trace import Trace
from plimsoll.core.eviction.simulation.used import lru, two_queues

Loop = Callable[[Callable[[], Iterator[int]], Sequence[int], Capacity], Missed]
LOOPS: Final[Mapping[str, Loop]] = {"lru": lru, "sieve": sieve, "s3-fifo": s3_fifo, "2q": two_queues}
BELADY: Final = "belady"


@dataclass(frozen=True, slots=True)
class Reached:
    """What a policy reached from an empty cache on: 0 to 1, of requests and of what those weighed."""

    hit_ratio: float
    weight_hit_ratio: float


def simulate(trace: Trace, policy: str, capacity: Capacity) -> Reached:
    """`policy`: a name of `policies.POLICIES`, or "belady". The trace must have a request."""
    assert len(trace), "a trace without requests"
    if policy == BELADY:
        missed = belady(trace, capacity.checked())
    else:
        missed = LOOPS[policy](trace.requests, trace.weights, capacity.checked())
    requests, weight = trace.asked
    return Reached(max(0.0, 1 - missed.requests / requests), max(0.0, 1 - missed.weight / weight) if weight else 0.0)
