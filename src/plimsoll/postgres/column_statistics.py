"""Reading pg_stats: never a value of a column that the caller does not name."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

import asyncpg

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName

FEW_MAX: Final = 500
BOUNDS_MIN: Final = 50  # different values of which the middle one's power of ten tells nothing of a single row

# $1, $2: schemas and names of tables, pairwise. $3 to $6: schema, table and column whose values may be read, and
# whether only if they are few: at most $7, and known not to grow with the table (n_distinct is positive). Of a
# partitioned table the statistics over all partitions count, of others those without tables that inherit. $8: how many
# bounds a histogram of numbers that are withheld must have for the power of ten of its middle one to be read.
_COLUMNS_SQL: Final = """
SELECT s.schemaname::text AS schema, s.tablename::text AS name, s.attname::text AS column,
       s.null_frac, s.n_distinct, s.avg_width, coalesce(s.correlation, 0) AS correlation,
       coalesce(s.most_common_freqs, '{}') AS shares, r.attname IS NULL AS withheld,
       CASE WHEN r.attname IS NOT NULL THEN s.most_common_vals::text::text[] END AS frequent,
       CASE WHEN r.attname IS NOT NULL THEN s.histogram_bounds::text::text[] END AS bounds,
       CASE WHEN r.attname IS NULL AND middle.size BETWEEN 1e-9 AND 1e18 THEN floor(log(middle.size))::int END
           AS magnitude
FROM unnest($1::text[], $2::text[]) AS t (schemaname, tablename)
JOIN pg_namespace n ON n.nspname = t.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
JOIN pg_stats s ON s.schemaname = t.schemaname AND s.tablename = t.tablename AND s.inherited = (c.relkind = 'p')
LEFT JOIN unnest($3::text[], $4::text[], $5::text[], $6::boolean[]) AS r (schemaname, tablename, attname, few)
    ON r.schemaname = s.schemaname AND r.tablename = s.tablename AND r.attname = s.attname
    AND (NOT r.few OR s.n_distinct BETWEEN 0 AND $7::int)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
JOIN pg_type y ON y.oid = a.atttypid
CROSS JOIN LATERAL (SELECT s.histogram_bounds::text::text[] AS bounds) AS h
CROSS JOIN LATERAL (
    SELECT CASE WHEN coalesce(nullif(y.typbasetype, 0), y.oid)::regtype::text
            IN ('smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision')
        AND cardinality(h.bounds) >= $8::int THEN abs(h.bounds[cardinality(h.bounds) / 2]::float8) END AS size
) AS middle
"""
_ROWS_SQL: Final = """
SELECT t.schemaname, t.tablename, sum(greatest(leaf.reltuples, 0))::bigint AS rows,
       bool_or(leaf.reltuples >= 0) AS known
FROM unnest($1::text[], $2::text[]) AS t (schemaname, tablename)
JOIN pg_namespace n ON n.nspname = t.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
CROSS JOIN LATERAL (
    SELECT l.reltuples FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid WHERE p.isleaf
    UNION ALL SELECT c.reltuples WHERE c.relkind <> 'p' AND NOT c.relispartition
) AS leaf
GROUP BY 1, 2
"""
_FORMS: Final = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; "
    "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
)


async def read_statistics(
    connection: asyncpg.Connection,
    tables: Collection[TableName],
    *,
    readable: Mapping[TableName, Collection[str]],
    readable_if_few: Mapping[TableName, Collection[str]],
) -> dict[TableName, TableStatistics]:
    """What pg_stats has of `tables`. The connection must be in a transaction, whose settings are changed.

    Frequent values and bounds of columns that are not `readable` never leave the server; their shares do. Those that
    are so `if_few` do where the planner counts at most FEW_MAX different values, however many rows there are. Columns
    that this role may not read, or whose rows a policy may hide from it, are missing.
    """
    names = sorted(tables)
    schemas, plain = [name.schema for name in names], [name.name for name in names]
    chosen = [(name, column, few) for few, said in ((False, readable), (True, readable_if_few))
              for name in names for column in sorted(said.get(name, ()))]  # fmt: skip
    allowed = [(name.schema, name.name, column, few) for name, column, few in chosen]
    assert connection.is_in_transaction()
    await connection.execute(_FORMS)
    rows = await connection.fetch(_ROWS_SQL, schemas, plain)
    found = await connection.fetch(
        _COLUMNS_SQL, schemas, plain, *([one[place] for one in allowed] for place in range(4)), FEW_MAX, BOUNDS_MIN
    )
    columns: dict[TableName, dict[str, ColumnStatistics]] = defaultdict(dict)
    for row in found:
        columns[TableName(row["schema"], row["name"])][row["column"]] = _column(row)
    known = {TableName(row["schemaname"], row["tablename"]): row["rows"] for row in rows if row["known"]}
    return {name: TableStatistics(known.get(name), columns.get(name, {})) for name in names}


def _column(row: asyncpg.Record) -> ColumnStatistics:
    return ColumnStatistics(
        null_share=row["null_frac"],
        distinct=row["n_distinct"],
        frequent_shares=tuple(row["shares"]),
        frequent=tuple(row["frequent"] or ()),
        bounds=tuple(row["bounds"] or ()),
        correlation=row["correlation"],
        withheld=row["withheld"],
        magnitude=row["magnitude"],
        width=row["avg_width"],
    )
