"""Whether the catalogue's answers are true: each is built on the real server, and the workload run with and without.

A right answer is used by the planner in every index of it, and takes a fair part of the time away. One that must never
be advised is not used, or takes hardly anything away, or costs more than it saves. What only writes may use an index in
the triggers of its foreign keys, which no plan shows: its time alone tells.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.index import Index
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database, throwaway_server
from tests.prove.tuning.cases import Case
from tests.prove.tuning.measuring import Taken, taken

PAYS = 0.75  # of the time at most is left with a right answer
USELESS = 0.90  # of the time at least is left with one that does not pay,
NOISE_MS = 0.1  # or less than this is saved a call


@dataclass(frozen=True, slots=True)
class Verdict:
    """`left` is the share of the time that the workload takes with the indexes, `wal` of its WAL."""

    case: Case
    what: str
    expected: str
    before: Taken
    after: Taken
    built: frozenset[str]

    @property
    def left(self) -> float:
        return self.after.ms / self.before.ms

    @property
    def saved_ms(self) -> float:
        """A call."""
        return (self.before.ms - self.after.ms) / sum(one.calls for one in self.case.asked)

    @property
    def unused(self) -> frozenset[str]:
        return self.built - self.after.used

    @property
    def true(self) -> bool:
        if self.expected == "pays":
            return self.left <= PAYS and not (self.unused and not all(one.writes for one in self.case.asked))
        return bool(self.unused) or self.left >= USELESS or self.saved_ms < NOISE_MS

    @property
    def words(self) -> str:
        unused = "  not used" if self.unused else ""
        wal = f"  WAL {self.after.wal_bytes / self.before.wal_bytes:.2f}" if self.before.wal_bytes else ""
        times = f"{self.before.ms:10.1f} -> {self.after.ms:10.1f} ms ({self.left:5.2f})"
        state = "true " if self.true else "WRONG"
        return f"{state} {self.case.name:34} {self.expected:8} {times}{wal}{unused}  {self.what}"


def validated(cases: Iterable[Case]) -> Iterator[list[Verdict]]:
    """Each case in a database of its own."""
    with throwaway_server() as server:
        for case in cases:
            yield asyncio.run(_validated(case, server))


async def _validated(case: Case, server: PostgresServer) -> list[Verdict]:
    with fresh_database(server) as name:
        await fill(case, server.dsn_of(name))
        connection = await asyncpg.connect(server.dsn_of(name))
        try:
            return await _verdicts(case, connection)
        finally:
            await connection.close()


async def fill(case: Case, dsn: str) -> None:
    """An empty database with the case's data; settings that are given with them hold for who connects later."""
    connection = await asyncpg.connect(dsn)
    try:
        # rows whose commit is not in the log yet are not marked as visible to all, and index-only scans look in vain
        await connection.execute("SET synchronous_commit = on")
        await connection.execute("SELECT setseed(0.5)")
        await connection.execute(case.data)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _verdicts(case: Case, connection: asyncpg.Connection) -> list[Verdict]:
    await taken_by(connection, case)  # once before anything counts, so that nothing is cold
    right = [await _verdict(case, connection, one, "pays") for one in case.accepted]
    return right + [await _verdict(case, connection, [one], "does not") for one in case.never]


async def taken_by(connection: asyncpg.Connection, case: Case) -> Taken:
    """Of its workload, as its role."""
    await connection.execute(f"SET ROLE {case.role or 'NONE'}")
    found = await taken(connection, case.asked)
    await connection.execute("RESET ROLE")
    return found


async def _verdict(case: Case, connection: asyncpg.Connection, indexes: Iterable[Index], expected: str) -> Verdict:
    await connection.execute("VACUUM ANALYZE")
    before = await taken_by(connection, case)
    async with _built(connection, indexes) as names:
        after = await taken_by(connection, case)
    what = "; ".join(sorted(one.definition for one in indexes))
    return Verdict(case, what, expected, before, after, names)


@asynccontextmanager
async def _built(connection: asyncpg.Connection, indexes: Iterable[Index]) -> AsyncIterator[frozenset[str]]:
    names = frozenset(one.name for one in indexes)
    if any("gin_trgm_ops" in one.definition for one in indexes):
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for one in indexes:
        await connection.execute(one.create())
    await connection.execute("VACUUM ANALYZE")
    try:
        yield names
    finally:
        for one in indexes:
            await connection.execute(f"DROP INDEX {TableName(one.table.schema, one.name).quoted}")
