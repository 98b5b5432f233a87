"""Memory and disk as one: short recent windows come from memory, others from the file and what is on its way to it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf
from typing import Any, TypeVar

from plimsoll.core.observation import Event
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.reader import DETAILS_MAX, EVENTS_MAX, POINTS_MAX, SeriesReader
from plimsoll.monitor.series.recent import Recent
from plimsoll.monitor.series.stored import window_of
from plimsoll.monitor.series.writer import StoreWriter

T = TypeVar("T")


class History:
    """What was seen, for those who ask from the event loop. Reading the disk does not hold it up.

    Without a `writer` there is only what memory holds: no documents, no events. Raises SeriesStoreError.
    """

    def __init__(self, recent: Recent, writer: StoreWriter | None = None) -> None:
        self._recent = recent
        self._writer = writer
        self._reader: SeriesReader | None = None
        self._begun = 0  # as the store had it when the reader was opened
        self._threads = ThreadPoolExecutor(1, "reading stored series") if writer is not None else None

    async def windows(
        self, keys: Sequence[SeriesKey], start_s: float, end_s: float, points_max: int = POINTS_MAX
    ) -> list[SeriesWindow]:
        """A window of each, in the order of `keys`."""
        near = {key: window for key in keys if (window := self._near(key, start_s, end_s, points_max)) is not None}
        far = [key for key in keys if key not in near]
        if far:
            unwritten, none = self._unwritten(), list[SeriesWindow]()
            found = await self._read(lambda reader: reader.read(far, start_s, end_s, points_max, unwritten), none)
            near |= {window.key: window for window in found}
        return [near[key] for key in keys]

    def _near(self, key: SeriesKey, start_s: float, end_s: float, points_max: int) -> SeriesWindow | None:
        """From memory, if it has the whole."""
        if self._writer is not None and not self._recent.covers(key, start_s, self._writer.store.before_s):
            return None
        near = self._recent.window(key, start_s, end_s)
        return window_of(key, (near.times, near.mean), points_max)

    async def keys(self, start_s: float = 0.0, end_s: float = inf) -> list[SeriesKey]:
        """Of the series that have points there."""
        unwritten = self._unwritten()
        return await self._read(lambda reader: reader.keys(start_s, end_s, unwritten), sorted(self._recent.keys()))

    async def details(
        self, kind: str, start_s: float = 0.0, end_s: float = inf, limit: int = DETAILS_MAX
    ) -> list[tuple[float, Mapping[str, Any]]]:
        """The newest documents of a kind, with their times, in the order of time."""
        return await self._read(lambda reader: reader.details(kind, start_s, end_s, limit), [])

    async def fold_details(
        self, fold: Callable[[Iterable[tuple[float, Mapping[str, Any]]]], T], kind: str, start_s: float, end_s: float
    ) -> T:
        """What `fold` makes of the newest of them, one after the other, in another thread than the event loop's."""
        if self._threads is None:
            return fold(())
        return await self._in_thread(lambda reader: reader.fold_details(fold, kind, start_s, end_s))

    async def events(self, start_s: float = 0.0, end_s: float = inf, limit: int = EVENTS_MAX) -> list[Event]:
        """The newest, in the order of time."""
        return await self._read(lambda reader: reader.events(start_s, end_s, limit), [])

    @property
    def problems(self) -> Sequence[str]:
        return () if self._writer is None else self._writer.problems

    def _unwritten(self) -> Sequence[tuple[int, Any]]:
        return () if self._writer is None else self._writer.unwritten()

    async def _read(self, ask: Callable[[SeriesReader], T], without: T) -> T:
        return without if self._threads is None else await self._in_thread(ask)

    async def _in_thread(self, ask: Callable[[SeriesReader], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: ask(self._opened()))

    def _opened(self) -> SeriesReader:
        """In the reading thread; again where a new file was begun."""
        assert self._writer is not None
        store = self._writer.store
        if self._reader is None or self._begun != store.begun:
            self._close_reader()
            self._reader, self._begun = SeriesReader(store.path), store.begun
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    async def close(self) -> None:
        """Ends reading, then writes the rest."""
        if self._threads is not None and self._writer is not None:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._close_reader)
            self._threads.shutdown(wait=False)
            await asyncio.to_thread(self._writer.close)
