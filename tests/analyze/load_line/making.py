"""Steps as the search sees them, made up."""

from dataclasses import replace

from plimsoll.analyze.load_line.demands import LoadSecond
from plimsoll.core.load_line import LineStep
from plimsoll.core.summary import GoalSummary

HELD = LineStep(
    number=1, run_id="20260101-000000-000001", rate_per_s=100.0, outcome="held", because="", seconds=10.0, due=1_000,
    finished=1_000, achieved_per_s=100.0, p50_ms=10.0, p95_ms=20.0, p99_ms=30.0, error_rate=0.0, dropped=0,
    in_flight=2.0, users=3, pressure=0.1, unserved=0.0, narrow=False, steady=True, service_p50_ms=10.0,
)  # fmt: skip


def held(rate: float, **changes: object) -> LineStep:
    return replace(HELD, rate_per_s=rate, achieved_per_s=rate, **changes)  # type: ignore[arg-type]  # any field


def failed(rate: float, **changes: object) -> LineStep:
    """For a goal, unless `achieved` says that less was served."""
    made = {"outcome": "failed", "pressure": 2.0, "achieved_per_s": rate, **changes}
    return replace(HELD, rate_per_s=rate, **made)  # type: ignore[arg-type]  # any field


def overloaded(rate: float, capacity: float, **changes: object) -> LineStep:
    made = {"unserved": 1 - capacity / rate, "achieved_per_s": capacity}
    return failed(rate, **{**made, **changes})


def untold(rate: float, limited_by: str = "generator", seconds: float = 10.0) -> LineStep:
    return held(rate, outcome="no evidence", limited_by=limited_by, because="it was late", seconds=seconds)


def missed(expression: str, actual: float, unit: str = "ms", scope: str = "total") -> GoalSummary:
    return GoalSummary(scope, expression, actual, False, unit, "")


def second(due: int, finished: int, *, beyond: int = 0, p50_ms: float = 10.0, in_flight: int = 0) -> LoadSecond:
    return LoadSecond(0.0, 1.0, due, finished, p50_ms, in_flight, ((beyond, finished),))
