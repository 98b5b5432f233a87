"""JDBC samplers as user.sql: placeholders, types, several statements, transactions, what rows are put into."""

import ast
import asyncio

import asyncpg
import pytest

from plimsoll.load.importers.jmx.sql_text import called, statements
from tests.load.importers.jmx.plans import asserted, element, group, imported, jdbc, outcome, steps

PREPARED = "Prepared Select Statement"


def sent(query: str, kind: str = PREPARED, **more: str) -> str:
    return steps(jdbc("q", query, kind=kind, **more)).partition('"""Users."""\n')[2]


def test_placeholders_are_numbered_but_not_those_in_texts_and_comments() -> None:
    query = "SELECT '?' AS \"?\", $$?$$, data ?? 'k' /* ? */ FROM t -- ?\nWHERE a = ? AND b = ?"
    made = sent(query, queryArguments="1,x", queryArgumentsTypes="INTEGER,VARCHAR")
    assert "SELECT '?' AS \"?\", $$?$$, data ? 'k' /* ? */ FROM t -- ?" in made
    assert "WHERE a = $1 AND b = $2" in made
    assert made.endswith('1,\n"x",\n)')


def test_a_statement_that_is_not_prepared_keeps_its_question_marks() -> None:
    assert sent("SELECT data ? 'k' FROM t", "Select Statement") == """await user.sql("q", "SELECT data ? 'k' FROM t")"""


@pytest.mark.parametrize(
    ("type_", "value", "wanted"),
    [
        ("INTEGER", "5", "5"),
        ("BIGINT", "-7", "-7"),
        ("VARCHAR", "5", '"5"'),
        ("INTEGER", "]NULL[", "None"),
        ("BOOLEAN", "true", "True"),
        ("BIT", "0", "False"),
        ("NUMERIC", "1.50", 'Decimal("1.50")'),
        ("DOUBLE", "2.5", 'float("2.5")'),
        ("DATE", "2024-05-06", 'date.fromisoformat("2024-05-06")'),
        ("TIMESTAMP", "2024-05-06 07:08:09", 'datetime.fromisoformat("2024-05-06 07:08:09")'),
        ("INTEGER", "${__Random(1,9)}", "user.draw(numbers_1_to_9)"),
        ("VARCHAR", "${__Random(1,9)}", "str(user.draw(numbers_1_to_9))"),
        ("INTEGER", "${n}", "int(N)"),
        ("VARCHAR", "a${n}", 'f"a{N}"'),
    ],
)
def test_a_parameter_has_the_type_that_the_server_wants(type_: str, value: str, wanted: str) -> None:
    child = jdbc("q", "SELECT ?", kind=PREPARED, queryArguments=value, queryArgumentsTypes=type_)
    assert f'user.sql("q", "SELECT $1", {wanted})' in steps(child, variables={"n": "4"})


def test_a_text_that_is_cast_stays_a_text_for_the_driver() -> None:
    query = "SELECT ?::date, CAST(? AS uuid), ?::int, ?"
    made = sent(query, queryArguments="2024-05-06,x,5,y", queryArgumentsTypes="VARCHAR,VARCHAR,INTEGER,VARCHAR")
    assert "SELECT $1::text::date, CAST($2::text AS uuid), $3::int, $4" in made


@pytest.mark.parametrize(
    ("type_", "query", "wanted"),
    [
        ("VARCHAR", "SELECT ?::timestamptz", "$1::text::timestamptz"),
        ("VARCHAR", "SELECT (?)::uuid", "($1::text)::uuid"),
        ("VARCHAR", "SELECT CAST(? AS date)", "CAST($1::text AS date)"),
        ("VARCHAR", "SELECT ? :: jsonb", "$1::text :: jsonb"),
        ("VARCHAR", "SELECT ?::text[]", "$1::text::text[]"),
        ("VARCHAR", "SELECT ?::varchar(9)", "$1::varchar(9)"),
        ("VARCHAR", "SELECT f(?)::int", "f($1)::int"),
        ("INTEGER", "SELECT ?::text", "$1::int::text"),
        ("BIGINT", "SELECT ?::int", "$1::int"),
        ("INTEGER", "SELECT (? || ' days')::interval", "($1::int || ' days')::interval"),
        ("VARCHAR", "SELECT (? || ' days')::interval", "($1 || ' days')::interval"),
        ("NUMERIC", "SELECT ?::int", "$1::numeric::int"),
        ("TIMESTAMP", "SELECT ?::date", "$1::date"),
        ("DATE", "SELECT ?::text", "$1::date::text"),
        ("BOOLEAN", "SELECT ?::int", "$1::boolean::int"),
    ],
)
def test_a_placeholder_that_is_cast_keeps_the_type_of_its_argument(type_: str, query: str, wanted: str) -> None:
    value = "2024-05-06" if type_ in ("DATE", "TIMESTAMP") else "5"
    assert f'"SELECT {wanted}"' in sent(query, queryArguments=value, queryArgumentsTypes=type_)


