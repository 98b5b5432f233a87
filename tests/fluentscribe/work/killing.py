"""Workers as processes of their own; some are killed amid their work, or stand still for longer than their lease."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import IO, TypeVar
from uuid import UUID

from tests.fluentscribe.work.ground import Ground, expected, pairs_of

T = TypeVar("T")

LOOK_S = 0.01
PATIENCE_S = 120.0
LEASE_S = 1
ARGV = (sys.executable, "-m", "fluentscribe.cli.main", "worker", "--owned")
# A worker that stands still in its last transaction keeps the job: nobody can take what nobody can lock.
LEFT = """
SELECT true FROM analysis_jobs
WHERE id = $1 AND (locked_by IS DISTINCT FROM $2 OR locked_until < now() - interval '2 seconds')
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A strike comes each time so many jobs are done; each is a kill but for `stalls` of them."""

    jobs: int
    segments: int  # of each
    workers: int
    kills: int
    stalls: int
    seed: int = 1

    def strikes(self) -> Iterator[tuple[int, str]]:
        """How many jobs are to be done before it, and what it is."""
        chance = Random(self.seed)
        kinds = ["kill"] * self.kills + ["stall"] * self.stalls
        chance.shuffle(kinds)
        yield from zip(sorted(chance.sample(range(self.jobs * 9 // 10), len(kinds))), kinds, strict=True)


@dataclass(frozen=True, slots=True)
class Story:
    """What came of it. Jobs and sessions are counted that are not as they should be."""

    done: int
    attempts: int
    lost: int
    analysed_twice: int
    wrong_findings: int
    findings: int


@dataclass(slots=True)
class Crew:
    """Running workers by process id."""

    dsn: str
    log: IO[bytes]
    at_work: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def hire(self) -> None:
        environ = {
            **os.environ,
            "FLUENTSCRIBE_DSN": self.dsn,
            "FLUENTSCRIBE_WORKER_LEASE_S": str(LEASE_S),
            "FLUENTSCRIBE_WORKER_POLL_S": "0.1",
            "FLUENTSCRIBE_WORKER_ATTEMPTS": "100",  # chance may strike one job often, which is then no fault of its own
        }
        process = subprocess.Popen(ARGV, env=environ, stdin=subprocess.PIPE, stderr=self.log)
        self.at_work[process.pid] = process

    def kill(self, pid: int) -> None:
        process = self.at_work.pop(pid)
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()

    def of(self, worker: str) -> int | None:
        """The process of a name in locked_by, if it is one of ours that lives."""
        pid = int(worker.split(":")[1])
        return pid if pid in self.at_work else None


@contextmanager
def crew(dsn: str, log: IO[bytes], number: int) -> Iterator[Crew]:
    made = Crew(dsn, log)
    try:
        for _ in range(number):
            made.hire()
        yield made
    finally:
        for pid in list(made.at_work):
            made.kill(pid)


async def survived(here: Ground, plan: Plan, log: IO[bytes]) -> Story:
    """All jobs are worked off while workers are struck; what is in the database at the end."""
    sessions = [await here.session(pairs_of(number, plan.segments)) for number in range(plan.jobs)]
    chance = Random(plan.seed)
    with crew(here.worker_dsn, log, plan.workers) as workers:
        for done, kind in plan.strikes():
            await until(partial(_done, here, done), f"{done} jobs done")
            await _strike(here, workers, kind, chance)
        await until(lambda: _done(here, plan.jobs), "all jobs done")
    return await _told(here, sessions, plan)


async def _done(here: Ground, number: int) -> bool:
    assert await here.db.fetchval("SELECT min(error) FROM analysis_jobs WHERE status = 'failed'") is None
    return bool(await here.db.fetchval("SELECT count(*) >= $1 FROM analysis_jobs WHERE status = 'done'", number))


async def _strike(here: Ground, workers: Crew, kind: str, chance: Random) -> None:
    """One that has a job. Killed ones are replaced; stopped ones go on when somebody else has had time to take over."""

    async def victims() -> list[tuple[int, int, str]]:
        rows = await here.db.fetch("SELECT id, locked_by FROM analysis_jobs WHERE status = 'running' ORDER BY id")
        found = [(workers.of(row["locked_by"]), row["id"], row["locked_by"]) for row in rows]
        return [(pid, job, name) for pid, job, name in found if pid is not None]

    pid, job, name = chance.choice(await until(victims, "somebody at work"))
    if kind == "kill":
        workers.kill(pid)
        workers.hire()
        return
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: here.db.fetchval(LEFT, job, name), "the job taken over")
    os.kill(pid, signal.SIGCONT)


async def _told(here: Ground, sessions: Sequence[UUID], plan: Plan) -> Story:
    jobs = await here.db.fetch("SELECT status, attempts FROM analysis_jobs")
    analyses = "SELECT count(*) FROM audit_logs WHERE object_id = $1 AND diff ? 'status'"
    times = [await here.db.fetchval(analyses, str(session)) for session in sessions]
    wrong = [
        session
        for number, session in enumerate(sessions)
        if await here.found(session) != expected(pairs_of(number, plan.segments))
    ]
    return Story(
        done=sum(job["status"] == "done" for job in jobs),
        attempts=sum(job["attempts"] for job in jobs),
        lost=times.count(0) + plan.jobs - len(jobs),
        analysed_twice=sum(number > 1 for number in times),
        wrong_findings=len(wrong),
        findings=await here.db.fetchval("SELECT count(*) FROM qa_errors"),
    )


async def until(condition: Callable[[], Awaitable[T]], what: str) -> T:
    """What the condition gives as soon as it gives anything."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if found := await condition():
                    return found
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"never: {what}") from None
