"""Costs by real indexes: of every kind, each built once, and the choice that is made by them."""

import asyncio
from dataclasses import dataclass, field

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Copy
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.building.building import Builds
from plimsoll.tune.building.room import BuildLimits
from plimsoll.tune.choosing.choosing import Choice, choose
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.costing.built import Built
from plimsoll.tune.costing.costing import NOTHING, Answer, Configuration
from plimsoll.tune.costing.finding import find_costing
from plimsoll.tune.costing.planning import plan_all
from plimsoll.tune.until import Until

DDL = """
CREATE TABLE "Notes" (id int PRIMARY KEY, mail text, state text, tags text[], body text);
INSERT INTO "Notes" SELECT n, 'Mail' || n, CASE WHEN n % 100 = 0 THEN 'new' ELSE 'old' END, ARRAY['t' || n % 1000],
  repeat('x', 200) FROM generate_series(1, 8000) n;
ANALYZE;
"""
NOTES = TableName("public", "Notes")
LOWER = Index(NOTES, (IndexKey("(lower(mail))"),))
TAGS = Index(NOTES, (IndexKey.of("tags"),), "gin")
NEW = Index(NOTES, (IndexKey.of("id"),), predicate="state = 'new'::text")
ID = Index(NOTES, (IndexKey.of("id"), IndexKey.of("mail")))
STATE = Index(NOTES, (IndexKey.of("state"),))
WRONG = Index(NOTES, (IndexKey.of("body", opclass="no_such_ops"),))
MAIL, TAG = (Binding(("mail7",)),), (Binding(('["t7"]',)),)
QUERIES = [
    Query("m", 'SELECT body FROM "Notes" WHERE lower(mail) = $1', 9, 9.0, types=("text",), bindings=MAIL),
    Query("t", 'SELECT body FROM "Notes" WHERE tags @> $1', 9, 9.0, types=("text[]",), bindings=TAG),
    Query("n", "SELECT body FROM \"Notes\" WHERE state = 'new' ORDER BY id LIMIT 20", 9, 9.0),
]  # fmt: skip
CANDIDATES = [
    Candidate(LOWER, "expression", "", ("m",)),
    Candidate(TAGS, "gin", "", ("t",)),
    Candidate(NEW, "partial", "", ("n",), share=0.01),
    Candidate(STATE, "btree", "", ("n",)),
    Candidate(WRONG, "btree", "", ("m",)),
]


@dataclass
class Interrupted(Built):
    """One that is told to stop when it is asked about indexes for the second time."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, query: Query, indexes: Configuration) -> Answer:
        if indexes and self.sizes:
            self.stop.set()
        return await super().answer(query, indexes)


async def chosen_on(dsn: str) -> tuple[Choice, Choice, Built, list[str], list[Configuration]]:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        clone = Clone(read_target(dsn, {}), Copy("template", "a test", 0, 0.0), superuser=True)
        planned, facts = await plan_all(connection, QUERIES, 5.0), await read_facts(connection)
        costing = await find_costing(connection, Builds(clone, connection), 5.0)
        assert isinstance(costing, Built)
        halted = Interrupted(costing.builds, 5.0)
        costing.builds.until = Until.within(60.0, halted.stop)
        early = await choose(planned, CANDIDATES, facts, halted, None, costing.builds.until, lambda line: None)
        until = costing.builds.until = Until.within(60.0, asyncio.Event())
        choice = await choose(planned, CANDIDATES, facts, costing, None, until, lambda line: None)
        assert (await costing.answer(QUERIES[0], NOTHING)).cost == planned[0].cost
        await costing.builds.close()
        table_bytes = next(iter(facts.tables.values())).bytes
        costing.builds.limits = BuildLimits(bytes_max=table_bytes * 21 // 20)
        crowded = [
            await costing.answer(QUERIES[2], some)
            for some in (frozenset({STATE, ID}), frozenset({ID}), frozenset({STATE}))
        ]
        costing.builds.limits = BuildLimits(bytes_max=1)
        await costing.answer(QUERIES[2], frozenset({Index(NOTES, (IndexKey.of("mail"),))}))
        kept = [one.name for one in costing.builds.built]
        await costing.builds.close()
        return choice, early, costing, kept, [one.missing for one in crowded]
    finally:
        await connection.close()


def test_partial_expression_and_gin_indexes_are_chosen_by_what_the_planner_makes_of_them(database: str) -> None:
    choice, early, costing, kept, missing = asyncio.run(chosen_on(database))
    assert {one.change.index for one in choice.chosen} == {LOWER, TAGS, NEW}
    assert sum(one.saved_share for one in choice.chosen) > 0.9
    sizes = {one.change.index: one.estimate.size_bytes for one in choice.chosen if one.change.index and one.estimate}
    assert sizes == {one: costing.sizes[one] for one in sizes}
    why = {one.change.index: one.why for one in choice.rejected}
    assert "no_such_ops" in why[WRONG]
    assert STATE in why
    assert "real builds" in choice.words
    assert "s (interrupted) with the best until then" in early.words
    assert {one.change.index for one in early.chosen} < {LOWER, TAGS, NEW}
    assert early.chosen
    assert kept == []  # room was needed, and there was none
    assert missing == [{STATE}, NOTHING, NOTHING]  # both at once have none; one makes room for the other


def test_nothing_reckons_on_a_protected_database_and_hypopg_only_where_it_is(database: str) -> None:
    async def found() -> tuple[object, object]:
        connection = await asyncpg.connect(database)
        try:
            return await find_costing(connection, None, 5.0, protected=True), await find_costing(connection, None, 5.0)
        finally:
            await connection.close()

    assert asyncio.run(found()) == (None, None)
