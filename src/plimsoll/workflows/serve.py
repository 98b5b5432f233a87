"""`plimsoll serve`: an application's workers behind HAProxy, as many as the load asks for, until it is told to end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.embedded.haproxy import find_haproxy
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.balancer.limit import Gradient2
from plimsoll.scale.balancer.settings import BalancerSettings
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.making import DEFAULT, DOWN_WINDOW_S, make
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.serving import told
from plimsoll.scale.serving.bounding import queue_bound
from plimsoll.scale.serving.connections import Connections, Seen, budgeted
from plimsoll.scale.serving.control.orders import Control
from plimsoll.scale.serving.control.server import ControlServer
from plimsoll.scale.serving.elsewhere import Elsewhere
from plimsoll.scale.serving.front import Front
from plimsoll.scale.serving.hangups import Hangups, hangups
from plimsoll.scale.serving.history import History
from plimsoll.scale.serving.minding import keep_moving
from plimsoll.scale.serving.reloading import Reloading
from plimsoll.scale.serving.renewing import keep_certified, running
from plimsoll.scale.serving.steering import Steering
from plimsoll.scale.serving.yesterday import recall
from plimsoll.scale.supervisor import places, states
from plimsoll.scale.supervisor.launching import Launch
from plimsoll.scale.supervisor.probing import Probing
from plimsoll.scale.supervisor.status import Noted
from plimsoll.scale.supervisor.supervising import Supervisor
from plimsoll.settings.masking import mask

if TYPE_CHECKING:
    from plimsoll.postgres.dsn import Target
    from plimsoll.workflows.serve_figures import MonitorSource

T = TypeVar("T")
LINES_SHOWN: Final = 5


@dataclass(frozen=True)
class ServeRequest:
    """What is served, where, and by how many. `capacity` None: learned from what the workers serve. `adapting` moves
    how many requests a worker has at once. `goal_s`: within which requests are to be answered;
    `queue_follows`: from it and what the workers carry. `database`: whose connections are counted, for workers with a
    `pool` each. `monitor`: who measures besides."""

    made: Launch
    name: str
    limits: Limits
    balancer: BalancerSettings = field(default_factory=lambda: BalancerSettings("fd@3"))
    host: str = "127.0.0.1"
    port: int = 8000
    policy: str = DEFAULT
    capacity: Capacity | None = None
    start_s: float = 5.0
    down_window_s: float = DOWN_WINDOW_S
    algorithm: Algorithm = Algorithm.LEAST_CONNECTIONS
    adapting: Gradient2 | None = None
    goal_s: float | None = None
    queue_follows: bool = False
    database: "Target | None" = None
    pool: int = 10
    monitor: "MonitorSource | None" = None
    worker_limits: states.Limits = field(default_factory=states.Limits)
    grace_s: float = 10.0
    root: Path = places.ROOT


def policy_of(request: ServeRequest) -> Policy:
    """Raises UsageError where it needs a capacity and there is none."""
    if request.limits.workers_max > request.worker_limits.workers_max:
        most = request.worker_limits.workers_max
        raise UsageError(f"{request.limits.workers_max} workers are too many", remedy=f"at most {most}")
    return make(request.policy, request.limits, request.capacity, request.start_s, down_window_s=request.down_window_s)


async def serve(request: ServeRequest, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Serves until `stop` is set, then ends everything in order; SIGHUP replaces every worker by one of new code.

    Raises UsageError where it cannot be served at all, RefusedError where somebody serves it, ServiceError otherwise.
    """

    def masked(line: str) -> None:
        """There are words of others in it, which may be secrets."""
        say(mask(line))

    with hangups(masked) as hung_up:
        await _serve(request, stop, masked, hung_up)


