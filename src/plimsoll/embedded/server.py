"""A PostgreSQL server of ours while it runs: its addresses, its databases, its end."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import conf, failures
from plimsoll.embedded.account import Account
from plimsoll.embedded.binaries import PostgresBinaries
from plimsoll.embedded.cluster import live_server
from plimsoll.embedded.guarded import Guarded

SQL_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
ASIDE = 10  # niceness: about a tenth of the weight of others


@dataclass(frozen=True)
class Site:
    """Where and as whom a server is to run."""

    binaries: PostgresBinaries
    account: Account | None
    data_dir: Path
    socket_dir: Path
    log_path: Path
    throwaway: bool


def local_dsn(port: int, password: str, database: str) -> str:
    """Of a server of ours on this machine, over TCP as the superuser."""
    return f"postgresql://{conf.SUPERUSER}:{password}@127.0.0.1:{port}/{quote(database, safe='')}"


class PostgresServer:
    """A running server of ours. As a context manager it stops at the end; it stops with our process in any case."""

    def __init__(self, site: Site, guarded: Guarded, *, port: int, pid: int, password: str) -> None:
        self._site = site
        self._guarded = guarded
        self._password = password
        self.port = port
        self.pid = pid
        self.data_dir = site.data_dir
        self.socket_dir = site.socket_dir
        self.log_path = site.log_path
        self.binaries = site.binaries
        self.version = site.binaries.version

    @property
    def dsn(self) -> str:
        """Over TCP, with the password: not for eyes."""
        return self.dsn_of("postgres")

    @property
    def socket_dsn(self) -> str:
        """Over the Unix socket, with the password: not for eyes."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{conf.SUPERUSER}:{self._password}@/postgres?host={host}&port={self.port}"

    @property
    def guard_pid(self) -> int:
        """The process that looks after the server."""
        return self._guarded.pid

    def dsn_of(self, database: str) -> str:
        """Over TCP, for one of its databases."""
        return local_dsn(self.port, self._password, database)

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its DSN. Raises ServiceError if the server refuses."""
        self.sql(f"CREATE DATABASE {_identifier(name)}")
        return self.dsn_of(name)

    def drop_database(self, name: str) -> None:
        """Remove a database if it is there, whoever is connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run statements one by one as the superuser; returns what they give, unaligned. By psql: for setting up."""
        argv = [self.binaries.program("psql"), "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"]
        options = ["-h", self.socket_dir, "-p", self.port, "-U", conf.SUPERUSER, "-d", database]
        commands = [word for statement in statements for word in ("-c", statement)]
        try:
            done = self._psql([str(word) for word in (*argv, *options, *commands)])
        except subprocess.TimeoutExpired:
            raise _refused(database, f"no answer within {SQL_SECONDS_MAX:.0f} s") from None
        if done.returncode:
            raise _refused(database, failures.last_lines(done.stderr))
        return done.stdout.removesuffix("\n")

    def _psql(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=SQL_SECONDS_MAX,
            env={"LC_ALL": "C", "PATH": os.defpath, "PGPASSWORD": self._password, "PGCLIENTENCODING": "UTF8"},
            cwd="/",
        )

    def step_aside(self) -> None:
        """Sessions from now on get cores after others and, on Linux with more than one, leave one core to them: who
        measures on the same machine then sees the server saturate, and not itself. Niceness alone does not do, since
        the kernel weighs sessions of processes alike (autogroup), and each of the server's is one. Needs no right."""
        os.setpriority(os.PRIO_PROCESS, self.pid, ASIDE)
        if sys.platform == "linux" and len(cores := os.sched_getaffinity(self.pid)) > 1:
            os.sched_setaffinity(self.pid, cores - {min(cores)})

    def stop(self) -> None:
        """Stop the server and remove what is not kept; a second time does nothing."""
        if not self._guarded.end():
            self._stop_unguarded()

    def _stop_unguarded(self) -> None:
        """Somebody ended the guard: the server lives on without a parent, and its end is ours to see to."""
        import psutil  # slow to import, seldom needed

        if live_server(self.data_dir) == self.pid:
            server = psutil.Process(self.pid)
            server.send_signal(signal.SIGQUIT if self._site.throwaway else signal.SIGINT)
            _, alive = psutil.wait_procs([server], timeout=STOP_SECONDS_MAX)
            for process in alive:
                process.kill()
        self._guarded.remove_owned()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        address = f"postgresql://{conf.SUPERUSER}:****@127.0.0.1:{self.port}/postgres"
        return f"<PostgresServer {self.version} pid {self.pid} at {address}, data in {self.data_dir}>"


def _refused(database: str, why: str) -> ServiceError:
    return ServiceError("the embedded server refused a statement", where=f"database {database}", why=why)


def _identifier(name: str) -> str:
    if not name or "\0" in name:
        raise ServiceError("a database needs a name")
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
