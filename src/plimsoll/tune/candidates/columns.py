"""What the candidates' kinds ask of a table's columns. Pure."""

from typing import Final

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.schema import Column, DataType
from plimsoll.core.tuning.facts import TableFacts

TEXTS: Final = ("text", "varchar", "bpchar", "name")
BYTES_MAX: Final = 500  # mean width of a key; a page of an index takes 2,700 at most, and some values are far wider
# Without an order, or with one that nobody seeks by.
_UNORDERED: Final = frozenset(
    {"json", "jsonb", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "tsvector", "tsquery",
     "aclitem", "cid", "xid", "refcursor", "txid_snapshot", "pg_snapshot"}
)  # fmt: skip


def column_of(facts: TableFacts, name: str) -> Column | None:
    """None of one that is not there: a system column, a whole row."""
    return next((one for one in facts.table.columns if one.name == name), None)


def type_of(facts: TableFacts, name: str) -> DataType | None:
    found = column_of(facts, name)
    return None if found is None else found.type


def is_btree_column(facts: TableFacts, name: str) -> bool:
    """Whether a B-tree takes it as a key, as wide as its values are."""
    kind = type_of(facts, name)
    if kind is None or kind.kind not in ("base", "enum") or kind.base in _UNORDERED:
        return False
    return facts.column_bytes.get(name, 0) <= BYTES_MAX


def statistics_of(facts: TableFacts, name: str) -> ColumnStatistics | None:
    return facts.statistics.columns.get(name)


def equal_share(facts: TableFacts, name: str) -> float:
    """Of the rows, those that hold a typical value; 1 where nothing is known of it but that it is wide open."""
    known = statistics_of(facts, name)
    if known is None:
        return 0.1
    return (1.0 - known.null_share) / known.distinct_of(max(1, facts.rows))


def value_share(facts: TableFacts, name: str, value: str) -> float:
    """Of the rows, those that hold this very value."""
    known = statistics_of(facts, name)
    if known is None or value not in known.frequent:
        return equal_share(facts, name)
    return known.frequent_shares[known.frequent.index(value)]


def is_text(facts: TableFacts, column: str) -> bool:
    """Whether the column's values are texts that patterns are held against; citext has operators of
    its own."""
    kind = type_of(facts, column)
    return kind is not None and kind.kind == "base" and kind.base in TEXTS
