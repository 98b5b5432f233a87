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
SECRET_BYTES_MAX = 4096


def room(account: Account | None) -> Path:
    """Where a directory with a socket can be made: the system's temporary directory unless that is too long or closed
    to the account. Raises ServiceError when no place will do."""
    system = Path(tempfile.gettempdir()).resolve()
    for base in (system, *(Path(name) for name in SHORT_PLACES)):
        if fits_socket(base / _fresh_name()) and usable(base, account):
            return base
    raise ServiceError(
        "there is no directory for PostgreSQL's socket",
        where=str(system),
        why=f"a socket's path has at most {SOCKET_PATH_BYTES_MAX} bytes, and no shorter place is open to us",
        remedy="set TMPDIR to a short path that everybody can enter, such as /tmp",
    )


def fits_socket(folder: Path) -> bool:
    """Whether the longest socket of a server with `folder`/s as its directory keeps to the limit."""
    return len(os.fsencode(folder / "s" / ".s.PGSQL.65535")) <= SOCKET_PATH_BYTES_MAX


def usable(base: Path, account: Account | None) -> bool:
    """Whether we can make something there and the account can come to it."""
    return base.is_dir() and os.access(base, os.W_OK | os.X_OK) and barrier(base, account) is None


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


def read_private(path: Path) -> str:
    """What `write_private` wrote; OSError if there is no such plain file. We may be root in a stranger's directory."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(f"{path} is no plain file")
        return os.read(file, SECRET_BYTES_MAX).decode()
    finally:
        os.close(file)


def tail(path: Path, bytes_max: int = 8192) -> str:
    """The end of a log, or nothing if there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        os.lseek(file, -min(bytes_max, os.fstat(file).st_size), os.SEEK_END)
        return os.read(file, bytes_max).decode(errors="replace")
    finally:
        os.close(file)


def _fresh_name() -> str:
    return f"plimsoll-{secrets.token_hex(6)}"


def missing_parents(path: Path) -> Iterator[Path]:
    """Those directories above `path` that do not exist yet, outermost first."""
    return reversed([parent for parent in path.parents if not parent.exists()])
