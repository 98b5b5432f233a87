"""Errors of a session, found by checks or by people."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fluentscribe.records import sessions

COLUMNS = """
e.id, e.session_id, e.segment_id, g.seq, e.dimension, e.type, e.severity::text AS severity, e.origin, e.status,
e.fingerprint, e.span_start, e.span_end, e.message, e.reported_by, e.decided_at, e.created_at
"""
_FROM = "FROM qa_errors e JOIN qa_segments g ON g.id = e.segment_id"
_CHOSEN = """
e.session_id = $1
  AND ($2::text IS NULL OR e.status = $2)
  AND ($3::text IS NULL OR e.severity = $3::error_severity)
  AND ($4::text IS NULL OR e.dimension = $4)
  AND ($5::text IS NULL OR e.origin = $5)
  AND ($6::text IS NULL OR e.type = $6)
  AND ($7::bigint IS NULL OR e.segment_id = $7)
"""
LIST = f"SELECT {COLUMNS} {_FROM} WHERE {_CHOSEN} AND ($8::bigint IS NULL OR e.id > $8) ORDER BY e.id LIMIT $9"
FIND = f"SELECT {COLUMNS} {_FROM} WHERE e.id = $1"
LOCK = f"{FIND} FOR NO KEY UPDATE OF e"
# Nobody decides the session of an error meanwhile.
HOLD_SESSION_OF = sessions.HOLD.replace("$1", "(SELECT session_id FROM qa_errors WHERE id = $1)")
OF_SESSION = "SELECT id FROM qa_errors WHERE session_id = $1 AND id = ANY ($2::bigint[])"
COUNT = """
SELECT dimension, severity::text AS severity, status, count(*) AS errors FROM qa_errors WHERE session_id = $1
GROUP BY dimension, severity, status ORDER BY dimension, severity, status
"""
SEGMENT = "SELECT seq, source, target FROM qa_segments WHERE id = $1 AND session_id = $2 FOR SHARE"
# What is done with an error, that it was, and the error as it is then, in one message to the server. `seq` is of its
# segment.
_TOLD = """
WITH made AS ({deed} RETURNING *), told AS (
    INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff, ip)
    SELECT app_organization_id(), app_profile_id(), '{action}', 'error', id::text, {diff}, $3::inet FROM made
), noted AS (
    INSERT INTO user_activity (organization_id, profile_id, action, details)
    SELECT app_organization_id(), app_profile_id(), '{act}',
        jsonb_build_object('session', session_id, 'error', id::text) FROM made
)
SELECT {columns} FROM made e, (SELECT $2::integer AS seq) g
"""
REPORT = _TOLD.format(
    columns=COLUMNS,
    action="create",
    act="edit",
    diff="'{}'::jsonb",
    deed="""
    INSERT INTO qa_errors (organization_id, reported_by, origin, session_id, segment_id, dimension, type, severity,
        fingerprint, span_start, span_end, message)
    VALUES (app_organization_id(), app_profile_id(), 'human', $1, $4, $5, $6, $7::text::error_severity,
        $8, $9, $10, $11)
    """,
)
DECIDE = _TOLD.format(
    columns=COLUMNS,
    action="update",
    act="review",
    diff="$5::jsonb",
    deed="""
    UPDATE qa_errors
    SET status = $4, decided_at = CASE WHEN $4 <> 'open' THEN greatest(now(), created_at) END
    WHERE id = $1
    """,
)
# Locked in the order of ids, so that two who decide the same ones wait for each other and do not block each other.
_DECIDE_CHOSEN = """
WITH chosen AS (
    SELECT e.id, e.status FROM qa_errors e WHERE {chosen} ORDER BY e.id FOR NO KEY UPDATE
), changed AS (
    UPDATE qa_errors e
    SET status = {status}, decided_at = CASE WHEN {status} <> 'open' THEN greatest(now(), e.created_at) END
    FROM chosen c WHERE e.id = c.id AND c.status <> {status}
    RETURNING e.id, c.status AS before
), logged AS (
    INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff, ip)
    SELECT app_organization_id(), app_profile_id(), 'update', 'error', id::text,
        jsonb_build_object('status', jsonb_build_array(before, {status})), {address}::text::inet
    FROM changed
)
SELECT (SELECT count(*) FROM chosen) AS matched, (SELECT count(*) FROM changed) AS changed
"""
DECIDE_THESE = _DECIDE_CHOSEN.format(
    chosen="e.session_id = $1 AND e.id = ANY($2::bigint[])", status="$3::text", address="$4"
)
DECIDE_MATCHING = _DECIDE_CHOSEN.format(chosen=_CHOSEN, status="$8::text", address="$9")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which errors of a session; None is any."""

    status: str | None = None
    severity: str | None = None
    dimension: str | None = None
    origin: str | None = None
    type: str | None = None
    segment_id: int | None = None

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.status, self.severity, self.dimension, self.origin, self.type, self.segment_id


async def listed(db: Any, session: UUID, chosen: Filter, after: int | None, limit: int) -> Any:
    """One more than `limit`, in the order in which they were found."""
    return await db.fetch(LIST, session, *chosen.arguments, after, limit + 1)


async def not_of(db: Any, session: UUID, ids: list[int]) -> list[int]:
    """Which are no errors of this session, in order. The session is held, so that none comes or goes."""
    return sorted(set(ids) - {row["id"] for row in await db.fetch(OF_SESSION, session, ids)})


async def decided(db: Any, session: UUID, which: list[int] | Filter, status: str, address: str) -> Any:
    """How many of them there are, and how many were changed. Each change is in the audit log."""
    if isinstance(which, Filter):
        return await db.fetchrow(DECIDE_MATCHING, session, *which.arguments, status, address)
    return await db.fetchrow(DECIDE_THESE, session, which, status, address)
