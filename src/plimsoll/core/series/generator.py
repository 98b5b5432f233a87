"""The series of a load and of the generator that makes it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from plimsoll.core.load_point import LoadPoint
from plimsoll.core.series.info import SeriesInfo, of
from plimsoll.core.series.key import SeriesKey

GENERATOR: Final[tuple[SeriesInfo, ...]] = (
    of("generator_journeys_per_s", "1/s", "journeys that ended"),
    of("generator_requests_per_s", "1/s", "requests that ended"),
    of("generator_errors_per_s", "1/s", "requests that failed"),
    of("generator_dropped_per_s", "1/s", "arrivals for which no user was free"),
    of("generator_users", "count", "users at work"),
    of("generator_waiting", "count", "requests in flight: users that wait for an answer"),
    of("generator_target_users", "count", "users that the profile asks for"),
    of("generator_target_rate_per_s", "1/s", "arrivals that the profile asks for"),
    of("generator_latency_ms_p50", "ms", "half of the requests took at most so long, from the intended start"),
    of("generator_latency_ms_p95", "ms", "95 % of the requests took at most so long"),
    of("generator_latency_ms_p99", "ms", "99 % of the requests took at most so long"),
    of("generator_lag_ms_p99", "ms", "how late the generator itself was, for 99 % of the arrivals"),
    of("generator_wait_ms_p99", "ms", "time for a free user or a connection, for 99 % of the requests"),
    of("generator_cpu_percent", "percent", "CPU of the load generator, of one core, each process on average"),
    of("generator_run_delay_percent", "percent", "time it waited for a core, of one core, each process on average"),
    of("generator_memory_bytes", "bytes", "resident memory of the load generator"),
)
_KEYS: Final = {info.name.removeprefix("generator_"): SeriesKey(info.name) for info in GENERATOR}
_FIELDS: Final = tuple(field.name for field in fields(LoadPoint) if field.name in _KEYS)


def generator_values(point: LoadPoint) -> Mapping[SeriesKey, float]:
    """What is known of it, by series."""
    found = ((_KEYS[name], getattr(point, name)) for name in _FIELDS)
    return {key: float(value) for key, value in found if value is not None}
