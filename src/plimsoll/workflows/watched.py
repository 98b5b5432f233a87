"""Which collectors a target and the settings call for."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.monitor.application.collector import application_collectors
from plimsoll.monitor.caches.collector import CachesCollector
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import Collector
from plimsoll.monitor.collecting.own_cost import OwnCostCollector
from plimsoll.monitor.edges.collector import TOKEN, EdgesCollector
from plimsoll.monitor.edges.purges import PurgesCollector
from plimsoll.monitor.host.collector import HostCollector
from plimsoll.monitor.host.spaces import SpacesCollector
from plimsoll.monitor.postgres.background.collector import BackgroundCollector
from plimsoll.monitor.postgres.database_work import DatabaseWorkCollector
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.relations.collector import RelationsCollector
from plimsoll.monitor.postgres.safety.collector import SafetyCollector
from plimsoll.monitor.postgres.sessions.collector import SessionsCollector
from plimsoll.monitor.postgres.sizes.collector import SizesCollector
from plimsoll.monitor.postgres.statements.collector import StatementsCollector
from plimsoll.monitor.postgres.statements.texts import READING_SHARE
from plimsoll.monitor.postgres.waits.collector import WaitsCollector
from plimsoll.monitor.processes.nearby import DatabaseTreeCollector, ListenerCollector
from plimsoll.monitor.processes.slow import DELAYS_S
from plimsoll.monitor.processes.top import PERIOD_S as TOP_S
from plimsoll.monitor.processes.top import TopProcessesCollector
from plimsoll.monitor.processes.tree import ProcessTreeCollector
from plimsoll.monitor.scaling.collector import Look, ScalingCollector
from plimsoll.settings.identity import normal_host
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.watch_target import WatchedTarget


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks. What costs the database more than a few milliseconds a look is asked for less often."""

    host_s: float = 2.0
    database_s: float = 10.0
    safety_s: float = 30.0
    statements_s: float = 30.0
    relations_s: float = 60.0
    sizes_s: float = 900.0
    texts_share: float = READING_SHARE  # of the server's time, for texts of statements
    processes_s: float = TOP_S
    delays_s: float = DELAYS_S
    nearby: bool = False  # whether the processes of the load's own platform are looked for on this machine

    @classmethod
    def of(cls, settings: MonitorSettings) -> "Pace":
        """As watched by day: the slower looks follow where the database is looked at less often."""
        least = settings.database_period_s
        slow_s = max(30.0, least)
        return cls(settings.host_period_s, least, slow_s, slow_s, max(60.0, least), processes_s=slow_s)

    @property
    def served_s(self) -> float:
        return max(self.host_s, SERVED_S)

    @property
    def trees_s(self) -> float:
        return max(self.host_s, PROCESSES_S)


PlatformTree = DatabaseTreeCollector | ProcessTreeCollector | ListenerCollector
CACHES_S: Final = 5.0  # at least: caches report every two seconds
EDGES_S: Final = 5.0  # at least
SERVED_S: Final = 2.0  # at least: a policy decides every two seconds
PROCESSES_S: Final = 1.0  # at least: a file or two of each process is read
RUN_PACE: Final = Pace(
    host_s=1.0, database_s=1.0, safety_s=10.0, statements_s=10.0, relations_s=30.0, texts_share=0.02,
    processes_s=3.0, delays_s=1.0, nearby=True,
)  # fmt: skip


