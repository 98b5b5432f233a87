"""A collector that is also looked at between its periods, when somebody wants to know now; and how it fared."""

import asyncio

from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError


class Prompted:
    """Stands for a collector before the poller. Two looks never overlap.

    `seen` is set from the first look on, also where that saw nothing; `looks` counts all of them, `missed` those that
    saw nothing, `why` says the reason of the last one.
    """

    def __init__(self, collector: Collector) -> None:
        self.seen = asyncio.Event()
        self.looks = 0
        self.missed = 0
        self.why = ""
        self._collector = collector
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._collector.name

    @property
    def period_s(self) -> float:
        return self._collector.period_s

    @property
    def budget_s(self) -> float:
        return self._collector.budget_s

    async def collect(self) -> Observation:
        async with self._turn:
            self.looks += 1
            self.missed += 1  # until it has seen something: a look that is cancelled has not
            self.why = f"no answer within {self.budget_s:g} s"
            try:
                observation = await self._collector.collect()
            except CollectorLostError as error:
                self.why = str(error)
                raise
            except Exception as error:
                self.why = f"unexpected: {type(error).__name__}: {error}"
                raise
            finally:
                self.seen.set()
            self.missed -= 1
            self.why = ""
            return observation

    async def close(self) -> None:
        await self._collector.close()
