"""The loop: read what goes on, ask the policy, tell the supervisor; and between two ticks see whether it can wait."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from plimsoll.core.balancing import BalancerFigures, Passed
from plimsoll.core.errors import ServiceError
from plimsoll.core.scaling import DecisionRecord
from plimsoll.scale.forecast.seasonal import SeasonalFloor
from plimsoll.scale.policy.changes import Change, what_would_change
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.hybrid import HybridPolicy
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Reading
from plimsoll.scale.policy.rush import Glances
from plimsoll.scale.serving.admission import Admission
from plimsoll.scale.serving.budgeting import Budgeting
from plimsoll.scale.serving.connections import Connections
from plimsoll.scale.serving.counting import Totals
from plimsoll.scale.serving.elsewhere import Elsewhere
from plimsoll.scale.serving.figures import Figures
from plimsoll.scale.serving.front import Front
from plimsoll.scale.serving.history import History
from plimsoll.scale.serving.load_log import Tick
from plimsoll.scale.serving.recording import record
from plimsoll.scale.serving.standstill import Standstill
from plimsoll.scale.serving.telling import Telling, Unanswered
from plimsoll.scale.supervisor.supervising import Supervisor

GLANCE_S: Final = 0.25  # between two glances at the balancer, 0.5 ms of CPU each
GLANCED_S_MAX: Final = 0.5  # for its answer: the next tick does not wait for it
LOOKED_S_MAX: Final = 1.5  # likewise: with the tick before it figures are never older than two ticks


class Steering:
    """`say` hears in plain words what is decided and why; `history` keeps what is worth a line.

    While it is `paused` the policy goes on deciding, and nothing comes of it.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        front: Front,
        policy: Policy,
        *,
        memory_bytes_max: int | None = None,
        goal_s: float | None = None,
        connections: Connections | None = None,
        elsewhere: Elsewhere | None = None,
        say: Callable[[str], None] = lambda _: None,
        history: History | None = None,
    ) -> None:
        self.policy, self.paused = policy, False
        self.last: DecisionRecord | None = None
        self.looked: BalancerFigures | None = None  # what the balancer told last; None where it did not answer
        self.trouble = ""  # why it did not
        self.totals = Totals(time.time())
        self._supervisor, self._front, self._say, self._history = supervisor, front, say, history
        self._memory_bytes_max = memory_bytes_max
        self._figures, self._glances = Figures(memory_bytes_max), Glances()
        self._standstill = Standstill()
        self._telling, self._unanswered = Telling(), Unanswered()
        self.admission = Admission(goal_s)
        self.elsewhere, self._connections = elsewhere, connections
        self._budgeting = Budgeting(connections, self._say)

    @property
    def passed(self) -> Passed | None:
        """What went on between the last two looks."""
        return self._figures.passed

    @property
    def measured_by(self) -> str:
        """Who counts the database's connections; "" where nobody does."""
        if self._connections is not None:
            return self._connections.measured_by
        told = self.elsewhere is not None and "other_connections" in self.elsewhere.names
        return self.elsewhere.where if self.elsewhere is not None and told else ""

    async def forever(self) -> None:
        """Decides every `period_s`, from a first look on; ends by cancelling."""
        loop = asyncio.get_running_loop()
        self._figures.readings(loop.time(), self._supervisor.status(), await self._look())
        while True:
            tick_at = loop.time() + self.policy.period_s
            while (left_s := tick_at - loop.time()) > GLANCE_S:
                await asyncio.sleep(GLANCE_S)
                await self.hurry()
            await asyncio.sleep(left_s)
            self.decide(await self._look())
            await self._admit()

    def decide(self, figures: BalancerFigures | None) -> Decision:
        now = asyncio.get_running_loop().time()
        status = self._supervisor.status()
        readings = self._figures.readings(now, status, figures, stood_still=self._standstill.taken())
        told = None
        if self.elsewhere is not None:
            self.elsewhere.into(readings)
            told = self.elsewhere.others(now)
        if (others := self._budgeting.look(self.policy, status, told)) is not None:
            readings.other_connections = Reading(others, now if told is None else told.at)
        if self.passed is not None:
            self.totals.add(self.passed)
            if line := self._unanswered.line(self.passed, now):
                self._say(line)
        before = self.policy.copy()
        decision = self.policy.decide(readings)
        self._do(decision, lambda: what_would_change(before, readings)[1])
        self.admission.step(readings, replace(decision, admit_per_s=None) if self.paused else decision)
        self._log()
        return decision

    async def hurry(self) -> Decision | None:
        """What cannot wait for the next tick. A balancer that does not answer is that tick's to tell of."""
        if self.paused:
            return None
        with suppress(ServiceError):
            glance, status = await self._front.balancer.glance(GLANCED_S_MAX), self._supervisor.status()
            ready = min(status.ready, status.wanted)
            self._budgeting.look(self.policy, status)
            now = asyncio.get_running_loop().time()
            self._standstill.look(now, glance)
            rush = self._glances.rush(now, ready, status.wanted - ready, glance)
            if rush is not None and (decision := self.policy.hurry(rush)) is not None:
                self._do(decision, list)
                return decision
        return None

    def _do(self, decision: Decision, changes: Callable[[], list[Change]]) -> None:
        """`changes`: what would have changed it, asked where it is worth a line."""
        done = decision.wanted == decision.before or not self.paused
        self.last = record(decision, time.time(), done=done)
        if line := self._telling.line(decision, fixed=_is_fixed(self.policy), paused=self.paused):
            self._say(line)
            if self._history is not None:
                self._history.add(record(decision, self.last.at, done=done, changes=changes()))
        if decision.wanted != decision.before and done:
            self._supervisor.want(decision.wanted)

    def _log(self) -> None:
        if self._history is None or self.passed is None:
            return
        limits, wanted = self.policy.limits, self._supervisor.status().wanted
        came = time.time(), self.passed.seconds, self.passed.whole.requests
        self._history.ticked(Tick(*came, wanted, limits.workers_min, limits.workers_max, self.policy.carries(1)))

    async def _admit(self) -> None:
        """Where HAProxy does not answer, it has been said; its queue's bounds hold."""
        if line := self.admission.line(asyncio.get_running_loop().time()):
            self._say(line)
            if self._history is not None:
                self._history.happened(time.time(), "", line)
        with suppress(ServiceError):
            await self._front.balancer.admit(self.admission.admit_per_s)

    def limited(self, because: str) -> None:
        """The policy's limits are others: what they ask for is done at once, also while it is paused, for somebody
        said so."""
        status = self._supervisor.status()
        self._budgeting.look(self.policy, status)
        before, wanted = status.wanted, self.policy.within(status.wanted)
        if wanted == before:
            return
        self.last = DecisionRecord(time.time(), self.policy.name, before, wanted, wanted, "told", because)
        self._say(self.last.summary)
        if self._history is not None:
            self._history.add(self.last)
        self._supervisor.want(wanted)

    def recall(self, yesterday: SeasonalFloor) -> None:
        """What the policy shall remember of the days before."""
        if isinstance(self.policy, HybridPolicy) and self.policy.seasonal is not None:
            self.policy.seasonal = yesterday

    def reset(self, *, learned: bool) -> None:
        """Counts begin at 0. `learned`: the policy begins anew, too, with its settings and limits."""
        self.totals = Totals(time.time())
        if learned:
            self.policy = self.policy.anew()

    async def _look(self) -> BalancerFigures | None:
        """What the balancer tells; its reckoned weights follow it, too. None where it does not answer."""
        try:
            figures = await self._front.figures(LOOKED_S_MAX)
            await self._front.balancer.adapt(figures, asyncio.get_running_loop().time())
        except ServiceError as error:
            if str(error) != self.trouble:
                self.trouble = str(error)
                self._say(f"no figures of the load: {error}")
            self.looked = None
            return None
        self.looked, self.trouble = figures, ""
        return figures


def _is_fixed(policy: Policy) -> bool:
    return policy.limits.workers_min == policy.limits.workers_max
