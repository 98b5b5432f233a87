"""The 30 % that write. Whoever locks a review and a session locks the review first; errors are locked one at a time."""

import json
from random import Random
from typing import Any

from fluentscribe.journeys.acting import Work, acting, chance, log_in, perform
from plimsoll import journey

SEGMENTS_MIN, SEGMENTS_MAX = 5, 40  # of a new session: half of all files have fewer than 40
WORDS = ("save", "the", "file", "before", "you", "close", "this", "window", "and", "check", "your", "translation")
LOCALES = ("en", "de", "fr", "es", "it", "pt")
DIMENSIONS = ("style", "accuracy", "linguistic", "terminology")
SEVERITIES = ("minor", "major", "neutral", "critical")
LOGGED_AS = {"approved": "approve", "rejected": "reject"}
WORDS_EVALUATED = (250, 500, 1000, 2000)


@journey(weight=4, writes=True)
async def begin_session(user: Any) -> None:
    random = chance(user)
    project = acting(user).choose(random).project
    made = await perform(
        user, "begin session", lambda tx: _begun(tx, acting(user).profile, project, random.getrandbits(64))
    )
    acting(user).saw(Work(made, project))


@journey(weight=7, writes=True)
async def report_error(user: Any) -> None:
    random = chance(user)
    session = acting(user).choose(random).session
    of_error = (
        random.choice(DIMENSIONS),
        random.choices(SEVERITIES, (44, 50, 4, 2))[0],
        f"{random.getrandbits(128):032x}",
    )

    async def report(tx: Any) -> None:
        await tx.execute(REPORT, session, acting(user).profile, *of_error, random.random())

    await perform(user, "report error", report)


@journey(weight=5, writes=True)
async def decide_error(user: Any) -> None:
    random = chance(user)
    session = acting(user).choose(random).session
    status = random.choice(("confirmed", "dismissed"))

    async def decide(tx: Any) -> None:
        await tx.execute(DECIDE_ERROR, session, status, acting(user).profile)

    await perform(user, "confirm or dismiss error", decide)


@journey(weight=3, writes=True)
async def assess_session(user: Any) -> None:
    random = chance(user)
    work = acting(user).choose(random)
    ewc = random.choice(WORDS_EVALUATED)
    apt = round(ewc * min(1.0, random.lognormvariate(-3.1, 0.7)))

    async def assess(tx: Any) -> None:
        score = await tx.fetchval(ASSESS, work.session, work.project, apt, ewc, json.dumps({"style": apt}))
        await tx.execute("UPDATE qa_sessions SET score = $2, updated_at = now() WHERE id = $1", work.session, score)

    await perform(user, "assess session", assess)


@journey(weight=3, writes=True)
async def decide_review(user: Any) -> None:
    random = chance(user)
    me = acting(user).profile
    session = acting(user).choose(random).session
    verdict = random.choices(("approved", "changes_requested", "rejected"), (60, 25, 15))[0]

    async def decide(tx: Any) -> None:
        review = await tx.fetchrow(OPEN_REVIEW, me)
        if review is None:  # nobody waits for this person: they ask for a review themselves
            await tx.execute(ASK_FOR_REVIEW, session, me)
            return
        await tx.execute(DECIDE_REVIEW, review["id"], verdict)
        if verdict in LOGGED_AS:
            await tx.execute(DECIDE_SESSION, review["session_id"], verdict)
            await tx.execute(AUDIT, me, LOGGED_AS[verdict], "review", str(review["id"]), "{}")

    await perform(user, "decide review", decide)


@journey(weight=1, writes=True)
async def give_feedback(user: Any) -> None:
    random = chance(user)
    said = (random.choice(("bug", "idea", "praise", "question")), random.randint(1, 5), sentence(random))

    async def give(tx: Any) -> None:
        await tx.execute(FEEDBACK, acting(user).profile, *said)

    await perform(user, "give feedback", give)


@journey(weight=3, writes=True)
async def be_active(user: Any) -> None:
    action = chance(user).choices(("view", "edit", "search", "export"), (55, 15, 12, 1))[0]

    async def note(tx: Any) -> None:
        await tx.execute(ACTIVITY, acting(user).profile, action)

    await perform(user, "note activity", note)


@journey(weight=1, writes=True)
async def change_project(user: Any) -> None:
    random = chance(user)
    project = acting(user).choose(random).project
    priority = random.choice(("low", "normal", "high", "urgent"))

    async def change(tx: Any) -> None:
        await tx.execute("UPDATE projects SET priority = $2, updated_at = now() WHERE id = $1", project, priority)
        diff = json.dumps({"priority": priority})
        await tx.execute(AUDIT, acting(user).profile, "update", "project", str(project), diff)

    await perform(user, "change project", change)


@journey(weight=1, writes=True)
async def change_profile(user: Any) -> None:
    locale = chance(user).choice(LOCALES)

    async def change(tx: Any) -> None:
        await tx.execute(
            "UPDATE profiles SET locale = $2, updated_at = now() WHERE id = $1", acting(user).profile, locale
        )

    await perform(user, "change profile", change)


