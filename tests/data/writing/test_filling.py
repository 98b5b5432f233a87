import asyncio
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import polars as pl
import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st

from plimsoll.core.errors import RefusedError
from plimsoll.core.schema import Check
from plimsoll.data.drawing import BATCH_ROWS, Numbers
from plimsoll.data.writing.copying import BATCH_BYTES, FIRST_ROWS, GROWTH, rows_after
from plimsoll.data.writing.fill import Filled, FillPlan
from plimsoll.data.writing.filling import VERIFIED_ROWS_MIN, fill
from tests.data.made_fills import MadeFill, Seen, filled, given, ids, rows_of, run_sql, sequenced, table

MANY = VERIFIED_ROWS_MIN + 10


def as_role(dsn: str, role: str) -> str:
    parts = urlsplit(dsn)
    _, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{role}:made-up@{place}"))


@pytest.fixture
def plain_role(database: str) -> Iterator[str]:
    """The DSN of a role that owns nothing yet and may make tables."""
    role = "filler_" + urlsplit(database).path.strip("/").replace("-", "_")
    run_sql(database, f"CREATE ROLE {role} LOGIN PASSWORD 'made-up'; GRANT ALL ON SCHEMA public TO {role}")
    yield as_role(database, role)
    run_sql(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_all_values_arrive_as_they_were_made(each_database: str) -> None:
    run_sql(
        each_database,
        "CREATE TABLE t (id int PRIMARY KEY, word text, number float8, amount numeric(10, 2), flag bool, day date, "
        "at timestamptz, local timestamp, hour time, doc jsonb, tags text[])",
    )
    moment = datetime(2024, 3, 31, 1, 30, 0, 123456)  # noqa: DTZ001 (UTC by contract)
    words = [
        None,
        "",
        "NULL",
        "\\N",
        "\\.",
        'say "hi"',
        "a,b",
        "two\nlines",
        "dot\n\\.\ndot",
        "dot\n\\.",
        "\\.\n",
        "carriage\rreturn",
        " padded ",
        "Ω",
    ]
    numbers = [math.inf, -math.inf, 1e300, 0.1 + 0.2, None]
    columns = {
        "id": ids,
        "word": given(*words),
        "number": given(*numbers),
        "amount": given("12.50", None),
        "flag": given(True, False, None),
        "day": given(date(2024, 2, 29), None),
        "at": given(moment, None),
        "local": given(moment),
        "hour": given(time(23, 59, 59, 999999), None),
        "doc": given('{"a": "x\\ny", "b": ["\\""]}', None),
        "tags": given('{"a,b","c\\"d",NULL}', "{}"),
    }
    result = filled(each_database, MadeFill(table("t", *columns), len(words), columns))
    assert rows_of(each_database, "SELECT word FROM t ORDER BY id") == words
    assert rows_of(each_database, "SELECT number FROM t ORDER BY id") == (numbers * 3)[: len(words)]
    first = "SELECT amount, flag, day, at AT TIME ZONE 'UTC', local, hour, doc ->> 'a', tags FROM t WHERE id = 1"
    stated = (Decimal("12.50"), True, date(2024, 2, 29), moment, moment, time(23, 59, 59, 999999))
    assert rows_of(each_database, first) == [(*stated, "x\ny", ["a,b", 'c"d', None])]
    assert list(result.rows.values()) == [len(words)]
    assert result.bytes_copied > 0


def test_nan_arrives(database: str) -> None:
    run_sql(database, "CREATE TABLE t (number float8, amount numeric)")
    nan = given(math.nan)
    filled(database, MadeFill(table("t", "number", "amount"), 1, {"number": nan, "amount": nan}))
    assert rows_of(database, "SELECT number = 'NaN' AND amount = 'NaN' FROM t") == [True]


@pytest.mark.parametrize(
    ("kind", "values"), [("text", [None, "", "\\.", "x", "a\nb"]), ("int", [1, None, 3]), ("bool", [None, True])]
)
def test_a_single_column_keeps_its_nulls_and_empty_texts(each_database: str, kind: str, values: list[object]) -> None:
    run_sql(each_database, f"CREATE TABLE t (only_one {kind}, place serial)")
    filled(each_database, MadeFill(table("t", "only_one"), len(values), {"only_one": given(*values)}))
    assert rows_of(each_database, "SELECT only_one FROM t ORDER BY place") == values


def test_a_table_of_which_nothing_is_written_gets_its_rows_by_default(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, word text DEFAULT 'x')")
    filled(database, MadeFill(table("t"), 3, {}))
    assert rows_of(database, "SELECT id, word FROM t ORDER BY id") == [(1, "x"), (2, "x"), (3, "x")]


def test_many_batches_arrive_in_order_and_are_watched(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int)")
    watch = Seen()
    filled(database, MadeFill(table("t", "id"), 250_001, {"id": ids}), watch=watch)
    assert rows_of(database, "SELECT count(*), count(DISTINCT id), max(id) FROM t") == [(250_001, 250_001, 250_001)]
    assert watch.tables == [("t", 250_001)]
    done = [0, *(done for _, done in watch.done)]
    assert done[-1] == 250_001
    assert all(0 < after - before <= BATCH_ROWS for before, after in pairwise(done))


def test_wide_rows_come_in_small_batches(database: str) -> None:
    run_sql(database, "CREATE TABLE t (word text)")
    asked: list[int] = []

    def wide(n: Numbers, _tries: Numbers) -> Any:
        asked.append(len(n))
        return ["x" * 50_000] * len(n)

    filled(database, MadeFill(table("t", "word"), 1_000, {"word": wide}))
    assert sum(asked) == 1_000
    assert max(asked) * 50_000 <= max(BATCH_BYTES, FIRST_ROWS * 50_000)


@supposing(st.integers(1, BATCH_ROWS), st.integers(0, 2**40))
def test_a_batch_is_as_large_as_the_width_of_the_last_one_allows(rows: int, size: int) -> None:
    more = rows_after(rows, size)
    assert 1 <= more <= min(BATCH_ROWS, GROWTH * rows)
    assert more == 1 or more * size <= rows * BATCH_BYTES


PARENT_AND_CHILD = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int, p int REFERENCES p)"


