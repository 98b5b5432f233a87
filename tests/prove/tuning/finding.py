"""Whether a right answer is among what the product finds by plans alone, before anything is built. Quick, and rough."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from plimsoll.core.tuning.index import Index
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database, throwaway_server
from plimsoll.tune.candidates.finding import candidates
from plimsoll.tune.dropping import drops
from plimsoll.tune.foreign_keys import foreign_key_candidates
from tests.prove.tuning.alike import accepted_in
from tests.prove.tuning.asking import Seen, seen
from tests.prove.tuning.cases import Case
from tests.prove.tuning.validating import fill


@dataclass(frozen=True, slots=True)
class Found:
    """`indexes` are the candidates, `dropped` names of what would be dropped, `refused` what could not be planned."""

    case: Case
    indexes: Sequence[Index]
    dropped: frozenset[str]
    refused: Sequence[str]

    @property
    def right(self) -> bool:
        accepted = not self.case.accepted or accepted_in(self.case.accepted, self.indexes) is not None
        dropped = self.dropped in (self.case.drops or (frozenset(),))
        return accepted and dropped and not self.refused

    @property
    def words(self) -> str:
        lines = [f"{'found ' if self.right else 'MISSED'} {self.case.name:42} {len(self.indexes)} candidates"]
        if not self.right:
            lines += [f"         {one.definition}" for one in self.indexes]
            lines += [f"         drops {', '.join(sorted(self.dropped))}"] * bool(self.dropped)
            lines += [f"         not planned: {why}" for why in self.refused]
        return "\n".join(lines)


def found(cases: Iterable[Case]) -> Iterator[Found]:
    """Each case in a database of its own."""
    with throwaway_server() as server:
        for case in cases:
            yield asyncio.run(_found(case, server))


async def _found(case: Case, server: PostgresServer) -> Found:
    with fresh_database(server) as name:
        await fill(case, server.dsn_of(name))
        connection = await asyncpg.connect(server.dsn_of(name))
        try:
            return _of(await seen(case, connection))
        finally:
            await connection.close()


def _of(one: Seen) -> Found:
    some = [*candidates(one.planned, one.facts), *foreign_key_candidates(one.facts, one.planned)]
    changes, _ = drops(one.facts, one.planned)
    names = frozenset(change.existing.name for change in changes if change.existing is not None)
    return Found(one.case, [each.index for each in some], names, [each.why for each in one.planned if each.why])
