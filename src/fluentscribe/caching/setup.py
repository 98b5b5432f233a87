"""The cache of a serving process: opened at its start, told of every committed change, closed at its end."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg

from fluentscribe.caching.noting import Notes
from fluentscribe.caching.tags import tables
from fluentscribe.database.migrating import APP
from fluentscribe.database.pool import close_pool, open_pool
from fluentscribe.settings import Settings, SettingsError

if TYPE_CHECKING:
    from fluentscribe.caching.rights import Rights
    from plimsoll.cache import Cache, SharedTier

NAME: Final = "fluentscribe"  # by which processes find each other on a server
STALENESS_S: Final = 0.25  # that an answer from memory is behind what was committed, at most
# A poll is a statement; a change is known here so much later at most. To poll more often after one would help a change
# that follows at once, and be most of what following costs: it is sooner only where somebody brings a token of a change
# that is not known yet.
POLL_S: Final = 0.1
TTL_S: Final = 3600.0  # after which an answer is read anew though nothing has changed
TELL_EVERY_S: Final = 2.0
_log = logging.getLogger("fluentscribe.caching")


@dataclass(frozen=True, slots=True)
class Caching:
    """`pool` is for reading what is to be kept: its connections read only, each transaction in one snapshot."""

    cache: "Cache"
    pool: asyncpg.Pool
    notes: Notes
    rights: "Rights"


def shared_of(settings: Settings) -> "SharedTier | None":
    """Where answers are shared, if they are; nothing is connected yet. Raises SettingsError, without secrets."""
    url = "" if settings.cache_url is None else settings.cache_url.get_secret_value().strip()
    if not url:
        return None
    from plimsoll.cache import SharedTier, UsageError

    try:
        return SharedTier(NAME, url)
    except UsageError as error:
        raise SettingsError(f"FLUENTSCRIBE_CACHE_URL is wrong: {error.why}; {error.remedy}") from None


@asynccontextmanager
async def caching_of(settings: Settings) -> AsyncIterator[Caching | None]:
    """None where the settings do not ask for it.

    Where changes cannot be followed (no changelog, one that lacks what answers rest on, no leave to poll, no
    connection), nothing is answered from memory, and the log says why.
    """
    if settings.cache == "off":
        yield None
        return
    from fluentscribe.caching.rights import Rights
    from plimsoll.cache import Cache, Limits

    dsn = settings.dsn.get_secret_value()
    cache = Cache(
        NAME,
        limits=Limits(entries=settings.cache_entries, bytes=settings.cache_megabytes * 1_000_000),
        staleness_s=STALENESS_S,
        shared=shared_of(settings),
    )
    timeout_s = settings.statement_timeout_s
    fills = await open_pool(dsn, settings.pool_size, timeout_s, APP, "fluentscribe-cache", reads=True)
    cache.follow(dsn, every_s=POLL_S, busy_s=POLL_S, tables=tables())
    noted = await open_pool(dsn, 1, timeout_s, APP, "fluentscribe-notes", leaves=True)
    notes = Notes(noted, settings.pool_wait_s)
    beside = [
        asyncio.create_task(notes.run(), name="noting"),
        asyncio.create_task(_tell(cache), name="telling how the cache stands"),
    ]
    try:
        yield Caching(cache, fills, notes, Rights(cache, fills, settings.pool_wait_s))
    finally:
        for task in beside:
            task.cancel()
        for task in beside:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(cache.close)
        await close_pool(fills)
        await close_pool(noted)


async def _tell(cache: "Cache") -> None:
    """Until it is cancelled: why nothing is answered from memory, and when it is again."""
    told = ""
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        why = cache.status().trouble
        if why and why != told:
            _log.warning("nothing is answered from memory: %s", why)
        elif told and not why:
            _log.warning("answers come from memory again")
        told = why
