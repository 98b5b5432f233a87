"""What a served application recorded of its load, as a trace to play. Pure."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.serving.load_log import Tick
from plimsoll.scale.simulating.trace import SECONDS_MAX, Trace

GAP_S_MAX: Final = 900.0  # of what was not recorded: as much is taken to have been as around it; a longer one parts it


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest stretch. `filled_s`: of it was not recorded (nobody supervised), and is reckoned from what was around;
    `worker_hours` are those that really went; capacity and limits are the last that were known."""

    trace: Trace
    capacity: float | None
    limits: Limits
    worker_hours: float
    filled_s: float


def recorded(name: str, ticks: Iterable[Tick]) -> Recorded:
    """Raises UsageError where nothing was recorded, or no request."""
    newest = _newest(ticks)
    if not newest:
        raise UsageError(
            f"no load of {name} was recorded here", why="it was not served in this directory, or not for long enough",
            remedy="plimsoll serve APP --name NAME, and try again after some minutes",
        )  # fmt: skip
    begins = int(newest[0].at - newest[0].seconds)
    seconds = min(SECONDS_MAX, int(newest[-1].at) + 1 - begins)
    counts, filled_s, before = array("d", bytes(8 * seconds)), 0.0, newest[0]
    for tick in newest:
        gap_s = tick.at - tick.seconds - before.at
        if gap_s > 0:
            filled_s += gap_s
            rate = (before.requests / before.seconds + tick.requests / tick.seconds) / 2
            _spread(counts, before.at - begins, gap_s, rate * gap_s)
        _spread(counts, tick.at - tick.seconds - begins, tick.seconds, tick.requests)
        before = tick
    last = newest[-1]
    capacity = next((tick.capacity for tick in reversed(newest) if tick.capacity is not None), None)
    return Recorded(
        Trace(name, counts, float(begins)).checked(), capacity, Limits(last.workers_min, last.workers_max),
        sum(tick.workers * tick.seconds for tick in newest) / 3600, filled_s,
    )  # fmt: skip


def _newest(ticks: Iterable[Tick]) -> Sequence[Tick]:
    """After the last long gap; a clock that was set back begins anew, too."""
    found: list[Tick] = []
    for tick in ticks:
        if found and not 0 < tick.at - found[-1].at <= GAP_S_MAX + tick.seconds:
            found = []
        found.append(tick)
    return found


def _spread(counts: "array[float]", begins: float, seconds: float, requests: float) -> None:
    """Evenly over the seconds that it was in, also parts of them."""
    at, ends = max(0.0, begins), min(float(len(counts)), begins + seconds)
    while at < ends:
        upto = min(ends, float(int(at) + 1))
        counts[int(at)] += requests * (upto - at) / seconds
        at = upto
