"""Tables that are not cleaned: dead rows, space that holds nothing, old statistics, autovacuum switched off. Pure.

What dead rows cost is bounded by the time of the statements that use the table: scans read the dead with the living.
Where they cost nothing yet, only what does not mend by itself is told: autovacuum that is off, or that cannot keep up.
A short run fills a table with dead rows before any autovacuum can come, which is no finding.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.settings import is_off, setting_number
from plimsoll.analyze.statements.costs import named, pages_per_call, share_of_statements, statements, steps_of, suspects
from plimsoll.core.details import StatementRow, TableRow
from plimsoll.core.finding import STATEMENTS_MAX, Figure, Finding, Share
from plimsoll.core.sql.shape import shape_of
from plimsoll.core.units import format_bytes, format_count, format_duration, format_share

DEAD_ROWS: Final = "dead-rows"
BLOAT: Final = "bloat"
STALE: Final = "stale-statistics"
SHARE_MIN: Final = 0.05  # of the time of all requests
DEAD_MIN: Final = 10_000
DEAD_SHARE_MIN: Final = 0.30  # of all rows of the table
OVERDUE: Final = 2.0  # times what autovacuum waits for
NAPS_S: Final = 180.0  # in which autovacuum should have come, however short its naps
RISK: Final = 0.2
OFF_RISK: Final = 0.4
PAGES_MIN: Final = 20  # of a call, beside
PAGES_OF_ROW: Final = 4  # a row, by whatever index
BLOAT_BYTES_MIN: Final = 100 * 2**20  # where it costs no time yet
SCANNED_BYTES_MIN: Final = 8 * 2**20  # where it is read again and again
BLOAT_SHARE_MIN: Final = 0.50
STALE_MIN: Final = 0.50  # of the rows, changed since they were analyzed
STALE_ROWS_MIN: Final = 10_000
_THRESHOLD: Final = 50  # autovacuum's defaults: so many dead rows, and a fifth of the table
_SCALE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Use:
    """What uses a table: its statements, the longest first, and their share of the requests' time."""

    rows: Sequence[StatementRow]
    share: Share


def examine(evidence: Evidence) -> Iterator[Finding]:
    uses = _uses(evidence)
    options = {one["table"]: one.get("options") or () for one in evidence.database.schema.get("tables", ())}
    for row in evidence.database.tables:
        use = uses.get(row.table, Use((), Share(0.0, 0.0, 0.0)))
        yield from _dead(evidence, row, use, options.get(row.table, ()))
        yield from _bloated(evidence, row, use)
        yield from _stale(evidence, row, use)


def _uses(evidence: Evidence) -> Mapping[str, Use]:
    names = [row.table for row in evidence.database.tables]
    found: dict[str, list[StatementRow]] = {}
    for row in statements(evidence):
        shape = shape_of(row.query)
        for written in set(shape.tables.values()) if shape is not None else ():
            name = named(names, written)
            if name is not None:
                found.setdefault(name, []).append(row)
    return {name: Use(rows, share_of_statements(evidence, rows)) for name, rows in found.items()}


def _dead(evidence: Evidence, row: TableRow, use: Use, options: Sequence[str]) -> Iterator[Finding]:
    part = row.dead_rows / max(1, row.dead_rows + (row.live_rows or 0))
    if row.dead_rows < DEAD_MIN or part < DEAD_SHARE_MIN:
        return
    off = _is_off(evidence.database.settings, options)
    late = not off and _is_late(evidence, row)
    costs = use.share.value * part >= SHARE_MIN and _reads_much(use)
    if not (off or late or costs):
        return
    share = Share(round(use.share.value * part, 4), 0.0, use.share.high) if costs else None
    yield Finding(
        kind=DEAD_ROWS,
        layer="database",
        subject=row.table,
        title=f"{format_share(part)} of the rows of {row.table} are dead" + _because(off, late),
        explanation=f"{format_count(row.dead_rows)} rows were updated or deleted and are still there: scans of the "
        f"table read them with the others. {_vacuumed(row)} {_meaning(off, late)}",
        confidence="likely" if off or late else "possible",
        confirm_by="VACUUM the table and run again: what its statements take should fall",
        share=share,
        risk=0.0 if costs else OFF_RISK if off else RISK,
        figures=(
            Figure("dead rows", row.dead_rows, "count", round(_threshold(evidence, row))),
            Figure("of all its rows", round(part, 3), "share", DEAD_SHARE_MIN),
            Figure("updated without a new index entry (HOT)", _hot(row), "share"),
            *([] if row.vacuumed_s_ago is None else [Figure("vacuumed", round(row.vacuumed_s_ago), "s")]),
        ),
        steps=steps_of(evidence, use.rows[:1]) if costs else (),
        statements=suspects(evidence, use.rows[:STATEMENTS_MAX]) if costs else (),
        details={"table": row.table, "off": off, "late": late, "hot": _hot(row), "by_table": bool(_off_here(options))},
    )


def _reads_much(use: Use) -> bool:
    """Whether the longest statement reads more pages than its rows can account for."""
    row = use.rows[0]
    return pages_per_call(row) >= PAGES_MIN + PAGES_OF_ROW * row.rows / max(1, row.calls)


