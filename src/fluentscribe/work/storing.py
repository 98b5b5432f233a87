"""What an analysis leaves behind, in one transaction: findings, the session's state, and the job as done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from fluentscribe.checks.findings import Finding
from fluentscribe.records.auditing import log

# COPY is not possible into a table with row-level security.
STAGE = """
CREATE TEMPORARY TABLE staged_findings (
    place integer, seq integer, type text, dimension text, severity text, span_start integer, span_end integer,
    message text, fingerprint text, status text
) ON COMMIT DROP
"""
STAGED = ("place", "seq", "type", "dimension", "severity", "span_start", "span_end", "message", "fingerprint")
COUNT_STAGED = "ANALYZE staged_findings"  # or the joins below are planned for a handful
CLEAR = "DELETE FROM qa_errors WHERE session_id = $1 AND origin = 'auto' AND status = 'open'"
# A dismissal lasts from session to session, until somebody confirms the same thing later.
SETTLE = """
WITH decided AS (
    SELECT DISTINCT ON (e.fingerprint) e.fingerprint, e.status
    FROM qa_errors e JOIN qa_sessions s ON s.id = e.session_id
    WHERE s.project_id = $2 AND e.origin = 'auto' AND e.status <> 'open'
    ORDER BY e.fingerprint, e.decided_at DESC, e.id DESC
)
UPDATE staged_findings SET status = CASE
    WHEN (seq, fingerprint) IN (
        SELECT g.seq, e.fingerprint FROM qa_errors e JOIN qa_segments g ON g.id = e.segment_id
        WHERE e.session_id = $1 AND e.origin = 'auto'
    ) THEN 'known'
    WHEN fingerprint IN (SELECT fingerprint FROM decided WHERE status = 'dismissed') THEN 'dismissed'
    ELSE 'open'
END
"""
INSERT = """
WITH inserted AS (
    INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, severity, origin, status,
        fingerprint, span_start, span_end, message, decided_at)
    SELECT app_organization_id(), $1, g.id, f.dimension, f.type, f.severity::error_severity, 'auto', f.status,
        f.fingerprint, f.span_start, f.span_end, f.message, CASE WHEN f.status = 'dismissed' THEN now() END
    FROM staged_findings f
    JOIN qa_segments g ON g.session_id = $1 AND g.seq = f.seq
    WHERE f.place >= $2 AND f.place < $3 AND f.status <> 'known'
    ORDER BY f.place
    RETURNING status
)
SELECT count(*) FILTER (WHERE status = 'dismissed') FROM inserted
"""
# Of more rows in one statement caches are only told that errors of any session may have changed. Each statement looks
# at all that are staged, so that it is one for all where they are too many.
AT_ONCE = 100
BIT_BY_BIT_MAX = 2_000
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
    await db.copy_records_to_table(
        "staged_findings", columns=STAGED, records=map(_row, count(), sorted(findings, key=_place))
    )
    await db.execute(COUNT_STAGED)
    await db.execute(CLEAR, session)
    await db.execute(SETTLE, session, project)
    size = AT_ONCE if len(findings) <= BIT_BY_BIT_MAX else len(findings)
    carried = 0
    for first in range(0, len(findings), size):
        carried += await db.fetchval(INSERT, session, first, first + size)
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


def _place(finding: Finding) -> tuple[int, int, str]:
    return finding.seq, finding.start, finding.type


def _row(place: int, finding: Finding) -> tuple[Any, ...]:
    return (
        place,
        finding.seq,
        finding.type,
        finding.dimension,
        finding.severity,
        finding.start,
        finding.end,
        finding.message,
        finding.fingerprint,
    )
