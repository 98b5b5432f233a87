"""A template that says `when` writes its tag for rows that come or go, and for updates of the columns that it names."""

from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.changes.installing import carry_out, plan_install, read_status
from plimsoll.changes.watch import Watch
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.tag import Template
from tests.changes.histories import House, in_house

PEOPLE = """
CREATE TABLE people (id int PRIMARY KEY, team int, name text, size numeric, more json, seen int DEFAULT 0);
INSERT INTO people SELECT g, g % 2, 'n' || g, g, '{}' FROM generate_series(1, 4) g
"""
WATCH = "people=person:{id},there:{id} when id,named:{id} when name, size, more,team:{team} when name"
OWN = "table:public.people"
ALL = {"person:*", "there:*", "named:*", "team:*", OWN}
BOTH = {"person:1", "person:2", OWN}

# A statement, and the tags that it writes. The table holds 1 to 4, of teams 1, 0, 1 and 0.
STATEMENTS: list[tuple[str, set[str]]] = [
    ("UPDATE people SET seen = seen + 1 WHERE id = 1", {"person:1", OWN}),
    ("UPDATE people SET name = name, size = size, more = more WHERE id = 1", {"person:1", OWN}),
    ("UPDATE people SET name = 'x' WHERE id = 1", {"person:1", "named:1", "team:1", OWN}),
    ("UPDATE people SET name = NULL WHERE id = 1", {"person:1", "named:1", "team:1", OWN}),
    ("UPDATE people SET size = 1.0 WHERE id = 1", {"person:1", "named:1", OWN}),
    ("UPDATE people SET more = '{ }' WHERE id = 1", {"person:1", "named:1", OWN}),
    ("UPDATE people SET team = 7 WHERE id = 1", {"person:1", "team:1", "team:7", OWN}),
    ("UPDATE people SET id = 9 WHERE id = 1",
     {"person:1", "person:9", "there:1", "there:9", "named:1", "named:9", "team:1", OWN}),
    ("UPDATE people SET seen = seen + 1 WHERE id < 3", BOTH),
    ("UPDATE people SET name = CASE id WHEN 2 THEN 'x' ELSE name END WHERE id < 3", {*BOTH, "named:2", "team:0"}),
    ("UPDATE people SET name = 'n' || 4 - id WHERE id IN (1, 3)",
     {"person:1", "person:3", "named:1", "named:3", "team:1", OWN}),
    ("UPDATE people SET team = 1 - team WHERE id < 3", {*BOTH, "team:0", "team:1"}),
    (("UPDATE people p SET name = o.name, size = o.size, more = o.more, team = o.team FROM people o "
     "WHERE o.id = 3 - p.id AND p.id < 3"), {*BOTH, "named:1", "named:2", "team:0", "team:1"}),
    ("INSERT INTO people (id) VALUES (8)", {"person:8", "there:8", "named:8", "team:%0", OWN}),
    ("INSERT INTO people (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET seen = 1", {"person:1", OWN}),
    ("DELETE FROM people WHERE id = 1", {"person:1", "there:1", "named:1", "team:1", OWN}),
    ("TRUNCATE people", ALL),
]  # fmt: skip


def test_each_statement_on_every_version(each_database: str) -> None:
    @in_house(each_database, PEOPLE, WATCH)
    async def _(there: House, connection: asyncpg.Connection) -> None:
        for statement, expected in STATEMENTS:
            await connection.execute(f"BEGIN; {statement}; COMMIT")
            assert set().union(*await there.polled()) == expected, statement
            await connection.execute(f"DROP TABLE IF EXISTS kept; DELETE FROM people; {PEOPLE.partition(';')[2]}")
            await there.polled()
        await connection.execute("INSERT INTO people (id) SELECT g FROM generate_series(10, 109) g")
        await there.polled()
        await connection.execute("UPDATE people SET seen = 1 WHERE id >= 10")
        assert await there.polled() == [{*(f"person:{number}" for number in range(10, 110)), OWN}]
        await connection.execute("UPDATE people SET name = 'x', seen = 2 WHERE id >= 10 AND id % 50 = 0")
        assert await there.polled() == [{"person:50", "person:100", "named:50", "named:100", "team:%0", OWN}]
        await connection.execute("UPDATE people SET seen = 3")
        assert await there.polled() == [{*ALL - {"team:*"}, "team:0", "team:1", "team:%0"}]


KEYLESS = "CREATE TABLE people (id int, name text, seen int); INSERT INTO people VALUES (1, 'a'), (1, 'b'), (2, 'c')"


def test_rows_that_cannot_be_paired_are_told(database: str) -> None:
    @in_house(database, KEYLESS, "people=named:{id} when name")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        await connection.execute("UPDATE people SET seen = 1 WHERE id = 2")
        assert await there.polled() == [{OWN}]
        await connection.execute("UPDATE people SET seen = 1 WHERE id = 1")
        assert await there.polled() == [{"named:1", OWN}]
        await connection.execute("ALTER TABLE people RENAME name TO called")
        await there.polled()
        (found,) = (await read_status(connection)).installed
        assert found.drift == ("column name was dropped, renamed or got another type",)
        await connection.execute("UPDATE people SET seen = 2 WHERE id = 2")
        assert await there.polled() == [{"named:*", OWN}]


