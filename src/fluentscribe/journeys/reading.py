"""The 70 % that read: what every page of the application asks for, by how often it does."""

from datetime import datetime
from typing import Any

from fluentscribe.journeys.acting import FIND_PERSON, ORGANIZATIONS, acting, chance, read
from plimsoll import journey

PAGE = 20
PAGES_MAX = 6
NEXT_SHARE = 0.6  # of full pages are turned
SEGMENTS_PAGE = 50
STATUSES = ("in_review", "approved", "rejected")
SEARCHED = ("the", "der", "la", "con", "an", "er", "st", "user", "file")


@journey(weight=8)
async def look_up_person(user: Any) -> None:
    rows = await user.sql("profile by e-mail", FIND_PERSON, user.draw(acting(user).people)["email"])
    user.check("one profile", len(rows) == 1)


@journey(weight=6)
async def choose_organization(user: Any) -> None:
    rows = await read(user, "organizations of a person", ORGANIZATIONS, acting(user).profile)
    user.check("own organization is among them", any(row["id"] == acting(user).organization for row in rows))


@journey(weight=10)
async def list_projects(user: Any) -> None:
    rows = await read(user, "projects with latest score", PROJECTS, PAGE)
    user.check("a project", rows)


@journey(weight=12)
async def list_sessions(user: Any) -> None:
    random = chance(user)
    project, status = acting(user).choose(random).project, random.choice(STATUSES)
    rows = await read(user, "first page of sessions", SESSIONS, project, status, PAGE)
    for _ in range(1, PAGES_MAX):
        if len(rows) < PAGE or random.random() > NEXT_SHARE:
            return
        at: datetime = rows[-1]["created_at"]
        rows = await read(user, "next page of sessions", SESSIONS_AFTER, project, status, at, rows[-1]["id"], PAGE)


@journey(weight=9)
async def check_permission(user: Any) -> None:
    work = acting(user).choose(chance(user))
    await read(user, "permission check", PERMISSION, work.project, acting(user).profile)


@journey(weight=8)
async def read_segments(user: Any) -> None:
    random = chance(user)
    session = acting(user).choose(random).session
    rows = await read(user, "page of segments", SEGMENTS, session, 0, SEGMENTS_PAGE)
    for _ in range(1, PAGES_MAX):
        if len(rows) < SEGMENTS_PAGE or random.random() > NEXT_SHARE:
            break
        rows = await read(user, "next page of segments", SEGMENTS, session, rows[-1]["seq"], SEGMENTS_PAGE)
    if rows:
        hashed = random.choice(rows)["source_hash"]
        same = await read(user, "segments of one source", SAME_SOURCE, hashed)
        user.check("itself among them", same)


@journey(weight=1)
async def search_segments(user: Any) -> None:
    random = chance(user)
    project = acting(user).choose(random).project
    await read(user, "search segments", SEARCH, project, f"%{random.choice(SEARCHED)}%", PAGE)


@journey(weight=5)
async def analyse_session(user: Any) -> None:
    work = acting(user).choose(chance(user))
    await read(user, "errors by dimension and severity", ERRORS_COUNTED, work.session)
    await read(user, "score trend", TREND, work.project)


@journey(weight=3)
async def read_assessments(user: Any) -> None:
    work = acting(user).choose(chance(user))
    await read(user, "assessments of a project", ASSESSMENTS, work.project, PAGE)


@journey(weight=3)
async def read_my_reviews(user: Any) -> None:
    await read(user, "my open reviews", OPEN_REVIEWS, acting(user).profile, PAGE)


@journey(weight=2)
async def read_audit_log(user: Any) -> None:
    auditor = acting(user).auditor
    rows = await read(user, "audit log", AUDIT_LOG, PAGE, person=auditor)
    if rows:
        chosen = chance(user).choice(rows)
        of_object = (chosen["object_type"], chosen["object_id"], PAGE)
        await read(user, "history of an object", HISTORY, *of_object, person=auditor)


@journey(weight=1)
async def look_at_queue(user: Any) -> None:
    await read(user, "pending uploads", PENDING, PAGE)


@journey(weight=2)
async def count_login_failures(user: Any) -> None:
    rows = await user.sql("login failures", FAILURES, user.draw(acting(user).people)["email"])
    user.check("a count", len(rows) == 1)


