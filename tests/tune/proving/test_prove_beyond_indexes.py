"""Proved on a real server: a foreign key's index, a statement written differently, a setting."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised, Copy
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.query import Binding, Query, QueryWorkload
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.settings.masking import Secret
from plimsoll.tune.building.building import Builds
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.proving.narrowing import CARRIES_IN_VAIN
from plimsoll.tune.proving.proved import Proved
from plimsoll.tune.proving.proving import prove
from plimsoll.tune.until import Until

pytestmark = pytest.mark.alone  # it judges times: what runs beside it would be measured, too

DDL = """
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE kids (id int PRIMARY KEY, parent int NOT NULL REFERENCES parents, at timestamp NOT NULL);
INSERT INTO parents SELECT generate_series(1, 2000);
INSERT INTO kids SELECT i, 1 + i % 2000, timestamp '2026-01-01' + i * interval '1 min' FROM generate_series(1, 30000) i;
CREATE INDEX ON kids (at);
"""
DAY = Query(
    "day", "SELECT id FROM kids WHERE date(at) = $1", 100, 0, types=("date",), bindings=(Binding(("2026-01-05",)),)
)
RANGE = "SELECT id FROM kids WHERE at >= $1::date AND at < $1::date + 1"
WRONG = "SELECT id FROM kids WHERE at > $1::date AND at < $1::date + 1"
AS_NUMBER = Query(
    "number", "SELECT id FROM kids WHERE id::numeric = $1", 100, 0, types=("numeric",), bindings=(Binding(("5",)),)
)
ROUNDED = "SELECT id FROM kids WHERE id = CAST(CAST($1 AS numeric) AS int)"
KIDS = TableName("public", "kids")


def rewritten(form: str, after: str, of: Query = DAY) -> Advised:
    change = Change("rewrite", of.id, form, "", (of.id,), form=form, before=of.text, after=after)
    return Advised(change, "explained", "medium")


def setting(name: str, value: str) -> Advised:
    details = {"setting": name, "proposed": value}
    return Advised(Change("setting", name, name, "", ("day",), form=name, details=details), "explained", "low")


BY_NUMBER = Index(KIDS, (IndexKey("((id)::numeric)"),))
IN_VAIN = Advised(  # its statement reads the table for its id
    Change("create-index", "kids", "in vain", "", index=replace(BY_NUMBER, include=("at",)), form="covering"),
    "estimated",
    "medium",
)
KEY = Advised(
    Change("create-index", "kids", "key", "", index=Index(KIDS, (IndexKey.of("parent"),)), form="foreign-key"),
    "explained",
    "medium",
)


async def proved_on(dsn: str) -> Proved:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        await connection.execute("VACUUM ANALYZE")
        clone = Clone(read_target(Secret(dsn), {}, where="test"), Copy("template", "", 0, 0.0), superuser=True)
        facts = await read_facts(connection, ("public",))
        changes = [
            KEY, IN_VAIN, rewritten("range", RANGE), rewritten("wrong", WRONG), rewritten("sketch", ""),
            rewritten("cast", ROUNDED, AS_NUMBER),
            setting("enable_tidscan", "off"), setting("shared_buffers", "1GB"),
        ]  # fmt: skip
        builds, workload = Builds(clone, connection), QueryWorkload([DAY, AS_NUMBER], "made up")
        return await prove(builds, workload, facts, changes, Until.within(60.0, asyncio.Event()), lambda _: None)
    finally:
        await connection.close()


def test_what_is_no_index_of_a_statement_is_proved_in_its_own_way(database: str) -> None:
    found = asyncio.run(proved_on(database))
    standing = {one.change.title: one.standing for one in found.advised}
    gives = {one.change.title: one.gives for one in found.advised}
    plain = f"Create index on {BY_NUMBER.words}"
    assert standing.pop(plain) == "proved"
    assert standing == {"key": "proved", "shared_buffers": "explained", "range": "proved", "sketch": "explained"}
    assert gives["key"].startswith("looking for rows that refer to a deleted one takes")
    assert gives["shared_buffers"].startswith('not measured: the copy refuses it: parameter "shared_buffers" cannot')
    quicker = next(one for one in found.advised if one.change.title == "range")
    assert quicker.proof is not None
    (day,) = quicker.proof.queries
    assert day.after.pages
    assert day.before.pages
    assert day.after.pages < day.before.pages / 5
    why = {one.change.title: one.why for one in found.rejected}
    assert why.keys() == {"wrong", "enable_tidscan", "cast", "in vain"}
    assert why["in vain"] == CARRIES_IN_VAIN
    assert why["wrong"] == "returns other rows on the copy"
    assert why["cast"] == "returns other rows on the copy for $1 = '0.5', which may be sent, too"
