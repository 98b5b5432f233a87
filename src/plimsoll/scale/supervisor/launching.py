"""What an application is: `module:app` behind uvicorn or Granian, or any command, and how a worker of it is started."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from plimsoll.core.errors import ServiceError, UsageError

IMPORT_S_MAX: Final = 60.0
SLOW_S: Final = 5.0  # an import that takes longer is told of
SAID_BYTES_MAX: Final = 64 * 1024
LINES_SHOWN: Final = 5
# How long a connection may idle before the worker closes it: what HAProxy sends just then is lost, and a POST may not
# be sent again. HAProxy closes what idles itself (PURGE_S), but for one connection, which it keeps for ever.
KEEP_ALIVE_S: Final = 30 * 24 * 3600  # in ms below 2^32, whatever a server counts in
_MODULE_APP: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_VARIABLE: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
WSGI: Final = 97  # with which the import ends where it takes two arguments; applications of ASGI take one or three
_IMPORT: Final = f"""
import functools, importlib, inspect, sys
sys.path.insert(0, "")
module, _, name = sys.argv[1].partition(":")
application = functools.reduce(getattr, name.split("."), importlib.import_module(module))
if not callable(application):
    sys.exit(sys.argv[1] + " is there, but it is no application: it cannot be called")
try:
    taken = [one.kind.name for one in inspect.signature(application).parameters.values()]
except Exception:
    taken = []
if taken in (["POSITIONAL_ONLY"] * 2, ["POSITIONAL_OR_KEYWORD"] * 2):
    sys.exit({WSGI})
"""


class Listening(StrEnum):
    """Who listens for a worker, by the placeholder in its command."""

    FD = "fd"  # the keeper does and gives it the descriptor: a dead worker's connections wait for the next one
    SOCKET = "socket"  # it does, at a path that it is told
    PORT = "port"  # it does, at a port of the loopback interface that it is told


class Server(StrEnum):
    UVICORN = "uvicorn"
    GRANIAN = "granian"


@dataclass(frozen=True, slots=True)
class Launch:
    """How each worker is started. `words` hold the placeholder of `listening`."""

    words: tuple[str, ...]
    listening: Listening
    cwd: str
    environment: Mapping[str, str] = field(default_factory=dict)
    application: str = ""  # "module:app"; empty for a command

    def argv(self, value: str) -> list[str]:
        """The command with `value` (a descriptor, path or port) in place of its placeholder."""
        return [word.replace("{" + self.listening + "}", value) for word in self.words]

    @property
    def warning(self) -> str:
        """What a user should know of it beforehand; "" for nothing."""
        if self.listening is Listening.FD:
            return ""
        open_to_all = (
            "Whoever has an account on this machine reaches the port without the balancer, and can say there of a "
            "client what the balancer would not let through. "
        )
        return (
            f"the command binds its {self.listening} itself: what connects while it is gone is refused, and only the "
            f"balancer's retries help. {open_to_all if self.listening is Listening.PORT else ''}"
            "One that takes {fd}, a listening descriptor, has none of that"
        )


def launch(
    words: Sequence[str],
    *,
    cwd: Path,
    server: Server | None = None,
    environment: Mapping[str, str] | None = None,
    stop_s: float = 10.0,
    factory: bool = False,
) -> Launch:
    """How `words` are served: one word "module:app", or a command with one of {fd}, {socket} and {port}.

    `environment` goes above ours. A worker has `stop_s` to end what it has in hand. Raises UsageError.
    """
    if not cwd.is_dir():
        raise UsageError("there is no such directory to run the application in", where=str(cwd))
    cwd, variables = cwd.resolve(), _checked(environment or {})
    if not words or not all(words):
        raise UsageError("no application was named", remedy="name one as module:app, or give a command with {fd}")
    if any("\0" in word for word in words):
        raise UsageError("the command holds a zero character")
    if len(words) == 1 and _MODULE_APP.fullmatch(words[0]):
        made = _served(words[0], server or _found(), stop_s, factory=factory)
        return Launch(made, Listening.FD, str(cwd), variables, words[0])
    used = [kind for kind in Listening if any("{" + kind + "}" in word for word in words)]
    if len(used) != 1:
        why = "it has none of {fd}, {socket} and {port}" if not used else "it has more than one placeholder"
        remedy = (
            "say where it shall listen, as in: gunicorn --bind fd://{fd} app:app; or name an application as module:app"
        )
        raise UsageError("the command does not say where it listens", where=" ".join(words), why=why, remedy=remedy)
    return Launch(tuple(words), used[0], str(cwd), variables)


def worker_environment(made: Launch, name: str) -> dict[str, str]:
    """Ours, the application's own variables, and which worker it is."""
    return {**os.environ, **made.environment, "PLIMSOLL_WORKER": name, "PYTHONUNBUFFERED": "1"}


