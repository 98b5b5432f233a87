"""Which large tables are worth dividing, by what and where, and which are not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import NAME_BYTES_MAX, TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, ForeignKey, Schema, Table, UniqueKey
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.tune.beyond.partitioning import advise_partitions
from plimsoll.tune.beyond.partitions.bounds import Span, Unit, after, bounds_of, span_of, unit_of
from plimsoll.tune.beyond.partitions.names import Names

NAME = TableName("public", "events")
MADE = Column("made", DataType("timestamp without time zone", "timestamp"), nullable=False)
ID = Column("id", DataType("bigint", "int8"), nullable=False, identity="a")
TENANT = Column("tenant", DataType("integer", "int4"), nullable=False)
KEY = UniqueKey("events_pkey", ("id",), primary=True)
TABLE = Table(NAME, (ID, MADE, TENANT), (KEY,))
IN_ORDER = ColumnStatistics(bounds=("2024-01-01 00:00:00", "2026-01-01 12:00:00"), correlation=0.99)
COLUMNS = {"made": IN_ORDER, "tenant": ColumnStatistics(distinct=20_000), "id": ColumnStatistics(distinct=-1)}
EVENTS = TableFacts(TABLE, TableStatistics(100_000_000, COLUMNS), 10**6, 10**10, inserted=10**8, deleted=5_000)
PRIMARY = ExistingIndex(
    "events_pkey", "public", Index(NAME, (IndexKey.of("id"),), unique=True), "", primary=True, constraint="p"
)


def facts(table: TableFacts = EVENTS, *others: TableFacts) -> DatabaseFacts:
    tables = {one.table.name: one for one in (table, *others)}
    return DatabaseFacts(Schema(), tables, [PRIMARY], read_at=datetime(2026, 1, 20, tzinfo=UTC))


def asks(condition: str, rows: float, ms: float = 1e5, text: str = "") -> Planned:
    plan = PlanNode("Seq Scan", rows, 8, 1e6, table="public.events", alias="events", filter=condition)
    words = text or f"SELECT {condition!r}"
    if text.startswith("DELETE"):
        plan = PlanNode("ModifyTable", 0, 0, 1e6, operation="Delete", table="public.events", children=(plan,))
    return Planned(Query(words, words, 100, ms, writes=bool(text)), [plan])


STRETCH = asks("(events.made > '2025-12-01'::timestamp)", 4e6)
OLD = asks("(events.made < '2024-02-01'::timestamp)", 4e6, 1e3, "DELETE FROM events WHERE made < '2024-02-01'")
BY_ID = asks("(events.id = 7)", 1)


def forms(planned: Sequence[Planned], known: DatabaseFacts | None = None) -> list[str]:
    return [one.change.form for one in advise_partitions(planned, known or facts())]


def test_a_large_log_that_is_asked_by_stretches_is_divided_by_time() -> None:
    (found,) = advise_partitions([STRETCH, asks("(events.tenant = 7)", 5e3, 1e4)], facts())
    assert (found.change.kind, found.confidence, found.saved_share) == ("partition", "medium", 0.0)
    assert found.change.title == "Divide events by made, a month each"
    assert "100,000,000 rows (9.31 GiB), of 2024-01-01 to 2026-01-01" in found.change.why
    assert (
        "90.9 % of its time in the workload ask for a stretch of it, by their plans 4 % of the rows" in found.change.why
    )
    sql = "\n".join(step.sql for step in found.change.steps)
    assert """PARTITION OF "public"."events_partitioned" FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')""" in sql
    assert (
        'CREATE UNIQUE INDEX CONCURRENTLY "events_pkey_divided" ON "public"."events" USING btree ("id", "made")' in sql
    )
    assert "VALUES FROM ('2026-06-01')" in found.change.details["note"]


def test_one_whose_old_rows_are_deleted_is_too() -> None:
    assert forms([OLD, asks("(events.tenant = 7)", 5e3, 1e4)]) == ["range"]
    assert forms([asks("(events.tenant = 7)", 5e3), asks("(events.made > '2020-01-01')", 9e7)]) == []


def test_one_that_is_found_by_something_else_is_left_whole() -> None:
    assert forms([STRETCH, BY_ID]) == []  # half of the time is in lookups that would look into each partition
    assert forms([STRETCH, replace(BY_ID, query=replace(BY_ID.query, total_ms=1e3))]) == ["range"]


