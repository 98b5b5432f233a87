"""What people did, as it is read: one by one, and counted by day."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

LIST = """
SELECT a.id, a.action, a.details, a.created_at, p.id AS person_id, p.display_name AS person_name
FROM user_activity a JOIN profiles p ON p.id = a.profile_id
WHERE ($1::uuid IS NULL OR a.profile_id = $1) AND ($2::text IS NULL OR a.action = $2)
  AND ($3::timestamptz IS NULL OR a.created_at >= $3) AND ($4::timestamptz IS NULL OR a.created_at < $4)
  AND ($5::timestamptz IS NULL OR (a.created_at, a.id) < ($5, $6::bigint))
ORDER BY a.created_at DESC, a.id DESC LIMIT $7
"""
DAILY = """
SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(DISTINCT profile_id) AS people, count(*) AS acts
FROM user_activity WHERE created_at >= $1 AND created_at < $2 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is for whatever there is. `until` is not itself included."""

    person: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def listed(db: Any, wanted: Wanted, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, newest first."""
    rows: list[Any] = await db.fetch(LIST, *astuple(wanted), *(after or (None, None)), limit + 1)
    return rows
