"""The loop: look at the workload and at its load, ask the policy, set what it says, tell why."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final, Protocol, TypeVar

from plimsoll.core.errors import RefusedError
from plimsoll.scale.kubernetes.cluster import Cluster
from plimsoll.scale.kubernetes.following import Following, Settling, held
from plimsoll.scale.kubernetes.trouble import ClusterError, ConflictError, delay_s, explained
from plimsoll.scale.kubernetes.workload import Observed, Workload
from plimsoll.scale.policy.changes import Change, what_would_change
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Reading, Readings

T = TypeVar("T")
BEGINNINGS_MOST: Final = 4  # times that the API is tried at the start
CONFLICTS_MOST: Final = 3  # in a row; then the next tick
COMPETITORS_S: Final = 30.0  # between two looks for them

Pause = Callable[[float], Awaitable[None]]


class Load(Protocol):
    """Where readings come from. What cannot be read is missing, never zero, and `missing` says why; nothing is
    raised."""

    missing: Mapping[str, str]

    async def look(self) -> Mapping[str, Reading]: ...


class Hearer(Protocol):
    """Who is told. `held`: why what was decided is not set; "" where it is, or nothing changes. `otherwise` reckons
    what would have changed it: some 10 ms, for who wants to know."""

    def decided(self, decision: Decision, held: str, otherwise: Callable[[], list[Change]]) -> None: ...
    def noted(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Manner:
    """`sets`: replicas are set here, and by nobody else. Else decisions are only told, for the reason `told`."""

    sets: bool = True
    told: str = ""


class Scaling:
    """`clock` tells seconds and never goes back; `pause` waits for some."""

    def __init__(
        self, cluster: Cluster, load: Load, policy: Policy, hearer: Hearer, manner: Manner, *, random: Random,
        clock: Callable[[], float], pause: Pause = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._cluster, self._load, self._policy, self._hearer, self._manner = cluster, load, policy, hearer, manner
        self._random, self._clock, self._pause = random, clock, pause
        self._following, self._settling = Following(), Settling()
        self._others: list[str] = []
        self._looked = self._clock()
        self._failures = 0
        self._said = ""
        self.decision: Decision | None = None

    async def begin(self) -> Observed:
        """Looks whether it can be scaled at all, and whether we may: sets what is set already, which changes nothing.

        Raises RefusedError.
        """
        cluster = self._cluster
        say = self._hearer.noted
        return await patiently(self._begin, cluster.workload, say, self._random, self._pause, cluster.names)

    async def _begin(self) -> Observed:
        seen = await self._cluster.read()
        if self._manner.sets:
            if others := await self._cluster.competitors():
                raise RefusedError(
                    f"somebody else scales {self._cluster.workload}", why=f"{' and '.join(others)} set its replicas",
                    remedy="delete it, or leave scaling to it: --dry-run only tells what we would do",
                )  # fmt: skip
            with suppress(ConflictError):  # then we may
                await self._cluster.scale(seen, seen.replicas)
        return seen

    async def forever(self) -> None:
        """Decides every `period_s`, from a first look on, less often while the API refuses; ends by cancelling."""
        await self._load.look()  # rates are what went on between two
        wait_s = self._policy.period_s
        while True:
            await self._pause(wait_s)
            wait_s = await self.tick()

    async def tick(self) -> float:
        """Looks and decides once; how long to wait for the next time."""
        try:
            await self._decide()
        except ClusterError as error:
            self._failures += 1
            wait_s = delay_s(self._failures, error.wait_s, self._random)
            refused = explained(error, self._cluster.workload)
            todo = f" (try: {refused.remedy})" if refused.remedy else ""
            self._once(f"nothing is set, and it is tried again: {refused}{todo}")
            return wait_s
        if self._failures:
            self._failures = 0
            self._once("the Kubernetes API does what it is asked for again")
        self._said = ""
        return self._policy.period_s

    async def _decide(self) -> None:
        values, missing = await self._load.look(), self._load.missing
        for _ in range(CONFLICTS_MOST):
            seen = await self._cluster.read()
            await self._look_for_others()
            now = self._clock()
            for note in self._following.notes(now, seen):
                self._hearer.noted(note)
            before, readings = self._policy.copy(), _readings(now, seen, values, missing)
            decided = self._policy.decide(readings)
            decision = self.decision = self._settling.settled(now, decided, self._policy.needs(readings))
            reason = self._manner.told if not self._manner.sets else held(seen, self._others)
            try:
                if decision.wanted != seen.replicas and not reason:
                    self._following.applied(await self._cluster.scale(seen, decision.wanted))
            except ConflictError:
                self._policy = before  # as if it had not been asked
                continue
            reason = reason if decision.wanted != seen.replicas else ""
            self._hearer.decided(decision, reason, partial(_otherwise, before, readings))
            return
        self._hearer.noted("others change it whenever we do: nothing is set until the next look")

    async def _look_for_others(self) -> None:
        if not self._manner.sets or self._clock() - self._looked < COMPETITORS_S:
            return
        before, self._others = self._others, await self._cluster.competitors()
        self._looked = self._clock()
        if self._others and self._others != before:
            self._hearer.noted(f"it is scaled by {' and '.join(self._others)}, too: nothing is set as long as it is")

    def _once(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._hearer.noted(text)


def _otherwise(before: Policy, readings: Readings) -> list[Change]:
    return what_would_change(before, readings)[1]


def _readings(now: float, seen: Observed, values: Mapping[str, Reading], missing: Mapping[str, str]) -> Readings:
    found = Readings(now, seen.ready, seen.starting, missing=missing)
    for name, value in values.items():
        setattr(found, name, value)
    return found


async def patiently(
    work: Callable[[], Awaitable[T]], workload: Workload, say: Callable[[str], None], random: Random,
    pause: Pause = asyncio.sleep, names: Callable[[], Awaitable[list[str] | None]] | None = None,
) -> T:  # fmt: skip
    """What it returns. What passes by itself is waited for a while; the rest, and what does not pass, is RefusedError.

    `names` tells what there is where something was not found.
    """
    failures = 0
    while True:
        try:
            return await work()
        except ClusterError as error:
            failures += 1
            if not error.passes or failures >= BEGINNINGS_MOST:
                found = await names() if names is not None and error.status == 404 else None
                raise explained(error, workload, found) from None
            wait_s = delay_s(failures, error.wait_s, random)
            say(f"{explained(error, workload)}: it is tried again in {wait_s:.1f} s")
        await pause(wait_s)
