"""HAProxy, keeper and workers are real: what comes is answered by as many as it takes, also after HAProxy's death."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError, ServiceError
from plimsoll.embedded.haproxy import find_haproxy
from plimsoll.scale.balancer.settings import BalancerSettings, Bounds
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.serving.front import Front
from plimsoll.scale.serving.minding import Minding, Stillness
from plimsoll.scale.serving.steering import Steering
from plimsoll.scale.supervisor import places
from plimsoll.scale.supervisor.launching import launch
from plimsoll.scale.supervisor.probing import Reachable, probe
from plimsoll.scale.supervisor.processes import Progress
from plimsoll.scale.supervisor.supervising import Supervisor
from tests.scale.supervisor.ending import ends

PROGRAMS = Path(__file__).parents[1] / "supervisor"
ANSWERING = launch([sys.executable, "-I", "-S", "answering.py", "{fd}"], cwd=PROGRAMS)  # starts in 20 ms
PATIENCE_S = 60.0  # a bound, not a wait


class Served:
    def __init__(self, home: Path, port: int = 0, *, at_once: int = 50, name: str = "app") -> None:
        self.said: list[str] = []
        place = places.prepare(home, name)
        program, settings = find_haproxy().path, BalancerSettings("fd@3", bounds=Bounds(per_server=at_once))
        self.front = Front(place, program, settings, host="127.0.0.1", port=port, say=self.said.append)
        self.supervisor = Supervisor(place, ANSWERING, traffic=self.front)

    async def asked(self) -> int:
        return (await probe(Reachable("public", port=self.front.port), "/", PATIENCE_S)).status

    async def haproxy(self) -> int:
        return (await self.front.figures()).process


@asynccontextmanager
async def serving(home: Path, *, at_once: int = 50, name: str = "app") -> AsyncIterator[Served]:
    served = Served(home, at_once=at_once, name=name)
    async with asyncio.timeout(PATIENCE_S):
        await served.supervisor.start()
        try:
            served.supervisor.want(1)
            await served.front.serving()
            yield served
        finally:
            served.front.end()
            await served.supervisor.stop()


def test_more_workers_come_with_the_load_and_it_is_said_why(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path) as served:
            settings = HybridSettings(Capacity(0.01), start_s=0.1)
            policy = HybridPolicy(Limits(1, 2), settings, period_s=0.05)
            steering = Steering(served.supervisor, served.front, policy, say=served.said.append)
            steered = asyncio.create_task(steering.forever())
            while served.supervisor.status().ready < 2:  # one request may come before the first look
                assert await served.asked() == 200
            steered.cancel()
        assert any(line.startswith("1 → 2 workers: ") for line in served.said)

    asyncio.run(play())


def test_where_requests_wait_the_next_tick_is_not_waited_for(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path, at_once=1) as served:
            policy = HybridPolicy(Limits(1, 2), HybridSettings(), period_s=3600.0)
            steering = Steering(served.supervisor, served.front, policy, say=served.said.append)
            (worker,) = served.supervisor.status().workers
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGSTOP)
            try:
                asking = [asyncio.create_task(served.asked()) for _ in range(3)]
                while await steering.hurry() is None:
                    pass
                await served.supervisor.until(lambda status: status.ready == 2)
            finally:
                os.kill(worker.pid, signal.SIGCONT)
            assert await asyncio.gather(*asking) == [200] * 3
            assert await steering.hurry() is None
        what = "and what a worker carries is not known yet: one more"
        assert [line for line in served.said if line.startswith("1 → 2 workers: ") and line.endswith(what)]

    asyncio.run(play())


def test_what_comes_while_haproxy_is_dead_is_answered_by_the_next(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path) as served:
            killed = await served.haproxy()
            os.kill(killed, signal.SIGKILL)
            assert ends(killed)
            assert await served.asked() == 200
            assert await served.haproxy() != killed
        assert served.said == ["HAProxy ended (killed by SIGKILL): another is started"]

    asyncio.run(play())


def test_a_haproxy_that_stands_still_is_killed_and_what_comes_meanwhile_is_answered_by_the_next(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path) as served:
            minding = Minding(served.front, still_s=0.0, answer_s=0.05)
            os.kill(stopped := await served.haproxy(), signal.SIGSTOP)
            asking = asyncio.create_task(served.asked())
            with pytest.raises(ServiceError, match=r"did not answer in 0\.01 s"):
                await served.front.figures(0.01)
            while not await minding.look():
                pass
            assert ends(stopped)
            assert await served.asked() == 200
            await asking
        assert served.said == [
            "HAProxy stands still: no answer in 0 s: it is killed",
            "HAProxy ended (killed by SIGKILL): another is started",
        ]

    asyncio.run(play())


def test_a_haproxy_that_does_anything_or_answers_does_not_stand_still() -> None:
    def still(*seen: Progress | None, answered: bool = False) -> list[bool]:
        stillness = Stillness(0.0)
        return [stillness.look(2.0 + 2 * n, answered=answered, seen=one) for n, one in enumerate(seen)]

    idle, later, waits = Progress(False, (b"1",)), Progress(False, (b"2",)), Progress(True, (b"1",))
    assert still(idle, idle, idle) == [False, False, True], "5 s after its last answer"
    assert not any(still(idle, later, idle, later))
    assert not any(still(waits, waits, waits, waits)), "for a processor"
    assert not any(still(None, None, None, None)), "where nothing can be seen"
    assert not any(still(idle, idle, idle, idle, answered=True))


def test_the_next_supervisor_goes_on_with_the_same_haproxy_and_workers(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path) as served:
            process, port = await served.haproxy(), served.front.port
            await served.supervisor.leave()
            elsewhere = Served(tmp_path, port=1)
            with pytest.raises(RefusedError, match=f"listens on 127.0.0.1:{port}, and 127.0.0.1:1 is asked for"):
                await elsewhere.supervisor.start()
            following = Served(tmp_path, at_once=7)
            assert await following.supervisor.start() == 1
            assert [line[:28] for line in following.said] == ["HAProxy has the settings (bo"]
            assert (await following.haproxy(), following.front.port, await following.asked()) == (process, port, 200)
            served.supervisor, served.front = following.supervisor, following.front

    asyncio.run(play())
