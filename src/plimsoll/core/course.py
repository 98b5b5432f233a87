"""What is known of a run's course: drift and recovery. Values only, so that who reads summaries needs no numerics."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trend:
    """`per_hour` with its 95 % interval, `start` and `end` of the line over the time looked at, in the same unit.

    Where that line would be below 0, which nothing measured is, they are medians of the first and the last points.
    """

    per_hour: float
    low: float
    high: float
    start: float
    end: float
    drifted: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """Over the longest stretch of unchanged load, in seconds since the load began. None: unknown."""

    from_s: float
    to_s: float
    p50_ms: Trend | None
    p95_ms: Trend | None
    generator_memory_bytes: Trend | None
    server_memory_bytes: Trend | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of one burst; `recover_s` is None where it had not recovered, or nothing tells (`recovered` None)."""

    level_before: float
    level_peak: float
    began_s: float
    ended_s: float
    watched_s: float
    before_ms: float | None
    bound_ms: float | None
    worst_ms: float | None
    recovered: bool | None
    recover_s: float | None
