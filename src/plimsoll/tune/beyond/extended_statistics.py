"""Statistics of columns that depend on each other, where the planner's rows are far from those that came. Pure.

The planner takes conditions for independent: of city and country it expects the product of their shares. How many rows
came tells only where a statement returns what it finds: one table, nothing limited, grouped or made unique.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.identifiers import NAME_BYTES_MAX, TableName, quote_identifier
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import PartitionScheme
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, asked
from plimsoll.tune.beyond.trees import home, is_single_level, sources
from plimsoll.tune.beyond.tunables.values import number_of
from plimsoll.tune.candidates.deparsed import Predicate, predicates
from plimsoll.tune.migrating.parameters import statistics_steps

TIMES_MIN: Final = 10.0  # off, either way
ROWS_MIN: Final = 100.0  # of the larger of both: below, any plan is as good
TABLE_ROWS_MIN: Final = 10_000
COLUMNS_MAX: Final = 8  # of one object, as the server has it
PARTITIONS_MAX: Final = 50  # each gets its own
TARGET: Final = 1_000  # of a column whose common values are more than are kept
TARGET_DEFAULT: Final = 100.0
KEPT_MAX: Final = 0.5  # of the rows hold a value that is kept: the others are all taken for equally frequent
SLACK: Final = 2.0  # times what a sample of rows may be off
_KNOWN: Final = ("real", "common", "rare", "sampled")
_GROUPS: Final = ("ndistinct",)
_HELD: Final = ("equal", "any")


def advise_statistics(planned: Sequence[Planned], facts: DatabaseFacts) -> list[Advised]:
    """Once for each set of columns, by the heaviest statement."""
    found: dict[str, Advised] = {}
    for one in asked(planned, facts):
        for advised in (*_conditions(one), *_groups(one)):
            found.setdefault(f"{advised.change.subject} {advised.change.form}", advised)
    return list(found.values())


def _conditions(one: Asked) -> Iterator[Advised]:
    from sqlglot import exp

    table = _only(one)
    if table is None or not is_single_level(one.tree) or one.tree.find(exp.Limit, exp.Offset, exp.Fetch, exp.Subquery):
        return
    expected, came = _rows(one), one.query.rows_per_call
    if expected is None or not _is_off(expected, came):
        return
    held = _predicates(one, table)
    columns = sorted({each.column for each in held})
    if not held or any(each.kind not in _HELD or not each.column for each in held):
        return
    if len(columns) == 1 and _is_real(one):
        yield from _target(one, table, columns[0], expected, came)
    elif 1 < len(columns) <= COLUMNS_MAX and came > expected and came <= SLACK * _most(table, columns):
        yield from _advised(
            one, table, columns, ("dependencies", "mcv"), f"rows by {' and '.join(columns)}", expected, came
        )


def _groups(one: Asked) -> Iterator[Advised]:
    """GROUP BY of several columns: their product is taken for the number of groups."""
    from sqlglot import exp

    table, group = _only(one), one.tree.args.get("group")
    if table is None or group is None or one.tree.args.get("having") or one.tree.find(exp.Limit, exp.Offset, exp.Fetch):
        return
    places = [home(key, one.tree, one.facts) if isinstance(key, exp.Column) else None for key in group.expressions]
    expected, came = _rows(one), one.query.rows_per_call
    if None in places or expected is None or not _is_off(expected, came) or came > expected:
        return
    columns = sorted({place[2].name for place in places if place is not None})
    if 2 <= len(columns) <= COLUMNS_MAX:
        yield from _advised(one, table, columns, _GROUPS, f"groups by {' and '.join(columns)}", expected, came)


def _only(one: Asked) -> TableFacts | None:
    """The table of a statement that reads one, which is large and has partitions that can be counted, if any."""
    from sqlglot import exp

    if not isinstance(one.tree, exp.Select) or one.tree.args.get("with_"):
        return None
    (table, *others) = sources(one.tree, one.facts).values() or (None,)
    if table is None or others or table.rows < TABLE_ROWS_MIN:
        return None
    return table if len(_tables(table)) <= PARTITIONS_MAX else None


def _rows(one: Asked) -> float | None:
    """What the planner expects, over bindings as they are sent; None where nobody knows how it is asked."""
    pairs = zip(one.planned.plans, one.query.bindings, strict=True)
    known = [(plan.rows, given.share) for plan, given in pairs if plan is not None and given.origin in _KNOWN]
    weight = sum(share for _, share in known)
    return sum(rows * share for rows, share in known) / weight if weight and one.query.rows_per_call else None


def _is_real(one: Asked) -> bool:
    """Whether it was planned with the values that it is asked with: others may be more or less frequent."""
    return all(binding.origin == "real" or not binding.values for binding in one.query.bindings)


def _is_off(expected: float, came: float) -> bool:
    larger, smaller = max(expected, came), max(1.0, min(expected, came))
    return larger >= ROWS_MIN and larger >= TIMES_MIN * smaller


def _predicates(one: Asked, table: TableFacts) -> list[Predicate]:
    """All conditions of the scans of a plan; the same in all bindings, or the first one's."""
    nodes: list[PlanNode] = [node for plan in one.plans[:1] for node in plan.walk() if one.table(node) is table]
    found = [
        each
        for node in nodes
        for text in (node.filter, node.index_condition)
        for each in predicates(text, frozenset((node.alias,)))
        if text
    ]
    return list(dict.fromkeys(found))


