"""No worker is lost with its supervisor, and none outlives it for longer than the grace."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import RefusedError, ServiceError, UsageError
from plimsoll.scale.supervisor import places
from plimsoll.scale.supervisor.holding import Ended, Keeper, Program, find_or_start
from tests.scale.supervisor.ending import PATIENCE_S, ends

OWNER = Path(__file__).with_name("owner.py")


class Owner:
    """A supervisor in a process of its own, with two workers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        self.facts: dict[str, Any] = json.loads(line)
        self.workers: list[int] = list(self.facts["workers"].values())
        self.keeper: int = self.facts["keeper"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)


@contextmanager
def owner(root: Path, grace_s: float) -> Iterator[Owner]:
    process = subprocess.Popen(
        [sys.executable, str(OWNER), str(root), str(grace_s), "2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Owner(process)
        finally:
            process.kill()


def test_a_supervisor_that_comes_within_the_grace_goes_on_where_the_killed_one_was(tmp_path: Path) -> None:
    with owner(tmp_path, grace_s=PATIENCE_S) as first:
        first.kill()
        with owner(tmp_path, grace_s=0.1) as second:
            assert second.facts == {**first.facts, "taken_over": 2}
            second.kill()

            assert all(map(ends, [*second.workers, second.keeper]))
            assert sorted(path.name for path in (tmp_path / "app").glob("*.sock")) == []


def test_with_keeper_and_supervisor_killed_no_worker_is_left(tmp_path: Path) -> None:
    with owner(tmp_path, grace_s=PATIENCE_S) as it:
        it.kill()
        os.kill(it.keeper, signal.SIGKILL)

        assert all(map(ends, [*it.workers, it.keeper]))


def test_a_supervisor_loads_nothing_heavy() -> None:
    code = "import sys, plimsoll.scale.supervisor.supervising; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "numpy", "psutil", "polars", "asyncpg", "uvicorn"} & set(told)


def test_a_second_supervisor_is_told_who_the_first_is(tmp_path: Path) -> None:
    place = places.prepare(tmp_path, "app")
    held = places.lock(place)
    with pytest.raises(RefusedError, match=f"process {os.getpid()} does"):
        places.lock(place)
    os.close(held)
    os.close(places.lock(place))


@pytest.mark.parametrize("name", ["", "../up", "a/b", "-x", "Ä", "x" * 33])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a served application"):
        places.prepare(tmp_path, name)


def test_a_state_directory_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir(mode=0o755)
    (tmp_path / "app").chmod(0o755)
    with pytest.raises(ServiceError, match="not ours alone"):
        places.prepare(tmp_path, "app")


def test_a_keeper_holds_what_it_is_given_and_says_what_it_cannot_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a directory whose path is too long for a socket; the sockets then lie where it is short."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path.parent))
    place = places.prepare(tmp_path / ("long" * 25), "app")
    assert place.sockets.parent == tmp_path.parent
    ended: asyncio.Queue[Ended] = asyncio.Queue()

    async def play(keeper: Keeper) -> None:
        public = await keeper.bind_port("public", "127.0.0.1", 0)
        with pytest.raises(ServiceError, match=rf"127.0.0.1:{public.port}.*Address already in use"):
            await keeper.bind_port("other", "127.0.0.1", public.port)
        with pytest.raises(ServiceError, match=r"no-such-program.*No such file"):
            await keeper.start("x", Program(["no-such-program"], "/"))
        with pytest.raises(RefusedError, match=f"process {os.getpid()} does"):
            await find_or_start(place, 0.0, ended.put_nowait)

        words = "import sys; print('one\\ntwo'); sys.exit(3)"
        await keeper.start("w1", Program([sys.executable, "-I", "-S", "-c", words], "/", sockets=["public"]))
        told = await ended.get()
        assert (told.name, told.how, told.last) == ("w1", "exit code 3", ("one", "two"))
        assert "w1 | two\n" in place.log.read_text()
        with socket.create_connection((public.host, public.port)):
            pass  # the socket is the keeper's, whoever has died

        for signalled in (True, False):
            pid = await keeper.start("w3", Program(["sleep", "600"], "/"))
            if signalled:
                await keeper.signal("w3", pid, signal.SIGTERM)
            else:
                os.kill(pid, signal.SIGTERM)
            assert (await ended.get()).signalled == signalled

        own = await keeper.bind_path("w2", place.socket("w2"))
        words = f"import os, socket; path = socket.socket(fileno={own.fd}).getsockname(); print(os.stat(path).st_mode)"
        for _ in range(2):  # as gunicorn does at its end
            program = [sys.executable, "-I", "-S", "-c", f"{words}; os.unlink(path)"]
            await keeper.start("w2", Program(program, "/", sockets=["w2"]))
            told = await ended.get()
            assert (told.code, told.last) == (0, (str(place.socket("w2").stat().st_mode),))
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(place.socket("w2")))

    async def all_of_it() -> None:
        async with asyncio.timeout(PATIENCE_S):
            keeper = await find_or_start(place, 0.0, ended.put_nowait)
            try:
                await play(keeper)
            finally:
                await keeper.end()

    asyncio.run(all_of_it())
    assert [one for one in place.sockets.iterdir() if one.is_socket()] == []
