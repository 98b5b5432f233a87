"""Intervals of several processes as one, exactly. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import GeneratorUse, HttpUse, Interval, JourneyInterval, StepInterval, StepKey

N = TypeVar("N", int, float)


class Alignment:
    """Puts side by side what processes tell: the n-th intervals of all belong together, as all begin at one moment.

    A process that has ended is not waited for. Holds what the slowest process is behind the fastest, so at most a run.
    """

    def __init__(self, processes: Iterable[int]) -> None:
        self._told: dict[int, deque[Interval]] = {number: deque() for number in processes}
        self._running = set(self._told)

    @property
    def running(self) -> bool:
        """Whether any process has not ended."""
        return bool(self._running)

    def add(self, process: int, interval: Interval) -> None:
        self._told[process].append(interval)

    def end(self, process: int) -> None:
        self._running.discard(process)

    def take(self) -> Iterator[Interval]:
        """The whole run's intervals that are complete by now."""
        while any(self._told.values()) and all(self._told[number] for number in self._running):
            yield merge_intervals([told.popleft() for told in self._told.values() if told])


def merge_intervals(parts: Sequence[Interval]) -> Interval:
    """The whole run's interval from each process's share of it; `parts` must not be empty."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return Interval(
        start_s=min(part.start_s for part in parts),
        width_s=max(part.width_s for part in parts),
        warmup=first.warmup,
        users=sum(part.users for part in parts),
        target_users=_sum(part.target_users for part in parts),
        target_rate_per_s=_sum(part.target_rate_per_s for part in parts),
        steps={key: _steps([part.steps[key] for part in parts if key in part.steps]) for key in _keys(parts)},
        journeys={
            name: _journeys([part.journeys[name] for part in parts if name in part.journeys])
            for name in dict.fromkeys(name for part in parts for name in part.journeys)
        },
        wait=Histogram.merged(part.wait for part in parts),
        lag=Histogram.merged(part.lag for part in parts),
        retries=sum(part.retries for part in parts),
        reconnects=sum(part.reconnects for part in parts),
        incomplete=sum(part.incomplete for part in parts),
        samples_lost=sum(part.samples_lost for part in parts),
        samples_uncounted=sum(part.samples_uncounted for part in parts),
        waiting=sum(part.waiting for part in parts),
        carried=sum(part.carried for part in parts),
        generator_memory_bytes=_sum(part.generator_memory_bytes for part in parts),
        server_memory_bytes=first.server_memory_bytes,
        generator=GeneratorUse(
            sum(part.generator.cpu_s for part in parts),
            sum(part.generator.run_delay_s for part in parts),
            sum(part.generator.wall_s for part in parts),
            sum(part.generator.blocked_s for part in parts),
        ),
    )


def _keys(parts: Sequence[Interval]) -> Iterable[StepKey]:
    return dict.fromkeys(key for part in parts for key in part.steps)


def _sum(values: Iterable[N | None]) -> N | None:
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


def _steps(parts: Sequence[StepInterval]) -> StepInterval:
    classes: dict[str, int] = {}
    for part in parts:
        for name, count in part.error_classes.items():
            classes[name] = classes.get(name, 0) + count
    return StepInterval(
        parts[0].kind,
        sum(part.count for part in parts),
        classes,
        Histogram.merged(part.latency for part in parts),
        Histogram.merged(part.service for part in parts),
        _http([part.http for part in parts if part.http is not None]),
        Histogram.merged(part.failed for part in parts),
    )


def _http(parts: Sequence[HttpUse]) -> HttpUse | None:
    if not parts:
        return None
    return HttpUse(
        Histogram.merged(part.first_byte for part in parts),
        Histogram.merged(part.connect for part in parts),
        Histogram.merged(part.tls for part in parts),
        sum(part.sent for part in parts),
        sum(part.received for part in parts),
    )


def _journeys(parts: Sequence[JourneyInterval]) -> JourneyInterval:
    return JourneyInterval(
        sum(part.count for part in parts),
        sum(part.errors for part in parts),
        Histogram.merged(part.latency for part in parts),
        sum(part.dropped for part in parts),
        sum(part.incomplete for part in parts),
        Histogram.merged(part.failed for part in parts),
    )
