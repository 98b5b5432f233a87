"""A window between two looks, ended early."""

import asyncio

import asyncpg
import pytest

from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.capture import Capture, CaptureRequest, capture
from plimsoll.workflows.target import TargetRequest

DAY = 86_400.0


def target(dsn: str) -> TargetRequest:
    return TargetRequest(Settings(), {}, dsn=Secret(dsn))


async def watched(dsn: str) -> tuple[Capture, list[str]]:
    """What is called while a capture watches, which is then told to stop."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE t AS SELECT n, n * 2 AS twice FROM generate_series(1, 50) n")
    await connection.fetch("SELECT n FROM t WHERE n = $1", 1)
    watching, stop, said = asyncio.Event(), asyncio.Event(), []

    def say(line: str) -> None:
        said.append(line)
        watching.set()

    task = asyncio.create_task(capture(CaptureRequest(target(dsn), DAY), stop, say))
    await watching.wait()
    for n in range(3):
        await connection.fetch("SELECT twice FROM t WHERE n = $1", n)
    stop.set()
    found = await task
    await connection.close(timeout=5)
    return found, said


def test_only_what_is_called_while_it_watches_is_captured(database: str) -> None:
    found, said = asyncio.run(watched(database))
    assert [(one.query, one.statement.calls) for one in found.captured] == [("SELECT twice FROM t WHERE n = $1", 3)]
    assert 0 < found.workload.seconds < DAY
    assert said == ["watching for 1 d; Ctrl-C ends that early and keeps it", "trying out 1 statement"]


def test_a_capture_that_is_cancelled_while_it_tries_statements_out_ends(database: str) -> None:
    async def cancelled() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute("CREATE TABLE t (n int)")
        await connection.fetch("SELECT n FROM t WHERE n = 3")
        await connection.close(timeout=5)
        stop = asyncio.Event()

        def say(_: str) -> None:
            task.cancel()

        task = asyncio.create_task(capture(CaptureRequest(target(database), None), stop, say))
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stop.is_set()  # the window was over

    asyncio.run(cancelled())
