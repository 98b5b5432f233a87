"""ORDER BY random(): every row is read and sorted for the few that are taken. Pure."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.units import format_count
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import sources

ROWS_MIN: Final = 10_000  # that are sorted; fewer take some milliseconds
_SORTS: Final = ("Sort", "Incremental Sort")


def random_order(one: Asked) -> Iterator[Advised]:
    from sqlglot import exp

    tree = one.tree
    order = tree.args.get("order")
    if not isinstance(tree, exp.Select) or order is None or tree.args.get("limit") is None:
        return
    if not isinstance(order.expressions[0].this, exp.Rand):
        return
    nodes = [visit.node for visit in one.visits()]
    sorted_rows = max((node.children[0].rows for node in nodes if node.kind in _SORTS and node.children), default=0.0)
    (table, *_) = sources(tree, one.facts).values() or (None,)
    if sorted_rows < ROWS_MIN or table is None:
        return
    yield rewrite(
        one, "random-order", f"Do not sort all rows of {table.table.name} by chance",
        f"{format_count(round(sorted_rows))} rows are read and sorted in each call, for the first few of them.",
        sketch=f"SELECT … FROM {table.table.name.quoted} TABLESAMPLE SYSTEM (1) ORDER BY random() LIMIT …",
        risk="TABLESAMPLE SYSTEM takes whole pages, so that rows come in neighbourhoods, and may give fewer than are "
        "wanted; a random key with an index, or ids drawn by the application, gives single rows.",
    )  # fmt: skip
