"""A worker that cannot finish: told to end, or no longer the one that has the job; on a real server."""

import asyncio
import threading
from collections.abc import Iterable, Iterator

import pytest

from fluentscribe.checks.findings import Finding
from fluentscribe.database.migrating import WORKER
from fluentscribe.database.pool import open_pool
from fluentscribe.formats.values import Unit
from fluentscribe.work import analysis
from fluentscribe.work.worker import Manner, Worker, work
from tests.fluentscribe.work.ground import Ground, on_ground, pairs_of
from tests.fluentscribe.work.killing import until

PATIENCE_S = 60.0
LEASE_S = 0.2  # told of four times as often; nobody is there to take over when it ends
TOLD = "SELECT status = 'running' AND segments_done = 1 FROM analysis_jobs"


class Held:
    """Checks that stop after the first unit until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self, units: Iterable[Unit], *rules: object) -> Iterator[Finding]:
        for unit in units:
            if unit.seq > 1:
                self.let_go.wait(PATIENCE_S)
            yield Finding(unit.seq, "number", "accuracy", "major", 0, 1, "wrong", "0" * 32)


def test_who_is_told_to_end_gives_the_job_back_and_who_lost_it_writes_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    monkeypatch.setattr(analysis, "examine", held)

    async def story(here: Ground) -> None:
        session = await here.session(pairs_of(1, 3))
        pool = await open_pool(here.worker_dsn, 3, 30, WORKER)
        async with pool:
            first = Worker(pool, Manner(lease_s=LEASE_S, grace_s=0))
            working = asyncio.create_task(work(first))
            await until(lambda: here.db.fetchval(TOLD), "progress is told")
            assert (await here.one("qa_sessions", session))["status"] == "analyzing"
            first.stop.set()
            await asyncio.wait_for(working, PATIENCE_S / 4)
            job = await here.db.fetchrow("SELECT status, attempts, locked_by FROM analysis_jobs")
            assert tuple(job) == ("queued", 0, None)

            second = Worker(pool, Manner(lease_s=LEASE_S, drain=True))
            working = asyncio.create_task(work(second))
            await until(lambda: here.db.fetchval(TOLD), "progress is told")
            await here.db.execute(
                "UPDATE analysis_jobs SET attempts = attempts + 1, locked_by = 'another',"
                " locked_until = now() + interval '1 hour'"
            )
            before = await here.db.fetchrow("SELECT * FROM analysis_jobs")
            await asyncio.wait_for(working, PATIENCE_S / 4)
            assert await here.db.fetchrow("SELECT * FROM analysis_jobs") == before
            held.let_go.set()
            assert await here.found(session) == []

    try:
        on_ground(database, story)
    finally:
        held.let_go.set()
