"""IN with a long list: each length is a statement of its own, parsed and planned anew. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import home, select_of, sql_of

if TYPE_CHECKING:
    from sqlglot import exp

ITEMS_MIN: Final = 50


def lists(one: Asked) -> Iterator[Advised]:
    """One array as a parameter, whatever its length."""
    from sqlglot import exp

    for node in one.tree.find_all(exp.In):
        items, select = node.expressions, select_of(node)
        if len(items) < ITEMS_MIN or select is None or isinstance(node.parent, exp.Not):
            continue
        place = home(node.this, select, one.facts) if isinstance(node.this, exp.Column) else None
        if place is not None and all(isinstance(item, exp.Literal | exp.Parameter | exp.Cast) for item in items):
            array = f"{place[2].type.name}[]"
            yield _advised(one, node, place[2].name, len(items), f"{sql_of(node.this)} = ANY($1::{array})")
            return


def _advised(one: Asked, node: "exp.Expr", column: str, items: int, sketch: str) -> Advised:
    why = (
        f"IN ({column}) lists {items} values. Every other number of values is another statement to the server: none of "
        "them stays prepared, and pg_stat_statements counts each for itself before PostgreSQL 18."
    )
    return rewrite(
        one, "in-list", f"Send the values of {column} as one array", why, confidence="low", sketch=sketch,
        risk="Planning and parsing are saved, execution is the same; for thousands of values, join with unnest() "
        "instead.",
    )  # fmt: skip
