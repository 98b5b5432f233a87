"""A subquery in the SELECT list that is executed for each row: a join with its groups is executed once. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import column_node, conjuncts, home, is_single_level, sources

if TYPE_CHECKING:
    from sqlglot import exp

TIMES_MIN: Final = 1_000  # executions of the subquery a call
SHARE_MIN: Final = 0.5  # of the plan's cost that goes to it
# Grouped, everything that is there is read once; worth it where that is less than what each row costs.
PAYS: Final = 2.0


def correlated(one: Asked) -> Iterator[Advised]:
    from sqlglot import exp

    tree = one.tree
    if not isinstance(tree, exp.Select) or not is_single_level(_without_subqueries(tree)):
        return
    for node in [found for found in tree.expressions if isinstance(found.unalias(), exp.Subquery)]:
        cost = _cost(one)
        after = _joined(one, node)
        if cost is not None and after is not None:
            times, each, whole = cost
            why = (
                f"The subquery in its SELECT list is executed for each of {format_count(round(times))} rows (cost "
                f"{each:,.1f} each time), {each * times / whole:.0%} of the statement's cost. Joined with its groups, "
                "its table is read once."
            )
            yield rewrite(
                one, "correlated-subquery", "Join with the groups instead of a subquery for each row", why, after=after,
                risk="With LIMIT or few rows outside, the subquery is better: the groups are of all rows of its table.",
            )  # fmt: skip
            return


def _without_subqueries(tree: "exp.Expr") -> "exp.Expr":
    """A copy whose SELECT list has none, so that aggregates within them do not count."""
    from sqlglot import exp

    copy = tree.copy()
    for one in list(copy.expressions):
        if isinstance(one.unalias(), exp.Subquery):
            one.replace(exp.Literal.number(1))
    return copy


def _cost(one: Asked) -> tuple[float, float, float] | None:
    """Executions a call, cost of each, and of the whole plan; where that is most of it."""
    if one.tree.args.get("limit") is not None:
        return None
    for plan in one.plans:
        for visit in plan.visits():
            if visit.node.relationship == "SubPlan" and visit.times >= TIMES_MIN:
                table = next((found for node in visit.node.walk() if (found := one.table(node)) is not None), None)
                spent, read = (
                    visit.node.cost * visit.times,
                    table.pages + 0.02 * table.rows if table is not None else 0.0,
                )
                if spent >= SHARE_MIN * plan.cost and read and spent >= PAYS * read:
                    return visit.times, visit.node.cost, plan.cost
    return None


def _joined(one: Asked, node: "exp.Expr") -> "exp.Expr | None":
    """Of one aggregate over one table by one equal column, beside conditions of that table alone."""
    from sqlglot import exp

    query = node.unalias().this
    if not isinstance(query, exp.Select) or len(query.expressions) != 1 or query.args.get("joins"):
        return None
    if any(query.args.get(part) for part in ("group", "limit", "order", "distinct", "having", "offset")):
        return None
    made = query.expressions[0].unalias()
    if not isinstance(made, exp.Count | exp.Sum | exp.Min | exp.Max | exp.Avg) or one.tree.args.get("from_") is None:
        return None
    key = _key(one, query)
    if key is None:
        return None
    condition, inner, outer = key
    return _written(one, node, query, made, condition, inner, outer)


def _drop(select: "exp.Expr", condition: "exp.Expr") -> None:
    """One of the conditions of a WHERE."""
    from sqlglot import exp

    kept = [held for held in conjuncts(select) if held != condition]
    select.set("where", exp.Where(this=exp.and_(*(held.copy() for held in kept))) if kept else None)


def _key(one: Asked, query: "exp.Expr") -> "tuple[exp.Expr, exp.Expr, exp.Expr] | None":
    """The one condition that holds a column within against one outside, both as (condition, inner, outer)."""
    from sqlglot import exp

    within, around = sources(query, one.facts), sources(one.tree, one.facts)
    if set(within) & set(around) or None in [*within.values(), *around.values()]:
        return None
    found = []
    for held in conjuncts(query):
        columns = list(held.find_all(exp.Column))
        inside = [_is_of(one, query, column) for column in columns]
        if held.find(exp.Select) is not None:
            return None
        if all(inside):
            continue
        if not isinstance(held, exp.EQ) or sorted(inside) != [False, True] or held.left not in columns:
            return None
        inner, outer = (held.left, held.right) if inside[0] else (held.right, held.left)
        found.append((held, inner, outer))
    return found[0] if len(found) == 1 and all(isinstance(side, exp.Column) for side in found[0][1:]) else None


def _is_of(one: Asked, query: "exp.Expr", column: "exp.Expr") -> bool:
    return home(column, query, one.facts) is not None


def _written(
    one: Asked, node: "exp.Expr", query: "exp.Expr", made: "exp.Expr", condition: "exp.Expr", inner: "exp.Expr",
    outer: "exp.Expr",
) -> "exp.Expr | None":  # fmt: skip
    from sqlglot import exp

    place, outside = home(inner, query, one.facts), home(outer, one.tree, one.facts)
    if place is None or outside is None or place[2].type.base != outside[2].type.base:
        return None
    groups = query.copy()
    assert isinstance(groups, exp.Select)
    _drop(groups, condition)
    groups.set("expressions", [exp.alias_(inner.copy(), "key"), exp.alias_(made.copy(), "made")])
    groups.set("group", exp.Group(expressions=[inner.copy()]))
    tree = one.tree.copy()
    assert isinstance(tree, exp.Select)
    value = column_node("made", "grouped")
    if isinstance(made, exp.Count):
        value = exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
    name = node.alias or made.key
    next(part for part in tree.expressions if part == node).replace(exp.alias_(value, name, quoted=True))
    on = exp.EQ(this=column_node("key", "grouped"), expression=column_node(outside[2].name, outside[0]))
    return tree.join(groups.subquery("grouped"), on=on, join_type="left", copy=False)
