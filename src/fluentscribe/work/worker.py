"""A worker: takes jobs one after the other, says that it is alive meanwhile, and ends when it is told to."""

import asyncio
import logging
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import asyncpg

from fluentscribe.database.pool import acting
from fluentscribe.work import queue
from fluentscribe.work.analysis import POOL_WAIT_S, Outcome, Progress, analyse
from fluentscribe.work.queue import Job, Lost
from fluentscribe.work.retrying import ATTEMPTS_MAX, after_failure, pause
from plimsoll import mask

CONNECTIONS_PER_JOB = 2  # one works, one says that we are alive
BEAT_S_MAX = 1.0  # progress is shown that often

logger = logging.getLogger("fluentscribe.worker")
_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a worker works. `grace_s` is what the jobs in hand are given when it is told to end."""

    jobs: int = 1
    lease_s: float = 30.0
    poll_s: float = 1.0
    attempts_max: int = ATTEMPTS_MAX
    grace_s: float = 30.0
    drain: bool = False  # ends when there is nothing to do

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_s)

    @property
    def beat_s(self) -> float:
        return min(BEAT_S_MAX, self.lease_s / 4)


@dataclass(slots=True)
class Worker:
    """`name` is of this process alone: no other one ever had it."""

    pool: asyncpg.Pool
    manner: Manner = field(default_factory=Manner)
    chance: Random = field(default_factory=Random)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:150]}:{os.getpid()}:{secrets.token_hex(8)}")


async def work(worker: Worker) -> None:
    """Until `stop` is set; what is not finished within the grace is given back.

    A queue that is to be drained has to be there: the database's errors are raised.
    """
    logger.info("working", extra={"worker": worker.name, "jobs": worker.manner.jobs})
    turns = [asyncio.create_task(_take_turns(worker)) for _ in range(worker.manner.jobs)]
    stopping = asyncio.create_task(worker.stop.wait())
    everything = asyncio.gather(*turns)
    await asyncio.wait((stopping, everything), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    _, late = await asyncio.wait(turns, timeout=worker.manner.grace_s)
    for turn in late:
        turn.cancel()
    with suppress(asyncio.CancelledError):
        await everything
    logger.info("ended", extra={"worker": worker.name, "given_back": len(late)})


async def _take_turns(worker: Worker) -> None:
    misses = 0
    while not worker.stop.is_set():
        try:
            async with worker.pool.acquire(timeout=POOL_WAIT_S) as db:
                job = await queue.claim(db, worker.name, worker.manner.lease)
            misses = 0
        except _UNREACHABLE as error:
            if worker.manner.drain:
                raise
            job, misses = None, min(misses + 1, 10)
            logger.warning("the database cannot be asked for work", extra={"why": _said(error)})
        if job is not None:
            await _carry_out(worker, job)
        elif worker.manner.drain:
            return
        else:
            await _rest(worker, pause(worker.manner.poll_s, misses, worker.chance))


async def _rest(worker: Worker, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await worker.stop.wait()


async def _carry_out(worker: Worker, job: Job) -> None:
    about = {"job": job.id, "session": str(job.session), "attempt": job.attempt}
    if job.attempt > worker.manner.attempts_max:
        logger.error("given up: the workers that had it ended without a word", extra=about)
        await _fail(worker, job, "the workers that had it ended without a word", None)
        return
    try:
        outcome = await _analysed_alive(worker, job)
        logger.info("analysed", extra={**about, "segments": outcome.segments, "findings": outcome.findings})
    except Lost:
        logger.warning("lost to another worker, or deleted", extra=about)
    except asyncio.CancelledError:
        await _give_back(worker, job)
        raise
    except Exception as error:
        logger.exception("failed", extra=about)
        await _fail(worker, job, _said(error), after_failure(job.attempt, worker.manner.attempts_max, worker.chance))


async def _analysed_alive(worker: Worker, job: Job) -> Outcome:
    progress = Progress()
    working = asyncio.create_task(analyse(worker.pool, job, progress))
    beating = asyncio.create_task(_beat(worker, job, progress))
    try:
        await asyncio.wait((working, beating), return_when=asyncio.FIRST_COMPLETED)
        if not (working.done() or progress.keeping):
            beating.result()  # raises Lost
        return await working
    finally:
        progress.stopped = True
        for task in (working, beating):
            task.cancel()
        await asyncio.gather(working, beating, return_exceptions=True)


async def _beat(worker: Worker, job: Job, progress: Progress) -> None:
    """Until all is kept. Raises Lost; a database that is away for a moment is none of its business."""
    while not progress.keeping:
        await asyncio.sleep(worker.manner.beat_s)
        try:
            async with worker.pool.acquire(timeout=worker.manner.lease_s) as db:
                await queue.beat(db, job, worker.manner.lease, progress.segments_done)
        except _UNREACHABLE as error:
            logger.warning("could not say that we are alive", extra={"job": job.id, "why": _said(error)})


async def _fail(worker: Worker, job: Job, reason: str, retry_after_s: float | None) -> None:
    await _told(worker, job, "fail", reason, retry_after_s)


async def _give_back(worker: Worker, job: Job) -> None:
    await _told(worker, job, "give_back")


async def _told(worker: Worker, job: Job, what: str, *details: Any) -> None:
    """If it cannot be told the lease ends by itself, and another worker takes the job."""
    try:
        async with acting(worker.pool, job.organization, None, POOL_WAIT_S) as db:
            await getattr(queue, what)(db, job, *details)
    except (Lost, *_UNREACHABLE) as error:
        logger.warning("could not be told", extra={"job": job.id, "what": what, "why": _said(error)})


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(mask(str(error)).split())}"
