"""The database's connections as they are: told by a monitor that watches it, or read every few seconds over one of our
own, so that the budget is a true one.

The driver is imported where it is used: who names no database has a smaller supervisor.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.scale.policy.limits import ConnectionBudget
from plimsoll.scale.serving.elsewhere import Elsewhere

if TYPE_CHECKING:
    from plimsoll.postgres.dsn import Target

EVERY_S: Final = 2.0
ITSELF: Final = "itself"
ANSWER_S_MAX: Final = 5.0
AGAIN_S_MAX: Final = 30.0
# Whoever may see no more of others' connections than that they are there sees their user all the same. Processes of the
# server have no user, and walsenders are no part of max_connections.
QUERY: Final = """
SELECT pg_catalog.current_setting('max_connections')::int,
  pg_catalog.current_setting('superuser_reserved_connections')::int
    + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int,
  CASE WHEN r.rolsuper OR r.rolconnlimit < 0 THEN NULL ELSE r.rolconnlimit END,
  NULLIF(d.datconnlimit, -1), a.clients, a.same, session_user::text, pg_catalog.current_database()::text
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d, (
  SELECT pg_catalog.count(*)::int AS clients,
    (pg_catalog.count(*) FILTER (WHERE usename = session_user AND datname = pg_catalog.current_database()
      AND pid <> pg_catalog.pg_backend_pid()))::int AS same
  FROM pg_catalog.pg_stat_activity
  WHERE CASE WHEN backend_type IS NULL THEN usesysid IS NOT NULL ELSE backend_type = 'client backend' END) a
WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()
"""


class Seen(NamedTuple):
    """`clients` are all connections, ours that asks among them; `same` those of the workers' user at their database."""

    connections_max: int
    reserved: int
    clients: int
    same: int


def seen(most: int, reserved: int, role: int | None, database: int | None, clients: int, same: int) -> Seen:
    """A limit of the role or the database is one of the server for whoever is bound by it. `clients` are then counted
    whole, which may take too many for others', never too few."""
    narrowest = min([most - reserved, *(limit for limit in (role, database) if limit is not None)])
    return Seen(narrowest + reserved, reserved, clients, same)


def leaving(wanted: int, processes: int) -> int:
    """Workers that still end, beyond the one whose place the budget keeps while a worker is replaced."""
    return max(0, processes - wanted - 1)


def others(found: Seen | None, budget: ConnectionBudget, wanted: int, processes: int) -> float | None:
    """Connections that count against the workers that are wanted: other programs', and pools of workers that still end.

    Up to what the budget gives to workers, connections of their user are taken for theirs; so what a killed worker has
    left behind, which the server ends at its next word, takes nobody's place twice.
    """
    ending = leaving(wanted, processes)
    if found is None:
        return ending * budget.pool if ending else None
    allotted = max(wanted, processes) * budget.pool + budget.spare
    return max(0, found.clients - min(found.same, allotted)) + ending * budget.pool


def budgeted(found: Seen, pool: int) -> ConnectionBudget:
    """Raises UsageError where there is room for no worker."""
    return ConnectionBudget(found.connections_max, pool, found.reserved)


class Connections:
    """`seen` is what was read last, however long ago: a budget does not grow because nobody looks.

    Where `elsewhere` tells of the same server's connections they are taken from there, and the database is not asked.
    What it does not tell, limits of the role and who it is, was read at the beginning.
    """

    def __init__(
        self, target: "Target", say: Callable[[str], None] = lambda _: None, elsewhere: Elsewhere | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.seen: Seen | None = None
        self.where = target.display
        self.measured_by = ITSELF
        self._target, self._say, self._elsewhere, self._clock = target, say, elsewhere, clock
        self._usable = 0  # that all ordinary roles have together
        self._who = ("", "")  # role and database
        self.trouble = ""  # why they are not known now
        self._connection: Any = None

    async def begin(self) -> Seen:
        """The first look. Raises RefusedError where the database cannot be asked, UsageError where it is a pooler."""
        from plimsoll.postgres.connecting import connect
        from plimsoll.postgres.pooler import is_pooled, pooler_hint

        self._let_go()
        self._connection = await connect(replace(self._target, application_name="plimsoll serve"), prepared=True)
        try:
            if pooler_hint(self._target) or await is_pooled(self._connection):
                raise UsageError(
                    "a pooler does not tell of the server's connections", where=self.where,
                    why="how many a worker has there is not how many the server has",
                    remedy="--database with the server's own address; or without it, for the pooler bounds them",
                )  # fmt: skip
            return await self._look()
        except BaseException:
            self._let_go()
            raise

    async def forever(self, every_s: float = EVERY_S) -> None:
        """Ends by cancelling."""
        wait_s = every_s
        try:
            while True:
                await asyncio.sleep(wait_s)
                wait_s = every_s if await self._looked() else min(AGAIN_S_MAX, wait_s * 2)
        finally:
            self._let_go()

    async def _looked(self) -> bool:
        if self.hear():
            self._let_go()
            self.trouble = ""
            return True
        try:
            await (self.begin() if self._connection is None else self._look())
        except PlimsollError as error:
            self._let_go()
            if not self.trouble:
                self._say(f"the database's connections are not known, and the last that were count on: {error}")
            self.trouble = str(error)
            return False
        if self.trouble:
            self._say("the database's connections are known again")
        self.trouble = ""
        return True

    def hear(self) -> bool:
        """Whether a monitor tells of this server's connections; then they are `seen`."""
        return self._elsewhere is not None and self._told(self._elsewhere)

    def _told(self, elsewhere: Elsewhere) -> bool:
        clients, why = elsewhere.clients_at(self._clock()), elsewhere.missing.get("clients", "")
        if clients is not None and clients.usable != self._usable:
            why = f"it watches a server with {clients.usable} connections, and this one has {self._usable}"
        elif clients is not None and self.seen is not None:
            self.seen = self.seen._replace(clients=clients.all, same=clients.by_role.get(self._who, 0))
            self._measured(elsewhere.where, f"the database's connections are read from {elsewhere.where}")
            return True
        said = f"the database is asked for its connections itself: {why or f'{elsewhere.where} does not tell of them'}"
        self._measured(ITSELF, said)
        return False

    def _measured(self, by: str, said: str) -> None:
        before, self.measured_by = self.measured_by, by
        if by != before:
            self._say(said)

    async def _look(self) -> Seen:
        from plimsoll.postgres.error_classes import FOREIGN

        try:
            row = await self._connection.fetchrow(QUERY, timeout=ANSWER_S_MAX)
        except FOREIGN as error:
            why = self._target.mask(str(error) or type(error).__name__)
            raise RefusedError("the database does not tell of its connections", where=self.where, why=why) from None
        most, reserved, role_most, database_most, clients, same, *who = row
        self._usable, self._who = most - reserved, (who[0], who[1])
        self.seen = seen(most, reserved, role_most, database_most, clients, same)
        return self.seen

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
