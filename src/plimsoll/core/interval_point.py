"""An interval, with all its histograms, brought down to single figures. Pure."""

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.load_point import LoadPoint


def load_point(interval: Interval) -> LoadPoint:
    width_s = interval.width_s or 1.0
    latency = Histogram.merged(step.latency for step in interval.steps.values())
    use = interval.generator
    return LoadPoint(
        start_s=interval.start_s,
        width_s=interval.width_s,
        warmup=interval.warmup,
        journeys_per_s=sum(journey.count for journey in interval.journeys.values()) / width_s,
        requests_per_s=interval.requests / width_s,
        errors_per_s=interval.errors / width_s,
        dropped_per_s=interval.dropped / width_s,
        users=interval.users,
        waiting=interval.waiting,
        target_users=interval.target_users,
        target_rate_per_s=interval.target_rate_per_s,
        latency_ms_p50=_ms(latency, 0.5),
        latency_ms_p95=_ms(latency, 0.95),
        latency_ms_p99=_ms(latency, 0.99),
        lag_ms_p99=_ms(interval.lag, 0.99),
        wait_ms_p99=_ms(interval.wait, 0.99),
        cpu_percent=100 * use.cpu_s / use.wall_s if use.wall_s else None,
        run_delay_percent=100 * use.run_delay_s / use.wall_s if use.wall_s else None,
        memory_bytes=interval.generator_memory_bytes,
    )


def _ms(times: Histogram, q: float) -> float | None:
    us = times.quantile_us(q)
    return None if us is None else round(us / 1000, 3)
