"""A standby of the ground's server, which every commit waits for until it has applied it."""

import os
import subprocess
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from plimsoll.embedded import PostgresServer
from plimsoll.embedded.account import server_account
from plimsoll.embedded.guarded import Guarded
from plimsoll.embedded.starting import free_port

READY_S: Final = 30.0


class Standby:
    """Made by pg_basebackup in `place`; streams from the primary, on a port of its own."""

    def __init__(self, primary: PostgresServer, place: Path) -> None:
        self._primary = primary
        self._data = place / "standby"
        self._port = free_port()
        self._guarded = Guarded()

    def start(self) -> None:
        """Until it streams; from then on commits wait for it."""
        account = server_account()
        parts = urlsplit(self._primary.dsn)
        words = f"host=127.0.0.1 port={self._primary.port} user={parts.username} password={parts.password}"
        program = self._primary.binaries.program("pg_basebackup")
        self._data.mkdir(mode=0o700)
        if account is not None:
            os.chown(self._data, account.uid, account.gid)
        done = self._guarded.run(
            [program, "-D", self._data, "-d", words, "-R", "-c", "fast", "-X", "stream"], account, timeout=60
        )
        if done.code:
            raise RuntimeError(done.output)
        argv: list[str | Path] = [self._primary.binaries.program("postgres"), "-D", self._data, "-p", str(self._port)]
        argv += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._data}"]
        self._guarded.serve(argv, account, log=self._data.with_suffix(".log"), throwaway=True)
        give_up = time.monotonic() + READY_S
        while self._primary.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "0":
            if time.monotonic() > give_up:
                raise RuntimeError("the standby does not stream")
            time.sleep(0.05)
        self._primary.sql(
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "ALTER SYSTEM SET synchronous_commit = 'remote_apply'",
            "SELECT pg_reload_conf()",
        )

    def ask(self, statement: str) -> None:
        """By psql, as the superuser."""
        parts = urlsplit(self._primary.dsn)
        program = self._primary.binaries.program("psql")
        subprocess.run(
            [
                program,
                "-X",
                "-q",
                "-w",
                "-h",
                "127.0.0.1",
                "-p",
                str(self._port),
                "-U",
                str(parts.username),
                "-c",
                statement,
                "postgres",
            ],
            env={"PGPASSWORD": str(parts.password), "PATH": "/usr/bin:/bin"},
            check=True,
            capture_output=True,
            timeout=30,
        )

    def stop(self) -> None:
        self._guarded.end()
