"""Sessions of a server: how many, what they do, how long already, and who waits for whom."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from plimsoll.core.details import ROWS_MAX, document
from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, CollectorOffError, now
from plimsoll.monitor.postgres.link import DatabaseLink, DatabaseLostError
from plimsoll.monitor.postgres.locks.looking import look_at_locks
from plimsoll.monitor.postgres.locks.reading import Waits, lock_rows, lock_values
from plimsoll.monitor.postgres.losses import refused_in_words
from plimsoll.monitor.postgres.sessions.reading import (
    RESTARTS,
    notes_of,
    restart_of,
    restart_values,
    session_rows,
    values_of,
)
from plimsoll.monitor.postgres.sessions.sql import DETAIL, SUMMARY

BUDGET_S: Final = 8.0  # a connection and one question that runs into its time


class SessionsCollector:
    """One question where nothing happens; one more for sessions that do something, and more where somebody waits."""

    def __init__(self, link: DatabaseLink, period_s: float, *, name: str = "sessions") -> None:
        self.name = name
        self.period_s = period_s
        self.budget_s = BUDGET_S
        self._link = link
        self._began: tuple[float, float] | None = None

    async def collect(self) -> Observation:
        try:
            return await self._look()
        except CollectorOffError:
            self._began = None  # it was meant to be down: its next start is nothing to tell of
            raise
        except CollectorLostError as error:
            seen = Observation(self.name, now().wall_s, _values_of_lost(error))
            raise CollectorLostError(str(error), seen, error.remedy) from None

    async def _look(self) -> Observation:
        server = await self._link.server()
        answer_ms = await self._link.answer_ms()
        at_s = now().wall_s
        row = (await self._link.ask(SUMMARY))[0]
        waits, refused = await self._locks(row)
        rows = lock_rows(waits)
        seen = await self._link.ask(DETAIL, ROWS_MAX) if _working(row) or row["hidden"] else ()
        sessions = session_rows(seen, waits.blocked_by)
        values = {
            SeriesKey("database_up"): 1.0,
            SeriesKey("database_answer_ms"): answer_ms,
            **values_of(row, sees_all=server.sees_all),
        }
        before, self._began = self._began, (row["started_at"], row["anew_at"])
        restart = restart_of(before, self._began)
        values |= restart_values(before, restart)
        if not refused:
            values |= lock_values(rows, max(row["waiting"], len(waits.wanted)))
        elif not row["hidden"]:
            values[SeriesKey("database_blocked_sessions")] = float(row["waiting"])
        return Observation(
            source=self.name,
            at_s=at_s,
            values=values,
            details={
                "sessions": document(sessions, left_out=max(0, _working(row) - len(sessions))),
                "locks": document(rows, left_out=max(0, row["waiting"] - len(waits.wanted))),
            },
            events=(Event(at_s, "restart", RESTARTS[restart], self.name),) if restart else (),
            notes=(*notes_of(row, server), *refused),
        )

    async def close(self) -> None:
        await self._link.close()

    async def _locks(self, row: Mapping[str, Any]) -> tuple[Waits, tuple[str, ...]]:
        """Who hides that he waits hides it in pg_stat_activity only: then pg_locks is asked each time."""
        if not (row["waiting"] or row["hidden"]):
            return Waits(), ()
        try:
            return await look_at_locks(self._link), ()
        except asyncpg.PostgresError as error:
            return Waits(), (f"locks are not seen: {refused_in_words(error, self._link.timeout_s)}",)


def _working(row: Mapping[str, Any]) -> int:
    return int(row["connections"] - row["idle"] - row["hidden"])


def _values_of_lost(error: CollectorLostError) -> dict[SeriesKey, float]:
    """A server that has no connection left for us tells just that."""
    values = {SeriesKey("database_up"): 0.0}
    if isinstance(error, DatabaseLostError) and error.full:
        values[SeriesKey("database_connections_used_percent")] = 100.0
    return values
