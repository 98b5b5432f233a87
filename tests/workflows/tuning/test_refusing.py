"""What a server refuses, and a server that is gone, are told apart."""

import asyncio

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import Secret
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.refusing import refused

ENDS_US = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.mark.parametrize(
    ("sql", "what"),
    [("SELECT 1 FROM nowhere", "it was refused"), (ENDS_US, "the connection to the server was lost")],
)
def test_a_connection_that_is_lost_is_told_as_that(database: str, sql: str, what: str) -> None:
    async def go() -> RefusedError:
        connection = await asyncpg.connect(database)
        try:
            async with reading(connection, 10.0):
                await connection.fetch(sql)
        except FOREIGN as error:
            return refused(error, "it was refused", read_target(Secret(database), {}, where="--dsn"), "")
        finally:
            await connection.close()
        raise AssertionError

    found = asyncio.run(go())
    assert (found.what, "__aexit__" in str(found)) == (what, False)
