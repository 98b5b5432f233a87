"""What stands in for what a copy's server does not have."""

import asyncio

from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import read_target
from plimsoll.tune.cloning.dump_text import Entry
from plimsoll.tune.cloning.standins import STOOD_IN_FOR, extension_stood_in, stands_in, system_collation

CREATED = 'CREATE EXTENSION IF NOT EXISTS "{}" WITH SCHEMA "My Ext";'


def test_an_order_of_text_that_a_server_cannot_have_is_one_by_code_point() -> None:
    asked = "CREATE COLLATION app.\"any case\" (provider = icu, deterministic = false, locale = 'und-u-ks-level2');"
    found = stands_in(Entry("COLLATION", "app", "any case", asked))
    assert found == "CREATE COLLATION app.\"any case\" (provider = libc, locale = 'C.UTF-8')"
    assert stands_in(Entry("TABLE", "app", "t", "CREATE TABLE app.t (a int)")) is None


def test_functions_stand_in_where_the_extension_would_be_and_work(database: str) -> None:
    async def course() -> None:
        connection = await connect(read_target(database, {}))
        await connection.execute('CREATE SCHEMA "My Ext"')
        for name in STOOD_IN_FOR:
            await connection.execute(extension_stood_in(Entry("EXTENSION", "", name, CREATED.format(name))).sql)
        await connection.execute("SET allow_system_table_mods = on")
        await connection.execute(system_collation("xx-x-icu"))
        await connection.execute('SET search_path = "My Ext"')
        assert await connection.fetchval("SELECT uuid_generate_v4() <> gen_random_uuid()")
        assert await connection.fetchval("SELECT length(gen_random_bytes(40))") == 40
        assert await connection.fetchval("SELECT digest('a', 'sha256') = sha256('a')")
        assert await connection.fetchval("SELECT 'a' < 'b' COLLATE \"xx-x-icu\"")
        await connection.close()

    asyncio.run(course())
