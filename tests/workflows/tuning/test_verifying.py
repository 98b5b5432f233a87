"""A tuning that was applied is verified by the server's own counters."""

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from plimsoll.cli.tune_verify import code_of_verify
from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.applied import Applied, AppliedChange, AppliedIndex, Counted, Counters
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.core.tuning.verified import Verified
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.report.tuning.verified import served_words
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.tune.migrating.steps import create_steps
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.applying import ApplyRequest, apply
from plimsoll.workflows.tuning.counting import Count, Uses, counted, hidden_words
from plimsoll.workflows.tuning.keeping import Kept, keep
from plimsoll.workflows.tuning.verifying import VerifyRequest, verified, verify, without
from tests.core.tuning.tunings import NOON, ORDERS, made, proof

BY_CUSTOMER = "SELECT count(*) FROM orders WHERE customer_id = $1"
INDEX = Index(ORDERS, (IndexKey.of("customer_id"),))
BUILT = AppliedIndex("public", "idx_orders_customer_id")


async def ask(connection: asyncpg.Connection, calls: int) -> None:
    statement = await connection.prepare(BY_CUSTOMER)
    for number in range(calls):
        await statement.fetchval(number)


def test_calls_since_the_index_was_built_are_compared_with_those_before(database: str, tmp_path: Path) -> None:
    where = TargetRequest(Settings(), {}, dsn=Secret(database), project=None)

    async def go() -> tuple[Verified, Verified]:
        connection = await asyncpg.connect(database)
        await connection.execute("CREATE TABLE orders (id int, customer_id int)")
        await connection.execute("INSERT INTO orders SELECT n, n FROM generate_series(1, 20000) n")
        await ask(connection, 40)
        facts = await read_facts(connection)
        change = Change("create-index", "orders", "Create it", "", ("q1",), INDEX, steps=create_steps(INDEX, facts))
        workload = QueryWorkload((Query("q1", BY_CUSTOMER, 40, 40.0, types=("integer",)),), "here")
        keep(
            made(Advised(change, "proved", "high", 0.8, None, proof()), workload=workload, database=facts.database),
            tmp_path,
        )
        with pytest.raises(RefusedError, match="nothing of this tuning was applied"):
            await verify(VerifyRequest(where, root=tmp_path))
        await apply(ApplyRequest(where, root=tmp_path), asyncio.Event(), lambda _: None)
        early = await verify(VerifyRequest(where, root=tmp_path))
        assert early.outcome == "unclear"
        assert early.queries[0].why == "too few calls to tell: 0 since, 30 are the least"
        await ask(connection, 50)
        await connection.close()
        again = await asyncpg.connect(database)  # a session tells of its scans when it ends, at the latest
        found = await verify(VerifyRequest(where, root=tmp_path))
        await again.execute("DROP INDEX idx_orders_customer_id")
        await again.close()
        return found, await verify(VerifyRequest(where, root=tmp_path))

    found, gone = asyncio.run(go())
    assert (gone.outcome, code_of_verify(gone)) == ("taken-back", 5)
    assert gone.why == "of 1 change applied none is in effect"
    assert [one.scans for one in gone.indexes] == [None]
    assert (found.outcome, code_of_verify(found)) == ("better", 0)
    (query,) = found.queries
    assert (query.before.calls, query.after.calls, query.effect) == (40, 50, "better")
    assert query.promised == pytest.approx(0.2)
    assert [(one.name, one.valid) for one in found.indexes] == [("idx_orders_customer_id", True)]
    assert any("it has served for" in note for note in found.notes)


def test_what_is_hidden_from_the_role_is_said() -> None:
    now = Counters(NOON.replace(hour=18), NOON)
    found = told(applied(counters=COUNTERS), Count(now, hidden_words(1204)))
    assert found.notes[0].startswith("1,204 calls of other roles are hidden from this one: GRANT pg_read_all_stats")
    assert hidden_words(0) == ""


def row(id_: str, text: str, calls: int = 10) -> dict[str, object]:
    return {"id": id_, "text": text, "calls": calls, "total_ms": calls * 2.0, "mean_ms": 2.0, "stddev_ms": 1.0}


def test_a_statement_is_found_by_its_number_and_all_of_its_text_are_added_up() -> None:
    query = Query("7", "SELECT 1 FROM t WHERE a = $1::text::mood", 1, 1.0, types=("mood",))
    rows = [row("7", "SELECT 1 FROM t WHERE a = $1"), row("8", "SELECT 1 FROM t WHERE a = $1"), row("9", "SELECT 2")]
    assert counted([query], rows) == {"7": Counted(20, 40.0, 20.0)}


