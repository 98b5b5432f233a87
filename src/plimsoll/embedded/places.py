"""Where a server's own files go: a short directory for its socket, a throwaway one for data, small private files."""

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.account import Account, barrier
from plimsoll.embedded.guarded import Guarded

# sun_path of sockaddr_un, with its closing zero: unix(7); 104 on macOS and the BSDs.
SOCKET_PATH_BYTES_MAX = (108 if sys.platform == "linux" else 104) - 1
SHORT_PLACES = ("/tmp", "/var/tmp")  # noqa: S108 -- tried when TMPDIR is too long; what we make there is 0700, unguessable
SMALL_BYTES_MAX = 4096
TAIL_BYTES_MAX = 8192


def room(account: Account | None) -> Path:
    """Where a directory with a socket can be made: the system's temporary directory unless that is too long or closed
    to the account. Raises ServiceError when no place will do."""
    for base in common_places(account):
        if fits_socket(base / _fresh_name()):
            return base
    raise ServiceError(
        "there is no directory for PostgreSQL's socket",
        where=tempfile.gettempdir(),
        why=f"a socket's path has at most {SOCKET_PATH_BYTES_MAX} bytes, and no shorter place is open to us",
        remedy="set TMPDIR to a short path that everybody can enter, such as /tmp",
    )


def common_places(account: Account | None) -> list[Path]:
    """Temporary directories that both we and the account can use: the system's own first."""
    names = (tempfile.gettempdir(), *SHORT_PLACES)
    return [base for base in dict.fromkeys(Path(name).resolve() for name in names) if usable(base, account)]


def fits_socket(folder: Path) -> bool:
    """Whether the longest socket of a server with `folder`/s as its directory keeps to the limit."""
    return len(os.fsencode(folder / "s" / ".s.PGSQL.65535")) <= SOCKET_PATH_BYTES_MAX


def usable(base: Path, account: Account | None) -> bool:
    """Whether we can make something there that nobody else can take away, and the account can come to it."""
    if not base.is_dir() or not os.access(base, os.W_OK | os.X_OK):
        return False
    mode = base.stat().st_mode
    return barrier(base, account) is None and not (mode & stat.S_IWOTH and not mode & stat.S_ISVTX)


def make_room(guarded: Guarded, base: Path, account: Account | None) -> Path:
    """A fresh directory that the guard removes; the account can pass through it, others see nothing."""
    folder = base / _fresh_name()
    guarded.own(folder)
    folder.mkdir(mode=0o700)
    if account is not None:
        folder.chmod(0o711)
    return folder


def make_private(folder: Path, account: Account | None) -> Path:
    """A directory of mode 0700 that belongs to the account."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def write_private(path: Path, text: str, account: Account | None) -> None:
    """Write a whole file of mode 0600 that belongs to the account, in place of what was there."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    file = os.open(fresh, flags, 0o600)
    try:
        if account is not None:
            os.fchown(file, account.uid, account.gid)
        os.write(file, text.encode())
        os.fsync(file)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)


def append_private(path: Path, text: str) -> None:
    """Add to a file that is there, following no link: we may be root in another user's directory."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def read_private(path: Path) -> str:
    """The content of a small plain file; OSError if there is none of that name. A link is not followed."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(f"{path} is no plain file")
        return os.read(file, SMALL_BYTES_MAX).decode()
    finally:
        os.close(file)


def size(path: Path) -> int:
    """In bytes; 0 if there is no such file."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def tail(path: Path, since: int = 0) -> str:
    """The end of a log from `since` bytes on, or nothing if there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        os.lseek(file, max(since, os.fstat(file).st_size - TAIL_BYTES_MAX), os.SEEK_SET)
        return os.read(file, TAIL_BYTES_MAX).decode(errors="replace")
    finally:
        os.close(file)


def _fresh_name() -> str:
    return f"plimsoll-{secrets.token_hex(6)}"


def missing_parents(path: Path) -> Iterator[Path]:
    """Those directories above `path` that do not exist yet, outermost first."""
    return reversed([parent for parent in path.parents if not parent.exists()])
