"""Wait events as average active sessions: sampled between two looks, at a pace that its cost bounds."""

import asyncio
import time
from statistics import fmean
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.monitor.postgres.sessions.sql import CLIENT, WATCHING
from plimsoll.monitor.postgres.waits.counting import Tally, paced, values_of

BUDGET_S: Final = 8.0
WATCH_HZ: Final = 1.0
RUN_HZ: Final = 10.0
HZ_MIN: Final = 0.1
SAMPLES_JUDGED: Final = 8  # together, lest one that came at a bad moment change the pace
GROUPS_MAX: Final = 500  # of one sample

# Parallel workers count as well: what a statement costs, they spend.
_SAMPLE: Final = f"""
SELECT wait_event_type AS kind, wait_event AS event, query_id::text AS query_id, backend_type IS NULL AS hidden,
       count(*)::int AS sessions
FROM pg_catalog.pg_stat_activity
WHERE ({CLIENT} OR backend_type = 'parallel worker') AND NOT {WATCHING}
  AND (state IN ('active', 'fastpath function call') OR backend_type IS NULL)
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT {GROUPS_MAX}
"""


class WaitSampler:
    """Samples `hz` times a second from its first look on; a look gives the averages since the one before.

    The samples of a run come from a link of their own, so that they wait for nobody.
    """

    def __init__(self, link: DatabaseLink, hz: float = RUN_HZ, *, period_s: float = 1.0, name: str = "waits") -> None:
        self.name = name
        self.period_s = period_s
        self.budget_s = BUDGET_S
        self.hz = hz
        self._wanted_hz = hz
        self._link = link
        self._tally = Tally()
        self._seen: set[str] = set()
        self._took_s: list[float] = []
        self._sample_s = 0.0  # of the last samples that were judged
        self._sampling: asyncio.Task[None] | None = None

    async def collect(self) -> Observation:
        """Where no sample came about since the last look, as at the first, one is taken now."""
        self._ensure_sampling()
        if not self._tally.samples:
            await self._sample()
        tally, self._tally = self._tally, Tally()
        by_class = tally.by_class()
        self._seen |= by_class.keys()
        return Observation(
            source=self.name,
            at_s=now().wall_s,
            values={} if tally.hidden else values_of(by_class, self._seen),
            details={"waits": tally.detail(self.hz)},
            notes=tuple(filter(None, (self._pace_note(), _HIDDEN if tally.hidden else ""))),
        )

    async def close(self) -> None:
        sampling, self._sampling = self._sampling, None
        if sampling is not None:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
        await self._link.close()

    def _ensure_sampling(self) -> None:
        """Begins it; what ended it by mistake is raised here, where it is seen."""
        ended = self._sampling
        if ended is not None and ended.done():
            self._sampling = None
            ended.result()
        if self._sampling is None:
            self._sampling = asyncio.create_task(self._keep_sampling(), name=f"samples of {self.name}")

    async def _keep_sampling(self) -> None:
        due = time.monotonic()
        while True:
            due = max(due + 1 / self.hz, time.monotonic())  # a sample that came late is not made up for
            await asyncio.sleep(due - time.monotonic())
            try:
                await self._sample()
            except CollectorLostError:
                continue  # a look without samples tries it again, and says why

    async def _sample(self) -> None:
        rows = await self._link.ask(_SAMPLE)
        took_s = self._link.last_s
        self._tally.add(rows)
        self._took_s.append(took_s)
        if len(self._took_s) == SAMPLES_JUDGED:
            self.hz = max(HZ_MIN, paced(self.hz, self._wanted_hz, fmean(self._took_s)))
            self._sample_s = fmean(self._took_s)
            self._took_s.clear()

    def _pace_note(self) -> str:
        if self.hz >= self._wanted_hz:
            return ""
        took = f"one takes {self._sample_s * 1000:.0f} ms"
        return f"waits are sampled {self.hz:g} times a second instead of {self._wanted_hz:g}: {took}"


_HIDDEN: Final = "what sessions of other roles wait for is hidden: that needs pg_monitor"


class WaitsCollector(WaitSampler):
    """The samples of `plimsoll watch`: each second, over the link of the other collectors."""

    def __init__(self, link: DatabaseLink, period_s: float, *, name: str = "waits") -> None:
        super().__init__(link, WATCH_HZ, period_s=period_s, name=name)
