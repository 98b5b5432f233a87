"""A new session of a file: its segments, its words, and a job to have it analysed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from fluentscribe.database.pool import answered
from fluentscribe.formats.values import Format, Header, Refused
from fluentscribe.records import segments, sessions, uploads
from fluentscribe.uploads.ahead import OneAhead
from fluentscribe.uploads.reading import Batch, Source, read_batches


@dataclass(frozen=True, slots=True)
class Made:
    """A session, and what the file turned out to be."""

    session: UUID
    format: Format


async def make_session(db: Any, project: UUID, upload: UUID, source: Source) -> Made:
    """Wholly or, raising Refused, not at all. `db` is in a transaction on somebody's behalf."""
    try:
        async with db.transaction(), answered(db), OneAhead(read_batches(source)) as parts:
            return await _fill(db, await db.fetchval(uploads.CREATE_SESSION, project, upload), parts)
    except (asyncpg.DataError, asyncpg.CheckViolationError) as error:
        reason = f"a value that cannot be stored ({str(error)[:200]})"
        raise Refused("malformed-unit", reason) from error


async def _fill(db: Any, session: UUID, parts: AsyncIterator[Header | Batch]) -> Made:
    header = await anext(parts)
    assert isinstance(header, Header)
    words = 0
    async for part in parts:
        assert isinstance(part, Batch)
        await segments.add(db, session, part.rows)
        words += part.words
    await db.execute(uploads.COUNT_WORDS, session, words)
    await db.execute(sessions.ENQUEUE, session)
    return Made(session, header.format)