@pytest.mark.parametrize(
    ("type_", "query", "value", "noted"),
    [
        ("VARCHAR", "SELECT 1 FROM t WHERE id = ?", "5", True),
        ("VARCHAR", "SELECT 1 FROM t WHERE day > ?", "2024-05-06 07:08", True),
        ("VARCHAR", "SELECT 1 FROM t LIMIT ?", "${n}", True),
        ("VARCHAR", "SELECT 1 FROM t WHERE name = ?", "Ann", False),
        ("VARCHAR", "SELECT 1 FROM t WHERE id = ?::int", "5", False),
        ("INTEGER", "SELECT 1 FROM t LIMIT ?", "5", False),
    ],
)
def test_a_text_that_may_not_fit_its_place_is_noted(type_: str, query: str, value: str, noted: bool) -> None:
    child = jdbc("q", query, kind=PREPARED, queryArguments=value, queryArgumentsTypes=type_)
    made = imported(group(child), variables={"n": "4"})
    assert any("a VARCHAR argument looks like" in note for note in made.notes) is noted


def test_a_cast_text_is_taken_by_the_server(database: str) -> None:
    given = ("2024-05-06", "5", "x")
    query = "SELECT ?::timestamptz, CAST(? AS int), ?::text"
    made = sent(query, queryArguments=",".join(given), queryArgumentsTypes="VARCHAR,VARCHAR,VARCHAR")
    call = ast.parse(made.removeprefix("await ")).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    text, *values = (ast.literal_eval(each) for each in call.value.args[1:])
    assert tuple(values) == given

    async def fetched() -> asyncpg.Record:
        connection = await asyncpg.connect(database)
        try:
            return await connection.fetchrow(text, *values)
        finally:
            await connection.close()

    assert asyncio.run(fetched())[1:] == (5, "x")


def test_values_are_parted_at_commas_outside_of_quotes_and_references() -> None:
    made = sent("SELECT ?, ?, ?", queryArguments='"a,b",${__Random(1,9)},c', queryArgumentsTypes="VARCHAR,INTEGER,CHAR")
    assert made == 'await user.sql("q", "SELECT $1, $2, $3", "a,b", user.draw(numbers_1_to_9), "c")'


@pytest.mark.parametrize(
    ("query", "more", "why"),
    [
        ("SELECT ?", {}, "1 placeholders, but 0 arguments"),
        ("CALL f(?)", {"queryArguments": "1", "queryArgumentsTypes": "OUT INTEGER"}, "no place for"),
        ("-- nothing", {}, "it has no statement"),
    ],
)
def test_what_cannot_be_prepared_is_left_out_with_the_reason(query: str, more: dict[str, str], why: str) -> None:
    made = imported(group(jdbc("q", query, kind=PREPARED, **more)))
    assert why in outcome(made, "JDBCSampler").why
    assert "user.sql" not in made.source


def test_variables_in_a_text_become_parameters_where_their_place_allows_it() -> None:
    csv = element("CSVDataSet", "c", properties={"filename": "c.csv", "variableNames": "name,id,day"})
    counter = element("CounterConfig", "n", properties={"CounterConfig.name": "n"})
    query = "SELECT * FROM t_${id} WHERE name = '${name}' AND n = ${n} AND id = ${id} AND day = date '${day}'"
    made = steps(csv, counter, jdbc("q", query))
    assert "t_{id_2} WHERE name = $1 AND n = $2 AND id = {id_2} AND day = date '{day}'" in made
    assert made.endswith("name,\nn,\n)")


def test_several_statements_of_one_sampler_are_one_transaction() -> None:
    made = sent("BEGIN; INSERT INTO t VALUES ('a;b'); DELETE FROM u;\nCOMMIT;", "Update Statement")
    assert made == (
        'async for tx in user.transaction("q"):\nasync with tx:\n'
        """await tx.execute("INSERT INTO t VALUES ('a;b')")\nawait tx.execute("DELETE FROM u")"""
    )


def test_statements_are_parted_at_semicolons_that_end_one() -> None:
    assert statements("SELECT ';'; -- a;b\nSELECT $f$;$f$ ; /* ; */ ;") == ["SELECT ';'", "-- a;b\nSELECT $f$;$f$"]
    assert statements("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3")[1:] == [
        "SELECT 3"
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("{call f(?, ?)}", "CALL f(?, ?)"),
        ("{ call f }", "CALL f()"),
        ("{? = call f(1)}", "SELECT f(1)"),
        ("call f(1)", "call f(1)"),
    ],
)
def test_jdbcs_calls_are_said_in_sql(query: str, wanted: str) -> None:
    assert called(query) == wanted


