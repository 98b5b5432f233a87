"""The check by which wrk2 was judged: a server that stands still must be seen in the figures of an open loop."""

import signal
import time

import psutil
import pytest

from plimsoll.embedded import start_postgres
from tests.system.harness import OK, SELECT, Project

pytestmark = pytest.mark.alone

STALL_SECONDS = 1.4
PROFILE = """
[profiles.steady]
executor = "constant-rate"
stages = [{rate = 200, for = "20s"}]
arrivals = "even"
"""


def test_a_stall_of_the_server_is_in_the_latency_and_not_in_the_service_time_of_most(project: Project) -> None:
    """Of 4,000 arrivals 280 fall into the stall: 7 %, so p99 is near its end and p90 outside it."""
    project.write("plimsoll.toml", PROFILE)
    with start_postgres() as server:
        words = ("--dsn", server.dsn, "--profile", "steady")
        with project.running(SELECT, *words) as running:
            running.until_measured(8)
            stand_still(psutil.Process(server.pid))
            summary = running.ended().assert_ended(OK)

    assert summary["requests"] == 4_000
    assert summary["valid"], summary["invalid_because"]
    assert summary["latency_ms"]["p99"] >= 1_000
    assert summary["latency_ms"]["max"] >= 1_350
    assert summary["service_ms"]["p90"] < 50
    assert (summary["errors"], summary["dropped"], summary["incomplete"]) == (0, 0, 0)


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
