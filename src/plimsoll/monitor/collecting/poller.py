"""The periods: each collector in a task of its own, so that a slow or lost one delays no other."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Final

from plimsoll.core.observation import CollectorState, CollectorStatus
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError, CollectorOffError
from plimsoll.settings.masking import mask

_LOG = logging.getLogger(__name__)

SLOW_SHARE: Final = 0.5  # of its budget: a look that takes longer is called slow
CLOSE_S: Final = 2.0
WHY_CHARACTERS_MAX: Final = 2_000
RETRY_S: Final = 5.0  # at most, until what could not be seen is looked for again


class Poller:
    """Runs collectors while it is entered (`async with`), puts what they see on the board, and keeps their states."""

    def __init__(self, collectors: Sequence[Collector], board: Board) -> None:
        self._collectors = collectors
        self._board = board
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def collectors(self) -> Sequence[Collector]:
        return self._collectors

    async def __aenter__(self) -> "Poller":
        self._begin()
        return self

    async def exchange(self, collectors: Sequence[Collector]) -> None:
        """Goes on with others, which know nothing yet; states of the same name stay as they are."""
        await self._end()
        self._collectors = collectors
        self._begin()

    def _begin(self) -> None:
        for one in self._collectors:
            starting = CollectorState(one.name, one.period_s, "starting", time.time())
            known = self._board.states.get(one.name, starting)
            self._board.states[one.name] = replace(known, period_s=one.period_s)
            self._tasks.append(asyncio.create_task(self._keep_looking(one), name=f"collector {one.name}"))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for one in self._collectors:
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S):
                    await one.close()

    async def _keep_looking(self, collector: Collector) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            seen = await self._look(collector)
            pause = collector.period_s if seen else min(collector.period_s, RETRY_S)
            due = max(due + pause, loop.time())  # a look that came late is not made up for
            await asyncio.sleep(due - loop.time())

    async def _look(self, collector: Collector) -> bool:
        """Whether anything was seen."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(collector.budget_s):
                observation = await collector.collect()
        except CollectorLostError as error:
            off = isinstance(error, CollectorOffError)
            self._tell(collector, "off" if off else "lost", began, why=_said(str(error)), remedy=_said(error.remedy))
            if error.observation is not None:
                self._board.put(error.observation)
        except TimeoutError:
            self._tell(collector, "lost", began, why=f"no answer within {collector.budget_s:g} s")
        except Exception as error:  # noqa: BLE001  # a mistake of ours in one collector: the others go on
            _LOG.exception("collector %s failed", collector.name)
            self._tell(collector, "lost", began, why=_said(f"unexpected: {type(error).__name__}: {error}"))
        else:
            slow = time.perf_counter() - began > collector.budget_s * SLOW_SHARE
            self._tell(collector, "slow" if slow else "ok", began, seen_s=observation.at_s, notes=observation.notes)
            self._board.put(observation)
            return True
        return False

    def _tell(
        self,
        collector: Collector,
        status: CollectorStatus,
        began: float,
        *,
        why: str = "",
        remedy: str = "",
        seen_s: float | None = None,
        notes: Sequence[str] | None = None,
    ) -> None:
        before = self._board.states[collector.name]
        self._board.states[collector.name] = replace(
            before,
            status=status,
            since_s=before.since_s if before.status == status else time.time(),
            seen_s=before.seen_s if seen_s is None else seen_s,
            why=why,
            remedy=remedy,
            pass_ms=(time.perf_counter() - began) * 1000,
            notes=before.notes if notes is None else notes,
        )


def _said(why: str) -> str:
    """A reason as it is shown: what others say in it may be as long as they like."""
    return mask(why[:WHY_CHARACTERS_MAX])
