"""Sessions of a project, and the jobs that analyse them.

Who locks a review and a session locks the review first; who locks a session and its jobs, segments or errors locks the
session first.
"""

from typing import Any
from uuid import UUID

COLUMNS = """
s.id, s.project_id, s.upload_id, u.file_name, s.source_language, s.target_language, s.status, s.words,
s.score::float8 AS score, s.created_by, s.assignee_id, s.analyzed_at, s.decided_at, s.created_at, s.updated_at
"""
JOB = "j.id, j.status, j.attempts, j.segments_done, j.segments_total, j.error, j.created_at, j.finished_at"
_LISTED = f"SELECT {COLUMNS} FROM qa_sessions s LEFT JOIN file_uploads u ON u.id = s.upload_id"
_PAGE = """
  AND ($1::text IS NULL OR s.status = $1)
  AND ($2::timestamptz IS NULL OR (s.created_at, s.id) < ($2, $3::uuid))
ORDER BY s.created_at DESC, s.id DESC LIMIT $4
"""
LIST = f"{_LISTED} WHERE s.project_id = $5 {_PAGE}"
# To people who do not run the organization, only sessions of projects that they are in are shown.
LIST_ALL = f"""
{_LISTED}
WHERE ($5 OR EXISTS (
    SELECT FROM project_members m WHERE m.project_id = s.project_id AND m.profile_id = app_profile_id()
))
  AND ($6::uuid IS NULL OR s.assignee_id = $6)
{_PAGE}
"""
FIND = f"""
SELECT {COLUMNS}, s.analysis_results, (
    SELECT to_jsonb(latest) FROM (
        SELECT {JOB} FROM analysis_jobs j WHERE j.session_id = s.id ORDER BY j.id DESC LIMIT 1
    ) latest
) AS analysis
FROM qa_sessions s LEFT JOIN file_uploads u ON u.id = s.upload_id
WHERE s.id = $1
"""
_HELD = "SELECT project_id, status, words, created_by, assignee_id FROM qa_sessions WHERE id = $1"
HOLD = f"{_HELD} FOR SHARE"  # nobody decides it meanwhile
LOCK = f"{_HELD} FOR NO KEY UPDATE"
DELETE = "DELETE FROM qa_sessions WHERE id = $1"
ASSIGN = "UPDATE qa_sessions SET assignee_id = $2, updated_at = now() WHERE id = $1"
QUEUED = "UPDATE qa_sessions SET status = 'queued', updated_at = now() WHERE id = $1"
DECIDE = """
UPDATE qa_sessions SET status = $2, decided_at = greatest(now(), analyzed_at), updated_at = now() WHERE id = $1
"""
MEMBER_ROLE = "SELECT role::text FROM project_members WHERE project_id = $1 AND profile_id = $2"

UNFINISHED = f"SELECT {JOB} FROM analysis_jobs j WHERE j.session_id = $1 AND j.status IN ('queued', 'running') LIMIT 1"
ENQUEUE = f"""
INSERT INTO analysis_jobs AS j (organization_id, session_id, requested_by)
VALUES (app_organization_id(), $1, app_profile_id()) RETURNING {JOB}
"""


async def of_project(db: Any, project: UUID, status: str | None, after: tuple[Any, ...] | None, limit: int) -> Any:
    """One more than `limit`, newest first."""
    at, key = after or (None, None)
    return await db.fetch(LIST, status, at, key, limit + 1, project)


async def of_organization(
    db: Any,
    everything: bool,
    assignee: UUID | None,
    status: str | None,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Any:
    """One more than `limit`, newest first."""
    at, key = after or (None, None)
    return await db.fetch(LIST_ALL, status, at, key, limit + 1, everything, assignee)


async def enqueued(db: Any, session: UUID) -> tuple[dict[str, Any], bool]:
    """The job that will analyse a locked session, and whether it is a new one."""
    unfinished = await db.fetchrow(UNFINISHED, session)
    if unfinished is not None:
        return dict(unfinished), False
    await db.execute(QUEUED, session)
    return dict(await db.fetchrow(ENQUEUE, session)), True
