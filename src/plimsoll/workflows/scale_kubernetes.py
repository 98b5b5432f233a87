"""`plimsoll scale kubernetes …`: the policy on a Deployment or StatefulSet, set by us or told to KEDA."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.kubernetes.answering import Answering, checked_token
from plimsoll.scale.kubernetes.cluster import Cluster, Where, keys_not_left_behind
from plimsoll.scale.kubernetes.scaling import Hearer, Manner, Pause, Scaling, patiently
from plimsoll.scale.kubernetes.workload import Workload
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.making import DEFAULT, DOWN_WINDOW_S, WITHOUT_CAPACITY, make
from plimsoll.scale.policy.policy import Policy
from plimsoll.workflows.scale_figures import Figures, Source

DRY: Final = "dry run: nothing is set"
FOR_KEDA: Final = "told to KEDA"


@dataclass(frozen=True, slots=True)
class KubernetesRequest:
    """What is scaled, by what. `capacity` None: learned. `clock` tells seconds, `pause` waits."""

    workload: Workload
    sources: Sequence[Source]
    limits: Limits = field(default_factory=Limits)
    where: Where = field(default_factory=Where)
    policy: str = DEFAULT
    capacity: Capacity | None = None
    start_s: float = 30.0
    down_window_s: float = DOWN_WINDOW_S
    dry_run: bool = False
    clock: Callable[[], float] = time.monotonic
    pause: Pause = asyncio.sleep


def policy_of(request: KubernetesRequest, limits: Limits) -> Policy:
    """Raises UsageError where it needs a capacity, or a reading, and there is none."""
    names = {name for source in request.sources for name in source.names}
    if not names:
        remedy = "--haproxy URL, --prometheus URL with --query, or --figures URL with --read"
        raise UsageError("where is the load read?", remedy=remedy)
    if request.policy in (DEFAULT, "kpa") and "rate" not in names:
        remedy = "--query 'rate=…', --read 'rate=…' or --haproxy"
        raise UsageError(
            f"the policy {request.policy} goes by the rate of requests, and nobody tells it", remedy=remedy
        )
    if request.policy in WITHOUT_CAPACITY and "cpu" not in names:
        raise UsageError(f"the policy {request.policy} goes by the CPU, and nobody tells it", remedy="--query 'cpu=…'")
    learns = request.capacity is None and request.policy == DEFAULT
    if learns and ("served" not in names or not names & {"queue", "cpu"}):
        raise UsageError(
            "what a worker carries can be neither known nor learned",
            why="learning it takes the reading served, and queue or cpu",
            remedy="--capacity 50, as `plimsoll find` gives it",
        )
    return make(request.policy, limits, request.capacity, request.start_s, down_window_s=request.down_window_s)


async def scale_kubernetes(request: KubernetesRequest, stop: asyncio.Event, hearer: Hearer) -> None:
    """Sets the replicas until `stop` is set; with `dry_run` only tells what it would set.

    Raises UsageError, and RefusedError where the cluster does not let it.
    """
    await _run(request, stop, hearer, Manner(not request.dry_run, DRY if request.dry_run else ""), _forever)


async def tell_keda(
    request: KubernetesRequest, host: str, port: int, token: str | None, stop: asyncio.Event, hearer: Hearer
) -> None:
    """Answers at an address how many there should be, until `stop` is set. The same errors."""
    known = checked_token(token, host)

    async def answered(scaling: Scaling) -> None:
        answering = Answering(lambda: scaling.decision, request.clock, known, say=hearer.noted)
        found = await answering.listen(host, port)
        try:
            shown = f"[{host}]" if ":" in host else host
            hearer.noted(f"answering at http://{shown}:{found}/{'' if known else ', without a token'}")
            await scaling.forever()
        finally:
            await answering.close()

    await _run(request, stop, hearer, Manner(sets=False, told=FOR_KEDA), answered)


async def _forever(scaling: Scaling) -> None:
    await scaling.forever()


async def _run(
    request: KubernetesRequest, stop: asyncio.Event, hearer: Hearer, manner: Manner,
    work: Callable[[Scaling], Awaitable[None]],
) -> None:  # fmt: skip
    policy_of(request, request.limits)  # before anybody is asked
    with keys_not_left_behind():
        await _unless(stop, _scaled(request, hearer, manner, work))


async def _scaled(
    request: KubernetesRequest, hearer: Hearer, manner: Manner, work: Callable[[Scaling], Awaitable[None]]
) -> None:
    random = Random()

    async def connect() -> Cluster:
        return await Cluster.connect(request.workload, request.where)

    cluster = await patiently(connect, request.workload, hearer.noted, random, request.pause)
    try:
        for note in cluster.notes:
            hearer.noted(note)
        figures = Figures(request.sources, request.clock, hearer.noted)
        limits = await _with_surge(request, cluster, hearer, random)
        policy = policy_of(request, limits)
        scaling = Scaling(
            cluster, figures, policy, hearer, manner, random=random, clock=request.clock, pause=request.pause
        )
        seen = await scaling.begin()
        hearer.noted(
            f"{'watching' if not manner.sets else 'scaling'} {cluster.workload}: {seen.ready} of {seen.replicas} "
            f"ready, {limits.workers_min} to {limits.workers_max} allowed"
        )
        await work(scaling)
    finally:
        await cluster.close()


async def _with_surge(request: KubernetesRequest, cluster: Cluster, hearer: Hearer, random: Random) -> Limits:
    """The budget with room for the pods that a new version starts beside the old ones."""
    limits, budget = request.limits, request.limits.budget
    if budget is None:
        return limits
    most = (budget.connections_max - budget.reserved - budget.others) // budget.pool
    say, names = hearer.noted, cluster.names
    fitting = await patiently(lambda: cluster.fitting(most), cluster.workload, say, random, request.pause, names)
    return replace(limits, budget=replace(budget, surge=(most - fitting) * budget.pool))


async def _unless(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Until it ends, or is given up because somebody said so."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