def parent_and_child(rows: int, parents: int) -> tuple[MadeFill, MadeFill]:
    parent = MadeFill(table("p", "id"), parents, {"id": ids})
    values = {"id": ids, "p": lambda n, _: [None if i % 7 == 0 else i % 5 + 1 for i in n.tolist()]}
    return parent, MadeFill(table("c", "id", "p"), rows, values)


@pytest.mark.parametrize("rows", [10, MANY])
def test_foreign_keys_are_checked_by_whichever_route(each_database: str, rows: int) -> None:
    run_sql(each_database, PARENT_AND_CHILD)
    with pytest.raises(RefusedError, match="c_p_fkey"):
        filled(each_database, *parent_and_child(rows, parents=4))
    assert rows_of(each_database, "SELECT count(*) FROM p UNION ALL SELECT count(*) FROM c") == [0, 0]
    filled(each_database, *parent_and_child(rows, parents=5))
    assert rows_of(each_database, "SELECT count(*) FROM c") == [rows]


@pytest.mark.parametrize("rows", [10, MANY])
def test_a_plain_role_fills_with_its_foreign_keys_checked(plain_role: str, rows: int) -> None:
    run_sql(plain_role, PARENT_AND_CHILD)
    with pytest.raises(RefusedError, match=r"23503.*c_p_fkey"):
        filled(plain_role, *parent_and_child(rows, parents=4))
    filled(plain_role, *parent_and_child(rows, parents=5))
    assert rows_of(plain_role, "SELECT count(*) FROM c") == [rows]


