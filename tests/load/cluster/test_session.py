"""A run's part on one machine: it ends whatever it began, however far that had come."""

import asyncio
from pathlib import Path

import psutil
import pytest

from plimsoll.load.cluster import session as session_module
from plimsoll.load.cluster.cargo import Cargo, pack
from plimsoll.load.cluster.session import Session
from tests.load.cluster.plans import plan_of


def cargo(scenario: Path) -> tuple[bytes, str]:
    return pack(Cargo(plan_of(scenario), b"", "first.py", {"first.py": b"x = 1"}))


def at_work() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "plimsoll.load.processes.worker" in words(one)]


def words(process: psutil.Process) -> list[str]:
    """None of one that has ended, whether somebody has asked how or not."""
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie, too
        return []


def test_a_session_that_nobody_asks_any_more_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LEASE_S", 0.01)

    async def forgotten() -> None:
        over = asyncio.Event()
        Session(over.set)
        await asyncio.wait_for(over.wait(), 10)

    asyncio.run(forgotten())


def test_what_is_being_started_is_ended_too(tmp_path: Path) -> None:
    async def ended() -> None:
        session = Session(lambda: None)
        body, digest = cargo(tmp_path / "first.py")
        session.take(0, body)
        starting = asyncio.create_task(session.start(digest, [0, 1], str(tmp_path)))
        await asyncio.sleep(0)
        await session.end()
        assert starting.done()

    asyncio.run(ended())
    assert not at_work()
    assert not list(tmp_path.iterdir())


def test_after_its_end_nothing_is_started(tmp_path: Path) -> None:
    async def late() -> None:
        session = Session(lambda: None)
        await session.end()
        with pytest.raises(RuntimeError, match="ended before it began"):
            await session.start("", [0], str(tmp_path))

    asyncio.run(late())


def test_pieces_that_come_in_another_order_are_refused() -> None:
    async def taken() -> None:
        session = Session(lambda: None)
        with pytest.raises(RuntimeError, match="piece 1"):
            session.take(1, b"")
        await session.end()

    asyncio.run(taken())
