"""`plimsoll run --matrix ... --repeat N`: a series of runs, followed one after the other, with one table at the end."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import typer

from plimsoll.cli.comparing import ComparingOptions, show_comparison
from plimsoll.cli.exits import INTERRUPTED, INVALID, MISSED, OK, UNEXPECTED, code_of, exit_code, say_error
from plimsoll.cli.signals import asked_by_signals, stdout_to_stderr
from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.cli.watching import LiveWatcher, Quiet
    from plimsoll.core.matrix import Cell
    from plimsoll.settings.reset import Reset
    from plimsoll.workflows.repeating import SeriesRequest, SeriesResult
    from plimsoll.workflows.run import RunRequest

SEVERITY = (INTERRUPTED, INVALID, MISSED, OK)  # the worst first


@dataclass(frozen=True, slots=True)
class SeriesOptions:
    """What was given of --matrix, --repeat and --reset; `two` configurations are interleaved."""

    matrix: Sequence[str] = ()
    repeat: int = 1
    reset: str | None = None
    two: bool = False

    @property
    def asked(self) -> bool:
        """Whether there is more than one run to make. Raises UsageError for a reset without anything to reset for."""
        if self.matrix or self.repeat > 1 or self.two:
            return True
        if self.reset is not None:
            raise UsageError(
                "--reset needs --repeat, --matrix or --interleave",
                why="it is what happens between runs",
                remedy="--repeat 3",
            )
        return False

    def interleaved(self, make: "Callable[[Cell], RunRequest]") -> "SeriesRequest":
        """Those of two configurations in turns. Raises UsageError."""
        from plimsoll.core.matrix import turns
        from plimsoll.workflows.comparing.interleaving import SIDES, interleaved
        from plimsoll.workflows.comparing.naming import SIDE

        turns(len(SIDES), self.repeat)  # refuses what would be too many
        a, b = (make({SIDE: side}) for side in SIDES)
        return interleaved(a, b, self.repeat, self._reset())

    def request(self, make: "Callable[[Cell], RunRequest]") -> "SeriesRequest":
        """What they mean; `make` gives the request of one cell. Raises UsageError."""
        from plimsoll.core.matrix import cells, read_matrix, turns
        from plimsoll.workflows.repeating import SeriesRequest

        axes = read_matrix(self.matrix)
        found = cells(axes)
        turns(len(found), self.repeat)  # refuses what would be too many
        return SeriesRequest(axes, found, [make(cell) for cell in found], self.repeat, self._reset())

    def _reset(self) -> "Reset | None":
        from plimsoll.settings.reset import Reset

        return None if self.reset is None else Reset.read(self.reset, where="--reset")


class Following:
    """Shows each run as a single one is shown, under a line that says which it is."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._watcher: LiveWatcher | Quiet | None = None

    def next_run(self, number: int, of: int, words: str) -> "LiveWatcher | Quiet":
        from rich.console import Console

        from plimsoll.cli.watching import LiveWatcher, Quiet

        self.said(f"run {number} of {of}{': ' if words else ''}{words}")
        self._watcher = Quiet() if self._quiet else LiveWatcher(Console(stderr=True))
        return self._watcher

    def said(self, text: str) -> None:
        self.close()
        if not self._quiet:
            print(text, file=sys.stderr)

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None


def carry_out_series(request: "SeriesRequest", *, as_json: bool) -> "SeriesResult":
    """Makes the runs. The first Ctrl-C ends the run under way and the series; a second one ends us at once."""
    from plimsoll.workflows import repeating
    from plimsoll.workflows.run import StopRequest

    following = Following(quiet=as_json)

    async def go() -> "SeriesResult":
        stop = StopRequest()
        with asked_by_signals(stop.ask):
            return await repeating.run_series(request, following, stop)

    with stdout_to_stderr():
        try:
            return asyncio.run(go())
        except asyncio.CancelledError:
            print("interrupted before the load began", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        finally:
            following.close()


def finish_series(
    request: "SeriesRequest", result: "SeriesResult", comparing: ComparingOptions, *, as_json: bool
) -> NoReturn:
    """Says what came of the series, and leaves with the worst exit code of all its runs and of the comparison."""
    from plimsoll.report.github import annotations
    from plimsoll.workflows.series_files import write_series

    root = request.requests[0].runs_root
    page, problems = write_series(root, result.summary)
    comparison = None if result.interrupted else comparing.compare(root, result.summary.runs)
    if as_json:
        print(json.dumps(result.summary.to_json() | comparing.to_json(comparison)))
    else:
        from plimsoll.cli.printing import print_view
        from plimsoll.report.series import series_view

        print_view(series_view(result.summary, None if page is None else str(page)))
        show_comparison(comparison)
    problems += comparing.keep(root / result.summary.series_id, comparison, quiet=as_json)
    for problem in (*result.problems, *problems):
        print(f"warning: {problem}", file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.writelines(f"{line}\n" for run in result.summary.runs for line in annotations(run))
    for error in result.refused:
        say_error(error)
    if why := comparing.why_code(comparison, series_code(result)):
        print(f"note: {why}", file=sys.stderr)
    raise typer.Exit(comparing.code(comparison, series_code(result)))


def series_code(result: "SeriesResult") -> int:
    """Interrupted, refused, invalid, missed, fine: the first that holds for any run."""

    if result.interrupted:
        return INTERRUPTED
    if result.refused:
        return exit_code(result.refused[0])
    codes = {code_of(run) for run in result.summary.runs}
    return next((code for code in SEVERITY if code in codes), UNEXPECTED)
