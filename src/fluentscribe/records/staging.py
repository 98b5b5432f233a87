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
FROM staged_segments ORDER BY seq
"""
EMPTY = "TRUNCATE staged_segments"


async def add(db: Any, session: UUID, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """After STAGE, in its transaction. Statement by statement, so that none takes long however large the file is."""
    await db.copy_records_to_table("staged_segments", columns=columns, records=rows)
    await db.execute(MOVE, session)
    await db.execute(EMPTY)
