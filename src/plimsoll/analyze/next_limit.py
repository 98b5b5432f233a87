"""Of a platform that holds: what is used up first if the load grows, and at which rate. An estimate, no proof. Pure.

What each request costs of a resource is taken from the run, with an interval of a moving-block bootstrap over its
seconds, and taken to stay the same: so queues, locks and caches that change with the load are not in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from plimsoll.analyze.accounting import DATABASE_TREE, SEED, application_trees, by_second
from plimsoll.analyze.evidence.cpu_use import CpuUse, cpu_use
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.analysis import NextLimit
from plimsoll.core.finding import Layer
from plimsoll.core.statistics.bootstrap import block_bootstrap, ratio_of_sums
from plimsoll.core.units import format_share

NOTICEABLE: Final = 0.02  # of a resource in use: below it noise would be extrapolated
POINTS_MIN: Final = 5
USED_UP_MIN: Final = 0.98  # of a resource in use
FAR: Final = 5.0  # times what was measured: said to be far

Line = Sequence[float]


@dataclass(frozen=True, slots=True)
class Resource:
    """`used` holds what the load used in each second, `limit` how much there is for it."""

    name: str
    layer: Layer
    used: Line
    limit: float


def next_limit(evidence: Evidence) -> NextLimit | None:
    """The resource of which most is in use; None where nothing was watched or nothing is noticeably in use."""
    rate = evidence.load.rate_per_s
    if not rate or len(evidence.load.seconds) < POINTS_MIN:
        return None
    known = [(one, _use(one)) for one in _resources(evidence) if one.limit > 0]
    if not known:
        return None
    first, used = max(known, key=lambda pair: pair[1])
    if used < NOTICEABLE:
        return None
    at, low, high = (max(rate, one) for one in _used_up_at(evidence, first))
    far = f", which is {at / rate:.0f} times what was measured" if at > FAR * rate else ""
    return NextLimit(
        resource=first.name, layer=first.layer, used=round(used, 4), rate_per_s=round(rate, 2),
        at_rate_per_s=round(at, 1), low_per_s=round(low, 1), high_per_s=round(high, 1),
        basis=(
            f"{format_share(used)} of it is in use now; each request is taken to cost the same at every rate{far}. An "
            "estimate, no proof: plimsoll find shows where goals break, which is earlier"
        ),
    )  # fmt: skip


def used_up(evidence: Evidence) -> str:
    """The cores that have no room left as things are, in words; nothing where they have. Others may have taken it."""
    use = cpu_use(evidence)
    if use is None or not evidence.load.seconds:
        return ""
    full = [one.name for one in _cores(evidence, use) if _use(one) >= USED_UP_MIN]
    return next(iter(full), "")


def _use(resource: Resource) -> float:
    """At most all of it: what is measured at two places may add up to a little more."""
    return min(1.0, float(np.mean(resource.used)) / resource.limit)


def _used_up_at(evidence: Evidence, resource: Resource) -> tuple[float, float, float]:
    """The rate, and its interval: limit / cost of a request."""
    rows = np.array(
        [(used * one.width_s, one.requests) for used, one in zip(resource.used, evidence.load.seconds, strict=True)],
        dtype=float,
    )
    cost = ratio_of_sums(rows)
    low, high = block_bootstrap(rows, ratio_of_sums, SEED)
    return resource.limit / cost, resource.limit / max(high, cost), resource.limit / min(low, cost)


def _resources(evidence: Evidence) -> Iterator[Resource]:
    use = cpu_use(evidence)
    if use is not None:
        yield from _cores(evidence, use)
    yield from _connections(evidence)
    if evidence.setting.target_is_here:
        yield from _disk(evidence)
    if any(second.wall_s for second in evidence.load.seconds):
        yield Resource("the load generator's own CPU", "generator", _generator(evidence), _generator_cores(evidence))


def _cores(evidence: Evidence, use: CpuUse) -> Iterator[Resource]:
    """What others use is not there for the load."""
    trees = [DATABASE_TREE, *application_trees(evidence.gauges)]
    used = _summed([_cpu(evidence, tree) for tree in trees])
    shared = use.generator if use.generator > NOTICEABLE else 0.0
    layer: Layer = "application" if use.application > use.database else "database"
    name = "the cores of database and application" if min(use.application, use.database) > 0 else f"the {layer}'s cores"
    left = use.limit - use.foreign - shared
    if left > 0:
        yield Resource(name, layer, used, left)
    processes = sum(evidence.gauges.mean("process_count", tree=tree) or 0.0 for tree in trees[1:])
    if trees[1:] and 0 < processes < 2 and use.limit > 1:
        single = _summed([_cpu(evidence, tree) for tree in trees[1:]])
        yield Resource("the one core that the application's process can use", "application", single, 1.0)


def _cpu(evidence: Evidence, tree: str) -> Line:
    points = evidence.gauges.summed("process_cpu_percent", tree=tree)
    return [value / 100 for value in by_second(evidence.load.seconds, points)]


def _summed(lines: Sequence[Line]) -> Line:
    return [sum(values) for values in zip(*lines, strict=True)]


def _connections(evidence: Evidence) -> Iterator[Resource]:
    """Of a pool by the time that requests hold one; of the server by sessions that are open."""
    seconds, setting, gauges = evidence.load.seconds, evidence.setting, evidence.gauges
    if setting.pool and "sql" in evidence.load.kinds:
        held = [second.service_s / second.width_s for second in seconds]
        yield Resource("the load's connection pool", "application", held, float(setting.pool * setting.processes))
    limit = gauges.mean("database_connections_limit")
    if limit and not setting.pool:
        active = by_second(seconds, gauges.summed("database_active_sessions"))
        others = (gauges.mean("database_connections") or 0.0) - setting.users_max
        yield Resource("the server's connections", "database", active, limit - max(0.0, others))


def _disk(evidence: Evidence) -> Iterator[Resource]:
    busiest = next(iter(evidence.gauges.by_label("host_disk_busy_percent", "device")), None)
    if busiest is not None:
        points = evidence.gauges.summed("host_disk_busy_percent", device=busiest)
        yield Resource(f"the disk {busiest}", "system", by_second(evidence.load.seconds, points), 100.0)


def _generator(evidence: Evidence) -> Line:
    return [second.cpu_s / second.width_s for second in evidence.load.seconds]


def _generator_cores(evidence: Evidence) -> float:
    """A core for each of its processes."""
    return sum(second.wall_s for second in evidence.load.seconds) / evidence.load.duration_s
