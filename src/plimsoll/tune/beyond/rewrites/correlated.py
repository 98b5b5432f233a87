"""A subquery that is executed for each row, in the SELECT list or to compare with: a join with its groups is executed
once. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plimsoll.core.query_plan import JOINS, Visit
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_count, format_share
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import column_node, conjuncts, home, is_single_level, sources

if TYPE_CHECKING:
    from sqlglot import exp

TIMES_MIN: Final = 1_000.0  # executions of the subquery a call
SHARE_MIN: Final = 0.5  # of the plan's cost that goes to it
# Grouped, everything that is there is read once; worth it where that is less than what each row costs.
PAYS: Final = 2.0
_ROW: Final = 0.02  # cost of a row that is read and grouped, beside its page's
_GUESS: Final = 3.0  # rows that are tried for each that passes a comparison of which nothing is known
_KEY, _VALUE, _GROUPED = "grouped_key", "grouped_value", "grouped"


@dataclass(frozen=True, slots=True)
class _Correlated:
    """`condition` holds `inner` of the subquery's table equal to `outer`, a column around it; `made` is its value."""

    node: "exp.Expr"
    query: "exp.Expr"
    made: "exp.Expr"
    condition: "exp.Expr"
    inner: "exp.Expr"
    outer: "exp.Expr"


def correlated(one: Asked) -> Iterator[Advised]:
    """Of one aggregate over one table by one equal column, beside conditions of that table alone."""
    cost = _cost(one)
    found = next(_found(one), None) if cost is not None else None
    after = _joined(one, found) if found is not None else None
    if cost is None or after is None:
        return
    times, each, whole = cost
    why = (
        f"A subquery is executed for each of about {format_count(round(times))} rows (cost {each:,.1f} each time): "
        f"{format_share(min(1.0, each * times / whole))} of the statement's cost. Joined with its groups, its table is "
        "read once."
    )
    yield rewrite(
        one, "correlated-subquery", "Join with the groups instead of a subquery for each row", why, after=after,
        risk="With few rows around it the subquery is better: the groups are of all rows of its table. An index by "
        "which it finds its rows may do as well.",
    )  # fmt: skip


def _cost(one: Asked) -> tuple[float, float, float] | None:
    """Executions a call, cost of each, and of the whole plan; where that is most of it."""
    from sqlglot import exp

    if not isinstance(one.tree, exp.Select) or one.tree.args.get("limit") is not None:
        return None
    for plan in one.plans:
        for visit in plan.visits():
            table = next((found for node in visit.node.walk() if (found := one.table(node)) is not None), None)
            times, each = _times(visit), visit.node.cost
            if visit.node.relationship != "SubPlan" or times < TIMES_MIN or table is None:
                continue
            if each * times >= max(SHARE_MIN * plan.cost, PAYS * (table.pages + _ROW * table.rows)):
                return times, each, max(plan.cost, each * times)
    return None


def _times(visit: Visit) -> float:
    """Of a join's condition it is not known how many rows are tried; more than pass, and a third is the usual guess."""
    nearest = visit.above[0] if visit.above else None
    return min(visit.times, _GUESS * nearest.rows) if nearest is not None and nearest.kind in JOINS else visit.times


def _found(one: Asked) -> Iterator[_Correlated]:
    """In the SELECT list, where rows stay as they are; and beside comparisons in WHERE."""
    from sqlglot import exp

    shown = [part for part in one.tree.expressions if isinstance(part.unalias(), exp.Subquery)]
    if shown and not is_single_level(_without(one.tree, shown)):
        shown = []
    kinds = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
    compared = [held for held in conjuncts(one.tree) if isinstance(held, kinds)]
    sides = [side for held in compared for side in (held.left, held.right) if isinstance(side, exp.Subquery)]
    for node in (*shown, *sides):
        found = _correlated(one, node)
        if found is not None:
            yield found


def _without(tree: "exp.Expr", shown: "list[exp.Expr]") -> "exp.Expr":
    """A copy whose SELECT list has none of these, so that aggregates within them do not count."""
    from sqlglot import exp

    copy = tree.copy()
    for part in list(copy.expressions):
        if part in shown:
            part.replace(exp.Literal.number(1))
    return copy


