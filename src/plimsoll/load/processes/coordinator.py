"""The coordinating side of a load: starts the worker processes, shares the work out, and merges what they measure."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from plimsoll.core.errors import RefusedError
from plimsoll.core.interval import Interval
from plimsoll.load.processes.engine import Ending
from plimsoll.load.processes.frames import Begin, Ended, Failed, Measured, Ready, Stop, pack_values
from plimsoll.load.processes.local import LocalPlace
from plimsoll.load.processes.plan import LoadPlan
from plimsoll.load.processes.workplace import WorkerProcess, Workplace
from plimsoll.load.recording.merge import Alignment

STOP_S = 5.0  # a worker that has not ended so long after it was told to is killed
LATE_S = 15.0  # and one that ends by itself, so long after its profile and its graceful stop


@dataclass(slots=True)
class _Worker:
    process: WorkerProcess
    ending: Ending | None = None
    failure: str = ""
    overdue: bool = False
    gone: bool = False

    @property
    def number(self) -> int:
        return self.process.number

    @property
    def lost(self) -> str:
        """Why this worker ended without a word about its end."""
        name = self.process.name
        if self.failure:
            return f"{name} failed: {self.failure}"
        if self.overdue:
            return f"{name} did not end in time and was killed; does a journey block its loop?"
        return self.process.place_lost or f"{name} died: {self.process.last_words}"


class Coordinator:
    """`async with Coordinator(plan) as load: await load.prepare(...); async for interval in load.run(): ...`"""

    def __init__(self, plan: LoadPlan, place: Workplace | None = None) -> None:
        self._plan = plan
        self._place = place or LocalPlace(plan.processes)
        self._workers: list[_Worker] = []
        self._begun = asyncio.Event()
        self._stopping = False
        self._deadlines: list[asyncio.Task[None]] = []
        self.invalid_because: list[str] = []
        self.warnings: list[str] = []
        self.problems: dict[str, str] = {}
        self.ended_because = ""

    async def __aenter__(self) -> "Coordinator":
        return self

    async def __aexit__(self, *_: object) -> None:
        for deadline in self._deadlines:
            deadline.cancel()
        await self._place.dismiss()

    async def prepare(self, shared: Any, feed_values: Mapping[int, list[Any]]) -> None:
        """Starts the workers and waits until each has loaded the scenario and opened its connections.

        Raises what a worker could not do: UsageError for the scenario, RefusedError for the target.
        """
        started = await self._place.start(self._plan, pack_values(shared, feed_values))
        self._workers = [_Worker(process) for process in started]
        for worker in self._workers:
            answer = await worker.process.receive()
            if isinstance(answer, Failed):
                raise answer.error
            if not isinstance(answer, Ready):
                await worker.process.reap()
                process = worker.process
                raise RefusedError(
                    f"{process.name} could not start",
                    why=process.place_lost or process.last_words,
                    remedy="mend that and repeat the run",
                )

    async def run(self, began: Callable[[int], None] = lambda _: None) -> AsyncIterator[Interval]:
        """Begins the load and yields the whole run's interval of each second, until every worker has ended.

        `began` is told the moment from which the load counts its time, by our monotonic clock.
        """
        start_ns = await self._place.begin_ns()
        began(start_ns)
        await _tell_all(self._workers, lambda process: Begin(process.local_ns(start_ns)))
        self._begun.set()
        self._set_deadline(self._plan.profile.total_s + self._plan.profile.graceful_stop_s + LATE_S)
        queue: asyncio.Queue[tuple[_Worker, Interval | None]] = asyncio.Queue()
        listeners = [asyncio.create_task(self._listen(worker, queue)) for worker in self._workers]
        aligned = Alignment(worker.number for worker in self._workers)
        try:
            while aligned.running:
                worker, interval = await queue.get()
                if interval is None:
                    await self._ended(worker)
                    aligned.end(worker.number)
                else:
                    aligned.add(worker.number, interval)
                for whole in aligned.take():
                    yield whole
        finally:
            for listener in listeners:
                listener.cancel()

    async def stop(self, *, at_once: bool) -> None:
        """Ends the load everywhere: after the journeys under way, or at once, cancelled on the server."""
        await self._begun.wait()  # who waits for the beginning would take another message for a mistake
        self._stopping = True
        self._set_deadline(STOP_S if at_once else self._plan.profile.graceful_stop_s + LATE_S)
        working = [worker for worker in self._workers if worker.ending is None]
        await _tell_all(working, lambda _: Stop(at_once))

    def _set_deadline(self, within_s: float) -> None:
        self._deadlines.append(asyncio.create_task(self._kill_overdue(within_s)))

    async def _kill_overdue(self, after_s: float) -> None:
        """A journey that never lets go of its process's loop would otherwise keep the whole run from ending."""
        await asyncio.sleep(after_s)
        for worker in self._workers:
            if worker.ending is None and worker.process.alive:
                worker.overdue = True
                await worker.process.kill()

    @staticmethod
    async def _listen(worker: _Worker, queue: "asyncio.Queue[tuple[_Worker, Interval | None]]") -> None:
        while True:
            message = await worker.process.receive()
            if isinstance(message, Measured):
                await queue.put((worker, message.interval))
                continue
            if isinstance(message, Ended):
                worker.ending = message.ending
            elif isinstance(message, Failed):
                worker.failure = str(message.error)
            await queue.put((worker, None))
            return

    async def _ended(self, worker: _Worker) -> None:
        if worker.ending is None:
            await worker.process.reap()
            self._lost(worker)
        else:
            self._take(worker.ending)
        if self.ended_because and not self._stopping:
            await self.stop(at_once=False)

    def _lost(self, worker: _Worker) -> None:
        because = f"{worker.lost}; what it had not yet told is missing"
        if because not in self.invalid_because:  # a lost machine has several processes
            self.invalid_because.append(because)
        worker.gone = True
        if not self._place.goes_on:
            self.ended_because = self.ended_because or "a worker process died"
        elif all(one.gone for one in self._workers):
            self.ended_because = self.ended_because or "every machine was lost"

    def _take(self, ending: Ending) -> None:
        self.problems |= ending.problems
        if ending.because != "completed":
            self.ended_because = self.ended_because or ending.because
        if ending.samples_problem:
            self.warnings.append(ending.samples_problem)


async def _tell_all(workers: Sequence[_Worker], message: Callable[[WorkerProcess], object]) -> None:
    """Tells all at once, as machines may be far away."""
    await asyncio.gather(*(_tell(worker.process, message(worker.process)) for worker in workers))


async def _tell(process: WorkerProcess, message: object) -> None:
    """Sends what a worker that has gone can no longer hear; its end is noticed by whoever listens to it."""
    with suppress(ConnectionError):
        await process.send(message)
