"""Trees that nobody named and that belong to a load all the same, where they are on this machine.

That they are not here is no reason to alarm anybody.
"""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, CollectorOffError, now
from plimsoll.monitor.collecting.counters import Look, difference
from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.postgres.link import DatabaseLink, Server
from plimsoll.monitor.processes.reading import parse_schedstat
from plimsoll.monitor.processes.tree import ProcessTreeCollector

DATABASE: Final = "database"
_SESSIONS: Final = tuple(SeriesKey.of(f"database_sessions_{name}_percent") for name in ("cpu", "run_delay"))
_CLIENT: Final = re.compile(r"^postgres: .*(\[local\]|\(\d+\))")  # "postgres: user database 10.0.0.1(5123) idle"


class DatabaseTreeCollector:
    """The postmaster of the server that answers a link, with all its backends, as the tree "database"; and what of it
    the sessions of clients use and wait for."""

    name = f"process {DATABASE}"
    label = DATABASE

    def __init__(
        self, link: DatabaseLink, period_s: float, others: Sequence[DatabaseLink] = (), proc: Path = Path("/proc")
    ) -> None:
        """`others` are further links of ours, whose sessions are no clients'."""
        self.period_s = period_s
        self.budget_s = max(2.0, period_s)
        self._link = link
        self._ours = (link, *others)
        self._proc = proc
        self._tree: ProcessTreeCollector | None = None
        self._sessions = Sessions(period_s, proc)
        self._elsewhere: int | None = None

    @property
    def pids(self) -> Collection[int]:
        return () if self._tree is None else self._tree.pids

    async def collect(self) -> Observation:
        """A server that does not answer is told of by those who ask it."""
        try:
            if self._tree is None:
                self._tree = self._found(await self._link.server())
            seen = await self._tree.collect()
        except CollectorLostError as error:
            self._tree = None  # a server that was started anew is another process
            raise CollectorOffError(str(error)) from None
        return replace(seen, values={**seen.values, **self._sessions.look(now().steady_s, self._of_clients())})

    def _of_clients(self) -> Collection[int]:
        ours = {link.pid for link in self._ours}
        return [pid for pid in self.pids if pid not in ours]

    def _found(self, server: Server) -> ProcessTreeCollector:
        """Behind a pooler another backend may answer each time, of the same postmaster."""
        postmaster = None
        if server.pid != self._elsewhere:
            postmaster = parent_of_postgres(server.pid, server.database, self._proc)
        if postmaster is None:
            self._elsewhere = server.pid
            raise CollectorOffError("the database's processes are not on this machine, or not shown here")
        return ProcessTreeCollector(f"pid:{postmaster}", self.period_s, self._proc, label=DATABASE, lean=True)

    async def close(self) -> None:
        """The link is another's."""


class Sessions:
    """What sessions use of the cores and how long they wait for one: of each a file whose clock is finer than ticks."""

    def __init__(self, period_s: float, proc: Path) -> None:
        self._period_s = period_s
        self._proc = proc
        self._kinds: dict[int, bool] = {}
        self._before: Look[tuple[int, int]] | None = None

    def look(self, steady_s: float, pids: Collection[int]) -> Mapping[SeriesKey, float]:
        self._kinds = {pid: self._kinds.get(pid) or self._is_client(pid) for pid in pids}
        texts = ((pid, read_text(f"{self._proc}/{pid}/schedstat")) for pid, client in self._kinds.items() if client)
        known = {pid: times for pid, text in texts if text and (times := parse_schedstat(text)) is not None}
        counters = {(pid, at): times[at] for pid, times in known.items() for at in (0, 1)}
        before, self._before = self._before, Look(steady_s, counters)
        told = difference(before, self._before, self._period_s)
        if told is None:
            return {}
        return {
            key: 100.0 * sum(value for (_, which), value in told.counted.items() if which == at) / told.seconds
            for at, key in enumerate(_SESSIONS)
        }

    def _is_client(self, pid: int) -> bool:
        """Background workers have no address in their title; asked again while a session has none yet."""
        title = read_text(f"{self._proc}/{pid}/cmdline") or ""
        return _CLIENT.search(title) is not None


class ListenerCollector:
    """Who listens on a port of this machine to which load is sent; not where that is the load generator itself."""

    def __init__(self, port: int, period_s: float, delays_s: float, proc: Path = Path("/proc")) -> None:
        self._tree = ProcessTreeCollector(f"port:{port}", period_s, proc, delays_s=delays_s)
        self.name = self._tree.name
        self.label = self._tree.label
        self.period_s = period_s
        self.budget_s = self._tree.budget_s

    @property
    def pids(self) -> Collection[int]:
        return self._tree.pids

    async def collect(self) -> Observation:
        try:
            seen = await self._tree.collect()
        except CollectorLostError as error:
            raise CollectorOffError(str(error)) from None
        if os.getpid() in self.pids:
            raise CollectorOffError(f"{self.label} is served by the processes that make the load")
        return replace(seen, notes=())  # nobody asked: what of it is hidden from us is no warning

    async def close(self) -> None:
        """Nothing is kept open."""


def parent_of_postgres(pid: int, database: str, proc: Path = Path("/proc")) -> int | None:
    """The postmaster of a backend; None where the process of this number is no backend of the database.

    A server elsewhere may have a process of the same number; what it calls itself tells them apart.
    """
    try:
        title = (proc / str(pid) / "cmdline").read_bytes().decode(errors="replace")
        _, _, rest = (proc / str(pid) / "stat").read_text().rpartition(")")
    except OSError:
        return None
    words = title.replace("\0", " ").split()
    parent = int(rest.split()[1])
    return parent if words[:1] == ["postgres:"] and database in words and parent > 1 else None
