"""One file on its way onto the disk. What is left behind by a process that was killed is found by its free lock."""

import fcntl
import hashlib
import os
import threading
from pathlib import Path
from uuid import uuid4

from fluentscribe.uploads.errors import on_disk
from fluentscribe.uploads.limits import BUFFER_BYTES, FILE_BYTES_MAX


class Spool:
    """`sha256` and `bytes` are of what was read, up to the piece with which the file became too large.

    `write` and `end` block; all else does not. `discard` waits for them.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.bytes = 0
        with on_disk():
            self.path, self._file = _locked(folder)
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()

    @property
    def too_large(self) -> bool:
        return self.bytes > FILE_BYTES_MAX

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def add(self, data: bytes) -> bool:
        """Whether it is time to `write`."""
        if self.too_large:
            return False
        self.bytes += len(data)
        self._buffer += data
        return len(self._buffer) >= BUFFER_BYTES

    def write(self) -> None:
        with self._lock, on_disk():
            self._hash.update(self._buffer)
            if self.too_large:
                os.ftruncate(self._file, 0)
            else:
                _write(self._file, self._buffer)
            self._buffer.clear()

    def end(self) -> None:
        """What is kept must outlast the machine's end, too."""
        self.write()
        with self._lock, on_disk():
            os.fsync(self._file)

    def discard(self) -> None:
        """Nothing is left of it, unless it was moved to where files are kept."""
        with self._lock:
            self.path.unlink(missing_ok=True)
            os.close(self._file)


def remove_abandoned(folder: Path) -> int:
    """Removes files whose process is gone: nobody holds their lock. Returns how many."""
    return sum(map(_removed, folder.iterdir()))


def _removed(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False  # just ended
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def _locked(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / uuid4().hex
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_nlink:  # else it was taken for abandoned before it was locked
            return path, file
        os.close(file)


def _write(file: int, data: bytearray) -> None:
    with memoryview(data) as rest:
        done = 0
        while done < len(rest):
            done += os.write(file, rest[done:])