@journey(weight=2, writes=True)
async def log_in_anew(user: Any) -> None:
    """The attempt is noted, and the virtual user goes on as somebody else."""
    random = chance(user)
    ip, ok = f"192.0.2.{random.randint(1, 254)}", random.random() < 0.88
    attempted = "INSERT INTO login_attempts (email, ip, ok) VALUES (lower($1), $2::text::inet, $3)"
    await user.sql("note login attempt", attempted, user.draw(acting(user).people)["email"], ip, ok)
    if ok:
        await log_in(user, acting(user).people, acting(user).chances)


def sentence(random: Random) -> str:
    """As many words as sentences of messages and prose have."""
    return " ".join(random.choices(WORDS, k=min(120, max(1, round(random.lognormvariate(2.6, 0.6))))))


async def _begun(tx: Any, me: Any, project: Any, seed: int) -> Any:
    """The new session's id: its file, what the scanner says, its segments, a reviewer. The same when tried again."""
    random = Random(seed)
    sources = [sentence(random) for _ in range(random.randint(SEGMENTS_MIN, SEGMENTS_MAX))]
    targets = [source.upper() for source in sources]
    words = sum(len(source.split()) for source in sources)
    sha256, size = f"{random.getrandbits(256):064x}", sum(map(len, sources)) * 4
    upload = await tx.fetchval(UPLOAD, project, me, f"file-{seed:x}.csv", sha256, size)
    await tx.execute(SCAN, upload)
    session = await tx.fetchval(BEGIN_SESSION, project, upload, me, words)
    await tx.execute(ADD_SEGMENTS, session, sources, targets)
    await tx.execute(ASK_FOR_REVIEW, session, me)
    await tx.execute(ACTIVITY, me, "upload")
    await tx.execute(AUDIT, me, "create", "session", str(session), "{}")
    return session


UPLOAD = """
INSERT INTO file_uploads
    (organization_id, project_id, uploaded_by, file_name, format, sha256, bytes, status, processed_at)
VALUES (app_organization_id(), $1, $2, $3, 'csv', $4, $5, 'done', now()) RETURNING id
"""
SCAN = """
INSERT INTO vulnerability_scans (organization_id, upload_id, scanner, verdict)
VALUES (app_organization_id(), $1, 'antivirus', 'clean')
"""
BEGIN_SESSION = """
INSERT INTO qa_sessions (organization_id, project_id, upload_id, source_language, target_language, status, words,
    created_by, analysis_results, analyzed_at)
SELECT p.organization_id, p.id, $2, p.source_language, p.target_language, 'in_review', $4, $3, '{"checks": 23}', now()
FROM projects p WHERE p.id = $1 RETURNING id
"""
ADD_SEGMENTS = """
INSERT INTO qa_segments (organization_id, session_id, seq, source, target)
SELECT app_organization_id(), $1, n, source, target
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS made (source, target, n)
"""
ASK_FOR_REVIEW = """
INSERT INTO reviews (organization_id, session_id, reviewer_id)
SELECT organization_id, $1::uuid, profile_id FROM organization_members
WHERE organization_id = app_organization_id() AND profile_id <> $2 ORDER BY md5($1::uuid::text || profile_id) LIMIT 1
"""
REPORT = """
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, severity, origin, fingerprint,
    span_end, reported_by)
SELECT organization_id, session_id, id, $3, 'reported', $4::text::error_severity, 'human', $5, length(target), $2
FROM qa_segments WHERE session_id = $1 ORDER BY seq
OFFSET floor($6::float8 * (SELECT count(*) FROM qa_segments WHERE session_id = $1)) LIMIT 1
"""
DECIDE_ERROR = """
UPDATE qa_errors SET status = $2, decided_at = greatest(now(), created_at) WHERE id = (
    SELECT id FROM qa_errors
    WHERE session_id = $1 AND status = 'open' AND EXISTS (
        SELECT FROM qa_sessions WHERE id = $1 AND created_by IS DISTINCT FROM $3
    )
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
"""
ASSESS = """
INSERT INTO assessment_results (organization_id, project_id, session_id, apt, ewc, pass_score, breakdown)
SELECT p.organization_id, p.id, $1, $3, $4, p.pass_score, $5 FROM projects p WHERE p.id = $2 RETURNING score
"""
OPEN_REVIEW = """
SELECT r.id, r.session_id FROM reviews r JOIN qa_sessions s ON s.id = r.session_id
WHERE r.reviewer_id = $1 AND r.verdict IS NULL AND s.status = 'in_review' AND s.created_by IS DISTINCT FROM $1
ORDER BY r.created_at, r.id LIMIT 1 FOR UPDATE OF r SKIP LOCKED
"""
DECIDE_REVIEW = "UPDATE reviews SET verdict = $2, decided_at = greatest(now(), created_at) WHERE id = $1"
DECIDE_SESSION = """
UPDATE qa_sessions SET status = $2, decided_at = greatest(now(), analyzed_at), updated_at = now()
WHERE id = $1 AND status = 'in_review'
"""
FEEDBACK = """
INSERT INTO user_feedback (organization_id, profile_id, category, rating, message)
VALUES (app_organization_id(), $1, $2, $3, $4)
"""
ACTIVITY = "INSERT INTO user_activity (organization_id, profile_id, action) VALUES (app_organization_id(), $1, $2)"
AUDIT = """
INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff)
VALUES (app_organization_id(), $1, $2, $3, $4, $5)
"""