def collectors_of(
    settings: MonitorSettings,
    target: WatchedTarget | None,
    board: Board,
    pace: Pace | None = None,
    stored: Callable[[], bool | None] = lambda: None,
    others: Sequence[DatabaseLink] = (),
    notes: Callable[[], Sequence[str]] = tuple,
    served: Look | None = None,
) -> Sequence[Collector]:
    """In the order in which their states are shown. `stored` says whether what is seen is stored on disk, `others` are
    further links of ours to the same database, `notes` are told of the watch itself, `served` looks at what is served
    here."""
    pace = pace or Pace.of(settings)
    link = None if target is None or target.locate is None else DatabaseLink(target.locate, prepared=target.prepared)
    trees = list(_trees(settings, pace, target, link, others))
    collectors = [*_host(settings, pace, trees), *_edges(settings, pace, os.environ), *_database(link, pace, others)]
    if served is not None:
        collectors.append(ScalingCollector(served, pace.served_s))
    own = OwnCostCollector(board, pace.database_s, lambda: 0.0 if link is None else link.spent_s, stored, notes)
    return [*collectors, own]


def _trees(
    settings: MonitorSettings,
    pace: Pace,
    target: WatchedTarget | None,
    link: DatabaseLink | None,
    others: Sequence[DatabaseLink],
) -> Iterator[PlatformTree]:
    if link is not None and pace.nearby:
        yield DatabaseTreeCollector(link, pace.trees_s, others)
    port = None if target is None else local_port(target.environment.url)
    if settings.process is not None:
        yield ProcessTreeCollector(settings.process, pace.trees_s, delays_s=pace.delays_s)
    elif port is not None and pace.nearby:
        yield ListenerCollector(port, pace.trees_s, pace.delays_s)


def local_port(url: str | None) -> int | None:
    """The port that a URL leads to on this machine; None where it leads elsewhere."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return port if normal_host(parts.hostname or "") == "localhost" else None


def _host(settings: MonitorSettings, pace: Pace, trees: Sequence[PlatformTree]) -> Iterator[Collector]:
    yield HostCollector(pace.host_s)
    yield SpacesCollector(pace.safety_s)
    yield TopProcessesCollector(pace.processes_s, trees=trees)
    yield from trees
    yield from application_collectors(endpoints(settings.metrics, os.environ), pace.database_s)


def _edges(settings: MonitorSettings, pace: Pace, environ: Mapping[str, str]) -> Iterator[Collector]:
    """Raises UsageError where they cannot be asked for want of a token."""
    if not settings.edges:
        return
    token = environ.get(TOKEN, "").strip()
    if not token:
        why, remedy = f"the environment variable {TOKEN} is not set", f"export {TOKEN}, as plimsoll edge serve has it"
        raise UsageError("edges cannot be asked", why=why, remedy=remedy)
    yield EdgesCollector(endpoints(settings.edges, environ), Secret(token), max(pace.host_s, EDGES_S))


def endpoints(stated: Sequence[str], environ: Mapping[str, str]) -> Sequence[str]:
    """The URLs that are stated, or that variables hold: a password need not be in a file. Raises UsageError."""
    return [_endpoint(one.strip(), environ) for one in stated]


def _endpoint(stated: str, environ: Mapping[str, str]) -> str:
    if not stated.startswith("env:"):
        return stated
    variable = stated.removeprefix("env:").strip()
    if not environ.get(variable, "").strip():
        raise UsageError(
            "the address of the application's figures is not known",
            why=f"the environment variable {variable} is not set",
            remedy=f"export {variable}=http://127.0.0.1:8000/metrics",
        )
    return environ[variable].strip()


def _database(link: DatabaseLink | None, pace: Pace, others: Sequence[DatabaseLink]) -> Iterator[Collector]:
    if link is None:
        return
    yield SessionsCollector(link, pace.database_s)
    yield WaitsCollector(link, pace.database_s)
    yield DatabaseWorkCollector(link, pace.database_s, others=others)
    yield BackgroundCollector(link, pace.database_s)
    yield SafetyCollector(link, pace.safety_s)
    yield CachesCollector(link, max(pace.database_s, CACHES_S))
    yield PurgesCollector(link, max(pace.database_s, CACHES_S))
    yield StatementsCollector(link, pace.statements_s, texts_share=pace.texts_share)
    sizes = SizesCollector(link, pace.sizes_s)
    yield sizes
    yield RelationsCollector(link, pace.relations_s, sizes.known)
