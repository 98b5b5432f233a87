"""A file's samples -> what metrics a run has beside its summary, and the load's side of the evidence. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from plimsoll.analyze.evidence.load import LoadEvidence, Second, StepLoad
from plimsoll.analyze.metrics.counted import Times, apdex
from plimsoll.analyze.metrics.file_summary import all_times, step_key, step_kind
from plimsoll.analyze.metrics.fold import FoldedStep
from plimsoll.analyze.metrics.measured import Measured
from plimsoll.analyze.metrics.timeline import TimePoint
from plimsoll.core.analysis import Metrics, StepMetrics

APDEX_MS: Final = (500.0, 1_500.0)
TOTAL: Final = "total"
DIAGNOSED_MAX: Final = 100  # steps, those that took most time: numbers in labels make thousands of them


def file_metrics(found: Measured, apdex_ms: tuple[float, float] = APDEX_MS) -> Metrics:
    return Metrics(
        total=_total(found, apdex_ms),
        steps=[_step(step, found.duration_s, apdex_ms) for step in found.steps],
        over_time=[_point(point) for point in found.coarse_points],
        apdex_ms=apdex_ms,
    )


def file_load(found: Measured) -> LoadEvidence:
    """Of waits and lag a file knows nothing: all time is service."""
    seconds = [_second(point) for point in found.points] or list(_timeless(found.steps))
    steps = [_step_load(step) for step in found.steps[:DIAGNOSED_MAX]]
    return LoadEvidence(seconds, steps, measured_s=found.duration_s)


def _timeless(steps: Sequence[FoldedStep]) -> Iterator[Second]:
    """Requests without time stamps, as of a moment that has no length: their number and their times are known."""
    count, failed = sum(step.count for step in steps), sum(step.failed.count for step in steps)
    if count:
        seconds = all_times(steps).sum_ms / 1000
        yield Second(
            start_s=0.0, width_s=0.0, requests=count, errors=failed, dropped=0, journeys=0, latency_s=seconds,
            service_s=seconds, wait_s=0.0, lag_s=0.0, p50_ms=None, p95_ms=None, users=0, in_flight=0,
            target_rate_per_s=None, cpu_s=0.0, run_delay_s=0.0, wall_s=0.0,
        )  # fmt: skip


def _total(found: Measured, apdex_ms: tuple[float, float]) -> StepMetrics:
    ok = Times.merged([step.ok for step in found.steps])
    failed = sum(step.failed.count for step in found.steps)
    received = [step.sums.received for step in found.steps]
    sent = [step.sums.sent for step in found.steps]
    times = all_times(found.steps)
    return StepMetrics(
        name=TOTAL,
        journey="",
        apdex=apdex(ok, failed, *apdex_ms),
        concurrency=_concurrency(times, found.duration_s),
        bytes_received=_sum(received),
        bytes_sent=_sum(sent),
        min_ms=float(times.ms[0]) if times.count else None,
    )


def _step(step: FoldedStep, seconds: float, apdex_ms: tuple[float, float]) -> StepMetrics:
    journey, name = step_key(step)
    times = step.times()
    return StepMetrics(
        name=name,
        journey=journey,
        apdex=apdex(step.ok, step.failed.count, *apdex_ms),
        concurrency=_concurrency(times, seconds),
        bytes_received=step.sums.received,
        bytes_sent=step.sums.sent,
        min_ms=float(times.ms[0]) if times.count else None,
    )


def _concurrency(times: Times, seconds: float) -> float | None:
    """The mean number under way: the time of all requests over the time that passed."""
    return round(times.sum_ms / 1000 / seconds, 3) if seconds else None


def _sum(told: Sequence[int | None]) -> int | None:
    known = [value for value in told if value is not None]
    return sum(known) if known else None


def _point(point: TimePoint) -> Mapping[str, float | None]:
    return {
        "start_s": round(point.start_s, 3),
        "width_s": point.width_s,
        "rate_per_s": round(point.requests / point.width_s, 3),
        "error_rate": round(point.errors / point.requests, 6) if point.requests else None,
        "p50_ms": point.p50_ms,
        "p95_ms": point.p95_ms,
        "p99_ms": point.p99_ms,
        "concurrency": round(point.concurrency, 3),
    }


def _second(point: TimePoint) -> Second:
    return Second(
        start_s=point.start_s, width_s=point.width_s, requests=point.requests, errors=point.errors, dropped=0,
        journeys=0, latency_s=point.latency_s, service_s=point.latency_s, wait_s=0.0, lag_s=0.0, p50_ms=point.p50_ms,
        p95_ms=point.p95_ms, users=point.in_flight, in_flight=point.in_flight, target_rate_per_s=None, cpu_s=0.0,
        run_delay_s=0.0, wall_s=0.0,
    )  # fmt: skip


def _step_load(step: FoldedStep) -> StepLoad:
    times = step.times()
    seconds = times.sum_ms / 1000
    return StepLoad(
        *step_key(step), step_kind(step), step.count, step.sums.error_classes, seconds, seconds, times.quantile(0.5),
        times.quantile(0.95), step.sums.connects, failed_p50_ms=step.failed.quantile(0.5),
        failed_s=step.failed.sum_ms / 1000,
    )  # fmt: skip
