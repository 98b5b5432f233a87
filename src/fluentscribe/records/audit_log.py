"""The audit log, as it is read."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

# Who did it is looked up for the page alone: a plan for any values takes the filters for stricter than they are.
LIST = """
SELECT a.id, a.action, a.object_type, a.object_id, a.diff, host(a.ip) AS ip, a.created_at,
    p.id AS actor_id, p.display_name AS actor_name
FROM (
    SELECT id, actor_id, action, object_type, object_id, diff, ip, created_at FROM audit_logs
    WHERE ($1::uuid IS NULL OR actor_id = $1) AND ($2::text IS NULL OR action = $2)
      AND ($3::text IS NULL OR object_type = $3) AND ($4::text IS NULL OR object_id = $4)
      AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at < $6)
      AND ($7::timestamptz IS NULL OR (created_at, id) < ($7, $8::bigint))
    ORDER BY created_at DESC, id DESC LIMIT $9
) a
LEFT JOIN profiles p ON p.id = a.actor_id
ORDER BY a.created_at DESC, a.id DESC
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """None is for whatever there is. `until` is not itself included."""

    actor: UUID | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def listed(db: Any, wanted: Wanted, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, newest first."""
    rows: list[Any] = await db.fetch(LIST, *astuple(wanted), *(after or (None, None)), limit + 1)
    return rows
