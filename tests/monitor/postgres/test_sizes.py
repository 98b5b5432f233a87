"""Sizes and the estimate of bloat: against real tables of known content, and what must not be waited for."""

from typing import Any

from plimsoll.core.observation import Observation
from plimsoll.embedded import PostgresServer
from plimsoll.monitor.postgres.facts.schema import read_schema_facts
from plimsoll.monitor.postgres.facts.settings import read_settings
from plimsoll.monitor.postgres.sizes.bloat import index_bloat, table_bloat
from plimsoll.monitor.postgres.sizes.collector import SizesCollector, bloat_values
from tests.monitor.postgres.servers import figures, link_to, run, sessions

SCHEMA = """
    CREATE TABLE packed (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = off);
    INSERT INTO packed SELECT n, repeat('x', 60) FROM generate_series(1, 20000) n;
    CREATE TABLE holed (LIKE packed INCLUDING ALL) WITH (autovacuum_enabled = off);
    INSERT INTO holed SELECT * FROM packed;
    DELETE FROM holed WHERE id % 4 > 0;
    ALTER TABLE holed ADD FOREIGN KEY (id) REFERENCES packed;
"""


def test_half_empty_tables_are_told_from_packed_ones_and_a_lock_is_not_waited_for(each_database: str) -> None:
    async def go() -> tuple[Observation, Observation, dict[str, int], dict[str, int], Any]:
        async with sessions(each_database, 2) as (client, locking):
            link = link_to(each_database)
            collector = SizesCollector(link, 900.0)
            await client.execute(SCHEMA)
            for table in ("packed", "holed"):
                await client.execute(f"VACUUM ANALYZE {table}")
            which = "FROM pg_class WHERE relname IN ('packed', 'holed')"
            rows = await client.fetch(f"SELECT relname::text, oid, pg_total_relation_size(oid) AS size {which}")
            seen = await collector.collect()
            bloat = {row["relname"]: collector.known.bloat[row["oid"]] for row in rows}
            await locking.execute("BEGIN; LOCK TABLE holed")
            locked = await collector.collect()
            facts = await read_schema_facts(link)
            await link.close()
            return seen, locked, {row["relname"]: row["size"] for row in rows}, bloat, facts

    seen, locked, sizes, bloat, facts = run(go())
    values = figures(seen)
    assert (seen.notes, locked.notes) == ([], [])
    for table, size in sizes.items():
        assert values[f'table_size_bytes{{table="public.{table}"}}'] == size
        estimated = figures(locked)[f'table_size_bytes{{table="public.{table}"}}']
        assert 0.9 * size < estimated <= size
    assert figures(locked)['table_size_bytes{table="public.packed"}'] == sizes["packed"]
    assert values["database_size_bytes"] > sum(sizes.values())
    pages_of_table = 20_000 * 96 // 8192 * 8192  # of rows of 92 bytes and their pointers
    assert bloat["packed"] < 0.05 * pages_of_table
    assert 0.7 * pages_of_table < bloat["holed"] < 0.8 * pages_of_table
    assert values["database_bloat_bytes"] > bloat["holed"] + bloat["packed"]  # the index of the holed one too
    assert [table["table"] for table in facts["tables"]] == ["public.holed", "public.packed"]
    assert [table["rows"] for table in facts["tables"]] == [5_000.0, 20_000.0]
    index = next(index for index in facts["indexes"] if index["table"] == "public.packed")
    assert index["definition"] == "CREATE UNIQUE INDEX packed_pkey ON public.packed USING btree (id)"
    assert index["primary"] is True
    held = next(index for index in facts["indexes"] if index["table"] == "public.holed")
    assert held["definition"] is None
    assert index["size_bytes"] > 20_000 * 16
    assert facts["foreign_keys"] == [{"table": "public.holed", "references": "public.packed", "columns": ["id"]}]


def test_a_role_that_may_see_no_statistics_of_columns_is_told_so(
    postgres_server: PostgresServer, database: str
) -> None:
    postgres_server.sql(
        'DROP ROLE IF EXISTS "sizer"', "CREATE ROLE \"sizer\" LOGIN PASSWORD 'sizer-1'", 'GRANT pg_monitor TO "sizer"'
    )
    place = f"127.0.0.1:{postgres_server.port}/{database.rpartition('/')[2]}"

    async def go() -> tuple[Observation, Any]:
        async with sessions(database, 1) as (client,):
            await client.execute(SCHEMA)
            await client.execute("ANALYZE packed; ANALYZE holed; SET lock_timeout = '9s'")
            link = link_to(f"postgresql://sizer:sizer-1@{place}")
            seen = await SizesCollector(link, 900.0).collect()
            settings = await read_settings(link)
            await link.close()
            return seen, settings

    seen, settings = run(go())
    values = figures(seen)
    assert "database_bloat_bytes" not in values
    assert values['table_size_bytes{table="public.packed"}'] > 1_000_000
    assert ["GRANT pg_read_all_data" in note for note in seen.notes] == [True]
    assert settings["shared_buffers"]["unit"] == "8kB"
    assert settings["max_connections"]["source"] != "default"  # ours, so it is there without being asked for
    assert "primary_conninfo" not in settings
    assert "application_name" not in settings


def widths(**row: Any) -> dict[str, Any]:
    return {
        "pages": 1000,
        "rows": 10_000.0,
        "fillfactor": None,
        "known": 2,
        "columns": 2,
        "width": 12.0,
        "nullable": False,
    } | row


def test_the_estimate_follows_the_layout_of_a_page() -> None:
    # A row: 24 + 16 + 4 bytes, 185 to a page of 8,168; an entry: 8 + 16 + 4, 262 to 90 % of 8,152.
    assert table_bloat(widths(), 8192) == (1000 - 55) * 8192
    assert table_bloat(widths(fillfactor=50.0), 8192) == (1000 - 109) * 8192
    assert index_bloat(widths(), 8192) == (1000 - 1 - 39) * 8192
    assert index_bloat(widths(nullable=True), 8192) == (1000 - 1 - 50) * 8192
    assert table_bloat(widths(pages=3), 8192) == 0


def test_nothing_is_estimated_where_a_column_has_no_statistics() -> None:
    assert table_bloat(widths(known=1), 8192) is None
    assert index_bloat(widths(known=0, width=None), 8192) is None
    assert bloat_values([None, None]) == {}
    assert list(bloat_values([None, 5]).values()) == [5]
    assert list(bloat_values([]).values()) == [0]
