"""Who works on a project."""

from typing import Any
from uuid import UUID

COLUMNS = "p.id, p.display_name, m.role::text AS role, m.created_at AS joined_at"
OF_PROJECT = f"SELECT {COLUMNS} FROM project_members m JOIN profiles p ON p.id = m.profile_id WHERE m.project_id = $1"
LIST = f"""
{OF_PROJECT} AND ($2::timestamptz IS NULL OR (m.created_at, p.id) > ($2, $3::uuid)) ORDER BY m.created_at, p.id LIMIT $4
"""
FIND = f"{OF_PROJECT} AND p.id = $2"
LOCK = f"{FIND} FOR UPDATE OF m"
ORGANIZATION_ROLE = """
SELECT role::text FROM organization_members WHERE organization_id = app_organization_id() AND profile_id = $1
"""
PUT = """
INSERT INTO project_members (organization_id, project_id, profile_id, role)
VALUES (app_organization_id(), $1, $2, $3::text::project_role)
ON CONFLICT (project_id, profile_id) DO UPDATE SET role = excluded.role
"""
REMOVE = "DELETE FROM project_members WHERE project_id = $1 AND profile_id = $2"


async def listed(db: Any, project: UUID, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, in the order in which they joined."""
    rows: list[Any] = await db.fetch(LIST, project, *(after or (None, None)), limit + 1)
    return rows
