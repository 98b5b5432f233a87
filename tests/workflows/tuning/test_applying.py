"""A tuning is applied to real servers: what is done, what is refused, and what is left when it is broken off."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.applied import AppliedChange, AppliedIndex
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.tune.beyond.tunables.tables import table_setting
from plimsoll.tune.migrating.selecting import UNDER_WAY
from plimsoll.tune.migrating.steps import create_steps, drop_steps
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.apply_checks import in_the_way
from plimsoll.workflows.tuning.apply_live import against_change, live_now
from plimsoll.workflows.tuning.apply_opening import LOCK
from plimsoll.workflows.tuning.apply_record import found_done, recorded, recorded_back
from plimsoll.workflows.tuning.applying import ApplyRequest, ApplyResult, apply, preview
from plimsoll.workflows.tuning.keeping import keep, kept
from tests.core.tuning.tunings import NOON, made

ODD = TableName("Odd", "My Table")
EVENTS = TableName("public", "events")
TABLES = f"""
CREATE SCHEMA "Odd";
CREATE TABLE {ODD.quoted} ("Id" int PRIMARY KEY, "Kind" int, note text);
INSERT INTO {ODD.quoted} SELECT n, n % 7, 'x' FROM generate_series(1, 1000) n;
CREATE INDEX old ON {ODD.quoted} (note);
CREATE TABLE events (at date, kind int) PARTITION BY RANGE (at);
CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT PARTITION BY LIST (kind);
CREATE TABLE events_rest_1 PARTITION OF events_rest DEFAULT;
"""
INDEXES = """
SELECT c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname ~ '^(idx_|old)' ORDER BY 1
"""
# A partition that was made after the advice, and one that can have no index, which keeps the whole from being valid.
SINCE = """
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE FOREIGN DATA WRAPPER far;
CREATE SERVER far FOREIGN DATA WRAPPER far;
CREATE FOREIGN TABLE events_far PARTITION OF events FOR VALUES FROM ('2026-03-01') TO ('2026-04-01') SERVER far;
"""
# And one that was made when the whole was there: the server has given it its part.
LATER = "CREATE TABLE events_later PARTITION OF events FOR VALUES FROM ('2026-04-01') TO ('2026-05-01')"
ALL = [
    "idx_events_a_kind", "idx_events_kind INVALID", "idx_events_new_kind", "idx_events_rest_1_kind",
    "idx_events_rest_kind", "idx_my_table_kind",
]  # fmt: skip


def on(table: TableName, column: str) -> Index:
    return Index(table, (IndexKey.of(column),))


def creating(index: Index, facts: DatabaseFacts) -> Advised:
    change = Change("create-index", str(index.table), f"Create {index.name}", "why", index=index)
    return Advised(replace(change, steps=create_steps(index, facts)), "proved", "high")


def dropping(facts: DatabaseFacts) -> Advised:
    old = next(one for one in facts.indexes if one.name == "old")
    change = Change("drop-index", "Odd.My Table", "Drop old", "why", existing=old, form="unused")
    return Advised(replace(change, steps=drop_steps(old, facts)), "explained", "high")


async def tuning_of(connection: asyncpg.Connection, root: Path, *more: Advised) -> Tuning:
    facts = await read_facts(connection)
    advised = (dropping(facts), creating(on(ODD, "Kind"), facts), creating(on(EVENTS, "kind"), facts), *more)
    name = await connection.fetchval("SELECT current_database()")
    tuning = made(*advised, database=name)
    keep(tuning, root)
    return tuning


def asked(dsn: str, root: Path, *only: int) -> ApplyRequest:
    return ApplyRequest(TargetRequest(Settings(), {}, dsn=Secret(dsn), project=None), only=only, root=root)


async def applied(dsn: str, root: Path, *only: int, back: bool = False) -> tuple[ApplyResult, list[str]]:
    said: list[str] = []
    return await apply(replace(asked(dsn, root, *only), back=back), asyncio.Event(), said.append), said


def states(changes: Sequence[AppliedChange]) -> list[str]:
    return [one.state for one in changes]


def recorded_states(root: Path) -> list[str]:
    record = kept(root, None).applied
    assert record is not None
    return states(record.changes)


async def there(connection: asyncpg.Connection) -> list[str]:
    return [row[0] for row in await connection.fetch(INDEXES)]


def test_everything_is_done_once_and_what_was_broken_off_is_gone_on_with(each_database: str, tmp_path: Path) -> None:
    async def go() -> None:
        connection = await asyncpg.connect(each_database)
        await connection.execute(TABLES)
        await tuning_of(connection, tmp_path)
        # What a try left that was killed: an unfinished one, an empty whole, and one part that is built.
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(f'CREATE UNIQUE INDEX CONCURRENTLY idx_my_table_kind ON {ODD.quoted} ("Kind")')
        await connection.execute(SINCE)
        await connection.execute("CREATE INDEX idx_events_kind ON ONLY events (kind)")
        await connection.execute("CREATE INDEX idx_events_a_kind ON events_a (kind)")
        built = await connection.fetchval("SELECT 'idx_events_a_kind'::regclass::oid")
        await connection.execute(LATER)

        seen = await preview(asked(each_database, tmp_path))
        assert await there(connection) == [
            "idx_events_a_kind",
            "idx_events_kind INVALID",
            "idx_my_table_kind INVALID",
            "old",
        ]
        assert [len([done for _, done in one.steps if not done]) for one in seen.to_do] == [2, 7, 1]

        result, said = await applied(each_database, tmp_path)
        assert states(result.changes) == ["done", "done", "done"], said
        assert await there(connection) == ALL
        assert await connection.fetchval("SELECT 'idx_events_a_kind'::regclass::oid") == built
        record = kept(tmp_path, None).applied
        assert record is not None
        assert [one.index for one in record.changes] == [
            AppliedIndex("Odd", "idx_my_table_kind"), AppliedIndex("public", "idx_events_kind"), None,
        ]  # fmt: skip
        assert (record.counters is None) == bool(record.uncounted)

        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        with pytest.raises(RefusedError, match="somebody else is applying a tuning"):
            await applied(each_database, tmp_path)
        await connection.execute(f"SELECT pg_advisory_unlock({LOCK})")
        again, _ = await applied(each_database, tmp_path)
        assert states(again.changes) == ["was-there"] * 3
        assert recorded_states(tmp_path) == ["done"] * 3

        seen = await preview(replace(asked(each_database, tmp_path), back=True))
        assert [(one.number, one.against) for one in seen.to_do] == [(1, ""), (3, ""), (2, "")]
        undone, said = await applied(each_database, tmp_path, 1, 3, back=True)
        assert states(undone.changes) == ["done", "done"], said
        assert await there(connection) == ["idx_my_table_kind", "old"]
        assert recorded_states(tmp_path) == ["done", "taken-back", "taken-back"]
        await connection.execute('DROP INDEX "Odd".idx_my_table_kind')
        undone, _ = await applied(each_database, tmp_path, back=True)
        assert (states(undone.changes), recorded_states(tmp_path)) == (["was-there"], ["taken-back"] * 3)
        with pytest.raises(RefusedError, match="there is nothing to take back"):
            await applied(each_database, tmp_path, back=True)
        await connection.close()

    asyncio.run(go())


async def when_waited_for(pid: int, connection: asyncpg.Connection, task: "asyncio.Future[ApplyResult]") -> None:
    """Returns as soon as somebody waits for a process; the server is asked, nothing is slept through."""
    asking = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))"
    while not await connection.fetchval(asking, pid):
        assert not task.done()


async def pids_in_the_way(connection: asyncpg.Connection, root: Path) -> list[list[int]]:
    """Of each change by itself, also of transactions that have only begun."""
    changes = [(number, one) for number, one in enumerate(kept(root, None).tuning.advised, 1)]
    found = [await in_the_way(connection, [one], 30.0, 0.0) for one in changes]
    assert await in_the_way(connection, changes, 30.0, 30.0) == []
    return [[row["pid"] for row in rows] for rows in found]


def test_stopped_while_it_waits_it_is_cancelled_on_the_server_and_nothing_unfinished_is_left(
    database: str, tmp_path: Path
) -> None:
    async def go() -> None:
        connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
        await connection.execute(TABLES)
        await tuning_of(connection, tmp_path)
        stop, dropping, said = asyncio.Event(), asyncio.Event(), list[str]()

        def say(line: str) -> None:
            said.append(line)
            if "dropping idx_my_table_kind" in line:
                dropping.set()

        async with other.transaction():
            await other.execute(f"LOCK TABLE {ODD.quoted} IN ROW EXCLUSIVE MODE")
            assert await pids_in_the_way(connection, tmp_path) == [
                [other.get_server_pid()],
                [other.get_server_pid()],
                [],
            ]
            task = asyncio.ensure_future(apply(asked(database, tmp_path, 1, 2), stop, say))
            await when_waited_for(other.get_server_pid(), connection, task)
            stop.set()
            # The unfinished index can be dropped when the other has ended.
            wish = asyncio.ensure_future(dropping.wait())
            await asyncio.wait({task, wish}, return_when=asyncio.FIRST_COMPLETED)
            assert dropping.is_set(), said
        result = await task
        assert result.interrupted
        assert states(result.changes) == ["left", "left"]
        assert await there(connection) == ["old"]
        assert await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query ~ '^CREATE INDEX'") == 0
        assert recorded_states(tmp_path) == ["left", "left"]
        await asyncio.gather(connection.close(), other.close())

    asyncio.run(go())


def test_another_database_is_refused_what_has_changed_since_is_not_done_and_after_a_failure_nothing_is_dropped(
    database: str, tmp_path: Path
) -> None:
    async def go() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute(TABLES)
        tuning = await tuning_of(connection, tmp_path)
        with pytest.raises(UsageError, match="there is no change 9"):
            await applied(database, tmp_path, 9)
        keep(replace(tuning, database="elsewhere"), tmp_path)
        with pytest.raises(RefusedError, match="the tuning is of database elsewhere"):
            await applied(database, tmp_path)
        keep(tuning, tmp_path)
        assert await there(connection) == ["old"]
        await connection.execute(f'ALTER TABLE {ODD.quoted} RENAME COLUMN "Kind" TO gone; DROP TABLE events CASCADE')
        result, _ = await applied(database, tmp_path)
        assert states(result.changes) == ["left", "left", "left"]
        assert [one.why for one in result.changes] == [one.against for one in result.preview.changes] == [
            'column "Kind" does not exist', "table events is not there any more",
            "nothing is dropped after a change that was not done: Create idx_my_table_kind",
        ]  # fmt: skip
        assert await there(connection) == ["old"]
        await connection.execute(
            f'ALTER TABLE {ODD.quoted} ALTER note SET NOT NULL; DROP INDEX "Odd".old;'
            f'CREATE UNIQUE INDEX old ON {ODD.quoted} ("Id", note);'
            f"ALTER TABLE {ODD.quoted} REPLICA IDENTITY USING INDEX old"
        )
        result, _ = await applied(database, tmp_path, 1)
        assert result.changes[0].why.startswith("index old is needed: it is the table's replica identity")
        assert await there(connection) == ["old"]
        await connection.close()

    asyncio.run(go())


def test_right_before_an_index_is_dropped_what_serves_in_its_place_is_looked_for_again(
    database: str, tmp_path: Path
) -> None:
    async def go() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute(f'{TABLES}; CREATE INDEX old_wide ON {ODD.quoted} (note, "Kind")')
        facts = await read_facts(connection)
        one = dropping(facts)
        covered = replace(one, change=replace(one.change, form="covered"))
        # Somebody else, between the first look and the drop.
        meanwhile = Change("statistics", "x", "Meanwhile", "why", steps=(Step('DROP INDEX "Odd".old_wide'),))
        name = await connection.fetchval("SELECT current_database()")
        keep(made(Advised(meanwhile, "explained", "high"), covered, database=name), tmp_path)
        assert [one.against for one in (await preview(asked(database, tmp_path))).changes] == ["", ""]
        result, _ = await applied(database, tmp_path)
        assert states(result.changes) == ["done", "left"]
        assert result.changes[1].why.startswith("no other index does any more what old does")
        assert await there(connection) == ["old"]
        await connection.close()

    asyncio.run(go())


def test_what_has_changed_is_told_beforehand_and_left_out(database: str, tmp_path: Path) -> None:
    async def go() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute(TABLES)
        facts = await read_facts(connection)
        setting = table_setting(facts, facts.tables[ODD], {"fillfactor": "90"}, "fillfactor", "Leave room", "why")
        await tuning_of(connection, tmp_path, setting)
        role = f"{await connection.fetchval('SELECT current_database()')}_other"
        await connection.execute(
            f'CREATE INDEX twin ON {ODD.quoted} ("Kind"); DROP TABLE events CASCADE; CREATE VIEW events AS SELECT 1;'
            f'CREATE ROLE {role}; GRANT USAGE ON SCHEMA "Odd" TO {role}'
        )
        try:
            seen = await preview(asked(database, tmp_path))
            assert {one.number: one.against for one in seen.changes} == {
                1: "nothing is dropped after a change that was not done: Create idx_my_table_kind",
                2: "index twin is the same, and is there by now", 3: "events is a view by now", 4: "",
            }  # fmt: skip
            await connection.execute(f"SET ROLE {role}")
            live = await live_now(connection, setting.change)
            assert against_change(setting.change, live).startswith("only the owner of Odd.My Table may do it")
        finally:
            await connection.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")
            await connection.close()

    asyncio.run(go())


def test_that_a_change_is_still_there_does_not_hide_when_it_was_done() -> None:
    done = AppliedChange("a", "A", "done", NOON, 5.0)
    for state in ("was-there", "left"):
        assert recorded((done,), AppliedChange("a", "A", state, NOON)) == (done,)
    failed = AppliedChange("a", "A", "failed", NOON)
    assert recorded((failed,), done) == (done,)


def test_only_what_was_taken_back_is_recorded_so() -> None:
    done, back = AppliedChange("a", "A", "done", NOON, 5.0), AppliedChange("a", "Take back: A", "done", NOON)
    assert recorded_back((done,), replace(back, state="failed")) == (done,)
    assert recorded_back((done,), back) == (replace(done, state="taken-back"),)


def test_what_a_killed_go_had_begun_and_the_server_ended_counts_as_done() -> None:
    assert found_done((AppliedChange("a", "A", "left", NOON, why=UNDER_WAY),), "a") == "done"
    assert found_done((AppliedChange("b", "B", "left", NOON),), "a") == found_done((), "a") == "was-there"
