"""Reviews: who was asked to judge a session, and what they said."""

from typing import Any
from uuid import UUID

COLUMNS = """
r.id, r.session_id, s.project_id, s.status AS session_status, s.words, r.reviewer_id, p.display_name AS reviewer_name,
r.verdict, r.comment, r.decided_at, r.created_at
"""
_FROM = "FROM reviews r JOIN qa_sessions s ON s.id = r.session_id LEFT JOIN profiles p ON p.id = r.reviewer_id"
_PAGE = "AND ($2::bigint IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3"
OF_SESSION = f"SELECT {COLUMNS} {_FROM} WHERE r.session_id = $1 {_PAGE}"
# In projects that one has left, one is asked no more.
OF_PERSON = f"""
SELECT {COLUMNS} {_FROM}
WHERE r.reviewer_id = app_profile_id() AND ($1 OR r.verdict IS NULL)
  AND ($4 OR EXISTS (
    SELECT FROM project_members m WHERE m.project_id = s.project_id AND m.profile_id = app_profile_id()
  )) {_PAGE}
"""
FIND = f"SELECT {COLUMNS} {_FROM} WHERE r.id = $1"
CONCERNED = """
SELECT r.session_id, r.reviewer_id, s.created_by AS author
FROM reviews r JOIN qa_sessions s ON s.id = r.session_id WHERE r.id = $1
"""
LOCK = "SELECT verdict FROM reviews WHERE id = $1 FOR NO KEY UPDATE"  # only theirs are shown to people who would decide
OPEN = "SELECT true FROM reviews WHERE session_id = $1 AND reviewer_id = $2 AND verdict IS NULL"
ASK = (
    "INSERT INTO reviews (organization_id, session_id, reviewer_id) VALUES (app_organization_id(), $1, $2) RETURNING id"
)
DECIDE = """
UPDATE reviews SET verdict = $2, comment = $3, decided_at = greatest(now(), created_at) WHERE id = $1
"""


async def of_session(db: Any, session: UUID, after: int | None, limit: int) -> Any:
    """One more than `limit`, earliest first."""
    return await db.fetch(OF_SESSION, session, after, limit + 1)


async def of_person(db: Any, everywhere: bool, decided_too: bool, after: int | None, limit: int) -> Any:
    """Asked of the person who acts; one more than `limit`, who waits longest first."""
    return await db.fetch(OF_PERSON, decided_too, after, limit + 1, everywhere)