PROJECTS = """
SELECT p.id, p.name, p.status, p.priority, p.deadline, latest.score, latest.passed
FROM projects p LEFT JOIN LATERAL (
    SELECT a.score, a.passed FROM assessment_results a
    WHERE a.project_id = p.id ORDER BY a.created_at DESC, a.id DESC LIMIT 1
) latest ON true
ORDER BY p.updated_at DESC, p.id DESC LIMIT $1
"""
SESSIONS = """
SELECT id, created_at, status, words, score, assignee_id FROM qa_sessions
WHERE project_id = $1 AND status = $2
ORDER BY created_at DESC, id DESC LIMIT $3
"""
SESSIONS_AFTER = """
SELECT id, created_at, status, words, score, assignee_id FROM qa_sessions
WHERE project_id = $1 AND status = $2 AND (created_at, id) < ($3, $4)
ORDER BY created_at DESC, id DESC LIMIT $5
"""
PERMISSION = """
SELECT o.role AS organization_role, m.role AS project_role
FROM organization_members o LEFT JOIN project_members m ON m.profile_id = o.profile_id AND m.project_id = $1
WHERE o.profile_id = $2 AND o.organization_id = (SELECT app_organization_id())
"""
SEGMENTS = """
SELECT id, seq, source, target, source_hash, state, confidence FROM qa_segments
WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
"""
SAME_SOURCE = "SELECT session_id, seq, target FROM qa_segments WHERE source_hash = $1 LIMIT 100"
SEARCH = """
SELECT g.id, g.session_id, g.seq, g.source, g.target FROM qa_segments g JOIN qa_sessions s ON s.id = g.session_id
WHERE s.project_id = $1 AND (g.source ILIKE $2 OR g.target ILIKE $2) LIMIT $3
"""
ERRORS_COUNTED = """
SELECT dimension, severity, count(*) FILTER (WHERE status = 'open') AS open,
    count(*) FILTER (WHERE status = 'confirmed') AS confirmed
FROM qa_errors WHERE session_id = $1 GROUP BY dimension, severity ORDER BY dimension, severity
"""
TREND = """
SELECT date_trunc('week', created_at) AS week, round(avg(score), 2) AS score, count(*) AS assessments
FROM assessment_results WHERE project_id = $1 GROUP BY 1 ORDER BY 1 DESC LIMIT 52
"""
ASSESSMENTS = """
SELECT a.id, a.score, a.passed, a.created_at, s.status, s.words, u.file_name, p.display_name AS author
FROM assessment_results a JOIN qa_sessions s ON s.id = a.session_id
LEFT JOIN file_uploads u ON u.id = s.upload_id LEFT JOIN profiles p ON p.id = s.created_by
WHERE a.project_id = $1 ORDER BY a.created_at DESC, a.id DESC LIMIT $2
"""
OPEN_REVIEWS = """
SELECT r.id, r.created_at, s.id AS session_id, s.words, s.score, p.name AS project
FROM reviews r JOIN qa_sessions s ON s.id = r.session_id JOIN projects p ON p.id = s.project_id
WHERE r.reviewer_id = $1 AND r.verdict IS NULL ORDER BY r.created_at, r.id LIMIT $2
"""
AUDIT_LOG = """
SELECT a.id, a.action, a.object_type, a.object_id, a.created_at, p.display_name AS actor
FROM audit_logs a LEFT JOIN profiles p ON p.id = a.actor_id
ORDER BY a.created_at DESC, a.id DESC LIMIT $1
"""
HISTORY = """
SELECT a.id, a.action, a.diff, a.created_at, p.display_name AS actor
FROM audit_logs a LEFT JOIN profiles p ON p.id = a.actor_id
WHERE a.object_type = $1 AND a.object_id = $2 ORDER BY a.created_at DESC, a.id DESC LIMIT $3
"""
PENDING = """
SELECT u.id, u.file_name, u.bytes, scan.verdict
FROM file_uploads u LEFT JOIN LATERAL (
    SELECT v.verdict FROM vulnerability_scans v WHERE v.upload_id = u.id ORDER BY v.created_at DESC, v.id DESC LIMIT 1
) scan ON true
WHERE u.status = 'pending' ORDER BY u.created_at, u.id LIMIT $1
"""
FAILURES = """
SELECT count(*) AS failures FROM login_attempts
WHERE email = lower($1) AND NOT ok AND created_at > now() - interval '15 minutes'
"""
