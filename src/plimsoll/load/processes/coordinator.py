"""The coordinating side of a load: spawns the worker processes, shares the work out, and merges what they measure."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic_ns
from typing import Any

from plimsoll.core.errors import RefusedError
from plimsoll.core.interval import Interval
from plimsoll.load.processes.engine import Ending
from plimsoll.load.processes.frames import Begin, Channel, Ended, Failed, Measured, Ready, Stop, Task, pack_values
from plimsoll.load.processes.plan import LoadPlan
from plimsoll.load.recording.merge import Alignment

HEAD_START_S = 0.05  # from the order to begin until the first arrival, so that no process hears of it too late
OUTPUT_BYTES_MAX = 64 * 1024  # of what a worker prints; the rest is read and thrown away
STOP_S = 5.0  # a worker that has not ended so long after it was told to is killed
LATE_S = 15.0  # and one that ends by itself, so long after its profile and its graceful stop
# numpy and polars would start a thread for each core: threads that compete with the load
_ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@dataclass(slots=True)
class _Worker:
    number: int
    process: subprocess.Popen[bytes]
    channel: Channel
    printed: bytearray = field(default_factory=bytearray)
    draining: asyncio.Task[None] | None = None
    ending: Ending | None = None
    failure: str = ""
    overdue: bool = False

    @property
    def lost(self) -> str:
        """Why this worker ended without a word about its end."""
        if self.failure:
            return f"worker process {self.number} failed: {self.failure}"
        if self.overdue:
            return f"worker process {self.number} did not end in time and was killed; does a journey block its loop?"
        return f"worker process {self.number} died: {self.last_words()}"

    def last_words(self) -> str:
        lines = self.printed.decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else f"exit status {self.process.poll()}"


class Coordinator:
    """`async with Coordinator(plan) as load: await load.prepare(...); async for interval in load.run(): ...`"""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._workers: list[_Worker] = []
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
        for worker in self._workers:
            await worker.channel.close()
        await asyncio.gather(*(self._reap(worker) for worker in self._workers))

    async def prepare(self, shared: Any, feed_values: Mapping[int, list[Any]]) -> None:
        """Starts the workers and waits until each has loaded the scenario and opened its connections.

        Raises what a worker could not do: UsageError for the scenario, RefusedError for the target.
        """
        values = pack_values(shared, feed_values)
        for number in range(self._plan.processes):
            self._workers.append(await self._spawn(number))
        for worker in self._workers:
            await _tell(worker, Task(self._plan, worker.number, values))
        for worker in self._workers:
            answer = await worker.channel.receive()
            if isinstance(answer, Failed):
                raise answer.error
            if not isinstance(answer, Ready):
                await self._reap(worker)
                raise RefusedError("a worker process could not start", why=worker.last_words())

    async def run(self) -> AsyncIterator[Interval]:
        """Begins the load and yields the whole run's interval of each second, until every worker has ended."""
        start_ns = monotonic_ns() + round(HEAD_START_S * 1e9)
        for worker in self._workers:
            await _tell(worker, Begin(start_ns))
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
        self._stopping = True
        self._set_deadline(STOP_S if at_once else self._plan.profile.graceful_stop_s + LATE_S)
        for worker in self._workers:
            if worker.ending is None:
                await _tell(worker, Stop(at_once))

    def _set_deadline(self, within_s: float) -> None:
        self._deadlines.append(asyncio.create_task(self._kill_overdue(within_s)))

    async def _kill_overdue(self, after_s: float) -> None:
        """A journey that never lets go of its process's loop would otherwise keep the whole run from ending."""
        await asyncio.sleep(after_s)
        for worker in self._workers:
            if worker.ending is None and worker.process.poll() is None:
                worker.overdue = True
                worker.process.kill()

    @staticmethod
    async def _listen(worker: _Worker, queue: "asyncio.Queue[tuple[_Worker, Interval | None]]") -> None:
        while True:
            message = await worker.channel.receive()
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
            await self._reap(worker)
            self.invalid_because.append(f"{worker.lost}; what it had not yet told is missing")
            self.ended_because = self.ended_because or "a worker process died"
        else:
            self.problems |= worker.ending.problems
            if worker.ending.because != "completed":
                self.ended_because = self.ended_because or worker.ending.because
            if worker.ending.samples_problem:
                self.warnings.append(worker.ending.samples_problem)
        if self.ended_because and not self._stopping:
            await self.stop(at_once=False)

    # -- processes ----------------------------------------------------------------------------------------------------

    async def _spawn(self, number: int) -> _Worker:
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(  # noqa: ASYNC220  # a fork takes a millisecond, and the load has not begun
            [sys.executable, "-m", "plimsoll.load.processes.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_ONE_THREAD},
        )
        theirs.close()
        channel = Channel(*await asyncio.open_connection(sock=ours))
        worker = _Worker(number, process, channel)
        worker.draining = asyncio.create_task(_drain(worker))
        return worker

    async def _reap(self, worker: _Worker) -> None:
        try:
            await asyncio.wait_for(asyncio.to_thread(worker.process.wait), STOP_S)
        except TimeoutError:
            worker.process.kill()
            await asyncio.to_thread(worker.process.wait)
        if worker.draining is not None:
            await worker.draining


async def _tell(worker: _Worker, message: object) -> None:
    """Sends what a worker that has gone can no longer hear; its end is noticed by whoever listens to it."""
    with suppress(ConnectionError):
        await worker.channel.send(message)


async def _drain(worker: _Worker) -> None:
    """Reads what a worker prints, so that it never blocks on it, and keeps the beginning."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    assert worker.process.stdout is not None
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), worker.process.stdout)
    while chunk := await reader.read(65_536):
        worker.printed += chunk[: max(0, OUTPUT_BYTES_MAX - len(worker.printed))]
    transport.close()
