"""One second of a run in single figures: what is drawn of a load while it goes on, and kept as series beside the rest.

Nothing here needs numerics: whoever watches reads it off a run's file without them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """`start_s` counts from the start of the load, the stretch is `width_s` long; None is what is not known.

    Latency is over the requests that ended in the stretch, `lag` over arrivals, `wait` the time for a free user or a
    connection. CPU and run delay are in percent of one core, each process on average. `waiting` users wait for an
    answer at the end of the stretch.
    """

    start_s: float
    width_s: float
    warmup: bool
    journeys_per_s: float
    requests_per_s: float
    errors_per_s: float
    dropped_per_s: float
    users: int
    waiting: int
    target_users: int | None = None
    target_rate_per_s: float | None = None
    latency_ms_p50: float | None = None
    latency_ms_p95: float | None = None
    latency_ms_p99: float | None = None
    lag_ms_p99: float | None = None
    wait_ms_p99: float | None = None
    cpu_percent: float | None = None
    run_delay_percent: float | None = None
    memory_bytes: int | None = None

    @property
    def end_s(self) -> float:
        return self.start_s + self.width_s

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises TypeError on what `to_json` did not make."""
        return cls(**data)
