"""A served application's status as series. Pure: what is not known has no value."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

from plimsoll.core.scaling import ScaledWorker, ScalingStatus
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.scaling.remembering import Remembered

READY: Final = "ready"  # as the supervisor says it
STARTING: Final = ("asked for", "starting")


def values_of(served: str, known: Remembered, at_s: float) -> dict[SeriesKey, float]:
    """Of who does not answer only that; of who was ended nothing."""
    if known.standing == "ended":
        return {}
    told: dict[str, float | None] = {"up": float(known.standing == "up")}
    if known.standing == "up":
        status = known.status
        told |= _of_workers(status) | _of_load(status) | _of_connections(status)
        told |= {
            "restarts_lately": known.restarts(at_s),
            "changes_lately": known.changed(at_s),
            "broken": status.broken is not None,
            "balancer_up": _balancer_up(status),
            "paused_s": known.paused_s(at_s),
            "forecast_off": None if status.forecast is None else known.believed and not status.forecast.believed,
        }
    named = {SeriesKey.of(f"scaling_{name}", served=served): value for name, value in told.items()}
    return {key: float(value) for key, value in named.items() if value is not None}


def most_workers(status: ScalingStatus) -> int:
    """That its limits and the database allow; one always stays."""
    connected = status.limits.workers_connected
    most = status.limits.workers_max
    return most if connected is None else max(1, min(most, connected))


def carried_per_s(status: ScalingStatus) -> float | None:
    """What the ready workers carry."""
    one = None if status.capacity is None else status.capacity.one_per_s
    return None if one is None else one * status.ready


def _of_workers(status: ScalingStatus) -> dict[str, float | None]:
    ready = [one for one in status.workers if one.state == READY]
    sizes = [one.memory_bytes for one in status.workers if one.memory_bytes is not None]
    cpu = _mean_cpu(ready)
    return {
        "wanted_workers": status.wanted,
        "ready_workers": status.ready,
        "starting_workers": sum(one.state in STARTING for one in status.workers),
        "max_workers": most_workers(status),
        "worker_cpu_percent": cpu,
        "worker_memory_bytes": sum(sizes) if sizes else None,
    }


def _mean_cpu(workers: Sequence[ScaledWorker]) -> float | None:
    shares = [one.cpu_share for one in workers if one.cpu_share is not None]
    return 100 * fmean(shares) if shares else None


def _of_load(status: ScalingStatus) -> dict[str, float | None]:
    balancer, carried = status.balancer, carried_per_s(status)
    rate, queue = balancer.rate_per_s, balancer.queue
    return {
        "rate_per_s": rate,
        "expected_per_s": None if status.forecast is None else status.forecast.expected_per_s,
        "served_per_s": balancer.served_per_s,
        "refused_per_s": balancer.refused_per_s,
        "admit_per_s": balancer.admit_per_s,
        "in_flight": balancer.in_flight,
        "queue": queue,
        "queue_at_max": None if queue is None else queue * (status.wanted >= most_workers(status)),
        "latency_ms": balancer.latency_ms,
        "capacity_per_s": carried,
        "worker_capacity_per_s": None if status.capacity is None else status.capacity.one_per_s,
        "utilization_percent": 100 * rate / carried if rate is not None and carried else None,
    }


def _of_connections(status: ScalingStatus) -> dict[str, float | None]:
    budget, decision = status.database, status.decision
    if budget is None:
        return {}
    return {
        "connections_used": budget.pool * sum(one.pid is not None for one in status.workers),
        "connections_cap": budget.pool * budget.workers_max,
        "connections_bind": None if decision is None else decision.rule == "connections",
    }


def _balancer_up(status: ScalingStatus) -> bool | None:
    """None before the first look at it."""
    if status.balancer.trouble:
        return False
    return None if status.balancer.in_flight is None else True
