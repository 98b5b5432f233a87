"""Large tables that are worth dividing: by time, or by who a row belongs to. Pure.

Divided by time, a statement that asks for a stretch reads the partitions that have it, and what is too old is dropped
with its partition, where DELETE leaves dead rows. What asks for neither has to look into every partition: that is why
most large tables are better left as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.units import UNKNOWN, format_bytes, format_count, format_share
from plimsoll.tune.beyond.asked import Asked, asked
from plimsoll.tune.beyond.partitions.bounds import AHEAD, DAYS, Bounds, Span, bounds_of, is_time, span_of, unit_of
from plimsoll.tune.beyond.partitions.copying import hash_steps
from plimsoll.tune.beyond.partitions.migration import range_steps
from plimsoll.tune.beyond.partitions.names import Names
from plimsoll.tune.beyond.partitions.obstacles import obstacles
from plimsoll.tune.beyond.trees import folded, table_of
from plimsoll.tune.candidates.accesses import Access, accesses


@dataclass(frozen=True, slots=True)
class Sizes:
    """From which on a table is large, and how many rows a partition has at least."""

    rows: int = 50_000_000
    bytes: int = 10 * 2**30
    partition_rows: int = 2_000_000


LARGE: Final = Sizes()
ORDERED_MIN: Final = 0.9  # correlation of the column with the place in the table: rows come as time goes on
CHANGED_MAX: Final = 0.2  # of what is inserted, updated: such rows are no log
HELD_MIN: Final = 0.5  # of the table's time in the workload, in statements that ask for a stretch of the column
STRETCH_MAX: Final = 0.3  # of its rows, that such a statement reads
# What finds few rows in other ways looks into each partition's index. So much of the table's time, times partitions.
OTHERS_MAX: Final = 1.0
FEW: Final = 100.0  # rows
TENANT_MIN: Final = 0.9  # of the table's time and statements, that hold the column equal
TENANTS_MIN: Final = 100  # different values
TENANT_ROWS_MIN: Final = 100.0  # of each, in the mean: below, the column is rather a key
HASHED: Final = 16  # partitions


@dataclass(frozen=True, slots=True)
class _Use:
    """A table with how the workload comes to its rows. `share` is of each statement. `targets` are
    columns that ON CONFLICT of its INSERTs names."""

    table: TableFacts
    accesses: Sequence[Access]
    share: dict[str, float]
    targets: Sequence[frozenset[str]] = ()

    def of(self, found: Sequence[Access]) -> float:
        """Of the workload, the statements that have one of these accesses."""
        return sum(self.share.get(name, 0.0) for name in {one.query for one in found})

    @property
    def whole(self) -> float:
        return self.of(self.accesses)


def advise_partitions(planned: Sequence[Planned], facts: DatabaseFacts, sizes: Sizes = LARGE) -> list[Advised]:
    """One way of dividing a table at most, by time before others."""
    statements = asked(planned, facts, 0.0)
    share = {one.query.id: one.share for one in statements}
    deletes = {one.query.id for one in statements if _deletes(one)}
    upserts = [one for one in statements if _upserts(one)]
    found = accesses(planned, facts)
    advised: list[Advised] = []
    for name, table in sorted(facts.tables.items()):
        if _is_large(table, sizes) and name not in facts.views:
            use = _Use(table, [one for one in found if one.table == name], share, _targets(upserts, table))
            ways = (*_by_time(use, facts, deletes, sizes), *_by_tenant(use, facts))
            advised += ways[:1]
    return advised


def _is_large(table: TableFacts, sizes: Sizes) -> bool:
    return table.table.partitioning is None and (table.rows >= sizes.rows or table.bytes >= sizes.bytes)


def _deletes(one: Asked) -> bool:
    from sqlglot import exp

    return isinstance(one.tree, exp.Delete)


def _upserts(one: Asked) -> bool:
    from sqlglot import exp

    return isinstance(one.tree, exp.Insert) and one.tree.args.get("conflict") is not None


def _targets(upserts: Sequence[Asked], table: TableFacts) -> list[frozenset[str]]:
    from sqlglot import exp

    into = [(one, one.tree.find(exp.Table)) for one in upserts]
    own = [one for one, named in into if named is not None and table_of(named, one.facts) is table]
    keys = [one.tree.args["conflict"].args.get("conflict_keys") or () for one in own]
    return [frozenset(folded(name) for key in some for name in key.find_all(exp.Identifier)) for some in keys if some]


def _against(use: _Use, facts: DatabaseFacts, column: str) -> list[str]:
    """What is in the way, by the schema and by the workload."""
    targets = [", ".join(sorted(one)) for one in use.targets if column not in one]
    said = [f"INSERT … ON CONFLICT ({one}) needs a key of just that" for one in dict.fromkeys(targets)]
    return [*obstacles(use.table, facts, column), *said]


def _by_time(use: _Use, facts: DatabaseFacts, deletes: set[str], sizes: Sizes) -> Iterator[Advised]:
    table = use.table
    if table.inserted and table.updated > CHANGED_MAX * table.inserted:
        return
    for column in table.table.columns:
        known = table.statistics.columns.get(column.name)
        if (
            not is_time(column)
            or column.nullable
            or column.generated
            or known is None
            or abs(known.correlation) < ORDERED_MIN
        ):
            continue
        span = span_of(column, known)
        held = [one for one in use.accesses if _holds(one, column.name) and one.share(table) <= STRETCH_MAX]
        old = [one for one in use.accesses if one.query in deletes and _holds(one, column.name)]
        if span is None or not (held or old) or (use.of(held) < HELD_MIN * use.whole and not old):
            continue
        bounds = bounds_of(column, span, unit_of(span, table.rows, sizes.partition_rows), _today(facts, span))
        if use.of(_lookups(use, column.name)) * _count(span, bounds) <= OTHERS_MAX * use.whole:
            yield _divided(use, facts, column, span, bounds, held, old)
            return


def _is_key(column: Column) -> bool:
    return is_time(column) and not column.nullable and not column.generated


def _holds(one: Access, column: str) -> bool:
    return any(each.column == column and each.kind in ("range", "equal", "any") for each in one.predicates)


def _lookups(use: _Use, column: str) -> list[Access]:
    """Few rows, found without the column."""
    return [one for one in use.accesses if not _holds(one, column) and one.rows <= FEW]


def _count(span: Span, bounds: Bounds) -> float:
    """Partitions, once all rows are in such: what is there now stays in one until it is dropped."""
    return max(float(AHEAD), span.days / DAYS[bounds.unit])


def _today(facts: DatabaseFacts, span: Span) -> date:
    return facts.read_at.date() if facts.read_at is not None else span.end


def _divided(
    use: _Use, facts: DatabaseFacts, column: Column, span: Span, bounds: Bounds, held: Sequence[Access],
    old: Sequence[Access],
) -> Advised:  # fmt: skip
    table, name = use.table, use.table.table.name
    against = _against(use, facts, column.name)
    change = Change(
        "partition", f"{name.schema}.{name.name}", f"Divide {name} by {column.name}, a {bounds.unit} each",
        _why(use, column, span, held, old), form="range", risk=_risk(use, column, bounds, against),
        queries=tuple(dict.fromkeys(one.query for one in (*held, *old))),
        steps=() if against else range_steps(table, facts, column.name, bounds),
        details=_details(name, column, bounds, against),
    )  # fmt: skip
    return Advised(change, "explained", "low" if against or not held else "medium")


def _why(use: _Use, column: Column, span: Span, held: Sequence[Access], old: Sequence[Access]) -> str:
    table, name = use.table, use.table.table.name
    reach = f"{span.start:%Y-%m-%d} to {span.end:%Y-%m-%d}"
    rows = f"{format_count(table.rows)} rows ({format_bytes(table.bytes)})"
    said = [f"{name} has {rows}, of {reach}, which came in the order of {column.name}."]
    if held:
        mean = sum(one.share(table) for one in held) / len(held)
        said.append(
            f"Statements with {_part(use.of(held), use.whole)} of its time in the workload ask for a stretch of it, by "
            f"their plans {format_share(mean)} of the rows in the mean."
        )
    if old:
        said.append(
            f"Rows are deleted by {column.name} ({format_count(table.deleted)} were counted): dropping a partition "
            "takes milliseconds, and leaves no dead rows."
        )
    return " ".join(said)


def _part(share: float, whole: float) -> str:
    return format_share(share / whole) if whole else UNKNOWN


def _risk(use: _Use, column: Column, bounds: Bounds, against: Sequence[str]) -> str:
    others = [one for one in use.accesses if not _holds(one, column.name)]
    said = [
        f"What is there stays together in one partition; rows from {bounds.first:%Y-%m-%d} on come into new ones.",
        "A unique key holds within a partition only, so that each has to have the column.",
    ]
    if others:
        part = _part(use.of(others), use.whole)
        said.append(
            f"Statements with {part} of the table's time do not ask by {column.name}: they look into each partition."
        )
    return f"{' '.join(said)}{_unwritten(against)}"


def _details(name: TableName, column: Column, bounds: Bounds, against: Sequence[str]) -> dict[str, str]:
    if against:
        return {"column": column.name, "unit": bounds.unit, "against": "; ".join(against)}
    start, end = bounds.pairs()[-1]
    following = Names(name).of(end)
    more = f"CREATE TABLE {following.quoted} PARTITION OF {name.quoted} FOR VALUES FROM ({bounds.text(end)}) TO (…)"
    job = f"Each {bounds.unit} one has to be added, by a job or by pg_partman"
    note = f"Partitions are there until {end:%Y-%m-%d}. {job}: {more}"
    return {"column": column.name, "unit": bounds.unit, "note": note, "last partition": f"{start:%Y-%m-%d}"}


def _by_tenant(use: _Use, facts: DatabaseFacts) -> Iterator[Advised]:
    """By hash of a column that nearly every statement holds equal."""
    table = use.table
    reading = {one.query for one in use.accesses}
    for column in table.table.columns:
        held = [one for one in use.accesses if _is_equal(one, column.name)]
        by = {one.query for one in held}
        if column.nullable or column.generated or is_time(column) or not by or len(by) < TENANT_MIN * len(reading):
            continue
        known = table.statistics.columns.get(column.name)
        values = known.distinct_of(table.rows) if known is not None else 0
        if use.of(held) < TENANT_MIN * use.whole or values < TENANTS_MIN or table.rows / values < TENANT_ROWS_MIN:
            continue
        yield _hashed(use, facts, column, held, values)
        return


def _is_equal(one: Access, column: str) -> bool:
    return any(each.column == column and each.kind == "equal" for each in (*one.predicates, *one.joins))


def _hashed(use: _Use, facts: DatabaseFacts, column: Column, held: Sequence[Access], values: int) -> Advised:
    table, name = use.table, use.table.table.name
    against = _against(use, facts, column.name)
    against += [] if table.table.primary_key is not None else ["it has no primary key, by which it could be copied"]
    why = (
        f"{name} has {format_count(table.rows)} rows ({format_bytes(table.bytes)}) of {format_count(values)} different "
        f"{column.name}, and {_part(use.of(held), use.whole)} of its time in the workload is in statements that hold "
        f"{column.name} equal: of {HASHED} partitions by its hash each reads one. Indexes are smaller by as much, and "
        "VACUUM and REINDEX take a partition at a time; a single statement by an index is hardly quicker."
    )
    risk = (
        f"All rows are copied, which takes the room of the table once more. Every unique key needs {column.name}, and "
        "what does not ask by it looks into each partition."
    )
    change = Change(
        "partition", f"{name.schema}.{name.name}", f"Divide {name} by the hash of {column.name}", why, form="hash",
        queries=tuple(dict.fromkeys(one.query for one in held)), risk=f"{risk}{_unwritten(against)}",
        steps=() if against else hash_steps(table, facts, column.name, HASHED),
        details={"column": column.name} | ({"against": "; ".join(against)} if against else {"note": _left(name)}),
    )  # fmt: skip
    return Advised(change, "explained", "low")


def _left(name: TableName) -> str:
    """What to do when nobody wants to go back any more."""
    names = Names(name)
    forth, back = names.function("copy"), names.function("copy_back")
    return (
        "The table as it was is kept like the new one, so that nothing is lost by going back. In the end: DROP "
        f"FUNCTION {back.quoted}() CASCADE; DROP FUNCTION {forth.quoted}(); DROP TABLE {names.old.quoted}"
    )


def _unwritten(against: Sequence[str]) -> str:
    return f" No migration is written, because {'; '.join(against)}." if against else ""
