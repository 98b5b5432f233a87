"""Which process this is, and whether another one still runs."""

import hashlib
import os
import socket
from pathlib import Path
from typing import Final

import psutil

from plimsoll.tune.cloning.names import Maker

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE: Final = Path("/proc/self/ns/pid")  # in another container the same number is another process
_BEGAN_FIELD: Final = 19  # of /proc/PID/stat after the name, from 0: starttime, in ticks since the machine started


def this_process() -> Maker:
    """Ourselves."""
    pid = os.getpid()
    return Maker(machine(), pid, began(pid) or 0)


def machine() -> str:
    """Tells this machine since its start from every other."""
    try:
        known = f"{_BOOT_ID.read_text()} {_NAMESPACE.readlink()}"
    except OSError:
        known = f"{socket.gethostname()} {round(psutil.boot_time() / 60)}"
    return hashlib.sha256(known.encode()).hexdigest()[:8]


def began(pid: int) -> int | None:
    """When a process began, in a unit of the system's; None where there is none of that number."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[_BEGAN_FIELD])
    except OSError:
        pass
    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def is_gone(maker: Maker) -> bool:
    """Whether it surely is: of another machine nobody knows."""
    return maker.machine == machine() and began(maker.pid) != maker.began
