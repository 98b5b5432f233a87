"""A series of runs: every cell of a matrix, each so many times, with the target reset between. One summary of all."""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from plimsoll.core.errors import PlimsollError
from plimsoll.core.matrix import Axis, Cell, Turn, cell_words, turns
from plimsoll.core.repeats import SeriesSummary, summarize_cell
from plimsoll.core.summary import Summary
from plimsoll.load.language.scenario import Scenario, load_scenario
from plimsoll.settings.environment import check_limits
from plimsoll.settings.reset import Reset
from plimsoll.workflows.resetting import ResetNow, checkpoint, chosen_reset, resetting
from plimsoll.workflows.run import run
from plimsoll.workflows.run_request import RunRequest, StopRequest, Watcher
from plimsoll.workflows.target import choose, place_of


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """`requests` are the cells' in the order of `cells`; `reset` None leaves it to environment and scenario.

    `mirrored` turns are A B B A, and every run is reset before.
    """

    axes: Sequence[Axis]
    cells: Sequence[Cell]
    requests: Sequence[RunRequest]
    repeats: int = 1
    reset: Reset | None = None
    mirrored: bool = False


class SeriesWatcher(Protocol):
    """Who follows a series: told of each run before it, and asked who follows that."""

    def next_run(self, number: int, of: int, words: str) -> Watcher: ...

    def said(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """`refused` are the errors that kept cells from being run, or ended the series; `problems` what was not written."""

    summary: SeriesSummary
    interrupted: bool
    refused: Sequence[PlimsollError]
    problems: Sequence[str]


async def run_series(request: SeriesRequest, watcher: SeriesWatcher, stop: StopRequest) -> SeriesResult:
    """Makes every run of a series; an interrupt ends the run under way and the series, and keeps what there is.

    Raises UsageError and RefusedError before the first run. A cell that is refused later is left out of the rest; a
    reset that fails ends the series.
    """
    order = list(turns(len(request.cells), request.repeats, mirrored=request.mirrored))
    first = request.requests[0]
    scenario = load_scenario(first.scenario)
    for one in request.requests:
        check_limits(choose(one.where), one.profile)
    series = _Series(request, chosen_reset(request.reset, first, scenario), watcher, stop)
    stop.cancels(asyncio.current_task())
    try:
        async with AsyncExitStack() as stack:
            await series.make(order, await _resets(request.requests, series, scenario, stack))
            stop.cancels(None)  # the database is put back, whatever is asked for meanwhile
    except PlimsollError as error:
        series.end(error)
    return series.result()


async def _resets(
    requests: Sequence[RunRequest], series: "_Series", scenario: Scenario, stack: AsyncExitStack
) -> Sequence[ResetNow]:
    """What resets the target of each cell: one for all that load the same."""
    found: dict[object, ResetNow] = {}
    for request in requests:
        if (place := place_of(request.where)) not in found:
            found[place] = await stack.enter_async_context(resetting(series.reset, request, scenario, series.notes))
    return [found[place_of(request.where)] for request in requests]


class _Series:
    """The runs that were made, by cell, and what became of the others."""

    def __init__(self, request: SeriesRequest, reset: Reset, watcher: SeriesWatcher, stop: StopRequest) -> None:
        self.reset = reset
        self.notes: list[str] = []
        self._id = f"series-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        self._request = request
        self._watcher = watcher
        self._stop = stop
        self._made: list[tuple[int, Summary]] = []
        self._refused: dict[int, PlimsollError] = {}
        self._ended: list[PlimsollError] = []
        self._problems: list[str] = []
        self._interrupted = False

    async def make(self, order: Sequence[Turn], resets: Sequence[ResetNow]) -> None:
        for number, turn in enumerate(order, 1):
            if turn.cell in self._refused:
                continue
            try:
                await self._make_ready(turn, resets[turn.cell])
                await self._run(turn, number, len(order))
            except asyncio.CancelledError:
                if not self._made or not self._stop.event.is_set():
                    raise
                _uncancelled()
                self._interrupted = True
            if self._interrupted:
                return

    async def _make_ready(self, turn: Turn, reset_now: ResetNow) -> None:
        self._stop.cancels(asyncio.current_task())
        # a fresh copy begins with nothing in the server's memory: the first run should not be the only warm one
        again = bool(self._made) or self._request.mirrored
        if self.reset.kind == "template" or (again and self.reset.kind != "none"):
            self._watcher.said(f"resetting by {self.reset.kind}")
            await reset_now()
        note = await checkpoint(self._request.requests[turn.cell])
        if note and note not in self.notes:
            self.notes.append(note)

    async def _run(self, turn: Turn, number: int, of: int) -> None:
        request = replace(self._request.requests[turn.cell], series=self._facts(turn))
        try:
            result = await run(request, self._watcher.next_run(number, of, self._words(turn)), self._stop)
        except PlimsollError as error:
            if not self._made:
                raise
            self._refused[turn.cell] = error
            return
        self._made.append((turn.cell, result.summary))
        self._problems += result.problems
        self._interrupted = result.summary.stopped_by == "interrupted"

    def _facts(self, turn: Turn) -> dict[str, Any]:
        """What a run's directory knows of the series it belongs to."""
        return {
            "series_id": self._id,
            "axes": {axis.name: list(axis.values) for axis in self._request.axes},
            "cell": dict(self._request.cells[turn.cell]),
            "repeat": turn.repeat,
            "repeats": self._request.repeats,
            "reset": self.reset.kind,
        }

    def _words(self, turn: Turn) -> str:
        repeat = f"time {turn.repeat} of {self._request.repeats}" if self._request.repeats > 1 else ""
        return ", ".join(part for part in (cell_words(self._request.cells[turn.cell]), repeat) if part)

    def end(self, error: PlimsollError) -> None:
        """Ended before its time: raises the error again where nothing was measured."""
        if not self._made:
            raise error
        self._ended.append(error)

    def result(self) -> SeriesResult:
        cells = [
            summarize_cell(cell, [run for at, run in self._made if at == number], str(self._refused.get(number, "")))
            for number, cell in enumerate(self._request.cells)
        ]
        reset = None if self.reset.kind == "none" else self.reset.kind
        summary = SeriesSummary(
            self._id,
            self._request.axes,
            self._request.repeats,
            reset,
            cells,
            [run for _, run in self._made],
            self.notes,
        )
        return SeriesResult(summary, self._interrupted, [*self._refused.values(), *self._ended], self._problems)


def _uncancelled() -> None:
    """What cancelled us was an interrupt that has been answered."""
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()
