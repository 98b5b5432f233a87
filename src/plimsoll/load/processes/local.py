"""Worker processes on this machine: our own children, each at the other end of a socket pair."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import Any

from plimsoll.load.processes.frames import Channel, Task
from plimsoll.load.processes.output import Output, Tell, note_forgotten, to_stderr
from plimsoll.load.processes.plan import LoadPlan

HEAD_START_S = 0.05  # from the order to begin until the first arrival, so that no process hears of it too late
STOP_S = 5.0  # a worker that has not ended so long after its socket was closed is killed
# numpy and polars would start a thread for each core: threads that compete with the load
_ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


class LocalProcess:
    """A child of this process."""

    place_lost = ""

    def __init__(
        self, number: int, process: "subprocess.Popen[bytes]", channel: Channel, tell: Tell, mark: str
    ) -> None:
        self.number = number
        self.name = f"worker process {number}"
        self.channel = channel
        self._process = process
        self._tell = tell
        self._output = Output(mark)
        self._draining = asyncio.create_task(self._drain())

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def last_words(self) -> str:
        return self._output.last_line[:300] or f"exit status {self._process.poll()}"

    def local_ns(self, here_ns: int) -> int:
        return here_ns

    async def send(self, message: object) -> None:
        await self.channel.send(message)

    async def receive(self) -> Any:
        return await self.channel.receive()

    async def kill(self) -> None:
        self._process.kill()

    async def reap(self) -> None:
        try:
            await asyncio.wait_for(asyncio.to_thread(self._process.wait), STOP_S)
        except TimeoutError:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        await self._draining

    async def _drain(self) -> None:
        """Reads what the worker prints, so that it never blocks on it, and hands its lines on."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        assert self._process.stdout is not None
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self._process.stdout)
        while chunk := await reader.read(65_536):
            self._hand_on(self._output.take(chunk))
        self._hand_on(self._output.rest())
        transport.close()

    def _hand_on(self, lines: list[str]) -> None:
        for line in lines:
            self._tell(line)


class LocalPlace:
    """`processes` children of this one."""

    goes_on = False  # what is left of one machine's processes would load it otherwise than was asked for

    def __init__(self, processes: int, tell: Tell = to_stderr) -> None:
        self.processes = processes
        self._tell = tell
        self.warnings: list[str] = []
        self.machines: tuple[Mapping[str, str], ...] = ()
        self._children: list[LocalProcess] = []

    def check(self, plan: LoadPlan) -> None:
        """It may make any."""

    async def start(self, plan: LoadPlan, values: bytes) -> Sequence[LocalProcess]:
        for number in range(self.processes):
            mark = f"process {number}: " if self.processes > 1 else ""
            self._children.append(await spawn(number, tell=self._printed, mark=mark))
        for child in self._children:
            with suppress(ConnectionError):  # one that died at once is noticed by whoever listens to it
                await child.send(Task(plan, child.number, values))
        return self._children

    def _printed(self, line: str) -> None:
        note_forgotten(line, self.warnings)
        self._tell(line)

    async def begin_ns(self) -> int:
        return monotonic_ns() + round(HEAD_START_S * 1e9)

    async def collect(self, samples: Path) -> None:
        """They have been written there."""

    async def dismiss(self) -> None:
        for child in self._children:
            await child.channel.close()
        await asyncio.gather(*(child.reap() for child in self._children))


def _unheard(line: str) -> None:
    """Elsewhere than on the machine that shows the run nobody would see it."""


async def spawn(number: int, directory: Path | None = None, *, tell: Tell = _unheard, mark: str = "") -> LocalProcess:
    """A new worker process, which waits for its task; `directory` is where it works, ours if None."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(  # noqa: ASYNC220  # a fork takes a millisecond, and the load has not begun
        [sys.executable, "-m", "plimsoll.load.processes.worker", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **_ONE_THREAD},
        cwd=directory,
    )
    theirs.close()
    channel = Channel(*await asyncio.open_connection(sock=ours))
    return LocalProcess(number, process, channel, tell, mark)
