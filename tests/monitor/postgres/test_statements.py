"""Statements as they are seen on real servers."""

import asyncio

import asyncpg
import pytest

from plimsoll.core.observation import Observation
from plimsoll.embedded import PostgresServer
from plimsoll.monitor.postgres.statements.collector import StatementsCollector
from tests.monitor.postgres.servers import figures, link_to, run, sessions

FUNCTION = "CREATE FUNCTION inner_one() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM t); END'"


def test_statements_are_counted_with_their_texts_and_a_reset_gives_no_absurd_rate(each_database: str) -> None:
    """The extension is in a schema of an odd name; without it, what would bring it is said."""

    async def go() -> tuple[list[Observation], str | None, str | None]:
        async with sessions(each_database, 1) as (client,):
            await client.execute("DROP EXTENSION IF EXISTS pg_stat_statements")
            link = link_to(each_database)
            collector = StatementsCollector(link, 30.0)
            seen = [await collector.collect()]
            try:
                await client.execute(
                    'CREATE SCHEMA "odd stats"; CREATE EXTENSION pg_stat_statements SCHEMA "odd stats"'
                )
            except asyncpg.PostgresError:
                await link.close()
                return seen, None, None
            await client.execute(f"CREATE TABLE t (a int); SET pg_stat_statements.track = 'all'; {FUNCTION}")
            seen.append(await collector.collect())
            for number in range(40):
                await client.fetch("SELECT count(*) FROM t WHERE a = $1", number)
            await client.fetch("SELECT inner_one()")
            seen.append(await collector.collect())
            row = seen[-1].details["statements"]["rows"][0]
            texts = await collector.statement_text(row["query_id"]), await collector.statement_text("not a number")
            await client.execute('SELECT "odd stats".pg_stat_statements_reset()')
            await client.fetch("SELECT count(*) FROM t WHERE a = $1", 1)
            seen += [await collector.collect(), await collector.collect()]
            await client.execute("DROP EXTENSION pg_stat_statements")
            seen.append(await collector.collect())
            await link.close()
            return seen, *texts

    seen, text, no_text = run(go())
    assert len(seen[0].notes) == 1
    assert "CREATE EXTENSION pg_stat_statements" in seen[0].notes[0]
    assert seen[0].values == {}
    if len(seen) == 1:  # a server without the library
        return
    assert (seen[1].values, seen[1].notes) == ({}, [])
    detail = seen[2].details["statements"]
    calls = {row["query"]: row["calls"] for row in detail["rows"] if row["top_level"]}
    assert calls["SELECT count(*) FROM t WHERE a = $1"] == 40
    assert calls["SELECT inner_one()"] == 1
    assert not any("plimsoll" in query for query in calls)
    assert [row["calls"] for row in detail["rows"] if not row["top_level"]] == [1]
    assert detail["totals"]["calls"] == sum(calls.values())
    assert figures(seen[2])["database_statements_per_s"] == pytest.approx(sum(calls.values()) / detail["seconds"])
    assert text is not None
    assert (text, no_text) == (detail["rows"][0]["query"], None)
    assert [event.kind for event in seen[3].events] == ["statistics reset"]
    assert seen[3].values == {}
    assert seen[4].details["statements"]["totals"]["calls"] == 0
    assert "CREATE EXTENSION" in seen[5].notes[0] or "could not be read" in seen[5].notes[0]


def test_waiting_for_the_link_is_no_time_of_reading_texts(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else texts are not read for a thousand times as long as others' questions took."""

    async def go() -> tuple[list[float], float]:
        link = link_to(database)
        collector = StatementsCollector(link, 30.0)
        took: list[float] = []
        monkeypatch.setattr(collector._texts, "took", lambda seconds, _: took.append(seconds))
        await link.server()
        await asyncio.gather(link.fetch("SELECT pg_sleep(0.02)"), collector._read_texts([1], ("public", (1, 11))))
        took.append(link.last_s)
        await link.close()
        reading = asyncio.create_task(link.fetch("SELECT 1"))
        async with link._turn:
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return took, link.last_s

    took, after_none = run(go())
    assert took[0] == took[1] > 0
    assert after_none == 0


def test_what_other_roles_ran_is_counted_and_said_to_be_hidden(postgres_server: PostgresServer, database: str) -> None:
    postgres_server.sql('DROP ROLE IF EXISTS "blind"', "CREATE ROLE \"blind\" LOGIN PASSWORD 'blind-1'")
    place = f"127.0.0.1:{postgres_server.port}/{database.rpartition('/')[2]}"

    async def go() -> Observation:
        async with sessions(database, 1) as (client,):
            link = link_to(f"postgresql://blind:blind-1@{place}")
            collector = StatementsCollector(link, 30.0)
            await collector.collect()
            for _ in range(25):
                await client.fetch("SELECT 'of another role'")
            seen = await collector.collect()
            await link.close()
            return seen

    seen = run(go())
    assert seen.details["statements"]["hidden"]["calls"] == 25
    assert seen.details["statements"]["totals"]["calls"] == 25
    assert any("GRANT pg_read_all_stats" in note for note in seen.notes)
    assert "of another role" not in str(seen)
