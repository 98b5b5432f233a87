"""What watching costs: the processor and memory of this process, the database's time, and how each collector fares."""

import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.collecting.counters import Look, difference

STATM: Final = Path("/proc/self/statm")
_UP: Final = ("ok", "slow")


class OwnCostCollector:
    """Looks at the process that it runs in. `database_s` says how long databases have worked for us so far, `stored`
    whether what is seen is stored on disk (None where it is not meant to be); `notes` are of what is not watched."""

    name = "watch"
    budget_s = 1.0

    def __init__(
        self,
        board: Board,
        period_s: float,
        database_s: Callable[[], float] = lambda: 0.0,
        stored: Callable[[], bool | None] = lambda: None,
        notes: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.period_s = period_s
        self._board = board
        self._database_s = database_s
        self._stored = stored
        self._notes = notes
        self._before: Look[str] | None = None

    async def collect(self) -> Observation:
        moment = now()
        used = resource.getrusage(resource.RUSAGE_SELF)
        counters = {"cpu": used.ru_utime + used.ru_stime, "database": self._database_s()}
        look = Look(moment.steady_s, counters)
        made = difference(self._before, look, self.period_s)
        self._before = look
        values = dict(self._of_collectors())
        values[SeriesKey("watch_memory_bytes")] = float(resident_bytes())
        stored = self._stored()
        if stored is not None:
            values[SeriesKey("watch_store_ok")] = float(stored)
        for counter, name, scale in (("cpu", "watch_cpu_percent", 100), ("database", "watch_database_ms_per_s", 1000)):
            rate = made.per_s(counter) if made is not None else None
            if rate is not None:
                values[SeriesKey(name)] = rate * scale
        return Observation(self.name, moment.wall_s, values, notes=self._notes())

    async def close(self) -> None:
        pass

    def _of_collectors(self) -> Iterator[tuple[SeriesKey, float]]:
        for state in self._board.states.values():
            if state.status in ("starting", "off"):
                continue
            yield SeriesKey.of("watch_collector_up", collector=state.name), float(state.status in _UP)
            if state.pass_ms is not None and state.status in _UP:
                yield SeriesKey.of("watch_pass_ms", collector=state.name), state.pass_ms


def resident_bytes() -> int:
    """Memory of this process now; where the system does not tell, the most that it ever had."""
    try:
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
