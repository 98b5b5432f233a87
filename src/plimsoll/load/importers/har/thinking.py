"""The pauses of a recorded visit: from the end of all that was asked for to the next request. Pure."""

from collections.abc import Sequence

from plimsoll.load.importers.har.choosing import Step
from plimsoll.load.importers.har.recording import Exchange

PAUSE_MIN_S = 0.5  # a shorter gap is the browser's own
PAUSE_MAX_S = 60.0  # who stayed away longer had other things to do
SPREAD = 0.25  # a user is a quarter quicker or slower than the one who was recorded


def pauses_before(steps: Sequence[Step], static: Sequence[Exchange]) -> list[float]:
    """Seconds before each step; 0 where there was none."""
    others = sorted((each.started, each.ended or each.started) for each in static if each.started is not None)
    pauses: list[float] = []
    busy_until: float | None = None
    at = 0
    for step in steps:
        started = step.request.started
        while started is not None and at < len(others) and others[at][0] < started:
            busy_until = _later(busy_until, others[at][1])
            at += 1
        gap = 0.0 if started is None or busy_until is None else started - busy_until
        pauses.append(gap if gap >= PAUSE_MIN_S and pauses else 0.0)
        for each in step.chain:
            busy_until = _later(busy_until, each.ended)
    return pauses


def overlapping(steps: Sequence[Step]) -> int:
    """How many requests began before an earlier one had its answer."""
    count, busy_until = 0, 0.0
    for step in steps:
        started, ended = step.request.started, step.answer.ended
        count += started is not None and started < busy_until
        busy_until = max(busy_until, ended or 0.0)
    return count


def _later(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


def think(pause: float) -> str:
    """The line that pauses like it."""
    pause = min(pause, PAUSE_MAX_S)
    return f"await user.think({_rounded(pause * (1 - SPREAD))}, {_rounded(pause * (1 + SPREAD))})"


def _rounded(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 10 else f"{round(seconds, 1):g}"
