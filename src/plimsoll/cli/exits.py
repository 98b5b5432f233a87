"""Exit codes and error lines: the one place where an error becomes what a shell sees."""

import sys
from typing import TYPE_CHECKING

from plimsoll.core.errors import PlimsollError, RefusedError, RunDirectoryError, SeriesStoreError, UsageError
from plimsoll.core.visible import visible

if TYPE_CHECKING:
    from plimsoll.core.summary import Summary

OK, UNEXPECTED, USAGE, REFUSED, MISSED, INVALID, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def exit_code(error: PlimsollError) -> int:
    """What the process says of an error that ended it."""
    if isinstance(error, RefusedError):
        return REFUSED
    if isinstance(error, (UsageError, RunDirectoryError, SeriesStoreError)):
        return USAGE
    return UNEXPECTED


def code_of(summary: "Summary") -> int:
    """What a run's exit code is: 5 beats 4; an interrupted run is neither."""
    if summary.stopped_by == "interrupted":
        return INTERRUPTED
    if not summary.valid:
        return INVALID
    missed = any(not goal.passed for goal in summary.goals)
    return MISSED if missed or summary.stopped_by.startswith("aborted") else OK


def say_error(error: PlimsollError) -> None:
    """One line on stderr: `error: what (where): why. try: remedy`. The last to see to it that no password is shown."""
    from plimsoll.settings.masking import mask

    said = one_line(mask(str(error)))
    remedy = f" try: {one_line(error.remedy)}" if error.remedy else ""
    stop = "." if remedy and not said.endswith((".", "?", "!")) else ""
    print(f"error: {said}{stop}{remedy}", file=sys.stderr)


def one_line(text: str) -> str:
    """The text without line breaks and what else rewrites a terminal: foreign messages bring them."""
    return visible(" ".join(text.split()))
