"""One run on one machine, within Dask's worker there: its worker processes, their messages, its temporary directory."""

import asyncio
import shutil
import tempfile
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from plimsoll.load.cluster.cargo import at_home, unpack, write_files
from plimsoll.load.processes.frames import FRAME_BYTES_MAX, Task
from plimsoll.load.processes.local import LocalProcess, spawn
from plimsoll.load.processes.plan import LoadPlan

LEASE_S = 15.0  # a coordinating process that has not been heard of for so long is gone, or cannot reach us
WAITING_MAX = 1024  # messages; beyond, processes wait with theirs until some have been fetched
REPLY_BYTES_MAX = 8 << 20  # one message may be larger

# A message on its way up: the process's number, the message (None: it has gone), and its last words if it has.
Told = tuple[int, bytes | None, str]


class Session:
    """Ends by `end`, or by itself when nobody asks any more; `forget` is called then."""

    def __init__(self, forget: Callable[[], object]) -> None:
        self._forget = forget
        self._cargo: list[bytes] = []
        self._directory: Path | None = None
        self._processes: dict[int, LocalProcess] = {}
        self._relays: list[asyncio.Task[None]] = []
        self._told: deque[Told] = deque()
        self._something = asyncio.Event()
        self._room = asyncio.Event()
        self._starting = asyncio.Lock()
        self._ending: asyncio.Task[None] | None = None
        self._lease = asyncio.get_running_loop().call_later(LEASE_S, self._expire)

    # -- beginning ----------------------------------------------------------------------------------------------------

    def take(self, index: int, chunk: bytes) -> None:
        """Pieces come in their order, one after the other."""
        self._heard()
        if index != len(self._cargo) or sum(map(len, self._cargo)) + len(chunk) > FRAME_BYTES_MAX:
            raise RuntimeError(f"piece {index} of the scenario is not the next one, or it is too large")
        self._cargo.append(chunk)

    async def start(self, digest: str, numbers: list[int], within: str | None) -> dict[str, str]:
        """Unpacks what has come and starts these processes. Below `within`, which Dask cleans up after a crash."""
        self._heard()
        async with self._starting:
            return await self._start(digest, numbers, within)

    async def _start(self, digest: str, numbers: list[int], within: str | None) -> dict[str, str]:
        if self._ending is not None:
            raise RuntimeError("its part was ended before it began")
        cargo = unpack(b"".join(self._cargo), digest)
        self._cargo.clear()
        self._directory = Path(tempfile.mkdtemp(prefix="plimsoll-", dir=within))
        scenario, samples = self._directory / "scenario", self._directory / "samples"
        for directory in (scenario, samples):
            directory.mkdir()
        plan = at_home(cargo.plan, write_files(cargo, scenario), samples)
        for number in numbers:
            self._processes[number] = await spawn(number, self._directory)
        self._relays = [asyncio.create_task(self._relay(one, plan, cargo.values)) for one in self._processes.values()]
        return {"directory": str(scenario)}

    async def _relay(self, process: LocalProcess, plan: LoadPlan, values: bytes) -> None:
        """Everything that a process says, and at last that it has gone."""
        with suppress(ConnectionError):
            await process.send(Task(plan, process.number, values))
        while (message := await process.channel.take()) is not None:
            await self._say((process.number, message, ""))
        await process.reap()
        await self._say((process.number, None, process.last_words))

    async def _say(self, told: Told) -> None:
        while len(self._told) >= WAITING_MAX:
            self._room.clear()
            await self._room.wait()
        self._told.append(told)
        self._something.set()

    # -- while it goes on ---------------------------------------------------------------------------------------------

    async def tell(self, number: int, message: bytes) -> None:
        self._heard()
        with suppress(ConnectionError):  # that it has gone is told by its relay
            await self._processes[number].channel.pass_on(message)

    async def listen(self, wait_s: float) -> list[Told]:
        """What has been said, as soon as there is something; nothing after `wait_s`."""
        self._heard()
        if not self._told:
            self._something.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), wait_s)
        self._heard()
        told: list[Told] = []
        size = 0
        while self._told and size < REPLY_BYTES_MAX:
            told.append(self._told.popleft())
            size += len(told[-1][1] or b"")
        self._room.set()
        return told

    async def kill(self, number: int) -> None:
        self._heard()
        await self._processes[number].kill()

    # -- samples ------------------------------------------------------------------------------------------------------

    def parts(self) -> list[tuple[str, int]]:
        self._heard()
        return [(path.name, path.stat().st_size) for path in sorted(self._samples.glob("part-*.parquet"))]

    def read_part(self, part: str, start: int, size: int) -> bytes:
        self._heard()
        with (self._samples / Path(part).name).open("rb") as file:
            file.seek(start)
            return file.read(size)

    @property
    def _samples(self) -> Path:
        assert self._directory is not None
        return self._directory / "samples"

    # -- ending -------------------------------------------------------------------------------------------------------

    def _heard(self) -> None:
        self._lease.cancel()
        if self._ending is None:
            self._lease = asyncio.get_running_loop().call_later(LEASE_S, self._expire)

    def _expire(self) -> None:
        """A run whose coordinating process has gone must not load its target for ever."""
        self._ending = asyncio.create_task(self._end())

    async def end(self) -> None:
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        self._lease.cancel()
        async with self._starting:  # what is just being started is to be ended, too
            await self._dismiss()
        self._forget()

    async def _dismiss(self) -> None:
        for process in self._processes.values():
            await process.channel.close()  # it stops its load when it sees that
        await asyncio.gather(*(process.reap() for process in self._processes.values()))
        for relay in self._relays:
            relay.cancel()
        if self._directory is not None:
            await asyncio.to_thread(shutil.rmtree, self._directory, ignore_errors=True)
