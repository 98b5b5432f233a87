"""The charts of each tab: which series stand in which, and how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from plimsoll.core.series.key import SeriesKey
from plimsoll.server.dashboard.place import Place

Colour = Literal["load", "latency", "database", "system", "sky", "yellow", "grey"]


@dataclass(frozen=True, slots=True)
class Line:
    """One series by its key."""

    key: SeriesKey
    label: str
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """`lines` are named, or `split` takes every series of a name, a line for each value of a label. With `each` the
    lines are named without that label, and there is one for each of its values. `within` is a label whose value is
    named before it where there are several.

    `limit` names the series whose alert thresholds are drawn, `limit_of` the line that they are of. `log` where tails
    matter; the axis says so. `peak` draws the highest of the first line, too, where a long window shows means.
    """

    name: str
    title: str
    lines: Sequence[Line] = ()
    split: tuple[str, str] | None = None
    each: str = ""
    within: str = ""
    of: tuple[tuple[str, str], ...] = ()
    stacked: bool = False
    log: bool = False
    y_max: float | None = None
    limit: str = ""
    limit_of: str = ""
    peak: bool = False
    colour: Colour = "system"


def line(name: str, label: str, colour: Colour | None = None, **labels: str) -> Line:
    return Line(SeriesKey.of(name, **labels), label, colour)


_CPU: Final = Panel(
    "cpu",
    "CPU busy",
    [
        line("host_cpu_busy_percent", "all cores", "system"),
        line("host_cpu_busy_percent", "the highest", "grey", of="highest"),
    ],
    y_max=100,
    limit="host_cpu_busy_percent",
    peak=True,
)
_PRESSURE: Final = Panel(
    "pressure",
    "Pressure: time in which tasks had to wait",
    [
        line("host_pressure_percent", "for CPU", "system", resource="cpu", kind="some"),
        line("host_pressure_percent", "for disks", "sky", resource="io", kind="some"),
        line("host_pressure_percent", "for memory", "grey", resource="memory", kind="some"),
    ],
    y_max=100,
    limit=str(SeriesKey.of("host_pressure_percent", resource="cpu", kind="some")),
    limit_of="for CPU",
)
_MEMORY: Final = Panel(
    "memory",
    "Memory in use",
    [line("host_memory_used_percent", "memory", "system"), line("host_swap_used_percent", "swap", "grey")],
    y_max=100,
    limit="host_memory_used_percent",
)
_WAITS: Final = Panel(
    "waits",
    "Average active sessions by what they wait for",
    split=("database_active_sessions", "wait"),
    stacked=True,
    colour="database",
)
_TRANSACTIONS: Final = Panel(
    "transactions",
    "Transactions",
    [
        line("database_commits_per_s", "committed", "database"),
        line("database_rollbacks_per_s", "rolled back", "grey"),
    ],
)
_CONNECTIONS: Final = Panel(
    "connections",
    "Sessions by state",
    split=("database_connections", "state"),
    stacked=True,
    limit="database_connections",
    colour="database",
)

_RATE: Final = Panel(
    "rate",
    "Load: requests",
    [
        line("generator_requests_per_s", "ended", "load"),
        line("generator_target_rate_per_s", "arrivals asked for", "grey"),
        line("generator_errors_per_s", "failed", "yellow"),
    ],
)
_LATENCY: Final = Panel(
    "latency",
    "Load: latency",
    [
        line("generator_latency_ms_p99", "p99", "latency"),
        line("generator_latency_ms_p95", "p95", "yellow"),
        line("generator_latency_ms_p50", "p50", "grey"),
    ],
    log=True,
)
_USERS: Final = Panel(
    "users",
    "Load: users",
    [line("generator_users", "at work", "load"), line("generator_waiting", "waiting for an answer", "latency")],
)

STATEMENT: Final[Sequence[Panel]] = (
    Panel("calls", "This statement: calls", split=("statement_calls_per_s", "query_id"), colour="database"),
    Panel("mean", "This statement: time a call", split=("statement_mean_ms", "query_id"), colour="latency"),
)

_SCALING: Final[Sequence[Panel]] = (
    Panel(
        "load-capacity",
        "Load against capacity",
        [
            line("scaling_rate_per_s", "arrived", "load"),
            line("scaling_capacity_per_s", "carried by the ready workers", "system"),
            line("scaling_refused_per_s", "refused", "yellow"),
            line("scaling_expected_per_s", "expected by the forecast", "sky"),
        ],
    ),
    Panel(
        "workers",
        "Workers",
        [
            line("scaling_ready_workers", "ready", "system"),
            line("scaling_wanted_workers", "wanted", "load"),
            line("scaling_max_workers", "the most", "grey"),
        ],
    ),
    Panel(
        "waiting",
        "Requests in flight and waiting",
        [line("scaling_in_flight", "in flight", "load"), line("scaling_queue", "waiting", "latency")],
    ),
    Panel("times", "Time of a request, mean of 1,024", [line("scaling_latency_ms", "mean", "latency")], log=True),
    Panel("worker-cpu", "CPU of one core, mean of the workers", [line("scaling_worker_cpu_percent", "mean", "system")]),
    Panel("worker-memory", "Memory of all workers", [line("scaling_worker_memory_bytes", "resident", "system")]),
    Panel(
        "connections",
        "Database connections of the pools",
        [
            line("scaling_connections_used", "of the running workers", "database"),
            line("scaling_connections_cap", "that they may take", "grey"),
        ],
    ),
    Panel(
        "restarts",
        "Restarts of workers within 5 min",
        [line("scaling_restarts_lately", "restarts", "latency")],
        limit="scaling_restarts_lately",
    ),
)

PANELS: Final[Mapping[str, Sequence[Panel]]] = {
    "overview": (_CPU, _PRESSURE, _MEMORY, _WAITS, _TRANSACTIONS, _RATE, _LATENCY),
    "system": (
        Panel("cpu-modes", "CPU by what it went into", split=("host_cpu_percent", "mode"), stacked=True, y_max=100),
        _PRESSURE,
        _MEMORY,
        Panel(
            "await",
            "Disks: time that a write took",
            split=("host_disk_write_await_ms", "device"),
            colour="latency",
        ),
        Panel(
            "read-await", "Disks: time that a read took", split=("host_disk_read_await_ms", "device"), colour="latency"
        ),
        Panel("disk-read", "Disks: read", split=("host_disk_read_bytes_per_s", "device")),
        Panel("disk-written", "Disks: written", split=("host_disk_written_bytes_per_s", "device")),
        Panel("received", "Network: received", split=("host_network_received_bytes_per_s", "interface")),
        Panel("sent", "Network: sent", split=("host_network_sent_bytes_per_s", "interface")),
        Panel("sockets", "Sockets by state", split=("host_sockets", "state")),
        Panel("tree-cpu", "Application: CPU of one core", split=("process_cpu_percent", "tree")),
        Panel("tree-memory", "Application: resident memory", split=("process_memory_bytes", "tree")),
        Panel(
            "container-cpu",
            "Container: CPU of its limit",
            [
                line("container_cpu_used_percent", "in use", "system"),
                line("container_cpu_throttled_percent", "held back", "grey"),
            ],
        ),
        Panel(
            "container-memory",
            "Container: memory of its limit",
            [line("container_memory_used_percent", "in use", "system")],
            y_max=100,
        ),
    ),
    "database": (
        _CONNECTIONS,
        _WAITS,
        _TRANSACTIONS,
        Panel(
            "cache",
            "Pages found in shared buffers",
            [line("database_cache_hit_percent", "of those asked for", "database")],
            y_max=100,
            limit="database_cache_hit_percent",
        ),
        Panel(
            "rows",
            "Rows",
            [
                line("database_tuples_returned_per_s", "read by scans", "sky"),
                line("database_tuples_fetched_per_s", "fetched by index scans", "database"),
                line("database_tuples_inserted_per_s", "inserted", "load"),
                line("database_tuples_updated_per_s", "updated", "system"),
                line("database_tuples_deleted_per_s", "deleted", "grey"),
            ],
            log=True,
        ),
        Panel("wal", "Write-ahead log", [line("database_wal_bytes_per_s", "made", "database")]),
        Panel("temporary", "Temporary files", [line("database_temp_bytes_per_s", "written", "database")]),
        Panel("checkpoints", "Pages written", split=("database_buffers_written_per_s", "by"), colour="database"),
        Panel("lag", "Standbys: log not replayed", split=("database_replication_lag_bytes", "standby")),
    ),
    "cache": (
        Panel(
            "hits",
            "Hits, of all reads",
            split=("cache_hit_percent", "cache"),
            y_max=100,
            limit="cache_hit_percent",
            colour="load",
        ),
        Panel(
            "age", "Oldest knowledge of changes", split=("cache_watermark_age_ms", "cache"), log=True, colour="latency"
        ),
        Panel(
            "lag",
            "Changes applied within, 99 of 100 polls",
            split=("cache_lag_ms_p99", "cache"),
            log=True,
            colour="latency",
        ),
        Panel("reads", "Reads", split=("cache_reads_per_s", "cache"), colour="load"),
        Panel(
            "fills", "Fills: 99 of 100 took at most", split=("cache_fill_ms_p99", "cache"), log=True, colour="latency"
        ),
        Panel(
            "misses",
            "Misses by reason",
            split=("cache_misses_per_s", "reason"),
            within="cache",
            stacked=True,
            colour="load",
        ),
        Panel(
            "went",
            "Values that went, by reason",
            split=("cache_evictions_per_s", "reason"),
            within="cache",
            stacked=True,
            colour="load",
        ),
        Panel("bytes", "Memory in all processes", split=("cache_bytes", "cache"), colour="system"),
    ),
    "scaling": tuple(replace(panel, each="served", within="served") for panel in _SCALING),
    "edge": (
        Panel(
            "edge-hits",
            "Hits, of what a cache may answer",
            [line("edge_hit_percent", "all", "load")],
            y_max=100,
            limit="edge_hit_percent",
        ),
        Panel("edge-classes", "Hits by class", split=("edge_class_hit_percent", "kind"), y_max=100, colour="load"),
        Panel(
            "edge-outcomes",
            "Requests by what answered",
            split=("edge_outcomes_per_s", "outcome"),
            stacked=True,
            colour="load",
        ),
        Panel(
            "edge-latency",
            "Answers begin within",
            [
                line("edge_latency_ms_p99", "p99", "latency"),
                line("edge_latency_ms_p95", "p95", "yellow"),
                line("edge_latency_ms_p50", "p50", "grey"),
            ],
            log=True,
            limit="edge_latency_ms_p95",
            limit_of="p95",
        ),
        Panel(
            "edge-bytes",
            "Bodies",
            [
                line("edge_served_bytes_per_s", "told", "grey"),
                line("edge_saved_bytes_per_s", "of them not by the origin", "load"),
            ],
        ),
        Panel(
            "edge-errors",
            "Errors, of all answers",
            [line("edge_errors_percent", "errors", "latency")],
            limit="edge_errors_percent",
        ),
        Panel("edge-waiting", "Purges waiting", split=("edge_purges_waiting", "provider"), colour="database"),
        Panel(
            "edge-lag",
            "The oldest purge has waited for",
            split=("edge_purge_lag_s", "provider"),
            limit="edge_purge_lag_s",
            colour="latency",
        ),
    ),
    "load": (_RATE, _LATENCY, _USERS),
    "alerts": (),
    "more": (),
}


def panels_of(place: Place) -> Sequence[Panel]:
    """Where one statement is looked at, its own come first; where one served application is, only its own are there."""
    if place.tab == "scaling" and place.served:
        return [replace(panel, of=(("served", place.served),)) for panel in PANELS["scaling"]]
    return (*STATEMENT, *PANELS[place.tab]) if place.tab == "database" and place.statement else PANELS[place.tab]
