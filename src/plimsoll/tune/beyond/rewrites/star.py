"""SELECT * of wide rows: what nobody needs is read, taken out of TOAST and sent. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.units import format_bytes, format_count, format_share
from plimsoll.tune.beyond.asked import Asked, rewrite
from plimsoll.tune.beyond.trees import column_node, is_single_level, sources, sql_of

if TYPE_CHECKING:
    from sqlglot import exp

COLUMNS_MIN: Final = 8
WIDE_BYTES: Final = 200  # mean width of a column that is worth leaving out
SHARE_MIN: Final = 0.5  # of a row's bytes that are in such columns
RETURNED_BYTES_MIN: Final = 100_000  # a call; less is sent in a packet or two
TOAST_SHARE: Final = 0.1  # of a table's bytes that are outside of its pages: rows are put together from several


def star(one: Asked) -> Iterator[Advised]:
    """Of one table; which columns are used only the application can tell."""
    from sqlglot import exp

    tree = one.tree
    if (
        not isinstance(tree, exp.Select)
        or not is_single_level(tree)
        or not any(part.is_star for part in tree.expressions)
    ):
        return
    (table, *others) = sources(tree, one.facts).values() or (None,)
    if table is None or others or len(table.table.columns) < COLUMNS_MIN:
        return
    wide = _wide(table)
    returned = one.query.rows_per_call * _bytes(table)
    if wide and returned >= RETURNED_BYTES_MIN:
        yield _advised(one, table, wide, returned)


def _advised(one: Asked, table: TableFacts, wide: dict[str, float], returned: float) -> Advised:
    share = sum(wide.values()) / _bytes(table)
    names = ", ".join(wide)
    outside = _toast_share(table)
    toasted = (
        f" {format_share(outside)} of the table is TOAST, which is read for each such value."
        if outside >= TOAST_SHARE
        else ""
    )
    why = (
        f"A call returns {format_count(round(one.query.rows_per_call))} rows of all {len(table.table.columns)} "
        f"columns, {format_bytes(returned)} by the planner's statistics, {format_share(share)} of it in "
        f"{names}.{toasted}"
    )
    return rewrite(
        one, "select-star", f"Name the columns that are needed of {table.table.name}, not *", why, confidence="low",
        risk=f"If the application uses {names} each time, nothing is won.", sketch=_sketch(one.tree, table, wide),
    )  # fmt: skip


def _bytes(table: TableFacts) -> float:
    return float(sum(table.column_bytes.values()))


def _wide(table: TableFacts) -> dict[str, float]:
    """The wide columns and their bytes, the widest first, where they are most of a row."""
    found = {name: float(width) for name, width in table.column_bytes.items() if width >= WIDE_BYTES}
    ordered = dict(sorted(found.items(), key=lambda pair: -pair[1]))
    return ordered if sum(found.values()) >= SHARE_MIN * max(1.0, _bytes(table)) else {}


def _toast_share(table: TableFacts) -> float:
    return max(0.0, 1.0 - table.pages * PAGE_BYTES / table.bytes) if table.bytes else 0.0


def _sketch(tree: "exp.Expr", table: TableFacts, wide: dict[str, float]) -> str:
    narrow = [column_node(column.name) for column in table.table.columns if column.name not in wide]
    copy = tree.copy()
    copy.set("expressions", narrow)
    return sql_of(copy)