def test_half_a_composite_key_is_wrong_only_where_it_must_match_in_full(each_database: str) -> None:
    run_sql(
        each_database,
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); INSERT INTO p VALUES (1, 1);"
        "CREATE TABLE simple (a int, b int, FOREIGN KEY (a, b) REFERENCES p);"
        "CREATE TABLE whole (a int, b int, CONSTRAINT whole_key FOREIGN KEY (a, b) REFERENCES p MATCH FULL)",
    )
    half = {"a": given(1, 1, None), "b": given(1, None, None)}
    filled(each_database, MadeFill(table("simple", "a", "b"), MANY, half))
    with pytest.raises(RefusedError, match="whole_key"):
        filled(each_database, MadeFill(table("whole", "a", "b"), MANY, half))


def test_partitions_are_filled_and_their_keys_verified(each_database: str) -> None:
    run_sql(
        each_database,
        "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 5);"
        "CREATE TABLE c (id int, p int REFERENCES p) PARTITION BY RANGE (id);"
        f"CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (1) TO (100);"
        f"CREATE TABLE c2 PARTITION OF c FOR VALUES FROM (100) TO ({MANY});",
    )
    child = parent_and_child(MANY, 5)[1]
    with pytest.raises(RefusedError, match="no partition"):
        filled(each_database, child)
    run_sql(each_database, "CREATE TABLE c3 PARTITION OF c DEFAULT")
    filled(each_database, child)
    assert rows_of(each_database, "SELECT count(*) FROM c3") == [1]


def test_temporal_keys_are_left_to_the_server(database: str) -> None:
    run_sql(
        database,
        "CREATE TABLE p (id int4range, during int4range, PRIMARY KEY (id, during WITHOUT OVERLAPS));"
        "INSERT INTO p VALUES ('[1,1]', '[1,9]');"
        "CREATE TABLE c (p int4range, during int4range, "
        "FOREIGN KEY (p, PERIOD during) REFERENCES p (id, PERIOD during))",
    )
    within = {"p": given("[1,1]"), "during": given("[3,5]")}
    filled(database, MadeFill(table("c", *within), MANY, within))
    assert rows_of(database, "SELECT count(*) FROM c") == [MANY]


def test_a_deferrable_unique_key_holds(database: str) -> None:
    run_sql(
        database, f"{PARENT_AND_CHILD}; ALTER TABLE c ADD CONSTRAINT once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED"
    )
    parent, child = parent_and_child(MANY, 5)
    child.values["id"] = lambda n, _: n // 2
    with pytest.raises(RefusedError, match="once"):
        filled(database, parent, child)
    assert rows_of(database, "SELECT count(*) FROM p") == [0]


def test_triggers_fire_and_may_refuse(database: str) -> None:
    run_sql(
        database,
        f"{PARENT_AND_CHILD};"
        "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF new.id > 20005 THEN RAISE EXCEPTION 'the house is full'; END IF; new.id = -new.id; RETURN new; END $$;"
        "CREATE TRIGGER guard BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION guard()",
    )
    with pytest.raises(RefusedError, match="the house is full") as raised:
        filled(database, *parent_and_child(MANY, 5))
    assert "trigger" in raised.value.remedy
    filled(database, *parent_and_child(5, 5))
    assert rows_of(database, "SELECT max(id) FROM c") == [-1]


def test_rows_that_a_trigger_drops_are_not_counted(database: str) -> None:
    run_sql(
        database,
        "CREATE TABLE t (id int);"
        "CREATE FUNCTION drop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF new.id > 7 THEN RETURN NULL; END IF; RETURN new; END $$;"
        "CREATE TRIGGER drop BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION drop()",
    )
    assert list(filled(database, MadeFill(table("t", "id"), 10, {"id": ids})).rows.values()) == [7]


