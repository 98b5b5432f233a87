"""What people say of the platform."""

from typing import Any

COLUMNS = """
f.id, f.category, f.rating, f.message, f.session_id, f.created_at, p.id AS person_id, p.display_name AS person_name
"""
LIST = f"""
SELECT {COLUMNS} FROM user_feedback f JOIN profiles p ON p.id = f.profile_id
WHERE ($1::text IS NULL OR f.category = $1) AND ($2::timestamptz IS NULL OR (f.created_at, f.id) < ($2, $3::bigint))
ORDER BY f.created_at DESC, f.id DESC LIMIT $4
"""
FIND = f"SELECT {COLUMNS} FROM user_feedback f JOIN profiles p ON p.id = f.profile_id WHERE f.id = $1"
# A session that the caller may see: they run the organization ($2), or are in its project.
SESSION = """
SELECT s.id FROM qa_sessions s WHERE s.id = $1 AND ($2 OR EXISTS (
    SELECT FROM project_members m WHERE m.project_id = s.project_id AND m.profile_id = app_profile_id()
))
"""
CREATE = """
INSERT INTO user_feedback (organization_id, profile_id, session_id, category, rating, message)
VALUES (app_organization_id(), app_profile_id(), $1, $2, $3, $4) RETURNING id
"""


async def listed(db: Any, category: str | None, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, newest first."""
    rows: list[Any] = await db.fetch(LIST, category, *(after or (None, None)), limit + 1)
    return rows
