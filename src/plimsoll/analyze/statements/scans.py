"""Scans of a whole table for few of its rows: by the plan and the counters, or by the text and the counters. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.statements.costs import (
    TableSize,
    index_columns,
    indexed_columns,
    named,
    pages_per_call,
    sized,
    statements,
)
from plimsoll.core.details import StatementRow, TableRow
from plimsoll.core.query_plan import PlanNode, Visit, read_plan
from plimsoll.core.sql.conditions import Condition, conditions, quoted
from plimsoll.core.sql.shape import Shape, shape_of

ROWS_MIN: Final = 1_000  # of a table: a scan of fewer rows is what the planner rightly prefers
PAGES_MIN: Final = 32  # that a call reads: fewer cost about what an index costs
WANTED_MAX: Final = 0.10  # of a table's rows: who needs more of them reads them all
GAIN_MIN: Final = 5.0  # times the pages that an index would need
ROWS_A_PAGE: Final = 20.0  # rows that are filtered away cost as much as a page that is found in memory
INDEX_PAGES: Final = 4.0  # of one search in an index, down to the row
SCANS_MIN: Final = 0.5  # of a statement's calls, that the table counted as scans of all of it
READ_MIN: Final = 0.3  # of a table's pages, that a call reads of it
COLUMNS_MAX: Final = 3  # of an index that is proposed
_TO_ONE: Final = ("Aggregate", "Group", "Unique", "WindowAgg", "SetOp")  # above them rows are not those that were found
_BY_INDEX: Final = ("Index Scan", "Bitmap Heap Scan")
_KEY: Final = re.compile(r'"?(\w+)"?\."?(\w+)"?(?: DESC)?(?: NULLS (?:FIRST|LAST))?')  # of a sort, a column and no more
ORDERED: Final = ("equal", "range")  # what a btree index serves
_FROM_SOME: Final = ("Limit", *_TO_ONE)
_PASSING: Final = {"Limit", "Gather", "Gather Merge", "Append", "Merge Append", "LockRows", "Result"}  # rows, as found


@dataclass(frozen=True, slots=True)
class Chosen:
    """Columns by which a statement chooses rows of a table: held equal, and one that it bounds."""

    equal: tuple[str, ...] = ()
    bounded: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Of an index, equality first."""
        return (self.equal + ((self.bounded,) if self.bounded else ()))[:COLUMNS_MAX]


@dataclass(frozen=True, slots=True)
class WholeScan:
    """A statement that reads all of a table for `wanted` of its rows, `times` a call. `chosen` are the columns of an
    index that would do; `planned`: the plan says so, too. `exact`: the number of rows was counted.
    `referring_to`: it is a check of the foreign key to this table, made for each row that is deleted there. `by`: not
    all of the table is read, but what this index finds, of which a filter leaves few. `against`: by this index says the
    plan, and the table's counters say otherwise. `order`: the column by which it takes the first rows only."""

    row: StatementRow
    table: TableSize
    chosen: Chosen
    wanted: float
    times: float
    planned: bool
    exact: bool
    referring_to: str = ""
    by: str = ""
    against: str = ""
    order: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.chosen.columns

    @property
    def readings(self) -> float:
        """How often a call reads the table, by its pages where no plan tells."""
        return self.times if self.planned or self.referring_to else max(1.0, self.pages / max(1.0, self.table.pages))

    @property
    def pages(self) -> float:
        """That a call reads."""
        return pages_per_call(self.row)

    @property
    def needed(self) -> float:
        """Pages that it would read with an index."""
        return self.times * (INDEX_PAGES + self.wanted)

    @property
    def filtered(self) -> float:
        """Rows that a call reads and throws away; of an index that leaves too many they were not counted."""
        return 0.0 if self.by else self.times * max(0.0, self.table.rows - self.wanted)


def whole_scans(evidence: Evidence) -> list[WholeScan]:
    """Those that an index would spare, at most one a statement and table."""
    tables = sized(evidence)
    rows = statements(evidence)
    found = [scan for row in rows for scan in (*_of(evidence, row, tables), *_of_foreign_keys(evidence, row, tables))]
    return [scan for scan in found if scan.columns and _is_costly(scan) and not _is_indexed(evidence, scan)]


def unused_indexes(evidence: Evidence) -> list[WholeScan]:
    """Those for which there is an index that is not used."""
    tables = sized(evidence)
    found = [scan for row in statements(evidence) for scan in _of(evidence, row, tables)]
    return [scan for scan in found if scan.columns and _is_wasteful(scan) and _is_indexed(evidence, scan)]


