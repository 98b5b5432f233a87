"""Files handed in, and the sessions that are made of them."""

from typing import Any
from uuid import UUID

COLUMNS = """
u.id, u.project_id, u.file_name, u.format, u.sha256, u.bytes, u.status, u.refusal, u.error AS reason, u.line,
u.uploaded_by, u.processed_at, u.created_at,
(SELECT s.id FROM qa_sessions s WHERE s.upload_id = u.id ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS session_id
"""
LIST = f"""
SELECT {COLUMNS} FROM file_uploads u
WHERE u.project_id = $1
  AND ($2::text IS NULL OR u.status = $2)
  AND ($3::timestamptz IS NULL OR (u.created_at, u.id) < ($3, $4::uuid))
ORDER BY u.created_at DESC, u.id DESC LIMIT $5
"""
FIND = f"SELECT {COLUMNS} FROM file_uploads u WHERE u.id = $1"
LOCK = f"{FIND} FOR UPDATE OF u"
SCAN = """
SELECT scanner, verdict, findings, created_at FROM vulnerability_scans
WHERE upload_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1
"""
LANGUAGES = "SELECT source_language, target_language FROM projects WHERE id = $1"
# Files that hold the same are dealt with one after the other, whoever hands them in or deletes them. Each transaction
# takes its locks in the same order, so that none waits for one that waits for it.
ONE_AT_A_TIME = """
SELECT pg_advisory_xact_lock(hashtextextended(app_organization_id() || '/' || sha256, 0))
FROM unnest($1::text[]) AS sha256
"""
# The one of whom there is a session: what was deleted is read anew.
KNOWN = f"""
SELECT {COLUMNS} FROM file_uploads u
WHERE u.project_id = $1 AND u.sha256 = $2 AND u.status = 'done'
  AND EXISTS (SELECT FROM qa_sessions s WHERE s.upload_id = u.id)
ORDER BY u.created_at DESC, u.id DESC LIMIT 1
"""
CREATE = """
INSERT INTO file_uploads (organization_id, project_id, uploaded_by, file_name, sha256, bytes)
VALUES (app_organization_id(), $1, app_profile_id(), $2, $3, $4) RETURNING id
"""
DONE = "UPDATE file_uploads SET status = 'done', format = $2, processed_at = clock_timestamp() WHERE id = $1"
FAIL = """
UPDATE file_uploads SET status = 'failed', refusal = $2, error = $3, line = $4, processed_at = clock_timestamp()
WHERE id = $1
"""
ADD_SCAN = """
INSERT INTO vulnerability_scans (organization_id, upload_id, scanner, verdict, findings)
VALUES (app_organization_id(), $1, 'markup', CASE WHEN $2::jsonb = '[]' THEN 'clean' ELSE 'suspicious' END, $2)
"""
DELETE = "DELETE FROM file_uploads WHERE id = $1"
STILL_KEPT = "SELECT EXISTS (SELECT FROM file_uploads WHERE sha256 = $1 AND status = 'done')"

CREATE_SESSION = """
INSERT INTO qa_sessions (organization_id, project_id, upload_id, source_language, target_language, created_by)
SELECT app_organization_id(), p.id, $2, p.source_language, p.target_language, app_profile_id()
FROM projects p WHERE p.id = $1 RETURNING id
"""
COUNT_WORDS = "UPDATE qa_sessions SET words = $2 WHERE id = $1"


async def listed(db: Any, project: UUID, status: str | None, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, newest first, so that it is known whether there are more."""
    at, key = after or (None, None)
    rows: list[Any] = await db.fetch(LIST, project, status, at, key, limit + 1)
    return rows
