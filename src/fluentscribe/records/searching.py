"""Text in segments of the projects that a person may read."""

import re
from typing import Any
from uuid import UUID

SEARCH = """
SELECT g.id, g.session_id, s.project_id, g.seq, g.source, g.target, g.state
FROM qa_segments g JOIN qa_sessions s ON s.id = g.session_id
WHERE (g.source ILIKE $1 OR g.target ILIKE $1)
  AND ($2::uuid IS NULL OR s.project_id = $2)
  AND ($3 OR EXISTS (
    SELECT FROM project_members m WHERE m.project_id = s.project_id AND m.profile_id = app_profile_id()
  ))
  AND ($4::bigint IS NULL OR g.id > $4)
ORDER BY g.id LIMIT $5
"""

_SPECIAL = re.compile(r"[%_\\]")


def like(text: str) -> str:
    """The pattern of what contains the text: no character of it means anything else."""
    return "%" + _SPECIAL.sub(r"\\\g<0>", text) + "%"


async def searched(db: Any, text: str, project: UUID | None, everything: bool, after: int | None, limit: int) -> Any:
    """One more than `limit`, those stored first first."""
    return await db.fetch(SEARCH, like(text), project, everything, after, limit + 1)
