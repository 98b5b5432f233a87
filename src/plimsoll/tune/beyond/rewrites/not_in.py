"""NOT IN of a subquery that is executed for each row: an anti-join does it in one go. Pure."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.query_plan import Visit
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import column_node, home, is_single_level, select_of, sources, sql_of

if TYPE_CHECKING:
    from sqlglot import exp

TIMES_MIN: Final = 1_000  # executions of the subquery a call
_PLAIN: Final = re.compile(r"(?<!hashed )SubPlan \d+")


def not_in(one: Asked) -> Iterator[Advised]:
    """Where the plan hashes the subquery there is nothing to gain."""
    visit = max(_each_row(one), key=lambda visit: visit.times, default=None)
    if visit is None:
        return
    for node in _negated(one.tree):
        yield _advised(one, node, visit)
        return  # which of several it is, the plan does not tell


def _each_row(one: Asked) -> list[Visit]:
    """Subqueries that a filter asks for each row. What is not hashed is too large for work_mem, or cannot be."""
    return [
        visit
        for visit in one.visits()
        if visit.node.relationship == "SubPlan"
        and visit.times >= TIMES_MIN
        and visit.above
        and _PLAIN.search(visit.above[0].filter)
        and ("NOT" in visit.above[0].filter or "ALL" in visit.above[0].filter)
    ]


def _negated(tree: "exp.Expr") -> "Iterator[exp.Expr]":
    from sqlglot import exp

    for node in tree.find_all(exp.Not):
        inner = node.this.unnest()
        if isinstance(inner, exp.In) and inner.args.get("query") is not None:
            yield node


def _advised(one: Asked, node: "exp.Expr", visit: Visit) -> Advised:
    after, exact = _rewritten(one, node)
    why = (
        f"NOT IN executes its subquery for each of {format_count(round(visit.times))} rows (cost "
        f"{visit.node.cost:,.0f} each time): it could not be hashed. NOT EXISTS is planned as a join of what is not "
        "there."
    )
    risk = (
        "" if exact else
        "NULL is treated in another way: with a NULL in the subquery, NOT IN finds no row at all, NOT EXISTS does; "
        "and a row whose own value is NULL is found by NOT EXISTS, not by NOT IN."
    )  # fmt: skip
    return rewrite(
        one, "not-in", "NOT EXISTS instead of NOT IN", why, risk=risk, confidence="high" if exact else "medium",
        after=after if exact else None, sketch="" if exact or after is None else sql_of(after),
    )  # fmt: skip


def _rewritten(one: Asked, node: "exp.Expr") -> "tuple[exp.Expr | None, bool]":
    """The tree with NOT EXISTS, and whether it gives the same rows: where no NULL is on either side."""
    from sqlglot import exp

    inner = node.this.unnest()
    outer, query = select_of(node), inner.args["query"].unnest()
    if outer is None or not isinstance(query, exp.Select) or not is_single_level(query):
        return None, False
    if query.args.get("limit") or query.args.get("offset"):
        return None, False
    left, right = inner.this, query.expressions[0].unalias()
    if len(query.expressions) != 1 or not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
        return None, False
    theirs, ours = home(right, query, one.facts), home(left, outer, one.facts)
    if theirs is None or ours is None or set(sources(query, one.facts)) & set(sources(outer, one.facts)):
        return None, False
    exists = exp.Select(expressions=[exp.Literal.number(1)], from_=query.args["from_"].copy())
    for part in ("joins", "where"):
        if query.args.get(part):
            exists.set(part, [join.copy() for join in query.args[part]] if part == "joins" else query.args[part].copy())
    equal = exp.EQ(this=column_node(theirs[2].name, theirs[0]), expression=column_node(ours[2].name, ours[0]))
    exists = exists.where(equal, copy=False)
    tree = one.tree.copy()
    place = next(other for other in tree.find_all(exp.Not) if other == node)
    place.replace(exp.Not(this=exp.Exists(this=exists)))
    required = not theirs[2].nullable and not ours[2].nullable and not query.args.get("joins")
    return tree, required and not outer.args.get("joins")
