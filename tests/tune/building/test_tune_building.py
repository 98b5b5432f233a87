"""Real indexes on a copy: built once, hidden from every planner until they are shown, and gone in the end."""

import asyncio
from dataclasses import dataclass, field

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Copy
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.building.building import Build, Builds, NotBuilt
from plimsoll.tune.building.extensions import extensions_for
from plimsoll.tune.building.qualifying import qualified
from plimsoll.tune.building.room import BuildLimits, no_room
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.until import Until

DDL = """
CREATE TABLE "Mixed Case" (id int PRIMARY KEY, "Mail" text, kind int, note text);
INSERT INTO "Mixed Case" SELECT n, 'Mail' || n, n % 100, repeat('x', 100) FROM generate_series(1, 3000) n;
CREATE INDEX known ON "Mixed Case" (kind, note);
CREATE INDEX idx_mixed_case_mail ON "Mixed Case" (id, kind);
CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(9); RETURN $1; END';
CREATE TABLE parts (at int, who int, note text) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (2000);
CREATE TABLE "Parts 2" PARTITION OF parts FOR VALUES FROM (2000) TO (4000);
INSERT INTO parts SELECT n, n % 500, repeat('x', 100) FROM generate_series(0, 3999) n;
ANALYZE;
"""
MIXED, PARTS = TableName("public", "Mixed Case"), TableName("public", "parts")
BY_MAIL = Index(MIXED, (IndexKey.of("Mail"),))
LOWER = Index(MIXED, (IndexKey('(lower("Mail"))'),))
BY_WHO = Index(PARTS, (IndexKey.of("who"),))
MISSING = Index(MIXED, (IndexKey.of("gone"),))
SLOW = Index(MIXED, (IndexKey("(slow(id))"),))
BY_NOTE = Index(PARTS, (IndexKey.of("note"),))
ASK_MAIL = """SELECT note FROM "Mixed Case" WHERE "Mail" = 'Mail7'"""
ASK_LOWER = """SELECT note FROM "Mixed Case" WHERE lower("Mail") = 'mail7'"""
ASK_WHO = "SELECT note FROM parts WHERE who = 7"
ASK_KIND = 'SELECT id FROM "Mixed Case" WHERE kind = 7'


def clone_of(dsn: str, **known: object) -> Clone:
    return Clone(read_target(dsn, {}), Copy("template", "a test", 0, 0.0), superuser=True, **known)  # type: ignore[arg-type]  # of tests


@dataclass
class Seen:
    plans: dict[str, str] = field(default_factory=dict)
    built: dict[str, Build | NotBuilt] = field(default_factory=dict)
    statistics: list[str] = field(default_factory=list)
    indexes: list[set[str]] = field(default_factory=list)


async def told(connection: asyncpg.Connection, text: str) -> str:
    return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {text}"))


async def indexes_of(connection: asyncpg.Connection) -> set[str]:
    valid = "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indisvalid"
    return {row[0] for row in await connection.fetch(f"{valid} AND c.relnamespace = 'public'::regnamespace")}


async def seen_on(dsn: str) -> Seen:
    seen = Seen()
    connection, other = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        known = await read_facts(connection)
        existing = next(one for one in known.indexes if one.name == "known")
        statistics = "SELECT md5(string_agg(s::text, '' ORDER BY tablename, attname)) FROM pg_stats s"
        statistics += " WHERE schemaname = 'public' AND tablename NOT LIKE 'idx%'"
        seen.statistics.append(await other.fetchval(statistics))
        seen.indexes.append(await indexes_of(other))
        builds = Builds(clone_of(dsn), connection)
        await other.execute("SET plan_cache_mode = force_generic_plan; PREPARE asked AS " + ASK_MAIL)
        seen.plans["prepared before"] = await told(other, "EXECUTE asked")
        for index in (BY_MAIL, LOWER, BY_WHO, MISSING):
            seen.built[index.name] = await builds.build(index)
        assert await builds.build(BY_MAIL) is seen.built[BY_MAIL.name]
        seen.plans["hidden"] = await told(other, ASK_MAIL) + await told(connection, ASK_LOWER + " UNION " + ASK_WHO)
        await builds.show(frozenset({BY_MAIL, BY_WHO}), frozenset({existing}))
        seen.plans["mail"], seen.plans["who"] = await told(connection, ASK_MAIL), await told(other, ASK_WHO)
        seen.plans["prepared shown"] = await told(other, "EXECUTE asked")
        seen.plans["lower not"], seen.plans["kind without"] = await told(other, ASK_LOWER), await told(other, ASK_KIND)
        await builds.show(frozenset({LOWER}))
        seen.plans["lower"], seen.plans["kind"] = await told(other, ASK_LOWER), await told(connection, ASK_KIND)
        seen.plans["prepared hidden"] = await told(other, "EXECUTE asked")
        seen.plans["who not"] = await told(connection, ASK_WHO)
        seen.statistics.append(await other.fetchval(statistics))
        await builds.show(frozenset({BY_WHO}), frozenset({existing}))
        builds.until = Until.within(60.0, asyncio.Event())
        asyncio.get_running_loop().call_later(0.05, builds.until.stop.set)
        seen.built[SLOW.name] = await builds.build(SLOW)
        builds.until = Until.endless()
        seen.built[BY_NOTE.name] = await builds.build(BY_NOTE)
        assert SLOW not in builds.refused
        await builds.close()
        seen.indexes.append(await indexes_of(other))
        return seen
    finally:
        await connection.close()
        await other.close()


