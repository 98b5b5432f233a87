"""Which processes there are and who began whom, at the cost of one directory a look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from plimsoll.monitor.processes.reading import list_pids, read_process

ANEW_S: Final = 30.0  # parents that ended, and numbers that were used again in between, are then noticed


class Census:
    def __init__(self, proc: Path) -> None:
        self._proc = proc
        self._parents: dict[int, int] = {}
        self._anew_at_s = float("-inf")

    def take(self, steady_s: float) -> Mapping[int, int]:
        """Parents by pid. Only processes that are new are read. Raises OSError without /proc."""
        if steady_s - self._anew_at_s >= ANEW_S:
            self._anew_at_s = steady_s
            self._parents.clear()
        pids = list_pids(self._proc)
        known = self._parents
        self._parents = {pid: known[pid] if pid in known else self._parent_of(pid) for pid in pids}
        return self._parents

    def forget(self) -> None:
        """Reads all anew at the next look."""
        self._anew_at_s = float("-inf")

    def _parent_of(self, pid: int) -> int:
        process = read_process(self._proc, pid)
        return 0 if process is None else process.parent
