"""Whether a copy may be made: its size against what was allowed and what is free."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.units import format_bytes
from plimsoll.postgres.dsn import Target
from plimsoll.settings.identity import normal_host

ROOM: Final = 2.5  # times the size: the copy, new indexes on it, the log and sorts while they are built
BUFFERS_SHARE_MAX: Final = 0.25  # of the memory that is free
BUFFERS_MIN: Final = 128 * 2**20  # the server's default


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes to copy: all, and those of tables without their indexes."""

    whole: int
    rows: int


def size_of(facts: DatabaseFacts, schemas: tuple[str, ...]) -> Size:
    """Of the database, or of the tables and indexes of some schemas."""
    rows = sum(one.bytes for name, one in facts.tables.items() if not schemas or name.schema in schemas)
    if not schemas:
        return Size(facts.bytes, rows)
    return Size(rows + sum(one.size_bytes for one in facts.indexes if one.index.table.schema in schemas), rows)


def refuse_too_large(size: int, bytes_max: int, where: str) -> None:
    """Raises RefusedError for more than was allowed."""
    if size > bytes_max:
        raise RefusedError(
            "the database is larger than a copy may be",
            where=where,
            why=f"{format_bytes(size)} are to be copied, and at most {format_bytes(bytes_max)} may be",
            remedy=f"--clone-max {_gib(size)}GiB if there is time and room for it, or --schema for a part of it",
        )


def refuse_without_room(size: int, free: int, place: str) -> None:
    """Raises RefusedError where the disk has not `ROOM` times the size left."""
    if free < size * ROOM:
        raise RefusedError(
            "there is no room for a copy",
            where=place,
            why=f"{format_bytes(size * ROOM)} are needed (the database, new indexes, sorts) and "
            f"{format_bytes(free)} are free",
            remedy="make room, set TMPDIR to a directory on a larger disk, or --clone-on another server",
        )


def refuse_without_room_beside(size: int, server: Target, directory: str) -> None:
    """The same where a server's data are on this machine; of another machine's disks nobody tells."""
    local = all(host.startswith("/") or normal_host(host) == "localhost" for host, _ in server.endpoints)
    if directory and local and Path(directory).is_dir():
        refuse_without_room(size, shutil.disk_usage(directory).free, directory)


def _gib(size: int) -> int:
    return size // 2**30 + 1


def buffers(source: int, available: int) -> int:
    """shared_buffers of a server of ours: as the source's, but a quarter of what is free at most."""
    return max(BUFFERS_MIN, min(source, int(available * BUFFERS_SHARE_MAX)))


def build_memory_mb(available: int) -> int:
    """For building an index on a server of ours."""
    return max(64, min(512, available // 16 // 2**20))


def server_settings(shared_buffers: int, settings: Mapping[str, str], wal_level: str) -> dict[str, str]:
    """What a server that is started for a copy is told. Nothing runs on it but what measures, and nothing of it has to
    survive; full pages are logged as anywhere, for the log that a change costs is counted."""
    workers = settings.get("max_parallel_workers", "8")
    return {
        "shared_buffers": f"{shared_buffers // 2**20}MB",
        "shared_preload_libraries": "",
        "autovacuum": "off",
        "fsync": "off",
        "max_connections": "60",
        "max_worker_processes": str(max(8, int(workers))),
        "max_locks_per_transaction": "256",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "1h",
        "wal_level": "logical" if wal_level == "logical" else "replica",
    }
