"""A statement that takes much of the database's time, and why: a problem of its plan, or of its text. Pure.

An index that is missing is told elsewhere. Without a plan the text alone tells, and no more than possibly. A statement
whose plan has no problem that is known is not told at all: it may simply be asked for very often.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.statements.constants import constants, filled
from plimsoll.analyze.statements.costs import (
    pages_per_call,
    share_of_statements,
    sized,
    statements,
    steps_of,
    suspects,
    working_ms,
)
from plimsoll.analyze.statements.problems import Problem, Sizes, problems
from plimsoll.analyze.statements.scans import unused_indexes, whole_scans
from plimsoll.analyze.statements.text_problems import text_problems
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.query_plan import PlanNode, read_plan
from plimsoll.core.sql.shape import shape_of
from plimsoll.core.units import format_ms, format_share

KIND: Final = "slow-statement"
SHARE_MIN: Final = 0.05  # of the time of all requests
OF_DATABASE_MIN: Final = 0.20  # of the time of all statements
PAGES_MIN: Final = 100.0  # of a call; fewer are quick whatever the plan
MEAN_MS_MIN: Final = 1.0
SHOWN: Final = 3


def examine(evidence: Evidence) -> Iterator[Finding]:
    known = {scan.row.query_id for scan in whole_scans(evidence)}
    unused = {scan.row.query_id: scan for scan in unused_indexes(evidence)}
    tables, whole_ms = sized(evidence), evidence.database.statement_ms
    for row in statements(evidence)[:SHOWN]:
        heavy = working_ms(evidence, row) >= OF_DATABASE_MIN * whole_ms and row.mean_ms >= MEAN_MS_MIN
        if row.query_id in known or not heavy or pages_per_call(row) + row.temp_blocks / max(1, row.calls) < PAGES_MIN:
            continue
        if share_of_statements(evidence, [row]).value < SHARE_MIN:
            continue
        plan = read_plan(evidence.database.plans, row.query_id)
        found = _of(row, plan, tables)
        if row.query_id in unused and not found:
            scan = unused[row.query_id]
            what = f"{scan.table.name} has an index on {' or '.join(scan.columns)}, and is read as a whole all the same"
            found = [Problem("unused-index", what, scan.table.name, scan.columns[0])]
        known_constants = constants(evidence.database, row)
        found = [
            replace(one, what=filled(one.what, known_constants), sql=filled(one.sql, known_constants)) for one in found
        ]
        if found:
            yield _finding(evidence, row, found, planned=plan is not None)


def _of(row: StatementRow, plan: PlanNode | None, tables: Sizes) -> list[Problem]:
    shape = shape_of(row.query)
    of_text = text_problems(row, shape, tables) if shape is not None else []
    if plan is None:
        return of_text
    of_plan = problems(row, plan, tables)
    return [*of_plan, *(one for one in of_text if one.name in _SEEN_IN_TEXT)]


_SEEN_IN_TEXT: Final = ("offset", "count-all")  # that a plan does not show better


def _finding(evidence: Evidence, row: StatementRow, found: Sequence[Problem], *, planned: bool) -> Finding:
    share = share_of_statements(evidence, [row])
    part = working_ms(evidence, row) / max(1e-9, evidence.database.statement_ms)
    others = "".join(f" Besides, {one.what}." for one in found[1:SHOWN])
    basis = "By its plan" if planned else "No plan was read; by its text"
    return Finding(
        kind=KIND,
        layer="database",
        subject=f"statement {row.query_id}",
        title=f"one statement takes {format_share(share.value)} of the request time: {found[0].what}",
        explanation=f"It takes {format_share(part)} of the time of all statements, {format_ms(row.mean_ms)} a call. "
        f"{basis}, {found[0].what}.{others}",
        confidence="likely" if planned else "possible",
        confirm_by="EXPLAIN (ANALYZE, BUFFERS) of the statement with usual values: this step should take most of the "
        "time",
        share=share,
        figures=(
            Figure("time of all statements", round(part, 4), "share", OF_DATABASE_MIN),
            Figure("a call takes", round(row.mean_ms, 3), "ms"),
            Figure("pages read by a call", round(pages_per_call(row), 1), "count", PAGES_MIN),
            Figure("rows returned by a call", round(row.rows / max(1, row.calls), 1), "count"),
            Figure("calls", row.calls, "count"),
        ),
        chart=evidence.gauges.chart("time spent executing statements", "ms/s", "database_statements_ms_per_s"),
        steps=steps_of(evidence, [row]),
        statements=suspects(evidence, [row]),
        details={
            "problems": [
                {
                    "name": one.name,
                    "what": one.what,
                    "table": one.table,
                    "column": one.column,
                    "sql": one.sql,
                    "partitions": list(one.partitions),
                }
                for one in found
            ]
        },
    )