def test_a_run_from_autocommit_to_commit_is_a_transaction() -> None:
    made = steps(
        jdbc("begin", "", kind="AutoCommit(false)"),
        jdbc("take", "UPDATE a SET n = n - 1"),
        jdbc("give", "UPDATE b SET n = n + 1"),
        jdbc("transfer", "", kind="Commit"),
        jdbc("look", "SELECT 1"),
    )
    assert 'async for tx in user.transaction("transfer"):\nasync with tx:\nawait tx.execute("UPDATE a' in made
    assert made.endswith('await user.sql("look", "SELECT 1")')


def test_a_data_source_without_autocommit_begins_with_its_first_statement() -> None:
    source = element("JDBCDataSource", "d", properties={"dataSource": "db", "autocommit": "false", "dbUrl": ""})
    children = jdbc("a", "UPDATE a SET n = 1"), jdbc("done", "", kind="Commit")
    assert 'user.transaction("done")' in imported(source, group(*children)).source
    made = imported(group(*children))
    assert 'user.sql("a"' in made.source
    assert [each.why for each in made.outcomes if each.name == "done"] == [
        "each statement is a transaction of its own here"
    ]


def test_what_the_plan_rolls_back_is_not_committed_here() -> None:
    made = imported(
        group(jdbc("x", "", kind="AutoCommit(false)"), jdbc("y", "DELETE FROM t"), jdbc("z", "", kind="Rollback"))
    )
    assert "DELETE" not in made.source
    assert {each.fate for each in made.outcomes if each.kind == "JDBCSampler"} == {"left out"}


def test_rows_are_put_into_the_variables_that_something_reads() -> None:
    made = steps(
        jdbc("a", "SELECT id, name FROM t", variableNames="id,name", resultSetMaxRows="5"),
        jdbc("b", "SELECT ${id_1} + ${id_#}"),
        jdbc("c", "SELECT '${id_2}'"),
    )
    assert (
        'rows = await user.sql("a", "SELECT id, name FROM t")\nrows = rows[:5]\nid_2 = [str(row[0]) for row in rows]'
        in made
    )
    assert 'await user.sql("b", f"SELECT {nth(id_2, 1)} + $1", len(id_2))' in made
    assert 'await user.sql("c", "SELECT $1", nth(id_2, 2))' in made
    assert "name =" not in made


def test_rows_are_judged_as_the_text_that_jmeter_makes_of_them() -> None:
    made = imported(
        group(
            jdbc("a", "SELECT 1", asserted("response_data", 16, "1")),
            jdbc("b", "DELETE FROM t", asserted("response_data", 16, "3 updates"), kind="Update Statement"),
        )
    )
    assert 'rows = await user.sql("a", "SELECT 1")' in made.source
    assert 'user.check("contains 1", "1" in as_text(rows))' in made.source
    (said,) = (each for each in made.outcomes if each.kind == "ResponseAssertion" and each.fate == "left out")
    assert said.why == "user.sql gives rows, not how many were changed"


def test_the_password_and_address_of_the_database_stay_out() -> None:
    source = {
        "dataSource": "db", "dbUrl": "jdbc:postgresql://db.example:5433/shop?user=u&password=s3cret-1",
        "username": "u", "password": "s3cret-2", "poolMax": "7", "initQuery": "SET s3cret",
        "driver": "org.postgresql.Driver",
    }  # fmt: skip
    made = imported(element("JDBCDataSource", "d", properties=source), group(jdbc("a", "SELECT 1")))
    assert "s3cret-" not in made.source + str(made)
    assert made.connections == 7
    assert outcome(made, "JDBCDataSource").why == "without its initQuery"


def test_setup_and_teardown_groups_are_hooks() -> None:
    made = imported(
        element("SetupThreadGroup", "make", jdbc("m", "CREATE TABLE t (n int)"), element("HTTPSamplerProxy", "ping")),
        group(jdbc("a", "SELECT 1")),
        element("PostThreadGroup", "drop", jdbc("d", "DROP TABLE t", asserted("response_data", 16, "x"))),
    )
    hooks = made.source
    assert '@setup\nasync def make(run):\n    """make."""\n    await run.sql("CREATE TABLE t (n int)")\n' in hooks
    assert '    await run.http("GET", "/")\n' in hooks
    assert '@teardown\nasync def drop(run, shared):\n    """drop."""\n    await run.sql("DROP TABLE t")' in hooks
    assert outcome(made, "ResponseAssertion").fate == "left out"
