"""Where a watch keeps its series: on disk, if the settings name a file, beside what memory holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from plimsoll.core.errors import SeriesStoreError
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.series.history import History
from plimsoll.monitor.series.recent import Recent
from plimsoll.monitor.series.retention import Keep
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.monitor.series.writer import StoreWriter
from plimsoll.settings.monitor import MonitorSettings


@asynccontextmanager
async def history_of(settings: MonitorSettings, board: Board, recent: Recent) -> AsyncIterator[History]:
    """Stores what the board tells while it is entered. Raises SeriesStoreError."""
    writer = _writer(settings)
    history = History(recent, writer)
    if writer is not None:
        board.observe(writer.put)
        writer.start()
    try:
        with suppress(SeriesStoreError):  # then there are those from now on
            await history.remember_events()
        yield history
    finally:
        await history.close()


def _writer(settings: MonitorSettings) -> StoreWriter | None:
    return None if settings.store is None else StoreWriter(SeriesStore(settings.store, keep_of(settings)))


def keep_of(settings: MonitorSettings) -> Keep:
    return Keep(settings.raw_for_s, settings.minutes_for_s, settings.quarters_for_s, settings.store_bytes_max)