def _of(evidence: Evidence, row: StatementRow, tables: dict[str, TableSize]) -> Iterator[WholeScan]:
    plan = read_plan(evidence.database.plans, row.query_id)
    found = _of_text(row, tables) if plan is None else _of_plan(evidence, row, plan, tables)
    known: set[str] = set()
    for scan in found:
        if scan.table.name not in known:
            known.add(scan.table.name)
            yield scan


def _of_plan(
    evidence: Evidence, row: StatementRow, plan: PlanNode, tables: dict[str, TableSize]
) -> Iterator[WholeScan]:
    for visit in plan.visits():
        size = tables.get(visit.node.table)
        if visit.node.kind == "Seq Scan" and size is not None:
            wanted, exact = _wanted(row, visit)
            chosen = [one for one in conditions(visit.node.filter) if one.table in (visit.node.alias, "")]
            guessed = not exact and "$" in visit.node.filter  # of a range between parameters a plan knows nothing
            columns = _chosen([one for one in chosen if one.kind != "range" or not guessed])
            if not columns.columns or not _few(wanted, size):
                wanted, exact, columns = _joined(visit)
            yield WholeScan(row, size, columns, wanted, visit.times, True, exact, order=_order(visit))
        elif visit.node.kind in _BY_INDEX and size is not None:
            yield from _filtered(evidence, row, visit, size)


def _filtered(evidence: Evidence, row: StatementRow, visit: Visit, size: TableSize) -> Iterator[WholeScan]:
    """An index that serves a part of the conditions only, or the order alone; where the rows were counted. That a scan
    of the whole table was executed in its place, the table's counters tell."""
    node = visit.node
    filtered = _chosen([one for one in conditions(node.filter) if one.table == node.alias and one.kind in ORDERED])
    wanted, exact = _wanted(row, visit)
    stops = _stops_early(visit)
    if filtered.columns and (exact or stops):
        index = next((one.index for one in node.walk() if one.index), "") or "an index"
        found = _chosen([one for one in conditions(node.index_condition) if one.kind == "equal"])
        equal = tuple(dict.fromkeys([*found.equal, *filtered.equal]))[:COLUMNS_MAX]
        chosen = Chosen(equal, "" if filtered.bounded in equal else filtered.bounded)
        order = next(iter(index_columns(evidence, size.name, index)), "") if stops else _order(visit)
        counted = row.rows / max(1, row.calls) if stops else wanted
        scan = WholeScan(row, size, chosen, counted, visit.times, False, True, order=order)
        whole = size.row is not None and _is_counted(scan)
        yield replace(scan, against=index) if whole else replace(scan, planned=True, by=index)


def _stops_early(visit: Visit) -> bool:
    """Whether a LIMIT ends the scan as soon as enough rows have passed its filter."""
    above = {node.kind for node in visit.above}
    return visit.node.kind == "Index Scan" and "Limit" in above and above <= _PASSING and visit.join is None


def _wanted(row: StatementRow, visit: Visit) -> tuple[float, bool]:
    """Rows that a scan is made for: those counted, where nothing stands between it and the result."""
    above = [node.kind for node in visit.above]
    if visit.join is None and not any(kind in _FROM_SOME for kind in above) and visit.node.relationship != "SubPlan":
        return row.rows / max(1, row.calls), True
    return visit.node.rows, False


def _joined(visit: Visit) -> tuple[float, bool, Chosen]:
    """Of a scan without a choice of its own: what its join takes of it."""
    join = visit.join
    if join is None:
        return visit.node.rows, False, Chosen()
    return join.rows, False, _chosen([one for one in conditions(join.join_condition) if one.table == visit.node.alias])


def _of_text(row: StatementRow, tables: dict[str, TableSize]) -> Iterator[WholeScan]:
    """Without a plan: the table of the text of which most rows were read by scans, if it was scanned that often."""
    shape = shape_of(row.query)
    if shape is None:
        return
    known = [(alias, name) for alias, written in shape.tables.items() if (name := named(tables, written)) is not None]
    ranked = sorted(known, key=lambda pair: -_scanned_rows(tables[pair[1]]))
    for alias, name in ranked[:1]:
        yield _scan_of_text(row, shape, alias, tables[name])


