"""A collector that is also looked at between its periods, when somebody wants to know now; and how it fared."""

import asyncio
from dataclasses import replace
from typing import Final

from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError, CollectorOffError

SHORT: Final = 0.5  # of a period: over less a rate is chance, and would be the highest of the whole time


class Prompted:
    """Stands for a collector before the poller. Two looks never overlap.

    A look soon after another tells documents and events, and no values: the next one does.

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
        self._at_s: float | None = None

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
                self.missed -= isinstance(error, CollectorOffError)  # nothing that could have been seen
                raise
            except Exception as error:
                self.why = f"unexpected: {type(error).__name__}: {error}"
                raise
            finally:
                self.seen.set()
            self.missed -= 1
            self.why = ""
            before_s, self._at_s = self._at_s, observation.at_s
            return spaced(before_s, observation, self.period_s)

    async def close(self) -> None:
        await self._collector.close()


def spaced(before_s: float | None, observation: Observation, period_s: float) -> Observation:
    """Without values where the look before, at `before_s`, was too short a time ago."""
    soon = before_s is not None and 0 <= observation.at_s - before_s < SHORT * period_s
    return replace(observation, values={}) if soon else observation
