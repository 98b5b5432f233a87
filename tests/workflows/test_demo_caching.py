"""The chapter of the demo that shows a cache: what it counts, what it asks for, and what it says in the end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.summary import GeneratorSummary
from plimsoll.core.units import UNKNOWN
from plimsoll.embedded import PostgresServer
from plimsoll.workflows.counting import Counting, Look, Stretch, stretch, ticks
from plimsoll.workflows.demo import CachedDemo, Changing, Demo, Served
from plimsoll.workflows.demo_caching import (
    Place,
    Seen,
    Shown,
    caching_of,
    changed_by_hand,
    copied,
    install_request,
    lines,
    load_request,
    overload_words,
    seen_words,
)
from tests.report.builders import intervals, summary_of

SUMMARY = summary_of(list(intervals(10)))
OWNER = "postgresql://postgres:x@127.0.0.1:1/postgres"


async def prepare(dsn: str) -> str:
    return dsn


@contextmanager
def services(dsn: str, app_dsn: str, cache: bool) -> Iterator[Served]:
    yield Served((), "http://127.0.0.1:1")


CACHED = CachedDemo(("public.orders=order:{id}",), ("app",), services, Path("s.py"), lambda dsn, url: Changing("", str))
DEMO = Demo(Path("d.py"), prepare, Path("small.toml"), 20, (), cached=CACHED)


def test_what_was_asked_is_told_between_the_looks_nearest_to_the_load() -> None:
    looks = [Look(at, at * 10, at * 100.0, at / 8) for at in (1, 2, 3, 4, 5)]
    assert stretch(looks, 1.9, 4.4) == Stretch(2, 20, 200.0, 0.25)
    assert stretch([replace(one, cpu_s=None) for one in looks], 2, 4) == Stretch(2, 20, 200.0, None)
    assert stretch(looks[:1], 1, 4) is None
    assert stretch([], 1, 4) is None


def test_caches_that_report_are_looked_at_too(database: str) -> None:
    async def told() -> None:
        connection = await asyncpg.connect(database)
        await carry_out(connection, await plan_install(connection, []))
        text = '{"hits": {"process": 9}, "misses": {"absent": 1}}'
        await connection.execute("SELECT plimsoll_changes.report('shop', 'one', $1::jsonb)", text)
        await connection.close()

    asyncio.run(told())
    with Counting(database) as counting:
        pass
    assert [(one.hits, one.reads) for one in counting.looks[:1]] == [(9, 10)]
    assert ticks(Path("nowhere")) is None


def test_a_server_is_looked_at_as_long_as_it_is_loaded(postgres_server: PostgresServer) -> None:
    with Counting(postgres_server.dsn) as counting:
        pass
    assert counting.looks
    assert counting.looks[0].cpu_s is None or counting.looks[0].cpu_s > 0
    with Counting(OWNER) as unreachable:
        pass
    assert unreachable.looks == []


def test_the_same_is_loaded_without_and_with_a_cache_and_its_tables_are_watched() -> None:
    request = load_request(DEMO, "http://127.0.0.1:8000", 20)
    assert request.scenario == CACHED.scenario
    assert request.where.settings.environment("demo").url == "http://127.0.0.1:8000"
    assert [str(one) for one in install_request(CACHED, OWNER).watches] == list(CACHED.tables)
    with pytest.raises(UsageError, match="no cache to show"):
        caching_of(replace(DEMO, cached=None))


def test_hits_and_the_machine_are_told_between_two_looks_and_not_where_a_process_has_gone() -> None:
    first, last = Look(1, 0, 0, None, (50, 100), 10, 20), Look(2, 0, 0, None, (145, 200), 100, 120)
    told = stretch([first, last], 1, 2)
    assert told is not None
    assert (told.busy, told.hit_ratio) == (0.95, 0.9)
    gone = stretch([first, replace(last, hits=0, reads=5, ticks=None)], 1, 2)
    assert gone is not None
    assert (gone.busy, gone.hit_ratio) == (None, None)


def test_what_an_overloaded_machine_makes_of_latencies_is_not_shown_as_the_platforms() -> None:
    calm = Shown(SUMMARY, Stretch(10, 100, 1, 0.2, busy=0.6, hit_ratio=0.9))
    full = replace(calm, asked=Stretch(10, 100, 1, 0.2, busy=0.97))
    starved, busy = (
        replace(calm, summary=replace(SUMMARY, generator=GeneratorSummary(1, 80.0, used, delay, saturated=limit)))
        for used, delay, limit in ((0.4, 0.4, False), (0.95, 0.1, True))
    )
    whats = [row[0] for row in lines(calm, calm)]
    assert whats[-3:] == ["p50", "p95", "requests"]
    assert overload_words(calm, calm) == ""
    for side, why in (
        (full, "the machine's cores were 97 % busy"),
        (starved, "the load generator waited 40 % of the time for a core"),
        (busy, "the load generator was at its own limit, 95 % of a core"),
    ):
        assert [row[0] for row in lines(calm, side)] == whats[:-3]
        assert f"overloaded: {why} with a cache;" in overload_words(calm, side)
    assert "without a cache, and the load" in overload_words(full, busy)
    assert "97 % busy both times;" in overload_words(full, full)


def test_the_table_tells_each_figure_for_each_request() -> None:
    before = Shown(SUMMARY, Stretch(10, SUMMARY.requests * 12, 1, SUMMARY.requests * 0.002))
    after = Shown(SUMMARY, Stretch(10, SUMMARY.requests * 3, 1, None))
    statements, cpu, hits, *_ = lines(before, after)
    assert hits[:3] == ("reads of the cache that were hits", "", UNKNOWN)
    assert statements == ("statements for each request", "12.0", "3.0", "75% less")
    assert cpu == ("database CPU for each request", "2.00 ms", "not told", "")


def test_both_are_loaded_on_the_same_rows(postgres_server: PostgresServer, database: str) -> None:
    name = f'"copy" of {urlsplit(database).path[1:]}'

    async def go() -> tuple[Place, list[str]]:
        one = await asyncpg.connect(database)
        await one.execute("CREATE TABLE t (v int); INSERT INTO t VALUES (1)")
        await one.close()
        copy = await copied(Place(database, database), name)
        with pytest.raises(RefusedError, match="already exists"):
            await copied(Place(database, database), name)
        found = []
        for dsn in (database, *copy):
            connection = await asyncpg.connect(dsn)
            found.append(str(await connection.fetch("INSERT INTO t VALUES (2) RETURNING (SELECT count(*) FROM t)")))
            await connection.close()
        return copy, found

    try:
        copy, found = asyncio.run(go())
    finally:
        postgres_server.drop_database(name)
    assert copy.owner != database
    assert found == ["[<Record count=1>]", "[<Record count=1>]", "[<Record count=2>]"]


def test_a_change_by_hand_is_seen_when_it_is_read(database: str) -> None:
    async def go() -> Seen:
        connection = await asyncpg.connect(database)
        await connection.execute("CREATE TABLE t (v text); INSERT INTO t VALUES ('before')")
        await connection.close()
        return await changed_by_hand(Changing("UPDATE t SET v = $1", read), database, 2, 0.001)

    def read() -> str:
        async def fetch() -> str:
            connection = await asyncpg.connect(database)
            try:
                return str(await connection.fetchval("SELECT v FROM t"))
            finally:
                await connection.close()

        return asyncio.run(fetch())

    seen = asyncio.run(go())
    assert (len(seen.after_ms), seen.stale) == (2, 0)
    assert "none that began" in seen_words(seen)


def test_what_is_older_than_promised_is_told(database: str) -> None:
    changing = Changing("SELECT $1::text", lambda: "before")
    seen = asyncio.run(changed_by_hand(changing, database, 1, 0.03))
    assert seen.after_ms == (float("inf"),)
    assert seen.stale > 0
    assert f"reads {seen.stale} that began" in seen_words(seen)
