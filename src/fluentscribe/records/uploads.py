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
_LOCK_ALL = """
SELECT count(pg_advisory_xact_lock(hashtextextended(app_organization_id() || '/' || sha256, 0)))
FROM unnest({files}::text[]) AS sha256
"""
ONE_AT_A_TIME = _LOCK_ALL.format(files="$1")
BEGIN = f"""
SELECT source_language, target_language, ({_LOCK_ALL.format(files="$2")}) AS locked FROM projects WHERE id = $1
"""
# The one of whom there is a session: what was deleted is read anew.
KNOWN = f"""
SELECT {COLUMNS} FROM file_uploads u
WHERE u.project_id = $1 AND u.sha256 = $2 AND u.status = 'done'
  AND EXISTS (SELECT FROM qa_sessions s WHERE s.upload_id = u.id)
ORDER BY u.created_at DESC, u.id DESC LIMIT 1
"""
# What a file leaves, in one statement, and when: each statement is a message there and back, and asks anew who may
# write. Nothing is returned from the tables, since that would ask who may read, too.
_RECORD = """
WITH done AS MATERIALIZED (
    SELECT clock_timestamp() AS at
), file AS (
    INSERT INTO file_uploads (organization_id, uploaded_by, id, project_id, file_name, sha256, bytes, processed_at,
        status, format, refusal, error, line)
    SELECT app_organization_id(), app_profile_id(), $1::uuid, $2::uuid, $3::text, $4::text, $5::bigint, at, {result}
    FROM done
), {made} told AS (
    INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff, ip)
    SELECT app_organization_id(), app_profile_id(), 'create', told.*, $6::inet FROM (VALUES {told}) AS told
), noted AS (
    INSERT INTO user_activity (organization_id, profile_id, action, details)
    VALUES (app_organization_id(), app_profile_id(), 'upload',
        jsonb_build_object('upload', $1::uuid, 'bytes', $5::bigint::text))
)
SELECT now() AS created_at, at AS processed_at FROM done
"""
_TOLD = "('upload', $1::uuid::text, jsonb_build_object('file_name', jsonb_build_array(NULL, $3::text)))"
# With its session, which has its words and is to be analysed; segments are added after it.
TAKE = _RECORD.format(
    result="'done', $7::text, NULL, NULL, NULL",
    told=f"{_TOLD}, ('session', $9::uuid::text, '{{}}'::jsonb)",
    made="""scan AS (
    INSERT INTO vulnerability_scans (organization_id, upload_id, scanner, verdict, findings)
    VALUES (app_organization_id(), $1::uuid, 'markup',
        CASE WHEN $8::jsonb = '[]' THEN 'clean' ELSE 'suspicious' END, $8::jsonb)
), session AS (
    INSERT INTO qa_sessions (organization_id, created_by, id, project_id, upload_id, source_language, target_language,
        words)
    VALUES (app_organization_id(), app_profile_id(), $9::uuid, $2::uuid, $1::uuid, $10::text, $11::text, $12::integer)
), job AS (
    INSERT INTO analysis_jobs (organization_id, session_id, requested_by)
    VALUES (app_organization_id(), $9::uuid, app_profile_id())
),""",
)
REFUSE = _RECORD.format(result="'failed', NULL, $7::text, $8::text, $9::integer", told=_TOLD, made="")
DELETE = "DELETE FROM file_uploads WHERE id = $1"
STILL_KEPT = "SELECT EXISTS (SELECT FROM file_uploads WHERE sha256 = $1 AND status = 'done')"

CREATE_SESSION = """
INSERT INTO qa_sessions (organization_id, project_id, upload_id, source_language, target_language, created_by, words)
SELECT app_organization_id(), p.id, $2, p.source_language, p.target_language, app_profile_id(), $3
FROM projects p WHERE p.id = $1 RETURNING id
"""
COUNT_WORDS = "UPDATE qa_sessions SET words = $2 WHERE id = $1"


async def listed(db: Any, project: UUID, status: str | None, after: tuple[Any, ...] | None, limit: int) -> list[Any]:
    """One more than `limit`, newest first, so that it is known whether there are more."""
    at, key = after or (None, None)
    rows: list[Any] = await db.fetch(LIST, project, status, at, key, limit + 1)
    return rows
