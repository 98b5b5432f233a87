"""One analysis: segments are read in batches and examined in a thread, so that the loop goes on; then all is kept."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import asyncpg

from fluentscribe.checks.findings import Finding
from fluentscribe.checks.registry import CHECKS
from fluentscribe.checks.running import examine
from fluentscribe.database.pool import acting
from fluentscribe.formats.values import Unit
from fluentscribe.work import queue, storing
from fluentscribe.work.queue import Job
from fluentscribe.work.reading import BATCH, Task, decided, read_task, read_units

# Of one session, some 40 MB, kept by a thousand statements in 8 s; a file with more is broken, and nobody reads on.
FINDINGS_MAX = 100_000
POOL_WAIT_S = 30.0
DECIDED = "the session was decided before its analysis ended; nothing was changed"

Begin = Callable[[], AbstractAsyncContextManager[Any]]


class Stopped(Exception):
    """Said in the thread when nobody waits for it any more."""


@dataclass(slots=True)
class Progress:
    """Shared by the loop and the thread: how far it is, and whether it is to end.

    `keeping` is the last transaction, which holds the job: nobody can take it, and nothing need be said any more.
    """

    segments_done: int = 0
    stopped: bool = False
    keeping: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """`findings` is None where people had decided before."""

    segments: int
    findings: int | None


async def analyse(pool: asyncpg.Pool, job: Job, progress: Progress) -> Outcome:
    """From the claimed job to what is kept of it. Raises Lost when the job is not ours any more."""

    def begin() -> AbstractAsyncContextManager[Any]:
        return acting(pool, job.organization, None, POOL_WAIT_S, one_plan=True)

    began = time.perf_counter()
    task, first = await _begun(begin, job)
    findings = [] if task.decided else await _examined(begin, job, task, first, progress)
    progress.keeping = True
    return await _kept(begin, job, task, findings, began)


async def _begun(begin: Begin, job: Job) -> tuple[Task, list[Unit]]:
    """With the first units, which most often are all of them."""
    async with begin() as db:
        await queue.hold(db, job)
        task, first = await read_task(db, job.session)
        if task.decided:
            await db.execute(queue.COUNT, *job.fence, task.segments)
        else:
            await db.execute(storing.BEGIN, *job.fence, task.segments, job.session)
    return task, first


async def _examined(begin: Begin, job: Job, task: Task, first: list[Unit], progress: Progress) -> list[Finding]:
    """One more than FINDINGS_MAX at most."""
    loop = asyncio.get_running_loop()

    async def read(after: int) -> list[Unit]:
        async with begin() as db:
            return await read_units(db, job.session, after)

    def batch(after: int) -> list[Unit]:
        return asyncio.run_coroutine_threadsafe(read(after), loop).result() if after else first

    def work() -> list[Finding]:
        found = examine(units(batch, progress), task.languages, task.settings)
        return list(islice(found, FINDINGS_MAX + 1))

    return await asyncio.to_thread(work)


def units(batch: Callable[[int], list[Unit]], progress: Progress) -> Iterator[Unit]:
    """All units, read as they are wanted. Raises Stopped."""
    after, more = 0, True
    while more and not progress.stopped and (found := batch(after)):
        for unit in found:
            if progress.stopped:
                raise Stopped
            yield unit
            progress.segments_done += 1
        after, more = found[-1].seq, len(found) >= BATCH
    if progress.stopped:
        raise Stopped


async def _kept(begin: Begin, job: Job, task: Task, findings: list[Finding], began: float) -> Outcome:
    truncated = len(findings) > FINDINGS_MAX
    del findings[FINDINGS_MAX:]
    async with begin() as db:
        status = await queue.hold(db, job)
        if task.decided or decided(status):
            await queue.complete(db, job, DECIDED)
            return Outcome(task.segments, None)
        carried = await storing.replace_findings(db, job.session, task.project, findings)
        results = storing.results_of(
            findings,
            checks=len(CHECKS) - len(task.settings.off),
            segments=task.segments,
            duration_s=time.perf_counter() - began,
            truncated=truncated,
        )
        await storing.end_analysis(db, job, task.status, {**results, "dismissed_before": carried})
    return Outcome(task.segments, len(findings))