PART = """
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TABLE part (id int, at mood, name text, seen int, PRIMARY KEY (id, at)) PARTITION BY LIST (at);
CREATE TABLE part_low PARTITION OF part FOR VALUES IN ('low');
CREATE TABLE part_high (seen int, name text, at mood NOT NULL, id int NOT NULL, PRIMARY KEY (id, at));
ALTER TABLE part ATTACH PARTITION part_high FOR VALUES IN ('high');
INSERT INTO part VALUES (1, 'low', 'a'), (1, 'high', 'b'), (2, 'low', 'c')
"""


def test_partitions_are_told_by_the_whole_key(database: str) -> None:
    @in_house(database, PART, "part=p:{id} when name")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        own = "table:public.part"
        for statement, tags in (
            ("UPDATE part SET seen = 1", set[str]()),
            ("UPDATE part SET seen = 2, name = upper(name) WHERE id = 1", {"p:1"}),
            ("UPDATE part_high SET seen = 3", set[str]()),
            ("UPDATE part SET at = 'high' WHERE id = 2", set[str]()),
            ("UPDATE part SET at = CASE at WHEN 'low' THEN 'high' ELSE 'low' END::mood WHERE id = 2", set[str]()),
        ):
            await connection.execute(statement)
            found = set[str]().union(*await there.polled())
            assert found >= {*tags, own}, statement
            assert "at =" in statement or found == {*tags, own}, statement


ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", None])), min_size=1, max_size=4)


def test_an_update_tells_whose_columns_it_changed_and_of_nobody_else(database: str) -> None:
    """Whatever rows become: by team, and by the name of those in it."""

    @in_house(database, "CREATE TABLE rows (id int PRIMARY KEY, team int, name text)", "rows=t:{team} when name")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        held: list[tuple[list[Any], list[Any]]] = []

        @given(ROWS, st.data())
        def collect(before: list[Any], data: st.DataObject) -> None:
            held.append((before, data.draw(st.lists(ROWS.map(lambda rows: rows[0]), min_size=4, max_size=4))))

        collect()
        for before, after in held[:60]:
            await connection.execute("DELETE FROM rows")
            await connection.executemany(
                "INSERT INTO rows VALUES ($1, $2, $3)", [(n, *r) for n, r in enumerate(before)]
            )
            await there.polled()
            pairs = list(zip(before, after, strict=False))
            await connection.execute(
                "UPDATE rows SET team = a.team, name = a.name FROM unnest($1::int[], $2::int[], $3::text[]) "
                "a (id, team, name) WHERE a.id = rows.id",
                list(range(len(pairs))),
                [team for _, (team, _) in pairs],
                [name for _, (_, name) in pairs],
            )
            changed = {f"t:{row[0]}" for old, new in pairs if old != new for row in (old, new)}
            assert await there.polled() == [{*changed, "table:public.rows"}], pairs


def test_more_than_before_is_not_given_up_and_less_is(database: str) -> None:
    @in_house(database, PEOPLE, "people=person:{id} when name")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        for text, gone in (
            ("people=person:{id} when name, size", ()),
            ("people=person:{id}", ()),
            ("people=person:{id} when size", ("person:* will be written no more",)),
        ):
            plan = await plan_install(connection, [Watch.parse(text)])
            assert plan.changed == (f"watch again public.{text}",)
            assert tuple(note for note in plan.notes if "no more" in note)[:1] == tuple(
                note for note in plan.notes if gone and note.startswith(gone)
            )
            await carry_out(connection, plan)
            assert (await plan_install(connection, [Watch.parse(text)])).statements == ()
            assert {"person:*", OWN} in await there.polled()


def test_columns_that_no_trigger_sees_are_refused(database: str) -> None:
    @in_house(database, f"{PEOPLE}; ALTER TABLE people ADD twice int GENERATED ALWAYS AS (seen * 2) VIRTUAL", "people")
    async def _(there: House, connection: asyncpg.Connection) -> None:
        for column, why in (("twice", "which triggers do not see"), ("nobody", "there is no column 'nobody'")):
            with pytest.raises(RefusedError, match=why):
                await plan_install(connection, [Watch.parse(f"people=p:{{id}} when {column}")])


@pytest.mark.parametrize(
    "text",
    ["a:{id} when", "a:{id} when ", "a:{id} when b c", "a:{id} when b,", "a:{id} when b, b", "a:{id} on delete",
     "a:{id}when b", "a:{id}/ when b", 'a:{id} when "b', "a:{id} when " + "n" * 64,
     "a:{id} when " + ", ".join(f"c{number}" for number in range(33))],
)  # fmt: skip
def test_what_says_no_columns_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Template.parse(text)
    assert raised.value.remedy


def test_one_tag_is_not_written_by_two_rules() -> None:
    with pytest.raises(UsageError, match="when is it written"):
        Watch.parse("orders=a:{id},a:{id} when b")
    assert len(Watch.parse("orders=a:{id},a:{org} when b, c,d:{id} when e").templates) == 3
