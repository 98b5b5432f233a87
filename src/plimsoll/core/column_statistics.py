"""What the planner knows of a table's columns: shares of frequent values, a histogram, how rows are ordered.

Read from pg_stats by `plimsoll.postgres.column_statistics`. All shares are of all rows, NULLs among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """Of one column.

    `distinct` is as PostgreSQL has n_distinct: a number of different values, or, below 0, minus their share of all
    rows; 0 is unknown. `frequent` are the commonest values as PostgreSQL's text, commonest first, `frequent_shares`
    their shares. `bounds` divide the values that are not among them into parts of equal size, in rising order. Both are
    empty where they were not read: `withheld`. `correlation` is that of value and place in the table, from -1 to 1.
    `magnitude` is the power of ten of the middle one of numbers that were withheld, where it tells of nobody.
    `width` is the mean of its values in bytes.
    """

    null_share: float = 0.0
    distinct: float = 0.0
    frequent_shares: tuple[float, ...] = ()
    frequent: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    correlation: float = 0.0
    withheld: bool = False
    magnitude: int | None = None
    width: int = 0

    def distinct_of(self, rows: int) -> int:
        """How many different values so many rows have; at least one, and as many as are frequent."""
        stated = -self.distinct * rows if self.distinct < 0 else self.distinct or rows
        return max(1, len(self.frequent_shares), min(round(stated), rows))


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """Of a table. `rows` is the planner's estimate; None: the table was never analyzed, and nothing is known."""

    rows: int | None = None
    columns: Mapping[str, ColumnStatistics] = field(default_factory=dict)
