"""Steps of changes that are no index: storage parameters of tables, extended statistics."""

from collections.abc import Iterator, Mapping, Sequence

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import PartitionScheme
from plimsoll.core.tuning.change import Step
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.tune.migrating import catalog_checks as checks
from plimsoll.tune.migrating.recreating import scheme_of


def table_setting_steps(table: TableName, options: Mapping[str, str], facts: DatabaseFacts) -> tuple[Step, ...]:
    """Storage parameters (autovacuum_…, fillfactor). Taking them back restores what the table has now. A partitioned
    table has none: then each partition gets them."""
    scheme = scheme_of(table, facts)
    tables = [table] if scheme is None else list(_leaves(scheme))
    found = facts.tables.get(table)
    before = found.options if found is not None and scheme is None else {}
    return tuple(_set(one, name, value, before.get(name)) for one in tables for name, value in options.items())


def statistics_steps(
    name: str, table: TableName, columns: Sequence[str], kinds: Sequence[str] = ()
) -> tuple[Step, ...]:
    """Extended statistics of columns that depend on each other, and ANALYZE, without which they are empty. `kinds`:
    ndistinct, dependencies, mcv; all where none is named. `columns` are bare names."""
    quoted = f"{quote_identifier(table.schema)}.{quote_identifier(name)}"
    listed = f" ({', '.join(kinds)})" if kinds else ""
    over = ", ".join(map(quote_identifier, columns))
    return (
        Step(
            f"CREATE STATISTICS IF NOT EXISTS {quoted}{listed} ON {over} FROM {table.quoted}",
            undo=f"DROP STATISTICS IF EXISTS {quoted}",
            check=checks.has_statistics(table.schema, name),
        ),
        Step(f"ANALYZE {table.quoted}", note="Fills them. Reads a sample of the table."),
    )


def _set(table: TableName, name: str, value: str, before: str | None) -> Step:
    undo = f"RESET ({name})" if before is None else f"SET ({name} = {before})"
    return Step(
        f"ALTER TABLE {table.quoted} SET ({name} = {value})",
        undo=f"ALTER TABLE {table.quoted} {undo}",
        check=checks.has_option(table, name, value),
    )


def _leaves(scheme: PartitionScheme) -> Iterator[TableName]:
    for one in scheme.partitions:
        yield from [one.name] if one.scheme is None else _leaves(one.scheme)
