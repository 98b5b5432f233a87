"""N+1: a statement by key, sent once for each row that another one returned. Pure."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.schema import ForeignKey
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import column_node, conjuncts, home, is_single_level, parameter_of, sources, sql_of

if TYPE_CHECKING:
    from sqlglot import exp

TIMES_MIN: Final = 10.0  # as often as the other statement
# Its calls are the other's rows, give or take: some rows are not asked for, some statements are sent elsewhere, too.
RATIO_MIN: Final = 0.5
RATIO_MAX: Final = 2.0


def repeated(statements: Sequence[Asked]) -> Iterator[Advised]:
    """Each with the statement whose rows its calls come nearest to."""
    for one in statements:
        key = _key(one)
        if key is None:
            continue
        first = min(
            (other for other in statements if other is not one and _returns(other, one, *key)),
            key=lambda other: abs(_rows(other) - one.query.calls), default=None,
        )  # fmt: skip
        if first is not None:
            yield _advised(one, first, *key)


def _advised(one: Asked, first: Asked, condition: "exp.Expr", table: TableFacts, column: str) -> Advised:
    calls, times = format_count(round(one.query.calls)), one.query.calls / max(1.0, first.query.calls)
    source = next(iter(sources(first.tree, first.facts)), "")
    why = (
        f"It is called {calls} times, {times:,.0f} times as often as statement {first.query.id}, which returned "
        f"{format_count(round(_rows(first)))} rows with such keys: once for each row, as it seems. Each call is a "
        "round "
        "trip of the application's, beside what it takes here."
    )
    return rewrite(
        one, "n-plus-one", f"Ask {table.table.name} for all {column} at once, not for each in turn", why,
        risk="That the calls belong together is a conclusion from their numbers; the application's code has to show "
        "it.",
        sketch=_sketch(one, condition, column), confidence="medium",
        details={"first": first.query.id,
                 "note": f"Or join {table.table.name} in the statement that reads {source}, where all of it is "
                 "wanted."},
    )  # fmt: skip


def _key(one: Asked) -> "tuple[exp.Expr, TableFacts, str] | None":
    """The condition by one parameter that a statement on one table finds its rows by."""
    from sqlglot import exp

    tree = one.tree
    if (
        not isinstance(tree, exp.Select)
        or not is_single_level(tree)
        or tree.args.get("limit")
        or tree.args.get("locks")
    ):
        return None
    held = conjuncts(tree)
    if len(held) != 1 or len(sources(tree, one.facts)) != 1:
        return None
    (only,) = held
    if not isinstance(only, exp.EQ) or not isinstance(only.left, exp.Column) or parameter_of(only.right) is None:
        return None
    place = home(only.left, tree, one.facts)
    return None if place is None else (only, place[1], place[2].name)


def _returns(other: Asked, one: Asked, condition: "exp.Expr", table: TableFacts, column: str) -> bool:
    """Whether the other statement's rows hold the keys, and are about as many as the calls."""
    calls, first = one.query.calls, max(1.0, other.query.calls)
    if other.query.writes or calls < TIMES_MIN * first or other.query.rows_per_call < TIMES_MIN * RATIO_MIN:
        return False
    if not RATIO_MIN <= calls / _rows(other) <= RATIO_MAX:
        return False
    return any(
        facts is not None and _refer(facts, table, column) & _given(other, facts)
        for facts in sources(other.tree, other.facts).values()
    )


def _refer(facts: TableFacts, table: TableFacts, column: str) -> set[str]:
    """Columns of a table whose values are such keys: by a foreign key of either."""
    to = _columns(facts.table.foreign_keys, table, column)
    back = {
        key.referenced_columns[key.columns.index(column)]
        for key in table.table.foreign_keys
        if key.referenced == facts.table.name and column in key.columns
    }
    return to | back


def _columns(keys: Sequence[ForeignKey], table: TableFacts, column: str) -> set[str]:
    return {
        key.columns[key.referenced_columns.index(column)]
        for key in keys
        if key.referenced == table.table.name and column in key.referenced_columns
    }


def _given(other: Asked, facts: TableFacts) -> set[str]:
    """Columns of a table that a statement returns."""
    from sqlglot import exp

    names = {column.name for column in facts.table.columns}
    shown = other.tree.expressions if isinstance(other.tree, exp.Select) else []
    if any(one.is_star for one in shown):
        return names
    return {column.name for one in shown for column in one.find_all(exp.Column)} & names


def _rows(other: Asked) -> float:
    return max(1.0, other.query.calls * other.query.rows_per_call)


def _sketch(one: Asked, condition: "exp.Expr", column: str) -> str:
    from sqlglot import exp

    tree = one.tree.copy()
    assert isinstance(tree, exp.Select)
    (held,) = conjuncts(tree)
    assert isinstance(held, exp.EQ)
    held.replace(exp.EQ(this=held.left.copy(), expression=exp.Any(this=exp.Paren(this=held.right.copy()))))
    shown = {part.alias_or_name for part in tree.expressions}
    if column not in shown and not any(part.is_star for part in tree.expressions):
        tree.select(column_node(column), append=True, copy=False)  # tells which row is whose
    return sql_of(tree)