def _most(table: TableFacts, columns: Sequence[str]) -> float:
    """Rows that conditions on these columns find at most: those with the most frequent value of the choosiest one."""
    known = [table.statistics.columns[name] for name in columns if name in table.statistics.columns]
    shares = [max(one.frequent_shares, default=1.0 / one.distinct_of(max(1, table.rows))) for one in known]
    return table.rows * min(shares, default=1.0)


def _advised(
    one: Asked, table: TableFacts, columns: Sequence[str], kinds: tuple[str, ...], what: str, expected: float,
    came: float,
) -> Iterator[Advised]:  # fmt: skip
    """None where they are kept already."""
    if any(set(columns) <= kept for kept in one.facts.extended.get(table.table.name, ())):
        return
    name = table.table.name
    why = (
        f"{one.weight}. The planner expects {format_count(round(expected))} {what} a call, {format_count(round(came))} "
        "came: it takes the columns for independent of each other."
    )
    # Groups are made of the whole, whose rows are told apart from those of its partitions.
    tables = [name] if kinds == _GROUPS else _tables(table)
    steps = [step for part in tables for step in statistics_steps(_name(part, columns, kinds), part, columns, kinds)]
    change = Change(
        "statistics", f"{name.schema}.{name.name}", f"Keep statistics of {', '.join(columns)} of {name} together", why,
        queries=(one.query.id,), form=f"{'-'.join(kinds)}: {', '.join(columns)}", steps=tuple(steps), risk=_RISK,
        details={"expected rows": f"{expected:.0f}", "rows that came": f"{came:.0f}"},
    )  # fmt: skip
    yield Advised(change, "explained", "medium" if kinds == _GROUPS or _is_real(one) else "low")


_RISK: Final = (
    "ANALYZE takes longer, and plans of other statements on the table may change. Whether the plan of this one "
    "becomes better, not only its estimate, has to be measured."
)


def _target(one: Asked, table: TableFacts, column: str, expected: float, came: float) -> Iterator[Advised]:
    """A column with more common values than are kept."""
    known = table.statistics.columns.get(column)
    target = number_of(one.facts.settings, "default_statistics_target") or TARGET_DEFAULT
    if known is None or not _is_cut(known, target):
        return
    name = table.table.name
    why = (
        f"{one.weight}. The planner expects {format_count(round(expected))} rows by {column} a call, "
        f"{format_count(round(came))} came. It keeps {len(known.frequent_shares)} common values of {column}, which are "
        f"{sum(known.frequent_shares):.0%} of the rows, and takes all others for equally frequent."
    )
    steps = [step for part in _tables(table) for step in _target_steps(part, column)]
    change = Change(
        "statistics", f"{name.schema}.{name.name}", f"Keep more common values of {name}.{column}", why,
        queries=(one.query.id,), form=f"target: {column}", steps=tuple(steps), risk=_RISK,
        details={"present": f"{target:.0f}", "proposed": f"{TARGET}"},
    )  # fmt: skip
    yield Advised(change, "explained", "low")


def _is_cut(known: ColumnStatistics, target: float) -> bool:
    """Whether the list of common values is full as by the default target, and leaves most rows out."""
    full = target <= len(known.frequent_shares) < TARGET
    return full and sum(known.frequent_shares) <= KEPT_MAX


def _target_steps(table: TableName, column: str) -> Iterator[Step]:
    alter = f"ALTER TABLE {table.quoted} ALTER COLUMN {quote_identifier(column)} SET STATISTICS"
    yield Step(f"{alter} {TARGET}", undo=f"{alter} -1", note="-1 is the server's default.")
    yield Step(f"ANALYZE {table.quoted}", note="Reads a sample of the table, ten times as large as before.")


def _tables(table: TableFacts) -> list[TableName]:
    """What rows are in: the planner asks a partition's statistics, not those of the whole."""
    scheme = table.table.partitioning
    return [table.table.name] if scheme is None else list(_leaves(scheme))


def _leaves(scheme: PartitionScheme) -> Iterator[TableName]:
    for one in scheme.partitions:
        yield from [one.name] if one.scheme is None else _leaves(one.scheme)


def _name(table: TableName, columns: Sequence[str], kinds: tuple[str, ...]) -> str:
    """What they are called, within the server's length."""
    whole = re.sub(r"\W+", "_", "_".join(["groups" if kinds == _GROUPS else "stat", table.name, *columns]).lower())
    if len(whole.encode()) <= NAME_BYTES_MAX:
        return whole
    digest = hashlib.sha256("\0".join([*table, *columns, *kinds]).encode()).hexdigest()[:6]
    return f"{whole.encode()[: NAME_BYTES_MAX - 7].decode(errors='ignore')}_{digest}"