def test_a_statement_whose_number_is_not_known_is_found_by_its_text() -> None:
    query = Query("abc", "SELECT  1 FROM t WHERE a = $1::text::mood;", 1, 1.0, types=("mood",))
    assert counted([query], [row("7", "select 1 FROM t\nWHERE a = $1::mood")]) == {"abc": Counted(10, 20.0, 10.0)}
    assert counted([query], [row("7", "SELECT 2"), row("8", None)]) == {}  # type: ignore[arg-type]  # too long


def applied(*, state: str = "done", counters: Counters | None, uncounted: str = "") -> Applied:
    change = AppliedChange("create-index:x", "Create it", state, NOON, index=BUILT)  # type: ignore[arg-type]  # a state
    return Applied("t", "shop", "PostgreSQL 18.1", NOON, NOON, (change,), counters, uncounted=uncounted)


def told(record: Applied, now: Count, scans: int | None = 0) -> Verified:
    return verified(Kept(Path("/kept/t"), made(), record), record, now, {BUILT: Uses(scans)})


COUNTERS = Counters(NOON, NOON, {"q1": Counted(1000, 1000.0, 1000.0)})


def test_without_counters_or_with_all_of_it_there_before_it_cannot_be_told() -> None:
    for record, now, why in (
        (applied(counters=None, uncounted="it is not loaded"), Count(COUNTERS), "nothing was counted before"),
        (applied(counters=COUNTERS), Count(None, "it is gone"), "nothing is counted now: it is gone"),
        (applied(counters=COUNTERS, state="was-there"), Count(COUNTERS), "all of it was there before"),
    ):
        found = told(record, now)
        assert (found.outcome, code_of_verify(found)) == ("unclear", 5)
        assert found.why.startswith(why)
        assert [one.scans for one in found.indexes] == [0]


def test_what_was_taken_back_since_no_longer_counts_as_done() -> None:
    kept_up = AppliedChange("drop-index:y", "Drop old", "done", NOON)
    record = replace(applied(counters=COUNTERS), changes=(*applied(counters=COUNTERS).changes, kept_up))
    some = told(without(record, {"create-index:x"}), Count(COUNTERS), None)
    assert (some.outcome, some.notes[-1]) == ("unclear", "1 change taken back: Create it")
    assert told(without(record, {"create-index:x", "drop-index:y"}), Count(COUNTERS), None).outcome == "taken-back"


def test_of_what_was_taken_back_both_times_are_told_and_not_the_one_for_the_other() -> None:
    back = NOON.replace(hour=15)
    change = AppliedChange("create-index:x", "Create it", "taken-back", back, index=BUILT)
    record = replace(applied(counters=COUNTERS), changes=(change,), finished_at=back)
    found = told(record, Count(COUNTERS), None)
    assert (found.outcome, found.applied_at, found.taken_back_at) == ("taken-back", NOON, back)
    assert served_words(found).endswith("applied 2026-11-27 12:00, taken back 2026-11-27 15:00")
    somebody_else = verified(Kept(Path("/t"), made(), applied(counters=COUNTERS)), record, Count(COUNTERS), {})
    assert somebody_else.taken_back_at is None


def test_counters_that_the_server_dropped_before_are_named() -> None:
    few = replace(COUNTERS, statements={}, evicted=146)
    now = replace(COUNTERS, at=NOON.replace(hour=18), evicted=146)
    found = told(applied(counters=few), Count(now))
    assert found.queries[0].why.endswith("there may have been more, since the server dropped counters to make room")
    assert any("(146 times before, 0 since)" in note for note in found.notes)


def test_counters_that_began_anew_are_all_of_them_since() -> None:
    later = NOON.replace(hour=18)
    now = Counters(later, NOON.replace(hour=13), {"q1": Counted(50, 100.0, 10.0)}, evicted=3)
    found = told(applied(counters=COUNTERS), Count(now), None)
    assert (found.queries[0].before.calls, found.queries[0].after.calls) == (1000, 50)
    assert (found.outcome, code_of_verify(found), found.seconds) == ("worse", 4, 6 * 3600.0)
    assert [note.split(":")[0] for note in found.notes[2:]] == [
        "the server has dropped counters to make room (0 times before, 3 since), so that calls are missing"
    ]
    assert replace(found).worse == [found.queries[0]]