def test_an_index_is_seen_by_every_planner_when_it_is_shown_and_only_then(each_database: str) -> None:
    seen = asyncio.run(seen_on(each_database))
    names = {name: one.name for name, one in seen.built.items() if isinstance(one, Build)}
    assert names[BY_MAIL.name] == "idx_mixed_case_mail_2"  # its own name is another's
    assert "idx_mixed_case_mail" not in seen.plans["hidden"]
    assert "who_idx" not in seen.plans["hidden"]
    assert "idx_mixed_case_mail_2" not in seen.plans["prepared before"]
    assert "idx_mixed_case_mail_2" in seen.plans["mail"]
    assert "idx_mixed_case_mail_2" in seen.plans["prepared shown"]
    assert "idx_mixed_case_mail_2" not in seen.plans["prepared hidden"]
    assert seen.plans["who"].count("who_idx") >= 2  # of each partition
    assert "who_idx" not in seen.plans["who not"]
    assert names[LOWER.name] not in seen.plans["lower not"]
    assert names[LOWER.name] in seen.plans["lower"]
    assert "known" in seen.plans["kind"]
    assert "known" not in seen.plans["kind without"]
    assert seen.indexes[0] == seen.indexes[1]
    assert seen.statistics[0] == seen.statistics[1]  # of the tables, while the expression got its own:
    assert "rows=1 " in seen.plans["lower"].partition("\n")[0]  # without any, a two hundredth of the table


def test_what_cannot_be_built_says_why_and_what_is_built_what_it_takes(database: str) -> None:
    seen = asyncio.run(seen_on(database))
    assert seen.built[SLOW.name] == NotBuilt(SLOW, "not built: interrupted")
    assert isinstance(seen.built[BY_NOTE.name], Build)
    refused = seen.built[MISSING.name]
    assert isinstance(refused, NotBuilt)
    assert refused.why == 'cannot be built: column "gone" does not exist'
    parts = seen.built[BY_WHO.name]
    assert isinstance(parts, Build)
    assert parts.size_bytes >= 2 * 2 * 8192
    assert parts.seconds > 0


def test_without_superuser_nothing_is_built(database: str) -> None:
    async def built() -> Build | NotBuilt:
        connection = await asyncpg.connect(database)
        try:
            clone = clone_of(database)
            plain = Clone(clone.target, clone.copy, superuser=False)
            return await Builds(plain, connection).build(BY_MAIL)
        finally:
            await connection.close()

    found = asyncio.run(built())
    assert isinstance(found, NotBuilt)
    assert "superuser" in found.why


def test_bytes_of_the_copy_and_of_its_disk_bound_what_is_built() -> None:
    limits = BuildLimits(bytes_max=100 * 2**20)
    assert no_room(50 * 2**20, 40 * 2**20, None, limits) == ""
    assert "may take" in no_room(50 * 2**20, 60 * 2**20, None, limits)
    assert "left" in no_room(50 * 2**20, 0, 200 * 2**20, limits)
    assert no_room(50 * 2**20, 0, 2**30, limits) == ""


def test_operator_classes_name_their_extensions() -> None:
    trigrams = IndexKey.of("note", opclass="gin_trgm_ops")
    assert extensions_for(Index(MIXED, (trigrams, trigrams), "gin")) == ("pg_trgm",)
    assert extensions_for(Index(MIXED, (IndexKey.of("note", opclass="text_pattern_ops"),))) == ()


def test_candidates_name_everything_with_its_schema(database: str) -> None:
    table = TableName("a", "T x")
    found = [
        Index(table, (IndexKey.of("id"),), predicate="state = 'new'::st"),
        Index(table, (IndexKey("(f(note) || 'x'::text)"), IndexKey.of("id"))),
        Index(table, (IndexKey("lower(note)"),), predicate="id > 7"),
        Index(table, (IndexKey.of("note", opclass="own_ops"),)),
        Index(table, (IndexKey("gone(note)"),)),
    ]

    async def course() -> list[Index]:
        clone = clone_of(database, session={"search_path": "a"})
        connection = await asyncpg.connect(database)
        await connection.execute(IN_A_SCHEMA)
        wanted = [Candidate(one, "btree", "", ()) for one in found]
        named = await qualified(clone, connection, wanted)
        await connection.close()
        return [one.index for one in named]

    state, computed, *others = asyncio.run(course())
    assert state.predicate == "(state = 'new'::a.st)"
    assert computed.keys == (IndexKey("((a.f(note) || 'x'::text))"), IndexKey.of("id"))
    assert others == [found[2], Index(table, (IndexKey.of("note", opclass="a.own_ops"),)), found[4]]


IN_A_SCHEMA = """
CREATE SCHEMA a;
SET search_path = a;
CREATE TYPE st AS ENUM ('new', 'old');
CREATE FUNCTION f(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE OPERATOR CLASS own_ops FOR TYPE text USING btree AS OPERATOR 3 =, FUNCTION 1 bttextcmp(text, text);
CREATE TABLE "T x" (id int, state st, note text);
RESET search_path;
"""
