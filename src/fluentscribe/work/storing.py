"""What an analysis leaves behind, in one transaction: findings, the session's state, and the job as done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fluentscribe.checks.findings import Finding
from fluentscribe.records.arrays import columns_of_text
from fluentscribe.work import queue

BEFORE = "SELECT true FROM qa_errors WHERE session_id = $1 AND origin = 'auto' LIMIT 1"
CLEAR = "DELETE FROM qa_errors WHERE session_id = $1 AND origin = 'auto' AND status = 'open'"
# What people decided in the session, after CLEAR.
KNOWN = """
SELECT g.seq, e.fingerprint FROM qa_errors e JOIN qa_segments g ON g.id = e.segment_id
WHERE e.session_id = $1 AND e.origin = 'auto'
"""
# A dismissal lasts from session to session, until somebody confirms the same thing later. Only decisions on what was
# found now are put in order.
DISMISSED = """
SELECT fingerprint FROM (
    SELECT DISTINCT ON (e.fingerprint) e.fingerprint, e.status FROM qa_errors e
    WHERE e.session_id = ANY (ARRAY(SELECT id FROM qa_sessions WHERE project_id = $1))
      AND e.origin = 'auto' AND e.status <> 'open' AND e.fingerprint IN (SELECT unnest($2::text[]))
    ORDER BY e.fingerprint, e.decided_at DESC, e.id DESC
) decided WHERE status = 'dismissed'
"""
# Arrays and no COPY, which row-level security does not allow: a stage for it would be a table for each analysis.
INSERT = """
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, severity, origin, status,
    fingerprint, span_start, span_end, message, decided_at)
SELECT app_organization_id(), $1, g.id, f.dimension, f.type, f.severity::error_severity, 'auto', f.status,
    f.fingerprint, f.span_start::integer, f.span_end::integer, f.message,
    CASE WHEN f.status = 'dismissed' THEN now() END
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]) WITH ORDINALITY
    AS f (seq, type, dimension, severity, span_start, span_end, message, fingerprint, status, place)
JOIN qa_segments g ON g.session_id = $1 AND g.seq = f.seq::integer
ORDER BY f.place
"""
# Of more rows in one statement caches are only told that errors of any session may have changed.
AT_ONCE = 100
BEGIN = f"""
WITH counted AS ({queue.COUNT})
UPDATE qa_sessions SET status = 'analyzing', updated_at = now() WHERE id = $5
"""
# The session can be reviewed, and the job, which is held, is done.
END = f"""
WITH done AS ({queue.COMPLETE}), told AS (
    INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff)
    VALUES (app_organization_id(), app_profile_id(), 'update', 'session', $5::uuid::text, $6)
)
UPDATE qa_sessions SET status = 'in_review', analyzed_at = now(), decided_at = NULL, analysis_results = $7,
    updated_at = now()
WHERE id = $5::uuid
"""


async def replace_findings(db: Any, session: UUID, project: UUID, findings: Sequence[Finding]) -> int:
    """Puts them in the place of what is open from before; how many were dismissed in the project already.

    What people decided stays as it is and is not found a second time.
    """
    before = await db.fetchval(BEFORE, session)
    if before:
        await db.execute(CLEAR, session)
    if not findings:
        return 0
    known = {(row["seq"], row["fingerprint"]) for row in await db.fetch(KNOWN, session)} if before else set()
    fingerprints = list({one.fingerprint for one in findings})
    dismissed = {row["fingerprint"] for row in await db.fetch(DISMISSED, project, fingerprints)}
    rows = [
        _row(one, "dismissed" if one.fingerprint in dismissed else "open")
        for one in sorted(findings, key=_place)
        if (one.seq, one.fingerprint) not in known
    ]
    for first in range(0, len(rows), AT_ONCE):
        await db.execute(INSERT, session, *columns_of_text(rows[first : first + AT_ONCE]))
    return sum(row[-1] == "dismissed" for row in rows)


async def end_analysis(db: Any, job: queue.Job, before: str, results: Mapping[str, Any]) -> None:
    diff = {"status": [before, "in_review"]}
    await db.execute(END, *job.fence, None, job.session, diff, dict(results))


def results_of(
    findings: Sequence[Finding], *, checks: int, segments: int, duration_s: float, truncated: bool
) -> dict[str, Any]:
    """As kept in qa_sessions.analysis_results."""
    return {
        "checks": checks,
        "segments": segments,
        "flags": len(findings),
        "by_check": dict(sorted(Counter(one.type for one in findings).items())),
        "by_severity": dict(sorted(Counter(one.severity for one in findings).items())),
        "truncated": truncated,
        "duration_ms": round(duration_s * 1000),
    }


def _place(finding: Finding) -> tuple[int, int, str]:
    return finding.seq, finding.start, finding.type


def _row(finding: Finding, status: str) -> tuple[Any, ...]:
    return (
        finding.seq,
        finding.type,
        finding.dimension,
        finding.severity,
        finding.start,
        finding.end,
        finding.message,
        finding.fingerprint,
        status,
    )
