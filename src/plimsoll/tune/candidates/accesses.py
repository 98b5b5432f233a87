"""How statements come to the rows of a table, by their plans: what an index on it would have to serve. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.query_plan import JOINS, PlanNode, Visit
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.planned import Planned, loads
from plimsoll.core.tuning.query import Query
from plimsoll.tune.candidates.columns import is_text, type_of
from plimsoll.tune.candidates.deparsed import (
    Predicate,
    SortTerm,
    alternatives,
    bare,
    columns_in,
    extreme,
    predicates,
    sort_term,
    words_in,
)

_SCANS: Final = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Sample Scan", "Tid Scan")
# What hands rows up in the order in which it gets them, at least on its outer side.
_ORDERLY: Final = (
    "Limit", "Gather", "Gather Merge", "Append", "Merge Append", "Subquery Scan", "Result", "ProjectSet", "LockRows",
    "Nested Loop", "Sort", "Incremental Sort", "Memoize", "Materialize", "Unique", "WindowAgg",
)  # fmt: skip
_TAKING_A_PART: Final = ("Aggregate", "Group", "WindowAgg", "Hash", "Sort", "Incremental Sort", *JOINS)
_FIRST_ONLY: Final = ("Limit", "Unique")  # DISTINCT ON takes the first of each
_CAST: Final = re.compile(r'\(("(?:[^"]|"")*"|[^\W\d][\w$]*)\)::(.+)')
# What plans call types of other names.
_CALLED: Final = {
    "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real", "float8": "double precision",
    "time": "time without time zone", "timetz": "time with time zone", "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone", "varbit": "bit varying",
}  # fmt: skip
_LITERAL: Final = re.compile(r"[EBX]?'((?:[^']|'')*)'|(?<![\w.$])(\d[\d.]*)")


@dataclass(frozen=True, slots=True)
class Access:
    """Of one table (a partitioned one for all of its partitions) by one statement.

    `predicates` hold of every row that is wanted, `joins` against columns of other tables; of `either`, sides of an
    OR, one does. `fixed` are those of `predicates` whose constant stands in the statement itself. `order` is what rows
    are sorted by, `limited` whether only its first are wanted; `needed` columns are read at all. `rows` of the table's
    are expected each time, `times` a call; `weight` is what the statement is of the workload. `locking`: the rows are
    changed or locked, so that the table itself is read in any case. `assumed`: nothing tells what its parameters are.
    """

    query: str
    table: TableName
    alias: str
    predicates: tuple[Predicate, ...] = ()
    joins: tuple[Predicate, ...] = ()
    either: tuple[tuple[Predicate, ...], ...] = ()
    fixed: tuple[Predicate, ...] = ()
    order: tuple[SortTerm, ...] = ()
    limited: bool = False
    needed: frozenset[str] = frozenset()
    rows: float = 0.0
    times: float = 1.0
    weight: float = 0.0
    locking: bool = False
    assumed: bool = False

    def share(self, facts: TableFacts) -> float:
        """Of the table's rows, those that are read each time."""
        return min(1.0, self.rows / facts.rows) if facts.rows > 0 else 1.0


def accesses(planned: Sequence[Planned], facts: DatabaseFacts) -> list[Access]:
    """Of all statements, the heaviest first; one for each table's alias in a plan and form of its conditions."""
    below = roots(facts)
    load = loads([one for one in planned if any(one.plans)])
    found = [
        replace(access, weight=load[one.query.id])
        for one in planned if any(one.plans) for access in _of_query(one, below, facts)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.weight, one.query, one.table, one.alias))


def _of_query(one: Planned, roots: Mapping[str, TableName], facts: DatabaseFacts) -> Iterator[Access]:
    """Bindings that are planned alike, but for values, give one access: that with the most rows."""
    merged: dict[object, Access] = {}
    for plan in (plan for plan in one.plans if plan is not None):
        for access in _of_plan(plan, one.query, roots, facts).values():
            key = _form(access)
            before = merged.get(key)
            if before is None or before.rows < access.rows:
                merged[key] = access if before is None else _both(access, before)
            else:
                merged[key] = _both(before, access)
    yield from merged.values()


