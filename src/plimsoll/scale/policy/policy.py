"""What all policies share: limits, and that nobody is taken away for what is not known."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Final, Self

from plimsoll.scale.policy.decision import Ask, Decision
from plimsoll.scale.policy.lasting import Lasting
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.readings import Readings
from plimsoll.scale.policy.rush import Rush

MACHINE_FULL: Final = 0.9  # of its memory; a worker more may be the one for which the kernel kills somebody


class Policy(ABC):
    """Call `decide` every `period_s`; what it returns is a wish, and the next readings tell what became of it.

    A policy remembers, within bounds; `copy` has the same memory, so that it can be asked what it would have done.
    """

    name: ClassVar[str]
    period_s: float

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._known: set[str] = set()  # optional metrics that were there once
        self._others: float | None = None  # the last that was known: a budget does not grow because nobody looks
        self._machine_full = False  # then nobody is added; to take workers away for it would serve nobody
        self._lasting = Lasting()  # and what they have had for a while, to which those who run give way

    @abstractmethod
    def ask(self, readings: Readings) -> Ask:
        """What the load asks for, whatever the limits."""

    @abstractmethod
    def needs(self, readings: Readings) -> str:
        """What must be known before workers are taken away and is not, in words; "" where all is known."""

    def unknown(self, readings: Readings, required: Iterable[str], optional: Iterable[str] = ()) -> str:
        """What of these is not known, in words. An optional one may never be there; once it was, it has to be."""
        for name in optional:
            if not readings.trouble(name):
                self._known.add(name)
        wanted = [*required, *(name for name in optional if name in self._known or getattr(readings, name) is not None)]
        return next((why for name in wanted if (why := readings.trouble(name))), "")

    def carries(self, workers: int) -> float | None:
        """Requests a second that so many workers carry; None where this policy does not know."""
        return None

    def decide(self, readings: Readings) -> Decision:
        trouble = self.needs(readings)
        ask = self.ask(readings)
        workers, rule, numbers = ask.workers, ask.rule, ask.numbers
        if trouble and workers <= readings.workers:
            workers, rule, numbers = readings.workers, "unknown", {"trouble": trouble}
        others = readings.fresh("other_connections")
        self.know_others(others)
        if others is not None:
            self._lasting.put(readings.now, others)
        wanted, limit = self._held(workers, readings.workers)
        if limit:
            rule, numbers = limit, {"most": wanted}
            if limit == "connections" and (room := self.limits.connected(self._others)) < wanted:
                numbers = {"most": room, "stay": f"; {wanted} stay until that has lasted"}
        memory, least = readings.fresh("machine_memory"), max(readings.workers, self.limits.workers_min)
        self._machine_full = memory is not None and memory > MACHINE_FULL
        if self._machine_full and wanted > least:
            wanted, rule, numbers = least, "machine", {"value": memory, "limit": MACHINE_FULL}
        return Decision(
            readings.now, self.name, readings.workers, wanted, workers, rule, numbers, dict(readings.given()),
            self.carries(wanted) if workers > wanted or rule == "peak" else None,
        )  # fmt: skip

    def hurry(self, rush: Rush) -> Decision | None:
        """Between two ticks, several times a second: more workers at once, where it can be no chance; else None."""
        return None

    @property
    def others(self) -> float | None:
        """Connections of the database that are not our workers', as they were known last."""
        return self._others

    def know_others(self, others: float | None) -> None:
        """What is known of them now; None: no more than before."""
        if others is not None:
            self._others = others

    def within(self, workers: int) -> int:
        """So many workers that run, or as near as the limits allow by what is known of the database."""
        return self._held(workers, workers)[0]

    def _held(self, workers: int, running: int) -> tuple[int, str]:
        return self.limits.held(workers, self._others, running=running, lasting=self._lasting.least)

    @abstractmethod
    def adopt(self, settings: Any) -> None:
        """Decide by these from now on, and remember what was. `settings` are of this policy's kind, and checked."""

    def anew(self) -> Self:
        """With the same limits and settings, and without a memory of the load; the database is as full as it was."""
        made: Any = type(self)
        fresh: Self = made(self.limits, vars(self)["settings"], self.period_s)
        fresh.know_others(self._others)
        fresh._lasting = self._lasting.copy()
        return fresh

    def copy(self) -> Self:
        """What can be copied is; what cannot is a value, and shared."""
        twin = copy.copy(self)
        for name, value in vars(self).items():
            if hasattr(value, "copy"):
                setattr(twin, name, value.copy())
        return twin
