"""`plimsoll serve` as a user runs it, in a directory of its own: its processes, what it says, what it is told."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

import plimsoll
from benchmarks._tables import ROOT
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.scale.serving.front import LOG
from plimsoll.scale.supervisor import places
from tests.prove.scaling.asking import LOOK_S
from tests.prove.scaling.judging import Death
from tests.scale.balancer.stage import BOUND

PATIENCE_S: Final = 60.0  # a bound of whatever is waited for
GRACE: Final = "60s"  # who takes over may take long to start on a busy machine
NAME: Final = "shop"
APPLICATION: Final = Path(__file__).with_name("application.py")
_SERVING: Final = re.compile(r"serving at http://127\.0\.0\.1:(\d+)")
_DEATH: Final = re.compile(r"(w\d+): .*(?:ended|gone): .*killed by SIGKILL")


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    text: str


class Served:
    """`words` follow `plimsoll serve`; `application` is what is served, `mutation` what is taken away from it."""

    def __init__(self, home: Path, words: Sequence[str], application: Sequence[str], mutation: str = "") -> None:
        self.home, self._words, self._application, self._mutation = home, words, application, mutation
        self.lines: list[Line] = []
        self.deaths: list[Death] = []
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keepers: list[psutil.Process] = []
        self._reading: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        shutil.copy(APPLICATION, home / "shop.py")
        self._place = places.prepare(home / ".plimsoll" / "serve", NAME)
        self.control = ControlClient(self._place.state)

    # --- its processes

    async def start(self) -> None:
        """Returns when it serves; the same address each time."""
        argv = [sys.executable, "-m", "tests.prove.scaling.mutant", self._mutation]
        if not self._mutation:
            argv = [sys.executable, "-m", "plimsoll.cli.main"]
        argv += ["serve", "--name", NAME, "--bind", f"127.0.0.1:{self.port}", "--health", "/health", "--grace", GRACE]
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", BOUND), *argv, *self._words, *self._application,
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": f"{Path(plimsoll.__file__).parents[1]}{os.pathsep}{ROOT}"},
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        begun = len(self.lines)
        self._reading = asyncio.create_task(self._read(self._process))
        found = _SERVING.search((await self.says("serving at http", begun)).text)
        assert found is not None
        self.port = int(found[1])
        if not (self._keepers and _runs(self._keepers[-1].pid)):  # else it was taken over, and is nobody's child
            self.anew()

    def anew(self) -> None:
        """Another keeper has taken the place of one that is gone."""
        self._keepers.append(self._child(psutil.Process(self.pid), "program.py"))

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def keeper(self) -> int:
        return int(self._keepers[-1].pid)

    @property
    def haproxy(self) -> int:
        return int(self._child(self._keepers[-1], "haproxy").pid)

    @property
    def workers(self) -> dict[str, int]:
        """Those that run, by name."""
        found = {}
        for child in self._keepers[-1].children():
            with suppress(psutil.Error):
                if name := child.environ().get("PLIMSOLL_WORKER"):
                    found[name] = child.pid
        return dict(sorted(found.items()))

    async def ended(self) -> int:
        """Its exit code, when it has ended."""
        assert self._process is not None
        assert self._reading is not None
        async with asyncio.timeout(PATIENCE_S):
            code = await self._process.wait()
            await self._reading
        return code

    def tell(self, number: int) -> None:
        os.kill(self.pid, number)

    async def kill(self, pid: int) -> None:
        """Returns when it is gone."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await self.gone(pid)

    async def gone(self, pid: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while _runs(pid):  # noqa: ASYNC110 -- it is nobody's child here, so that nothing tells us
                await asyncio.sleep(LOOK_S)

    async def kill_worker(self, name: str) -> None:
        pid = self.workers[name]
        await self.kill(pid)
        self.deaths.append(Death(name, asyncio.get_running_loop().time()))

    async def stop(self) -> None:
        """Ends it in order and waits until nothing of it is left, however that goes."""
        process = self._process
        try:
            if process is not None and process.returncode is None:
                process.terminate()
                await self.ended()
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
            if self._reading is not None:
                self._reading.cancel()
            for keeper in self._keepers:
                with suppress(psutil.Error):
                    keeper.terminate()  # one whose supervisor is gone would wait for the next
                await self.gone(keeper.pid)

    # --- what it says, and is told

    async def says(self, pattern: str, begun: int = 0) -> Line:
        """The first line from that number on which has it; waited for."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    if found := [line for line in self.lines[begun:] if re.search(pattern, line.text)]:
                        return found[0]
                    if self._reading is None or self._reading.done():
                        break
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            pass
        raise RuntimeError("\n".join([f"it never said {pattern!r}, but:", *(one.text for one in self.lines[-30:])]))

    async def has_ready(self, workers: int) -> None:
        """So many and no others; asked for over its control socket until it is so."""
        async with asyncio.timeout(PATIENCE_S):
            while (status := await self.control.status()).ready != workers or len(status.workers) != workers:
                pass

    async def ask_worker(self, name: str, path: str) -> asyncio.StreamWriter:
        """A request over its own socket, whose answer nobody waits for."""
        _, writer = await asyncio.open_unix_connection(str(self._place.socket(name)))
        writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        return writer

    def boots(self, told: str) -> None:
        """How the application starts from now on."""
        (self.home / "boot").write_text(told)

    # --- what is left to read

    def log(self) -> list[str]:
        """HAProxy's, of requests."""
        path = self._place.state / LOG
        return path.read_text(errors="replace").splitlines() if path.exists() else []

    def begun(self) -> list[int]:
        """POSTs that the application began."""
        path = self.home / "journal"
        return [int(line.split()[0]) for line in path.read_text().splitlines()] if path.exists() else []

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        try:
            while text := (await process.stderr.readline()).decode(errors="replace").rstrip():
                line = Line(asyncio.get_running_loop().time(), text)
                self.lines.append(line)
                if found := _DEATH.search(text):
                    self.deaths.append(Death(found[1], line.at))
                self._heard.set()
        finally:
            self._heard.set()

    def _child(self, of: psutil.Process, word: str) -> psutil.Process:
        """The child that was started with that word."""
        for child in of.children():
            with suppress(psutil.Error):
                if any(part.endswith(word) for part in child.cmdline()):
                    return child
        raise RuntimeError(f"{of.pid} has no child {word}")


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
