"""Who loads what on this machine: locks that go away with the process that holds them, however it ends.

Runs share a target unless one of them is to be alone with it. Seen are the runs of this account on this machine; those
of other accounts, containers and machines are not.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_SAID_BYTES_MAX: Final = 300


def lock_folder() -> Path:
    """Where this account's locks are; the same for every directory that Plimsoll is started in."""
    return Path(tempfile.gettempdir()) / f"plimsoll-targets-{os.getuid()}"


class TargetLock:
    """Held targets. `taken` holds all keys or none; `holder` is what the one in the way says of itself."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or lock_folder()
        self._held: list[tuple[int, Path]] = []
        self.holder = ""

    def taken(self, keys: Iterable[str], *, alone: bool, said: str = "") -> bool:
        """Whether every key could be had: beside other runs, or `alone`. Raises OSError where locks cannot be made."""
        self._make_folder()
        for name in sorted(hashlib.sha256(key.encode()).hexdigest()[:32] for key in keys):
            if not self._take(self._folder / name, alone=alone, said=said):
                self.release()
                return False
        return True

    def _make_folder(self) -> None:
        """One that another account made under our name could be emptied under our hands."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise OSError(f"{self._folder} belongs to somebody else")

    def _take(self, path: Path, *, alone: bool, said: str) -> bool:
        mode = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        while True:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            self._held.append((file, path))
            try:
                fcntl.flock(file, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                self.holder = os.pread(file, _SAID_BYTES_MAX, 0).decode(errors="replace").strip()
                return False
            if _is_at(file, path):
                break
            os.close(self._held.pop()[0])  # the last holder has removed it under our hands
        os.ftruncate(file, 0)
        os.pwrite(file, said.encode()[:_SAID_BYTES_MAX], 0)
        return True

    def release(self) -> None:
        """Lets go of everything; the last holder of a file removes it."""
        for file, path in self._held:
            with suppress(OSError):  # somebody else holds it, or it is gone
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(file, path):
                    path.unlink()
            os.close(file)
        self._held.clear()


def _is_at(file: int, path: Path) -> bool:
    """Whether an open file is the one of that name."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(file))
