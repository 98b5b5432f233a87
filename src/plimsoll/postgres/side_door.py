"""Connections to a server by another database than the one that is to be copied: that must be empty of sessions."""

from dataclasses import replace

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.standing import SIDE_DOORS


async def side_door(target: Target) -> asyncpg.Connection:
    """One without a time limit on statements. Raises RefusedError as `connect`."""
    doors = [door for door in SIDE_DOORS if door != target.database]
    for door in doors:
        try:
            connection = await connect(replace(target, database=door), prepared=False)
        except RefusedError:
            if door == doors[-1]:
                raise
            continue
        await connection.execute("SET statement_timeout = 0")
        return connection
    raise AssertionError("there are two side doors")
