"""Tables and indexes as they are seen on real servers, and what becomes of their counters."""

from typing import Any

from plimsoll.core.observation import Observation
from plimsoll.monitor.postgres.looks import RowsDifference
from plimsoll.monitor.postgres.relations.collector import RelationsCollector
from plimsoll.monitor.postgres.relations.counted import (
    EVENTS_MAX,
    TableState,
    most_read,
    relations_look,
    share_values,
    weightiest_tables,
    worked_events,
)
from plimsoll.monitor.postgres.sizes.known import KnownSizes
from tests.monitor.postgres.servers import figures, link_to, run, sessions

SCHEMA = """
    CREATE TABLE scanned (id int PRIMARY KEY, a int) WITH (autovacuum_enabled = off);
    CREATE INDEX unused ON scanned (a);
    CREATE TABLE quiet (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
    CREATE TEMPORARY TABLE passing (id int);
    INSERT INTO scanned SELECT n, n FROM generate_series(1, 3000) n; ANALYZE scanned;
"""
WORK = """
    SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
    DO $$ BEGIN FOR n IN 1..5 LOOP PERFORM count(*) FROM scanned; END LOOP; END $$;
    RESET enable_indexscan; SET enable_seqscan = off;
    DO $$ BEGIN FOR n IN 1..15 LOOP PERFORM FROM scanned WHERE id = n; END LOOP; END $$;
    DO $$ BEGIN FOR n IN 1..100 LOOP DELETE FROM scanned WHERE id = n; END LOOP; END $$;
"""
# Statistics are otherwise sent when a second has gone by; the last statement of a session's turn sends all.
FLUSH = "SELECT pg_stat_force_next_flush()"


def a_look(live: int, estimate: float, analyzed_s_ago: float | None = None, pages: int = 9) -> int | None:
    counts, none = (0,) * 8, None
    rows = [(1, *counts, live, 0, 0, none, analyzed_s_ago, pages, estimate)]
    return relations_look(0.0, (5.0, "x"), rows, (), 8192, 7.0).table_states[1].live_rows


def test_rows_whose_count_a_crash_lost_are_estimated_or_not_known() -> None:
    assert a_look(12, 90_000.0) == 90_000, "counted since the crash"
    assert a_look(0, -1.0) is None
    assert a_look(0, 0.0, pages=9) is None
    assert a_look(0, 0.0, pages=0) == 0
    assert a_look(12, 90_000.0, analyzed_s_ago=3.0) == 12


def test_a_known_load_is_seen_as_it_was(each_database: str) -> None:
    """115 look-ups by index, 100 of which delete; 5 scans of 3,000 rows; an index nobody uses, and an invalid one."""

    async def go() -> tuple[Observation, Observation]:
        async with sessions(each_database, 1) as (client,):
            link = link_to(each_database)
            oid_of_scanned = "SELECT 'scanned'::regclass::oid"
            await client.execute(SCHEMA)
            await client.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'quiet_pkey'::regclass")
            await client.fetch(FLUSH)
            oid = await client.fetchval(oid_of_scanned)
            collector = RelationsCollector(link, 60.0, KnownSizes({oid: 123_456}, {oid: 777}))
            first = await collector.collect()
            await client.execute(WORK)
            await client.fetch(FLUSH)
            second = await collector.collect()
            await link.close()
            return first, second

    first, second = run(go())
    assert (first.details, first.notes, second.notes) == ({}, [], [])
    tables = {row["table"]: row for row in second.details["tables"]["rows"]}
    assert list(tables) == ["public.scanned", "public.quiet"]
    scanned = tables["public.scanned"]
    wanted = ("sequential_scans", "sequential_rows", "index_scans", "inserted", "deleted")
    assert [scanned[name] for name in wanted] == [5, 15_000, 115, 0, 100]
    assert (scanned["live_rows"], scanned["dead_rows"]) == (2900, 100)
    assert (scanned["size_bytes"], scanned["bloat_bytes"]) == (123_456, 777)
    assert scanned["vacuumed_s_ago"] is None
    assert 0 <= scanned["analyzed_s_ago"] < 60
    values, seconds = figures(second), second.details["tables"]["seconds"]
    assert round(values["database_dead_rows_percent"], 6) == round(100 / 30, 6)
    assert round(values["database_sequential_scan_percent"], 6) == round(100 * 5 / 120, 6)
    assert 90 < values["database_index_hit_percent"] <= 100
    assert round(values['table_sequential_rows_per_s{table="public.scanned"}'] * seconds) == 15_000
    indexes = second.details["indexes"]["rows"]
    assert [(row["index"], row["valid"], row["unique"], row["scans_now"]) for row in indexes] == [
        ("public.quiet_pkey", False, True, 0), ("public.scanned_pkey", True, True, 115),
        ("public.unused", True, False, 0),
    ]  # fmt: skip
    assert indexes[2]["scans"] == 0
    assert 0 < second.details["indexes"]["counted_from_s"] < second.at_s
    assert indexes[2]["size_bytes"] > 8192


def state(pages: int = 1, *, vacuumed_s_ago: float | None = None) -> TableState:
    return TableState(100, 0, 0, vacuumed_s_ago, None, pages)


def did(sequential_rows: int = 0, *, autovacuums: int = 0) -> tuple[int, ...]:
    return 1, sequential_rows, 0, 0, 0, 0, autovacuums, 0


def difference(rows: dict[int, tuple[int, ...]]) -> RowsDifference[int]:
    return RowsDifference(60.0, rows)


def test_tables_are_ranked_by_the_rows_that_scans_read_times_their_size_not_by_either_alone() -> None:
    table = (1, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, None, None)
    look: Any = relations_look(
        0.0, (1.0, None), [(oid, *table, pages, 100.0) for oid, pages in ((1, 5), (2, 900), (3, 90))], [], 8192
    )
    assert weightiest_tables(look, difference({1: did(1_000), 3: did(500)})) == [3, 1, 2]


def test_a_table_that_was_shown_stays_shown_within_the_bound() -> None:
    tables = difference({oid: did(oid) for oid in range(1, 6)})
    assert most_read(tables, [9, 5, 8, 7], top=2, most=4) == [5, 4, 9, 8]


def test_of_nothing_there_is_no_share() -> None:
    assert share_values(difference({}), difference({})) == {}
    assert share_values(None, None) == {}


def test_autovacuum_is_told_at_the_time_at_which_it_ended_and_not_without_bound() -> None:
    tables = difference({1: did(autovacuums=1), 2: did()})
    events = worked_events(tables, {1: state(vacuumed_s_ago=40.0), 2: state()}, {1: "public.t"}, 100.0, "relations")
    assert [(event.at_s, event.kind, event.text) for event in events] == [
        (60.0, "autovacuum", "autovacuum of public.t")
    ]
    thrice = worked_events(difference({1: did(autovacuums=3)}), {1: state()}, {1: "public.t"}, 100.0, "relations")
    assert thrice[0].text == "autovacuum of public.t, the last of 3"
    many = {oid: did(autovacuums=1) for oid in range(EVENTS_MAX + 5)}
    events = worked_events(difference(many), dict.fromkeys(many, state()), {}, 100.0, "relations")
    assert len(events) == EVENTS_MAX + 1
    assert "5 times more" in events[-1].text
