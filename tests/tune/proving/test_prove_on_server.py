"""Changes proved on a real server: a useful index, a useless one, one that harms, and one that cannot be built."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised, Copy
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.query import Binding, Query, QueryWorkload
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.settings.masking import Secret
from plimsoll.tune.building.building import Builds
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.proving.judging import Workload, weighed
from plimsoll.tune.proving.playing import Bench, Broken, play
from plimsoll.tune.proving.proved import Proved
from plimsoll.tune.proving.proving import prove
from plimsoll.tune.proving.running import Running
from plimsoll.tune.proving.sides import NONE, Switch
from plimsoll.tune.until import Until

pytestmark = pytest.mark.alone  # it judges times: what runs beside it would be measured, too

DDL = """
CREATE TABLE "Orders" (id int PRIMARY KEY, "Customer" int NOT NULL, status text NOT NULL, note text NOT NULL);
INSERT INTO "Orders" SELECT i, i % 2000, CASE WHEN i % 10 = 0 THEN 'new' ELSE 'paid' END, repeat('n', 80)
FROM generate_series(1, 20000) i;
CREATE INDEX needed ON "Orders" (id);
CREATE INDEX never ON "Orders" (note);
ALTER TABLE "Orders" DROP CONSTRAINT "Orders_pkey";
CREATE TABLE posts (id int PRIMARY KEY, views int NOT NULL, title text NOT NULL) WITH (fillfactor = 50);
INSERT INTO posts SELECT i, i % 977, repeat('t', 60) FROM generate_series(1, 20000) i;
"""
ORDERS, POSTS = TableName("public", "Orders"), TableName("public", "posts")
BUMP = "UPDATE posts SET views = views + 1 WHERE id BETWEEN $1 AND $1 + 500"
OUT_OF_RANGE = str(2**31 - 1)  # plus 500: what the server refuses is left out, and not the statement
ADD = """INSERT INTO "Orders" SELECT i, i, 'new', '' FROM generate_series(1, 300) i"""
WORKLOAD = QueryWorkload(
    [
        Query("by customer", 'SELECT * FROM "Orders" WHERE "Customer" = $1', 1000, 0, types=("integer",),
              bindings=(Binding(("17",), share=0.5), Binding(("1500",), share=0.5))),
        Query("not new", "SELECT count(*) FROM \"Orders\" WHERE status <> 'new'", 10, 0),
        Query("by id", 'SELECT note FROM "Orders" WHERE id = 7', 10, 0),
        Query("add", ADD, 1, 0, writes=True),
        Query("bump", BUMP, 2000, 0, types=("integer",), writes=True,
              bindings=(Binding(("1000",)), Binding((OUT_OF_RANGE,)))),
        Query("top", "SELECT id, views FROM posts ORDER BY views DESC LIMIT 10", 1, 0),
        Query("gone", "SELECT * FROM gone", 1, 0),
    ],
    "made up",
)  # fmt: skip


def index(table: TableName, *columns: str) -> Advised:
    one = Index(table, tuple(map(IndexKey.of, columns)))
    return Advised(Change("create-index", str(table), one.name, "", index=one), "estimated", "medium")


USEFUL, USELESS, HARMFUL = index(ORDERS, "Customer"), index(ORDERS, "status"), index(POSTS, "views")
LONGER = index(ORDERS, "status", "Customer")
IMPOSSIBLE = index(POSTS, "gone")


def drop(facts: DatabaseFacts, name: str) -> Advised:
    return drop_of(next(each for each in facts.indexes if each.name == name), "unused")


def drop_of(one: ExistingIndex, form: str) -> Advised:
    return Advised(Change("drop-index", one.name, one.name, "", existing=one, form=form), "explained", "high")


async def proved_on(
    dsn: str, changes: Sequence[Advised], dropped: Sequence[str], until: Until
) -> tuple[Proved, list[tuple[str, bool]]]:
    """With the indexes that are there in the end, and whether all are as they should be."""
    connection = await asyncpg.connect(dsn)
    try:
        clone = Clone(read_target(Secret(dsn), {}, where="test"), Copy("template", "", 0, 0.0), superuser=True)
        builds = Builds(clone, connection)
        facts = await read_facts(connection, ("public",))
        drops = [drop(facts, name) for name in dropped]
        found = await prove(builds, WORKLOAD, facts, [*changes, *drops], until, lambda _: None)
        await builds.close()
        left = await connection.fetch(
            "SELECT indexrelid::regclass::text, indisvalid AND indislive AND indisready FROM pg_index "
            "WHERE indrelid IN ('\"Orders\"'::regclass, 'posts'::regclass) ORDER BY 1"
        )
        assert await connection.fetchval("SELECT sum(views) FROM posts") == sum(i % 977 for i in range(1, 20001))
        return found, [tuple(row) for row in left]
    finally:
        await connection.close()


def statistics(name: str, sql: str) -> Advised:
    return Advised(Change("statistics", name, name, "", steps=(Step(sql),)), "explained", "medium")


async def with_failures(dsn: str) -> Proved:
    """One that the copy refuses, then one that ends our session on it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        await connection.execute("VACUUM ANALYZE")
        facts = await read_facts(connection, ("public",))
        never = next(one for one in facts.indexes if one.name == "never")
        gone, unfinished = (replace(never, name=name, oid=0) for name in ("gone", "unfinished"))
        changes = [
            USEFUL,
            statistics("refused", "SELECT 1 / 0"),
            drop_of(replace(unfinished, valid=False), "invalid"),
            statistics("ending", "SELECT pg_terminate_backend(pg_backend_pid())"),
            drop_of(gone, "unused"),
            drop_of(replace(gone, name="twice"), "duplicate"),
        ]
        clone = Clone(read_target(Secret(dsn), {}, where="test"), Copy("template", "", 0, 0.0), superuser=True)
        some = replace(WORKLOAD, queries=WORKLOAD.queries[:1])
        until = Until.within(60.0, asyncio.Event())
        return await prove(Builds(clone, connection), some, facts, changes, until, lambda _: None)
    finally:
        await connection.close()