def _bloated(evidence: Evidence, row: TableRow, use: Use) -> Iterator[Finding]:
    """Space that dead rows left behind: only a scan of the whole table pays for it."""
    size, bloat = row.size_bytes or 0, row.bloat_bytes or 0
    if bloat < SCANNED_BYTES_MIN or bloat < BLOAT_SHARE_MIN * size:
        return
    part = min(1.0, bloat / size)
    scanned = row.sequential_scans > 0 and use.share.value * part >= SHARE_MIN
    if not scanned and bloat < BLOAT_BYTES_MIN:
        return
    yield Finding(
        kind=BLOAT,
        layer="database",
        subject=row.table,
        title=f"about {format_bytes(bloat)} of the {format_bytes(size)} of {row.table} hold nothing",
        explanation="Rows that are long gone left their space behind. Scans of the whole table and the cache pay for "
        "it; new rows fill it only slowly. The figure is an estimate from the statistics of its columns.",
        confidence="possible",
        confirm_by="pgstattuple_approx() of the table, from the extension pgstattuple, measures it",
        share=Share(round(use.share.value * part, 4), 0.0, use.share.high) if scanned else None,
        risk=0.0 if scanned else RISK,
        figures=(
            Figure("space that holds nothing, estimated", bloat, "bytes", round(BLOAT_SHARE_MIN * size)),
            Figure("size of the table with its indexes", size, "bytes"),
            Figure("sequential scans", row.sequential_scans, "count"),
        ),
        statements=suspects(evidence, use.rows[:STATEMENTS_MAX]) if scanned else (),
        details={"table": row.table},
    )


def _stale(evidence: Evidence, row: TableRow, use: Use) -> Iterator[Finding]:
    """Statistics of another table than the one that is there now, where its statements cost time."""
    changed, live = row.modified_since_analyze, row.live_rows or 0
    never = row.analyzed_s_ago is None
    if use.share.value < SHARE_MIN or changed < STALE_ROWS_MIN or changed < STALE_MIN * live:
        return
    if not _is_overdue_to_analyze(evidence, row):
        return
    yield Finding(
        kind=STALE,
        layer="database",
        subject=row.table,
        title=f"the planner's statistics of {row.table} are "
        + ("missing" if never else f"{format_duration(row.analyzed_s_ago)} old"),
        explanation=f"{format_count(changed)} rows were changed since the table was analyzed, of {format_count(live)} "
        "that it has. The planner chooses by what it knows; statements on the table take "
        f"{format_share(use.share.value)} of the request time. Whether other plans would be better only a run after "
        "ANALYZE tells.",
        confidence="possible",
        confirm_by="ANALYZE the table and run again",
        risk=RISK,
        figures=(
            Figure("rows changed since it was analyzed", changed, "count", round(STALE_MIN * live)),
            Figure("request time of its statements", use.share.value, "share", SHARE_MIN),
        ),
        statements=suspects(evidence, use.rows[:STATEMENTS_MAX]),
        details={"table": row.table},
    )


def _is_off(settings: Mapping[str, Any], options: Sequence[str]) -> bool:
    return is_off(settings, "autovacuum") or _off_here(options)


def _off_here(options: Sequence[str]) -> bool:
    return any(option.replace(" ", "") in ("autovacuum_enabled=false", "autovacuum_enabled=off") for option in options)


def _is_late(evidence: Evidence, row: TableRow) -> bool:
    """Much more is dead than autovacuum waits for, and it has had the time to come: what died in this run is new."""
    old = row.dead_rows if _had_time(evidence) else row.dead_rows - row.updated - row.deleted
    return (_had_time(evidence) or (row.vacuumed_s_ago or 0.0) >= NAPS_S) and old >= OVERDUE * _threshold(evidence, row)


def _had_time(evidence: Evidence) -> bool:
    return evidence.load.duration_s >= NAPS_S


def _is_overdue_to_analyze(evidence: Evidence, row: TableRow) -> bool:
    """Of a table that was never analyzed nobody knows since when it is there."""
    if row.analyzed_s_ago is None:
        return _had_time(evidence) or is_off(evidence.database.settings, "autovacuum")
    return row.analyzed_s_ago >= max(NAPS_S, evidence.load.duration_s)


def _threshold(evidence: Evidence, row: TableRow) -> float:
    scale = setting_number(evidence.database.settings, "autovacuum_vacuum_scale_factor")
    return _THRESHOLD + (_SCALE if scale is None else scale) * (row.live_rows or 0)


def _hot(row: TableRow) -> float:
    return round(row.hot_updated / row.updated, 3) if row.updated else 1.0


def _because(off: bool, late: bool) -> str:
    return ": autovacuum is off" if off else ": autovacuum does not keep up" if late else ""


def _vacuumed(row: TableRow) -> str:
    if row.vacuumed_s_ago is None:
        return "It was never vacuumed."
    return f"It was vacuumed {format_duration(row.vacuumed_s_ago)} ago."


def _meaning(off: bool, late: bool) -> str:
    if off:
        return "Autovacuum is switched off, so that nobody will clean it up."
    if late:
        return "Autovacuum should have come long ago: it is too slow, or an old transaction keeps the rows alive."
    return "Autovacuum has not come to it yet."
