"""Looks at groups of counters, each compared with the one before it; questions that a server may refuse. Shared by the
collectors of one database."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import asyncpg

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.counters import Difference, Look, difference
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.losses import refused_in_words

K = TypeVar("K", bound=Hashable)
Row = tuple[Any, ...]


class Looks:
    """The last look at each group of counters: groups are reset apart from each other."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._last: dict[str, Look[str]] = {}

    def next(
        self, group: str, steady_s: float, counters: Mapping[str, float | None], epoch: Hashable
    ) -> Difference[str]:
        """What was counted since the last look; nothing where that is not known. A counter may be None: unknown."""
        look = Look(steady_s, {name: float(value) for name, value in counters.items() if value is not None}, epoch)
        before, self._last[group] = self._last.get(group), look
        return difference(before, look, self._period_s) or Difference(1.0, {})


def rates(found: Difference[str], series: Mapping[str, SeriesKey]) -> dict[SeriesKey, float]:
    """Of each counter that has a series, where it is known."""
    known = {key: found.per_s(counter) for counter, key in series.items()}
    return {key: rate for key, rate in known.items() if rate is not None}


@dataclass(frozen=True, slots=True)
class RowsLook(Generic[K]):
    """Many rows of the same counters at one moment; compact, as there may be thousands."""

    steady_s: float
    rows: Mapping[K, Row]
    epoch: Hashable = None


@dataclass(frozen=True, slots=True)
class RowsDifference(Generic[K]):
    """What each row counted between two looks; only rows that counted something."""

    seconds: float
    rows: Mapping[K, Row]


def rows_difference(
    before: RowsLook[K] | None, after: RowsLook[K], period_s: float, is_new: Callable[[K], bool] = lambda key: True
) -> RowsDifference[K] | None:
    """None where there is nothing to compare with, as with `counters.difference`.

    A row of which a counter went back began anew in between: what it has counts as a whole. So does one that the first
    look lacks, if it `is_new`: made in between, and not overlooked.
    """
    was: Look[K] | None = None if before is None else Look(before.steady_s, {}, before.epoch)
    between = difference(was, Look(after.steady_s, {}, after.epoch), period_s)
    if before is None or between is None:
        return None
    counted = {
        key: _counted(before.rows.get(key), row) for key, row in after.rows.items() if row != before.rows.get(key)
    }
    return RowsDifference(
        between.seconds, {key: row for key, row in counted.items() if key in before.rows or is_new(key)}
    )


def _counted(before: Row | None, after: Row) -> Row:
    if before is None:
        return after
    found = tuple(new - old for new, old in zip(after, before, strict=True))
    return after if min(found) < 0 else found


async def ask(link: DatabaseLink, what: str, sql: str, *arguments: Any) -> tuple[Sequence[asyncpg.Record], str]:
    """Rows, or none and a note of why the server gave none. Raises CollectorLostError."""
    try:
        return await link.fetch(sql, *arguments), ""
    except asyncpg.PostgresError as error:
        return (), refused(link, what, error)


def refused(link: DatabaseLink, what: str, error: asyncpg.PostgresError) -> str:
    """A note of what could not be seen."""
    return f"{what} could not be read: {refused_in_words(error, link.timeout_s)}"
