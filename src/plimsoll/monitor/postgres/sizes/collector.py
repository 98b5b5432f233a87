"""Sizes on disk and estimated bloat, at a slow pace: asking is what costs, and little changes in minutes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.looks import ask
from plimsoll.monitor.postgres.sizes.bloat import index_bloat, table_bloat
from plimsoll.monitor.postgres.sizes.known import KnownSizes
from plimsoll.monitor.postgres.sizes.sql import DATABASE, INDEX_WIDTHS, LARGEST, TABLE_WIDTHS

NAME: Final = "sizes"
SERIES_MAX: Final = 20
Row = Mapping[str, Any]


class SizesCollector:
    """Four questions a look. What is found is put into `known` for others.

    With 1,000 tables and 2,000 indexes a look costs the server 25 ms of CPU, most of it for the size of the database;
    at a look every quarter of an hour that is little with a hundred times as many, too.
    """

    name = NAME

    def __init__(
        self, link: DatabaseLink, period_s: float = 900.0, known: KnownSizes | None = None, budget_s: float = 15.0
    ) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self.known = known or KnownSizes()
        self._link = link

    async def collect(self) -> Observation:
        await self._link.server()
        database, no_database = await ask(self._link, "the size of the database", DATABASE)
        largest, no_largest = await self._largest()
        tables, no_tables = await ask(self._link, "statistics of columns", TABLE_WIDTHS)
        indexes, no_indexes = await ask(self._link, "statistics of indexed columns", INDEX_WIDTHS)
        block_size = database[0]["block_size"] if database else 8192
        bloat = {row["oid"]: table_bloat(row, block_size) for row in tables}
        of_indexes = {row["oid"]: index_bloat(row, block_size) for row in indexes}
        self.known.tables = {row["oid"]: size_of(row, block_size) for row in largest}
        self.known.bloat = {oid: size for oid, size in bloat.items() if size is not None}
        values = {SeriesKey.of("database_size_bytes"): row["bytes"] for row in database}
        values |= largest_values(largest, block_size) | bloat_values([*bloat.values(), *of_indexes.values()])
        refused = [note for note in (no_database, no_largest, no_tables, no_indexes) if note]
        return Observation(NAME, now().wall_s, values, notes=[*refused, *bloat_notes(list(bloat.values()))])

    async def close(self) -> None:
        """The link is another's."""

    async def _largest(self) -> tuple[Sequence[Row], str]:
        """Exact sizes; estimated ones where a lock came in between."""
        rows, refused = await ask(self._link, "exact sizes of tables", LARGEST, True)
        return (rows, refused) if not refused else ((await ask(self._link, "sizes", LARGEST, False))[0], refused)


def size_of(row: Row, block_size: int) -> int:
    """Of a table with its indexes and TOAST: as looked up, else of the pages that the last vacuum saw."""
    size: int = row["pages"] * block_size if row["bytes"] is None else row["bytes"]
    return size


def largest_values(rows: Sequence[Row], block_size: int) -> dict[SeriesKey, float]:
    largest = sorted(rows, key=lambda row: -size_of(row, block_size))[:SERIES_MAX]
    return {SeriesKey.of("table_size_bytes", table=row["name"]): size_of(row, block_size) for row in largest}


def bloat_values(estimates: Sequence[int | None]) -> dict[SeriesKey, float]:
    """The sum of what could be estimated; unknown where nothing could, although there is something."""
    known = [one for one in estimates if one is not None]
    return {} if estimates and not known else {SeriesKey.of("database_bloat_bytes"): sum(known)}


def bloat_notes(tables: Sequence[int | None]) -> list[str]:
    hidden = sum(one is None for one in tables)
    if not hidden:
        return []
    which = "tables" if hidden == len(tables) else f"{hidden} of {len(tables)} tables"
    why = "not all columns have statistics that this role may see"
    return [f"bloat of {which} is not estimated: {why}; ANALYZE them, or GRANT pg_read_all_data to the role"]
