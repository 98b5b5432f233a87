"""Who waits for whose lock, looked up where somebody does."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from plimsoll.core.details import SQL_CHARACTERS_MAX
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.locks.reading import Waits, pids_in, read_waits
from plimsoll.monitor.postgres.locks.sql import PARTIES, PREPARED, WAITERS_MAX, WAITING, WAITING_UNNAMED

PREPARED_MAX = 200


async def look_at_locks(link: DatabaseLink) -> Waits:
    """Raises the driver's PostgresError where the server refuses, CollectorLostError where it is lost."""
    waiting = await _waiting(link)
    if not waiting:
        return Waits()
    parties = await link.fetch(PARTIES, pids_in(waiting), SQL_CHARACTERS_MAX)
    behind_prepared = any(0 in row["blockers"] for row in waiting)
    prepared = await link.fetch(PREPARED, PREPARED_MAX) if behind_prepared else ()
    return read_waits(waiting, parties, prepared)


async def _waiting(link: DatabaseLink) -> Sequence[Mapping[str, Any]]:
    """The catalogs that know the names of tables may be what is locked."""
    try:
        return await link.fetch(WAITING, WAITERS_MAX)
    except asyncpg.LockNotAvailableError:
        return await link.fetch(WAITING_UNNAMED, WAITERS_MAX)