@pytest.mark.parametrize(
    "table",
    [
        replace(EVENTS, statistics=TableStatistics(40_000_000, COLUMNS)),
        replace(EVENTS, updated=9 * 10**7),
        replace(EVENTS, table=replace(TABLE, columns=(ID, replace(MADE, nullable=True), TENANT))),
        replace(EVENTS, statistics=TableStatistics(10**8, {"made": replace(IN_ORDER, correlation=0.2)})),
        replace(
            EVENTS, statistics=TableStatistics(10**8, {"made": replace(IN_ORDER, bounds=("-infinity", "infinity"))})
        ),
    ],
    ids=["small", "changing", "nullable", "out of order", "without end"],
)
def test_one_that_is_no_large_log_is_left_whole(table: TableFacts) -> None:
    assert forms([STRETCH], facts(table)) == []


def test_what_stands_against_it_is_said_and_no_migration_written() -> None:
    email = UniqueKey("events_tenant_key", ("tenant",))
    other = TableFacts(
        Table(TableName("public", "notes"), (), foreign_keys=(ForeignKey("notes_event", ("event",), NAME, ("id",)),)),
        TableStatistics(),
    )
    upsert = Planned(
        Query("u", "INSERT INTO events (id) VALUES (1) ON CONFLICT (id) DO NOTHING", 9, 1.0, writes=True), [None]
    )
    table = replace(EVENTS, table=replace(TABLE, uniques=(KEY, email)))
    (found,) = advise_partitions([STRETCH, upsert], facts(table, other))
    assert (found.confidence, found.change.steps) == ("low", ())
    against = found.change.details["against"]
    assert "events_tenant_key has to stay unique over all partitions" in against
    assert "foreign key notes_event of notes refers to (id)" in against
    assert "INSERT … ON CONFLICT (id) needs a key of just that" in against


def test_one_that_is_always_asked_by_its_tenant_could_be_divided_by_hash() -> None:
    plain = replace(EVENTS, updated=9 * 10**7)
    by_tenant = asks("((events.tenant = 7) AND (events.id > 9))", 5e3)
    (found,) = advise_partitions([by_tenant], facts(plain))
    assert (found.change.form, found.confidence) == ("hash", "low")
    assert sum("FOR VALUES WITH (MODULUS 16, REMAINDER" in step.sql for step in found.change.steps) == 16
    assert 'DROP TABLE "public"."events_old"' in found.change.details["note"]
    without = replace(plain, table=replace(TABLE, uniques=()))
    (kept,) = advise_partitions([by_tenant], facts(without))
    assert (kept.change.steps, kept.change.details["against"]) == (
        (), "it has no primary key, by which it could be copied"
    )  # fmt: skip
    assert forms([by_tenant, BY_ID], facts(plain)) == []


@pytest.mark.parametrize(
    ("day", "unit", "following"),
    [
        (date(2026, 12, 31), "day", date(2027, 1, 1)),
        (date(2026, 12, 28), "week", date(2027, 1, 4)),
        (date(2026, 12, 1), "month", date(2027, 1, 1)),
        (date(2026, 11, 30), "quarter", date(2027, 1, 1)),
        (date(2026, 1, 1), "year", date(2027, 1, 1)),
    ],
)
def test_a_partition_begins_where_its_unit_does(day: date, unit: Unit, following: date) -> None:
    assert after(day, unit) == following


def test_the_first_one_is_behind_all_that_is_there_or_comes_meanwhile() -> None:
    span = Span(date(2025, 1, 1), date(2026, 5, 20))
    bounds = bounds_of(MADE, span, "month", date(2026, 3, 1))
    assert (bounds.first, len(bounds.pairs())) == (date(2026, 6, 1), 4)
    assert bounds_of(MADE, span, "month", date(2026, 5, 28)).first == date(2026, 7, 1)


def test_partitions_are_neither_small_nor_many() -> None:
    year = Span(date(2025, 1, 1), date(2026, 1, 1))
    assert unit_of(year, 365 * 10**7, 2 * 10**6) == "week"  # a day each would be too many
    assert unit_of(year, 5 * 10**7, 2 * 10**6) == "month"
    assert unit_of(year, 10**6, 2 * 10**6) == "year"
    assert span_of(MADE, ColumnStatistics(frequent=("2025-01-01 00:00:00",))) is None


def test_names_stay_within_the_servers_length_and_apart() -> None:
    long = [Names(TableName("public", "ä" * 29 + end)) for end in ("abcd", "abce")]
    names = [name for one in long for name in (one.old, one.whole, one.rest, one.of(date(2026, 1, 1)))]
    assert len(set(names)) == 8
    assert max(len(one.name.encode()) for one in names) <= NAME_BYTES_MAX
