"""A database on a server of others that goes away with us, however we end."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from plimsoll.core.identifiers import quote_identifier
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.side_door import side_door
from plimsoll.tune.cloning import dropping
from plimsoll.tune.cloning.guarding import Guarding
from plimsoll.tune.cloning.names import PATTERN, clone_name, maker_of, mark_of
from plimsoll.tune.cloning.processes import is_gone, this_process
from plimsoll.tune.cloning.wish import Say

_NUMBERS: Final = itertools.count(1)
_LEFTOVERS: Final = """
SELECT d.datname::text AS name, shobj_description(d.oid, 'pg_database') AS comment
FROM pg_database d WHERE d.datname ~ $1
"""


@dataclass(slots=True)
class Temporary:
    """`admin` is connected to another database of the server, which `door` leads to; `name` is ours to create, and
    `roles` are made for it."""

    admin: asyncpg.Connection
    door: Target
    name: str
    guarding: Guarding
    roles: Sequence[str] = ()

    def will_drop(self, roles: Sequence[str] = ()) -> None:
        """From now on the database goes, and roles that were made for it. Said before they are made."""
        self.roles = roles
        self.guarding.order(dropping.__name__, dropping.order(self.door, self.name, roles))

    async def describe(self, database: str) -> None:
        """Says in the server what it is, for people and for whoever finds it left over."""
        about = {"what": "a copy that Plimsoll tunes on", "of": database, "from": socket.gethostname()}
        text = json.dumps(about | {"roles": list(self.roles)}, ensure_ascii=False).replace("'", "''")
        with suppress(asyncpg.PostgresError):  # it is known by its name
            await self.admin.execute(f"COMMENT ON DATABASE {quote_identifier(self.name)} IS E'{_escaped(text)}'")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")


@asynccontextmanager
async def temporary(server: Target, database: str, say: Say) -> AsyncIterator[Temporary]:
    """A name for a copy of `database`, and what sees to it that the copy goes. Raises RefusedError."""
    admin = await side_door(server)
    try:
        door = replace(server, database=await admin.fetchval("SELECT current_database()::text"))
        await _drop_leftovers(admin, say)
        one = Temporary(admin, door, clone_name(database, this_process(), next(_NUMBERS)), Guarding())
    except BaseException:
        admin.terminate()
        raise
    try:
        await admin.execute(f"SET application_name = '{mark_of(one.name)}'")
        one.will_drop()
        yield one
    finally:
        await _dropped(one, say)


async def _dropped(one: Temporary, say: Say) -> None:
    """By ourselves, on a connection of its own: the other may be in the middle of something. What we cannot do the
    guardian tries once more."""
    one.admin.terminate()
    going = asyncio.ensure_future(dropping.drop(one.door, one.name, one.roles))
    try:
        await asyncio.shield(going)
    finally:
        if await going:
            one.guarding.let_go()
        else:
            one.guarding.leave_it_to_it()
            say(f"the copy {one.name} could not be dropped at once; it is tried again, and by the next tuning")


def roles_in(comment: str | None) -> list[str]:
    """What a copy's description says of roles; none where it is another's."""
    try:
        found = json.loads(comment or "{}").get("roles", [])
    except (ValueError, AttributeError):
        return []
    return [role for role in found if isinstance(role, str)] if isinstance(found, list) else []


async def _drop_leftovers(admin: asyncpg.Connection, say: Say) -> None:
    """Copies of processes of this machine that are no more, unless somebody is connected to one."""
    for row in await admin.fetch(_LEFTOVERS, PATTERN):
        maker = maker_of(row["name"])
        if maker is None or not is_gone(maker):
            continue
        try:
            await admin.execute(f"DROP DATABASE IF EXISTS {quote_identifier(row['name'])}")
            await dropping.drop_roles(admin, roles_in(row["comment"]))
        except asyncpg.PostgresError:
            continue
        say(f"dropped {row['name']}, which an earlier tuning left")
