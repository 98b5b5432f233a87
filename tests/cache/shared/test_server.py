"""Tier 2 on a real server: as many of it as processes share values, and what the server does is a miss and no more."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from plimsoll.cache.shared.address import Place
from plimsoll.cache.shared.asking import AwayError, Command, Run, script
from plimsoll.cache.shared.in_threads import Threads
from plimsoll.cache.shared.naming import Names
from plimsoll.cache.shared.raised import Raised, Write
from plimsoll.cache.shared.routing import Routing
from plimsoll.cache.shared.scripts import MAKE, RAISE
from plimsoll.cache.shared.servers import Servers
from plimsoll.cache.shared.tier import SharedTier
from plimsoll.cache.store.entry import Begun
from plimsoll.cache.tiers import Absent, Filled, Found
from plimsoll.changes.polling import Change, Position, State
from plimsoll.core.snapshot import Snapshot
from plimsoll.embedded import ValkeyServer, start_valkey
from plimsoll.testing.proxy import FaultProxy
from plimsoll.testing.valkey import said, valkey_cluster

SEEN = Snapshot(100, 100)
BEGUN = Begun(0, SEEN)
ORDER = ("order:5",)


def state(xmax: int, epoch: str = "an epoch") -> State:
    return State(Position(epoch, Snapshot(xmax, xmax)), 1, 1.0)


def settle(tier: SharedTier) -> None:
    """As its thread does, but now."""
    tier.run_sync(tier.protocol.settling(100), None)


def follow(tier: SharedTier, *changes: Change, to: int = 100) -> None:
    async def poll() -> None:
        if tier.protocol.epoch is None:
            await tier.forget("start")
        await tier.apply(changes)
        await tier.moved(state(to), 1.0)

    asyncio.run(poll())
    settle(tier)


@contextmanager
def tiers(*urls: str, **options: Any) -> Iterator[list[SharedTier]]:
    made = [SharedTier("shop", url, random=Random(1), **({"limit_s": 5.0} | options)) for url in urls]
    try:
        for tier in made:
            tier._teller.close()  # its thread comes when it comes; here `settle` does what it does
            follow(tier)
        yield made
    finally:
        for tier in made:
            tier.close()


def fill(tier: SharedTier, key: str, value: Any, tags: tuple[str, ...] = ORDER, ttl_s: float = 60.0) -> None:
    answer = tier.read_sync(key, tags, BEGUN)
    assert isinstance(answer, Absent)
    assert answer.ticket is not None
    tier.write_sync(key, Filled(value, SEEN, tags, ttl_s, answer.ticket))


def value(tier: SharedTier, key: str) -> Any:
    """What it has; None: nothing. What is not filled is given up, for the next to ask."""
    answer = tier.read_sync(key, (), BEGUN)
    if isinstance(answer, Found):
        return answer.value
    if answer.ticket is not None:
        tier.give_up_sync(key, answer.ticket)
    return None


def test_what_one_process_filled_another_has_until_it_is_changed(valkey: ValkeyServer) -> None:
    with tiers(valkey.url, valkey.socket_url) as (one, other):
        fill(one, "k", {"rows": [(1, "a")], "text": "long " * 2_000})
        found = other.read_sync("k", (), BEGUN)
        assert isinstance(found, Found)
        assert found.value == {"rows": [(1, "a")], "text": "long " * 2_000}
        assert (found.snapshot, found.tags) == (SEEN, ORDER)
        assert 0 < found.left_s <= 60
        follow(other, Change(101, ("order:6", "table:public.orders")), to=102)
        assert value(one, "k") is not None
        follow(other, Change(102, ("order:5", "table:public.orders")), to=103)
        assert value(one, "k") is None
        assert one.status().missed["invalidated"] == 1
        fill(one, "k", 2)
        other.invalidate(["order:*"])
        assert value(other, "k") is None
        fill(one, "k", 3)
        one.take_out("k")
        assert value(one, "k") is None
        assert one.status().state == other.status().state == "in use"
        fill(one, "k", 4)
        one.clear()
        settle(one)
        assert value(other, "k") is None


def test_event_loops_and_threads_have_the_same(valkey: ValkeyServer) -> None:
    with tiers(valkey.url) as (one,):

        async def story() -> None:
            answer = await one.read("k", ORDER, BEGUN)
            assert isinstance(answer, Absent)
            waiting = asyncio.create_task(one.read("k", ORDER, BEGUN))
            await asyncio.sleep(0)
            await one.write("k", Filled(1, SEEN, ORDER, 60.0, answer.ticket))
            found = await waiting  # its lease was another's
            assert isinstance(found, Found)
            given_up = await one.read("other", ORDER, BEGUN)
            assert isinstance(given_up, Absent)
            await one.give_up("other", given_up.ticket)
            again = await one.read("other", ORDER, BEGUN)
            assert isinstance(again, Absent)
            assert again.ticket.lease
            one.close()

        asyncio.run(story())


def test_who_starts_goes_on_from_where_others_are(valkey: ValkeyServer) -> None:
    with tiers(valkey.url) as (one,):
        fill(one, "k", 1)
        one.run_sync(one.protocol.leaving(Position("an epoch", SEEN)), None)
        late = SharedTier("shop", valkey.url, limit_s=5.0)
        assert asyncio.run(late.position()) == Position("an epoch", SEEN)
        assert value(late, "k") == 1
        late.close()
        follow(one, to=105)
        stranger = SharedTier("shop", valkey.url, limit_s=5.0)
        said(valkey, "FLUSHALL")
        assert asyncio.run(stranger.position()) is None
        stranger.close()


def test_a_lease_of_one_that_died_costs_its_bound(valkey: ValkeyServer) -> None:
    with tiers(valkey.url, valkey.url, lease_s=0.05) as (one, other):
        held = one.read_sync("k", ORDER, BEGUN)
        assert isinstance(held, Absent)
        answer = other.read_sync("k", ORDER, BEGUN)
        assert isinstance(answer, Absent)
        assert other.status().waits > 0


def test_a_tag_found_while_filling_is_known_the_next_time(valkey: ValkeyServer) -> None:
    with tiers(valkey.url) as (one,):
        for expected in (None, 2):
            answer = one.read_sync("k", (), BEGUN)
            assert isinstance(answer, Absent)
            one.write_sync("k", Filled(2, SEEN, ORDER, 60.0, answer.ticket))
            assert value(one, "k") == expected
        assert one.status().kept == {"unknown tags": 1, "stored": 1}


def test_what_does_not_fit_stays_out_and_is_counted(valkey: ValkeyServer) -> None:
    with tiers(valkey.url, value_bytes=1_000) as (one,):
        for key, what in (("object", object()), ("large", "x" * 2_000)):
            fill(one, key, what)
            assert value(one, key) is None
        said(valkey, "SET plimsoll:1:value:shop:tk nonsense PX 60000")
        assert value(one, "k") is None
        assert one.status().kept == {"not packable": 1, "too large": 1}
        assert one.status().missed["broken"] == 1


def test_a_full_server_still_forgets(valkey: ValkeyServer) -> None:
    with tiers(valkey.url) as (one,):
        fill(one, "k", 1)
        said(valkey, "CONFIG SET maxmemory 1")
        assert value(one, "k") == 1
        answer = one.read_sync("new", ("other:1",), BEGUN)
        assert answer == Absent(None)
        assert one.status().kept["server full"] == 1
        follow(one, Change(101, ORDER), to=102)
        assert one.status().state == "in use"
        assert value(one, "k") is None


def test_an_old_dump_and_a_new_process_of_the_server_are_empty(tmp_path: Any) -> None:
    with start_valkey(tmp_path, settings={"save": "3600 1"}) as server:
        port = server.port
        with tiers(server.url) as (one,):
            fill(one, "k", 1)
    with start_valkey(tmp_path, settings={"save": "3600 1"}, port=port) as server:
        assert said(server, "EXISTS plimsoll:1:value:shop:tk") == [":1"]
        with tiers(server.url) as (one,):
            assert value(one, "k") is None
            fill(one, "k", 2)
            assert value(one, "k") == 2


def test_a_replica_is_not_used_and_says_why(valkey: ValkeyServer) -> None:
    said(valkey, f"REPLICAOF 127.0.0.1 {valkey.port}")  # of itself: it takes no writes
    try:
        with tiers(valkey.url) as (one,):
            assert one.read_sync("k", ORDER, BEGUN) == Absent()
            status = one.status()
            assert status.state.startswith("not in use")
            assert "read only replica" in status.trouble.replace("-", " ")
    finally:
        said(valkey, "REPLICAOF NO ONE")


def test_a_wrong_password_is_said_without_it(valkey: ValkeyServer) -> None:
    with tiers(f"valkey://:hunter2@127.0.0.1:{valkey.port}") as (one,):
        assert one.read_sync("k", ORDER, BEGUN) == Absent()
        assert asyncio.run(one.read("k", ORDER, BEGUN)) == Absent()
        status = one.status()
        assert "WRONGPASS" in status.trouble or "password" in status.trouble
        assert "hunter2" not in repr(status)


def test_a_server_that_stalls_is_left_alone_and_told_later_what_it_missed(valkey: ValkeyServer) -> None:
    with FaultProxy(("127.0.0.1", valkey.port)) as proxy, tiers(valkey.url_at(proxy.port), limit_s=0.3) as (one,):
        fill(one, "k", 1)
        proxy.stall()
        assert one.read_sync("k", ORDER, BEGUN) == Absent()
        assert one.status().state == "not in use: the server fails"
        assert "in time" in one.status().trouble
        assert asyncio.run(one.read("k", ORDER, BEGUN)) == Absent()
        follow(one, Change(101, ORDER), to=102)
        assert one.status().owed == 2
        proxy.flow()
        proxy.reset()
        one._breaker.worked()  # instead of waiting for its time
        assert value(one, "k") is None
        assert one.status().owed == 0
        assert one.status().missed["invalidated"] == 1


def test_connections_lost_while_idle_are_no_failure(valkey: ValkeyServer) -> None:
    with FaultProxy(("127.0.0.1", valkey.port)) as proxy, tiers(valkey.url_at(proxy.port)) as (one,):
        fill(one, "k", 1)
        proxy.cut()
        assert value(one, "k") == 1
        said(valkey, "SCRIPT FLUSH")
        one.protocol.owed.write([Change(101, ORDER)])
        assert value(one, "k") is None
        assert one.status().failures == 0


def test_the_script_in_the_server_raises_as_the_model_does(valkey: ValkeyServer) -> None:
    threads = Threads(Routing(Place.parse(valkey.url), Servers(), lambda: None, 5.0))
    key, random = Names("shop").tag("order:5"), Random(7)
    try:
        for _ in range(30):
            (made,) = threads.exchange([script(MAKE, key, Run.ID, ".epoch", "nonce 0 0 0", 100)])
            model = Raised.read(made.value, f"{made.run}.epoch")
            for _ in range(random.randrange(6)):
                assert model is not None
                write = Write(
                    tuple(
                        random.choice((7, 10, 99, 2**53 + 1, 2**64)) + random.randrange(3)
                        for _ in range(random.randrange(4))
                    ),
                    random.choice((0, 0, 9, 10, 2**64)),
                )
                model = model.written(write)
                command = script(RAISE, key, Run.ID, "epoch", write.folded, *write.xids)
                (_, told) = threads.exchange([command, Command(key, (b"GET", key))])
                assert told.value == bytes(model)
            ttl, _ = threads.exchange([Command(key, (b"TTL", key)), Command(key, (b"DEL", key))])
            assert isinstance(ttl.value, int)
            assert ttl.value > 0
    finally:
        threads.close()


def test_a_cluster_shares_its_slots_among_its_nodes() -> None:
    with (
        valkey_cluster() as nodes,
        tiers(f"{nodes[0].url}?cluster=true", f"{nodes[1].url}?cluster=true") as (one, other),
    ):
        for number in range(12):
            fill(one, f"k{number}", number, (f"order:{number}", f"line:{number}"))
        assert [value(other, f"k{number}") for number in range(12)] == list(range(12))

        async def story() -> None:
            assert [(await other.read(f"k{number}", (), BEGUN)).value for number in range(12)] == list(range(12))  # type: ignore[union-attr]
            other.close()

        follow(other, Change(101, ("order:3", "line:4")), to=102)
        assert [number for number in range(12) if value(one, f"k{number}") is None] == [3, 4]
        assert {said(node, "DBSIZE")[0] for node in nodes}.isdisjoint({":0"})
        fill(one, "k3", 3)
        fill(one, "k4", 4)
        asyncio.run(story())


def test_one_node_that_is_no_cluster_is_said_to_be_none(valkey: ValkeyServer) -> None:
    with tiers(f"{valkey.url}?cluster=true".replace("/0?", "?")) as (one,):
        assert "no cluster" in one.status().trouble


def test_what_cannot_be_reached_raises_in_the_driver_and_nowhere_else(valkey: ValkeyServer) -> None:
    with FaultProxy(("127.0.0.1", valkey.port)) as proxy:
        proxy.refuse()
        url = valkey.url_at(proxy.port)
        threads = Threads(Routing(Place.parse(url), Servers(), lambda: None, 1.0))
        with pytest.raises(AwayError, match=r"reset|closed"):
            threads.exchange([Command(b"k", (b"GET", b"k"))])
        with tiers(url) as (one,):
            assert one.read_sync("k", ORDER, BEGUN) == Absent()
