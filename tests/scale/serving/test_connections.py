"""The database's own connections, of a real one, and what they leave to workers."""

import asyncio
import os

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import read_target
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.serving.budgeting import Budgeting
from plimsoll.scale.serving.connections import Connections, Seen, others, seen
from plimsoll.scale.serving.elsewhere import Clients, Elsewhere
from plimsoll.scale.supervisor.states import State
from plimsoll.scale.supervisor.status import Status, WorkerStatus

PATIENCE_S = 60.0  # a bound, not a wait
FORTY = ConnectionBudget(40, 10)


def status(wanted: int, processes: int) -> Status:
    workers = [WorkerStatus(f"w{number}", State.READY, 1, 1, 1.0, None, None, 1, "", "") for number in range(processes)]
    return Status(wanted, wanted, 1, tuple(workers), None, 1)


def test_connections_of_the_workers_user_are_theirs_as_far_as_the_budget_gives_them() -> None:
    assert others(Seen(40, 3, 21, 20), FORTY, 2, 2) == 1  # ours that asks
    assert others(Seen(40, 3, 31, 30), FORTY, 2, 3) == 1  # one replaces another
    assert others(Seen(40, 3, 31, 30), FORTY, 2, 2) == 1  # one was killed, and its connections end at their next word
    assert others(Seen(40, 3, 36, 35), FORTY, 2, 2) == 6  # some program has the same user
    assert others(Seen(40, 3, 25, 0), FORTY, 2, 2) == 25  # workers have another user: too few, and never too many
    assert others(None, FORTY, 2, 3) is None


@given(st.integers(1, 20), st.integers(0, 20), st.integers(10, 500), st.integers(1, 20))
def test_workers_that_still_end_and_new_ones_never_need_more_than_there_is(
    before: int, now: int, connections: int, pool: int
) -> None:
    """From `before` workers down to `now`, whose pools are all still there, and at once up again as far as may be."""
    limits = Limits(1, 20, None)
    budget = ConnectionBudget(connections + 4 + 2 * pool, pool)
    before = min(before, budget.workers())
    now = min(max(1, now), before)
    counted = others(None, budget, now, before)
    again = Limits(limits.workers_min, limits.workers_max, budget).held(20, counted)[0]
    if again > now:
        assert (again + before - now) * pool <= budget.connections_max - budget.reserved


def test_workers_that_have_ended_count_no_longer_where_nobody_measures() -> None:
    policy = HybridPolicy(Limits(1, 8, ConnectionBudget(103, 10)), HybridSettings(Capacity(1.0)))
    budgeting = Budgeting(None, print)
    counted = []
    for wanted, processes in ((8, 8), (2, 8), (2, 2)):
        assert budgeting.look(policy, status(wanted, processes)) is None
        counted.append(policy.others)
    assert counted == [None, 50, 0]


def test_narrower_limits_of_role_and_database_are_the_budget() -> None:
    assert seen(100, 3, None, None, 5, 2) == Seen(100, 3, 5, 2)
    assert seen(100, 3, 20, 50, 5, 2) == Seen(23, 3, 5, 2)


def test_a_database_that_is_away_leaves_the_cap_as_it_was_and_that_is_said(database: str) -> None:
    async def play() -> None:
        said = asyncio.Queue[str]()
        connections = Connections(read_target(database, os.environ), said.put_nowait)
        policy = HybridPolicy(Limits(1, 50, ConnectionBudget(1000, 10)), HybridSettings(Capacity(1.0)))
        budgeting = Budgeting(connections, said.put_nowait)
        other = await asyncpg.connect(database)
        found = await connections.begin()
        assert found.same == 1 < found.clients  # ours that asks is another, and the server may have more
        budgeting.look(policy, status(1, 1))
        assert policy.limits.budget == ConnectionBudget(found.connections_max, 10, found.reserved)
        before = policy.others
        looking = asyncio.create_task(connections.forever(0.01))
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'plimsoll serve'"
        await other.execute(ours)
        assert "and the last that were count on" in await said.get()
        assert await said.get() == "the database's connections are known again"
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        connections.trouble = "away"
        assert (budgeting.look(policy, status(1, 1)), policy.anew().others) == (None, before)
        await other.close()

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await play()

    asyncio.run(bounded())


def test_a_monitor_of_the_same_server_is_believed_and_another_is_not(database: str) -> None:
    async def play() -> None:
        said, now = asyncio.Queue[str](), 100.0
        elsewhere = Elsewhere("http://watch/metrics", frozenset())
        connections = Connections(read_target(database, os.environ), said.put_nowait, elsewhere, lambda: now)
        found = await connections.begin()
        usable = found.connections_max - found.reserved
        elsewhere.heard({}, {}, Clients(now - 5, usable, 41, {}))
        looking = asyncio.create_task(connections.forever(0.01))
        assert await said.get() == "the database's connections are read from http://watch/metrics"
        assert connections.seen == found._replace(clients=41, same=0)
        other, ours = await asyncpg.connect(database), "SELECT true FROM pg_stat_activity WHERE application_name = $1"
        while await other.fetchval(ours, "plimsoll serve"):  # it ends by itself
            pass
        await other.close()
        elsewhere.heard({}, {}, Clients(now - 5, usable + 1, 41, {}))
        assert f"itself: it watches a server with {usable + 1} connections" in await said.get()
        assert connections.measured_by == "itself"
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await play()

    asyncio.run(bounded())


def test_a_database_that_cannot_be_asked_is_told_without_its_password() -> None:
    target = read_target("postgresql://shop:secret-word@127.0.0.1:1/shop", {})
    with pytest.raises(RefusedError, match="no database server answers") as raised:
        asyncio.run(Connections(target).begin())
    assert "secret-word" not in str(raised.value)