async def check(made: Launch, say: Callable[[str], None] = lambda _: None) -> None:
    """Whether it can be started at all: told before the first start, not by workers that die; `say` hears of an import
    that takes long. Raises UsageError."""
    if not made.application:
        search = made.environment.get("PATH", os.environ.get("PATH"))
        program = made.words[0] if os.sep not in made.words[0] else str(Path(made.cwd, made.words[0]))
        if shutil.which(program, path=search) is None:
            remedy = "install it, or give its full path"
            raise UsageError(f"there is no program {made.words[0]!r}", why="it is not on PATH", remedy=remedy)
        return
    code, said = await _run([sys.executable, "-c", _IMPORT, made.application], made, say)
    if code == WSGI:
        raise UsageError(
            f"{made.application} is no ASGI application",
            why="it takes two arguments, as WSGI has it",
            remedy=f"a command: plimsoll serve --concurrency 1 -- gunicorn --bind fd://{{fd}} {made.application}",
        )
    if code != 0:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        raise UsageError(
            f"cannot import the application {made.application}",
            where=made.cwd,
            why=" | ".join(lines[-LINES_SHOWN:]) or f"exit code {code}",
            remedy=f"see that `python -c 'import {made.application.partition(':')[0]}'` works there",
        )


async def _run(argv: list[str], made: Launch, say: Callable[[str], None]) -> tuple[int, str]:
    """Its exit code and the end of what it said. Its output is a pipe of ours, since asyncio's processes end only when
    their pipes do: a helper that an import starts holds them for as long as it likes."""
    loop = asyncio.get_running_loop()
    reads, writes = os.pipe()
    os.set_blocking(reads, False)
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=made.cwd,
                env=worker_environment(made, "check"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writes,
                stderr=writes,
                start_new_session=True,
            )
        finally:
            os.close(writes)
        said = bytearray()
        loop.add_reader(reads, _read, reads, said)
        slow = loop.call_later(SLOW_S, say, f"still importing {made.application}; given up after {IMPORT_S_MAX:g} s")
        try:
            async with asyncio.timeout(IMPORT_S_MAX):
                code = await process.wait()
            _read(reads, said)
            return code, said.decode(errors="replace")
        except TimeoutError as error:
            why = said.decode(errors="replace")[-500:]
            what = f"importing {made.application} takes more than {IMPORT_S_MAX:g} s"
            raise ServiceError(what, where=made.cwd, why=why) from error
        finally:
            slow.cancel()
            loop.remove_reader(reads)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    finally:
        os.close(reads)


def _read(reads: int, said: bytearray) -> None:
    """What is there now; a pipe holds no more than this."""
    with suppress(BlockingIOError):
        more = os.read(reads, SAID_BYTES_MAX)
        said += more
        del said[:-SAID_BYTES_MAX]
        if not more:
            asyncio.get_running_loop().remove_reader(reads)  # its end is ready for ever


def _served(application: str, server: Server, stop_s: float, *, factory: bool) -> tuple[str, ...]:
    """The socket's directory is ours alone, so whoever connects is our balancer: its forwarded headers are true."""
    patience = str(max(1, int(stop_s) - 1))  # a second before it would be killed
    idle, made = str(KEEP_ALIVE_S), ["--factory"] if factory else []
    if server is Server.GRANIAN:
        module = "plimsoll.scale.supervisor.granian_worker"
        return (sys.executable, "-m", module, application, "{fd}", patience, idle, *made)
    more = ("--no-access-log", "--forwarded-allow-ips", "*")
    times = ("--timeout-keep-alive", idle, "--timeout-graceful-shutdown", patience)
    return (sys.executable, "-m", "uvicorn", application, "--fd", "{fd}", *more, *times, *made)


def _found() -> Server:
    """uvicorn where both are there: Granian can be given a descriptor only by names that it does not promise."""
    for server in (Server.UVICORN, Server.GRANIAN):
        if find_spec(server) is not None:
            return server
    raise UsageError("there is no application server", remedy="pip install uvicorn, or give a command with {fd}")


def _checked(environment: Mapping[str, str]) -> dict[str, str]:
    for name, value in environment.items():
        if not _VARIABLE.fullmatch(name):
            raise UsageError(f"{name!r} is no name of an environment variable")
        if "\0" in value:
            raise UsageError(f"the value of {name} holds a zero character")
    return dict(environment)
