"""The control socket: real HAProxy and workers, asked and told by the client, by strangers, and by the slow."""

import asyncio
import json
import stat
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.core.scaling import ReloadStatus
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.serving import told
from plimsoll.scale.serving.control import server as control_server
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.scale.serving.control.orders import Control
from plimsoll.scale.serving.control.server import ControlServer
from plimsoll.scale.serving.history import History
from plimsoll.scale.serving.reloading import Reloading
from plimsoll.scale.serving.steering import Steering
from plimsoll.scale.supervisor import places
from plimsoll.scale.supervisor.launching import launch
from plimsoll.scale.supervisor.states import State
from plimsoll.scale.supervisor.supervising import Supervisor
from plimsoll.workflows.scaling import find, reloaded
from tests.scale.serving.test_serving import PATIENCE_S, Served, serving
from tests.scale.supervisor.ending import ends


class Told:
    """An application that is served, and the client of its control socket."""

    def __init__(self, served: Served, limits: Limits, capacity: float = 1000.0) -> None:
        self.served, self.state = served, served.supervisor.place.state
        self.history = History(self.state)
        policy = HybridPolicy(limits, HybridSettings(Capacity(capacity), start_s=0.1), period_s=0.05)
        self.steering = Steering(served.supervisor, served.front, policy, history=self.history, say=served.said.append)
        self.control = Control(
            self.state.name, served.supervisor, served.front, self.steering, self.history,
            workers_most=8, reload=served.supervisor.reload, say=served.said.append,
        )  # fmt: skip
        self.server = ControlServer(served.supervisor.place.control_socket, self.control.orders(), served.said.append)
        self.client = ControlClient(self.state)


@asynccontextmanager
async def controlled(
    home: Path, limits: Limits | None = None, capacity: float = 1000.0, name: str = "app"
) -> AsyncIterator[Told]:
    async with serving(home, name=name) as served:
        made = Told(served, limits or Limits(1, 2), capacity)
        await made.server.begin()
        try:
            yield made
        finally:
            await made.server.close()
            made.history.close()


async def decided(made: Told) -> None:
    """One decision, of one more request than before."""
    await made.served.asked()
    made.steering.decide(await made.steering._look())


def test_who_serves_tells_and_does_what_it_is_told(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path) as made:
            client, supervisor = made.client, made.served.supervisor
            assert stat.S_IMODE(places.control_socket_of(made.state).stat().st_mode) == 0o600
            found = await client.status()
            assert (found.name, found.policy, found.limits.workers_max, found.ready) == ("app", "hybrid", 2, 1)
            assert found.address == made.served.front.address
            assert (await client.scale(2)).limits.fixed
            await supervisor.until(lambda status: status.ready == 2)
            assert made.history.since(0, 9).decisions[-1].because == (
                "somebody asked for it: workers_min 2, workers_max 2"
            )
            assert (await client.scale(as_started=True)).limits.workers_min == 1
            assert (await client.balance("weighted-round-robin", {"w1": 30})).balancer.weights == {"w1": 30}
            assert (await made.served.front.figures()).algorithm == "weighted-round-robin"
            config = await client.config({"utilization": 0.5, "capacity_per_s": None, "connections_max": 40})
            assert (config.utilization, config.capacity_per_s, config.connection_pool) == (0.5, None, 10)
            assert config.told == ("connections_max", "capacity_per_s", "utilization")
            await decided(made)
            await decided(made)
            assert (await client.status()).balancer.totals is not None
            assert (await client.reset_metrics(learned=True)).balancer.totals.requests == 0  # type: ignore[union-attr]
            heard: list[ReloadStatus] = []
            assert (await reloaded(client, 0.0, heard.append))[1] is False  # and it goes on
            found, through = await reloaded(client, PATIENCE_S, heard.append)
            assert (through, found.reload) == (True, ReloadStatus(3, "done", 0))
            assert {one.state for one in heard} == {"under way"}
            assert [one.text for one in (await client.history(limit=1)).happenings] != []

    asyncio.run(play())


def test_while_it_is_paused_it_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path, capacity=0.01) as made:
            assert (await made.client.pause()).paused
            for _ in range(3):
                await decided(made)
            last = (await made.client.history()).decisions
            assert [(one.before, one.wanted, one.done) for one in last] == [(1, 1, True), (1, 2, False)]
            assert last[1].would_change
            assert made.served.supervisor.status().wanted == 1
            assert not (await made.client.pause(False)).paused
            await decided(made)
            assert made.served.supervisor.status().wanted == 2

    asyncio.run(play())


def test_the_next_supervisor_goes_on_as_it_was_told(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path) as made:
            await made.client.scale(workers_min=2)
            await made.client.pause()
            await made.client.balance("round-robin")
            before = told.read(made.state)
            after = Told(made.served, Limits(1, 2))
            after.control.resume(before)
            assert (after.steering.policy.limits, after.steering.paused) == (Limits(2, 2), True)
            assert before.algorithm == "round-robin"
            assert made.served.said[-1].startswith("goes on as it was told before: workers_min 2, round-robin, paused")
            smaller = Told(made.served, Limits(1, 1))
            smaller.control.resume(before)
            assert "does not fit any more" in made.served.said[-2]
            assert smaller.history.since(0, 500).happenings  # what an earlier one wrote
            after.history.close()
            smaller.history.close()
            made.control.forget()
            assert told.read(made.state) == told.Told()

    asyncio.run(play())


