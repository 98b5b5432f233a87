"""Checks before a run: what was looked at, how it stands, and how to mend it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plimsoll.core.errors import PlimsollError, RefusedError

Status = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check. `detail` is one line and holds no secret; `remedy` is a thing to do, or empty.

    `figures`: a warning that bears on what a run would measure, so that the run's summary repeats it.
    """

    name: str
    status: Status
    detail: str
    remedy: str = ""
    figures: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "status": self.status, "detail": self.detail, "remedy": self.remedy}


def ok(name: str, detail: str) -> CheckResult:
    return CheckResult(name, "ok", detail)


def warning(name: str, detail: str, remedy: str = "", *, figures: bool = False) -> CheckResult:
    return CheckResult(name, "warning", detail, remedy, figures)


def failed(name: str, detail: str, remedy: str) -> CheckResult:
    return CheckResult(name, "failed", detail, remedy)


def skipped(name: str, reason: str) -> CheckResult:
    """What could not be looked at, and why."""
    return CheckResult(name, "skipped", reason)


def failed_by(name: str, error: PlimsollError) -> CheckResult:
    """The check that an error answers."""
    return failed(name, " ".join(str(error).split()), error.remedy)


def counted(number: int, noun: str) -> str:
    """ "1 check", "3 checks"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def figure_warnings(results: Iterable[CheckResult]) -> list[str]:
    """What a run's summary repeats."""
    return [result.detail for result in results if result.status == "warning" and result.figures]


def refuse_failed(results: Sequence[CheckResult]) -> None:
    """Raises RefusedError if a check failed: the first is the headline, the others are told with their remedies."""
    broken = [result for result in results if result.status == "failed"]
    if not broken:
        return
    first, *others = broken
    more = "; ".join(f"{one.name}: {one.detail}{f' (try: {one.remedy})' if one.remedy else ''}" for one in others)
    why = f"and {counted(len(others), 'more check')} failed: {more}" if others else ""
    raise RefusedError(first.detail, why=why, remedy=first.remedy)
