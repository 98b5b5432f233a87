"""A slow disk, as PostgreSQL sees one: every read of a data file and every sync takes longer by what is ordered.

A small library is compiled (gcc) and preloaded into the server, which sleeps before it reads or syncs. To the server
and its clients that is a slow disk: waits of the class IO, reads and commits that take long. It is not one to the
kernel: queue, await and pressure of the block device stay as they are, nothing competes for it, and how much is read at
once makes no difference. A diagnosis that rests on the device's own figures sees nothing here.
"""

import mmap
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import PostgresBinaries, PostgresServer, start_postgres
from plimsoll.embedded.binaries import find_binaries

SOURCE = Path(__file__).with_name("slow_disk.c")
VARIABLE = "PLIMSOLL_SLOW_DISK"
COMPILE_S = 60.0


class Disk:
    """Of one server. `slow` orders delays in milliseconds, at once for all its processes; `fast` ends them."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._delays = mmap.mmap(self._file.fileno(), 8)

    def slow(self, *, read_ms: float = 0.0, sync_ms: float = 0.0) -> None:
        self._delays[:8] = struct.pack("=II", round(read_ms * 1000), round(sync_ms * 1000))

    def fast(self) -> None:
        self.slow()

    def close(self) -> None:
        self._delays.close()
        self._file.close()


@contextmanager
def server_with_slow_disk(settings: Mapping[str, str]) -> Iterator[tuple[PostgresServer, Disk]]:
    """A throwaway server whose disk obeys. Raises ServiceError where there is no compiler."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-disk-") as made:
        room = Path(made)
        room.chmod(0o755)  # the server may run as another account
        orders = room / "delays"
        orders.write_bytes(bytes(8))
        orders.chmod(0o644)
        binaries = _slowed(find_binaries(), _compiled(room), orders, room)
        disk = Disk(orders)
        try:
            with start_postgres(binaries=binaries, settings=settings) as server:
                yield server, disk
        finally:
            disk.close()


def _compiled(room: Path) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise ServiceError("cannot make a slow disk", why="there is no C compiler", remedy="install gcc")
    library = room / "slow_disk.so"
    argv = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=COMPILE_S)
    if done.returncode:
        raise ServiceError("cannot make a slow disk", where=SOURCE.name, why=done.stderr.strip()[:500])
    return library


def _slowed(real: PostgresBinaries, library: Path, orders: Path, room: Path) -> PostgresBinaries:
    """The same programs, except that `postgres` is begun with the library."""
    for place in ("lib", "share"):
        (room / place).symlink_to(real.install_dir / place)
    programs = room / "bin"
    programs.mkdir()
    for program in real.bin_dir.iterdir():
        if program.name != "postgres":
            (programs / program.name).symlink_to(program)
    script = programs / "postgres"
    begun = f'LD_PRELOAD="{library}" {VARIABLE}="{orders}" exec "{real.program("postgres")}" "$@"'
    script.write_text(f"#!/bin/sh\n{begun}\n", encoding="utf-8")
    script.chmod(0o755)
    return PostgresBinaries(programs)
