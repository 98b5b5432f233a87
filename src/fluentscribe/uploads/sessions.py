"""A new session of a file: its segments, its words, and a job to have it analysed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg

from fluentscribe.database.pool import answered
from fluentscribe.formats.values import Header, Refused
from fluentscribe.records import segments, sessions, uploads
from fluentscribe.uploads.ahead import OneAhead
from fluentscribe.uploads.reading import Batch, Source, read_batches

# Makes the session of so many words; its key.
Create = Callable[[Header, int], Awaitable[UUID]]


async def further_session(db: Any, project: UUID, upload: UUID, source: Source) -> UUID:
    """Of a file that was taken before, wholly or, raising Refused, not at all."""

    async def create(header: Header, words: int) -> UUID:
        session: UUID = await db.fetchval(uploads.CREATE_SESSION, project, upload, words)
        await db.execute(sessions.ENQUEUE, session)
        return session

    return await make_session(db, source, create)


async def make_session(db: Any, source: Source, create: Create) -> UUID:
    """What `create` makes, with the file's segments; wholly or, raising Refused, not at all. `db` is in a transaction
    on somebody's behalf.

    The file's beginning, which is most often all of it, is read first: the database is not asked for a file that is
    refused there, and the session has its words from the start.
    """
    async with OneAhead(read_batches(source)) as parts:
        header, first = await anext(parts), await anext(parts, Batch())
        assert isinstance(header, Header)
        assert isinstance(first, Batch)
        try:
            async with db.transaction(), answered(db):
                session = await create(header, first.words)
                await segments.add(db, session, first.rows)
                if first.full:
                    await _go_on(db, session, first.words, parts)
        except (asyncpg.DataError, asyncpg.CheckViolationError) as error:
            reason = f"a value that cannot be stored ({str(error)[:200]})"
            raise Refused("malformed-unit", reason) from error
    return session


async def _go_on(db: Any, session: UUID, words: int, parts: AsyncIterator[Header | Batch]) -> None:
    async for part in parts:
        assert isinstance(part, Batch)
        await segments.add(db, session, part.rows)
        words += part.words
    await db.execute(uploads.COUNT_WORDS, session, words)
