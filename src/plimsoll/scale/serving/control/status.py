"""What is told of an application that is served, of what its parts tell. Pure: clocks are arguments."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plimsoll.core.balancing import BalancerFigures, Passed
from plimsoll.core.scaling import (
    BalancerStatus,
    BrokenApplication,
    DatabaseBudget,
    Forecast,
    ReloadStatus,
    ScaledWorker,
    ScalingLimits,
    WorkerCapacity,
)
from plimsoll.scale.policy.changing import changeable
from plimsoll.scale.policy.hybrid import HybridPolicy
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.serving.counting import Totals
from plimsoll.scale.supervisor.status import Status, WorkerStatus
from plimsoll.settings.masking import mask


def limits_of(limits: Limits, others: float | None) -> ScalingLimits:
    connected = None if limits.budget is None else limits.connected(others)
    return ScalingLimits(limits.workers_min, limits.workers_max, limits.workers_min == limits.workers_max, connected)


def budget_of(limits: Limits, others: float | None, measured_by: str) -> DatabaseBudget | None:
    if (budget := limits.budget) is None:
        return None
    fitting = limits.connected(others)
    return DatabaseBudget(budget.connections_max, budget.pool, budget.reserved, others, fitting, measured_by)


def forecast_of(policy: Policy, now: float) -> Forecast | None:
    """`now` on the clock of the policy's readings; None where the policy does not look at yesterday."""
    if not isinstance(policy, HybridPolicy) or policy.seasonal is None or not policy.settings.seasonal:
        return None
    seasonal = policy.seasonal
    expected = seasonal.floor(now, policy.settings.start_s)
    return Forecast(expected or None, seasonal.error, seasonal.believed)


def capacity_of(policy: Policy) -> WorkerCapacity | None:
    """None where the policy does not go by what a worker carries."""
    if isinstance(policy, HybridPolicy):
        known = policy.capacity
        return WorkerCapacity(known.one_per_s if known else None, learned=policy.settings.capacity is None)
    told: Any = changeable(policy).get("capacity_per_s")
    return None if told is None else WorkerCapacity(told, learned=False)


def broken_of(status: Status, ago: float) -> BrokenApplication | None:
    """`ago`: what is to be added to the event loop's clock for seconds since 1970."""
    broken = status.broken
    if broken is None:
        return None
    last = tuple(mask(line) for line in broken.last)
    return BrokenApplication(broken.since + ago, mask(broken.reason), last)


def reload_of(status: Status) -> ReloadStatus | None:
    if status.generation == 1:
        return None
    old = sum(one.generation < status.generation for one in status.workers)
    if not old and status.ready >= status.wanted:
        return ReloadStatus(status.generation, "done", 0)
    if not status.given_up:
        return ReloadStatus(status.generation, "under way", old)
    why = mask(status.broken.reason) if status.broken is not None else "new workers died at their start"
    return ReloadStatus(status.generation, "given up", old, why)


def workers_of(status: Status, figures: BalancerFigures | None, totals: Totals) -> tuple[ScaledWorker, ...]:
    return tuple(_worker(one, figures, totals) for one in status.workers)


def _worker(worker: WorkerStatus, figures: BalancerFigures | None, totals: Totals) -> ScaledWorker:
    told = ScaledWorker(
        worker.name, str(worker.state), worker.generation, worker.pid, worker.age_s, worker.cpu_share,
        worker.memory_bytes, worker.starts, worker.outdated, mask(worker.why),
    )  # fmt: skip
    if (counts := totals.of(worker.name)) is not None:
        told = replace(told, requests=counts.requests, errors=counts.errors + counts.failures)
    server = None if figures is None else figures.server(worker.name)
    if server is None:
        return told
    return replace(
        told, health=server.state, in_flight=server.in_flight, queued=server.queued,
        weight=server.weight, limit=server.limit,
    )  # fmt: skip


def balancer_of(
    algorithm: str, figures: BalancerFigures | None, passed: Passed | None, totals: Totals,
    weights: Mapping[str, int], admit_per_s: float | None, trouble: str,
) -> BalancerStatus:  # fmt: skip
    """Rates are of the time between the last two looks, the rest is of the last one."""
    if figures is None:
        return BalancerStatus(algorithm, totals=totals.whole(), weights=dict(weights), trouble=trouble)
    now = BalancerStatus(
        algorithm, in_flight=figures.in_flight, queue=figures.queued, connections=figures.connections,
        totals=totals.whole(), weights=dict(weights), admit_per_s=admit_per_s,
    )  # fmt: skip
    if passed is None:
        return now
    return replace(
        now, rate_per_s=passed.rate_per_s, served_per_s=passed.served_per_s,
        refused_per_s=passed.refused / passed.seconds,
        latency_ms=figures.times.total_ms if passed.whole.answers else None,
    )  # fmt: skip
