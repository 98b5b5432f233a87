"""Workers are real: uvicorn behind sockets that a keeper holds, killed, stopped, hung, too large, replaced."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.supervisor import places
from plimsoll.scale.supervisor.launching import Server, launch
from plimsoll.scale.supervisor.probing import Probing, Reachable, probe
from plimsoll.scale.supervisor.states import Limits
from plimsoll.scale.supervisor.status import Status
from plimsoll.scale.supervisor.supervising import Supervisor
from tests.scale.supervisor.ending import PATIENCE_S, ends

HERE = Path(__file__).parent
ANSWERING = launch([sys.executable, "-I", "-S", "answering.py", "{fd}"], cwd=HERE)  # starts in 20 ms
UVICORN = launch(["served:app"], cwd=HERE)
QUICK = Probing(every_s=0.05, timeout_s=0.2)


class Recorded:
    """A balancer that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def begin(self, keeper: Any) -> None:
        self.told.append("begin")

    async def add(self, worker: Reachable) -> None:
        self.told.append(f"+{worker.name}")

    async def remove(self, name: str) -> None:
        self.told.append(f"-{name}")

    async def ended(self, ended: Any) -> None:
        self.told.append(f"ended {ended.name}")


@asynccontextmanager
async def serving(root: Path, *, workers: int = 1, **more: Any) -> AsyncIterator[Supervisor]:
    made = more.pop("made", ANSWERING)
    async with asyncio.timeout(PATIENCE_S):
        async with Supervisor(places.prepare(root, "app"), made, grace_s=0.5, **more) as supervisor:
            supervisor.want(workers)
            yield supervisor


def ready(workers: int, other_than: Status | None = None) -> Callable[[Status], bool]:
    before = {worker.pid for worker in other_than.workers} if other_than else set()
    return lambda status: status.ready == workers and not before & {worker.pid for worker in status.workers}


async def asked(supervisor: Supervisor, path: str, timeout_s: float = PATIENCE_S, name: str = "w1") -> int:
    where = Reachable(name, path=str(supervisor.place.socket(name)))
    return (await probe(where, path, timeout_s)).status


