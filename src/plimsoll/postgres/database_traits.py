"""What belongs to a database but not to its contents, so that copying it as a template leaves it behind."""

from dataclasses import dataclass
from typing import Any

import asyncpg

_TRAITS = """
SELECT d.oid, pg_get_userbyid(d.datdba) AS owner, d.datconnlimit AS connection_limit, d.datacl IS NOT NULL AS granted,
       shobj_description(d.oid, 'pg_database') AS comment
FROM pg_database d WHERE d.datname = $1
"""
_SETTINGS = """
SELECT CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END AS role, unnest(s.setconfig) AS setting
FROM pg_db_role_setting s WHERE s.setdatabase = $1
"""
_GRANTS = """
SELECT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END AS grantee, a.privilege_type AS privilege,
       a.is_grantable AS grantable
FROM pg_database d, aclexplode(d.datacl) a WHERE d.oid = $1
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """`ALTER DATABASE ... SET`, or with a role `ALTER ROLE ... IN DATABASE ... SET`."""

    role: str | None
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Grant:
    """To everybody where there is no grantee."""

    grantee: str | None
    privilege: str
    grantable: bool


@dataclass(frozen=True, slots=True)
class DatabaseTraits:
    """`grants` are None where nothing was ever granted or revoked: the server's defaults hold then."""

    owner: str
    connection_limit: int
    comment: str | None
    settings: tuple[Setting, ...]
    grants: tuple[Grant, ...] | None

    @classmethod
    async def read(cls, connection: asyncpg.Connection, database: str) -> "DatabaseTraits":
        """Of a database that is there."""
        row = await connection.fetchrow(_TRAITS, database)
        assert row is not None
        settings = await connection.fetch(_SETTINGS, row["oid"])
        grants = await connection.fetch(_GRANTS, row["oid"]) if row["granted"] else None
        return cls(
            owner=row["owner"],
            connection_limit=row["connection_limit"],
            comment=row["comment"],
            settings=tuple(_setting(found) for found in settings),
            grants=None if grants is None else tuple(Grant(**found) for found in grants),
        )

    async def give(self, connection: asyncpg.Connection, database: str) -> None:
        """Makes another database have them. Raises what the driver raises."""
        name = quoted(database)
        for setting in self.settings:
            await _set(connection, setting, name)
        for statement in self._statements(name):
            await connection.execute(statement)

    def _statements(self, name: str) -> list[str]:
        found = (
            [f"ALTER DATABASE {name} CONNECTION LIMIT {self.connection_limit}"] if self.connection_limit >= 0 else []
        )
        if self.comment is not None:
            found.append(f"COMMENT ON DATABASE {name} IS {_literal(self.comment)}")
        if self.grants is not None:
            found.append(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            found += [_grant_sql(grant, name) for grant in self.grants]
        return found


def quoted(name: str) -> str:
    """A name as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _setting(row: Any) -> Setting:
    name, _, value = row["setting"].partition("=")
    return Setting(row["role"], name, value)


async def _set(connection: asyncpg.Connection, setting: Setting, name: str) -> None:
    """FROM CURRENT takes the value as it is: a list such as search_path cannot be written as one literal."""
    whose = (
        f"ALTER DATABASE {name}" if setting.role is None else f"ALTER ROLE {quoted(setting.role)} IN DATABASE {name}"
    )
    parameter = ".".join(map(quoted, setting.name.split(".")))
    async with connection.transaction():
        await connection.execute("SELECT set_config($1, $2, true)", setting.name, setting.value)
        await connection.execute(f"{whose} SET {parameter} FROM CURRENT")


def _grant_sql(grant: Grant, name: str) -> str:
    grantee = "PUBLIC" if grant.grantee is None else quoted(grant.grantee)
    option = " WITH GRANT OPTION" if grant.grantable else ""
    return f"GRANT {grant.privilege} ON DATABASE {name} TO {grantee}{option}"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"
