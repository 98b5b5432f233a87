"""DISTINCT that takes away again what a join has multiplied. Pure."""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final

from plimsoll.core.query_plan import JOINS, PlanNode
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import called, conjuncts, home, sources, unique_columns

if TYPE_CHECKING:
    from sqlglot import exp

TIMES_MIN: Final = 5.0  # rows that the joins make for each that is left
ROWS_MIN: Final = 10_000  # made a call


def fan_out(one: Asked) -> Iterator[Advised]:
    """Where nothing of a joined table is shown: then it only decides which rows are there."""
    from sqlglot import exp

    tree = one.tree
    if not isinstance(tree, exp.Select) or tree.args.get("distinct") is None or tree.args["distinct"].args.get("on"):
        return
    hidden, rows = _hidden(one), _rows(one)
    if not hidden or rows is None:
        return
    made, left = rows
    names = ", ".join(hidden)
    why = (
        f"Its joins make {format_count(round(made))} rows by the plan, of which DISTINCT leaves "
        f"{format_count(round(left))}; nothing of {names} is shown."
    )
    yield rewrite(one, "distinct", f"EXISTS instead of a join with {names}", why, after=_exists(one, hidden))


def _hidden(one: Asked) -> list[str]:
    """Joined tables of which nothing is shown; none where that is not certain, or where joins are not plain ones."""
    from sqlglot import exp

    tree = one.tree
    joins = tree.args.get("joins") or ()
    odd = ("side", "using", "method")
    parts = ("group", "having", "with_", "laterals", "locks", "limit")  # with a limit not all of it is joined
    if any(join.args.get(part) for join in joins for part in odd) or any(tree.args.get(part) for part in parts):
        return []
    if any(shown.find(exp.Star, exp.Select) for shown in tree.expressions):
        return []
    read = sources(tree, one.facts)
    columns = list(tree.find_all(exp.Column))
    if (
        None in read.values()
        or len(read) != len(joins) + 1
        or any(home(each, tree, one.facts) is None for each in columns)
    ):
        return []
    outside = [*tree.expressions, *(tree.args["order"].expressions if tree.args.get("order") else ())]
    shown = {alias for part in outside for alias in _aliases(one, part)}
    return [alias for alias in read if alias not in shown] if shown else []


def _aliases(one: Asked, node: "exp.Expr") -> set[str]:
    from sqlglot import exp

    places = [home(column, one.tree, one.facts) for column in node.find_all(exp.Column)]
    return {place[0] for place in places if place is not None}


def _rows(one: Asked) -> tuple[float, float] | None:
    """What the topmost join makes and what is left of it."""
    for plan in one.plans:
        top = next((node for node in plan.walk() if node.kind in ("Unique", "Aggregate")), None)
        join = next((node for node in plan.walk() if node.kind in JOINS), None)
        if top is not None and join is not None and _fans(join, top):
            return join.rows, top.rows
    return None


def _fans(join: PlanNode, top: PlanNode) -> bool:
    below = any(node is join for node in top.walk())
    return below and join.join_type == "Inner" and join.rows >= max(ROWS_MIN, TIMES_MIN * max(1.0, top.rows))


def _exists(one: Asked, hidden: Sequence[str]) -> "exp.Expr":
    """Hidden tables go into EXISTS, with every condition that names one; DISTINCT goes where a key is shown."""
    from sqlglot import exp

    tree = one.tree
    tables = [tree.args["from_"].this, *(join.this for join in tree.args.get("joins") or ())]
    joined = [join.args["on"] for join in tree.args.get("joins") or () if join.args.get("on")]
    held = [*conjuncts(tree), *(side.unnest() for on in joined for side in _sides(on))]
    inside = [side for side in held if _aliases(one, side) & set(hidden)]
    outside = [side for side in held if not _aliases(one, side) & set(hidden)]
    query = _select([exp.Literal.number(1)], [table for table in tables if called(table) in hidden], inside)
    after = tree.copy()
    after.set("joins", None)
    visible = [table for table in tables if called(table) not in hidden]
    made = _select(tree.expressions, visible, [*outside, exp.Exists(this=query)])
    for part in ("from_", "joins", "where"):
        after.set(part, made.args.get(part))
    if _is_unique(one, visible):
        after.set("distinct", None)
    return after


def _sides(on: "exp.Expr") -> "list[exp.Expr]":
    from sqlglot import exp

    return list(on.unnest().flatten()) if isinstance(on.unnest(), exp.And) else [on]


def _select(shown: "Sequence[exp.Expr]", tables: "Sequence[exp.Expr]", held: "Sequence[exp.Expr]") -> "exp.Expr":
    from sqlglot import exp

    first, *others = tables
    query = exp.Select(expressions=[one.copy() for one in shown], from_=exp.From(this=first.copy()))
    for table in others:
        query = query.join(table.copy(), join_type="cross", copy=False)
    if held:
        sides = [exp.Paren(this=one.copy()) if isinstance(one, exp.Or) else one.copy() for one in held]
        query = query.where(reduce(lambda left, right: exp.And(this=left, expression=right), sides), copy=False)
    return query


def _is_unique(one: Asked, visible: "Sequence[exp.Expr]") -> bool:
    """Whether the columns that are shown tell the rows of the only table apart."""
    from sqlglot import exp

    table = sources(one.tree, one.facts)[called(visible[0])]
    parts = [part.unalias() for part in one.tree.expressions]
    names = {part.name for part in parts if isinstance(part, exp.Column)}
    return len(visible) == 1 and table is not None and any(set(key) <= names for key in unique_columns(table))
