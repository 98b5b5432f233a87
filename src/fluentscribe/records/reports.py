"""Quality over time, and where a project stands. A session assessed twice in a bucket counts as it was last."""

from datetime import datetime
from typing import Any
from uuid import UUID

# $1 is a project, or null for all of the organization.
_ASSESSED = """
WITH assessed AS (
    SELECT DISTINCT ON (a.session_id, bucket)
        date_trunc($4, a.created_at, 'UTC') AS bucket, a.session_id, a.score, a.ewc, a.passed
    FROM assessment_results a
    WHERE ($1::uuid IS NULL OR a.project_id = $1) AND a.created_at >= $2 AND a.created_at < $3
    ORDER BY a.session_id, bucket, a.created_at DESC, a.id DESC
)
"""
SCORES = f"""{_ASSESSED}
SELECT bucket, count(*) AS sessions, sum(ewc)::bigint AS words, avg(score)::float8 AS score,
    count(*) FILTER (WHERE passed) AS passed, count(*) FILTER (WHERE NOT passed) AS failed
FROM assessed GROUP BY bucket ORDER BY bucket
"""
ERRORS = f"""{_ASSESSED}
SELECT bucket, counted.dimension, sum(counted.errors)::bigint AS errors
FROM assessed JOIN (
    SELECT session_id, dimension, count(*) AS errors FROM qa_errors
    WHERE status = 'confirmed' AND session_id = ANY (ARRAY(SELECT session_id FROM assessed))
    GROUP BY session_id, dimension
) counted ON counted.session_id = assessed.session_id
GROUP BY bucket, counted.dimension
"""
STATUSES = """
SELECT status, count(*) AS sessions, coalesce(sum(words), 0)::bigint AS words FROM qa_sessions WHERE project_id = $1
GROUP BY status
"""
# `undecided` are sessions of which errors and reviews are counted: one more than are told apart, as texts, whose arrays
# the driver knows.
DASHBOARD = """
WITH undecided AS MATERIALIZED (
    SELECT id, status FROM qa_sessions WHERE project_id = $1 AND status NOT IN ('approved', 'rejected')
)
SELECT p.deadline, coalesce(p.deadline < now() AND p.status NOT IN ('completed', 'archived'), false) AS overdue,
    p.pass_score::float8 AS pass_score, latest.score, latest.scored_at,
    (SELECT count(*) FROM qa_errors WHERE status = 'open' AND session_id = ANY (ARRAY(
        SELECT id FROM undecided
    ))) AS open_errors,
    (SELECT count(*) FROM reviews WHERE verdict IS NULL AND session_id = ANY (ARRAY(
        SELECT id FROM undecided WHERE status = 'in_review'
    ))) AS open_reviews,
    ARRAY(SELECT id::text FROM undecided LIMIT 101) AS undecided
FROM projects p
LEFT JOIN LATERAL (
    SELECT a.score::float8 AS score, a.created_at AS scored_at FROM assessment_results a
    WHERE a.project_id = p.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1
) latest ON true
WHERE p.id = $1
"""


async def quality(
    db: Any, project: UUID | None, since: datetime, until: datetime, bucket: str
) -> list[tuple[Any, dict[str, int]]]:
    """For each bucket in which anything was assessed: its numbers, and confirmed errors by dimension."""
    window = (project, since, until, bucket)
    errors: dict[datetime, dict[str, int]] = {}
    for row in await db.fetch(ERRORS, *window):
        errors.setdefault(row["bucket"], {})[row["dimension"]] = row["errors"]
    return [(row, errors.get(row["bucket"], {})) for row in await db.fetch(SCORES, *window)]
