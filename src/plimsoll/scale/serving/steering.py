"""The loop: read what goes on, ask the policy, tell the supervisor."""

import asyncio
import time
from collections.abc import Callable

from plimsoll.core.balancing import BalancerFigures, Passed
from plimsoll.core.errors import ServiceError
from plimsoll.core.scaling import DecisionRecord
from plimsoll.scale.policy.changes import what_would_change
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.serving.counting import Totals
from plimsoll.scale.serving.figures import Figures
from plimsoll.scale.serving.front import Front
from plimsoll.scale.serving.history import History
from plimsoll.scale.serving.recording import record
from plimsoll.scale.serving.telling import Telling
from plimsoll.scale.supervisor.supervising import Supervisor


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
        self._figures = Figures(memory_bytes_max)
        self._telling = Telling()

    @property
    def passed(self) -> Passed | None:
        """What went on between the last two looks."""
        return self._figures.passed

    async def forever(self) -> None:
        """Decides every `period_s`, from a first look on; ends by cancelling."""
        loop = asyncio.get_running_loop()
        self._figures.readings(loop.time(), self._supervisor.status(), await self._look())
        while True:
            await asyncio.sleep(self.policy.period_s)
            self.decide(await self._look())

    def decide(self, figures: BalancerFigures | None) -> Decision:
        now = asyncio.get_running_loop().time()
        readings = self._figures.readings(now, self._supervisor.status(), figures)
        if self.passed is not None:
            self.totals.add(self.passed)
        before = self.policy.copy()
        decision = self.policy.decide(readings)
        done = decision.wanted == decision.before or not self.paused
        self.last = record(decision, time.time(), done=done)
        if line := self._telling.line(decision, fixed=_is_fixed(self.policy), paused=self.paused):
            self._say(line)
            if self._history is not None:
                changes = what_would_change(before, readings)[1]
                self._history.add(record(decision, self.last.at, done=done, changes=changes))
        if decision.wanted != decision.before and done:
            self._supervisor.want(decision.wanted)
        return decision

    def limited(self, because: str) -> None:
        """The policy's limits are others: what they ask for is done at once, also while it is paused, for somebody
        said so."""
        before = self._supervisor.status().wanted
        wanted = self.policy.within(before)
        if wanted == before:
            return
        self.last = DecisionRecord(time.time(), self.policy.name, before, wanted, wanted, "told", because)
        self._say(self.last.summary)
        if self._history is not None:
            self._history.add(self.last)
        self._supervisor.want(wanted)

    def reset(self, *, learned: bool) -> None:
        """Counts begin at 0. `learned`: the policy begins anew, too, with its settings and limits."""
        self.totals = Totals(time.time())
        if learned:
            self.policy = self.policy.anew()

    async def _look(self) -> BalancerFigures | None:
        """What the balancer tells; its reckoned weights follow it, too. None where it does not answer."""
        try:
            figures = await self._front.figures()
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
