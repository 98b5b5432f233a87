"""Seed plans whose rows depend on each other: conditions, values taken from other rows, formulas, groups in turn."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from plimsoll.core.errors import UsageError
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.reading import read_plan
from plimsoll.embedded import PostgresServer
from tests.data.filling_any import Database

TEAMS = """
CREATE TABLE teams (id bigint PRIMARY KEY, limit_hours int NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE members (
    id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams, role text NOT NULL, email text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE tasks (
    id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams, author_email text NOT NULL, state text NOT NULL,
    hours numeric(8, 2), words int, created_at timestamptz NOT NULL, closed_at timestamptz
);
CREATE TABLE notes (
    id bigint PRIMARY KEY, task_id bigint NOT NULL REFERENCES tasks, reader_email text, reader_role text,
    original text NOT NULL, translated text NOT NULL, mark int NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE visits (id bigint PRIMARY KEY, team_id bigint NOT NULL, email text NOT NULL);
CREATE TABLE badges (
    team_id bigint REFERENCES teams, holder_id bigint REFERENCES members, PRIMARY KEY (team_id, holder_id)
);
"""
PLAN = """
rows = 300
[tables.teams]
rows = 20
[tables.teams.columns]
limit_hours = { number = { uniform = { low = 10, high = 40 } } }
created_at = { time = { from = "-300d", to = "-250d" } }

[tables.members]
per = "team_id"
size = { uniform = { low = 5, high = 8 } }
[tables.members.columns]
role = { first = ["lead", { values = { deputy = 1 } }], otherwise = { value = "member" } }
email = { template = "user{n}@example.com" }
created_at = { after = "team_id.created_at", delay = { uniform = { low = 0, high = "30d" } } }

[tables.tasks]
per = "team_id"
size = { poisson = { mean = 15 } }
[tables.tasks.columns]
author_email = { among = { table = "members", by = "team_id", take = "email", where = { role = ["lead", "member"] } } }
state = { cases = [
    { when = { created_at = { from = "-30d" } }, then = { values = ["open", "new"] } },
    { when = { "team_id.limit_hours" = { to = 25 } }, then = { value = "small" } },
], otherwise = { value = "closed" } }
hours = { formula = "least(team_id.limit_hours, round(50 * random(), 1)) / 2" }
words = { formula = "sum(words(notes.original))" }
created_at = { time = { from = "-200d", to = "now" } }
closed_at = { cases = [
    { when = { state = ["closed"] }, then = { after = "created_at", delay = { exponential = { mean = "3d" } } } },
], otherwise = { null = 1.0 } }

[tables.notes]
per = "task_id"
size = { uniform = { low = 0, high = 3 } }
where = { state = ["closed", "small"] }
[tables.notes.columns]
reader_email = { among = { table = "members", by = "task_id.team_id", take = "email", other_than = "task_id.author_email", distinct = true } }
original = { words = { lognormal = { median = 8, sigma = 0.5 } } }
translated = { language = "de", words = { formula = "2 * words(original)" } }
mark = { formula = "floor(random() * length(original))" }
created_at = { after = "task_id.created_at", delay = { exponential = { mean = "9d" } }, before = "task_id.closed_at" }

[tables.visits]
rows = 2_000
[tables.visits.columns]
team_id = { among = { table = "tasks", take = "team_id" } }
email = { among = { table = "members", take = "email" }, zipf = 1.0 }

[tables.badges]
per = "team_id"
size = { constant = { value = 7 } }
[tables.badges.columns]
holder_id = { zipf = 0 }
"""  # noqa: E501  # a plan's lines are as long as they are


ONE_TABLE = "CREATE TABLE lone (id bigint PRIMARY KEY, n int, note text NOT NULL)"


@pytest.fixture(scope="module")
def teams(postgres_server: PostgresServer) -> Iterator[Database]:
    """Filled once: the tests only look."""
    made = Database(postgres_server.create_database("planned_rows")).sql(TEAMS)
    made.fill(PLAN)
    yield made
    postgres_server.drop_database("planned_rows")


def test_the_first_rows_of_a_group_are_as_said_in_turn(teams: Database) -> None:
    roles = "SELECT team_id, array_agg(role ORDER BY id) AS roles, count(*) FROM members GROUP BY 1"
    assert teams.one(f"SELECT count(*) FROM ({roles}) x WHERE roles[1:2] <> '{{lead,deputy}}'") == 0
    assert teams.rows(f"SELECT DISTINCT unnest(roles[3:]) FROM ({roles}) x") == [("member",)]


def test_a_case_looks_at_spans_of_time_and_at_the_parents_row(teams: Database) -> None:
    expected = """
        CASE WHEN t.created_at >= timestamptz '2026-06-30 18:00Z' - interval '30 days' THEN state IN ('open', 'new')
            WHEN limit_hours < 25 THEN state = 'small' ELSE state = 'closed' END
    """
    assert teams.one(f"SELECT count(*) FROM tasks t JOIN teams ON teams.id = team_id WHERE NOT ({expected})") == 0
    assert teams.one("SELECT count(DISTINCT state) FROM tasks") == 4


def test_values_are_taken_from_rows_that_meet_a_condition_only(teams: Database) -> None:
    roles = "SELECT role, count(*) FROM tasks t JOIN members m ON m.email = author_email {} GROUP BY 1 ORDER BY 1"
    assert [role for role, _ in teams.rows(roles.format(""))] == ["lead", "member"]
    assert teams.rows(roles.format("AND m.team_id = t.team_id")) == teams.rows(roles.format(""))


def test_readers_are_of_the_team_and_neither_the_author_nor_twice_the_same(teams: Database) -> None:
    readers = "FROM notes n JOIN tasks t ON t.id = n.task_id LEFT JOIN members m ON m.email = reader_email"
    assert teams.one(f"SELECT count(*) {readers} WHERE m.team_id IS DISTINCT FROM t.team_id") == 0
    assert teams.one(f"SELECT count(*) {readers} WHERE reader_email = author_email") == 0
    assert (
        teams.one("SELECT count(*) FROM (SELECT FROM notes GROUP BY task_id, reader_email HAVING count(*) > 1) x") == 0
    )
    assert teams.one("SELECT count(DISTINCT reader_email) FROM notes") > 50


def test_where_nobody_else_is_left_the_value_is_null(database: str) -> None:
    pairs = Database(database).sql("""
        CREATE TABLE teams (id bigint PRIMARY KEY);
        CREATE TABLE members (id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams);
        CREATE TABLE tasks (id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams, author bigint NOT NULL);
        CREATE TABLE notes (id int PRIMARY KEY, task_id bigint NOT NULL REFERENCES tasks, reader bigint, tester bigint);
    """)
    pairs.fill("""
        rows = 10
        [tables.members]
        per = "team_id"
        size = 2
        [tables.tasks.columns]
        author = { among = { table = "members", by = "team_id", take = "id" } }
        [tables.notes]
        per = "task_id"
        size = 3
        [tables.notes.columns]
        reader = { among = { table = "members", by = "task_id.team_id", take = "id", distinct = true } }
        tester = { among = { table = "members", by = "task_id.team_id", take = "id", distinct = true, other_than = "task_id.author" } }
    """)  # noqa: E501  # a plan's lines are as long as they are
    counted = "SELECT count(reader), count(DISTINCT reader), count(tester) FROM notes GROUP BY task_id"
    assert pairs.rows(f"SELECT DISTINCT * FROM ({counted}) x (readers, different, testers)") == [(2, 2, 1)]
    assert pairs.one("SELECT count(*) FROM notes JOIN tasks t ON t.id = task_id WHERE tester = author") == 0


def test_without_a_column_to_agree_in_rows_are_taken_from_the_whole_table(teams: Database) -> None:
    """So teams are visited as often as they have tasks; the first members most, by Zipf."""
    shares = "SELECT team_id, count(*)::float8 / sum(count(*)) OVER () AS share FROM {} GROUP BY 1"
    tasks, visits = shares.format("tasks"), shares.format("visits")
    assert teams.one(f"SELECT max(abs(t.share - v.share)) FROM ({tasks}) t JOIN ({visits}) v USING (team_id)") < 0.02
    assert teams.one("SELECT mode() WITHIN GROUP (ORDER BY email) FROM visits") == "user1@example.com"


def test_a_formula_reckons_with_the_parents_row_and_with_chance(teams: Database) -> None:
    bounds = "SELECT min(hours) >= 0, bool_and(hours <= limit_hours / 2.0), count(DISTINCT hours) > 50"
    assert teams.rows(f"{bounds} FROM tasks JOIN teams ON teams.id = team_id") == [(True, True, True)]
    assert teams.rows(
        "SELECT bool_and(mark BETWEEN 0 AND length(original) - 1), count(DISTINCT mark) > 20 FROM notes"
    ) == [(True, True)]


def test_a_formula_sums_over_the_rows_of_each_group(teams: Database) -> None:
    words = (
        "(SELECT coalesce(sum(array_length(string_to_array(original, ' '), 1)), 0) FROM notes WHERE task_id = tasks.id)"
    )
    assert teams.one(f"SELECT count(*) FROM tasks WHERE words IS DISTINCT FROM {words}") == 0
    assert teams.one("SELECT count(DISTINCT words) FROM tasks") > 20


def test_texts_are_as_long_as_a_formula_says(teams: Database) -> None:
    count = "array_length(string_to_array({}, ' '), 1)"
    assert (
        teams.one(f"SELECT count(*) FROM notes WHERE {count.format('translated')} <> 2 * {count.format('original')}")
        == 0
    )


@pytest.mark.parametrize("size", [1, 7, 64])
def test_rows_are_the_same_in_batches_of_any_size(teams: Database, size: int) -> None:
    plan = read_plan(f"now = 2026-06-30T18:00:00Z\n{PLAN}", where="test")
    for table in assemble(teams.schema(), plan).tables:
        n = np.arange(min(table.rows, 200))
        parts = [table.frame(n[start : start + size]) for start in range(0, len(n), size)]
        assert_frame_equal(table.frame(n), pl.concat(parts, how="vertical_relaxed"), check_dtypes=False)


def test_parents_that_do_not_meet_a_condition_have_no_rows(teams: Database) -> None:
    states = "SELECT DISTINCT state FROM tasks JOIN notes ON task_id = tasks.id ORDER BY 1"
    assert teams.rows(states) == [("closed",), ("small",)]


def test_what_comes_after_one_moment_comes_before_another(teams: Database) -> None:
    closed = "FROM notes n JOIN tasks t ON t.id = task_id WHERE closed_at IS NOT NULL"
    assert teams.one(f"SELECT count(*) {closed} AND n.created_at NOT BETWEEN t.created_at AND closed_at") == 0
    assert teams.one(f"SELECT count(*) {closed} AND n.created_at < closed_at") > 10


def test_without_skew_every_row_is_referred_to(teams: Database) -> None:
    counted = "SELECT count(holder_id) AS n FROM members m LEFT JOIN badges b ON b.holder_id = m.id GROUP BY m.id"
    assert teams.rows(f"SELECT min(n), max(n) - min(n) <= 1 FROM ({counted}) x") == [(1, True)]


def test_weights_given_as_whole_and_broken_numbers_are_numbers(database: str) -> None:
    made = Database(database).sql("CREATE TABLE weighed (id int PRIMARY KEY, weights jsonb NOT NULL)")
    made.fill("[tables.weighed.columns]\nweights = { json = { style = { values = [1, 0.5] } } }")
    assert made.one("SELECT string_agg(DISTINCT jsonb_typeof(weights -> 'style'), ',') FROM weighed") == "number"


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ('n = { formula = "1 +" }', "is no formula"),
        ('n = { formula = "pg_sleep(1)" }', "knows no 'PG_SLEEP(1)'"),
        ('n = { formula = "length(1)" }', "those of a column"),
        ('n = { formula = "length(nothing)" }', "no column 'nothing'"),
        ('n = { formula = "sum(nothing.x)" }', "columns of one table"),
        ('n = { formula = "sum(lone.n)" }', 'state per = "…" in tables.lone'),
        ("n = { first = [1, 2] }", "first rows of which groups"),
        ('n = { among = { table = "lone", take = "id", where = { size = ["1"] } } }', "no column 'size'"),
        ('n = { among = { table = "lone", take = "id", distinct = 1 } }', "neither true nor false"),
        ('n = { value = 1, before = "now" }', "without after"),
        ("n = { value = 1, otherwise = { value = 2 } }", "without cases or first"),
        ("n = { cases = [{ when = { id = { until = 3 } }, then = { value = 1 } }] }", "unknown key 'until'"),
        ('note = { words = { formula = "1", min = 2 } }', "unknown key 'min'"),
    ],
)
def test_what_a_plan_says_wrongly_is_refused_with_what_is_wrong(database: str, column: str, words: str) -> None:
    lone = Database(database).sql(ONE_TABLE)
    with pytest.raises(UsageError) as caught:
        lone.fill(f"[tables.lone.columns]\n{column}")
    assert words in f"{caught.value} {caught.value.remedy}"


def test_a_condition_on_a_column_that_parents_do_not_have_is_refused(database: str) -> None:
    made = Database(database).sql(TEAMS)
    with pytest.raises(UsageError, match="teams has no such column"):
        made.fill('[tables.tasks]\nper = "team_id"\nwhere = { size = ["1"] }')


def test_columns_whose_rows_come_from_different_tables_cannot_agree(database: str) -> None:
    made = Database(database).sql(TEAMS)
    taken = '{ among = { table = "members", by = "role", take = "email" } }'
    with pytest.raises(UsageError, match="does not come from the same table's rows"):
        made.sql("ALTER TABLE tasks ADD role text").fill(f"[tables.tasks.columns]\nauthor_email = {taken}")
