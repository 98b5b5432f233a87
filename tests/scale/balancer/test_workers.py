"""uvicorn's workers killed with -9 behind HAProxy, whose listening sockets somebody else holds."""

import asyncio
import signal
from pathlib import Path

from plimsoll.scale.balancer.algorithm import Algorithm
from tests.scale.balancer.stage import HealthCheck, stage


def test_what_a_killed_worker_had_is_sent_again_if_that_is_safe(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, health=HealthCheck(every_s=0.02, within_s=20)) as one:
            for name in ("w1", "w2"):
                one.hold(name)
                one.start_worker(name)
            await one.balancer.switch(Algorithm.COOKIE_AFFINITY)
            for name in ("w1", "w2"):
                await one.answers(name)
                await one.balancer.add(name, one.path(name))
            to_first, to_second = "cookie: plimsoll_worker=w1", "cookie: plimsoll_worker=w2"
            assert (await one.get("/", to_first)).body == "w1"
            assert (await one.get("/", to_second)).body == "w2"

            assert (await one.get("/?die=w1", to_first)).body == "w2"
            assert one.ended("w1") == -signal.SIGKILL
            assert (await one.get("/?die=w2", to_second, method="POST")).status == 502
            assert one.ended("w2") == -signal.SIGKILL

            # All are gone, and down; who comes now waits for the next worker.
            for name in ("w1", "w2"):
                await one.balancer.runtime.order(f"set server cookie-affinity/{name} health down")
            await one.until(lambda figures: {server.state for server in figures.servers} == {"down"})
            waiting = [asyncio.create_task(one.get(method=method)) for method in ("GET", "POST", "GET")]
            await one.has_in_flight(len(waiting))
            for name in ("w1", "w2"):
                one.start_worker(name)
            assert {answer.status for answer in await asyncio.gather(*waiting)} == {200}
            figures = await one.until(lambda figures: {server.state for server in figures.servers} == {"up"})
            assert figures.counts.retries >= 1

    asyncio.run(story())
