"""`plimsoll find`: the load line of a target, by runs at rising rates until one does not hold, and between then."""

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from plimsoll.analyze.load_line.concluding import because_of_cores, conclude, unstable
from plimsoll.analyze.load_line.search import Ended, SearchPlan, next_rate, rounded
from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.core.goal import TOTAL, Goal
from plimsoll.core.load_line import Limit, LineStep, LoadLine, Probe
from plimsoll.core.summary import Summary
from plimsoll.core.units import format_rate
from plimsoll.embedded import start_postgres
from plimsoll.load.language.scenario import Scenario, load_scenario
from plimsoll.runs.facts import FIND
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret, mask
from plimsoll.workflows.finding.diagnosing import diagnosed, fitted
from plimsoll.workflows.finding.probing import cool_down, probe
from plimsoll.workflows.finding.request import Bounds, FindRequest, FindWatcher, bounds_of
from plimsoll.workflows.finding.stepping import held_back_by_users, make_step, rung_of
from plimsoll.workflows.run import AT_THE_SAME_TIME
from plimsoll.workflows.run_request import StopRequest
from plimsoll.workflows.target import embedded_data

__all__ = ["FindRequest", "FindResult", "FindWatcher", "find"]

START_SHARE = 0.5  # of what the probe's users reached
GONE_SHARE = 0.5  # of the requests, failed
DUE_WANTED = 300  # journeys in the step that held, for a percentile's sake


@dataclass(frozen=True, slots=True)
class FindResult:
    line: LoadLine
    interrupted: bool
    error: PlimsollError | None = None


async def find(request: FindRequest, watcher: FindWatcher, stop: StopRequest) -> FindResult:
    """Makes the runs of a search. An interrupt ends it, and what was found is kept.

    Raises RefusedError and UsageError before the first step; an error after it ends the search with what there is.
    """
    bounds = bounds_of(request)
    _refuse_unknown_journeys(bounds.goals, load_scenario(request.base.scenario))
    with _reachable(request, bounds) as reached:
        search = _Search(reached, bounds, watcher, stop)
        await search.go()
        return search.result()


@contextmanager
def _reachable(request: FindRequest, bounds: Bounds) -> Iterator[FindRequest]:
    """An embedded server runs for the whole search: one that starts anew for every step would have cold caches."""
    where = request.base.where
    if where.dsn is not None or not bounds.environment.is_embedded:
        yield request
        return
    with start_postgres(None if where.project is None else embedded_data(where.project)) as server:
        named = replace(where, environment=bounds.environment.name, dsn=Secret(server.dsn))
        yield replace(request, base=replace(request.base, where=named))


