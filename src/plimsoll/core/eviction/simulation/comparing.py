"""Policies at several sizes, on one trace: which is best, and what twice the size would give. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.eviction.capacity import UNBOUNDED, Capacity
from plimsoll.core.eviction.simulation.ratios import BELADY, Reached, simulate
from plimsoll.core.eviction.simulation.sizes import Size
from plimsoll.core.eviction.simulation.trace import Trace

AS_GOOD: Final = 0.001  # of hit ratio: what differs by less is not told apart


@dataclass(frozen=True, slots=True)
class AtSize:
    """What was reached at a size. `capacity` is the real cache's, also where a sample was simulated.

    `as_good`: others within AS_GOOD of the best. `twice`: the best one's at twice the size. `belady`: where it bounds.
    """

    size: Size
    capacity: Capacity
    reached: Mapping[str, Reached]
    best: str
    as_good: Sequence[str]
    twice: Reached
    belady: Reached | None

    def to_json(self, *, sized: bool) -> dict[str, Any]:
        limits = {"entries": _limit(self.capacity.entries), "bytes": _limit(self.capacity.weight)}
        return {
            "size": self.size.text, "share": self.size.share, **limits,
            "policies": {name: _reached(one, sized) for name, one in self.reached.items()},
            "belady": _reached(self.belady, sized) if self.belady else None,
            "best": self.best, "as_good": list(self.as_good),
            "twice": {"policy": self.best, **_reached(self.twice, sized)},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """`repeated`: the share of requests that are not the first of their key, which no cache can exceed."""

    policies: Sequence[str]
    sizes: Sequence[AtSize]
    repeated: float


def compare(
    trace: Trace, policies: Sequence[str], sizes: Sequence[Size], *, sample: float = 1.0, optimum: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Compared:  # fmt: skip
    """Each policy at each size, from an empty cache on. `sample`: the share of keys that the trace has.

    `optimum`: Belady's, too, where entries weigh the same (else it is none). Raises UsageError for sizes in bytes of a
    trace without.
    """
    known: dict[tuple[str, Capacity], Reached] = {}

    def reached(policy: str, capacity: Capacity) -> Reached:
        if (policy, capacity) not in known:
            known[policy, capacity] = simulate(trace, policy, capacity)
        return known[policy, capacity]

    capacities = [size.capacity(trace, sample=sample) for size in sizes]
    found = []
    for size, capacity in zip(sizes, capacities, strict=True):
        by_policy = {policy: reached(policy, capacity) for policy in policies}
        best, as_good = _ranked(by_policy)
        twice = reached(best, size.capacity(trace, sample=sample, times=2))
        bound = reached(BELADY, capacity) if optimum and capacity.weight == UNBOUNDED else None
        found.append(AtSize(size, _real(capacity, sample), by_policy, best, as_good, twice, bound))
        say(f"{size.text}: {best}")
    return Compared(tuple(policies), tuple(found), trace.repeated)


def _ranked(reached: Mapping[str, Reached]) -> tuple[str, tuple[str, ...]]:
    """The best; of equals the first. And those that are as good."""
    best = max(reached, key=lambda name: reached[name].hit_ratio)
    near = reached[best].hit_ratio - AS_GOOD
    return best, tuple(name for name, one in reached.items() if name != best and one.hit_ratio > near)


def _real(capacity: Capacity, sample: float) -> Capacity:
    return Capacity(*(limit if limit == UNBOUNDED else round(limit / sample) for limit in capacity))


def _limit(limit: int) -> int | None:
    return None if limit == UNBOUNDED else limit


def _reached(one: Reached, sized: bool) -> dict[str, float | None]:
    ratio = round(one.weight_hit_ratio, 6) if sized else None
    return {"hit_ratio": round(one.hit_ratio, 6), "byte_hit_ratio": ratio}
