"""The machine, as /proc and /sys tell of it; without them, as far as psutil does."""

import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Moment, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.collecting.counters import Look, difference
from plimsoll.monitor.host.elsewhere import read_elsewhere, spaces_elsewhere
from plimsoll.monitor.host.files import KeptFiles, read_text
from plimsoll.monitor.host.filesystems import look_at, parse_mountinfo, real_mounts, remote_note
from plimsoll.monitor.host.outside import Outside
from plimsoll.monitor.host.passing import Machine, look_around, machine_rates, read_machine
from plimsoll.monitor.host.reading import Reading, without_replaced

SLOW_S: Final = 30.0  # file systems, new disks, changed limits
ANSWER_S: Final = 0.5  # for which file systems may keep us waiting


class HostCollector:
    """All series of `core.series.host.HOST`."""

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
        self._spaces = Outside(self._look_at_spaces)
        self._slow_notes: Sequence[str] = ()

    async def collect(self) -> Observation:
        moment = now()
        spaces: Mapping[SeriesKey, float] = {}
        if moment.steady_s - self._slow_at_s >= SLOW_S or self._machine is None:
            self._slow_at_s = moment.steady_s
            self._machine = look_around(self._proc, self._sys)
            self._files.forget()
            spaces = await self._ask_spaces()
            moment = now()
        reading = read_machine(self._files, self._machine) if self._linux else read_elsewhere()
        if not reading.values and not reading.counters:
            raise CollectorLostError(f"nothing can be read below {self._proc}")
        return self._told(moment, reading, self._machine, spaces)

    def _told(
        self, moment: Moment, reading: Reading, machine: Machine, spaces: Mapping[SeriesKey, float]
    ) -> Observation:
        look = Look(moment.steady_s, reading.counters)
        told = difference(self._before, look, self.period_s)
        before, self._before = self._before, look
        values = {**reading.values, **spaces}
        if told is not None and before is not None:
            whole = without_replaced(told, before.counters, reading.groups)
            values |= machine_rates(whole, machine, reading)
        return Observation(self.name, moment.wall_s, values, notes=(*reading.notes, *self._slow_notes))

    async def _ask_spaces(self) -> Mapping[SeriesKey, float]:
        """A disk that does not answer costs the rest of the machine half a second each half minute."""
        answer = await self._spaces.ask(ANSWER_S)
        if answer is None:
            self._slow_notes = ("file systems do not answer",)
            return {}
        spaces, self._slow_notes = answer
        return spaces

    def _look_at_spaces(self) -> tuple[Mapping[SeriesKey, float], Sequence[str]]:
        if not self._linux:
            return spaces_elsewhere(), ()
        mounts = parse_mountinfo(read_text(self._proc / "self/mountinfo") or "")
        note = remote_note(mounts)
        return look_at(real_mounts(mounts)), (note,) if note else ()

    async def close(self) -> None:
        self._files.close()
