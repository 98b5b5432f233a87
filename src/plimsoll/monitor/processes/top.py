"""The busiest and the largest processes of the machine, at a slow pace: the detail "processes"."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from plimsoll.core.details import OURS, ProcessRow, document
from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.collecting.counters import Look, difference
from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.processes.command import command_of
from plimsoll.monitor.processes.reading import Identity, Process, descendants, list_pids, read_process

PERIOD_S: Final = 30.0
SHOWN: Final = 20  # by CPU, and as many by memory
_WORKER: Final = "plimsoll.load.processes"  # in command lines of the load generator's processes
PROCESSES_MAX: Final = 5_000  # the lowest numbers


class Tree(Protocol):
    """A tree that is watched anyway, as of its last look."""

    @property
    def label(self) -> str: ...

    @property
    def pids(self) -> Collection[int]: ...


class TopProcessesCollector:
    """By their short names, and with the command line, masked, only where those say nothing: it may hold a secret."""

    name = "processes"

    def __init__(self, period_s: float = PERIOD_S, proc: Path = Path("/proc"), trees: Sequence[Tree] = ()) -> None:
        """`trees` are what a busy process may belong to; the first that has it counts."""
        self.period_s = period_s
        self.budget_s = 5.0
        self._proc = proc
        self._trees = trees
        self._before: Look[Identity] | None = None
        self._users: dict[int, str] = {}
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")

    async def collect(self) -> Observation:
        moment = now()
        pids = self._pids()
        found = [one for pid in pids[:PROCESSES_MAX] if (one := read_process(self._proc, pid)) is not None]
        shares = self._shares(moment.steady_s, found)
        belongs = self._belonging(found)
        rows = [
            self._row(one, shares.get(one.identity, 0.0), belongs.get(one.pid, "")) for one in weightiest(found, shares)
        ]
        notes = [f"only {PROCESSES_MAX} of {len(pids)} processes are looked at"] if len(pids) > PROCESSES_MAX else []
        detail = document(rows, left_out=len(found) - len(rows), known=bool(shares))
        return Observation(self.name, moment.wall_s, details={"processes": detail}, notes=notes)

    def _pids(self) -> Sequence[int]:
        try:
            return list_pids(self._proc)
        except OSError:
            raise CollectorLostError(f"processes are read from {self._proc}, which is not there") from None

    def _shares(self, steady_s: float, found: Sequence[Process]) -> Mapping[Identity, float]:
        """CPU in percent of one core since the last look; of those begun since then, all that they used."""
        ticks = {one.identity: float(one.own) for one in found}
        look = Look(steady_s, ticks)
        before, self._before = self._before, look
        told = difference(before, look, self.period_s)
        if before is None or told is None:
            return {}
        since = before.steady_s * self._ticks_per_s
        young = {identity: used for identity, used in ticks.items() if identity[1] >= since}
        scale = 100.0 / self._ticks_per_s / told.seconds
        return {identity: used * scale for identity, used in {**told.counted, **young}.items()}

    def _belonging(self, found: Sequence[Process]) -> Mapping[int, str]:
        """Which tree a process is of. Of what we began ourselves only the load's workers are ours."""
        begun = descendants({os.getpid()}, {one.pid: one.parent for one in found}) - {os.getpid()}
        workers = [pid for pid in begun if _WORKER in (read_text(f"{self._proc}/{pid}/cmdline") or "")]
        belongs = dict.fromkeys([os.getpid(), *workers], OURS)
        for tree in reversed(self._trees):
            belongs |= dict.fromkeys(tree.pids, tree.label)
        return belongs

    def _row(self, process: Process, cpu_percent: float, tree: str) -> ProcessRow:
        memory = process.resident_pages * self._page_bytes
        user = self._user_of(process.pid)
        command = command_of(self._proc, process.pid, process.name)
        return ProcessRow(
            process.pid, process.name, user, round(cpu_percent, 2), memory, process.threads, command, tree,
            cores_of(process.pid),
        )  # fmt: skip

    def _user_of(self, pid: int) -> str:
        """The number where it has no name here, as in containers."""
        try:
            number = os.stat(f"{self._proc}/{pid}").st_uid  # noqa: PTH116  # bare: no Path for each
        except OSError:
            return ""
        if number not in self._users:
            self._users[number] = _name_of(number)
        return self._users[number]

    async def close(self) -> None:
        """Nothing is kept open."""


def cores_of(pid: int) -> str:
    """The cores that a process is pinned to; "" where it may use all of the machine, or has ended."""
    try:
        allowed = os.sched_getaffinity(pid)
    except (OSError, AttributeError):  # there is none on macOS
        return ""
    return "" if len(allowed) >= (os.cpu_count() or 1) else ",".join(map(str, sorted(allowed)))


def _name_of(number: int) -> str:
    import pwd  # there is none on Windows

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def weightiest(found: Sequence[Process], shares: Mapping[Identity, float]) -> Sequence[Process]:
    """The busiest, then the largest that are not among them; kernel threads that do nothing are none of them."""
    busiest = sorted(found, key=lambda one: -shares.get(one.identity, 0.0))[:SHOWN]
    busy = [one for one in busiest if shares.get(one.identity, 0.0) > 0]
    chosen = {one.identity for one in busy}
    largest = sorted(found, key=lambda one: -one.resident_pages)[:SHOWN]
    return [*busy, *(one for one in largest if one.resident_pages and one.identity not in chosen)]
