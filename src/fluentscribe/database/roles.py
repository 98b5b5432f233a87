"""Whether the role that a DSN names may do the work: nobody serves past row security, nobody waits for unseen jobs."""

from typing import Any

import asyncpg

from fluentscribe.database.migrating import APP, WORKER

START_TIMEOUT_S = 3.0
ROLE = """
SELECT rolname, rolsuper OR rolbypassrls AS passes,
    EXISTS (SELECT FROM pg_roles w WHERE w.rolname = $1 AND pg_has_role(w.oid, 'USAGE')) AS works
FROM pg_roles WHERE rolname = current_user
"""
_UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class WrongRole(Exception):
    """The DSN's role must not be used for this. `why` is a clause, `wanted` the role that is meant for it."""

    def __init__(self, why: str, wanted: str) -> None:
        super().__init__(f"{why}; connect as {wanted}")
        self.why, self.wanted = why, wanted


async def check_role(connection: Any, wanted: str) -> None:
    """Raises WrongRole where the role that is connected may not do the work of the one that is wanted."""
    row = await connection.fetchrow(ROLE, WORKER)
    judge(row["rolname"], wanted, passes=row["passes"], works=row["works"])


def judge(role: str, wanted: str, *, passes: bool, works: bool) -> None:
    """`passes`: no policy binds it; `works`: it is a worker's. Raises WrongRole."""
    if passes:
        raise WrongRole(f"the role {role} passes row-level security and would show everybody all rows", wanted)
    if wanted == WORKER and not works:
        raise WrongRole(f"the role {role} does not see the jobs of all organizations", wanted)


async def check_role_of(dsn: str, wanted: str = APP) -> None:
    """As `check_role`, once; a database that cannot be reached yet is asked later, by whoever uses it."""
    try:
        connection = await asyncpg.connect(dsn, timeout=START_TIMEOUT_S, command_timeout=START_TIMEOUT_S)
    except _UNREACHABLE:
        return
    try:
        await check_role(connection, wanted)
    except TimeoutError:
        return
    finally:
        connection.terminate()
