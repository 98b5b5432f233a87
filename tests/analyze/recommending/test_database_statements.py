"""What to do about statements and tables: SQL that can be run as it is, a bound on its effect, a risk each."""

from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.recommending.database_statements import recommend
from plimsoll.analyze.recommending.statement_problems import _ADVICE as OF_PROBLEMS
from plimsoll.analyze.rules import missing_index, slow_statement, temp_files, vacuum_bloat
from plimsoll.core.finding import Finding, Recommendation, Share, Suspect
from tests.analyze.building import evidence, statement

FINDING = Finding("", "database", "public.Orders", "", "", "likely", "", share=Share(0.64, 0.6, 0.7))


def advice(kind: str, details: dict[str, Any], **database: Any) -> list[Recommendation]:
    suspects = tuple(Suspect(row.query_id, row.query, 1, 1.0) for row in database.get("statements", ()))
    found = replace(FINDING, kind=kind, details=details, statements=suspects)
    return list(recommend(found, evidence(**database)))


def sql_of(given: list[Recommendation]) -> list[str]:
    return [how.text for one in given for how in one.how if how.means == "sql"]


def test_an_index_is_given_as_sql_with_names_as_the_server_reads_them() -> None:
    details = {"table": "public.Orders", "columns": [["customer", "placed"], ['"Kind"']]}
    given = advice(missing_index.KIND, details)
    assert sql_of(given)[0] == 'CREATE INDEX CONCURRENTLY ON public."Orders" (customer, placed);'
    assert sql_of(given)[1:] == [
        'CREATE INDEX CONCURRENTLY ON public."Orders" ("Kind");', 'ANALYZE public."Orders";'
    ], "statistics once, at the end"  # fmt: skip
    assert given[0].effect.startswith("at most the 64 % of the request time that it explains")
    assert (given[0].term, given[0].effort) == ("immediate", "minutes")


def test_each_index_says_which_statements_it_serves_and_what_these_take() -> None:
    served = [{"statements": 9, "share": 0.5}, {"statements": 1, "share": 0.14}]
    given = advice(missing_index.KIND, {"table": "public.a", "columns": [["b"], ["c"]], "serves": served})
    assert [one.effect.partition(", and")[0] for one in given] == [
        "serves 9 statements: at most the 50 % of the request time that they take",
        "serves 1 statement: at most the 14 % of the request time that it takes",
    ]
    assert [how.note for how in given[1].how][1] == "once, after all of these; then run again and compare"


def test_of_a_partitioned_table_the_partitions_are_indexed_first() -> None:
    details = {"table": "public.a", "columns": [["b"]], "partitions": ["public.a_1", "public.a_2"]}
    each, whole, _ = sql_of(advice(missing_index.KIND, details))
    assert each.splitlines()[1] == "CREATE INDEX CONCURRENTLY ON public.a_2 (b);"
    assert whole == "CREATE INDEX ON public.a (b);"


def test_work_mem_is_given_for_the_role_and_the_statement_with_what_it_may_take() -> None:
    details = {"work_mem_bytes": 4 * 2**20, "wanted_bytes": 64 * 2**20}
    given = advice(temp_files.KIND, details, statements=[statement("SELECT 1", user="app")])
    assert sql_of(given) == ["ALTER ROLE app SET work_mem = '64MB';"]
    assert given[0].how[0].text == "SET LOCAL work_mem = '64MB';"
    assert "with 10 users at once up to 640 MiB" in given[0].risk


def test_autovacuum_is_switched_on_where_it_is_off_and_made_quicker_where_it_is_late() -> None:
    dead = {"table": "public.queue", "late": True, "hot": 1.0, "by_table": True}
    off = sql_of(advice(vacuum_bloat.DEAD_ROWS, {**dead, "off": True}))
    assert off == ["VACUUM (ANALYZE, VERBOSE) public.queue;", "ALTER TABLE public.queue RESET (autovacuum_enabled);"]
    (_, late) = sql_of(advice(vacuum_bloat.DEAD_ROWS, {**dead, "off": False}))
    assert late.startswith("ALTER TABLE public.queue SET (autovacuum_vacuum_scale_factor = 0.02")
    assert len(advice(vacuum_bloat.DEAD_ROWS, {**dead, "off": False, "hot": 0.1})) == 3


@pytest.mark.parametrize("name", list(OF_PROBLEMS))
def test_each_problem_of_a_plan_has_its_advice(name: str) -> None:
    problem = {"name": name, "what": "", "table": "public.a", "column": "b", "sql": "CREATE INDEX a;"}
    (given,) = advice(slow_statement.KIND, {"problems": [problem]})
    assert sql_of([given])[0].splitlines()[-1] == "CREATE INDEX a;"
    assert given.risk
    assert given.what.endswith("(public.a)")


def test_what_an_index_needs_comes_before_it_and_of_partitions_the_whole_comes_last() -> None:
    problem = {"name": "pattern", "table": "public.A", "sql": "CREATE INDEX CONCURRENTLY ON public.A USING gin (b);"}
    (searched,) = advice(slow_statement.KIND, {"problems": [problem]})
    assert sql_of([searched])[0].splitlines() == [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
        'CREATE INDEX CONCURRENTLY ON public."A" USING gin (b);',
    ]
    parted = {**problem, "name": "function-on-column", "partitions": ["public.a_1", "public.a_2"]}
    (indexed,) = advice(slow_statement.KIND, {"problems": [parted]})
    assert indexed.what == "index the expression by which it is searched (public.A)"
    assert sql_of([indexed])[0].splitlines()[1:] == [
        "CREATE INDEX CONCURRENTLY ON public.a_2 USING gin (b);",
        'CREATE INDEX ON public."A" USING gin (b);',
    ]


def test_other_kinds_are_left_to_others() -> None:
    assert advice("lock-contention", {}) == []


def with_problem(name: str, text: str, sql: str = "") -> list[Recommendation]:
    problem = {"name": name, "what": "", "table": "", "column": "", "sql": sql}
    return advice(slow_statement.KIND, {"problems": [problem]}, statements=[statement(text)])


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ("ORDER BY id", "WHERE id > $1 ORDER BY id LIMIT $2"),
        ("ORDER BY made DESC, id DESC", "WHERE (made, id) < ($1, $2) ORDER BY made DESC, id DESC LIMIT $3"),
        ("ORDER BY made DESC, id", "WHERE (<columns of ORDER BY>, <primary key>) > (<those of the last row>)"),
        ("", "WHERE (<columns of ORDER BY>, <primary key>) > (<those of the last row>)"),
    ],
)
def test_a_page_goes_on_by_the_columns_of_its_own_statement(order: str, code: str) -> None:
    given = with_problem("offset", f"SELECT id, made FROM product {order} LIMIT $2 OFFSET $1")
    assert given[0].how[0].text.startswith(code)
