"""A transaction pooler is seen, and everything works behind it. On a real PgBouncer without prepared statements."""

import asyncio

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.connecting import connect, connect_raw, learn_traits
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.pooler import pooler_hint
from plimsoll.postgres.session import SessionTraits
from tests.postgres.conftest import Pooler


def target(dsn: str) -> Target:
    return read_target(dsn, {})


def test_a_pooler_is_seen_and_prepared_statements_are_off(pooler: Pooler) -> None:
    assert asyncio.run(learn_traits(target(pooler.dsn()))) == SessionTraits(prepared=False, pooled=True)


def test_what_the_user_says_about_prepared_statements_holds(pooler: Pooler) -> None:
    traits = asyncio.run(learn_traits(target(pooler.dsn()), prepared=True))
    assert (traits.prepared, traits.pooled, traits.plain) == (True, True, False)
    direct = asyncio.run(learn_traits(target(pooler.server.dsn), prepared=False))
    assert (direct.prepared, direct.pooled, direct.plain) == (False, False, True)


def test_users_at_once_share_servers_and_nothing_is_left_there(pooler: Pooler) -> None:
    async def one(traits: SessionTraits) -> set[int]:
        connection = await connect_raw(target(pooler.dsn()), traits, 10)
        processes = set()
        for _ in range(20):
            await connection.execute(traits.begin_sql)
            processes.add(await connection.fetchval("SELECT pg_backend_pid() + $1::int", 0))
            await connection.execute("COMMIT")
        await connection.close()
        return processes

    async def all_of_them() -> tuple[set[int], int, str]:
        traits = await learn_traits(target(pooler.dsn()), statement_timeout_s=7)
        processes = set().union(*await asyncio.gather(*(one(traits) for _ in range(6))))
        connection = await connect(target(pooler.dsn()))
        async with connection.transaction():
            left = await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
            timeout = await connection.fetchval("SHOW statement_timeout")
        await connection.close()
        return processes, left, timeout

    processes, left, timeout = asyncio.run(all_of_them())
    assert 1 <= len(processes) <= 2
    assert (left, timeout) == (0, "0")


def test_looking_for_a_pooler_leaves_nothing_even_with_a_cache(pooler: Pooler) -> None:
    async def look_often() -> int:
        for _ in range(4):
            await (await connect(target(pooler.dsn()))).close()
        connection = await connect(target(pooler.dsn()), prepared=False)
        async with connection.transaction():
            left: int = await connection.fetchval("SELECT count(*) FROM pg_prepared_statements WHERE name <> ''")
        await connection.close()
        return left

    assert asyncio.run(look_often()) == 0


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"password": "Zq7-wrong"}, "user 'app' could not log in"),
        ({"database": "nowhere"}, "there is no database 'nowhere'"),
        ({"query": "options=-c%20geqo%3Doff"}, "a pooler refused a setting of the connection"),
    ],
)
def test_a_poolers_refusals_are_understood(pooler: Pooler, changes: dict[str, str], what: str) -> None:
    with pytest.raises(RefusedError) as raised:
        asyncio.run(connect(target(pooler.dsn(**changes))))
    assert raised.value.what == what
    assert raised.value.remedy
    assert "Zq7" not in f"{raised.value} {raised.value.remedy}"


@pytest.mark.parametrize(
    ("dsn", "hinted"),
    [
        ("postgresql://u.ref@aws-0-eu.pooler.supabase.com:6543/postgres", True),
        ("postgresql://u.ref@aws-0-eu.pooler.supabase.com:5432/postgres", False),
        ("postgresql://u@db.ref.supabase.co:6543/postgres", True),
        ("postgresql://u@ep-a-b-pooler.eu.aws.neon.tech/shop", True),
        ("postgresql://u@ep-a-b.eu.aws.neon.tech/shop", False),
        ("postgresql://u@db:6543/shop", False),
        ("postgresql://u@db/shop?pgbouncer=true", True),
    ],
)
def test_some_targets_say_that_they_are_pooled(dsn: str, hinted: bool) -> None:
    assert pooler_hint(target(dsn)) is hinted
