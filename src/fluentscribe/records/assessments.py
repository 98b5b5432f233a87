"""Scores of sessions, each as it was reckoned at a moment."""

from typing import Any
from uuid import UUID

COLUMNS = """
a.id, a.session_id, a.model, a.apt::float8 AS apt, a.ewc, a.pass_score::float8 AS pass_score, a.score::float8 AS score,
a.passed, a.breakdown, a.created_at
"""
LIST = f"""
SELECT {COLUMNS} FROM assessment_results a
WHERE a.session_id = $1 AND ($2::bigint IS NULL OR a.id < $2) ORDER BY a.id DESC LIMIT $3
"""
CONFIRMED = """
SELECT dimension, type, severity::text AS severity, count(*) AS errors FROM qa_errors
WHERE session_id = $1 AND status = 'confirmed' GROUP BY dimension, type, severity
"""
RULES = "SELECT mqm_profile, pass_score FROM projects WHERE id = $1"
# The score is the session's, too, and told; in one message to the server.
KEEP = f"""
WITH a AS (
    INSERT INTO assessment_results (organization_id, project_id, session_id, model, apt, ewc, pass_score, breakdown)
    VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7) RETURNING *
), scored AS (
    UPDATE qa_sessions SET score = $8, updated_at = now() WHERE id = $2
), told AS (
    INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff, ip)
    SELECT app_organization_id(), app_profile_id(), 'create', 'assessment', id::text, $9::jsonb, $10::inet FROM a
)
SELECT {COLUMNS} FROM a
"""


async def listed(db: Any, session: UUID, after: int | None, limit: int) -> Any:
    """`limit` of them, latest first."""
    return await db.fetch(LIST, session, after, limit)
