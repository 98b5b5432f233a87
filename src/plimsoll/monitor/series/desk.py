"""Reading from the event loop: a thread with a reader of its own, so that the loop goes on meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.store import SeriesStore

T = TypeVar("T")


class Desk:
    """One question after the other. Raises SeriesStoreError."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store
        self._reader: SeriesReader | None = None
        self._begun = 0  # as the store had it when the reader was opened
        self._thread = ThreadPoolExecutor(1, "reading stored series")

    async def ask(self, question: Callable[[SeriesReader], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: question(self._opened()))

    def _opened(self) -> SeriesReader:
        """In the thread; again where a new file was begun."""
        if self._reader is None or self._begun != self._store.begun:
            self._close_reader()
            self._reader, self._begun = SeriesReader(self._store.path), self._store.begun
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close_reader)
        self._thread.shutdown(wait=False)
