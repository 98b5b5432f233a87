"""What a fill will come to, before it is done: bytes on disk and seconds, from a sample of its rows.

Disk is reckoned by PostgreSQL's page layout. Times were measured on the embedded server with two cores, for the schemas
in tests/data/schemas with 100 to 50,000 rows a table; another server differs, so we say "about".
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.pages import PAGE_BYTES
from plimsoll.core.schema import Column, PartitionScheme
from plimsoll.data.writing.fill import TableFill
from plimsoll.data.writing.staging import triable

SAMPLE_ROWS: Final = 500
USABLE_BYTES: Final = 8150  # of a page, without its header
ROW_OVERHEAD_BYTES: Final = 28  # tuple header 23, aligned to 24, and a line pointer of 4
ENTRY_OVERHEAD_BYTES: Final = 12  # of an index: header 8, pointer 4
INDEX_FULL: Final = 0.75  # of its pages: 0.9 where entries arrive in order, 0.6 where at random
FREE_SPACE_PAGES: Final = 3  # the map of a table of more than 4 pages
TOASTED_BYTES: Final = 2_000  # a wider row is compressed, to about half of it
TOAST_RATIO: Final = 0.55
_WIDTHS: Final[Mapping[str, int]] = {
    "bool": 1, "int2": 2, "int4": 4, "int8": 8, "float4": 4, "float8": 8, "money": 8, "date": 4, "time": 8,
    "timetz": 12, "timestamp": 8, "timestamptz": 8, "interval": 16, "uuid": 16, "inet": 7, "cidr": 7, "macaddr": 6,
    "macaddr8": 8, "point": 16, "box": 32, "lseg": 32, "circle": 24, "line": 24, "oid": 4,
}  # fmt: skip

TABLE_SECONDS: Final = 0.012
ROW_SECONDS: Final = 2.5e-6
VALUE_SECONDS: Final = 0.25e-6  # a column of a row, made and sent
BYTE_SECONDS: Final = 12e-9
INDEX_SECONDS: Final = 1.2e-6
KEY_SECONDS: Final = 1e-6  # a foreign key of a row, verified
TRIED_TABLE_SECONDS: Final = 0.1  # checks that only trying tells: probe, staging, further tries
TRIED_ROW_SECONDS: Final = 6e-6  # by way of a temporary table
TRY_SECONDS: Final = 12e-6  # each further one of a row
TRIES_USUAL: Final = 2.0  # where they were not measured


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of one table: what its rows and its indexes take on disk, and how long it takes to fill. Rough."""

    table: str
    rows: int
    bytes: int
    seconds: float


def estimate(fill: TableFill, tries: float | None = None) -> Estimate:
    """By making a few rows from all over the table; `tries` is how many more than one a row needs, where measured."""
    rows = fill.rows
    sampled = np.unique(np.linspace(0, max(rows - 1, 0), min(rows, SAMPLE_ROWS)).astype(np.int64))
    frame = fill.frame(sampled)
    widths = {column.name: _width(column, frame[column.name]) for column in _written(fill)} if rows else {}
    pages = _heap_pages(fill, sum(widths.values())) + sum(_index_pages(fill, widths))
    return Estimate(
        str(fill.table.name),
        rows,
        PAGE_BYTES * pages,
        _seconds(fill, sum(widths.values()), TRIES_USUAL if tries is None else tries),
    )


def _written(fill: TableFill) -> list[Column]:
    return [column for column in fill.table.columns if column.name in fill.columns]


def _width(column: Column, values: pl.Series) -> float:
    """Bytes that a value takes in a row, on average, NULLs among them."""
    known = values.drop_nulls()
    share = len(known) / max(len(values), 1)
    if column.type.kind == "enum":
        return 4 * share
    if column.type.kind == "base" and column.type.base in _WIDTHS:
        return _WIDTHS[column.type.base] * share
    texts = known.cast(pl.String, strict=False)
    length = float(texts.str.len_bytes().fill_null(16).mean() or 0)  # type: ignore[arg-type]  # of integers
    if column.type.kind == "base" and column.type.base == "numeric":
        return (5 + length / 2) * share
    return (length + (1 if length < 127 else 4)) * share


def _heap_pages(fill: TableFill, width: float) -> int:
    """Of the table, or of all its partitions; and one of TOAST's index where values may be long."""
    inside = width if width < TOASTED_BYTES else width * TOAST_RATIO
    row = ROW_OVERHEAD_BYTES + 8 * math.ceil((inside + len(fill.columns) / 2) / 8)  # half a column is padding
    pages = math.ceil(fill.rows * row / USABLE_BYTES) * (2 if fill.later else 1)  # what is set later is written twice
    toast = any(not _fixed(column) for column in fill.table.columns)
    each = toast + (FREE_SPACE_PAGES if pages > 4 * _parts(fill) else 0)
    return max(pages, min(fill.rows, _parts(fill))) + each * _parts(fill)


def _index_pages(fill: TableFill, widths: Mapping[str, float]) -> Iterator[int]:
    """Of each index: its first page, and those of its entries."""
    keys = [sum(widths.get(name or "", 16.0) for name in unique.columns) for unique in fill.table.uniques]
    for key in [*keys, *[12.0] * fill.table.plain_indexes]:
        entry = ENTRY_OVERHEAD_BYTES + 8 * math.ceil(key / 8)
        yield max(math.ceil(fill.rows * entry / (USABLE_BYTES * INDEX_FULL)), min(fill.rows, _parts(fill))) + _parts(
            fill
        )


def _seconds(fill: TableFill, width: float, tries: float) -> float:
    table = fill.table
    row = ROW_SECONDS + len(fill.columns) * VALUE_SECONDS + width * BYTE_SECONDS
    row += (len(table.uniques) + table.plain_indexes) * INDEX_SECONDS + len(table.foreign_keys) * KEY_SECONDS
    seconds = TABLE_SECONDS + fill.rows * row
    if triable(fill):
        seconds += TRIED_TABLE_SECONDS + fill.rows * (tries > 0) * (TRIED_ROW_SECONDS + tries * TRY_SECONDS)
    return seconds


def _fixed(column: Column) -> bool:
    return column.type.kind == "enum" or column.type.base in _WIDTHS


def _parts(fill: TableFill) -> int:
    """How many tables hold its rows."""
    return 1 if fill.table.partitioning is None else _leaves(fill.table.partitioning)


def _leaves(scheme: PartitionScheme) -> int:
    return max(1, sum(1 if part.scheme is None else _leaves(part.scheme) for part in scheme.partitions))
