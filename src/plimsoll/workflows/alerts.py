"""Alerts of a watch: the time told to the book, what changed written down, and messages sent."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.changes import Changes
from plimsoll.monitor.collecting.board import Board

_LOG = logging.getLogger(__name__)

TICK_S: Final = 1.0


@asynccontextmanager
async def alerting(book: AlertBook, board: Board) -> AsyncIterator[None]:
    """Judges what the board is given while it is entered."""
    end = board.observe(book.observe)
    ticking = asyncio.create_task(_tick(book, board), name="alerts")
    try:
        yield
    finally:
        end()
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)


async def _tick(book: AlertBook, board: Board) -> None:
    while True:
        book.tick(time.time(), board.states)
        book.changes = Changes()
        await asyncio.sleep(TICK_S)
