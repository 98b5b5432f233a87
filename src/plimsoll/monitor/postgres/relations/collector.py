"""Tables and indexes: how they are scanned and written, what is dead in them, which indexes nobody uses."""

from collections.abc import Iterable
from typing import Final

import asyncpg

from plimsoll.core.details import document
from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.looks import RowsDifference, refused, rows_difference
from plimsoll.monitor.postgres.relations.counted import (
    RelationsLook,
    dead_values,
    index_rows,
    most_read,
    relations_look,
    share_values,
    table_rows,
    worked_events,
)
from plimsoll.monitor.postgres.relations.sql import INDEXES, NAMES, RELATIONS_MAX, RESET, TABLES
from plimsoll.monitor.postgres.sizes.known import KnownSizes

NAME: Final = "relations"
SHOWN_MAX: Final = 100
SERIES_TOP: Final = 10
SERIES_MAX: Final = 20
NAMES_FOR_S: Final = 900.0  # then names are read anew, as tables may have been renamed


class RelationsCollector:
    """Three questions a look, and one for the names of what is new.

    With 1,000 tables and 2,000 indexes a look costs the server 8 ms and us 10 ms of CPU: each less than 0.02 % of a
    core at a look a minute.
    """

    name = NAME

    def __init__(
        self, link: DatabaseLink, period_s: float = 60.0, sizes: KnownSizes | None = None, budget_s: float = 10.0
    ) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self._link = link
        self._sizes = sizes or KnownSizes()
        self._last: RelationsLook | None = None
        self._names: dict[int, str] = {}
        self._named_s = 0.0
        self._shown: list[int] = []

    async def collect(self) -> Observation:
        try:
            look = await self._look()
            await self._name([*look.table_states, *look.index_states], look.tables.steady_s)
        except asyncpg.PostgresError as error:
            return Observation(NAME, now().wall_s, notes=[refused(self._link, "tables and indexes", error)])
        before, self._last = self._last, look
        tables = rows_difference(before.tables if before else None, look.tables, self.period_s)
        indexes = rows_difference(before.indexes if before else None, look.indexes, self.period_s)
        return self._seen(look, tables, indexes)

    async def close(self) -> None:
        """The link is another's."""

    async def _look(self) -> RelationsLook:
        server = await self._link.server()
        (reset,) = await self._link.fetch(RESET)
        tables = await self._link.fetch(TABLES)
        steady_s = now().steady_s
        indexes = await self._link.fetch(INDEXES)
        epoch = (server.started_at, reset["reset_at"])
        return relations_look(steady_s, epoch, tables, indexes, reset["block_size"], reset["reset_s"])

    async def _name(self, oids: Iterable[int], steady_s: float) -> None:
        if steady_s - self._named_s > NAMES_FOR_S:
            self._names, self._named_s = {}, steady_s
        unknown = [oid for oid in oids if oid not in self._names]
        if unknown:
            self._names |= {row["oid"]: row["name"] for row in await self._link.fetch(NAMES, unknown)}

    def _seen(
        self, look: RelationsLook, tables: RowsDifference[int] | None, indexes: RowsDifference[int] | None
    ) -> Observation:
        at_s = now().wall_s
        values = dead_values(look.table_states) | share_values(tables, indexes)
        most = max(len(look.table_states), len(look.index_states))
        notes = [f"there are more tables or indexes than are looked at: the {most:,} largest are"]
        notes = notes if most >= RELATIONS_MAX else []
        if tables is None or indexes is None:
            return Observation(NAME, at_s, values, notes=notes)
        events = worked_events(tables, look.table_states, self._names, at_s, NAME)
        details = {
            "tables": document(
                table_rows(look, tables, indexes, self._names, self._sizes, SHOWN_MAX),
                left_out=max(0, len(look.table_states) - SHOWN_MAX),
                seconds=tables.seconds,
            ),
            "indexes": document(
                index_rows(look, indexes, self._names, SHOWN_MAX),
                left_out=max(0, len(look.index_states) - SHOWN_MAX),
                seconds=indexes.seconds,
                counted_from_s=look.counted_from_s,
            ),
        }
        return Observation(NAME, at_s, values | self._series(look, tables), details, events, notes)

    def _series(self, look: RelationsLook, tables: RowsDifference[int]) -> dict[SeriesKey, float]:
        there = [oid for oid in self._shown if oid in look.table_states]
        self._shown = most_read(tables, there, top=SERIES_TOP, most=SERIES_MAX)
        return {
            SeriesKey.of("table_sequential_rows_per_s", table=self._names[oid]): rows[1] / tables.seconds
            for oid in self._shown
            for rows in [tables.rows.get(oid, (0, 0))]
            if oid in self._names
        }
