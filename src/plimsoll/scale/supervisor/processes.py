"""CPU and memory of workers with all that they have started, from /proc. Elsewhere they are unknown, not zero."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
PROCESSES_MAX: Final = 1000  # of one worker's tree; more are not counted
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a tree of processes. `cpu_s` counts what ended and was waited for, so that it does not go back; `memory_bytes`
    is what is resident, shared pages counted once."""

    cpu_s: float
    memory_bytes: int
    processes: int


def usage(pid: int) -> Usage | None:
    """Of the process and all below it; None if it is gone or the system does not say."""
    cpu_ticks = private = shared_most = seen = 0
    for one in _tree(pid):
        try:
            stat = (PROC / str(one) / "stat").read_bytes()
            statm = (PROC / str(one) / "statm").read_bytes().split()
        except OSError:
            continue  # it ended in this moment
        cpu_ticks += sum(map(int, stat[stat.rindex(b")") + 2 :].split()[11:15]))
        resident, shared = int(statm[1]), int(statm[2])
        private += max(resident - shared, 0)
        shared_most = max(shared_most, shared)
        seen += 1
    if seen == 0:
        return None
    return Usage(cpu_ticks / _TICKS, (private + shared_most) * _PAGE, seen)


def is_stopped(pid: int) -> bool:
    """By SIGSTOP or from a terminal: then it does nothing, however long it is waited for."""
    try:
        stat = (PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return False
    return stat[stat.rindex(b")") + 2 :].startswith(b"T")


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one process: whether a thread runs or waits for a processor, and how often threads gave theirs up so far."""

    runs: bool
    switches: tuple[bytes, ...]


def progress(pid: int) -> Progress | None:
    """None if it is gone or the system does not say."""
    try:
        told = [(Path(task.path) / "status").read_bytes() for task in os.scandir(PROC / str(pid) / "task")]
    except OSError:
        return None
    runs = any(b"\nState:\tR" in one for one in told)
    return Progress(runs, tuple(one[one.find(b"\nvoluntary_ctxt_switches") :] for one in told))


def _tree(pid: int) -> Iterable[int]:
    """By what each thread has started (proc(5): task/TID/children), which needs no look at other processes."""
    found, left = 0, [pid]
    while left and found < PROCESSES_MAX:
        one = left.pop()
        found += 1
        yield one
        try:
            for thread in os.scandir(PROC / str(one) / "task"):
                with open(f"{thread.path}/children", "rb") as file:  # noqa: PTH123 -- eight times a second
                    left += map(int, file.read().split())
        except OSError:
            continue
