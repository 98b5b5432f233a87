"""What is made for a type is taken by a real server, as COPY's text."""

import asyncio
import io
from datetime import datetime

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Table
from plimsoll.data.checks import domain_of
from plimsoll.data.drawing import Context, Draw
from plimsoll.data.types import array_literal, of_type, row_literal
from plimsoll.data.writing.copying import encode
from plimsoll.postgres.catalog import read_schema

CONTEXT = Context(datetime(2026, 3, 1), 400 * 86_400.0)  # noqa: DTZ001
ROWS = 200
EXTENSIONS = ("citext", "hstore", "ltree", "cube", "seg", "vector")
TYPES_SQL = """
CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"', 'a, b', '{x}');
CREATE DOMAIN small AS int CHECK (VALUE BETWEEN 3 AND 9);
CREATE DOMAIN list AS text[] CHECK (cardinality(VALUE) > 1);
CREATE TYPE place AS (name text, lon float8, mood mood);
CREATE TYPE visit AS (at timestamptz, places place[], during int4range, part small);
CREATE TYPE small_range AS RANGE (subtype = small);
CREATE TYPE text_range AS RANGE (subtype = text);
CREATE TYPE time_range AS RANGE (subtype = time);
CREATE TYPE float_range AS RANGE (subtype = float8);
CREATE TYPE price_range AS RANGE (subtype = numeric);
"""
_TYPES = """
bool int2 int4 int8 numeric numeric(3,2) numeric(2,2) numeric(5) numeric(12,0) numeric(2,-3) numeric(40,20)
numeric(20,20) numeric(2,15)
float4 float8 money text varchar varchar(1) varchar(3) varchar(20) char(1) char(2) char(40) "char" name bit
bit(3) bit(70)
varbit varbit(9) bytea uuid date timestamp timestamp(0) timestamptz timestamptz(3) time time(0) timetz interval
json jsonb jsonpath inet cidr macaddr macaddr8 point line lseg box path polygon circle tsvector tsquery oid
regclass regtype xid xid8 pg_lsn pg_snapshot txid_snapshot tid
int4range int8range numrange tsrange tstzrange daterange text_range time_range float_range price_range
int4multirange nummultirange tstzmultirange datemultirange
int4[] text[] varchar(4)[] box[] jsonb[] bytea[] timestamptz[] date[] bool[] numeric(4,1)[] tstzrange[] point[]
small_range small_multirange mood mood[] small small[] list list[] place visit visit[] citext citext[] hstore hstore[]
ltree cube seg
vector(3) vector(300) vector(3)[] halfvec(4)
"""
# They have too few values, or no equality of their own.
_NOT_UNIQUE = """
bool mood json point line lseg box path polygon circle regclass regtype varchar(1) char(1) "char" bit bit(3)
numeric(2,2) numeric(2,-3) numeric(2,15) small jsonpath bool[] mood[] small[] point[] box[]
small_range small_multirange xid txid_snapshot pg_snapshot
"""


def test_200_values_of_every_type_arrive(database: str) -> None:
    refused = asyncio.run(_copied(database, _TYPES.split(), unique=False))

    assert refused == {}


def test_values_that_must_differ_do_so_for_the_servers_own_equality(database: str) -> None:
    types = [name for name in _TYPES.split() if name not in _NOT_UNIQUE.split()]

    refused = asyncio.run(_copied(database, types, unique=True))

    assert refused == {}


def test_arrays_and_rows_hold_any_text(database: str) -> None:
    texts = ["", " ", "plain", 'a "b"', "back\\slash", "{x,y}", "(1,2)", "NULL", "line\nbreak", "comma,", "ünï", "'"]
    series = pl.Series(texts)
    counts = np.arange(len(texts)) % 3

    async def read() -> tuple[list[list[str]], list[tuple[str | None, str]]]:
        connection = await asyncpg.connect(database)
        await connection.execute("CREATE TYPE pair AS (first text, second text)")
        arrays = [
            await connection.fetchval("SELECT $1::text::text[]", text)
            for text in array_literal([series, series.reverse()], counts)
        ]
        nothing = pl.Series([None] * len(texts), dtype=pl.String)
        rows = [
            tuple(await connection.fetchval("SELECT $1::text::pair", text)) for text in row_literal([nothing, series])
        ]
        await connection.close()
        return arrays, rows

    arrays, rows = asyncio.run(read())

    assert arrays == [[a, b][:count] for a, b, count in zip(texts, reversed(texts), counts, strict=True)]
    assert rows == [(None, text) for text in texts]


async def _copied(dsn: str, types: list[str], *, unique: bool) -> dict[str, str]:
    """What the server said against the values, by type."""
    connection = await asyncpg.connect(dsn)
    try:
        for name in EXTENSIONS:
            await connection.execute(f"CREATE EXTENSION {name}")
        await connection.execute(TYPES_SQL)
        for number, name in enumerate(types):
            await connection.execute(f"CREATE TABLE t{number} (value {name} {'UNIQUE' if unique else ''})")
        schema = await read_schema(connection)
        said = {}
        for number, name in enumerate(types):
            table = schema.tables[TableName("public", f"t{number}")]
            try:
                await _copy(connection, table, unique=unique)
            except asyncpg.PostgresError as error:
                said[name] = str(error)
        return said
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, table: Table, *, unique: bool) -> None:
    kind = table.columns[0].type
    generator = of_type(kind, domain_of(kind), CONTEXT, unique=unique, rows=ROWS)
    frame = pl.DataFrame({"value": generator.values(Draw(5, np.arange(ROWS)))})
    assert frame["value"].null_count() == 0, kind.name
    await connection.copy_to_table(table.name.name, source=io.BytesIO(encode(frame)), format="csv")
    assert await connection.fetchval(f"SELECT count(value) FROM {table.name.quoted}") == ROWS, kind.name
