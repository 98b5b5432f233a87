"""`plimsoll watch`: collectors, the series they make, alerts, and what the API and the dashboard ask of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError
from plimsoll.monitor.collecting.poller import Poller
from plimsoll.monitor.postgres.statements.collector import StatementsCollector
from plimsoll.monitor.series.history import History
from plimsoll.monitor.series.recent import Recent
from plimsoll.runs.directory import RUNS_ROOT
from plimsoll.settings.settings import Settings
from plimsoll.workflows.alerts import alerting
from plimsoll.workflows.scaling import ROOT as SERVED_ROOT
from plimsoll.workflows.served import ServedHere
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.watch_store import history_of
from plimsoll.workflows.watch_target import WatchedTarget, find_watched
from plimsoll.workflows.watched import collectors_of


@dataclass(frozen=True)
class WatchRequest:
    """What to watch. `where` None watches this machine only. `config` is the settings' file, where one was named, and
    `variable` that of the environment which holds the DSN ("env:DATABASE_URL")."""

    settings: Settings
    where: TargetRequest | None = None
    runs_root: Path = RUNS_ROOT
    config: Path | None = None
    variable: str = ""


@dataclass
class Watch:
    """What is seen, for those who show it. Everything here is read from the event loop that it runs in."""

    request: WatchRequest
    target: WatchedTarget | None
    board: Board = field(default_factory=Board)
    recent: Recent = field(default_factory=Recent)
    alerts: AlertBook = field(default_factory=AlertBook)
    history: History = field(init=False)
    served: ServedHere = field(init=False)
    poller: Poller | None = None

    def __post_init__(self) -> None:
        self.history = History(self.recent)
        self.served = ServedHere(self.request.runs_root.parent / SERVED_ROOT.name)

    @property
    def shown(self) -> str:
        """What is watched, for people, without secrets."""
        return "this machine" if self.target is None else self.target.display

    async def series(self, keys: Sequence[SeriesKey], start_s: float, end_s: float) -> list[SeriesWindow]:
        """A window of each: at most 1,000 points, of the resolution that this allows. Raises SeriesStoreError."""
        return await self.history.windows(keys, start_s, end_s)

    def is_stored(self) -> bool | None:
        """Whether what is seen is stored on disk just now; None where it is not meant to be."""
        return None if self.request.settings.monitor.store is None else not self.history.not_stored

    def notes(self) -> Sequence[str]:
        """What is not seen for want of room."""
        refused = self.recent.refused
        return (
            (f"{refused} points of new series were not kept in memory: there are too many series",) if refused else ()
        )

    async def statement_text(self, query_id: str) -> str | None:
        """The whole text of a statement, as far as it is known; None where it is not, or not just now."""
        for collector in self.poller.collectors if self.poller is not None else ():
            if isinstance(collector, StatementsCollector):
                with suppress(CollectorLostError):
                    return await collector.statement_text(query_id)
        return None

    async def repace(self, host_period_s: float, database_period_s: float) -> None:
        """Looks at these periods from now on. Collectors begin anew: of their first look there are no rates."""
        settings = self.request.settings
        monitor = replace(settings.monitor, host_period_s=host_period_s, database_period_s=database_period_s)
        self.request = replace(self.request, settings=replace(settings, monitor=monitor))
        if self.poller is not None:
            await self.poller.exchange(
                collectors_of(
                    monitor, self.target, self.board, stored=self.is_stored, notes=self.notes, served=self.served.look
                )
            )


@asynccontextmanager
async def watching(request: WatchRequest) -> AsyncIterator[Watch]:
    """Watches while it is entered. Raises UsageError and RefusedError where the target cannot be understood,
    SeriesStoreError where the series cannot be kept where the settings say."""
    async with AsyncExitStack() as stack:
        target = find_watched(request.where) if request.where is not None else None
        watch = Watch(request, target, alerts=AlertBook(request.settings.alerts))
        watch.board.observe(watch.recent.put)
        watch.history = await stack.enter_async_context(history_of(request.settings.monitor, watch.board, watch.recent))
        told = alerting(watch.alerts, watch.board, store=request.settings.monitor.store, watched=watch.shown)
        await stack.enter_async_context(told)
        monitor = request.settings.monitor
        collectors: Sequence[Collector] = collectors_of(
            monitor, target, watch.board, stored=watch.is_stored, notes=watch.notes, served=watch.served.look
        )
        watch.poller = await stack.enter_async_context(Poller(collectors, watch.board))
        yield watch
