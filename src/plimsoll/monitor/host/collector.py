"""The machine, as /proc and /sys tell of it; without them, as far as psutil does."""

import os
from collections.abc import Hashable
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Moment, Observation
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.collecting.counters import Look, difference
from plimsoll.monitor.host.elsewhere import read_elsewhere
from plimsoll.monitor.host.files import KeptFiles
from plimsoll.monitor.host.passing import Machine, look_around, machine_rates, read_machine
from plimsoll.monitor.host.reading import Reading, without_replaced

SLOW_S: Final = 30.0  # new disks, changed limits


class HostCollector:
    """All series of `core.series.host.HOST` but those of file systems, which are looked at apart."""

    name = "host"

    def __init__(self, period_s: float, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> None:
        self.period_s = period_s
        self.budget_s = max(1.0, period_s)
        self._proc, self._sys = proc, sys
        self._linux = os.access(proc / "stat", os.R_OK)
        self._files = KeptFiles(proc)
        self._before: Look[Hashable] | None = None
        self._machine: Machine | None = None
        self._slow_at_s = float("-inf")

    async def collect(self) -> Observation:
        moment = now()
        if moment.steady_s - self._slow_at_s >= SLOW_S or self._machine is None:
            self._slow_at_s = moment.steady_s
            self._machine = look_around(self._proc, self._sys)
            self._files.forget()
            moment = now()
        reading = read_machine(self._files, self._machine) if self._linux else read_elsewhere()
        if not reading.values and not reading.counters:
            raise CollectorLostError(f"nothing can be read below {self._proc}")
        return self._told(moment, reading, self._machine)

    def _told(self, moment: Moment, reading: Reading, machine: Machine) -> Observation:
        look = Look(moment.steady_s, reading.counters, epoch=machine.groups)
        told = difference(self._before, look, self.period_s)
        before, self._before = self._before, look
        values = dict(reading.values)
        if told is not None and before is not None:
            whole = without_replaced(told, before.counters, reading.groups)
            values |= machine_rates(whole, machine, reading)
        return Observation(self.name, moment.wall_s, values, notes=reading.notes)

    async def close(self) -> None:
        self._files.close()
