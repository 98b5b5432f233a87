"""Tables that are read as a whole for few of their rows, by statements that cost the requests much of their time. Pure.

Told by the plan where there is one, by the text of the statement otherwise; and borne out by what was counted: scans of
the table, and pages that a call reads. Small tables, reports that need all rows, and what costs no time are left alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.statements.costs import share_of_statements, steps_of, suspects
from plimsoll.analyze.statements.scans import WholeScan, whole_scans
from plimsoll.analyze.statements.shape import shape_of
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import STATEMENTS_MAX, Confidence, Figure, Finding
from plimsoll.core.units import format_count, format_share

KIND: Final = "missing-index"
SHARE_MIN: Final = 0.05  # of the time of all requests


def examine(evidence: Evidence) -> Iterator[Finding]:
    by_table: dict[str, list[WholeScan]] = defaultdict(list)
    for scan in whole_scans(evidence):
        by_table[indexed_table(scan)].append(scan)
    for table, scans in by_table.items():
        if share_of_statements(evidence, _rows(scans)).value >= SHARE_MIN:
            yield _finding(evidence, table, scans)


def indexed_table(scan: WholeScan) -> str:
    """The table to be indexed: of a partition the one that the statement names."""
    shape = shape_of(scan.row.query) if scan.table.partition else None
    schema, _, name = scan.table.name.rpartition(".")
    written = [one for one in shape.tables.values() if name.startswith(one.rpartition(".")[2])] if shape else []
    if not written:
        return scan.table.name
    return written[0] if "." in written[0] else f"{schema}.{written[0]}"


def _rows(scans: Sequence[WholeScan]) -> list[StatementRow]:
    """Each statement once, also where it scans several partitions."""
    return list({scan.row.query_id: scan.row for scan in scans}.values())


def _finding(evidence: Evidence, table: str, scans: Sequence[WholeScan]) -> Finding:
    first, rows = scans[0], _rows(scans)
    share = share_of_statements(evidence, rows)
    columns = list(dict.fromkeys(scan.columns for scan in scans))
    return Finding(
        kind=KIND,
        layer="database",
        subject=table,
        title=f"no index on {table} ({', '.join(columns[0])}): {_what_for(first)}",
        explanation=_explanation(scans, format_share(share.value)),
        confidence=_confidence(scans),
        confirm_by=f"create the index and run again: a call should then read about {_pages(first.needed)} instead of "
        f"{_pages(first.pages)}",
        share=share,
        figures=_figures(first),
        chart=evidence.gauges.chart("rows read by scans", "1/s", "database_tuples_returned_per_s"),
        steps=steps_of(evidence, rows),
        statements=suspects(evidence, rows[:STATEMENTS_MAX]),
        details={
            "table": table,
            "columns": [list(one) for one in columns],
            "partitions": sorted({scan.table.name for scan in scans} - {table}),
        },
    )


def _explanation(scans: Sequence[WholeScan], share: str) -> str:
    first = scans[0]
    if first.referring_to or first.by:
        return _of_foreign_key(first, share) if first.referring_to else _of_filter(first, share)
    basis = "The plan shows" if first.planned else "No plan was read; its text and the table's counters show"
    if first.against:
        basis = f"The plan for unknown values goes by {first.against}, which was not used: the table's counters show"
    more = len(_rows(scans)) - 1
    others = f" {more} more {'statement reads' if more == 1 else 'statements read'} the table so." if more else ""
    return (
        f"{basis} a sequential scan of {first.table.name} ({format_count(round(first.table.rows))} rows) in a "
        f"statement that chooses by {', '.join(first.chosen)}; no index begins with one of these columns. Each call "
        f"reads {_pages(first.pages)}, with an index it would be about {_pages(first.needed)}.{others} "
        f"Together they take {share} of the time of all requests."
    )


def _of_foreign_key(scan: WholeScan, share: str) -> str:
    return (
        f"For each row of {scan.referring_to} that is deleted the server looks for rows of {scan.table.name} "
        f"({format_count(round(scan.table.rows))} rows) that refer to it by {', '.join(scan.columns)}; no index begins "
        f"with that. Each call reads {_pages(scan.pages)}, with an index it would be about {_pages(scan.needed)}. "
        f"The statement takes {share} of the time of all requests; its plan does not show the check."
    )


def _of_filter(scan: WholeScan, share: str) -> str:
    return (
        f"The plan finds rows of {scan.table.name} by {scan.by}, which serves a part of the conditions only; the rest "
        f"is filtered out row by row. Each call reads {_pages(scan.pages)} for {format_count(round(scan.wanted))} "
        f"rows, with an index on {', '.join(scan.columns)} it would be about {_pages(scan.needed)}. "
        f"The statement takes {share} of the time of all requests."
    )


def _confidence(scans: Sequence[WholeScan]) -> Confidence:
    return "likely" if any(scan.planned or scan.exact or scan.referring_to for scan in scans) else "possible"


def _figures(scan: WholeScan) -> Sequence[Figure]:
    row = scan.table.row
    counted = [] if row is None else [Figure("sequential scans of the table", row.sequential_scans, "count")]
    return (
        Figure("pages read by a call", round(scan.pages, 1), "count", round(scan.needed, 1)),
        Figure("rows of the table", scan.table.rows, "count"),
        Figure("rows wanted of them by a scan", round(scan.wanted, 1), "count"),
        Figure("calls", scan.row.calls, "count"),
        Figure("a call takes", round(scan.row.mean_ms, 3), "ms"),
        *counted,
    )


def _pages(count: float) -> str:
    return f"{format_count(max(1, round(count)))} pages"


def _what_for(scan: WholeScan) -> str:
    if scan.referring_to:
        return f"all of its rows are read for each row of {scan.referring_to} that is deleted"
    unknown = not scan.wanted and not scan.planned and not scan.exact
    wanted = "few" if unknown else format_count(round(scan.wanted)) if scan.wanted >= 1 else "at most one"
    read = f"{_pages(scan.pages)} of it are read for {wanted} rows" if scan.by else ""
    return read or f"all of its rows are read for {wanted} of them"
