"""Segments of a session."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fluentscribe.records.arrays import columns_of_text

COLUMNS = """
g.id, g.session_id, g.seq, g.unit_id, g.source, g.source_tags, g.target, g.target_tags, g.state, g.confidence, g.note,
g.length_max, g.locked
"""
# Errors are counted once for the session, and looked up for the page alone.
LIST = f"""
WITH open AS MATERIALIZED (
    SELECT segment_id, count(*) AS errors FROM qa_errors WHERE session_id = $1 AND status = 'open' GROUP BY segment_id
), paged AS (
    SELECT {COLUMNS} FROM qa_segments g
    WHERE g.session_id = $1
      AND ($2::text IS NULL OR g.state = $2)
      AND ($3::boolean IS NULL OR (g.id IN (SELECT segment_id FROM open)) = $3)
      AND ($4::bigint IS NULL OR g.seq > $4)
    ORDER BY g.seq LIMIT $5
)
SELECT paged.*, coalesce(open.errors, 0) AS open_errors
FROM paged LEFT JOIN open ON open.segment_id = paged.id ORDER BY paged.seq
"""
FIND = f"SELECT {COLUMNS} FROM qa_segments g WHERE g.id = $1"
LOCK = f"{FIND} FOR NO KEY UPDATE"
SESSION_OF = "SELECT session_id FROM qa_segments WHERE id = $1"
# Arrays and no COPY, which row-level security does not allow: a stage for it would be a table that each file makes and
# drops, with its TOAST table, its index, and a word about it to every session of the server. Of texts, whose arrays the
# driver knows: others it looks up in the catalog, once for each connection, for as long as a hundred statements.
ADD = """
INSERT INTO qa_segments (organization_id, session_id, seq, unit_id, source, target, state, note, length_max, locked,
    source_tags, target_tags)
SELECT app_organization_id(), $1, seq::integer, unit_id, source, target, state, note, length_max::integer,
    locked::boolean, source_tags::jsonb, target_tags::jsonb
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[]) WITH ORDINALITY
    AS given (seq, unit_id, source, target, state, note, length_max, locked, source_tags, target_tags, place)
ORDER BY place
"""
# Of more rows in one statement caches are only told that segments of any session may have changed.
AT_ONCE = 100


async def listed(
    db: Any, session: UUID, state: str | None, with_open_errors: bool | None, after: int | None, limit: int
) -> Any:
    """One more than `limit`, in the order of the file."""
    return await db.fetch(LIST, session, state, with_open_errors, after, limit + 1)


async def add(db: Any, session: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows as `uploads.reading` makes them. Bit by bit: no statement takes long, however large the file."""
    for first in range(0, len(rows), AT_ONCE):
        await db.execute(ADD, session, *columns_of_text(rows[first : first + AT_ONCE]))
