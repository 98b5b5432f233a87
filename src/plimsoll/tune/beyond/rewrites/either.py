"""OR over different tables or a subquery: no index serves it whole, though one serves each side. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import conjuncts, home, is_single_level

if TYPE_CHECKING:
    from sqlglot import exp

PAGES_MIN: Final = 1_000  # of the table that is read from end to end for it
SHARE_MAX: Final = 0.1  # of its rows that are found; to find more, reading all of it is right
SIDES_MAX: Final = 4


def either(one: Asked) -> Iterator[Advised]:
    """OR over columns of one table is left to the planner, which puts the bitmaps of their indexes together."""
    from sqlglot import exp

    tree = one.tree
    if not isinstance(tree, exp.Select) or not is_single_level(tree) or not _is_plain(tree):
        return
    for held in conjuncts(tree):
        sides = [side.unnest() for side in held.flatten()] if isinstance(held, exp.Or) else []
        if 2 <= len(sides) <= SIDES_MAX and _is_across(one, sides) and all(_is_served(one, side) for side in sides):
            read = _read_whole(one)
            if read is not None:
                yield _advised(one, held, sides, *read)
                return


def _advised(one: Asked, held: "exp.Expr", sides: "list[exp.Expr]", table: TableFacts, node: PlanNode) -> Advised:
    why = (
        f"{table.table.name} is read from end to end ({format_count(table.rows)} rows, {format_count(table.pages)} "
        "pages), as its rows are chosen by conditions of which only one has to hold. Each side alone is served by an "
        "index."
    )
    return rewrite(
        one, "or", "UNION ALL of one statement for each side of the OR", why, after=_union(one.tree, held, sides),
        risk="Each side is planned and executed for itself: with many rows on each it costs more than it saves.",
        confidence="medium",
    )  # fmt: skip


def _is_plain(tree: "exp.Expr") -> bool:
    """Nothing stands around the rows that would have to stand around all sides."""
    parts = ("with_", "with", "order", "limit", "offset", "locks", "laterals")
    outer = any(join.args.get("side") for join in tree.args.get("joins") or ())
    return not outer and not any(tree.args.get(part) for part in parts)


def _is_across(one: Asked, sides: "list[exp.Expr]") -> bool:
    """Whether the sides are of different tables, or one of them is a subquery."""
    from sqlglot import exp

    if any(side.find(exp.Select) for side in sides):
        return True
    places = [home(column, one.tree, one.facts) for side in sides for column in side.find_all(exp.Column)]
    return None not in places and len({place[0] for place in places if place is not None}) > 1


def _is_served(one: Asked, side: "exp.Expr") -> bool:
    """Whether an index that is there begins with the column that the side holds."""
    from sqlglot import exp

    left = side.left if isinstance(side, exp.EQ | exp.GT | exp.GTE | exp.LT | exp.LTE) else None
    left = side.this if isinstance(side, exp.In) else left
    place = home(left, one.tree, one.facts) if isinstance(left, exp.Column) else None
    if place is None:
        return False
    there = one.indexes_of(place[1])
    keys = [index.index for index in there if index.valid and not index.index.predicate]
    return any(index.method == "btree" and index.columns[:1] == (place[2].name,) for index in keys)


def _read_whole(one: Asked) -> tuple[TableFacts, PlanNode] | None:
    """A large table that the plan reads from end to end, though few rows come out of it all."""
    for plan in one.plans:
        for node in plan.walk():
            table = one.table(node) if node.kind == "Seq Scan" else None
            if table is not None and table.pages >= PAGES_MIN and plan.rows <= SHARE_MAX * table.rows:
                return table, node
    return None


def _union(tree: "exp.Expr", held: "exp.Expr", sides: "list[exp.Expr]") -> "exp.Expr":
    """A row that several sides find is left to the first of them, so that none comes twice."""
    from sqlglot import exp

    parts: list[exp.Expr] = []
    for place, side in enumerate(sides):
        part = tree.copy()
        before = [exp.Not(this=exp.Is(this=exp.Paren(this=one.copy()), expression=exp.true())) for one in sides[:place]]
        wanted = exp.and_(side.copy(), *before)
        next(one for one in conjuncts(part) if one == held).replace(wanted)
        parts.append(part)
    found = parts[0]
    for part in parts[1:]:
        found = exp.Union(this=found, expression=part, distinct=False)
    return found
