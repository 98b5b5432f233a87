"""What an index would take on disk, freshly built: by the rows, widths and distinct values the planner knows. Pure.

Page layout: PostgreSQL, "Database Page Layout" and "B-Tree Implementation" (suffix truncation, deduplication).
"""

from math import ceil, expm1, prod, sqrt
from typing import Final

from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.schema import Partition, PartitionScheme
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index

_ROOM: Final = PAGE_BYTES - 24 - 16  # header, and what a B-tree keeps at a page's end
_POINTER: Final = 4  # to a tuple on its page
_HEADER: Final = 8  # of an index tuple
_TID: Final = 6
_UNALIGNED: Final = 3.5  # of a list of them, which is filled up to a multiple of 8
_POSTING_BYTES_MAX: Final = 808  # of one tuple with many rows, as a build makes them
_FILLFACTOR: Final = 90
_UNKNOWN_WIDTH: Final = 16
_EXPRESSION_WIDTH: Final = 16
# Equal ones may look different, so that they are not stored once (B-Tree Implementation, "Deduplication").
_NEVER_ONCE: Final = frozenset({"numeric", "float4", "float8", "jsonb"})
_GIN_KEYS_A_ROW: Final = 8  # words, elements or trigrams; nothing tells how many there are
_GIN_BYTES_A_KEY: Final = 3  # of a row in a compressed list
_BRIN_PAGES: Final = 128


def index_bytes(index: Index, table: TableFacts, share: float = 1.0) -> int:
    """Bytes on disk. `share` is how many of the table's rows a predicate takes in. B-trees are within some 30 %; of
    other kinds it is the order of magnitude."""
    rows = ceil(table.rows * share)
    if index.method == "brin":
        return _brin(index, table)
    if index.method in ("gin", "gist", "spgist"):
        return _pages(rows * _GIN_KEYS_A_ROW * _GIN_BYTES_A_KEY / _ROOM)
    if index.method == "hash":
        return _pages(rows * (_POINTER + 16) / (_ROOM * 0.75))
    return _btree(index, table, rows)


def _btree(index: Index, table: TableFacts, rows: int) -> int:
    """Leaves, and what stands above them; of a partitioned table in each partition, as if all were alike."""
    parts = _parts(table)
    width, held = tuple_bytes(index, table), ceil(rows / parts)
    fill = _ROOM * _fillfactor(index) / 100
    once = _stored_once(index, table) and not index.unique
    different = _distinct_in_part(index, table, rows, parts) if once else held
    leaves = max(1.0, held * _bytes_a_row(width, held, different) / fill)
    above = leaves * (width + _POINTER) / _ROOM / 0.7
    return parts * _pages(leaves + above + 1)  # with the meta page


def _parts(table: TableFacts) -> int:
    """Partitions that hold rows: of a default one, which is empty most often, nothing is known."""
    return max(1, len(_leaves(table.table.partitioning)))


def _leaves(scheme: PartitionScheme | None) -> list[Partition]:
    found = [one for one in (scheme.partitions if scheme is not None else ()) if one.bound != "DEFAULT"]
    return [leaf for one in found for leaf in (_leaves(one.scheme) or [one])]


def _distinct_in_part(index: Index, table: TableFacts, rows: int, parts: int) -> int:
    """Values of a partition key are parted with the rows; of any other as many meet a part's rows as chance brings."""
    whole, held = distinct(index, table, rows), rows / parts
    scheme = table.table.partitioning
    if parts == 1 or (scheme is not None and set(scheme.keys) & set(index.columns)):
        return ceil(whole / parts)
    return ceil(whole * -expm1(-held / whole))


def _bytes_a_row(width: int, rows: int, different: int) -> float:
    """With the rows of one value in as few tuples as can be."""
    repeated = max(1.0, rows / max(1, different))
    at_once = max(1.0, (_POSTING_BYTES_MAX - width) // _TID)
    tuples = ceil(repeated / at_once)
    return min(width + _POINTER, _TID + tuples * (width + _POINTER + _UNALIGNED) / repeated)


def tuple_bytes(index: Index, table: TableFacts) -> int:
    """Of one index tuple, aligned."""
    offset = 0
    for name in (*index.columns, *index.include):
        width = table.column_bytes.get(name, _UNKNOWN_WIDTH) if name else _EXPRESSION_WIDTH
        aligned = width if width in (2, 4, 8) else 1
        offset = _aligned(offset, aligned) + max(1, width)
    return _HEADER + _aligned(offset, 8)


def distinct(index: Index, table: TableFacts, rows: int) -> int:
    """How many different keys: as if columns knew nothing of each other. Where that is more than there are rows, some
    do as a rule, and nothing tells how much: in the middle, by ratio, of the least and the most that can be."""
    columns = table.statistics.columns
    known = [columns[name].distinct_of(rows) if name in columns else rows for name in index.columns]
    if len(known) > 1 and prod(known) > rows:
        return max(1, round(sqrt(max(known) * rows)))
    return max(1, min(rows, prod(known)))


def _stored_once(index: Index, table: TableFacts) -> bool:
    types = {column.name: column.type for column in table.table.columns}
    found = [types.get(name) for name in index.columns]
    return (
        not index.include
        and all(one is None or one.kind in ("base", "enum") for one in found)
        and not any(one is not None and one.base in _NEVER_ONCE for one in found)
    )


def _brin(index: Index, table: TableFacts) -> int:
    ranges = table.pages / int(dict(index.options).get("pages_per_range", _BRIN_PAGES))
    widths = sum(2 * table.column_bytes.get(name, _UNKNOWN_WIDTH) + 4 for name in index.columns)
    return _pages(2 + ranges * (_HEADER + _POINTER + _TID + widths) / _ROOM)


def _fillfactor(index: Index) -> int:
    return int(dict(index.options).get("fillfactor", _FILLFACTOR))


def _aligned(offset: int, to: int) -> int:
    return -(-offset // to) * to


def _pages(pages: float) -> int:
    return ceil(pages) * PAGE_BYTES
