"""Dropping a copy on a server of others; as a program, what the guardian starts when its maker is gone.

`python -m plimsoll.tune.cloning.dropping`, with what `order` makes on its input.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.side_door import side_door
from plimsoll.settings.masking import Secret
from plimsoll.tune.cloning.names import mark_of


def statements(name: str) -> list[str]:
    """SQL that takes a copy away: whoever is just making it is ended first, for it would be there afterwards."""
    return [
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{mark_of(name)}'",
        f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE)",
    ]


async def drop(server: Target, name: str, roles: Sequence[str] = ()) -> bool:
    """Whether it is gone. Roles that were made for it go too, unless somebody else uses them by now."""
    try:
        connection = await side_door(server)
        try:
            for statement in statements(name):
                await connection.execute(statement)
            await drop_roles(connection, roles)
        finally:
            connection.terminate()
    except (RefusedError, *FOREIGN):
        return False
    return True


async def drop_roles(connection: asyncpg.Connection, roles: Sequence[str]) -> None:
    for role in roles:
        with suppress(asyncpg.DependentObjectsStillExistError):
            await connection.execute(f"DROP ROLE IF EXISTS {quote_identifier(role)}")


def order(server: Target, name: str, roles: Sequence[str]) -> str:
    """For this program, with the password in it: not for eyes."""
    fields = asdict(server) | {"password": server.password.reveal() if server.password else None}
    return json.dumps({"server": fields, "name": name, "roles": list(roles)})


def read_order(text: str) -> tuple[Target, str, list[str]]:
    """What `order` made."""
    found = json.loads(text)
    fields = found["server"]
    endpoints = tuple((host, port) for host, port in fields["endpoints"])
    password = Secret(fields["password"]) if fields["password"] else None
    server = Target(**(fields | {"endpoints": endpoints, "password": password, "notes": tuple(fields["notes"])}))
    return server, found["name"], found["roles"]


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(drop(*read_order(sys.stdin.read()))) else 1)
