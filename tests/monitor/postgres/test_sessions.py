"""Sessions as they are seen on real servers: what each does, who waits for whom, and what one's rights hide."""

from plimsoll.core.observation import Observation
from plimsoll.embedded import PostgresServer
from plimsoll.monitor.postgres.sessions.collector import SessionsCollector
from tests.monitor.postgres.servers import (
    SLEEPING,
    WAITING,
    WATCHING,
    at_work,
    figures,
    link_to,
    run,
    sessions,
    until,
    until_waiting,
)

ACCOUNTS = "CREATE TABLE accounts (id int PRIMARY KEY, n int); INSERT INTO accounts SELECT generate_series(1, 9), 0"


def test_a_chain_three_deep_an_idle_transaction_and_a_runaway_query_are_seen(each_database: str) -> None:
    """`first` holds row 1 and idles, `second` holds row 2 and waits for row 1, `third` for row 2; another runs."""

    async def go() -> tuple[Observation, list[int]]:
        async with sessions(each_database, 5) as (first, second, third, runaway, looking):
            await first.execute(ACCOUNTS)
            await first.execute("BEGIN; UPDATE accounts SET n = 1 WHERE id = 1")
            await second.execute("BEGIN; UPDATE accounts SET n = 2 WHERE id = 2")
            await runaway.execute("SET application_name = 'runaway'")
            waiting = [
                (second, "UPDATE accounts SET n = 2 WHERE id = 1"),
                (third, "UPDATE accounts SET n = 3 WHERE id = 2"),
            ]
            async with at_work(*waiting, (runaway, "SELECT pg_sleep(600)")):
                await looking.execute(until(WAITING.format(count=2), SLEEPING))
                collector = SessionsCollector(link_to(each_database), 10.0)
                seen = await collector.collect()
                await collector.close()
                return seen, [one.get_server_pid() for one in (first, second, third, runaway)]

    seen, (first, second, third, runaway) = run(go())
    values = figures(seen)
    assert values['database_connections{state="active"}'] >= 3
    assert values['database_connections{state="idle in transaction"}'] == 1
    assert values["database_blocked_sessions"] == 2
    assert values["database_lock_chain_depth"] == 3
    for what in ("lock_wait", "transaction", "idle_in_transaction", "statement"):
        assert 0 < values[f"database_longest_{what}_s"] < 20
    rows = seen.details["locks"]["rows"]
    assert [(row["pid"], row["depth"], row["waits_for"], row["blocks"]) for row in rows] == [
        (first, 0, None, 2), (second, 1, first, 1), (third, 2, second, 0),
    ]  # fmt: skip
    assert rows[0]["lock"] == "holds ExclusiveLock on its own transaction"
    assert rows[1]["lock"] == f"ShareLock on the transaction of pid {first} (a row of public.accounts)"
    told = {row["pid"]: row for row in seen.details["sessions"]["rows"]}
    assert told[third]["blocked_by"] == (second,)
    assert told[third]["wait"] == "Lock:transactionid"
    assert (told[runaway]["application"], told[runaway]["wait"]) == ("runaway", "Timeout:PgSleep")
    assert told[first]["state"] == "idle in transaction"
    assert seen.notes == ()


def test_who_may_see_less_is_told_so_and_what_would_mend_it(postgres_server: PostgresServer, database: str) -> None:
    """The role sees its own sessions; what others' might change is left out, not 0. With pg_monitor all is there.

    The others call themselves as a watch does: nobody hides by that.
    """
    postgres_server.sql('DROP ROLE IF EXISTS "narrow"', "CREATE ROLE \"narrow\" LOGIN PASSWORD 'narrow-1'")
    place = f"127.0.0.1:{postgres_server.port}/{database.rpartition('/')[2]}"

    async def go() -> tuple[Observation, Observation]:
        async with sessions(database, 3, server_settings=WATCHING) as (first, second, looking):
            await first.execute(ACCOUNTS)
            await first.execute("BEGIN; UPDATE accounts SET n = 1 WHERE id = 1")
            async with at_work((second, "UPDATE accounts SET n = 2 WHERE id = 1")):
                await looking.execute(until_waiting(1))
                seen = []
                for _ in range(2):
                    collector = SessionsCollector(link_to(f"postgresql://narrow:narrow-1@{place}"), 10.0)
                    seen.append(await collector.collect())
                    await collector.close()
                    await looking.execute('GRANT pg_monitor TO "narrow"')
                return seen[0], seen[1]

    less, all_there = run(go())
    postgres_server.sql('DROP ROLE "narrow"')
    values = figures(less)
    assert values["database_up"] == 1
    assert values['database_connections{state="other"}'] >= 3
    assert values["database_blocked_sessions"] == 1
    assert not {name for name in values if "longest_transaction" in name or "snapshot" in name or "autovacuum" in name}
    assert less.notes[0].endswith('As an administrator: GRANT pg_monitor TO "narrow"')
    assert "insufficient privilege" not in str(less.details["sessions"])
    assert figures(all_there)["database_longest_transaction_s"] > 0
    assert figures(all_there)["database_blocked_sessions"] == 1
    assert all_there.notes == ()
    assert [row["application"] for row in all_there.details["sessions"]["rows"]] == ["plimsoll watch"] * 2


def test_who_waits_for_a_locked_catalog_is_seen_though_nothing_has_a_name_then(database: str) -> None:
    """By a connection that looked at locks before: a new one would wait for the catalog itself."""

    async def go() -> list[Observation]:
        async with sessions(database, 2) as (holder, waiter):
            collector = SessionsCollector(link := link_to(database), 10.0)
            seen = []
            for lock, wish in [
                ("SELECT pg_advisory_xact_lock(8)", "SELECT pg_advisory_xact_lock(8)"),
                ("LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE", "SELECT count(*) FROM pg_class"),
            ]:
                await holder.execute(f"BEGIN; {lock}")
                async with at_work((waiter, wish)):
                    await holder.execute(until_waiting(1))
                    seen.append(await collector.collect())
                    await holder.execute("COMMIT")
                await link.fetch("SET lock_timeout = 50")
            await collector.close()
            return seen

    advisory, catalog = (one.details["locks"]["rows"] for one in run(go()))
    assert [row["lock"] for row in advisory] == [
        "holds ExclusiveLock on advisory lock 0, 8",
        "ExclusiveLock on advisory lock 0, 8",
    ]
    holds, *waits = [row["lock"] for row in catalog]
    assert holds == "holds AccessExclusiveLock on relation 1259"
    assert set(waits) == {"AccessShareLock on relation 1259"}  # autovacuum may have come to wait, too
