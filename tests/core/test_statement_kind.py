"""What a statement is for, told by how it begins."""

from plimsoll.core.statement_kind import is_planned, is_work


def test_statements_that_the_planner_does_not_know_are_told_apart() -> None:
    for text in ("select 1", " /* a */ -- b\n (SELECT 1)", "WITH a AS (SELECT 1) SELECT 1", "MERGE INTO a USING b ON"):
        assert is_planned(text), text
    for text in (
        "",
        "BEGIN",
        "COPY a FROM STDIN",
        "VACUUM",
        "/* SELECT */ SET x = $1",
        "EXPLAIN SELECT 1",
        "-- select",
    ):
        assert not is_planned(text), text


def test_what_pools_and_drivers_send_around_a_statement_is_no_work() -> None:
    for text in ("BEGIN", "RESET ALL", "SELECT pg_advisory_unlock_all()", "select $1", "SELECT set_config($1, $2, $3)"):
        assert not is_work(text), text
    for text in ("", "SELECT $1 FROM a", "SELECT next_one($1)", "DELETE FROM a"):
        assert is_work(text), text
