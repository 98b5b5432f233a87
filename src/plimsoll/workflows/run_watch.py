"""What is watched while a run goes on: host and database, beside the load, into `series.sqlite` of its directory.

Whatever cannot be seen or written is told at the end; none of it may cost the run.
"""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

from plimsoll.core.adding_details import Thinning
from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.core.heaviest_statements import HeaviestStatements
from plimsoll.core.interval import Interval
from plimsoll.core.interval_point import load_point
from plimsoll.core.observation import Observation
from plimsoll.core.recorded import Dated, Document
from plimsoll.core.series.generator import generator_values
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError
from plimsoll.monitor.collecting.poller import Poller
from plimsoll.monitor.collecting.prompted import Prompted
from plimsoll.monitor.postgres.facts.plans import PLANS_MAX, plan_notes, read_plans
from plimsoll.monitor.postgres.facts.schema import read_schema_facts
from plimsoll.monitor.postgres.facts.settings import read_settings
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.statements.collector import StatementsCollector
from plimsoll.monitor.postgres.waits.collector import RUN_HZ, WaitSampler
from plimsoll.monitor.scaling.collector import NAME as SCALING
from plimsoll.monitor.series.retention import Keep
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.monitor.series.writer import StoreWriter
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.runs.directory import RunDirectory
from plimsoll.settings.identity import normal_host
from plimsoll.settings.masking import mask
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.run_watch_words import Fared, kept_words, warnings_of
from plimsoll.workflows.served_target import ServedTarget, served_target
from plimsoll.workflows.target import OpenTarget
from plimsoll.workflows.watch_target import WatchedTarget, watched_database
from plimsoll.workflows.watched import RUN_PACE, collectors_of

CONNECTIONS: Final = 2  # of ours: one for questions, one for the samples of waits
CROWDED: Final = "the database: the load needs every connection that is free there"
FIRST_LOOKS_S: Final = 3.0  # that the load waits for the first look of each collector, at most
LAST_LOOKS_S: Final = 3.0  # and the end of the run for the last ones
FACTS_S: Final = 5.0
PLANS_S: Final = 4.0  # of which the server has three
SLOW: Final = frozenset(("sizes", "file systems", "processes"))  # looked at in their own time, which may be long
SERIES_BYTES_MAX: Final = 200_000_000
KEEP: Final = Keep(
    raw_s=float("inf"), minutes_s=float("inf"), quarters_s=float("inf"), bytes_max=SERIES_BYTES_MAX,
    details_every_s=0.0, details_bytes_max=SERIES_BYTES_MAX // 2,
)  # fmt: skip


