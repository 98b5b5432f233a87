"""Where the partitions of a table by time begin and end. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.schema import Column
from plimsoll.core.sql.values import ordering_of

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: Final[tuple[Unit, ...]] = ("day", "week", "month", "quarter", "year")
DAYS: Final = {"day": 1.0, "week": 7.0, "month": 30.44, "quarter": 91.3, "year": 365.25}
# Between now and the first new partition: building an index on a large table takes hours, and may be put off.
LEAD: Final = timedelta(days=7)
AHEAD: Final = 4  # partitions that are made beforehand
PARTITIONS_MAX: Final = 120  # planning looks at each
_TYPES: Final = {"date": "date", "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """`first` ends what is there already; then one partition from each of `starts` to the next. `zoned`: days are
    those of UTC, since the column has a time zone, and sessions have several."""

    unit: Unit
    starts: tuple[date, ...]
    zoned: bool = False

    @property
    def first(self) -> date:
        return self.starts[0]

    def text(self, day: date) -> str:
        """As SQL."""
        return f"'{day:%Y-%m-%d} 00:00:00+00'" if self.zoned else f"'{day:%Y-%m-%d}'"

    def pairs(self) -> list[tuple[date, date]]:
        return list(zip(self.starts, self.starts[1:], strict=False))


@dataclass(frozen=True, slots=True)
class Span:
    """Of the values of a column."""

    start: date
    end: date

    @property
    def days(self) -> float:
        return max(1.0, float((self.end - self.start).days))


def is_time(column: Column) -> bool:
    return column.type.base in _TYPES and column.type.kind == "base"


def span_of(column: Column, known: ColumnStatistics) -> Span | None:
    """From the least to the greatest value that the planner's statistics show."""
    read = ordering_of(_TYPES[column.type.base])
    if read is None:
        return None
    try:
        values = [read(text) for text in (*known.bounds[:1], *known.bounds[-1:], *known.frequent)]
    except ValueError:
        return None  # infinity, or before Christ
    days = [value.date() if isinstance(value, datetime) else value for value in values]
    return Span(min(days), max(days)) if len(days) > 1 else None


def unit_of(span: Span, rows: int, rows_min: int) -> Unit:
    """The smallest in which a partition has so many rows, without too many partitions."""
    per_day = rows / span.days
    fitting: Sequence[Unit] = [
        unit for unit in UNITS if per_day * DAYS[unit] >= rows_min and span.days / DAYS[unit] <= PARTITIONS_MAX
    ]
    return fitting[0] if fitting else "year"


def bounds_of(column: Column, span: Span, unit: Unit, today: date) -> Bounds:
    """From the first beginning that nothing that is there, or comes meanwhile, is behind."""
    starts = [after(max(span.end, today) + LEAD, unit)]
    while len(starts) <= AHEAD:
        starts.append(after(starts[-1], unit))
    return Bounds(unit, tuple(starts), zoned=column.type.base == "timestamptz")


def after(day: date, unit: Unit) -> date:
    """The next beginning of a unit."""
    if unit == "day":
        return day + timedelta(days=1)
    if unit == "week":
        return day + timedelta(days=7 - day.weekday())
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    whole = (day.year * 12 + day.month - 1) // months * months + months
    return date(whole // 12, whole % 12 + 1, 1)
