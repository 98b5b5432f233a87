"""What the scaling chapter of the demo has seen, as figures and words. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from plimsoll.core.check import counted
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.units import format_count, format_duration, format_ms, format_rate

QUIET, BURST, AFTER = "quiet", "burst", "after it"
TWO_CORES: Final = (
    "what it cannot show: that more workers carry more. Workers, database and load share this machine's {cores}; so a"
    " worker was taken to carry {capacity:g} requests/s, far less than it can: their number then follows the load while"
    " no core is full. With cores to spare, take --capacity from plimsoll find, or leave it out"
)


class Phase(NamedTuple):
    """A part of the load, in seconds from its beginning."""

    name: str
    begins_s: float
    ends_s: float


class Look(NamedTuple):
    """Workers at a moment, in seconds from the beginning of the load."""

    at_s: float
    wanted: int
    ready: int


@dataclass(frozen=True, slots=True)
class Killed:
    """A worker that was killed with -9 and served again `after_s` later; None: not while anybody looked."""

    worker: str
    at_s: float
    after_s: float | None = None


@dataclass(slots=True)
class Counted:
    """Requests of journeys that only read, and of those that write."""

    read: int = 0
    read_failed: int = 0
    wrote: int = 0
    write_failed: int = 0
    not_sent: int = 0
    seconds: float = 0.0
    latency: Histogram = field(default_factory=Histogram)

    @property
    def rate_per_s(self) -> float | None:
        return (self.read + self.wrote) / self.seconds if self.seconds else None

    def p95_ms(self) -> float | None:
        us = self.latency.quantile_us(0.95)
        return None if us is None else us / 1000


class Tally:
    """Folds a run's intervals into the phases in which they began. `reading` journeys only read."""

    def __init__(self, phases: Sequence[Phase], reading: Collection[str]) -> None:
        self.by_phase = {phase.name: Counted() for phase in phases}
        self._phases, self._reading = phases, frozenset(reading)

    def add(self, interval: Interval) -> None:
        phase = next((one for one in self._phases if one.begins_s <= interval.start_s + 1e-6 < one.ends_s), None)
        if phase is None or interval.warmup:
            return
        counted = self.by_phase[phase.name]
        counted.seconds += interval.width_s
        counted.not_sent += interval.dropped
        for (journey, _), step in interval.steps.items():
            if journey in self._reading:
                counted.read += step.count
                counted.read_failed += step.errors
            else:
                counted.wrote += step.count
                counted.write_failed += step.errors
        counted.latency = Histogram.merged([counted.latency, *(step.latency for step in interval.steps.values())])


@dataclass(frozen=True, slots=True)
class Shown:
    """`looks` and `decisions` (in words) in seconds from the beginning of the load; `cores` of this machine, `capacity`
    of a worker as it was told."""

    run_id: str
    phases: Sequence[Phase]
    counted: dict[str, Counted]
    looks: Sequence[Look]
    decisions: Sequence[tuple[float, str]]
    killed: Killed | None
    capacity: float
    cores: int

    @property
    def burst_s(self) -> float:
        return next(phase.begins_s for phase in self.phases if phase.name == BURST)

    @property
    def course(self) -> Sequence[int]:
        """Of the ready workers, from the burst on."""
        before = [look.ready for look in self.looks if look.at_s <= self.burst_s]
        after = [look.ready for look in self.looks if look.at_s > self.burst_s]
        return (*before[-1:], *after)

    @property
    def decided_after_s(self) -> float | None:
        """From the burst to the first decision in it."""
        return next((at_s - self.burst_s for at_s, _ in self.decisions if at_s > self.burst_s), None)

    @property
    def first_after_s(self) -> float | None:
        """From the burst to the first worker more that takes requests."""
        before = self.course[0] if self.course else 0
        more = (look.at_s for look in self.looks if look.at_s > self.burst_s and look.ready > before)
        return next((at_s - self.burst_s for at_s in more), None)

    @property
    def whole(self) -> Counted:
        counts = ("read", "read_failed", "wrote", "write_failed", "not_sent")
        return Counted(*(sum(getattr(one, name) for one in self.counted.values()) for name in counts))

    def to_json(self) -> dict[str, Any]:
        killed = self.killed
        return {
            "run_id": self.run_id,
            "workers": {"before": self.course[0], "most": max(self.course), "after": self.course[-1]},
            "first_decision_after_s": self.decided_after_s,
            "first_worker_after_s": self.first_after_s,
            "decisions": [{"at_s": at_s, "said": said} for at_s, said in self.decisions],
            "killed": killed and {"worker": killed.worker, "at_s": killed.at_s, "again_after_s": killed.after_s},
            "capacity_per_s": self.capacity,
            "phases": {
                name: {
                    "read": one.read, "read_failed": one.read_failed,
                    "wrote": one.wrote, "write_failed": one.write_failed,
                    "not_sent": one.not_sent, "rate_per_s": one.rate_per_s, "p95_ms": one.p95_ms(),
                }
                for name, one in self.counted.items()
            },
        }  # fmt: skip