def _scan_of_text(row: StatementRow, shape: Shape, alias: str, size: TableSize) -> WholeScan:
    """Of how many rows an aggregate is made no counter tells: then only what is held equal is a choice of few."""
    chosen = [one for one in shape.of_table(alias) if not one.joined or len(shape.tables) > 1]
    columns = _chosen([one for one in chosen if one.kind == "equal" or not shape.aggregates])
    exact = not shape.aggregates and not shape.limit and len(shape.tables) == 1
    wanted = row.rows / max(1, row.calls) if exact or not shape.aggregates else 0.0
    return WholeScan(
        row, size, columns, wanted, 1.0, False, exact, order=shape.first_by if len(shape.tables) == 1 else ""
    )


def _of_foreign_keys(evidence: Evidence, row: StatementRow, tables: dict[str, TableSize]) -> Iterator[WholeScan]:
    """A DELETE looks for rows that refer to those it deletes; its plan does not show it."""
    shape = shape_of(row.query)
    if shape is None or shape.kind != "delete" or not shape.tables:
        return
    target = named(tables, next(iter(shape.tables.values())))
    for key in evidence.database.schema.get("foreign_keys", ()):
        size = tables.get(key["table"])
        if target is not None and key["references"] == target and size is not None:
            columns = Chosen(tuple(map(quoted, key["columns"])))
            yield WholeScan(row, size, columns, 1.0, max(1.0, row.rows / max(1, row.calls)), False, False, target)


def _scanned_rows(size: TableSize) -> int:
    return size.row.sequential_rows if size.row is not None else 0


def _few(wanted: float, size: TableSize) -> bool:
    return wanted <= WANTED_MAX * size.rows


def _order(visit: Visit) -> str:
    """The first column of the table by which rows are sorted, where a LIMIT takes the first of them."""
    limit = next((place for place, node in enumerate(visit.above) if node.kind == "Limit"), 0)
    below = visit.above[:limit]
    if any(node.kind in _TO_ONE for node in below):
        return ""
    keys = [node.sort_keys[0] for node in below if node.sort_keys]
    found = _KEY.fullmatch(keys[-1]) if keys else None
    return quoted(found[2]) if found and found[1] == visit.node.alias else ""


def _chosen(found: Sequence[Condition]) -> Chosen:
    """What is held equal, then one that is bounded; else one that is NULL, or true or not."""
    equal = tuple(dict.fromkeys(one.column for one in found if one.plain and one.kind == "equal"))
    bounded = [one.column for one in found if one.plain and one.kind == "range" and one.column not in equal]
    told = [one.column for one in found if not one.wrapped and one.kind in ("null", "boolean")]
    if not equal and not bounded:
        return Chosen(tuple(told[:1]))
    return Chosen(equal[:COLUMNS_MAX], bounded[0] if bounded else "")


def _is_wasteful(scan: WholeScan) -> bool:
    """Whether it reads many more pages than an index would."""
    return scan.pages >= GAIN_MIN * scan.needed and _is_for_few(scan)


def _is_costly(scan: WholeScan) -> bool:
    """As `_is_wasteful`, or by its rows: of a narrow table in memory those that are filtered away are the cost."""
    spent, needed = scan.pages + scan.filtered / ROWS_A_PAGE, scan.needed + scan.times * scan.wanted / ROWS_A_PAGE
    return _is_wasteful(scan) or (spent >= GAIN_MIN * needed and _is_for_few(scan))


def _is_for_few(scan: WholeScan) -> bool:
    size = scan.table
    if size.rows < ROWS_MIN or not _few(scan.wanted, size) or scan.pages < PAGES_MIN:
        return False
    return bool(scan.by) or _is_counted(scan)


def _is_counted(scan: WholeScan) -> bool:
    """Whether the counters of the table bear it out: a generic plan is not always the one that is used."""
    row = scan.table.row
    often = row is None or row.sequential_scans >= SCANS_MIN * scan.row.calls * min(1.0, scan.times)
    if not scan.planned and (row is None or row.sequential_rows < READ_MIN * scan.table.rows * _scanned(scan, row)):
        return False
    return often and scan.pages >= READ_MIN * scan.table.pages


def _scanned(scan: WholeScan, row: TableRow) -> float:
    """How often the table was read, of which parallel workers count a scan each."""
    return min(float(row.sequential_scans), max(1.0, scan.row.calls * scan.times))


def _is_indexed(evidence: Evidence, scan: WholeScan) -> bool:
    """Whether there is an index that begins with one of its columns, and holds two of them where there are several."""
    if scan.by:
        return False
    wanted, enough = set(scan.columns), min(2, len(scan.columns))
    known = indexed_columns(evidence, scan.table.name)
    return any(columns[0] in wanted and len(wanted & set(columns)) >= enough for columns in known)
