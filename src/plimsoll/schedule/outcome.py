"""What came of a scheduled run, from how its process ended and what it said. Pure."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Outcome = Literal[
    "fine", "goals missed", "aborted", "invalid", "refused", "wrong usage", "failed", "interrupted", "timed out",
    "killed", "missed", "skipped", "running",
]  # fmt: skip
Stopped = Literal["", "asked", "timeout"]

QUIET: Final[frozenset[Outcome]] = frozenset({"fine", "running"})  # of these nobody needs to be told
DETAIL_CHARACTERS_MAX: Final = 1000
_BY_CODE: Final[Mapping[int, Outcome]] = {
    0: "fine", 2: "wrong usage", 3: "refused", 4: "goals missed", 5: "invalid", 130: "interrupted"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run's process ended. `exit_code` is negative for a signal and None where nobody could see it.

    `stopped`: why it was told to stop. `summary` is what it printed, `said` the end of what it wrote to stderr.
    """

    exit_code: int | None
    stopped: Stopped = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the history keeps. `goals_missed` are {"scope", "expression", "actual", "unit"}."""

    outcome: Outcome
    exit_code: int | None = None
    run_id: str | None = None
    goals_missed: Sequence[Mapping[str, Any]] = ()
    detail: str = ""


def judge(ended: Ended) -> Verdict:
    """The verdict on a run that has ended."""
    missed = tuple(
        {key: goal.get(key) for key in ("scope", "expression", "actual", "unit")}
        for goal in ended.summary.get("goals", ())
        if not goal.get("passed")
    )
    outcome = _outcome(ended)
    return Verdict(
        outcome, ended.exit_code, ended.summary.get("run_id"), missed, _detail(ended, outcome)[:DETAIL_CHARACTERS_MAX]
    )


def _outcome(ended: Ended) -> Outcome:
    code = ended.exit_code
    if code is None:
        return "interrupted"
    if ended.stopped and code not in (0, 4, 5):  # what was done before it heard counts as it is
        return "timed out" if ended.stopped == "timeout" else "interrupted"
    if code < 0:
        return "killed"
    if code == 4 and str(ended.summary.get("stopped_by", "")).startswith("aborted"):
        return "aborted"
    return _BY_CODE.get(code, "failed")


def _detail(ended: Ended, outcome: Outcome) -> str:
    if outcome == "invalid":
        return "; ".join(map(str, ended.summary.get("invalid_because", ())))
    if outcome == "aborted":
        return str(ended.summary.get("stopped_by"))
    if ended.exit_code is None:
        return "the machine went down, or its keeper was killed: nothing is known of its end"
    if outcome == "killed":
        return f"signal {_name(-ended.exit_code)}"
    if outcome in ("refused", "wrong usage", "failed", "interrupted") and not ended.summary:
        return _last_error(ended.said)
    return ""


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _last_error(said: str) -> str:
    """The last line that says what was wrong, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return next(reversed(errors or lines), "")
