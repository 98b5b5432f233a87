"""The file systems of the machine, at a slower pace than the rest: they change slowly, and one may hang."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.host.elsewhere import spaces_elsewhere
from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.host.filesystems import MOUNTS_MAX, look_at, parse_mountinfo, real_mounts, remote_note
from plimsoll.monitor.host.outside import Outside

PERIOD_S: Final = 30.0
ANSWER_S: Final = 5.0


class SpacesCollector:
    """The series host_filesystem_*. A disk that does not answer is lost, and costs no other look anything."""

    name = "file systems"

    def __init__(self, period_s: float = PERIOD_S, proc: Path = Path("/proc"), answer_s: float = ANSWER_S) -> None:
        self.period_s = period_s
        self.budget_s = answer_s * 2
        self._proc = proc
        self._answer_s = answer_s
        self._linux = os.access(proc / "stat", os.R_OK)
        self._outside = Outside(self._look)

    async def collect(self) -> Observation:
        moment = now()
        answer = await self._outside.ask(self._answer_s)
        if answer is None:
            raise CollectorLostError("a file system does not answer")
        values, notes = answer
        return Observation(self.name, moment.wall_s, values, notes=notes)

    def _look(self) -> tuple[Mapping[SeriesKey, float], Sequence[str]]:
        if not self._linux:
            return spaces_elsewhere(), ()
        mounts = parse_mountinfo(read_text(self._proc / "self/mountinfo") or "")
        real, note = real_mounts(mounts), remote_note(mounts)
        notes = [note] if note else []
        if len(real) > MOUNTS_MAX:
            notes.append(f"{len(real) - MOUNTS_MAX} file systems beyond the first {MOUNTS_MAX} are left out")
        return look_at(real), notes

    async def close(self) -> None:
        """A question that hangs is left alone."""
