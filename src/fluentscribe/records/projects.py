"""Projects of an organization."""

from typing import Any
from uuid import UUID

COLUMNS = """
p.id, p.name, p.source_language, p.target_language, p.mqm_profile, p.pass_score::float8 AS pass_score, p.status,
p.priority, p.deadline, p.created_by, p.created_at, p.updated_at
"""
# To people who do not run the organization, only projects that they are in are shown.
LIST = f"""
SELECT {COLUMNS}, latest.score, latest.scored_at
FROM projects p
LEFT JOIN LATERAL (
    SELECT a.score::float8 AS score, a.created_at AS scored_at FROM assessment_results a
    WHERE a.project_id = p.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1
) latest ON true
WHERE ($1 OR EXISTS (SELECT FROM project_members m WHERE m.project_id = p.id AND m.profile_id = app_profile_id()))
  AND ($2::text IS NULL OR p.status = $2)
  AND ($3::timestamptz IS NULL OR (p.created_at, p.id) < ($3, $4::uuid))
ORDER BY p.created_at DESC, p.id DESC LIMIT $5
"""
FIND = f"SELECT {COLUMNS} FROM projects p WHERE p.id = $1"
LOCK = f"{FIND} FOR UPDATE"
CREATE = """
INSERT INTO projects (organization_id, name, source_language, target_language, mqm_profile, pass_score, status,
    priority, deadline, created_by)
VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7, $8, app_profile_id()) RETURNING id
"""
# Whoever makes a project runs it.
RUN_BY_AUTHOR = """
INSERT INTO project_members (organization_id, project_id, profile_id, role)
VALUES (app_organization_id(), $1, app_profile_id(), 'manager')
"""
DELETE = "DELETE FROM projects WHERE id = $1"


async def listed(db: Any, everything: bool, status: str | None, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, newest first, so that it is known whether there are more."""
    at, key = after or (None, None)
    rows: list[Any] = await db.fetch(LIST, everything, status, at, key, limit + 1)
    return rows


async def created(db: Any, fields: dict[str, Any]) -> UUID:
    names = (
        "name",
        "source_language",
        "target_language",
        "mqm_profile",
        "pass_score",
        "status",
        "priority",
        "deadline",
    )
    project: UUID = await db.fetchval(CREATE, *(fields[name] for name in names))
    await db.execute(RUN_BY_AUTHOR, project)
    return project
