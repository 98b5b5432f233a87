"""A real HAProxy: servers come and go, algorithms change, HAProxy dies, and no request is lost over it."""

import asyncio
import signal
from pathlib import Path

import pytest

from plimsoll.core.balancing import passed
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.balancer.balancer import Balancer
from plimsoll.scale.balancer.limit import Gradient2
from plimsoll.scale.balancer.runtime import UnreachableError
from tests.scale.balancer.stage import Bounds, HealthCheck, Stage, Timeouts, play


def test_the_algorithm_changes_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = await stage.origins("w1", "w2")
        held = []
        for algorithm in [*Algorithm, Algorithm.ROUND_ROBIN]:
            await stage.balancer.switch(algorithm)
            held += [asyncio.create_task(stage.get("/held")) for _ in range(4)]
            await stage.has_in_flight(len(held))
        for origin in (first, second):
            origin.gate.set()
        assert {answer.status for answer in await asyncio.gather(*held)} == {200}
        figures = await stage.balancer.figures()
        assert figures.algorithm == "round-robin"
        assert figures.counts.requests == figures.counts.answers == len(held)

    play(story, tmp_path)


def test_who_leaves_ends_what_it_has_and_gets_nothing_new(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = await stage.origins("w1", "w2")
        held = [asyncio.create_task(stage.get("/held")) for _ in range(2)]
        await first.asked.get()
        await second.asked.get()
        leaving = asyncio.create_task(stage.balancer.remove("w1"))
        await stage.until(lambda figures: figures.servers[0].state == "held")
        assert [(await stage.get()).body for _ in range(4)] == ["w2"] * 4
        assert not leaving.done()
        first.gate.set()
        assert await leaving == 0
        second.gate.set()
        assert [answer.status for answer in await asyncio.gather(*held)] == [200, 200]
        assert [server.name for server in (await stage.balancer.figures()).servers] == ["w2"]

    play(story, tmp_path)


def test_who_comes_back_at_another_address_is_found_there(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        _, second = await stage.origins("w1", "w2")
        await stage.balancer.remove("w2")
        await stage.balancer.add("w1", stage.path("w2"))
        assert {(await stage.get()).body for _ in range(3)} == {"w2"}
        assert second.asked.qsize() == 3
        assert stage.balancer.names == ("w1",)

    play(story, tmp_path)


def test_who_takes_over_lets_those_end_that_are_leaving(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, _ = await stage.origins("w1", "w2")
        held = asyncio.create_task(stage.get("/held"))
        await first.asked.get()
        leaving = asyncio.create_task(stage.balancer.remove("w1"))
        await stage.until(lambda figures: figures.servers[0].state == "held")
        leaving.cancel()
        successor = Balancer(stage.balancer.settings, tmp_path)
        successor.restore()
        await successor.settle()
        assert (successor.names, await successor.in_flight("w1")) == (("w2",), 1)
        leaving = asyncio.create_task(successor.remove("w1"))
        first.gate.set()
        assert (await held).status == 200
        assert await leaving == 0

    play(story, tmp_path)


def test_who_does_not_end_in_time_is_cut_off(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (origin,) = await stage.origins("w1")
        held = asyncio.create_task(stage.get("/held"))
        await origin.asked.get()
        assert await stage.balancer.remove("w1", within_s=0) == 1
        assert (await held).status == 503
        assert await stage.balancer.remove("w1") == 0
        await stage.balancer.add("w1", stage.path("w1"))
        assert (await stage.get()).body == "w1"

    play(story, tmp_path)


def test_a_haproxy_that_was_killed_comes_back_as_it_was(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.origins("w1", "w2")
        await stage.balancer.switch(Algorithm.WEIGHTED_ROUND_ROBIN)
        await stage.balancer.weigh("w1", 200)
        before = await stage.balancer.figures()
        stage.kill_haproxy()
        queued = [asyncio.create_task(stage.get()) for _ in range(3)]
        with pytest.raises(UnreachableError):
            await stage.balancer.ready(0)
        stage.start_haproxy()
        assert sorted(answer.body for answer in await asyncio.gather(*queued)) == ["w1", "w1", "w2"]
        after = await stage.balancer.figures()
        assert [(one.name, one.weight) for one in after.servers] == [("w1", 200), ("w2", 100)]
        assert passed(before, after, 1.0).whole.requests == 3
        successor = Balancer(stage.balancer.settings, tmp_path)
        successor.restore()
        await successor.settle()
        await successor.add("w1", stage.path("w1"))
        assert (successor.names, successor.algorithm) == (("w1", "w2"), Algorithm.WEIGHTED_ROUND_ROBIN)
        assert (await successor.figures()).servers == after.servers

    play(story, tmp_path)


def test_what_others_told_haproxy_is_put_right(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.origins("w1", "w2")
        order = stage.balancer.runtime.order
        for told in ("set server round-robin/w1 state maint", "del server round-robin/w1"):
            await order(told)
        await order("add server round-robin/stranger unix@w2.sock")
        await order("set server least-connections/w2 weight 7")
        await order("set map algorithm.map algorithm round-robin")
        await stage.balancer.settle()
        said = await stage.balancer.runtime.ask("show stat round-robin 4 -1")
        assert "round-robin,w1," in said
        assert "stranger" not in said
        figures = await stage.balancer.figures()
        assert [one.weight for one in figures.servers] == [100, 100]
        assert "least-connections" in await stage.balancer.runtime.ask("show map algorithm.map")

    play(story, tmp_path)


def test_a_full_queue_is_answered_with_when_to_come_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (origin,) = await stage.origins("w1")
        served = asyncio.create_task(stage.get("/held"))
        await origin.asked.get()
        before = await stage.balancer.figures()
        queued = asyncio.create_task(stage.get("/held"))
        await stage.until(lambda figures: figures.queued == 1)
        refused = await stage.get("/held")
        assert (refused.status, refused.headers["retry-after"]) == (503, "7")
        late = passed(before, await stage.balancer.figures(), 1.0)
        assert (late.whole.requests, late.refused, late.served_per_s) == (2, 1, 0)
        await stage.balancer.limit("w1", 2)
        assert (await origin.asked.get()).path == "/held"
        origin.gate.set()
        assert [(await one).status for one in (served, queued)] == [200, 200]

    play(story, tmp_path, bounds=Bounds(per_server=1, queue=1, retry_after_s=7, slow_start_s=0))


def test_a_worker_that_has_just_come_gets_all_that_it_may_have_at_once(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (origin,) = await stage.origins("w1")
        served = [asyncio.create_task(stage.get("/held")) for _ in range(8)]
        for _ in served:
            await origin.asked.get()
        origin.gate.set()
        assert [(await one).status for one in served] == [200] * 8
        await stage.has_in_flight(0)
        logged = [line.split(" GET ")[0] for line in stage.log.read_text().splitlines() if "/held" in line]
        assert [line.rpartition(" ")[2] for line in logged] == ["0/0"] * 8  # who waited would tell behind how many

    play(story, tmp_path, bounds=Bounds(per_server=8))


def test_who_waits_too_long_is_told_when_to_come_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (origin,) = await stage.origins("w1")
        served = asyncio.create_task(stage.get("/held"))
        await origin.asked.get()
        late = await stage.get()
        assert (late.status, late.headers["retry-after"]) == (503, "1")
        origin.gate.set()
        assert (await served).status == 200

    play(story, tmp_path, bounds=Bounds(per_server=1), timeouts=Timeouts(queue=0.05))


def test_a_cookie_and_a_header_lead_back_to_the_same_server(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.origins("w1", "w2", "w3")
        await stage.balancer.switch(Algorithm.COOKIE_AFFINITY)
        first = await stage.get()
        cookie, *more = first.headers["set-cookie"].split("; ")
        assert cookie == f"plimsoll_worker={first.body}"
        assert {"HttpOnly", "SameSite=Lax"} <= set(more)
        assert {(await stage.get("/", f"cookie: {cookie}")).body for _ in range(6)} == {first.body}
        await stage.balancer.switch(Algorithm.HEADER_AFFINITY)

        async def spread() -> dict[int, str]:
            return {user: (await stage.get("/", f"x-session-id: {user}")).body for user in range(24)}

        before = await spread()
        assert set(before.values()) == {"w1", "w2", "w3"}
        await stage.balancer.remove("w3")
        after = await spread()
        assert {user for user in before if before[user] != after[user]} == {u for u in before if before[u] == "w3"}
        assert (await stage.get("/", f"cookie: {cookie}")).status == 200

    play(story, tmp_path)


def test_weights_are_kept_to_and_reckoned_ones_move_away_from_who_fails(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        _, second = await stage.origins("w1", "w2")
        await stage.balancer.weigh("w1", 200)
        await stage.balancer.switch(Algorithm.WEIGHTED_ROUND_ROBIN)
        assert sorted([(await stage.get()).body for _ in range(6)]) == ["w1"] * 4 + ["w2"] * 2
        await stage.balancer.switch(Algorithm.HEALTH_AND_LOAD)
        await stage.balancer.adapt(await stage.balancer.figures(), now=1.0)
        second.works = False
        assert {(await stage.get()).status for _ in range(4)} == {200, 500}
        await stage.balancer.adapt(await stage.balancer.figures(), now=2.0)
        well, failing = (await stage.balancer.figures()).servers
        assert well.weight > 100 > failing.weight

    play(story, tmp_path)


def test_a_limit_that_binds_grows_while_answers_take_as_long_as_before(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.balancer = balancer = Balancer(stage.balancer.settings, tmp_path, adapting=Gradient2())
        (origin,) = await stage.origins("w1")
        await balancer.adapt(await balancer.figures(), now=1.0)
        for now in (2.0, 3.0):
            held = [asyncio.create_task(stage.get("/held")) for _ in range(30)]
            figures = await stage.has_in_flight(len(held))
            await balancer.adapt(figures, now)
            origin.gate.set()
            await asyncio.gather(*held)
            origin.gate.clear()
        assert figures.servers[0].times.response_ms > 0
        assert (await balancer.figures()).servers[0].limit == 51  # of 50, and 4 may wait: a fifth of that

    play(story, tmp_path)


def test_a_server_that_is_not_well_gets_nothing_while_another_is(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        first, second = await stage.origins("w1", "w2")
        first.well = False
        await stage.until(lambda figures: figures.servers[0].state == "down")
        assert {(await stage.get()).body for _ in range(4)} == {"w2"}
        second.well = False
        await stage.until(lambda figures: figures.servers[1].state == "down")
        assert {(await stage.get()).status for _ in range(4)} == {200}  # better than none
        await stage.balancer.switch(Algorithm.ROUND_ROBIN)
        first.well = True
        await stage.until(lambda figures: [one.state for one in figures.servers] == ["up", "down"])
        await stage.balancer.switch(Algorithm.LEAST_CONNECTIONS)
        assert (await stage.balancer.figures()).servers[0].state == "up"

    play(story, tmp_path, health=HealthCheck(path="/health", every_s=0.02, within_s=20))


def test_a_haproxy_that_is_asked_to_end_ends_what_is_in_flight(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        (origin,) = await stage.origins("w1")
        held = asyncio.create_task(stage.get('/held"?token=secret'))
        other = asyncio.create_task(stage.get("/held"))
        await origin.asked.get()
        await origin.asked.get()
        assert stage.haproxy is not None
        old = stage.haproxy
        old.send_signal(signal.SIGUSR1)
        stage.start_haproxy()
        assert (await stage.get("/new")).body == "w1"
        origin.gate.set()
        assert [(await one).status for one in (held, other)] == [200, 200]
        assert old.wait(30) == 0
        log = stage.log.read_text()
        assert 'GET "/held#22"\n' in log
        assert "secret" not in log
        assert " least-connections/w1 " in log

    play(story, tmp_path)


def test_workers_that_come_while_others_are_told_of_are_told_of_too(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        names = [f"w{number}" for number in range(1, 7)]
        adding = []
        for name in names:
            adding.append(asyncio.create_task(stage.balancer.add(name, stage.path(name))))
            while not (await stage.balancer.figures()).server(name):
                pass  # of each HAProxy is told in several backends, and the next comes after the first of them
        await asyncio.gather(*adding)
        assert sorted(server.name for server in (await stage.balancer.figures()).servers) == sorted(names)

    play(story, tmp_path)
