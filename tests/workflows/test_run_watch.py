"""Watching beside a run costs it nothing: what fails is told at its end, and everything else is there."""

import asyncio
import re
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.recorded import Recorded
from plimsoll.core.series.key import SeriesKey
from plimsoll.postgres.connecting import SessionTraits
from plimsoll.postgres.dsn import read_target
from plimsoll.runs.directory import RunDirectory
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.recorded_run import open_recorded
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.run_watch import RunWatch
from plimsoll.workflows.target import OpenTarget, TargetRequest
from tests.core.made_intervals import second
from tests.runs.test_facts import FACTS
from tests.workflows.test_workplace import ASKED

URL_ONLY = OpenTarget(Environment("url", url="http://127.0.0.1:1"), None, SessionTraits())


def watched_run(
    directory: RunDirectory, opened: OpenTarget, spare_connections: int | None = None, asked: RunRequest = ASKED
) -> list[str]:
    """A run of no time at all; returns what was warned of."""

    async def go() -> list[str]:
        watch = RunWatch(asked, opened, directory, spare_connections)
        await watch.begin()
        await watch.start()
        watch.began(BEGAN_S, 0.0)
        watch.measured(second(0.0))
        await watch.finish()
        await watch.close()
        return watch.warnings

    return asyncio.run(go())


BEGAN_S = 1_785_585_600.0  # as FACTS.started_at says


def read(directory: RunDirectory) -> Recorded:
    known = open_recorded(directory, FACTS)
    assert known is not None
    return known


def test_a_run_over_http_alone_has_the_host_beside_it(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    assert watched_run(directory, URL_ONLY) == []
    known = read(directory)
    assert SeriesKey("host_memory_used_percent") in known.windows
    load = known.windows[SeriesKey("generator_requests_per_s")]
    assert (load.times, load.mean) == ([BEGAN_S + 1], [10.0])
    assert not [key for key in known.windows if key.name.startswith("database_")]
    assert "the database: only a URL was loaded" in known.notes


def test_the_examples_of_the_documentation_read_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = RunDirectory(tmp_path / ".plimsoll" / "runs" / "20260801-120000-0a1")
    directory.path.mkdir(parents=True)
    directory.write_facts(FACTS)
    watched_run(directory, URL_ONLY)
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    for example in examples:
        exec(example, found)  # noqa: S102  # the document is ours
    assert len(examples) == 2
    assert str(found["busy"].key) == "host_cpu_busy_percent"
    assert found["looks"] == []
    assert SeriesKey("host_memory_used_percent") in found["recorded"].windows


DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "run-directory.md"


def test_a_database_that_does_not_answer_is_a_warning(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        dsn = f"postgresql://app:Pass-word-9z@127.0.0.1:{taken.getsockname()[1]}/app"
        opened = OpenTarget(Environment("dsn"), read_target(Secret(dsn), {}, where="test"), SessionTraits())
        warnings = watched_run(RunDirectory(tmp_path), opened)
    (warning,) = warnings
    assert warning.startswith("not watched: sessions, ")
    assert "Pass-word-9z" not in warning
    assert SeriesKey("host_memory_used_percent") in read(RunDirectory(tmp_path)).windows


def test_a_load_that_needs_every_connection_is_left_all_of_them(tmp_path: Path) -> None:
    opened = OpenTarget(
        Environment("dsn"), read_target(Secret("postgresql://nowhere.example/app"), {}, where=""), SessionTraits()
    )
    said = "the database: the load needs every connection that is free there"
    assert watched_run(RunDirectory(tmp_path), opened, spare_connections=1) == [f"not watched: {said}"]
    assert said in read(RunDirectory(tmp_path)).notes


def test_an_application_that_cannot_be_found_costs_only_itself(tmp_path: Path) -> None:
    settings = Settings(monitor=MonitorSettings(metrics=("env:NO_SUCH_VARIABLE",)))
    asked = replace(ASKED, where=TargetRequest(settings, {}))
    (warning,) = watched_run(RunDirectory(tmp_path), URL_ONLY, asked=asked)
    assert warning.startswith("not watched: the application: ")
    assert "NO_SUCH_VARIABLE" in warning
    assert SeriesKey("host_memory_used_percent") in read(RunDirectory(tmp_path)).windows


def test_series_that_cannot_be_written_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / "series.sqlite").mkdir()
    (warning,) = watched_run(RunDirectory(tmp_path), URL_ONLY)
    assert "series.sqlite" in warning
