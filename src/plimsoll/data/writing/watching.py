"""Who watches a fill: called between batches on the event loop, so every method must be quick and must not raise."""

from collections.abc import Sequence
from typing import Protocol


class Watch(Protocol):
    """Is told how a fill goes on."""

    def begin(self, tables: Sequence[tuple[str, int]]) -> None:
        """The tables to be filled, in order, with their numbers of rows."""

    def rows(self, table: str, done: int) -> None:
        """So many rows of a table have been sent; after a table is begun anew it may be fewer than before."""

    def phase(self, text: str) -> None:
        """What is done now, or a warning, in a few words."""
