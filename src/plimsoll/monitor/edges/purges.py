"""The outbox of purges: what waits for each provider, since when, and what was refused."""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg

from plimsoll.core.details import document
from plimsoll.core.edge_figures import PurgeRow
from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.settings.masking import mask

NAME: Final = "purges"
# Whether there is anything to read: asked of the catalog, so that the server's log has no error of ours.
_MAY: Final = """
SELECT has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE') AS may
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = 'backlog' AND n.nspname = 'plimsoll_edge' AND p.pronargs = 0
"""
_READ: Final = (
    "SELECT provider, waiting, leased, parked, oldest_s, tries, resume_s, trouble, read_s FROM plimsoll_edge.backlog()"
)


def _told(row: asyncpg.Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "read_s"}


class PurgesCollector:
    """Two small questions a look. Where there is no outbox there is nothing to see, which alarms nobody: the document
    then has `missing`, why, and `remedy`; `read_s` is how long ago the changelog was read for purges."""

    name = NAME

    def __init__(self, link: DatabaseLink, period_s: float = 10.0, budget_s: float = 5.0) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self._link = link

    async def collect(self) -> Observation:
        missing = await self._missing()
        if missing is not None:
            return Observation(NAME, now().wall_s, details={NAME: document([], read_s=None, **missing)})
        try:
            found = await self._link.fetch(_READ)
        except asyncpg.PostgresError as error:
            why = " ".join(str(error).split())
            raise CollectorLostError(f"the outbox cannot be read: {why}", remedy="plimsoll edge install") from None
        rows = [PurgeRow(**{**one, "trouble": mask(one["trouble"])}) for one in map(_told, found)]
        read_s = found[0]["read_s"] if found else None
        values: dict[SeriesKey, float | None] = {SeriesKey.of("edge_changelog_read_s"): read_s}
        for row in rows:
            told = {"purges_waiting": row.waiting, "purges_parked": row.parked, "purge_lag_s": row.oldest_s or 0.0}
            values |= {SeriesKey.of(f"edge_{name}", provider=row.provider): float(n) for name, n in told.items()}
        known = {key: value for key, value in values.items() if value is not None}
        return Observation(NAME, now().wall_s, known, {NAME: document(rows, read_s=read_s)})

    async def close(self) -> None:
        """The link is another's."""

    async def _missing(self) -> Mapping[str, Any] | None:
        """Why nothing can be seen here, and what would mend it."""
        may = await self._link.ask(_MAY)
        if not may:
            return {"missing": "no purges are kept in this database", "remedy": "plimsoll edge install"}
        if not may[0]["may"]:
            role = (await self._link.server()).role
            remedy = f"plimsoll edge install --invalidator {role}"
            return {"missing": "this role may not see the outbox of purges", "remedy": remedy}
        return None
