"""A project with sessions whose findings are known, and jobs to analyse them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from fluentscribe.checks.running import Languages, examine
from fluentscribe.database.migrating import WORKER, make_roles, migrate
from fluentscribe.database.pool import open_pool
from fluentscribe.formats.values import Text, Unit
from fluentscribe.work.worker import Manner, Worker, work
from tests.fluentscribe.api.service import as_role

T = TypeVar("T")
Pairs = Sequence[tuple[str, str]]

ORGANIZATION = PROJECT = UUID(int=7)
ENGLISH_GERMAN = Languages("en", "de")
FINDINGS = """
SELECT g.seq, e.type, e.span_start, e.span_end, e.fingerprint, e.severity::text, e.message
FROM qa_errors e JOIN qa_segments g ON g.id = e.segment_id WHERE e.session_id = $1
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A superuser's connection, and what workers connect with."""

    db: asyncpg.Connection
    worker_dsn: str

    async def session(self, pairs: Pairs, status: str = "queued") -> UUID:
        """With a job that waits. Sessions that are not queued are said to have been analysed."""
        session: UUID = await self.db.fetchval(
            "INSERT INTO qa_sessions (organization_id, project_id, source_language, target_language, status,"
            " analyzed_at, decided_at) VALUES ($1, $1, 'en', 'de', $2, CASE WHEN $2 <> 'queued' THEN now() END,"
            " CASE WHEN $2 IN ('approved', 'rejected') THEN now() END) RETURNING id",
            ORGANIZATION,
            status,
        )
        await self.db.execute(
            "INSERT INTO qa_segments (organization_id, session_id, seq, source, target)"
            " SELECT $1, $2, seq, source, target FROM unnest($3::text[], $4::text[]) WITH ORDINALITY"
            " AS pairs (source, target, seq)",
            ORGANIZATION,
            session,
            [source for source, _ in pairs],
            [target for _, target in pairs],
        )
        await self.job(session)
        return session

    async def add_units(self, session: UUID, units: Iterable[Unit]) -> None:
        """As they were read from a file, with their tags."""
        columns = ("organization_id", "session_id", "seq", "unit_id", "source", "target", "source_tags", "target_tags")
        records = (
            (ORGANIZATION, session, unit.seq, unit.id, unit.source.plain, unit.target.plain, *map(_tags, _texts(unit)))
            for unit in units
        )
        await self.db.copy_records_to_table("qa_segments", columns=columns, records=records)

    async def job(self, session: UUID) -> int:
        job: int = await self.db.fetchval(
            "INSERT INTO analysis_jobs (organization_id, session_id) VALUES ($1, $2) RETURNING id",
            ORGANIZATION,
            session,
        )
        return job

    async def drain(self, **manner: Any) -> None:
        """A worker works until there is nothing to do."""
        pool = await open_pool(self.worker_dsn, 3, 30, WORKER)
        try:
            await work(Worker(pool, Manner(drain=True, **manner), Random(1)))
        finally:
            await pool.close()

    async def found(self, session: UUID) -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in await self.db.fetch(FINDINGS, session))

    async def one(self, table: str, key: Any) -> asyncpg.Record:
        return await self.db.fetchrow(f"SELECT * FROM {table} WHERE id = $1", key)


def _texts(unit: Unit) -> tuple[Text, Text]:
    return unit.source, unit.target


def _tags(text: Text) -> str:
    return json.dumps([astuple(tag) for tag in text.tags])


def expected(pairs: Pairs) -> list[tuple[Any, ...]]:
    """What `found` is to say, by asking the checks themselves."""
    units = (Unit(seq, "", Text(source), Text(target), "translated") for seq, (source, target) in enumerate(pairs, 1))
    return sorted(
        (one.seq, one.type, one.start, one.end, one.fingerprint, one.severity, one.message)
        for one in examine(units, ENGLISH_GERMAN)
    )


def pairs_of(number: int, length: int) -> Pairs:
    """Sentences that differ from session to session, every seventh with a wrong number, every tenth left out."""
    return [(f"Rule {n} of case {number} is void.", _translated(n, number)) for n in range(1, length + 1)]


def _translated(n: int, number: int) -> str:
    said = n + 1 if n % 7 == 0 else n
    return "" if n % 10 == 0 else f"Die Regel {said} des Falls {number} ist nichtig."


@asynccontextmanager
async def ground(dsn: str) -> AsyncIterator[Ground]:
    """On an empty database."""
    await migrate(dsn)
    await make_roles(dsn, "of tests")
    db = await asyncpg.connect(dsn)
    try:
        await db.execute("INSERT INTO organizations (id, slug, name) VALUES ($1, 'ours', 'Ours')", ORGANIZATION)
        await db.execute(
            "INSERT INTO projects (id, organization_id, name, source_language, target_language)"
            " VALUES ($1, $1, 'Rules', 'en', 'de')",
            ORGANIZATION,
        )
        yield Ground(db, as_role(dsn, WORKER))
    finally:
        await db.close()


def on_ground(dsn: str, story: Callable[[Ground], Awaitable[T]]) -> T:
    async def told() -> T:
        async with ground(dsn) as made:
            return await story(made)

    return asyncio.run(told())
