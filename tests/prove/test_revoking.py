"""Rights that are taken away behind two platforms' backs, under faults: nobody is let in who asks later than promised.

The table goes into docs/proofs.md.
"""

import asyncio
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

import asyncpg

from benchmarks._tables import ROOT, put, table
from fluentscribe.api.carrying import HEADER
from fluentscribe.caching.setup import STALENESS_S
from plimsoll.embedded import start_postgres
from tests.fluentscribe.api.apart import Apart, serving_apart, serving_there_apart
from tests.fluentscribe.api.service import OURS, Platform
from tests.fluentscribe.caching.conftest import watch

ROUNDS = 3  # of each right under each fault
ASKERS = 2  # of each platform
ASKED_S = 3 * STALENESS_S  # after a right was taken away
LET_IN_S_MAX = 30.0  # until somebody is let in again
STOPPED_S = 1.5 * STALENESS_S
POLLERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE query LIKE '%plimsoll_changes.poll%' AND pid <> pg_backend_pid()
"""


class Right(NamedTuple):
    """`taken` and `given` are SQL, $1 a person and $2 the organization; then `who` gets another status than 200."""

    name: str
    who: str
    path: str
    taken: str
    given: str


RIGHTS = (
    Right(
        "a role in the organization",
        "linguist",
        "/projects",
        "UPDATE organization_members SET role = 'auditor' WHERE profile_id = $1 AND organization_id = $2",
        "UPDATE organization_members SET role = 'member' WHERE profile_id = $1 AND organization_id = $2",
    ),
    Right(
        "a role in a project",
        "viewer",
        f"/projects/{OURS}",
        "DELETE FROM project_members WHERE profile_id = $1 AND project_id = $2",
        "INSERT INTO project_members (profile_id, project_id, organization_id, role) VALUES ($1, $2, $2, 'viewer')",
    ),
    Right(
        "membership",
        "member",
        f"/organizations/{OURS}",
        "DELETE FROM organization_members WHERE profile_id = $1 AND organization_id = $2",
        "INSERT INTO organization_members (profile_id, organization_id, role) VALUES ($1, $2, 'member')",
    ),
    Right(
        "a login",
        "manager",
        "/me",
        "UPDATE login_sessions SET revoked_at = now() WHERE profile_id = $1 AND $2::uuid IS NOT NULL",
        "UPDATE login_sessions SET revoked_at = NULL WHERE profile_id = $1 AND $2::uuid IS NOT NULL",
    ),
    Right(
        "an account",
        "reviewer",
        f"/projects/{OURS}",
        "UPDATE profiles SET disabled_at = now() WHERE id = $1 AND $2::uuid IS NOT NULL",
        "UPDATE profiles SET disabled_at = NULL WHERE id = $1 AND $2::uuid IS NOT NULL",
    ),
)


@dataclass(slots=True)
class Tally:
    """Of one right: how often it was taken away, who asked afterwards, who was let in though, and who last."""

    taken: int = 0
    asked: int = 0
    late: int = 0
    with_token: int = 0
    last_s: list[float] = field(default_factory=list)


class Asking:
    """Somebody asks each platform again and again; (began, status) of each request."""

    def __init__(self, platforms: list[Platform], right: Right) -> None:
        self.told: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(platform, right)) for platform in platforms for _ in range(ASKERS)
        ]

    def _ask(self, platform: Platform, right: Right) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            self.told.append((began, platform.call("GET", right.path, right.who).status))

    def __enter__(self) -> "Asking":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


class Round:
    """What a fault may touch."""

    def __init__(self, aparts: list[Apart], dsn: str) -> None:
        self.aparts, self.dsn = aparts, dsn

    def sql(self, query: str, *arguments: object) -> tuple[str, float]:
        """Gives the transaction's id, and when its commit was acknowledged."""

        async def run() -> tuple[str, float]:
            connection = await asyncpg.connect(self.dsn)
            try:
                async with connection.transaction():
                    await connection.execute(query, *arguments)
                    xid: str = await connection.fetchval("SELECT pg_current_xact_id()::text")
                return xid, time.monotonic()
            finally:
                await connection.close()

        return asyncio.run(run())


