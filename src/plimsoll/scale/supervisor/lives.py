"""The steps of a worker's life, and how workers are counted. Pure; which step is taken when is `fleet`'s."""

import signal
from random import Random
from typing import Final

from plimsoll.core.scaling import STARTED_AGAIN, TRIED_AGAIN
from plimsoll.scale.supervisor.circuit import Circuit, backoff_s
from plimsoll.scale.supervisor.states import (
    SERVES_OR_WILL,
    Action,
    Join,
    Leave,
    Limits,
    Note,
    Pass,
    Release,
    Signal,
    Start,
    State,
    Worker,
)

BEING_STARTED: Final = frozenset({State.ASKED, State.STARTING})
PASS_S_MAX: Final = 2.0  # by then the balancer sends nothing more to one that is dead
KILL_AGAIN_S: Final = 1.0  # at least, should a process not end though it was killed


class Lives:
    """Workers, and what is to be done about them so far."""

    def __init__(self, limits: Limits, chance: Random) -> None:
        self.limits = limits
        self.generation = 1
        self.workers: dict[str, Worker] = {}
        self._chance = chance
        self._circuit = Circuit(limits)
        self._actions: list[Action] = []

    # --- steps of a life

    def _new(self, now: float) -> Worker:
        number = next(n for n in range(1, len(self.workers) + 2) if f"w{n}" not in self.workers)
        worker = self.workers[f"w{number}"] = Worker(f"w{number}", self.generation, State.ASKED, now)
        return worker

    def _ask(self, worker: Worker, now: float) -> None:
        self._circuit.tried(now)
        worker.generation, worker.starts = self.generation, worker.starts + 1
        worker.silent, worker.memory_bytes, worker.outdated, worker.ready_at = 0, None, "", None
        worker.unready = ""
        self._come(worker, State.ASKED, now)
        self._actions.append(Start(worker.name, worker.generation))

    def _join(self, worker: Worker) -> None:
        """Said at each first answer, for a command that binds a port may have another than before."""
        worker.joined = True
        self._actions.append(Join(worker.name))

    def _retire(self, worker: Worker, why: str, now: float, *, urgent: bool = False) -> None:
        """In order: nothing new comes to it, then it ends."""
        worker.why, worker.urgent = why, urgent
        if worker.joined:
            worker.joined = False
            self._come(worker, State.DRAINING, now)
            self._note(why, worker.name)
            self._actions.append(Leave(worker.name))
        elif worker.pid is None:
            self._gone(worker, why)
        else:
            self._end(worker, why, now, self.limits.stop_s, restart=False)

    def _end(self, worker: Worker, why: str, now: float, patience_s: float, *, restart: bool = True) -> None:
        assert worker.pid is not None
        if why != worker.why:
            self._note(why, worker.name)
        worker.why, worker.restart, worker.deadline = why, restart, now + patience_s
        self._come(worker, State.STOPPING, now)
        self._actions.append(Signal(worker.name, worker.pid, signal.SIGTERM))

    def _kill(self, worker: Worker, now: float) -> None:
        """It did not end when it was told to; told again, should even that be of no use."""
        assert worker.pid is not None
        worker.deadline = now + max(self.limits.stop_s, KILL_AGAIN_S)
        self._actions.append(Signal(worker.name, worker.pid, signal.SIGKILL, whole=True))

    def _lost(self, worker: Worker, why: str, last: tuple[str, ...], now: float, *, blameless: bool = False) -> None:
        """Its process is no more, and nobody wanted that."""
        unsettled = worker.ready_at is None or now < worker.ready_at + self.limits.settled_s
        at_start = unsettled and not blameless
        worker.deaths = worker.deaths + 1 if at_start else 0
        worker.pid, worker.why, worker.restart = None, why, False
        if at_start and self._circuit.died_at_start(now, worker, why, last):
            self._note(f"broken: workers die at their start ({why}); none is started for now", said=last)
        free = worker.ready_at is not None  # one that has served is started again at once, the first time
        wait_s = backoff_s(worker.deaths - free, self.limits, self._chance)
        worker.again_at = now + wait_s
        self._come(worker, State.BACKING_OFF, now)
        again = f"{STARTED_AGAIN} in {wait_s:.1f} s" if wait_s else f"{STARTED_AGAIN} at once"
        self._note(f"{why}{TRIED_AGAIN if self._circuit.broken else again}", worker.name)
        if worker.joined and wait_s and any(one.joined for one in self._in(State.READY)):
            worker.joined = False
            self._actions.append(Leave(worker.name))
        if wait_s:
            self._pass(worker, now, wait_s)

    def _pass(self, worker: Worker, now: float, free_s: float) -> None:
        """Nobody reads what waits at its socket for so long: others do, or they would even answer for the next one
        that it is ready."""
        if others := tuple(one.name for one in self._in(State.READY) if one.joined):
            worker.passed_until = now + min(free_s, PASS_S_MAX)
            self._actions.append(Pass(worker.name, others, worker.passed_until))

    def _gone(self, worker: Worker, why: str) -> None:
        del self.workers[worker.name]
        self._note(f"gone: {why}", worker.name)
        self._actions.append(Release(worker.name))

    def _come(self, worker: Worker, state: State, now: float) -> None:
        worker.state, worker.since = state, now

    def _note(self, text: str, worker: str = "", said: tuple[str, ...] = ()) -> None:
        self._actions.append(Note(text, worker, said))

    # --- counting

    def _its(self, name: str, pid: int) -> Worker | None:
        """The worker, if that is its process still."""
        worker = self.workers.get(name)
        return worker if worker is not None and worker.pid == pid else None

    def _in(self, *states: State) -> list[Worker]:
        return [worker for worker in self.workers.values() if worker.state in states]

    def _serving(self) -> int:
        """How many serve or will, whom they replace not counted twice."""
        return sum(
            worker.replaces is None and (worker.state in SERVES_OR_WILL or worker.restart)
            for worker in self.workers.values()
        )

    def _allows(self, now: float) -> bool:
        return self._circuit.allows(now, len(self._in(*BEING_STARTED)))
