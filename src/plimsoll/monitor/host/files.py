"""Files of /proc and /sys that are kept open and read again: a look at one costs a few microseconds."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_CHUNK_BYTES: Final = 65_536
BYTES_MAX: Final = 4_000_000  # of one file: what lies beyond is not read


class KeptFiles:
    """By name, below a directory. One that cannot be opened is tried again only when `forget` was called."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[str, int] = {}
        self._missing: set[str] = set()

    def read(self, name: str) -> str | None:
        """What the file holds now; None where it is missing or may not be read."""
        descriptor = self._open.get(name)
        if descriptor is None:
            descriptor = self._opened(name)
        if descriptor is None:
            return None
        try:
            return _all_of(descriptor)
        except OSError:  # such as a cgroup that was removed
            self._drop(name)
            return None

    def _opened(self, name: str) -> int | None:
        if name in self._missing:
            return None
        try:
            self._open[name] = os.open(self._root / name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._missing.add(name)
            return None
        return self._open[name]

    def _drop(self, name: str) -> None:
        with suppress(OSError):
            os.close(self._open.pop(name))
        self._missing.add(name)

    def forget(self) -> None:
        """Gives files that were missing another chance."""
        self._missing.clear()

    def close(self) -> None:
        for name in list(self._open):
            self._drop(name)


def _all_of(descriptor: int) -> str:
    """The kernel hands out such files in pieces, so that only an empty one is the end."""
    first = os.pread(descriptor, _CHUNK_BYTES, 0)
    pieces, offset = [first], len(first)
    while pieces[-1] and offset < BYTES_MAX:
        pieces.append(os.pread(descriptor, _CHUNK_BYTES, offset))
        offset += len(pieces[-1])
    return b"".join(pieces).decode(errors="replace")


def read_text(path: str | Path) -> str | None:
    """A file that is read once in a while; None where it is missing or may not be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _all_of(descriptor)
    except OSError:  # a process that ends while it is read
        return None
    finally:
        os.close(descriptor)


Reader = Callable[[str], str | None]
