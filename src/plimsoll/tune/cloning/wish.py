"""What copy is wished for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from plimsoll.core.errors import RefusedError
from plimsoll.core.units import format_duration
from plimsoll.postgres.dsn import Target

Say = Callable[[str], None]  # to whoever waits, in a line


@dataclass(frozen=True, slots=True)
class CloneWish:
    """`on`: "own" is a server that is started for the copy and goes with it; "beside" is the source's own server, where
    the copy is made of it as a template; a Target is another server, in which a database is made (the one that it names
    is only where we connect first). `protected` is the source. `schemas`, or all. `role` is to be there on the copy."""

    on: Literal["own", "beside"] | Target = "own"
    bytes_max: int = 20 * 2**30
    time_s: float = 3600.0
    protected: bool = False
    schemas: tuple[str, ...] = ()
    role: str = ""


@asynccontextmanager
async def in_time(wish: CloneWish, source: Target) -> AsyncIterator[None]:
    """Bounds making the copy. Raises RefusedError when the time is over."""
    try:
        async with asyncio.timeout(wish.time_s):
            yield
    except TimeoutError:
        raise RefusedError(
            "the copy took too long",
            where=source.display,
            why=f"it was not done after {format_duration(wish.time_s)}",
            remedy="--schema for a part of the database, or --clone-on beside, which is faster",
        ) from None
