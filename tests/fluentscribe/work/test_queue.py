"""Jobs change hands as their leases say, and who lost one changes nothing; on a real server."""

from datetime import timedelta

import asyncpg

from fluentscribe.database.pool import ACT
from fluentscribe.work import queue
from fluentscribe.work.queue import Job, Lost
from tests.fluentscribe.work.ground import ORGANIZATION, Ground, on_ground

LEASE, EXPIRED = timedelta(minutes=1), timedelta(seconds=-1)


async def claimed(db: asyncpg.Connection, worker: str, lease: timedelta = LEASE) -> Job:
    job = await queue.claim(db, worker, lease)
    assert job is not None
    return job


async def lost(db: asyncpg.Connection, job: Job) -> bool:
    """Whether all that a worker might do with the job is refused."""
    refused = 0
    for attempt in (queue.beat(db, job, LEASE, 1), queue.hold(db, job), queue.fail(db, job, "late", None)):
        try:
            await attempt
        except Lost:
            refused += 1
    await queue.complete(db, job)
    await queue.give_back(db, job)
    return refused == 3


def test_a_job_is_one_workers_until_its_lease_ends_and_then_the_next_ones(database: str) -> None:
    async def story(here: Ground) -> None:
        first, second = [await here.session([("A", "B")]) for _ in range(2)]
        db = await asyncpg.connect(here.worker_dsn)
        other = await asyncpg.connect(here.worker_dsn)
        async with db.transaction():
            theirs = await claimed(db, "a")
            assert (await claimed(other, "b")).session == second, "what is being claimed is passed over"
            assert await queue.claim(other, "c", LEASE) is None
        await db.execute(ACT.replace("true", "false"), str(ORGANIZATION), "")
        assert theirs.session == first

        await queue.beat(db, theirs, EXPIRED, 1)
        taken = await claimed(other, "c")
        assert (taken.id, taken.attempt, taken.worker) == (theirs.id, 2, "c")
        before = await here.one("analysis_jobs", theirs.id)
        assert await lost(db, theirs)
        assert await here.one("analysis_jobs", theirs.id) == before
        assert not await lost(db, taken), "else the above says nothing"
        await db.close()
        await other.close()

    on_ground(database, story)


def test_what_failed_waits_its_time_what_is_given_back_does_not_and_the_last_failure_is_told(database: str) -> None:
    async def story(here: Ground) -> None:
        session = await here.session([("A", "B")])
        db = await asyncpg.connect(here.worker_dsn)
        await db.execute(ACT.replace("true", "false"), str(ORGANIZATION), "")
        job = await claimed(db, "a")
        await queue.give_back(db, job)
        job = await claimed(db, "a")
        assert job.attempt == 1

        await queue.fail(db, job, "it rained", 60)
        assert await queue.claim(db, "a", LEASE) is None
        kept = await here.one("analysis_jobs", job.id)
        assert (kept["status"], kept["error"], kept["run_at"] > kept["created_at"]) == ("queued", "it rained", True)
        assert (await here.one("qa_sessions", session))["status"] == "queued"

        await here.db.execute("UPDATE analysis_jobs SET run_at = now()")
        job = await claimed(db, "a")
        await queue.fail(db, job, "it rained" * 1000, None)
        kept = await here.one("analysis_jobs", job.id)
        assert (kept["status"], kept["attempts"], len(kept["error"])) == ("failed", 2, queue.ERROR_LENGTH_MAX)
        assert (await here.one("qa_sessions", session))["status"] == "failed"
        await db.close()

    on_ground(database, story)
