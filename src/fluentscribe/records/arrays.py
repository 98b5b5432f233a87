"""Rows as arrays of texts, a column each: what a driver sends without asking the server about types."""

from collections.abc import Iterator, Sequence
from typing import Any


def columns_of_text(rows: Sequence[tuple[Any, ...]]) -> Iterator[list[str | None]]:
    """Texts, numbers and truth values as the database reads them, None as NULL."""
    for column in zip(*rows, strict=True):
        yield [value if value is None or isinstance(value, str) else str(value) for value in column]