def living(group: int) -> list[int]:
    """Processes of the group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.append(int(path.parent.name))
    return found


def test_what_is_asked_while_every_worker_is_dead_is_answered_by_the_next(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path, workers=2, made=UVICORN) as supervisor:
            status = await supervisor.until(ready(2))
            for worker in status.workers:
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)

            assert await asked(supervisor, "/") == 200
            await supervisor.until(ready(2, other_than=status))

    asyncio.run(play())


def test_more_fewer_and_new_code_change_workers_one_after_another(tmp_path: Path) -> None:
    async def play() -> None:
        traffic = Recorded()
        async with serving(tmp_path, workers=2, traffic=traffic) as supervisor:
            before = await supervisor.until(ready(2))
            await supervisor.reload()
            after = await supervisor.until(ready(2, other_than=before))
            supervisor.want(1)
            await supervisor.until(lambda status: len(status.workers) == 1)

            assert {worker.generation for worker in after.workers} == {2}
            assert sorted(traffic.told[1:3]) == ["+w1", "+w2"]
            assert traffic.told[3] == "+w3", "nobody goes before another is ready"
            assert [word[0] for word in traffic.told[3:]] == ["+", "-", "+", "-", "-"]
        assert traffic.told[-1].startswith("-"), "at the end, too, the balancer lets go first"

    asyncio.run(play())


@pytest.mark.parametrize("how", ["stopped", "blocked"])
def test_a_worker_that_does_not_answer_is_replaced(tmp_path: Path, how: str) -> None:
    async def play() -> None:
        hung_s = 3600 if how == "stopped" else 0  # who was stopped is not given the time to end what he does
        limits = Limits(hung_s=hung_s, silent_max=2, hung_stop_s=0.05)
        async with serving(tmp_path, limits=limits, probing=QUICK) as supervisor:
            before = await supervisor.until(ready(1))
            pid = before.workers[0].pid
            assert pid is not None
            if how == "stopped":
                os.kill(pid, signal.SIGSTOP)
            else:
                await asked(supervisor, "/hang", 0.1)

            await supervisor.until(ready(1, other_than=before))
            assert any("hung: no answer in 0.2 s" in noted.text for noted in supervisor.notes)

    asyncio.run(play())


def test_a_worker_that_grows_without_end_is_ended_with_what_it_started(tmp_path: Path) -> None:
    async def play() -> None:
        limits = Limits(memory_bytes_max=50_000_000, hung_stop_s=0.05)
        async with serving(tmp_path, limits=limits, measure_s=0.02) as supervisor:
            before = await supervisor.until(ready(1))
            pid = before.workers[0].pid
            assert pid is not None
            await asked(supervisor, "/child")
            everybody = living(pid)
            assert len(everybody) == 2
            await asked(supervisor, "/eat")

            await supervisor.until(ready(1, other_than=before))
            await supervisor.until(lambda status: len(status.workers) == 1)
            assert any("uses " in noted.text for noted in supervisor.notes)
            assert all(map(ends, everybody))

    asyncio.run(play())


def test_an_application_that_dies_at_its_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    async def play() -> None:
        command = [sys.executable, "-c", "import sys; sys.exit('no settings found password=hunter2')", "{fd}"]
        limits = Limits(deaths_max=2, backoff_s=0.01)
        async with serving(tmp_path, made=launch(command, cwd=HERE), limits=limits) as supervisor:
            status = await supervisor.until(lambda status: status.broken is not None)

            assert status.broken is not None
            assert status.broken.reason == "ended: exit code 1"
            assert status.broken.last == ("no settings found password=hunter2",)
            assert any("no settings found password=****" in noted.said for noted in supervisor.notes)
            assert "hunter2" not in str(supervisor.notes)

    asyncio.run(play())


def test_an_application_that_cannot_be_imported_is_refused_before_anything_starts(tmp_path: Path) -> None:
    async def play() -> None:
        made = launch(["served:app"], cwd=HERE, environment={"DIE_AT_START": "no DATABASE_URL"})
        with pytest.raises(UsageError, match=r"cannot import the application served:app .*no DATABASE_URL"):
            async with serving(tmp_path, made=made):
                pass

    asyncio.run(play())


def test_when_the_keeper_is_killed_workers_die_with_it_and_come_again(tmp_path: Path) -> None:
    async def play() -> None:
        traffic = Recorded()
        async with serving(tmp_path, traffic=traffic) as supervisor:
            before = await supervisor.until(ready(1))
            os.kill(before.keeper_pid, signal.SIGKILL)

            after = await supervisor.until(ready(1, other_than=before))
            assert after.keeper_pid != before.keeper_pid
            assert after.broken is None
            assert traffic.told[:3] == ["begin", "+w1", "begin"]

    asyncio.run(play())


def test_a_command_may_bind_a_port_itself(tmp_path: Path) -> None:
    async def play() -> None:
        command = [sys.executable, "-m", "uvicorn", "served:app", "--port", "{port}"]
        async with serving(tmp_path, made=launch(command, cwd=HERE)) as supervisor:
            await supervisor.until(ready(1))

    asyncio.run(play())


def test_granian_serves_at_a_socket_that_is_held(tmp_path: Path) -> None:
    pytest.importorskip("granian")

    async def play() -> None:
        async with serving(tmp_path, made=launch(["served:app"], cwd=HERE, server=Server.GRANIAN)) as supervisor:
            await supervisor.until(ready(1))
            assert await asked(supervisor, "/") == 200

    asyncio.run(play())


def test_sockets_that_lie_elsewhere_leave_nothing_there_and_no_stranger_can_take_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path.parent))
    root = tmp_path / ("long" * 25)

    async def play() -> Path:
        async with serving(root) as supervisor:
            await supervisor.until(ready(1))
            return supervisor.place.sockets

    sockets = asyncio.run(play())
    assert sockets.parent == tmp_path.parent
    assert not sockets.exists()
    assert places.prepare(root, "app").sockets == sockets
    sockets.rmdir()
    sockets.symlink_to(tmp_path)
    another = places.prepare(root, "app").sockets
    assert another != sockets
    another.rmdir()
    sockets.unlink()
