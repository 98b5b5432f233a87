"""Runs wait for their analysis: one at a time, a bounded number of them, and what fails says why."""

import asyncio
from pathlib import Path

import pytest

from plimsoll.server.analyses.queue import FAILED_MAX, WAITING_MAX, AnalysisQueue
from plimsoll.server.problems import Problem


class Analyst:
    """Analyzes when it is told to, and remembers what went on."""

    def __init__(self, error: str = "") -> None:
        self.error = error
        self.may_end = asyncio.Event()
        self.done: list[str] = []
        self.at_once = self.at_once_most = 0

    async def __call__(self, root: Path, run_id: str) -> str:
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        await self.may_end.wait()
        self.at_once -= 1
        self.done.append(run_id)
        return self.error


def test_runs_are_analyzed_one_at_a_time_in_the_order_they_were_asked_for() -> None:
    async def go() -> None:
        analyst = Analyst()
        queue = AnalysisQueue(Path("runs"), analyst, wall=lambda: 7.0)
        states = [queue.start(name).state for name in ("a", "b", "c", "a")]
        await asyncio.sleep(0)
        assert states == ["waiting"] * 4
        assert [job.state for name in "abc" if (job := queue.job(name))] == ["running", "waiting", "waiting"]
        assert queue.start("a").state == "running"
        analyst.may_end.set()
        await queue.settled()
        assert (analyst.done, analyst.at_once_most) == (["a", "b", "c"], 1)
        assert queue.job("a") is None

    asyncio.run(go())


def test_only_so_many_may_wait() -> None:
    async def go() -> None:
        analyst = Analyst()
        queue = AnalysisQueue(Path("runs"), analyst)
        for number in range(WAITING_MAX):
            queue.start(str(number))
        with pytest.raises(Problem) as raised:
            queue.start("one more")
        assert (raised.value.status, "Retry-After" in raised.value.headers) == (429, True)
        analyst.may_end.set()
        await queue.settled()
        assert len(analyst.done) == WAITING_MAX

    asyncio.run(go())


def test_what_is_cancelled_is_as_if_it_had_not_been_asked_for() -> None:
    async def go() -> None:
        analyst = Analyst()
        queue = AnalysisQueue(Path("runs"), analyst)
        for name in ("a", "b", "c"):
            queue.start(name)
        await asyncio.sleep(0)
        assert [queue.cancel(name) for name in ("a", "b", "x")] == [True, True, False]
        analyst.may_end.set()
        await queue.settled()
        assert analyst.done == ["c"]
        assert [queue.job(name) for name in "abc"] == [None, None, None]

    asyncio.run(go())


def test_a_mistake_of_ours_fails_its_run_and_holds_up_no_other() -> None:
    async def go() -> None:
        async def analyze(_: Path, run_id: str) -> str:
            if run_id == "a":
                raise RuntimeError(run_id)
            return ""

        queue = AnalysisQueue(Path("runs"), analyze)
        queue.start("a")
        queue.start("b")
        await queue.settled()
        failed = queue.job("a")
        assert failed is not None
        assert (failed.state, failed.error) == ("failed", "the analysis ended unexpectedly")
        assert queue.job("b") is None

    asyncio.run(go())


def test_what_failed_says_why_until_it_is_asked_for_again_and_is_forgotten_in_the_end() -> None:
    async def go() -> None:
        analyst = Analyst("no room on the disk")
        analyst.may_end.set()
        queue = AnalysisQueue(Path("runs"), analyst)
        for number in range(FAILED_MAX + 1):
            queue.start(str(number))
            await queue.settled()
        kept = queue.job("1")
        assert kept is not None
        assert (kept.state, kept.error) == ("failed", "no room on the disk")
        assert queue.job("0") is None
        assert queue.start("1").state == "waiting"
        await queue.settled()

    asyncio.run(go())
