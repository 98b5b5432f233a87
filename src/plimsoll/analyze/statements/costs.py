"""What statements cost the requests, and how large the tables are that they read. Pure.

The server counts every call, so a statement's time is no estimate; but it is known for stretches of ten seconds only,
and the requests' time for each second. Its interval is that of its share if it had taken the same time for each request
all along, from a moving-block bootstrap over the seconds, and at least a twentieth either way: the two are not counted
between the same moments.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.load import LoadEvidence
from plimsoll.core.details import StatementRow, TableRow
from plimsoll.core.finding import Share, Suspect
from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.statistics.bootstrap import block_bootstrap, ratio_of_sums

EDGES: Final = 0.05  # of a share, either way
SEED: Final = 20_012
SECONDS_MIN: Final = 8  # below, a bootstrap tells nothing
ROW_BYTES: Final = 100  # where a table's size is not known
SAME_COUNT: Final = 0.15  # by which calls and requests may differ that belong together
LOCK: Final = "Lock"


@dataclass(frozen=True, slots=True)
class TableSize:
    """`name` is "schema.table"; `pages` are those of its rows, without indexes. `partition`: it is one of another."""

    name: str
    rows: float
    pages: float
    row: TableRow | None
    partition: bool = False


def working_ms(evidence: Evidence, row: StatementRow) -> float:
    """The time of a statement without what it waited for locks, as far as samples tell."""
    mine = [wait for wait in evidence.database.waits if wait.query_id == row.query_id]
    sampled = sum(wait.sessions for wait in mine)
    locked = sum(wait.sessions for wait in mine if wait.wait.partition(":")[0] == LOCK)
    return row.total_ms * (1 - locked / sampled if sampled else 1.0)


def waited(evidence: Evidence, row: StatementRow, *events: str) -> float | None:
    """The part of a statement's samples that are of such waits ("IO:BufFileWrite"); None where it has none."""
    mine = [wait for wait in evidence.database.waits if wait.query_id == row.query_id]
    sampled = sum(wait.sessions for wait in mine)
    return sum(wait.sessions for wait in mine if wait.wait in events) / sampled if sampled else None


def share_of_requests(evidence: Evidence, ms: float) -> Share:
    """Of the time of all requests, what so much time of the server's is, counted over `database.counted_s`."""
    load, counted_s = evidence.load, evidence.database.counted_s or evidence.load.duration_s
    if not load.request_s or not counted_s:
        return Share(0.0, 0.0, 0.0)
    value = (ms / 1000 / counted_s) / (load.request_s / load.duration_s)
    low, high = _spread(load)
    return Share(*(round(min(1.0, value * factor), 4) for factor in (1.0, low, high)))


def share_of_statements(evidence: Evidence, rows: Iterable[StatementRow]) -> Share:
    """As `share_of_requests`, of what these statements worked."""
    return share_of_requests(evidence, sum(working_ms(evidence, row) for row in rows))


def _spread(load: LoadEvidence) -> tuple[float, float]:
    """By what a share may be lower or higher."""
    rows = np.array([(second.requests, second.latency_s) for second in load.seconds], dtype=float)
    mean = ratio_of_sums(rows)
    if len(rows) < SECONDS_MIN or not mean > 0:
        return 1 - 2 * EDGES, 1 + 2 * EDGES
    low, high = (figure / mean for figure in block_bootstrap(rows, ratio_of_sums, SEED))
    return min(low, 1 - EDGES), max(high, 1 + EDGES)


def statements(evidence: Evidence) -> list[StatementRow]:
    """Those that clients sent, whichever role, the one that worked longest first."""
    return sorted(
        (row for row in evidence.database.statements if row.top_level), key=lambda row: -working_ms(evidence, row)
    )


def suspects(evidence: Evidence, rows: Iterable[StatementRow]) -> Sequence[Suspect]:
    return tuple(evidence.database.suspect(row) for row in rows)


def steps_of(evidence: Evidence, rows: Iterable[StatementRow]) -> Sequence[str]:
    """The steps that may have sent them: those that took place as often, or the only one there is."""
    steps = evidence.load.steps
    if len(steps) == 1:
        return (steps[0].label,)
    scale = evidence.load.duration_s / (evidence.database.counted_s or evidence.load.duration_s or 1.0)
    calls = [(row.calls * scale, row.mean_ms) for row in rows]
    return tuple(
        step.label
        for step in steps
        if any(
            abs(step.count - count) <= SAME_COUNT * count and 1000 * step.service_s >= step.count * mean_ms * 0.8
            for count, mean_ms in calls
        )
    )


def sized(evidence: Evidence) -> dict[str, TableSize]:
    """Every table of which anything is known, by "schema.table"."""
    rows = {row.table: row for row in evidence.database.tables}
    facts = {one["table"]: one for one in evidence.database.schema.get("tables", ())}
    return {name: _size(evidence, name, rows.get(name), facts.get(name, {})) for name in rows.keys() | facts.keys()}


def _size(evidence: Evidence, name: str, row: TableRow | None, fact: dict[str, object]) -> TableSize:
    live = fact.get("rows") or (row.live_rows if row is not None else None) or 0  # what ANALYZE saw is surer
    pages = (fact.get("size_bytes") or 0) or _bytes(evidence, row) or float(str(live)) * ROW_BYTES
    return TableSize(name, float(str(live)), float(str(pages)) / PAGE_BYTES, row, bool(fact.get("partition")))


def _bytes(evidence: Evidence, row: TableRow | None) -> float:
    """Of a table's rows, from its size with indexes."""
    if row is None or not row.size_bytes:
        return 0.0
    indexes = sum(one.size_bytes or 0 for one in evidence.database.indexes if one.table == row.table)
    return max(0.0, row.size_bytes - indexes)


def named(tables: Iterable[str], written: str) -> str | None:
    """The table that a statement calls so: with its schema, or the only one, or the public one, of that name."""
    known = list(tables)
    if written in known:
        return written
    same = [name for name in known if name.partition(".")[2] == written]  # a table's name may hold dots
    return same[0] if len(same) == 1 else next((name for name in same if name == f"public.{written}"), None)


_BY: Final = re.compile(r"USING \w+ \((.*?)\)(?:\s+(?:INCLUDE|WITH|TABLESPACE|WHERE|NULLS)\b.*)?$", re.DOTALL)


def indexed_columns(evidence: Evidence, table: str) -> Iterator[Sequence[str]]:
    """Columns or expressions of each index of a table that is whole and valid, as the server writes them."""
    for index in evidence.database.schema.get("indexes", ()):
        definition = index.get("definition") or ""
        if index["table"] == table and index.get("valid", True) and " WHERE " not in definition:
            found = _BY.search(definition)
            if found:
                yield [one.strip().removesuffix(" DESC") for one in re.split(r",(?![^()]*\))", found[1])]


def index_columns(evidence: Evidence, table: str, name: str) -> Sequence[str]:
    """Those of one index, in its order; none where that is not known, or not all one way."""
    schema = table.rpartition(".")[0]
    for index in evidence.database.schema.get("indexes", ()):
        if index["table"] == table and index["index"] in (name, f"{schema}.{name}"):
            found = _BY.search(index.get("definition") or "")
            return (
                [] if found is None or "(" in found[1] or " " in found[1].replace(", ", ",") else found[1].split(", ")
            )
    return []


def pages_per_call(row: StatementRow) -> float:
    return (row.blocks_hit + row.blocks_read) / max(1, row.calls)
