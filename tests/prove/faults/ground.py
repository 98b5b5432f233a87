"""The servers that cases are played on, each started when first needed; the target's core apart from the load's."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.testing.faults.cores import free_cores, pin
from plimsoll.testing.faults.disk import Disk, server_with_slow_disk
from plimsoll.testing.postgres import in_memory
from plimsoll.testing.shop.database import schema
from tests.prove.faults import scribe

TEMPLATE = "shop"
ROLE = "shop_web"  # as whom the load goes where it must not have a superuser's reserved connections
GRANTED = ("TABLES", "SEQUENCES")
COMMON: Mapping[str, str] = {"checkpoint_timeout": "15min", "max_wal_size": "2GB", "jit": "off"}
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "plain": COMMON,
    # Reads come from the disk, one at a time as the server asks for them; the cache is a tenth of the data.
    "disk": {**COMMON, "shared_buffers": "4MB", "io_method": "sync", "effective_io_concurrency": "0"},
    "crowded": {**COMMON, "max_connections": "40"},
    "scribe": COMMON,
}


class Ground:
    """A context manager. `target` and `generator` are cores; on a machine with one core they are the same."""

    def __init__(self) -> None:
        cores = free_cores()
        self.target: Sequence[int] = cores[:1]
        self.generator: Sequence[int] = cores[-1:]
        self.disk: Disk | None = None
        self._servers: dict[str, PostgresServer] = {}
        self._logins: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        before = os.sched_getaffinity(0)
        self._stack.callback(os.sched_setaffinity, 0, before)
        os.sched_setaffinity(0, self.generator)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def server(self, name: str) -> PostgresServer:
        if name not in self._servers:
            self._servers[name] = self._started(name)
        return self._servers[name]

    def ordinary(self, name: str, dsn: str) -> str:
        """The same database as a role without rights to more than its tables."""
        return urlunsplit(urlsplit(self._logins[name])._replace(path=urlsplit(dsn).path))

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """The DSN of a shop of its own on this server, fresh."""
        server = self.server(name)
        made = f"case_{secrets.token_hex(4)}"
        server.sql(f"CREATE DATABASE {made} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        try:
            server.sql("VACUUM ANALYZE", database=made)  # a copy has rows, but no counts of them
            yield server.dsn_of(made)
        finally:
            server.drop_database(made)

    def _started(self, name: str) -> PostgresServer:
        with in_memory():  # no disk but one that a case made slow is to be a bottleneck
            if name == "disk":
                server, self.disk = self._stack.enter_context(server_with_slow_disk(SETTINGS[name]))
            else:
                server = self._stack.enter_context(start_postgres(settings=SETTINGS[name]))
        server.create_database(TEMPLATE)
        self._logins[name] = scribe.fill(server, TEMPLATE) if name == "scribe" else _fill_shop(server)
        pin(server.pid, self.target)
        return server


def _fill_shop(server: PostgresServer) -> str:
    """Returns the DSN of an ordinary role."""
    server.sql(*schema(), database=TEMPLATE)
    server.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")
    server.sql(*(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO {ROLE}" for kind in GRANTED), database=TEMPLATE)
    return f"postgresql://{ROLE}:{ROLE}@127.0.0.1:{server.port}/{TEMPLATE}"
