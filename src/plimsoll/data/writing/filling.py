"""Carrying out a fill in one transaction: all rows or none.

**Routes.** A table's rows go by plain COPY; by COPY without foreign-key triggers, all keys being verified afterwards,
where the session may do that; or by a temporary table, where COPY is refused (row security) or checks must be tried.
"""

import asyncio
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

import asyncpg

from plimsoll.data.writing.copying import COPY_ROWS, Destination, Work, copy_rows, row_numbers, rows_in, spans
from plimsoll.data.writing.cycles import check_waiting, let_wait
from plimsoll.data.writing.emptying import empty_tables
from plimsoll.data.writing.fill import Filled, FillPlan, TableFill
from plimsoll.data.writing.sequences import require_rights, sequences_of, set_sequences
from plimsoll.data.writing.server_refusals import server_refusal
from plimsoll.data.writing.staging import fill_staged, is_self_referring, probe, set_later, triable
from plimsoll.data.writing.triggered import hold_empty, make_way
from plimsoll.data.writing.verifying import (
    Key,
    enforced_keys,
    lock_parents,
    may_be_verified,
    may_skip_triggers,
    verify,
)
from plimsoll.data.writing.watching import Watch
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask

# Below it the triggers cost little. A million rows with two foreign keys, on two cores and PostgreSQL 18: 7.1 s with
# their triggers, 1.3 s verified afterwards (0.2 s of it by the two anti-joins).
VERIFIED_ROWS_MIN: Final = 20_000

_SETTINGS: Final = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; "
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '5s'"
)
_TRANSACTION_TIMEOUT_SINCE: Final = 17


async def fill(connection: asyncpg.Connection, plan: FillPlan, *, watch: Watch, empty_first: bool = False) -> Filled:
    """Writes the rows of a plan; tables it names are emptied before if `empty_first`.

    Any error, a cancellation and a lost connection leave the database as it was (sequences apart, which no transaction
    brings back); once the rows are committed, only statistics are left to do. Raises RefusedError for what the server
    refuses. The connection must not be in a transaction.
    """
    assert not connection.is_in_transaction()
    started = time.perf_counter()
    work = Work(connection, watch)
    watch.begin([(str(table.table.name), table.rows) for table in plan.tables])
    await _in_transaction(work, plan, empty_first=empty_first)
    await _analyze(work, plan)
    return Filled(work.written, work.retried, time.perf_counter() - started, work.bytes_copied)


async def _in_transaction(work: Work, plan: FillPlan, *, empty_first: bool) -> None:
    transaction = work.connection.transaction(isolation="read_committed")
    during = "at its start"
    try:
        await transaction.start()
        during = "while rows were written"
        await _write(work, plan, empty_first=empty_first)
        during = "while committing"
        work.watch.phase("committing")
        await _to_its_end(transaction.commit())
    except FOREIGN as error:
        await _roll_back(work.connection, transaction)
        raise server_refusal(error, work.table, during) from error
    except BaseException:
        await _roll_back(work.connection, transaction)
        raise


async def _to_its_end(commit: Coroutine[Any, Any, None]) -> None:
    """A cancellation waits for the commit and is then without effect: nobody could say what half of one had done."""
    task = asyncio.ensure_future(commit)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task


async def _roll_back(connection: asyncpg.Connection, transaction: Any) -> None:
    """Where that cannot be done, the connection is dropped, which makes the server do it.

    After a COMMIT that failed the server is no longer in the transaction, and nothing is left to do.
    """
    if connection.is_closed() or not connection.is_in_transaction():
        return
    try:
        await transaction.rollback()
    except BaseException as error:
        connection.terminate()
        if not isinstance(error, FOREIGN):
            raise


async def _write(work: Work, plan: FillPlan, *, empty_first: bool) -> None:
    connection = work.connection
    await _prepare(work, plan, empty_first=empty_first)
    users = sequences_of(plan.tables)
    await require_rights(connection, users)
    worthwhile = any(table.rows >= VERIFIED_ROWS_MIN for table in plan.tables)
    skipping = worthwhile and await may_skip_triggers(connection)
    keys: list[Key] = []
    triggers = any(table.table.triggers for table in plan.tables)
    held = await hold_empty(connection, plan.tables)
    for table in plan.tables:
        work.table = table.table
        if table.table.name in held:
            await make_way(work, table.table.name)
        keys += await _fill_table(work, table, skipping=skipping, emptied=empty_first)
        if triggers:  # which may draw from the sequence of a table that is filled already
            await set_sequences(connection, sequences_of([table]), emptied=empty_first)
    for table in plan.tables:
        if table.later:
            work.table = table.table
            work.watch.phase(f"setting {', '.join(table.later)} of {table.table.name}")
            await set_later(work, table)
    work.table = None
    if keys:
        work.watch.phase("verifying foreign keys")
        await verify(connection, keys)
    await check_waiting(connection, plan.waiting)
    if users:
        work.watch.phase("setting sequences")
        await set_sequences(connection, users, emptied=empty_first)


