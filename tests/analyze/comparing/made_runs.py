"""Runs made up by hand: a value of each metric, nothing else that differs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from plimsoll.analyze.comparing.comparing import Question, Seconds, compare
from plimsoll.analyze.comparing.pairs import Row
from plimsoll.analyze.comparing.runs import ComparedRun, Group
from plimsoll.core.comparison import Comparison
from plimsoll.core.histogram import Histogram
from plimsoll.core.summary import StepSummary
from tests.report.builders import NO_SPREAD, empty_summary, facts


def a_run(name: str, p95: float | None = 10.0, *, stopped_by: str = "completed", **changes: Any) -> ComparedRun:
    """Names of the facts' fields change the facts, those of the summary the summary, others the run."""
    latency = replace(NO_SPREAD, mean=p95, p50=p95, p90=p95, p95=p95, p99=p95, p999=p95, max=p95)
    step = StepSummary("look up", "visit", "sql", 1_000, 0, 100.0, latency, latency, {})
    summary = replace(
        empty_summary(), run_id=name, valid=True, invalid_because=(), stopped_by=stopped_by, duration_s=60.0,
        requests=6_000, rate_per_s=100.0, journeys_per_s=100.0, latency_ms=latency, steps=(step,),
    )  # fmt: skip
    made = facts(run_id=name, **{key: changes.pop(key) for key in list(changes) if hasattr(facts(), key)})
    of_summary = {key: changes.pop(key) for key in list(changes) if hasattr(summary, key)}
    return ComparedRun(made, replace(summary, **of_summary), **changes)


def group(name: str, *p95s: float | None, **changes: Any) -> Group:
    return Group(name, [a_run(f"{name}{at}", p95, **changes) for at, p95 in enumerate(p95s)])


def rows(seed: int, *, median_ms: float = 10.0, seconds: int = 60, failed: int = 0) -> list[Row]:
    """Seconds of 100 requests, each second as the next, but for chance."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(seconds):
        times = Histogram.of_us((random.lognormal(np.log(median_ms * 1_000), 0.3, 100)).astype(np.int64))
        latency = {"": times, "step:look up": times, "journey:visit": times}
        made.append(Row(1.0, 100, 100, failed, latency, dict.fromkeys(("step:look up", "journey:visit"), failed)))
    return made


def no_seconds() -> Seconds:
    raise AssertionError("nobody should read seconds of repeated runs")


def compared(a: Group, b: Group, question: Question | None = None, seconds: Seconds | None = None) -> Comparison:
    return compare(a, b, question or Question(), no_seconds if seconds is None else lambda: seconds)


def drawn(seed: int, count: int, factor: float = 1.0, variation: float = 0.03) -> Sequence[float]:
    """p95s of runs of the same, which differ by so much between runs."""
    values: list[float] = (10.0 * factor * np.random.default_rng(seed).lognormal(0, variation, count)).tolist()
    return values
