"""What time and size ask for: when a fleet has something to do, and which workers have had their day. Pure."""

from collections.abc import Iterable

from plimsoll.scale.supervisor.circuit import Circuit
from plimsoll.scale.supervisor.states import MEGABYTE, Limits, State, Worker


def next_due(
    workers: Iterable[Worker], limits: Limits, circuit: Circuit, *, lacking: bool, being_started: bool
) -> float | None:
    """When something is due though nothing happens. `lacking`: more would be started if that were allowed."""
    workers = list(workers)
    times = [time for worker in workers if (time := _due(worker, limits)) is not None]
    if circuit.broken is None:
        times += [worker.again_at for worker in workers if worker.state is State.BACKING_OFF]
    else:
        tried = [one for one in workers if one.state is State.READY and one.began >= circuit.broken.since]
        times += [one.ready_at + limits.settled_s for one in tried if one.ready_at is not None]
    if circuit.trial_at is not None and not being_started:
        backing_off = [worker.again_at for worker in workers if worker.state is State.BACKING_OFF]
        times += [max(again_at, circuit.trial_at) for again_at in backing_off]
        times += [circuit.trial_at] if lacking and not backing_off else []
    return min(times, default=None)


def _due(worker: Worker, limits: Limits) -> float | None:
    match worker.state:
        case State.STARTING:
            return worker.since + limits.start_s
        case State.DRAINING:
            return drained_by(worker, limits)
        case State.STOPPING:
            return worker.deadline
        case State.READY if limits.age_s_max is not None and not worker.outdated:
            return worker.began + limits.age_s_max
    return None


def drained_by(worker: Worker, limits: Limits) -> float:
    """Until when what it has in hand is waited for."""
    return worker.since + min(limits.drain_s, limits.hung_stop_s if worker.urgent else limits.drain_s)


def far_too_large(worker: Worker, limits: Limits) -> bool:
    """Whether it may not even live until another is ready."""
    most = limits.memory_bytes_max
    return most is not None and (worker.memory_bytes or 0) >= 2 * most


def too_large_or_old(worker: Worker, limits: Limits, now: float) -> str:
    """Why it is to be relieved; "" if it is not."""
    most = limits.memory_bytes_max
    if most is not None and (worker.memory_bytes or 0) >= most:
        return f"uses {megabytes(worker.memory_bytes)} of at most {megabytes(most)}"
    if limits.age_s_max is not None and now >= worker.began + limits.age_s_max:
        return f"older than {limits.age_s_max:g} s"
    return ""


def megabytes(size: int | None) -> str:
    return f"{(size or 0) / MEGABYTE:.0f} MB"