def test_rows_that_refer_to_later_rows_of_their_own_table_are_taken(plain_role: str) -> None:
    run_sql(plain_role, "CREATE TABLE t (id int PRIMARY KEY, next int REFERENCES t)")
    rows = 250_000
    chain = {"id": ids, "next": lambda n, _: (n + 1) % rows + 1}
    filled(plain_role, MadeFill(table("t", "id", "next", refers_to="t"), rows, chain))
    assert rows_of(plain_role, "SELECT count(next) FROM t") == [rows]


def test_columns_of_a_cycle_are_set_when_all_tables_are_filled(each_database: str) -> None:
    run_sql(
        each_database,
        "CREATE TABLE team (id int PRIMARY KEY, lead int);"
        "CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL REFERENCES team);"
        "ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES person",
    )
    later = {"id": ids, "lead": given(2, None)}
    team = MadeFill(table("team", "id", "lead", key="id"), 4, {"id": ids}, later_values=later)
    person = MadeFill(table("person", "id", "team", key="id"), 8, {"id": ids, "team": given(1, 2, 3, 4)})
    filled(each_database, team, person)
    assert rows_of(each_database, "SELECT id, lead FROM team ORDER BY id") == [(1, 2), (2, None), (3, 2), (4, None)]


def test_sequences_continue_after_what_was_written(each_database: str) -> None:
    run_sql(
        each_database,
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY, w text); CREATE TABLE s (id serial, w text);"
        "CREATE TABLE up (id serial, w text); SELECT setval('up_id_seq', 90)",
    )
    fills = [
        MadeFill(table(name, sequenced("id", f'"public"."{name}_id_seq"')), 12, {"id": ids})
        for name in ("a", "s", "up")
    ]
    filled(each_database, *fills)
    following = "INSERT INTO {} (w) VALUES ('x') RETURNING id"
    assert [rows_of(each_database, following.format(name)) for name in ("a", "s", "up")] == [[13], [13], [91]]
    filled(each_database, *fills, empty_first=True)
    assert [rows_of(each_database, following.format(name)) for name in ("a", "s", "up")] == [[13], [13], [13]]


def test_a_sequence_that_cannot_be_set_is_told_before_anything_is_written(database: str, plain_role: str) -> None:
    role = urlsplit(plain_role).username
    run_sql(database, f"CREATE TABLE s (id serial); GRANT ALL ON s TO {role}")
    with pytest.raises(RefusedError, match="no right to set its sequence") as raised:
        filled(plain_role, MadeFill(table("s", sequenced("id", "public.s_id_seq")), 5, {"id": ids}))
    assert "GRANT" in raised.value.remedy
    assert rows_of(database, "SELECT count(*) FROM s") == [0]


def test_row_security_is_satisfied_or_named(plain_role: str) -> None:
    run_sql(
        plain_role,
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text, CHECK (tenant <> 'b'));"
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY own ON t USING (tenant = 'a')",
    )
    shape = table("t", "id", "tenant", row_security=True)
    filled(plain_role, MadeFill(shape, 120_000, {"id": ids, "tenant": given("a")}))
    assert rows_of(plain_role, "SELECT count(*), max(id) FROM t") == [(120_000, 120_000)]
    with pytest.raises(RefusedError, match=r"42501.*row-level security"):
        filled(plain_role, MadeFill(shape, 5, {"id": lambda n, _: n + 200_000, "tenant": given("a", "c")}))
    assert rows_of(plain_role, "SELECT count(*) FROM t") == [120_000]


WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)"
CHECKED = "CREATE TABLE t (id int PRIMARY KEY, v int, CONSTRAINT odd_sum CHECK ((id + v) % 2 = 1))"
ODD_SUM = Check("odd_sum", "((id + v) % 2) = 1", ("id", "v"))


