"""However a run is stopped, what was measured is kept, and nothing goes on: not here, not on the server."""

import signal
from collections.abc import Callable

import psutil
import pytest

from plimsoll.embedded import start_postgres
from tests.system.harness import INTERRUPTED, INVALID, OK, SELECT, Project, Running, until

# Each user has one step that is measured at once, and one that would last until somebody cancels it.
MIXED = """
from plimsoll import journey

@journey
async def look(user):
    await user.sql("quick", "SELECT 1")
    await user.sql("slow", "SELECT pg_sleep(600)")
"""
LOAD = ("--users", 4, "--duration", "120s")


def assert_nothing_goes_on(project: Project, processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive
    until(lambda: project.sessions() == 0, "the server without sessions of ours")


def workers(running: Running) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(running.process.pid).children(recursive=True)
        if "plimsoll.load.processes.worker" in child.cmdline()
    ]


def told(number: signal.Signals) -> Callable[[Running], None]:
    return lambda running: running.tell(number)


def told_all(number: signal.Signals) -> Callable[[Running], None]:
    return lambda running: running.tell_group(number)


@pytest.mark.parametrize(
    "stop",
    [told(signal.SIGINT), told_all(signal.SIGINT), told_all(signal.SIGTERM)],
    ids=["interrupted", "ctrl-c in a terminal", "terminated with its workers"],
)
def test_a_stopped_run_keeps_what_was_measured_and_cancels_the_rest(
    project: Project, stop: Callable[[Running], None]
) -> None:
    with project.running(MIXED, *LOAD, "--processes", 2) as running:
        running.until_sleeping(4)
        started = workers(running)
        stop(running)
        outcome = running.ended()

    summary = outcome.assert_ended(INTERRUPTED)
    assert summary["stopped_by"] == "interrupted"
    assert [(step["name"], step["count"]) for step in summary["steps"]] == [("quick", 4)]
    assert summary["incomplete"] == 4
    assert len(started) == 2
    assert_nothing_goes_on(project, started)
    assert project.here("report", "latest", "--json").summary == summary


SETTING_UP = """
import asyncio
from plimsoll import journey, setup, teardown

@setup
async def prepare(run):
    await run.sql("CREATE TABLE torn_down (a int)")
    await run.sql("SELECT pg_sleep(600)")

@journey
async def look(user):
    await user.sql("select", "SELECT 1")

@teardown
async def clean(run, shared):
    await run.sql("INSERT INTO torn_down VALUES (1)")
"""


def test_a_run_that_is_stopped_before_its_load_is_torn_down_and_leaves_nothing(project: Project) -> None:
    with project.running(SETTING_UP, *LOAD) as running:
        running.until_sleeping(1)
        running.tell_group(signal.SIGINT)
        outcome = running.ended()

    assert (outcome.code, outcome.stdout) == (INTERRUPTED, "")
    assert "interrupted before the load began" in outcome.stderr
    assert project.sql("SELECT count(*) FROM torn_down") == "1"
    assert not list(project.runs.iterdir())
    until(lambda: project.sessions() == 0, "the server without sessions of ours")


STUBBORN = """
from plimsoll import journey, teardown

@journey
async def look(user):
    await user.sql("select", "SELECT 1")

@teardown
async def clean(run, shared):
    await run.sql("CREATE TABLE cleaning (a int)")
    await run.sql("SELECT pg_sleep(600)")
"""


def test_a_second_ctrl_c_ends_at_once_and_keeps_what_was_written(project: Project) -> None:
    with project.running(STUBBORN, "--users", 1, "--duration", "120s") as running:
        running.until_measured()
        running.tell_group(signal.SIGINT)
        until(lambda: project.sql("SELECT to_regclass('cleaning') IS NOT NULL") == "t", "teardown")
        running.tell_group(signal.SIGINT)
        outcome = running.ended()

    assert (outcome.code, outcome.stdout) == (INTERRUPTED, "")
    until(lambda: project.sessions() == 0, "the server without sessions of ours")
    reported = project.here("report", "latest", "--json").summary
    assert reported["stopped_by"] == "killed"
    assert reported["requests"] > 0


