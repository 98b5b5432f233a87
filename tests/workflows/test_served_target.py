"""A run against what `plimsoll serve` serves: found by its URL or name, workers and decisions kept beside the load."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.scaled_run import ScaledRun
from plimsoll.core.series.key import SeriesKey
from plimsoll.postgres.connecting import SessionTraits
from plimsoll.runs.directory import RunDirectory
from plimsoll.scale.serving.control.client import NobodyServesError
from plimsoll.settings.environment import Environment
from plimsoll.settings.loading import parse_settings
from plimsoll.workflows.recorded_run import open_recorded
from plimsoll.workflows.run_watch import RunWatch
from plimsoll.workflows.served_target import ServedTarget, served_target
from plimsoll.workflows.target import OpenTarget, TargetRequest, choose, reach
from tests.core.made_intervals import second
from tests.runs.test_facts import FACTS
from tests.scale.serving.test_control import controlled, decided
from tests.workflows.test_workplace import ASKED


def test_its_workers_and_what_was_decided_are_in_the_runs_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root, directory = Path(".plimsoll") / "serve", RunDirectory(tmp_path / "run")
    directory.path.mkdir()

    async def play() -> list[str]:
        async with controlled(root) as made:
            url = made.served.front.address
            target = OpenTarget(Environment("url", url=f"{url}/shop"), None, SessionTraits())
            watch = RunWatch(ASKED, target, directory)
            await watch.begin()
            await watch.start()
            watch.began(time.time(), 0.0)
            await made.control.scale({"workers": 2})
            await decided(made)
            watch.measured(second(0.0))
            await watch.finish()
            await watch.close()
            assert await served_target(None, "http://127.0.0.1:1") is None
            assert await served_target(None, "no url") is None
            by_name = await served_target("app", None)
            assert by_name is not None
            with pytest.raises(NobodyServesError, match="nobody serves shop here"):
                await served_target("shop", url)
        assert await served_target(None, url) is None, "it has ended"
        found, missing = await by_name.since(0.0)
        assert (found, len(missing)) == ({}, 1), "nobody had looked at it"
        return watch.warnings

    assert asyncio.run(play()) == []
    recorded = open_recorded(directory, replace(FACTS, load_began_at=""))
    assert recorded is not None
    assert SeriesKey.of("scaling_ready_workers", served="app") in recorded.windows
    told = ScaledRun.of(recorded)
    assert told is not None
    assert (told.served, told.limits_words) == ("app", "always 2 workers by hybrid, each carries 1000 requests/s")
    assert [(one.before, one.wanted) for one in told.changes] == [(1, 2)]


def test_an_environment_names_it_where_the_url_is_a_proxys_and_keeps_it_where_it_is_protected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[environments.live]\nurl = "https://shop.example"\nserve = "shop"\nprotected = true\n'
    asked = TargetRequest(parse_settings(text), {}, "live", allow_protected=("live",))
    _, environment = reach(asked, choose(asked))
    assert environment.serve == "shop"
    watch = RunWatch(ASKED, OpenTarget(environment, None, SessionTraits()), RunDirectory(tmp_path))
    with pytest.raises(NobodyServesError, match="nobody serves shop here"):
        asyncio.run(watch.begin())


def test_one_that_does_not_answer_holds_no_run_up_that_did_not_name_it(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path) as made:
            await made.server.close()
            assert await served_target(None, made.served.front.address, tmp_path) is None
            seen = await ServedTarget("app", tmp_path).look({})
            assert [one.status for one in seen] == [None]

    asyncio.run(play())


def test_what_was_seen_of_one_that_is_killed_is_kept(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path) as made:
            target = ServedTarget("app", tmp_path)
            await target.look({})
            began_s = time.time()
            await made.control.scale({"workers": 2})
            await decided(made)
            await target.look({"app": began_s})
            await made.server.close()
            found, (said,) = await target.since(began_s)
            told = ScaledRun.of_document(found["served"])
            assert told is not None
            assert [(one.before, one.wanted) for one in told.changes] == [(1, 2)]
            assert "not watched to the end: decisions about the workers of app" in said

    asyncio.run(play())
