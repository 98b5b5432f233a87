"""What a supervisor tells of itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from plimsoll.scale.supervisor.circuit import Broken
from plimsoll.scale.supervisor.fleet import Fleet
from plimsoll.scale.supervisor.states import State


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """`cpu_share` of one core, with all that it has started, None where it is not known. `why`: what happened last.
    `ready_s`: since it was ready; None where it never was."""

    name: str
    state: State
    generation: int
    pid: int | None
    age_s: float | None
    cpu_share: float | None
    memory_bytes: int | None
    starts: int
    outdated: str
    why: str
    ready_s: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    wanted: int
    ready: int
    generation: int
    workers: tuple[WorkerStatus, ...]
    broken: Broken | None
    keeper_pid: int
    given_up: bool = False  # the last reload


@dataclass(frozen=True, slots=True)
class Noted:
    """What happened, to which worker ("" for the whole), at which time since the epoch.

    `said`: the last lines of the process that it is about."""

    at: float
    worker: str
    text: str
    said: tuple[str, ...] = ()


def status_of(fleet: Fleet, now: float, cpu_shares: Mapping[str, float], keeper_pid: int) -> Status:
    workers = tuple(
        WorkerStatus(
            worker.name,
            worker.state,
            worker.generation,
            worker.pid,
            None if worker.pid is None else now - worker.began,
            cpu_shares.get(worker.name),
            worker.memory_bytes,
            worker.starts,
            worker.outdated,
            worker.why,
            None if worker.ready_at is None else now - worker.ready_at,
        )
        for worker in sorted(fleet.workers.values(), key=lambda one: one.number)
    )
    ready = sum(worker.state is State.READY for worker in workers)
    return Status(fleet.wanted, ready, fleet.generation, workers, fleet.broken, keeper_pid, fleet.given_up)
