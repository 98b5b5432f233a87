"""Two looks at pg_stat_statements and their difference."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.statement import Workload
from plimsoll.postgres.workload import (
    Counts,
    Key,
    Look,
    assembled,
    difference,
    find_statements,
    look,
    refuse_unfit,
    since_reset,
    workload_between,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def counts(calls: int, total_ms: float = 0.0) -> Counts:
    return Counts(calls, total_ms, calls, 0, 0)


def looked(
    found: Mapping[Key, Counts],
    *,
    minutes: int = 0,
    reset: datetime = NOON,
    since: Mapping[Key, datetime] | None = None,
) -> Look:
    return Look(NOON + timedelta(minutes=minutes), reset, 0, found, since or {})


def test_only_what_was_called_in_between_counts() -> None:
    first = looked({(1, 10): counts(5, 50.0), (1, 11): counts(7)})
    second = looked({(1, 10): counts(8, 90.0), (1, 11): counts(7), (2, 12): counts(1)}, minutes=1)
    assert difference(first, second) == {(1, 10): counts(3, 40.0), (2, 12): counts(1)}


def test_an_entry_that_was_forgotten_and_came_back_counts_as_a_whole() -> None:
    first, later = looked({(1, 10): counts(5)}), NOON + timedelta(seconds=30)
    fewer = looked({(1, 10): counts(2)}, minutes=1)
    younger = looked({(1, 10): counts(9)}, minutes=1, since={(1, 10): later})
    assert difference(first, fewer) == {(1, 10): counts(2)}
    assert difference(first, younger) == {(1, 10): counts(9)}


def test_a_reset_in_between_is_told() -> None:
    first, second = (
        looked({(1, 10): counts(5)}),
        looked({(1, 10): counts(6)}, minutes=1, reset=NOON + timedelta(seconds=9)),
    )
    found = assembled(difference(first, second), {10: "SELECT"}, {1: "app"}, first, second)
    assert (found.restarted, found.calls) == (True, 6)


def test_one_text_of_several_roles_is_one_statement_and_what_has_no_text_is_counted_apart() -> None:
    second = looked(
        {(1, 10): counts(1, 1.0), (2, 10): counts(2, 2.0), (3, None): counts(4), (1, 11): counts(8)}, minutes=1
    )
    first = since_reset(second)
    found = assembled(difference(first, second), {10: "SELECT"}, {1: "app", 2: "batch"}, first, second)
    assert [(one.query, one.calls, one.total_ms, one.roles) for one in found.statements] == [
        ("SELECT", 3, 3.0, ("app", "batch"))
    ]
    assert (found.hidden.calls, found.lost.calls, found.seconds) == (4, 8, 60.0)


@pytest.mark.parametrize(
    ("version", "loaded", "track", "remedy"),
    [
        ("1.11", False, "top", "shared_preload_libraries|restart"),
        (None, True, "top", "CREATE EXTENSION"),
        ("1.8", True, "top", "ALTER EXTENSION"),
        ("1.11", True, "none", "track"),
    ],
)
def test_what_keeps_the_server_from_telling_is_said_with_what_to_do(
    version: str | None, loaded: bool, track: str, remedy: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        refuse_unfit(version, loaded=loaded, track=track, database="shop")
    assert any(word in f"{refused.value} {refused.value.remedy}" for word in remedy.split("|"))


async def watched(dsn: str) -> Workload:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")
        schema, version = await find_statements(connection)
        await connection.execute("CREATE TABLE seen (n int)")
        await connection.execute("SELECT n AS before FROM seen")
        first = await look(connection, schema, version)
        for n in range(3):
            await connection.execute(f"SELECT n FROM seen WHERE n = {n} AND n > -1")
        second = await look(connection, schema, version)
        return await workload_between(connection, schema, first, second)
    finally:
        await connection.close()


def test_each_server_tells_what_was_called_or_why_it_cannot(each_database: str) -> None:
    try:
        found = asyncio.run(watched(each_database))
    except asyncpg.FeatureNotSupportedError:  # a server without the extension's files
        with pytest.raises(RefusedError, match="pg_stat_statements"):
            asyncio.run(refused(each_database))
        return
    (seen,) = [one for one in found.statements if "seen" in one.query]
    assert (seen.query, seen.calls, seen.rows) == ("SELECT n FROM seen WHERE n = $1 AND n > $2", 3, 0)
    assert seen.total_ms > 0


async def refused(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await find_statements(connection)
    finally:
        await connection.close()
