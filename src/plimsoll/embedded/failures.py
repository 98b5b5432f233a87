"""From what PostgreSQL says to what a user can do about it. Pure."""

import errno
import re
from collections.abc import Callable
from pathlib import Path

from plimsoll.core.errors import ServiceError

LINES_SHOWN = 5
PORT_TAKEN = "Address already in use"

Explanation = Callable[[re.Match[str], Path], ServiceError]


def disk_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def last_lines(said: str) -> str:
    """The end of a log, on one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " | ".join(lines[-LINES_SHOWN:]) or "it said nothing"


def explain(what: str, said: str, data_dir: Path) -> ServiceError:
    """The error for a program that failed with `said` as its last words; `what` names the failure if nothing better."""
    for pattern, explanation in _KNOWN:
        if found := re.search(pattern, said):
            return explanation(found, data_dir)
    return ServiceError(what, where=str(data_dir), why=last_lines(said))


def no_space(data_dir: Path, said: str = "") -> ServiceError:
    return ServiceError(
        "no space is left for PostgreSQL's data",
        where=str(data_dir),
        why=last_lines(said) if said else "the disk is full",
        remedy="a new server needs about 60 MB: make room, or choose another place (a data directory, TMPDIR)",
    )


def in_use(data_dir: Path, pid: int | None) -> ServiceError:
    holder = f"process {pid}" if pid else "another process, which is just making or ending it"
    return ServiceError(
        "a PostgreSQL server already uses this data directory",
        where=str(data_dir),
        why=f"it is held by {holder}",
        remedy=f"stop that server (kill -INT {pid}), connect to it, or choose another directory"
        if pid
        else "try again in a moment, or choose another directory",
    )


def wrong_version(data_dir: Path, found: str, ours: str) -> ServiceError:
    return ServiceError(
        f"the data directory is of PostgreSQL {found}, the programs are of {ours}",
        where=str(data_dir),
        why="a major version cannot read another's files",
        remedy=f"use the programs of PostgreSQL {found}, upgrade the data, or choose another directory",
    )


def not_ready(data_dir: Path, seconds: float, said: str) -> ServiceError:
    return ServiceError(
        f"PostgreSQL was not ready after {seconds:.0f} s",
        where=str(data_dir),
        why=last_lines(said),
        remedy="start it again; if it was recovering, a server of your own and its DSN can take longer",
    )


def _no_kernel_resources(found: re.Match[str], data_dir: Path) -> ServiceError:
    return ServiceError(
        "the system has no more semaphores or shared memory for PostgreSQL",
        where=str(data_dir),
        why=found[0],
        remedy="stop other servers, lower max_connections or shared_buffers, or raise the system's limits",
    )


# Semaphores first: their lack is reported as "No space left on device" too.
_KNOWN: tuple[tuple[str, Explanation], ...] = (
    (r"could not (create semaphores|create shared memory segment|map anonymous shared memory).*", _no_kernel_resources),
    (r"could not resize shared memory segment.*", _no_kernel_resources),
    (r".*No space left on device.*", lambda found, data_dir: no_space(data_dir, found[0])),
    (r".*Disk quota exceeded.*", lambda found, data_dir: no_space(data_dir, found[0])),
    (
        r"lock file .* already exists\s.*\(PID (\d+)\)",
        lambda found, data_dir: in_use(data_dir, int(found[1])),
    ),
)
