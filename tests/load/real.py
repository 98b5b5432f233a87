"""Users on a real server: journeys made by the test, and what was recorded of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic_ns
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import numpy as np
import uvloop
from numpy.typing import NDArray

from plimsoll.core.totals import StepTotals
from plimsoll.load.http.site import Site
from plimsoll.load.language.scenario import Journey
from plimsoll.load.language.user import User
from plimsoll.load.language.world import Problems, UserLimits, World
from plimsoll.load.recording.fold import Fold
from plimsoll.load.recording.recorder import Recorder
from plimsoll.load.sql.session import ConnectionCounts, NoSessions, OwnSession, SessionPool, SqlSession
from plimsoll.postgres.connecting import connect_raw
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.session import SessionTraits
from plimsoll.runs.samples import ROW_FIELDS, SampleName
from plimsoll.testing.proxy import FaultProxy

Body = Callable[[User], Awaitable[None]]
T = TypeVar("T")
Row = dict[str, Any]
SWEEP_S = 0.02
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
JOURNEY = "j"


def run(work: Coroutine[Any, Any, T]) -> T:
    """On the loop that the worker processes use."""
    return uvloop.run(work)


def proxied(dsn: str) -> FaultProxy:
    parts = urlsplit(dsn)
    assert parts.hostname is not None
    assert parts.port is not None
    return FaultProxy((parts.hostname, parts.port))


def behind(proxy: FaultProxy, dsn: str) -> str:
    """The same database by way of the proxy."""
    parts = urlsplit(dsn)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}"))


@dataclass
class Stage:
    """Users, and what they leave behind."""

    users: list[User]
    recorder: Recorder
    counts: ConnectionCounts
    problems: Problems
    sessions: list[SqlSession]
    kept: "Kept"

    async def travel(self, body: Body, user: User | None = None) -> None:
        """One journey of `body` by `user` (the first), as its own task, which deadlines can cancel."""
        user = user or self.users[0]
        now = monotonic_ns()
        journey = Journey(JOURNEY, 1, False, body)
        user.task = asyncio.get_running_loop().create_task(user.travel(journey, now, now))
        await user.task
        slips = [told for error, told in self.problems.messages.items() if error.startswith("scenario: Assertion")]
        assert not slips, slips  # a user takes what a journey raises for the journey's failure

    async def fold(self) -> Fold:
        """Everything recorded since the last time."""
        return await asyncio.wrap_future(self.recorder.take())

    async def rows(self) -> list[Row]:
        """Every step that was recorded since the last time, as a row by the names of its fields."""
        await asyncio.wrap_future(self.recorder.take())
        rows, self.kept.rows = self.kept.rows, []
        return rows

    async def step(self, name: str) -> StepTotals:
        """The one step that was recorded since the last time."""
        fold = await self.fold()
        assert [step for _, step in fold.steps] == [name], (fold.steps, self.problems.messages)
        return fold.steps[JOURNEY, name]


class Kept:
    """Keeps what a recorder hands on."""

    lost = 0

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, rows: NDArray[np.int64], names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        for values in rows.tolist():
            row: Row = dict(zip(ROW_FIELDS, values, strict=True))
            row["step"], row["error"] = names[row["name"]].step, errors[row["error"]] or ""
            if row["step"] is not None:
                self.rows.append(row)

    def flush(self, names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        pass


@asynccontextmanager
async def stage(
    dsn: str | None,
    count: int = 1,
    *,
    pool: int | None = None,
    traits: SessionTraits | None = None,
    statement_s: float = 30,
    connect_s: float = 10,
    site: Site | None = None,
) -> AsyncIterator[Stage]:
    """`count` users with a connection each, or with a pool; deadlines are swept as in a run.

    `dsn` is None without a database, `site` is where their HTTP requests go.
    """
    target, traits, counts = read_target(dsn or NOWHERE, {}), traits or SessionTraits(), ConnectionCounts()

    async def connect() -> asyncpg.Connection:
        return await connect_raw(target, traits, connect_s)

    users: list[User] = []
    kept, problems = Kept(), Problems()
    recorder = Recorder(users, kept)
    limits = UserLimits(round(statement_s * 1e9), round(connect_s * 1e9))
    world = World(recorder, limits, problems, Path(__file__), None, site)
    sessions = [SqlSession(connect, traits, counts, Random(n)) for n in range(count if pool is None else pool)]
    shared = SessionPool(sessions) if pool is not None else None
    nothing = NoSessions() if dsn is None else None
    users += [User(n, nothing or shared or OwnSession(sessions[n]), Random(n), world) for n in range(count)]
    sweeping = asyncio.create_task(_sweep(users))
    try:
        yield Stage(users, recorder, counts, problems, sessions, kept)
    finally:
        sweeping.cancel()
        for user in users:
            if user.web is not None:
                user.web.close()
        if site is not None:
            site.close()
        await asyncio.gather(*(session.close() for session in sessions))
        await asyncio.to_thread(recorder.close)


async def _sweep(users: list[User]) -> None:
    while True:
        await asyncio.sleep(SWEEP_S)
        now = monotonic_ns()
        for user in users:
            if 0 < user.deadline_ns < now:
                user.expire()


@asynccontextmanager
async def admin(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that is not part of the load."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


RUNNING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1 AND pid <> pg_backend_pid() AND state = 'active'"


async def until_running(other: asyncpg.Connection, mark: str, running: bool) -> None:
    """Waits until a statement that holds `mark` runs on the server, or no longer does."""
    async with asyncio.timeout(10):
        while bool(await other.fetchval(RUNNING, f"%{mark}%")) is not running:  # noqa: ASYNC110  # no event tells it
            await asyncio.sleep(0)
