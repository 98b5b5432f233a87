"""Files of a folder, opened so that nothing outside it can be reached: every part of a name by itself, links never.

`O_NOFOLLOW` on each part has the kernel refuse what a check beforehand could only have seen a moment earlier. The
folder itself may be a link, and may be pointed elsewhere: the next opening is of the new one.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from plimsoll.core.errors import UsageError

PIECE_BYTES: Final = 256 * 1024
DIGEST_BYTES: Final = 16
READS_MAX: Final = 3  # of a file that changes while it is read
_NOT_THERE: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.EINVAL}
    | {errno.EMLINK, errno.EISDIR, errno.ENXIO, errno.ENODEV}
)
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a FIFO is opened without waiting, and left


class FileChanged(Exception):
    """A file is another than the one that was begun with."""


class State(NamedTuple):
    """What tells that a file is as it was: any writing changes `changed_ns`, which nobody can set."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class File:
    """`body` is None for a file that was too large to be read at once."""

    state: State
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Folder:
    """Names are relative and `is_name` holds of them; one that begins with a dot is for our own use."""

    path: str

    def state(self, name: str) -> State | None:
        """As of now, by one call of the system; a link is followed, and so is not what it was, if it was a file."""
        try:
            return _state(os.stat(f"{self.path}/{name}"))  # noqa: PTH116  # each second for each file: no Path is made for it
        except (OSError, ValueError):
            return None

    def has_file(self, name: str) -> bool:
        """Raises OSError where the system is out of files or the disk fails."""
        with self.opened(name) as number:
            return number is not None

    def read(self, name: str, bytes_max: int) -> File | None:
        """None if it is no file that may be seen. Raises OSError as above, FileChanged if it never stands still."""
        with self.opened(name) as number:
            if number is None:
                return None
            for _ in range(READS_MAX):
                before = _state(os.fstat(number))
                if before.size > bytes_max:
                    return File(before, None)
                body = _read_at(number, 0, before.size + 1)
                if _state(os.fstat(number)) == before and len(body) == before.size:
                    return File(before, body)
        raise FileChanged(name)

    def piece(self, name: str, state: State, offset: int, size: int) -> bytes:
        """So many bytes of the file that had this state. It is open only meanwhile: who reads slowly holds none.

        Raises FileChanged, and OSError as above.
        """
        with self.opened(name) as number:
            if number is None or _state(os.fstat(number)) != state:
                raise FileChanged(name)
            body = _read_at(number, offset, size)
            if len(body) != size or _state(os.fstat(number)) != state:
                raise FileChanged(name)
            return body

    def digest(self, name: str, state: State) -> str:
        """Of the whole content, read piece by piece. Raises as `piece`."""
        with self.opened(name) as number:
            if number is None:
                raise FileChanged(name)
            whole = hashlib.blake2b(digest_size=DIGEST_BYTES)
            for piece in pieces(number):
                whole.update(piece)
            if _state(os.fstat(number)) != state:
                raise FileChanged(name)
            return whole.hexdigest()

    @contextmanager
    def opened(self, name: str) -> Iterator[int | None]:
        """The descriptor of a regular file, or None. Raises OSError as above."""
        number = None
        try:
            number = self._open(name)
            if number is not None and not stat.S_ISREG(os.fstat(number).st_mode):
                yield None
            else:
                yield number
        finally:
            if number is not None:
                os.close(number)

    def _open(self, name: str) -> int | None:
        *folders, last = name.split("/")
        inner = -1
        try:
            inner = os.open(self.path, _FOLDER)
            for part in folders:
                outer, inner = inner, os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=inner)
                os.close(outer)
            return os.open(last, _FILE, dir_fd=inner)
        except OSError as error:
            if error.errno in _NOT_THERE:
                return None
            raise
        except ValueError:  # a character that no name can have
            return None
        finally:
            if inner >= 0:
                os.close(inner)


def folder_at(path: Path) -> Folder:
    """Raises UsageError for what is no folder that can be read."""
    absolute = os.path.abspath(path)  # noqa: PTH100  # `resolve` would hold on to where a link points today
    try:
        with os.scandir(absolute):
            return Folder(absolute)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError("cannot read the folder", where=str(path), why=why, remedy="name a folder of files") from None


def digest_of(body: bytes) -> str:
    """What `Folder.digest` says of the same content."""
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).hexdigest()


def pieces(number: int) -> Iterator[bytes]:
    """All of an open file, from its beginning."""
    offset = 0
    while piece := os.pread(number, PIECE_BYTES, offset):
        offset += len(piece)
        yield piece


def _read_at(number: int, offset: int, size: int) -> bytes:
    """So many bytes, or what there is of them."""
    got = os.pread(number, size, offset)
    if len(got) == size or not got:
        return got
    parts = [got]
    left = size - len(got)
    while left and (more := os.pread(number, left, offset + size - left)):
        parts.append(more)
        left -= len(more)
    return b"".join(parts)


def _state(found: os.stat_result) -> State:
    return State(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
