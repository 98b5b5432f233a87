"""`plimsoll run`: from a scenario, a profile and a target to a run directory with its summary and report."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plimsoll.core.check import figure_warnings, refuse_failed
from plimsoll.core.errors import UsageError
from plimsoll.core.summary import Summary
from plimsoll.core.verdict import Circumstances, summarize
from plimsoll.load.language.scenario import Scenario, load_scenario
from plimsoll.load.processes.itinerary import mixes_of
from plimsoll.load.processes.workplace import Workplace
from plimsoll.runs.directory import RunDirectory, list_runs, live_runs
from plimsoll.workflows.checks.needs import needs_of
from plimsoll.workflows.closing import close_run, identity_of
from plimsoll.workflows.examining import Examined, examine
from plimsoll.workflows.load_phase import LoadPhase
from plimsoll.workflows.run_facts import run_facts
from plimsoll.workflows.run_request import RunRequest, StopRequest, Watcher, pool_size
from plimsoll.workflows.sharing import holding
from plimsoll.workflows.target import OpenTarget, open_target
from plimsoll.workflows.workplace import open_workplace

__all__ = ["RunRequest", "RunResult", "StopRequest", "Watcher", "run"]

AT_THE_SAME_TIME: Final = "was going on at the same time"


@dataclass(frozen=True, slots=True)
class RunResult:
    """`problems` say what could not be written, and why."""

    summary: Summary
    directory: RunDirectory
    problems: Sequence[str] = ()


async def run(request: RunRequest, watcher: Watcher, stop: StopRequest) -> RunResult:
    """Makes one run. Raises UsageError and RefusedError before anything was sent; after that it ends in a summary."""
    stop.cancels(asyncio.current_task())
    scenario = load_scenario(request.scenario)
    mixes_of(request.profile, scenario.journeys)  # refuses stages that name journeys which are not there
    async with open_workplace(request) as place:
        request = replace(request, processes=place.processes)
        _refuse_idle_processes(request)
        async with holding(request.where, request.sharing), open_target(request.where) as opened:
            return await _run_on(opened, place, request, scenario, watcher, stop)


async def _run_on(
    opened: OpenTarget, place: Workplace, request: RunRequest, scenario: Scenario, watcher: Watcher, stop: StopRequest
) -> RunResult:
    found = await _look(opened, request, scenario)
    refuse_failed(found.results)
    started = datetime.now(UTC)
    others = _Others(request.runs_root)
    directory = RunDirectory.create(request.runs_root, started)
    facts = run_facts(
        request, opened, run_id=directory.run_id, started=started, server=found.server, machines=place.machines
    )
    load = LoadPhase(request, scenario, opened, directory, facts, place, found.spare_connections)
    try:
        directory.write_facts(facts)
        judge, circumstances = await load.run(watcher, stop)
    except BaseException:
        if load.began:
            directory.close()  # what was flushed stays: `plimsoll report` reads it
        else:
            directory.discard()
        raise
    circumstances = replace(circumstances, warnings=(*figure_warnings(found.results), *circumstances.warnings))
    summary = summarize(identity_of(facts), judge, others.added_to(circumstances, directory.run_id))
    problems = close_run(directory, summary, load.facts, analyzed=request.analyzed, reported=request.reported)
    return RunResult(summary, directory, problems)


async def _look(opened: OpenTarget, request: RunRequest, scenario: Scenario) -> Examined:
    needs = needs_of(
        request.profile,
        pool=pool_size(request, opened),
        processes=request.processes,
        journeys=scenario.journeys,
        samples_bytes_max=request.samples_bytes_max,
        elsewhere=request.cluster is not None,
    )
    return await examine(opened, request.profile, needs, request.runs_root, scenario)


class _Others:
    """Runs that go on at the same time as this one, whether they began before it or after: they share the machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = {run.run_id for run in list_runs(root)}
        self._running = [run.run_id for run in live_runs(root)]

    def added_to(self, circumstances: Circumstances, own: str) -> Circumstances:
        """With a warning for each; `own` is this run's id."""
        later = [run.run_id for run in list_runs(self._root) if run.run_id not in {*self._known, own}]
        said = [f"run {run_id} {AT_THE_SAME_TIME}" for run_id in (*self._running, *later)]
        return replace(circumstances, warnings=(*said, *circumstances.warnings))


def _refuse_idle_processes(request: RunRequest) -> None:
    users = request.profile.users_max
    if request.processes > users:
        raise UsageError(
            f"{request.processes} processes are more than the profile's users",
            why=f"it has {users}, and a process without a user does nothing of its share",
            remedy="fewer --processes, or more users" if request.cluster else f"--processes {users}, or more users",
        )
