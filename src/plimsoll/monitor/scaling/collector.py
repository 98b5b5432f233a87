"""Served applications (`plimsoll serve`): what their supervisors tell, read every few seconds."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.scaling.remembering import Remembered, Seen
from plimsoll.monitor.scaling.values import values_of

NAME: Final = "scaling"
SERVED_MAX: Final = 20  # applications; those beyond it, by name, are left out and said to be
ENDED_S: Final = 3_600.0  # for so long it is told that one was ended, or is gone

Look = Callable[[Mapping[str, float]], Awaitable[Sequence[Seen]]]


class ScalingCollector:
    """`look` asks every application that is served here, and gives of each what is newer than a time; it is given those
    times by name. One that never answered has no series and alarms nobody: what lies there may be of last year.

    The document "scaling" has a row for each; `ended`: who was; `silent`: who never answered, and why.
    """

    name = NAME

    def __init__(self, look: Look, period_s: float = 2.0, budget_s: float = 5.0) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self._look = look
        self._known: dict[str, Remembered] = {}

    async def collect(self) -> Observation:
        found = await self._look({name: one.latest_s for name, one in self._known.items()})
        at = now().wall_s
        events = [event for seen in found for event in self._taken(seen, at)]
        self._forget(at)
        values: dict[SeriesKey, float] = {}
        for name, one in self._known.items():
            values |= values_of(name, one, at)
        there = {name: one for name, one in sorted(self._known.items()) if one.standing != "ended"}
        rows = [one.row(name, at) for name, one in there.items()]
        ended = [{"served": name, "at": one.began_s} for name, one in self._known.items() if one.standing == "ended"]
        found_silent = [one for one in found if one.status is None and not one.ended and one.served not in self._known]
        silent = [{"served": one.served, "why": one.why} for one in found_silent[:SERVED_MAX]]
        document = {"rows": rows, "ended": ended, "silent": silent}
        return Observation(NAME, at, values, {NAME: document}, events, self._notes(found))

    async def close(self) -> None:
        """Nothing is held between two looks."""

    def _taken(self, seen: Seen, at: float) -> Sequence[Event]:
        known = self._known.get(seen.served)
        if seen.status is None:
            return () if known is None else known.lost(seen, at)
        if known is not None:
            return known.again(seen, seen.status, at)
        if len(self._known) < SERVED_MAX:
            self._known[seen.served] = Remembered.of(seen, seen.status, at)
        return ()

    def _forget(self, at: float) -> None:
        """Who has not answered for an hour is not known any more."""
        self._known = {
            name: one for name, one in self._known.items() if one.standing == "up" or at - one.began_s < ENDED_S
        }

    def _notes(self, found: Sequence[Seen]) -> Sequence[str]:
        left_out = sum(one.status is not None and one.served not in self._known for one in found)
        return (f"{left_out} more applications are served than are told apart",) if left_out else ()