@contextmanager
def nothing(there: Round) -> Iterator[None]:
    yield


@contextmanager
def pollers_ended(there: Round) -> Iterator[None]:
    there.sql(POLLERS)
    yield
    there.sql(POLLERS)


@contextmanager
def processes_stopped(there: Round) -> Iterator[None]:
    """Before the commit, and for longer than the promise allows."""
    for one in there.aparts:
        os.kill(one.pid, signal.SIGSTOP)

    def go_on() -> None:
        for one in there.aparts:
            os.kill(one.pid, signal.SIGCONT)

    timer = threading.Timer(STOPPED_S, go_on)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@contextmanager
def transaction_open(there: Round) -> Iterator[None]:
    """One that began before and writes: ids above its own are seen before it."""
    ending, begun = threading.Event(), threading.Event()

    async def run() -> None:
        connection = await asyncpg.connect(there.dsn)
        try:
            async with connection.transaction():
                await connection.execute("UPDATE organizations SET name = name || '.'")
                begun.set()
                await asyncio.to_thread(ending.wait)
        finally:
            await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    begun.wait(LET_IN_S_MAX)
    try:
        yield
    finally:
        ending.set()
        thread.join()


Fault = Callable[[Round], AbstractContextManager[None]]
FAULTS: tuple[Fault, ...] = (nothing, pollers_ended, processes_stopped, transaction_open)


def test_nobody_is_let_in_later_than_promised(tmp_path: Path) -> None:
    tallies = defaultdict[str, Tally](Tally)
    with ExitStack() as stack:
        server = stack.enter_context(start_postgres())
        dsn = server.create_database("revoking")
        first = stack.enter_context(serving_apart(dsn, tmp_path))
        asyncio.run(watch(dsn))
        aparts = [stack.enter_context(serving_there_apart(dsn, tmp_path, CACHE="on")) for _ in range(2)]
        for one in aparts:
            one.platform.people, one.platform.tokens = first.platform.people, first.platform.tokens
        there = Round(aparts, dsn)
        for right in RIGHTS:
            for fault in FAULTS:
                for _ in range(ROUNDS):
                    revoked(there, right, fault, tallies[right.name])
    rows = [
        [
            name,
            str(one.taken),
            f"{one.asked:,}",
            str(one.late),
            str(one.with_token),
            f"{median(one.last_s) * 1000:.0f} ms",
            f"{max(one.last_s) * 1000:.0f} ms",
        ]
        for name, one in tallies.items()
    ]
    headings = (
        "taken away",
        "times",
        "asked afterwards",
        f"let in after {STALENESS_S * 1000:.0f} ms",
        "let in with the token",
        "last let in, median",
        "last let in",
    )
    put(ROOT / "docs" / "proofs.md", "revoking", "\n".join(table(headings, rows)))
    assert [(name, one.late, one.with_token) for name, one in tallies.items() if one.late or one.with_token] == []


def revoked(there: Round, right: Right, fault: Fault, tally: Tally) -> None:
    platforms = [one.platform for one in there.aparts]
    person = platforms[0].people[right.who]
    for platform in platforms:
        let_in(platform, right)
    with Asking(platforms, right) as asking, fault(there):
        token, taken_s = there.sql(right.taken, person, OURS)
        tally.with_token += sum(
            platform.call("GET", right.path, right.who, headers={HEADER: token}).status == 200 for platform in platforms
        )
        time.sleep(max(0.0, taken_s + ASKED_S - time.monotonic()))
    there.sql(right.given, person, OURS)
    after = [(began - taken_s, status) for began, status in asking.told if began > taken_s]
    tally.taken += 1
    tally.asked += len(after)
    tally.late += sum(status == 200 for began_s, status in after if began_s > STALENESS_S)
    tally.last_s.append(max((began_s for began_s, status in after if status == 200), default=0.0))


def let_in(platform: Platform, right: Right) -> None:
    until_s = time.monotonic() + LET_IN_S_MAX
    while platform.call("GET", right.path, right.who).status != 200:
        assert time.monotonic() < until_s, f"{right.who} is not let in again"