async def _serve(request: ServeRequest, stop: asyncio.Event, say: Callable[[str], None], hung_up: Hangups) -> None:
    policy = policy_of(request)
    elsewhere, connections = _measuring(request, say)
    first = not (request.root / request.name).exists()
    place = places.prepare(request.root, request.name)
    program = find_haproxy()
    if connections is not None:
        found = await _unless(stop, connections.begin())
        if found is None:
            return
        policy.limits = replace(policy.limits, budget=budgeted(found, request.pool))
        say(_room(found, policy.limits))
    before, history = told.read(place.state), History(place.state)

    def front_says(line: str) -> None:
        say(line)
        history.happened(time.time(), "", line)

    def noted(what: Noted) -> None:
        _told(what, say)
        history.happened(what.at, what.worker, what.text, what.said)

    front = Front(
        place, program.path, _settings(request, policy.limits), host=request.host, port=request.port,
        algorithm=before.algorithm or request.algorithm, adapting=request.adapting, say=front_says,
    )  # fmt: skip
    front.weights = dict(before.weights)
    supervisor = Supervisor(
        place, request.made, traffic=front, limits=request.worker_limits, grace_s=request.grace_s, on_note=noted,
        probing=Probing(path=request.balancer.health.path),
    )  # fmt: skip
    if request.made.warning:
        say(request.made.warning)
    if not request.made.application:
        say(_given(request))
    try:
        taken_over = await _unless(stop, supervisor.start())
    except UsageError:
        if first:
            places.remove(place)
        raise
    if taken_over is None:
        return
    steering = Steering(
        supervisor, front, policy,
        memory_bytes_max=request.worker_limits.memory_bytes_max, goal_s=request.goal_s,
        connections=connections, elsewhere=elsewhere, say=say, history=history,
    )  # fmt: skip
    reloading = Reloading(supervisor, front_says)
    control = Control(
        request.name, supervisor, front, steering, history,
        workers_most=request.worker_limits.workers_max, reload=reloading.ask, say=say,
    )  # fmt: skip
    beside = [keep_certified(front, front_says), keep_moving(front), recall(steering, place.state)]
    beside += _kept_known(request.monitor, elsewhere, connections, front_says)
    server = ControlServer(place.control_socket, control.orders(), say)
    try:
        control.resume(before)
        _begin(supervisor, policy, taken_over, say)
        hung_up.lead_to(reloading.begin, there=taken_over > 0)
        await server.begin()
        with running(*beside):
            await _unless(stop, _steered(front, steering, say))
    finally:
        hung_up.end()
        say("ending: what workers and HAProxy have in hand is let end")
        await server.close()
        await reloading.end()
        front.end()
        await supervisor.stop()
        control.forget()
        say("ended")


def _measuring(request: ServeRequest, say: Callable[[str], None]) -> tuple[Elsewhere | None, Connections | None]:
    """Who tells what is known neither of HAProxy nor of the workers."""
    elsewhere = None
    if request.monitor is not None:
        from plimsoll.workflows.serve_figures import elsewhere_of  # who has no monitor need not have its reader

        elsewhere = elsewhere_of(request.monitor)
    return elsewhere, None if request.database is None else Connections(request.database, say, elsewhere)


def _kept_known(
    monitor: "MonitorSource | None", elsewhere: Elsewhere | None, connections: Connections | None,
    say: Callable[[str], None],
) -> Iterator[Coroutine[Any, Any, None]]:  # fmt: skip
    if connections is not None:
        yield connections.forever()
    if monitor is not None and elsewhere is not None:
        from plimsoll.workflows.serve_figures import keep_hearing

        yield keep_hearing(monitor, elsewhere, say, bool if connections is None else connections.hear)


def _given(request: ServeRequest) -> str:
    """What each worker of a command must bear: how much it can do at once nobody knows but who wrote it."""
    at_first = " at first" if request.adapting is not None else ""
    return (
        f"a worker is given {request.balancer.bounds.per_server} requests at once{at_first} (--concurrency), and may "
        f"be silent for {request.worker_limits.hung_s:g} s (--hung-after)"
    )


def _settings(request: ServeRequest, limits: Limits) -> BalancerSettings:
    """With a queue as long as all workers that may come serve in time."""
    if request.goal_s is None or request.capacity is None or not request.queue_follows:
        return request.balancer
    carried = request.capacity.carries(min(limits.workers_max, limits.connected(None)))
    bounds = request.balancer.bounds
    queue = queue_bound(carried, request.balancer.timeouts.queue)
    return replace(request.balancer, bounds=replace(bounds, queue=queue))


def _room(found: Seen, limits: Limits) -> str:
    """What the database's connections mean, in words."""
    assert limits.budget is not None
    pool, elsewhere = limits.budget.pool, found.clients - found.same
    return (
        f"the database has {found.connections_max} connections, {found.reserved} of them reserved and {elsewhere} "
        f"others': with pools of {pool} at most {limits.connected(elsewhere)} workers, and one that replaces another"
    )


def _begin(supervisor: Supervisor, policy: Policy, taken_over: int, say: Callable[[str], None]) -> None:
    if taken_over:
        say(f"workers of a supervisor before us were taken over: {taken_over}")
    supervisor.want(policy.within(taken_over))


async def _steered(front: Front, steering: Steering, say: Callable[[str], None]) -> None:
    await front.serving()
    least, most = steering.policy.limits.workers_min, steering.policy.limits.workers_max
    workers = f"{most} worker{'s' * (most > 1)}" if least == most else f"{least} to {most} workers"
    say(f"serving at {front.address}, by {workers}")
    await steering.forever()


async def _unless(stop: asyncio.Event, work: Awaitable[T]) -> T | None:
    """What the work returns; None if it was stopped before, and then it was given up."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        stopping.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError, PlimsollError):
            await working


def _told(noted: Noted, say: Callable[[str], None]) -> None:
    """What happened to a worker; of an application that is broken also what it said last."""
    say(f"{noted.worker}: {noted.text}" if noted.worker else noted.text)
    for line in noted.said[-LINES_SHOWN:]:
        say(f"    {line}")
