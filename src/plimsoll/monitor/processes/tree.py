"""The application as a tree of processes: what it and everything that it began use of the machine."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Event, Moment, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.collecting.counters import PERIODS_MAX
from plimsoll.monitor.host.reading import series
from plimsoll.monitor.processes.census import Census
from plimsoll.monitor.processes.inheriting import Count, done
from plimsoll.monitor.processes.naming import find_roots, parse_tree_name
from plimsoll.monitor.processes.reading import Identity, Process, descendants, read_process
from plimsoll.monitor.processes.slow import DELAYS_S, SlowLooks

PROCESSES_MAX: Final = 2_000  # of a tree; the lowest numbers are looked at
LOOKUP_S: Final = 2.0  # between two searches for a tree that is gone; doubled with each up to
LOOKUP_MAX_S: Final = 60.0


class ProcessTreeCollector:
    """All series of `core.series.host.PROCESS`, with the tree's name as it is stated. Raises UsageError for another."""

    def __init__(
        self,
        tree: str,
        period_s: float,
        proc: Path = Path("/proc"),
        *,
        label: str = "",
        delays_s: float = DELAYS_S,
        lean: bool = False,
    ) -> None:
        """`label` is what series call it, where that is not its name. `lean` leaves out what costs more than a file of
        each process, and memory with it: of hundreds that share most of it, the kernel walks for long."""
        self._name = parse_tree_name(tree)
        self.label = label or str(self._name)
        self.name = f"process {self.label}"
        self.period_s = period_s
        self.budget_s = max(2.0, period_s)
        self._proc = proc
        self._census = Census(proc)
        self._roots: set[int] = set()
        self._known: dict[int, Process] = {}
        self._seen = False
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._before: tuple[float, Mapping[Identity, Count]] | None = None
        self._slow = None if lean else SlowLooks(proc, delays_s)
        self._lookup_at_s = float("-inf")
        self._lookup_s = LOOKUP_S
        self._why_gone = ""

    async def collect(self) -> Observation:
        parents = self._parents()
        moment = now()
        alive = self._alive()
        living = {pid for pid, one in alive.items() if one.is_living}
        events: tuple[Event, ...] = ()
        if not living or not self._roots <= living:
            events = self._look_up(moment, parents, living)
            moment, alive = now(), self._alive()  # the search took its time
        members = self._members(parents, alive)
        values = self._values(moment, members)
        notes: list[str] = []
        if self._slow is not None:
            values |= {self._key(name): value for name, value in self._slow.look(moment.steady_s, members).items()}
            notes += self._slow.notes
        if len(members) >= PROCESSES_MAX:
            notes.append(f"only {PROCESSES_MAX} processes of the tree are looked at")
        return Observation(self.name, moment.wall_s, values, events=events, notes=notes)

    async def close(self) -> None:
        """Nothing is kept open."""

    # -- who belongs to it

    @property
    def pids(self) -> Collection[int]:
        """As of the last look."""
        return self._known

    def _parents(self) -> Mapping[int, int]:
        try:
            return self._census.take(now().steady_s)
        except OSError:
            raise CollectorLostError(f"processes are read from {self._proc}, which is not there") from None

    def _alive(self) -> Mapping[int, Process]:
        return {pid: one for pid, was in self._known.items() if (one := self._same(was)) is not None}

    def _members(self, parents: Mapping[int, int], alive: Mapping[int, Process]) -> Mapping[int, Process]:
        """All that were known and live, and all below them: one whose parent ended still belongs to it."""
        chosen = sorted(descendants(self._roots | alive.keys(), parents))[:PROCESSES_MAX]
        read = ((pid, alive.get(pid) or read_process(self._proc, pid)) for pid in chosen)
        self._known = {pid: process for pid, process in read if process is not None}
        if not any(one.is_living for one in self._known.values()):
            raise CollectorLostError(self._why_gone or f"{self._name} has just ended")
        self._seen = True
        return self._known

    def _same(self, was: Process) -> Process | None:
        """Its newest figures; None where it has ended, and where its number is another's by now."""
        one = read_process(self._proc, was.pid)
        return one if one is not None and one.identity == was.identity else None

    def _look_up(self, moment: Moment, parents: Mapping[int, int], living: set[int]) -> tuple[Event, ...]:
        """Searches for the roots anew, not at every look: it may mean to look at all files of all processes."""
        gone = self._seen and not living
        self._roots &= living
        if moment.steady_s - self._lookup_at_s < self._lookup_s:
            return ()
        self._lookup_at_s = moment.steady_s
        if gone and self._name.kind == "pid":
            self._lookup_s, self._why_gone = float("inf"), f"process {self._name.value} has ended"
            return ()
        try:
            self._roots |= find_roots(self._name, self._proc, parents)
        except CollectorLostError as error:
            self._why_gone = str(error)
            self._lookup_s = min(LOOKUP_MAX_S, self._lookup_s * 2)
            return ()
        self._lookup_s, self._why_gone = LOOKUP_S, ""
        if not gone:
            return ()
        return (Event(moment.wall_s, "restart", f"{self._name} was begun anew", self.name),)

    # -- what they use

    def _values(self, moment: Moment, members: Mapping[int, Process]) -> dict[SeriesKey, float]:
        living = [one for one in members.values() if one.is_living]
        values = {
            self._key("process_count"): float(len(living)),
            self._key("process_threads"): float(sum(one.threads for one in living)),
        }
        if self._slow is not None:
            memory = sum(one.resident_pages * self._slow.proportion(one.identity) for one in living)
            values[self._key("process_memory_bytes")] = memory * self._page_bytes
        counts = {one.identity: Count(one.parent, one.own, one.inherited) for one in members.values()}
        before, self._before = self._before, (moment.steady_s, counts)
        if before is not None and 0 < (seconds := moment.steady_s - before[0]) <= self.period_s * PERIODS_MAX:
            ticks = done(before[1], counts, before[0] * self._ticks_per_s)
            values[self._key("process_cpu_percent")] = 100.0 * ticks / self._ticks_per_s / seconds
        return values

    def _key(self, name: str) -> SeriesKey:
        return series(name, ("tree", self.label))
