"""A run's directory read for a comparison: facts, summary, and what of its surroundings was recorded."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from plimsoll.analyze.comparing.pairs import Row, rows_of
from plimsoll.analyze.comparing.runs import ComparedRun, StatementUse
from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.recorded import Document, Recorded
from plimsoll.core.scaled_run import ScaledRun
from plimsoll.core.series.window import SeriesWindow
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.recorded_run import open_recorded
from plimsoll.workflows.reporting import summary_of

POINTS_MAX: Final = 1_000
TREE: Final = "process_cpu_percent"
GAUGES: Final = (
    "host_cpu_busy_percent", TREE, "database_active_sessions", "database_cache_hit_percent",
    "database_statements_ms_per_s", "scaling_ready_workers",
)  # fmt: skip


def load_run(directory: RunDirectory) -> ComparedRun:
    """Raises RunDirectoryError where there is no run to read; what was watched may be missing."""
    facts = directory.read_facts()
    summary = summary_of(directory, facts)
    try:
        recorded = open_recorded(directory, facts, GAUGES.__contains__, POINTS_MAX)
    except SeriesStoreError:
        recorded = None
    if recorded is None:
        return ComparedRun(facts, summary)
    schema = recorded.facts.get("schema_before") or recorded.facts.get("schema_after") or {}
    return ComparedRun(
        facts,
        summary,
        data_bytes=schema.get("size_bytes"),
        table_rows=_table_rows(schema),
        settings=_settings(recorded.facts.get("settings") or {}),
        gauges=_gauges(recorded),
        statements=_statements(recorded.statements or {}),
        workers=_workers(ScaledRun.of(recorded)),
    )


def load_rows(directory: RunDirectory) -> list[Row]:
    """The seconds of a run's measured time."""
    summary = summary_of(directory, directory.read_facts())
    return rows_of(read_intervals(directory.intervals_path), summary.duration_s)


def _workers(told: ScaledRun | None) -> str:
    return "" if told is None else told.limits_words


def _table_rows(schema: Document) -> dict[str, int]:
    """As the server estimated them; tables that were never looked at are left out."""
    return {table["table"]: round(table["rows"]) for table in schema.get("tables", ()) if table.get("rows") is not None}


def _settings(settings: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{one['value']}{one.get('unit') or ''}" for name, one in settings.items()}


def _gauges(recorded: Recorded) -> dict[str, float]:
    """Means over the measured time; of sessions the sum of all that they wait for, of processes one for each tree."""
    means: dict[str, float] = {}
    for window in (window for name in GAUGES for window in recorded.named(name)):
        mean = _mean(window, recorded.measured_from_s)
        if mean is not None:
            name = str(window.key) if window.key.name == TREE else window.key.name
            means[name] = means.get(name, 0.0) + mean
    return means


def _mean(window: SeriesWindow, start_s: float) -> float | None:
    pairs = zip(window.times, window.mean, strict=True)
    known = [value for at, value in pairs if at >= start_s and isfinite(value)]
    return sum(known) / len(known) if known else None


def _statements(document: Document) -> dict[str, StatementUse]:
    uses: dict[str, StatementUse] = {}
    for row in document.get("rows", ()):
        known = uses.get(row["query_id"], StatementUse(row.get("query") or "", 0, 0.0, 0.0))
        calls = known.calls + row["calls"]
        spent = known.calls * known.mean_ms + row["total_ms"]
        blocks = known.blocks + row["blocks_hit"] + row["blocks_read"]
        uses[row["query_id"]] = StatementUse(known.query, calls, spent / max(1, calls), blocks)
    return uses
