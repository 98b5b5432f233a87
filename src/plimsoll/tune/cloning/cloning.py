"""Making a copy of the database under advice, wherever it is wished for, and leaving nothing of it behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.pooler import is_pooled, pooler_hint
from plimsoll.tune.cloning.beside import beside_clone
from plimsoll.tune.cloning.bounds import refuse_too_large, size_of
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.cloning.elsewhere import clone_elsewhere
from plimsoll.tune.cloning.origin import Origin, read_origin
from plimsoll.tune.cloning.own import own_clone
from plimsoll.tune.cloning.wish import CloneWish, Say

__all__ = ["CloneWish", "cloned"]


@asynccontextmanager
async def cloned(source: Target, facts: DatabaseFacts, wish: CloneWish, say: Say) -> AsyncIterator[Clone]:
    """A copy for as long as it is open; nothing of it stays, however this process ends. The source is only read.

    Raises RefusedError where it may not be made or cannot be made whole. For a copy beside it no connection to the
    source may be open, the caller's neither."""
    origin = await _origin(source, wish)
    size = size_of(facts, origin.schemas)
    refuse_too_large(size.whole, wish.bytes_max, source.display)
    if wish.on == "own":
        made = own_clone(source, origin, size, wish, say)
    elif wish.on == "beside":
        made = beside_clone(source, origin, size, wish, say)
    else:
        made = clone_elsewhere(source, wish.on, origin, size, wish, say)
    async with made as clone:
        yield clone


async def _origin(source: Target, wish: CloneWish) -> Origin:
    connection = await connect(source, prepared=False)
    try:
        if pooler_hint(source) or await is_pooled(connection):
            raise RefusedError(
                "a copy cannot be made through a connection pooler",
                where=source.display,
                why="pg_dump's settings would stay in sessions that others get",
                remedy="give the DSN of the database server itself",
            )
        return await read_origin(connection, wish.schemas, wish.role)
    except FOREIGN as error:
        raise RefusedError(
            "the database cannot be read for a copy", where=source.display, why=source.mask(str(error))
        ) from None
    finally:
        connection.terminate()