class RunWatch:
    """`begin` while the load is prepared, `start` before it, `began` with it, `measured` for each interval, `finish`
    after it; `warnings` then."""

    def __init__(
        self, request: RunRequest, opened: OpenTarget, directory: RunDirectory, spare_connections: int | None = None
    ) -> None:
        """`spare_connections` are those that the load leaves free, None where that is not known."""
        self.warnings: list[str] = []
        self._request = request
        self._opened = opened
        self._crowded = spare_connections is not None and spare_connections < CONNECTIONS
        self._directory = directory
        self._stack = AsyncExitStack()
        self._board = Board()
        self._collectors: Sequence[Prompted] = ()
        self._link: DatabaseLink | None = None
        self._writer: StoreWriter | None = None
        self._thinning = Thinning()
        self._heaviest = HeaviestStatements()
        self._statements: StatementsCollector | None = None
        self._first_looks: asyncio.Task[None] | None = None
        self._warmed_up: asyncio.Task[None] | None = None
        self._began_s: float | None = None
        self._served: ServedTarget | None = None

    async def begin(self) -> None:
        """Begins to look; what a first look takes longer than others is spent while workers start.

        Raises UsageError and ServiceError where the served application that was named is not there.
        """
        if not self._request.watched:
            return
        environment = self._opened.environment
        self._served = await served_target(self._request.served or environment.serve, environment.url)
        with self._costing_nothing():
            store = await asyncio.to_thread(SeriesStore, self._directory.series_path, KEEP)
            self._writer = StoreWriter(store).start()
            self._board.observe(self._keep)
            self._first_looks = asyncio.create_task(self._begin_looking(), name="first looks")

    async def start(self) -> None:
        """Returns once everything was looked at, or tried to be: from here on differences cover the load."""
        if self._first_looks is not None:
            with self._costing_nothing():
                await self._first_looks
                await self._look_now([one for one in self._prompt if one.missed < one.looks])

    async def _begin_looking(self) -> None:
        target = self._watched()
        if self._crowded:
            target = replace(target, locate=None)
        if target.locate is not None:
            self._link = DatabaseLink(target.locate, prepared=target.prepared)
        chosen = self._chosen(target)
        if self._link is not None:
            sampler = WaitSampler(self._link, RUN_HZ)
            chosen = [*(one for one in chosen if one.name != sampler.name), sampler]
        self._statements = next((one for one in chosen if isinstance(one, StatementsCollector)), None)
        self._collectors = [Prompted(one) for one in chosen]
        await self._stack.enter_async_context(Poller(self._collectors, self._board))
        await _within(FIRST_LOOKS_S, *(one.seen.wait() for one in self._prompt))
        await self._read_facts("schema_before", "settings")

    def _watched(self) -> WatchedTarget:
        """Where the role that is to look is not known, the machine is watched all the same."""
        try:
            return watched(self._opened, self._request.where.environ)
        except PlimsollError as error:
            self.warnings.append(mask(f"not watched: the database: {error}"))
            return WatchedTarget(self._opened.environment, self._opened.display, None)

    def _chosen(self, target: WatchedTarget) -> list[Collector]:
        """Where the application cannot be found by what the settings say, everything else is watched all the same."""
        monitor = self._request.where.settings.monitor
        try:
            return self._collectors_of(monitor, target)
        except UsageError as error:
            self.warnings.append(mask(f"not watched: the application: {error}"))
            return self._collectors_of(replace(monitor, process=None, metrics=(), edges=()), target)

    def _collectors_of(self, monitor: MonitorSettings, target: WatchedTarget) -> list[Collector]:
        others = () if self._link is None else (self._link,)
        served = None if self._served is None else self._served.look
        return list(collectors_of(monitor, target, self._board, RUN_PACE, others=others, served=served))

    def began(self, at_s: float, warmup_s: float) -> None:
        """The load counts its time from `at_s`, in seconds since 1970."""
        self._began_s = at_s
        if warmup_s and self._writer is not None:
            self._warmed_up = asyncio.create_task(self._look_at(at_s + warmup_s), name="look after the warm-up")

    async def _look_at(self, at_s: float) -> None:
        """At those who look seldom: the others look within a second anyway."""
        await asyncio.sleep(max(0.0, at_s - time.time()))
        await self._look_now([one for one in self._prompt if one.period_s > RUN_PACE.database_s])

    @property
    def _prompt(self) -> Sequence[Prompted]:
        return [one for one in self._collectors if one.name not in SLOW]

    async def _look_now(self, asked: Sequence[Prompted]) -> None:
        await _within(LAST_LOOKS_S, *(self._look(one) for one in asked))
        self._keep_details(self._thinning.flush())

    async def _look(self, collector: Prompted) -> None:
        with suppress(CollectorLostError, PlimsollError, TimeoutError, *FOREIGN):
            async with asyncio.timeout(collector.budget_s):
                self._board.put(await collector.collect())

    def measured(self, interval: Interval) -> None:
        if self._began_s is not None and self._writer is not None:
            at_s = self._began_s + interval.start_s + interval.width_s
            self._board.put(Observation("load", at_s, generator_values(load_point(interval))))

    async def finish(self) -> None:
        """Looks a last time, says what was not seen, and closes the file. Once."""
        writer = self._writer
        if writer is None:
            return
        with self._costing_nothing():
            await self._look_now(self._prompt)
            await self._read_facts("schema_after")
            unplanned = await self._read_plans()
            await self._read_served()
            fared = [Fared(one.name, one.looks, one.missed, one.why, self._notes(one)) for one in self._collectors]
            lacking = [CROWDED] if self._crowded else []
            self._put_aside({"watch": kept_words(fared, lacking, [*self._by_nature(), *unplanned])})
            self.warnings += warnings_of(fared, lacking)
        await self.close()
        self.warnings += [*writer.problems, *_trimmed(writer)]

    def _notes(self, collector: Prompted) -> Sequence[str]:
        state = self._board.states.get(collector.name)
        return state.notes if state is not None else ()

    def _by_nature(self) -> Sequence[str]:
        """What such a target does not let be watched, or what might be misread."""
        said = {
            "the machines of the cluster: what is shown of a host is of the one that coordinated the run": (
                self._request.cluster is not None
            ),
            "the database: only a URL was loaded": self._opened.target is None,
            "the machine of the database: what is shown of a host is of the one that made the load": _is_far(
                self._opened
            ),
        }
        return [words for words, holds in said.items() if holds]

    async def close(self) -> None:
        """Also where the run did not come to its end."""
        writer, self._writer = self._writer, None
        begun = [task for task in (self._first_looks, self._warmed_up) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        with self._costing_nothing():
            await self._stack.aclose()
            if writer is not None:
                await asyncio.to_thread(writer.close, one_file=True)

    @contextmanager
    def _costing_nothing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not cost the run
            place = self._directory.series_path.name if isinstance(error, sqlite3.Error) else type(error).__name__
            why = error if isinstance(error, PlimsollError) else f"{place}: {error}"
            self.warnings.append(mask(f"host and database were not watched to the end: {why}"))

    def _keep(self, observation: Observation) -> None:
        """An observer of the board."""
        if self._writer is not None:
            self._writer.put(replace(observation, details={}))
            self._heaviest.put(observation.details)
            details = {kind: found for kind, found in observation.details.items() if kind != SCALING}
            self._keep_details(self._thinning.put(observation.at_s, details))

    def _keep_details(self, found: Mapping[str, Dated]) -> None:
        """Each at its own time, which may be some seconds ago."""
        for kind, (at_s, document) in found.items():
            self._put_aside({kind: document}, at_s)

    def _put_aside(self, details: Mapping[str, Document], at_s: float | None = None) -> None:
        writer = self._writer
        if writer is not None and details:
            writer.put(Observation("run", time.time() if at_s is None else at_s, details=details))

    async def _read_facts(self, schema: str, settings: str = "") -> None:
        if self._link is None:
            return
        found: dict[str, Mapping[str, Any]] = {}
        with suppress(CollectorLostError, PlimsollError, TimeoutError, *FOREIGN):
            async with asyncio.timeout(FACTS_S):
                if settings:
                    found[settings] = await read_settings(self._link)
                found[schema] = await read_schema_facts(self._link)
        self._put_aside(found)

    async def _read_served(self) -> None:
        if self._served is not None and self._began_s is not None:
            found, missing = await self._served.since(self._began_s)
            self._put_aside(found)
            self.warnings += missing

    async def _read_plans(self) -> Sequence[str]:
        """Of the statements that took most time; says why plans are missing, which is no warning."""
        if self._link is None or self._statements is None:
            return ()
        plans: Mapping[str, Mapping[str, Any]] = {}
        with suppress(CollectorLostError, PlimsollError, TimeoutError, *FOREIGN):
            async with asyncio.timeout(PLANS_S):
                texts = {
                    query_id: await self._statements.statement_text(query_id) or text
                    for query_id, text in self._heaviest.first(2 * PLANS_MAX).items()
                }
                plans = await read_plans(self._link, texts)
        self._put_aside({"plans": plans} if plans else {})
        return plan_notes(plans)


def watched(opened: OpenTarget, environ: Mapping[str, str]) -> WatchedTarget:
    """An opened target as one to be looked at. Raises UsageError and RefusedError for a wrong `watch_database`."""
    if opened.target is None:
        return WatchedTarget(opened.environment, opened.display, None)
    return watched_database(opened.environment, opened.target, environ, opened.traits.prepared)


def _is_far(opened: OpenTarget) -> bool:
    hosts = [normal_host(host) for host, _ in opened.target.endpoints] if opened.target is not None else []
    return any(host != "localhost" and not host.startswith("/") for host in hosts)


def _trimmed(writer: StoreWriter) -> Sequence[str]:
    if not writer.store.trimmed:
        return ()
    return [f"{writer.store.path.name} reached its limit: its oldest points or documents were dropped"]


async def _within(seconds: float, *works: Awaitable[Any]) -> None:
    """All of them together, as far as they come in so much time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*works)
