"""What runs when people have gone home: a report of everything, clearing out, and reading all of it for a backup.

Their weight is 0, so they are made only where a profile's stage names them.
"""

from typing import Any

from fluentscribe.journeys.acting import acting, perform, read
from plimsoll import journey


@journey(weight=0)
async def nightly_report(user: Any) -> None:
    await read(user, "report: quality by project", QUALITY)
    await read(user, "report: work by day", BY_DAY)


@journey(weight=0, writes=True)
async def clean_up(user: Any) -> None:
    me = acting(user).profile

    async def clear(tx: Any) -> None:
        await tx.execute(STALE_KEYS, me)
        await tx.execute(STALE_LOGINS, me)

    await perform(user, "clean up", clear)


@journey(weight=0)
async def back_up(user: Any) -> None:
    for table, query in BACKUP.items():
        await read(user, f"back up {table}", query)


QUALITY = """
SELECT p.id, p.name, count(DISTINCT s.id) AS sessions, sum(s.words) AS words,
    count(e.id) FILTER (WHERE e.severity = 'critical') AS critical, count(e.id) AS errors
FROM projects p LEFT JOIN qa_sessions s ON s.project_id = p.id LEFT JOIN qa_errors e ON e.session_id = s.id
GROUP BY p.id ORDER BY errors DESC, p.id
"""
BY_DAY = """
SELECT date_trunc('day', a.created_at) AS day, count(*) AS assessments, avg(a.score) AS score,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY a.score) AS median
FROM assessment_results a GROUP BY day ORDER BY day DESC LIMIT 400
"""
STALE_KEYS = "DELETE FROM idempotency_keys WHERE profile_id = $1 AND created_at < now() - interval '1 day'"
STALE_LOGINS = """
DELETE FROM login_sessions WHERE profile_id = $1 AND coalesce(revoked_at, expires_at) < now() - interval '30 days'
"""
# Read to the end on the server, as a dump does, without sending it all.
BACKUP = {
    "segments": "SELECT count(*), sum(length(source) + length(coalesce(target, ''))) FROM qa_segments",
    "errors": "SELECT count(*), sum(length(e::text)) FROM qa_errors e",
    "sessions": "SELECT count(*), sum(length(s::text)) FROM qa_sessions s",
}
