"""Alerts of a watch: the time told to the book, what changed written down, and notices sent on their way."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.observation import CollectorState
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.changes import Changes
from plimsoll.monitor.alerts.courier import Courier
from plimsoll.monitor.alerts.outbox import Errand, Outbox
from plimsoll.monitor.alerts.places import Place, read_places
from plimsoll.monitor.alerts.reasons import Detail, with_reason
from plimsoll.monitor.alerts.saved import Saved
from plimsoll.monitor.alerts.store import AlertStore
from plimsoll.monitor.collecting.board import Board

_LOG = logging.getLogger(__name__)

TICK_S: Final = 2.0
FOLLOW_TICKS: Final = 5  # how often it is looked for what another process has silenced: every 10 seconds


@asynccontextmanager
async def alerting(
    book: AlertBook, board: Board, *, store: Path | None, watched: str, environ: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """Judges what the board is given, and tells of it, while it is entered.

    Raises UsageError for a wrong address, SeriesStoreError where alerts cannot be kept in that file.
    """
    places, problems = read_places(book.settings, os.environ if environ is None else environ)
    for problem in problems:
        _LOG.warning("%s", problem)
    kept = None if store is None else AlertStore(store)
    desk = AlertDesk(book, kept, places, watched)
    end = board.observe(book.observe)
    ticking = asyncio.create_task(desk.keep_ticking(board), name="alerts")
    try:
        yield
    finally:
        end()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await desk.close()


class AlertDesk:
    """What joins a book to its store and its courier. Without a store what is on its way is lost at the end."""

    def __init__(
        self,
        book: AlertBook,
        store: AlertStore | None,
        places: Mapping[str, Place],
        watched: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._book = book
        self._store = store
        saved = Saved() if store is None else store.load()
        book.restore(saved, clock())
        self.courier = Courier(places, Outbox(saved.errands), watched, clock=clock, chance=Random())
        self._clock = clock
        book.deliveries = self.courier.outbox.all
        self._unwritten = Changes()
        self._errands: dict[str, Errand] = {}
        self._failing = False
        self._ticks = 0

    async def keep_ticking(self, board: Board) -> None:
        """A mistake of ours at one tick must not end the alerts."""
        while True:
            try:
                await self.tick(self._clock(), board.states, board.detail)
            except Exception:  # noqa: BLE001  # whatever it is, the next tick is tried
                _LOG.exception("alerts: a tick failed")
            await asyncio.sleep(TICK_S)

    async def tick(self, now_s: float, states: Mapping[str, CollectorState], detail: Detail = lambda _: None) -> None:
        """What is to be told is written down before it is tried: a killed process tells it after its restart."""
        if self._ticks % FOLLOW_TICKS == 0:
            await self._follow(now_s)
            self._book.note_values()
        self._ticks += 1
        self._book.tick(now_s, states)
        for notice in self._book.changes.notices:
            self.courier.take(replace(notice, alerts=tuple(with_reason(notice.alerts, states, detail))))
        await self._write(now_s)
        self.courier.set_out(now_s, self._book.silenced)

    async def _write(self, now_s: float) -> None:
        outbox = self.courier.outbox
        changes, self._book.changes = self._book.changes.after(self._unwritten), Changes()
        errands, outbox.changed = self._errands | outbox.changed, {}
        if self._store is None or not (changes or errands):
            return
        try:
            await asyncio.to_thread(self._store.write, changes, errands.values(), now_s)
        except SeriesStoreError as error:
            if not self._failing:
                _LOG.warning("alerts cannot be written down: %s", error)
            self._failing, self._unwritten, self._errands = True, changes, errands
        else:
            if self._failing:
                _LOG.warning("alerts are written down again")
            self._failing, self._unwritten, self._errands = False, Changes(), {}

    async def _follow(self, now_s: float) -> None:
        """Takes over what people have asked for through another process, unless we have something to write first."""
        if self._store is None:
            return
        try:
            silences, overrides = await asyncio.to_thread(self._store.given)
        except SeriesStoreError:
            return  # writing tells of it
        ours = (self._book.changes, self._unwritten)
        if not any(changes.silences or changes.overrides for changes in ours):
            self._book.follow(silences, overrides, now_s)

    async def close(self) -> None:
        await self.courier.close()
        await self._write(self._clock())
        if self._store is not None:
            self._store.close()
