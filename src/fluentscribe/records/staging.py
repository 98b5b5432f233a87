"""A file's segments into a new session: by COPY, which row-level security does not allow, into a stage."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS staged_segments (
    seq integer, unit_id text, source text, target text, state text, note text, length_max integer, locked boolean,
    source_tags text, target_tags text
) ON COMMIT DROP
"""
MOVE = """
INSERT INTO qa_segments (organization_id, session_id, seq, unit_id, source, target, state, note, length_max, locked,
    source_tags, target_tags)
SELECT app_organization_id(), $1, seq, unit_id, source, target, state, note, length_max, locked, source_tags::jsonb,
    target_tags::jsonb
FROM staged_segments WHERE seq BETWEEN $2 AND $3 ORDER BY seq
"""
# Of more rows in one statement caches are only told that segments of any session may have changed.
AT_ONCE = 100
EMPTY = "TRUNCATE staged_segments"


async def add(db: Any, session: UUID, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows by `seq`, after STAGE in its transaction. Bit by bit: no statement takes long, however large the file."""
    await db.copy_records_to_table("staged_segments", columns=columns, records=rows)
    place = columns.index("seq")
    for first in range(0, len(rows), AT_ONCE):
        moved = rows[first : first + AT_ONCE]
        await db.execute(MOVE, session, moved[0][place], moved[-1][place])
    await db.execute(EMPTY)
