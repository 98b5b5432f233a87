"""A project's published report: its link, and what is told to whoever has it."""

from typing import Any
from uuid import UUID

from fluentscribe.permissions.deciding import Standing

# A link before it is one no more.
PUBLISH = """
INSERT INTO published_reports (project_id, organization_id, link_hash, published_by)
VALUES ($1, app_organization_id(), $2, app_profile_id())
ON CONFLICT (project_id) DO UPDATE
SET link_hash = excluded.link_hash, published_by = excluded.published_by, created_at = now()
RETURNING published_by, created_at AS published_at
"""
FIND = "SELECT published_by, created_at AS published_at FROM published_reports WHERE project_id = $1"
TAKE_BACK = "DELETE FROM published_reports WHERE project_id = $1 RETURNING project_id"

SHOW = "SELECT set_config('app.link_hash', $1, true)"
LINKED = "SELECT project_id, organization_id, published_by FROM published_reports WHERE link_hash = $1"
PUBLISHER = """
SELECT m.role::text AS organization_role, o.status AS organization_status,
    (SELECT role::text FROM project_members WHERE project_id = $1 AND profile_id = p.id) AS project_role
FROM profiles p
JOIN organization_members m ON m.profile_id = p.id AND m.organization_id = $2
JOIN organizations o ON o.id = m.organization_id
WHERE p.id = $3 AND p.disabled_at IS NULL
"""
PROJECT = """
SELECT p.name, p.source_language, p.target_language, p.pass_score::float8 AS pass_score, latest.score, latest.scored_at
FROM projects p
LEFT JOIN LATERAL (
    SELECT a.score::float8 AS score, a.created_at AS scored_at FROM assessment_results a
    WHERE a.project_id = p.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1
) latest ON true
WHERE p.id = $1
"""
# The latest in which anything was assessed, whenever that was: what is told depends on rows alone, and on no clock.
MONTHS = """
WITH assessed AS (
    SELECT DISTINCT ON (a.session_id, month)
        date_trunc('month', a.created_at, 'UTC') AS month, a.score, a.ewc, a.passed
    FROM assessment_results a WHERE a.project_id = $1
    ORDER BY a.session_id, month, a.created_at DESC, a.id DESC
)
SELECT month, count(*) AS sessions, sum(ewc)::bigint AS words, avg(score)::float8 AS score,
    count(*) FILTER (WHERE passed) AS passed, count(*) FILTER (WHERE NOT passed) AS failed
FROM assessed GROUP BY month ORDER BY month DESC LIMIT 12
"""


async def linked(db: Any, link_hash: str) -> tuple[UUID, UUID, UUID] | None:
    """Project, organization and who published it; None where the link is none, or no more."""
    await db.execute(SHOW, link_hash)
    row = await db.fetchrow(LINKED, link_hash)
    return None if row is None else (row["project_id"], row["organization_id"], row["published_by"])


async def standing_of(db: Any, project: UUID, organization: UUID, person: UUID) -> Standing:
    """Of who published; the transaction acts for them. Nothing at all where they have left or are disabled."""
    row = await db.fetchrow(PUBLISHER, project, organization, person)
    return Standing(None) if row is None else Standing(**row)