async def _prepare(work: Work, plan: FillPlan, *, empty_first: bool) -> None:
    await work.connection.execute(_SETTINGS)
    await work.connection.execute("SET CONSTRAINTS ALL DEFERRED")  # keys of a cycle; verified at the commit
    if work.connection.get_server_version().major >= _TRANSACTION_TIMEOUT_SINCE:
        await work.connection.execute("SET LOCAL transaction_timeout = 0")
    if empty_first:
        work.watch.phase("emptying tables")
        await empty_tables(work.connection, [table.table.name for table in plan.tables])
    await let_wait(work.connection, plan.waiting)


async def _fill_table(work: Work, table: TableFill, *, skipping: bool, emptied: bool) -> tuple[Key, ...]:
    """The foreign keys that are still to be verified."""
    if not table.columns:
        await _insert_defaults(work, table)
    elif table.table.row_security:
        await fill_staged(work, table)
    elif not triable(table):
        return await _copy_table(work, table, skipping=skipping, emptied=emptied)
    elif table.table.triggers or await probe(work, table):  # a trigger may make right what a check would refuse
        return await _copy_or_stage(work, table, skipping=skipping, emptied=emptied)
    else:
        await fill_staged(work, table)
    return ()


async def _insert_defaults(work: Work, table: TableFill) -> None:
    """Rows that the server makes all of."""
    written = 0
    for start, stop in spans(0, table.rows, COPY_ROWS):
        insert = f"INSERT INTO {table.table.name.quoted} SELECT FROM generate_series(1, {stop - start})"
        written += rows_in(await work.connection.execute(insert))
        work.watch.rows(str(table.table.name), stop)
    work.written[table.table.name] = written


async def _copy_or_stage(work: Work, table: TableFill, *, skipping: bool, emptied: bool) -> tuple[Key, ...]:
    """By COPY as long as no row fails a check that may be tried again."""
    attempt = work.connection.transaction()
    await attempt.start()
    try:
        keys = await _copy_table(work, table, skipping=skipping, emptied=emptied)
    except asyncpg.CheckViolationError as error:
        if error.constraint_name not in {check.name for check in triable(table)}:
            raise
        await attempt.rollback()
        await fill_staged(work, table)
        return ()
    await attempt.commit()
    return keys


async def _copy_table(work: Work, table: TableFill, *, skipping: bool, emptied: bool) -> tuple[Key, ...]:
    name = table.table.name
    keys = await _keys_to_verify(work, table, emptied=emptied) if skipping else ()
    if keys:
        await work.connection.execute("SET LOCAL session_replication_role = replica")
    destination = Destination(*name, table.columns)
    written = 0
    in_one = is_self_referring(table) and not keys
    for start, stop in spans(0, table.rows, max(1, table.rows) if in_one else COPY_ROWS):
        sent = partial(_tell, work.watch, str(name), start)
        written += await copy_rows(work, destination, table.frame, row_numbers(start, stop), sent)
    work.written[name] = written
    if keys:
        await work.connection.execute("SET LOCAL session_replication_role = DEFAULT")
    return keys


def _tell(watch: Watch, table: str, before: int, sent: int) -> None:
    watch.rows(table, before + sent)


async def _keys_to_verify(work: Work, table: TableFill, *, emptied: bool) -> tuple[Key, ...]:
    """Empty where triggers check the keys: for few rows, or where many more are there that would be verified too."""
    known = 0 if emptied or table.table.empty else table.table.rows
    if table.rows < VERIFIED_ROWS_MIN or known is None or known > table.rows:
        return ()
    if not await may_be_verified(work.connection, table.table.name):
        return ()
    keys = await enforced_keys(work.connection, table.table.name)
    return keys if keys and await lock_parents(work.connection, keys) else ()


async def _analyze(work: Work, plan: FillPlan) -> None:
    """Statistics for the planner. The rows are there by now: what goes wrong here is only told."""
    work.watch.phase("analyzing")
    for table in plan.tables:
        try:
            await work.connection.execute(f"ANALYZE {table.table.name.quoted}")
        except FOREIGN as error:
            work.watch.phase(f"no statistics for {table.table.name}: {mask(str(error))}")
        except asyncio.CancelledError:
            work.watch.phase("interrupted when all rows were there: ANALYZE gathers the statistics that are missing")
            return
