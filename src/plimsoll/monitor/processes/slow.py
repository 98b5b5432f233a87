"""What costs more to learn of processes, at a slower pace: open files, I/O, waits for a core, shared memory."""

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from plimsoll.monitor.collecting.counters import Look, difference
from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.processes.inheriting import Count, done
from plimsoll.monitor.processes.reading import Identity, Process, parse_io, parse_memory, parse_run_delay

SLOW_S: Final = 10.0
DELAYS_S: Final = 10.0
MEMORY_S: Final = 60.0  # the kernel walks through all pages of a process for it
MEMORIES_MAX: Final = 64  # of the largest processes; the others are taken to share as these do
THREADS_MAX: Final = 1_024  # of a tree whose waits for a core are looked at
_IO: Final = {"read_bytes": "process_read_bytes_per_s", "write_bytes": "process_written_bytes_per_s"}


class SlowLooks:
    """Of one tree. `notes` say what we may not see of it."""

    def __init__(self, proc: Path, delays_s: float = DELAYS_S) -> None:
        """Waits for a core are looked at every `delays_s`: a file of each thread."""
        self._proc = proc
        self._delays_s = delays_s
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._at_s = self._memory_at_s = float("-inf")
        self._proportions: dict[Identity, float] = {}
        self._usual = 1.0
        self._weighed = False
        self._io: tuple[float, Mapping[str, Mapping[Identity, Count]]] | None = None
        self._delays: Look[Hashable] | None = None
        self._told: Mapping[str, float] = {}
        self._waited: Mapping[str, float] = {}
        self._delays_at_s = float("-inf")
        self._slow_notes: list[str] = []
        self._delay_notes: list[str] = []

    @property
    def notes(self) -> list[str]:
        return [*self._slow_notes, *self._delay_notes]

    def proportion(self, identity: Identity) -> float:
        """What of its resident memory is a process's own, its parts of what is shared included."""
        return self._proportions.get(identity, self._usual)

    def look(self, steady_s: float, members: Mapping[int, Process]) -> Mapping[str, float]:
        """Values by the names of series. Till it is time again they are those of the last look."""
        living = [one for one in members.values() if one.is_living]
        if steady_s - self._delays_at_s >= self._delays_s * 0.95:  # a look may come a little early
            self._delays_at_s = steady_s
            self._waited = self._waits(steady_s, living)
        if steady_s - self._at_s >= SLOW_S * 0.95:
            self._at_s = steady_s
            self._told = self._look_slowly(steady_s, living)
        return {**self._told, **self._waited}

    def _look_slowly(self, steady_s: float, living: Sequence[Process]) -> Mapping[str, float]:
        self._slow_notes = []
        if steady_s - self._memory_at_s >= MEMORY_S:
            self._memory_at_s = steady_s
            self._weigh(living)
        if not self._weighed:
            self._slow_notes.append(
                "memory that processes share is counted for each: who has what is shown only to their user"
            )
        return self._files(living) | self._disk(steady_s, living)

    def _weigh(self, living: Iterable[Process]) -> None:
        largest = sorted(living, key=lambda one: -one.resident_pages)[:MEMORIES_MAX]
        texts = {one.identity: read_text(f"{self._proc}/{one.pid}/smaps_rollup") for one in largest}
        known = {identity: pair for identity, text in texts.items() if text and (pair := parse_memory(text))}
        self._proportions = {identity: pss / rss for identity, (rss, pss) in known.items() if rss}
        whole = sum(rss for rss, _ in known.values())
        self._usual = sum(pss for _, pss in known.values()) / whole if whole else 1.0
        self._weighed = bool(whole)

    def _files(self, living: Iterable[Process]) -> dict[str, float]:
        counts = [_entries(f"{self._proc}/{one.pid}/fd") for one in living]
        if None in counts:
            self._slow_notes.append("their open files are shown only to their user and to root")
            return {}
        return {"process_open_files": float(sum(count or 0 for count in counts))}

    def _disk(self, steady_s: float, living: Iterable[Process]) -> dict[str, float]:
        """All or nothing: what only some processes tell would look like less than there is."""
        texts = [(one, read_text(f"{self._proc}/{one.pid}/io")) for one in living]
        if not texts or not all(text for _, text in texts):
            self._io = None
            self._slow_notes.append("what they read and write is shown only to their user and to root")
            return {}
        told = [(one, parse_io(text or "")) for one, text in texts]
        counts = {
            name: {one.identity: Count(one.parent, 0.0, io.get(name, 0.0)) for one, io in told} for name in _IO
        }  # children's bytes are among a parent's own: they are one figure
        before, self._io = self._io, (steady_s, counts)
        if before is None or steady_s - before[0] > MEMORY_S:
            return {}
        seconds, since = steady_s - before[0], before[0] * self._ticks_per_s
        return {_IO[name]: done(before[1][name], counts[name], since) / seconds for name in _IO}

    def _waits(self, steady_s: float, living: Sequence[Process]) -> dict[str, float]:
        """Each thread waits for itself."""
        self._delay_notes = []
        if sum(one.threads for one in living) > THREADS_MAX:
            self._delay_notes.append(f"waits for a core are not looked at: more than {THREADS_MAX} threads")
            return {}
        counters = {key: delay for one in living for key, delay in self._delays_of(one)}
        look: Look[Hashable] = Look(steady_s, counters)
        told = difference(self._delays, look, self._delays_s)
        self._delays = look
        if told is None or not told.counted:
            return {}
        return {"process_run_delay_percent": 100.0 * sum(told.counted.values()) / told.seconds}

    def _delays_of(self, process: Process) -> list[tuple[Hashable, float]]:
        tasks = f"{self._proc}/{process.pid}/task"
        names = [str(process.pid)] if process.threads == 1 else _names(tasks) or ()  # hundreds of backends have one
        texts = [(task, read_text(f"{tasks}/{task}/schedstat")) for task in names]
        return [
            ((*process.identity, task), delay)
            for task, text in texts
            if text and (delay := parse_run_delay(text)) is not None
        ]  # fmt: skip


def _names(directory: str) -> list[str] | None:
    try:
        return os.listdir(directory)  # noqa: PTH208  # names only
    except OSError:
        return None


def _entries(directory: str) -> int | None:
    """None where we may not look; a process that has just ended has no files."""
    try:
        return len(os.listdir(directory))  # noqa: PTH208  # names only
    except PermissionError:
        return None
    except OSError:
        return 0
