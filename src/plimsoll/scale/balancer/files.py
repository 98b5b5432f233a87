"""What HAProxy reads when it starts, and what the next of us does, in one directory; the words that start it there."""

import json
import os
import resource
import secrets
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.scale.balancer import words
from plimsoll.scale.balancer.admission import ADMISSION_FILE, ALL, admission_text
from plimsoll.scale.balancer.algorithm import HEAVIEST, MAP_FILE, Algorithm, map_text
from plimsoll.scale.balancer.configuration import ADMIN_SOCKET, CONFIGURATION_FILE, configuration
from plimsoll.scale.balancer.server import LAST_RESORT_NUMBER, Server
from plimsoll.scale.balancer.settings import CONNECTIONS_MOST, BalancerSettings
from plimsoll.scale.balancer.words import BOUND_BYTES_MAX

SERVERS_FILE: Final = "balancer.json"
SERVERS_BYTES_MAX: Final = 1024 * 1024
CHECK_SECONDS_MAX: Final = 30.0
CHECKED_ADDRESS: Final = "127.0.0.1:9"  # `haproxy -c` binds nothing
DESCRIPTORS_BESIDE: Final = 200  # that HAProxy has beside two for each connection
# For whoever stops it: SIGUSR1 lets what is in flight end and takes nothing new.
STOP_LADDER: Final = ((signal.SIGUSR1, 10.0), (signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0))


class Files:
    """`directory` must be ours alone and its path short enough for a Unix socket in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.admin_socket = self.directory / ADMIN_SOCKET
        self._written: dict[str, str] = {}
        if len(os.fsencode(self.admin_socket)) > BOUND_BYTES_MAX:
            raise UsageError(
                "the path of HAProxy's directory is too long",
                where=str(self.directory),
                why=f"a Unix socket in it may have {BOUND_BYTES_MAX} bytes",
                remedy="serve from a directory with a shorter path, or set TMPDIR to one",
            )

    def argv(self, program: Path) -> list[str]:
        """Starts HAProxy in the foreground, one process; its words and its access log go to standard output."""
        return [str(program), "-db", "-C", str(self.directory), "-f", CONFIGURATION_FILE]

    def write(
        self, settings: BalancerSettings, algorithm: Algorithm, servers: Sequence[Server], admit: int = ALL
    ) -> None:
        """What the next HAProxy and the next of us are to know. Each file is as it was or as it is to be."""
        texts = {
            CONFIGURATION_FILE: configuration(settings, servers),
            MAP_FILE: map_text(algorithm),
            ADMISSION_FILE: admission_text(admit),
            SERVERS_FILE: json.dumps({"algorithm": algorithm, "servers": [asdict(server) for server in servers]}),
        }
        for name, text in texts.items():
            if self._written.get(name) != text:
                self.put(name, text)
                self._written[name] = text

    def read(self) -> tuple[Algorithm, list[Server]] | None:
        """What was written last; None if nothing was. Raises ServiceError if it is not ours."""
        path = self.directory / SERVERS_FILE
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ServiceError("cannot read the servers", where=str(path), why=error.strerror or str(error)) from error
        with os.fdopen(file, "rb") as whole:
            text = whole.read(SERVERS_BYTES_MAX)
        try:
            told = json.loads(text)
            return Algorithm(told["algorithm"]), [_server(one) for one in told["servers"]]
        except (ValueError, TypeError, KeyError, UsageError) as error:
            raise ServiceError(
                "the list of servers is damaged", where=str(path), why=str(error)[:200], remedy=f"remove {path}"
            ) from error

    def check(self, program: Path, settings: BalancerSettings, servers: Sequence[Server]) -> None:
        """Have HAProxy read the configuration as if it listened elsewhere: a certificate that it cannot use, say.

        Blocks for some 50 ms. Raises UsageError with HAProxy's words.
        """
        _enough_descriptors(settings)
        name = f"check-{secrets.token_hex(4)}.cfg"
        for map_file, text in ((MAP_FILE, map_text(Algorithm.ROUND_ROBIN)), (ADMISSION_FILE, admission_text(ALL))):
            if not (self.directory / map_file).exists():
                self.put(map_file, text)
        self.put(name, configuration(replace(settings, listen=CHECKED_ADDRESS), servers))
        argv = [str(program), "-c", "-C", str(self.directory), "-f", name]
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, errors="replace", check=False, timeout=CHECK_SECONDS_MAX
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError("HAProxy's program does not run here", where=str(program), why=str(error)) from error
        finally:
            (self.directory / name).unlink(missing_ok=True)
        if done.returncode:
            raise UsageError("HAProxy does not take this configuration", why=_complaint(done.stderr + done.stdout))

    def put(self, name: str, text: str) -> None:
        """Into the directory, for us alone; the file is as it was or as it is to be."""
        fresh = self.directory / f".{name}.{secrets.token_hex(4)}"
        try:
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                with os.fdopen(file, "w", encoding="utf-8") as whole:
                    whole.write(text)
                fresh.replace(self.directory / name)
            except BaseException:
                fresh.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ServiceError(
                "cannot write HAProxy's files", where=str(self.directory), why=error.strerror or str(error)
            ) from error


def _server(told: dict[str, object]) -> Server:
    """One of the list, looked at as if a stranger had written it."""
    server = Server(**told)  # type: ignore[arg-type]
    words.name(server.name)
    words.address(server.address)
    bounds = {"number": LAST_RESORT_NUMBER - 1, "limit": CONNECTIONS_MOST, "weight": HEAVIEST, "earned": HEAVIEST}
    for field, most in bounds.items():
        value = getattr(server, field)
        if not isinstance(value, int) or not 1 <= value <= most:
            raise ValueError(f"{field} of {server.name} is {value!r:.40}")
    return server


def _enough_descriptors(settings: BalancerSettings) -> None:
    needed = 2 * settings.bounds.connections + DESCRIPTORS_BESIDE
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most != resource.RLIM_INFINITY and most < needed:
        raise UsageError(
            f"{settings.bounds.connections} connections are more than may be open here",
            why=f"HAProxy needs {needed} descriptors for them, and may have {most}",
            remedy=f"allow more (ulimit -Hn), or at most {max(1, (most - DESCRIPTORS_BESIDE) // 2)} connections",
        )


def _complaint(said: str) -> str:
    """The first line in which HAProxy says what is wrong."""
    alerts = [line.partition(" : ")[2] for line in said.splitlines() if "[ALERT]" in line]
    return next((line for line in alerts if line), said.strip())[:400]
