"""Served applications, as their supervisors would tell of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plimsoll.core.scaling import (
    BalancerStatus,
    BalancerTotals,
    BrokenApplication,
    DatabaseBudget,
    DecisionRecord,
    Forecast,
    Happening,
    Otherwise,
    ScaledWorker,
    ScalingHistory,
    ScalingLimits,
    ScalingStatus,
    WorkerCapacity,
)
from plimsoll.monitor.scaling.remembering import Remembered, Seen

NOW = 1_800_000_000.0
WOULD = "the maximum at 4 instead of 3: 4 workers"
KEPT = DecisionRecord(
    NOW - 30, "hybrid", 3, 3, 4, "max", "4 are asked for, and the maximum is 3", {"rate": 140.0, "queue": 12.0},
    (Otherwise("workers_max", 3.0, 4.0, 4, WOULD),),
)  # fmt: skip
GREW = DecisionRecord(NOW - 60, "hybrid", 1, 3, 3, "load", "100 requests/s are the work of 2 workers", {"rate": 100.0})
ENDED = Happening(NOW - 90, "w2", "ended: exit code 1; started again", ("Traceback", "<b>KeyError</b>: 'DSN'"))
HISTORY = ScalingHistory((GREW, KEPT), (ENDED,))


def worker(number: int, **changes: Any) -> ScaledWorker:
    told = ScaledWorker(
        f"w{number}", "ready", 1, 4000 + number, 61.5, 0.5, 50 * 2**20, 1, health="up", in_flight=4, queued=0,
        requests=1_000, errors=0,
    )  # fmt: skip
    return replace(told, **changes)


def status(**changes: Any) -> ScalingStatus:
    """Three workers carry 120/s of 150/s."""
    workers = tuple(worker(number) for number in (1, 2, 3))
    balancer = BalancerStatus(
        "least-connections", 120.0, 120.0, 0.0, 12, 0, 40, 25.0, BalancerTotals(NOW - 600, 60_000, 2, 7, 1)
    )
    told = ScalingStatus(
        "shop", NOW, "http://127.0.0.1:8000", 4000, "hybrid", ScalingLimits(1, 3, workers_connected=4), False, 3, 3, 1,
        None, workers, balancer, DatabaseBudget(60, 10, 3, None, 4), Forecast(130.0, 0.1, True),
        WorkerCapacity(50.0, learned=True), replace(KEPT, rule="load", because="it is enough", asked=3),
    )  # fmt: skip
    return replace(told, **changes)


def loaded(**changes: Any) -> ScalingStatus:
    """With other figures of its balancer."""
    return status(balancer=replace(status().balancer, **changes), decision=KEPT)


BROKEN = status(ready=0, broken=BrokenApplication(NOW - 60, "exit code 1", ("no <settings> found",)))


def row(told: ScalingStatus, history: ScalingHistory = HISTORY, *, gone: str = "") -> Mapping[str, Any]:
    """A row of the document "scaling"."""
    known = Remembered.of(Seen(told.name, told, history), told, NOW)
    if gone:
        known.lost(Seen(told.name, None, why=gone), NOW + 4)
    return known.row(told.name, NOW + 4)
