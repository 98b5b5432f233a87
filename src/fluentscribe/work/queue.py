"""The queue in analysis_jobs: each job is one worker's for as long as its lease, and what it does is fenced.

Every statement after the claim names the attempt and the worker, so that one that lost its job changes nothing. All
moments are the database's: workers' clocks may differ. Whoever locks both locks the session before its job.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

ERROR_LENGTH_MAX = 500

CLAIM = """
WITH next AS (
    SELECT id FROM analysis_jobs
    WHERE (status = 'queued' AND run_at <= now()) OR (status = 'running' AND locked_until < now())
    ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE analysis_jobs j
SET status = 'running', attempts = j.attempts + 1, locked_by = $1, locked_until = now() + $2, segments_done = 0
FROM next WHERE j.id = next.id
RETURNING j.id, j.organization_id, j.session_id, j.attempts
"""
_OURS = "id = $1 AND attempts = $2 AND locked_by = $3 AND status = 'running'"
BEAT = f"UPDATE analysis_jobs SET locked_until = now() + $4, segments_done = $5 WHERE {_OURS} RETURNING true"
HOLD = f"SELECT true FROM analysis_jobs WHERE {_OURS} FOR UPDATE"
COUNT = f"UPDATE analysis_jobs SET segments_total = $4 WHERE {_OURS}"
COMPLETE = f"""
UPDATE analysis_jobs SET status = 'done', locked_by = NULL, locked_until = NULL, finished_at = now(),
    segments_done = coalesce(segments_total, 0), error = $4
WHERE {_OURS}
"""
RETRY = f"""
UPDATE analysis_jobs SET status = 'queued', locked_by = NULL, locked_until = NULL, run_at = now() + $4, error = $5
WHERE {_OURS}
"""
GIVE_UP = f"""
UPDATE analysis_jobs SET status = 'failed', locked_by = NULL, locked_until = NULL, finished_at = now(), error = $4
WHERE {_OURS}
"""
# The attempt did not fail and is not counted. Nobody else can have had it meanwhile: the number is good as a fence.
GIVE_BACK = f"""
UPDATE analysis_jobs SET status = 'queued', locked_by = NULL, locked_until = NULL, run_at = now(),
    attempts = attempts - 1
WHERE {_OURS}
"""
LOCK_SESSION = "SELECT status FROM qa_sessions WHERE id = $1 FOR NO KEY UPDATE"  # as who decides it does
# What was analysed before stays in review with what was found then.
FAIL_SESSION = """
UPDATE qa_sessions SET status = CASE WHEN analyzed_at IS NULL THEN 'failed' ELSE 'in_review' END, updated_at = now()
WHERE id = $1 AND status IN ('queued', 'analyzing')
"""


class Lost(Exception):
    """The job is no longer this worker's: it said nothing for too long, or the job is gone."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` and `worker` are its fence."""

    id: int
    organization: UUID
    session: UUID
    attempt: int
    worker: str

    @property
    def fence(self) -> tuple[int, int, str]:
        return self.id, self.attempt, self.worker


async def claim(db: Any, worker: str, lease: timedelta) -> Job | None:
    """The job that waits longest; one whose worker was not heard of for a lease waits, too."""
    row = await db.fetchrow(CLAIM, worker, lease)
    return row and Job(row["id"], row["organization_id"], row["session_id"], row["attempts"], worker)


async def beat(db: Any, job: Job, lease: timedelta, segments_done: int) -> None:
    """Says that the worker is alive, and how far it is. Raises Lost."""
    if not await db.fetchval(BEAT, *job.fence, lease, segments_done):
        raise Lost


async def hold(db: Any, job: Job) -> str:
    """Locks session and job until the transaction ends; the session's status. Raises Lost."""
    status: str | None = await db.fetchval(LOCK_SESSION, job.session)
    if status is None or not await db.fetchval(HOLD, *job.fence):
        raise Lost
    return status


async def complete(db: Any, job: Job, remark: str | None = None) -> None:
    """In a transaction that holds it."""
    await db.execute(COMPLETE, *job.fence, remark)


async def fail(db: Any, job: Job, reason: str, retry_after_s: float | None) -> None:
    """To be tried again after so many seconds; None: never, and its session says so. Raises Lost."""
    await hold(db, job)
    reason = reason[:ERROR_LENGTH_MAX]
    if retry_after_s is not None:
        await db.execute(RETRY, *job.fence, timedelta(seconds=retry_after_s), reason)
        return
    await db.execute(GIVE_UP, *job.fence, reason)
    await db.execute(FAIL_SESSION, job.session)


async def give_back(db: Any, job: Job) -> None:
    """For another worker to begin anew, at once."""
    await db.execute(GIVE_BACK, *job.fence)