def test_what_is_told_wrongly_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path) as made:
            client, before = made.client, made.steering.policy.limits
            wrong: list[tuple[Any, str]] = [
                (client.scale(), "how many workers?"),
                (client.scale(9), "a whole number from 1 to 8"),
                (client.scale(2, workers_max=3), "how many workers?"),
                (client.scale(workers_min=3), "3 to 2 is no range"),
                (client.balance("random"), "'random' is no way to spread requests"),
                (client.balance(weights={"w7": 5}), "there is no worker 'w7'"),
                (client.balance(weights={"w1": 500}), "the weight of w1"),
                (client.balance(), "nothing is told"),
                (client.config({"workers_max": 5, "utilization": 7}), "is not within 10% and 100%"),
                (client.config({"workers_max": 500}), "500 workers are too many"),
                (client.config({"cpu_up": 0.5}), "the policy hybrid has"),
                (client.config({"seasonal": 1}), "it is true or false"),
                (client.config({"connections_max": 5}), "has no connections for a worker"),
                (client.history(limit=0), "a whole number from 1 to 500"),
            ]
            for asking, why in wrong:
                with pytest.raises(UsageError) as raised:
                    await asking
                assert why in str(raised.value)
            assert made.steering.policy.limits == before
            assert told.read(made.state) == told.Told()

    asyncio.run(play())


@asynccontextmanager
async def speaking(home: Path) -> AsyncIterator[tuple[ControlServer, Path]]:
    async def echo(words: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"many": "x" * words.get("many", 0)}

    path = home / "control.sock"
    server = ControlServer(path, {"echo": echo})
    async with asyncio.timeout(PATIENCE_S):
        await server.begin()
        try:
            yield server, path
        finally:
            await server.close()
            assert not path.exists()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"hello\n", "this is no order"),
        (b"[1]\n", "this is no order"),
        (b'{"order": "echo"}\n', "an order has an id"),
        (b'{"id": 1, "version": 1, "order": "fly"}\n', "there is no order 'fly'"),
        (b'{"id": 1, "version": 9, "order": "echo"}\n', "what serves here speaks otherwise"),
        (b'{"id": 1, "version": 1, "order": "echo", "many": "x"}\n', "the supervisor made a mistake"),
        (b"x" * 70_000 + b"\n", "an order has at most 65,536 bytes"),
    ],
)
def test_words_that_are_no_order_are_told_so(tmp_path: Path, line: bytes, why: str) -> None:
    async def play() -> None:
        async with speaking(tmp_path) as (_, path):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(line)
            assert why in json.dumps(json.loads(await reader.readline())["failed"])
            writer.close()

    asyncio.run(play())


def test_who_does_not_read_is_dropped_and_so_is_who_was_silent_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_server, "SAY_S", 0.05)

    async def play() -> None:
        async with speaking(tmp_path) as (_, path):
            reader, writer = await asyncio.open_unix_connection(path, limit=1000)
            writer.write(b'{"id": 1, "version": 1, "order": "echo", "many": 4000000}\n')
            silent = [await asyncio.open_unix_connection(path) for _ in range(control_server.CLIENTS_MAX + 1)]
            assert await silent[0][0].read() == b""
            silent[-1][1].write(b'{"id": 2, "version": 1, "order": "echo"}\n')
            assert json.loads(await silent[-1][0].readline()) == {"id": 2, "ok": {"many": ""}}
            read = 0
            try:
                while data := await reader.read(65_536):
                    read += len(data)
            except ConnectionError:
                pass
            assert read < 4_000_000
            for _, one in [*silent, (reader, writer)]:
                one.close()

    asyncio.run(play())


def test_where_nobody_serves_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="nobody serves shop here"):
        asyncio.run(ControlClient(tmp_path / "shop").status())


def test_states_are_the_words_that_are_told() -> None:
    assert [str(one) for one in State][:3] == ["asked for", "starting", "ready"]


def test_a_reload_of_what_cannot_be_imported_is_told_as_one_that_replaced_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        said: list[str] = []
        made = Supervisor(places.prepare(tmp_path, "app"), launch(["missing:app"], cwd=tmp_path))
        reloading = Reloading(made, said.append)
        with pytest.raises(UsageError, match="No module named 'missing'"):
            await reloading.ask()
        (line,) = said
        assert line.startswith("reload: nothing was replaced: cannot import the application missing:app")

    asyncio.run(play())


def test_where_nobody_is_heard_it_is_said_what_goes_on(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    assert ends(gone.pid)  # and nobody has waited for it

    async def play() -> None:
        async with serving(tmp_path) as served:
            for name in ("app", None):
                with pytest.raises(ServiceError, match="app is just being started or ended"):
                    await find(name, tmp_path)
            (served.supervisor.place.state / places.SUPERVISOR_LOCK).write_text(f"{gone.pid}\n")
            with pytest.raises(ServiceError, match="app lost its supervisor, and its workers serve until"):
                await find(None, tmp_path)

    asyncio.run(play())
    gone.wait()


def test_a_pool_that_nobody_told_any_more_is_kept_as_what_it_became(tmp_path: Path) -> None:
    async def play() -> None:
        async with controlled(tmp_path, Limits(1, 2, ConnectionBudget(100, 7))) as made:
            config = made.control.config
            await config({"changes": {"connections_max": None, "connection_pool": None}})
            await config({"changes": {"connections_max": 90}})
            kept = told.read(made.served.supervisor.place.state)
            assert kept.changes == {"connections_max": 90, "connection_pool": 10}
            made.control.resume(kept)
            assert made.steering.policy.limits.budget == ConnectionBudget(90, 10)

    asyncio.run(play())
