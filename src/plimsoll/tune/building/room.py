"""Bounds of building on a copy: bytes, where the server's disk can be looked at, and seconds."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from plimsoll.core.units import format_bytes
from plimsoll.postgres.dsn import Target

RESERVE_BYTES: Final = 256 * 2**20  # of a disk, which is never taken
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")
_TABLE = """
SELECT sum(pg_catalog.pg_table_size(t.oid))::bigint FROM (
  SELECT to_regclass($1) UNION SELECT relid FROM pg_catalog.pg_partition_tree(to_regclass($1))) AS t (oid)
"""


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """`build_s` of one index, `total_s` of all builds together; `bytes_max` of all that are kept at once. Sorting takes
    `memory_bytes` at most, and what does not fit into it goes to disk."""

    build_s: float = 300.0
    total_s: float = 1800.0
    bytes_max: int = 50 * 2**30
    memory_bytes: int = 512 * 2**20


def free_bytes(target: Target, data_directory: str) -> int | None:
    """Of the server's disk, where it is this machine's; else None."""
    host = target.endpoints[0][0]
    if not (host.startswith("/") or host in _LOCAL):
        return None
    try:
        return shutil.disk_usage(Path(data_directory)).free
    except OSError:
        return None


async def table_bytes(connection: asyncpg.Connection, quoted: str) -> int:
    """Of a table with its partitions, without indexes: hardly an index takes more. 0 where it is not there."""
    return await connection.fetchval(_TABLE, quoted) or 0


def no_room(needed: int, kept: int, free: int | None, limits: BuildLimits) -> str:
    """Why an index of `needed` bytes must not be built beside `kept` bytes of others; "" where it may."""
    if kept + needed > limits.bytes_max:
        bound = format_bytes(limits.bytes_max)
        return f"takes up to {format_bytes(needed)}, and what is built on the copy may take {bound}"
    if free is not None and needed + RESERVE_BYTES > free:
        return f"takes up to {format_bytes(needed)}, and the copy's disk has {format_bytes(free)} left"
    return ""