def _both(access: Access, other: Access) -> Access:
    """Of two bindings: fixed is what both have with the same constant."""
    texts = {one.text for one in other.fixed}
    kept = tuple(one for one in access.fixed if one.text in texts)
    return replace(access, fixed=kept)


def _form(access: Access) -> object:
    held = frozenset(
        (one.kind, one.expression, one.operator, one.kind == "pattern" and is_anchored(one))
        for one in (*access.predicates, *access.joins)
    )
    return access.table, access.alias, held, access.order, access.limited


def is_anchored(one: Predicate) -> bool:
    """Whether a LIKE begins with something else than a wildcard."""
    literal = literal_of(one.value)
    return one.operator in ("~~", "^@") and bool(literal) and not literal.startswith(("%", "_"))


def literal_of(value: str) -> str:
    """The constant of a side that is one, as text."""
    found = _LITERAL.match(value)
    return "" if found is None else (found[1] or found[2] or "").replace("''", "'")


def _of_plan(
    plan: PlanNode, query: Query, roots: Mapping[str, TableName], facts: DatabaseFacts
) -> dict[tuple[TableName, str], Access]:
    """By table and alias; partitions of one are added up."""
    found: dict[tuple[TableName, str], Access] = {}
    for visit in plan.visits():
        table = roots.get(visit.node.table)
        if table is None or visit.node.kind not in _SCANS:
            continue
        access = _typed(_access(visit, table, query, facts.tables[table]), facts.tables[table])
        key = (table, access.alias)
        before = found.get(key)
        found[key] = access if before is None else replace(access, rows=before.rows + access.rows)
    return found


def _access(visit: Visit, table: TableName, query: Query, facts: TableFacts) -> Access:
    node = visit.node
    is_partition = node.table != f"{table.schema}.{table.name}"
    alias = re.sub(r"_\d+$", "", node.alias) if is_partition else node.alias
    aliases = frozenset((alias, node.alias))
    own = [text for text in (node.filter, node.index_condition) if text]
    here = tuple(dict.fromkeys(one for text in own for one in predicates(text, aliases)))
    above = tuple(one for text in _join_texts(visit) for one in predicates(text, aliases) if one.joined)
    order, limited = _order(visit, aliases)
    plain = tuple(_as_asked(one, query) for one in here if not one.joined)
    return Access(
        query=query.id, table=table, alias=alias, predicates=plain,
        joins=tuple(dict.fromkeys((*(one for one in here if one.joined), *above))),
        either=tuple(side for text in own for side in alternatives(text, aliases)),
        fixed=tuple(one for one in plain if _is_fixed(one, query)),
        order=order, limited=limited, needed=_needed(visit, aliases, facts),
        rows=node.rows, times=visit.times,
        locking=any(one.kind in ("LockRows", "ModifyTable") for one in visit.above),
        assumed=any(one.origin != "real" for one in query.bindings),
    )  # fmt: skip


def _typed(access: Access, facts: TableFacts) -> Access:
    """Without conditions that hold a column, which is no text, as one; a domain's are of its column."""

    def kept(held: Sequence[Predicate]) -> tuple[Predicate, ...]:
        return tuple(_of_domain(one, facts) for one in held if not one.as_text or is_text(facts, one.column))

    either = tuple(kept(side) for side in access.either)
    return replace(
        access, predicates=kept(access.predicates), joins=kept(access.joins), fixed=kept(access.fixed),
        either=either if all(either) else (),
    )  # fmt: skip


def _of_domain(one: Predicate, facts: TableFacts) -> Predicate:
    """A domain's column is cast to the type beneath wherever it is compared, and its index serves that."""
    found = _CAST.fullmatch(one.expression)
    kind = type_of(facts, bare(found[1])) if found is not None else None
    if found is None or kind is None or kind.domain is None or found[2] != _CALLED.get(kind.base, kind.base):
        return one
    return replace(one, column=bare(found[1]), expression=quote_identifier(bare(found[1])))


