"""Analyses that pages show: read when somebody looks, beside the event loop, and again only where they have changed."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plimsoll.runs.directory import RunDirectory
from plimsoll.server.analyses.look import Look, look_at, run_of, written_s
from plimsoll.server.analyses.queue import AnalysisQueue, Job

HELD_MAX: Final = 8  # of some hundred kilobytes each; the one that was looked at longest ago goes
_Stamp = tuple[float | None, Job | None]


@dataclass(frozen=True, slots=True)
class _Held:
    run: RunDirectory
    stamp: _Stamp
    look: Look


class Shelf:
    """One for all browsers."""

    def __init__(self, queue: AnalysisQueue) -> None:
        self._queue = queue
        self._held: OrderedDict[str, _Held] = OrderedDict()

    @property
    def looks(self) -> Mapping[str, Look]:
        """By the runs' ids, as they were looked at last."""
        return {run_id: held.look for run_id, held in self._held.items()}

    async def look(self, run_id: str) -> bool:
        """At one run, by its whole id; whether there is news of it."""
        return await asyncio.to_thread(self._look, run_id, self._queue.job(run_id))

    def _look(self, run_id: str, job: Job | None) -> bool:
        known = self._held.get(run_id)
        run = known.run if known is not None else run_of(self._queue.root, run_id)
        if run is None:
            return False
        stamp = (written_s(run), job)
        if known is not None and known.stamp == stamp:
            self._held.move_to_end(run_id)
            return False
        self._held[run_id] = _Held(run, stamp, look_at(run, job))
        self._held.move_to_end(run_id)
        while len(self._held) > HELD_MAX:
            self._held.popitem(last=False)
        return True
