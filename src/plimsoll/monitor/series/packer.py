"""Looks become blocks and roll-ups: reckoned first, with room for others between series, then written at once."""

import sqlite3
from collections.abc import Callable
from typing import Final

from plimsoll.monitor.series.files import transaction
from plimsoll.monitor.series.looks import Look, Points, RawBlock, points_of, raw_blocks
from plimsoll.monitor.series.rollups import LEVELS_S, Rollup, blocks, coarser, merged, pack, rolled_points, unpack

_ADD_RAW: Final = "INSERT INTO raw (series, first_ms, last_ms, points, data) VALUES (?, ?, ?, ?, ?)"
_ADD_ROLLUP: Final = (
    "INSERT INTO rollup (step_s, series, block, first_ms, last_ms, data) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (step_s, series, block) "
    "DO UPDATE SET first_ms = excluded.first_ms, last_ms = excluded.last_ms, data = excluded.data"
)
RollupRow = tuple[int, int, int, int, int, bytes]


def pack_looks(connection: sqlite3.Connection, source: str, pause: Callable[[], None]) -> None:
    """All that a collector has told and that is not packed yet. `pause` is called after each series."""
    rows = connection.execute("SELECT at_ms, ids, data FROM look WHERE source = ?", (source,)).fetchall()
    raw: list[RawBlock] = []
    rollups: list[RollupRow] = []
    for series, points in points_of(map(Look._make, rows)).items():
        raw += raw_blocks(series, points)
        rollups += _rollup_rows(connection, series, points)
        pause()
    with transaction(connection):
        connection.executemany(_ADD_RAW, raw)
        connection.executemany(_ADD_ROLLUP, rollups)
        connection.execute("DELETE FROM look WHERE source = ?", (source,))


def _rollup_rows(connection: sqlite3.Connection, series: int, points: Points) -> list[RollupRow]:
    """Of every level, merged with what is stored of the same block."""
    times, values = points
    rollup = rolled_points([at / 1000 for at in times], values, LEVELS_S[0])
    rows = []
    for step_s in LEVELS_S:
        rollup = rollup if step_s == rollup.step_s else coarser(rollup, step_s)
        rows += [_merged_row(connection, series, block, part) for block, part in blocks(rollup)]
    return rows


def _merged_row(connection: sqlite3.Connection, series: int, block: int, part: Rollup) -> RollupRow:
    query = "SELECT data FROM rollup WHERE step_s = ? AND series = ? AND block = ?"
    stored = connection.execute(query, (part.step_s, series, block)).fetchone()
    whole = part if stored is None else merged([unpack(block, part.step_s, stored[0]), part], part.step_s)
    step_ms = part.step_s * 1000
    first_ms, last_ms = whole.slots[0] * step_ms, (whole.slots[-1] + 1) * step_ms
    return part.step_s, series, block, first_ms, last_ms, pack(block, whole)