def _correlated(one: Asked, node: "exp.Expr") -> _Correlated | None:
    from sqlglot import exp

    query = node.unalias().this
    parts = ("joins", "group", "limit", "order", "distinct", "having", "offset", "with_")
    if not isinstance(query, exp.Select) or len(query.expressions) != 1 or any(query.args.get(part) for part in parts):
        return None
    made, key = query.expressions[0].unalias(), _key(one, query)
    if key is None or not _is_aggregate(one, query, made) or one.tree.args.get("from_") is None:
        return None
    return _Correlated(node, query, made, *key)


def _is_aggregate(one: Asked, query: "exp.Expr", made: "exp.Expr") -> bool:
    """An aggregate, or arithmetic with one, of the subquery's own columns. Of no rows count is 0, all else NULL."""
    from sqlglot import exp

    known = (exp.Sum, exp.Min, exp.Max, exp.Avg)
    columns = list(made.find_all(exp.Column))
    if made.find(exp.Window, exp.Select) or not all(_is_of(one, query, column) for column in columns):
        return False
    if isinstance(made, exp.Count):
        return True
    aggregates = list(made.find_all(exp.AggFunc))
    parts = (exp.Literal, exp.Mul, exp.Div, exp.Add, exp.Sub, exp.Paren, exp.Cast, exp.DataType, exp.Neg)
    around = [part for part in made.walk() if not any(part is each or _is_in(part, each) for each in aggregates)]
    return (
        bool(aggregates)
        and all(isinstance(each, known) for each in aggregates)
        and all(isinstance(part, parts) for part in around)
    )


def _is_in(part: "exp.Expr", whole: "exp.Expr") -> bool:
    above = part.parent
    while above is not None and above is not whole:
        above = above.parent
    return above is whole


def _key(one: Asked, query: "exp.Expr") -> "tuple[exp.Expr, exp.Expr, exp.Expr] | None":
    """The one condition that holds a column within against one outside, both as (condition, inner, outer)."""
    from sqlglot import exp

    within = sources(query, one.facts)
    if len(within) != 1 or None in within.values():
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


def _joined(one: Asked, found: _Correlated) -> "exp.Expr | None":
    """None where the columns are not of one type, by which they might be equal in other ways."""
    from sqlglot import exp

    place, outside = home(found.inner, found.query, one.facts), home(found.outer, one.tree, one.facts)
    if place is None or outside is None or place[2].type.base != outside[2].type.base:
        return None
    tree = one.tree.copy()
    assert isinstance(tree, exp.Select)
    next(part for part in tree.walk() if part == found.node).replace(_value(found))
    if any(isinstance(part, exp.Star) for part in tree.expressions):  # would show the groups' columns, too
        if any(join.args.get("using") or join.args.get("method") for join in tree.args.get("joins") or ()):
            return None
        every = [exp.Column(this=exp.Star(), table=column_node(name).this) for name in sources(tree, one.facts)]
        shown = [every if isinstance(part, exp.Star) else [part] for part in tree.expressions]
        tree.set("expressions", [part for parts in shown for part in parts])
    for join in tree.args.get("joins") or ():
        if not any(join.args.get(part) for part in ("kind", "side", "on", "using", "method")):
            join.set("kind", "CROSS")  # behind a comma ON would not see what is before it
    on = exp.EQ(this=column_node(_KEY, _GROUPED), expression=column_node(outside[2].name, outside[0]))
    return tree.join(_groups(found).subquery(_GROUPED), on=on, join_type="left", copy=False)


def _value(found: _Correlated) -> "exp.Expr":
    """Of the groups, under the name that the column had."""
    from sqlglot import exp

    value = column_node(_VALUE, _GROUPED)
    if isinstance(found.made, exp.Count):
        value = exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
    if isinstance(found.node.parent, exp.Select) and found.node.arg_key == "expressions":
        return exp.alias_(value, found.node.alias or _called(found), quoted=True)
    return value


def _called(found: _Correlated) -> str:
    """As the server calls a column that is a subquery: by the subquery's own."""
    from sqlglot import exp

    shown = found.query.expressions[0]
    return shown.alias or (found.made.key if isinstance(found.made, exp.AggFunc) else "?column?")


def _groups(found: _Correlated) -> "exp.Select":
    from sqlglot import exp

    groups = found.query.copy()
    assert isinstance(groups, exp.Select)
    kept = [held for held in conjuncts(groups) if held != found.condition]
    groups.set("where", exp.Where(this=exp.and_(*(held.copy() for held in kept))) if kept else None)
    groups.set("expressions", [exp.alias_(found.inner.copy(), _KEY), exp.alias_(found.made.copy(), _VALUE)])
    groups.set("group", exp.Group(expressions=[found.inner.copy()]))
    return groups