class _Search:
    """The steps that were made, and what ended the search."""

    def __init__(self, request: FindRequest, bounds: Bounds, watcher: FindWatcher, stop: StopRequest) -> None:
        self._request = request
        self._bounds = bounds
        self._watcher = watcher
        self._stop = stop
        self._id = f"{FIND}{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self._started = datetime.now(UTC)
        self._began_s = time.monotonic()
        self._probe: Probe | None = None
        self._steps: list[LineStep] = []
        self._limit: Limit = "goal"
        self._error: PlimsollError | None = None
        self._notes: list[str] = list(bounds.notes)

    async def go(self) -> None:
        try:
            await self._go()
        except asyncio.CancelledError:
            if not self._steps or not self._stop.event.is_set():
                raise
            _forget_cancelling()
            self._limit = "interruption"
        except PlimsollError as error:
            if not self._steps:
                raise
            self._limit, self._error = "target" if isinstance(error, RefusedError) else "error", error
            self._note(f"the search ended early: {error}")

    async def _go(self) -> None:
        self._watcher.probing()
        bounds = self._bounds
        base = self._request.base
        self._probe = await probe(base, bounds.goals, bounds.users, bounds.least_s, bounds.total_s_max, self._stop)
        if self._stop.event.is_set():
            raise asyncio.CancelledError
        self._watcher.probed(self._probe)
        if self._probe.missed:
            return
        plan = SearchPlan(self._start(self._probe), self._bounds.ceiling, self._request.steps_max)
        while not isinstance(rate := next_rate(self._steps, plan), Ended):
            await self._step(rate, self._probe)
            if self._stop.event.is_set():
                raise asyncio.CancelledError
        if is_doubtful(self._steps[-1]):
            await self._cool_down(self._probe)  # raises where the target went away in the last step
        self._limit = rate.limit

    def _start(self, found: Probe) -> float:
        start = self._request.start or rounded(START_SHARE * found.rate_per_s)
        return start if self._bounds.ceiling is None else min(start, self._bounds.ceiling)

    async def _step(self, rate: float, found: Probe) -> None:
        self._stop.cancels(asyncio.current_task())
        if self._steps and self._steps[-1].outcome != "held":
            await self._cool_down(found)
        if self._stop.event.is_set():
            return
        number = len(self._steps) + 1
        rung = rung_of(self._request, self._bounds, found, number, rate)
        follows = self._watcher.next_step(number, self._request.steps_max, rate)
        step, summary = await make_step(rung, self._request.base, self._bounds, self._facts(rate), follows, self._stop)
        if self._stop.event.is_set():
            self._notes.append(f"run {step.run_id} at {format_rate(rate)} was interrupted and is no step")
            return
        self._keep(step, summary)

    def _keep(self, step: LineStep, summary: Summary) -> None:
        _refuse_unknown_names(summary)
        pooled = self._request.base.connections is not None or self._bounds.environment.connections != "per-user"
        if not pooled:
            step = held_back_by_users(step, self._steps, self._bounds.users)
        self._steps.append(step)
        for warning in summary.warnings:
            if warning.endswith(AT_THE_SAME_TIME):
                self._note(f"{warning} as the step at {format_rate(step.rate_per_s)}")
        self._watcher.stepped(step)

    async def _cool_down(self, found: Probe) -> None:
        self._watcher.said("waiting until the target has recovered")
        if not await cool_down(self._request.base, found, self._bounds.total_s_max, self._stop):
            self._note(
                f"after {format_rate(self._steps[-1].rate_per_s)} latency had not come back when the next step began"
            )

    def _note(self, text: str) -> None:
        said = mask(text)
        if said not in self._notes:
            self._notes.append(said)

    def _facts(self, rate: float) -> dict[str, Any]:
        """What a run's directory knows of the search it belongs to."""
        repeat = 1 + sum(step.rate_per_s == rate for step in self._steps)
        return {
            "series_id": self._id,
            "axes": {"rate": []},
            "cell": {"rate": rate},
            "repeat": repeat,
            "repeats": repeat,
            "reset": "none",
        }

    def result(self) -> FindResult:
        found = conclude(self._steps, self._limit, "" if self._probe is None else self._probe.missed)
        root = self._request.base.runs_root
        diagnosis, problem = diagnosed(root, self._steps, found.failed_per_s, found.limit)
        usl, usl_because = fitted(root, self._steps)
        line = LoadLine(
            series_id=self._id,
            scenario=str(self._request.base.scenario),
            environment=self._bounds.environment.name,
            seed=self._request.base.seed,
            started_at=self._started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self._began_s, 1),
            goals=[_said(goal.scope, goal.expression) for goal in self._bounds.goals],
            left_out=[_said(goal.scope, goal.expression) for goal in self._bounds.left_out],
            verdict=found.verdict,
            limit=found.limit,
            because=because_of_cores(found.because, diagnosis),
            rate_per_s=found.rate_per_s,
            failed_per_s=found.failed_per_s,
            broke=found.broke,
            steps=self._steps,
            probe=self._probe,
            usl=usl,
            usl_because=usl_because,
            diagnosis=diagnosis,
            notes=[
                *self._notes,
                *(unstable(self._steps, found.rate_per_s) if found.limit != "target" else []),
                *untold(self._steps),
                *more_users(found.limit, self._bounds.users, self._bounds.environment),
                *few(self._steps, found.rate_per_s),
                *problem,
            ],
        )
        return FindResult(line, self._limit == "interruption", self._error)


def is_doubtful(last: LineStep) -> bool:
    """Whether a target that is gone would have made the last step what it is: most of it failed."""
    return last.outcome == "failed" and last.error_rate > GONE_SHARE


def untold(steps: Sequence[LineStep]) -> list[str]:
    """What stood in the way of steps, whether they tell nothing or tell it all the same."""
    words = {"no evidence": "tells nothing", "held": "holds"}
    return [
        f"a step at {format_rate(step.rate_per_s)} {words[step.outcome]}: {step.because}"
        for step in steps
        if step.limited_by is not None
    ]


def more_users(limit: Limit, users: int, environment: Environment) -> list[str]:
    """What lets more users in, where they were the limit."""
    if limit != "users":
        return []
    if environment.max_users is not None and users >= environment.max_users:
        return [f"max_users of environment {environment.name!r} allows no more than {users} users"]
    return [f"{users} users at once were allowed: --users-max allows more"]


def few(steps: Sequence[LineStep], rate: float | None) -> list[str]:
    """That chance is large where arrivals were few."""
    due = sum(step.due for step in steps if step.rate_per_s == rate and step.outcome == "held")
    if rate is None or due >= DUE_WANTED:
        return []
    return [
        f"only {due:,} journeys were due at {format_rate(rate)}, so that chance weighs: --step-duration 60s has more"
    ]


def _said(scope: str, expression: str) -> str:
    return expression if scope == TOTAL else f"{scope}: {expression}"


def _refuse_unknown_journeys(goals: Sequence[Goal], scenario: Scenario) -> None:
    """Before any load; the names of steps are not known until they have been made."""
    known = [journey.name for journey in scenario.journeys]
    for goal in goals:
        kind, _, name = goal.scope.partition(":")
        if kind == "journey" and name not in known:
            raise UsageError(
                f"the goal {_said(goal.scope, goal.expression)} demands nothing",
                why=f"the scenario has no journey of this name, but {', '.join(known)}",
            )


def _refuse_unknown_names(summary: Summary) -> None:
    """A goal of something that is never measured is a mistake, and no demand that the target misses."""
    for goal in summary.goals:
        if goal.actual is None and "of this name was measured" in goal.because:
            raise UsageError(f"the goal {_said(goal.scope, goal.expression)} demands nothing", why=goal.because)


def _forget_cancelling() -> None:
    """What cancelled us, if anything did, was an interrupt that has been answered."""
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()
