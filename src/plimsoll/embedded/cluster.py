"""A data directory that is kept: what it is, whether we may use it, and whose it is now."""

import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.account import Account, barrier
from plimsoll.embedded.binaries import PostgresBinaries
from plimsoll.embedded.failures import in_use, wrong_version
from plimsoll.embedded.places import missing_parents, read_private

PASSWORD_NAME = "plimsoll.password"  # noqa: S105 -- a file's name
PID_NAME = "postmaster.pid"
PORT_LINE = 3  # of postmaster.pid, from 0
READY_LINE = 7  # of postmaster.pid, from 0: "ready" when the server takes connections (miscadmin.h)


@dataclass(frozen=True)
class Cluster:
    """A data directory as it was found. `version` is None where a server is yet to be made."""

    path: Path
    owner: int | None
    version: str | None

    def password(self) -> str:
        """The superuser's, kept beside the data since its making."""
        try:
            return read_private(self.path / PASSWORD_NAME).strip()
        except OSError as error:
            raise ServiceError(
                "this data directory was not made by Plimsoll, or its making was cut short",
                where=str(self.path),
                why=f"{PASSWORD_NAME} cannot be read in it ({error.strerror}), so nobody could connect",
                remedy="give the DSN of a server of your own, or choose another directory",
            ) from error


def find_cluster(path: Path, binaries: PostgresBinaries) -> Cluster:
    """What the directory is; ServiceError if it holds anything but a server's data of the same major version."""
    path = path.expanduser().absolute()
    try:
        found = path.stat()
        names = os.listdir(path)  # noqa: PTH208 -- names alone are wanted
    except FileNotFoundError:
        return Cluster(path, None, None)
    except NotADirectoryError as error:
        raise _not_ours(path, "it is a file") from error
    except PermissionError as error:
        raise ServiceError(
            "cannot read the data directory",
            where=str(path),
            why="it belongs to another user, or a directory above it does",
            remedy="run as that user, or choose another directory",
        ) from error
    version = _version(path, names)
    if version is not None and version != str(binaries.major):
        raise wrong_version(path, version, binaries.version)
    if not names:
        _check_empty(path, found)
    return Cluster(path, found.st_uid, version)


def _version(path: Path, names: list[str]) -> str | None:
    if not names:
        return None
    if "PG_VERSION" not in names or "global" not in names:
        raise _not_ours(path, "it is not empty and holds no PostgreSQL server")
    return read_private(path / "PG_VERSION").strip()


def _not_ours(path: Path, why: str) -> ServiceError:
    return ServiceError(
        "this is no data directory",
        where=str(path),
        why=f"{why}; it was left as it is",
        remedy="name an empty directory or one that does not exist yet",
    )


def _check_empty(path: Path, found: os.stat_result) -> None:
    """PostgreSQL wants it private, and we change the mode of nothing that we did not make."""
    if stat.S_IMODE(found.st_mode) & 0o027:
        raise ServiceError(
            "the data directory is open to others",
            where=str(path),
            why=f"its mode is {stat.S_IMODE(found.st_mode):04o}, and PostgreSQL insists on 0700",
            remedy=f"chmod 700 {path}, or remove it: it is made when it does not exist",
        )


def check_owner(cluster: Cluster, account: Account | None) -> None:
    """Raises ServiceError where the server's account could not come to the data or does not own it."""
    closed = barrier(cluster.path, account)
    if account is not None and closed not in (None, cluster.path):
        raise _out_of_reach(cluster.path, closed, account)
    owner = os.geteuid() if account is None else account.uid
    if cluster.owner is not None and cluster.owner != owner:
        name = account.name if account else "you"
        raise ServiceError(
            "the data directory belongs to another user than the server's",
            where=str(cluster.path),
            why=f"the server would run as {name}, and PostgreSQL insists on owning its data",
            remedy="name a directory that does not exist yet, or run as the owner of this one",
        )


def _out_of_reach(path: Path, closed: Path | None, account: Account) -> ServiceError:
    return ServiceError(
        f"the account {account.name}, under which root's server runs, cannot reach the data directory",
        where=str(path),
        why=f"{closed} is closed to it",
        remedy=f"choose a directory that {account.name} can reach, such as one in /var/tmp",
    )


def make_parents(path: Path) -> None:
    for parent in missing_parents(path):
        parent.mkdir(exist_ok=True)


def lock(path: Path) -> int:
    """A lock on the directory itself, so that no file stays behind; it goes with the last copy of its descriptor.

    Raises ServiceError if somebody holds it or a server runs there.
    """
    held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock_or_refuse(held, path)
        if pid := live_server(path):
            raise in_use(path, pid)
    except BaseException:
        os.close(held)
        raise
    return held


def _lock_or_refuse(held: int, path: Path) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise in_use(path, _noted_pid(path)) from error
    except OSError:
        return  # a file system without such locks; postmaster.pid still guards the server


def live_server(path: Path) -> int | None:
    """The process that postmaster.pid names if it is a server of this directory. A note whose number has gone to some
    other program is taken away, since PostgreSQL would believe it; one of a dead process PostgreSQL sees through."""
    pid = _noted_pid(path)
    if pid is None or not _runs(pid):
        return None
    if _is_server_of(pid, path):
        return pid
    (path / PID_NAME).unlink(missing_ok=True)
    return None


def is_ready(path: Path, pid: int) -> bool:
    """Whether the server with this process id says that it takes connections."""
    lines = _pid_file(path)
    return len(lines) > READY_LINE and lines[0].strip() == str(pid) and lines[READY_LINE].strip() == "ready"


def port_of(path: Path) -> int | None:
    """The TCP port of the server that runs on this data and takes connections; None where there is none."""
    pid = _noted_pid(path)
    if pid is None or not _runs(pid) or not is_ready(path, pid):
        return None
    return int(_pid_file(path)[PORT_LINE])


def _pid_file(path: Path) -> list[str]:
    try:
        return read_private(path / PID_NAME).splitlines()
    except OSError:
        return []


def _noted_pid(path: Path) -> int | None:
    lines = _pid_file(path)
    number = lines[0].strip().lstrip("-") if lines else ""  # negative in single-user mode
    return int(number) if number.isdigit() and int(number) > 1 else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server_of(pid: int, path: Path) -> bool:
    """A server's working directory is its data directory; where that is hidden from us its name must do."""
    import psutil  # its import takes longer than all of ours

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.cwd()).resolve() == path.resolve()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return bool(process.name().startswith("postgres"))
