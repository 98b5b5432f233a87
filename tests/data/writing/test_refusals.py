"""What triggers, policies and the server refuse of a fill is told, by its place."""

import polars as pl
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.schema import Column, DataType
from plimsoll.data.writing.filling import VERIFIED_ROWS_MIN
from tests.data.made_fills import MadeFill, filled, given, ids, rows_of, run_sql, table

MANY = VERIFIED_ROWS_MIN + 10


PARENT_AND_CHILD = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int, p int REFERENCES p)"


def parent_and_child(rows: int, parents: int) -> tuple[MadeFill, MadeFill]:
    parent = MadeFill(table("p", "id"), parents, {"id": ids})
    values = {"id": ids, "p": lambda n, _: [None if i % 7 == 0 else i % 5 + 1 for i in n.tolist()]}
    return parent, MadeFill(table("c", "id", "p"), rows, values)


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


def test_what_overflows_in_a_generated_column_is_named_by_it(database: str) -> None:
    run_sql(database, "CREATE TABLE t (v int, w numeric(3, 2) GENERATED ALWAYS AS (v * 10) STORED)")
    w = Column("w", DataType("numeric(3,2)", "numeric"), generated=True)
    with pytest.raises(RefusedError, match=r"cannot fill t \(column w\): 22003"):
        filled(database, MadeFill(table("t", "v", w), 3, {"v": ids}))


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


def test_tables_are_emptied_before_unless_others_that_hold_rows_refer_to_them(database: str) -> None:
    run_sql(database, f"{PARENT_AND_CHILD}; INSERT INTO p VALUES (77)")
    parent, child = parent_and_child(10, 5)
    filled(database, parent, empty_first=True)
    filled(database, parent, child, empty_first=True)
    run_sql(database, "INSERT INTO p VALUES (77)")
    with pytest.raises(RefusedError, match="outside the plan refer to them: c"):
        filled(database, parent, empty_first=True)
    assert rows_of(database, "SELECT id FROM p ORDER BY id") == [1, 2, 3, 4, 5, 77]


def test_emptying_is_undone_when_filling_fails(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (77)")
    with pytest.raises(RefusedError, match="t_pkey"):
        filled(database, MadeFill(table("t", "id"), 3, {"id": given(1)}), empty_first=True)
    assert rows_of(database, "SELECT id FROM t") == [77]
