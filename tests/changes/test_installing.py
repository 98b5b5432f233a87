"""Installing what was shown, removing it whole, and what becomes of a schema that changes meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from plimsoll.changes.catalog import kind_of
from plimsoll.changes.installing import carry_out, plan_install, plan_remove, read_status
from plimsoll.changes.watch import Watch, checked_watches
from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import Template
from tests.changes.histories import ORDERS, House, in_house, watch

WATCH = "public.orders=order:{id},org:{org}"
OWN = "table:public.orders"
ALL = {"order:*", "org:*", OWN}
THINGS = """
SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) + (SELECT count(*) FROM pg_event_trigger)
     + (SELECT count(*) FROM pg_namespace WHERE nspname = 'plimsoll_changes')
     + (SELECT count(*) FROM pg_proc WHERE oid > 16384)
"""


def on(dsn: str, story: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
    async def go() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await story(connection)
        finally:
            await connection.close()

    asyncio.run(go())


def test_an_owner_installs_it_twice_and_removes_it_without_a_trace(each_database: str) -> None:
    async def story(connection: asyncpg.Connection) -> None:
        await connection.execute("DROP ROLE IF EXISTS own; CREATE ROLE own; SET ROLE own")
        with pytest.raises(RefusedError, match="may not create a schema"):
            await plan_install(connection, [])
        await connection.execute("RESET ROLE; GRANT CREATE ON SCHEMA public TO own")
        database = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute(f"GRANT CREATE ON DATABASE {database} TO own; SET ROLE own; {ORDERS}")
        before = await connection.fetchval(THINGS)
        watches = [Watch.parse(WATCH)]
        plan = await plan_install(connection, watches)
        assert (plan.changed, len(plan.notes)) == ((f"watch {WATCH}",), 1)
        assert await connection.fetchval(THINGS) == before
        await carry_out(connection, plan)
        again = await plan_install(connection, watches)
        assert (again.statements, again.unchanged) == ((), (TableName("public", "orders"),))
        more = await plan_install(connection, [Watch.parse("orders=order:{id}")], retain_s=60, readers=["own"])
        await carry_out(connection, more)
        assert more.changed == ("watch again public.orders=order:{id}",)
        status = await read_status(connection)
        assert [(one.watch, one.drift) for one in status.installed] == [(Watch.parse("orders=order:{id}"), ())]
        assert (status.standing.retain_s, status.held_rows) == (60.0, 3)
        await carry_out(connection, await plan_remove(connection))
        assert await connection.fetchval(THINGS) == before
        assert (await plan_remove(connection)).statements == ()
        await connection.execute("RESET ROLE; DROP OWNED BY own; DROP ROLE own")

    on(each_database, story)


def test_one_table_is_given_up_and_its_tags_go_once_more(database: str) -> None:
    @in_house(database, f"{ORDERS}; CREATE TABLE other (id int)", WATCH, "other")
    async def _(there: House, one: asyncpg.Connection) -> None:
        await carry_out(one, await plan_remove(one, [TableName("public", "orders")]))
        assert await there.polled() == [ALL]
        await one.execute("INSERT INTO orders VALUES (1); INSERT INTO other VALUES (1); DELETE FROM other WHERE id = 2")
        assert await there.polled() == [{"table:public.other"}]
        with pytest.raises(RefusedError, match="orders is not watched"):
            await plan_remove(one, [TableName("public", "orders")])
        await one.execute(
            "DROP ROLE IF EXISTS own; CREATE ROLE own; GRANT USAGE ON SCHEMA plimsoll_changes TO own; SET ROLE own"
        )
        with pytest.raises(RefusedError, match=r"^nothing can be removed here: another role owns"):
            await plan_remove(one)
        await one.execute("RESET ROLE; DROP OWNED BY own; DROP ROLE own")


REPORTED = 'SELECT plimsoll_changes.report(\'shop\', \'web-1\', \'{"families": {"org": {"hits": 1, "misses": 1}}}\')'
TABLE = TableName("public", "orders")


def test_what_a_process_keeps_values_by_is_not_given_up_unless_it_is_meant(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        fewer = [Watch.parse("public.orders=order:{id}")]
        await one.execute(REPORTED)
        for plan in (plan_remove(one, [TABLE]), plan_install(one, fewer)):
            with pytest.raises(RefusedError, match="would be written no more") as raised:
                await plan
            assert "shop web-1" in raised.value.why
        with pytest.raises(RefusedError, match="shop web-1"):  # it would pass itself by
            await plan_remove(one)
        assert (await plan_remove(one, in_use=True)).statements
        meant = await plan_install(one, fewer, in_use=True)
        await carry_out(one, meant)
        assert {"org:*"} in await there.polled()
        assert any(note.startswith("org:* will be written no more") for note in meant.notes)
        await carry_out(one, await plan_remove(one, [TABLE]))  # nobody reports values of order:…
        assert await there.polled() == [{"order:*", OWN}]


SETUP = """
CREATE TABLE parts (id numeric, code char(3), at timestamptz, v int) PARTITION BY LIST (v);
CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
CREATE VIEW seen AS SELECT 1 AS id;
CREATE DOMAIN short AS text; CREATE TABLE fine (id short)
"""


REFUSED = [
    ("nowhere", "there is no table nowhere"),
    ("seen=a:{id}", "it is not a table"),
    ("pg_catalog.pg_class=a:{relname}", "the server's own"),
    ("part=a:{v}", "written through parts too"),
    ("parts=a:{id}", "is of type numeric"),
    ("parts=a:{code}", "character\\(3\\)"),
    ("parts=a:{v},b:{at}", "timestamp with time zone"),
    ("parts=a:{nothing}", "no column 'nothing'"),
]


def test_what_cannot_be_watched_is_refused_by_name(database: str) -> None:
    async def story(connection: asyncpg.Connection) -> None:
        await connection.execute(SETUP)
        for text, why in REFUSED:
            with pytest.raises(RefusedError, match=why):
                await plan_install(connection, [Watch.parse("fine=f:{id}"), Watch.parse(text)])

    on(database, story)


def test_equal_values_have_one_text() -> None:
    fine = {"is": "b", "domain": False, "base": "text", "schema": "pg_catalog", "exact": True}
    fine |= {"generated": "", "shown": "text"}
    assert kind_of(fine) == ("text", "")
    for odd in ({"exact": False}, {"generated": "v"}, {"is": "e", "domain": True}):
        kind, why = kind_of({**fine, **odd})
        assert (kind, bool(why)) == ("", True)


# A change of the schema, what status says of it, and what a write of row 1 then gives.
CHANGES: list[tuple[str, str, set[str]]] = [
    ("ALTER TABLE orders RENAME org TO owner", "column org was dropped, renamed or got another type", ALL),
    ("ALTER TABLE orders DROP COLUMN org", "column org was dropped, renamed or got another type", ALL),
    ("ALTER TABLE orders ALTER org TYPE numeric", "column org was dropped, renamed or got another type", ALL),
    ("ALTER TABLE orders ALTER org TYPE bigint", "column org was dropped, renamed or got another type", ALL),
    ("ALTER TABLE orders RENAME TO bills; CREATE VIEW orders AS SELECT * FROM bills", "it is called public.bills now",
     {"order:1", "org:%0", OWN}),
    ("ALTER TABLE orders DISABLE TRIGGER USER", "a trigger of public.orders is missing or switched off", set()),
    ("ALTER TABLE orders ADD COLUMN more int DEFAULT 3", "", {"order:1", "org:%0", OWN}),
    ("GRANT UPDATE (note) ON orders TO PUBLIC", "", {"order:1", "org:%0", OWN}),
    ("CREATE POLICY mine ON orders USING (id = 1)", "", {"order:1", "org:%0", OWN}),
]  # fmt: skip

SAME = "UPDATE orders SET id = id WHERE id = {}"
AGAIN = "UPDATE plimsoll_changes.state SET told_at = '-infinity'"  # what is not as it was is told once a second


@pytest.mark.parametrize("superuser", [True, False])
def test_a_change_of_the_schema_breaks_no_write_and_is_told(database: str, superuser: bool) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        if not superuser:
            await one.execute("DROP EVENT TRIGGER plimsoll_ddl")
        for change, drift, written in CHANGES:
            transaction = f"change {change}"
            await one.execute(f"INSERT INTO orders (id) VALUES (5); {SAME.format(5)}")  # so that the session has plans
            assert await there.polled() == [{"order:5", "org:%0", OWN}] * 2
            await one.execute(change)
            if not superuser:
                assert await there.polled() == []
                await one.execute(AGAIN)
                await there.poller.tend()
            told = await there.polled()
            assert told, transaction
            assert all(found == ALL for found in told), transaction
            assert [found.drift for found in (await read_status(one)).installed] == [(drift,) if drift else ()]
            await one.execute(f"INSERT INTO orders (id) VALUES (1); {SAME.format(1)}")
            assert await there.polled() == ([written] * 2 if written else []), transaction
            await one.execute(AGAIN)
            await there.poller.tend()
            assert await there.polled() == ([ALL] if drift else []), transaction
            await one.execute(
                f"DROP VIEW IF EXISTS orders; DROP TABLE IF EXISTS bills, orders; {ORDERS}"
                if "VIEW" in change
                else f"DROP TABLE orders; {ORDERS}"
            )
            assert [found.drift for found in (await read_status(one)).installed] == [("the table is gone",)]
            await watch(one, WATCH)
            await there.polled()


def test_a_new_partition_is_told_until_it_is_watched_too(database: str) -> None:
    setup = (
        "CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (9)"
    )

    @in_house(database, setup, "p=p:{id}")
    async def _(there: House, one: asyncpg.Connection) -> None:
        await one.execute("CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (9) TO (99)")
        await there.polled()
        assert (await read_status(one)).installed[0].drift == ("a trigger of public.p_2 is missing or switched off",)
        await watch(one, "p=p:{id}")
        assert (await read_status(one)).installed[0].drift == ()
        await there.polled()
        await one.execute("INSERT INTO p_2 VALUES (10)")
        assert await there.polled() == [{"p:10", "table:public.p"}]
        found = await one.fetch("SELECT name, watched_name, templates FROM plimsoll_changes.relations() ORDER BY 1")
        assert [tuple(row) for row in found] == [(name, "p", ["p:{id}"]) for name in ("p", "p_1", "p_2")]


def test_who_holds_a_table_makes_it_give_up_and_nothing_is_left(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plimsoll.changes.installing.SETTINGS", ("SET LOCAL lock_timeout = '10ms'",))

    async def story(connection: asyncpg.Connection) -> None:
        await connection.execute(ORDERS)
        other = await asyncpg.connect(database)
        await other.execute("BEGIN; INSERT INTO orders VALUES (1)")
        with pytest.raises(RefusedError, match="nothing was changed: another session held a lock"):
            await carry_out(connection, await plan_install(connection, [Watch.parse(WATCH)]))
        assert await connection.fetchval("SELECT to_regnamespace('plimsoll_changes')") is None
        await other.close()

    on(database, story)


def test_a_cast_of_the_tables_owner_is_never_called_as_who_installed_it(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        await one.execute("""
            CREATE TYPE odd AS (a int);
            CREATE FUNCTION evil(odd) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
                $$BEGIN RAISE WARNING 'called'; RETURN 1; END$$;
            CREATE CAST (odd AS bigint) WITH FUNCTION evil(odd) AS IMPLICIT;
            ALTER TABLE orders DROP COLUMN org; ALTER TABLE orders ADD COLUMN org odd
        """)
        await there.polled()
        warned: list[object] = []
        one.add_log_listener(lambda _, message: warned.append(message))
        await one.execute("INSERT INTO orders VALUES (1, '', '(1)'); UPDATE orders SET org = NULL")
        assert (await there.polled(), warned) == ([ALL, ALL], [])


def test_what_a_dump_of_another_server_brought_goes(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        ahead = 2**40 + 1000
        await one.execute(f"UPDATE plimsoll_changes.state SET marked = '{ahead}:{ahead}:', trimmed = marked")
        await one.execute(f"UPDATE plimsoll_changes.state SET trimmed = marked, lowest = '{ahead}'")
        await one.execute(f"INSERT INTO plimsoll_changes.changelog VALUES ('{ahead}', '{{a:1}}')")
        await there.poller.tend()
        await there.poller.poll()
        await one.execute("INSERT INTO orders VALUES (1)")
        assert await there.polled() == [{"order:1", "org:%0", OWN}]
        assert there.heard.forgot == ["start", "epoch"]


def test_nobody_else_writes_rows_into_the_changelog(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        await one.execute("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger; GRANT ALL ON orders TO stranger")
        await one.execute(
            "GRANT CREATE ON SCHEMA public TO stranger; SET ROLE stranger; CREATE TABLE mine (id int, org int)"
        )
        writer = "plimsoll_changes." + (
            await one.fetchval("SELECT proname FROM pg_proc WHERE proname LIKE 'write_orders%'")
        )
        for statement in (
            f"CREATE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT EXECUTE FUNCTION {writer}()",
            "INSERT INTO plimsoll_changes.changelog (tags) VALUES ('{a:1}')",
            "SELECT plimsoll_changes.tend()",
            "SELECT plimsoll_changes.poll(NULL)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await one.execute(statement)
        await there.polled()
        await one.execute("INSERT INTO orders VALUES (1)")
        assert await there.polled() == [{"order:1", "org:%0", OWN}]
        await one.execute("RESET ROLE; DROP OWNED BY stranger; DROP ROLE stranger")


@pytest.mark.parametrize("text", ["", "=a:{id}", "a.b.c", "orders=a:{id};", "orders=table:{id}", "o" * 64])
def test_what_names_no_table_or_no_tags_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Watch.parse(text)
    assert raised.value.remedy


@pytest.mark.parametrize("name", ["Odd Tab.le", 'a "quoted" one', "a=b", "plain"])
def test_a_table_is_shown_as_it_is_to_be_written(name: str) -> None:
    one = Watch(TableName("public", name), (Template("odd", ("Id{x}",)),))
    assert Watch.parse(str(one)) == one
    assert Watch.parse(one.table.written).table == one.table


def test_who_names_a_table_with_a_blank_hears_of_quotes() -> None:
    with pytest.raises(UsageError) as raised:
        Watch.parse("public.Odd Tab.le=odd:{id}")
    assert '"Odd one"' in (raised.value.remedy or "")


def test_a_table_is_named_once() -> None:
    with pytest.raises(PlimsollError, match="is named twice"):
        checked_watches([Watch.parse("orders=a:{id}"), Watch.parse("public.orders")])
