"""The space of tables and btree indexes that holds nothing, estimated from the statistics of their columns. Pure.

The pages that the rows would fill if they were packed anew, against the pages there are. Padding between columns is not
known and rows that are alike share entries of an index, so a tenth either way says nothing.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

_ALIGNMENT: Final = 8
_PAGE_HEADER: Final = 24
_INDEX_SPECIAL: Final = 16  # at the end of each page of a btree
_POINTER: Final = 4  # of each row, at the head of its page
_ROW_HEADER: Final = 23
_INDEX_HEADER: Final = 8
_INDEX_NULLS: Final = 4  # bits for each column that an index may have
_TABLE_FILLFACTOR: Final = 100.0
_INDEX_FILLFACTOR: Final = 90.0

Widths = Mapping[str, Any]  # a row of TABLE_WIDTHS or INDEX_WIDTHS


def table_bloat(row: Widths, block_size: int) -> int | None:
    """In bytes; None where a column has no statistics, or none that we may see."""
    if row["known"] < row["columns"]:
        return None
    nulls = ceil(row["columns"] / 8) if row["nullable"] else 0
    row_bytes = _aligned(_ROW_HEADER + nulls) + _aligned(row["width"]) + _POINTER
    room = (block_size - _PAGE_HEADER) * (row["fillfactor"] or _TABLE_FILLFACTOR) / 100
    return _beyond(row, ceil(row["rows"] / max(1, room // row_bytes)), block_size)


def index_bloat(row: Widths, block_size: int) -> int | None:
    """As `table_bloat`."""
    if row["known"] < row["columns"]:
        return None
    header = _aligned(_INDEX_HEADER + (_INDEX_NULLS if row["nullable"] else 0))
    entry_bytes = header + _aligned(row["width"]) + _POINTER
    room = (block_size - _PAGE_HEADER - _INDEX_SPECIAL) * (row["fillfactor"] or _INDEX_FILLFACTOR) / 100
    return _beyond(row, 1 + ceil(row["rows"] / max(1, room // entry_bytes)), block_size)


def _beyond(row: Widths, needed_pages: int, block_size: int) -> int:
    pages: int = row["pages"]
    return max(0, pages - needed_pages) * block_size


def _aligned(size: float) -> int:
    return ceil(size / _ALIGNMENT) * _ALIGNMENT
