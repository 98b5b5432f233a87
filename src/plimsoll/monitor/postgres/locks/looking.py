"""Who waits for whose lock, looked up where somebody does."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from plimsoll.core.details import SQL_CHARACTERS_MAX
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.locks.reading import Waits, read_waits, without_contradictions
from plimsoll.monitor.postgres.locks.sql import PREPARED, WAITERS_MAX, WAITING, WAITING_UNNAMED

PREPARED_MAX = 200


async def look_at_locks(link: DatabaseLink) -> Waits:
    """Raises the driver's PostgresError where the server refuses, CollectorLostError where it is lost."""
    waiting, parties = await _waiting(link)
    waiting = without_contradictions(waiting, parties)
    if not waiting:
        return Waits()
    behind_prepared = any(0 in row["blockers"] for row in waiting)
    prepared = await link.fetch(PREPARED, PREPARED_MAX) if behind_prepared else ()
    return read_waits(waiting, parties, prepared)


Rows = Sequence[Mapping[str, Any]]


async def _waiting(link: DatabaseLink) -> tuple[Rows, Rows]:
    """Who waits, and who they and their blockers are. The catalogs that know the names of tables may be locked."""
    try:
        (row,) = await link.fetch(WAITING, WAITERS_MAX, SQL_CHARACTERS_MAX)
    except asyncpg.LockNotAvailableError:
        (row,) = await link.fetch(WAITING_UNNAMED, WAITERS_MAX, SQL_CHARACTERS_MAX)
    return json.loads(row["waiting"] or "[]"), json.loads(row["parties"] or "[]")
