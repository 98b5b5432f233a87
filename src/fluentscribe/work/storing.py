"""What an analysis leaves behind, in one transaction: findings, the session's state, and the job as done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fluentscribe.checks.findings import Finding
from fluentscribe.records.auditing import log

# COPY is not possible into a table with row-level security.
STAGE = """
CREATE TEMPORARY TABLE staged_findings (
    seq integer, type text, dimension text, severity text, span_start integer, span_end integer, message text,
    fingerprint text
) ON COMMIT DROP
"""
STAGED = ("seq", "type", "dimension", "severity", "span_start", "span_end", "message", "fingerprint")
COUNT_STAGED = "ANALYZE staged_findings"  # or the joins below are planned for a handful
CLEAR = "DELETE FROM qa_errors WHERE session_id = $1 AND origin = 'auto' AND status = 'open'"
# A dismissal lasts from session to session, until somebody confirms the same thing later.
INSERT = """
WITH decided AS (
    SELECT DISTINCT ON (e.fingerprint) e.fingerprint, e.status
    FROM qa_errors e JOIN qa_sessions s ON s.id = e.session_id
    WHERE s.project_id = $2 AND e.origin = 'auto' AND e.status <> 'open'
    ORDER BY e.fingerprint, e.decided_at DESC, e.id DESC
),
dismissed AS (
    SELECT fingerprint FROM decided WHERE status = 'dismissed'
),
inserted AS (
    INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, severity, origin, status,
        fingerprint, span_start, span_end, message, decided_at)
    SELECT app_organization_id(), $1, g.id, f.dimension, f.type, f.severity::error_severity, 'auto',
        CASE WHEN d.fingerprint IS NULL THEN 'open' ELSE 'dismissed' END,
        f.fingerprint, f.span_start, f.span_end, f.message,
        CASE WHEN d.fingerprint IS NULL THEN NULL ELSE now() END
    FROM staged_findings f
    JOIN qa_segments g ON g.session_id = $1 AND g.seq = f.seq
    LEFT JOIN dismissed d ON d.fingerprint = f.fingerprint
    WHERE NOT EXISTS (
        SELECT FROM qa_errors e
        WHERE e.session_id = $1 AND e.segment_id = g.id AND e.fingerprint = f.fingerprint AND e.origin = 'auto'
    )
    ORDER BY f.seq, f.span_start, f.type
    RETURNING status
)
SELECT count(*) FILTER (WHERE status = 'dismissed') FROM inserted
"""
BEGIN = "UPDATE qa_sessions SET status = 'analyzing', updated_at = now() WHERE id = $1"
REVIEWABLE = """
UPDATE qa_sessions SET status = 'in_review', analyzed_at = now(), decided_at = NULL, analysis_results = $2,
    updated_at = now()
WHERE id = $1
"""


async def replace_findings(db: Any, session: UUID, project: UUID, findings: Sequence[Finding]) -> int:
    """Puts them in the place of what is open from before; how many were dismissed in the project already.

    What people decided stays as it is and is not found a second time.
    """
    await db.execute(STAGE)
    await db.copy_records_to_table("staged_findings", columns=STAGED, records=map(_row, findings))
    await db.execute(COUNT_STAGED)
    await db.execute(CLEAR, session)
    carried: int = await db.fetchval(INSERT, session, project)
    return carried


async def end_analysis(db: Any, session: UUID, before: str, results: Mapping[str, Any]) -> None:
    await db.execute(REVIEWABLE, session, dict(results))
    await log(db, "update", "session", session, None, {"status": [before, "in_review"]})


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


def _row(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.seq,
        finding.type,
        finding.dimension,
        finding.severity,
        finding.start,
        finding.end,
        finding.message,
        finding.fingerprint,
    )
