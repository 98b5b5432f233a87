"""Sequences moved behind the values that were written, so that the next insert does not collide."""

from collections.abc import Iterable
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.data.writing.fill import TableFill

_INTEGERS: Final = frozenset({"int2", "int4", "int8", "numeric"})
_RIGHTS_SQL: Final = (
    "SELECT bool_and(has_sequence_privilege($1::text::regclass, wanted)) FROM unnest('{SELECT,UPDATE}'::text[]) wanted"
)
_LIMITS_SQL: Final = "SELECT seqincrement, seqmin, seqmax FROM pg_sequence WHERE seqrelid = $1::text::regclass"

Users = dict[str, list[tuple[TableName, str]]]  # by sequence: the columns that draw from it


def sequences_of(fills: Iterable[TableFill]) -> Users:
    """Those whose columns are written; the others move by themselves."""
    users: Users = {}
    for fill in fills:
        for column in fill.table.columns:
            if column.sequence and column.name in fill.columns and column.type.base in _INTEGERS:
                users.setdefault(column.sequence, []).append((fill.table.name, column.name))
    return users


async def require_rights(connection: asyncpg.Connection, users: Users) -> None:
    """Raises RefusedError before anything is written if a sequence could not be set afterwards."""
    for sequence, columns in users.items():
        if not await connection.fetchval(_RIGHTS_SQL, sequence):
            table, column = columns[0]
            raise RefusedError(
                f"cannot fill {table}",
                where=f"{table}, column {column}",
                why=f"no right to set its sequence {sequence}, so that the next insert would collide",
                remedy=f"GRANT SELECT, UPDATE ON SEQUENCE {sequence} TO the role that fills",
            )


async def set_sequences(connection: asyncpg.Connection, users: Users, *, emptied: bool) -> None:
    """To the furthest value in its columns; never back, unless the tables were `emptied` before."""
    for sequence, columns in users.items():
        increment, least, most = await connection.fetchrow(_LIMITS_SQL, sequence)
        extreme, furthest = ("max", max) if increment > 0 else ("min", min)
        found = [
            await connection.fetchval(f"SELECT {extreme}({quote_identifier(column)})::numeric FROM {table.quoted}")
            for table, column in columns
        ]
        values = [int(value) for value in found if value is not None]
        if not values:
            continue
        value = furthest(values)
        last = value if emptied else await connection.fetchval(f"SELECT last_value FROM {sequence}")
        if furthest(value, last) == value and least <= value <= most:
            await connection.execute("SELECT setval($1::text::regclass, $2)", sequence, value)
