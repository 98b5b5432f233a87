"""Counters of tables and indexes become rates, documents and events. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from plimsoll.core.details import IndexRow, TableRow
from plimsoll.core.observation import Event
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.postgres.looks import RowsDifference, RowsLook
from plimsoll.monitor.postgres.sizes.known import KnownSizes

EVENTS_MAX: Final = 50  # of one look; of more only the number is told
_DEAD: Final = SeriesKey.of("database_dead_rows_percent")
_INDEX_HIT: Final = SeriesKey.of("database_index_hit_percent")
_SEQUENTIAL: Final = SeriesKey.of("database_sequential_scan_percent")


class TableCounts(NamedTuple):
    sequential_scans: int = 0
    sequential_rows: int = 0
    inserted: int = 0
    updated: int = 0
    hot_updated: int = 0
    deleted: int = 0
    autovacuums: int = 0
    autoanalyzes: int = 0


class TableState(NamedTuple):
    live_rows: int | None
    dead_rows: int
    modified: int
    vacuumed_s_ago: float | None
    analyzed_s_ago: float | None
    pages: int


class IndexState(NamedTuple):
    table: int
    pages: int
    unique: bool
    valid: bool


@dataclass(frozen=True, slots=True)
class RelationsLook:
    """By oid."""

    tables: RowsLook[int]
    table_states: Mapping[int, TableState]
    indexes: RowsLook[int]
    index_states: Mapping[int, IndexState]
    block_size: int
    counted_from_s: float = 0.0


def relations_look(
    steady_s: float,
    epoch: tuple[float, Any],
    tables: Iterable[Sequence[Any]],
    indexes: Iterable[Sequence[Any]],
    block_size: int,
    reset_s: float | None = None,
) -> RelationsLook:
    """Of the rows that `relations_sql` asks for: an oid, counters (of an index: scans, pages asked for, pages found),
    then what is no counter."""
    table_counts, table_states = {}, {}
    for oid, *rest in tables:
        table_counts[oid] = tuple(rest[:8])
        *state, estimate = rest[8:]
        table_states[oid] = _known(TableState._make(state), estimate, TableCounts(*rest[:8]))
    index_counts, index_states = {}, {}
    for oid, *rest in indexes:
        index_counts[oid] = tuple(rest[:3])
        index_states[oid] = IndexState._make(rest[3:])
    return RelationsLook(
        RowsLook(steady_s, table_counts, epoch),
        table_states,
        RowsLook(steady_s, index_counts, epoch),
        index_states,
        block_size,
        max(epoch[0], reset_s or 0.0),
    )


def _known(state: TableState, estimate: float, counts: TableCounts) -> TableState:
    """A crash loses what was counted, and then nothing is counted of rows that are there: the planner's estimate says
    more, where there is one. It is -1 of a table that was never analyzed."""
    if state.vacuumed_s_ago is not None or state.analyzed_s_ago is not None:
        return state
    if estimate > 0:
        return state._replace(live_rows=max(state.live_rows or 0, round(estimate)))
    nothing = not (state.live_rows or state.dead_rows or counts.inserted)
    return state._replace(live_rows=None) if nothing and (estimate < 0 or state.pages) else state


def share_values(tables: RowsDifference[int] | None, indexes: RowsDifference[int] | None) -> dict[SeriesKey, float]:
    """Shares of what was done between two looks; of nothing there is no share."""
    if tables is None or indexes is None:
        return {}
    sequential = sum(row[0] for row in tables.rows.values())
    scans, fetched, hit = (sum(column) for column in zip((0, 0, 0), *indexes.rows.values(), strict=True))
    return _percent(_SEQUENTIAL, sequential, sequential + scans) | _percent(_INDEX_HIT, hit, fetched)


def dead_values(states: Mapping[int, TableState]) -> dict[SeriesKey, float]:
    dead = sum(state.dead_rows for state in states.values())
    return _percent(_DEAD, dead, dead + sum(state.live_rows or 0 for state in states.values()))


def _percent(key: SeriesKey, part: float, whole: float) -> dict[SeriesKey, float]:
    return {key: 100.0 * part / whole} if whole else {}


def most_read(tables: RowsDifference[int], shown: Sequence[int], *, top: int, most: int) -> list[int]:
    """The tables whose scans read most rows, and those that were shown before: a series should not come and go."""
    read = [oid for oid, row in tables.rows.items() if row[1]]
    heaviest = sorted(read, key=lambda oid: -tables.rows[oid][1])[:top]
    return [*heaviest, *(oid for oid in shown if oid not in heaviest)][:most]


def weightiest_tables(look: RelationsLook, tables: RowsDifference[int]) -> list[int]:
    """Those first of which scans read most pages: their rows times their size; then the larger ones."""
    none = TableCounts()

    def weight(oid: int) -> tuple[int, int]:
        pages = look.table_states[oid].pages
        return -tables.rows.get(oid, none)[1] * max(1, pages), -pages

    return sorted(look.table_states, key=weight)


def table_rows(
    look: RelationsLook,
    tables: RowsDifference[int],
    indexes: RowsDifference[int],
    names: Mapping[int, str],
    sizes: KnownSizes,
    most: int,
) -> list[TableRow]:
    """The weightiest."""
    shown = [oid for oid in weightiest_tables(look, tables) if oid in names][:most]
    scans, pages = dict.fromkeys(shown, 0), {oid: look.table_states[oid].pages for oid in shown}
    for oid, state in look.index_states.items():
        if state.table in pages:
            pages[state.table] += state.pages
            scans[state.table] += indexes.rows.get(oid, (0,))[0]
    return [
        _table_row(
            names[oid],
            TableCounts(*tables.rows.get(oid, ())),
            look.table_states[oid],
            scans[oid],
            sizes.tables.get(oid, pages[oid] * look.block_size),
            sizes.bloat.get(oid),
        )
        for oid in shown
    ]


def _table_row(
    name: str, counts: TableCounts, state: TableState, index_scans: int, size_bytes: int, bloat_bytes: int | None
) -> TableRow:
    return TableRow(
        table=name,
        live_rows=state.live_rows,
        dead_rows=state.dead_rows,
        size_bytes=size_bytes,
        bloat_bytes=bloat_bytes,
        sequential_scans=counts.sequential_scans,
        sequential_rows=counts.sequential_rows,
        index_scans=index_scans,
        inserted=counts.inserted,
        updated=counts.updated,
        hot_updated=counts.hot_updated,
        deleted=counts.deleted,
        modified_since_analyze=state.modified,
        vacuumed_s_ago=state.vacuumed_s_ago,
        analyzed_s_ago=state.analyzed_s_ago,
    )


def index_rows(
    look: RelationsLook, indexes: RowsDifference[int], names: Mapping[int, str], most: int
) -> list[IndexRow]:
    """Invalid ones first, then by size."""
    states = look.index_states
    known = [oid for oid, state in states.items() if oid in names and state.table in names]
    return [
        IndexRow(
            table=names[states[oid].table],
            index=names[oid],
            size_bytes=states[oid].pages * look.block_size,
            scans=look.indexes.rows[oid][0],
            scans_now=indexes.rows.get(oid, (0,))[0],
            unique=states[oid].unique,
            valid=states[oid].valid,
        )
        for oid in sorted(known, key=lambda oid: (states[oid].valid, -states[oid].pages))[:most]
    ]


def worked_events(
    tables: RowsDifference[int], states: Mapping[int, TableState], names: Mapping[int, str], at_s: float, source: str
) -> list[Event]:
    """Autovacuum and autoanalyze, at the time at which they ended, as far as the server tells it."""
    found = []
    for oid, row in tables.rows.items():
        counts, state, name = TableCounts(*row), states[oid], names.get(oid, f"table {oid}")
        if counts.autovacuums:
            text = f"autovacuum of {name}{_times(counts.autovacuums)}"
            found.append(Event(at_s - (state.vacuumed_s_ago or 0.0), "autovacuum", text, source))
        if counts.autoanalyzes:
            text = f"autoanalyze of {name}{_times(counts.autoanalyzes)}"
            found.append(Event(at_s - (state.analyzed_s_ago or 0.0), "autoanalyze", text, source))
    more = len(found) - EVENTS_MAX
    rest = [Event(at_s, "autovacuum", f"autovacuum and autoanalyze of tables, {more} times more", source)]
    return found[:EVENTS_MAX] + (rest if more > 0 else [])


def _times(count: int) -> str:
    """Since the look before; the time of the last of them is known only."""
    return f", the last of {count}" if count > 1 else ""
