"""What Dask's worker does for a run on its machine: starts the worker processes, and hands their messages on.

The functions are called by `Client.run`, outside of Dask's tasks: nothing of a run stands in its task keys or on its
dashboard, nothing is scheduled, moved or tried again. They run on the event loop of Dask's worker, which has little to
do: the load is in processes of their own, which no limit of Dask's concerns. Whoever calls gets plain values back,
which a scheduler without Plimsoll can pass on.
"""

import logging
import os
import platform
import socket
import time
from pathlib import Path
from typing import Any

from plimsoll import __version__
from plimsoll.load.cluster.sealed import Sealed
from plimsoll.load.cluster.session import Session, Told

_SESSIONS: dict[str, Session] = {}
SESSIONS_MAX = 16  # runs at one time on one machine, each of which would spoil the others' figures
_QUIET = frozenset({"plimsoll_clock", "plimsoll_take", "plimsoll_listen", "plimsoll_read_part"})


def plimsoll_describe(dask_worker: Any = None) -> dict[str, str]:
    """This machine, in words."""
    _hush()
    return {
        "host": socket.gethostname(),
        "cpus": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1),
        "python": platform.python_version(),
        "plimsoll": __version__,
        "loopback": loopback(),
        "busy": str(getattr(getattr(dask_worker, "state", None), "executing_count", 0)),
    }


def loopback() -> str:
    """What is the same wherever 127.0.0.1 is the same: the running kernel, and the network it shows to a container."""
    try:
        kernel = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{kernel}/{Path('/proc/self/ns/net').stat().st_ino}"
    except OSError:  # not Linux
        return socket.gethostname()


def plimsoll_clock() -> int:
    return time.monotonic_ns()


async def plimsoll_take(name: str, index: int, chunk: Sealed) -> None:
    """A piece of the cargo, the first of which begins the session."""
    _hush()
    if name not in _SESSIONS:
        if index or len(_SESSIONS) >= SESSIONS_MAX:
            raise RuntimeError(f"it takes part in {len(_SESSIONS)} other runs")
        _SESSIONS[name] = Session(lambda: _SESSIONS.pop(name, None))
    _session(name).take(index, chunk.contents)


async def plimsoll_start(name: str, digest: str, numbers: list[int], dask_worker: Any = None) -> dict[str, str]:
    """Starts these processes of the run. Returns where the scenario was put."""
    return await _session(name).start(digest, numbers, getattr(dask_worker, "local_directory", None))


async def plimsoll_tell(name: str, number: int, message: Sealed) -> None:
    await _session(name).tell(number, message.contents)


async def plimsoll_listen(name: str, wait_s: float) -> list[Told] | None:
    """What the processes have said since the last call; None if the session has ended."""
    session = _SESSIONS.get(name)
    return None if session is None else await session.listen(wait_s)


async def plimsoll_kill(name: str, number: int) -> None:
    await _session(name).kill(number)


async def plimsoll_parts(name: str) -> list[tuple[str, int]]:
    """The files of samples, with their sizes."""
    return _session(name).parts()


async def plimsoll_read_part(name: str, part: str, start: int, size: int) -> bytes:
    return _session(name).read_part(part, start, size)


async def plimsoll_end(name: str) -> None:
    """Ends the processes, those also that are at work, and removes everything from this machine."""
    if name in _SESSIONS:
        await _SESSIONS[name].end()


def _session(name: str) -> Session:
    if name not in _SESSIONS:
        raise RuntimeError("it no longer takes part in the run")
    return _SESSIONS[name]


def _hush() -> None:
    """Dask's worker logs every call: those that come each second would fill its log."""
    logger = logging.getLogger("distributed.worker")
    if _is_telling not in logger.filters:
        logger.addFilter(_is_telling)


def _is_telling(record: logging.LogRecord) -> bool:
    called = record.args[0] if isinstance(record.args, tuple) and record.args else None
    return not (isinstance(called, str) and called in _QUIET and record.levelno == logging.INFO)
