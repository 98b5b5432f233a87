"""Where a served application has its state: locks, logs, and sockets whose paths are short enough."""

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.core.errors import RefusedError, ServiceError, UsageError

# sun_path of sockaddr_un, with its closing zero: unix(7); 104 on macOS and the BSDs.
SOCKET_PATH_BYTES_MAX: Final = (108 if sys.platform == "linux" else 104) - 1
CONTROL_NAME: Final = "control.sock"
SUPERVISOR_LOCK: Final = "supervisor.lock"
KEEPER_LOCK: Final = "keeper.lock"  # as the keeper has it, which imports nothing of ours
# Of the sockets that are made there: HAProxy makes its own under a longer name, which it then shortens.
LONGEST_NAME: Final = "haproxy.sock.99999.tmp"
SHORTENED: Final = "sockets"  # in a state directory: leads to where its sockets are, if that is elsewhere
SHORT_PLACE: Final = "/tmp"  # noqa: S108 -- what we make there is 0700 and looked at before it is used
ROOT: Final = Path(".plimsoll") / "serve"  # in the directory where something is served
NAME_RULE: Final = "at most 32 of a-z, 0-9, - and _, beginning with a letter or a digit"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """One served application's directories: `state` for locks and logs, `sockets` for sockets (often the same)."""

    state: Path
    sockets: Path

    @property
    def keeper_socket(self) -> Path:
        return self.sockets / "keeper.sock"

    @property
    def control_socket(self) -> Path:
        """Where the supervisor is spoken to; whoever joins supervisor and API listens there."""
        return self.sockets / CONTROL_NAME

    @property
    def log(self) -> Path:
        """What workers say, line by line, with their names."""
        return self.state / "workers.log"

    def socket(self, name: str) -> Path:
        return self.sockets / f"{name}.sock"


def prepare(root: Path, name: str) -> Place:
    """`root`/`name`, made where it is missing, 0700. The same place each time. Raises UsageError, ServiceError."""
    if not is_name(name):
        raise UsageError(f"{name!r} is no name for a served application", remedy=NAME_RULE)
    state = (root / name).absolute()
    _make(state)
    state = state.resolve()
    if _fits(state):
        return Place(state, state)
    return Place(state, _elsewhere(state))


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def control_socket_of(state: Path) -> Path:
    """Of a state directory that somebody made, and nothing is made here. Raises FileNotFoundError where none is."""
    state = state.absolute().resolve()
    return (state if _fits(state) else (state / SHORTENED).readlink()) / CONTROL_NAME


def lock(place: Place) -> int:
    """A descriptor that makes us the only supervisor there, until it is closed or we are gone, however that is.

    Raises RefusedError with the process that is.
    """
    path = place.state / SUPERVISOR_LOCK
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ServiceError("cannot use the state directory", where=str(path), why=error.strerror or "") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        first = os.read(file, 20).decode(errors="replace").strip()
        os.close(file)
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise ServiceError("cannot lock the state directory", where=str(path), why=error.strerror or "") from error
        raise supervised(place, first) from error
    _make(place.sockets)  # who ended since we looked may have removed it
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return file


def forget(place: Place) -> None:
    """At an end in order, with the lock held: sockets that lie elsewhere leave nothing there."""
    if place.sockets != place.state:
        shutil.rmtree(place.sockets, ignore_errors=True)


def remove(place: Place) -> None:
    """Of what was never served, since it cannot be as it was asked for."""
    forget(place)
    shutil.rmtree(place.state, ignore_errors=True)


def unheard(state: Path) -> str:
    """What goes on with this state directory though no control socket is heard, in words; "" for nothing.

    Only the keeper's lock is tried: trying the supervisor's could have one refused that starts in this moment.
    """
    try:
        file = os.open(state / KEEPER_LOCK, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return ""
        except BlockingIOError:
            pid = int((state / SUPERVISOR_LOCK).read_text())
        finally:
            os.close(file)
    except (OSError, ValueError):
        return ""
    if _has_ended(pid):
        return f"{state.name} lost its supervisor, and its workers serve until their grace is over"
    return f"{state.name} is just being started or ended"


def _has_ended(pid: int) -> bool:
    """Also one that nobody has waited for yet: its words are empty."""
    try:
        os.kill(pid, 0)
        return not Path(f"/proc/{pid}/cmdline").read_bytes()
    except ProcessLookupError:
        return True
    except OSError:
        return False  # another user's, or a system without /proc


def supervised(place: Place, pid: int | str) -> RefusedError:
    return RefusedError(
        "somebody supervises these workers already",
        where=str(place.state),
        why=f"process {pid or 'unknown'} does",
        remedy=f"end it (kill {pid or 'PID'}), or serve under another name",
    )


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / LONGEST_NAME)) <= SOCKET_PATH_BYTES_MAX


def _elsewhere(state: Path) -> Path:
    """The directory that is remembered for sockets, else a short one: another shell's TMPDIR changes nothing."""
    remembered = state / SHORTENED
    try:
        if remembered.is_symlink():
            known = remembered.readlink()
            if known.parent.is_dir() and _fits(known) and not _is_strange(known):
                _make(known)
                return known
            remembered.unlink()
        sockets = _short(state)
        _make(sockets)
        remembered.symlink_to(sockets)
    except OSError as error:
        where = str(remembered)
        raise ServiceError("cannot use the state directory", where=where, why=error.strerror or "") from error
    return sockets


def _is_strange(folder: Path) -> bool:
    """Somebody else made it: names in a directory for all can be seen, and are free once we have ended."""
    return folder.is_symlink() or (folder.exists() and folder.lstat().st_uid != os.geteuid())


def _short(state: Path) -> Path:
    """A directory with a short path that nobody can have made before."""
    known = secrets.token_hex(8)
    own = [
        Path(base) / f"plimsoll-{known}"
        for base in (os.environ.get("XDG_RUNTIME_DIR"),)
        if base and Path(base).is_absolute()
    ]
    common = [Path(base) / f"plimsoll-{os.geteuid()}-{known}" for base in (tempfile.gettempdir(), SHORT_PLACE)]
    for folder in (*own, *common):
        if folder.parent.is_dir() and os.access(folder.parent, os.W_OK | os.X_OK) and _fits(folder):
            return folder
    raise ServiceError(
        "there is no directory for the workers' sockets",
        where=str(state),
        why=f"a socket's path has at most {SOCKET_PATH_BYTES_MAX} bytes, and no shorter place is open to us",
        remedy="set TMPDIR to a short path, such as /tmp",
    )


def _make(folder: Path) -> None:
    """A directory of ours that nobody else can enter. What is there and not so is refused, not mended."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ServiceError("cannot make the state directory", where=str(folder), why=error.strerror or "") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ServiceError(
            "the state directory is not ours alone",
            where=str(folder),
            why="it is a link, belongs to another user, or others can enter it",
            remedy=f"remove it, or chmod 700 {folder}",
        )
