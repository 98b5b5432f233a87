"""Open loops: journeys begin when they are due, whether or not the last ones have ended.

An arrival that finds no free user waits in a bounded queue: that time is its `wait`. Beyond the bound, or when it has
waited for longer than the lateness limit, it is dropped and counted. How late this process came to an arrival is its
`lag`, measured when a free user takes it up, so that a busy generator cannot hide.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from plimsoll.load.executors.alarm import Alarm
from plimsoll.load.executors.clock import Clock
from plimsoll.load.executors.crew import Crew
from plimsoll.load.language.scenario import Journey
from plimsoll.load.language.user import User
from plimsoll.postgres.error_classes import FOREIGN

# Users on their way at once: a login costs the generator 5 ms and more of its event loop, so a hundred at the end of a
# stall would make it late for everything else. Meanwhile arrivals wait in the queue, and whoever is free takes them.
COMING_MAX = 4


@dataclass(frozen=True, slots=True)
class Arrival:
    journey: Journey
    scheduled_ns: int
    ready_ns: int = 0  # when it was put into the queue; 0 if a user was free


class OpenLoop:
    """Drives constant-rate and ramping-rate. `schedule` yields (offset in ns, journey), in order."""

    def __init__(
        self,
        crew: Crew,
        schedule: Iterator[tuple[int, Journey]],
        clock: Clock,
        *,
        queue_max: int,
        lateness_limit_s: float,
    ) -> None:
        self.dropped: Counter[str] = Counter()
        self._crew = crew
        self._schedule = schedule
        self._clock = clock
        self._now_ns = clock.now_ns
        self._queue: deque[Arrival] = deque()
        self._queue_max = queue_max
        self._lateness_limit_ns = round(lateness_limit_s * 1e9)
        self._idle: list[asyncio.Future[Arrival]] = []
        self._coming = 0  # users on their way to the queue
        self._start_ns = 0
        self._due_ns = 0
        self._next: Journey | None = None
        self._all_begun = asyncio.Event()
        self._alarm: Alarm | None = None
        self._emptied: asyncio.Event | None = None  # while draining

    @property
    def busy(self) -> int:
        return self._crew.working - len(self._idle)

    async def run(self, start_ns: int, end_ns: int, users: int) -> None:
        """Begins every arrival of the schedule; returns when the last has been begun and the run's time is over."""
        self._start_ns = start_ns
        for _ in range(users):
            self._add_user()
        self._alarm = self._clock.make_alarm(self._begin_due)
        self._advance()
        self._begin_due()  # should the start have passed already
        try:
            await self._all_begun.wait()
            await self._clock.wait_until(end_ns)
        finally:
            self._alarm.close()

    async def drain(self, within_s: float) -> None:
        """Lets queued arrivals and running journeys end; what is still queued after `within_s` is dropped."""
        if self._queue:
            self._emptied = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._emptied.wait(), within_s)
        while self._queue:
            self._drop(self._queue.popleft())
        for idle in self._idle:
            idle.cancel()
        self._idle.clear()

    def drop_overdue(self, now_ns: int) -> None:
        """Drops what has waited too long, though nobody came to take it."""
        while self._queue and now_ns - self._queue[0].scheduled_ns > self._lateness_limit_ns:
            self._drop(self._queue.popleft())
        self._tell_if_emptied()

    def _tell_if_emptied(self) -> None:
        if self._emptied is not None and not self._queue:
            self._emptied.set()

    def take_dropped(self) -> Counter[str]:
        taken, self.dropped = self.dropped, Counter()
        return taken

    def _advance(self) -> None:
        following = next(self._schedule, None)
        if following is None:
            self._next = None
            self._all_begun.set()
            return
        offset_ns, self._next = following
        self._due_ns = self._start_ns + offset_ns
        assert self._alarm is not None
        if self._due_ns > self._now_ns():
            self._alarm.set(self._due_ns)

    def _begin_due(self) -> None:
        while self._next is not None and self._due_ns <= self._now_ns():
            self._begin(self._next, self._due_ns)
            self._advance()

    def _begin(self, journey: Journey, scheduled_ns: int) -> None:
        while self._idle:
            idle = self._idle.pop()
            if not idle.done():
                idle.set_result(Arrival(journey, scheduled_ns))
                return
        without_user = len(self._queue) - self._coming
        if without_user >= 0 and self._crew.can_grow and self._coming < COMING_MAX:
            self._add_user()
        elif without_user >= self._queue_max:
            self.dropped[journey.name] += 1
            return
        self._queue.append(Arrival(journey, scheduled_ns, self._now_ns()))

    def _add_user(self) -> None:
        self._coming += 1
        self._crew.put_to_work(self._serve)

    async def _serve(self, user: User) -> None:
        try:
            await user.connect_ahead()
        except FOREIGN:
            pass  # the step that needs the connection tries again, and counts the failure
        finally:
            self._coming -= 1
        while not user.stopping:
            arrival = self._take_queued()
            if arrival is None:
                free: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()
                self._idle.append(free)
                arrival = await free
            await user.travel(arrival.journey, arrival.scheduled_ns, arrival.ready_ns or self._now_ns())

    def _take_queued(self) -> Arrival | None:
        self.drop_overdue(self._now_ns())
        arrival = self._queue.popleft() if self._queue else None
        self._tell_if_emptied()
        return arrival

    def _drop(self, arrival: Arrival) -> None:
        self.dropped[arrival.journey.name] += 1
