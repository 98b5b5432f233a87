"""What is wrong with a plan, apart from an index that is missing: one small function a problem. Pure.

Each looks at a plan and at what the statement counted, and yields what it sees. A plan alone proves nothing: it must be
borne out by many pages, many rows or a long time of the statement that was counted.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.analyze.statements.costs import TableSize, pages_per_call
from plimsoll.analyze.statements.partitions import whole_of
from plimsoll.core.details import StatementRow
from plimsoll.core.query_plan import PlanNode, Visit
from plimsoll.core.sql.conditions import Condition, alternatives, conditions
from plimsoll.core.units import format_bytes, format_count

LOOPS_MIN: Final = 1_000  # executions of the inner side of a nested loop, or of a subquery
SORTED_MIN: Final = 50_000  # rows
SORTED_FOR_FEW_MIN: Final = 1_000  # where a LIMIT takes few of them
FEW_MAX: Final = 0.1  # for which the planner takes a LIMIT that it does not know, so that less than that is few
LARGE_ROWS: Final = 10_000  # of a table
OFF_BY: Final = 100.0  # times, that the planner was wrong about the rows
OFF_ROWS_MIN: Final = 1_000
_KEY: Final = re.compile(r'(?:[a-z_][a-z0-9_$]*|"[^"]+")(?: DESC)?(?: NULLS (?:FIRST|LAST))?')
_SORTS: Final = ("Sort", "Incremental Sort")
_IMMUTABLE: Final = ("lower(", "upper(", "coalesce(", "abs(", "md5(", "length(")  # that an index may hold
_NOT_IN: Final = re.compile(r"NOT \((?:ANY \([^()]*\(|)SubPlan")  # a hashed one is looked up, and quick
_GUESSED: Final = re.compile(r"[<>~@&].*\$\d|\$\d.*[<>~@&]")  # of ranges and patterns a generic plan knows nothing
Sizes = Mapping[str, TableSize]


@dataclass(frozen=True, slots=True)
class Problem:
    """`name` is its kind, for recommendations; `what` a clause for people; `sql` would mend it, where that is known;
    `table` and `column` are what it is about, `partitions` those of the table that have it. Constants of the statement
    are parameters in all of them ("$2")."""

    name: str
    what: str
    table: str = ""
    column: str = ""
    sql: str = ""
    partitions: Sequence[str] = ()


def problems(row: StatementRow, plan: PlanNode, tables: Sizes) -> list[Problem]:
    """The most telling first, each kind once."""
    visits = list(plan.visits())
    found = [problem for look in _LOOKS for problem in look(row, visits, tables)]
    once = list({problem.name: problem for problem in reversed(found)}.values())[::-1]
    return [_of_whole(row, one, found, tables) for one in once if one.name not in _consequences(once)]


def _consequences(found: Sequence[Problem]) -> Sequence[str]:
    """The planner has no statistics of an expression until there is an index on it."""
    return ("bad-estimate",) if any(one.name == "function-on-column" for one in found) else ()


def _of_whole(row: StatementRow, problem: Problem, found: Sequence[Problem], tables: Sizes) -> Problem:
    """A problem of partitions, told of the table that the statement names."""
    size = tables.get(problem.table)
    whole = problem.table if size is None else whole_of(row, size)
    if whole == problem.table:
        return problem
    names = [one.table for one in found if one.name == problem.name and whole_of(row, tables[one.table]) == whole]
    what, sql = (text.replace(problem.table, whole) for text in (problem.what, problem.sql))
    return replace(problem, what=what, sql=sql, table=whole, partitions=sorted(set(names)))


def _filtered(visits: list[Visit], tables: Sizes) -> Iterator[tuple[Visit, TableSize, Condition]]:
    """Conditions by which sequential scans of large tables choose."""
    for visit in visits:
        size = tables.get(visit.node.table)
        if visit.node.kind == "Seq Scan" and size is not None and size.rows >= LARGE_ROWS:
            for one in conditions(visit.node.filter):
                yield visit, size, one


def _not_in(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for visit in visits:
        text = visit.node.filter
        if _NOT_IN.search(text):
            what = f"NOT IN of a subquery is executed for each row of {visit.node.table or 'what it is held against'}"
            yield Problem("not-in", what, visit.node.table)


def _subqueries(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for visit in visits:
        node = visit.node
        if node.relationship == "SubPlan" and visit.times >= LOOPS_MIN and pages_per_call(row) >= LOOPS_MIN:
            count = format_count(round(visit.times))
            yield Problem("correlated-subquery", f"a subquery is executed about {count} times a call", node.table)


def _loops(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for visit in visits:
        inner = [child for child in visit.node.children if child.relationship == "Inner"]
        outer = [child for child in visit.node.children if child.relationship == "Outer"]
        if visit.node.kind == "Nested Loop" and inner and outer:
            times = visit.times * outer[0].rows
            if times >= LOOPS_MIN and pages_per_call(row) >= 2 * LOOPS_MIN:
                count = format_count(round(times))
                what = f"a nested loop searches {inner[0].table or 'its inner side'} about {count} times a call"
                yield Problem("nested-loop", what, inner[0].table)


def _wrapped(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for _, size, one in _filtered(visits, tables):
        if one.cast:
            what = f"{size.name}.{one.column} is converted to {one.cast.lower()} before it is compared"
            yield Problem("cast-on-column", what, size.name, one.column)
        elif one.wrapped and one.kind in ("equal", "range", "pattern"):
            indexable = one.wrapped.startswith(_IMMUTABLE) or "->" in one.wrapped
            sql = f"CREATE INDEX CONCURRENTLY ON {size.name} ({_expression(one)});" if indexable else ""
            what = f"{size.name} is searched by {one.wrapped}, which an index on {one.column} does not serve"
            yield Problem("function-on-column", what, size.name, one.column, sql)


def _patterns(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for _, size, one in _filtered(visits, tables):
        if one.kind == "pattern" and not one.wrapped and one.anchored is not True:
            sql = f"CREATE INDEX CONCURRENTLY ON {size.name} USING gin ({one.column} gin_trgm_ops);"
            what = f"{size.name}.{one.column} is searched by a pattern in every row"
            yield Problem("pattern", what, size.name, one.column, sql)
        elif one.kind == "contains":
            sql = f"CREATE INDEX CONCURRENTLY ON {size.name} USING gin ({_expression(one)});"
            what = f"{size.name}.{one.column} is searched for what it contains in every row"
            yield Problem("contains", what, size.name, one.column, sql)


def _expression(one: Condition) -> str:
    """For an index."""
    return f"({one.wrapped})" if one.wrapped else one.column


def _either(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for visit in visits:
        size, sides = tables.get(visit.node.table), alternatives(visit.node.filter)
        if visit.node.kind == "Seq Scan" and size is not None and size.rows >= LARGE_ROWS and sides:
            columns = " or ".join(dict.fromkeys(one.column for one in sides))
            yield Problem(
                "or", f"OR over {columns} lets no single index of {size.name} serve", size.name, sides[0].column
            )


def _sorts(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for visit in visits:
        node = visit.node
        taken = max((child.rows for child in node.children), default=node.rows)
        few = _limited(row, visit, taken)
        for_few = few < FEW_MAX * taken and taken >= SORTED_FOR_FEW_MIN
        if node.kind in _SORTS and (taken >= SORTED_MIN or for_few):
            only = f", for {format_count(round(few))} of them" if for_few else ""
            what = f"{format_count(round(taken))} rows are sorted by {', '.join(node.sort_keys[:3])}{only}"
            yield Problem("sort-for-few" if for_few else "large-sort", what, _below(node), sql=_in_order(node, for_few))


def _limited(row: StatementRow, visit: Visit, taken: float) -> float:
    """How many of the sorted rows a LIMIT takes: counted, or planned where others are made of them."""
    limit = next((above for above in visit.above[:2] if above.kind == "Limit"), None)
    if limit is None:
        return taken
    return limit.rows if any(above.kind == "Aggregate" for above in visit.above) else row.rows / max(1, row.calls)


def _in_order(sort: PlanNode, for_few: bool) -> str:
    """The index by which the rows would come in order, where one table is sorted by its columns."""
    scans = [node for node in sort.walk() if node.table]
    if not for_few or len(scans) != 1:
        return ""
    scan = scans[0]
    held = [one for one in conditions(scan.index_condition) + conditions(scan.filter) if one.plain]
    keys = [key.removeprefix(f"{scan.alias}.") for key in sort.sort_keys]
    if any(not _KEY.fullmatch(key) for key in keys):
        return ""
    columns = dict.fromkeys([*(one.column for one in held if one.kind == "equal"), *keys])
    return f"CREATE INDEX CONCURRENTLY ON {scan.table} ({', '.join(columns)});"


def _hashes(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    for visit in visits:
        node = visit.node
        if node.kind == "Hash" and node.rows >= 4 * SORTED_MIN:
            what = f"{format_count(round(node.rows))} rows ({format_bytes(node.bytes)}) are put into a hash for a join"
            yield Problem("large-hash", what, _below(node))


def _estimates(row: StatementRow, visits: list[Visit], tables: Sizes) -> Iterator[Problem]:
    """Rows of the result, counted against planned; a LIMIT or a change of data says nothing about either."""
    root = visits[0].node
    guessed = any(_GUESSED.search(visit.node.filter + visit.node.index_condition) for visit in visits)
    if guessed or root.kind in ("Limit", "ModifyTable", "LockRows") or row.calls == 0:
        return
    counted, planned = max(1.0, row.rows / row.calls), max(1.0, root.rows)
    if max(counted, planned) >= OFF_ROWS_MIN and max(counted / planned, planned / counted) >= OFF_BY:
        what = (
            f"the planner expects {format_count(round(planned))} rows of a call, {format_count(round(counted))} come: "
            "it cannot choose well"
        )
        yield Problem("bad-estimate", what, _below(root))


def _below(node: PlanNode) -> str:
    """The first table that it reads."""
    return next((one.table for one in node.walk() if one.table), "")


_LOOKS: Final[tuple[Callable[[StatementRow, list[Visit], Sizes], Iterator[Problem]], ...]] = (
    _not_in, _subqueries, _wrapped, _patterns, _either, _loops, _sorts, _hashes, _estimates,
)  # fmt: skip