def test_rows_that_fail_a_check_are_tried_again(each_database: str) -> None:
    run_sql(each_database, CHECKED)
    fill_it = MadeFill(table("t", "id", "v"), 1_500, {"id": ids, "v": lambda n, tries: tries // 3}, unsolved=(ODD_SUM,))
    result = filled(each_database, fill_it)
    assert rows_of(each_database, "SELECT count(*), min(v), max(v) FROM t") == [(1_500, 0, 1)]
    assert list(result.retried.values()) == [750]


def test_a_failure_beyond_the_first_rows_is_mended_too(database: str) -> None:
    run_sql(database, CHECKED)
    shape = table("t", "id", "v")

    def mostly_right(n: object, tries: object) -> object:
        return (n + tries) % 2 + (n == 30_000) * (1 - tries.clip(0, 1))  # type: ignore[operator, attr-defined]

    result = filled(database, MadeFill(shape, 30_002, {"id": ids, "v": mostly_right}, unsolved=(ODD_SUM,)))
    assert rows_of(database, "SELECT count(*) FROM t") == [30_002]
    assert list(result.retried.values()) == [1]


def test_a_check_that_no_try_satisfies_is_named_and_nothing_is_written(database: str) -> None:
    run_sql(database, f"{CHECKED}; CREATE TABLE before (id int)")
    never = MadeFill(table("t", "id", "v"), 10, {"id": ids, "v": ids}, unsolved=(ODD_SUM,))
    with pytest.raises(RefusedError, match=r"no rows satisfy check constraint 'odd_sum' \(t\): 1,000 tries"):
        filled(database, MadeFill(table("before", "id"), 10, {"id": ids}), never)
    assert rows_of(database, "SELECT count(*) FROM t UNION ALL SELECT count(*) FROM before") == [0, 0]


def test_a_trigger_may_make_right_what_a_check_would_refuse(database: str) -> None:
    run_sql(
        database,
        f"{CHECKED};"
        "CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.v = new.id + 1; RETURN new; END $$;"
        "CREATE TRIGGER mend BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION mend()",
    )
    shape = table("t", "id", "v", triggers=("mend",))
    filled(database, MadeFill(shape, 10, {"id": ids, "v": ids}, unsolved=(ODD_SUM,)))
    assert rows_of(database, "SELECT count(*) FROM t") == [10]


def test_checks_of_a_columns_domain_are_tried_too(database: str) -> None:
    run_sql(database, "CREATE DOMAIN even AS int CHECK (VALUE % 2 = 0); CREATE TABLE t (id int, v even)")
    check = Check("even_check", "(v % 2) = 0", ("v",))
    filled(
        database, MadeFill(table("t", "id", "v"), 9, {"id": ids, "v": lambda n, tries: n + tries}, unsolved=(check,))
    )
    assert rows_of(database, "SELECT v FROM t ORDER BY id") == [0, 2, 2, 4, 4, 6, 6, 8, 8]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("varchar(3)", "secretive", "column v.*22001"),
        ("smallint", "777777", "column v.*22003"),
        ("int NOT NULL", None, "column v.*23502"),
        ("int", "secretive", "column v.*22P02"),
        ("int CHECK (v < 0)", 5, "constraint t_v_check.*23514"),
        ("int UNIQUE", 5, r"constraint t_v_key.*23505.*\(v\)=\(5\)"),
    ],
)
def test_what_the_server_refuses_is_placed_and_shows_no_row(database: str, kind: str, value: object, said: str) -> None:
    run_sql(database, f"CREATE TABLE t (note text, v {kind})")
    values = {"note": given("private"), "v": lambda n, _: pl.Series([value] * len(n), dtype=None)}
    with pytest.raises(RefusedError, match=said) as raised:
        filled(database, MadeFill(table("t", "note", "v"), 2, values))
    assert raised.value.remedy
    assert "private" not in str(raised.value)
    assert "secretive" not in str(raised.value)
    assert "777777" not in str(raised.value)


