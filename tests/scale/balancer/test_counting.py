"""What HAProxy counts, as what it means: which requests there were, how long they took, which of them were lost."""

import asyncio
from pathlib import Path

import pytest

from plimsoll.core.balancing import passed
from plimsoll.scale.balancer import statistics
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.kubernetes.haproxy import Statistics
from tests.scale.balancer.stage import Stage, play

COLUMNS = (
    "pxname,svname,sid,status,check_status,scur,qcur,slim,uweight,stot,req_tot,req_rate,intercepted,econ,eresp,wretr,"
    "wredis,cli_abrt,srv_abrt,chkdown,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,qtime,ctime,rtime,ttime"
)
# As HAProxy 2.8 told after clients that each kept a connection had asked once in 3 s, answered after 20 ms.
KEPT = f"""# {COLUMNS}
public,FRONTEND,,OPEN,,45,,2000,,45,{{0}},15,0,,,,,,,,0,{{0}},0,0,0,0,,,,
least-connections,w1,1,UP,L7OK,0,0,50,100,{{0}},{{0}},,,0,0,0,0,0,0,0,0,{{0}},0,0,0,0,2,1,21,2874
least-connections,BACKEND,,UP,,0,0,,100,{{0}},{{0}},,,0,0,0,0,0,0,0,0,{{0}},0,0,0,0,2,1,21,2874
"""


def test_what_clients_idle_on_a_kept_connection_is_no_time_of_a_request() -> None:
    told = statistics.figures(statistics.lines(KEPT.format(90)), "Pid: 7\n", Algorithm.LEAST_CONNECTIONS)
    assert told.times.total_ms == 24
    ingress = Statistics()
    ingress.read(KEPT.format(90), 10.0)
    assert ingress.read(KEPT.format(120), 12.0)["latency_s"] == pytest.approx(0.024)


def test_who_connects_and_asks_nothing_or_no_http_is_no_request(tmp_path: Path) -> None:
    async def story(one: Stage) -> None:
        await one.origins("w1")
        for _ in range(5):
            _, writer = await asyncio.open_connection(*one.public.getsockname())
            writer.close()
            assert (await one.say("what is this?\r\n\r\n")).startswith(b"HTTP/1.1 400")
        assert (await one.get()).status == 200
        await one.balancer.admit(1)
        assert {answer.status for answer in await asyncio.gather(*(one.get() for _ in range(9)))} == {200, 503}
        whole, glance = (await one.balancer.figures()).counts, await one.balancer.glance()
        assert (whole.requests, whole.answers, glance.arrived, glance.answered) == (10, 10, 10, 10)
        assert glance.answered - glance.well == whole.errors > 0

    play(story, tmp_path)


def test_a_post_that_is_lost_with_its_worker_is_one_failure_and_no_refusal(tmp_path: Path) -> None:
    async def story(one: Stage) -> None:
        (worker,) = await one.origins("w1")
        before = await one.balancer.figures()
        asked = asyncio.create_task(one.get("/held", method="POST"))
        await worker.asked.get()
        worker.hang_up()
        assert (await asked).status == 502
        since = passed(before, await one.balancer.figures(), 1.0)
        assert (since.whole.requests, since.lost, since.servers["w1"].failures, since.refused) == (1, 1, 1, 0)

    play(story, tmp_path)
