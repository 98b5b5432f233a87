"""autovacuum by table: where a share of a large table is too many rows to wait for. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.units import format_count, format_share
from plimsoll.tune.beyond.asked import Asked
from plimsoll.tune.beyond.tunables.tables import table_setting
from plimsoll.tune.beyond.tunables.values import number_of, setting

ROWS_MIN: Final = 1_000_000
WRITTEN_MIN: Final = 0.2  # of the rows, updated or deleted since the counters began: else it hardly matters
DEAD_MIN: Final = 0.05  # of the rows, dead now
SCALE_MIN: Final = 0.1  # a table that has less has been seen to
SHARE_MIN: Final = 0.01  # of the workload, in statements with index-only scans
INSERTED_ROWS_MIN: Final = 10_000_000
# By the table's rows: so that autovacuum comes for some hundred thousand dead rows at most.
SCALES: Final = ((100_000_000, "0.002"), (10_000_000, "0.01"), (ROWS_MIN, "0.02"))
_SCALE: Final = "autovacuum_vacuum_scale_factor"
_INSERTED: Final = "autovacuum_vacuum_insert_scale_factor"
_OFF: Final = ("off", "false", "no", "0")


def vacuum(statements: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    if facts.settings.get("autovacuum") in _OFF:
        yield _switched_on(facts)
    reading = _index_only(statements)
    for _, table in sorted(facts.tables.items()):
        if table.options.get("autovacuum_enabled") in _OFF:
            yield from _enabled(table, facts)
        else:
            yield from _sooner(table, facts)
            yield from _for_inserts(table, reading.get(table.table.name, []), facts)


def _sooner(table: TableFacts, facts: DatabaseFacts) -> Iterator[Advised]:
    proposed = next((value for rows, value in SCALES if _rows(table) >= rows), "")
    scale, changed = _factor(table, facts, _SCALE), table.updated + table.deleted
    if not proposed or scale is None or scale < SCALE_MIN:
        return
    dead = table.dead_rows / table.rows
    if changed < WRITTEN_MIN * table.rows and dead < DEAD_MIN:
        return
    why = (
        f"autovacuum comes to {table.table.name} after {format_share(scale)} of its {format_count(table.rows)} rows "
        f"are dead: {format_count(round(scale * table.rows))}, which scans read until then. "
        f"{format_count(table.updated)} updates and {format_count(table.deleted)} deletes were counted, "
        f"{format_count(table.dead_rows)} rows are dead now."
    )
    yield table_setting(
        facts, table, {_SCALE: proposed}, _SCALE,
        f"Vacuum {table.table.name} after {format_share(float(proposed))} of its rows", why,
        risk="It is vacuumed more often, each time for less; a transaction that stays open keeps rows from it all the "
        "same.",
        confidence="high" if dead >= DEAD_MIN else "medium",
    )  # fmt: skip


def _for_inserts(table: TableFacts, reading: Sequence[Asked], facts: DatabaseFacts) -> Iterator[Advised]:
    """Index-only scans read the table for what was inserted since the last vacuum."""
    scale, changed = _factor(table, facts, _INSERTED), table.updated + table.deleted
    grows = _rows(table) >= INSERTED_ROWS_MIN and table.inserted >= 10 * changed
    if not grows or scale is None or scale < SCALE_MIN or sum(one.share for one in reading) < SHARE_MIN:
        return
    scans = [one.query.id for one in reading]
    why = (
        f"{table.table.name} is only inserted into ({format_count(table.inserted)} rows counted, "
        f"{format_count(changed)} changed), and vacuumed after {format_count(round(scale * table.rows))} new rows. "
        f"Until then index-only scans read the table for them, in statements with "
        f"{format_share(sum(one.share for one in reading))} of the workload."
    )
    yield table_setting(
        facts, table, {_INSERTED: "0.01"}, _INSERTED, f"Vacuum {table.table.name} after 1 % new rows", why,
        queries=scans,
        risk="A vacuum for inserts reads only pages that are new.",
    )  # fmt: skip


def _index_only(statements: Sequence[Asked]) -> dict[TableName, list[Asked]]:
    """Statements with index-only scans, by the tables that these are of."""
    found: defaultdict[TableName, list[Asked]] = defaultdict(list)
    for one in statements:
        nodes = (visit.node for visit in one.visits() if visit.node.kind == "Index Only Scan")
        for name in {one.roots[node.table] for node in nodes if node.table in one.roots}:
            found[name].append(one)
    return dict(found)


def _enabled(table: TableFacts, facts: DatabaseFacts) -> Iterator[Advised]:
    changed = table.updated + table.deleted
    if not changed:
        return
    why = (
        f"autovacuum is switched off for {table.table.name}, of which {format_count(changed)} rows were updated or "
        f"deleted: dead rows ({format_count(table.dead_rows)} now) stay until somebody vacuums by hand."
    )
    yield table_setting(
        facts, table, {"autovacuum_enabled": "true"}, "autovacuum_enabled",
        f"Switch autovacuum on for {table.table.name}", why,
        risk="If a job vacuums it at night on purpose, leave it.",
    )  # fmt: skip


def _switched_on(facts: DatabaseFacts) -> Advised:
    dead = sum(table.dead_rows for table in facts.tables.values())
    why = f"autovacuum is off: dead rows ({format_count(dead)} now) stay, and statistics grow old."
    return setting(
        facts, "autovacuum", "on", "Switch autovacuum on", why, confidence="high", scope="server",
        risk="Its workers read and write at their own slow pace.",
    )  # fmt: skip


def _rows(table: TableFacts) -> float:
    """Of what is vacuumed at once: of a partitioned table, a partition in the mean."""
    scheme = table.table.partitioning
    return table.rows / max(1, len(list(scheme.names()))) if scheme is not None else float(table.rows)


def _factor(table: TableFacts, facts: DatabaseFacts, name: str) -> float | None:
    """The table's own, else the server's."""
    own = number_of(table.options, name)
    return own if own is not None else number_of(facts.settings, name)
