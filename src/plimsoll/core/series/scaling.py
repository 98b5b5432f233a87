"""The series of served applications (`plimsoll serve`), as their supervisors tell of themselves."""

from typing import Final

from plimsoll.core.series.info import SeriesInfo, of

SCALING: Final[tuple[SeriesInfo, ...]] = (
    of("scaling_up", "yes/no", "whether its supervisor answers; an application that was ended has no value", "served"),
    of("scaling_wanted_workers", "count", "workers that the policy wants", "served"),
    of("scaling_ready_workers", "count", "workers that answer and take requests", "served"),
    of("scaling_starting_workers", "count", "workers that were started and do not answer yet", "served"),
    of("scaling_max_workers", "count", "the most workers that its limits allow", "served"),
    of("scaling_rate_per_s", "1/s", "requests that arrived", "served"),
    of("scaling_expected_per_s", "1/s", "requests that the forecast expects in the next minutes", "served"),
    of("scaling_served_per_s", "1/s", "requests that workers answered", "served"),
    of("scaling_refused_per_s", "1/s", "requests that the balancer refused, for want of room or of workers", "served"),
    of("scaling_admit_per_s", "1/s", "requests that are let in at most, while not all are", "served"),
    of("scaling_in_flight", "count", "requests that are served or wait", "served"),
    of("scaling_queue", "count", "requests that wait for a worker", "served"),
    of("scaling_queue_at_max", "count", "requests that wait while no more workers are allowed; else 0", "served"),
    of(
        "scaling_latency_ms",
        "ms",
        "time until an answer begins, mean of the last 1,024 at the balancer",
        "served",
    ),
    of("scaling_capacity_per_s", "1/s", "requests that the ready workers carry", "served"),
    of("scaling_worker_capacity_per_s", "1/s", "requests that one worker carries", "served"),
    of("scaling_utilization_percent", "percent", "requests that arrived, of what the ready workers carry", "served"),
    of("scaling_worker_cpu_percent", "percent", "CPU of one core, mean of the ready workers", "served"),
    of("scaling_worker_memory_bytes", "bytes", "memory of all workers", "served"),
    of("scaling_connections_used", "count", "database connections that the running workers' pools may take", "served"),
    of("scaling_connections_cap", "count", "database connections that its workers may take in all", "served"),
    of("scaling_connections_bind", "yes/no", "whether the database's connections keep workers away", "served"),
    of("scaling_restarts_lately", "count", "workers that were started again within the last 5 minutes", "served"),
    of("scaling_changes_lately", "count", "decisions of the last 5 minutes that changed the workers", "served"),
    of("scaling_broken", "yes/no", "whether its workers die at their start", "served"),
    of("scaling_balancer_up", "yes/no", "whether its balancer answers the supervisor", "served"),
    of("scaling_paused_s", "s", "for how long its policy has been paused; 0 while it is not", "served"),
    of("scaling_forecast_off", "yes/no", "whether a forecast is not believed, since it erred", "served"),
)