def test_tables_are_emptied_before_unless_others_refer_to_them(database: str) -> None:
    run_sql(database, f"{PARENT_AND_CHILD}; INSERT INTO p VALUES (77)")
    parent, child = parent_and_child(10, 5)
    with pytest.raises(RefusedError, match="outside the plan refer to them: c"):
        filled(database, parent, empty_first=True)
    assert rows_of(database, "SELECT id FROM p") == [77]
    filled(database, parent, child, empty_first=True)
    filled(database, parent, child, empty_first=True)
    assert rows_of(database, "SELECT id FROM p ORDER BY id") == [1, 2, 3, 4, 5]


def test_emptying_is_undone_when_filling_fails(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (77)")
    with pytest.raises(RefusedError, match="t_pkey"):
        filled(database, MadeFill(table("t", "id"), 3, {"id": given(1)}), empty_first=True)
    assert rows_of(database, "SELECT id FROM t") == [77]


class Stopping(Seen):
    """Does something when the second batch has been sent."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act

    def rows(self, table: str, done: int) -> None:
        super().rows(table, done)
        if len(self.done) == 2:
            self.act()


@pytest.mark.parametrize("row_security", [False, True])
def test_a_cancelled_fill_leaves_nothing_and_the_connection_usable(database: str, row_security: bool) -> None:
    run_sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        connection = await asyncpg.connect(database)
        task: asyncio.Task[Filled] | None = None
        watch = Stopping(lambda: task and task.cancel())
        made = MadeFill(table("t", "id", row_security=row_security), 1_000_000, {"id": ids})
        task = asyncio.create_task(fill(connection, FillPlan((made,)), watch=watch))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert watch.done[-1][1] < 1_000_000
        assert await connection.fetchval("SELECT count(*) FROM t") == 0
        async with connection.transaction():
            await connection.execute("INSERT INTO t VALUES (1)")
        await connection.close()

    asyncio.run(run())


def test_a_lost_connection_leaves_nothing_and_is_told(each_database: str) -> None:
    run_sql(each_database, "CREATE TABLE t (id int)")

    async def run() -> None:
        connection = await asyncpg.connect(each_database)
        ending = f"SELECT pg_terminate_backend({connection.get_server_pid()}, 5000)"
        with ThreadPoolExecutor() as elsewhere:
            watch = Stopping(lambda: elsewhere.submit(run_sql, each_database, ending).result())
            made = MadeFill(table("t", "id"), 1_000_000, {"id": ids})
            with pytest.raises(RefusedError, match=r"connection to the server was lost|57P01"):
                await fill(connection, FillPlan((made,)), watch=watch)
        assert watch.done[-1][1] < 1_000_000

    asyncio.run(run())
    assert rows_of(each_database, "SELECT count(*) FROM t") == [0]


def test_a_connection_lost_while_the_server_waits_is_told_too(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int, word text)")

    async def run() -> None:
        connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
        made = MadeFill(table("t", "id", "word"), 40_000, {"id": ids, "word": given("x" * 1_000)})
        async with other.transaction():
            await other.execute("LOCK TABLE t")
            task = asyncio.create_task(fill(connection, FillPlan((made,)), watch=Seen()))
            while not await other.fetchval(WAITING, connection.get_server_pid()):
                assert not task.done()
            await other.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())
            with pytest.raises(RefusedError, match=r"connection to the server was lost|57P01"):
                await task
        await other.close()

    asyncio.run(run())


def test_a_fill_that_somebody_cancels_on_the_server_is_told(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int)")

    async def run() -> None:
        connection, other = await asyncpg.connect(database), await asyncpg.connect(database)
        async with other.transaction():
            await other.execute("LOCK TABLE t")
            task = asyncio.create_task(
                fill(connection, FillPlan((MadeFill(table("t", "id"), 5, {"id": ids}),)), watch=Seen())
            )
            while not await other.fetchval(WAITING, connection.get_server_pid()):
                assert not task.done()
            await other.execute("SELECT pg_cancel_backend($1)", connection.get_server_pid())
            with pytest.raises(RefusedError, match="57014"):
                await task
        assert not connection.is_in_transaction()
        await other.close()
        await connection.close()

    asyncio.run(run())
