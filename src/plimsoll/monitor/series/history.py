"""Memory and disk as one: short recent windows come from memory, others from the file and what is on its way to it."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, TypeVar

from plimsoll.core.observation import Event
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.desk import Desk
from plimsoll.monitor.series.reader import DETAILS_MAX, EVENTS_MAX, POINTS_MAX, Unwritten
from plimsoll.monitor.series.recent import EVENTS_MAX as RECENT_EVENTS_MAX
from plimsoll.monitor.series.recent import Recent
from plimsoll.monitor.series.stored import window_of
from plimsoll.monitor.series.writer import StoreWriter

T = TypeVar("T")


class History:
    """What was seen, for those who ask from the event loop. Reading the disk does not hold it up.

    Without a `writer` there is only what memory holds: no documents. Raises SeriesStoreError.
    """

    def __init__(self, recent: Recent, writer: StoreWriter | None = None) -> None:
        self._recent = recent
        self._writer = writer
        self._points = Desk(writer.store) if writer is not None else None
        self._documents = Desk(writer.store) if writer is not None else None  # many of them hold up no window

    async def windows(
        self, keys: Sequence[SeriesKey], start_s: float, end_s: float, points_max: int = POINTS_MAX
    ) -> list[SeriesWindow]:
        """A window of each, in the order of `keys`."""
        near = {key: window for key in keys if (window := self._near(key, start_s, end_s, points_max)) is not None}
        far = [key for key in keys if key not in near]
        if far:
            found = await self._far(far, start_s, end_s, points_max)
            near |= {window.key: window for window in found}
        return [near[key] for key in keys]

    def _near(self, key: SeriesKey, start_s: float, end_s: float, points_max: int) -> SeriesWindow | None:
        """From memory, if it has the whole."""
        if self._writer is not None and not self._recent.covers(key, start_s, self._writer.store.before_s):
            return None
        near = self._recent.window(key, start_s, end_s)
        return window_of(key, (near.times, near.mean), points_max)

    async def _far(
        self, keys: Sequence[SeriesKey], start_s: float, end_s: float, points_max: int
    ) -> Sequence[SeriesWindow]:
        if self._points is None:
            return ()
        unwritten = self._unwritten()
        return await self._points.ask(lambda reader: reader.read(keys, start_s, end_s, points_max, unwritten))

    def _unwritten(self) -> Unwritten:
        return () if self._writer is None else self._writer.unwritten()

    async def keys(self, start_s: float = 0.0, end_s: float = inf) -> list[SeriesKey]:
        """Of the series that have points there."""
        if self._points is None:
            return sorted(self._recent.keys())
        unwritten = self._unwritten()
        return await self._points.ask(lambda reader: reader.keys(start_s, end_s, unwritten))

    async def details(
        self, kind: str, start_s: float = 0.0, end_s: float = inf, limit: int = DETAILS_MAX
    ) -> list[tuple[float, Mapping[str, Any]]]:
        """The newest documents of a kind, with their times, in the order of time."""
        if self._documents is None:
            return []
        return await self._documents.ask(lambda reader: reader.details(kind, start_s, end_s, limit))

    async def fold_details(
        self, fold: Callable[[Iterable[tuple[float, Mapping[str, Any]]]], T], kind: str, start_s: float, end_s: float
    ) -> T:
        """What `fold` makes of the newest of them, one after the other, in another thread than the event loop's."""
        if self._documents is None:
            return fold(())
        return await self._documents.ask(lambda reader: reader.fold_details(fold, kind, start_s, end_s))

    async def events(
        self, start_s: float = 0.0, end_s: float = inf, limit: int = EVENTS_MAX, kind: str = ""
    ) -> list[Event]:
        """The newest, in the order of time, also those that are on their way to the file."""
        near = [one for one in self._recent.events if start_s <= one.at_s <= end_s and kind in ("", one.kind)]
        far: list[Event] = []
        if self._points is not None:
            far = await self._points.ask(lambda reader: reader.events(start_s, end_s, limit, kind))
        known = {_mark(one): one for one in (*near, *far)}
        return sorted(known.values(), key=lambda one: one.at_s)[-limit:]

    async def remember_events(self) -> None:
        """Puts the newest of those that an earlier watch saw into memory."""
        self._recent.events.extend(await self.events(limit=RECENT_EVENTS_MAX))

    @property
    def problems(self) -> Sequence[str]:
        return () if self._writer is None else self._writer.problems

    @property
    def not_stored(self) -> str:
        """Why nothing is stored just now; "" while all is well."""
        return "" if self._writer is None else self._writer.failing

    async def close(self) -> None:
        """Ends reading, then writes the rest."""
        for desk in (self._points, self._documents):
            if desk is not None:
                await desk.close()
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)


def _mark(event: Event) -> tuple[int, str, str]:
    """By which an event in memory is known in the file, which keeps its time in milliseconds."""
    return round(event.at_s * 1000), event.kind, event.text