def test_what_fails_on_the_copy_loses_nothing_that_was_proved_before_it(database: str) -> None:
    found = asyncio.run(with_failures(database))
    assert [(one.change.title, one.standing, one.gives) for one in found.advised] == [
        (USEFUL.change.title, "proved", ""),
        ("refused", "explained", "not measured: the copy refuses it: division by zero"),
        ("ending", "explained", "not measured: the connection to the copy was lost"),
        ("twice", "explained", "not measured: the connection to the copy was lost"),
        ("unfinished", "explained", ""),
    ]
    why_not = [(one.change.title, one.why) for one in found.rejected]
    assert why_not == [("gone", "not measured: the connection to the copy was lost")]
    assert found.notes == ["the connection to the copy was lost: what was measured until then stands"]


async def both(dsn: str) -> Proved:
    """An index, and a longer one that is for another statement and serves the first one's as well."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        await connection.execute("VACUUM ANALYZE")
        facts = await read_facts(connection, ("public",))
        clone = Clone(read_target(Secret(dsn), {}, where="test"), Copy("template", "", 0, 0.0), superuser=True)
        first = Query("new", "SELECT count(*) FROM \"Orders\" WHERE status = 'new'", 100, 0)
        second = Query("of one", 'SELECT note FROM "Orders" WHERE status = \'new\' AND "Customer" = 1500', 1000, 0)
        some = replace(WORKLOAD, queries=[first, second])
        until = Until.within(60.0, asyncio.Event())
        return await prove(Builds(clone, connection), some, facts, [USELESS, LONGER], until, lambda _: None)
    finally:
        await connection.close()


def test_where_an_earlier_index_is_superfluous_the_later_one_tells_what_it_saves_by_itself(database: str) -> None:
    found = asyncio.run(both(database))
    (rejected,), (longer,) = found.rejected, found.advised
    assert rejected.change == USELESS.change
    assert rejected.why.startswith('superfluous beside Orders (status, "Customer"): ')
    assert longer.change == LONGER.change
    assert longer.proof is not None
    assert {one.query: one.effect for one in longer.proof.queries} == {"new": "better", "of one": "better"}
    assert found.together is not None
    shares = [one.saved_ms.value / one.before_ms for one in (longer.proof, found.together)]
    assert shares[0] == pytest.approx(shares[1], abs=0.05)
    assert shares[0] > 0.8


async def rounds_of(dsn: str, until: Until) -> int:
    """Of a statement that takes a moment."""
    connection = await asyncpg.connect(dsn)
    try:
        clone = Clone(read_target(Secret(dsn), {}, where="test"), Copy("template", "", 0, 0.0), superuser=True)
        running, switch = Running(clone, connection, 5.0), Switch(Builds(clone, connection), connection)
        one = Query("slow", "SELECT pg_sleep(0.03)", 1, 0)
        bench = Bench(running, switch, Workload({"slow": weighed(one, 30.0)}))
        found = await play(bench, (NONE, NONE), ["slow"], until, lambda _: True)
        return len(found[0].before) if not isinstance(found, Broken) and found else 0
    finally:
        await connection.close()


def test_what_is_judged_has_three_rounds_whatever_its_share_of_the_time(database: str) -> None:
    whole = Until.within(60.0, asyncio.Event())
    assert asyncio.run(rounds_of(database, whole.part(0.0, most=0.5))) == 3
    assert asyncio.run(rounds_of(database, whole.part(0.0))) == 0
    assert asyncio.run(rounds_of(database, whole.part(0.0, most=0.002))) == 0


async def everything(dsn: str) -> tuple[Proved, list[Proved], list[tuple[str, bool]]]:
    connection = await asyncpg.connect(dsn)
    await connection.execute(DDL)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    stop, stopped = asyncio.Event(), asyncio.Event()
    stopped.set()
    whole = Until.within(60.0, stop)
    found, left = await proved_on(dsn, [USEFUL, USELESS, HARMFUL, IMPOSSIBLE], ["never", "needed"], whole)
    ends = [Until.within(0.0, stop), Until.within(60.0, stopped)]
    return found, [(await proved_on(dsn, [USEFUL], [], end))[0] for end in ends], left


def test_what_pays_is_advised_and_what_harms_or_does_nothing_is_not(database: str) -> None:
    found, ended, left = asyncio.run(everything(database))
    useful, never = found.advised
    assert useful.change == USEFUL.change
    assert useful.standing == "proved"
    assert useful.proof is not None
    read = next(one for one in useful.proof.queries if one.query == "by customer")
    assert read.effect == "better"
    assert read.after.pages
    assert read.before.pages
    assert read.after.pages < read.before.pages / 10
    assert read.after.plan.endswith(USEFUL.change.title)
    assert useful.proof.size_bytes > 0

    why = {one.change.title: one.why for one in found.rejected}
    assert why[USELESS.change.title] == "no statement's plan uses it once it is there"
    assert 'column "gone" does not exist' in why[IMPOSSIBLE.change.title]
    harmful = next(one for one in found.rejected if one.change == HARMFUL.change)
    assert "slower" in harmful.why or "costs more" in harmful.why
    assert harmful.proof is not None
    bump = next(one for one in harmful.proof.queries if one.query == "bump")
    assert bump.after.wal_bytes > bump.before.wal_bytes * 1.1

    (cost,) = harmful.proof.writes
    assert cost.hot_share == (1.0, 0.0)

    assert never.change.title == "never"
    assert never.proof is not None
    add = next(one for one in never.proof.queries if one.query == "add")
    assert add.after.wal_bytes < add.before.wal_bytes
    assert why["needed"] == """a statement is slower without it: SELECT note FROM "Orders" WHERE id = 7"""

    assert found.together is not None
    assert found.together.saved_ms.low > 0
    assert {one.query for one in found.together.queries} == {"by customer", "not new", "by id", "add", "bump", "top"}
    assert found.notes == ['gone could not be executed on the copy: relation "gone" does not exist']
    assert [one.advised for one in ended] == [[], []]
    why_not = [one.why for late in ended for one in late.rejected]
    assert why_not == ["not measured: time was up", "not measured: interrupted"]
    assert left == [("needed", True), ("never", True), ("posts_pkey", True)]
