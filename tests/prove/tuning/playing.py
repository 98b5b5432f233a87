"""A case from its data to the advice on it, by the product's own entry; then the advice is followed, and measured."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from plimsoll.core.tuning.advice import Tuning
from plimsoll.embedded import PostgresServer
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.testing.postgres import fresh_database
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tune import tune
from plimsoll.workflows.tuning.request import TuneRequest, WorkloadSource
from tests.prove.tuning.cases import Asked, Case
from tests.prove.tuning.played import INDEXES, Played
from tests.prove.tuning.validating import fill, taken_by

TIME_S = 60.0  # of the search, and of the proof


def play(case: Case, server: PostgresServer, place: Path) -> Played:
    """In a database of its own; files are made in `place`."""
    with _filled(case, server) as name:
        began = time.monotonic()
        result = asyncio.run(tune(_request(case, server.dsn_of(name), place), asyncio.Event(), lambda line: None))
        seconds = time.monotonic() - began
        return asyncio.run(_followed(case, server.dsn_of(name), result.tuning, seconds))


@contextmanager
def _filled(case: Case, server: PostgresServer) -> Iterator[str]:
    with fresh_database(server) as name:
        asyncio.run(fill(case, server.dsn_of(name)))
        yield name


def _request(case: Case, dsn: str, place: Path) -> TuneRequest:
    place.mkdir(parents=True, exist_ok=True)
    file = place / "workload.sql"
    file.write_text(workload_text(case.asked))
    return TuneRequest(
        TargetRequest(Settings({}), os.environ, dsn=Secret(dsn)),
        WorkloadSource(sql=file),
        budget_bytes=case.budget_bytes,
        time_s=TIME_S,
        prove=True,
        clone_on="beside",
        role=case.role,
        kept_root=place,
    )


def workload_text(asked: Sequence[Asked]) -> str:
    """As a user writes it: calls and values in comments."""
    return "\n".join(line for one in asked for line in (*_comments(one), f"{one.sql};", ""))


def _comments(one: Asked) -> Iterator[str]:
    yield f"-- calls: {one.calls}"
    yield from (f"-- values: {', '.join(values)}" for values in one.bindings if values)


async def _followed(case: Case, dsn: str, tuning: Tuning, seconds: float) -> Played:
    connection = await asyncpg.connect(dsn)
    try:
        before = min([await taken_by(connection, case) for _ in range(2)], key=lambda one: one.ms)
        played = Played(case, tuning, before, before, seconds)
        if not (played.indexes or played.dropped):
            return played
        for change in played.changes:
            for step in change.steps if change.kind in INDEXES else ():
                await connection.execute(step.sql)
        await connection.execute("VACUUM ANALYZE")
        # The fastest of two: a machine that is busy with other work only ever makes it look slower.
        after = min([await taken_by(connection, case) for _ in range(2)], key=lambda one: one.ms)
        return Played(case, tuning, before, after, seconds)
    finally:
        await connection.close()
