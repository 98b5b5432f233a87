"""LIKE '%x%' where nothing on the server could index it. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import home, parameter_of, select_of

if TYPE_CHECKING:
    from sqlglot import exp

PAGES_MIN: Final = 1_000
TRIGRAMS: Final = "pg_trgm"


def within(one: Asked) -> Iterator[Advised]:
    """Where the extension is there or could be, an index is proposed instead."""
    from sqlglot import exp

    if TRIGRAMS in one.facts.extensions | one.facts.available:
        return
    for node in one.tree.find_all(exp.Like, exp.ILike):
        select, column = select_of(node), node.this.unnest()
        place = home(column, select, one.facts) if select is not None and isinstance(column, exp.Column) else None
        if place is not None and place[1].pages >= PAGES_MIN and one.sequential(place[1]) and _is_open(one, node):
            yield _advised(one, place[1], place[2].name)
            return


def _advised(one: Asked, table: TableFacts, column: str) -> Advised:
    name = table.table.name
    why = (
        f"{name} is read from end to end ({format_count(table.rows)} rows) for a piece within {column}. Only trigrams "
        f"index that, and the extension {TRIGRAMS} is not on this server."
    )
    sketch = f"… WHERE to_tsvector('simple', {column}) @@ websearch_to_tsquery('simple', $1)"
    return rewrite(
        one, "pattern", f"Search {name}.{column} by words, or install {TRIGRAMS}", why, sketch=sketch,
        risk="Full text finds whole words, not pieces of them. It needs a GIN index on the same expression.",
    )  # fmt: skip


def _is_open(one: Asked, node: "exp.Expr") -> bool:
    """Whether the pattern begins with a wildcard: by itself, or by all of its values."""
    number = parameter_of(node.expression)
    if number is None:
        return str(node.expression.name).startswith(("%", "_"))
    given = [one_of.values[number - 1] for one_of in one.query.bindings if len(one_of.values) >= number]
    return bool(given) and all((value or "").startswith(("%", "_")) for value in given)