def lines(shown: Shown) -> Sequence[tuple[str, str]]:
    """Rows of a table: what, and what came of it."""
    whole, course = shown.whole, shown.course
    found = [
        ("workers", f"{course[0]}, {max(course)} in the burst, {course[-1]} at the end"),
        ("", f"by {counted(len(shown.decisions), 'decision')}, the first {_after(shown.decided_after_s)} of the burst"),
        ("", f"the first worker more took requests {_after(shown.first_after_s)}"),
        ("reading", _of(whole.read_failed, whole.read)),
        ("writing", _of(whole.write_failed, whole.wrote)),
    ]
    if whole.not_sent:
        found.append(("not sent", f"{format_count(whole.not_sent)} journeys found no free user"))
    if shown.killed is not None:
        words = _after(shown.killed.after_s)
        found.append(("kill -9", f"of {shown.killed.worker}; its next process took requests {words}"))
    for name, one in shown.counted.items():
        found.append((f"{name}", f"{format_rate(one.rate_per_s)} requests, p95 {format_ms(one.p95_ms())}"))
    return found


def _of(failed: int, count: int) -> str:
    return f"{format_count(failed)} of {format_count(count)} requests failed"


def _after(seconds: float | None) -> str:
    return "not while anybody looked" if seconds is None else f"after {format_duration(seconds)}"


def limits_words(shown: Shown) -> str:
    """What this machine cannot show, in a sentence."""
    cores = f"{shown.cores} core{'s' * (shown.cores != 1)}"
    return TWO_CORES.format(cores=cores, capacity=shown.capacity)


def killed_words(shown: Shown) -> str:
    """What became of what the killed worker had in hand."""
    whole = shown.whole
    if shown.killed is None:
        return "no worker was killed: never were two of them ready in the burst"
    if whole.read_failed:
        failed = format_count(whole.read_failed)
        return f"{failed} requests that only read failed, which none should: the report's errors tell how"
    writing = f"{whole.write_failed} of those that write, which nobody may send twice, failed in the whole run"
    lost = f"; {writing}, be it with that worker or not" if whole.write_failed else ""
    return f"no request that can be repeated was lost with the killed worker: HAProxy sent it to another one{lost}"


def progress(look: Look | None, interval: Interval, failed: int) -> str:
    """A line while it goes on."""
    latency = Histogram.merged([step.latency for step in interval.steps.values()])
    us = latency.quantile_us(0.95)
    workers = "–" if look is None else f"{look.ready} of {look.wanted}"
    rate = format_rate(interval.requests / (interval.width_s or 1.0))
    p95 = format_ms(None if us is None else us / 1000)
    return f"    {rate} requests, p95 {p95}, {failed} failed so far; workers ready {workers}"
