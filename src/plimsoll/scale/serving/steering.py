"""The loop: read what goes on, ask the policy, tell the supervisor."""

import asyncio
from collections.abc import Callable

from plimsoll.core.balancing import BalancerFigures
from plimsoll.core.errors import ServiceError
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.serving.figures import Figures
from plimsoll.scale.serving.front import Front
from plimsoll.scale.serving.telling import Telling
from plimsoll.scale.supervisor.supervising import Supervisor


class Steering:
    """`say` hears in plain words what is decided and why."""

    def __init__(
        self,
        supervisor: Supervisor,
        front: Front,
        policy: Policy,
        *,
        memory_bytes_max: int | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._supervisor, self._front, self._policy, self._say = supervisor, front, policy, say
        limits = policy.limits
        self._figures = Figures(memory_bytes_max)
        self._telling = Telling(fixed=limits.workers_min == limits.workers_max)
        self._quiet = ""  # why the balancer did not answer, as it was said last

    async def forever(self) -> None:
        """Decides every `period_s`, from a first look on; ends by cancelling."""
        loop = asyncio.get_running_loop()
        self._figures.readings(loop.time(), self._supervisor.status(), await self._look())
        while True:
            await asyncio.sleep(self._policy.period_s)
            self.decide(await self._look())

    def decide(self, figures: BalancerFigures | None) -> Decision:
        now = asyncio.get_running_loop().time()
        decision = self._policy.decide(self._figures.readings(now, self._supervisor.status(), figures))
        if line := self._telling.line(decision):
            self._say(line)
        if decision.wanted != decision.before:
            self._supervisor.want(decision.wanted)
        return decision

    async def _look(self) -> BalancerFigures | None:
        """What the balancer tells; its reckoned weights follow it, too. None where it does not answer."""
        try:
            figures = await self._front.figures()
            await self._front.balancer.adapt(figures, asyncio.get_running_loop().time())
        except ServiceError as error:
            if str(error) != self._quiet:
                self._quiet = str(error)
                self._say(f"no figures of the load: {error}")
            return None
        self._quiet = ""
        return figures
