"""What caches report through the database, who may, and tags that are dropped by hand."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from plimsoll.changes.caches import read_caches, unwritten, write_tags
from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.core.cache_report import PROCESSES_MAX, REPORT_BYTES_MAX, REPORTS_BYTES_MAX, CacheReport
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.tag_text import is_tag
from tests.changes.histories import ORDERS, House, in_house, watch

REPORT = "SELECT plimsoll_changes.report($1, $2, $3::jsonb)"
SAID = CacheReport(host="web1", pid=7, hits={"process": 90}, misses={"absent": 10}, staleness_s=0.25, age_s=0.01)


async def told(connection: asyncpg.Connection, name: str, instance: str, said: Any = SAID) -> None:
    text = json.dumps(said.to_json() if isinstance(said, CacheReport) else said)
    await connection.execute(REPORT, name, instance, text)


async def refused(answer: Awaitable[Any], *words: str) -> None:
    with pytest.raises((asyncpg.PostgresError, RefusedError, UsageError)) as found:
        await answer
    said = f"{found.value} {getattr(found.value, 'remedy', '')}"
    assert all(word in said for word in words), said


def test_a_process_has_one_row_that_is_written_in_place_and_goes_when_it_is_silent(each_database: str) -> None:
    async def story(there: House, one: asyncpg.Connection) -> None:
        for round_ in range(30):
            await told(one, "shop", "web1:7", replace(SAID, polls=round_))
        (seen,) = await read_caches(one)
        assert (seen.name, seen.instance, seen.report) == ("shop", "web1:7", replace(SAID, polls=29))
        assert 0 <= seen.seen_s_ago < 60
        await one.execute("SELECT pg_stat_force_next_flush()")
        hot = "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'caches'"
        assert tuple(await one.fetchrow(hot)) == (29, 29)
        await one.execute("UPDATE plimsoll_changes.caches SET reported_at = reported_at - interval '61 s'")
        assert await read_caches(one) == []
        await there.poller.tend()
        assert await one.fetchval("SELECT count(*) FROM plimsoll_changes.caches") == 0
        assert await there.polled() == []  # a report is no change

    in_house(each_database, ORDERS, "orders=order:{id}")(story)


def test_what_is_reported_is_bounded_and_belongs_to_the_role_that_reports_it(database: str) -> None:
    async def story(there: House, one: asyncpg.Connection) -> None:
        await refused(told(one, "", "a"), "a name of 1 to 100 characters")
        await refused(told(one, "shop", "a" * 65), "one of 1 to 64")
        await refused(told(one, "shop", "a", ["list"]), "a JSON object")
        await refused(told(one, "shop", "a", {"host": "x" * REPORT_BYTES_MAX}), f"at most {REPORT_BYTES_MAX} bytes")
        await told(one, "shop", "a", {"host": 3, "hits": {"process": -4, "shared": "many"}, "age_s": "NaN"})
        (odd,) = await read_caches(one)
        assert odd.report == CacheReport(hits={"process": 0, "shared": 0})
        await one.execute("UPDATE plimsoll_changes.caches SET role = 'somebody'")
        await refused(told(one, "shop", "a"), "another role reports under this name")
        await one.execute(
            "INSERT INTO plimsoll_changes.caches SELECT 's', n::text, 'r', now(), '{}' FROM generate_series(2, $1) n",
            PROCESSES_MAX,
        )
        await refused(told(one, "shop", "b"), f"{PROCESSES_MAX} processes report already")

    in_house(database, ORDERS, "orders=order:{id}")(story)


LARGE = """
INSERT INTO plimsoll_changes.caches SELECT 's', n::text, 'r', now(), to_jsonb(repeat(md5(n::text), 1) || t.noise)
FROM (SELECT string_agg(md5(m::text), '') AS noise FROM generate_series(1, 90) m) t, generate_series(1, $1 / 8192) n
"""


def test_old_versions_that_a_long_transaction_keeps_are_thrown_away_whole(database: str) -> None:
    async def story(there: House, one: asyncpg.Connection) -> None:
        size = "SELECT pg_relation_size('plimsoll_changes.caches')"
        await one.execute("ALTER TABLE plimsoll_changes.caches ALTER report SET STORAGE PLAIN")
        reading = await there.connect()
        await one.execute(LARGE, REPORTS_BYTES_MAX + 8192 * 10)
        async with reading.transaction():
            await read_caches(reading)  # and keeps its lock
            await there.poller.tend()
            assert await one.fetchval(size) > REPORTS_BYTES_MAX
        await there.poller.tend()
        assert await one.fetchval(size) == 0
        await told(one, "shop", "a")

    in_house(database, ORDERS, "orders=order:{id}")(story)


GOOD = ["order:42", "line:42/1", "org:%0", "name:a%2Fb%2A", "order:*", "table:public.orders", "table:a%2Eb.c%25", "a:"]
BAD = ["", "order", "Order:1", "order:4*", "line:1/%", "table:orders", "table:a.b.c", "table:*", "a:" + "x" * 201,
       "order:%H1", "order:1/2/3/4/5/6/7/8/9/%", "1:1"]  # fmt: skip


def test_tags_are_dropped_by_hand_if_they_are_tags(database: str) -> None:
    async def story(there: House, one: asyncpg.Connection) -> None:
        xid = await write_tags(one, ["order:42", "order:*", "order:42"])
        assert await there.polled() == [{"order:42", "order:*"}]
        position = there.poller.state.position
        assert position is not None
        assert position.snapshot.sees(xid)
        assert [is_tag(text) for text in (*GOOD, *BAD)] == [True] * len(GOOD) + [False] * len(BAD)
        for text in (*GOOD, *BAD):  # the server says the same
            try:
                await one.execute("SELECT plimsoll_changes.write($1)", [text])
            except asyncpg.InvalidParameterValueError:
                assert text in BAD, text
            else:
                assert text in GOOD, text
        await refused(write_tags(one, []), "no tag is named")
        await refused(write_tags(one, [f"order:{n}" for n in range(101)]), "too many tags", "order:*")
        await refused(write_tags(one, ["order 42"]), "not a tag", "order:42")
        for wrong in ([], None, [None], [["a:1"]] * 101):
            await refused(one.execute("SELECT plimsoll_changes.write($1)", wrong))

    in_house(database, ORDERS, "orders=order:{id}")(story)


def test_only_roles_that_the_installer_lets_report_and_drop(database: str) -> None:
    async def story(there: House, one: asyncpg.Connection) -> None:
        await one.execute("DROP ROLE IF EXISTS app; CREATE ROLE app; DROP ROLE IF EXISTS boss; CREATE ROLE boss")
        try:
            await one.execute("SET ROLE app")
            await refused(read_caches(one), "this role may not", "--reader ROLE")
            await one.execute("RESET ROLE")
            await watch(one, readers=["app"], invalidators=["boss"])
            await one.execute("SET ROLE app")
            await told(one, "shop", "a")
            assert len(await read_caches(one)) == 1
            await refused(write_tags(one, ["order:1"]), "may not drop tags", "--invalidator ROLE")
            await one.execute("RESET ROLE; SET ROLE boss")
            assert len(await read_caches(one)) == 1
            await write_tags(one, ["order:1"])
            assert await unwritten(one, ["order:1", "order:*", "ordr:1", "order:1/2", "table:public.nope"]) == (
                *("ordr:1", "order:1/2", "table:public.nope"),
            )
            for table in ("caches", "changelog"):
                await refused(one.execute(f"INSERT INTO plimsoll_changes.{table} SELECT"), "denied")
        finally:
            await one.execute("RESET ROLE; DROP OWNED BY app, boss; DROP ROLE app, boss")

    in_house(database, ORDERS, "orders=order:{id}")(story)


def test_without_a_changelog_it_is_said_what_to_do(database: str) -> None:
    async def go(story: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
        connection = await asyncpg.connect(database)
        try:
            await story(connection)
        finally:
            await connection.close()

    async def story(one: asyncpg.Connection) -> None:
        await refused(read_caches(one), "no changelog", "plimsoll cache install")
        await refused(write_tags(one, ["order:1"]), "no changelog", "plimsoll cache install")
        await carry_out(one, await plan_install(one, []))
        assert await read_caches(one) == []

    asyncio.run(go(story))
