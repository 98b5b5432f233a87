"""The loop against the fake API, in made-up time: what happens between two decisions is a list of steps."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from plimsoll.scale.kubernetes.cluster import Where
from plimsoll.scale.kubernetes.workload import Workload
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.changes import Change
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.readings import Reading
from plimsoll.workflows.scale_kubernetes import KubernetesRequest, scale_kubernetes
from tests.scale.kubernetes.fake_api import FakeKubernetes

PATIENCE_S = 60.0  # a bound, not a wait
WEB = Workload("deployment", "web")
Step = Callable[[], object]


class Told:
    """Readings as a dictionary that a step changes; what is not in it is missing."""

    names: Sequence[str] = ("rate", "queue", "cpu", "served")

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = dict(values)

    async def look(self, now: Callable[[], float]) -> tuple[dict[str, Reading], dict[str, str]]:
        return {name: Reading(value, now()) for name, value in self.values.items()}, {}


@dataclass
class Heard:
    decisions: list[tuple[Decision, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    otherwise: Callable[[], list[Change]] = list

    def decided(self, decision: Decision, held: str, otherwise: Callable[[], list[Change]]) -> None:
        self.decisions.append((decision, held))
        self.otherwise = otherwise

    def noted(self, text: str) -> None:
        self.notes.append(text)

    @property
    def last(self) -> tuple[int, str]:
        decision, held = self.decisions[-1]
        return decision.wanted, held

    def said(self, part: str) -> int:
        return sum(part in note for note in self.notes)


class Time:
    """Goes on when somebody waits, and by that alone; each wait takes the next step, the last one sets `stop`."""

    def __init__(self, stop: asyncio.Event, steps: Sequence[Step]) -> None:
        self.now, self.waits = 1000.0, list[float]()
        self._stop, self._steps = stop, iter(steps)

    def clock(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        step: Step | None = next(self._steps, None)
        if step is None:
            self._stop.set()
            await asyncio.Event().wait()
        else:
            step()


def nothing() -> None:
    pass


def play(
    fake: FakeKubernetes, tmp_path: Path, rate: float | Told, *steps: Step, workload: Workload = WEB, **more: Any
) -> tuple[Heard, list[float]]:
    """Begins, decides once for each step, which comes before the decision; what was heard, and the waits."""
    heard, waits = Heard(), list[float]()
    source = rate if isinstance(rate, Told) else Told({"rate": rate})
    where = Where(kubeconfig=fake.kubeconfig(tmp_path / "config"))
    request = KubernetesRequest(workload, [source], Limits(1, 20), where, capacity=Capacity(10.0), start_s=5.0)

    async def go() -> None:
        stop = asyncio.Event()
        time = Time(stop, steps)
        asked = replace(request, clock=time.clock, pause=time.pause, **more)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await scale_kubernetes(asked, stop, heard)
        finally:
            waits.extend(time.waits)

    asyncio.run(go())
    return heard, waits


def times(count: int, step: Step = nothing) -> Iterator[Step]:
    return (step for _ in range(count))
