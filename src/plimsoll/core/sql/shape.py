"""What the text of a statement tells without a plan: what it reads, by which columns, and what it does to it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from plimsoll.core.sql.conditions import Condition, conditions_of, quoted
from plimsoll.core.sql.parsing import parsed
from plimsoll.core.statement_kind import is_planned

if TYPE_CHECKING:
    from sqlglot import exp

_CACHED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Shape:
    """`tables` by the name under which columns are called, as written ("o" -> "public.orders"). `aggregates`: its rows
    are made of others. `offset`: it skips rows; `not_in`: NOT IN (SELECT …); `counts_all`: count(*) with nothing to
    choose by. `first_by`: the column by which the first rows are taken."""

    kind: str
    tables: dict[str, str]
    conditions: Sequence[Condition]
    aggregates: bool = False
    limit: bool = False
    offset: bool = False
    not_in: bool = False
    counts_all: bool = False
    first_by: str = ""

    def of_table(self, alias: str) -> Sequence[Condition]:
        """Conditions on a table; those without a table's name, where there is one table only."""
        return [one for one in self.conditions if one.table == alias or (not one.table and len(self.tables) == 1)]


@lru_cache(_CACHED)
def shape_of(text: str) -> Shape | None:
    """None of a text that cannot be read: cut, or not of the kinds that read tables."""
    if not is_planned(text):
        return None
    from sqlglot import exp

    found = parsed(text)
    known = (exp.Select, exp.Update, exp.Delete, exp.Insert, exp.Merge, exp.Union)
    return _shape(found) if isinstance(found, known) else None


def _shape(found: "exp.Expr") -> Shape:
    from sqlglot import exp

    aggregates = any(not one.find_ancestor(exp.Window) for one in found.find_all(exp.AggFunc))
    where = tuple(_conditions(found))
    return Shape(
        kind=found.key,
        tables=dict(_tables(found)),
        conditions=where,
        aggregates=aggregates or found.find(exp.Group, exp.Distinct) is not None,
        limit=found.find(exp.Limit) is not None,
        offset=found.find(exp.Offset) is not None,
        not_in=any(isinstance(one.this.unnest(), exp.In) and one.find(exp.Select) for one in found.find_all(exp.Not)),
        first_by=_first_by(found),
        counts_all=not where and found.find(exp.Count) is not None and found.find(exp.Group) is None,
    )


def _first_by(found: "exp.Expr") -> str:
    from sqlglot import exp

    order = found.args.get("order") if found.args.get("limit") is not None else None
    first = order.expressions[0].this if order is not None else None
    return quoted(first.name) if isinstance(first, exp.Column) else ""


def _tables(found: "exp.Expr") -> Iterator[tuple[str, str]]:
    from sqlglot import exp

    made = {one.alias for one in found.find_all(exp.CTE)}
    for table in found.find_all(exp.Table):
        if table.name and (table.db or table.name not in made):
            yield table.alias_or_name, f"{table.db}.{table.name}" if table.db else table.name


def _conditions(found: "exp.Expr") -> Iterator[Condition]:
    from sqlglot import exp

    for where in found.find_all(exp.Where):
        yield from conditions_of(where.this)
    for join in found.find_all(exp.Join):
        if join.args.get("on") is not None:
            yield from conditions_of(join.args["on"])


def next_page(text: str) -> str:
    """How a statement with OFFSET goes on from the last row instead; nothing where its order does not tell."""
    from sqlglot import exp

    found = parsed(text)
    order = found.args.get("order") if isinstance(found, exp.Select) else None
    terms = order.expressions if order is not None else []
    if not terms or not all(isinstance(one.this, exp.Column) for one in terms):
        return ""
    downwards = {bool(one.args.get("desc")) for one in terms}
    if len(downwards) > 1:
        return ""
    names, down = [one.this.sql("postgres") for one in terms], downwards.pop()
    values = ", ".join(f"${number}" for number in range(1, len(names) + 1))
    columns, by = ", ".join(names), ", ".join(f"{name} DESC" if down else name for name in names)
    row, last = (f"({columns})", f"({values})") if len(names) > 1 else (columns, values)
    return f"WHERE {row} {'<' if down else '>'} {last} ORDER BY {by} LIMIT ${len(names) + 1}"
