"""The check by which wrk2 was judged: a server that stands still must be seen in the figures of an open loop."""

import signal
import time

import psutil
import pytest

from tests.system.harness import OK, SELECT, Project
from tests.system.web import ANSWER, web_server

pytestmark = pytest.mark.alone

STALL_SECONDS = 1.0
PROFILE = """
[profiles.steady]
executor = "constant-rate"
stages = [{rate = 200, for = "6s"}]
arrivals = "even"
max_users = 20
"""
WEB_PROFILE = """
[profiles.steady]
executor = "constant-rate"
stages = [{rate = 200, for = "6s"}]
arrivals = "even"
max_users = 8
"""
GET = """
from plimsoll import journey

@journey
async def look(user):
    await user.http("get", "GET", "/hello")
"""


def test_a_stall_of_the_server_is_in_the_latency_and_not_in_the_service_time_of_most(project: Project) -> None:
    """Of 1,200 arrivals 200 fall into the stall: 17 %, so p99 is near its end and p80 outside it."""
    project.write("plimsoll.toml", PROFILE)
    with project.running(SELECT, "--profile", "steady") as running:
        running.until_measured(1)
        stand_still(psutil.Process(project.server.pid))
        summary = running.ended().assert_ended(OK)

    assert summary["requests"] == 1_200
    assert summary["valid"], summary["invalid_because"]
    assert summary["latency_ms"]["p99"] >= 800
    assert summary["latency_ms"]["max"] >= 950
    assert summary["service_ms"]["p90"] < 50
    assert (summary["errors"], summary["dropped"], summary["incomplete"]) == (0, 0, 0)


def test_so_is_a_stall_of_a_web_server(project: Project) -> None:
    """Of 1,200 arrivals 200 fall into the stall, 17 %; all but the 8 that were under way wait for a free user."""
    project.write("plimsoll.toml", WEB_PROFILE)
    with web_server() as (url, pid), project.running(GET, "--url", url, "--profile", "steady") as running:
        running.until_measured(1)
        stand_still(psutil.Process(pid))
        summary = running.ended().assert_ended(OK)

    assert summary["requests"] == 1_200
    assert summary["valid"], summary["invalid_because"]
    assert summary["latency_ms"]["p99"] >= 800
    assert summary["latency_ms"]["max"] >= 950
    assert summary["service_ms"]["p95"] < 50
    assert (summary["errors"], summary["dropped"], summary["incomplete"]) == (0, 0, 0)
    (step,) = summary["steps"]
    assert step["http"]["connects"] <= 8
    assert step["http"]["bytes_received"] == 1_200 * len(ANSWER)


def stand_still(postmaster: psutil.Process) -> None:
    """Stops every process of a server for STALL_SECONDS."""
    stopped: list[psutil.Process] = []
    try:
        postmaster.send_signal(signal.SIGSTOP)  # first, so that it starts no more
        stopped.append(postmaster)
        for child in postmaster.children(recursive=True):
            child.send_signal(signal.SIGSTOP)
            stopped.append(child)
        time.sleep(STALL_SECONDS)  # the length of the stall is what is tested
    finally:
        for process in stopped:
            process.send_signal(signal.SIGCONT)
