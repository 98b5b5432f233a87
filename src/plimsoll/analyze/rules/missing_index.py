"""Tables that are read as a whole for few of their rows, by statements that cost the requests much of their time. Pure.

Told by the plan where there is one, by the text of the statement otherwise; and borne out by what was counted: scans of
the table, and pages that a call reads. Small tables, reports that need all rows, and what costs no time are left alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.statements.costs import indexed_columns, share_of_statements, steps_of, suspects, working_ms
from plimsoll.analyze.statements.indexing import Access, Advised, advise
from plimsoll.analyze.statements.partitions import whole_of
from plimsoll.analyze.statements.scans import WholeScan, whole_scans
from plimsoll.core.check import counted
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import STATEMENTS_MAX, Confidence, Figure, Finding
from plimsoll.core.units import format_count, format_share

KIND: Final = "missing-index"
SHARE_MIN: Final = 0.05  # of the time of all requests
INDEXES_MAX: Final = 3  # of one table: each INSERT pays for every one


def examine(evidence: Evidence) -> Iterator[Finding]:
    by_table: dict[str, list[WholeScan]] = defaultdict(list)
    for scan in whole_scans(evidence):
        by_table[indexed_table(scan)].append(scan)
    for table, scans in by_table.items():
        if share_of_statements(evidence, _rows(scans)).value >= SHARE_MIN:
            yield _finding(evidence, table, scans)


def indexed_table(scan: WholeScan) -> str:
    """The table to be indexed: of a partition the one that the statement names."""
    return whole_of(scan.row, scan.table)


def _rows(scans: Sequence[WholeScan]) -> list[StatementRow]:
    """Each statement once, also where it scans several partitions."""
    return list({scan.row.query_id: scan.row for scan in scans}.values())


def _finding(evidence: Evidence, table: str, scans: Sequence[WholeScan]) -> Finding:
    first, rows = scans[0], _rows(scans)
    share = share_of_statements(evidence, rows)
    indexes = _indexes(evidence, scans)
    return Finding(
        kind=KIND,
        layer="database",
        subject=table,
        title=f"no index on {table} {_columns(indexes, len(rows))}: {_what_for(scans)}",
        explanation=_explanation(scans, indexes, format_share(share.value)),
        confidence=_confidence(scans),
        confirm_by=f"create {'the index' if len(indexes) == 1 else 'the indexes'} and run again: "
        f"{_expected(first, len(rows))}",
        share=share,
        figures=_figures(scans),
        chart=evidence.gauges.chart("rows read by scans", "1/s", "database_tuples_returned_per_s"),
        steps=steps_of(evidence, rows),
        statements=suspects(evidence, rows[:STATEMENTS_MAX]),
        details={
            "table": table,
            "columns": [list(one.columns) for one in indexes],
            "serves": [_served(evidence, scans, one) for one in indexes],
            "partitions": sorted({scan.table.name for scan in scans} - {table}),
        },
    )


def _indexes(evidence: Evidence, scans: Sequence[WholeScan]) -> list[Advised]:
    accesses = [
        Access(scan.chosen.equal, scan.chosen.bounded or scan.order, scan.wanted, working_ms(evidence, scan.row))
        for scan in scans
    ]
    return advise(accesses, list(indexed_columns(evidence, scans[0].table.name)))[:INDEXES_MAX]


def _served(evidence: Evidence, scans: Sequence[WholeScan], index: Advised) -> dict[str, float]:
    rows = _rows([scans[number] for number in index.served])
    return {"statements": len(rows), "share": share_of_statements(evidence, rows).value}


def _columns(indexes: Sequence[Advised], statements: int) -> str:
    """Those that matter: of several statements the ones that they share."""
    said = [one.chosen_by if statements > 1 else one.columns for one in indexes]
    return ", nor on ".join(dict.fromkeys(f"({', '.join(columns)})" for columns in said))


def _explanation(scans: Sequence[WholeScan], indexes: Sequence[Advised], share: str) -> str:
    first, rows = scans[0], _rows(scans)
    if len(rows) > 1:
        return _of_several(scans, indexes, share)
    if first.referring_to or first.by:
        return _of_foreign_key(first, share) if first.referring_to else _of_filter(first, share)
    basis = "The plan shows" if first.planned else "No plan was read; its text and the table's counters show"
    if first.against:
        basis = f"The plan for unknown values goes by {first.against}, which was not used: the table's counters show"
    return (
        f"{basis} a sequential scan of {first.table.name} ({format_count(round(first.table.rows))} rows) in a "
        f"statement that chooses by {', '.join(first.columns)}; no index serves that: {_reads(first)}. "
        f"It takes {share} of the time of all requests."
    )


def _of_several(scans: Sequence[WholeScan], indexes: Sequence[Advised], share: str) -> str:
    first, count = scans[0], len(_rows(scans))
    planned = len(_rows([scan for scan in scans if scan.planned]))
    basis = {count: "Their plans say so", 0: "No plans were read; their text and the table's counters say so"}
    shown = "1 plan shows" if planned == 1 else f"{planned} plans show"
    some = f"{shown} it, for the rest texts and the table's counters"
    return (
        f"{counted(count, 'statement')} choose few rows of {first.table.name} ({format_count(round(first.table.rows))} "
        f"rows) by {_ways(scans, indexes)}, and no index serves that. {basis.get(planned, some)}. "
        f"Together they take {share} of the time of all requests. Of the one that takes most, {_reads(first)}."
    )


def _ways(scans: Sequence[WholeScan], indexes: Sequence[Advised]) -> str:
    """The columns, and how many statements choose by them where that differs."""
    served = [_statements(scans, one) for one in indexes]
    ways = [", ".join(one.chosen_by) for one in indexes]
    rest = len(_rows(scans)) - sum(served)
    if len(ways) == 1 and rest <= 0:
        return ways[0]
    said = [f"{way} ({number} of them)" for way, number in zip(ways, served, strict=True)]
    return " and by ".join([*said, *([f"others ({rest})"] if rest > 0 else [])])


def _statements(scans: Sequence[WholeScan], index: Advised) -> int:
    return len(_rows([scans[number] for number in index.served]))


def _reads(scan: WholeScan) -> str:
    """What a call reads now and would read, where it may read the table several times."""
    if round(scan.readings) <= 1:
        rows = f" and filters {format_count(round(scan.filtered))} rows away" if scan.filtered else ""
        return f"each call reads {_pages(scan.pages)}{rows}, with an index it would be about {_pages(scan.needed)}"
    times = f"{format_count(round(scan.pages / max(1.0, scan.table.pages)))} times the {_pages(scan.table.pages)}"
    return (
        f"each call reads {_pages(scan.pages)}, which is {times} of the table; with an index each look into it would "
        f"read about {_pages(scan.needed / scan.times)}"
    )


def _expected(scan: WholeScan, statements: int) -> str:
    call = "a call" if statements == 1 else "a call of the statement that takes most"
    if round(scan.readings) <= 1 or scan.by:
        return f"{call} should then read about {_pages(scan.needed)} instead of {_pages(scan.pages)}"
    return (
        f"each time that {call} looks into the table it should then read about {_pages(scan.needed / scan.times)} of "
        f"it, not all {format_count(round(scan.table.pages))}"
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


def _figures(scans: Sequence[WholeScan]) -> Sequence[Figure]:
    scan, row, several = scans[0], scans[0].table.row, len(_rows(scans))
    counted = [] if row is None else [Figure(_scans_label(row.sequential_scans, scan), row.sequential_scans, "count")]
    read = [Figure("statements that read it so", several, "count")] if several > 1 else []
    known = scan.planned or scan.exact or scan.wanted >= 1
    about = "" if scan.exact else ", about"
    wanted = [Figure(f"rows wanted of them by a scan{about}", round(scan.wanted, 1), "count")] if known else []
    needed = scan.needed / scan.times * max(1, round(scan.readings))
    return (
        Figure("pages read by a call", round(scan.pages, 1), "count", round(needed, 1)),
        *read,
        Figure("rows of the table", scan.table.rows, "count"),
        *wanted,
        Figure("calls", scan.row.calls, "count"),
        Figure("a call takes", round(scan.row.mean_ms, 3), "ms"),
        *counted,
    )


def _scans_label(scans: int, first: WholeScan) -> str:
    """More scans than calls want a word: the server counts one for each process that takes part."""
    each = ", each parallel worker's counted" if scans > first.row.calls * max(1.0, first.times) else ""
    return f"sequential scans of the table{each}"


def _pages(count: float) -> str:
    return f"{format_count(max(1, round(count)))} pages"


def _what_for(scans: Sequence[WholeScan]) -> str:
    scan, several = scans[0], len(_rows(scans))
    if several > 1:
        part = any(one.by for one in scans)
        much = "far more of it than they need" if part else "all of its rows for few of them"
        return f"{several} statements read {much}"
    if scan.referring_to:
        return f"all of its rows are read for each row of {scan.referring_to} that is deleted"
    unknown = not scan.wanted and not scan.planned and not scan.exact
    wanted = "few" if unknown else format_count(round(scan.wanted)) if scan.wanted >= 1 else "at most one"
    read = f"{_pages(scan.pages)} of it are read for {wanted} rows" if scan.by else ""
    return read or f"all of its rows are read for {wanted} of them"