BLOCKED_AT_IMPORT = "import time\nopen('importing', 'w').close()\ntime.sleep(600)\n"


def test_a_scenario_that_blocks_while_it_is_read_can_be_stopped(project: Project) -> None:
    with project.running(BLOCKED_AT_IMPORT, *LOAD) as running:
        until((project.path / "importing").exists, "the scenario's import")
        running.tell_group(signal.SIGINT)
        until(lambda: "stopping" in running.err.read_text(), "an answer to the first Ctrl-C")
        running.tell_group(signal.SIGINT)
        outcome = running.ended()

    assert (outcome.code, outcome.stdout) == (INTERRUPTED, "")


def test_a_journey_that_blocks_its_process_is_killed_and_the_run_says_so(project: Project) -> None:
    blocking = SELECT + "    import time\n    open('blocking', 'w').close()\n    time.sleep(600)\n"
    with project.running(blocking, "--users", 1, "--duration", "120s") as running:
        until((project.path / "blocking").exists, "a journey that blocks")
        running.tell_group(signal.SIGINT)
        outcome = running.ended()

    summary = outcome.assert_ended(INTERRUPTED)
    assert any("did not end in time and was killed" in because for because in summary["invalid_because"])


# -- killed without a word ---------------------------------------------------------------------------------------------


ONE_SLEEPS = """
from plimsoll import journey

@journey
async def look(user):
    if user.number == 0:
        await user.sql("slow", "SELECT pg_sleep(600)")
    await user.sql("quick", "SELECT 1")
"""


def test_a_killed_run_stops_loading_and_what_was_flushed_is_reported(project: Project) -> None:
    with project.running(ONE_SLEEPS, *LOAD, "--processes", 2) as running:
        running.until_measured()
        started = workers(running)
        running.process.kill()
        running.process.wait()
        assert_nothing_goes_on(project, started)

    listed = project.here("runs", "--json").summary["runs"]
    reported = project.here("report", "latest", "--json", "--jtl", "killed.jtl").summary
    assert [row["state"] for row in listed] == ["killed"]
    assert reported["stopped_by"] == "killed"
    assert reported["requests"] > 0
    assert (project.path / "killed.jtl").read_text().count("quick") > 0


def test_a_killed_worker_ends_the_run_in_a_report_that_says_so(project: Project) -> None:
    with project.running(SELECT, "--users", 4, "--duration", "120s", "--processes", 2) as running:
        running.until_measured()
        victim, other = workers(running)
        victim.kill()
        outcome = running.ended()

    summary = outcome.assert_ended(INVALID)
    assert summary["stopped_by"] == "a worker process died"
    assert "worker process" in summary["invalid_because"][0]
    assert summary["requests"] > 0
    assert_nothing_goes_on(project, [victim, other])


# -- the server goes ---------------------------------------------------------------------------------------------------


def test_a_server_that_goes_for_good_ends_the_run_in_a_report(project: Project) -> None:
    words = ("--users", 2, "--duration", "2s")
    with start_postgres() as server, project.running(SELECT, "--dsn", server.dsn, *words) as running:
        running.until_measured()
        psutil.Process(server.pid).send_signal(signal.SIGQUIT)
        outcome = running.ended()

    summary = outcome.assert_ended(outcome.code)
    assert summary["stopped_by"] == "completed"
    assert 0 < summary["errors"] < summary["requests"]
    assert "connection refused" in summary["steps"][0]["error_classes"]


def test_a_server_that_restarts_is_connected_to_again(project: Project) -> None:
    words = ("--users", 2, "--duration", "3s")
    with start_postgres() as server, project.running(SELECT, "--dsn", server.dsn, *words) as running:
        running.until_measured()
        backend = int(server.sql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT 1' LIMIT 1"))
        psutil.Process(backend).kill()  # the postmaster then ends all sessions and starts anew
        outcome = running.ended()

    summary = outcome.assert_ended(OK)
    assert summary["reconnects"] >= 2
    assert summary["errors"] >= 2
