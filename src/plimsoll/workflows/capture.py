"""`plimsoll capture`: what a database is asked, as a scenario that asks it again."""

import asyncio

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.statement import Workload
from plimsoll.core.units import format_duration
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.postgres.workload import Look, find_statements, look, since_reset, workload_between
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.capturing.making import Capture, CaptureRequest, Maker, Say
from plimsoll.workflows.capturing.statements import told
from plimsoll.workflows.target import OpenTarget, connected, open_target

__all__ = ["Capture", "CaptureRequest", "capture"]


async def capture(request: CaptureRequest, stop: asyncio.Event, say: Say) -> Capture:
    """Looks, waits, looks again, and makes of it what can be replayed. `stop` ends the window early; it is set when
    that is over.

    Raises RefusedError where the server does not tell, and where nothing was called.
    """
    async with open_target(request.where) as opened, connected(_direct(opened)) as connection:
        try:
            return await _captured(connection, request, opened, stop, say)
        except FOREIGN as error:
            raise RefusedError(
                "the server refused what a capture needs", why=told(error), remedy="see its log"
            ) from error


def _direct(opened: OpenTarget) -> OpenTarget:
    if opened.traits.pooled:
        raise RefusedError(
            "cannot capture through a transaction pooler",
            where=opened.database.display,
            why="statements are prepared to learn their parameters",
            remedy="connect to the server itself",
        )
    return opened


async def _captured(
    connection: asyncpg.Connection, request: CaptureRequest, opened: OpenTarget, stop: asyncio.Event, say: Say
) -> Capture:
    timeout_s = opened.traits.statement_timeout_s
    workload = await watch(connection, request.window_s, stop, timeout_s, say)
    stop.set()
    await stay_out_of_the_account(connection)
    maker = Maker(connection, request, timeout_s, say)
    return await maker.capture(workload, opened.database.database or "the database")


async def stay_out_of_the_account(connection: asyncpg.Connection) -> None:
    """Where our role may say so: what we try out is then not counted among the application's calls."""
    try:
        await connection.execute("SET pg_stat_statements.track = 'none'")
    except asyncpg.InsufficientPrivilegeError:
        return


async def watch(
    connection: asyncpg.Connection, window_s: float | None, stop: asyncio.Event, timeout_s: float, say: Say
) -> Workload:
    """What was called in the window, or since the counters began."""
    first: Look | None = None
    if window_s is not None:
        async with reading(connection, timeout_s):
            first = await look(connection, *await find_statements(connection))
        say(f"watching for {format_duration(window_s)}; Ctrl-C ends that early and keeps it")
        await _wait(stop, window_s)
    async with reading(connection, timeout_s):
        schema, version = await find_statements(connection)
        second = await look(connection, schema, version)
        return await workload_between(connection, schema, first or since_reset(second), second)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
