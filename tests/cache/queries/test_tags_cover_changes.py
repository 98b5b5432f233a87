"""If what a statement answers has changed, the change wrote a tag of the statement's. Whatever statement and change."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from random import Random

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache.queries.analyzing import analyze
from plimsoll.cache.queries.context import CONTEXT_SQL, Told
from plimsoll.cache.queries.tagging import tags_of
from plimsoll.core.tag import family_of, is_whole
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.cache.queries.grammar import EMPTIED, GRANTS, SETUP, WATCHES, Grammar, Statement, change, filled
from tests.cache.queries.roles import readers_role
from tests.changes.histories import House, house

STATEMENTS = 15
CHANGES = 15
EXAMPLES = 4
ASKED = "app.org"


def covers(tags: Iterable[str], written: Iterable[str]) -> bool:
    """As a store does: a tag meets itself, and a family each tag of it."""
    mine = set(tags)
    return any(one in mine or (is_whole(one) and family_of(one) in map(family_of, mine)) for one in written)


async def told(connection: asyncpg.Connection) -> Told:
    row = await connection.fetchrow(CONTEXT_SQL, [ASKED])
    assert row is not None
    return Told.read(row, [ASKED])


async def answer(connection: asyncpg.Connection, statement: Statement) -> Counter[tuple[object, ...]] | None:
    try:
        return Counter(map(tuple, await connection.fetch(statement.sql, *statement.parameters)))
    except asyncpg.PostgresError:  # a subquery of several rows, a number that is none
        return None


async def uncovered(there: House, reader: asyncpg.Connection, writer: asyncpg.Connection, seed: int) -> str:
    """What shows that tags are missing, or "". STATEMENTS statements beside CHANGES changes."""
    random = Random(seed)
    await writer.execute(f"{EMPTIED}; {filled(random)}")
    context = (await told(reader)).context
    tags: dict[int, frozenset[str]] = {}
    statements = [Grammar(random).made() for _ in range(STATEMENTS)]
    for number, one in enumerate(statements):
        judged = (await analyze(reader, one.sql, context)).judgement
        assert not judged.refused, (one, judged)
        tags[number] = tags_of(judged, one.parameters, context.settings)
    await there.polled()
    before = [await answer(reader, one) for one in statements]
    for _ in range(CHANGES):
        text = change(random)
        with suppress(asyncpg.IntegrityConstraintViolationError):
            await writer.execute(text)
        written = {tag for row in await there.polled() for tag in row}
        after = [await answer(reader, one) for one in statements]
        for number, one in enumerate(statements):
            if after[number] != before[number] and not covers(tags[number], written):
                return f"{one}\n{text}\nhas {sorted(tags[number])}\nwrote {sorted(written)}"
        before = after
    return ""


def test_a_changed_answer_is_told_by_a_tag(postgres_server: PostgresServer) -> None:
    with readers_role(postgres_server) as role, fresh_database(postgres_server) as name, asyncio.Runner() as runner:
        entered = house(postgres_server.dsn_of(name), SETUP, *WATCHES)
        there, writer = runner.run(entered.__aenter__())
        reader = runner.run(there.connect())
        runner.run(writer.execute(GRANTS.format(role=role)))
        runner.run(reader.execute(f"SET {ASKED} = '1'; SET ROLE {role}; SET plan_cache_mode = force_custom_plan"))

        @settings(max_examples=EXAMPLES)
        @given(st.integers(0, 2**32))
        def holds(seed: int) -> None:
            found = runner.run(uncovered(there, reader, writer, seed))
            assert not found, found

        try:
            holds()
        finally:
            runner.run(entered.__aexit__(None, None, None))
