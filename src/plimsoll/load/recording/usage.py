"""What this process has used: CPU, and time spent runnable without a core. Read from the system, cheaply."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.interval import GeneratorUse

_SCHEDSTAT = Path("/proc/self/schedstat")  # of the main thread, where the event loop runs: run ns, wait ns, slices

_STATM = Path("/proc/self/statm")  # in pages: size, resident, ...
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Reading:
    cpu_s: float
    run_delay_s: float
    wall_s: float

    @classmethod
    def now(cls) -> "Reading":
        return cls(time.process_time(), _run_delay_s(), time.monotonic())

    def since(self, before: "Reading") -> GeneratorUse:
        return GeneratorUse(
            cpu_s=self.cpu_s - before.cpu_s,
            run_delay_s=self.run_delay_s - before.run_delay_s,
            wall_s=self.wall_s - before.wall_s,
        )


def _run_delay_s() -> float:
    """0 where the system does not tell (macOS): then only lag can show a starved generator."""
    try:
        return int(_SCHEDSTAT.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def memory_bytes() -> int | None:
    """What this process has in memory; None where the system does not tell."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return None
