"""Trees that nobody named and that belong to a load all the same, where they are on this machine.

That they are not here is no reason to alarm anybody.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.collector import CollectorLostError, CollectorOffError
from plimsoll.monitor.postgres.link import DatabaseLink, Server
from plimsoll.monitor.processes.tree import ProcessTreeCollector

DATABASE: Final = "database"


class DatabaseTreeCollector:
    """The postmaster of the server that answers a link, with all its backends, as the tree "database"."""

    name = f"process {DATABASE}"
    label = DATABASE

    def __init__(self, link: DatabaseLink, period_s: float, delays_s: float, proc: Path = Path("/proc")) -> None:
        self.period_s = period_s
        self.budget_s = max(2.0, period_s)
        self._link = link
        self._delays_s = delays_s
        self._proc = proc
        self._tree: ProcessTreeCollector | None = None
        self._elsewhere: int | None = None

    @property
    def pids(self) -> Collection[int]:
        return () if self._tree is None else self._tree.pids

    async def collect(self) -> Observation:
        """A server that does not answer is told of by those who ask it."""
        try:
            if self._tree is None:
                self._tree = self._found(await self._link.server())
            return await self._tree.collect()
        except CollectorLostError as error:
            self._tree = None  # a server that was started anew is another process
            raise CollectorOffError(str(error)) from None

    def _found(self, server: Server) -> ProcessTreeCollector:
        """Behind a pooler another backend may answer each time, of the same postmaster."""
        postmaster = None
        if server.pid != self._elsewhere:
            postmaster = parent_of_postgres(server.pid, server.database, self._proc)
        if postmaster is None:
            self._elsewhere = server.pid
            raise CollectorOffError("the database's processes are not on this machine, or not shown here")
        return ProcessTreeCollector(
            f"pid:{postmaster}", self.period_s, self._proc, label=DATABASE, delays_s=self._delays_s
        )

    async def close(self) -> None:
        """The link is another's."""


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
        return seen

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
