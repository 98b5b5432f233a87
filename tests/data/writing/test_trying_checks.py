"""Rows that fail a check are tried again, and what no try satisfies is named."""

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.schema import Check
from tests.data.made_fills import MadeFill, filled, ids, rows_of, run_sql, table

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
