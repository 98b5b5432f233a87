"""How often the checks of a table that only trying tells will be tried: measured on some rows, which go nowhere."""

from collections.abc import Sequence
from typing import Final

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.schema import Check
from plimsoll.data.drawing import Numbers
from plimsoll.data.writing.fill import TableFill
from plimsoll.data.writing.staging import TRIES, columns_of, triable, tried_columns, types_of, violation
from plimsoll.postgres.error_classes import FOREIGN

SAMPLE_ROWS: Final = 200
FAILING_ROWS: Final = 50  # of which further tries are looked at
ROUNDS: Final = 16


async def further_tries(connection: asyncpg.Connection, fill: TableFill) -> float | None:
    """Tries of a row beyond the first, on average; None where that cannot be told, as of values that are no text.

    The rows come out of the fill as of their last try, so this is for plans that are not carried out.
    """
    checks = triable(fill)
    if not checks or not fill.rows:
        return 0.0
    sample = np.unique(np.linspace(0, fill.rows - 1, min(fill.rows, SAMPLE_ROWS)).astype(np.int64))
    try:
        failing = await _failing(connection, fill, checks, sample)
        share = len(failing) / len(sample)
        return share * await _tries(connection, fill, checks, failing[:FAILING_ROWS]) if share else 0.0
    except FOREIGN:
        return None


async def _tries(connection: asyncpg.Connection, fill: TableFill, checks: Sequence[Check], rows: Numbers) -> float:
    """Of rows that failed the first, until all checks hold, as far as some rounds show."""
    left, made, met = rows, 0, 0
    for attempt in range(1, ROUNDS + 1):
        for check in checks:
            fill.retry(left, attempt, columns_of(fill, check))
        still = await _failing(connection, fill, checks, left)
        made, met, left = made + len(left), met + len(left) - len(still), still
        if not len(left):
            break
    return min(made / max(met, 0.5), float(TRIES))


async def _failing(connection: asyncpg.Connection, fill: TableFill, checks: Sequence[Check], rows: Numbers) -> Numbers:
    """The rows that do not satisfy the checks as they are."""
    columns = tried_columns(fill)
    frame = fill.frame(rows, columns)
    types = await types_of(connection, fill, columns)
    quoted = [quote_identifier(name) for name in columns]
    casts = ", ".join(f"{name}::{types[bare]} AS {name}" for name, bare in zip(quoted, columns, strict=True))
    given = ", ".join(f"${place}::text[]" for place in range(1, len(columns) + 1))
    query = (
        f"SELECT array_agg(place) FROM (SELECT {casts}, place FROM unnest({given}) "
        f"WITH ORDINALITY AS sent ({', '.join(quoted)}, place)) AS made WHERE {violation(checks)}"
    )
    texts = [frame[name].cast(pl.String).to_list() for name in columns]
    found: list[int] = await connection.fetchval(query, *texts) or []
    return rows[np.array(sorted(found), dtype=np.int64) - 1]
