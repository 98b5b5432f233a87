"""`plimsoll demo`, as far as it is the platform's: what is loaded, and how it is left half-way."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from fluentscribe import processes
from fluentscribe.demo import demo, prepare, services, serving, told
from plimsoll import Served
from plimsoll.core.errors import RefusedError
from plimsoll.embedded import PostgresServer
from plimsoll.load.language.scenario import load_scenario
from plimsoll.settings.loading import load_settings
from plimsoll.settings.masking import Secret
from plimsoll.workflows.demo import run_request
from plimsoll.workflows.demo_scaling import serve_request, served
from plimsoll.workflows.seed import plan_from
from plimsoll.workflows.target import choose
from tests.system.harness import INTERRUPTED, Project, until

NOWHERE, LIVE = "postgresql://somebody@127.0.0.1:1/none", "/health/live"


def test_it_is_the_small_data_set_under_the_steady_profile() -> None:
    found = demo()
    assert plan_from(found.seed_plan).tables["qa_sessions"].rows == 1000
    steady = load_settings(found.scenario.with_name("plimsoll.toml")).profiles["steady"]
    assert [stage.level for stage in steady.stages] == [found.users]
    assert sum(journey.weight for journey in load_scenario(found.scenario).journeys) == 100


def test_interrupted_while_it_fills_it_leaves_without_a_word_too_many(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with Project(tmp_path, postgres_server, "postgres").started("demo") as running:
        until(lambda: "filling" in running.err.read_text(), "the fill begun")
        running.tell(signal.SIGINT)
        outcome = running.ended()
    assert (outcome.code, outcome.stdout) == (INTERRUPTED, "")
    assert outcome.stderr.endswith("interrupted: the server and its data are gone\n")


def test_it_is_served_for_as_long_as_it_is_shown_and_not_a_moment_longer(database: str) -> None:
    app_dsn = asyncio.run(prepare(database))
    with services(database, app_dsn) as served:
        url = served.url
        assert url is not None
        assert served.lines == told(url, None), "there is nobody to log in as yet"
        assert ready(url) == 200
    with pytest.raises(ConnectionRefusedError):
        ready(url)


def test_a_server_that_is_killed_is_another_one_before_anybody_is_refused(tmp_path: Path) -> None:
    async def go() -> tuple[list[int], int, int]:
        with serving(NOWHERE, NOWHERE) as workers:
            assert workers.health == "/health/ready"
            request = replace(serve_request(replace(workers, health=LIVE), NOWHERE, tmp_path), database=None)
            async with asyncio.timeout(60), served(request, lambda _: None) as (client, status):
                before = status.workers[0].pid
                answers = [await asyncio.to_thread(ready, status.address, LIVE)]
                assert before is not None
                os.kill(before, signal.SIGKILL)
                answers.append(await asyncio.to_thread(ready, status.address, LIVE))
                after = (await client.status()).workers[0].pid
                assert after is not None
                with pytest.raises(RefusedError, match="somebody supervises these workers already"):
                    async with served(request, lambda _: None):
                        pass
        return answers, before, after

    answers, before, after = asyncio.run(go())
    assert answers == [200, 200]
    assert before != after
    assert not Path(f"/proc/{after}").exists(), "all has ended"


def ready(url: str, path: str = "/health/ready") -> int:
    connection = HTTPConnection(url.partition("//")[2], timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_without_the_packages_of_the_platform_the_database_is_shown_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "COMMAND", (sys.executable, "-c", "exit('error: no fastapi. try: install it')"))
    dsn = "postgresql://somebody@127.0.0.1:1/none"
    with services(dsn, dsn) as served:
        assert served == Served(("the platform is not served: no fastapi. try: install it",))
        assert run_request(demo(), dsn, 1, served.url).scenario.name == "database.py"


def test_half_of_what_is_loaded_is_the_api_where_it_is_served() -> None:
    owner = "postgresql://owner@127.0.0.1:1/none"
    request = run_request(demo(), "postgresql://somebody@127.0.0.1:1/none", 1, "http://127.0.0.1:1", owner)
    environment, monitor = choose(request.where), request.where.settings.monitor
    assert (request.scenario.name, environment.url) == ("mixed.py", "http://127.0.0.1:1")
    assert environment.watch_dsn({}) == Secret(owner)
    assert (monitor.process, monitor.metrics) == ("port:1", ("http://127.0.0.1:1/metrics",))


def test_whom_to_log_in_as_is_told() -> None:
    lines = told("http://127.0.0.1:8000", "user1@example.com")
    assert "http://127.0.0.1:8000/api/v1/openapi.json" in lines[0]
    assert "user1@example.com" in lines[1]
