"""Where a run's processes are to live, and what is refused before anybody is asked."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.profile import Profile, Stage
from plimsoll.load.processes.local import LocalPlace
from plimsoll.settings.settings import Settings
from plimsoll.workflows.run_request import RunRequest, StopRequest
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.workplace import collect, open_workplace

ASKED = RunRequest(
    scenario=Path("first.py"),
    profile=Profile("2 users", "constant-users", (Stage(2, 1.0),)),
    where=TargetRequest(Settings(), {}),
    processes=2,
)


def processes_of(request: RunRequest) -> int:
    async def opened() -> int:
        async with open_workplace(request) as place:
            return place.processes

    return asyncio.run(opened())


def test_without_a_cluster_they_are_on_this_machine() -> None:
    assert processes_of(ASKED) == 2


def test_a_cluster_without_dask_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    for name in ("place", "scheduler"):
        monkeypatch.delitem(sys.modules, f"plimsoll.load.cluster.{name}", raising=False)
    with pytest.raises(RefusedError, match="distributed is not installed here") as refusal:
        processes_of(replace(ASKED, cluster="tcp://127.0.0.1:1"))
    assert "plimsoll-line[cluster]" in refusal.value.remedy


def test_what_is_to_be_sent_needs_a_cluster_to_be_sent_to() -> None:
    with pytest.raises(UsageError, match="--send without --cluster"):
        processes_of(replace(ASKED, send=(Path("rows.txt"),)))


class FarPlace(LocalPlace):
    """Its samples never come; whoever waits for them asks for the end instead."""

    def __init__(self, stop: StopRequest) -> None:
        super().__init__(1)
        self._stop = stop

    async def collect(self, samples: Path) -> None:
        self._stop.ask()
        await asyncio.Event().wait()


def test_samples_that_do_not_come_are_left_when_somebody_asks_for_the_end(tmp_path: Path) -> None:
    async def collected() -> list[str]:
        stop = StopRequest()
        return await asyncio.wait_for(collect(FarPlace(stop), tmp_path, stop), 10)

    assert asyncio.run(collected()) == ["not all samples were brought here: the run was to end"]


def test_samples_that_are_here_need_no_waiting_even_after_ctrl_c(tmp_path: Path) -> None:
    async def collected() -> list[str]:
        stop = StopRequest()
        stop.ask()
        return await collect(LocalPlace(1), tmp_path, stop)

    assert asyncio.run(collected()) == []
