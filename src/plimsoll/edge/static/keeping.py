"""Files that are ready, within so many bytes, and looked at again each second: a changed one is made ready anew."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import make
from plimsoll.edge.static.hashes import Hashes
from plimsoll.edge.static.naming import name_of
from plimsoll.edge.static.opening import Folder
from plimsoll.edge.static.prepared import ENTRY_BYTES, Prepared, prepare

CHECK_S: Final = 1.0
OPEN_FILES_MAX: Final = 8  # at once, each as long as one piece is read
T = TypeVar("T")


class Keeping:
    """Belongs to one event loop. What is asked for much stays (SIEVE)."""

    def __init__(self, folder: Folder, hashes: Hashes, bytes_max: int) -> None:
        self.folder = folder
        self.held: dict[str, Prepared] = {}
        self._hashes = hashes
        self._policy = make("sieve", Capacity(max(1, bytes_max // ENTRY_BYTES), max(1, bytes_max)))
        self._loading: dict[str, asyncio.Task[Prepared | None]] = {}
        self._reading = asyncio.Semaphore(OPEN_FILES_MAX)

    async def look(self, path: str) -> Prepared | None:
        """The file for a path, as it was within the last second; None where there is none. Raises OSError where the
        system is out of files or the disk fails, FileChanged if it never stands still."""
        held = self.held.get(path)
        if held is not None and not held.racy and self.folder.state(held.name) == held.state:
            held.good_until_s = time.monotonic() + CHECK_S
            return held
        name = name_of(path)
        if name is None:
            return None
        if held is None and self.folder.state(name) is None:
            return None
        task = self._loading.get(path)
        if task is None:
            task = self._loading[path] = asyncio.create_task(self._load(path, name))
            task.add_done_callback(lambda done: self._loaded(path, done))
        return await asyncio.shield(task)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """A few at a time, so that few files are open, however many ask."""
        async with self._reading:
            return await asyncio.to_thread(work)

    def forget(self, path: str) -> None:
        """What turned out to be another."""
        held = self.held.pop(path, None)
        if held is not None:
            self._policy.remove(held)

    async def _load(self, path: str, name: str) -> Prepared | None:
        def ready() -> Prepared | None:
            return prepare(self.folder, path, name, self._hashes.policy(), time.time())

        prepared = await self.in_thread(ready)
        self.forget(path)
        if prepared is not None:
            prepared.good_until_s = time.monotonic() + CHECK_S
            self.held[path] = prepared
            for gone in self._policy.insert(prepared):
                del self.held[str(gone.key)]
        return prepared

    def _loaded(self, path: str, done: asyncio.Task[Prepared | None]) -> None:
        del self._loading[path]
        if not done.cancelled():
            done.exception()  # told to those who wait; where all have gone, to nobody