def _join_texts(visit: Visit) -> Iterator[str]:
    """Conditions of joins above. A child on the outer side of a nested loop is not sought by them, but might be."""
    for node in visit.above:
        if node.kind in JOINS and node.join_condition:
            yield node.join_condition


def _order(visit: Visit, aliases: frozenset[str]) -> tuple[tuple[SortTerm, ...], bool]:
    """What the rows are sorted or grouped by above, if by columns of this table alone, and whether a limit is on it."""
    below, limited = visit.node, False
    for place, node in enumerate(visit.above):
        keys = node.sort_keys or (node.group_keys if node.kind in ("Aggregate", "Group") else ())
        if keys:
            terms = [sort_term(key, aliases) for key in keys]
            limited = any(one.kind in _FIRST_ONLY for one in visit.above[place : place + 3])
            return (tuple(one for one in terms if one), limited) if all(terms) else ((), False)
        if node.kind == "Aggregate":
            return _extremes(node, aliases)
        inner = node.kind == "Nested Loop" and below.relationship == "Inner"
        if node.kind not in _ORDERLY or inner:
            return (), False
        below = node
    return (), limited


def _extremes(node: PlanNode, aliases: frozenset[str]) -> tuple[tuple[SortTerm, ...], bool]:
    """The least or greatest value alone is the first of an order."""
    names = {extreme(text.removeprefix("PARTIAL ").strip(), aliases) for text in node.output}
    name = names.pop() if len(names) == 1 else ""
    return ((SortTerm(name, quote_identifier(name)),), True) if name else ((), False)


def _needed(visit: Visit, aliases: frozenset[str], facts: TableFacts) -> frozenset[str]:
    """What nodes above name, and what it hands up itself where they take all of that: a scan may hand up the whole row
    to one that takes only a part, because that is cheaper."""
    node = visit.node
    parent = visit.above[0] if visit.above else None
    whole = parent is None or parent.kind not in _TAKING_A_PART or node.relationship not in ("Outer", "Inner")
    outputs = [*(node.output if whole else ()), *(text for one in visit.above for text in one.output)]
    texts = [node.filter, node.index_condition, *outputs]
    for one in visit.above:
        texts += [one.filter, one.index_condition, one.join_condition, *one.sort_keys, *one.group_keys]
    columns = {column.name for column in facts.table.columns}
    unnamed = {word for text in outputs for word in words_in(text)} & columns
    return columns_in((text for text in texts if text), aliases) | unnamed


def _as_asked(one: Predicate, query: Query) -> Predicate:
    """The server writes `done = $1` as `NOT done` where the value is false: it is a column held equal all the same."""
    if one.kind != "boolean" or one.operator not in ("", "TRUE", "FALSE") or _is_fixed(one, query):
        return one
    return replace(one, kind="equal", operator="=")


def _is_fixed(one: Predicate, query: Query) -> bool:
    """Whether the constant is the statement's own, not a parameter's: a plan shows both alike."""
    if one.kind == "null":
        return True
    given = {value for binding in query.bindings for value in binding.values if value is not None}
    if one.kind == "boolean":
        return not given & {"true", "false", "t", "f"}
    literals = {(quoted or number).replace("''", "'") for quoted, number in _LITERAL.findall(one.value)}
    written = {(quoted or number).replace("''", "'") for quoted, number in _LITERAL.findall(query.text)}
    # The server writes a parameter's value in a form of its own ('2026-01-01' as a timestamp): a constant counts only
    # where the statement has it, too.
    return bool(literals) and literals <= written and (not literals & given or not query.types)


def roots(facts: DatabaseFacts) -> dict[str, TableName]:
    """What plans call tables and partitions -> the table that an index would be made on."""
    found: dict[str, TableName] = {}
    for name, table in facts.tables.items():
        found[f"{name.schema}.{name.name}"] = name
        if table.table.partitioning is not None:
            found |= {f"{one.schema}.{one.name}": name for one in table.table.partitioning.names()}
    return found
