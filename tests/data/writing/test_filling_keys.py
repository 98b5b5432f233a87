"""Foreign keys, partitions, cycles and sequences hold when a fill is done, whoever does it."""

from urllib.parse import urlsplit

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.data.writing.filling import VERIFIED_ROWS_MIN
from tests.data.made_fills import MadeFill, filled, given, ids, rows_of, run_sql, sequenced, table

MANY = VERIFIED_ROWS_MIN + 10


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
